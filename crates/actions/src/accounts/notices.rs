//! Whose way to sign in changes is told at the address on file (OWASP ASVS 5.0.0, 6.3.7): a change that they did not make is
//! seen by the one person who knows.

use crate::mailing::{Letter, write_once};
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;
use store::{AccountRow, ApplicationId, Changes, View};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    Added,
    Tied,
    Removed,
    Reset,
}

impl Changed {
    fn words(self) -> Words {
        match self {
            Self::Added => Words::new(
                "A passkey was added to your account.",
                "Une clé d'accès a été ajoutée à votre compte.",
            ),
            Self::Tied => Words::new(
                "A sign-in of your EMR was tied to your account: whoever signs in there as you opens the portal here.",
                "Une connexion de votre DME a été liée à votre compte : qui s'y connecte sous votre nom ouvre le portail ici.",
            ),
            Self::Removed => Words::new(
                "A passkey was taken away from your account, and sessions that began with one have ended.",
                "Une clé d'accès a été retirée de votre compte, et les sessions ouvertes par une clé ont pris fin.",
            ),
            Self::Reset => Words::new(
                "The ways in which you signed in were reset: none of them opens your account any more, until you use a new invitation.",
                "Vos façons de vous connecter ont été réinitialisées : aucune n'ouvre plus votre compte, jusqu'à ce que vous utilisiez une nouvelle invitation.",
            ),
        }
    }
}

/// Writes it into the change that it tells of.
pub(super) fn tell(
    view: &View,
    account: &AccountRow,
    changed: Changed,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let (Words { en, fr }, at) = (changed.words(), now.0.to_string());
    let letter = Letter {
        key: &[&account.id, &en, &at],
        sort: "sign-in-changed",
        to: &account.address,
        subject: Words::new("How you sign in has changed", "Votre façon de vous connecter a changé"),
        text: Words::new(
            format!(
                "{en}\n\nIf you did it or asked for it, you need not do anything. If you did not, call the help desk at once."
            ),
            format!(
                "{fr}\n\nSi vous l'avez fait ou demandé, vous n'avez rien à faire. Sinon, appelez tout de suite le centre d'aide."
            ),
        ),
        blank: None,
        application: ApplicationId::default(),
    };
    write_once(view, &letter, now, changes)
}
