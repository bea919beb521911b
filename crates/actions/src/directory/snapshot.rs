//! The directory in memory: one value that is replaced whole. The store's table is the truth.

use crate::record::{Record, machine};
use crate::refusal::Refusal;
use clinical::directory::{Change, Directory, Fact};
use fhir::Instant;
use std::sync::Arc;
use store::{DirectoryChange, DirectoryEvent, Settled, View};

/// The directory with the number of the last change that is in it.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) seq: i64,
    pub(crate) directory: Arc<Directory>,
}

/// What the store knew at an instant; `None` while nothing was ever loaded.
pub(crate) fn read(view: &View, at: Instant) -> Result<Option<Snapshot>, Refusal> {
    let seq = view.directory_seq()?;
    if seq == 0 {
        return Ok(None);
    }
    let mut facts = Vec::new();
    for event in view.directory_at(at)? {
        facts.push(serde_json::from_str::<Fact>(&event.body).map_err(|error| {
            let what = format!("{} {}", event.sort, event.id);
            Refusal::unreadable(
                format!(
                    "The directory's {what} cannot be read: {error}. Load it again with opor directory load."
                ),
                format!(
                    "{what} du répertoire ne peut être lu : {error}. Rechargez-le avec opor directory load."
                ),
            )
        })?);
    }
    let directory = Directory::from_facts(facts.into_iter()).map_err(|problem| contradicts(&problem))?;
    Ok(Some(Snapshot { seq, directory: Arc::new(directory) }))
}

/// A change that would leave the directory contradicting itself.
pub(crate) fn contradicts(problem: &clinical::directory::DirectoryProblem) -> Refusal {
    Refusal::unreadable(format!("Nothing was changed: {problem}"), format!("Rien n'a été changé : {problem}"))
}

/// The rows of changes.
pub(crate) fn events(
    changes: &[Change],
    at: Instant,
    actor: &str,
    source: &str,
    reason: &str,
) -> Vec<DirectoryChange> {
    let row = |change: &Change| {
        let (sort, id) = change.key();
        let body = match change {
            Change::Set(fact) => serde_json::to_string(fact).unwrap_or_default(),
            Change::Withdraw { .. } => String::new(),
        };
        let (actor, source, reason) = (actor.to_owned(), source.to_owned(), reason.to_owned());
        DirectoryChange::Event(DirectoryEvent { seq: 0, at, actor, source, reason, sort, id, body })
    };
    changes.iter().map(row).collect()
}

impl Record {
    /// Load a directory into a store that has none; what a store knows already is left as it is. Returns the changes
    /// that would make it the same as `wanted`.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn first_directory(
        &self,
        wanted: &Directory,
        source: &str,
        now: Instant,
    ) -> Result<Vec<Change>, Refusal> {
        if self.store().view()?.directory_seq()? == 0 {
            let changes = Directory::default().difference(wanted);
            if !changes.is_empty() {
                let load =
                    super::Load { changes, source: source.to_owned(), reason: "first load".to_owned() };
                self.act(&machine("opor directory", now), load)?;
            }
            return Ok(Vec::new());
        }
        Ok(self.directory().difference(wanted))
    }

    /// The directory as it was known at an instant (H19); `None` before anything was loaded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn directory_at(&self, at: Instant) -> Result<Option<Arc<Directory>>, Refusal> {
        let view = self.store().view()?;
        Ok(read(&view, at)?.map(|snapshot| snapshot.directory))
    }

    /// Takes over what the store's table says now, when that is newer.
    pub fn refresh_directory(&self) {
        let read = || -> Result<Option<Snapshot>, Refusal> {
            let view = self.store().view()?;
            if view.directory_seq()? <= self.snapshot().seq {
                return Ok(None);
            }
            read(&view, Instant(i64::MAX))
        };
        match read() {
            Ok(Some(newer)) => self.take_directory(newer),
            Ok(None) => {}
            Err(refusal) => {
                tracing::error!(reason = %refusal.words.en, "the directory could not be read again; what is routed waits");
            }
        }
    }
}

/// Whether a settle failed because the directory had changed meanwhile.
pub(crate) fn is_behind(settled: &Settled) -> bool {
    matches!(settled, Settled::Stale(store::Requirement::DirectoryIs(_)))
}
