//! One bit that flips on the disk (HAZARDS.md D5): in the database, in the log beside it, in a backup. What is read
//! afterwards is as promised, or the store says what is wrong; everything else is counted.

use crate::disk::FaultDisk;
use crate::folder::{Files, Folder};
use crate::judge::{self, Promised, Wrong};
use crate::random::Random;
use crate::script::{Length, NOW, Script, settings};
use std::collections::BTreeMap;
use std::io;
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
const WITHOUT_CHECKSUM: [&str; 5] = ["record", "link event", "obligation", "delivery", "settlement"];

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

    /// What nobody said of that which is checked whenever it is read.
    pub fn uncovered(&self) -> impl Iterator<Item = &String> {
        let is_known = |words: &str| WITHOUT_CHECKSUM.iter().any(|part| words.contains(&format!("{part:?}")));
        self.silent.keys().chain(self.told_by_check.keys()).filter(move |words| !is_known(words))
    }
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
        self.flipped(&self.stopped, DATABASE_FILE, flips, random)
    }

    /// A bit of the log of a store that was killed.
    ///
    /// # Errors
    /// When the machine cannot hold its files.
    pub fn log(&self, flips: usize, random: &mut Random) -> io::Result<Rot> {
        self.flipped(&self.running, &format!("{DATABASE_FILE}-wal"), flips, random)
    }

    fn flipped(&self, files: &Files, name: &str, flips: usize, random: &mut Random) -> io::Result<Rot> {
        let mut rot = Rot::default();
        let mut files = files.clone();
        for _ in 0..flips {
            let Some(bytes) = files.get_mut(name) else { break };
            let (at, bit) = (random.below(bytes.len()), random.below(8));
            bytes[at] ^= 1 << bit;
            self.folder.put(&files)?;
            self.look(&mut rot);
            if let Some(bytes) = files.get_mut(name) {
                bytes[at] ^= 1 << bit;
            }
        }
        Ok(rot)
    }

    fn look(&self, rot: &mut Rot) {
        rot.flips += 1;
        let Ok(store) = Store::open(self.folder.path(), settings(None)) else {
            rot.told += 1;
            return;
        };
        let Ok(view) = store.view() else {
            rot.told += 1;
            return;
        };
        let promised = Promised { script: &self.script, said: &self.said, in_order: false };
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
