//! Rows of forms that were sent, by mail or by upload.

use crate::rows::{ApplicationId, ObligationId};
use fhir::Instant;

/// Key of something that was sent: the beginning of its identity, so that the same one twice is one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailId(pub i64);

impl MailId {
    /// From SHA-256 of what the sender wrote.
    #[must_use]
    pub fn of(identity: &[u8; 32]) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&identity[..8]);
        Self(i64::from_be_bytes(first) & i64::MAX)
    }
}

impl std::fmt::Display for MailId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl std::str::FromStr for MailId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        i64::from_str_radix(s, 16).map(Self).map_err(|_| ())
    }
}

/// Something that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailIn {
    /// Key.
    pub id: MailId,
    /// SHA-256 of what the sender wrote.
    pub identity: Vec<u8>,
    /// `mail` or `upload`.
    pub way: String,
    /// Message-ID; empty when it has none.
    pub message_id: String,
    /// Who says to have sent it, in lower case; empty when nobody or several.
    pub sender: String,
    /// Subject, or the name of the file that was uploaded.
    pub subject: String,
    /// When it was taken.
    pub at: Instant,
    /// The application it is about; 0 while that is not known.
    pub application: ApplicationId,
    /// Code of where it stands.
    pub state: String,
    /// What was found, JSON (opaque here).
    pub said: String,
    /// When it came to its end; none while somebody owns it.
    pub settled: Option<Instant>,
    /// Times it came.
    pub copies: u32,
    /// Grows with every change.
    pub revision: i64,
    /// The obligation that owns it.
    pub obligation: ObligationId,
}

/// A change of these rows.
#[derive(Debug, Clone)]
pub enum MailboxChange {
    /// Taken: the row, and its bytes as they are sealed.
    Taken(MailIn, Vec<u8>),
    /// It came once more.
    Again(MailId),
    /// As it stands now; bytes stay.
    Now(MailIn),
}
