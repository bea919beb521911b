//! Link events: which records are one person, who said so, and what that moved. Append-only.

use super::{MessageId, ObligationId};
use fhir::{Instant, PersonId, RecordId};
use std::fmt;
use std::str::FromStr;

/// Key of a link event: grows in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LinkEventId(pub i64);

impl fmt::Display for LinkEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
impl FromStr for LinkEventId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        s.parse().map(Self).map_err(|_| ())
    }
}

/// What a link event says. Codes are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LinkSort {
    /// A record came into being, as a person of its own or, with `other`, as the same person as that record.
    #[default]
    Born = 0,
    /// `record` and `other` are one person.
    Same = 1,
    /// `record` and `other` are two people; `leaving` and `staying` part.
    Apart = 2,
    /// A sender says that `record` and `other` are not linked (any more).
    Parted = 3,
    /// The event `undoes` never happened.
    Undo = 4,
}

impl LinkSort {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Same,
            2 => Self::Apart,
            3 => Self::Parted,
            4 => Self::Undo,
            _ => Self::Born,
        }
    }
}

/// Who says so. Codes are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LinkBasis {
    /// A rule or model.
    #[default]
    Machine = 0,
    /// The sender of both records.
    Sender = 1,
    /// A person.
    Human = 2,
}

impl LinkBasis {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Sender,
            2 => Self::Human,
            _ => Self::Machine,
        }
    }
}

/// A record that comes to another person by an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkMove {
    /// The record.
    pub record: RecordId,
    /// Whose it was.
    pub from: PersonId,
    /// Whose it is from now on.
    pub to: PersonId,
}

/// Something that was said or decided about records; append-only. Persons of every day follow from these alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEvent {
    /// Key; for a new event 0, the writer numbers it in the commit.
    pub id: LinkEventId,
    /// What it says.
    pub sort: LinkSort,
    /// Who says so.
    pub basis: LinkBasis,
    /// The record.
    pub record: RecordId,
    /// The other record, where there is one.
    pub other: Option<RecordId>,
    /// The person `record` belongs to after it.
    pub person: PersonId,
    /// The person `record` belonged to; `None` for a new record.
    pub from: Option<PersonId>,
    /// Who decided: a user, a sender, or a worker.
    pub actor: String,
    /// Why, JSON (words and evidence).
    pub reason: String,
    /// Rule or model with its version; empty for people.
    pub rule: String,
    /// Score in hundredths of a bit, when a rule decided.
    pub score: Option<i64>,
    /// When it was decided.
    pub at: Instant,
    /// When the sender says it happened; the same as `at` for others.
    pub as_of: Instant,
    /// Message that caused it, if one did.
    pub message: Option<MessageId>,
    /// The event that this one undoes.
    pub undoes: Option<LinkEventId>,
    /// Whether it counts: what contradicts a person's decision is kept and does not.
    pub applied: bool,
    /// Records that part from `staying`.
    pub leaving: Vec<RecordId>,
    /// Records that stay together without `leaving`.
    pub staying: Vec<RecordId>,
    /// What it moved, `record` included when it moved.
    pub moves: Vec<LinkMove>,
}

impl LinkEvent {
    /// A new record of a person: of its own, or of `person` when it is the same as `other`.
    #[must_use]
    pub fn born(record: RecordId, person: PersonId, other: Option<RecordId>, at: Instant) -> Self {
        Self {
            id: LinkEventId(0),
            sort: LinkSort::Born,
            basis: LinkBasis::Machine,
            record,
            other,
            person,
            from: None,
            actor: String::new(),
            reason: String::new(),
            rule: String::new(),
            score: None,
            at,
            as_of: at,
            message: None,
            undoes: None,
            applied: true,
            leaving: Vec::new(),
            staying: Vec::new(),
            moves: Vec::new(),
        }
    }
}

/// What waits for a record that is not on file yet: what a sender said of it and another one, or a held message about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLink {
    /// The record that is missing.
    pub missing: RecordId,
    /// The message that says so.
    pub message: MessageId,
    /// Which of the message's statements, from 0.
    pub number: u32,
    /// The statement, JSON (opaque here).
    pub statement: String,
    /// When it was kept.
    pub at: Instant,
}

/// What sort of identity question. Codes are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReviewSort {
    /// A message waits to be filed.
    #[default]
    Held = 0,
    /// Two records on file may be one person.
    Pair = 1,
    /// What a sender says of two records contradicts what is on file.
    Reported = 2,
}

impl ReviewSort {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Pair,
            2 => Self::Reported,
            _ => Self::Held,
        }
    }
}

/// An identity question about records, beside its obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewCase {
    /// The obligation.
    pub obligation: ObligationId,
    /// Records it is about, the one in question first.
    pub records: Vec<RecordId>,
    /// What sort of question.
    pub sort: ReviewSort,
    /// 0 low, 1 medium, 2 high.
    pub risk: u8,
    /// Why, JSON of both languages.
    pub because: String,
    /// When the sender was asked, while the answer is awaited.
    pub asked: Option<Instant>,
}

/// Bytes of a message about identity to one receiver, beside its outbox row and obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// The obligation.
    pub obligation: ObligationId,
    /// Its destination.
    pub destination: String,
    /// Trigger event: `A40`.
    pub trigger: String,
    /// Records it is about: later deliveries of each wait for it.
    pub records: Vec<RecordId>,
    /// Exactly what goes out.
    pub body: Vec<u8>,
}

/// A record made at the registration desk, with what its counter measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Running number of the desk's records, from 1.
    pub number: i64,
    /// The door's name for the form, unique.
    pub form: String,
    /// The record.
    pub record: RecordId,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// Milliseconds to candidates.
    pub to_candidates_ms: u32,
    /// Milliseconds from opening the form.
    pub to_create_ms: u32,
    /// Searches made.
    pub searches: u32,
    /// Strong candidates dismissed.
    pub dismissed: u32,
}
