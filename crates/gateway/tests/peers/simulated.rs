//! Clinics' systems as scripts at the transport seam, in virtual time. Each keeps a ledger of its own, by which it is
//! judged what was delivered.

use actions::deliveries::Destination;
use gateway::delivery::wire::{Connecting, Dial, Wire};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::{Instant, sleep};

const START: u8 = 0x0B;
const END: [u8; 2] = [0x1C, 0x0D];
/// How long the product waits for an acknowledgement in these trials.
pub(crate) const ANSWER: Duration = Duration::from_secs(30);
/// Bytes of a frame that are cut off one by one.
pub(crate) const CUT_BYTES: u64 = 450;
/// How long a healthy system thinks.
const THINKS: Duration = Duration::from_millis(2);

/// The behaviours of HAZARDS 2.4 D7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Behaviour {
    /// None of them.
    Healthy,
    /// No connection.
    Refuse,
    /// Takes the connection and the message, stores nothing, says nothing.
    AcceptThenSilence,
    /// Is gone without a word: reads nothing.
    HalfOpen,
    /// Ends in the middle of our frame.
    ResetMidFrame,
    /// Stores it and answers a byte a second: later than anybody waits.
    ByteASecond,
    /// Stores it and ends before the answer.
    AckLostAfterCommit,
    /// Answers twice.
    AckTwice,
    /// Stores it and answers for another one.
    AckForOther,
    /// Stores nothing and answers for the one that it had before.
    AckForFormer,
    /// AE.
    Error,
    /// AR.
    Reject,
    /// AA, then gone; the next connection is refused.
    AcceptThenCrash,
    /// Stores it and answers what is no HL7.
    Garbage,
    /// Stores it and answers when nobody waits any more.
    AckAfterTimeout,
    /// Answers in pieces, with the rest of the former piece in front.
    SplitAndMerge,
    /// No connection until so long after the beginning.
    DownFor(Duration),
    /// Answers after three times what anybody waits, always.
    Slow,
    /// Ends at byte 1 of the first offer, byte 2 of the second, and so on; healthy for what was offered before.
    CutAtEveryByte,
}

/// The fourteen.
pub(crate) const HOSTILE: [Behaviour; 14] = [
    Behaviour::Refuse,
    Behaviour::AcceptThenSilence,
    Behaviour::HalfOpen,
    Behaviour::ResetMidFrame,
    Behaviour::ByteASecond,
    Behaviour::AckLostAfterCommit,
    Behaviour::AckTwice,
    Behaviour::AckForOther,
    Behaviour::Error,
    Behaviour::Reject,
    Behaviour::AcceptThenCrash,
    Behaviour::Garbage,
    Behaviour::AckAfterTimeout,
    Behaviour::SplitAndMerge,
];

/// What a system remembers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Offers of each control id, with the bytes of the first.
    pub(crate) offers: BTreeMap<String, (usize, Vec<u8>)>,
    /// Control ids that it stored, in the order in which it first had them; a repeat is discarded.
    pub(crate) stored: Vec<String>,
    /// Control ids that it refused with AR, or with AE for the last time.
    pub(crate) refused: BTreeSet<String>,
    /// What must not be: in words.
    pub(crate) broken: Vec<String>,
}

/// One system.
pub(crate) struct Peer {
    behaviour: Behaviour,
    seed: u64,
    /// One offer in so many meets the behaviour.
    one_in: u64,
    began: Instant,
    connections: Mutex<u64>,
    ledger: Mutex<Ledger>,
}

