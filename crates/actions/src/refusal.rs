//! Why something was not done, in words for people.

use clinical::access::Role;
use clinical::words::Words;
use store::Settled;

/// Sort of refusal; doors map it to a status once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The role does not allow it.
    NotAllowed,
    /// There is no such thing, or the actor must not know that there is.
    NotFound,
    /// Something changed meanwhile, or contradicts.
    Conflict,
    /// What was given cannot be used as it is.
    Unreadable,
    /// What was given is not even of the form in which such things are given.
    Malformed,
    /// No relation to the patient is on file: the reader is asked why they look.
    ReasonNeeded,
    /// It was there and was taken away.
    Gone,
    /// It is not as the request said that it must be.
    Unmet,
    /// It would cost more than one request may.
    TooCostly,
    /// What is on file is not what was written; repeating does not help.
    Damaged,
    /// Not known whether it happened; repeating is safe.
    TryAgain,
}

/// Why something was not done, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", words.en)]
pub struct Refusal {
    /// Sort.
    pub kind: RefusalKind,
    /// For people.
    pub words: Words,
}

impl Refusal {
    /// A refusal in both languages.
    pub(crate) fn new(kind: RefusalKind, en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self { kind, words: Words::new(en, fr) }
    }

    pub(crate) fn not_allowed(role: Role) -> Self {
        let words = role.words();
        Self::new(
            RefusalKind::NotAllowed,
            format!("The role \"{}\" does not include this. Ask your coordinator if you need it.", words.en),
            format!(
                "Le rôle « {} » ne le permet pas. Demandez à votre coordonnateur si vous en avez besoin.",
                words.fr
            ),
        )
    }

    /// The app that acts was not let do this.
    pub(crate) fn outside_scopes() -> Self {
        Self::new(
            RefusalKind::NotAllowed,
            "The scopes of this app do not include this. Ask for the scope that does, and have its user agree to it.",
            "Les portées de cette application ne le permettent pas. Demandez la portée voulue, avec l'accord de l'utilisateur.",
        )
    }

    /// Nothing that the actor may know of. Both doors say the same of an address that cannot be: what differs would
    /// tell who is on file.
    pub(crate) fn not_found() -> Self {
        Self::new(
            RefusalKind::NotFound,
            "There is nothing under this address.",
            "Il n'y a rien à cette adresse.",
        )
    }

    /// Nothing ties the reader to this patient.
    pub(crate) fn reason_needed() -> Self {
        Self::new(
            RefusalKind::ReasonNeeded,
            "Nothing on file ties you to this patient. Say why you open the record; the patient can see it.",
            "Rien au dossier ne vous lie à ce patient. Dites pourquoi vous ouvrez le dossier; le patient peut le voir.",
        )
    }

    pub(crate) fn conflict(en: &str, fr: &str) -> Self {
        Self::new(RefusalKind::Conflict, en, fr)
    }

    pub(crate) fn unreadable(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unreadable, en, fr)
    }

    pub(crate) fn malformed(words: &str) -> Self {
        Self::new(RefusalKind::Malformed, words, words)
    }

    pub(crate) fn try_again(settled: &Settled) -> Self {
        if let Settled::Malformed(reason) = settled {
            return Self::unreadable(
                format!("This cannot be kept as it is, and sending it again does not help: {reason}"),
                format!(
                    "Ceci ne peut pas être conservé tel quel, et le renvoyer n'y changera rien : {reason}"
                ),
            );
        }
        let detail = match settled {
            Settled::TryAgain(reason) => reason.to_string(),
            Settled::Done | Settled::Stale(_) | Settled::Malformed(_) => String::new(),
        };
        Self::new(
            RefusalKind::TryAgain,
            format!("It is not known whether this was kept. Repeating is safe. {detail}"),
            format!("On ne sait pas si ceci a été conservé. Recommencer est sans danger. {detail}"),
        )
    }
}
