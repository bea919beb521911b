//! What only the process and its machine know: the disk, files, clocks, who writes. The binary says it every few seconds;
//! the look puts it beside what the record knows.

use crate::space::Space;
use fhir::Instant;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A fact that may not be there: what is not known is never taken for well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Known<T> {
    /// It cannot be seen from here.
    #[default]
    NotKnown,
    /// Nobody set it up.
    NotSetUp,
    /// It is so.
    Is(T),
}

/// Which process writes to the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writer {
    /// This one.
    Here,
    /// Another one; this one stands by, and what keeps it from taking over when there is such a thing.
    StandingBy(Option<String>),
    /// Another one of this machine, with its number where the system tells it.
    Another(Option<u32>),
    /// None: senders are not answered.
    Nobody,
}

/// Where the record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `SQLite` or `PostgreSQL`.
    pub sort: String,
    /// Its size, where it can be told (bytes).
    pub bytes: Option<u64>,
}

/// A certificate of our lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its file, or the link on which it was shown.
    pub name: String,
    /// When it ends, or why it cannot be read.
    pub ends: Result<Instant, String>,
}

/// A downtime copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The place, as people read it.
    pub name: String,
    /// When it was made; `None` when there is none.
    pub made: Option<Instant>,
}

/// What the process and its machine say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// When it was looked; what was said long ago is not known any more.
    pub looked: Instant,
    /// Version of the program.
    pub version: String,
    /// When the process that serves started.
    pub started: Known<Instant>,
    /// Who writes.
    pub writer: Known<Writer>,
    /// Where the record is.
    pub database: Known<Database>,
    /// The disk of the data folder.
    pub disk: Known<Space>,
    /// Certificates of the settings and those that senders showed.
    pub certificates: Known<Vec<Certificate>>,
    /// When the last backup that was read again was taken.
    pub backup: Known<Instant>,
    /// When the last backup was taken that was restored for a trial.
    pub drill: Known<Instant>,
    /// Downtime copies as they lie there.
    pub copies: Known<Vec<Copy>>,
    /// When a witness of the activity log asked last.
    pub witness: Known<Instant>,
    /// When background work was last done.
    pub background: Known<Instant>,
    /// The last time that the clock jumped: when, and by how many seconds. `Is(None)` when it did not since it is watched.
    pub jump: Known<Option<(Instant, i64)>>,
    /// Whether a machine calls people.
    pub paging: Known<()>,
}

/// What the process said longer ago than this is not known any more (seconds): it looks every ten.
const STALE_SECONDS: i64 = 60;

impl Place {
    /// What counts of it now.
    pub(super) fn at(&self, now: Instant) -> Cow<'_, Self> {
        if now.seconds_since(self.looked) <= STALE_SECONDS {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self { version: self.version.clone(), ..Self::default() })
    }
}

/// What was said last, and what doors saw since the start.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    place: Arc<Place>,
    shown: BTreeMap<String, Instant>,
    asked: Option<Instant>,
}

/// Links whose certificates are remembered at most; links are those of the settings.
const SHOWN_LIMIT: usize = 1_000;

impl Told {
    fn held(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn said(&self) -> Arc<Place> {
        Arc::clone(&self.held().place)
    }

    pub(crate) fn say(&self, place: Place) {
        self.held().place = Arc::new(place);
    }

    pub(crate) fn shown(&self, link: &str, ends: Instant) {
        let mut held = self.held();
        if held.shown.len() < SHOWN_LIMIT || held.shown.contains_key(link) {
            held.shown.insert(link.to_owned(), ends);
        }
    }

    pub(crate) fn all_shown(&self) -> Vec<(String, Instant)> {
        self.held().shown.iter().map(|(link, ends)| (link.clone(), *ends)).collect()
    }

    pub(crate) fn asked(&self, now: Instant) {
        self.held().asked = Some(now);
    }

    pub(crate) fn last_asked(&self) -> Option<Instant> {
        self.held().asked
    }
}
