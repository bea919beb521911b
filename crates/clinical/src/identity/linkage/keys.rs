//! Under which keys a record is remembered, so that those who might be the same person find each other.

use super::lexicon::{WordId, Words, hash_bytes, mix};
use super::record::{Packed, UNIDENTIFIED, UNNAMED_NEWBORN, as_mother};

/// Most keys of one record.
pub const MOST: usize = 24;

/// Keys of one record, without repeats.
#[derive(Debug, Clone)]
pub struct Keys {
    list: [u32; MOST],
    count: usize,
}

impl Keys {
    /// The keys.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        &self.list[..self.count]
    }
    fn add(&mut self, kind: u64, value: u64) {
        self.put(kind, value, 0);
    }
    /// A key of a place, which tells people apart only where few share it.
    fn add_weak(&mut self, kind: u64, value: u64) {
        self.put(kind, value, WEAK);
    }
    fn put(&mut self, kind: u64, value: u64, weak: u32) {
        let hash = mix(value ^ mix(kind.wrapping_mul(0xA24B_AED4_963E_E407))) as u32;
        let key = hash & !WEAK | weak | 1;
        if self.count < MOST && !self.as_slice().contains(&key) {
            self.list[self.count] = key;
            self.count += 1;
        }
    }
}

/// Bit of a key of a place.
const WEAK: u32 = 2;

/// Most records under a key that are compared with one another; beyond it the key says nothing about a person.
#[must_use]
pub fn most_under(key: u32) -> usize {
    if key & WEAK == 0 { 250 } else { 40 }
}

fn spelt(words: Words<'_>, id: WordId) -> u64 {
    hash_bytes(words.letters(id))
}

/// What stands for a given name: its nickname group, or its sound.
fn given_root(words: Words<'_>, id: WordId) -> u64 {
    let form = words.form(id);
    if form.groups[0] != 0 { 1 << 40 | u64::from(form.groups[0]) } else { u64::from(form.sound) }
}

/// The keys of a record.
#[must_use]
pub fn keys(words: Words<'_>, p: &Packed) -> Keys {
    let mut keys = Keys { list: [0; MOST], count: 0 };
    if p.card != 0 {
        keys.add(1, u64::from(as_mother(p.card)));
    }
    if p.mother != 0 {
        keys.add(1, u64::from(p.mother));
        keys.add(2, u64::from(p.mother) << 32 | u64::from(p.born));
    }
    if p.email != 0 {
        keys.add(3, spelt(words, p.email));
    }
    let born = u64::from(p.born);
    let (year, day) = (born / 10_000, born % 10_000);
    let named = !p.is(UNIDENTIFIED);
    let given = if p.is(UNNAMED_NEWBORN) || !named { 0 } else { p.given };
    let family = if named { p.family } else { 0 };
    // Day and month in one order, so that a swap still meets.
    let (low, high) = (day / 100, day % 100);
    let birthday = year << 16 | low.min(high) << 8 | low.max(high);
    if p.telephone != 0 {
        if year != 0 {
            keys.add(4, mix(p.telephone) ^ year);
        }
        if given != 0 {
            keys.add(5, mix(p.telephone) ^ given_root(words, given));
        }
    }
    if day != 0 {
        if family != 0 {
            keys.add(6, birthday << 32 | u64::from(words.form(family).sound));
            for part in words.form(family).tokens {
                if part != 0 && words.letters(part).len() > 2 {
                    keys.add(6, birthday << 32 | u64::from(words.form(part).sound));
                }
            }
        }
        if given != 0 {
            keys.add(6, mix(given_root(words, given)) ^ birthday);
            keys.add(6, birthday << 32 | u64::from(words.form(given).sound));
        }
        if p.middle != 0 && !words.form(p.middle).initial {
            keys.add(6, mix(given_root(words, p.middle)) ^ birthday);
        }
        if p.postal != 0 {
            keys.add(7, birthday << 32 | u64::from(p.postal));
        }
        if p.number != 0 {
            keys.add(8, birthday << 32 | u64::from(p.number));
        }
    }
    if given != 0 && family != 0 {
        let (one, other) = (spelt(words, given), spelt(words, family));
        keys.add(9, one.wrapping_add(other));
        let sounds = u64::from(words.form(family).sound);
        if year != 0 {
            keys.add(10, mix(given_root(words, given)) ^ mix(sounds << 16 | year));
        }
        if day != 0 {
            keys.add(
                11,
                mix(given_root(words, given)) ^ mix(sounds << 16 | low.min(high) << 8 | low.max(high)),
            );
        }
    }
    if p.street != 0 && p.number != 0 {
        keys.add_weak(16, u64::from(words.form(p.street).sound) << 32 | u64::from(p.number));
    }
    if family != 0 && p.postal != 0 {
        if p.number != 0 {
            let sounds = u64::from(words.form(family).sound) << 32 | u64::from(p.postal);
            keys.add_weak(14, mix(sounds) ^ u64::from(p.number));
        }
        // The two initials in either order: swapped and misspelt names still meet.
        if let (true, Some(one), Some(other)) =
            (given != 0, words.letters(given).first(), words.letters(family).first())
        {
            let initials = u64::from(*one.min(other)) << 8 | u64::from(*one.max(other));
            keys.add_weak(15, initials << 32 | u64::from(p.postal));
        }
    }
    if p.stated() == u32::from(p.email != 0) {
        add_scant(&mut keys, words, p, given, family, birthday);
    }
    if given != 0 {
        if p.postal != 0 {
            keys.add(12, mix(given_root(words, given)) ^ u64::from(p.postal));
        }
        if p.street != 0 && p.number != 0 {
            keys.add(
                13,
                mix(given_root(words, given))
                    ^ mix(u64::from(words.form(p.street).sound) << 32 | u64::from(p.number)),
            );
        }
    }
    keys
}

/// Keys of a record that states no card, telephone or address: what it does state, one thing at a time. They tell
/// people apart only where few share them, which in a large file is nowhere.
fn add_scant(keys: &mut Keys, words: Words<'_>, p: &Packed, given: WordId, family: WordId, birthday: u64) {
    if !p.born.is_multiple_of(10_000) {
        keys.add_weak(17, birthday);
    }
    if p.city != 0 {
        let town = mix(spelt(words, p.city));
        if given != 0 {
            keys.add_weak(18, town ^ given_root(words, given));
        }
        if family != 0 {
            keys.add_weak(18, town ^ u64::from(words.form(family).sound));
        }
    }
    if p.email != 0 {
        let letters = words.letters(p.email);
        let local = &letters[..letters.iter().position(|l| *l == b'@').unwrap_or(letters.len())];
        keys.add_weak(19, hash_bytes(local));
    }
}
