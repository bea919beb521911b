//! Rows by which the record watches itself: incidents, counts of flow, the books of what is settled.

use super::ObligationId;
use fhir::Instant;
use serde::{Deserialize, Serialize};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// The obligation that owns it.
    pub id: ObligationId,
    /// Sort code (`feed-silent`, `receiver-silent`, `books` …).
    pub sort: String,
    /// What it is about: a feed, an endpoint.
    pub subject: String,
    /// Since when.
    pub opened: Instant,
    /// Until when; `None` while it lasts.
    pub closed: Option<Instant>,
    /// What is seen, JSON of both languages.
    pub words: String,
}

/// What came by a stream since it was last counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowCount {
    /// `feed:NAME`, `feed:NAME|TYPE`, `to:ENDPOINT`.
    pub stream: String,
    /// Hours since 1970, UTC.
    pub hour: i64,
    /// How many more.
    pub n: u64,
    /// Up to where it is counted now: a number or a time of the stream's own.
    pub upto: i64,
    /// When it was last heard.
    pub heard: Instant,
}

/// A change of what the record watches itself by.
#[derive(Debug, Clone)]
pub enum WatchChange {
    /// An incident, new or as it is now.
    Incident(IncidentRow),
    /// More of a stream.
    Flow(FlowCount),
    /// Counts of hours before this one are dropped.
    ForgetFlows(i64),
    /// Count everything below this arrival number once. Nothing happens while a message below it is not interpreted.
    SettleBooks(i64),
}

/// Obligations of one kind: made = done + pending + owned, and nothing without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCounts {
    /// Kind code.
    pub kind: String,
    /// All that were ever made.
    pub made: u64,
    /// Ended with an outcome.
    pub done: u64,
    /// A machine is at it, with a clock.
    pub pending: u64,
    /// A person owns it, with a clock.
    pub owned: u64,
    /// Neither: always 0.
    pub without: u64,
}
