//! Subscriptions of applications and what they are told; bulk exports that were asked for.

use fhir::{Instant, ResourceKey};

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// The receiver has not answered its first call yet.
    Requested = 0,
    /// It is told.
    Active = 1,
    /// The receiver has not answered for long; what happens is kept for it.
    Error = 2,
    /// It was ended.
    Off = 3,
}

impl SubscriptionState {
    /// From its code.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        [Self::Requested, Self::Active, Self::Error, Self::Off].into_iter().find(|one| *one as i64 == code)
    }
}

/// A subscription: what was asked, and how far its receiver has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// Id of the Subscription resource.
    pub id: String,
    /// Grows with each change.
    pub revision: i64,
    /// How it stands.
    pub state: SubscriptionState,
    /// Whose it is, as JSON.
    pub actor: String,
    /// What was asked, as JSON.
    pub asked: String,
    /// Number of its last event.
    pub events: i64,
    /// Number of the last event that the receiver took.
    pub taken: i64,
    /// Calls since the receiver last took one.
    pub tries: u32,
    /// No call before then.
    pub next_at: Instant,
    /// Since when calls fail.
    pub failing: Option<Instant>,
    /// Why the last one did; empty when it did not.
    pub said: String,
    /// When the receiver last took a call, or the subscription began.
    pub spoken: Instant,
}

/// One event of a subscription: a version of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionEvent {
    /// Of which subscription.
    pub subscription: String,
    /// Its number there, from 1 without a gap.
    pub number: i64,
    /// What it is about.
    pub key: ResourceKey,
    /// In which version.
    pub version: u32,
    /// When that was filed.
    pub at: Instant,
}

/// A bulk export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkExport {
    /// Its name in addresses.
    pub id: String,
    /// Grows with each change.
    pub revision: i64,
    /// Whose it is, as JSON.
    pub actor: String,
    /// What was asked, as JSON.
    pub asked: String,
    /// The number behind the last version that belongs to it.
    pub horizon: i64,
    /// When it was asked for.
    pub at: Instant,
    /// Until when its files can be fetched.
    pub expires: Instant,
    /// Parts of the record that were looked through for the types that are there.
    pub counted: u32,
    /// Those types, separated by spaces.
    pub kinds: String,
}

/// What becomes of subscriptions and exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// New, or as it is now.
    Put(SubscriptionRow),
    /// Something that it will tell.
    Event(SubscriptionEvent),
    /// Its events up to a number are kept no longer.
    Forget(String, i64),
    /// Events were looked for up to this filing.
    Mark(i64),
    /// An export, new or as it is now.
    Export(BulkExport),
    /// An export that is over.
    NoExport(String),
}
