//! The thread that ships: what the writer handed over goes to the second place, round after round, and after whatever hindered
//! it the next round goes on or begins a new chain.

use super::base::Bases;
use super::handed::{Handed, Status};
use super::note::Note;
use super::piece::{Head, LOG_MAGIC, Mark, PIECE_BYTES, Seal};
use super::place::{self, LOCK, PART, Reading, sync_folder};
use super::taking::{Position, Taken, beginning, frames_of};
use super::{LAST_ROUND, SecondPlace, keeping};
use crate::activity::hex;
use crate::problem::OpenProblem;
use crate::wal::log_of;
use fhir::Instant;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::Builder;

/// A file of pieces is followed by another one at this size,
const LOG_FILE_BYTES: u64 = 16 << 20;
/// or after so many pieces: ten minutes of them.
const LOG_FILE_PIECES: u64 = 600;

/// The second place of a store: what its writer and its handles know.
pub(crate) struct Second {
    handed: Arc<Handed>,
    place: SecondPlace,
    /// The log of the database.
    log: File,
}

impl Second {
    /// Begins to ship. The writer's connection has read the log that a crash has left, and nothing was written yet.
    pub(crate) fn begin(
        conn: &Connection,
        database: &Path,
        place: &SecondPlace,
        (note, synced): (Option<Note>, &'static File),
    ) -> Result<Self, OpenProblem> {
        let path = log_of(database);
        let unread = |source| OpenProblem::Folder { path: path.clone(), source };
        let (frames, _) = crate::checkpoint::checkpoint(conn, "NOOP")?;
        let log = File::open(&path).map_err(unread)?;
        let now = (place.clock)();
        let left = match frames {
            0 => None,
            _ => Some(beginning(&log).and_then(|from| frames_of(&log, now, &from, frames)).map_err(unread)?),
        };
        let handed = Arc::new(Handed::default());
        handed.begin(left.as_ref().and_then(Taken::end), now);
        let keeper = Keeper {
            place: place.clone(),
            data: database.parent().unwrap_or(Path::new(".")).to_owned(),
            log: path.clone(),
            database: synced,
            handed: handed.clone(),
            left,
            note,
            chain: None,
            in_hand: Vec::new(),
            bases: Bases::default(),
            lock: None,
        };
        let life = handed.clone();
        let thread = Builder::new().name("store-second".into()).spawn(move || {
            // What panics here (the panic hook has printed it) ends no record: it is told as what hinders.
            let lived = catch_unwind(AssertUnwindSafe(|| keeper.live()));
            if lived.is_err() {
                life.problem(Some(
                    "shipping the log ended in a fault; restart the record and report this".into(),
                ));
                life.end(|| {});
            }
        });
        thread.map_err(OpenProblem::Thread)?;
        Ok(Self { handed, place: place.clone(), log })
    }

    /// The writer commits.
    pub(crate) fn commits(&self) {
        self.handed.commits(true);
    }

    /// It has committed, or could not.
    pub(crate) fn committed(&self, conn: Option<&Connection>) {
        if let Some(conn) = conn {
            self.handed.take(conn, &self.log, (self.place.clock)(), self.place.waiting_bytes);
        }
        self.handed.commits(false);
    }

    pub(crate) fn status(&self) -> Status {
        self.handed.status()
    }

    pub(crate) fn flush(&self) -> Status {
        self.handed.flush()
    }

    /// Writes what waits, for a while.
    pub(crate) fn stop(&self) {
        self.handed.stop(LAST_ROUND);
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A chain that is written to.
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) number: u64,
    pub(super) folder: PathBuf,
    pub(super) mark: Mark,
    /// Number of the file of pieces that was begun last.
    pub(super) files: u64,
    open: Option<Open>,
}

/// A file of pieces that is written to.
struct Open {
    path: PathBuf,
    file: File,
    seal: Seal,
    bytes: u64,
    pieces: u64,
}

impl Open {
    /// A piece, on the disk when this returns.
    fn append(&mut self, bytes: &[u8], place: &SecondPlace) -> io::Result<()> {
        let (one, other) = bytes.split_at(bytes.len() / 2);
        place.step("write a piece")?;
        self.file.write_all(one)?;
        place.step("write the rest of a piece")?;
        self.file.write_all(other)?;
        place.step("sync a piece")?;
        self.file.sync_data()?;
        place.step("a piece is there")?;
        self.bytes += bytes.len() as u64;
        self.pieces += 1;
        Ok(())
    }
}

/// What the thread has.
pub(super) struct Keeper {
    pub(super) place: SecondPlace,
    /// Data folder.
    data: PathBuf,
    log: PathBuf,
    /// The database file, through the handle that is never closed.
    pub(super) database: &'static File,
    pub(super) handed: Arc<Handed>,
    /// The log that a crash has left.
    left: Option<Taken>,
    note: Option<Note>,
    pub(super) chain: Option<Chain>,
    in_hand: Vec<Taken>,
    pub(super) bases: Bases,
    lock: Option<File>,
}

impl Keeper {
    fn live(mut self) {
        loop {
            let (round, is_last) = self.handed.next(self.place.every);
            let outcome = self.round();
            self.handed
                .problem(outcome.err().map(|error| format!("{}: {error}", self.place.folder.display())));
            self.handed.did(round);
            if is_last {
                return self.end();
            }
        }
    }

