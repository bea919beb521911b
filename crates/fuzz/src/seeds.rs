//! Inputs to begin with: files of the repository, and what once broke something.

use crate::Target;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// All files of a folder and those below it whose names end in one of `endings`, in the order of their paths.
#[must_use]
pub fn from_folder(folder: &Path, endings: &[&str]) -> Vec<Vec<u8>> {
    let (mut folders, mut files) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

/// The same of a folder of the repository.
pub(crate) fn of_repository(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    from_folder(&root().join(folder), endings)
}

/// Texts as inputs.
pub(crate) fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// What a target begins with: its seeds, and what once broke it.
#[must_use]
pub fn kept(target: &Target) -> Vec<Vec<u8>> {
    let mut all = (target.seeds)();
    all.extend(of_repository(&format!("crates/fuzz/corpus/{}", target.name), &[""]));
    all
}
