//! Apps of other makers, what somebody let them do, and their tokens.

use fhir::Instant;

/// An app as it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmartApp {
    /// Its `client_id`.
    pub id: String,
    /// What was registered, as the caller wrote it.
    pub body: String,
    /// When.
    pub at: Instant,
    /// By whom.
    pub actor: String,
    /// Since when it is let in no more.
    pub ended: Option<Instant>,
}

/// What somebody let an app do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmartGrant {
    /// Never used before.
    pub id: Vec<u8>,
    /// `client_id` of the app.
    pub app: String,
    /// Who lets it; empty for an app that acts for itself.
    pub account: String,
    /// What it may do and in which context, as the caller wrote it.
    pub body: String,
    /// Since when.
    pub at: Instant,
    /// Until when at the longest.
    pub expires: Instant,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmartSort {
    /// Authorization code.
    Code = 1,
    /// Access token.
    Access = 2,
    /// Refresh token.
    Refresh = 3,
    /// A launch that our portal began.
    Launch = 4,
}

impl SmartSort {
    /// From a database value.
    #[must_use]
    pub fn from_i64(value: i64) -> Option<Self> {
        [Self::Code, Self::Access, Self::Refresh, Self::Launch].into_iter().find(|sort| *sort as i64 == value)
    }
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmartToken {
    /// SHA-256 of it.
    pub hash: Vec<u8>,
    /// What it is for.
    pub sort: SmartSort,
    /// The grant it stands on; of a launch the app it opens.
    pub holder: Vec<u8>,
    /// What else it says, as the caller wrote it.
    pub body: String,
    /// Until when it holds.
    pub expires: Instant,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmartChange {
    /// An app as it is registered from now on.
    App(SmartApp),
    /// Something is let.
    Grant(SmartGrant),
    /// A grant ends, with all its tokens.
    End(Vec<u8>),
    /// Every grant of an app ends.
    EndAllOf(String),
    /// A token is made.
    Token(SmartToken),
    /// A token ends.
    Drop(Vec<u8>),
    /// Something that holds once was used; it is remembered until then.
    Spent(Vec<u8>, Instant),
    /// What is over by now is forgotten.
    Forget(Instant),
}
