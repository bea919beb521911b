//! The states of an application and the steps between them (GUARANTEES S-028). Each step asks for what must be on file, and
//! each later step asks for everything that an earlier one asked: what lapses on the way stops it there.

use super::needs::{Held, Need, Sort, missing};
use crate::words::Words;
use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The applicant fills it in.
    #[default]
    Draft,
    /// Sent; what comes by another way (paper, a register) is awaited.
    Submitted,
    /// Everything the applicant brings is on file.
    Complete,
    /// A coordinator has verified who it is.
    IdentityVerified,
    /// The managers have said yes.
    Eligible,
    /// The account is made and waits for the first sign-in.
    Provisioned,
    /// In use.
    Active,
    /// Stopped for a reason; comes back when the reason is gone.
    Suspended,
    /// Over, with how it ended.
    Ended,
}

impl State {
    /// All, in order.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Submitted,
        Self::Complete,
        Self::IdentityVerified,
        Self::Eligible,
        Self::Provisioned,
        Self::Active,
        Self::Suspended,
        Self::Ended,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Complete => "complete",
            Self::IdentityVerified => "identity-verified",
            Self::Eligible => "eligible",
            Self::Provisioned => "provisioned",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Draft => ("Being filled in", "En préparation"),
            Self::Submitted => ("Sent", "Envoyée"),
            Self::Complete => ("Complete", "Complète"),
            Self::IdentityVerified => ("Identity verified", "Identité vérifiée"),
            Self::Eligible => ("Workplace says yes", "Lieu de travail d'accord"),
            Self::Provisioned => ("Account ready", "Compte prêt"),
            Self::Active => ("Active", "Actif"),
            Self::Suspended => ("Suspended", "Suspendu"),
            Self::Ended => ("Ended", "Terminée"),
        };
        Words::new(en, fr)
    }
    /// Nobody has to do anything about it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        self == Self::Ended
    }
}

/// What happens to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The applicant sends it.
    Submit,
    /// What they bring has come in whole.
    Complete,
    /// The desk gives it back with a question; everything on file is kept.
    Return,
    /// A coordinator has verified who it is.
    VerifyIdentity,
    /// The verification was not used in time, or no longer holds.
    IdentityLapsed,
    /// The managers have said yes.
    Approve,
    /// The account is made.
    Provision,
    /// First sign-in.
    Activate,
    /// Stopped for a reason.
    Suspend,
    /// The reason is gone.
    Resume,
    /// Refused with a reason; can be appealed once.
    Refuse,
    /// The applicant asks that somebody else looks at a refusal.
    Appeal,
    /// Nothing was done with it in time.
    Lapse,
    /// Withdrawn by the applicant, or access is over for good.
    End,
}

impl Event {
    /// All.
    pub const ALL: [Self; 14] = [
        Self::Submit,
        Self::Complete,
        Self::Return,
        Self::VerifyIdentity,
        Self::IdentityLapsed,
        Self::Approve,
        Self::Provision,
        Self::Activate,
        Self::Suspend,
        Self::Resume,
        Self::Refuse,
        Self::Appeal,
        Self::Lapse,
        Self::End,
    ];

    /// Stable code, in the application's history.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Submit => "submitted",
            Self::Complete => "completed",
            Self::Return => "returned",
            Self::VerifyIdentity => "identity-verified",
            Self::IdentityLapsed => "identity-lapsed",
            Self::Approve => "approved",
            Self::Provision => "provisioned",
            Self::Activate => "activated",
            Self::Suspend => "suspended",
            Self::Resume => "resumed",
            Self::Refuse => "refused",
            Self::Appeal => "appealed",
            Self::Lapse => "lapsed",
            Self::End => "ended",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Submit => ("Sent", "Envoyée"),
            Self::Complete => ("Everything is on file", "Tout est au dossier"),
            Self::Return => ("Given back with a question", "Rendue avec une question"),
            Self::VerifyIdentity => ("Identity verified", "Identité vérifiée"),
            Self::IdentityLapsed => ("The verification lapsed", "La vérification est échue"),
            Self::Approve => ("The workplace said yes", "Le lieu de travail a accepté"),
            Self::Provision => ("Account made", "Compte créé"),
            Self::Activate => ("First sign-in", "Première connexion"),
            Self::Suspend => ("Suspended", "Suspendu"),
            Self::Resume => ("Resumed", "Repris"),
            Self::Refuse => ("Refused", "Refusée"),
            Self::Appeal => ("Looked at again on appeal", "Réexaminée en appel"),
            Self::Lapse => ("Lapsed", "Échue"),
            Self::End => ("Ended", "Terminée"),
        };
        Words::new(en, fr)
    }
}

/// One line of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// From where.
    pub from: &'static [State],
    /// By what.
    pub event: Event,
    /// To where.
    pub to: State,
    /// What must be on file, as far as the sort of application needs it.
    pub needs: &'static [Need],
}

