//! The wall clock of a storm: it is set, it stands still, and once a year an hour comes twice.

use super::draws::Draws;
use fhir::Instant;

const SECOND: u64 = 1_000_000;

/// When storms begin: an hour that comes twice in America/Halifax, one that is left out, the turn of a year, a day.
const BEGINNINGS: [i64; 4] = [
    1_793_507_100_000_000, // 2026-11-01 01:25 -03:00
    1_805_002_200_000_000, // 2027-03-14 01:30 -04:00
    1_798_775_880_000_000, // 2026-12-31 23:58 -04:00
    1_795_356_300_000_000, // 2026-11-22 10:05 -04:00
];

/// What happens to the clock.
#[derive(Debug, Clone, Copy)]
enum Jump {
    /// It is so many seconds wrong from now on.
    Wrong(i64),
    /// It stands still for so long.
    Stands(u64),
}

/// A clock on the wall.
#[derive(Debug, Clone)]
pub(crate) struct Sky {
    began: i64,
    jumps: Vec<(u64, Jump)>,
}

impl Sky {
    /// Its course until `calm`; right from then on.
    pub(crate) fn drawn(draws: &mut Draws, calm: u64) -> Self {
        let began = *draws.pick(&BEGINNINGS);
        let mut jumps: Vec<(u64, Jump)> = (0..draws.below(4))
            .map(|_| {
                let jump = match draws.below(6) {
                    0 => Jump::Wrong(-25 * 3600),
                    1 => Jump::Wrong(25 * 3600),
                    2 => Jump::Wrong(-90),
                    3 => Jump::Wrong(3600),
                    4 => Jump::Wrong(0),
                    _ => Jump::Stands(draws.between(5, 60) * SECOND),
                };
                (draws.between(1, calm / SECOND) * SECOND, jump)
            })
            .collect();
        jumps.sort_by_key(|(at, _)| *at);
        jumps.retain(|(at, _)| *at < calm);
        jumps.push((calm, Jump::Wrong(0)));
        Self { began, jumps }
    }

    /// What it shows after so many microseconds.
    pub(crate) fn at(&self, now: u64) -> Instant {
        let (mut wrong, mut shown) = (0, now);
        for (at, jump) in self.jumps.iter().filter(|(at, _)| *at <= now) {
            shown = now;
            match jump {
                Jump::Wrong(seconds) => wrong = *seconds,
                Jump::Stands(long) if now < at + long => shown = *at,
                Jump::Stands(_) => {}
            }
        }
        Instant(self.began + i64::try_from(shown).unwrap_or(i64::MAX)).plus_seconds(wrong)
    }

    /// When it is set, and how.
    pub(crate) fn words(&self) -> String {
        format!("{:?}", self.jumps)
    }
}
