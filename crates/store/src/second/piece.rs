//! A piece of the log in the second place: some commits, packed and sealed. Each is bound to the first lines of its file, to
//! its number and to the digest of every piece before it, so that one that was changed, left out or put elsewhere does not
//! open.

use super::taking::{Position, Taken};
use crate::wal::HEADER_BYTES;
use fhir::Instant;
use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// First line of every file of a log.
pub(super) const LOG_MAGIC: &str = "opor log 1";
/// Bytes of a piece before it is packed, about.
pub(super) const PIECE_BYTES: usize = 8 << 20;
/// Bytes that a sealed piece may have: a commit of a large import, and what packing may add.
pub(super) const SEALED_BYTES: usize = 1 << 30;

/// How far a chain has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Number of the last piece; the first one is 1.
    pub(super) piece: u64,
    /// Of every piece up to it.
    #[serde(with = "crate::copy::hexadecimal")]
    pub(super) digest: [u8; 32],
    /// Where the log of the database ended.
    pub(super) position: Option<Position>,
    /// Time of its last commit, microseconds since 1970, UTC.
    pub(super) at: i64,
}

/// What stands in the clear at the beginning of a file of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Name of the chain.
    pub(super) chain: String,
    /// What the pieces of this file follow.
    pub(super) after: Mark,
    #[serde(with = "crate::copy::hexadecimal")]
    pub(super) salt: [u8; 32],
    #[serde(with = "crate::backup::eight")]
    pub(super) check: [u8; 8],
}

impl Mark {
    /// Of a chain that begins.
    pub(super) fn beginning(at: Instant) -> Self {
        Self { piece: 0, digest: [0; 32], position: None, at: at.0 }
    }

    /// With one more piece.
    pub(super) fn with(&self, sealed: &[u8], all: &[Taken]) -> Self {
        let last = all.last();
        Self {
            piece: self.piece + 1,
            digest: Sha256::new().chain_update(self.digest).chain_update(sealed).finalize().into(),
            position: last.and_then(Taken::end).or(self.position),
            at: last.map_or(self.at, |one| one.at.0),
        }
    }
}

/// What seals the pieces of one file.
pub(super) struct Seal {
    pub(super) key: LessSafeKey,
    /// Digest of its first lines.
    pub(super) lines: [u8; 32],
}

impl Seal {
    fn bound(&self, before: &Mark) -> Vec<u8> {
        [self.lines.as_slice(), &before.piece.to_be_bytes(), &before.digest].concat()
    }

    /// A piece behind `before`. No number stands twice in a file, since whoever could not write one begins another file.
    pub(super) fn seal(&self, all: &[Taken], before: &Mark) -> Option<Vec<u8>> {
        let mut bytes = lz4_flex::block::compress_prepend_size(&encode(all));
        let aad = Aad::from(self.bound(before));
        self.key.seal_in_place_append_tag(nonce(before.piece), aad, &mut bytes).ok()?;
        Some(bytes)
    }

    /// What is in the piece behind `before`; `None` when it is not as it was written.
    pub(super) fn open(&self, sealed: &[u8], before: &Mark) -> Option<Vec<Taken>> {
        let mut bytes = sealed.to_vec();
        let aad = Aad::from(self.bound(before));
        let plain = self.key.open_in_place(nonce(before.piece), aad, &mut bytes).ok()?;
        decode(&lz4_flex::block::decompress_size_prepended(plain).ok()?)
    }
}

fn nonce(piece: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[NONCE_LEN - 8..].copy_from_slice(&piece.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn encode(all: &[Taken]) -> Vec<u8> {
    let mut out = Vec::with_capacity(all.iter().map(|one| one.bytes.len() + 64).sum());
    for one in all {
        out.extend(one.at.0.to_be_bytes());
        out.extend(one.header);
        for number in [one.first, one.before[0], one.before[1]] {
            out.extend(number.to_be_bytes());
        }
        out.extend((one.bytes.len() as u64).to_be_bytes());
        out.extend(&one.bytes);
    }
    out
}

fn decode(mut from: &[u8]) -> Option<Vec<Taken>> {
    let mut all = Vec::new();
    while !from.is_empty() {
        let at = Instant(i64::from_be_bytes(next(&mut from)?));
        let header: [u8; HEADER_BYTES] = next(&mut from)?;
        let first = u32::from_be_bytes(next(&mut from)?);
        let before = [u32::from_be_bytes(next(&mut from)?), u32::from_be_bytes(next(&mut from)?)];
        let length = usize::try_from(u64::from_be_bytes(next(&mut from)?)).ok()?;
        let (bytes, rest) = from.split_at_checked(length)?;
        all.push(Taken { at, header, first, before, bytes: bytes.to_vec() });
        from = rest;
    }
    Some(all)
}

fn next<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*bytes)
}
