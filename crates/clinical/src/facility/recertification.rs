//! Each quarter a manager says of every one of their people whether they still need access; silence climbs and then
//! suspends.

use super::days;
use fhir::Instant;
use jiff::civil::Date;

/// Days of a quarter after which the manager is reminded.
pub const REMINDED_DAY: i64 = 7;
/// Days after which the manager above has it.
pub const ABOVE_DAY: i64 = 14;
/// Days after which the access coordinator has it.
pub const COORDINATOR_DAY: i64 = 21;
/// Days after which who was not confirmed is suspended.
pub const SUSPENDED_DAY: i64 = 28;

/// A quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    /// Its first day.
    pub begins: Date,
}

/// Where a look of a quarter stands for somebody about whom nothing has been said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The manager is asked.
    Asked,
    /// The manager is reminded.
    Reminded,
    /// The manager above is asked.
    Above,
    /// The access coordinator is asked.
    Coordinator,
    /// The access is suspended until somebody says that it is needed.
    Suspended,
}

impl Stage {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Reminded => "reminded",
            Self::Above => "above",
            Self::Coordinator => "coordinator",
            Self::Suspended => "suspended",
        }
    }
}

impl Quarter {
    /// The quarter of an instant, in the province.
    #[must_use]
    pub fn of(at: Instant) -> Option<Self> {
        let day = days::of(at)?;
        let month = (day.month() - 1) / 3 * 3 + 1;
        Date::new(day.year(), month, 1).ok().map(|begins| Self { begins })
    }

    /// `2026-Q4`.
    #[must_use]
    pub fn code(self) -> String {
        format!("{}-Q{}", self.begins.year(), (self.begins.month() - 1) / 3 + 1)
    }

    /// Whether somebody whose access began on a day is asked about in it: not in the quarter in which it began.
    #[must_use]
    pub fn asks_about(self, since: Date) -> bool {
        since < self.begins
    }

    /// Where it stands at an instant, by the days since `asked`: the later of the quarter's first day and the day on which
    /// the managers were first asked, so that a record that starts late in a quarter gives them their time all the same.
    #[must_use]
    pub fn stage(self, asked: Instant, now: Instant) -> Stage {
        let first = days::of(asked).map_or(self.begins, |asked| asked.max(self.begins));
        let gone = days::of(now).map_or(0, |day| days::between(first, day));
        match gone {
            SUSPENDED_DAY.. => Stage::Suspended,
            COORDINATOR_DAY.. => Stage::Coordinator,
            ABOVE_DAY.. => Stage::Above,
            REMINDED_DAY.. => Stage::Reminded,
            _ => Stage::Asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        fhir::time::interval(text).expect("a time").0
    }

    #[test]
    fn a_quarter_is_the_provinces() {
        let code = |text| Quarter::of(at(text)).map(Quarter::code);
        assert_eq!(code("2027-01-01T03:59:00Z").as_deref(), Some("2026-Q4"));
        assert_eq!(code("2027-01-01T04:00:00Z").as_deref(), Some("2027-Q1"));
        assert_eq!(code("2026-09-30T12:00:00Z").as_deref(), Some("2026-Q3"));
    }

    #[test]
    fn silence_climbs_and_then_suspends() {
        let quarter = Quarter::of(at("2026-10-05T12:00:00Z")).expect("a quarter");
        let stages: Vec<&str> =
            ["10-01", "10-07", "10-08", "10-14", "10-15", "10-21", "10-22", "10-28", "10-29", "12-31"]
                .map(|day| {
                    quarter.stage(at("2026-10-01T12:00:00Z"), at(&format!("2026-{day}T12:00:00Z"))).code()
                })
                .into();
        assert_eq!(
            stages,
            [
                "asked",
                "asked",
                "reminded",
                "reminded",
                "above",
                "above",
                "coordinator",
                "coordinator",
                "suspended",
                "suspended"
            ]
        );
        assert_eq!(quarter.stage(at("2026-12-01T12:00:00Z"), at("2026-12-01T13:00:00Z")), Stage::Asked);
        assert!(quarter.asks_about(days::parse("2026-09-30").expect("a day")));
        assert!(!quarter.asks_about(days::parse("2026-10-01").expect("a day")));
    }
}
