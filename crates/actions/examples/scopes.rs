//! The same questions as `tests/scopes`, as many as it is told: `cargo run --release -p actions --example scopes -- 1000000 7`
#![allow(clippy::expect_used, clippy::panic, reason = "not part of the product")]

#[path = "../tests/scopes/questions.rs"]
mod questions;

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (count, seed) = (number(20_000), number(1));
    let answered = questions::ask(usize::try_from(count).unwrap_or(usize::MAX), seed, false)?;
    println!("{count} questions, seed {seed}: {answered} answered by something, 0 told the records apart");
    Ok(())
}
