//! The store's handle: what the rest of the product holds.

use crate::changes::{Changes, Requirement};
use crate::checkpoint::{self, Signal, Synced, checkpoint};
use crate::checksum;
use crate::dialect;
use crate::migrate;
use crate::open;
use crate::problem::{OpenProblem, ReadProblem, TryAgain};
use crate::queue::{Early, Queue, Waiting};
use crate::rows::{Append, Appended, AuditRow, Link, LinkId, Refused};
use crate::sealed::Sealed;
use crate::second::{self, Second};
use crate::settings::{POOLED_VIEWS, SERVER_VIEW_MILLISECONDS, SERVER_VIEWS, Settings};
use crate::snapshots::Snapshots;
use crate::sql::{Address, Connection};
use crate::sql::{Error as DatabaseProblem, Problem as ServerProblem};
use crate::view::View;
use crate::wal;
use crate::writer;
use std::collections::BTreeSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Damaged rows that are remembered.
const DAMAGES_NOTED: usize = 1_000;

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Written and synced.
    Done,
    /// This no longer holds; nothing was written. Prepare again.
    Stale(Requirement),
    /// It can never be written as it is (an event of a record that does not exist, a second version under the same
    /// number …); nothing was written. Preparing the same again will not help: hold it for a person.
    Malformed(String),
    /// It is not known whether it was written. Do it again with the same keys.
    TryAgain(TryAgain),
}

/// What a commit brought, for those who wait for work. A hint: whoever is woken reads the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// There are new messages in the journal, or settled ones stand open again.
    pub messages: bool,
    /// Settled messages stand open again: they lie before those that were read last.
    pub reopened: bool,
    /// Source records that are new or say something else.
    pub records: Vec<fhir::RecordId>,
    /// Obligations changed.
    pub obligations: bool,
    /// The outbox changed.
    pub outbox: bool,
    /// Destinations with rows that wait anew.
    pub destinations: Vec<String>,
}

type Hook = Box<dyn Fn(&Committed) + Send + Sync>;

/// Where the rows are.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In this file.
    File(PathBuf),
    /// At a PostgreSQL.
    Server(Address),
}

impl Place {
    /// A connection for the writer, which no other process has beside it.
    pub(crate) fn writer(&self, settings: &Settings) -> Result<Connection, OpenProblem> {
        match self {
            Place::File(path) => Ok(Connection::Sqlite(open::writer(path, settings)?)),
            Place::Server(address) => open::server_writer(address),
        }
    }
    /// The writer's connection when no other process has one any more; `None` while one has, also after its session was
    /// ended because it is silent.
    pub(crate) fn take_over(&self, settings: &Settings) -> Result<Option<Connection>, OpenProblem> {
        match (self.writer(settings), self) {
            (Ok(conn), Place::Server(_)) => {
                migrate::check_server(&conn)?;
                Ok(Some(conn))
            }
            (Ok(conn), Place::File(_)) => Ok(Some(conn)),
            (Err(OpenProblem::ServerInUse(_)), Place::Server(address)) => {
                open::end_silent_writer(address)?;
                Ok(None)
            }
            (Err(problem), _) => Err(problem),
        }
    }
    /// A connection that only reads.
    pub(crate) fn reader(&self, settings: &Settings) -> Result<Connection, OpenProblem> {
        match self {
            Place::File(path) => Ok(Connection::Sqlite(open::reader(path, settings)?)),
            Place::Server(address) => open::server_reader(address),
        }
    }
}

/// What writer, checkpoint thread and handles share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) checkpoint: Signal,
    pub(crate) settings: Settings,
    pub(crate) database: Place,
    pool: Mutex<Pool>,
    returned: Condvar,
    hooks: RwLock<Vec<Hook>>,
    log_pages: AtomicU32,
    pub(crate) snapshots: Snapshots,
    /// Rows that were found damaged since the start.
    damaged: Mutex<BTreeSet<String>>,
    second: Option<Second>,
    /// Others stand by: when one of them writes, this process ends instead of waiting for its turn.
    yields: AtomicBool,
}