/// A number that depends on all of these and looks like chance.
pub(crate) fn draw(seed: u64, text: &str, nth: u64) -> u64 {
    let mut hash = seed ^ 0x9E37_79B9_7F4A_7C15 ^ nth.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash ^ (hash >> 33)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn field(message: &[u8], segment: &str, number: usize) -> String {
    let text = String::from_utf8_lossy(message);
    let found = text.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
    found.split('|').nth(number - usize::from(segment == "MSH")).unwrap_or_default().to_owned()
}

/// OBR-3 of a message: what identifies it on every hop.
pub(crate) fn mark_of(message: &[u8]) -> String {
    field(message, "OBR", 3)
}

/// PID-3 of a message.
pub(crate) fn patient_of(message: &[u8]) -> String {
    field(message, "PID", 3)
}

impl Peer {
    /// A system that meets one offer in `one_in` with its behaviour, and is healthy otherwise.
    pub(crate) fn new(behaviour: Behaviour, seed: u64, one_in: u64) -> Arc<Self> {
        let (connections, ledger) = (Mutex::default(), Mutex::default());
        Arc::new(Self { behaviour, seed, one_in, began: Instant::now(), connections, ledger })
    }

    /// What it remembers.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }

    fn misbehaves(&self, what: &str, nth: u64) -> bool {
        self.behaviour != Behaviour::Healthy && draw(self.seed, what, nth).is_multiple_of(self.one_in)
    }

    fn connect(self: Arc<Self>) -> io::Result<DuplexStream> {
        let nth = {
            let mut connections = locked(&self.connections);
            *connections += 1;
            *connections
        };
        if self.behaviour == Behaviour::Refuse && self.misbehaves("connect", nth) {
            return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
        }
        if let Behaviour::DownFor(time) = self.behaviour
            && self.began.elapsed() < time
        {
            return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
        }
        let (ours, theirs) = tokio::io::duplex(16 << 10);
        tokio::spawn(async move {
            // Whatever ends a connection is the behaviour itself.
            drop(self.converse(theirs).await);
        });
        Ok(ours)
    }

    async fn converse(&self, mut wire: DuplexStream) -> io::Result<()> {
        let mut frames = Frames::default();
        loop {
            let Some(message) = frames.next(&mut wire, self).await? else { return Ok(()) };
            let id = field(&message, "MSH", 10);
            let nth = self.offered(&id, &message);
            if !self.misbehaves(&id, nth) {
                sleep(THINKS).await;
                self.store(&id);
                wire.write_all(&answer("AA", &id)).await?;
                continue;
            }
            if !self.misbehave(&mut wire, &id, nth).await? {
                return Ok(());
            }
        }
    }

    /// False when the connection ends with it.
    async fn misbehave(&self, wire: &mut DuplexStream, id: &str, nth: u64) -> io::Result<bool> {
        match self.behaviour {
            Behaviour::Healthy | Behaviour::Refuse | Behaviour::AcceptThenSilence => {}
            Behaviour::DownFor(_) | Behaviour::CutAtEveryByte => {
                self.store(id);
                wire.write_all(&answer("AA", id)).await?;
            }
            Behaviour::Slow => {
                self.store(id);
                sleep(ANSWER * 3).await;
                wire.write_all(&answer("AA", id)).await?;
            }
            // Nobody is there: neither read nor ended, until long after the product has given up on the line.
            Behaviour::HalfOpen => sleep(ANSWER * 4).await,
            Behaviour::ResetMidFrame => return Ok(false),
            Behaviour::ByteASecond => {
                self.store(id);
                for byte in answer("AA", id) {
                    sleep(Duration::from_secs(1)).await;
                    wire.write_all(&[byte]).await?;
                }
            }
            Behaviour::AckLostAfterCommit => {
                self.store(id);
                return Ok(false);
            }
            Behaviour::AckTwice => {
                self.store(id);
                wire.write_all(&answer("AA", id)).await?;
                wire.write_all(&answer("AA", id)).await?;
            }
            Behaviour::AckForOther => {
                self.store(id);
                wire.write_all(&answer("AA", "NEVER-SENT")).await?;
            }
            Behaviour::AckForFormer => {
                let former = locked(&self.ledger).stored.last().cloned().unwrap_or_default();
                wire.write_all(&answer("AA", &former)).await?;
            }
            Behaviour::Error => {
                // The fifth is the last (contract 2.4); the desk has it.
                if nth >= 5 {
                    locked(&self.ledger).refused.insert(id.to_owned());
                }
                wire.write_all(&answer("AE", id)).await?;
            }
            Behaviour::Reject => {
                locked(&self.ledger).refused.insert(id.to_owned());
                wire.write_all(&answer("AR", id)).await?;
            }
            Behaviour::AcceptThenCrash => {
                self.store(id);
                wire.write_all(&answer("AA", id)).await?;
                return Ok(false);
            }
            Behaviour::Garbage => {
                self.store(id);
                wire.write_all(b"\x0B\xFF\x00no message\x1C\x0D").await?;
            }
            Behaviour::AckAfterTimeout => {
                self.store(id);
                sleep(ANSWER + Duration::from_secs(5)).await;
                wire.write_all(&answer("AA", id)).await?;
            }
            Behaviour::SplitAndMerge => {
                self.store(id);
                let bytes = [answer("AA", "FORMER"), answer("AA", id)].concat();
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let piece = 1 + draw(self.seed, id, rest.len() as u64) as usize % rest.len();
                    wire.write_all(&rest[..piece]).await?;
                    rest = &rest[piece..];
                    sleep(Duration::from_millis(5)).await;
                }
            }
        }
        Ok(true)
    }

    /// Counts an offer: how many before it.
    fn offered(&self, id: &str, message: &[u8]) -> u64 {
        let mut guard = locked(&self.ledger);
        let ledger = &mut *guard;
        let (count, first) = ledger.offers.entry(id.to_owned()).or_insert_with(|| (0, message.to_vec()));
        *count += 1;
        if first != message {
            ledger.broken.push(format!("{id}: a repeat has other bytes"));
        }
        if ledger.refused.contains(id) {
            ledger.broken.push(format!("{id}: offered again after it was refused"));
        }
        *count as u64
    }

    fn store(&self, id: &str) {
        let mut ledger = locked(&self.ledger);
        if !ledger.stored.iter().rev().any(|stored| stored == id) {
            ledger.stored.push(id.to_owned());
        }
    }
}

