//! The store's handle: what the rest of the product holds.

use crate::changes::{Changes, Requirement};
use crate::checkpoint::{self, Signal, checkpoint};
use crate::checksum;
use crate::migrate;
use crate::open;
use crate::problem::{OpenProblem, ReadProblem, TryAgain};
use crate::queue::{Early, Queue, Waiting};
use crate::rows::{Append, Appended, Link, LinkId, Refused};
use crate::sealed::Sealed;
use crate::settings::{POOLED_VIEWS, Settings};
use crate::snapshots::Snapshots;
use crate::view::View;
use crate::writer;
use rusqlite::Connection;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use std::thread::{Builder, JoinHandle};

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

/// What writer, checkpoint thread and handles share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) checkpoint: Signal,
    pub(crate) settings: Settings,
    pub(crate) database: PathBuf,
    pool: Mutex<Vec<Connection>>,
    hooks: RwLock<Vec<Hook>>,
    log_pages: AtomicU32,
    pub(crate) snapshots: Snapshots,
}

impl Shared {
    /// Tells those who wait for work.
    pub(crate) fn tell(&self, committed: &Committed) {
        for hook in self.hooks.read().unwrap_or_else(PoisonError::into_inner).iter() {
            guarded(|| hook(committed));
        }
    }
    /// Remembers the length of the log.
    pub(crate) fn log_is(&self, pages: u32) {
        self.log_pages.store(pages, Ordering::Relaxed);
    }
    /// Takes a read connection back.
    pub(crate) fn give_back(&self, conn: Connection) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < POOLED_VIEWS {
            pool.push(conn);
        }
    }
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
        self.shared.pool.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
        let lock = open::lock(dir)?;
        let database = open::database(dir);
        let mut conn = open::writer(&database, settings.writer_cache_kib)?;
        migrate::migrate(&mut conn)?;
        // Reading the log back checks every page in it; from here on only what was read is in the database. A reader
        // of another process may hold a part of it, which does no harm.
        checkpoint(&conn, "TRUNCATE")?;
        let beside = open::reader(&database, settings.view_cache_kib)?;
        beside.pragma_update(None, "query_only", false)?;
        let file = open::sync_handle(&database)?;
        let shared = Arc::new(Shared::new(database, settings));
        let writing = shared.clone();
        let writer = Builder::new()
            .name("store-writer".into())
            .spawn(move || or_close(&writing, || writer::run(&writing, conn)))
            .map_err(OpenProblem::Thread)?;
        let checking = shared.clone();
        let checkpointer = Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || or_close(&checking, || checkpoint::run(&checking, &beside, file)))
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
        let conn = open::reader(&database, settings.view_cache_kib)?;
        migrate::check_complete(&conn)?;
        let shared = Arc::new(Shared::new(database, settings));
        shared.queue.stop();
        shared.give_back(conn);
        Ok(Self { handle: Arc::new(Handle { shared, threads: Mutex::default(), lock: Mutex::default() }) })
    }

    /// Keeps a message; answered after the sync, in the writer's thread, so the answer must be short.
    pub fn append(&self, append: Append, reply: impl FnOnce(Result<Appended, TryAgain>) + Send + 'static) {
        let digest = checksum::of_raw(&append.raw);
        let reply = Box::new(|answer| guarded(|| reply(answer)));
        self.handle.shared.queue.push_early(Early::Append { append, digest, reply });
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
        let pooled = shared.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match pooled {
            Some(conn) => conn,
            None => open::reader(&shared.database, shared.settings.view_cache_kib).map_err(Box::new)?,
        };
        View::begin(conn, shared.clone())
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

impl Shared {
    fn new(database: PathBuf, settings: Settings) -> Self {
        Self {
            queue: Queue::default(),
            checkpoint: Signal::default(),
            settings,
            database,
            pool: Mutex::default(),
            hooks: RwLock::default(),
            log_pages: AtomicU32::new(0),
            snapshots: Snapshots::default(),
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
