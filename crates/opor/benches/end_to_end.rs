//! From the sender's first byte to the clinic's: `cargo bench -p opor --bench end_to_end -- [PER_SECOND] [SECONDS] [CLINICS]`.
//!
//! The running binary with everything on: accepted, interpreted, identified, filed, routed, queued, delivered. Messages
//! come at a rate, whether or not earlier ones are answered yet (an open loop), each for one of the clinics in turn.
//! Without arguments: 100 a second for one clinic, then 300 a second over 50. A benchmark, never a test: it asserts
//! nothing. Senders and clinics run in this process and share its machine.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Connections of the senders.
const LINES: usize = 8;
/// People the results belong to.
const PATIENTS: usize = 5_000;
/// Bytes of a message, about.
const BYTES: usize = 2_048;
/// How long the last one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// When each message was sent, and how long each took to arrive.
#[derive(Default)]
struct Times {
    sent: HashMap<String, Instant>,
    taken: Vec<Duration>,
}

type Shared = Arc<Mutex<Times>>;

fn note(times: &Shared, what: impl FnOnce(&mut Times)) {
    what(&mut times.lock().unwrap_or_else(PoisonError::into_inner));
}

fn field(message: &[u8], segment: &str, number: usize) -> String {
    let text = String::from_utf8_lossy(message);
    let found = text.split('\r').find(|line| line.trim_start_matches('\u{b}').starts_with(segment));
    let number = number - usize::from(segment == "MSH");
    found.unwrap_or_default().split('|').nth(number).unwrap_or_default().to_owned()
}

/// Whole frames of a stream, without their blocks.
async fn frame(stream: &mut TcpStream, held: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = held.windows(2).position(|pair| pair == b"\x1C\r") {
            let frame: Vec<u8> = held.drain(..end + 2).collect();
            return Some(frame[..end].to_vec());
        }
        let mut chunk = [0; 16 << 10];
        match stream.read(&mut chunk).await {
            Ok(length @ 1..) => held.extend_from_slice(&chunk[..length]),
            _ => return None,
        }
    }
}

