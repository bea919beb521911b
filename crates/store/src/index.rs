//! The search index as it is stored: one compact column beside each current version, read by range where one patient's
//! resources are searched, and rows of their own for the few parameters that are searched across patients.

use crate::packed::{take, take_number};
use fhir::search::{IndexRow, IndexValue, Parameter, ParameterId, parameter};
use fhir::{Kind, LocalId, RecordId, ResourceKey};
use sha2::{Digest, Sha256};

/// `system` of a token without one.
pub(crate) const NO_SYSTEM: i64 = 0;
/// `system` of a normalised text.
pub(crate) const TEXT: i64 = -1;
/// Length that says that the real one follows, in the first form of the column.
const LONG: u16 = u16::MAX;
/// Bytes that an entry takes at least, mostly: room for a column's entries.
const LEAST_USUAL_BYTES: usize = 12;
/// Bytes of a token system's key: 48 bits.
const SYSTEM_BYTES: usize = 6;

/// What an entry of the column begins with. The first form, written until November 2026, has integers of eight bytes;
/// it is read and not written any more.
mod tag {
    pub(super) const FIRST_TOKEN: u8 = 0;
    pub(super) const FIRST_DATE: u8 = 1;
    pub(super) const FIRST_REFERENCE: u8 = 2;
    pub(super) const PLAIN_TOKEN: u8 = 3;
    pub(super) const TOKEN: u8 = 4;
    pub(super) const TEXT: u8 = 5;
    pub(super) const DATE: u8 = 6;
    pub(super) const OPEN_DATE: u8 = 7;
    pub(super) const REFERENCE: u8 = 8;
    pub(super) const REFERENCE_SAME_RECORD: u8 = 9;
    /// A token whose system is no key of 48 bits: none is made, but damage must not pass for one.
    pub(super) const WIDE_TOKEN: u8 = 10;
}

/// One value that a resource is found by. The order is the order of the tables' keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry<T = String> {
    /// A token or normalised text; a row of `find_token` when its parameter is global.
    Token { param: i64, code: T, system: i64 },
    /// A range of time; a row of `find_date` when its parameter is global.
    Date { param: i64, lo: i64, hi: i64 },
    /// A reference, found within a patient only.
    Reference { param: i64, record: i64, kind: i64, local: i64 },
}

/// An entry as it stands in a column: a search looks at hundreds and keeps none.
pub(crate) type Beside<'c> = Entry<&'c str>;

impl<T> Entry<T> {
    /// Code of the search parameter.
    pub(crate) fn param(&self) -> i64 {
        match self {
            Entry::Token { param, .. } | Entry::Date { param, .. } | Entry::Reference { param, .. } => *param,
        }
    }
}

impl Beside<'_> {
    fn kept(self) -> Entry {
        match self {
            Entry::Token { param, code, system } => Entry::Token { param, code: code.to_owned(), system },
            Entry::Date { param, lo, hi } => Entry::Date { param, lo, hi },
            Entry::Reference { param, record, kind, local } => {
                Entry::Reference { param, record, kind, local }
            }
        }
    }
}

/// Key of a token system: 48 bits of SHA-256, so that settling needs no dictionary look-up and rows stay narrow.
pub(crate) fn system_id(uri: &str) -> i64 {
    let digest = Sha256::digest(uri.as_bytes());
    let mut bytes = [0u8; 8];
    bytes[2..].copy_from_slice(&digest[..6]);
    i64::from_be_bytes(bytes).max(1)
}

