//! Searching eight bytes at a time in a register. Parts of a message are a few bytes long; a search by vector
//! costs more to start than they cost to read.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// From this length on a search by vector wins.
const LONG: usize = 64;

/// Eight copies of a byte.
#[inline]
pub(crate) fn splat(byte: u8) -> u64 {
    LOW * u64::from(byte)
}

/// The eight bytes at `at`, the first one lowest; `None` where fewer are left.
#[inline]
pub(crate) fn word_at(text: &[u8], at: usize) -> Option<u64> {
    let (word, _) = text.get(at..)?.split_first_chunk::<8>()?;
    Some(u64::from_le_bytes(*word))
}

/// High bit set in every byte of the word that equals the byte one of the patterns repeats. The first mark of a
/// pattern is always a hit; bytes after it may be marked though they differ, so the caller looks at each.
#[inline]
pub(crate) fn perhaps_any<const N: usize>(word: u64, patterns: [u64; N]) -> u64 {
    let mut marks = 0;
    for pattern in patterns {
        let x = word ^ pattern;
        marks |= x.wrapping_sub(LOW) & !x;
    }
    marks & HIGH
}

/// Offset in its word of the first marked byte.
#[inline]
pub(crate) fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// Offset of `byte` in `text[start..end]`, counted from the start of `text`.
#[inline]
pub(crate) fn find(byte: u8, text: &[u8], start: usize, end: usize) -> Option<usize> {
    if end.saturating_sub(start) > LONG {
        return memchr::memchr(byte, text.get(start..end)?).map(|at| start + at);
    }
    let pattern = splat(byte);
    let mut at = start;
    while at < end {
        // The word may reach beyond `end`: a hit there is none.
        let Some(word) = word_at(text, at) else {
            return text.get(at..end)?.iter().position(|&b| b == byte).map(|found| at + found);
        };
        let marks = perhaps_any(word, [pattern]);
        if marks != 0 {
            return Some(at + first(marks)).filter(|&found| found < end);
        }
        at += 8;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_loop_finds(
            text in proptest::collection::vec(prop_oneof![Just(b'|'), Just(b'}'), Just(0x7B), Just(0xFC), any::<u8>()], 0..90),
            start in 0usize..90,
            end in 0usize..90,
        ) {
            let (start, end) = (start.min(text.len()), end.min(text.len()));
            let plain = (start..end).find(|&i| text[i] == b'|');
            prop_assert_eq!(find(b'|', &text, start, end), plain);
        }

        #[test]
        fn marks_every_hit(bytes in any::<[u8; 8]>(), byte in any::<u8>(), other in any::<u8>()) {
            let word = u64::from_le_bytes(bytes);
            let perhaps = perhaps_any(word, [splat(byte), splat(other)]);
            for (i, &b) in bytes.iter().enumerate() {
                let mark = 0x80u64 << (8 * i);
                prop_assert!(perhaps & mark != 0 || (b != byte && b != other));
            }
        }
    }
}
