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
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use world::{BEGINNING, Folder, Seat, World};

/// Receivers, and connections to each.
const RECEIVERS: usize = 4;
const CONNECTIONS: u8 = 2;
/// Patients for each message in the queue.
const MESSAGES_PER_PATIENT: usize = 5;

/// Processor time of this process so far, in milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().filter_map(|f| f.parse::<f64>().ok()).sum();
    ticks * 10.0
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

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (messages, bytes) =
        (numbers.first().copied().unwrap_or(30_000), numbers.get(1).copied().unwrap_or(2_048));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let heard = Arc::new(AtomicU64::new(0));
    let seats: Vec<Seat> = (0..RECEIVERS)
        .map(|n| Seat {
            id: format!("emr-{n}"),
            address: runtime.block_on(receiver(Arc::clone(&heard))).to_string(),
            connections: CONNECTIONS,
        })
        .collect();
    let began = Instant::now();
    let monotonic = Arc::new(move || u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    let world = World::new(Folder::new("bench-deliveries"), &seats, Settings::new(monotonic));
    let empty = disk_bytes(&world);

    let (start, cpu) = (Instant::now(), cpu_ms());
    let patients = (messages / MESSAGES_PER_PATIENT).max(1);
    let kept = world.keep((0..messages).map(|n| world::message(n, n % patients, bytes)).collect());
    let (kept_after, kept_cpu) = (start.elapsed(), cpu_ms() - cpu);
    world.settle(
        kept.iter()
            .enumerate()
            .map(|(n, id)| world.owed(n, *id, n % patients, std::slice::from_ref(&seats[n % RECEIVERS].id))),
    );
    let (queued_after, queued_cpu) = (start.elapsed(), cpu_ms() - cpu);

    let (stop, stopped) = watch::channel(false);
    let clock: actions::intake::Clock =
        Arc::new(move || fhir::Instant(BEGINNING.0 + began.elapsed().as_micros() as i64));
    let engine =
        Engine { record: world.record.clone(), clock, patience: Patience::default(), dial: Arc::new(Tcp) };
    runtime.spawn(engine.run(stopped));
    while heard.load(Ordering::Relaxed) < messages as u64 || world.waiting() > 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (all, all_cpu) = (start.elapsed(), cpu_ms() - cpu);
    stop.send_replace(true);
    world.store.stop();
    let disk = disk_bytes(&world) - empty;
    let each = |total: f64| total / messages as f64;
    let rate = |from: Duration, to: Duration| messages as f64 / (to - from).as_secs_f64();
    println!("{messages} messages of {bytes} bytes, {RECEIVERS} receivers, {CONNECTIONS} connections each");
    println!("keep     {:7.0}/s  {:.3} ms CPU each", rate(Duration::ZERO, kept_after), each(kept_cpu));
    println!(
        "queue    {:7.0}/s  {:.3} ms CPU each",
        rate(kept_after, queued_after),
        each(queued_cpu - kept_cpu)
    );
    println!("deliver  {:7.0}/s  {:.3} ms CPU each", rate(queued_after, all), each(all_cpu - queued_cpu));
    println!(
        "all      {:7.0}/s  {:.3} ms CPU each, {:.0} bytes of disk each",
        rate(Duration::ZERO, all),
        each(all_cpu),
        each(disk as f64)
    );
}
