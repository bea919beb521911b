//! One message: raw beside what we made of it.

use clinical::words::Words;
use fhir::{Instant, ResourceKey};
use store::{MessageId, MessageState, ObligationId};

/// Look: one message.
#[derive(Debug, Clone)]
pub struct Show {
    /// Which.
    pub message: MessageId,
}

/// Answer to [`Show`].
#[derive(Debug, Clone)]
pub struct MessageView {
    /// Which.
    pub id: MessageId,
    /// Link name.
    pub link: String,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// When it arrived.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// Since when.
    pub settled: Option<Instant>,
    /// Why it is held or kept.
    pub note: Option<Words>,
    /// The segments as text, decoded, one line each.
    pub segments: Vec<String>,
    /// Oddities that were tolerated.
    pub problems: Vec<Words>,
    /// Resources filed from it: key, version, one line of what it says, JSON text indented.
    pub resources: Vec<FiledResource>,
    /// Obligations that it gave rise to: (id, subject, recipient, words of its state, open).
    pub obligations: Vec<(ObligationId, String, String, Words, bool)>,
}

/// A resource as filed from a message.
#[derive(Debug, Clone)]
pub struct FiledResource {
    /// Key.
    pub key: ResourceKey,
    /// Version number.
    pub version: u32,
    /// Whether it is the current version.
    pub current: bool,
    /// One line for people.
    pub line: String,
    /// JSON, indented.
    pub json: String,
}

/// Look: newest messages of all links, or of one state.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Only this state.
    pub state: Option<MessageState>,
}

/// A line of the message list.
#[derive(Debug, Clone)]
pub struct MessageLine {
    /// Which.
    pub id: MessageId,
    /// Link name.
    pub link: String,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// When.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is held or kept.
    pub note: Option<Words>,
}
