//! Delivery out: one task per destination, so that a silent or refusing clinic never delays another.

mod engine;
mod fax;
mod fhir_push;
mod file_drop;
mod letter;
pub mod mllp;
mod pace;
pub mod paging;
mod posting;
mod reconciliation;
pub mod sink;
mod spool;
pub mod subscribers;
pub mod wire;

pub use reconciliation::reconcile_folders;

use actions::Record;
use actions::deliveries::{Destination, EndpointKind, Offer, Reply};
use actions::intake::Clock;
use engine::Serving;
use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use wire::Dial;

/// How soon a destination looks at its table again, without being woken, when something went wrong.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often it is looked whether destinations came or went.
const FOLLOW_EVERY: Duration = Duration::from_secs(10);

/// How patient delivery is with a receiver.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For an acknowledgement; after it the socket is closed and never reused (HAZARDS 2.2, Mirth 1441).
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), answer: Duration::from_secs(30) }
    }
}

/// A way to one receiver. One offer at a time; an offer that is made again has the same control id and the same bytes,
/// so what it does must be safe to do twice.
pub trait Way: Send {
    /// Offer one message and say what came of it. Waits no longer than the patience it was opened with; when it is
    /// dropped on the way, it is unknown whether the receiver has the message, and it will be offered again.
    /// `begun` is told when the bytes begin to go out, where others may wait for the connection.
    fn offer<'a>(&'a mut self, offer: &'a Offer, begun: &'a Begun) -> Answering<'a>;
}

/// When the bytes of an offer began to go out. What is set aside is measured from then: no connection is not a message
/// that a receiver chokes on.
#[derive(Debug)]
pub struct Begun {
    at: Mutex<Option<Instant>>,
    heard: Arc<Notify>,
}

impl Begun {
    fn new(heard: Arc<Notify>) -> Self {
        Self { at: Mutex::default(), heard }
    }

    fn set(&self, at: Option<Instant>) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// There is a connection and the bytes begin to go out.
    fn begin(&self) {
        self.set(Some(Instant::now()));
        self.heard.notify_one();
    }

    /// A connection is made, once more when an old one turned out to be closed.
    fn dial(&self) {
        self.set(None);
    }

    fn at(&self) -> Option<Instant> {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long the receiver has had them.
    fn waited(&self) -> Duration {
        self.at().map_or(Duration::ZERO, |at| at.elapsed())
    }
}

/// What a way will say.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

/// What a way is opened with.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// To whom.
    pub destination: &'a Destination,
    /// How long it may wait.
    pub patience: Patience,
    /// Makes connections.
    pub dial: &'a Arc<dyn Dial>,
}

/// How one sort of endpoint is reached.
struct Kind {
    kind: EndpointKind,
    open: fn(&Opening<'_>) -> Box<dyn Way>,
}

/// Every sort of endpoint that is carried to; the others come for it or read in the portal.
const KINDS: &[Kind] = &[
    Kind { kind: EndpointKind::Mllp, open: mllp::open },
    Kind { kind: EndpointKind::FileDrop, open: file_drop::open },
    Kind { kind: EndpointKind::Fhir, open: fhir_push::open },
    Kind { kind: EndpointKind::Fax, open: fax::open },
    Kind { kind: EndpointKind::Letter, open: letter::open },
];

fn open(opening: &Opening<'_>) -> Option<Box<dyn Way>> {
    let kind = KINDS.iter().find(|kind| kind.kind == opening.destination.kind)?;
    Some((kind.open)(opening))
}

/// What delivery works with.
#[derive(Clone)]
pub struct Engine {
    /// The record.
    pub record: Record,
    /// The clock that stamps answers.
    pub clock: Clock,
    /// How long receivers may take.
    pub patience: Patience,
    /// Makes connections.
    pub dial: Arc<dyn Dial>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// What wakes each destination.
type Bells = Arc<Mutex<HashMap<String, Arc<Notify>>>>;

/// A destination that is being served.
struct Served {
    destination: Destination,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Served {
    /// Ends the task and waits for it: two that serve one destination would offer one message twice at once.
    async fn end(self) {
        self.stop.send_replace(true);
        drop(self.task.await);
    }
}

impl Engine {
    /// Serve the destinations of the directory, as they come and go, until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let bells = Bells::default();
        let heard = Arc::clone(&bells);
        self.record.on_new_deliveries(move |destinations| ring(&heard, destinations));
        self.hand_over_unserved().await;
        let mut serving: BTreeMap<String, Served> = BTreeMap::new();
        while !*stop.borrow() {
            self.follow(&mut serving, &bells).await;
            tokio::select! {
                () = tokio::time::sleep(FOLLOW_EVERY) => {}
                _ = stop.wait_for(|&stop| stop) => {}
            }
        }
        for served in serving.values() {
            served.stop.send_replace(true);
        }
        for (_, served) in serving {
            served.end().await;
        }
    }

    /// What the directory names and nobody has paused. What cannot be read counts as not paused: the clocks of what is
    /// due go on, and a clinic gets its results.
    async fn wanted(&self) -> BTreeMap<String, Destination> {
        let record = self.record.clone();
        let wanted = tokio::task::spawn_blocking(move || {
            let is_paused = |one: &Destination| record.is_paused(&one.id).unwrap_or(false);
            let named = record.destinations().into_iter().filter(|one| !is_paused(one));
            named.map(|one| (one.id.clone(), one)).collect()
        });
        wanted.await.unwrap_or_default()
    }

    /// Serves what the directory names now, and nothing else.
    async fn follow(&self, serving: &mut BTreeMap<String, Served>, bells: &Bells) {
        let wanted = self.wanted().await;
        let ended: Vec<String> = serving
            .iter()
            .filter(|(id, served)| served.task.is_finished() || wanted.get(*id) != Some(&served.destination))
            .map(|(id, _)| id.clone())
            .collect();
        for id in ended {
            lock(bells).remove(&id);
            if let Some(served) = serving.remove(&id) {
                served.end().await;
            }
        }
        for (id, destination) in wanted {
            if serving.contains_key(&id) {
                continue;
            }
            let bell = Arc::new(Notify::new());
            let (stop, stopped) = watch::channel(false);
            let Some(task) = Serving::new(self, &destination, Arc::clone(&bell), stopped) else { continue };
            lock(bells).insert(id.clone(), bell);
            serving.insert(id, Served { destination, stop, task: tokio::spawn(task.serve()) });
        }
    }

    /// What waits for an endpoint that has left the directory since the last start has no task of its own.
    async fn hand_over_unserved(&self) {
        let (record, now) = (self.record.clone(), (self.clock)());
        let handed = tokio::task::spawn_blocking(move || record.hand_over_unserved(now)).await;
        match handed {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(count)) => {
                tracing::warn!(count, "deliveries to endpoints that left the directory are on the desk")
            }
            Ok(Err(reason)) => tracing::warn!(%reason, "the outbox could not be read; looking again"),
        }
    }
}

fn lock(bells: &Bells) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Notify>>> {
    bells.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ring(bells: &Bells, destinations: &[String]) {
    let bells = lock(bells);
    for bell in destinations.iter().filter_map(|one| bells.get(one)) {
        bell.notify_one();
    }
}
