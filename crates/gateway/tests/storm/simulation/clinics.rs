//! Clinics' systems of a storm: they lie, are slow, die and come back. Each keeps a ledger of what it was offered and
//! what it stored, by which it is judged what was delivered.

use super::Trace;
use super::draws::Draws;
use super::net::Place;
use super::turns::{Turns, locked};
use actions::deliveries::Destination;
use gateway::delivery::wire::{Connecting, Dial, Wire};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// What a clinic does with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// As one should.
    Takes,
    /// Stores it and is gone before the answer.
    AnswerLost,
    /// Answers twice.
    Twice,
    /// Answers for the former one, and is gone; nothing stored.
    ForOther,
    /// AE, nothing stored.
    Error,
    /// AR, nothing stored.
    Rejects,
    /// Stores it and answers what is no HL7.
    Garbage,
    /// Stores it and answers when nobody waits any more.
    Late,
    /// Stores nothing and says nothing.
    Silent,
    /// Ends in the middle.
    Breaks,
    /// Takes long, within what one waits.
    Slow,
    /// Answers the former one once more before it rejects this one.
    FormerFirst,
}

const DEEDS: [Deed; 12] = [
    Deed::Takes,
    Deed::AnswerLost,
    Deed::Twice,
    Deed::ForOther,
    Deed::Error,
    Deed::Rejects,
    Deed::Garbage,
    Deed::Late,
    Deed::Silent,
    Deed::Breaks,
    Deed::Slow,
    Deed::FormerFirst,
];

/// What a clinic remembers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Offers of each control id: the bytes of the first, and how many.
    pub(crate) offers: BTreeMap<String, (Vec<u8>, usize)>,
    /// Control ids that it stored, in the order in which it first had them.
    pub(crate) stored: Vec<String>,
    /// Control ids that it refused with AE or AR.
    pub(crate) refused: BTreeSet<String>,
    /// What must not be: in words.
    pub(crate) broken: Vec<String>,
}

/// A clinic's system.
pub(crate) struct Clinic {
    /// Endpoint id.
    pub(crate) id: String,
    /// What it remembers.
    pub(crate) ledger: Mutex<Ledger>,
    place: Arc<Place>,
    turns: Arc<Turns>,
    trace: Arc<Trace>,
    calm: u64,
    /// Percent of offers with which it does something else, and what.
    wild: u64,
    deeds: Vec<Deed>,
    draws: Mutex<Draws>,
}

/// A field of a message as text.
pub(crate) fn field(message: &[u8], segment: &str, number: usize) -> String {
    let text = String::from_utf8_lossy(message);
    let found = text.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
    found.split('|').nth(number - usize::from(segment == "MSH")).unwrap_or_default().to_owned()
}

impl Clinic {
    /// With a character of its own until `calm`; as one should be from then on.
    pub(crate) fn drawn(
        n: usize,
        turns: &Arc<Turns>,
        trace: &Arc<Trace>,
        place: Arc<Place>,
        mut draws: Draws,
        calm: u64,
    ) -> Arc<Self> {
        let wild = *draws.pick(&[0, 10, 30, 70]);
        let deeds = (0..draws.between(1, 4)).map(|_| *draws.pick(&DEEDS)).collect();
        Arc::new(Self {
            id: format!("clinic-{n}"),
            ledger: Mutex::default(),
            place,
            turns: Arc::clone(turns),
            trace: Arc::clone(trace),
            calm,
            wild,
            deeds,
            draws: Mutex::new(draws),
        })
    }

    fn deed(&self) -> Deed {
        let mut draws = locked(&self.draws);
        let is_wild = self.turns.now() < self.calm && draws.chance(self.wild);
        if is_wild { *draws.pick(&self.deeds) } else { Deed::Takes }
    }