/// A clinic's system that acknowledges everything at once.
async fn clinic(times: Shared) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let times = Arc::clone(&times);
            tokio::spawn(async move {
                stream.set_nodelay(true).expect("nodelay");
                let mut held = Vec::new();
                while let Some(message) = frame(&mut stream, &mut held).await {
                    let (mark, id) = (field(&message, "OBR", 3), field(&message, "MSH", 10));
                    note(&times, |times| {
                        if let Some(sent) = times.sent.remove(&mark) {
                            times.taken.push(sent.elapsed());
                        }
                    });
                    let answer = format!("\x0BMSH|^~\\&|EMR||||2026||ACK|A|P|2.5.1\rMSA|AA|{id}\r\x1C\r");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn directory(clinics: &[SocketAddr]) -> String {
    let mut text = String::new();
    for (n, address) in clinics.iter().enumerate() {
        let _ = write!(
            text,
            "[[place]]\nid = \"clinic-{n}\"\nname = \"Clinic {n}\"\nkind = \"clinic\"\n\
             [[endpoint]]\nid = \"emr-{n}\"\nplace = \"clinic-{n}\"\nkind = \"mllp\"\naddress = \"{address}\"\n\
             [[practitioner]]\nid = \"p-{n}\"\nfamily = \"Testpractitioner{n}\"\ngiven = \"Ana\"\n\
             numbers = [ {{ authority = \"NSMD\", value = \"{}\" }} ]\n\
             [[role]]\npractitioner = \"p-{n}\"\nplace = \"clinic-{n}\"\nrole = \"family-physician\"\n\
             endpoint = \"emr-{n}\"\nprimary = true\nfrom = \"2000-01-01\"\n",
            7000 + n
        );
    }
    text
}

/// A name that resembles that of no other patient: people of one birthday with names that differ in a digit wait for a
/// person to look, which is not what is measured here.
fn name(patient: usize) -> (String, String) {
    const PARTS: [&str; 17] = [
        "bar", "cot", "dun", "fel", "gam", "hoy", "jur", "kes", "lim", "mor", "nav", "pir", "quo", "rud",
        "sev", "tal", "wyx",
    ];
    let part = |by: usize| PARTS[patient / by % PARTS.len()];
    let family = format!("{}{}{}", part(1), part(289), part(17));
    let given = format!("{}{}", part(17), part(1));
    (family.to_uppercase(), given.to_uppercase())
}

fn message(run: &str, n: usize, clinics: usize) -> (String, Vec<u8>) {
    let (mark, patient, orderer) = (format!("{run}-{n:06}"), n % PATIENTS, 7000 + n % clinics);
    let (family, given) = name(patient);
    let mut text = format!(
        "\x0BMSH|^~\\&|LAB|QEII|OPOR|NS|20261122093000-0400||ORU^R01^ORU_R01|{mark}|P|2.5.1\r\
         PID|1||{patient:06}^^^QEII^MR||{family}^{given}||19{:02}0{}{:02}|F\r\
         ORC|RE||{mark}\rOBR|1||{mark}|2160-0^Creatinine^LN|||20261122090000-0400|||||||||{orderer}^Testpractitioner^Ana^^^^^^NSMD||||||20261122091500-0400||CH|F\r",
        30 + patient % 70,
        1 + patient / 70 % 9,
        1 + patient / 630 % 28,
    );
    let mut line = 1;
    while text.len() + 90 < BYTES {
        let _ =
            write!(text, "OBX|{line}|NM|2160-0^Creatinine^LN|{line}|{}|umol/L|45-110|N|||F\r", 50 + n % 50);
        line += 1;
    }
    text.push_str("\x1C\r");
    (mark, text.into_bytes())
}

struct Server {
    child: Child,
    mllp: String,
    data: PathBuf,
}

impl Server {
    fn start(data: &Path, directory: &str) -> Self {
        std::fs::create_dir_all(data).expect("data folder");
        std::fs::write(data.join("directory.toml"), directory).expect("directory");
        let mut child = Command::new(env!("CARGO_BIN_EXE_opor"))
            .args(["serve", "--demo", "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0", "--data"])
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
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.data));
    }
}

/// A line that sends what it is given and reads the answers beside that.
async fn line(to: String, mut messages: mpsc::UnboundedReceiver<(String, Vec<u8>)>, times: Shared) {
    let stream = TcpStream::connect(to).await.expect("opor listens");
    stream.set_nodelay(true).expect("nodelay");
    let (mut read, mut write) = stream.into_split();
    tokio::spawn(async move {
        let mut chunk = [0; 16 << 10];
        while let Ok(1..) = read.read(&mut chunk).await {}
    });
    while let Some((mark, bytes)) = messages.recv().await {
        note(&times, |times| {
            times.sent.insert(mark, Instant::now());
        });
        write.write_all(&bytes).await.expect("opor reads");
    }
}

fn trial(runtime: &Runtime, run: &str, per_second: u32, seconds: u32, clinics: usize) {
    let times = Shared::default();
    let addresses: Vec<SocketAddr> =
        (0..clinics).map(|_| runtime.block_on(clinic(Arc::clone(&times)))).collect();
    let folder = std::env::temp_dir().join(format!("opor-bench-end-{run}-{}", std::process::id()));
    let server = Server::start(&folder, &directory(&addresses));
    let count = (per_second * seconds) as usize;
    runtime.block_on(async {
        let lines: Vec<_> = (0..LINES)
            .map(|_| {
                let (give, take) = mpsc::unbounded_channel();
                tokio::spawn(line(server.mllp.clone(), take, Arc::clone(&times)));
                give
            })
            .collect();
        let mut tick = tokio::time::interval(Duration::from_secs(1) / per_second);
        for n in 0..count {
            tick.tick().await;
            // One patient's messages on one line, in order.
            drop(lines[n % PATIENTS % LINES].send(message(run, n, clinics)));
        }
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let mut arrived = 0;
            note(&times, |times| arrived = times.taken.len());
            if arrived == count {
                break;
            }
        }
    });
    note(&times, |times| {
        times.taken.sort_unstable();
        let at = |part: f64| times.taken.get(((times.taken.len() as f64 - 1.0) * part) as usize).copied();
        println!(
            "{per_second}/s for {seconds} s, {clinics} clinics: {} of {count} arrived, p50 {:?}, p99 {:?}, longest {:?}",
            times.taken.len(),
            at(0.5).unwrap_or_default(),
            at(0.99).unwrap_or_default(),
            at(1.0).unwrap_or_default(),
        );
    });
}

fn main() {
    let numbers: Vec<u32> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match numbers[..] {
        [per_second, seconds, clinics] => trial(&runtime, "given", per_second, seconds, clinics as usize),
        _ => {
            trial(&runtime, "one", 100, 30, 1);
            trial(&runtime, "many", 300, 30, 50);
        }
    }
}
