//! What one change files, in one row: the versions of its resources one after another, compressed.
//!
//! The resources of a result repeat each other; together they shrink to a fifth, and one row of two pages is written
//! where fifteen rows took eight.

use crate::checksum::{self, CHECKSUM_BYTES};
use crate::packed::{take, take_number};
use crate::rows::VersionRow;
use fhir::{Instant, Kind, LocalId, RecordId, ResourceKey};
use std::borrow::Cow;

/// Versions in one filing at most; the number of a version is its filing's number times this, plus its place.
pub(crate) const VERSIONS_PER_FILING: i64 = 4_096;
/// Bytes of resources after which a filing is closed and the next one begun (a larger resource stands alone): reading
/// one version reads its filing.
const FILING_BYTES: usize = 256 << 10;
/// The same of what no message brings. A report is read with its results, a transaction of a whole chart is not: a search
/// that finds seven results of somebody finds them in as many places, and unpacks each.
const APPLICATION_FILING_BYTES: usize = 4 << 10;
/// Bytes that a stored filing may unpack to; more is damage. Sixteen times the largest frame.
const UNPACKED_BYTES: usize = 256 << 20;
/// Length of one head in its column.
const HEAD_BYTES: usize = 8 + 8 + 8 + 4 + 1 + 8 + CHECKSUM_BYTES + 8;
/// Finality of a resource that has none.
const NO_FINALITY: u8 = u8::MAX;

/// What is known of one version without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Which resource.
    pub(crate) key: ResourceKey,
    /// Version number.
    pub(crate) version: u32,
    /// Finality code.
    pub(crate) finality: Option<u8>,
    /// Event time.
    pub(crate) as_of: Instant,
    /// Checksum over key, version and bytes.
    pub(crate) checksum: [u8; CHECKSUM_BYTES],
    /// Length of its bytes.
    length: usize,
}

/// Number of a version, made of its filing and its place there.
pub(crate) fn number(filing: i64, place: usize) -> i64 {
    filing * VERSIONS_PER_FILING + place as i64
}

/// Filing and place of a version's number.
pub(crate) fn place(number: i64) -> (i64, usize) {
    (number / VERSIONS_PER_FILING, (number % VERSIONS_PER_FILING) as usize)
}

/// A filing as it is written.
#[derive(Debug)]
pub(crate) struct Packed {
    /// How many versions.
    pub(crate) versions: usize,
    /// Their heads.
    pub(crate) heads: Vec<u8>,
    /// Bytes of all of them, unpacked.
    pub(crate) length: usize,
    /// All of them, an LZ4 block; as they are when that is not shorter.
    pub(crate) bodies: Vec<u8>,
}

/// Versions as filings: neighbours of one message, time and custodian together.
pub(crate) fn pack(rows: &[VersionRow]) -> Vec<Packed> {
    let mut filings = Vec::new();
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let mut bytes = 0;
        let most = if first.message.is_some() { FILING_BYTES } else { APPLICATION_FILING_BYTES };
        let alike = rest.iter().take(VERSIONS_PER_FILING as usize).take_while(|row| {
            let fits = bytes == 0 || bytes + row.body.len() <= most;
            bytes += row.body.len();
            fits && (row.message, row.at, &row.custodian) == (first.message, first.at, &first.custodian)
        });
        let (together, others) = rest.split_at(alike.count().max(1));
        rest = others;
        let mut heads = Vec::with_capacity(together.len() * HEAD_BYTES);
        let mut bodies = Vec::with_capacity(bytes);
        for row in together {
            for n in [row.key.record.as_i64(), row.key.kind.code(), row.key.local.as_i64()] {
                heads.extend_from_slice(&n.to_le_bytes());
            }
            heads.extend_from_slice(&row.version.to_le_bytes());
            heads.push(row.finality.unwrap_or(NO_FINALITY));
            heads.extend_from_slice(&row.as_of.0.to_le_bytes());
            heads.extend_from_slice(&checksum::of_version(row.key, row.version, &row.body));
            heads.extend_from_slice(&(row.body.len() as u64).to_le_bytes());
            bodies.extend_from_slice(&row.body);
        }
        let length = bodies.len();
        let packed = lz4_flex::block::compress(&bodies);
        let bodies = if packed.len() < length { packed } else { bodies };
        filings.push(Packed { versions: together.len(), heads, length, bodies });
    }
    filings
}

/// A filing as it was read: its heads, and its bytes unpacked.
#[derive(Debug)]
pub(crate) struct Unpacked {
    heads: Vec<Head>,
    bytes: Vec<u8>,
}