const SENT: &[Need] = &[Need::Address, Need::Workplaces];
const BROUGHT: &[Need] = &[
    Need::Address,
    Need::Licence,
    Need::Employment,
    Need::Workplaces,
    Need::Module,
    Need::PrivacyNsh,
    Need::PrivacyIwk,
    Need::RequestForm,
    Need::AgreementForm,
];
const VERIFIED: &[Need] = &[
    Need::Address,
    Need::Licence,
    Need::Employment,
    Need::Workplaces,
    Need::Module,
    Need::PrivacyNsh,
    Need::PrivacyIwk,
    Need::RequestForm,
    Need::AgreementForm,
    Need::Identity,
];
const EVERYTHING: &[Need] = &Need::ALL;
/// Everything but the statements in force: the door asks for those at the next sign-in, which the holder could not reach
/// otherwise (S-032).
const RESUMED: &[Need] = &[
    Need::Address,
    Need::Licence,
    Need::Employment,
    Need::Workplaces,
    Need::Module,
    Need::RequestForm,
    Need::AgreementForm,
    Need::Identity,
    Need::Eligibility,
];

/// States in which an application waits for somebody and can be refused, ended or given back.
const WAITING: &[State] = &[State::Submitted, State::Complete, State::IdentityVerified, State::Eligible];
/// States that are not final.
pub const OPEN_ENDS: &[State] = &[
    State::Draft,
    State::Submitted,
    State::Complete,
    State::IdentityVerified,
    State::Eligible,
    State::Provisioned,
    State::Active,
    State::Suspended,
];

const fn line(from: &'static [State], event: Event, to: State, needs: &'static [Need]) -> Transition {
    Transition { from, event, to, needs }
}

/// The machine. What is not in it does not happen.
pub const TRANSITIONS: &[Transition] = &[
    line(&[State::Draft], Event::Submit, State::Submitted, SENT),
    line(&[State::Submitted], Event::Complete, State::Complete, BROUGHT),
    line(WAITING, Event::Return, State::Draft, &[]),
    line(&[State::Complete], Event::VerifyIdentity, State::IdentityVerified, VERIFIED),
    line(
        &[State::IdentityVerified, State::Eligible, State::Provisioned],
        Event::IdentityLapsed,
        State::Complete,
        &[],
    ),
    line(&[State::IdentityVerified], Event::Approve, State::Eligible, EVERYTHING),
    line(&[State::Eligible], Event::Provision, State::Provisioned, EVERYTHING),
    line(&[State::Provisioned], Event::Activate, State::Active, EVERYTHING),
    line(&[State::Active], Event::Suspend, State::Suspended, &[]),
    line(&[State::Suspended], Event::Resume, State::Active, RESUMED),
    line(WAITING, Event::Refuse, State::Ended, &[]),
    // Only what was refused: the caller says so by the facts, see `Facts::may_appeal`.
    line(&[State::Ended], Event::Appeal, State::Submitted, SENT),
    line(&[State::Draft, State::Provisioned], Event::Lapse, State::Ended, &[]),
    line(OPEN_ENDS, Event::End, State::Ended, &[]),
];

/// What comes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From where.
    pub from: State,
    /// By what.
    pub event: Event,
    /// To where.
    pub to: State,
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The event does not belong to the state.
    #[error("an application that is {} cannot be {}", state.code(), event.code())]
    NotNow {
        /// Where it stands.
        state: State,
        /// What was asked.
        event: Event,
    },
    /// These are not on file, in the order of the table.
    #[error("not on file: {}", needs.iter().map(|need| need.code()).collect::<Vec<_>>().join(", "))]
    Needs {
        /// What.
        needs: Vec<Need>,
    },
}

impl Missing {
    /// Exactly what is missing, for people.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::NotNow { state, event } => {
                let (state, event) = (state.words(), event.words());
                Words::new(
                    format!(
                        "The application stands at \"{}\"; this step (\"{}\") does not follow from there. Open it again to see what does.",
                        state.en, event.en
                    ),
                    format!(
                        "La demande en est à « {} »; cette étape (« {} ») n'en découle pas. Rouvrez-la pour voir ce qui suit.",
                        state.fr, event.fr
                    ),
                )
            }
            Self::Needs { needs } => {
                let all: Vec<Words> = needs.iter().map(|need| need.words()).collect();
                let join = |pick: fn(&Words) -> &str| all.iter().map(pick).collect::<Vec<_>>().join(" ");
                Words::new(
                    format!("Still missing. {}", join(|words| &words.en)),
                    format!("Il manque encore ceci. {}", join(|words| &words.fr)),
                )
            }
        }
    }
}

/// Takes one step, or says exactly what is missing.
///
/// # Errors
/// [`Missing`], in words for people.
pub fn step(sort: Sort, state: State, event: Event, held: &Held) -> Result<Step, Missing> {
    step_by(TRANSITIONS, sort, state, event, held)
}

/// The same by a machine that is given: the model check puts a defect into it.
pub(super) fn step_by(
    machine: &[Transition],
    sort: Sort,
    state: State,
    event: Event,
    held: &Held,
) -> Result<Step, Missing> {
    let line = machine
        .iter()
        .find(|line| line.event == event && line.from.contains(&state))
        .ok_or(Missing::NotNow { state, event })?;
    let needs = missing(sort, line.needs, held);
    if needs.is_empty() {
        Ok(Step { from: state, event, to: line.to })
    } else {
        Err(Missing::Needs { needs })
    }
}
