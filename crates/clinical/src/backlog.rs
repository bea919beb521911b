//! Results that come months late: how grave they are by then, and what a loader's link is called.
//!
//! **The rule of age** (docs/backlog.md): a result that is loaded late must be seen by somebody, and must not ring as if
//! it were news. Up to [`NEW_HOURS`] after it was issued it is as grave as its flag says. Later a critical one counts as
//! abnormal, so that it is opened within days and nobody is called out of bed for a value that has changed since; after
//! [`OLD_DAYS`] everything counts as normal. The flag itself stays on the chart as the laboratory set it.

use crate::intake::Gravity;
use fhir::Instant;

/// Links of a loader begin so; no sender's link may.
pub const LINK_PREFIX: &str = "backlog:";
/// Up to this age a late result is as grave as a new one, in hours: the time in which an abnormal one must be opened
/// (JOURNEYS 2.2 step 8).
pub const NEW_HOURS: i64 = 72;
/// From this age on nothing in it is urgent any more, in days (ours).
pub const OLD_DAYS: i64 = 30;

/// Whether a link is a loader's.
#[must_use]
pub fn is_backlog(link: &str) -> bool {
    link.starts_with(LINK_PREFIX)
}

/// How grave a result that was issued at `issued` is when it is loaded at `now`.
#[must_use]
pub fn gravity(flag: Gravity, issued: Instant, now: Instant) -> Gravity {
    let age = now.seconds_since(issued);
    if age <= NEW_HOURS * 3_600 {
        flag
    } else if age <= OLD_DAYS * 24 * 3_600 {
        flag.min(Gravity::Abnormal)
    } else {
        Gravity::Normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h26_a_late_result_never_alarms_as_new() {
        let now = Instant(100 * 24 * 3_600 * 1_000_000);
        let ago = |hours: i64| now.plus_minutes(-60 * hours);
        for (flag, hours, wanted) in [
            (Gravity::Critical, 1, Gravity::Critical),
            (Gravity::Critical, 72, Gravity::Critical),
            (Gravity::Critical, 73, Gravity::Abnormal),
            (Gravity::Abnormal, 73, Gravity::Abnormal),
            (Gravity::Normal, 73, Gravity::Normal),
            (Gravity::Critical, 30 * 24, Gravity::Abnormal),
            (Gravity::Critical, 30 * 24 + 1, Gravity::Normal),
            (Gravity::Abnormal, 31 * 24, Gravity::Normal),
        ] {
            assert_eq!(gravity(flag, ago(hours), now), wanted, "{flag:?} after {hours} h");
        }
        assert!(is_backlog("backlog:iwk") && !is_backlog("LIS@HRH"));
    }
}
