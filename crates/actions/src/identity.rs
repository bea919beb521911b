//! The identity review list: messages that wait for a human look.

use clinical::identity::{Claim, Evidence};
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use store::{MessageId, ObligationId};

/// Look: open identity questions, most overdue first.
#[derive(Debug, Clone)]
pub struct Review {
    /// The case opened beside the list.
    pub picked: Option<ObligationId>,
}

/// Answer to [`Review`].
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// Open cases.
    pub lines: Vec<CaseLine>,
    /// The one opened.
    pub case: Option<Case>,
    /// Cases ended today.
    pub solved_today: u32,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseLine {
    /// Key.
    pub obligation: ObligationId,
    /// As claimed: `LASTNAME, First`.
    pub name: String,
    /// Why a human must look.
    pub why: Words,
    /// By when.
    pub due: Instant,
    /// Messages that wait for the answer.
    pub waiting: u32,
}

/// A case side by side.
#[derive(Debug, Clone)]
pub struct Case {
    /// The line.
    pub line: CaseLine,
    /// The message that asks.
    pub message: MessageId,
    /// What the message claims.
    pub claim: Claim,
    /// Records it might be, best first.
    pub candidates: Vec<CaseCandidate>,
    /// Whether "a new person" is possible: the claim has an identifier of its own.
    pub can_be_new: bool,
}

/// A record the claim might be.
#[derive(Debug, Clone)]
pub struct CaseCandidate {
    /// The record.
    pub record: RecordId,
    /// Its person.
    pub person: PersonId,
    /// What is remembered of it.
    pub claim: Claim,
    /// Feature by feature.
    pub evidence: Vec<Evidence>,
    /// Sum of the weights in bits.
    pub weight: f64,
}

/// Act: answer a case.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Which.
    pub obligation: ObligationId,
    /// The answer.
    pub answer: Verdict,
    /// Why, in the steward's words; required.
    pub reason: String,
}

/// What the steward says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is this person: link the claim's record (or file on it).
    Same(PersonId),
    /// Nobody we know.
    New,
    /// Not to be filed: sent back to the sender, who was told; the message stays kept.
    Return,
}

/// Open cases listed at once; the counts say how many there are.
pub const MOST_CASES: usize = 500;
/// Things of each sort named in a dry run; the counts are of all.
pub const MOST_MOVED: usize = 20;

mod acts;
pub(crate) mod cases;
pub(crate) mod graph;
mod history;
mod links;
mod moves;
pub(crate) mod reported;
mod review;
pub(crate) mod told;
mod worklist;

pub(crate) use cases::risk_of_waiting;
pub use links::{
    Acted, ApartLine, Ask, CaseFilter, CaseSort, CaseView, Change, Compare, CompareView, Compared, DryRun,
    DryRunView, EventLine, History, HistoryView, KeepApart, Link, Moved, MovedRecord, Moves, Risk, RiskLevel,
    Side, Told, ToldState, Undo, WorkLine, Worklist, WorklistView,
};

/// A claim that says nothing.
pub(crate) fn no_claim() -> Claim {
    Claim {
        own: None,
        identifiers: Vec::new(),
        names: Vec::new(),
        birth_date: String::new(),
        sex: clinical::identity::Sex::Unknown,
        telephones: Vec::new(),
        postal_code: String::new(),
        town: String::new(),
        mother: None,
        multiple_birth: false,
        died: false,
    }
}

#[cfg(test)]
mod tests;
