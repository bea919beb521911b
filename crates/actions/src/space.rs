//! Room on the disk of the record. While little is left senders keep what they have: a message that is refused in time
//! is sent again, and what was taken before still has the room to be filed and delivered (HAZARDS H60).

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of each hundred bytes of the disk, so many are kept for what was taken already.
const KEPT_PERCENT: u64 = 10;
/// More than this is never kept, however large the disk is: 8 GiB, half a day of a province's feeds.
const KEPT_AT_MOST_BYTES: u64 = 8 << 30;
/// A quarter more than what is kept must be free before messages are taken again, so that a sender is not refused and
/// taken in turn.
const AGAIN_QUARTERS: u64 = 5;
/// How often an incident that lasts is looked at again, seconds.
const HELD_EVERY_SECONDS: i64 = 60;

/// What the file system of the record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that may still be written.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

impl Space {
    /// Bytes that are kept.
    pub(crate) fn kept_bytes(self) -> u64 {
        (self.total_bytes / 100 * KEPT_PERCENT).min(KEPT_AT_MOST_BYTES)
    }

    /// Whether senders must wait. `waiting` is what was said before.
    pub(crate) fn is_short(self, waiting: bool) -> bool {
        let kept = self.kept_bytes();
        self.free_bytes < if waiting { kept / 4 * AGAIN_QUARTERS } else { kept }
    }

    /// In words, whole MiB.
    fn words(self) -> Words {
        let (free, kept) = (self.free_bytes >> 20, self.kept_bytes() >> 20);
        Words::new(
            format!(
                "The disk of the record has {free} MiB left and keeps {kept} MiB for what was taken already. Senders are \
                 answered AE and keep their messages until there is room."
            ),
            format!(
                "Il reste {free} Mio sur le disque du dossier, qui en garde {kept} pour ce qui a déjà été pris. Les \
                 expéditeurs reçoivent AE et gardent leurs messages jusqu'à ce qu'il y ait de la place."
            ),
        )
    }
}

/// What was said of the disk last.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    /// The disk, while it is short.
    short: Option<Space>,
    /// Whether the incident was last held as lasting, and when.
    held: Option<(bool, Instant)>,
}

impl Room {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing more is taken; `None` while there is room.
    pub(crate) fn refuses(&self) -> Option<String> {
        let space = self.said().short?;
        Some(format!(
            "the disk of the record is nearly full: {} MiB are left of the {} MiB that are kept for what was taken already; \
             keep the message and send it again",
            space.free_bytes >> 20,
            space.kept_bytes() >> 20
        ))
    }
}

impl Record {
    /// The disk of the record was looked at. While it is short, messages are refused and an incident is open.
    ///
    /// # Errors
    /// When the incident could not be written; messages are refused all the same, and it is tried again the next time.
    pub fn disk_has(&self, space: Space, now: Instant) -> Result<(), Refusal> {
        let (short, is_due) = {
            let mut said = self.room().said();
            let was_short = said.short.is_some();
            let short = space.is_short(was_short);
            if short != was_short {
                tracing::error!(
                    free_bytes = space.free_bytes,
                    kept_bytes = space.kept_bytes(),
                    refused = short,
                    "the room on the disk decides whether messages are taken"
                );
            }
            said.short = short.then_some(space);
            let lately = |(held, at): (bool, Instant)| {
                held == short && (!short || now.seconds_since(at) < HELD_EVERY_SECONDS)
            };
            (short, !said.held.is_some_and(lately))
        };
        if !is_due {
            return Ok(());
        }
        let found = Found {
            subject: "disk".to_owned(),
            what: Words::new(
                "Make room on the disk of the record, or give it a larger one.",
                "Libérer de la place sur le disque du dossier, ou lui en donner un plus grand.",
            ),
            because: space.words(),
        };
        let found = if short { vec![found] } else { Vec::new() };
        self.hold_incidents(&self.store().view()?, Sort::Disk, &found, now)?;
        self.room().said().held = Some((short, now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h60_a_tenth_is_kept_and_a_quarter_more_must_be_free_again() {
        let small = |free_bytes| Space { free_bytes, total_bytes: 1_000 };
        assert!(!small(100).is_short(false) && small(99).is_short(false));
        assert!(small(124).is_short(true) && !small(125).is_short(true));
        let large = |free_bytes| Space { free_bytes, total_bytes: 10 << 40 };
        assert!(large((8 << 30) - 1).is_short(false) && !large(8 << 30).is_short(false));
    }
}
