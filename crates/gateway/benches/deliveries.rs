//! What one delivery costs: `cargo bench -p gateway --bench deliveries -- [MESSAGES] [BYTES]`.
//!
//! Measured: a message of so many bytes is kept in the journal, one delivery of it is queued (obligation, first step and
//! outbox row, one change for each message as filing makes it), the engine reads, renders and offers it over loopback
//! MLLP to receivers in the same process, and their acknowledgement is recorded. Not measured: interpreting and filing.
//! The receivers' own work is in the figures of time and processor. A benchmark, never a test: it asserts nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../tests/peers/world.rs"]
#[expect(dead_code, reason = "states are looked at by the trials")]
mod world;

use gateway::delivery::wire::Tcp;
use gateway::delivery::{Engine, Patience};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use world::{BEGINNING, Folder, Seat, World};

/// Receivers, and connections to each.
const RECEIVERS: usize = 4;
const CONNECTIONS: u8 = 2;
/// Messages of each patient.
const MESSAGES_PER_PATIENT: usize = 5;
/// Messages kept and then queued at a time while others are delivered.
const CHUNK: usize = 512;

/// Processor time of this process so far, in milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().filter_map(|f| f.parse::<f64>().ok()).sum();
    ticks * 10.0
}

/// Of each name of threads: milliseconds on a processor, and waiting for one while others had it (proc(5), "schedstat").
/// The first says what a rate can be on an idle machine, the second how far this one was from that.
fn threads_ms() -> BTreeMap<String, (f64, f64)> {
    let mut found = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let stat = read("schedstat");
        let mut ms = stat.split(' ').map(|text| text.parse::<f64>().unwrap_or(0.0) / 1e6);
        let sum: &mut (f64, f64) = found.entry(read("comm").trim().to_owned()).or_default();
        sum.0 += ms.next().unwrap_or(0.0);
        sum.1 += ms.next().unwrap_or(0.0);
    }
    found
}

fn disk_bytes(world: &World) -> u64 {
    let files = std::fs::read_dir(world.folder.path()).expect("the folder").flatten();
    files
        .filter(|file| !file.file_name().to_string_lossy().ends_with("-wal"))
        .map(|file| file.metadata().map_or(0, |m| m.len()))
        .sum()
}

/// Acknowledges whatever comes.
async fn receiver(heard: Arc<AtomicU64>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = Arc::clone(&heard);
            stream.set_nodelay(true).expect("nodelay");
            tokio::spawn(async move {
                let (mut held, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
                while let Ok(length @ 1..) = stream.read(&mut chunk).await {
                    held.extend_from_slice(&chunk[..length]);
                    if !held.ends_with(b"\x1C\r") {
                        continue;
                    }
                    let header = held.split(|byte| *byte == b'\r').next().unwrap_or_default();
                    let id = header.split(|byte| *byte == b'|').nth(9).unwrap_or_default();
                    let answer =
                        [b"\x0BMSH|^~\\&|EMR||||2026||ACK|A|P|2.5.1\rMSA|AA|", id, b"\r\x1C\r"].concat();
                    held.clear();
                    heard.fetch_add(1, Ordering::Relaxed);
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// A record, receivers that acknowledge, and how many messages these have.
struct Trial {
    world: World,
    seats: Vec<Seat>,
    heard: Arc<AtomicU64>,
    began: Instant,
    empty: u64,
    stop: watch::Sender<bool>,
}

impl Trial {
    fn new(runtime: &Runtime) -> Self {
        let heard = Arc::new(AtomicU64::new(0));
        let seat = |n| Seat {
            id: format!("emr-{n}"),
            address: runtime.block_on(receiver(Arc::clone(&heard))).to_string(),
            connections: CONNECTIONS,
        };
        let seats: Vec<Seat> = (0..RECEIVERS).map(seat).collect();
        let began = Instant::now();
        let monotonic = Arc::new(move || u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        let world = World::new(Folder::new("bench-deliveries"), &seats, Settings::new(monotonic));
        let empty = disk_bytes(&world);
        Self { world, seats, heard, began, empty, stop: watch::channel(false).0 }
    }

    fn deliver(&self, runtime: &Runtime) {
        let began = self.began;
        let clock: actions::intake::Clock =
            Arc::new(move || fhir::Instant(BEGINNING.0 + began.elapsed().as_micros() as i64));
        let (record, dial) = (self.world.record.clone(), Arc::new(Tcp));
        let engine = Engine { record, clock, patience: Patience::default(), dial };
        runtime.spawn(engine.run(self.stop.subscribe()));
    }

    /// Keeps messages in the journal.
    fn keep(&self, range: std::ops::Range<usize>, patients: usize, bytes: usize) -> Vec<store::MessageId> {
        self.world.keep(range.map(|n| world::message(n, n % patients, bytes)).collect())
    }

    fn queue(&self, from: usize, kept: &[store::MessageId], patients: usize) {
        self.world.settle(kept.iter().enumerate().map(|(at, id)| {
            let n = from + at;
            self.world.owed(n, *id, n % patients, std::slice::from_ref(&self.seats[n % RECEIVERS].id))
        }));
    }

    fn wait_for(&self, messages: usize) {
        while self.heard.load(Ordering::Relaxed) < messages as u64 || self.world.waiting() > 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Bytes on disk, with everything brought into the database.
    fn end(self) -> u64 {
        self.stop.send_replace(true);
        self.world.store.stop();
        disk_bytes(&self.world) - self.empty
    }
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (messages, bytes) =
        (numbers.first().copied().unwrap_or(30_000), numbers.get(1).copied().unwrap_or(2_048));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let patients = (messages / MESSAGES_PER_PATIENT).max(1);
    let each = |total: f64| total / messages as f64;
    let rate = |time: Duration| messages as f64 / time.as_secs_f64();
    println!("{messages} messages of {bytes} bytes, {RECEIVERS} receivers, {CONNECTIONS} connections each");

    let trial = Trial::new(&runtime);
    let mut last = (Instant::now(), cpu_ms());
    let mut say = |what: &str| {
        let now = (Instant::now(), cpu_ms());
        println!("{what:20} {:7.0}/s  {:.3} ms CPU each", rate(now.0 - last.0), each(now.1 - last.1));
        last = now;
    };
    let kept = trial.keep(0..messages, patients, bytes);
    say("keep alone");
    trial.queue(0, &kept, patients);
    say("queue alone");
    trial.deliver(&runtime);
    trial.wait_for(messages);
    say("deliver alone");
    trial.end();

    let trial = Trial::new(&runtime);
    trial.deliver(&runtime);
    let (start, cpu, threads) = (Instant::now(), cpu_ms(), threads_ms());
    for from in (0..messages).step_by(CHUNK) {
        let kept = trial.keep(from..(from + CHUNK).min(messages), patients, bytes);
        trial.queue(from, &kept, patients);
    }
    trial.wait_for(messages);
    let (time, cpu, threads_after) = (start.elapsed(), cpu_ms() - cpu, threads_ms());
    let disk = trial.end();
    println!(
        "all at once          {:7.0}/s  {:.3} ms CPU each, {:.0} bytes of disk each",
        rate(time),
        each(cpu),
        each(disk as f64)
    );
    for (name, (ran, waited)) in threads_after {
        let before = threads.get(&name).copied().unwrap_or_default();
        let (ran, waited) = (each(ran - before.0), each(waited - before.1));
        if ran > 0.005 {
            println!("  {name:18} {ran:.3} ms CPU each, {waited:.3} ms waiting for a processor");
        }
    }
}
