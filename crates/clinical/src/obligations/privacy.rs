//! What the privacy desk owes: a second look at broken glass, a word to the patient, an answer to a request.

use super::{Obligation, ObligationKind, of_desk};
use crate::words::Words;
use fhir::Instant;

/// Somebody saw what is withheld; a second person looks whether that was right (HAZARDS H75). `actor` never reviews it.
#[must_use]
pub fn access_review(actor: &str, actor_id: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Look whether {actor} had to see what is withheld."),
        format!("Vérifier si {actor} devait voir ce qui est retenu."),
    );
    of_desk(ObligationKind::AccessReview, what, because, now).for_whom(actor, actor_id)
}

/// A person must be told something about their record.
#[must_use]
pub fn patient_notice(because: Words, now: Instant) -> Obligation {
    let what = Words::new("Write to the patient.", "Écrire au patient.");
    of_desk(ObligationKind::PatientNotice, what, because, now)
}

/// A person asked that their record be corrected (GUARANTEES L-14).
#[must_use]
pub fn correction(asked: Words, now: Instant) -> Obligation {
    let what = Words::new(
        "Correct the record, or add the statement of disagreement.",
        "Corriger le dossier, ou y joindre la déclaration de désaccord.",
    );
    of_desk(ObligationKind::Correction, what, asked, now)
}

/// Signs that somebody looked without need (GUARANTEES L-05). `actor` never decides it.
#[must_use]
pub fn activity_flag(actor: &str, actor_id: &str, because: Words, now: Instant) -> Obligation {
    let what =
        Words::new(format!("Say whether {actor} had to look."), format!("Dire si {actor} devait regarder."));
    of_desk(ObligationKind::ActivityFlag, what, because, now).for_whom(actor, actor_id)
}

/// Somebody told something without their name (GUARANTEES X-18).
#[must_use]
pub fn tip(now: Instant) -> Obligation {
    let what = Words::new("Read a tip and answer it.", "Lire un signalement et y répondre.");
    let because = Words::new("Somebody gave a tip.", "Quelqu’un a fait un signalement.");
    of_desk(ObligationKind::Tip, what, because, now)
}

/// A breach case (GUARANTEES L-06, L-07). `actor`, whose looks it is about, decides nothing in it.
#[must_use]
pub fn breach(actor: &str, actor_id: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new("Decide who is notified, and do it.", "Décider qui est avisé, et le faire.");
    of_desk(ObligationKind::Breach, what, because, now).for_whom(actor, actor_id)
}

/// Content is due for destruction (GUARANTEES L-11).
#[must_use]
pub fn destruction(because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        "Approve a destruction under the schedule, or keep the content with a reason.",
        "Approuver une destruction selon le calendrier, ou garder le contenu avec un motif.",
    );
    of_desk(ObligationKind::Destruction, what, because, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obligations::{Desk, Owner};

    #[test]
    fn h75_a_review_is_the_privacy_desks_within_a_day() {
        let words = || Words::new("Why", "Pourquoi");
        let owed = access_review("Hill, Ana", "p-hill", words(), Instant(0));
        assert_eq!(owed.owner(), &Owner::Desk(Desk::Privacy));
        assert!(owed.clock().due <= Instant(0).plus_minutes(24 * 60));
        for owed in [patient_notice(words(), Instant(0)), correction(words(), Instant(0))] {
            assert_eq!(owed.owner(), &Owner::Desk(Desk::Privacy));
            assert_ne!(owed.clock().then, Owner::Desk(Desk::Privacy));
        }
    }
}
