//! Who is compared with whom in bulk: records under one key, each pair once.

use super::book::Book;
use super::keys::{keys, most_under};
use super::lexicon::{Lexicon, Words};
use super::record::Packed;

/// Marks the last member of a group.
const LAST: u32 = 1 << 31;

/// The groups of records that share a key.
#[derive(Debug, Default)]
pub struct Groups {
    /// Members of all groups, ascending within each; the last one of a group is marked.
    members: Vec<u32>,
    /// Where the record's places in `members` begin, those not counted where it is the last.
    starts: Vec<u32>,
    places: Vec<u32>,
    /// Keys left out because too many records share them.
    pub crowded: usize,
}

impl Groups {
    /// Group all records.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        Self::of_records(&book.words, &book.records)
    }

    /// Group records whose words are these.
    #[must_use]
    pub fn of_records(words: &Lexicon, records: &[Packed]) -> Self {
        let words = Words::from(words);
        let mut list: Vec<u64> = Vec::with_capacity(records.len() * 12);
        for (n, record) in records.iter().enumerate() {
            for key in keys(words, record).as_slice() {
                list.push(u64::from(*key) << 32 | n as u64);
            }
        }
        sort_by_key(&mut list);
        let mut groups = Self { starts: vec![0; records.len() + 1], ..Self::default() };
        // Where each group lies in the list, and its first record.
        let mut found: Vec<u64> = Vec::new();
        let mut from = 0;
        for group in list.chunk_by(|a, b| a >> 32 == b >> 32) {
            let at = from;
            from += group.len();
            if group.len() == 1 {
                continue;
            }
            if group.len() > most_under((group[0] >> 32) as u32) {
                groups.crowded += 1;
                continue;
            }
            found.push((group[0] & 0xFFFF_FFFF) << 32 | at as u64);
        }
        sort_by_key(&mut found);
        // In the order of their first records, so that what a record reads lies side by side; what several keys say of
        // the very same records is kept once.
        let end_of = |at: usize| {
            let key = list[at] >> 32;
            at + list[at..].iter().take_while(|entry| *entry >> 32 == key).count()
        };
        for of_one in found.chunk_by(|a, b| a >> 32 == b >> 32) {
            let begin = groups.members.len();
            for at in of_one {
                let at = (at & 0xFFFF_FFFF) as usize;
                groups.add(begin, &list[at..end_of(at)]);
            }
        }
        drop((list, found));
        for n in 1..groups.starts.len() {
            groups.starts[n] += groups.starts[n - 1];
        }
        let mut next = groups.starts.clone();
        groups.places = vec![0; groups.starts.last().map_or(0, |all| *all as usize)];
        for (place, member) in groups.members.iter().enumerate() {
            if member & LAST == 0 {
                let record = *member as usize;
                groups.places[next[record] as usize] = place as u32;
                next[record] += 1;
            }
        }
        groups
    }

    /// Adds a group, unless one of those from `begin` on has the very same members.
    fn add(&mut self, begin: usize, group: &[u64]) {
        let known = self.members[begin..].split_inclusive(|member| member & LAST != 0).any(|one| {
            one.len() == group.len()
                && one.iter().zip(group).all(|(member, entry)| member & !LAST == *entry as u32)
        });
        if known {
            return;
        }
        for entry in group {
            self.members.push(*entry as u32);
            self.starts[*entry as u32 as usize + 1] += 1;
        }
        if let Some(last) = self.members.last_mut() {
            *last |= LAST;
            // Nobody comes after the last.
            self.starts[(*last & !LAST) as usize + 1] -= 1;
        }
    }

    /// Collect every later record that shares a key with `record`, once. `seen` is one number for each record, kept
    /// by the caller from call to call.
    pub fn partners(&self, record: u32, seen: &mut [u32], found: &mut Vec<u32>) {
        found.clear();
        let from = self.starts[record as usize] as usize;
        let to = self.starts[record as usize + 1] as usize;
        for place in &self.places[from..to] {
            let mut at = *place as usize;
            while self.members[at] & LAST == 0 {
                at += 1;
                let other = self.members[at] & !LAST;
                if seen[other as usize] != record + 1 {
                    seen[other as usize] = record + 1;
                    found.push(other);
                }
            }
        }
    }
}

/// Sorts by the upper half; what is equal there keeps its order.
fn sort_by_key(list: &mut Vec<u64>) {
    const BITS: u32 = 11;
    const WAYS: usize = 1 << BITS;
    if list.len() < 1 << 14 {
        list.sort_unstable();
        return;
    }
    let mut other = vec![0u64; list.len()];
    for pass in 0..3 {
        let shift = 32 + pass * BITS;
        let mut counts = vec![0usize; WAYS];
        for entry in list.iter() {
            counts[(entry >> shift) as usize & (WAYS - 1)] += 1;
        }
        let mut next = 0;
        for count in &mut counts {
            next += std::mem::replace(count, next);
        }
        for entry in list.iter() {
            let place = &mut counts[(entry >> shift) as usize & (WAYS - 1)];
            other[*place] = *entry;
            *place += 1;
        }
        std::mem::swap(list, &mut other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_list_is_sorted_like_a_small_one() {
        let mut list: Vec<u64> =
            (0..40_000u64).map(|n| super::super::lexicon::mix(n) & !0xFFFF_FFFF | n).collect();
        let mut expected = list.clone();
        expected.sort_unstable();
        sort_by_key(&mut list);
        assert_eq!(list, expected);
    }
}
