//! Which records stand under a key: one table of eight bytes a key, and lists in blocks for keys that several share.

/// Most records under one key that are kept; a key of more says nothing, and whoever comes later is found by others.
pub const MOST_UNDER_A_KEY: usize = 200;

/// Marks a value that is a list.
const LIST: u32 = 1 << 31;
/// Bits of a block's number; the sort of block stands above.
const BLOCK_BITS: u32 = 27;
/// Numbers in the smallest block: how many records, and room for three.
const SMALLEST: usize = 4;
/// Sorts of blocks, each twice the one before; the largest holds [`MOST_UNDER_A_KEY`].
const SORTS: usize = 7;
/// Used places of ten, beyond which the table grows.
const FULL_OF_TEN: usize = 8;

/// Keys and the records under them. A key is a non-zero hash.
#[derive(Debug)]
pub struct Postings {
    table: Vec<u64>,
    used: usize,
    blocks: [Vec<u32>; SORTS],
    free: [Vec<u32>; SORTS],
}

/// A place whose key was removed: it is passed over when looking and used again when adding.
const REMOVED: u64 = 1;

impl Postings {
    /// Empty, with room for so many keys.
    #[must_use]
    pub fn with_room(keys: usize) -> Self {
        Self {
            table: vec![0; (keys * 10 / FULL_OF_TEN).max(64)],
            used: 0,
            blocks: std::array::from_fn(|_| Vec::new()),
            free: std::array::from_fn(|_| Vec::new()),
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.capacity() * 8
            + self.blocks.iter().chain(&self.free).map(|b| b.capacity() * 4).sum::<usize>()
    }

    /// The key's place, or the place where it may be put.
    fn find(&self, key: u32) -> Result<usize, usize> {
        let size = self.table.len();
        let mut place = ((u64::from(key) * size as u64) >> 32) as usize;
        let mut vacant = None;
        loop {
            match self.table[place] {
                0 => return Err(vacant.unwrap_or(place)),
                REMOVED => {
                    vacant.get_or_insert(place);
                }
                entry if (entry >> 32) as u32 == key => return Ok(place),
                _ => {}
            }
            place += 1;
            if place == size {
                place = 0;
            }
        }
    }

    fn grow(&mut self) {
        let size = self.table.len() + self.table.len() / 2;
        let old = std::mem::replace(&mut self.table, vec![0; size]);
        self.used = 0;
        for entry in old.into_iter().filter(|e| *e > REMOVED) {
            if let Err(place) = self.find((entry >> 32) as u32) {
                self.table[place] = entry;
                self.used += 1;
            }
        }
    }

    fn take_block(&mut self, sort: usize) -> usize {
        if let Some(block) = self.free[sort].pop() {
            return block as usize;
        }
        let size = SMALLEST << sort;
        let block = self.blocks[sort].len() / size;
        self.blocks[sort].resize((block + 1) * size, 0);
        block
    }

    fn list(&self, value: u32) -> (usize, usize, usize) {
        let (sort, block) =
            (((value & !LIST) >> BLOCK_BITS) as usize, (value & ((1 << BLOCK_BITS) - 1)) as usize);
        (sort, block, block * (SMALLEST << sort))
    }

    /// Puts a record under a key.
    pub fn add(&mut self, key: u32, record: u32) {
        if (self.used + 1) * 10 > self.table.len() * FULL_OF_TEN {
            self.grow();
        }
        match self.find(key) {
            Err(place) => {
                if self.table[place] == 0 {
                    self.used += 1;
                }
                self.table[place] = (u64::from(key) << 32) | (u64::from(record) + 2);
            }
            Ok(place) => {
                let value = self.table[place] as u32;
                if value & LIST == 0 {
                    let first = value - 2;
                    if first == record {
                        return;
                    }
                    let block = self.take_block(0);
                    let at = block * SMALLEST;
                    self.blocks[0][at..at + 3].copy_from_slice(&[2, first, record]);
                    self.table[place] = u64::from(key) << 32 | u64::from(LIST | block as u32);
                    return;
                }
                let (sort, block, at) = self.list(value);
                let count = self.blocks[sort][at] as usize;
                if count >= MOST_UNDER_A_KEY || self.blocks[sort][at + 1..=at + count].contains(&record) {
                    return;
                }
                if count + 1 < SMALLEST << sort {
                    self.blocks[sort][at + count + 1] = record;
                    self.blocks[sort][at] += 1;
                    return;
                }
                let larger = self.take_block(sort + 1);
                let to = larger * (SMALLEST << (sort + 1));
                let (small, large) = self.blocks.split_at_mut(sort + 1);
                large[0][to] = count as u32 + 1;
                large[0][to + 1..=to + count].copy_from_slice(&small[sort][at + 1..=at + count]);
                large[0][to + count + 1] = record;
                self.free[sort].push(block as u32);
                let value = LIST | ((sort + 1) as u32) << BLOCK_BITS | larger as u32;
                self.table[place] = u64::from(key) << 32 | u64::from(value);
            }
        }
    }

    /// Takes a record from under a key.
    pub fn remove(&mut self, key: u32, record: u32) {
        let Ok(place) = self.find(key) else { return };
        let value = self.table[place] as u32;
        if value & LIST == 0 {
            if value - 2 == record {
                self.table[place] = REMOVED;
            }
            return;
        }
        let (sort, block, at) = self.list(value);
        let count = self.blocks[sort][at] as usize;
        let list = &mut self.blocks[sort][at..=at + count];
        let Some(found) = list[1..].iter().position(|r| *r == record) else { return };
        list[found + 1] = list[count];
        list[0] -= 1;
        if count == 1 {
            self.free[sort].push(block as u32);
            self.table[place] = REMOVED;
        }
    }

    /// The records under a key: one, or a list in no order.
    #[must_use]
    pub fn under(&self, key: u32) -> Under<'_> {
        match self.find(key) {
            Err(_) => Under::Few([0; 1], 0),
            Ok(place) => {
                let value = self.table[place] as u32;
                if value & LIST == 0 {
                    return Under::Few([value - 2], 1);
                }
                let (sort, _, at) = self.list(value);
                let count = self.blocks[sort][at] as usize;
                Under::Many(&self.blocks[sort][at + 1..=at + count])
            }
        }
    }
}

/// Records under a key.
#[derive(Debug)]
pub enum Under<'a> {
    /// None or one.
    Few([u32; 1], usize),
    /// Several.
    Many(&'a [u32]),
}

impl Under<'_> {
    /// The records.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Under::Few(list, count) => &list[..*count],
            Under::Many(list) => list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn it_holds_what_a_plain_map_holds() {
        let mut postings = Postings::with_room(4);
        let mut plain: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut random = 1u64;
        for _ in 0..60_000 {
            random = super::super::lexicon::mix(random + 1);
            let key = ((random >> 8) as u32 % 700).wrapping_mul(0x9E37_79B9) | 1;
            let record = (random >> 40) as u32 % 150;
            if random.is_multiple_of(3) {
                postings.remove(key, record);
                plain.entry(key).or_default().remove(&record);
            } else {
                postings.add(key, record);
                plain.entry(key).or_default().insert(record);
            }
        }
        for (key, records) in plain {
            let mut held = postings.under(key).as_slice().to_vec();
            held.sort_unstable();
            assert_eq!(held, records.into_iter().collect::<Vec<_>>());
        }
    }
}
