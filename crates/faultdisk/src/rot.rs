//! One bit that flips on the disk (HAZARDS.md D5): in the database, in the log beside it, in a backup. What is read
//! afterwards is as promised, or the store says what is wrong; everything else is counted.

use crate::disk::FaultDisk;
use crate::folder::{Files, Folder};
use crate::judge::{self, Promised, Wrong};
use crate::random::Random;
use crate::script::{Length, NOW, Script, settings};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use store::backup::{self, About, Key};
use store::{DATABASE_FILE, Store};

/// Length of the run whose files rot.
const RUN: Length = Length { first: 24, second: 0 };

/// What became of flips.
#[derive(Debug, Default)]
pub struct Rot {
    /// Flips.
    pub flips: usize,
    /// What is read is as promised.
    pub harmless: usize,
    /// The store said so: it did not open, or refused what was read.
    pub told: usize,
    /// What is read is not as promised, and `check` says so: in words, how often.
    pub told_by_check: BTreeMap<String, usize>,
    /// Nobody says so: in words, how often.
    pub silent: BTreeMap<String, usize>,
}

/// What has no checksum of its own (docs/safety-case, D5): a flip there that leaves the table readable is read as it is.
const WITHOUT_CHECKSUM: [&str; 5] = [
    "\"record\"",
    "\"settlement\"",
    "another answer",
    "refusal",
    // Under another control id.
    "message M",
];
/// Who owes what, what is sent where and who is one person.
const OWED: [&str; 4] = ["obligation", "obligation_event", "outbox", "link_event"];
/// Bytes of a page.
const PAGE_BYTES: usize = 4_096;
/// Bytes that differ from what was written are never shown, whatever a check would say.
const NEVER_SHOWN: &str = "other bytes";

impl Rot {
    /// Adds what became of others.
    pub fn add(&mut self, other: Self) {
        self.flips += other.flips;
        self.harmless += other.harmless;
        self.told += other.told;
        for (counts, more) in
            [(&mut self.told_by_check, other.told_by_check), (&mut self.silent, other.silent)]
        {
            more.into_iter().for_each(|(words, n)| *counts.entry(words).or_default() += n);
        }
    }

    /// What nobody said of that which has a checksum.
    pub fn uncovered(&self) -> impl Iterator<Item = &String> {
        let is_known = |words: &str| WITHOUT_CHECKSUM.iter().any(|part| words.contains(part));
        let silent = self.silent.keys().filter(move |words| !is_known(words));
        silent.chain(self.told_by_check.keys().filter(|words| words.contains(NEVER_SHOWN)))
    }
}

/// Where the rows of some tables are, page by page: they stand at the end of each.
fn rows_of(database: &rusqlite::Connection, tables: &[&str]) -> rusqlite::Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    for table in tables {
        let mut statement = database.prepare("SELECT pageno, unused FROM dbstat WHERE name = ?1")?;
        let pages = statement.query_map([table], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)))?;
        for page in pages {
            let (page, unused) = page?;
            let begins = (page as usize - 1) * PAGE_BYTES;
            found.push(begins + unused as usize..begins + PAGE_BYTES);
        }
    }
    Ok(found)
}

/// A record whose files rot.
#[derive(Debug)]
pub struct Rotting {
    script: Script,
    said: Vec<bool>,
    /// Its files while it ran: the log has most of what was promised.
    running: Files,
    /// Its file after it was stopped.
    stopped: Files,
    folder: Folder,
}

impl Rotting {
    /// The record of a seed.
    ///
    /// # Errors
    /// When the machine cannot hold its files.
    pub fn new(seed: u64) -> io::Result<Self> {
        let (disk, folder) = (FaultDisk::new()?, Folder::new()?);
        disk.begin(false);
        let mut script = Script::new(seed);
        let Some(store) = script.opened(&disk, folder.path()) else {
            return Err(io::Error::other("the store does not open"));
        };
        for _ in 0..RUN.first {
            script.group(&store, &disk);
        }
        let running = folder.files()?;
        store.stop();
        let stopped = folder.files()?;
        let said = script.ledger.steps.iter().map(|step| step.said).collect();
        Ok(Self { script, said, running, stopped, folder })
    }

    /// A bit of the database of a store that was stopped.
    ///
    /// # Errors
    /// When the machine cannot hold its files.
    pub fn database(&self, flips: usize, random: &mut Random) -> io::Result<Rot> {
        self.flipped(&self.stopped, DATABASE_FILE, &self.said, (flips, random))
    }