/// The entries of one version, sorted and without repetition, and the token systems they name.
pub(crate) fn entries(rows: &[IndexRow]) -> (Vec<Entry>, Vec<(i64, String)>) {
    let mut systems: Vec<(i64, String)> = Vec::new();
    let mut entries: Vec<Entry> = rows
        .iter()
        .map(|row| {
            let param = param_code(row.parameter);
            match &row.value {
                IndexValue::Token { system, code } => {
                    let id = system.as_deref().map_or(NO_SYSTEM, system_id);
                    if let Some(uri) = system
                        && !systems.iter().any(|(known, _)| *known == id)
                    {
                        systems.push((id, uri.clone()));
                    }
                    Entry::Token { param, code: code.clone(), system: id }
                }
                IndexValue::Text { normalised } => {
                    Entry::Token { param, code: normalised.clone(), system: TEXT }
                }
                IndexValue::Date { lo, hi } => Entry::Date { param, lo: lo.0, hi: hi.0 },
                IndexValue::Reference(to) => Entry::Reference {
                    param,
                    record: to.record.as_i64(),
                    kind: to.kind.code(),
                    local: to.local.as_i64(),
                },
            }
        })
        .collect();
    entries.sort_unstable();
    entries.dedup();
    (entries, systems)
}

/// The row that an entry stands for; `uri` gives the system's name back.
pub(crate) fn row(entry: &Entry, uri: impl Fn(i64) -> Option<String>) -> Option<IndexRow> {
    let parameter = param_of(entry.param())?;
    let value = match entry {
        Entry::Token { code, system: TEXT, .. } => IndexValue::Text { normalised: code.clone() },
        Entry::Token { code, system, .. } => IndexValue::Token { system: uri(*system), code: code.clone() },
        Entry::Date { lo, hi, .. } => IndexValue::Date { lo: fhir::Instant(*lo), hi: fhir::Instant(*hi) },
        Entry::Reference { record, kind, local, .. } => IndexValue::Reference(ResourceKey {
            record: RecordId::from_i64(*record),
            kind: Kind::from_code(*kind)?,
            local: LocalId::from_i64(*local),
        }),
    };
    Some(IndexRow { parameter, value })
}

/// Whether a parameter is searched across patients (value-first table) or only within one (index column).
pub(crate) fn is_global(param: i64) -> bool {
    param_of(param).and_then(parameter).is_some_and(Parameter::global)
}

/// The database code of a parameter.
pub(crate) fn param_code(id: ParameterId) -> i64 {
    i64::from(id.0)
}

/// The parameter of a database code.
pub(crate) fn param_of(code: i64) -> Option<ParameterId> {
    u16::try_from(code).ok().map(ParameterId)
}

/// Whether a column holds a mark; what cannot be read holds every one.
pub(crate) fn is_marked(column: &[u8], mark: ParameterId) -> bool {
    look(column).is_none_or(|entries| has_mark(&entries, mark))
}

/// The same of a column that was read.
pub(crate) fn has_mark(entries: &[Beside<'_>], mark: ParameterId) -> bool {
    entries.iter().any(|entry| entry.param() == param_code(mark))
}

/// Compact column: per entry a tag, the parameter and the value. Parameters, lengths and distances are numbers of as many
/// bytes as they need, seven bits each; a date says how long it is after its first instant; a reference into the record
/// of the reference before leaves the record out. An observation takes 55 bytes, a quarter of its row.
pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 16);
    let mut last_record = None;
    for entry in entries {
        let begin = |out: &mut Vec<u8>, tag: u8| {
            out.push(tag);
            push_short(out, entry.param() as u64);
        };
        match entry {
            Entry::Token { code, system, .. } => {
                let key = system.to_be_bytes();
                match *system {
                    NO_SYSTEM => begin(&mut out, tag::PLAIN_TOKEN),
                    TEXT => begin(&mut out, tag::TEXT),
                    _ if key[..2] == [0; 2] => {
                        begin(&mut out, tag::TOKEN);
                        out.extend_from_slice(&key[2..]);
                    }
                    _ => {
                        begin(&mut out, tag::WIDE_TOKEN);
                        out.extend_from_slice(&key);
                    }
                }
                push_short(&mut out, code.len() as u64);
                out.extend_from_slice(code.as_bytes());
            }
            Entry::Date { lo, hi, .. } => match hi.checked_sub(*lo).and_then(|long| u64::try_from(long).ok())
            {
                Some(long) => {
                    begin(&mut out, tag::DATE);
                    out.extend_from_slice(&lo.to_le_bytes());
                    push_short(&mut out, long);
                }
                None => {
                    begin(&mut out, tag::OPEN_DATE);
                    out.extend_from_slice(&lo.to_le_bytes());
                    out.extend_from_slice(&hi.to_le_bytes());
                }
            },
            Entry::Reference { record, kind, local, .. } => {
                if last_record == Some(*record) {
                    begin(&mut out, tag::REFERENCE_SAME_RECORD);
                } else {
                    begin(&mut out, tag::REFERENCE);
                    out.extend_from_slice(&record.to_le_bytes());
                }
                push_short(&mut out, *kind as u64);
                out.extend_from_slice(&local.to_le_bytes());
                last_record = Some(*record);
            }
        }
    }
    out
}

