//! Rows as bytes, the same whichever database they come from, and what a table of them adds up to.

use crate::activity::{Hash, hex, unhex};
use crate::sql::schema;
use crate::sql::{NUL, Row, Value, ValueRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A column that holds nothing, a whole number, a fraction, a text, bytes; and a text with U+0000 in it.
const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BYTES: u8 = 4;
const TEXT_WITH_NUL: u8 = 5;

/// Notes which migrations were applied; it is not copied but written when everything else is.
const MIGRATIONS_TABLE: &str = "schema_migration";

/// A table as it is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Its name.
    pub(crate) name: String,
    /// Every column.
    pub(crate) columns: Vec<String>,
    /// Places of the columns of its primary key among them.
    pub(crate) key: Vec<usize>,
}

/// Every table of the schema that is copied, in the order of the schema.
pub(crate) fn tables() -> Vec<Copied> {
    let of = |table: schema::Table| {
        let place = |column: &String| table.columns.iter().position(|known| known == column);
        let key = table.primary.iter().filter_map(place).collect();
        Copied { name: table.name, columns: table.columns, key }
    };
    let all = schema::tables(crate::SCHEMA).into_iter();
    all.filter(|table| table.name != MIGRATIONS_TABLE).map(of).collect()
}

impl Copied {
    /// Reads it in the order of its key, from behind a key when `after` says so (as `?1` and so on).
    pub(crate) fn select(&self, after: bool) -> String {
        let key: Vec<&str> = self.key.iter().map(|place| self.columns[*place].as_str()).collect();
        let (columns, key) = (self.columns.join(", "), key.join(", "));
        let marks: Vec<String> = (1..=self.key.len()).map(|n| format!("?{n}")).collect();
        let behind = if after { format!(" WHERE ({key}) > ({})", marks.join(", ")) } else { String::new() };
        format!("SELECT {columns} FROM {}{behind} ORDER BY {key}", self.name)
    }
}

/// Writes a row into a table.
pub(crate) fn insert(table: &str, columns: &[String]) -> String {
    let marks: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), marks.join(", "))
}

/// Bytes of a row.
pub(crate) fn encode(row: &Row<'_>, columns: usize, into: &mut Vec<u8>) -> crate::sql::Result<()> {
    (0..columns).try_for_each(|column| encode_one(row, column, into))
}

/// Bytes of one column of a row.
pub(crate) fn encode_one(row: &Row<'_>, column: usize, into: &mut Vec<u8>) -> crate::sql::Result<()> {
    value(row.get_ref(column)?, into);
    Ok(())
}

fn value(value: ValueRef<'_>, into: &mut Vec<u8>) {
    match value {
        ValueRef::Null => into.push(NULL),
        ValueRef::Integer(number) => {
            into.push(INTEGER);
            into.extend(number.to_be_bytes());
        }
        ValueRef::Real(number) => {
            into.push(REAL);
            into.extend(number.to_bits().to_be_bytes());
        }
        ValueRef::Text(text) if text.contains(&0) => put(TEXT_WITH_NUL, text, into),
        ValueRef::Text(text) => put(TEXT, text, into),
        ValueRef::Blob(bytes) => put(BYTES, bytes, into),
    }
}

fn put(sort: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(sort);
    // A column is at most a gigabyte on either database.
    into.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    into.extend(bytes);
}

/// The values of a row; `None` when the bytes are not those of one.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    while let Some((sort, rest)) = bytes.split_first() {
        let (value, behind) = match *sort {
            NULL => (Value::Null, rest),
            INTEGER | REAL => {
                let (number, behind) = rest.split_first_chunk::<8>()?;
                let value = match *sort {
                    INTEGER => Value::Integer(i64::from_be_bytes(*number)),
                    _ => Value::Real(f64::from_bits(u64::from_be_bytes(*number))),
                };
                (value, behind)
            }
            TEXT | TEXT_WITH_NUL | BYTES => {
                let (length, behind) = rest.split_first_chunk::<4>()?;
                let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
                let (part, behind) = behind.split_at_checked(length)?;
                let value = match *sort {
                    BYTES => Value::Blob(part.to_vec()),
                    _ => Value::Text(String::from_utf8(part.to_vec()).ok()?),
                };
                (value, behind)
            }
            _ => return None,
        };
        values.push(value);
        bytes = behind;
    }
    Some(values)
}

