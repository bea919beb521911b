//! What a store is opened with, and the limits of its writer.

use crate::second::SecondPlace;
use std::ffi::CStr;
use std::path::Path;
use std::sync::Arc;

/// A monotonic clock: microseconds since any fixed moment. An argument so that the storm test can own it.
pub type Monotonic = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How long a group goes on taking settles before it commits, in microseconds. More gains no throughput and costs
/// acknowledgement time (measured: 2 ms gives p99 28 ms at overload, 20 ms gives 344 ms).
pub const GROUP_MICROSECONDS: u64 = 2_000;
/// Settles in one group at most. A commit writes about 30 pages per settle (10 settles: 3 ms), which the time limit
/// cannot see because it comes after.
pub const GROUP_SETTLES: usize = 20;
/// Changes of audit rows alone in one group at most, beside [`GROUP_SETTLES`] others: hundreds of looks share a handful of
/// pages.
pub const GROUP_LOOKS: usize = 256;
/// Appends in one group at most: 256 of 2 kB commit in about 3 ms.
pub const GROUP_APPENDS: usize = 256;
/// Raw bytes appended in one group at most (bytes).
pub const GROUP_BYTES: usize = 16 << 20;
/// Appends that may wait for the writer (messages); more are told to try again.
pub const QUEUE_APPENDS: usize = 4_096;
/// Raw bytes that may wait for the writer (bytes); more are told to try again.
pub const QUEUE_BYTES: usize = 128 << 20;
/// Settles that may wait for the writer (changes); more are told to try again.
pub const QUEUE_SETTLES: usize = 1_024;
/// Pages of write-ahead log after which the checkpoint thread starts (64 MB of 4 kB pages).
pub const CHECKPOINT_PAGES: u32 = 16_384;
/// Passes of the checkpoint thread before the writer finishes.
pub const CHECKPOINT_PASSES: u32 = 3;
/// Groups between two looks at the length of the log.
pub const LOOK_AT_LOG_EVERY: u32 = 32;
/// Read connections kept open for reuse.
pub const POOLED_VIEWS: usize = 16;

/// Views that may be open at a PostgreSQL at once. Its `max_connections` is 100 unless said, of which it keeps three; the
/// writer has one, and commands beside the server need some.
pub const SERVER_VIEWS: usize = 64;
/// How long somebody waits for one of them (milliseconds).
pub const SERVER_VIEW_MILLISECONDS: u64 = 5_000;

/// Where the writer asks whether a fault shall happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// Before an append is written; with how many are in the group so far.
    Append(usize),
    /// Before a settle is written; with how many are in the group so far.
    Settle(usize),
    /// Everything is written, nothing is committed.
    BeforeCommit {
        /// Appends in the group.
        appends: usize,
        /// Settles in the group.
        settles: usize,
    },
    /// Committed and synced; nobody has been answered.
    AfterCommit,
}

/// What shall happen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Continue,
    /// The disk is full: the group is rolled back.
    DiskFull,
    /// Reading or writing failed: the group is rolled back, the connection is opened again.
    Io,
    /// A sync failed: nothing is taken any more (HAZARDS D3).
    Sync,
    /// The process dies here: nobody is answered and nothing is done any more.
    Crash,
}

/// A seam for tests; production has none.
pub trait Faults: Send + Sync {
    /// Asked at each point, in the writer's thread.
    fn at(&self, point: FaultPoint) -> Fault;
    /// How many pages the database file may have from now on; asked before each group. `None` leaves it as it is.
    fn page_limit(&self) -> Option<u32> {
        None
    }
    /// Told in the writer's thread before it takes what waits; it goes on when this returns.
    fn begins(&self) {}
    /// Told in the writer's thread when everybody has been told and it looks for more, and when it has ended.
    fn rests(&self) {}
}

/// The disk under the database file, a seam for tests; production has none and uses that of the system.
pub trait Disk: Send + Sync {
    /// Name of the VFS of SQLite through which every connection reads and writes.
    fn vfs(&self) -> &CStr;
    /// The sync of the checkpoint thread, which goes past SQLite.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&self, database: &Path) -> std::io::Result<()>;
}

/// How a store is opened.
#[derive(Clone)]
pub struct Settings {
    /// Monotonic clock of the group limit.
    pub monotonic: Monotonic,
    /// Page cache of the writer in kibibytes.
    pub writer_cache_kib: u32,
    /// Page cache of each read connection in kibibytes.
    pub view_cache_kib: u32,
    /// [`GROUP_MICROSECONDS`] unless a trial says otherwise.
    pub group_microseconds: u64,
    /// [`GROUP_SETTLES`] unless a trial says otherwise.
    pub group_settles: usize,
    /// [`CHECKPOINT_PAGES`] unless a trial says otherwise.
    pub checkpoint_pages: u32,
    /// Where the log is shipped to; nowhere when left out, and never for a PostgreSQL.
    pub second: Option<SecondPlace>,
    /// Faults to happen; `None` outside tests.
    pub faults: Option<Arc<dyn Faults>>,
    /// Another disk; `None` outside tests.
    pub disk: Option<Arc<dyn Disk>>,
}

impl Settings {
    /// The usual settings with this clock.
    #[must_use]
    pub fn new(monotonic: Monotonic) -> Self {
        Self {
            monotonic,
            writer_cache_kib: 8 * 1024,
            view_cache_kib: 2 * 1024,
            group_microseconds: GROUP_MICROSECONDS,
            group_settles: GROUP_SETTLES,
            checkpoint_pages: CHECKPOINT_PAGES,
            second: None,
            faults: None,
            disk: None,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("group_microseconds", &self.group_microseconds)
            .field("group_settles", &self.group_settles)
            .field("checkpoint_pages", &self.checkpoint_pages)
            .field("faults", &self.faults.is_some())
            .finish_non_exhaustive()
    }
}
