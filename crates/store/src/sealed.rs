//! A change made ready for the writer: everything that needs no database is computed in the caller's thread, because
//! the writer is the one thing that all share.

use crate::changes::Changes;
use crate::filing::{self, Packed};
use crate::index::{self, Entry};
use crate::rows::AuditRow;
use fhir::search::IndexRow;

/// A change with what the writer would otherwise have to compute.
pub(crate) struct Sealed {
    /// The change itself.
    pub(crate) changes: Changes,
    /// One per resource version, in the same order.
    pub(crate) versions: Vec<SealedVersion>,
    /// One per resource that is indexed anew, in the same order.
    pub(crate) reindexed: Vec<SealedVersion>,
    /// The versions as rows, in the same order.
    pub(crate) filings: Vec<Packed>,
    /// Nothing but the audit rows of somebody who looked.
    pub(crate) is_look: bool,
}

/// Index entries of one version.
pub(crate) struct SealedVersion {
    /// Entries of global parameters, sorted: rows of their own.
    pub(crate) entries: Vec<Entry>,
    /// All entries in one column.
    pub(crate) column: Vec<u8>,
    /// Token systems that the entries name.
    pub(crate) systems: Vec<(i64, String)>,
}

impl Sealed {
    /// Makes a change ready.
    pub(crate) fn new(changes: Changes) -> Self {
        let versions = changes.resources.iter().map(|row| SealedVersion::of(&row.index)).collect();
        let reindexed = changes.reindexed.iter().map(|row| SealedVersion::of(&row.index)).collect();
        let filings = filing::pack(&changes.resources);
        Self { changes, versions, reindexed, filings, is_look: false }
    }

    /// Of a look: the rows that say it.
    pub(crate) fn of_look(audit: Vec<AuditRow>) -> Self {
        let changes = Changes { audit, ..Changes::default() };
        let (versions, reindexed) = (Vec::new(), Vec::new());
        Self { changes, versions, reindexed, filings: Vec::new(), is_look: true }
    }
}

impl SealedVersion {
    fn of(rows: &[IndexRow]) -> Self {
        let (mut entries, systems) = index::entries(rows);
        let column = index::encode(&entries);
        entries.retain(|entry| index::is_global(entry.param()));
        Self { column, entries, systems }
    }
}
