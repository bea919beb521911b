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
    /// Where the record's places in `members` begin.
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
        for group in list.chunk_by(|a, b| a >> 32 == b >> 32).filter(|g| g.len() > 1) {
            if group.len() > most_under((group[0] >> 32) as u32) {
                groups.crowded += 1;
                continue;
            }
            for entry in group {
                groups.members.push(*entry as u32);
                groups.starts[*entry as u32 as usize + 1] += 1;
            }
            if let Some(last) = groups.members.last_mut() {
                *last |= LAST;
            }
        }
        drop(list);
        for n in 1..groups.starts.len() {
            groups.starts[n] += groups.starts[n - 1];
        }
        let mut next = groups.starts.clone();
        groups.places = vec![0; groups.members.len()];
        for (place, member) in groups.members.iter().enumerate() {
            let record = (member & !LAST) as usize;
            groups.places[next[record] as usize] = place as u32;
            next[record] += 1;
        }
        groups
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
