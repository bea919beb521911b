//! One clinic is dead while so many messages are queued for it, then it comes back: all of them, in order per patient, and
//! the memory of the process all the while (HAZARDS 2.2, Mirth 1682).
//!
//! `cargo run -p gateway --release --example backlog -- [MESSAGES] [DAYS]`: 1,000 and 3 days without arguments. In virtual
//! time; the receiver keeps a number for each patient and nothing else, so that the memory is the product's. Exit 1 when
//! one is missing, out of order or there twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails"
)]

#[path = "../tests/peers/world.rs"]
#[expect(dead_code, reason = "its folder and states are looked at by others")]
mod world;

use actions::deliveries::Destination;
use gateway::delivery::wire::{Connecting, Dial, Wire};
use gateway::delivery::{Engine, Patience};
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::time::Instant;
use world::{BEGINNING, Folder, Seat, World};

/// Messages of one patient.
const PER_PATIENT: usize = 5;
/// Bytes of a message.
const BYTES: usize = 400;
/// Messages queued at a time.
const CHUNK: usize = 2_000;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the clinic remembers.
#[derive(Default)]
struct Ledger {
    /// Number of the newest message of each patient.
    newest: HashMap<String, u64>,
    stored: u64,
    repeats: u64,
    /// Older than what it had of the same patient.
    inverted: u64,
}

/// Dead until a moment, healthy from then on.
struct Clinic {
    back: Instant,
    offers: AtomicU64,
    ledger: Mutex<Ledger>,
}

fn field(message: &str, segment: &str, number: usize) -> String {
    let found = message.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
    found.split('|').nth(number - usize::from(segment == "MSH")).unwrap_or_default().to_owned()
}

impl Clinic {
    fn take(&self, message: &str) -> String {
        let number: u64 = field(message, "OBR", 3).rsplit('-').next().unwrap().parse().expect("our number");
        let mut ledger = self.ledger.lock().unwrap();
        let patient = field(message, "PID", 3);
        match ledger.newest.insert(patient.clone(), number) {
            Some(before) if before == number => ledger.repeats += 1,
            Some(before) if before > number => {
                ledger.inverted += 1;
                ledger.newest.insert(patient, before);
            }
            _ => ledger.stored += 1,
        }
        field(message, "MSH", 10)
    }

    async fn converse(&self, mut wire: DuplexStream) {
        let (mut held, mut chunk) = (Vec::new(), vec![0; 16 << 10]);
        while let Ok(length @ 1..) = wire.read(&mut chunk).await {
            held.extend_from_slice(&chunk[..length]);
            if !held.ends_with(b"\x1C\r") {
                continue;
            }
            let id = self.take(&String::from_utf8_lossy(&held[1..held.len() - 2]));
            held.clear();
            let answer = format!("\x0BMSH|^~\\&|EMR|HILL|OPOR|NS|2026||ACK|A|P|2.5.1\rMSA|AA|{id}\r\x1C\r");
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
            clinic.offers.fetch_add(1, Ordering::Relaxed);
            if Instant::now() < clinic.back {
                return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
            }
            let (ours, theirs) = tokio::io::duplex(16 << 10);
            tokio::spawn(async move { clinic.converse(theirs).await });
            Ok(Box::new(ours) as Box<dyn Wire>)
        })
    }
}

/// Memory of the process that is not a file's, in MB.
fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

async fn trial(messages: usize, days: u32) -> bool {
    let seats = [Seat { id: "dead".to_owned(), address: "127.0.0.1:9".to_owned(), connections: 2 }];
    let clock = AtomicU64::new(0);
    let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
    let world = Arc::new(World::new(Folder::in_memory("backlog"), &seats, settings));
    let patients = (messages / PER_PATIENT).max(1);
    println!("{messages} messages of {patients} patients, dead for {days} days");
    println!("memory before anything is queued {:7.1} MB", memory_mb());
    let filling = Arc::clone(&world);
    let queued = tokio::task::spawn_blocking(move || {
        for from in (0..messages).step_by(CHUNK) {
            let range = from..(from + CHUNK).min(messages);
            let kept = filling.keep(range.clone().map(|n| world::message(n, n % patients, BYTES)).collect());
            let to = ["dead".to_owned()];
            filling.settle(range.zip(kept).map(|(n, id)| filling.owed(n, id, n % patients, &to)));
        }
    });
    queued.await.expect("queued");
    println!("memory when all is queued        {:7.1} MB", memory_mb());

    let began = Instant::now();
    let clinic =
        Arc::new(Clinic { back: began + DAY * days, offers: AtomicU64::new(0), ledger: Mutex::default() });
    let clock: actions::intake::Clock = Arc::new(move || {
        fhir::Instant(BEGINNING.0 + i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX))
    });
    let engine = Engine {
        record: world.record.clone(),
        clock,
        patience: Patience::default(),
        dial: Arc::new(Net(Arc::clone(&clinic))),
    };
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(engine.run(stopped));
    let mut most: f64 = 0.0;
    while began.elapsed() < DAY * days {
        tokio::time::sleep(Duration::from_secs(600)).await;
        most = most.max(memory_mb());
    }
    println!(
        "memory while it was dead, most   {most:7.1} MB; {} times it was asked",
        clinic.offers.load(Ordering::Relaxed)
    );
    let back = Instant::now();
    let mut most: f64 = 0.0;
    loop {
        let looking = Arc::clone(&world);
        let waiting = tokio::task::spawn_blocking(move || looking.waiting()).await.expect("a look");
        most = most.max(memory_mb());
        if waiting == 0 || back.elapsed() > DAY * 3 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("memory while all went out, most  {most:7.1} MB; after {:?} of virtual time", back.elapsed());
    stop.send_replace(true);
    running.await.expect("the engine ends");
    let ledger = clinic.ledger.lock().unwrap();
    println!("stored {}, repeats {}, out of order {}", ledger.stored, ledger.repeats, ledger.inverted);
    ledger.stored == messages as u64 && ledger.inverted == 0
}

fn main() -> std::process::ExitCode {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let messages = numbers.first().copied().unwrap_or(1_000);
    let days = numbers.get(1).copied().unwrap_or(3);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let good = runtime.expect("a runtime").block_on(trial(messages, u32::try_from(days).unwrap_or(3)));
    std::process::ExitCode::from(u8::from(!good))
}
