//! Messages that other people wrote, from `../shared/data`, and our own cases; each as one message.

use std::path::{Path, PathBuf};

/// The folders of real input.
pub(crate) const SETS: [&str; 8] = [
    "hl7v2-cdc-newborn",
    "hl7v2-google-wstl",
    "hl7v2-linuxforhealth",
    "hl7v2-microsoft",
    "hl7v2-python-libs",
    "hl7v2-reportstream",
    "hl7v2-simhospital",
    "hl7v2-vendor-samples",
];

/// `../shared/data`, or `None` after saying aloud that it is missing.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared not laid beside the project");
    None
}

/// Every message of every `.hl7` file under `folder`, in the order of their names; batches and files with several
/// messages taken apart as `opor send` does.
pub(crate) fn messages(folder: &Path) -> Vec<Vec<u8>> {
    files(folder).iter().flat_map(|file| members(&std::fs::read(file).unwrap())).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("hl7")) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn members(bytes: &[u8]) -> Vec<Vec<u8>> {
    let contents = hl7v2::batch::split(bytes);
    if contents.members.is_empty() {
        return vec![bytes.to_vec()];
    }
    contents.members.iter().map(|member| with_cr(member.bytes)).collect()
}

/// Segments end in CR on the wire; files often end them with LF.
fn with_cr(message: &[u8]) -> Vec<u8> {
    if message.contains(&b'\r') {
        return message.to_vec();
    }
    message.iter().map(|&byte| if byte == b'\n' { b'\r' } else { byte }).collect()
}