    /// A bit of the rows of what is owed, sent and linked, of a store that was stopped.
    ///
    /// # Errors
    /// When the machine cannot hold its files.
    pub fn owed(&self, flips: usize, random: &mut Random) -> io::Result<Rot> {
        self.folder.put(&self.stopped)?;
        let database = rusqlite::Connection::open(self.folder.path().join(DATABASE_FILE));
        let pages = database.and_then(|database| rows_of(&database, &OWED)).map_err(io::Error::other)?;
        let at = |random: &mut Random| {
            let rows = &pages[random.below(pages.len())];
            rows.start + random.below(rows.len())
        };
        self.flipped_at(&self.stopped, DATABASE_FILE, &self.said, (flips, random), &at)
    }

    /// A bit of the log of a store that was killed. What its last commit brought is not asked for: a flip there looks like a
    /// power cut.
    ///
    /// # Errors
    /// When the machine cannot hold its files.
    pub fn log(&self, flips: usize, random: &mut Random) -> io::Result<Rot> {
        let steps = &self.script.ledger.steps;
        let last = steps.last().map_or(0, |step| step.group);
        let said = steps.iter().map(|step| step.said && step.group != last).collect::<Vec<_>>();
        self.flipped(&self.running, &format!("{DATABASE_FILE}-wal"), &said, (flips, random))
    }

    /// A bit of a backup.
    ///
    /// # Errors
    /// When the machine cannot hold its files, or no backup can be made.
    pub fn backup(&self, flips: usize, random: &mut Random) -> io::Result<Rot> {
        let key = Key::of(&[7; 40]).ok_or_else(|| io::Error::other("no key"))?;
        let path = self.folder.path().join("a.backup");
        self.folder.put(&self.stopped)?;
        let store = Store::open(self.folder.path(), settings(None)).map_err(io::Error::other)?;
        let view = store.view().map_err(io::Error::other)?;
        let about = About { opor: "0.0.0", taken: NOW, salt: [9; 32] };
        backup::write(&view, &[("a.key".to_owned(), vec![3; 99])], &about, (&key, &path), &mut |_, _| {})
            .map_err(io::Error::other)?;
        let whole = backup::read(&path, &key, &mut |_, _| {}).map_err(io::Error::other)?;
        let mut bytes = std::fs::read(&path)?;
        let mut rot = Rot::default();
        for _ in 0..flips {
            let (at, bit) = (random.below(bytes.len()), random.below(8));
            bytes[at] ^= 1 << bit;
            std::fs::write(&path, &bytes)?;
            rot.flips += 1;
            match backup::read(&path, &key, &mut |_, _| {}) {
                Err(_) => rot.told += 1,
                Ok(found) if found == whole => rot.harmless += 1,
                Ok(_) => *rot.silent.entry("another backup".to_owned()).or_default() += 1,
            }
            bytes[at] ^= 1 << bit;
        }
        Ok(rot)
    }

    fn flipped(
        &self,
        files: &Files,
        name: &str,
        said: &[bool],
        flips: (usize, &mut Random),
    ) -> io::Result<Rot> {
        let length = files.get(name).map_or(0, Vec::len);
        self.flipped_at(files, name, said, flips, &|random| random.below(length))
    }

    fn flipped_at(
        &self,
        files: &Files,
        name: &str,
        said: &[bool],
        (flips, random): (usize, &mut Random),
        place: &dyn Fn(&mut Random) -> usize,
    ) -> io::Result<Rot> {
        let mut rot = Rot::default();
        let mut files = files.clone();
        for _ in 0..flips {
            let Some(bytes) = files.get_mut(name) else { break };
            let (at, bit) = (place(random), random.below(8));
            bytes[at] ^= 1 << bit;
            self.folder.put(&files)?;
            self.look(said, &mut rot);
            if let Some(bytes) = files.get_mut(name) {
                bytes[at] ^= 1 << bit;
            }
        }
        Ok(rot)
    }

    fn look(&self, said: &[bool], rot: &mut Rot) {
        rot.flips += 1;
        let Ok(store) = Store::open(self.folder.path(), settings(None)) else {
            rot.told += 1;
            return;
        };
        let Ok(view) = store.view() else {
            rot.told += 1;
            return;
        };
        let promised = Promised { script: &self.script, said, in_order: false };
        match judge::reads_right(&view, promised) {
            Ok(()) => rot.harmless += 1,
            Err(Wrong::Told(_)) => rot.told += 1,
            Err(Wrong::Silent(words)) => {
                let checked = view.check(&|_, _| Vec::new(), 100, NOW, &mut |_, _| {});
                let is_told = !checked.is_ok_and(|report| report.is_sound());
                let counted = if is_told { &mut rot.told_by_check } else { &mut rot.silent };
                *counted.entry(words).or_default() += 1;
            }
        }
    }
}
