//! The way of one message: accepted, interpreted, filed. See DESIGN.md section 4.

mod accept;
mod filing;
mod grouping;
mod interpreter;
mod overlay;

pub(crate) use accept::hl7_time;
pub use accept::{Answer, Door};
pub(crate) use filing::{Ruling, candidate, doubtful, finality_of_status, follow, sender};
pub use interpreter::{Clock, Interpreter};

#[cfg(test)]
mod tests;
