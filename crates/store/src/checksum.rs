//! Checksums of stored rows: the first 16 bytes of SHA-256 over what the row says, each part with its length.

use fhir::ResourceKey;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

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

/// Bytes of a control id that it is kept under as it is (MSH-10 is ST 199 since HL7 v2.7, and ST 20 before). A key of an
/// index cannot be much longer than two thousand on PostgreSQL, and one sender's long id must not fail a group of
/// everybody's.
const KEYED_BYTES: usize = 199;

/// What a message is kept under for its control id: the id, or of a longer one its beginning and a digest of the whole,
/// which is longer than any that is kept as it is.
pub(crate) fn keyed(control_id: &str) -> Cow<'_, str> {
    use std::fmt::Write as _;
    if control_id.len() <= KEYED_BYTES {
        return Cow::Borrowed(control_id);
    }
    let mut key = control_id[..control_id.floor_char_boundary(KEYED_BYTES)].to_owned();
    key.push('~');
    for byte in of_raw(control_id.as_bytes()) {
        let _ = write!(key, "{byte:02x}");
    }
    Cow::Owned(key)
}

fn first(digest: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut out = [0u8; CHECKSUM_BYTES];
    out.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    out
}
