//! Folders that another system reads and writes: files appear whole or not at all, and a file of words says one thing a
//! line, `word: what`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Longest file of words that is read, in bytes.
const WORDS_LIMIT_BYTES: u64 = 64 << 10;

/// Writes a file so that a reader sees all of it or nothing, and a power cut leaves one of the two: a name that begins
/// with a dot, synced, renamed, the folder synced.
pub(super) fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let (new, whole) = (folder.join(format!(".{name}.new")), folder.join(name));
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, &whole)?;
    File::open(folder)?.sync_all()
}

/// Moves a file; both folders are synced.
pub(super) fn file_away(from: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let Some(name) = from.file_name() else { return Ok(()) };
    fs::rename(from, folder.join(name))?;
    if let Some(parent) = from.parent() {
        File::open(parent)?.sync_all()?;
    }
    File::open(folder)?.sync_all()
}

/// Takes a file away; that it is not there is no failure.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file of words; `None` when it is not there.
pub(super) fn words(path: &Path) -> io::Result<Option<Words>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(WORDS_LIMIT_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(Words(String::from_utf8_lossy(&bytes).into_owned())))
}

/// What a file of words says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(String);

impl Words {
    /// What follows a word; empty when it is not there.
    pub(super) fn of(&self, word: &str) -> &str {
        let said = |line: &'_ str| -> Option<usize> {
            let (key, _) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(word).then_some(key.len() + 1)
        };
        self.0.lines().find_map(|line| Some(line[said(line)?..].trim())).unwrap_or_default()
    }
}

/// A name for a file that cannot lead out of its folder. Control ids of ours are letters and digits.
pub(super) fn name_of(control_id: &str, ending: &str) -> io::Result<String> {
    if control_id.is_empty() || !control_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(io::Error::other(format!("\"{control_id}\" is no name for a file")));
    }
    Ok(format!("{control_id}.{ending}"))
}

/// Does work on files away from the tasks that wait for sockets.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(io::Error::other(broken)))
}

/// An empty folder of a test.
#[cfg(test)]
pub(super) fn test_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("opor-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::create_dir_all(&folder);
    folder
}

/// The path of a folder as the directory names it.
pub(super) fn folder(address: &str) -> PathBuf {
    PathBuf::from(address.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_and_nothing_else_is_left() {
        let folder = test_folder("spool");
        put(&folder, "a.txt", b"State : sent\npages:2\n").expect("written");
        put(&folder, "a.txt", b"State : sent\npages: 3\n").expect("written again");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
        let words = words(&folder.join("a.txt")).expect("readable").expect("there");
        assert_eq!((words.of("state"), words.of("PAGES"), words.of("text")), ("sent", "3", ""));
        assert!(name_of("../x", "xml").is_err() && name_of("", "xml").is_err());
        fs::remove_dir_all(folder).expect("removed");
    }
}
