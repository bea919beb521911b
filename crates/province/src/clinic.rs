//! Stand-ins for the EMRs of clinics: they listen on MLLP, answer well, badly or not at all, and write down what they got.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hl7v2::Message;
use hl7v2::ack::{Ack, AckError, ErrorCode, Outcome, Severity};
use hl7v2::mllp::{Decoder, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::calendar::{Clock, Precision, hl7_time};
use crate::places::CLINICS;

/// Bytes read from the socket at a time.
const CHUNK_BYTES: usize = 16 << 10;

/// How a clinic's EMR behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers AA to every message.
    Accepts,
    /// Refuses one message in `every` (AE and AR in turn) and says the same when it is sent again.
    RefusesSome {
        /// 9 in the demo.
        every: u64,
    },
    /// Reads but does not answer during the last `silent` of every `cycle`.
    FallsSilent {
        /// Length of one turn, 6 minutes in the demo.
        cycle: Duration,
        /// How long it is silent in each, 90 seconds in the demo.
        silent: Duration,
    },
    /// Reads and never answers.
    Silent,
}

impl Behaviour {
    /// What the three clinics of the demo do, in the order of `places::CLINICS`.
    pub const DEMO: [Behaviour; 3] = [
        Behaviour::Accepts,
        Behaviour::RefusesSome { every: 9 },
        Behaviour::FallsSilent { cycle: Duration::from_secs(360), silent: Duration::from_secs(90) },
    ];
}

/// One message as a clinic got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// MSH-10.
    pub control_id: String,
    /// First identifier of PID-3 with its assigner, else PID-2; empty without PID.
    pub patient: String,
    /// MSA-1 of the answer; empty when there was none.
    pub answer: &'static str,
}

/// What a clinic got, in order.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Every message received, repeats too.
    pub entries: Vec<Entry>,
}

impl Ledger {
    /// How often each control id was accepted.
    pub fn accepted(&self) -> BTreeMap<&str, usize> {
        let mut accepted = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.answer == "AA") {
            *accepted.entry(entry.control_id.as_str()).or_insert(0) += 1;
        }
        accepted
    }

    /// Control ids accepted for a patient, in order.
    pub fn order(&self, patient: &str) -> Vec<&str> {
        let theirs = self.entries.iter().filter(|entry| entry.patient == patient && entry.answer == "AA");
        theirs.map(|entry| entry.control_id.as_str()).collect()
    }
}

struct State {
    name: String,
    behaviour: Behaviour,
    clock: Clock,
    began: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    ledger: Ledger,
    refused: BTreeMap<String, Outcome>,
    file: Option<File>,
}

/// A clinic's EMR.
pub struct Clinic {
    listener: TcpListener,
    state: Arc<State>,
}

/// A look at a clinic's ledger while it runs.
#[derive(Clone)]
pub struct Book {
    state: Arc<State>,
}

impl Book {
    /// What the clinic got so far.
    pub fn ledger(&self) -> Ledger {
        self.state.kept().ledger.clone()
    }

    /// How many messages it accepted, refused and left without an answer.
    pub fn counts(&self) -> (usize, usize, usize) {
        let kept = self.state.kept();
        let count =
            |of: fn(&str) -> bool| kept.ledger.entries.iter().filter(|entry| of(entry.answer)).count();
        (count(|answer| answer == "AA"), count(|answer| !matches!(answer, "AA" | "")), count(str::is_empty))
    }
}

impl Clinic {
    /// Listens on `address` (port 0 = any). With `file`, a line a message is added there: control id, patient and
    /// answer, separated by tabs.
    ///
    /// # Errors
    /// The address is taken or not ours, or the file cannot be opened.
    pub async fn bind(
        name: &str,
        address: SocketAddr,
        behaviour: Behaviour,
        clock: Clock,
        file: Option<&Path>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let file = match file {
            Some(path) => Some(File::options().create(true).append(true).open(path)?),
            None => None,
        };
        let kept = Mutex::new(Kept { file, ..Kept::default() });
        let state = State { name: name.to_owned(), behaviour, clock, began: Instant::now(), kept };
        Ok(Self { listener, state: Arc::new(state) })
    }

