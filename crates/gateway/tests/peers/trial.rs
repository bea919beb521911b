//! One trial: so many messages, to each of the systems that misbehave and to some that do not.

use crate::simulated::{ANSWER, Behaviour, HOSTILE, Net, Peer, mark_of, patient_of};
use crate::world::{BEGINNING, Folder, Seat, World};
use actions::intake::Clock;
use gateway::delivery::{Engine, Patience};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::{OutboxState, Settings};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Systems that do not misbehave.
const HEALTHY: usize = 2;
/// Messages of one patient.
const PER_PATIENT: usize = 5;
/// One offer in so many meets the behaviour.
const ONE_IN: u64 = 5;
/// A trial that takes longer than that has come to a stop: three days, after which the product gives up on silence.
const LONGEST: Duration = Duration::from_secs(3 * 24 * 3600);

/// What came of a trial.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Offers that the systems saw.
    pub(crate) offers: usize,
    /// Messages that they stored.
    pub(crate) stored: usize,
    /// Messages that they refused for good.
    pub(crate) refused: usize,
    /// Virtual time until the last healthy system had everything.
    pub(crate) healthy: Duration,
    /// Virtual time until nothing waited.
    pub(crate) all: Duration,
    /// What broke the contract, in words.
    pub(crate) broken: Vec<String>,
}

/// Settings whose clock grows with each look.
pub(crate) fn monotonic() -> Settings {
    let clock = AtomicU64::new(0);
    Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)))
}

/// Runs one trial in virtual time; `hostile` false leaves the systems that misbehave out.
pub(crate) fn run(messages: usize, seed: u64, hostile: bool) -> Outcome {
    in_virtual_time(trial(messages, seed, hostile))
}

/// Runs a future while time passes only when there is nothing to do.
pub(crate) fn in_virtual_time<T>(trial: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(trial)
}

/// A record, systems around it, and a clock that follows virtual time.
pub(crate) struct Stage {
    /// The record.
    pub(crate) world: Arc<World>,
    /// The systems, by endpoint id.
    pub(crate) peers: Vec<(String, Arc<Peer>)>,
    began: Instant,
}

impl Stage {
    /// With `messages` of as many patients queued to every system.
    pub(crate) async fn set(peers: Vec<(String, Arc<Peer>)>, messages: usize, patients: usize) -> Self {
        let seat = |(n, (id, _)): (usize, &(String, Arc<Peer>))| Seat {
            id: id.clone(),
            address: "127.0.0.1:9".to_owned(),
            connections: if n % 2 == 0 { 1 } else { 3 },
        };
        let seats: Vec<Seat> = peers.iter().enumerate().map(seat).collect();
        let ids: Vec<String> = peers.iter().map(|(id, _)| id.clone()).collect();
        let world = Arc::new(World::new(Folder::in_memory("peers"), &seats, monotonic()));
        let filling = Arc::clone(&world);
        let queued = tokio::task::spawn_blocking(move || filling.queue(messages, patients, 400, &ids));
        queued.await.expect("queued");
        Self { world, peers, began: Instant::now() }
    }

    /// Starts delivering; the sender stops it, the handle ends then.
    pub(crate) fn deliver(&self) -> (watch::Sender<bool>, JoinHandle<()>) {
        let began = self.began;
        let clock: Clock = Arc::new(move || {
            fhir::Instant(BEGINNING.0 + i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX))
        });
        let engine = Engine {
            record: self.world.record.clone(),
            clock,
            patience: Patience { connect: Duration::from_secs(5), answer: ANSWER },
            dial: Arc::new(Net(self.peers.iter().cloned().collect::<HashMap<_, _>>())),
        };
        let (stop, stopped) = watch::channel(false);
        (stop, tokio::spawn(engine.run(stopped)))
    }

    /// A desk does something.
    pub(crate) async fn act<A: actions::Act + Send + 'static>(&self, act: A) {
        let actor = actions::Actor {
            through: None,
            id: "marram".into(),
            role: clinical::access::Role::LaboratoryDesk,
            name: "Marram, Ana".into(),
            practitioner: None,
        };
        let purpose = clinical::access::Purpose::Operations;
        let context = actions::Context { actor, purpose, now: BEGINNING };
        let record = self.world.record.clone();
        let done = tokio::task::spawn_blocking(move || record.act(&context, act));
        done.await.expect("a thread").expect("done");
    }

    /// Deliveries that wait.
    pub(crate) async fn waiting(&self) -> u64 {
        let looking = Arc::clone(&self.world);
        tokio::task::spawn_blocking(move || looking.waiting()).await.expect("a look")
    }

    /// Looks again and again until nothing waits; false when something does after `limit`.
    pub(crate) async fn drained(&self, every: Duration, limit: Duration) -> bool {
        while self.waiting().await > 0 {
            if self.began.elapsed() > limit {
                return false;
            }
            tokio::time::sleep(every).await;
        }
        true
    }

    /// What broke the contract, by the systems' own ledgers.
    pub(crate) fn judged(&self, messages: usize) -> Outcome {
        let mut outcome = Outcome { all: self.began.elapsed(), ..Outcome::default() };
        for (id, peer) in &self.peers {
            judge(&self.world, id, peer, messages, &mut outcome);
        }
        outcome
    }
}

