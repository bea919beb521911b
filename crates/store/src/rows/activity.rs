//! Rows of the activity log's checkpoints, and of what watches it: flags, tips, breach cases, destructions.

use crate::rows::ObligationId;
use fhir::{Instant, RecordId};

/// A signed checkpoint of the log as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Rows it covers.
    pub size: u64,
    /// When it was signed.
    pub at: Instant,
    /// The signed note.
    pub note: String,
}

/// Signs that somebody looked without need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagRow {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// Whose looks: user id.
    pub actor: String,
    /// When it was raised.
    pub at: Instant,
    /// Weight of the signs.
    pub score: i64,
    /// The signs (JSON, opaque here).
    pub body: String,
    /// What became of it; empty while nobody has decided.
    pub verdict: String,
    /// When.
    pub decided: Option<Instant>,
    /// Who decided.
    pub decider: String,
    /// Why.
    pub reason: String,
}

/// A tip without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipRow {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// SHA-256 of the number that whoever gave it keeps.
    pub reference: Vec<u8>,
    /// When it came.
    pub at: Instant,
    /// What it says; `None` once it was destroyed. Sealed at rest.
    pub content: Option<String>,
    /// What whoever asks with the number is told (words as JSON); empty = it waits.
    pub answer: String,
}

/// A breach case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreachCaseRow {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// What people say on the telephone, given in the commit; 0 in a new one.
    pub number: i64,
    /// When it was opened.
    pub at: Instant,
    /// Who opened it.
    pub opener: String,
    /// The flag or tip it came from: its obligation.
    pub source: ObligationId,
    /// Whose looks it is about: user id.
    pub actor: String,
    /// From then on.
    pub since: Instant,
    /// Until then.
    pub until: Instant,
    /// `notify`, `not-notify`; empty while nobody has decided.
    pub decision: String,
    /// When.
    pub decided: Option<Instant>,
    /// Who decided.
    pub decider: String,
    /// When it was closed.
    pub closed: Option<Instant>,
    /// What happened and why it was so decided (JSON, opaque here); `None` once destroyed. Sealed at rest.
    pub content: Option<String>,
}

/// A destruction under the retention schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestructionRow {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// Code of the class.
    pub class: String,
    /// Everything before then.
    pub before: Instant,
    /// When it was proposed.
    pub at: Instant,
    /// How many items that were then.
    pub due: u64,
    /// Who approved or refused it.
    pub approver: String,
    /// When.
    pub approved: Option<Instant>,
    /// `approved`, `kept`; empty while nobody has decided.
    pub verdict: String,
    /// Where it goes on.
    pub next: i64,
    /// Items destroyed so far.
    pub destroyed: u64,
    /// When the last was.
    pub done: Option<Instant>,
}

/// A piece of a destruction. What is freed is overwritten in the same commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destroy {
    /// The personal content of rows of the log, each with the digest that stays.
    LogRows(Vec<(i64, [u8; 32])>),
    /// Keys of a class with their subjects: what they sealed or blinded is gone with them.
    Keys(&'static str, Vec<i64>),
}

/// A change of these rows.
#[derive(Debug, Clone)]
pub enum ActivityChange {
    /// A checkpoint was signed.
    Checkpoint(CheckpointRow),
    /// Looks up to this row of the log were judged.
    Judged(i64),
    /// What is remembered of somebody's looks: user id, JSON.
    Member(String, String),
    /// A chart is watched: a source record of the person, when, by whom, why.
    Watch(RecordId, Instant, String, String),
    /// It is watched no longer.
    Unwatch(RecordId),
    /// A flag as it is now.
    Flag(FlagRow),
    /// A tip as it is now; its content is written once.
    Tip(TipRow),
    /// A case as it is now.
    Case(BreachCaseRow),
    /// A destruction as it is now.
    Destruction(DestructionRow),
    /// A piece of it is carried out.
    Destroy(Destroy),
}
