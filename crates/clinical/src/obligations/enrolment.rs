//! What enrolment owes: a desk that verifies, a manager who answers, a mail that is handed over.

use super::{Clock, Desk, Obligation, ObligationKind, Owner, of_desk};
use crate::words::Words;
use fhir::Instant;

/// An application for access waits for the enrolment desk. `number` is what people say on the telephone.
#[must_use]
pub fn application(
    name: &str,
    number: &str,
    because: Words,
    called: Option<Instant>,
    now: Instant,
) -> Obligation {
    let what = Words::new(
        format!("Carry on with application {number} of {name}."),
        format!("Poursuivre la demande {number} de {name}."),
    );
    let made = of_desk(ObligationKind::Application, what, because, now).for_whom(name, number);
    let due = called.map_or(made.clock.due, |called| called.max(made.clock.due));
    let clock = Clock { due, ..made.clock.clone() };
    Obligation { clock, ..made }
}

/// An access is suspended: until `due` the desk opens it again or ends it (FEATURES AC9).
#[must_use]
pub fn access_suspended(name: &str, number: &str, because: Words, due: Instant, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Open the suspended access of {name} again, or end it (application {number})."),
        format!("Rouvrir l'accès suspendu de {name}, ou y mettre fin (demande {number})."),
    );
    let made = of_desk(ObligationKind::Application, what, because, now).for_whom(name, number);
    let clock = Clock { due, ..made.clock.clone() };
    Obligation { clock, ..made }
}

/// Somebody's identity at their organisation is not the one that was tied: they are verified anew and invited again
/// . `account` is the account's id.
#[must_use]
pub fn identity_waits(name: &str, account: &str, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Verify {name} anew, then invite them again."),
        format!("Vérifier de nouveau {name}, puis l'inviter de nouveau."),
    );
    let because = Words::new(
        "Their identity at their organisation is not the one that was tied here.",
        "Son identité dans son organisme n'est plus celle qui était liée ici.",
    );
    of_desk(ObligationKind::Application, what, because, now).for_whom(name, account)
}

/// A manager was asked to say yes to somebody's access at a place; the enrolment desk stands behind them.
#[must_use]
pub fn approval(name: &str, number: &str, place: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("{place}: say whether {name} works there (application {number})."),
        format!("{place} : dire si {name} y travaille (demande {number})."),
    );
    let owner = Owner::Outside("manager".to_owned());
    Obligation::open(ObligationKind::Approval, owner, now, what, because).for_whom(place, number)
}

/// No manager said whether somebody of a unit still needs access; the enrolment desk asks.
#[must_use]
pub fn confirmation(name: &str, unit: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("{unit}: find out whether {name} still needs access, and say so under People."),
        format!("{unit} : établir si {name} a encore besoin d'un accès, et le dire sous Personnes."),
    );
    of_desk(ObligationKind::Approval, what, because, now).for_whom(unit, "")
}

/// A row of the SHARE roster was set aside, or its person cannot be told; the enrolment desk settles it (S-034). `row` tells
/// it from every other.
#[must_use]
pub fn set_aside(name: &str, unit: &str, row: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Settle what becomes of {name}, set aside in the move from SHARE."),
        format!("Régler le cas de {name}, mis de côté au passage de SHARE."),
    );
    let of = if unit.trim().is_empty() { "SHARE" } else { unit };
    of_desk(ObligationKind::Approval, what, because, now).for_whom(of, row)
}

/// A mail of our own must be handed over; it names nobody but its sort.
#[must_use]
pub fn mail(sort: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(format!("Hand over a mail ({sort})."), format!("Remettre un courriel ({sort})."));
    Obligation::open(ObligationKind::Mail, Owner::Machine("mail".to_owned()), now, what, because)
}

/// A mail of our own was refused for good: the enrolment desk mends what it can and sends it again, or tells whom it is for
/// another way. It names nobody but its sort.
#[must_use]
pub fn mail_refused(sort: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("See to a mail that was refused ({sort})."),
        format!("Régler un courriel refusé ({sort})."),
    );
    let made = of_desk(ObligationKind::Mail, what, because, now);
    let clock = Clock { due: now.plus_minutes(REFUSED_MINUTES), ..made.clock.clone() };
    Obligation { clock, ..made }
}

/// Minutes in which the desk sees to a mail that was refused: a working day (ours).
const REFUSED_MINUTES: i64 = 24 * 60;
/// Minutes in which something that was sent is judged; then somebody asks why not (ours).
const JUDGED_MINUTES: i64 = 15;

/// Something was sent to the mailbox or uploaded; the record judges it within minutes. `who` is the sender or empty.
#[must_use]
pub fn mail_taken(who: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new("Judge a form that was sent.", "Juger un formulaire envoyé.");
    let owner = Owner::Machine("mailbox".to_owned());
    let made = Obligation::open(ObligationKind::MailIn, owner, now, what, because).for_whom(who, "");
    let clock = Clock {
        due: now.plus_minutes(JUDGED_MINUTES),
        then: Owner::Desk(Desk::Enrolment),
        then_after: made.clock.then_after,
    };
    Obligation { clock, ..made }
}

/// Something that was sent waits for a person at the enrolment desk.
#[must_use]
pub fn mail_waits(who: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new("Look at a form that was sent.", "Examiner un formulaire envoyé.");
    of_desk(ObligationKind::MailIn, what, because, now).for_whom(who, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s028_the_enrolment_desk_stands_behind_everybody_who_may_not_answer() {
        let why = || Words::new("Why", "Pourquoi");
        let desk = Owner::Desk(Desk::Enrolment);
        let asked = approval("Kestrel, Bram", "1A2B", "Harbour Pharmacy", why(), Instant(0));
        assert_eq!((asked.owner().to_string().as_str(), &asked.clock().then), ("outside:manager", &desk));
        assert_eq!(asked.clock().due, Instant(0).plus_minutes(2 * 24 * 60));
        assert_eq!("outside:manager".parse(), Ok(asked.owner().clone()));
        assert_eq!(mail("code", why(), Instant(0)).clock().then, desk);
        let owed = application("Kestrel, Bram", "1A2B", why(), None, Instant(0));
        assert_eq!((owed.owner(), owed.clock().then.is_human()), (&desk, true));
    }
}