/// A number that is mostly small: seven bits a byte, the lowest first, the eighth bit says that more follow.
fn push_short(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number of [`push_short`]; `None` when it is cut short or longer than any.
fn take_short(bytes: &mut &[u8]) -> Option<u64> {
    // Nearly every one is a single byte.
    if let Some((&byte, rest)) = bytes.split_first()
        && byte < 0x80
    {
        *bytes = rest;
        return Some(u64::from(byte));
    }
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = u64::from(take::<1>(bytes)?[0]);
        if shift == 63 && byte > 1 {
            return None;
        }
        number |= (byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_text<'c>(bytes: &mut &'c [u8], length: usize) -> Option<&'c str> {
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

/// Reads the compact column; `None` when it is cut short or says something else.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<Entry>> {
    Some(look(bytes)?.into_iter().map(Entry::kept).collect())
}

/// The same without copies.
pub(crate) fn look(mut bytes: &[u8]) -> Option<Vec<Beside<'_>>> {
    let mut entries = Vec::with_capacity(bytes.len() / LEAST_USUAL_BYTES);
    let mut last_record = None;
    while let Some((&tag, rest)) = bytes.split_first() {
        bytes = rest;
        let entry = if tag <= tag::FIRST_REFERENCE {
            decode_first_form(tag, &mut bytes)?
        } else {
            decode_entry(tag, &mut bytes, last_record)?
        };
        if let Entry::Reference { record, .. } = &entry {
            last_record = Some(*record);
        }
        entries.push(entry);
    }
    Some(entries)
}

fn decode_entry<'c>(tag: u8, bytes: &mut &'c [u8], last_record: Option<i64>) -> Option<Beside<'c>> {
    let param = i64::from(u16::try_from(take_short(bytes)?).ok()?);
    let token = |bytes: &mut &'c [u8], system: i64| {
        let length = usize::try_from(take_short(bytes)?).ok()?;
        Some(Entry::Token { param, code: take_text(bytes, length)?, system })
    };
    match tag {
        tag::PLAIN_TOKEN => token(bytes, NO_SYSTEM),
        tag::TEXT => token(bytes, TEXT),
        tag::TOKEN => {
            let mut key = [0u8; 8];
            key[8 - SYSTEM_BYTES..].copy_from_slice(&take::<SYSTEM_BYTES>(bytes)?);
            token(bytes, i64::from_be_bytes(key))
        }
        tag::WIDE_TOKEN => {
            let system = i64::from_be_bytes(take::<8>(bytes)?);
            token(bytes, system)
        }
        tag::DATE => {
            let lo = take_number(bytes)?;
            let long = i64::try_from(take_short(bytes)?).ok()?;
            Some(Entry::Date { param, lo, hi: lo.checked_add(long)? })
        }
        tag::OPEN_DATE => Some(Entry::Date { param, lo: take_number(bytes)?, hi: take_number(bytes)? }),
        tag::REFERENCE | tag::REFERENCE_SAME_RECORD => {
            let record = if tag == tag::REFERENCE { take_number(bytes)? } else { last_record? };
            let kind = take_short(bytes)? as i64;
            Some(Entry::Reference { param, record, kind, local: take_number(bytes)? })
        }
        _ => None,
    }
}