    async fn converse(&self, mut wire: DuplexStream) -> io::Result<()> {
        let (mut held, mut chunk, mut former) = (Vec::new(), [0; 4096], String::from("FORMER"));
        loop {
            let length = wire.read(&mut chunk).await?;
            if length == 0 {
                return Ok(());
            }
            held.extend_from_slice(&chunk[..length]);
            if !held.ends_with(b"\x1C\r") {
                continue;
            }
            let message = held[1..held.len() - 2].to_vec();
            held.clear();
            let id = field(&message, "MSH", 10);
            let deed = self.deed();
            self.trace.say(&self.id, &format!("is offered {id}: {deed:?}"));
            self.offered(&id, &message);
            if former == id {
                former = String::from("FORMER");
            }
            if !self.act(deed, &mut wire, &id, &former).await? {
                return Ok(());
            }
            former = id;
        }
    }

    /// False when the line ends with it.
    async fn act(&self, deed: Deed, wire: &mut DuplexStream, id: &str, former: &str) -> io::Result<bool> {
        match deed {
            Deed::Takes | Deed::Twice | Deed::Garbage => {
                sleep(Duration::from_millis(2)).await;
            }
            Deed::Slow => sleep(Duration::from_secs(self.between(1, 25))).await,
            Deed::Late => {
                self.store(id);
                sleep(Duration::from_secs(self.between(31, 70))).await;
            }
            Deed::AnswerLost => {
                self.store(id);
                return Ok(false);
            }
            Deed::Breaks => return Ok(false),
            Deed::Silent => return Ok(true),
            Deed::ForOther => {
                wire.write_all(&answer("AA", former)).await?;
                return Ok(false);
            }
            Deed::Error | Deed::Rejects | Deed::FormerFirst => {
                locked(&self.ledger).refused.insert(id.to_owned());
                if deed == Deed::FormerFirst {
                    wire.write_all(&answer("AA", former)).await?;
                }
                wire.write_all(&answer(if deed == Deed::Error { "AE" } else { "AR" }, id)).await?;
                return Ok(true);
            }
        }
        self.store(id);
        match deed {
            Deed::Garbage => wire.write_all(b"\x0B\xFF\x00no message\x1C\x0D").await?,
            _ => wire.write_all(&answer("AA", id)).await?,
        }
        if deed == Deed::Twice {
            wire.write_all(&answer("AA", id)).await?;
        }
        Ok(true)
    }

    fn between(&self, low: u64, high: u64) -> u64 {
        locked(&self.draws).between(low, high)
    }

    fn offered(&self, id: &str, message: &[u8]) {
        let mut guard = locked(&self.ledger);
        let ledger = &mut *guard;
        let (first, times) = ledger.offers.entry(id.to_owned()).or_insert_with(|| (message.to_vec(), 0));
        *times += 1;
        if first != message {
            ledger.broken.push(format!("{}: {id}: a repeat has other bytes", self.id));
        }
    }

    fn store(&self, id: &str) {
        let mut ledger = locked(&self.ledger);
        if !ledger.stored.iter().any(|stored| stored == id) {
            ledger.stored.push(id.to_owned());
        }
    }
}

fn answer(code: &str, id: &str) -> Vec<u8> {
    hl7v2::mllp::encode(
        format!("MSH|^~\\&|EMR|HILL|OPOR|NS|20261101||ACK|A|P|2.5.1\rMSA|{code}|{id}\r").as_bytes(),
    )
}

/// The network of one life, by endpoint id.
pub(crate) struct Net {
    /// The systems.
    pub(crate) clinics: Vec<Arc<Clinic>>,
    /// False when the life has ended.
    pub(crate) lives: watch::Receiver<bool>,
}

impl Dial for Net {
    fn dial(&self, to: &Destination) -> Connecting {
        let clinic = self.clinics.iter().find(|clinic| clinic.id == to.id).cloned();
        let lives = self.lives.clone();
        Box::pin(async move {
            let clinic = clinic.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            let (ours, theirs) = clinic.place.line(&lives).await?;
            // Whatever ends a line is the clinic's own way.
            tokio::spawn(async move { drop(clinic.converse(theirs).await) });
            Ok(Box::new(ours) as Box<dyn Wire>)
        })
    }
}
