//! A folder in memory that goes with its test, and the files of a database in it.

use crate::memory;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{DATABASE_FILE, LOCK_FILE};

/// Bytes of files by their name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A folder of its own.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one, on a file system in memory where there is room: what is tried is what a disk does, not a disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = memory::base().join(format!("opor-faultdisk-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// Makes these its files and leaves no other beside the lock. A file that stays is written over: the store keeps a
    /// handle of each database file for its life.
    ///
    /// # Errors
    /// What the system says.
    pub fn put(&self, files: &Files) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != LOCK_FILE && !files.contains_key(&name) {
                std::fs::remove_file(self.0.join(name))?;
            }
        }
        for (name, bytes) in files {
            std::fs::write(self.0.join(name), bytes)?;
        }
        Ok(())
    }
    /// Its files, without the lock and the index of the log, which says nothing after a start.
    ///
    /// # Errors
    /// What the system says.
    pub fn files(&self) -> io::Result<Files> {
        let mut files = Files::new();
        for entry in std::fs::read_dir(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(DATABASE_FILE) && !name.ends_with("-shm") {
                files.insert(name.clone(), std::fs::read(self.0.join(name))?);
            }
        }
        Ok(files)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
