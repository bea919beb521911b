//! Checksums of stored rows: the first 16 bytes of SHA-256 over what the row says, each part with its length.

use crate::rows::AuditRow;
use fhir::ResourceKey;
use sha2::{Digest, Sha256};

/// Length of a stored checksum in bytes.
pub(crate) const CHECKSUM_BYTES: usize = 16;

/// Checksum of a resource version; it covers the key, so that a right body under a wrong key is noticed.
pub(crate) fn of_version(key: ResourceKey, version: u32, body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = Sha256::new();
    for number in [key.record.as_i64(), key.kind.code(), key.local.as_i64(), i64::from(version)] {
        hasher.update(number.to_be_bytes());
    }
    hasher.update(body);
    first(&hasher.finalize())
}

/// Digest of a raw message: identity of a repeat and checksum of the row.
pub(crate) fn of_raw(raw: &[u8]) -> [u8; CHECKSUM_BYTES] {
    first(&Sha256::digest(raw))
}

fn first(digest: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut out = [0u8; CHECKSUM_BYTES];
    out.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    out
}

/// Leaf hash of an audit row after RFC 6962 section 2.1: SHA-256(0x00 || row). The row is its number, its time and its
/// texts, each text with its length, so that no two rows have the same bytes.
#[must_use]
pub fn audit_leaf(seq: i64, row: &AuditRow) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0u8]);
    hasher.update(seq.to_be_bytes());
    hasher.update(row.at.0.to_be_bytes());
    match row.person {
        Some(person) => {
            hasher.update([1u8]);
            hasher.update(person.as_i64().to_be_bytes());
        }
        None => hasher.update([0u8]),
    }
    for text in [&row.actor, &row.role, &row.verb, &row.purpose, &row.object] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().into()
}
