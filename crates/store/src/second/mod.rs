//! The log in a second place, and the record as of a moment (HAZARDS D13). The one writer hands over the frames of each
//! commit with its time ([`handed`]); a thread of its own writes them to another disk, sealed and chained
//! ([`shipping`], [`piece`]), beside copies of the database file ([`base`]) that they build upon. What is there becomes a
//! record as of any commit again ([`restoring`]).
//!
//! The writer never waits for the second place. What could not be handed over breaks the chain, and the next one begins
//! with a copy of the database file (decision 47).

mod base;
mod handed;
mod keeping;
mod note;
mod piece;
mod place;
mod restoring;
mod shipping;
mod taking;

use crate::backup::Key;
use fhir::Instant;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use handed::Status;
pub(crate) use note::Note;
pub use restoring::{PutsFiles, Restored, SecondProblem, Span, look_through, restore};
pub(crate) use shipping::Second;

/// Bytes of log that wait for the second place at most; what comes when there are more is left out, and the chain begins
/// anew.
pub const WAITING_BYTES: usize = 256 << 20;
/// How often what waits is written to the second place.
pub const SHIPPED_EVERY: Duration = Duration::from_secs(1);
/// How long an acknowledged commit is missing in a second place that can be written (seconds): one round that waits, one
/// that writes, and room for a slow disk.
pub const BOUND_SECONDS: i64 = 5;
/// How long the end of a process waits for what is left to be written there.
const LAST_ROUND: Duration = Duration::from_secs(10);

/// The wall clock.
pub type Wall = Arc<dyn Fn() -> Instant + Send + Sync>;
/// Thirty-two random bytes, others each time.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;
/// The files of the installation that a record is restored with: name, bytes.
pub type Files = Arc<dyn Fn() -> std::io::Result<Vec<(String, Vec<u8>)>> + Send + Sync>;
/// Asked before each step at the second place, by its name; a seam for tests.
pub type Hinder = Arc<dyn Fn(&'static str) -> std::io::Result<()> + Send + Sync>;

/// Where the log is shipped to, and how.
#[derive(Clone)]
pub struct SecondPlace {
    /// Folder on another disk.
    pub folder: PathBuf,
    /// What everything there is sealed with.
    pub key: Key,
    /// Wall clock: the time of a commit is the time at which it was confirmed.
    pub clock: Wall,
    /// Randomness of salts and names.
    pub random: Random,
    /// Files that go with each copy of the database.
    pub files: Files,
    /// [`SHIPPED_EVERY`] unless a test says otherwise.
    pub every: Duration,
    /// [`WAITING_BYTES`] unless a test says otherwise.
    pub waiting_bytes: usize,
    /// Every moment of so many days can be restored.
    pub keep_days: i64,
    /// A new copy of the database file after so many hours.
    pub base_hours: i64,
    /// What fails; `None` outside tests.
    pub hinder: Option<Hinder>,
}

impl SecondPlace {
    /// A step at the second place begins.
    fn step(&self, name: &'static str) -> std::io::Result<()> {
        self.hinder.as_ref().map_or(Ok(()), |hinder| hinder(name))
    }
}
