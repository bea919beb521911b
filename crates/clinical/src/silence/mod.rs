//! Silence as an alarm: what a feed should have said by now, and a receiver that answers nothing.
//!
//! Nothing here reads a clock or a table: counts in, a finding with its reason out. Two rules, because two things can be
//! silent. A **feed** is silent when so much was expected since it was last heard that chance does not explain it; what
//! is expected is learned from the hours of past weeks. A **receiver** is silent when something has waited for its answer
//! for half an hour of clinic time and it has answered nothing meanwhile; when nothing waits for long, a test result is
//! sent so that something does (HAZARDS H12, H14; JOURNEYS 2.2: feed within 10 minutes, receiver within 60).

mod calendar;
mod expected;

pub use calendar::{HOURS_OF_WEEK, is_holiday};
pub use expected::{HourSeen, LOOKS_PER_HOUR, Profile, WEEKS_LEARNED};

use crate::cover::local;
use crate::directory::Hours;
use fhir::Instant;

/// Moments that must have been expected before a feed counts as silent: by chance alone one pause in some hundred
/// thousand is as long (e^-12), and less than that of what was expected is taken, see [`CAUTION`].
pub const FEED_LIMIT_MOMENTS: f64 = 12.0;
/// Share of what is expected that is counted on: a quiet day is no silence.
pub const CAUTION: f64 = 0.8;
/// A feed is never silent before this, in minutes: a sender may restart.
pub const FEED_LEAST_MINUTES: i64 = 5;
/// Minutes of clinic time for which something waits unanswered before the receiver counts as silent.
pub const RECEIVER_LIMIT_MINUTES: i64 = 30;
/// Minutes of clinic time without an answer after which a test result asks for one, whether something waits or not: the
/// pauses between offers of what waits have grown by then, and a receiver that is back must not count as silent. With the
/// limit above, a silent receiver is found within 50 minutes however little it gets.
pub const PROBE_AFTER_MINUTES: i64 = 20;

/// What is found about a feed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FeedFinding {
    /// Nothing to say, or not enough is known to say it.
    Flowing,
    /// It should have said something by now.
    Silent {
        /// Since when.
        since: Instant,
        /// How many moments were expected since, cautiously.
        expected: f64,
    },
}

/// Judge a feed, or one type of message of it, that was last heard at `heard`.
#[must_use]
pub fn feed(profile: &Profile, heard: Instant, now: Instant) -> FeedFinding {
    if !profile.is_known() || now.seconds_since(heard) < FEED_LEAST_MINUTES * 60 {
        return FeedFinding::Flowing;
    }
    let expected = CAUTION * profile.expected_moments(heard, now);
    if expected >= FEED_LIMIT_MOMENTS {
        FeedFinding::Silent { since: heard, expected }
    } else {
        FeedFinding::Flowing
    }
}

/// When somebody is at a receiver.
#[derive(Debug, Clone, Copy)]
pub enum ClinicHours<'a> {
    /// As the directory says.
    Stated(&'a Hours),
    /// As its traffic has shown.
    Learned(&'a Profile),
    /// Neither is known: weekdays from eight to five, holidays apart.
    Usual,
}

impl ClinicHours<'_> {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self, at: Instant) -> bool {
        let Some(wall) = local(at) else { return false };
        match self {
            Self::Stated(hours) => hours.is_open(
                &wall.date().to_string(),
                crate::cover::weekday(wall),
                crate::cover::minute(wall),
            ),
            Self::Learned(profile) => profile.is_open(wall),
            Self::Usual => {
                !is_holiday(wall.date())
                    && crate::cover::weekday(wall) < 5
                    && (8 * 60..17 * 60).contains(&crate::cover::minute(wall))
            }
        }
    }

    /// Minutes of clinic time from `from` to `to`, counted up to `enough`: nobody needs more, and when less than that has
    /// gone by, closed or not, it is told as it is.
    #[must_use]
    pub fn minutes(&self, from: Instant, to: Instant, enough: i64) -> i64 {
        let elapsed = to.seconds_since(from) / 60;
        if elapsed < enough {
            return elapsed.max(0);
        }
        let (mut at, mut minutes) = (to, 0);
        // Back from now; clinics close at most for some days, and what was before that is past.
        for _ in 0..CLOSED_AT_MOST_MINUTES {
            at = at.plus_minutes(-1);
            if at < from || minutes >= enough {
                break;
            }
            if !self.is_open(at) {
                // Closed since: what counts is the time since it opened.
                break;
            }
            minutes += 1;
        }
        minutes
    }
}

