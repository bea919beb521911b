//! Rows of the provider directory: what it knows, since when and from whom; and what somebody proposed.

use super::ObligationId;
use fhir::Instant;

/// A change of one fact; only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEvent {
    /// Its number; for a new one 0, the writer numbers it in the commit.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// From where: a file, a feed, the practice's form.
    pub source: String,
    /// Why.
    pub reason: String,
    /// Sort of fact.
    pub sort: String,
    /// Its id.
    pub id: String,
    /// The fact, JSON (opaque here); empty = withdrawn.
    pub body: String,
}

/// Changes that somebody proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryProposal {
    /// The obligation that owns it.
    pub id: ObligationId,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// From where.
    pub source: String,
    /// What and why, JSON of both languages.
    pub words: String,
    /// The changes, JSON (opaque here).
    pub changes: String,
    /// What was decided; empty while nobody has.
    pub verdict: String,
    /// When it was decided.
    pub decided: Option<Instant>,
    /// Who decided.
    pub decider: String,
    /// Why they decided so.
    pub reason: String,
}

/// A change of the directory's rows.
#[derive(Debug, Clone)]
pub enum DirectoryChange {
    /// A fact is so from now on.
    Event(DirectoryEvent),
    /// A proposal as it is now; the same one twice is one row.
    Proposal(DirectoryProposal),
}
