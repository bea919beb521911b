//! A maildir: files below `new` and `cur` are whole mails, what is being written stands in `tmp`.

use super::{Keeper, Trouble, is_of_one};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Mails of one round; the rest follows in the next.
const AT_ONCE: usize = 50;
/// Bytes read of one mail: one more than is looked into tells that there are more.
const READ_BYTES: u64 = mail::SIZE_LIMIT_BYTES as u64 + 1;

/// Takes what is there; how many.
pub(super) async fn round(keeper: &Keeper, folder: &Path, trouble: &mut Trouble) -> io::Result<usize> {
    let mut taken = 0;
    let mut mails = mails(folder)?;
    trouble.only(&mails.iter().map(|path| name(path)).collect());
    // Those that could not be taken before come last.
    mails.sort_by_cached_key(|path| (trouble.tries(&name(path)), path.clone()));
    for path in mails.into_iter().take(AT_ONCE) {
        let name = name(&path);
        match one(keeper, &path, trouble.tries(&name)).await {
            Ok(()) => {
                trouble.taken(keeper, &name).await;
                taken += 1;
            }
            Err(Stopped::Here(error)) => trouble.met(keeper, &name, &error).await,
            Err(Stopped::Everywhere(error)) => return Err(error),
        }
    }
    Ok(taken)
}

/// What keeps a mail from being taken.
enum Stopped {
    /// The mail itself.
    Here(io::Error),
    /// The record: nothing can be kept just now.
    Everywhere(io::Error),
}

async fn one(keeper: &Keeper, path: &Path, tries: u32) -> Result<(), Stopped> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Stopped::Here)?;
    file.take(READ_BYTES).read_to_end(&mut bytes).map_err(Stopped::Here)?;
    keeper
        .kept(bytes, tries)
        .await
        .map_err(|error| if is_of_one(&error) { Stopped::Here(error) } else { Stopped::Everywhere(error) })?;
    fs::remove_file(path).map_err(Stopped::Here)
}

/// What the mailbox calls a mail.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whole mails.
fn mails(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for part in ["new", "cur"] {
        let part = folder.join(part);
        if !part.exists() {
            fs::create_dir_all(&part)?;
        }
        for entry in fs::read_dir(&part)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}
