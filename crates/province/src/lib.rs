//! Synthetic people, feeds and clinics for demo, practice and load.
