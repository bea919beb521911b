//! Checksums of stored rows: the first bytes of SHA-256 over what the row says, each part with its length.

use crate::rows::{LinkEvent, LinkSort, ObligationEvent, ObligationRow, ObligationState, OutboxRow};
use crate::sql::{Error, NUL, Result, Row};
use fhir::{RecordId, ResourceKey};
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

/// A row that was read, if the checksum in its last column is right; else that it is damaged. What cannot be read at all is.
pub(crate) fn vouched<T>(
    row: &Row<'_>,
    what: &str,
    column: usize,
    read: Result<T>,
    sum: impl FnOnce(&T) -> i64,
) -> Result<T> {
    let damaged = || match row.get::<_, i64>(0_usize) {
        Ok(id) => Error::Damaged(format!("{what} {id}")),
        Err(_) => Error::Damaged(what.to_owned()),
    };
    let value = read.map_err(|_| damaged())?;
    #[cfg(feature = "defects")]
    if defects::is(defects::Defect::RowsUnvouched) {
        return Ok(value);
    }
    match row.get::<_, Option<i64>>(column) {
        Ok(Some(stated)) if stated == sum(&value) => Ok(value),
        _ => Err(damaged()),
    }
}

impl ObligationRow {
    /// Checksum of all that it says.
    pub(crate) fn checksum(&self) -> i64 {
        let sum = Sum::new()
            .number(self.id.0)
            .text(&self.kind)
            .key(self.resource)
            .number(self.version)
            .maybe(self.message.map(|message| message.0))
            .maybe(self.record.map(RecordId::as_i64))
            .text(&self.recipient)
            .text(&self.recipient_id)
            .text(&self.subject)
            .text(&self.accession)
            .text(&self.words)
            .number(self.gravity)
            .number(self.opened.0)
            .number(self.revision)
            .text(&self.custodian);
        match &self.state {
            ObligationState::Open { owner, human, due, then } => {
                sum.number(1).text(owner).number(*human).number(due.0).text(then).end()
            }
            ObligationState::Ended { outcome, at } => sum.number(0).text(outcome).number(at.0).end(),
        }
    }
}

impl ObligationEvent {
    /// Checksum of a step with its number.
    pub(crate) fn checksum(&self, number: i64) -> i64 {
        let sum = Sum::new().number(self.obligation.0).number(number).number(self.at.0);
        sum.text(&self.actor).text(&self.step).text(&self.words).end()
    }
}

impl OutboxRow {
    /// Checksum of all that it says.
    pub(crate) fn checksum(&self) -> i64 {
        Sum::new()
            .number(self.kind as i64)
            .number(self.id.0)
            .text(&self.destination)
            .number(self.record.as_i64())
            .number(self.message.0)
            .key(Some(self.report))
            .number(self.version)
            .number(self.obligation.0)
            .text(&self.control_id)
            .number(self.state as i64)
            .number(self.attempts)
            .number(self.next.0)
            .bytes(&self.offered_digest)
            .text(&self.last)
            .end()
    }
}

impl LinkEvent {
    /// Whether what it moved is read with it.
    pub(crate) fn has_moves(&self) -> bool {
        self.sort != LinkSort::Born && self.applied
    }

    /// Checksum of all that it says and moves.
    pub(crate) fn checksum(&self) -> i64 {
        let as_of = if self.as_of.0 == 0 { self.at } else { self.as_of };
        let mut sum = Sum::new()
            .number(self.id.0)
            .number(self.sort as i64)
            .number(self.basis as i64)
            .number(self.record.as_i64())
            .maybe(self.other.map(RecordId::as_i64))
            .number(self.person.as_i64())
            .maybe(self.from.map(fhir::PersonId::as_i64))
            .text(&self.actor)
            .text(&self.reason)
            .text(&self.rule)
            .maybe(self.score)
            .number(self.at.0)
            .number(as_of.0)
            .maybe(self.message.map(|message| message.0))
            .maybe(self.undoes.map(|undone| undone.0))
            .number(self.applied);
        for records in [&self.leaving, &self.staying] {
            sum = sum.number(i64::try_from(records.len()).unwrap_or(i64::MAX));
            sum = records.iter().fold(sum, |sum, record| sum.number(record.as_i64()));
        }
        let mut moves = if self.has_moves() { self.moves.clone() } else { Vec::new() };
        moves.sort_unstable();
        for one in moves {
            sum = sum.number(one.record.as_i64()).number(one.from.as_i64()).number(one.to.as_i64());
        }
        sum.end()
    }
}

/// A checksum of eight bytes as it is made, part by part.
struct Sum(Sha256);

impl Sum {
    fn new() -> Self {
        Self(Sha256::new())
    }
    fn number(mut self, number: impl Into<i64>) -> Self {
        self.0.update(number.into().to_be_bytes());
        self
    }
    fn maybe(self, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.number(1).number(number),
            None => self.number(0),
        }
    }
    fn key(self, key: Option<ResourceKey>) -> Self {
        match key {
            Some(key) => {
                self.number(1).number(key.record.as_i64()).number(key.kind.code()).number(key.local.as_i64())
            }
            None => self.number(0),
        }
    }
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self = self.number(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        self.0.update(bytes);
        self
    }
    /// As either database gives it back: a PostgreSQL keeps no U+0000.
    fn text(self, text: &str) -> Self {
        if text.contains('\0') {
            return self.bytes(text.replace('\0', NUL).as_bytes());
        }
        self.bytes(text.as_bytes())
    }
    fn end(self) -> i64 {
        let digest: [u8; 32] = self.0.finalize().into();
        digest.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
    }
}

fn first(digest: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut out = [0u8; CHECKSUM_BYTES];
    out.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    out
}
