//! Copies of the database file. One is read page by page while the record goes on, and pieces are written meanwhile. A page may
//! be copied while a checkpoint writes it: every frame that a checkpoint could write then is in the pieces from `from`
//! (where the log that was under way began) to `through` (when the copy was done), and is written over it again.

use super::place::{PART, base_name, sync_folder};
use super::shipping::Keeper;
use crate::backup::piece;
use crate::backup::sealed::Sealing;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

/// First line of every copy.
pub(super) const BASE_MAGIC: &str = "opor base 1";
/// A file of the installation, some bytes of the database file in their order, the end.
pub(super) const FILE: u8 = b'F';
pub(super) const PAGES: u8 = b'P';
pub(super) const END: u8 = b'E';
/// Bytes that are read at once.
const CHUNK_BYTES: u64 = 1 << 20;
/// How long after one that failed the next one is tried (seconds): it may be as large as the record.
const RETRY_SECONDS: i64 = 60;

/// What is known of the copies of a chain.
#[derive(Debug, Default)]
pub(super) struct Bases {
    /// The piece with the beginning of the log that is under way; `None` while that is not known.
    pub(super) generation: Option<u64>,
    /// When the last one was made, and through which piece.
    pub(super) last: Option<(Instant, u64)>,
    /// What hindered one, and when.
    pub(super) failed: Option<(Instant, String)>,
    /// There may be something that is kept no longer.
    pub(super) lets_go: bool,
}

/// What stands in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) chain: String,
    #[serde(with = "crate::copy::hexadecimal")]
    pub(super) salt: [u8; 32],
    #[serde(with = "crate::backup::eight")]
    pub(super) check: [u8; 8],
}

/// What stands at its end, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ending {
    /// Bytes of the database file.
    pub(super) bytes: u64,
    pub(super) from: u64,
    pub(super) through: u64,
    /// Of when it is, microseconds since 1970, UTC.
    pub(super) at: i64,
}

impl Keeper {
    /// Writes a copy when one is due.
    pub(super) fn copy_base(&mut self) -> io::Result<()> {
        let now = (self.place.clock)();
        let (Some(chain), Some(from)) = (&self.chain, self.bases.generation) else { return Ok(()) };
        let is_due = self.bases.last.is_none_or(|(made, through)| {
            now.seconds_since(made) >= self.place.base_hours * 3_600 && through < chain.mark.piece
        });
        if !is_due {
            return Ok(());
        }
        if let Some((at, why)) = &self.bases.failed
            && (0..RETRY_SECONDS).contains(&now.seconds_since(*at))
        {
            return Err(io::Error::other(why.clone()));
        }
        let part = chain.folder.join("base").with_extension(PART);
        match self.write_base(from, &part) {
            Ok(through) => {
                (self.bases.last, self.bases.failed) = (Some((now, through)), None);
                self.bases.lets_go = true;
                self.handed.has_base();
                Ok(())
            }
            Err(error) => {
                // A disk that is full needs the room for pieces.
                let _ = std::fs::remove_file(&part);
                self.bases.failed = Some((now, error.to_string()));
                Err(error)
            }
        }
    }

    fn write_base(&mut self, from: u64, part: &Path) -> io::Result<u64> {
        let Some(chain) = &self.chain else { return Err(gone()) };
        let (folder, salt) = (chain.folder.clone(), (self.place.random)());
        let (key, check) =
            self.place.key.with(&salt).ok_or_else(|| io::Error::other("the key cannot be used"))?;
        let head = Head { chain: chain.name.clone(), salt, check };
        let lines = format!("{BASE_MAGIC}\n{}\n", serde_json::to_string(&head)?);
        self.place.step("begin a copy")?;
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(part)?;
        let mut to = BufWriter::with_capacity(1 << 20, &file);
        let mut out = Sealing::begin(&mut to, lines.as_bytes(), key)?;
        for (name, bytes) in (self.place.files)()? {
            let length = u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes();
            piece(&mut out, FILE, &[length.as_slice(), name.as_bytes(), &bytes].concat())?;
        }
        // What the file grows by meanwhile is in the frames.
        let bytes = self.database.metadata()?.len();
        let mut chunk = Vec::new();
        let mut at = 0;
        while at < bytes {
            chunk.resize(usize::try_from(CHUNK_BYTES.min(bytes - at)).map_err(io::Error::other)?, 0);
            self.database.read_exact_at(&mut chunk, at)?;
            self.place.step("write a part of a copy")?;
            piece(&mut out, PAGES, &chunk)?;
            at += chunk.len() as u64;
            self.handed.copying(at, bytes);
            self.ship()?;
            if self.handed.is_stopping() || self.handed.is_broken() {
                return Err(io::Error::other("the copy of the database was stopped; it is made anew"));
            }
        }
        // What a checkpoint has written is handed over when its commit has ended.
        if !self.handed.settles(self.place.every.max(super::SHIPPED_EVERY)) {
            return Err(io::Error::other("a commit did not end; the copy is made anew"));
        }
        self.ship()?;
        let Some(chain) = &self.chain else { return Err(gone()) };
        let (through, moment) = (chain.mark.piece, Instant(chain.mark.at));
        let ending = Ending { bytes, from, through, at: moment.0 };
        piece(&mut out, END, &serde_json::to_vec(&ending)?)?;
        out.end()?;
        to.flush()?;
        self.place.step("sync a copy")?;
        file.sync_all()?;
        self.place.step("name a copy")?;
        std::fs::rename(part, folder.join(base_name(from, through, moment)))?;
        sync_folder(&folder)?;
        Ok(through)
    }
}

fn gone() -> io::Error {
    io::Error::other("there is no chain to copy the database for")
}
