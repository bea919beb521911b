//! What a power cut may leave. Until a file is synced each of its sectors of 512 bytes may be on the disk as it was at the
//! last sync or as any write since has made it, whatever the others are; a sector may be torn, the new bytes up to some
//! place and the old ones after it; a file may have grown or not, with zeros where nothing arrived; it may have been cut or
//! not, whole, whatever was written after the cut (a length is one number of the file system's journal); a file that was
//! made may be absent, and one that was removed may be back, until their folder is synced.
//!
//! What was synced stays, also in a sector that is written again for its other bytes (SQLite's "powersafe overwrite").

use crate::disk::{Event, Name};
use crate::folder::Files;
use crate::random::Random;
use std::collections::BTreeMap;

/// Bytes that a disk writes whole or tears (SQLite, LazyFS and most drives say the same).
pub const SECTOR_BYTES: usize = 512;
/// Sectors up to which every subset is taken; of more a sample.
pub const EVERY_SUBSET: usize = 8;

/// One file as it is on the disk, and what was asked since.
#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    /// Whether the folder surely has it.
    is_named: bool,
    /// Whether its next sync syncs the folder.
    with_folder: bool,
    /// Writes and new lengths since the last sync.
    since: Vec<Event>,
    /// It was removed, and the folder may not know.
    is_gone: bool,
}

/// The disk while what was remembered is gone through.
#[derive(Debug, Clone, Default)]
pub struct Platter {
    files: BTreeMap<Name, File>,
}

/// A sector that may be one of several things: as it was, or as any number of the writes to it have made it.
#[derive(Debug)]
struct Sector {
    file: usize,
    at: usize,
    writes: Vec<Write>,
}

/// Bytes written into a sector.
#[derive(Debug)]
struct Write {
    from: usize,
    bytes: Vec<u8>,
    /// Cuts of the file before it.
    cuts: usize,
}

/// What may be of one file.
#[derive(Debug)]
struct Loose {
    name: Name,
    durable: Vec<u8>,
    /// Its length when everything arrives.
    length: usize,
    /// Lengths that it was given.
    cuts: Vec<usize>,
    may_be_absent: bool,
}

/// Everything that a power cut at one moment may leave.
#[derive(Debug)]
pub struct Cut {
    files: Vec<Loose>,
    /// In the order of their first write.
    sectors: Vec<Sector>,
}

/// What arrived of a sector.
#[derive(Debug, Clone, Copy)]
enum Arrived {
    /// This version of it.
    Version(usize),
    /// Its last version up to this byte, and what was there before after it.
    Torn(usize),
}

impl Platter {
    /// A disk with these files, all of them synced.
    #[must_use]
    pub fn holding(files: &Files) -> Self {
        let held = |(name, bytes): (&String, &Vec<u8>)| {
            (Name::from(name.as_str()), File { durable: bytes.clone(), is_named: true, ..File::default() })
        };
        Self { files: files.iter().map(held).collect() }
    }

    /// Takes the next event in.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Said(_) => {}
            Event::Made { file, with_folder } => {
                let known = self.files.entry(file.clone()).or_default();
                // One that may be back was made anew: its old bytes are not part of it.
                let made = File { with_folder: *with_folder, ..File::default() };
                *known = made;
            }
            Event::Wrote { file, .. } | Event::Cut { file, .. } => {
                self.files.entry(file.clone()).or_default().since.push(event.clone());
            }
            Event::Gone { file, with_folder } => {
                if let Some(known) = self.files.get_mut(file) {
                    known.is_gone = true;
                }
                if *with_folder {
                    self.folder_synced();
                }
            }
            Event::Synced { file } => {
                let Some(known) = self.files.get_mut(file) else { return };
                for event in std::mem::take(&mut known.since) {
                    apply(&mut known.durable, &event);
                }
                if std::mem::take(&mut known.with_folder) {
                    self.folder_synced();
                }
            }
        }
    }

    fn folder_synced(&mut self) {
        self.files.retain(|_, file| !file.is_gone);
        self.files.values_mut().for_each(|file| file.is_named = true);
    }

    /// What a cut at this moment may leave.
    #[must_use]
    pub fn cut(&self) -> Cut {
        let (mut files, mut sectors) = (Vec::new(), Vec::new());
        for (name, file) in &self.files {
            let (mut length, mut cuts) = (file.durable.len(), Vec::new());
            let mut known: BTreeMap<usize, usize> = BTreeMap::new();
            for event in &file.since {
                match event {
                    Event::Cut { length: new, .. } => {
                        length = whole(*new);
                        cuts.push(length);
                    }
                    Event::Wrote { at, bytes, .. } => {
                        let (begin, end) = (whole(*at), whole(*at) + bytes.len());
                        length = length.max(end);
                        for at in begin / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES) {
                            let from = begin.max(at * SECTOR_BYTES);
                            let to = end.min((at + 1) * SECTOR_BYTES);
                            let place = *known.entry(at).or_insert_with(|| {
                                sectors.push(Sector { file: files.len(), at, writes: Vec::new() });
                                sectors.len() - 1
                            });
                            sectors[place].writes.push(Write {
                                from: from - at * SECTOR_BYTES,
                                bytes: bytes[from - begin..to - begin].to_vec(),
                                cuts: cuts.len(),
                            });
                        }
                    }
                    _ => {}
                }
            }
            files.push(Loose {
                name: name.clone(),
                durable: file.durable.clone(),
                length,
                cuts,
                may_be_absent: !file.is_named || file.is_gone,
            });
        }
        Cut { files, sectors }
    }
}

