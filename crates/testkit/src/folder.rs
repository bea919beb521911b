//! A folder of a test, gone when the test ends, also when it fails. Crates under this one have it as a file of their own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An empty folder with a name of its own.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one; `name` says of which test it is.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "a test without its folder has failed; a module of tests allows it anyway"
    )]
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("opor-{name}-{}-{number}", std::process::id()));
        // One of a process that was killed and had the same number.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Deref for Folder {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
