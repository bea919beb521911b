//! Who owns an obligation after whom, and how long each has. The last rung is a person and repeats for ever: an
//! escalation ends with an outcome or not at all, never as "abandoned" (HAZARDS H18).

use super::{Clock, Desk, ObligationKind, Owner, policy};
use crate::intake::Gravity;
use fhir::Instant;

/// One rung: who has it, and for how many minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// `None` is whom the obligation was made for: the machine, the addressee, the first desk.
    pub desk: Option<Desk>,
    /// Minutes until the next rung has it; on the last one until it is reminded again.
    pub minutes: i64,
}

/// The rungs of a kind at a gravity that has its own.
#[derive(Debug, Clone, Copy)]
pub struct Ladder {
    /// The kind.
    pub kind: ObligationKind,
    /// From this gravity on.
    pub gravity: Gravity,
    /// In order; the last repeats.
    pub rungs: &'static [Rung],
    /// Source of the figures.
    pub source: &'static str,
}

const fn first(minutes: i64) -> Rung {
    Rung { desk: None, minutes }
}
const fn rung(desk: Desk, minutes: i64) -> Rung {
    Rung { desk: Some(desk), minutes }
}
const HOUR: i64 = 60;

/// Ladders other than the one of [`super::POLICIES`], the gravest of a kind first.
pub const LADDERS: &[Ladder] = &[
    Ladder {
        kind: ObligationKind::Attention,
        gravity: Gravity::Critical,
        rungs: &[first(15), rung(Desk::Covering, 15), rung(Desk::OnCall, 30), rung(Desk::SiteLead, 15)],
        source: "issue 4 item 5: unread 15 min next tier, 30 on-call, 60 site lead, then every 15 min for ever",
    },
    Ladder {
        kind: ObligationKind::Attention,
        gravity: Gravity::Abnormal,
        rungs: &[first(72 * HOUR), rung(Desk::Covering, 24 * HOUR), rung(Desk::PracticeLead, 24 * HOUR)],
        source: "JOURNEYS 2.2 step 8: 72 h, then the covering clinician, then the practice lead",
    },
    Ladder {
        kind: ObligationKind::Delivery,
        gravity: Gravity::Critical,
        rungs: &[first(10), rung(Desk::Delivery, 20), rung(Desk::OnCall, 30), rung(Desk::SiteLead, 15)],
        source: "ours: a critical result that does not leave is told by telephone within half an hour (H18)",
    },
    Ladder {
        kind: ObligationKind::Unroutable,
        gravity: Gravity::Critical,
        rungs: &[first(15), rung(Desk::OnCall, 30), rung(Desk::SiteLead, 15)],
        source: "ours: as a critical result that nobody has opened (H13, H18)",
    },
    Ladder {
        kind: ObligationKind::Referral,
        gravity: Gravity::Critical,
        rungs: &[
            first(30),
            rung(Desk::Covering, 30),
            rung(Desk::PracticeLead, 3 * HOUR),
            rung(Desk::SiteLead, 20 * HOUR),
            rung(Desk::Safety, HOUR),
        ],
        source: "JOURNEYS 2.5 step 1: 30 min second, 1 h lead, 4 h chief, 24 h safety desk, then every hour for ever (H29)",
    },
    Ladder {
        kind: ObligationKind::Referral,
        gravity: Gravity::Abnormal,
        rungs: &[
            first(24 * HOUR),
            rung(Desk::Covering, 24 * HOUR),
            rung(Desk::PracticeLead, 24 * HOUR),
            rung(Desk::Safety, 24 * HOUR),
        ],
        source: "ours: as soon as possible (RF1-2 A) is a day for each, for ever (H29)",
    },
];

/// The rungs of a kind at a gravity.
#[must_use]
pub fn rungs(kind: ObligationKind, gravity: Gravity) -> Vec<Rung> {
    if let Some(own) = LADDERS.iter().find(|l| l.kind == kind && gravity >= l.gravity) {
        return own.rungs.to_vec();
    }
    let policy = policy(kind);
    let mut rungs = vec![first(policy.due), rung(policy.then, policy.then_after)];
    if policy.then != Desk::Safety {
        rungs.push(rung(Desk::Safety, policy.then_after));
    }
    rungs
}

