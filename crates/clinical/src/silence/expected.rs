//! What a stream brings in each hour of the week, learned from what it brought in past weeks.
//!
//! Messages come in clumps: one panel of an analyser is a dozen. What tells a pause from silence is not how many come but
//! at how many moments something comes, so that is what is learned: from the share of looks, one a minute, at which
//! something had come, as if moments fell by chance (Poisson): `-ln(1 - share)` a look.

use super::calendar::{HOURS_OF_WEEK, hour_of_week};
use crate::cover::ZONE;
use fhir::Instant;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Weeks that are learned from at most.
pub const WEEKS_LEARNED: i64 = 8;
/// Weeks after which something is known.
const WEEKS_NEEDED: usize = 2;
/// Looks of the clock in an hour.
pub const LOOKS_PER_HOUR: f64 = 60.0;
/// When every look was busy, half a look is taken as not: nothing tells how many moments there were beyond.
const BUSIEST: f64 = LOOKS_PER_HOUR - 0.5;
/// Share of the weeks in which an hour must have brought something for the clinic to count as open in it.
const OPEN_SHARE: f64 = 0.75;
const HOUR_US: i64 = 3_600_000_000;

/// One hour of a stream; hours in which nothing came may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourSeen {
    /// Hours since 1970, UTC.
    pub hour: i64,
    /// How many came.
    pub n: u64,
    /// At how many looks some had.
    pub busy: u32,
}

/// What a stream brings in each hour of the week.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    moments: Vec<f64>,
    messages: Vec<f64>,
    open: Vec<bool>,
    known: bool,
}

impl Profile {
    /// Learn from the whole hours before `now`. `first` is the hour of the first look ever: before it nothing is known.
    #[must_use]
    pub fn learn(hours: &[HourSeen], first: i64, now: Instant) -> Self {
        let end = now.0.div_euclid(HOUR_US);
        let begin = first.max(end - WEEKS_LEARNED * HOURS_OF_WEEK as i64);
        let mut samples: Vec<Vec<(f64, f64)>> = vec![Vec::new(); HOURS_OF_WEEK];
        let zone = TimeZone::get(ZONE).ok();
        let mut seen = hours.iter().skip_while(|seen| seen.hour < begin).peekable();
        for hour in begin..end {
            let here = seen.next_if(|seen| seen.hour == hour);
            let Some(slot) = slot(zone.as_ref(), hour) else { continue };
            let (n, busy) = here.map_or((0.0, 0.0), |seen| (seen.n as f64, f64::from(seen.busy)));
            if let Some(samples) = samples.get_mut(slot) {
                samples.push((moments(busy), n));
            }
        }
        // A Sunday hour has one sample a week and one for each holiday; the scarcest hour says what is known.
        let known = samples.iter().map(Vec::len).min().unwrap_or(0) >= WEEKS_NEEDED;
        let typical = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            samples.iter().map(|samples| lower_mean(samples.iter().map(of).collect())).collect()
        };
        let open = samples
            .iter()
            .map(|samples| {
                let busy = samples.iter().filter(|(_, n)| *n > 0.0).count();
                !samples.is_empty() && busy as f64 >= OPEN_SHARE * samples.len() as f64
            })
            .collect();
        Self { moments: typical(|s| s.0), messages: typical(|s| s.1), open, known }
    }

    /// Whether enough has been seen to expect anything.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// At how many moments something should have come from `from` to `to`.
    #[must_use]
    pub fn expected_moments(&self, from: Instant, to: Instant) -> f64 {
        self.sum(&self.moments, from, to)
    }

    /// How many should have come from `from` to `to`.
    #[must_use]
    pub fn expected_messages(&self, from: Instant, to: Instant) -> f64 {
        self.sum(&self.messages, from, to)
    }

    fn sum(&self, per_hour: &[f64], from: Instant, to: Instant) -> f64 {
        let zone = TimeZone::get(ZONE).ok();
        let (mut at, mut sum) = (from.0, 0.0);
        // Longer than a week is silent whatever was expected.
        let from = to.0 - HOURS_OF_WEEK as i64 * HOUR_US;
        at = at.max(from);
        while at < to.0 {
            let hour = at.div_euclid(HOUR_US);
            let until = ((hour + 1) * HOUR_US).min(to.0);
            let rate = slot(zone.as_ref(), hour).and_then(|slot| per_hour.get(slot)).copied().unwrap_or(0.0);
            sum += rate * (until - at) as f64 / HOUR_US as f64;
            at = until;
        }
        sum
    }

    /// Whether traffic has shown that somebody is there at this wall time.
    #[must_use]
    pub fn is_open(&self, wall: jiff::civil::DateTime) -> bool {
        self.open.get(hour_of_week(wall)).copied().unwrap_or(false)
    }
}

fn slot(zone: Option<&TimeZone>, hour: i64) -> Option<usize> {
    let at = Timestamp::from_second(hour * 3600).ok()?;
    Some(hour_of_week(zone?.to_datetime(at)))
}

