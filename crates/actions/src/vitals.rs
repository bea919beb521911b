//! How the process does: how long each act and look takes by its name, when background work was last done, and whether
//! the writer answers. Names of ours and numbers, nothing of any patient (docs/logging.md).

use crate::record::Record;
use crate::status::place::Told;
use fhir::Instant;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use store::{Changes, Settled};

/// Upper ends of the classes of durations, in microseconds; what takes longer is in none.
pub const CLASSES: [u64; 8] = [250, 1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000, 4_000_000];
/// An act or look that takes longer stands in the log, unless the limits say otherwise (microseconds).
pub const SLOW_MICROSECONDS: u64 = 500_000;

/// How long acts or looks of one name took since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// How many.
    pub count: u64,
    /// How many of them were refused.
    pub refused: u64,
    /// All of them together, in microseconds.
    pub microseconds: u64,
    /// How many took no longer than each of [`CLASSES`].
    pub within: [u64; CLASSES.len()],
}

/// A piece of background work since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// When it was last done.
    pub last: Option<Instant>,
    /// How often it was done.
    pub done: u64,
    /// How often it could not be done.
    pub failed: u64,
}

/// What is remembered of all that.
#[derive(Debug)]
pub(crate) struct Vitals {
    timings: Mutex<BTreeMap<&'static str, Timing>>,
    rounds: Mutex<BTreeMap<&'static str, Round>>,
    slow_microseconds: AtomicU64,
    /// What the process and its machine say of themselves.
    pub(crate) place: Told,
}

impl Default for Vitals {
    fn default() -> Self {
        let (timings, rounds) = (Mutex::default(), Mutex::default());
        Self { timings, rounds, slow_microseconds: AtomicU64::new(SLOW_MICROSECONDS), place: Told::default() }
    }
}

impl Vitals {
    /// An act or look ended after so many microseconds.
    pub(crate) fn took(&self, name: &'static str, microseconds: u64, is_refused: bool) {
        let mut timings = self.timings.lock().unwrap_or_else(PoisonError::into_inner);
        let timing = timings.entry(name).or_default();
        timing.count += 1;
        timing.refused += u64::from(is_refused);
        timing.microseconds = timing.microseconds.saturating_add(microseconds);
        for (within, limit) in timing.within.iter_mut().zip(CLASSES) {
            *within += u64::from(microseconds <= limit);
        }
        drop(timings);
        if microseconds >= self.slow_microseconds.load(Ordering::Relaxed) {
            tracing::warn!(
                action = name_of(name),
                milliseconds = microseconds / 1_000,
                refused = is_refused,
                "an action took long"
            );
        }
    }

    /// A round of background work ended.
    pub(crate) fn worked(&self, name: &'static str, now: Instant, is_done: bool) {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let round = rounds.entry(name).or_default();
        if is_done {
            round.done += 1;
            round.last = Some(now);
        } else {
            round.failed += 1;
        }
    }
}

/// The name of an act or look: its type without the crate and without what it is made for.
fn name_of(type_name: &str) -> &str {
    let bare = type_name.split('<').next().unwrap_or(type_name);
    bare.split_once("::").map_or(bare, |(_, rest)| rest)
}

/// What waits for the writer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Messages to be kept and other short writes.
    pub early: usize,
    /// Changes.
    pub changes: usize,
    /// Pages in the write-ahead log at the last look (SQLite).
    pub log_pages: u32,
}

impl Record {
    /// How long acts and looks took since the start, by name.
    #[must_use]
    pub fn timings(&self) -> Vec<(&'static str, Timing)> {
        let timings = self.vitals().timings.lock().unwrap_or_else(PoisonError::into_inner);
        timings.iter().map(|(name, timing)| (name_of(name), *timing)).collect()
    }

    /// Background work since the start, by name; what has not had its first round yet is not there.
    #[must_use]
    pub fn rounds(&self) -> Vec<(&'static str, Round)> {
        let rounds = self.vitals().rounds.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.iter().map(|(name, round)| (*name, *round)).collect()
    }

    /// From now on what takes so long stands in the log, by its name (microseconds).
    pub fn set_slow(&self, microseconds: u64) {
        self.vitals().slow_microseconds.store(microseconds, Ordering::Relaxed);
    }

    /// What waits for the writer now.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let (early, changes, log_pages) = self.store().load();
        Waiting { early, changes, log_pages }
    }

    /// Whether the writer takes and confirms a write: waits for one that changes nothing.
    ///
    /// # Errors
    /// Why not, in the words of the store.
    pub fn writes(&self) -> Result<(), String> {
        match self.store().settle_blocking(Changes::default()) {
            Settled::Done => Ok(()),
            Settled::TryAgain(why) => Err(match self.store().hindrance() {
                Some(hindrance) => format!("{why}. It could not take over now: {hindrance}"),
                None => why.to_string(),
            }),
            other => Err(format!("the writer answered {other:?}")),
        }
    }

    /// Whether the record can be read at this moment.
    ///
    /// # Errors
    /// Why not, in the words of the store.
    pub fn reads(&self) -> Result<(), String> {
        self.store().view().map(drop).map_err(|problem| problem.to_string())
    }

    /// Why nothing is taken any more, when that is so: the process must be started again.
    #[must_use]
    pub fn is_closed(&self) -> Option<String> {
        self.store().closed().map(|why| why.to_string())
    }

    /// Why messages are refused at the door, while the disk of the record is short.
    #[must_use]
    pub fn is_short_of_room(&self) -> Option<String> {
        self.room().refuses()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_by_name_and_class() {
        let vitals = Vitals::default();
        for microseconds in [100, 250, 251, 5_000_000] {
            vitals.took("actions::results::Recent", microseconds, microseconds > 1_000);
        }
        let timing = vitals.timings.lock().unwrap()["actions::results::Recent"];
        assert_eq!((timing.count, timing.refused, timing.microseconds), (4, 1, 5_000_601));
        assert_eq!(timing.within, [2, 3, 3, 3, 3, 3, 3, 3]);
    }

    #[test]
    fn names_are_those_of_the_source() {
        assert_eq!(name_of("actions::results::Recent"), "results::Recent");
        assert_eq!(name_of("actions::chart::Open<actions::x::Y>"), "chart::Open");
        assert_eq!(name_of("u8"), "u8");
    }
}
