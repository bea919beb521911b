//! Storms of a range of seeds (HAZARDS 2.4 D9).
//!
//! `cargo run -p gateway --example storm -- --from 0 --to 2000`: the seeds from 0 up to 1,999; with `--trace` what
//! happened in each. A failure prints its seed, the commit and the line that repeats it. Exit 1 when there was one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails"
)]

#[path = "../tests/peers/world.rs"]
#[expect(dead_code, reason = "its folder is used, its record is not")]
mod world;

#[path = "../tests/storm/simulation/mod.rs"]
mod simulation;

use simulation::{Outcome, Sea, commit, failed};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use world::Folder;

fn option(name: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).and_then(|text| text.parse().ok())
}

/// What all storms together were.
#[derive(Default)]
struct Sum {
    lives: usize,
    accepted: usize,
    offers: usize,
    stored: usize,
    longest: u64,
    failures: Vec<u64>,
}

fn main() {
    let (from, to) = (option("--from").unwrap_or(0), option("--to").unwrap_or(100));
    let shows = std::env::args().any(|argument| argument == "--trace");
    let (next, sum, began) = (AtomicU64::new(from), Mutex::new(Sum::default()), Instant::now());
    let one = |sea: &Sea| {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= to {
            return false;
        }
        let outcome = sea.storm(seed);
        let mut sum = sum.lock().unwrap();
        sum.add(seed, &outcome);
        if shows {
            println!("{}", outcome.trace.join("\n"));
        }
        if !outcome.broken.is_empty() {
            println!("{}", failed(seed, &outcome));
        }
        true
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let folder = Folder::in_memory("storm");
                let sea = Sea::new(folder.path());
                while one(&sea) {}
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    println!(
        "{} lives, {} messages accepted, {} offers, {} stored, drained at latest {} s after calm; failed {:?}",
        sum.lives, sum.accepted, sum.offers, sum.stored, sum.longest, sum.failures
    );
    println!(
        "campaign storm from={from} to={to} ran={} failures={} seconds={} commit={}",
        to.saturating_sub(from),
        sum.failures.len(),
        began.elapsed().as_secs(),
        commit()
    );
    if !sum.failures.is_empty() {
        std::process::exit(1);
    }
}

impl Sum {
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.lives += outcome.lives;
        self.accepted += outcome.accepted;
        self.offers += outcome.offers;
        self.stored += outcome.stored;
        self.longest = self.longest.max(outcome.drained);
        if !outcome.broken.is_empty() {
            self.failures.push(seed);
        }
    }
}