async fn trial(messages: usize, seed: u64, hostile: bool) -> Outcome {
    let mut peers: Vec<(String, Arc<Peer>)> =
        (0..HEALTHY).map(|n| (format!("healthy-{n}"), Peer::new(Behaviour::Healthy, seed, 1))).collect();
    if hostile {
        let named = |one: &Behaviour| (format!("{one:?}").to_lowercase(), Peer::new(*one, seed, ONE_IN));
        peers.extend(HOSTILE.iter().map(named));
    }
    let stage = Stage::set(peers, messages, (messages / PER_PATIENT).max(1)).await;
    let (stop, running) = stage.deliver();
    let healthy = || stage.peers.iter().take(HEALTHY).all(|(_, peer)| peer.ledger().stored.len() == messages);
    while !healthy() && stage.began.elapsed() < LONGEST {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let pace = stage.began.elapsed();
    let drained = stage.drained(Duration::from_secs(60), LONGEST).await;
    stop.send_replace(true);
    running.await.expect("the engine ends");
    let mut outcome = Outcome { healthy: pace, ..stage.judged(messages) };
    if !drained {
        outcome.broken.push("something waits after three days".to_owned());
    }
    outcome
}

/// The contract by the system's own ledger.
fn judge(world: &World, id: &str, peer: &Peer, messages: usize, outcome: &mut Outcome) {
    let ledger = peer.ledger();
    let mut say = |what: String| outcome.broken.push(format!("{id}: {what}"));
    for broken in &ledger.broken {
        say(broken.clone());
    }
    let stored: BTreeSet<&String> = ledger.stored.iter().collect();
    let known: BTreeSet<&String> = stored.iter().copied().chain(&ledger.refused).collect();
    if known.len() != messages {
        say(format!("{} of {messages} arrived", known.len()));
    }
    // Under one control id each: what arrives under two is stored twice by whoever discards by control id.
    let marks: BTreeSet<String> = ledger.offers.values().map(|(_, bytes)| mark_of(bytes)).collect();
    if marks.len() != ledger.offers.len() {
        say("a message came under two control ids".to_owned());
    }
    let mut newest: BTreeMap<String, String> = BTreeMap::new();
    for control_id in &ledger.stored {
        let Some((_, bytes)) = ledger.offers.get(control_id) else { continue };
        let (patient, mark) = (patient_of(bytes), mark_of(bytes));
        if let Some(before) = newest.insert(patient, mark.clone())
            && before > mark
        {
            say(format!("{mark} was stored after {before} of the same patient"));
        }
    }
    for control_id in world.in_state(id, OutboxState::Acknowledged) {
        if !stored.contains(&control_id) {
            say(format!("{control_id} counts as delivered and was not stored"));
        }
    }
    for control_id in world.in_state(id, OutboxState::Refused) {
        if !ledger.refused.contains(&control_id) {
            say(format!("{control_id} is on the desk and was not refused"));
        }
    }
    outcome.offers += ledger.offers.values().map(|(count, _)| count).sum::<usize>();
    outcome.stored += ledger.stored.len();
    outcome.refused += ledger.refused.len();
}
