//! Sends a feed over MLLP as the sending systems would: one connection a system, one message outstanding on each,
//! the next one only after the acknowledgement; the same bytes again after a broken line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hl7v2::ack::{AckRead, Outcome};
use hl7v2::mllp::{Decoder, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::calendar::Clock;
use crate::feed::{FeedMessage, Sender};
use crate::load::Load;
use crate::records::registrations::{Event, Registrations};
use crate::records::{Rates, Settings};

/// How long an acknowledgement may take before the line is closed and the same bytes are sent again.
pub const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// First wait after a broken line; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest wait between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Messages read ahead for each sending system.
const QUEUE: usize = 32;
/// Times a message is sent again when the receiver says that it failed itself (table 0357, 207).
const INTERNAL_ERROR_ATTEMPTS: u32 = 5;
/// Bytes read from the socket at a time.
const CHUNK_BYTES: usize = 8 << 10;

/// When each message of a feed is sent.
#[derive(Clone)]
pub enum Pace {
    /// One after another as fast as the receiver answers.
    Fast,
    /// Not before the message's own time by this clock.
    Live(Clock),
}

/// The answer to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Who sent it.
    pub sender: Sender,
    /// MSH-10.
    pub control_id: String,
    /// MSA-1.
    pub code: &'static str,
    /// True for AA and CA.
    pub accepted: bool,
    /// What the receiver says to people, when it refuses.
    pub text: String,
    /// Times the bytes were sent.
    pub attempts: u32,
    /// Where a later run must begin so that nothing is missed: pass it to `Province::live`.
    pub resume_us: i64,
}

/// Everything that was answered, in the order of the answers.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Sender, control id and MSA-1 of each answered message.
    pub answered: Vec<(Sender, String, &'static str)>,
    outstanding: BTreeSet<(i64, String)>,
    resume_us: i64,
}

impl Ledger {
    /// How many messages got each MSA-1 code.
    pub fn totals(&self) -> BTreeMap<&'static str, usize> {
        let mut totals = BTreeMap::new();
        for (_, _, code) in &self.answered {
            *totals.entry(*code).or_insert(0) += 1;
        }
        totals
    }

    /// Microseconds UTC from which a later run must begin: the earliest message without an answer, else just after
    /// the last one.
    pub fn resume_us(&self) -> i64 {
        self.outstanding.first().map_or(self.resume_us, |(at_us, _)| *at_us)
    }

    fn sent(&mut self, message: &FeedMessage) {
        self.outstanding.insert((message.at_us, message.control_id.clone()));
        self.resume_us = self.resume_us.max(message.at_us + 1);
    }

    fn answer(&mut self, message: &FeedMessage, code: &'static str) {
        self.outstanding.remove(&(message.at_us, message.control_id.clone()));
        self.answered.push((message.sender, message.control_id.clone(), code));
    }
}

type Shared = Arc<Mutex<Ledger>>;

fn locked(ledger: &Shared) -> std::sync::MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends a feed to `to` (host:port) until it ends or `stop` becomes true; then waits for nothing more and gives the
/// ledger. `progress` is called after each answer.
pub async fn deliver(
    feed: impl Iterator<Item = FeedMessage> + Send,
    to: &str,
    pace: Pace,
    stop: watch::Receiver<bool>,
    progress: impl Fn(&Receipt) + Send + Sync + 'static,
) -> Ledger {
    let ledger = Shared::default();
    let progress = Arc::new(progress);
    let mut systems = JoinSet::new();
    let mut queues = BTreeMap::new();
    for sender in Sender::ALL {
        let (queue, messages) = mpsc::channel(QUEUE);
        queues.insert(sender, queue);
        let line = Line::new(to, stop.clone());
        systems.spawn(system(line, messages, Arc::clone(&ledger), Arc::clone(&progress)));
    }
    let mut stop = stop;
    for message in feed {
        if !due(&message, &pace, &mut stop).await {
            break;
        }
        locked(&ledger).sent(&message);
        let Some(queue) = queues.get(&message.sender) else { continue };
        let queued = tokio::select! {
            queued = queue.send(message) => queued.is_ok(),
            () = stopped(&mut stop) => false,
        };
        if !queued {
            break;
        }
    }
    drop(queues);
    while systems.join_next().await.is_some() {}
    locked(&ledger).clone()
}

/// Waits until a message's time; false when told to stop first.
async fn due(message: &FeedMessage, pace: &Pace, stop: &mut watch::Receiver<bool>) -> bool {
    if let Pace::Live(now) = pace {
        loop {
            let wait_us = message.at_us - now();
            let Ok(wait_us @ 1..) = u64::try_from(wait_us) else { break };
            tokio::select! {
                () = sleep(Duration::from_micros(wait_us)) => {}
                () = stopped(stop) => return false,
            }
        }
    }
    !*stop.borrow()
}

