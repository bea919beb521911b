//! Who is who: the identity desk's questions and what its answers do, links between records and their history.

use fhir::PersonId;
use store::ObligationId;

/// Act: answer the case of a held message.
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
mod answer;
mod approval;
pub(crate) mod cases;
mod decisions;
pub(crate) mod graph;
mod history;
mod links;
mod moves;
pub(crate) mod reported;
pub(crate) mod told;
pub(crate) mod warm;
mod worklist;

pub(crate) use cases::risk_of_waiting;
pub use links::{
    Acted, ApartLine, Ask, CaseFilter, CaseSort, CaseView, Change, Compare, CompareView, Compared, Confirm,
    DecisionLine, Decisions, DecisionsView, Decline, DryRun, DryRunView, EventLine, History, HistoryView,
    KeepApart, Link, Moved, MovedRecord, Moves, Proposed, Risk, RiskLevel, Side, Told, ToldState, Undo,
    WorkLine, Worklist, WorklistView,
};
pub use warm::Warming;

#[cfg(test)]
mod tests;
