//! Rows of the desks: cases that people report, feeds that are paused, batches that are taken back or filed again.

use super::{LinkId, MessageId, ObligationId};
use fhir::Instant;

/// What a reported case is about. Codes are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaseSort {
    /// A question to support.
    Question = 0,
    /// Something that should be there and is not.
    Missing = 1,
    /// An item that came to the wrong place or person.
    Misplaced = 2,
}

impl CaseSort {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Missing,
            2 => Self::Misplaced,
            _ => Self::Question,
        }
    }
}

/// A reported case; its owner, clock and outcome are the obligation's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportCase {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// What people say on the telephone; 0 for a new one, the writer numbers it in the commit.
    pub number: i64,
    /// What it is about.
    pub sort: CaseSort,
    /// Accession, order or control id as the reporter gave it; may be empty.
    pub item: String,
    /// The reporter's own words.
    pub asked: String,
    /// Actor id of the reporter.
    pub opener: String,
    /// Directory id of the practitioner who reported; empty when none.
    pub practitioner: String,
    /// How the reporter is reached.
    pub reach: String,
    /// When.
    pub at: Instant,
}

/// A pause of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPause {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// The feed.
    pub link: LinkId,
    /// Since when.
    pub at: Instant,
    /// Until when somebody must have looked again.
    pub until: Instant,
    /// Who paused it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it was resumed.
    pub ended: Option<Instant>,
}

/// What is done with a batch. Codes are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchSort {
    /// Taken back from charts; everybody who has it is told.
    Retract = 0,
    /// Filed again as the messages say.
    Refile = 1,
}

impl BatchSort {
    pub(crate) fn from_code(code: i64) -> Self {
        if code == 1 { Self::Refile } else { Self::Retract }
    }
}

/// A batch of messages with one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// The feed.
    pub link: LinkId,
    /// What is done.
    pub sort: BatchSort,
    /// When it was decided.
    pub at: Instant,
    /// Who decided.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// A message of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMessage {
    /// Which.
    pub message: MessageId,
    /// The last batch that it was in.
    pub batch: ObligationId,
    /// When it was carried out.
    pub done: Option<Instant>,
}

/// A change of these rows.
#[derive(Debug, Clone)]
pub enum DeskChange {
    /// A case; the same obligation twice is one row.
    Case(SupportCase),
    /// A feed is paused; the same obligation twice is one row.
    Pause(FeedPause),
    /// The pauses of a feed end.
    Resume(LinkId, Instant),
    /// A batch was decided; the same obligation twice is one row.
    Batch(Batch),
    /// A message of a batch as it is now.
    BatchMessage(BatchMessage),
}
