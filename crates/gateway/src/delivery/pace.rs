//! How long one message may hold a connection that others wait for.
//!
//! Nobody can tell a receiver that is slow from one that chokes on this one message. But a receiver that has answered
//! others lately is measured by that: what takes far longer is set aside while others wait, goes last, and is waited for
//! longer each time, up to the whole patience. While nobody waits it has the whole patience from the first.

use actions::deliveries::DeliveryId;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Answers that a receiver is measured by.
const MEASURED: usize = 32;
/// How much longer than the longest of them one may take.
const TIMES_THE_LONGEST: u32 = 8;
/// One is waited for at least so long.
const LEAST: Duration = Duration::from_secs(1);
/// What a receiver answered longer ago says nothing about now.
const LATELY: Duration = Duration::from_secs(5 * 60);
/// Messages whose doubt is remembered, at most; one that is forgotten is waited for as at first.
const DOUBTED_MOST: usize = 1024;

/// What is known of the time in which a receiver answers.
#[derive(Debug, Default)]
pub(super) struct Pace {
    took: VecDeque<Duration>,
    last: Option<Instant>,
    /// How often each was set aside.
    doubted: HashMap<DeliveryId, u32>,
}

impl Pace {
    /// It answered to `id` after `took`.
    pub(super) fn answered(&mut self, id: DeliveryId, took: Duration, now: Instant) {
        if self.took.len() >= MEASURED {
            self.took.pop_front();
        }
        self.took.push_back(took);
        self.last = Some(now);
        self.doubted.remove(&id);
    }

    /// `id` was set aside once more.
    pub(super) fn set_aside(&mut self, id: DeliveryId) {
        if self.doubted.len() >= DOUBTED_MOST {
            self.doubted.clear();
        }
        *self.doubted.entry(id).or_default() += 1;
    }

    /// How long `id` may hold a connection while others wait; `None` while nothing is known of this receiver.
    /// `unanswered` offers have met no answer since its last one: it is given more time with each, since it may be the
    /// receiver and not the message.
    pub(super) fn may_take(&self, id: DeliveryId, unanswered: u32, now: Instant) -> Option<Duration> {
        let last = self.last?;
        if now.saturating_duration_since(last) > LATELY {
            return None;
        }
        let longest = self.took.iter().max()?;
        let doubted = self.doubted.get(&id).copied().unwrap_or_default();
        let doublings = doubted.saturating_sub(1).saturating_add(unanswered.saturating_mul(2)).min(16);
        Some(longest.saturating_mul(TIMES_THE_LONGEST).max(LEAST).saturating_mul(1 << doublings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_waited_for_by_the_measure_of_others_and_longer_each_time() {
        let (now, id, other) = (Instant::now(), DeliveryId(1), DeliveryId(2));
        let mut pace = Pace::default();
        assert_eq!(pace.may_take(id, 0, now), None, "nothing is known of it");
        pace.answered(other, Duration::from_millis(2), now);
        assert_eq!(pace.may_take(id, 0, now), Some(LEAST));
        pace.set_aside(id);
        assert_eq!(pace.may_take(id, 0, now), Some(LEAST), "an answer may be lost once");
        pace.set_aside(id);
        assert_eq!(pace.may_take(id, 0, now), Some(LEAST * 2));
        assert_eq!(pace.may_take(other, 0, now), Some(LEAST), "another's doubt is not its own");
        assert_eq!(pace.may_take(other, 1, now), Some(LEAST * 4), "it may be the receiver");
        pace.answered(other, Duration::from_secs(3), now);
        assert_eq!(
            pace.may_take(other, 0, now),
            Some(Duration::from_secs(24)),
            "a slow one is given its time"
        );
        assert_eq!(pace.may_take(other, 0, now + LATELY * 2), None, "that was long ago");
    }
}
