//! What desks make for themselves: cases, paused feeds, batches, and recipients who must be told by a person.

use super::{Desk, Obligation, ObligationKind, Owner, of_desk};
use crate::words::Words;
use fhir::Instant;

/// Longest pause without somebody looking again, in minutes: a day.
const PAUSE_MOST_MINUTES: i64 = 24 * 60;

/// Somebody asked support something, or misses an item (GUARANTEES S-007, S-018).
#[must_use]
pub fn case(asker: &str, asker_id: &str, asked: Words, now: Instant) -> Obligation {
    let what = Words::new(format!("Answer {asker}."), format!("Répondre à {asker}."));
    of_desk(ObligationKind::Case, what, asked, now).for_whom(asker, asker_id)
}

/// A feed is paused by hand; `minutes` until somebody must look again, at most a day.
#[must_use]
pub fn paused(link: &str, reason: Words, minutes: i64, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Resume feed {link}, or say why it stays paused."),
        format!("Reprendre le flux {link}, ou dire pourquoi il reste en pause."),
    );
    let mut made = of_desk(ObligationKind::Pause, what, reason, now).for_whom(link, "");
    made.clock.due = now.plus_minutes(minutes.clamp(1, PAUSE_MOST_MINUTES));
    made
}

/// A batch of messages of a feed is taken back or filed again by the machine; a person looks if it does not end.
#[must_use]
pub fn batch(link: &str, reason: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Carry out what was decided about messages of feed {link}."),
        format!("Exécuter ce qui a été décidé des messages du flux {link}."),
    );
    let owner = Owner::Machine("batch".to_owned());
    let mut made = Obligation::open(ObligationKind::Batch, owner, now, what, reason).for_whom(link, "");
    made.clock.then = Owner::Desk(Desk::Interface);
    made
}

/// A recipient must be told something by a person.
#[must_use]
pub fn tell(recipient: &str, recipient_id: &str, message: Words, now: Instant) -> Obligation {
    let what = Words::new(format!("Tell {recipient}."), format!("Avertir {recipient}."));
    of_desk(ObligationKind::Tell, what, message, now).for_whom(recipient, recipient_id)
}

/// People whom no mail reaches must be told by the directory desk where their reports go now (GUARANTEES X-22).
#[must_use]
pub fn untold(names: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Tell {names} where their reports go now."),
        format!("Dire à {names} où vont maintenant leurs rapports."),
    );
    of_desk(ObligationKind::Directory, what, because, now).for_whom(names, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s018_a_case_and_a_pause_have_owner_and_clock_from_the_first_moment() {
        let words = || Words::new("Why", "Pourquoi");
        let made = [
            case("Cairnwood, Aoife", "p-cairnwood", words(), Instant(0)),
            paused("LAB", words(), 100_000, Instant(0)),
            batch("LAB", words(), Instant(0)),
            tell("Hill", "hill-emr", words(), Instant(0)),
            untold("Hill, Ana", words(), Instant(0)),
        ];
        for owed in made {
            assert!(owed.clock().due > Instant(0), "{owed:?}");
            assert!(owed.clock().due <= Instant(0).plus_minutes(PAUSE_MOST_MINUTES), "{owed:?}");
            assert!(owed.clock().then.is_human(), "{owed:?}");
        }
    }
}
