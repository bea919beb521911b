//! Rows of the breaker: what stopped, which messages, and what a person decided.

use super::{LinkId, MessageId, ObligationId};
use fhir::{Instant, PersonId};

/// A stop of filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerStop {
    /// The obligation that owns it.
    pub id: ObligationId,
    /// The feed.
    pub link: LinkId,
    /// The person whose messages of this feed are held; `None` = the whole feed.
    pub person: Option<PersonId>,
    /// When.
    pub at: Instant,
    /// The last message before the suspicion began, to hold the others against.
    pub before: Option<MessageId>,
    /// Why, JSON of both languages.
    pub reasons: String,
    /// What was decided; empty while nobody has.
    pub verdict: String,
    /// When it was decided.
    pub decided: Option<Instant>,
    /// Who decided.
    pub actor: String,
    /// Why they decided so.
    pub reason: String,
}

/// What a message is to a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessagePart {
    /// It was filed before filing stopped, perhaps on the wrong chart.
    Suspect = 0,
    /// It came after, and is held.
    Held = 1,
}

/// A message of a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerMessage {
    /// The message.
    pub message: MessageId,
    /// The stop.
    pub stop: ObligationId,
    /// What it is to it.
    pub part: MessagePart,
    /// The record (authority and number) that a person said it is about; `None` = what it says itself.
    pub aim: Option<(String, String)>,
    /// When what was decided had been carried out.
    pub done: Option<Instant>,
}

/// A change of the breaker's rows.
#[derive(Debug, Clone)]
pub enum BreakerChange {
    /// Filing stopped; the same stop twice is one row.
    Stop(BreakerStop),
    /// Somebody has decided: the row as it is now.
    Decide(BreakerStop),
    /// A message came under a stop that is to be decided. One that is under another stays there until what was decided
    /// about it is done; then it moves, and keeps its aim.
    Take(BreakerMessage),
    /// A message of a stop as it is now.
    Message(BreakerMessage),
}