async fn system(
    mut line: Line,
    mut messages: mpsc::Receiver<FeedMessage>,
    ledger: Shared,
    progress: Arc<impl Fn(&Receipt) + Send + Sync>,
) {
    while let Some(message) = messages.recv().await {
        let Some(answer) = line.send(&message.control_id, &message.bytes).await else { return };
        let resume_us = {
            let mut ledger = locked(&ledger);
            ledger.answer(&message, answer.code);
            ledger.resume_us()
        };
        progress(&Receipt {
            sender: message.sender,
            control_id: message.control_id,
            code: answer.code,
            accepted: answer.accepted,
            text: answer.text,
            attempts: answer.attempts,
            resume_us,
        });
    }
}

/// Resolves when `stop` becomes true or nobody can set it any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ended = stop.wait_for(|stop| *stop).await;
}

/// What a receiver answered to one message.
#[derive(Debug, Clone)]
pub struct Answer {
    /// MSA-1.
    pub code: &'static str,
    /// True for AA and CA.
    pub accepted: bool,
    /// MSA-3 or the first ERR text.
    pub text: String,
    /// Times the bytes were sent.
    pub attempts: u32,
}

/// One MLLP connection that is made again when it breaks.
pub struct Line {
    to: String,
    open: Option<(TcpStream, Decoder)>,
    stop: watch::Receiver<bool>,
}

impl Line {
    /// A line to `to` (host:port), connected at the first message. It gives up only when `stop` becomes true.
    pub fn new(to: &str, stop: watch::Receiver<bool>) -> Self {
        Self { to: to.to_owned(), open: None, stop }
    }

    /// Sends a message and waits for its acknowledgement (MSA-2 = `control_id`), connecting and sending the same
    /// bytes again as often as it takes. `None` when told to stop.
    pub async fn send(&mut self, control_id: &str, message: &[u8]) -> Option<Answer> {
        let frame = encode(message);
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            if *self.stop.borrow() {
                return None;
            }
            attempts += 1;
            let mut stop = self.stop.clone();
            let answer = tokio::select! {
                answer = self.attempt(control_id, &frame) => answer,
                () = stopped(&mut stop) => return None,
            };
            if let Some(read) = answer {
                let failed_inside = read.errors.iter().any(|error| error.code == "207");
                let accepted = read.code.outcome() == Outcome::Accept;
                if accepted || !failed_inside || attempts >= INTERNAL_ERROR_ATTEMPTS {
                    return Some(Answer { code: read.code.as_str(), accepted, text: read.text, attempts });
                }
            } else {
                self.open = None;
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = stopped(&mut stop) => return None,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One attempt; `None` when the line broke or nothing came in time. Answers to other messages are let go.
    async fn attempt(&mut self, control_id: &str, frame: &[u8]) -> Option<AckRead> {
        if self.open.is_none() {
            let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.to)).await.ok()?.ok()?;
            stream.set_nodelay(true).ok()?;
            self.open = Some((stream, Decoder::default()));
        }
        let (stream, decoder) = self.open.as_mut()?;
        let exchange = async {
            stream.write_all(frame).await.ok()?;
            let mut chunk = vec![0; CHUNK_BYTES];
            loop {
                let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
                let mut rest = &chunk[..count];
                while let Some(event) = decoder.next(&mut rest) {
                    let read = event.ok().and_then(|bytes| AckRead::parse(bytes).ok());
                    if let Some(read) = read.filter(|read| read.control_id == control_id) {
                        return Some(read);
                    }
                }
            }
        };
        timeout(ACKNOWLEDGEMENT_TIMEOUT, exchange).await.ok().flatten()
    }
}

/// How hard `simulate` pushes.
#[derive(Debug, Clone, Copy)]
pub struct Push {
    /// Messages a second over all senders; 0 = as fast as the receiver answers.
    pub rate: u32,
    /// Messages in all.
    pub messages: u64,
    /// Connections.
    pub senders: usize,
    /// Seed of the content.
    pub seed: u64,
    /// People the results belong to.
    pub patients: usize,
    /// Time written in the messages, microseconds UTC.
    pub at_us: i64,
}

/// What `simulate` saw.
#[derive(Debug, Clone, Default)]
pub struct Pushed {
    /// Control id and MSA-1 of each answered message, per sender in order.
    pub answered: Vec<(String, &'static str)>,
    /// Time from first byte to acknowledgement of each answered message, microseconds, sorted.
    pub latency_us: Vec<u64>,
    /// From the first message to the last answer.
    pub elapsed: Duration,
}

impl Pushed {
    /// How many messages got each MSA-1 code.
    pub fn totals(&self) -> BTreeMap<&'static str, usize> {
        let mut totals = BTreeMap::new();
        for (_, code) in &self.answered {
            *totals.entry(*code).or_insert(0) += 1;
        }
        totals
    }

    /// Latency in microseconds below which `per_mille` of 1,000 answers came.
    pub fn percentile_us(&self, per_mille: usize) -> u64 {
        let last = self.latency_us.len().saturating_sub(1);
        self.latency_us.get((self.latency_us.len() * per_mille / 1000).min(last)).copied().unwrap_or(0)
    }
}

