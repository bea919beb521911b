//! What a leaf covers. The personal part of a row (who, about whom, what exactly) enters by a digest that is blinded with a
//! key of its period. Once the retention schedule ends that period, the content and the key are destroyed; the digest
//! and so the leaf stay, and nobody can tell by trying which content gave it (docs/decisions/0029).

use super::tree::{Hash, leaf_hash};
use crate::rows::AuditRow;
use fhir::{Instant, PersonId};
use sha2::{Digest, Sha256};

/// Microseconds that share a content key: thirty days.
const PERIOD_MICROSECONDS: i64 = 30 * 24 * 3_600 * 1_000_000;

/// The period that a time lies in.
#[must_use]
pub fn period_of(at: Instant) -> i64 {
    at.0.div_euclid(PERIOD_MICROSECONDS)
}

/// When a period begins.
#[must_use]
pub fn period_start(period: i64) -> Instant {
    Instant(period.saturating_mul(PERIOD_MICROSECONDS))
}

/// A row as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRow {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// When (microseconds UTC).
    pub at: Instant,
    /// Role at the time.
    pub role: String,
    /// What was done.
    pub verb: String,
    /// Purpose of use.
    pub purpose: String,
    /// Who, about whom, what exactly.
    pub content: Content,
    /// Its leaf as stored.
    pub leaf: Hash,
}

/// The personal part of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It stands.
    Kept {
        /// Person concerned.
        person: Option<PersonId>,
        /// Who.
        actor: String,
        /// What exactly.
        object: String,
        /// What the digest is blinded with; `None` when the key of its period is missing.
        blind: Option<Hash>,
    },
    /// It was destroyed; its digest is left.
    Destroyed {
        /// Digest of what was there.
        digest: Hash,
    },
}

/// What blinds the digest of a row, from the key of its period.
#[must_use]
pub fn blind_of(key: &Hash, seq: i64) -> Hash {
    Sha256::new().chain_update(key).chain_update(seq.to_be_bytes()).finalize().into()
}

/// Digest of the personal part of a row.
#[must_use]
pub fn content_digest(blind: &Hash, person: Option<PersonId>, actor: &str, object: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(blind);
    match person {
        Some(person) => {
            hasher.update([1u8]);
            hasher.update(person.as_i64().to_be_bytes());
        }
        None => hasher.update([0u8]),
    }
    for text in [actor, object] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().into()
}

/// Leaf over the row's number, its time, its texts, each with its length, and the digest of its personal part.
fn leaf(seq: i64, at: Instant, texts: [&str; 3], digest: &Hash) -> Hash {
    let mut row = Vec::with_capacity(128);
    row.extend_from_slice(&seq.to_be_bytes());
    row.extend_from_slice(&at.0.to_be_bytes());
    for text in texts {
        row.extend_from_slice(&(text.len() as u64).to_be_bytes());
        row.extend_from_slice(text.as_bytes());
    }
    row.extend_from_slice(digest);
    leaf_hash(&row)
}

/// Leaf of a row that is being written or read, with the key of its period.
#[must_use]
pub fn leaf_of(seq: i64, row: &AuditRow, key: &Hash) -> Hash {
    let digest = content_digest(&blind_of(key, seq), row.person, &row.actor, &row.object);
    leaf(seq, row.at, [&row.role, &row.verb, &row.purpose], &digest)
}

impl LoggedRow {
    /// The leaf that the row should have; `None` when what it is made from is not all there.
    #[must_use]
    pub fn right_leaf(&self) -> Option<Hash> {
        let digest = match &self.content {
            Content::Destroyed { digest } => *digest,
            Content::Kept { person, actor, object, blind } => {
                content_digest(blind.as_ref()?, *person, actor, object)
            }
        };
        Some(leaf(self.seq, self.at, [&self.role, &self.verb, &self.purpose], &digest))
    }
}