    /// What a clean end leaves in the data folder.
    fn end(mut self) {
        // Whoever opens the record next ships to the place at once.
        drop(self.lock.take());
        let Some(chain) = &self.chain else { return self.handed.end(|| {}) };
        let note = Note { chain: chain.name.clone(), piece: chain.mark.piece, digest: chain.mark.digest };
        self.handed.end(|| {
            // Without it the next start copies the database anew, which is no harm.
            let _ = note.leave(&self.data);
        });
    }

    fn round(&mut self) -> io::Result<()> {
        if self.chain.is_none() && !self.handed.is_broken() {
            self.find()?;
        }
        if self.handed.is_broken() {
            self.begin_chain()?;
        }
        self.ship()?;
        self.copy_base()?;
        keeping::let_go(self)
    }

    /// Takes the place, and the chain that goes on; where none does, it is broken.
    fn find(&mut self) -> io::Result<()> {
        self.hold()?;
        let Some(found) = place::chains(&self.place.folder)?.pop() else {
            self.handed.breaks((self.place.clock)());
            return Ok(());
        };
        let logs = place::logs(&found.path)?;
        let read = logs.last().map(|last| Reading::open(&last.path, &self.place.key));
        let last = match read {
            Some(Ok(reading)) => Some((reading.head.chain.clone(), reading.end()?)),
            // What cannot be read is not gone on with.
            Some(Err(_)) | None => None,
        };
        let bases = place::bases(&found.path)?;
        let (Some((name, mark)), Some(files), Some(base)) =
            (last, logs.last().map(|last| last.number), bases.last())
        else {
            self.handed.breaks((self.place.clock)());
            return Ok(());
        };
        let is_noted =
            |note: &Note| note.chain == name && note.piece == mark.piece && note.digest == mark.digest;
        match (self.left.take(), self.note.take()) {
            (Some(left), note) => {
                let behind = match mark.position {
                    Some(end) if end.header == left.header => left.after(&end),
                    // It was begun after everything before it was shipped.
                    _ => note.filter(is_noted).map(|_| left),
                };
                let Some(mut behind) = behind else {
                    self.handed.breaks((self.place.clock)());
                    return Ok(());
                };
                // When these were committed is not known: at the earliest, so that none that was acknowledged by a moment is
                // missing in the record as of it.
                behind.at.0 = mark.at + 1_000;
                self.in_hand = behind.parts(PIECE_BYTES);
                self.bases.generation = None;
            }
            (None, note) if note.as_ref().is_some_and(is_noted) => {
                self.bases.generation = Some(mark.piece + 1);
            }
            (None, _) => {
                self.handed.breaks((self.place.clock)());
                return Ok(());
            }
        }
        (self.bases.last, self.bases.lets_go) = (Some((base.at, base.through)), true);
        let folder = found.path;
        self.chain = Some(Chain { name, number: found.number, folder, mark, files, open: None });
        self.handed.goes_on(self.in_hand.first().map(|one| one.at));
        Ok(())
    }

    /// The place is there, and no other process ships to it.
    fn hold(&mut self) -> io::Result<()> {
        self.place.step("look")?;
        // Made by hand: a share that is not mounted must not be taken for an empty one.
        if !self.place.folder.is_dir() {
            return Err(io::Error::other("the folder is not there. Make it, or mount its disk"));
        }
        if self.lock.is_none() {
            let path = self.place.folder.join(LOCK);
            let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
            file.try_lock().map_err(|_| {
                io::Error::other("another record is shipped to this folder. Give each its own")
            })?;
            self.lock = Some(file);
        }
        Ok(())
    }