/// Sends load messages to `to` (host:port) from several connections. `progress` is called after each answer.
pub async fn simulate(
    to: &str,
    push: Push,
    stop: watch::Receiver<bool>,
    progress: impl Fn(&Answer) + Send + Sync + 'static,
) -> Pushed {
    let began = Instant::now();
    let progress = Arc::new(progress);
    let senders = push.senders.max(1) as u64;
    let mut tasks = JoinSet::new();
    for sender in 0..senders {
        let share = push.messages / senders + u64::from(sender < push.messages % senders);
        let line = Line::new(to, stop.clone());
        tasks.spawn(one_sender(line, push, sender, share, began, Arc::clone(&progress)));
    }
    gather(tasks, began).await
}

/// Sends registrations (ADT^A04) of a set of records to `to` (host:port) from several connections, the same person
/// again and again under other numbers and spellings. `push.patients` is the number of people and `push.messages` is
/// bounded by their records, about 2.7 for each person; `push.seed` decides who they are. Neighbours in the stream go over
/// different connections. `progress` is called after each answer.
pub async fn register(
    to: &str,
    push: Push,
    rates: Rates,
    stop: watch::Receiver<bool>,
    progress: impl Fn(&Answer) + Send + Sync + 'static,
) -> Pushed {
    let began = Instant::now();
    let progress = Arc::new(progress);
    let mut tasks = JoinSet::new();
    let mut queues = Vec::new();
    for _ in 0..push.senders.max(1) {
        let (queue, messages) = mpsc::channel(QUEUE);
        queues.push(queue);
        tasks.spawn(one_desk(Line::new(to, stop.clone()), messages, Arc::clone(&progress)));
    }
    let settings = Settings { rates, ..Settings::new(push.seed, push.patients) };
    let registrations = Registrations::new(settings, Event::Visit, push.at_us);
    let most = usize::try_from(push.messages).unwrap_or(usize::MAX);
    let mut stop = stop;
    for (index, registration) in registrations.take(most).enumerate() {
        let wait_us = (index as u64 * 1_000_000).checked_div(u64::from(push.rate)).unwrap_or(0);
        let turn = async {
            sleep_until(began + Duration::from_micros(wait_us)).await;
            queues[index % queues.len()].send((registration.control_id, registration.bytes)).await.is_ok()
        };
        let queued = tokio::select! {
            queued = turn => queued,
            () = stopped(&mut stop) => false,
        };
        if !queued {
            break;
        }
    }
    drop(queues);
    gather(tasks, began).await
}

async fn one_desk(
    mut line: Line,
    mut messages: mpsc::Receiver<(String, Vec<u8>)>,
    progress: Arc<impl Fn(&Answer) + Send + Sync>,
) -> Heard {
    let (mut answered, mut latency) = (Vec::new(), Vec::new());
    while let Some((control_id, bytes)) = messages.recv().await {
        let sent = Instant::now();
        let Some(answer) = line.send(&control_id, &bytes).await else { break };
        latency.push(sent.elapsed().as_micros() as u64);
        progress(&answer);
        answered.push((control_id, answer.code));
    }
    (answered, latency)
}

/// Control id and MSA-1 of each answer, and the time each took, microseconds.
type Heard = (Vec<(String, &'static str)>, Vec<u64>);

async fn gather(mut tasks: JoinSet<Heard>, began: Instant) -> Pushed {
    let mut pushed = Pushed::default();
    while let Some(done) = tasks.join_next().await {
        let Ok((answered, latency)) = done else { continue };
        pushed.answered.extend(answered);
        pushed.latency_us.extend(latency);
    }
    pushed.latency_us.sort_unstable();
    pushed.elapsed = began.elapsed();
    pushed
}

async fn one_sender(
    mut line: Line,
    push: Push,
    sender: u64,
    share: u64,
    began: Instant,
    progress: Arc<impl Fn(&Answer) + Send + Sync>,
) -> Heard {
    let load = Load::new(push.seed, sender as usize, push.patients, 0, push.at_us);
    let senders = push.senders.max(1) as u64;
    let (mut answered, mut latency) = (Vec::new(), Vec::new());
    for index in 0..share {
        if push.rate > 0 {
            let micros = (index * senders + sender) * 1_000_000 / u64::from(push.rate);
            let mut stop = line.stop.clone();
            tokio::select! {
                () = sleep_until(began + Duration::from_micros(micros)) => {}
                () = stopped(&mut stop) => break,
            }
        }
        let (control_id, bytes) = load.message(index);
        let sent = Instant::now();
        let Some(answer) = line.send(&control_id, &bytes).await else { break };
        latency.push(sent.elapsed().as_micros() as u64);
        progress(&answer);
        answered.push((control_id, answer.code));
    }
    (answered, latency)
}
