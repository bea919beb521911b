//! Letters of names, compared quickly: one slip of the pen, Jaro-Winkler likeness, and what a name sounds like.
//!
//! All work on folded bytes ([`super::super::names::fold`]): lower case, no accents, no spaces.

/// Longest stretch of letters that is compared; the rest of a longer word says little.
const MOST_LETTERS: usize = 64;
/// Places of a table of letters: a to z and the digits have few in common.
const LETTER_PLACES: usize = 32;
/// Letters of the common beginning that Winkler's rule rewards.
pub(super) const WINKLER_LETTERS: usize = 4;
/// Likeness from which it rewards them.
const WINKLER_FROM: f32 = 0.7;

/// Whether two words differ by one letter added, lost or changed, or by two neighbours swapped. Equal words do not.
#[must_use]
pub fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (rest_short, rest_long) = (&short[same..], &long[same..]);
    if short.len() < long.len() {
        return rest_short == &rest_long[1..];
    }
    match (rest_short, rest_long) {
        ([], []) => false,
        ([_, x @ ..], [_, y @ ..]) if x == y => true,
        ([p, q, x @ ..], [r, s, y @ ..]) => p == s && q == r && x == y,
        _ => false,
    }
}

/// Jaro-Winkler likeness of two words, from 0 (nothing in common) to 1 (equal). Symmetric.
#[must_use]
pub fn likeness(a: &[u8], b: &[u8]) -> f32 {
    let (a, b) = (&a[..a.len().min(MOST_LETTERS)], &b[..b.len().min(MOST_LETTERS)]);
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
    let window = (b.len() / 2).saturating_sub(1);
    // Where each letter stands in the longer word; letters that share a place are told apart when they are taken.
    let mut places = [0u64; LETTER_PLACES];
    for (j, other) in b.iter().enumerate() {
        places[usize::from(*other) % LETTER_PLACES] |= 1 << j;
    }
    let (mut taken_a, mut taken_b) = (0u64, 0u64);
    for (i, letter) in a.iter().enumerate() {
        let (from, to) = (i.saturating_sub(window), (i + window + 1).min(b.len()));
        let near = u64::MAX >> (MOST_LETTERS - (to - from)) << from;
        let mut free = places[usize::from(*letter) % LETTER_PLACES] & near & !taken_b;
        while free != 0 {
            if b[free.trailing_zeros() as usize] == *letter {
                taken_a |= 1 << i;
                taken_b |= free & free.wrapping_neg();
                break;
            }
            free &= free - 1;
        }
    }
    let common = taken_a.count_ones();
    if common == 0 {
        return 0.0;
    }
    let (mut swaps, mut left, mut right) = (0u32, taken_a, taken_b);
    while left != 0 {
        let (i, j) = (left.trailing_zeros() as usize, right.trailing_zeros() as usize);
        swaps += u32::from(a[i] != b[j]);
        left &= left - 1;
        right &= right - 1;
    }
    let m = common as f32;
    let jaro = (m / a.len() as f32 + m / b.len() as f32 + (m - (swaps / 2) as f32) / m) / 3.0;
    if jaro <= WINKLER_FROM {
        return jaro;
    }
    let beginning = common_beginning(a, b);
    jaro + beginning as f32 * 0.1 * (1.0 - jaro)
}

/// The most that [`likeness`] can be, told by how long two words are, which letters occur ([`letter_set`]) and how many
/// they begin with together (four at most). What cannot reach a threshold need not be compared.
#[must_use]
pub fn likeness_at_most(a: (usize, u32), b: (usize, u32), beginning: usize) -> f32 {
    let ((len_a, set_a), (len_b, set_b)) = (a, b);
    // Every letter that the other has not stands at one place at least.
    let left_a = len_a.saturating_sub((set_a & !set_b).count_ones() as usize);
    let left_b = len_b.saturating_sub((set_b & !set_a).count_ones() as usize);
    let m = left_a.min(left_b) as f32;
    if m == 0.0 {
        return 0.0;
    }
    let jaro = (m / len_a as f32 + m / len_b as f32 + 1.0) / 3.0;
    jaro + beginning as f32 * 0.1 * (1.0 - jaro)
}

/// Letters that two words begin with together, of those that [`likeness`] rewards.
#[must_use]
pub fn common_beginning(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take(WINKLER_LETTERS).take_while(|(x, y)| x == y).count()
}

/// Which letters occur, one bit for each of a to z, the rest in six more: words with few in common cannot be alike.
#[must_use]
pub fn letter_set(word: &[u8]) -> u32 {
    word.iter().fold(0, |set, byte| {
        let bit = if byte.is_ascii_lowercase() { byte - b'a' } else { 26 + byte % 6 };
        set | 1 << bit
    })
}

