//! The linkage engine: records to people by the weight of the evidence, pure and in memory.
//!
//! One opinion for one message and for millions of rows: [`record`] packs, [`learn`] finds stand-ins, [`keys`] say who
//! is compared, [`compare`] gives levels, [`model`] weighs them, [`guards`] forbid what no weight may decide,
//! [`estimate`] fits the weights to data, [`cluster`] joins pairs to people, [`bulk`] does all of it to a file.

pub mod book;
pub mod bulk;
pub mod claim;
pub mod cluster;
pub mod compare;
pub mod estimate;
pub mod guards;
pub mod index;
pub mod keys;
pub mod learn;
pub mod letters;
pub mod levels;
pub mod lexicon;
pub mod model;
pub mod normalise;
pub mod pairs;
pub mod postings;
pub mod record;

#[cfg(test)]
mod tests;