/// Moments in an hour of which `busy` looks saw something.
fn moments(busy: f64) -> f64 {
    -LOOKS_PER_HOUR * (1.0 - busy.min(BUSIEST) / LOOKS_PER_HOUR).ln()
}

/// The mean without the highest: one loud week raises no expectation. With four and more the lowest goes too: one week
/// of outage lowers it as little.
fn lower_mean(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let len = values.len();
    let kept = match len {
        0 => return 0.0,
        1 | 2 => &values[..1],
        3 => &values[..2],
        _ => &values[1..len - 1],
    };
    kept.iter().sum::<f64>() / kept.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silence::{FeedFinding, feed};
    use proptest::prelude::*;

    /// Monday 2026-11-23 00:00 in Halifax, as an hour since 1970.
    const MONDAY: i64 = 1_795_406_400 / 3600;

    /// Weeks of a stream that is busy at `day` looks from 8 to 17 on weekdays and at `night` otherwise.
    fn weeks(count: i64, day: u32, night: u32) -> Vec<HourSeen> {
        (MONDAY - count * 168..MONDAY)
            .map(|hour| {
                let (weekday, of_day) =
                    ((hour - MONDAY).rem_euclid(168) / 24, (hour - MONDAY).rem_euclid(24));
                let busy = if weekday < 5 && (8..17).contains(&of_day) { day } else { night };
                HourSeen { hour, n: u64::from(busy) * 3, busy }
            })
            .filter(|seen| seen.busy > 0)
            .collect()
    }

    fn at(hour: i64, minute: i64) -> Instant {
        Instant((MONDAY + hour) * HOUR_US).plus_minutes(minute)
    }

    #[test]
    fn a_hospital_feed_that_stops_is_silent_within_ten_minutes_day_and_night() {
        // From 2026-10-19 on: a holiday and the change of the clocks are among the weeks.
        let profile = Profile::learn(&weeks(5, 58, 50), MONDAY - 5 * 168, at(0, 0));
        for hour in [10, 27] {
            let heard = at(hour, 3);
            let found =
                (1..=60).find(|m| feed(&profile, heard, heard.plus_minutes(*m)) != FeedFinding::Flowing);
            assert!(found.is_some_and(|minutes| (5..=10).contains(&minutes)), "{hour}: {found:?}");
        }
    }

    #[test]
    fn a_quiet_feed_is_given_the_time_that_chance_needs() {
        let profile = Profile::learn(&weeks(5, 20, 1), MONDAY - 5 * 168, at(0, 0));
        let silent = |heard: Instant, minutes| {
            feed(&profile, heard, heard.plus_minutes(minutes)) != FeedFinding::Flowing
        };
        assert!(!silent(at(10, 0), 30) && silent(at(10, 0), 40), "24 moments an hour, cautiously 19");
        assert!(!silent(at(20, 0), 11 * 60), "a night brings almost nothing");
        let unknown = Profile::learn(&weeks(1, 58, 50), MONDAY - 168, at(0, 0));
        assert!(!unknown.is_known());
        assert_eq!(feed(&unknown, at(10, 0), at(30, 0)), FeedFinding::Flowing, "nothing is known yet");
    }

    #[test]
    fn clinic_hours_are_learned_and_a_loud_week_changes_little() {
        let mut hours = weeks(5, 20, 0);
        let usual = Profile::learn(&hours, MONDAY - 5 * 168, at(0, 0));
        let open =
            |profile: &Profile, hour| profile.is_open(crate::cover::local(at(hour, 30)).expect("a time"));
        assert!(open(&usual, 9) && !open(&usual, 19) && !open(&usual, 5 * 24 + 10));
        for seen in hours.iter_mut().filter(|seen| seen.hour >= MONDAY - 168) {
            (seen.busy, seen.n) = (60, 6000);
        }
        let loud = Profile::learn(&hours, MONDAY - 5 * 168, at(0, 0));
        let of = |profile: &Profile| profile.expected_moments(at(9, 0), at(12, 0));
        assert!((of(&loud) / of(&usual) - 1.0).abs() < 0.01, "{} {}", of(&loud), of(&usual));
    }

    proptest! {
        /// Expectation adds up over any cut, never shrinks, and grows with what was seen.
        #[test]
        fn expectation_adds_up(busy in 0u32..=60, from in 0i64..300, first in 0i64..300, second in 0i64..300) {
            let profile = Profile::learn(&weeks(3, busy, busy / 2), 0, at(0, 0));
            let (a, b, c) = (at(0, from), at(0, from + first), at(0, from + first + second));
            let whole = profile.expected_moments(a, c);
            let parts = profile.expected_moments(a, b) + profile.expected_moments(b, c);
            prop_assert!((whole - parts).abs() < 1e-6 && whole >= 0.0);
            let more = Profile::learn(&weeks(3, (busy + 1).min(60), busy / 2), 0, at(0, 0));
            prop_assert!(more.expected_moments(a, c) >= whole - 1e-9);
        }
    }
}