    /// The three clinics of the demo, in the order of [`CLINICS`], with [`Behaviour::DEMO`]. In `folder` each
    /// keeps its ledger as `<clinic>.tsv`.
    ///
    /// # Errors
    /// As [`Clinic::bind`].
    pub async fn demo(
        addresses: [SocketAddr; 3],
        clock: Clock,
        folder: Option<&Path>,
    ) -> io::Result<Vec<Self>> {
        let mut clinics = Vec::with_capacity(addresses.len());
        for ((id, address), behaviour) in CLINICS.iter().zip(addresses).zip(Behaviour::DEMO) {
            let file = folder.map(|folder| folder.join(format!("{id}.tsv")));
            clinics.push(Self::bind(id, address, behaviour, Clock::clone(&clock), file.as_deref()).await?);
        }
        Ok(clinics)
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// The operating system cannot say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Its ledger, to look at while it runs.
    pub fn book(&self) -> Book {
        Book { state: Arc::clone(&self.state) }
    }

    /// Answers until `stop` becomes true; open connections are closed then.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut peers = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        peers.spawn(serve(stream, Arc::clone(&self.state)));
                    }
                }
                Some(_) = peers.join_next() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        peers.shutdown().await;
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut decoder = Decoder::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = stream.read(&mut chunk).await?;
        if count == 0 {
            return Ok(());
        }
        let mut rest = &chunk[..count];
        while let Some(event) = decoder.next(&mut rest) {
            let Ok(bytes) = event else { continue };
            if let Some(answer) = state.answer(bytes) {
                stream.write_all(&encode(&answer)).await?;
            }
        }
    }
}

impl State {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_silent(&self) -> bool {
        match self.behaviour {
            Behaviour::Silent => true,
            Behaviour::FallsSilent { cycle, silent } => {
                let (turn, since) = (cycle.as_millis().max(1), self.began.elapsed().as_millis());
                since % turn >= turn.saturating_sub(silent.as_millis())
            }
            _ => false,
        }
    }

    /// Writes a message down and makes the answer; `None` while silent.
    fn answer(&self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let silent = self.is_silent();
        let mut kept = self.kept();
        let (ack, control_id, patient) = match Message::parse(bytes.clone()) {
            Ok(message) => {
                let control_id = message.header().control_id().into_owned();
                let outcome = kept.outcome(self.behaviour, &control_id);
                let ack = Ack::application(&message, outcome);
                let refused = outcome != Outcome::Accept;
                let ack = if refused { ack.error(refusal(outcome, &self.name)) } else { ack };
                (ack, control_id, patient(&message))
            }
            Err(why) => {
                let ack = Ack::refuse(&bytes, &why);
                let control_id = ack.answers().to_owned();
                (ack, control_id, String::new())
            }
        };
        let answer = if silent { "" } else { ack.code().as_str() };
        kept.write(Entry { control_id, patient, answer });
        let own_id = format!("{}{:08}", self.name, kept.ledger.entries.len());
        let time = hl7_time((self.clock)(), Precision::SecondZone);
        (!silent).then(|| ack.build(&own_id, &time))
    }
}

impl Kept {
    /// In memory always; in the file until it cannot be written, as a full disk must not stop a clinic.
    fn write(&mut self, entry: Entry) {
        if let Some(file) = &mut self.file {
            let line = format!("{}\t{}\t{}\n", entry.control_id, entry.patient, entry.answer);
            if file.write_all(line.as_bytes()).is_err() {
                self.file = None;
            }
        }
        self.ledger.entries.push(entry);
    }

    fn outcome(&mut self, behaviour: Behaviour, control_id: &str) -> Outcome {
        let Behaviour::RefusesSome { every } = behaviour else { return Outcome::Accept };
        if let Some(outcome) = self.refused.get(control_id) {
            return *outcome;
        }
        let received = self.ledger.entries.len() as u64 + 1;
        if !received.is_multiple_of(every.max(1)) {
            return Outcome::Accept;
        }
        let outcome = if self.refused.len().is_multiple_of(2) { Outcome::Error } else { Outcome::Reject };
        self.refused.insert(control_id.to_owned(), outcome);
        outcome
    }
}

fn refusal(outcome: Outcome, name: &str) -> AckError {
    let (code, field, message) = if outcome == Outcome::Error {
        (
            ErrorCode::UnknownKey,
            "OBR-16",
            "provider number is not on our list: add the provider here, then send again",
        )
    } else {
        (ErrorCode::TableValueNotFound, "OBR-4", "test code is not in our catalogue: send it on paper")
    };
    let message = format!("{name}: {message}");
    AckError { location: field.parse().ok(), code, severity: Severity::Error, message }
}

fn patient(message: &Message) -> String {
    let pid = message.segment_named("PID");
    let number = if pid.field(3).comp(1).text().is_empty() { 2 } else { 3 };
    let (id, assigner) = (pid.field(number).comp(1).text(), pid.field(number).comp(4).text());
    if id.is_empty() { String::new() } else { format!("{assigner} {id}") }
}
