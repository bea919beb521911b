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

fn monotonic() -> Settings {
    let clock = AtomicU64::new(0);
    Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)))
}

/// Runs one trial in virtual time; `hostile` false leaves the systems that misbehave out.
pub(crate) fn run(messages: usize, seed: u64, hostile: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(trial(messages, seed, hostile))
}

async fn trial(messages: usize, seed: u64, hostile: bool) -> Outcome {
    let mut peers: Vec<(String, Arc<Peer>)> =
        (0..HEALTHY).map(|n| (format!("healthy-{n}"), Peer::new(Behaviour::Healthy, seed, 1))).collect();
    if hostile {
        peers.extend(
            HOSTILE.iter().map(|one| (format!("{one:?}").to_lowercase(), Peer::new(*one, seed, ONE_IN))),
        );
    }
    let seat = |(n, (id, _)): (usize, &(String, Arc<Peer>))| Seat {
        id: id.clone(),
        address: "127.0.0.1:9".to_owned(),
        connections: if n % 2 == 0 { 1 } else { 3 },
    };
    let seats: Vec<Seat> = peers.iter().enumerate().map(seat).collect();
    let ids: Vec<String> = peers.iter().map(|(id, _)| id.clone()).collect();
    let world = Arc::new(World::new(Folder::in_memory("peers"), &seats, monotonic()));
    let filling = Arc::clone(&world);
    let patients = (messages / PER_PATIENT).max(1);
    tokio::task::spawn_blocking(move || filling.queue(messages, patients, 400, &ids)).await.expect("queued");

    let began = Instant::now();
    let clock: Clock = Arc::new(move || {
        fhir::Instant(BEGINNING.0 + i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX))
    });
    let engine = Engine {
        record: world.record.clone(),
        clock,
        patience: Patience { connect: Duration::from_secs(5), answer: ANSWER },
        dial: Arc::new(Net(peers.iter().cloned().collect::<HashMap<_, _>>())),
    };
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(engine.run(stopped));
    let mut outcome = Outcome::default();
    loop {
        tokio::time::sleep(Duration::from_millis(if outcome.healthy.is_zero() { 20 } else { 60_000 })).await;
        let is_done = |peer: &Arc<Peer>| peer.ledger().stored.len() == messages;
        if outcome.healthy.is_zero() && peers.iter().take(HEALTHY).all(|(_, peer)| is_done(peer)) {
            outcome.healthy = began.elapsed();
        }
        let looking = Arc::clone(&world);
        if tokio::task::spawn_blocking(move || looking.waiting()).await.expect("a look") == 0 {
            break;
        }
        if began.elapsed() > LONGEST {
            outcome.broken.push("something waits after three days".to_owned());
            break;
        }
    }
    outcome.all = began.elapsed();
    stop.send_replace(true);
    running.await.expect("the engine ends");
    for (id, peer) in &peers {
        judge(&world, id, peer, messages, &mut outcome);
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
