//! The whole way of a result, measured on the running binary: `cargo bench -p opor`.
//!
//! A benchmark, never a test: it prints figures beside what the machine's disk can do in the same run, and asserts
//! nothing. Latency is the senders' own; CPU is the server's own, from the kernel's accounting.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use province::drive::{Push, simulate};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Messages that are only accepted: kept durably and acknowledged, with nobody filing beside it.
const ACCEPTED_MESSAGES: u64 = 40_000;
/// Messages pushed as fast as 8 senders get their answers.
const BURST_MESSAGES: u64 = 30_000;
/// Messages a second offered in the sustained part, and for how long: a little more than the goal, since making the load
/// counts in the time.
const SUSTAINED_PER_SECOND: u32 = 1_050;
const SUSTAINED_SECONDS: u64 = 20;
/// People the results belong to.
const PATIENTS: usize = 5_000;
/// When the messages are said to be sent.
const AT_US: i64 = 1_795_000_000_000_000;
/// Syncs measured for the ceiling.
const SYNCS: u32 = 1_000;

struct Server {
    child: Child,
    mllp: String,
    data: PathBuf,
}

impl Server {
    fn start(data: &Path) -> Self {
        std::fs::create_dir_all(data).expect("data folder");
        let province = province::Province::new(1, 10, 0);
        // Nobody listens at these addresses: routing and queueing are measured, the receivers' speed is not.
        std::fs::write(
            data.join("directory.toml"),
            province.directory(["127.0.0.1:9", "127.0.0.1:9", "127.0.0.1:9"]),
        )
        .expect("directory");
        let mut child = Command::new(env!("CARGO_BIN_EXE_opor"))
            .args(["serve", "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("OPOR_LOG", "error")
            // The benchmark's own setting: the server refuses what it does not know.
            .env_remove("OPOR_BENCH_DIR")
            .stdout(Stdio::piped())
            .spawn()
            .expect("opor starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let mllp = line.split("mllp=").nth(1).expect("listening").trim().to_owned();
        Self { child, mllp, data: data.to_owned() }
    }

    /// User and system time of the server so far, in milliseconds.
    fn cpu_ms(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: f64 = fields[11..13].iter().filter_map(|f| f.parse::<f64>().ok()).sum();
        ticks * 10.0
    }

    fn filed(&self) -> (u64, u64) {
        let out = Command::new(env!("CARGO_BIN_EXE_opor"))
            .args(["census", "--json", "--data"])
            .arg(&self.data)
            .output()
            .expect("census");
        let census: serde_json::Value = serde_json::from_slice(&out.stdout).expect("census JSON");
        let count = |name: &str| census["messages"][name].as_u64().unwrap_or(0);
        (count("filed"), count("pending"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.data));
    }
}

/// The binary's own (docs/decisions/0022-allocator.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    let root = std::env::var("OPOR_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), PathBuf::from);
    println!("ceiling      one 2 kB write and fdatasync at a time: {:.0}/s", syncs_per_second(&root));

    accept_only(&runtime, &root);

    let server = Server::start(&root.join(format!("opor-bench-{}", std::process::id())));
    let (_keep, stop) = watch::channel(false);

    let warm = runtime.block_on(simulate(&server.mllp, push(0, 2_000, 7), stop.clone(), |_| {}));
    println!("warm-up      {} messages", warm.answered.len());
    drain(&server);

    let (cpu, began) = (server.cpu_ms(), Instant::now());
    let burst = runtime.block_on(simulate(&server.mllp, push(0, BURST_MESSAGES, 1), stop.clone(), |_| {}));
    let acked = began.elapsed();
    report("acknowledge", &burst, acked, server.cpu_ms() - cpu);
    let filed_while = server.filed();
    drain(&server);
    let all = began.elapsed();
    let n = burst.answered.len() as f64;
    println!(
        "all the way  {:.0}/s filed at full speed; {} were filed while {:.0}/s were acknowledged; {:.2} ms CPU each",
        n / all.as_secs_f64(),
        filed_while.0.saturating_sub(2_000),
        n / acked.as_secs_f64(),
        (server.cpu_ms() - cpu) / n
    );

    let messages = u64::from(SUSTAINED_PER_SECOND) * SUSTAINED_SECONDS;
    let (cpu, began) = (server.cpu_ms(), Instant::now());
    let before = server.filed().0;
    let steady =
        runtime.block_on(simulate(&server.mllp, push(SUSTAINED_PER_SECOND, messages, 2), stop, |_| {}));
    let took = began.elapsed();
    let (filed, pending) = server.filed();
    report("sustained", &steady, took, server.cpu_ms() - cpu);
    println!(
        "             {:.0}/s filed meanwhile, {pending} still open",
        (filed - before) as f64 / took.as_secs_f64()
    );
    drain(&server);
    let cpu_each = (server.cpu_ms() - cpu) / messages as f64;
    let bytes: u64 = std::fs::read_dir(&server.data)
        .expect("data folder")
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .map(|meta| meta.len())
        .sum();
    println!(
        "             {cpu_each:.2} ms CPU each all in; {:.1} kB on disk per message",
        bytes as f64 / 1000.0 / (2_000.0 + n + messages as f64)
    );
}

/// The door, the journal and the acknowledgement alone, over sockets: what a sender gets while nobody files.
fn accept_only(runtime: &tokio::runtime::Runtime, root: &Path) {
    let folder = root.join(format!("opor-bench-accept-{}", std::process::id()));
    let began = Instant::now();
    let settings = store::Settings::new(Arc::new(move || began.elapsed().as_micros() as u64));
    let store = store::Store::open(&folder, settings).expect("a store");
    let province = province::Province::new(1, 10, 0).directory(["127.0.0.1:9"; 3]);
    let directory = clinical::directory::Directory::from_toml(&province).expect("a directory");
    let record = actions::Record::new(store.clone(), directory, Vec::new());
    let clock: actions::intake::Clock =
        Arc::new(move || fhir::Instant(AT_US + began.elapsed().as_micros() as i64));
    let (stop, stopped) = watch::channel(false);
    let pushed = runtime.block_on(async {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("an address").to_string();
        let intake = gateway::mllp::Intake::new(record, clock);
        let listening = gateway::mllp::Listening { socket, intake, guard: None };
        tokio::spawn(listening.serve(stopped.clone()));
        let warm = push(0, 2_000, 7);
        simulate(&address, warm, stopped.clone(), |_| {}).await;
        let from = Instant::now();
        let pushed = simulate(&address, push(0, ACCEPTED_MESSAGES, 1), stopped, |_| {}).await;
        (pushed, from.elapsed())
    });
    stop.send(true).expect("a listener");
    let (pushed, took) = pushed;
    println!(
        "accept only  {:.0}/s answered, p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms; 8 senders in the same process",
        pushed.answered.len() as f64 / took.as_secs_f64(),
        pushed.percentile_us(500) as f64 / 1000.0,
        pushed.percentile_us(990) as f64 / 1000.0,
        pushed.percentile_us(999) as f64 / 1000.0
    );
    store.stop();
    drop(std::fs::remove_dir_all(folder));
}

fn push(rate: u32, messages: u64, seed: u64) -> Push {
    Push { rate, messages, senders: 8, seed, patients: PATIENTS, at_us: AT_US }
}

fn report(name: &str, pushed: &province::drive::Pushed, took: Duration, cpu_ms: f64) {
    let n = pushed.answered.len() as f64;
    println!(
        "{name:<12} {:.0}/s answered, p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms; {:.3} ms server CPU each meanwhile",
        n / took.as_secs_f64(),
        pushed.percentile_us(500) as f64 / 1000.0,
        pushed.percentile_us(990) as f64 / 1000.0,
        pushed.percentile_us(999) as f64 / 1000.0,
        cpu_ms / n
    );
}

fn drain(server: &Server) {
    while server.filed().1 > 0 {
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn syncs_per_second(root: &Path) -> f64 {
    let path = root.join(format!("opor-bench-sync-{}", std::process::id()));
    let mut file = std::fs::File::create(&path).expect("a file");
    let began = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[0u8; 2048]).expect("a write");
        file.sync_data().expect("a sync");
    }
    let rate = f64::from(SYNCS) / began.elapsed().as_secs_f64();
    drop(std::fs::remove_file(path));
    rate
}