fn answer(code: &str, id: &str) -> Vec<u8> {
    let text = format!("MSH|^~\\&|EMR|HILL|OPOR|NS|20261122||ACK|A|P|2.5.1\rMSA|{code}|{id}\r");
    [&[START][..], text.as_bytes(), &END].concat()
}

#[derive(Default)]
struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    async fn next(&mut self, wire: &mut DuplexStream, peer: &Peer) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == END) {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let start = frame.iter().position(|byte| *byte == START).map_or(0, |at| at + 1);
                return Ok(Some(frame[start..end].to_vec()));
            }
            let nth = *locked(&peer.connections);
            let cut = peer.behaviour == Behaviour::ResetMidFrame && !self.buffer.is_empty();
            let length = self.buffer.len() as u64;
            if cut && draw(peer.seed, "cut", length ^ (nth << 20)).is_multiple_of(peer.one_in) {
                return Ok(None);
            }
            let mut chunk = [0; 512];
            match wire.read(&mut chunk).await? {
                0 => return Ok(None),
                // The n-th connection ends after n bytes, until every byte of a frame was the last one.
                length
                    if peer.behaviour == Behaviour::CutAtEveryByte
                        && nth <= CUT_BYTES
                        && self.buffer.len() + length > usize::try_from(nth).unwrap_or(0) =>
                {
                    return Ok(None);
                }
                length => self.buffer.extend_from_slice(&chunk[..length]),
            }
        }
    }
}

/// The network of all systems, by endpoint id.
pub(crate) struct Net(pub(crate) HashMap<String, Arc<Peer>>);

impl Dial for Net {
    fn dial(&self, to: &Destination) -> Connecting {
        let peer = self.0.get(&to.id).cloned();
        Box::pin(async move {
            let peer = peer.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            Ok(Box::new(peer.connect()?) as Box<dyn Wire>)
        })
    }
}