fn apply(bytes: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Wrote { at, bytes: new, .. } => {
            let at = whole(*at);
            if bytes.len() < at + new.len() {
                bytes.resize(at + new.len(), 0);
            }
            bytes[at..at + new.len()].copy_from_slice(new);
        }
        Event::Cut { length, .. } => bytes.resize(whole(*length), 0),
        _ => {}
    }
}

fn whole(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Cut {
    /// Sectors that are not known to be on the disk.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        self.sectors.len()
    }

    /// States that it may leave, each once told: every subset of few sectors, `samples` of more.
    pub fn states(&self, samples: usize, random: &mut Random, tell: &mut dyn FnMut(&Files)) {
        let n = self.sectors.len();
        let is_plain = n <= EVERY_SUBSET && self.sectors.iter().all(|sector| sector.writes.len() == 1);
        if is_plain {
            for subset in 0..1_usize << n {
                let arrived: Vec<_> = (0..n).map(|one| Arrived::Version(subset >> one & 1)).collect();
                tell(&self.files(&arrived, random));
            }
            for torn in 0..n {
                tell(&self.files(&self.torn(torn, random), random));
            }
            return;
        }
        for sample in 0..samples {
            let arrived = self.sampled(sample, random);
            tell(&self.files(&arrived, random));
        }
    }

    fn last(&self, one: usize) -> Arrived {
        Arrived::Version(self.sectors[one].writes.len())
    }

    /// Everything before a sector arrived, nothing after it, and it is torn.
    fn torn(&self, torn: usize, random: &mut Random) -> Vec<Arrived> {
        let each = |one: usize| match one.cmp(&torn) {
            std::cmp::Ordering::Less => self.last(one),
            std::cmp::Ordering::Equal => Arrived::Torn(1),
            std::cmp::Ordering::Greater => Arrived::Version(0),
        };
        let mut arrived: Vec<Arrived> = (0..self.sectors.len()).map(each).collect();
        arrived[torn] = Arrived::Torn(random.below(SECTOR_BYTES));
        arrived
    }

    /// One way in which the sectors may have arrived. The ways that are worth most come first: nothing, everything,
    /// everything but one.
    fn sampled(&self, sample: usize, random: &mut Random) -> Vec<Arrived> {
        let n = self.sectors.len();
        let all = |arrived: &dyn Fn(usize) -> Arrived| (0..n).map(arrived).collect::<Vec<_>>();
        match sample {
            0 => return all(&|_| Arrived::Version(0)),
            1 => return all(&|one| self.last(one)),
            _ => {}
        }
        let some = random.below(n);
        match sample % 8 {
            // All but one, of which the last written says most: it is the commit.
            2 => {
                let one = if random.once_in(2) { n - 1 } else { some };
                let mut arrived = all(&|at| self.last(at));
                arrived[one] = Arrived::Version(0);
                arrived
            }
            // In order, and then no more.
            3 => all(&|at| if at < some { self.last(at) } else { Arrived::Version(0) }),
            // The wrong way round.
            4 => all(&|at| if at > some { self.last(at) } else { Arrived::Version(0) }),
            5 => self.torn(some, random),
            // All but one, which is torn.
            6 => {
                let one = if random.once_in(2) { n - 1 } else { some };
                let mut arrived = all(&|at| self.last(at));
                arrived[one] = Arrived::Torn(random.below(SECTOR_BYTES));
                arrived
            }
            // One file arrived, another did not.
            7 => {
                let file = random.below(self.files.len());
                all(&|at| if self.sectors[at].file == file { self.last(at) } else { Arrived::Version(0) })
            }
            // Each by itself, from nearly none to nearly all.
            _ => {
                let weight = 1 + random.below(15);
                (0..n)
                    .map(|at| {
                        if random.below(16) < weight {
                            Arrived::Version(1 + random.below(self.sectors[at].writes.len()))
                        } else {
                            Arrived::Version(0)
                        }
                    })
                    .collect()
            }
        }
    }

    /// The files when the sectors arrived so. Cuts, lengths and names follow from `random`.
    fn files(&self, arrived: &[Arrived], random: &mut Random) -> Files {
        let cut: Vec<bool> =
            self.files.iter().map(|file| !file.cuts.is_empty() && random.once_in(2)).collect();
        let mut out: Vec<Vec<u8>> = self.files.iter().map(|file| file.durable.clone()).collect();
        for (n, bytes) in out.iter_mut().enumerate().filter(|(n, _)| cut[*n]) {
            self.files[n].cuts.iter().for_each(|length| bytes.truncate(*length));
        }
        for (sector, arrived) in self.sectors.iter().zip(arrived) {
            let (many, torn) = match *arrived {
                Arrived::Version(many) => (many, SECTOR_BYTES),
                Arrived::Torn(byte) => (sector.writes.len(), byte),
            };
            let bytes = &mut out[sector.file];
            for (n, write) in sector.writes[..many].iter().enumerate() {
                // What was written before a cut that arrived is cut too.
                let begin = sector.at * SECTOR_BYTES + write.from;
                let cuts = &self.files[sector.file].cuts[write.cuts..];
                let kept = if cut[sector.file] { cuts.iter().min().copied() } else { None };
                let kept = kept.unwrap_or(usize::MAX).saturating_sub(begin).min(write.bytes.len());
                let is_last = n + 1 == many;
                let kept = if is_last { kept.min(torn.saturating_sub(write.from)) } else { kept };
                if kept == 0 {
                    continue;
                }
                if bytes.len() < begin + kept {
                    bytes.resize(begin + kept, 0);
                }
                bytes[begin..begin + kept].copy_from_slice(&write.bytes[..kept]);
            }
        }
        let mut files = Files::new();
        for ((file, mut bytes), is_cut) in self.files.iter().zip(out).zip(cut) {
            // Without its name in the folder nothing of it is found, whatever arrived.
            if file.may_be_absent && random.once_in(2) {
                continue;
            }
            // A length may arrive before what it is the length of.
            let may_grow = file.cuts.is_empty() || is_cut;
            if may_grow && bytes.len() < file.length && random.once_in(2) {
                bytes.resize(file.length, 0);
            }
            files.insert(file.name.to_string(), bytes);
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote(at: u64, bytes: &[u8]) -> Event {
        Event::Wrote { file: "a".into(), at, bytes: bytes.to_vec() }
    }

    fn all(platter: &Platter, samples: usize) -> Vec<Files> {
        let mut found = Vec::new();
        platter.cut().states(samples, &mut Random::new(1), &mut |files| found.push(files.clone()));
        found
    }

    #[test]
    fn what_is_synced_is_in_every_state() {
        let mut platter = Platter::default();
        platter.take(&Event::Made { file: "a".into(), with_folder: true });
        platter.take(&wrote(0, &[1; 2_000]));
        platter.take(&Event::Synced { file: "a".into() });
        platter.take(&wrote(1_000, &[2; 3_000]));
        let states = all(&platter, 500);
        assert!(states.len() > 128);
        for files in &states {
            let bytes = &files["a"];
            assert_eq!(bytes[..1_000], [1; 1_000], "written once and synced");
            assert!(bytes.len() >= 2_000 && bytes.len() <= 4_000, "{}", bytes.len());
            assert!(bytes.iter().all(|byte| matches!(byte, 0..=2)));
            assert!(bytes[1_000..2_000].iter().all(|byte| *byte != 0), "old or new, never zeros");
        }
        assert!(states.iter().any(|files| files["a"].len() == 2_000));
        assert!(states.iter().any(|files| files["a"].ends_with(&[0; 500])), "a tail of zeros");
        let whole = [[1_u8; 1_000].to_vec(), [2; 3_000].to_vec()].concat();
        assert!(states.iter().any(|files| files["a"] == whole));
    }

    #[test]
    fn every_subset_of_few_sectors_is_a_state() {
        let mut platter = Platter::holding(&Files::from([("a".to_owned(), vec![0; 2_048])]));
        platter.take(&wrote(0, &[7; 2_048]));
        let states: std::collections::BTreeSet<_> = all(&platter, 0)
            .iter()
            .map(|files| [0, 512, 1_024, 1_536].map(|at| (files["a"][at], files["a"][at + 511])))
            .collect();
        let whole = states.iter().filter(|one| one.iter().all(|(first, last)| first == last)).count();
        assert_eq!(whole, 16);
    }

    #[test]
    fn a_file_may_be_absent_until_its_folder_is_synced() {
        let mut platter = Platter::default();
        platter.take(&Event::Made { file: "a".into(), with_folder: true });
        platter.take(&wrote(0, &[1]));
        let seen = |platter: &Platter| {
            let (mut seen, mut random) = ([false; 2], Random::new(3));
            for _ in 0..9 {
                platter.cut().states(9, &mut random, &mut |files| seen[usize::from(files.is_empty())] = true);
            }
            seen
        };
        assert_eq!(seen(&platter), [true; 2], "made, and not");
        platter.take(&Event::Synced { file: "a".into() });
        assert_eq!(seen(&platter), [true, false], "surely there");
        platter.take(&Event::Gone { file: "a".into(), with_folder: false });
        assert_eq!(seen(&platter), [true; 2], "removed, and back");
    }
}
