//! A referral is somebody's until its receiver has said what becomes of it (HAZARDS H29: lost without receipt or timer).
//!
//! Delivery ends when a system has it, attention when somebody opened it; neither says that the patient will be seen.
//! This one begins when a referral is filed and ends with a decision, with the word of a person who settled it, or when
//! who asked takes it back.

use super::{Obligation, ObligationKind, Owner, of_desk};
use crate::intake::Gravity;
use crate::routing::{Route, Target};
use crate::words::Words;
use fhir::Instant;

/// Somebody must say what becomes of a referral: whoever it goes to, or the desk while nobody is known. The clock runs
/// from when it was filed, whether or not it could be delivered.
#[must_use]
pub fn referral(title: &str, route: Option<&Route>, gravity: Gravity, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Say what becomes of it: {title}."),
        format!("Dire ce qu'il en advient : {title}."),
    );
    let because = route.map_or_else(
        || {
            Words::new(
                "The referral names nobody to go to.",
                "La demande de consultation ne nomme aucun destinataire.",
            )
        },
        |route| route.because.clone(),
    );
    match route.map(|route| &route.target) {
        Some(
            Target::Endpoint { practitioner, place, name, .. } | Target::Portal { practitioner, place, name },
        ) if !practitioner.is_empty() => {
            let owner = Owner::Practitioner { id: practitioner.clone(), place: place.clone() };
            Obligation::open(ObligationKind::Referral, owner, now, what, because).for_whom(name, practitioner)
        }
        Some(Target::Nowhere { name } | Target::Endpoint { name, .. } | Target::Portal { name, .. }) => {
            of_desk(ObligationKind::Referral, what, because, now).for_whom(name, "")
        }
        None => of_desk(ObligationKind::Referral, what, because, now),
    }
    .graver(gravity, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obligations::{escalate, rungs};

    fn route(target: Target) -> Route {
        Route {
            target,
            responsible: true,
            because: Words::new("Referred to.", "Adressé à."),
            is_stated: false,
        }
    }

    #[test]
    fn h29_an_urgent_referral_climbs_in_a_day_to_the_safety_desk_and_never_ends_by_itself() {
        let to = route(Target::Portal { practitioner: "p-a".into(), place: "a".into(), name: "A".into() });
        let mut made = referral("Referral: Obstetrics", Some(&to), Gravity::Critical, Instant(0));
        let mut steps = Vec::new();
        for _ in 0..7 {
            let at = made.clock().due;
            made = escalate(made, at);
            steps.push((at.seconds_since(Instant(0)) / 60, made.owner().to_string()));
        }
        let steps: Vec<(i64, &str)> = steps.iter().map(|(at, who)| (*at, who.as_str())).collect();
        assert_eq!(
            steps,
            [
                (30, "desk:covering"),
                (60, "desk:practice-lead"),
                (240, "desk:site-lead"),
                (1_440, "desk:safety"),
                (1_500, "desk:safety"),
                (1_560, "desk:safety"),
                (1_620, "desk:safety"),
            ]
        );
    }

    #[test]
    fn h29_without_anybody_to_go_to_the_desk_has_it_at_once() {
        let nowhere = route(Target::Nowhere { name: "Fraser, Ian".into() });
        for to in [None, Some(&nowhere)] {
            for gravity in [Gravity::Normal, Gravity::Abnormal, Gravity::Critical] {
                let made = referral("Referral", to, gravity, Instant(0));
                assert_eq!(made.owner().to_string(), "desk:delivery");
                assert!(made.clock().then.is_human() && made.clock().due > Instant(0));
                assert!(rungs(ObligationKind::Referral, gravity).len() > 2);
            }
        }
    }
}
