//! What was done for a record by commands beside the server, and when: a backup is made by one process and asked for by
//! another.

use anyhow::Context as _;
use fhir::Instant;
use serde::Deserialize;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// File of it in the data folder.
const DONE_FILE: &str = "last-done.toml";

/// When each was done last, as FHIR writes a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Done {
    /// The moment of a backup that was read again.
    backup: Option<String>,
    /// The moment of a backup that was restored for a trial and found whole.
    drill: Option<String>,
    /// A witness of the activity log read it in the data folder.
    witness: Option<String>,
}

impl Done {
    /// What is noted in a data folder; nothing where nothing is, or nothing that can be read.
    pub(crate) fn read(data: &Path) -> Self {
        let text = std::fs::read_to_string(data.join(DONE_FILE)).unwrap_or_default();
        toml::from_str(&text).unwrap_or_default()
    }

    pub(crate) fn backup(&self) -> Option<Instant> {
        moment(self.backup.as_deref())
    }

    pub(crate) fn drill(&self) -> Option<Instant> {
        moment(self.drill.as_deref())
    }

    pub(crate) fn witness(&self) -> Option<Instant> {
        moment(self.witness.as_deref())
    }
}

fn moment(text: Option<&str>) -> Option<Instant> {
    fhir::time::interval(text?).map(|(at, _)| at)
}

/// A backup was taken at `at` and read again; `tried` when it was restored and found whole too.
pub(crate) fn backup_made(data: &Path, at: Instant, tried: bool) {
    note(data, |done| {
        done.backup = Some(at.to_string());
        if tried {
            done.drill = Some(at.to_string());
        }
    });
}

/// A witness read the log of a data folder.
pub(crate) fn witness_read(data: &Path, at: Instant) {
    note(data, |done| done.witness = Some(at.to_string()));
}

/// What was done stands whether or not it can be noted; whoever may only read the folder is told that the status will
/// not know of it.
fn note(data: &Path, change: impl FnOnce(&mut Done)) {
    let mut done = Done::read(data);
    change(&mut done);
    if let Err(error) = write(data, &done) {
        eprintln!("not noted for opor status: {error:#}");
    }
}

fn write(data: &Path, done: &Done) -> anyhow::Result<()> {
    let lines = [("backup", &done.backup), ("drill", &done.drill), ("witness", &done.witness)];
    let lines = lines.iter().filter_map(|(name, at)| Some(format!("{name} = \"{}\"\n", at.as_deref()?)));
    let text: String = lines.collect();
    let path = data.join(DONE_FILE);
    let fresh = path.with_extension("new");
    let words = || format!("cannot write {}", path.display());
    let mut file = File::create(&fresh).with_context(words)?;
    file.write_all(text.as_bytes()).with_context(words)?;
    std::fs::rename(&fresh, &path).with_context(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_what_was_done_is_noted_and_a_quick_backup_is_no_drill() {
        let folder = std::env::temp_dir().join(format!("opor-done-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert_eq!(Done::read(&folder), Done::default());
        let (first, second) = (Instant(1_795_417_200_000_000), Instant(1_795_503_600_000_000));
        backup_made(&folder, first, true);
        witness_read(&folder, first);
        backup_made(&folder, second, false);
        let done = Done::read(&folder);
        assert_eq!((done.backup(), done.drill(), done.witness()), (Some(second), Some(first), Some(first)));
        std::fs::write(folder.join(DONE_FILE), "backup = 7").unwrap();
        assert_eq!(Done::read(&folder).backup(), None, "what cannot be read is not known");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
