//! The way of one message: accepted, interpreted, filed. See DESIGN.md section 4.

mod accept;
mod batches;
mod bodies;
pub(crate) mod breaker;
pub(crate) mod filing;
mod grouping;
mod interpreter;
mod overlay;
#[cfg(debug_assertions)]
mod seeded;
mod wrapping;

pub(crate) use accept::hl7_time;
pub use accept::{Answer, Bound, Door};
pub use clinical::intake::Binding;
pub(crate) use filing::{
    Likely, Number, RULE, Ruling, Way, candidate, claims, doubtful, finality_of_status, follow, follow_bytes,
    refile, score, sender,
};
pub use interpreter::{Clock, Interpreter};
#[cfg(debug_assertions)]
pub use seeded::Seeded;
pub(crate) use wrapping::Claims;
pub use wrapping::Line;

#[cfg(test)]
mod tests;