impl Unpacked {
    /// Unpacks a row; `None` when it is not what was written.
    pub(crate) fn read(heads: &[u8], length: usize, bodies: &[u8]) -> Option<Self> {
        let heads = read_heads(heads)?;
        let bytes: Cow<'_, [u8]> = if bodies.len() == length {
            bodies.into()
        } else if length <= UNPACKED_BYTES {
            lz4_flex::block::decompress(bodies, length).ok()?.into()
        } else {
            return None;
        };
        let wanted = heads.iter().try_fold(0usize, |sum, head| sum.checked_add(head.length))?;
        (bytes.len() == length && wanted == length).then(|| Self { heads, bytes: bytes.into_owned() })
    }

    /// The version at a place.
    pub(crate) fn version(&self, place: usize) -> Option<(&Head, &[u8])> {
        let head = self.heads.get(place)?;
        let begin: usize = self.heads[..place].iter().map(|head| head.length).sum();
        Some((head, self.bytes.get(begin..begin + head.length)?))
    }

    /// Bytes that it takes at hand.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.heads.len() * size_of::<Head>()
    }

    /// All versions.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&Head, &[u8])> {
        let mut rest = &self.bytes[..];
        self.heads.iter().map(move |head| {
            let (body, others) = rest.split_at(head.length.min(rest.len()));
            rest = others;
            (head, body)
        })
    }
}

impl Head {
    /// Whether these are the bytes that were written for it.
    pub(crate) fn vouches_for(&self, body: &[u8]) -> bool {
        checksum::of_version(self.key, self.version, body) == self.checksum
    }
}

/// Reads the column of heads; `None` when it is not what was written.
pub(crate) fn read_heads(bytes: &[u8]) -> Option<Vec<Head>> {
    let (heads, tail) = bytes.as_chunks::<HEAD_BYTES>();
    if !tail.is_empty() {
        return None;
    }
    heads.iter().map(|head| read_head(head)).collect()
}

fn read_head(mut bytes: &[u8]) -> Option<Head> {
    let key = ResourceKey {
        record: RecordId::from_i64(take_number(&mut bytes)?),
        kind: Kind::from_code(take_number(&mut bytes)?)?,
        local: LocalId::from_i64(take_number(&mut bytes)?),
    };
    Some(Head {
        key,
        version: u32::from_le_bytes(take::<4>(&mut bytes)?),
        finality: Some(take::<1>(&mut bytes)?[0]).filter(|code| *code != NO_FINALITY),
        as_of: Instant(take_number(&mut bytes)?),
        checksum: take::<CHECKSUM_BYTES>(&mut bytes)?,
        length: usize::try_from(take_number(&mut bytes)?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::MessageId;
    use proptest::prelude::*;

    fn row(local: i64, message: i64, body: Vec<u8>) -> VersionRow {
        VersionRow {
            key: ResourceKey {
                record: RecordId::of("NS", "1"),
                kind: Kind::Observation,
                local: LocalId::from_i64(local),
            },
            version: 3,
            current: true,
            index: Vec::new(),
            body,
            finality: (local % 2 == 0).then_some(2),
            as_of: Instant(local),
            message: Some(MessageId(message)),
            at: Instant(9),
            custodian: "NSH".into(),
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_reads_back(bodies in proptest::collection::vec((0..3i64, ".{0,300}"), 0..20)) {
            let rows: Vec<VersionRow> = bodies.iter().enumerate()
                .map(|(n, (message, body))| row(n as i64, *message, body.clone().into_bytes())).collect();
            let mut all = rows.iter();
            for filing in pack(&rows) {
                let read = Unpacked::read(&filing.heads, filing.length, &filing.bodies).unwrap();
                prop_assert_eq!(read.versions().count(), filing.versions);
                for (place, (head, body)) in read.versions().enumerate() {
                    let row = all.next().unwrap();
                    prop_assert_eq!((head.key, head.version, head.finality, head.as_of), (row.key, 3, row.finality, row.as_of));
                    prop_assert_eq!(body, &row.body[..]);
                    prop_assert!(head.vouches_for(body));
                    prop_assert_eq!(read.version(place).unwrap(), (head, body));
                }
            }
            prop_assert!(all.next().is_none());
        }

        #[test]
        fn damage_is_noticed_and_never_a_panic(at in 0usize..600, bit in 0u8..8, length in any::<usize>()) {
            let rows = [row(1, 1, vec![b'a'; 400]), row(2, 1, (0..=255).collect())];
            let [filing] = &pack(&rows)[..] else { panic!("one filing") };
            let mut bodies = filing.bodies.clone();
            let at = at % bodies.len();
            bodies[at] ^= 1 << bit;
            // Some bits of a block say the same thing twice; what is vouched for is what was written.
            if let Some(read) = Unpacked::read(&filing.heads, filing.length, &bodies) {
                for ((head, body), row) in read.versions().zip(&rows) {
                    prop_assert!(!head.vouches_for(body) || body == row.body);
                }
            }
            drop(Unpacked::read(&filing.heads, length, &filing.bodies));
        }
    }

    #[test]
    fn a_large_resource_stands_alone() {
        let rows =
            [row(1, 1, vec![b'a'; 10]), row(2, 1, vec![b'b'; 2 * FILING_BYTES]), row(3, 1, vec![b'c'; 10])];
        let sizes: Vec<usize> = pack(&rows).iter().map(|filing| filing.length).collect();
        assert_eq!(sizes, [10, 2 * FILING_BYTES, 10]);
    }
}