/// The form of the column that has parameters of two bytes and integers of eight, little-endian; text stands behind its
/// length (two bytes, or 0xffff and eight).
fn decode_first_form<'c>(tag: u8, bytes: &mut &'c [u8]) -> Option<Beside<'c>> {
    let param = i64::from(u16::from_le_bytes(take::<2>(bytes)?));
    Some(match tag {
        tag::FIRST_TOKEN => {
            let system = take_number(bytes)?;
            let length = match u16::from_le_bytes(take::<2>(bytes)?) {
                LONG => usize::try_from(take_number(bytes)?).ok()?,
                short => usize::from(short),
            };
            Entry::Token { param, code: take_text(bytes, length)?, system }
        }
        tag::FIRST_DATE => Entry::Date { param, lo: take_number(bytes)?, hi: take_number(bytes)? },
        _ => Entry::Reference {
            param,
            record: take_number(bytes)?,
            kind: take_number(bytes)?,
            local: take_number(bytes)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_entry() -> impl Strategy<Value = Entry> {
        let system = prop_oneof![Just(NO_SYSTEM), Just(TEXT), 1..1i64 << 48, any::<i64>()];
        let moment = prop_oneof![Just(i64::MIN), Just(i64::MAX), 0..1i64 << 51, any::<i64>()];
        prop_oneof![
            (0..4_000i64, ".{0,12}", system).prop_map(|(param, code, system)| Entry::Token {
                param,
                code,
                system
            }),
            (0..4_000i64, moment.clone(), moment).prop_map(|(param, lo, hi)| Entry::Date { param, lo, hi }),
            (0..4_000i64, 0..2i64, 0..50i64, any::<i64>())
                .prop_map(|(param, record, kind, local)| Entry::Reference { param, record, kind, local }),
            (0..4_000i64, any::<i64>(), any::<i64>(), any::<i64>())
                .prop_map(|(param, record, kind, local)| Entry::Reference { param, record, kind, local }),
        ]
    }

    proptest! {
        #[test]
        fn the_compact_column_reads_back(entries in proptest::collection::vec(any_entry(), 0..20)) {
            prop_assert_eq!(decode(&encode(&entries)), Some(entries));
        }

        #[test]
        fn a_damaged_column_is_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            drop(decode(&bytes));
        }

        #[test]
        fn a_cut_column_is_noticed_or_shorter(entries in proptest::collection::vec(any_entry(), 1..5)) {
            let bytes = encode(&entries);
            prop_assert_ne!(decode(&bytes[..bytes.len() - 1]), Some(entries));
        }
    }

    /// Columns on disk from before are read as they were written.
    #[test]
    fn the_first_form_of_the_column_is_still_read() {
        let mut column = vec![0, 43, 0];
        column.extend_from_slice(&77i64.to_le_bytes());
        column.extend_from_slice(&[5, 0]);
        column.extend_from_slice(b"718-7");
        column.extend_from_slice(&[1, 45, 0]);
        column.extend_from_slice(&9i64.to_le_bytes());
        column.extend_from_slice(&10i64.to_le_bytes());
        column.extend_from_slice(&[2, 82, 0]);
        for number in [5i64, 4, -3] {
            column.extend_from_slice(&number.to_le_bytes());
        }
        let token = Entry::Token { param: 43, code: "718-7".into(), system: 77 };
        let date = Entry::Date { param: 45, lo: 9, hi: 10 };
        let reference = Entry::Reference { param: 82, record: 5, kind: 4, local: -3 };
        let wanted = vec![token, date, reference];
        assert_eq!(decode(&column), Some(wanted.clone()));
        let now = encode(&wanted);
        assert!(now.len() * 4 < column.len() * 3, "{} of {} bytes", now.len(), column.len());
    }
}
