//! One message that a receiver cannot digest, among others, one every 50 ms, each of another patient.

use crate::world::{self, BEGINNING, Folder, Seat, World};
use actions::deliveries::Destination;
use gateway::delivery::wire::{Connecting, Dial, Wire};
use gateway::delivery::{Engine, Patience};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Changes, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::time::Instant;

pub(crate) const EVERY: Duration = Duration::from_millis(50);
const THINKS: Duration = Duration::from_millis(2);
const BYTES: usize = 400;

/// What is wrong with the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poison {
    None,
    /// AR.
    Refused,
    /// Nothing is ever said about it.
    Silent,
    /// Its bytes in the journal are no message that could be rendered.
    Unreadable,
}

struct Clinic {
    poison: Poison,
    poisoned: String,
    stored: Mutex<HashMap<String, Instant>>,
}

fn field(message: &str, segment: &str, number: usize) -> String {
    let found = message.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
    found.split('|').nth(number - usize::from(segment == "MSH")).unwrap_or_default().to_owned()
}

impl Clinic {
    async fn converse(&self, mut wire: DuplexStream) {
        let (mut held, mut chunk) = (Vec::new(), vec![0; 16 << 10]);
        while let Ok(length @ 1..) = wire.read(&mut chunk).await {
            held.extend_from_slice(&chunk[..length]);
            if !held.ends_with(b"\x1C\r") {
                continue;
            }
            let message = String::from_utf8_lossy(&held[1..held.len() - 2]).into_owned();
            held.clear();
            let (mark, id) = (field(&message, "OBR", 3), field(&message, "MSH", 10));
            let is_poisoned = mark == self.poisoned;
            tokio::time::sleep(THINKS).await;
            if is_poisoned && self.poison == Poison::Silent {
                continue;
            }
            let code = if is_poisoned && self.poison == Poison::Refused { "AR" } else { "AA" };
            self.stored.lock().unwrap().entry(mark).or_insert_with(Instant::now);
            let answer =
                format!("\x0BMSH|^~\\&|EMR|HILL|OPOR|NS|2026||ACK|A|P|2.5.1\rMSA|{code}|{id}\r\x1C\r");
            if wire.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

struct Net(Arc<Clinic>);

impl Dial for Net {
    fn dial(&self, _: &Destination) -> Connecting {
        let clinic = Arc::clone(&self.0);
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(16 << 10);
            tokio::spawn(async move { clinic.converse(theirs).await });
            Ok(Box::new(ours) as Box<dyn Wire>)
        })
    }
}

/// Times of the others from queued to stored, in order, in milliseconds of virtual time.
pub(crate) async fn trial(messages: usize, connections: u8, poison: Poison) -> Vec<f64> {
    let seats = [Seat { id: "emr".to_owned(), address: "127.0.0.1:9".to_owned(), connections }];
    let clock = AtomicU64::new(0);
    let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
    let world = Arc::new(World::new(Folder::in_memory("poison"), &seats, settings));
    let bad = messages / 4;
    let kept = {
        let (filling, garbled) = (Arc::clone(&world), poison == Poison::Unreadable);
        let keep = move || {
            let of = |n: usize| {
                if garbled && n == bad { b"no message".to_vec() } else { world::message(n, n, BYTES) }
            };
            filling.keep((0..messages).map(of).collect())
        };
        tokio::task::spawn_blocking(keep).await.expect("kept")
    };
    let began = Instant::now();
    let clock: actions::intake::Clock = Arc::new(move || {
        fhir::Instant(BEGINNING.0 + i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX))
    });
    let clinic = Arc::new(Clinic { poison, poisoned: world::mark(bad), stored: Mutex::default() });
    let engine = Engine {
        record: world.record.clone(),
        clock,
        patience: Patience::default(),
        dial: Arc::new(Net(Arc::clone(&clinic))),
    };
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(engine.run(stopped));
    let mut queued = Vec::with_capacity(messages);
    for (n, id) in kept.into_iter().enumerate() {
        tokio::time::sleep_until(began + EVERY * u32::try_from(n).unwrap()).await;
        let filling = Arc::clone(&world);
        let queue = move || {
            filling.settle([filling.owed(n, id, n, &["emr".to_owned()])]);
            // The store answers before it tells those who wait for work; it answers the next when they are told. Virtual
            // time passes only then.
            filling.settle([Changes::default()]);
        };
        tokio::task::spawn_blocking(queue).await.expect("queued");
        queued.push(Instant::now());
    }
    // What never gets an answer of any sort is never stored there.
    let due = messages - usize::from(matches!(poison, Poison::Silent | Poison::Unreadable));
    let all = || clinic.stored.lock().unwrap().len() >= due;
    while !all() && began.elapsed() < Duration::from_secs(24 * 3600) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    stop.send_replace(true);
    running.await.expect("the engine ends");
    let stored = clinic.stored.lock().unwrap();
    let others = (0..messages).filter(|n| *n != bad);
    let mut times: Vec<f64> = others
        .map(|n| {
            let at = stored.get(&world::mark(n)).expect("every other one is stored");
            at.saturating_duration_since(queued[n]).as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The time that a share of them did not exceed.
pub(crate) fn at(times: &[f64], share: f64) -> f64 {
    times[((times.len() - 1) as f64 * share) as usize]
}

/// One trial in virtual time.
pub(crate) fn run(messages: usize, connections: u8, poison: Poison) -> Vec<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(trial(messages, connections, poison))
}
