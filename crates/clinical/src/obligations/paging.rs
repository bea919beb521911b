//! Calling somebody: which rungs of a ladder ring a person's pager, and whether one is rung now (HAZARDS H18).
//!
//! A call ends nothing. It is answered by whoever was called, or by the desk; until then every step of the ladder calls
//! again, and whoever answered has a clock too.

use super::{Desk, ObligationKind, Owner};
use crate::intake::Gravity;
use crate::words::Words;

/// Desks whose people are not at a list all day and are called.
pub const CALLED_DESKS: [Desk; 3] = [Desk::Covering, Desk::OnCall, Desk::SiteLead];
/// What is critical and calls.
const CALLING: [ObligationKind; 4] = [
    ObligationKind::Attention,
    ObligationKind::Delivery,
    ObligationKind::Unroutable,
    ObligationKind::Referral,
];
/// How long whoever answered a call has at least until the ladder goes on, in minutes: what the owner has longer stays.
pub const ANSWERED_MINUTES: i64 = 30;

/// Step of a call that was handed over to the gateway.
pub const CALLED: &str = "paged";
/// Step of an answer to a call.
pub const ANSWERED: &str = "page-answered";
/// Steps after which the owner of the moment must be called, whoever was called before.
const GIVES: [&str; 5] = ["opened", "escalated", "reminded", "handed", "handed-over"];

/// Whether this step is one after which the owner of the moment must be called.
#[must_use]
pub fn gives(step: &str) -> bool {
    GIVES.contains(&step)
}

/// Whether critical obligations of this sort call at all.
#[must_use]
pub fn calls(kind: ObligationKind) -> bool {
    CALLING.contains(&kind)
}

/// What somebody is called about, without anything of a patient.
#[must_use]
pub fn about(kind: ObligationKind) -> Words {
    match kind {
        ObligationKind::Referral => Words::new("a critical referral", "une demande de consultation critique"),
        _ => Words::new("a critical result", "un résultat critique"),
    }
}

/// Whether something of this sort rings its owner.
#[must_use]
pub fn is_called(kind: ObligationKind, gravity: Gravity, owner: &Owner) -> bool {
    let called = matches!(owner, Owner::Desk(desk) if CALLED_DESKS.contains(desk));
    called && gravity == Gravity::Critical && calls(kind)
}

/// How the call to the owner of the moment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// To be made.
    Due,
    /// Made; nobody has answered.
    Made,
    /// Answered.
    Answered,
}

/// How the call stands, by the steps of the obligation, oldest first.
pub fn call<'s>(steps: impl IntoIterator<Item = &'s str>) -> Call {
    steps.into_iter().fold(Call::Due, |stands, step| match step {
        CALLED => Call::Made,
        ANSWERED => Call::Answered,
        step if gives(step) => Call::Due,
        _ => stands,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obligations::{LADDERS, rungs};

    #[test]
    fn h18_every_step_of_a_ladder_calls_again_until_somebody_answers() {
        assert_eq!(call(["opened"]), Call::Due);
        assert_eq!(call(["opened", "escalated", "paged", "note"]), Call::Made);
        assert_eq!(call(["opened", "escalated", "paged", "reminded"]), Call::Due);
        assert_eq!(call(["escalated", "paged", "page-answered", "note"]), Call::Answered);
        assert_eq!(
            call(["escalated", "paged", "page-answered", "escalated"]),
            Call::Due,
            "the ladder goes on"
        );
    }

    #[test]
    fn h18_every_critical_ladder_comes_to_somebody_who_is_called() {
        for kind in CALLING {
            let rungs = rungs(kind, Gravity::Critical);
            let called = rungs.iter().filter_map(|rung| rung.desk);
            assert!(
                called.map(Owner::Desk).any(|owner| is_called(kind, Gravity::Critical, &owner)),
                "{kind:?}"
            );
        }
        assert!(LADDERS.iter().any(|ladder| ladder.gravity == Gravity::Critical));
        assert!(!is_called(ObligationKind::Attention, Gravity::Abnormal, &Owner::Desk(Desk::OnCall)));
        assert!(!is_called(ObligationKind::Delivery, Gravity::Critical, &Owner::Desk(Desk::Delivery)));
    }
}