/// What a table adds up to: how many rows it has, and the sum of their SHA-256 hashes modulo 2^256, which does not ask in
/// which order they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableSum {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The sum of their hashes, hexadecimal.
    #[serde(with = "hexadecimal")]
    pub sum: Hash,
}

pub(crate) mod hexadecimal {
    use super::{Hash, hex, unhex};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(hash: &Hash, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(hash))
    }
    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(from)?;
        unhex(&text).ok_or_else(|| D::Error::custom("not 64 hexadecimal digits"))
    }
}

impl TableSum {
    /// Of no rows yet.
    pub(crate) fn of(table: &str) -> Self {
        Self { table: table.to_owned(), ..Self::default() }
    }

    /// The sum as people compare it.
    #[must_use]
    pub fn digits(&self) -> String {
        hex(&self.sum)
    }

    /// One more row.
    pub(crate) fn add(&mut self, row: &[u8]) {
        let hash: Hash = match shown(row) {
            Some(shown) => Sha256::digest(shown).into(),
            None => Sha256::digest(row).into(),
        };
        let mut carry = 0u16;
        for (place, more) in self.sum.iter_mut().zip(hash).rev() {
            let digit = u16::from(*place) + u16::from(more) + carry;
            carry = digit >> 8;
            *place = digit.to_be_bytes()[1];
        }
        self.rows += 1;
    }
}

/// The row as a PostgreSQL keeps it, when a text of it has U+0000: both count as the same.
fn shown(row: &[u8]) -> Option<Vec<u8>> {
    if !row.contains(&TEXT_WITH_NUL) {
        return None;
    }
    let values = decode(row)?;
    let mut bytes = Vec::with_capacity(row.len() + 8);
    for one in &values {
        match one {
            Value::Text(text) => put(TEXT, text.replace('\0', NUL).as_bytes(), &mut bytes),
            other => value(other.into(), &mut bytes),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes_of(values: &[Value]) -> Vec<u8> {
        let mut bytes = Vec::new();
        values.iter().for_each(|one| value(one.into(), &mut bytes));
        bytes
    }

    fn values() -> impl Strategy<Value = Vec<Value>> {
        let one = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            "[a-z\\x00é]{0,9}".prop_map(Value::Text),
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::Blob),
        ];
        proptest::collection::vec(one, 1..6)
    }

    proptest! {
        #[test]
        fn rows_come_back(row in values()) {
            prop_assert_eq!(decode(&bytes_of(&row)), Some(row));
        }

        #[test]
        fn damage_is_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn the_order_of_rows_does_not_matter_and_each_of_them_does(rows in proptest::collection::vec(values(), 1..9)) {
            let sum = |rows: &mut dyn Iterator<Item = &Vec<Value>>| {
                let mut sum = TableSum::of("t");
                rows.for_each(|row| sum.add(&bytes_of(row)));
                sum
            };
            let all = sum(&mut rows.iter());
            prop_assert_eq!(&all, &sum(&mut rows.iter().rev()));
            let without = sum(&mut rows.iter().skip(1));
            prop_assert_ne!(all.sum, without.sum);
        }
    }

    #[test]
    fn a_text_with_a_nul_counts_as_postgresql_keeps_it() {
        let sum = |text: &str| {
            let mut sum = TableSum::of("t");
            sum.add(&bytes_of(&[Value::Text(text.to_owned()), Value::Integer(5)]));
            sum
        };
        assert_eq!(sum("a\0b"), sum("a\u{2400}b"));
        assert_ne!(sum("a\0b"), sum("ab"));
    }

    #[test]
    fn every_table_has_a_key_to_go_on_from() {
        let tables = tables();
        assert!(tables.len() > 80 && tables.iter().all(|table| !table.key.is_empty()));
        assert!(tables.iter().all(|table| table.name != MIGRATIONS_TABLE));
        let key = tables.iter().find(|table| table.name == "journal_key").unwrap();
        assert_eq!(
            key.select(true),
            "SELECT link, control_id, digest, id FROM journal_key WHERE (link, control_id, digest) > (?1, ?2, ?3) \
             ORDER BY link, control_id, digest"
        );
        assert_eq!(insert("t", &["a".into(), "b".into()]), "INSERT INTO t (a, b) VALUES (?1, ?2)");
    }
}
