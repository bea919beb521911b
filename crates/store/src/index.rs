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
/// Length that says that the real one follows.
const LONG: u16 = u16::MAX;

/// One value that a resource is found by. The order is the order of the tables' keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// A token or normalised text; a row of `find_token` when its parameter is global.
    Token { param: i64, code: String, system: i64 },
    /// A range of time; a row of `find_date` when its parameter is global.
    Date { param: i64, lo: i64, hi: i64 },
    /// A reference, found within a patient only.
    Reference { param: i64, record: i64, kind: i64, local: i64 },
}

impl Entry {
    /// Code of the search parameter.
    pub(crate) fn param(&self) -> i64 {
        match self {
            Entry::Token { param, .. } | Entry::Date { param, .. } | Entry::Reference { param, .. } => *param,
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

/// Compact column: per entry a tag, the parameter (two bytes) and the value; integers little-endian, text stands
/// behind its length (two bytes, or 0xffff and eight).
pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 24);
    let number = |out: &mut Vec<u8>, n: i64| out.extend_from_slice(&n.to_le_bytes());
    for entry in entries {
        let param = (entry.param() as u16).to_le_bytes();
        match entry {
            Entry::Token { code, system, .. } => {
                out.push(0);
                out.extend_from_slice(&param);
                number(&mut out, *system);
                match u16::try_from(code.len()) {
                    Ok(length) if length != LONG => out.extend_from_slice(&length.to_le_bytes()),
                    _ => {
                        out.extend_from_slice(&LONG.to_le_bytes());
                        number(&mut out, code.len() as i64);
                    }
                }
                out.extend_from_slice(code.as_bytes());
            }
            Entry::Date { lo, hi, .. } => {
                out.push(1);
                out.extend_from_slice(&param);
                number(&mut out, *lo);
                number(&mut out, *hi);
            }
            Entry::Reference { record, kind, local, .. } => {
                out.push(2);
                out.extend_from_slice(&param);
                number(&mut out, *record);
                number(&mut out, *kind);
                number(&mut out, *local);
            }
        }
    }
    out
}

/// Reads the compact column; `None` when it is cut short or says something else.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while let Some((&tag, rest)) = bytes.split_first() {
        bytes = rest;
        let param = i64::from(u16::from_le_bytes(take::<2>(&mut bytes)?));
        entries.push(match tag {
            0 => {
                let system = take_number(&mut bytes)?;
                let length = match u16::from_le_bytes(take::<2>(&mut bytes)?) {
                    LONG => usize::try_from(take_number(&mut bytes)?).ok()?,
                    short => usize::from(short),
                };
                let code = bytes.get(..length)?;
                bytes = &bytes[length..];
                Entry::Token { param, code: String::from_utf8(code.to_vec()).ok()?, system }
            }
            1 => Entry::Date { param, lo: take_number(&mut bytes)?, hi: take_number(&mut bytes)? },
            2 => Entry::Reference {
                param,
                record: take_number(&mut bytes)?,
                kind: take_number(&mut bytes)?,
                local: take_number(&mut bytes)?,
            },
            _ => return None,
        });
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_entry() -> impl Strategy<Value = Entry> {
        prop_oneof![
            (0..4_000i64, ".{0,12}", any::<i64>()).prop_map(|(param, code, system)| Entry::Token {
                param,
                code,
                system
            }),
            (0..4_000i64, any::<i64>(), any::<i64>()).prop_map(|(param, lo, hi)| Entry::Date {
                param,
                lo,
                hi
            }),
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
        fn a_cut_column_is_noticed_or_shorter(entries in proptest::collection::vec(any_entry(), 1..5)) {
            let bytes = encode(&entries);
            prop_assert_ne!(decode(&bytes[..bytes.len() - 1]), Some(entries));
        }
    }
}
