//! What the disk does with each call, and what it remembers of it.

use crate::vfs;
use rusqlite::ffi;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_int};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Last part of a file's path: a run has one folder.
pub type Name = Arc<str>;

/// What happened to the files, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file was made; its first sync syncs the folder too when SQLite promises that of it.
    Made {
        /// Which.
        file: Name,
        /// Whether the folder is synced with it.
        with_folder: bool,
    },
    /// Bytes were written at an offset.
    Wrote {
        /// Which file.
        file: Name,
        /// Where.
        at: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file was given a length.
    Cut {
        /// Which.
        file: Name,
        /// How long it is now.
        length: u64,
    },
    /// A file was taken away.
    Gone {
        /// Which.
        file: Name,
        /// Whether the folder was synced.
        with_folder: bool,
    },
    /// Everything in a file is on the disk.
    Synced {
        /// Which.
        file: Name,
    },
    /// The store answered this step of the script: from here on it is a promise.
    Said(usize),
}

/// Calls that are counted and can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A read.
    Read,
    /// A write, or a new length.
    Write,
    /// A sync.
    Sync,
}

/// How it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// EIO: nothing is done.
    Broken,
    /// A part of a write is done; a read or a sync fails whole.
    Short,
    /// ENOSPC: nothing is done.
    Full,
}

/// What is to fail, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    operation: Operation,
    /// Counted from 1.
    nth: u64,
    kind: Kind,
}

#[derive(Debug, Default)]
struct State {
    remembers: bool,
    events: Vec<Event>,
    done: BTreeMap<Operation, u64>,
    plan: Option<Plan>,
    failed: bool,
    /// Length of each file.
    lengths: BTreeMap<Name, u64>,
    /// Bytes that all files together may have.
    room: Option<u64>,
}

impl State {
    fn note(&mut self, event: Event) {
        if self.remembers {
            self.events.push(event);
        }
    }
    /// Counts a call; how it fails, when it is the one.
    fn counts(&mut self, operation: Operation) -> Option<Kind> {
        let done = self.done.entry(operation).or_default();
        *done += 1;
        let plan = self.plan.filter(|plan| plan.operation == operation && plan.nth == *done)?;
        self.failed = true;
        Some(plan.kind)
    }
    fn used(&self) -> u64 {
        self.lengths.values().sum()
    }
}

/// What `vfs` tells of each call; the lock is held while the system does it, so that what is remembered is the order in
/// which it was done.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<State>);

impl Watched {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn opened(&self, file: &Name, is_new: bool, with_folder: bool, length: u64) {
        let mut state = self.state();
        state.lengths.insert(file.clone(), length);
        if is_new {
            state.note(Event::Made { file: file.clone(), with_folder });
        }
    }
    pub(crate) fn removes(&self, file: &Name, with_folder: bool, remove: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.state();
        let result = remove();
        if result == ffi::SQLITE_OK {
            state.lengths.remove(file);
            state.note(Event::Gone { file: file.clone(), with_folder });
        }
        result
    }
    pub(crate) fn reads(&self, read: impl FnOnce() -> c_int) -> c_int {
        let fails = self.state().counts(Operation::Read);
        match fails {
            None => read(),
            Some(_) => ffi::SQLITE_IOERR_READ,
        }
    }
    pub(crate) fn writes(
        &self,
        file: &Name,
        at: u64,
        bytes: &[u8],
        write: impl FnOnce(&[u8]) -> c_int,
    ) -> c_int {
        let mut state = self.state();
        let fails = state.counts(Operation::Write);
        let length = state.lengths.get(file).copied().unwrap_or(0);
        let grows = (at + bytes.len() as u64).saturating_sub(length);
        let is_full = state.room.is_some_and(|room| grows > 0 && state.used() + grows > room);
        let (some, result) = match fails {
            None if is_full => (0, ffi::SQLITE_FULL),
            None => (bytes.len(), ffi::SQLITE_OK),
            Some(Kind::Broken) => (0, ffi::SQLITE_IOERR_WRITE),
            Some(Kind::Short) => (bytes.len() / 2, ffi::SQLITE_FULL),
            Some(Kind::Full) => (0, ffi::SQLITE_FULL),
        };
        if some == 0 {
            return result;
        }
        let written = write(&bytes[..some]);
        if written != ffi::SQLITE_OK {
            return written;
        }
        state.lengths.insert(file.clone(), length.max(at + some as u64));
        state.note(Event::Wrote { file: file.clone(), at, bytes: bytes[..some].to_vec() });
        result
    }
    pub(crate) fn cuts(&self, file: &Name, length: u64, cut: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.state();
        if state.counts(Operation::Write).is_some() {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        let result = cut();
        if result == ffi::SQLITE_OK {
            state.lengths.insert(file.clone(), length);
            state.note(Event::Cut { file: file.clone(), length });
        }
        result
    }
    pub(crate) fn syncs(&self, file: &Name, sync: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.state();
        if state.counts(Operation::Sync).is_some() {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        let result = sync();
        if result == ffi::SQLITE_OK {
            state.note(Event::Synced { file: file.clone() });
        }
        result
    }
}

/// The disk of a test. What it has registered at SQLite stays for the life of the process.
#[derive(Debug, Clone)]
pub struct FaultDisk {
    name: Arc<CString>,
    watched: Arc<Watched>,
}

impl FaultDisk {
    /// A sound disk that remembers nothing.
    ///
    /// # Errors
    /// When SQLite does not take it.
    pub fn new() -> io::Result<Self> {
        let watched = Arc::new(Watched::default());
        let name = Arc::new(vfs::register(watched.clone())?);
        Ok(Self { name, watched })
    }
    /// Sound, with room, everything forgotten; remembers from now on when asked to.
    pub fn begin(&self, remembers: bool) {
        *self.watched.state() = State { remembers, ..State::default() };
    }
    /// The `nth` call of this sort, counted from 1 since the beginning, fails once in this way.
    pub fn fail(&self, operation: Operation, nth: u64, kind: Kind) {
        self.watched.state().plan = Some(Plan { operation, nth, kind });
    }
    /// Whether what was to fail has failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.watched.state().failed
    }
    /// Calls of this sort since the beginning.
    #[must_use]
    pub fn count(&self, operation: Operation) -> u64 {
        self.watched.state().done.get(&operation).copied().unwrap_or(0)
    }
    /// All files together may have so many bytes; `None` is as many as the system gives.
    pub fn room(&self, bytes: Option<u64>) {
        self.watched.state().room = bytes;
    }
    /// Bytes of all files.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.watched.state().used()
    }
    /// The store has answered a step.
    pub fn said(&self, step: usize) {
        self.watched.state().note(Event::Said(step));
    }
    /// What was remembered.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.watched.state().events)
    }
}

impl store::Disk for FaultDisk {
    fn vfs(&self) -> &CStr {
        &self.name
    }
    fn sync(&self, database: &Path) -> io::Result<()> {
        match self.watched.syncs(&name_of(database), || ffi::SQLITE_OK) {
            ffi::SQLITE_OK => Ok(()),
            _ => Err(io::Error::other("Input/output error")),
        }
    }
}

/// Last part of a path.
pub(crate) fn name_of(path: &Path) -> Name {
    path.file_name().unwrap_or_default().to_string_lossy().into()
}
