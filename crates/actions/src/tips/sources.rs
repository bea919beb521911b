//! How many tips come from one source, counted so that nobody is found by it: the other side of the line is hashed with a
//! key that is drawn anew each day and stands in memory alone. Nothing of it is written, beside a tip or anywhere; with the
//! key of the day the counts are gone, and after a restart too.

use crate::record::Record;
use crate::refusal::Refusal;
use fhir::Instant;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::PoisonError;

/// Tips from one source in a day: behind one a whole clinic can stand.
pub const TIPS_PER_SOURCE: u32 = 12;
/// Sources that are counted in a day; with more of them the limit for all together stands alone.
const SOURCES_LIMIT: usize = 20_000;

/// Counts of a day.
#[derive(Default)]
pub(crate) struct Sources {
    day: String,
    key: [u8; 32],
    counts: HashMap<[u8; 32], u32>,
}

/// Without its secret: what is printed ends in logs.
impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("day", &self.day).finish_non_exhaustive()
    }
}

impl Sources {
    /// Counts a tip from a source; whether it may still come. `fresh` is the key when a day begins.
    fn may(&mut self, source: &str, fresh: [u8; 32], now: Instant) -> bool {
        let day = clinical::cover::day(now);
        if self.day != day {
            *self = Self { day, key: fresh, counts: HashMap::new() };
        }
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(source.as_bytes());
        let hashed: [u8; 32] = mac.finalize().into_bytes().into();
        if self.counts.len() >= SOURCES_LIMIT && !self.counts.contains_key(&hashed) {
            return true;
        }
        let count = self.counts.entry(hashed).or_default();
        *count = count.saturating_add(1);
        *count <= TIPS_PER_SOURCE
    }
}

impl Record {
    /// Counts a tip from a source (the other side of the line); `fresh` are 32 random bytes.
    ///
    /// # Errors
    /// Too many came from there today.
    pub fn count_tip(&self, source: &str, fresh: [u8; 32], now: Instant) -> Result<(), Refusal> {
        let mut sources = self.tip_sources().lock().unwrap_or_else(PoisonError::into_inner);
        if sources.may(source, fresh, now) {
            return Ok(());
        }
        Err(Refusal::conflict(
            "Very many tips came from this place today. Your text was not kept: send it tomorrow, or from another place, or call the privacy office.",
            "De très nombreux signalements sont venus de cet endroit aujourd’hui. Votre texte n’a pas été conservé : envoyez-le demain, ou d’ailleurs, ou appelez le bureau de la vie privée.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_435_200_000_000);

    #[test]
    fn x18_one_source_does_not_flood_the_desk_and_no_source_is_kept() {
        let mut sources = Sources::default();
        let mut from = |source: &str, key: u8, now: Instant| sources.may(source, [key; 32], now);
        for _ in 0..TIPS_PER_SOURCE {
            assert!(from("192.0.2.1", 1, NOW));
        }
        assert!(!from("192.0.2.1", 1, NOW), "enough from there");
        assert!(from("192.0.2.2", 1, NOW), "another may");
        let tomorrow = NOW.plus_minutes(24 * 60);
        assert!(from("192.0.2.1", 2, tomorrow), "the day begins anew");
        assert_eq!(sources.counts.len(), 1, "yesterday is forgotten");
        // Without the key of the day nobody can try which address it was: another key, another value.
        let mut other = Sources::default();
        other.may("192.0.2.1", [3; 32], tomorrow);
        assert!(sources.counts.keys().all(|known| !other.counts.contains_key(known)));
        assert_ne!(sources.key, other.key);
    }
}
