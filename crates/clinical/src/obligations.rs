//! Obligations.
