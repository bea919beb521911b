//! Folders that another system reads and writes: files appear whole or not at all, and a file of words says one thing a
//! line, `word: what`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

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

/// Takes a file away that was written longer ago than `kept`.
pub(super) fn remove_older(path: &Path, now: SystemTime, kept: Duration) -> io::Result<()> {
    let written = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?.modified()?,
    };
    let is_older = now.duration_since(written).is_ok_and(|age| age > kept);
    if is_older { remove(path) } else { Ok(()) }
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

/// Does work on files away from the tasks that wait for sockets, and waits for it no longer than a receiver may take. A
/// folder that answers nothing (a share whose server is gone) holds one thread for each connection and no more.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// What did not come to an end in time.
    stuck: Option<JoinHandle<()>>,
}

impl Apart {
    /// What the work says.
    ///
    /// # Errors
    /// It fails, or is not done within `limit`; whether it will be is not known then, so it must be safe to do twice.
    pub(super) async fn work<T: Send + 'static>(
        &mut self,
        limit: Duration,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        if self.stuck.take_if(|stuck| stuck.is_finished()).is_none() && self.stuck.is_some() {
            return Err(unanswered());
        }
        let (told, mut hears) = oneshot::channel();
        let task = tokio::task::spawn_blocking(move || drop(told.send(work())));
        match timeout(limit, &mut hears).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(io::Error::other("the work on the folder broke down")),
            Err(_) => {
                self.stuck = Some(task);
                Err(unanswered())
            }
        }
    }
}

fn unanswered() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the folder does not answer; look at the disk or share it is on")
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

    #[tokio::test]
    async fn h12_a_folder_that_does_not_answer_is_given_up_in_time_and_holds_one_thread() {
        let (limit, mut apart) = (Duration::from_millis(20), Apart::default());
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let hung = apart.work(limit, move || wait.recv().map_err(io::Error::other)).await;
        assert_eq!(hung.expect_err("too long").kind(), io::ErrorKind::TimedOut);
        let ran = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let other = std::sync::Arc::clone(&ran);
        let begun = move || {
            other.store(true, std::sync::atomic::Ordering::Relaxed);
            Ok(())
        };
        let next = apart.work(limit, begun).await;
        assert!(next.is_err() && !ran.load(std::sync::atomic::Ordering::Relaxed), "nothing more is begun");
        drop(go);
        let long = Duration::from_secs(60);
        while apart.stuck.as_ref().is_some_and(|stuck| !stuck.is_finished()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(apart.work(long, || Ok(7)).await.expect("the folder is back"), 7);
    }
}
