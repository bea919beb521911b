//! The part of CBOR (RFC 8949) that authenticators write: definite lengths, integers, bytes, text, arrays, maps, and the
//! simple values. Anything else is refused.

/// Nested no deeper than this: what WebAuthn writes has four levels.
const DEEPEST: u8 = 8;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// An integer.
    Int(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// A map, in the order written.
    Map(Vec<(Value, Value)>),
    /// False, true or null.
    Simple(u8),
}

impl Value {
    /// The value of a text key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.find(|known| matches!(known, Self::Text(text) if text == key))
    }
    /// The value of an integer key.
    pub(super) fn at(&self, key: i64) -> Option<&Self> {
        self.find(|known| *known == Self::Int(key))
    }
    fn find(&self, is: impl Fn(&Self) -> bool) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(key, _)| is(key)).map(|(_, value)| value)
    }
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
    pub(super) fn int(&self) -> Option<i64> {
        if let Self::Int(int) = self { Some(*int) } else { None }
    }
}

/// The first value of some bytes, and how many it takes.
pub(super) fn read(bytes: &[u8]) -> Option<(Value, usize)> {
    let mut rest = bytes;
    let value = value(&mut rest, 0)?;
    Some((value, bytes.len() - rest.len()))
}

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn value(rest: &mut &[u8], depth: u8) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let head = take(rest, 1)?[0];
    let (major, low) = (head >> 5, head & 31);
    if major == 7 {
        return (20..=22).contains(&low).then_some(Value::Simple(low));
    }
    let count = match low {
        0..=23 => u64::from(low),
        24..=27 => take(rest, 1 << (low - 24))?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        _ => return None,
    };
    let length = usize::try_from(count).ok()?;
    match major {
        0 => Some(Value::Int(i64::try_from(count).ok()?)),
        1 => Some(Value::Int(-1 - i64::try_from(count).ok()?)),
        2 => Some(Value::Bytes(take(rest, length)?.to_vec())),
        3 => Some(Value::Text(String::from_utf8(take(rest, length)?.to_vec()).ok()?)),
        4 => (0..length).map(|_| value(rest, depth + 1)).collect::<Option<_>>().map(Value::Array),
        5 => (0..length)
            .map(|_| Some((value(rest, depth + 1)?, value(rest, depth + 1)?)))
            .collect::<Option<_>>()
            .map(Value::Map),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_of_rfc_8949() {
        let int = |n| Some(Value::Int(n));
        for (bytes, wanted) in [
            (&[0x00][..], int(0)),
            (&[0x18, 0x64], int(100)),
            (&[0x19, 0x03, 0xe8], int(1000)),
            (&[0x39, 0x01, 0x00], int(-257)),
            (&[0x44, 1, 2, 3, 4], Some(Value::Bytes(vec![1, 2, 3, 4]))),
            (&[0x61, 0x61], Some(Value::Text("a".to_owned()))),
            (&[0xf5], Some(Value::Simple(21))),
            (&[0xa1, 0x01, 0x02], Some(Value::Map(vec![(Value::Int(1), Value::Int(2))]))),
            (&[0x82, 0x01, 0x02], Some(Value::Array(vec![Value::Int(1), Value::Int(2)]))),
            (&[0x5f, 0x41, 0x00, 0xff], None),
            (&[0x44, 1, 2], None),
            (&[0x9b, 255, 255, 255, 255, 255, 255, 255, 255], None),
        ] {
            assert_eq!(read(bytes).map(|(value, _)| value), wanted, "{bytes:02x?}");
        }
        assert_eq!(read(&[0x81; 20]), None, "too deep");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some((_, taken)) = read(&bytes) {
                prop_assert!(taken <= bytes.len());
            }
        }
    }
}
