//! Who has an application in each state, until when, and who then: no state that is not final stands without owner and clock.

use super::State;
use crate::words::Words;
use fhir::Instant;

/// Who has an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// The one who applies, or who has the access.
    Applicant,
    /// The enrolment desk: the coordinators.
    Coordinator,
    /// The manager of the workplace or unit.
    Manager,
    /// The record itself.
    Machine,
    /// The safety desk: the last rung.
    Safety,
}

impl Holder {
    /// Stable code, in the application's row.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Coordinator => "coordinator",
            Self::Manager => "manager",
            Self::Machine => "machine",
            Self::Safety => "safety",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Applicant, Self::Coordinator, Self::Manager, Self::Machine, Self::Safety]
            .into_iter()
            .find(|holder| holder.code() == code)
    }
    /// As the applicant reads it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Applicant => ("You", "Vous"),
            Self::Coordinator => ("The enrolment desk", "Le bureau des adhésions"),
            Self::Manager => ("Your workplace's manager", "Le gestionnaire de votre lieu de travail"),
            Self::Machine => ("opor itself", "opor"),
            Self::Safety => ("The safety desk", "Le bureau de sécurité"),
        };
        Words::new(en, fr)
    }
}

impl Holder {
    /// As the desk reads it.
    #[must_use]
    pub fn desk_words(self) -> Words {
        match self {
            Self::Applicant => Words::new("The applicant", "La personne"),
            Self::Manager => Words::new("The workplace's manager", "Le gestionnaire du lieu de travail"),
            other => other.words(),
        }
    }
}

/// One line: a state, who has it, for how long, and who then.
#[derive(Debug, Clone, Copy)]
pub struct Holding {
    /// The state.
    pub state: State,
    /// Who has it.
    pub holder: Holder,
    /// Minutes until it is somebody else's.
    pub minutes: i64,
    /// Who has it then; for the applicant's own states the record itself, which ends it with a word to them.
    pub then: Holder,
    /// Where the figures come from.
    pub source: &'static str,
}

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

const fn held(state: State, holder: Holder, minutes: i64, then: Holder, source: &'static str) -> Holding {
    Holding { state, holder, minutes, then, source }
}

/// The table. Ended is the only state without a line.
pub const HOLDERS: &[Holding] = &[
    held(
        State::Draft,
        Holder::Applicant,
        30 * DAY,
        Holder::Machine,
        "ours: kept a month, then it lapses with a word",
    ),
    held(
        State::Submitted,
        Holder::Coordinator,
        DAY,
        Holder::Safety,
        "JOURNEYS 2.6 step 3: a human check within a day",
    ),
    held(
        State::Complete,
        Holder::Coordinator,
        DAY,
        Holder::Safety,
        "JOURNEYS 2.6 bar: one business day by video",
    ),
    held(
        State::IdentityVerified,
        Holder::Manager,
        2 * DAY,
        Holder::Coordinator,
        "JOURNEYS 2.6 step 7: reminder after a day, coordinator after two",
    ),
    held(State::Eligible, Holder::Machine, 15, Holder::Coordinator, "ours: an account is made at once"),
    held(
        State::Provisioned,
        Holder::Applicant,
        30 * DAY,
        Holder::Machine,
        "S-044: an unused verification lapses; the month is ours",
    ),
    held(State::Active, Holder::Applicant, 365 * DAY, Holder::Machine, "S-039: the module is renewed yearly"),
    held(
        State::Suspended,
        Holder::Coordinator,
        90 * DAY,
        Holder::Safety,
        "AC9: ninety days, then somebody decides whether it ends",
    ),
];

/// Who has a state; `None` for the final one.
#[must_use]
pub fn holding(state: State) -> Option<&'static Holding> {
    HOLDERS.iter().find(|line| line.state == state)
}

impl Holding {
    /// Until when, when it began at `since`.
    #[must_use]
    pub fn due(&self, since: Instant) -> Instant {
        since.plus_minutes(self.minutes)
    }
}
