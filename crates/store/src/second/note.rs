//! What a clean end leaves in the data folder.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Says in the data folder that everything was shipped when the record was closed, up to this piece: the next chain is the
/// same one. Whoever opens the record to write takes it away first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(super) chain: String,
    pub(super) piece: u64,
    #[serde(with = "crate::copy::hexadecimal")]
    pub(super) digest: [u8; 32],
}

/// Name of the note in the data folder.
const NOTE_FILE: &str = "record.shipped";

impl Note {
    /// Takes the note away, for good, and says what it said.
    pub(crate) fn take(dir: &Path) -> io::Result<Option<Self>> {
        let path = dir.join(NOTE_FILE);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        std::fs::remove_file(&path)?;
        File::open(dir)?.sync_all()?;
        Ok(serde_json::from_slice(&bytes).ok())
    }

    /// Leaves it.
    pub(super) fn leave(&self, dir: &Path) -> io::Result<()> {
        let mut file = File::create(dir.join(NOTE_FILE))?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        File::open(dir)?.sync_all()
    }
}
