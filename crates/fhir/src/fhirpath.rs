//! FHIRPath over the lossless tree (FHIRPath 2.0.0 with FHIR R4's functions): a parser and an evaluator, bounded in steps.
//! Types come from the facts about R4, so that choices, primitives with extensions and `is` are told as FHIR tells them.

mod boundary;
mod decimal;
mod eval;
mod functions;
mod item;
mod lexer;
mod moment;
mod operators;
mod parser;
mod quantity;
mod strings;

pub use decimal::Dec;
pub use eval::{Context, MAX_STEPS};
pub use item::{Item, Node};
pub use moment::{Kind as MomentKind, Moment};
pub use parser::Expression;

/// Longest expression, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 16 * 1024;

/// Why an expression gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Not FHIRPath.
    #[error("the expression is not understood at byte {at}: expected {expected}")]
    Syntax {
        /// Offset.
        at: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// It asks for what is not there.
    #[error("{0}")]
    Meaning(String),
    /// It took too many steps.
    #[error("the expression takes more than {MAX_STEPS} steps; narrow it")]
    TooLong,
}

#[cfg(test)]
mod tests;
