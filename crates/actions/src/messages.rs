//! Messages: the list of any length, and one message beside what was made of it.

mod listing;
mod showing;

pub use listing::{CauseLine, Causes, CausesView, List, ListView, MessageLine};
pub(crate) use listing::{link_names, numbered};

use crate::obligations::words;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::{Instant, ResourceKey};
use store::{MessageId, MessageState, ObligationFilter, ObligationId, ObligationRow};

/// Obligations of one message shown.
const OBLIGATIONS_LIMIT: usize = 500;

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
    /// The segments as text, decoded, one line each; without values where the role reads no results.
    pub segments: Vec<String>,
    /// Oddities that were tolerated.
    pub problems: Vec<Words>,
    /// Resources filed from it: key, version, one line of what it says, JSON text indented.
    pub resources: Vec<FiledResource>,
    /// Obligations that it gave rise to: (id, subject, recipient, words of its state, open).
    pub obligations: Vec<(ObligationId, Words, Words, Words, bool)>,
    /// The receipt chains of its reports, for roles that read receipts: title, version, chains.
    pub chains: Vec<(String, u32, Vec<crate::deliveries::Chain>)>,
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
    /// JSON, indented; empty where it is withheld ([`MessageView::withheld`]).
    pub json: String,
}

fn note(json: &str) -> Option<Words> {
    (!json.is_empty()).then(|| words(json))
}

/// What is open because a message is not filed.
pub(crate) fn held_by(view: &store::View, message: MessageId) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter { open: Some(true), message: Some(message), ..ObligationFilter::default() };
    let rows = view.obligations(&filter, OBLIGATIONS_LIMIT, 0)?;
    Ok(rows
        .into_iter()
        .filter(|row| matches!(row.kind.as_str(), "held" | "kept" | "identity-review"))
        .collect())
}
