//! Bad input by seed against everything that reads bytes from outside; never shipped.
//!
//! A target is a function that takes any bytes and fails by a panic: because the product panicked, or because what
//! must hold of all bytes did not. Inputs are made from a number, so that a number is a replay: kept inputs are taken
//! apart along the target's own separators, mixed and damaged ([`input`]). The same table of targets serves the test of
//! every submission (`tests/targets.rs`) and the campaign (`examples/campaign.rs`).

mod mutation;
mod seeds;
pub mod targets;

pub use seeds::{from_folder, kept};
pub use targets::TARGETS;

use mutation::Mutation;
use province::rng::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Longest input that is made, in bytes; kept inputs may be longer.
pub const LONGEST_BYTES: usize = 64 * 1024;

/// Something that reads bytes from outside.
pub struct Target {
    /// Name, and the folder under `corpus/` where what once broke it is kept.
    pub name: &'static str,
    /// What reads it, for people.
    pub reads: &'static str,
    /// Whole and good inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that decide something in this format; those of one byte also part it.
    pub words: &'static [&'static str],
    /// Takes any bytes; panics when something is wrong.
    pub take: fn(&[u8]),
    /// Executions of each submission.
    pub usual: u64,
}

/// An input that broke something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its number; `None` for a kept input as it is.
    pub number: Option<u64>,
    /// The bytes.
    pub input: Vec<u8>,
    /// What was said.
    pub said: String,
}

/// The input of a number: one kept input or two, changed a few times.
#[must_use]
pub fn input(target: &Target, kept: &[Vec<u8>], number: u64) -> Vec<u8> {
    let name = target.name.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut rng = Rng::keyed(name, &[number]);
    let mut mutation = Mutation { rng: &mut rng, kept, words: target.words };
    let mut made = mutation.begin();
    for _ in 0..mutation.changes() {
        mutation.change(&mut made);
    }
    made.truncate(LONGEST_BYTES);
    made
}

/// Gives one input to a target.
///
/// # Errors
/// What the panic said.
pub fn take(target: &Target, input: &[u8]) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| (target.take)(input))).map_err(|cause| {
        let text = cause.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
    })
}

/// Gives the kept inputs as they are, then those of the numbers `from..to`. `before` is told each number before it
/// is tried, so that an abort leaves a trace.
pub fn run(
    target: &Target,
    kept: &[Vec<u8>],
    (from, to): (u64, u64),
    mut before: impl FnMut(u64),
) -> Vec<Failure> {
    let mut failures = Vec::new();
    for input in kept {
        if let Err(said) = take(target, input) {
            failures.push(Failure { number: None, input: input.clone(), said });
        }
    }
    for number in from..to {
        before(number);
        let input = input(target, kept, number);
        if let Err(said) = take(target, &input) {
            failures.push(Failure { number: Some(number), input, said });
        }
    }
    failures
}