/// How far back clinic time is looked for, in minutes.
const CLOSED_AT_MOST_MINUTES: i64 = 24 * 60;

/// What is seen of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReceiverSeen {
    /// When the oldest that waits was made.
    pub waiting_since: Option<Instant>,
    /// When it last acknowledged anything.
    pub acknowledged: Option<Instant>,
}

/// What is found about a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiverFinding {
    /// It answers, or it is closed.
    Answering,
    /// Nothing has been heard for a while: ask.
    Ask,
    /// Something waits and it answers nothing.
    Silent {
        /// Since when.
        since: Instant,
    },
}

/// Judge a receiver.
#[must_use]
pub fn receiver(hours: ClinicHours<'_>, seen: ReceiverSeen, now: Instant) -> ReceiverFinding {
    if let Some(waiting) = seen.waiting_since {
        let since = seen.acknowledged.map_or(waiting, |heard| heard.max(waiting));
        return match hours.minutes(since, now, RECEIVER_LIMIT_MINUTES) {
            RECEIVER_LIMIT_MINUTES.. => ReceiverFinding::Silent { since },
            PROBE_AFTER_MINUTES.. if hours.is_open(now) => ReceiverFinding::Ask,
            _ => ReceiverFinding::Answering,
        };
    }
    // One that has never answered is not in use yet: its route goes live with a test message of its own (S-019).
    let Some(heard) = seen.acknowledged else { return ReceiverFinding::Answering };
    if hours.minutes(heard, now, PROBE_AFTER_MINUTES) >= PROBE_AFTER_MINUTES {
        ReceiverFinding::Ask
    } else {
        ReceiverFinding::Answering
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2026-11-23 00:00 in Halifax.
    const MONDAY: Instant = Instant(1_795_406_400_000_000);

    fn at(days: i64, hour: i64, minute: i64) -> Instant {
        MONDAY.plus_minutes((days * 24 + hour) * 60 + minute)
    }

    #[test]
    fn a_receiver_is_asked_after_20_minutes_of_clinic_time_and_silent_after_30() {
        let waits = |since| ReceiverSeen { waiting_since: Some(since), acknowledged: None };
        let judge = |seen, now| receiver(ClinicHours::Usual, seen, now);
        assert_eq!(judge(waits(at(0, 9, 0)), at(0, 9, 19)), ReceiverFinding::Answering);
        assert_eq!(judge(waits(at(0, 9, 0)), at(0, 9, 29)), ReceiverFinding::Ask);
        assert_eq!(judge(waits(at(0, 9, 0)), at(0, 9, 30)), ReceiverFinding::Silent { since: at(0, 9, 0) });
        // Waiting overnight counts from the opening.
        assert_eq!(judge(waits(at(0, 20, 0)), at(1, 3, 0)), ReceiverFinding::Answering);
        assert_eq!(judge(waits(at(0, 20, 0)), at(1, 8, 19)), ReceiverFinding::Answering);
        assert_eq!(judge(waits(at(0, 20, 0)), at(1, 8, 30)), ReceiverFinding::Silent { since: at(0, 20, 0) });
        // One that answers others is not silent, whatever is stuck.
        let stuck = ReceiverSeen { waiting_since: Some(at(0, 9, 0)), acknowledged: Some(at(0, 9, 55)) };
        assert_eq!(judge(stuck, at(0, 10, 0)), ReceiverFinding::Answering);
        let heard = |at| ReceiverSeen { waiting_since: None, acknowledged: Some(at) };
        assert_eq!(judge(heard(at(0, 9, 0)), at(0, 9, 19)), ReceiverFinding::Answering);
        assert_eq!(judge(heard(at(0, 9, 0)), at(0, 9, 20)), ReceiverFinding::Ask);
        assert_eq!(judge(heard(at(0, 9, 0)), at(0, 22, 0)), ReceiverFinding::Answering, "closed");
        assert_eq!(judge(ReceiverSeen::default(), at(0, 12, 0)), ReceiverFinding::Answering, "never in use");
    }

    #[test]
    fn stated_hours_win_over_usual_ones() {
        let hours: Hours = "Sa 09:00-12:00".parse().expect("hours");
        assert!(ClinicHours::Stated(&hours).is_open(at(5, 10, 0)));
        assert!(!ClinicHours::Stated(&hours).is_open(at(0, 10, 0)));
        assert!(!ClinicHours::Usual.is_open(at(32, 10, 0)), "Christmas Day");
    }
}