    /// Begins a chain: with the log as it is now, and a copy of the database to come.
    fn begin_chain(&mut self) -> io::Result<()> {
        self.hold()?;
        (self.left, self.note, self.chain) = (None, None, None);
        self.in_hand.clear();
        let number = place::chains(&self.place.folder)?.last().map_or(1, |last| last.number + 1);
        let folder = place::chain_folder(&self.place.folder, number);
        self.place.step("make the chain")?;
        DirBuilder::new().mode(0o700).create(&folder)?;
        sync_folder(&self.place.folder)?;
        let name = hex(&(self.place.random)())[..32].to_owned();
        let (position, at) = self.handed.begin_anew();
        let begun = match position {
            None => Ok(Vec::new()),
            Some(end) => self.log_until(&end, at),
        };
        let begun = match begun {
            Ok(begun) => begun,
            Err(error) => {
                self.handed.breaks((self.place.clock)());
                return Err(error);
            }
        };
        let mark = Mark::beginning(at);
        self.chain = Some(Chain { name, number, folder, mark, files: 0, open: None });
        self.bases = Bases { generation: Some(1), ..Bases::default() };
        self.in_hand = begun;
        Ok(())
    }

    /// The log up to a commit of it; nothing when it has begun anew since, for then all of it is in the database file.
    fn log_until(&self, end: &Position, at: Instant) -> io::Result<Vec<Taken>> {
        let log = File::open(&self.log)?;
        let read = beginning(&log).and_then(|from| frames_of(&log, at, &from, end.frames));
        match read {
            Ok(taken) if taken.end() == Some(*end) && taken.is_sound() => Ok(taken.parts(PIECE_BYTES)),
            _ if beginning(&log).map_or(true, |now| now.header != end.header) => Ok(Vec::new()),
            _ => Err(io::Error::other("the log of the database was not read whole; it is read once more")),
        }
    }

    /// Writes what waits.
    pub(super) fn ship(&mut self) -> io::Result<()> {
        loop {
            if self.in_hand.is_empty() {
                self.in_hand = self.handed.drain(PIECE_BYTES);
            }
            if self.in_hand.is_empty() {
                return Ok(());
            }
            let Some(chain) = &mut self.chain else { return Ok(()) };
            let mut end = chain.mark.position;
            for taken in &self.in_hand {
                if !taken.follows(end.as_ref()) || !taken.is_sound() {
                    self.handed.breaks((self.place.clock)());
                    return Err(io::Error::other(
                        "the log of the database was not read whole; its copy begins anew",
                    ));
                }
                end = taken.end();
            }
            let mut bytes = 0;
            let fits = |taken: &&Taken| {
                bytes += taken.bytes.len();
                bytes <= PIECE_BYTES
            };
            let count = self.in_hand.iter().take_while(fits).count().max(1);
            // A log that begins here has everything before it in the database file.
            if self.in_hand[..count].iter().any(|taken| taken.first == 0) {
                self.bases.generation = Some(chain.mark.piece + 1);
            }
            chain.write(&self.in_hand[..count], &self.place)?;
            self.in_hand.drain(..count);
            self.handed.wrote(self.in_hand.first().map(|one| one.at));
        }
    }
}

impl Chain {
    /// Writes a piece. What fails begins a new file, so that no number is sealed twice in one.
    fn write(&mut self, all: &[Taken], place: &SecondPlace) -> io::Result<()> {
        let mut open = match self.open.take() {
            Some(open) if open.bytes < LOG_FILE_BYTES && open.pieces < LOG_FILE_PIECES => open,
            _ => self.begin_file(place)?,
        };
        let sealed =
            open.seal.seal(all, &self.mark).ok_or_else(|| io::Error::other("a piece could not be sealed"))?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        let bytes = [length.to_be_bytes().as_slice(), &sealed].concat();
        if let Err(error) = open.append(&bytes, place) {
            if open.pieces == 0 {
                // Tried again each second, while the disk is full.
                let _ = std::fs::remove_file(&open.path);
            }
            return Err(error);
        }
        self.mark = self.mark.with(&sealed, all);
        self.open = Some(open);
        Ok(())
    }

    /// A file of pieces has its name when its first lines are whole.
    fn begin_file(&mut self, place: &SecondPlace) -> io::Result<Open> {
        self.files += 1;
        let path = self.folder.join(place::log_name(self.files, self.mark.piece + 1));
        let salt = (place.random)();
        let (key, check) = place.key.with(&salt).ok_or_else(|| io::Error::other("the key cannot be used"))?;
        let head = Head { chain: self.name.clone(), after: self.mark.clone(), salt, check };
        let lines = format!("{LOG_MAGIC}\n{}\n", serde_json::to_string(&head)?);
        let part = path.with_extension(PART);
        place.step("begin a file")?;
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()?;
        place.step("name a file")?;
        std::fs::rename(&part, &path)?;
        sync_folder(&self.folder)?;
        let seal = Seal { key, lines: Sha256::digest(lines.as_bytes()).into() };
        Ok(Open { path, file, seal, bytes: 0, pieces: 0 })
    }
}
