//! How far a load has come: kept beside the record, so that one that was stopped goes on where it was.

use anyhow::Context as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What tells a source from another one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Mark {
    /// Bytes, or people.
    pub(super) length: u64,
    /// When it was changed, in milliseconds.
    pub(super) modified: u128,
}

/// What became of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Counts {
    /// Not on file before.
    pub(crate) new: u64,
    /// On file before; brought up to date where they differed.
    pub(crate) before: u64,
    /// Resources, or files that are no resources, that were not taken.
    pub(crate) refused: u64,
}

impl Counts {
    pub(super) fn add(&mut self, more: Self) {
        self.new += more.new;
        self.before += more.before;
        self.refused += more.refused;
    }
    pub(super) fn all(self) -> u64 {
        self.new + self.before + self.refused
    }
}

/// How far one source has come. What is done behind a piece that is not done yet does not count: it is done again.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Reached {
    mark: Mark,
    /// Up to where, in bytes or people.
    done: u64,
    /// What became of that.
    counts: Counts,
    #[serde(skip)]
    next: u64,
    #[serde(skip)]
    ahead: BTreeMap<u64, (u64, Counts)>,
}

impl Reached {
    /// Up to where it came, in bytes or people.
    pub(super) fn reached(&self) -> u64 {
        self.done
    }
    /// How much there is.
    pub(super) fn length(&self) -> u64 {
        self.mark.length
    }
    /// A piece is done.
    pub(super) fn done(&mut self, number: u64, end: u64, counts: Counts) {
        self.ahead.insert(number, (end, counts));
        while let Some((end, counts)) = self.ahead.remove(&self.next) {
            self.next += 1;
            self.done = end;
            self.counts.add(counts);
        }
    }
}

/// The kept position.
#[derive(Debug)]
pub(super) struct Position {
    file: Option<PathBuf>,
    pub(super) sources: Vec<(String, Reached)>,
}

impl Position {
    /// What was reached before, of sources that have not changed since; nothing of others.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(file: Option<PathBuf>, sources: Vec<(String, Mark)>) -> anyhow::Result<Self> {
        let mut kept: BTreeMap<String, Reached> = match &file {
            Some(file) if file.exists() => {
                let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
                // One that was cut short says nothing: what is on file is found there again.
                serde_json::from_slice(&text).unwrap_or_default()
            }
            _ => BTreeMap::new(),
        };
        let sources = sources.into_iter().map(|(name, mark)| {
            let before = kept.remove(&name).filter(|before| before.mark == mark);
            let reached = before.unwrap_or_else(|| Reached { mark, ..Reached::default() });
            (name, reached)
        });
        Ok(Self { sources: sources.collect(), file })
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn keep(&self) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let all: BTreeMap<&str, &Reached> =
            self.sources.iter().map(|(name, reached)| (name.as_str(), reached)).collect();
        write(file, &serde_json::to_vec(&all)?)
    }

    /// Everything is loaded: the next load begins anew and finds everything as it is.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub(super) fn forget(&self) -> anyhow::Result<()> {
        match self.file.as_ref().filter(|file| file.exists()) {
            Some(file) => Ok(std::fs::remove_file(file)?),
            None => Ok(()),
        }
    }

    /// What became of everything so far.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.sources.iter().for_each(|(_, reached)| counts.add(reached.counts));
        counts
    }
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, bytes).with_context(|| format!("cannot write {}", fresh.display()))?;
    std::fs::rename(&fresh, file).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h26_what_is_done_out_of_turn_counts_when_everything_before_it_is_done() {
        let of = |new| Counts { new, ..Counts::default() };
        let mut reached = Reached::default();
        reached.done(1, 20, of(2));
        assert_eq!((reached.done, reached.counts), (0, Counts::default()));
        reached.done(0, 10, of(1));
        assert_eq!((reached.done, reached.counts), (20, of(3)));
        reached.done(2, 30, of(4));
        assert_eq!((reached.done, reached.counts), (30, of(7)));
    }

    #[test]
    fn h26_a_position_is_that_of_the_same_file() {
        let folder = crate::folder::Folder::new("position");
        let file = folder.join("load.position");
        let mark = Mark { length: 30, modified: 5 };
        let open =
            |mark| Position::read(Some(file.clone()), vec![("a".to_owned(), mark)]).expect("a position");
        let mut position = open(mark);
        position.sources[0].1.done(0, 10, Counts { new: 7, ..Counts::default() });
        position.keep().expect("kept");
        assert_eq!((open(mark).sources[0].1.done, open(mark).counts().new), (10, 7));
        let changed = open(Mark { modified: 6, ..mark });
        assert_eq!((changed.sources[0].1.done, changed.counts().new), (0, 0));
        std::fs::write(&file, "{\"a\":").expect("cut short");
        assert_eq!(open(mark).sources[0].1.done, 0);
        position.forget().expect("forgotten");
        assert!(!file.exists());
    }
}