impl Shared {
    /// Tells those who wait for work.
    pub(crate) fn tell(&self, committed: &Committed) {
        for hook in self.hooks.read().unwrap_or_else(PoisonError::into_inner).iter() {
            guarded(|| hook(committed));
        }
    }
    /// Whether another process that writes is not waited for.
    pub(crate) fn yields(&self) -> bool {
        self.yields.load(Ordering::Relaxed)
    }
    /// Remembers that a row was found damaged.
    pub(crate) fn note_damage(&self, what: &str) {
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if damaged.len() < DAMAGES_NOTED {
            damaged.insert(what.to_owned());
        }
    }
    /// Where the log is shipped to.
    pub(crate) fn second(&self) -> Option<&Second> {
        self.second.as_ref()
    }
    /// Remembers the length of the log.
    pub(crate) fn log_is(&self, pages: u32) {
        self.log_pages.store(pages, Ordering::Relaxed);
    }
    /// The connection that was opened to look whether all is well serves the first view.
    fn begin_with(&self, conn: Connection) {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).waiting.push(conn);
    }
    /// A place to read, waited for while all of those that a server gives are taken; with a connection that waits there.
    fn place_to_read(&self) -> Result<Reading, ReadProblem> {
        let is_full = |pool: &mut Pool| matches!(self.database, Place::Server(_)) && pool.out >= SERVER_VIEWS;
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = Duration::from_millis(SERVER_VIEW_MILLISECONDS);
        let waited = self.returned.wait_timeout_while(pool, patience, is_full);
        let (mut pool, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(ReadProblem::Busy);
        }
        pool.out += 1;
        Ok(Reading { conn: pool.waiting.pop(), generation: pool.generation })
    }
    /// Takes a place to read back, with its connection when that can serve another view.
    pub(crate) fn give_back(&self, reading: Reading) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.out = pool.out.saturating_sub(1);
        if let Some(conn) = reading.conn
            && reading.generation == pool.generation
            && pool.waiting.len() < POOLED_VIEWS
        {
            pool.waiting.push(conn);
        }
        drop(pool);
        self.returned.notify_one();
    }
    /// Lets go of every read connection that was opened until now: they may be at a server that takes no writes any more,
    /// and would show yesterday's record.
    pub(crate) fn renew(&self) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.generation += 1;
        let old = std::mem::take(&mut pool.waiting);
        drop(pool);
        drop(old);
    }
}

/// Connections for views.
#[derive(Default)]
struct Pool {
    waiting: Vec<Connection>,
    /// Views that are open.
    out: usize,
    /// How often the writer has opened its database anew.
    generation: u64,
}

/// A place to read, and its connection.
pub(crate) struct Reading {
    pub(crate) conn: Option<Connection>,
    generation: u64,
}

/// Calls somebody else's code in a thread of the store: what panics there (the panic hook has printed it) ends
/// neither the thread nor the answers of the others.
fn guarded(call: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(call));
}

/// Lives a thread's life; when it panics, nothing is taken any more and everybody who waits is told, instead of
/// waiting for a thread that is gone.
fn or_close(shared: &Shared, life: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(life)).is_err() {
        let why = "a thread of the store ended in a fault; restart the record and report this";
        shared.queue.close(&TryAgain::Failed(why.to_owned()));
    }
}

struct Handle {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<File>>,
}

