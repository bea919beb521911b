//! Values between us and PostgreSQL, in its binary formats (PostgreSQL 15, `src/backend/utils/adt/*send`).

use super::wire::types;
use bytes::BufMut;
use bytes::BytesMut;
use rusqlite::types::ValueRef;

/// What stands for U+0000 in texts, which PostgreSQL does not keep: U+2400, the picture of it. Only words of senders can
/// have one (control ids, names); bytes that must stay as they are stand in `bytea`.
pub(crate) const NUL: &str = "\u{2400}";

/// A value of a type as SQLite would give it.
pub(super) fn value(kind: u32, bytes: &[u8]) -> Result<ValueRef<'_>, String> {
    let short = || format!("{} bytes of type {kind}", bytes.len());
    Ok(match kind {
        types::BOOL => ValueRef::Integer(i64::from(bytes != [0])),
        types::INT2 => ValueRef::Integer(i16::from_be_bytes(bytes.try_into().map_err(|_| short())?).into()),
        types::INT4 => ValueRef::Integer(i32::from_be_bytes(bytes.try_into().map_err(|_| short())?).into()),
        types::INT8 => ValueRef::Integer(i64::from_be_bytes(bytes.try_into().map_err(|_| short())?)),
        types::FLOAT4 => ValueRef::Real(f32::from_be_bytes(bytes.try_into().map_err(|_| short())?).into()),
        types::FLOAT8 => ValueRef::Real(f64::from_be_bytes(bytes.try_into().map_err(|_| short())?)),
        types::NUMERIC => ValueRef::Integer(whole(bytes).ok_or_else(short)?),
        types::BYTEA => ValueRef::Blob(bytes),
        _ => ValueRef::Text(bytes),
    })
}

/// A `numeric` that is a whole number, as sums are: digits of base 10,000.
fn whole(bytes: &[u8]) -> Option<i64> {
    let word = |n: usize| bytes.get(n * 2..n * 2 + 2).and_then(|b| b.try_into().ok()).map(i16::from_be_bytes);
    let (digits, weight, sign) = (word(0)?, word(1)?, word(2)?);
    let mut sum: i64 = 0;
    for place in 0..=weight {
        let digit = if place < digits { i64::from(word(4 + usize::try_from(place).ok()?)?) } else { 0 };
        sum = sum.checked_mul(10_000)?.checked_add(digit)?;
    }
    Some(if sign == 0x4000 { -sum } else { sum })
}

/// Writes a value for a parameter of a type; `false` for null.
pub(super) fn encode(value: ValueRef<'_>, kind: u32, into: &mut BytesMut) -> Result<bool, String> {
    let other = |what: &str| Err(format!("{what} is given where type {kind} is asked for"));
    match (value, kind) {
        (ValueRef::Null, _) => return Ok(false),
        (ValueRef::Integer(n), types::INT8) => into.put_i64(n),
        (ValueRef::Integer(n), types::INT4) => {
            into.put_i32(n.try_into().map_err(|_| format!("{n} is given where type {kind} is asked for"))?);
        }
        (ValueRef::Integer(n), types::INT2) => {
            into.put_i16(n.try_into().map_err(|_| format!("{n} is given where type {kind} is asked for"))?);
        }
        (ValueRef::Integer(n), types::BOOL) => into.put_u8(u8::from(n != 0)),
        (ValueRef::Integer(n), types::TEXT) => into.put_slice(n.to_string().as_bytes()),
        (ValueRef::Real(x), types::FLOAT8) => into.put_f64(x),
        (ValueRef::Blob(bytes), types::BYTEA) => into.put_slice(bytes),
        (ValueRef::Text(bytes), types::BYTEA | types::INT8 | types::INT4 | types::FLOAT8) => {
            return other(&format!("text of {} bytes", bytes.len()));
        }
        (ValueRef::Text(bytes), _) if !bytes.contains(&0) => into.put_slice(bytes),
        (ValueRef::Text(bytes), _) => {
            for (n, piece) in bytes.split(|byte| *byte == 0).enumerate() {
                if n > 0 {
                    into.put_slice(NUL.as_bytes());
                }
                into.put_slice(piece);
            }
        }
        (ValueRef::Integer(_), _) => return other("a number"),
        (ValueRef::Real(_), _) => return other("a fraction"),
        (ValueRef::Blob(_), _) => return other("bytes"),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_bytes_come_back(n in any::<i64>(), bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut into = BytesMut::new();
            prop_assert!(encode(ValueRef::Integer(n), types::INT8, &mut into).unwrap());
            prop_assert_eq!(value(types::INT8, &into).unwrap(), ValueRef::Integer(n));
            into.clear();
            prop_assert!(encode(ValueRef::Blob(&bytes), types::BYTEA, &mut into).unwrap());
            prop_assert_eq!(value(types::BYTEA, &into).unwrap(), ValueRef::Blob(&bytes));
        }

        #[test]
        fn damage_is_no_panic(kind in 0u32..1_800, bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            let _ = value(kind, &bytes);
        }
    }

    #[test]
    fn sums_are_whole_numbers() {
        // 12,345,678 = 1234 * 10,000 + 5678; and 30,000, whose last digit is left out.
        let numeric =
            |words: &[i16]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
        assert_eq!(whole(&numeric(&[2, 1, 0, 0, 1234, 5678])), Some(12_345_678));
        assert_eq!(whole(&numeric(&[1, 1, 0x4000, 0, 3])), Some(-30_000));
        assert_eq!(whole(&numeric(&[0, 0, 0, 0])), Some(0));
    }

    #[test]
    fn a_text_with_a_nul_keeps_its_place() {
        let mut into = BytesMut::new();
        assert!(encode(ValueRef::Text(b"a\0b"), types::TEXT, &mut into).unwrap());
        assert_eq!(&into[..], "a\u{2400}b".as_bytes());
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        let mut into = BytesMut::new();
        assert!(encode(ValueRef::Integer(1 << 40), types::INT4, &mut into).is_err());
        assert!(encode(ValueRef::Text(b"x"), types::INT8, &mut into).is_err());
    }
}
