//! A change made ready for the writer: everything that needs no database is computed in the caller's thread, because
//! the writer is the one thing that all share.

use crate::changes::Changes;
use crate::checksum::{self, CHECKSUM_BYTES};
use crate::index::{self, Entry};

/// A change with what the writer would otherwise have to compute.
pub(crate) struct Sealed {
    /// The change itself.
    pub(crate) changes: Changes,
    /// One per resource version, in the same order.
    pub(crate) versions: Vec<SealedVersion>,
}

/// Checksum and index entries of one version.
pub(crate) struct SealedVersion {
    /// Checksum of the body.
    pub(crate) checksum: [u8; CHECKSUM_BYTES],
    /// Entries, sorted.
    pub(crate) entries: Vec<Entry>,
    /// The same in one column.
    pub(crate) column: Vec<u8>,
    /// Token systems that the entries name.
    pub(crate) systems: Vec<(i64, String)>,
}

impl Sealed {
    /// Makes a change ready.
    pub(crate) fn new(changes: Changes) -> Self {
        let versions = changes
            .resources
            .iter()
            .map(|row| {
                let (entries, systems) = index::entries(&row.index);
                SealedVersion {
                    checksum: checksum::of_version(row.key, row.version, &row.body),
                    column: index::encode(&entries),
                    entries,
                    systems,
                }
            })
            .collect();
        Self { changes, versions }
    }
}