/// What a word sounds like: its consonants in classes, at most six of them, vowels and silent letters left out.
/// Words of many languages written by ear (Mohammed, Muhamad; Thibodeau, Tibodo) give the same. 0 for no letters.
#[must_use]
pub fn sound(word: &[u8]) -> u32 {
    const MOST: u32 = 6;
    let (mut code, mut count, mut last) = (0u32, 0u32, 0u32);
    let mut at = 0;
    while at < word.len() && count < MOST {
        let (letter, next) = (word[at], word.get(at + 1).copied().unwrap_or(0));
        let (class, step) = match (letter, next) {
            (b'p', b'h') => (1, 2),
            (b's' | b'c', b'h') => (7, 2),
            (b'c', b'k') | (b'q', b'u') => (6, 2),
            (b't', b'h') => (3, 2),
            (b'g', b'h') | (b'k', b'n') if at == 0 && letter == b'k' => (0, 1),
            (b'g', b'h') => (0, 2),
            (b'f' | b'v', _) => (1, 1),
            (b'p' | b'b', _) => (2, 1),
            (b't' | b'd', _) => (3, 1),
            (b'l', _) => (4, 1),
            (b'r', _) => (5, 1),
            (b'c', b'e' | b'i' | b'y') | (b's' | b'z' | b'x', _) => (7, 1),
            (b'g' | b'j' | b'k' | b'q' | b'c', _) => (6, 1),
            (b'm', _) => (8, 1),
            (b'n', _) => (9, 1),
            (b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'h' | b'w', _) => (0, 1),
            (other, _) => (10 + u32::from(other) % 6, 1),
        };
        if class != 0 && class != last {
            code = code * 16 + class;
            count += 1;
        }
        if count == 0 && at == 0 && class == 0 {
            code = 0xF;
            count = 1;
        }
        last = class;
        at += step;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slips() {
        for (a, b, expected) in [
            ("macneil", "macneill", true),
            ("sylliboy", "sillyboy", false),
            ("paul", "palu", true),
            ("paul", "saul", true),
            ("paul", "paul", false),
            ("paul", "pa", false),
            ("abcd", "acbe", false),
        ] {
            assert_eq!(one_slip(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(one_slip(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }

    #[test]
    fn likeness_is_that_of_the_books() {
        for (a, b) in [("martha", "marhta"), ("dwayne", "duane"), ("dixon", "dicksonx"), ("googoo", "gould")]
        {
            let (ours, theirs) = (likeness(a.as_bytes(), b.as_bytes()), strsim::jaro_winkler(a, b));
            assert!((f64::from(ours) - theirs).abs() < 0.02, "{a} {b}: {ours} {theirs}");
            assert!((ours - likeness(b.as_bytes(), a.as_bytes())).abs() < f32::EPSILON);
        }
    }

    proptest! {
        /// Against a reading that takes letters one by one, and under the bound; digits share places with letters.
        #[test]
        fn likeness_of_any_words(a in "[a-dp-s0-3@.]{0,12}", b in "[a-dp-s0-3@.]{0,12}") {
            let (x, y) = (a.as_bytes(), b.as_bytes());
            let ours = likeness(x, y);
            prop_assert!((ours - likeness(y, x)).abs() < f32::EPSILON);
            prop_assert!((ours - slowly(x, y)).abs() < f32::EPSILON, "{} {}", ours, slowly(x, y));
            let most = likeness_at_most(
                (x.len(), letter_set(x)), (y.len(), letter_set(y)), common_beginning(x, y));
            prop_assert!(x.is_empty() || y.is_empty() || ours <= most + 1e-6, "{} {}", ours, most);
        }
    }

    fn slowly(a: &[u8], b: &[u8]) -> f32 {
        if a.is_empty() || b.is_empty() {
            return 0.0;
        }
        let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
        let window = (b.len() / 2).saturating_sub(1);
        let mut taken = vec![false; b.len()];
        let mut left = Vec::new();
        for (i, letter) in a.iter().enumerate() {
            let near = i.saturating_sub(window)..(i + window + 1).min(b.len());
            if let Some(j) = near.into_iter().find(|&j| !taken[j] && b[j] == *letter) {
                taken[j] = true;
                left.push(*letter);
            }
        }
        if left.is_empty() {
            return 0.0;
        }
        let right = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
        let swaps = left.iter().zip(right).filter(|(x, y)| x != y).count();
        let m = left.len() as f32;
        let jaro = (m / a.len() as f32 + m / b.len() as f32 + (m - (swaps / 2) as f32) / m) / 3.0;
        if jaro <= WINKLER_FROM { jaro } else { jaro + common_beginning(a, b) as f32 * 0.1 * (1.0 - jaro) }
    }

    #[test]
    fn names_written_by_ear_sound_alike() {
        for (a, b) in [
            ("mohammed", "muhamad"),
            ("thibodeau", "tibodo"),
            ("yousef", "yusuf"),
            ("philip", "filip"),
            ("catherine", "katherine"),
            ("schmidt", "shmit"),
        ] {
            assert_eq!(sound(a.as_bytes()), sound(b.as_bytes()), "{a} {b}");
        }
        assert_ne!(sound(b"paul"), sound(b"peter"));
        assert_eq!(sound(b""), 0);
    }
}
