//! One value for each thing a person or machine can do or look at.