/// Who owns an obligation after `owner` let the time pass, and how many minutes `owner` has.
///
/// Rows that are read back from the store keep the owner's code alone. A desk that has it by hand and stands on no rung
/// counts as the first.
#[must_use]
pub fn next_rung(kind: ObligationKind, gravity: Gravity, owner: &Owner) -> (Owner, i64) {
    let rungs = rungs(kind, gravity);
    let here = match owner {
        Owner::Desk(desk) => rungs.iter().rposition(|rung| rung.desk == Some(*desk)).unwrap_or(0),
        Owner::Machine(_) | Owner::Practitioner { .. } | Owner::Team(_) | Owner::Outside(_) => 0,
    };
    let minutes = rungs.get(here).map_or(HOUR, |rung| rung.minutes);
    let next = rungs.get(here + 1).or_else(|| rungs.last()).and_then(|rung| rung.desk);
    (Owner::Desk(next.unwrap_or(Desk::Safety)), minutes)
}

/// The clock that an owner has from `at` on.
#[must_use]
pub(crate) fn clock(kind: ObligationKind, gravity: Gravity, owner: &Owner, at: Instant) -> Clock {
    let (then, minutes) = next_rung(kind, gravity, owner);
    let (_, then_after) = next_rung(kind, gravity, &then);
    Clock { due: at.plus_minutes(minutes), then, then_after }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAVITIES: [Gravity; 3] = [Gravity::Normal, Gravity::Abnormal, Gravity::Critical];

    #[test]
    fn h18_every_ladder_ends_at_a_person_and_repeats_for_ever() {
        for kind in ObligationKind::ALL {
            for gravity in GRAVITIES {
                let rungs = rungs(kind, gravity);
                assert!(rungs.len() > 1 && rungs.iter().all(|rung| rung.minutes > 0), "{kind:?} {gravity:?}");
                assert!(rungs[0].desk.is_none() && rungs[1..].iter().all(|rung| rung.desk.is_some()));
                let last = Owner::Desk(rungs.last().and_then(|rung| rung.desk).expect("a desk"));
                assert_eq!(next_rung(kind, gravity, &last).0, last, "it is reminded again");
                let mut owner = Owner::Machine("delivery".to_owned());
                let mut seen = Vec::new();
                for _ in 0..rungs.len() {
                    owner = next_rung(kind, gravity, &owner).0;
                    seen.push(owner.clone());
                }
                assert_eq!(owner, last, "{kind:?} {gravity:?}: {seen:?}");
            }
        }
    }

    #[test]
    fn h18_a_critical_result_climbs_at_15_30_and_60_minutes_then_every_15() {
        let mut at = Instant(0);
        let mut owner = Owner::Practitioner { id: "p".into(), place: "h".into() };
        let mut steps = Vec::new();
        for _ in 0..6 {
            let clock = clock(ObligationKind::Attention, Gravity::Critical, &owner, at);
            (at, owner) = (clock.due, clock.then);
            steps.push((at.seconds_since(Instant(0)) / 60, owner.to_string()));
        }
        let steps: Vec<(i64, &str)> = steps.iter().map(|(at, who)| (*at, who.as_str())).collect();
        assert_eq!(
            steps,
            [
                (15, "desk:covering"),
                (30, "desk:on-call"),
                (60, "desk:site-lead"),
                (75, "desk:site-lead"),
                (90, "desk:site-lead"),
                (105, "desk:site-lead")
            ]
        );
    }

    #[test]
    fn a_desk_that_has_it_by_hand_passes_it_to_the_next() {
        let (then, _) = next_rung(ObligationKind::Unroutable, Gravity::Normal, &Owner::Desk(Desk::Interface));
        assert_eq!(then, Owner::Desk(Desk::Directory));
    }
}
