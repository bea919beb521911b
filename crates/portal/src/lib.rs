//! The people's door: screens and sign-in.