impl Handle {
    /// Ends both threads after what waits is done.
    fn end(&self) {
        self.shared.queue.stop();
        self.shared.checkpoint.stop();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // The last handle may go in an answer, which is given in the writer's own thread.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
        if let Some(second) = &self.shared.second {
            second.stop();
        }
        self.shared.renew();
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

/// The record's memory. Cheap to clone; the last one that goes ends the writer after what waits is done.
#[derive(Clone)]
pub struct Store {
    handle: Arc<Handle>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("database", &self.handle.shared.database).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the record in `dir`, made now if there is none, as the one process that writes.
    ///
    /// # Errors
    /// [`OpenProblem`], with what to do.
    pub fn open(dir: &Path, settings: Settings) -> Result<Self, OpenProblem> {
        open::check_sqlite(rusqlite::version_number())?;
        let (lock, note) = open::lock_noted(dir)?;
        let database = open::database(dir);
        let file = open::writer(&database, &settings)?;
        wal::check(&file, &database)?;
        let second = match &settings.second {
            Some(place) => {
                let found = (note, open::sync_handle(&database)?);
                Some(Second::begin(&file, &database, place, found)?)
            }
            None => None,
        };
        let conn = Connection::Sqlite(file);
        migrate::migrate(&conn)?;
        if let Some(second) = &second {
            second.committed(conn.sqlite());
        }
        // Reading the log back checks every page in it; from here on only what was read is in the database. A reader
        // of another process may hold a part of it, which does no harm.
        conn.sqlite().map_or(Ok((0, 0)), |file| checkpoint(file, "TRUNCATE"))?;
        let beside = open::reader(&database, &settings)?;
        beside.pragma_update(None, "query_only", false)?;
        let synced = Synced::of(&database, &settings)?;
        let shared = Arc::new(Shared { second, ..Shared::new(Place::File(database), settings) });
        let writer = begin_writer(&shared, Some(conn))?;
        let checking = shared.clone();
        let checkpointer = Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || or_close(&checking, || checkpoint::run(&checking, &beside, &synced)))
            .map_err(OpenProblem::Thread)?;
        Ok(Self {
            handle: Arc::new(Handle {
                shared,
                threads: Mutex::new(vec![writer, checkpointer]),
                lock: Mutex::new(Some(lock)),
            }),
        })
    }

    /// Opens the record in `dir` to read only, also beside a running process; every write is answered with "try again".
    ///
    /// # Errors
    /// [`OpenProblem`], with what to do.
    pub fn open_read(dir: &Path, settings: Settings) -> Result<Self, OpenProblem> {
        open::check_sqlite(rusqlite::version_number())?;
        let database = open::database(dir);
        if !database.is_file() {
            return Err(OpenProblem::Missing(dir.to_owned()));
        }
        let conn = open::reader(&database, &settings)?;
        wal::check_beside(&conn, dir)?;
        let conn = Connection::Sqlite(conn);
        migrate::check_complete(&conn)?;
        let shared = Arc::new(Shared::new(Place::File(database), settings));
        shared.queue.stop();
        shared.begin_with(conn);
        Ok(Self { handle: Arc::new(Handle { shared, threads: Mutex::default(), lock: Mutex::default() }) })
    }

    /// Opens the record at a PostgreSQL (`postgres://user@host:port/database`), made now if the database is empty, as the
    /// one process that writes.
    ///
    /// # Errors
    /// [`OpenProblem`], with what to do.
    pub fn open_server(url: &str, settings: Settings) -> Result<Self, OpenProblem> {
        let address = Address::read(url).map_err(OpenProblem::Address)?;
        let conn = open::server_writer(&address)?;
        migrate::migrate_server(&conn)?;
        let shared = Arc::new(Shared::new(Place::Server(address), settings));
        let writer = begin_writer(&shared, Some(conn))?;
        Ok(Self {
            handle: Arc::new(Handle { shared, threads: Mutex::new(vec![writer]), lock: Mutex::default() }),
        })
    }

    /// Opens the record at a PostgreSQL as the one process that writes, or beside it: then it is read, what is looked at is
    /// noted, every other write is answered with [`TryAgain::StandingBy`], and it is taken over when the other process lets
    /// go of it or is silent ([`Store::is_standing_by`]).
    ///
    /// # Errors
    /// [`OpenProblem`], with what to do.
    pub fn open_server_beside(url: &str, settings: Settings) -> Result<Self, OpenProblem> {
        match Self::open_server(url, settings.clone()) {
            Err(OpenProblem::ServerInUse(_)) => {}
            opened => {
                return opened.inspect(|store| store.handle.shared.yields.store(true, Ordering::Relaxed));
            }
        }
        let address = Address::read(url).map_err(OpenProblem::Address)?;
        let conn = open::server_reader(&address)?;
        migrate::check_server(&conn)?;
        let shared = Arc::new(Shared::new(Place::Server(address), settings));
        shared.begin_with(conn);
        shared.yields.store(true, Ordering::Relaxed);
        shared.queue.stand_by(true);
        let writer = begin_writer(&shared, None)?;
        Ok(Self {
            handle: Arc::new(Handle { shared, threads: Mutex::new(vec![writer]), lock: Mutex::default() }),
        })
    }

    /// Obligations, steps of them, deliveries and link events that were read since the start and are not what was written:
    /// what they are and their number, a thousand at most.
    #[must_use]
    pub fn damaged(&self) -> Vec<String> {
        let damaged = self.handle.shared.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        damaged.iter().cloned().collect()
    }

    /// Whether another process writes, so that this one only reads.
    #[must_use]
    pub fn is_standing_by(&self) -> bool {
        self.handle.shared.queue.is_standing_by()
    }

    /// What keeps this process from taking over, beside the one that writes: for the log and whoever looks after it.
    #[must_use]
    pub fn hindrance(&self) -> Option<String> {
        self.handle.shared.queue.hindrance()
    }

    /// Opens the record at a PostgreSQL to read only, also beside a running process; every write is answered with "try
    /// again".
    ///
    /// # Errors
    /// [`OpenProblem`], with what to do.
    pub fn open_server_read(url: &str, settings: Settings) -> Result<Self, OpenProblem> {
        Self::server_read(url, settings, migrate::check_server)
    }

    /// As [`Store::open_server_read`], for a copy of it.
    pub(crate) fn open_server_to_copy(url: &str, settings: Settings) -> Result<Self, OpenProblem> {
        Self::server_read(url, settings, migrate::check_server_to_copy)
    }

    fn server_read(
        url: &str,
        settings: Settings,
        check: fn(&Connection) -> Result<(), OpenProblem>,
    ) -> Result<Self, OpenProblem> {
        let address = Address::read(url).map_err(OpenProblem::Address)?;
        let conn = open::server_reader(&address)?;
        check(&conn)?;
        let shared = Arc::new(Shared::new(Place::Server(address), settings));
        shared.queue.stop();
        shared.begin_with(conn);
        Ok(Self { handle: Arc::new(Handle { shared, threads: Mutex::default(), lock: Mutex::default() }) })
    }

    /// Keeps a message; answered after the sync, in the writer's thread, so the answer must be short.
    pub fn append(&self, append: Append, reply: impl FnOnce(Result<Appended, TryAgain>) + Send + 'static) {
        let digest = checksum::of_raw(&append.raw);
        let reply = Box::new(|answer| guarded(|| reply(answer)));
        self.handle.shared.queue.push_early(Early::Append { append, digest, reply });
    }

    /// Keeps messages together: all of them are synced, or none is known to be. Each is answered like one of
    /// [`Store::append`].
    pub fn append_together<R>(&self, all: Vec<(Append, R)>)
    where
        R: FnOnce(Result<Appended, TryAgain>) + Send + 'static,
    {
        let early = |(append, reply): (Append, R)| {
            let digest = checksum::of_raw(&append.raw);
            Early::Append { append, digest, reply: Box::new(|answer| guarded(|| reply(answer))) }
        };
        self.handle.shared.queue.push_together(all.into_iter().map(early).collect());
    }

    /// Remembers a refusal; answered after the sync.
    pub fn refuse(&self, refused: Refused, reply: impl FnOnce(Result<(), TryAgain>) + Send + 'static) {
        let reply = Box::new(|answer| guarded(|| reply(answer)));
        self.handle.shared.queue.push_early(Early::Refuse { refused, reply });
    }

    /// Settles a change whole or not at all; answered after the sync, in the writer's thread.
    pub fn settle(&self, changes: Changes, reply: impl FnOnce(Settled) + Send + 'static) {
        let change = Box::new(Sealed::new(changes));
        let reply = Box::new(|settled| guarded(|| reply(settled)));
        self.handle.shared.queue.push_settle(Waiting { change, reply });
    }

    /// Keeps the audit rows of a look; answered after the sync, in the writer's thread. Hundreds go in one group.
    pub fn note(&self, audit: Vec<AuditRow>, reply: impl FnOnce(Settled) + Send + 'static) {
        if self.is_standing_by() {
            guarded(|| reply(self.note_beside(&audit)));
            return;
        }
        let change = Box::new(Sealed::of_look(audit));
        let reply = Box::new(|settled| guarded(|| reply(settled)));
        self.handle.shared.queue.push_settle(Waiting { change, reply });
    }

    /// Keeps the audit rows of a look where the process that writes finds them; on a line that reads, in this thread.
    fn note_beside(&self, audit: &[AuditRow]) -> Settled {
        let shared = &self.handle.shared;
        let not_kept = |words: String| Settled::TryAgain(TryAgain::Failed(words));
        let mut reading = match shared.place_to_read() {
            Ok(reading) => reading,
            Err(problem) => return not_kept(problem.to_string()),
        };
        let conn = match reading.conn.take() {
            Some(conn) => Ok(conn),
            None => shared.database.reader(&shared.settings),
        };
        let kept = conn.map_err(|problem| problem.to_string()).and_then(|conn| {
            // A line that waited in the pool may be dead: nothing is known to be kept, and the next one is new.
            dialect::beside::keep(&conn, audit).map_err(|problem| problem.to_string())?;
            Ok(conn)
        });
        let settled = match kept {
            Ok(conn) => {
                reading.conn = Some(conn);
                Settled::Done
            }
            Err(words) => {
                shared.renew();
                not_kept(words)
            }
        };
        shared.give_back(reading);
        settled
    }

    /// [`Store::append`], waiting for the answer. Never call it in the writer's thread (an answer or a hook).
    ///
    /// # Errors
    /// [`TryAgain`].
    pub fn append_blocking(&self, append: Append) -> Result<Appended, TryAgain> {
        let (send, receive) = mpsc::channel();
        self.append(append, move |answer| {
            let _ = send.send(answer);
        });
        receive.recv().unwrap_or(Err(TryAgain::Stopping))
    }

    /// [`Store::refuse`], waiting for the answer.
    ///
    /// # Errors
    /// [`TryAgain`].
    pub fn refuse_blocking(&self, refused: Refused) -> Result<(), TryAgain> {
        let (send, receive) = mpsc::channel();
        self.refuse(refused, move |answer| {
            let _ = send.send(answer);
        });
        receive.recv().unwrap_or(Err(TryAgain::Stopping))
    }

    /// [`Store::settle`], waiting for the answer.
    #[must_use]
    pub fn settle_blocking(&self, changes: Changes) -> Settled {
        let (send, receive) = mpsc::channel();
        self.settle(changes, move |settled| {
            let _ = send.send(settled);
        });
        receive.recv().unwrap_or(Settled::TryAgain(TryAgain::Stopping))
    }

    /// [`Store::note`], waiting for the answer.
    #[must_use]
    pub fn note_blocking(&self, audit: Vec<AuditRow>) -> Settled {
        let (send, receive) = mpsc::channel();
        self.note(audit, move |settled| {
            let _ = send.send(settled);
        });
        receive.recv().unwrap_or(Settled::TryAgain(TryAgain::Stopping))
    }

    /// The link of that name; made with `defaults` (whose id and name do not count) when there is none. Waits.
    ///
    /// # Errors
    /// [`TryAgain`].
    pub fn link(&self, name: &str, defaults: impl FnOnce() -> Link) -> Result<Link, TryAgain> {
        if let Ok(view) = self.view()
            && let Ok(Some(link)) = view.link_named(name)
        {
            return Ok(link);
        }
        let link = Link { id: LinkId(0), name: name.to_owned(), ..defaults() };
        let (send, receive) = mpsc::channel();
        let reply = Box::new(move |answer| {
            let _ = send.send(answer);
        });
        self.handle.shared.queue.push_early(Early::Link { link, reply });
        receive.recv().unwrap_or(Err(TryAgain::Stopping))
    }

    /// Everything as it is at this moment. Keep it short: the log cannot begin anew while an old view is open.
    ///
    /// # Errors
    /// [`ReadProblem`] when no read connection can be had.
    pub fn view(&self) -> Result<View, ReadProblem> {
        let shared = &self.handle.shared;
        let reading = shared.place_to_read()?;
        match View::begin(reading, shared.clone()) {
            // A server that was restarted has hung up on those that waited in the pool: one more try, with a new one.
            Err(ReadProblem::Database(DatabaseProblem::Postgres(ServerProblem::Lost(_)))) => {
                shared.renew();
                View::begin(shared.place_to_read()?, shared.clone())
            }
            begun => begun,
        }
    }

    /// Calls `hook` after each commit, in the writer's thread: wake somebody, do nothing else.
    pub fn on_commit(&self, hook: Box<dyn Fn(&Committed) + Send + Sync>) {
        self.handle.shared.hooks.write().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// What waits for the writer now: short writes, changes; and pages in the write-ahead log at the last look.
    #[must_use]
    pub fn load(&self) -> (usize, usize, u32) {
        let (early, settles) = self.handle.shared.queue.depth();
        (early, settles, self.handle.shared.log_pages.load(Ordering::Relaxed))
    }

    /// How the second place is doing; `None` when the log is shipped nowhere.
    #[must_use]
    pub fn second_place(&self) -> Option<second::Status> {
        self.handle.shared.second().map(Second::status)
    }

    /// As [`Store::second_place`], after what was committed until now was written there, or could not be. Waits.
    #[must_use]
    pub fn ship(&self) -> Option<second::Status> {
        self.handle.shared.second().map(Second::flush)
    }

    /// Microseconds on the monotonic clock of the settings: durations are told by it.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        (self.handle.shared.settings.monotonic)()
    }

    /// Why nothing is taken any more, when that is so: the process must be restarted.
    #[must_use]
    pub fn closed(&self) -> Option<TryAgain> {
        self.handle.shared.queue.closed()
    }

    /// Does what waits, brings the log into the database, ends the threads. Later writes get "try again".
    pub fn stop(&self) {
        self.handle.end();
    }
}

/// Begins the writer's thread.
fn begin_writer(shared: &Arc<Shared>, conn: Option<Connection>) -> Result<JoinHandle<()>, OpenProblem> {
    let writing = shared.clone();
    Builder::new()
        .name("store-writer".into())
        .spawn(move || {
            or_close(&writing, || writer::run(&writing, conn));
            if let Some(faults) = &writing.settings.faults {
                faults.rests();
            }
        })
        .map_err(OpenProblem::Thread)
}

impl Shared {
    fn new(database: Place, settings: Settings) -> Self {
        Self {
            queue: Queue::default(),
            checkpoint: Signal::default(),
            settings,
            database,
            pool: Mutex::default(),
            returned: Condvar::new(),
            hooks: RwLock::default(),
            log_pages: AtomicU32::new(0),
            snapshots: Snapshots::default(),
            damaged: Mutex::default(),
            second: None,
            yields: AtomicBool::new(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Fault, FaultPoint, Faults};
    use fhir::Instant;

    struct Folder(PathBuf);
    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("opor-store-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }
    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn open(folder: &Folder, faults: Option<Arc<dyn Faults>>) -> Store {
        Store::open(&folder.0, Settings { faults, ..Settings::new(Arc::new(|| 0)) }).unwrap()
    }

    fn refused(store: &Store) -> Refused {
        let lab = || Link {
            id: LinkId(0),
            name: "LAB".into(),
            default_authority: "QEII".into(),
            time_zone: "America/Halifax".into(),
            custodian: "QEII".into(),
            owner: "desk:feeds".into(),
        };
        let link = store.link("LAB", lab).unwrap().id;
        let reason = "MSH-18 names a character set that is not known".to_owned();
        Refused { link, at: Instant(0), control_id: String::new(), reason, head: Vec::new() }
    }

    #[test]
    fn d03_a_panic_in_an_answer_or_a_hook_harms_nobody_else() {
        let folder = Folder::new("answers");
        let store = open(&folder, None);
        store.on_commit(Box::new(|_| panic!("a hook")));
        let (told, hears) = mpsc::channel();
        store.on_commit(Box::new(move |_| told.send(()).unwrap()));
        let refused = refused(&store);
        store.refuse(refused.clone(), |_| panic!("an answer"));
        store.settle(Changes::default(), |_| panic!("an answer"));
        assert_eq!(store.refuse_blocking(refused), Ok(()));
        assert_eq!(store.settle_blocking(Changes::default()), Settled::Done);
        hears.recv().unwrap();
        assert_eq!(store.closed(), None);
    }

    struct Panics;
    impl Faults for Panics {
        fn at(&self, point: FaultPoint) -> Fault {
            match point {
                FaultPoint::Settle(0) => panic!("the writer"),
                _ => Fault::Continue,
            }
        }
    }

    #[test]
    fn d03_a_writer_that_died_takes_nothing_and_says_so() {
        let folder = Folder::new("writer");
        let store = open(&folder, Some(Arc::new(Panics)));
        assert!(matches!(store.settle_blocking(Changes::default()), Settled::TryAgain(_)));
        // The first answer may come before the thread has ended; a second write waits for that.
        assert!(matches!(store.settle_blocking(Changes::default()), Settled::TryAgain(_)));
        assert!(matches!(store.closed(), Some(TryAgain::Failed(_))));
    }
}
