//! A record whose outbox is filled by hand: messages in the journal, one delivery of each to each destination. Filing is
//! left out, delivery is the product's own.

use actions::Record;
use clinical::directory::Directory;
use fhir::{Instant, Kind, RecordId, ResourceKey};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use store::{
    Append, Appended, Changes, Link, LinkId, MessageId, ObligationChange, ObligationEvent, ObligationId,
    ObligationRow, ObligationState, OutboxChange, OutboxId, OutboxKind, OutboxRow, OutboxState, Settings,
    Settled, Store,
};

/// When everything is queued.
pub(crate) const BEGINNING: Instant = Instant(1_795_356_300_000_000);
/// Changes that wait for the writer at once.
const AHEAD: usize = 512;

/// A folder that goes with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new one, in memory where the system has such a place: what is tried here is not the disk.
    pub(crate) fn in_memory(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory.to_owned(), name) } else { Self::new(name) }
    }

    /// A new one below the target folder.
    pub(crate) fn new(name: &str) -> Self {
        let below = option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
        Self::below(below, name)
    }

    fn below(below: PathBuf, name: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = below.join(format!("{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// Where.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A clinic's system as the directory has it: id, address, connections.
pub(crate) struct Seat {
    /// Endpoint id.
    pub(crate) id: String,
    /// `host:port`.
    pub(crate) address: String,
    /// Connections at once.
    pub(crate) connections: u8,
}

/// The record and its store.
pub(crate) struct World {
    /// The store.
    pub(crate) store: Store,
    /// The record over it.
    pub(crate) record: Record,
    link: LinkId,
    /// Last, so that it goes last.
    pub(crate) folder: Folder,
}

/// What the n-th message says of itself on every hop (OBR-3).
pub(crate) fn mark(number: usize) -> String {
    format!("ORD-{number:07}")
}

/// A result of about `bytes` bytes.
pub(crate) fn message(number: usize, patient: usize, bytes: usize) -> Vec<u8> {
    let mut text = format!(
        "MSH|^~\\&|LAB|QEII|OPOR|NS|20261122093000-0400||ORU^R01^ORU_R01|L{number:07}|P|2.5.1\r\
         PID|1||{patient:06}^^^QEII^MR||Testperson{patient}^Ana||19700101|F\r\
         OBR|1||{}|2160-0^Creatinine^LN|||20261122090000-0400||||||||||||||||||F\r",
        mark(number)
    );
    let mut line = 1;
    while line == 1 || text.len() + 90 < bytes {
        text.push_str(&format!(
            "OBX|{line}|NM|2160-0^Creatinine^LN||{}|umol/L|45-110|N|||F|||20261122090000-0400\r",
            60 + (number + line) % 50
        ));
        line += 1;
    }
    text.into_bytes()
}

impl World {
    /// An empty record whose directory has these systems.
    pub(crate) fn new(folder: Folder, seats: &[Seat], settings: Settings) -> Self {
        let mut text = String::from("[[place]]\nid = \"hill\"\nname = \"Hill\"\nkind = \"clinic\"\n");
        for seat in seats {
            text.push_str(&format!(
                "[[endpoint]]\nid = \"{}\"\nplace = \"hill\"\nkind = \"mllp\"\naddress = \"{}\"\nconnections = {}\n",
                seat.id, seat.address, seat.connections
            ));
        }
        let directory = Directory::from_toml(&text).expect("a directory");
        let store = Store::open(folder.path(), settings).expect("a store");
        let record = Record::new(store.clone(), directory, Vec::new());
        let link = store.link("LAB", || Link {
            id: LinkId(0),
            name: String::new(),
            default_authority: "QEII".into(),
            time_zone: "America/Halifax".into(),
            custodian: "QEII".into(),
            owner: "desk:interface".into(),
        });
        let link = link.expect("a link").id;
        Self { store, record, link, folder }
    }

    /// Keeps messages in the journal, as many at once as the writer takes.
    pub(crate) fn keep(&self, messages: Vec<Vec<u8>>) -> Vec<MessageId> {
        let mut kept = Vec::with_capacity(messages.len());
        for chunk in messages.chunks(AHEAD) {
            let (send, receive) = mpsc::channel();
            for raw in chunk {
                let send = send.clone();
                let append = Append {
                    link: self.link,
                    control_id: String::new(),
                    message_type: "ORU^R01".into(),
                    lanes: Vec::new(),
                    raw: raw.clone(),
                    received: BEGINNING,
                    answer: Vec::new(),
                    custodian: "QEII".into(),
                };
                self.store.append(append, move |done| drop(send.send(done)));
            }
            drop(send);
            kept.extend(receive.iter().map(|done| match done {
                Ok(Appended::New { id, .. } | Appended::Repeat { id, .. }) => id,
                Err(problem) => panic!("{problem}"),
            }));
        }
        kept
    }

    /// One delivery of message `number` (kept as `id`) of a patient to each destination, one change as filing makes it.
    pub(crate) fn owed(
        &self,
        number: usize,
        id: MessageId,
        patient: usize,
        destinations: &[String],
    ) -> Changes {
        let record = RecordId::of("QEII", &format!("{patient:06}"));
        let report = ResourceKey::of(record, Kind::DiagnosticReport, &[&mark(number)]);
        let mut changes = Changes::default();
        for (n, destination) in destinations.iter().enumerate() {
            let obligation = ObligationId::of(&mark(number), &["delivery", destination]);
            changes.obligations.push(ObligationChange::Open(ObligationRow {
                id: obligation,
                kind: "delivery".into(),
                resource: Some(report),
                version: 1,
                message: Some(id),
                record: Some(record),
                recipient: "Testpractitioner, Ana at Hill".into(),
                recipient_id: destination.clone(),
                subject: "Creatinine".into(),
                accession: mark(number),
                words: "{\"en\":\"Ordering provider (OBR-16).\",\"fr\":\"Prescripteur (OBR-16).\"}".into(),
                gravity: 0,
                state: ObligationState::Open {
                    owner: "machine:delivery".into(),
                    human: false,
                    due: BEGINNING.plus_minutes(30),
                    then: "desk:delivery".into(),
                },
                opened: BEGINNING,
                revision: 1,
                custodian: "QEII".into(),
            }));
            changes.obligations.push(ObligationChange::Event(ObligationEvent {
                obligation,
                at: BEGINNING,
                actor: "opor".into(),
                step: "queued".into(),
                words: "{\"en\":\"Queued.\",\"fr\":\"Mis en file.\"}".into(),
            }));
            changes.outbox.push(OutboxChange::Queue(OutboxRow {
                kind: OutboxKind::Report,
                id: OutboxId(0),
                destination: destination.clone(),
                record,
                message: id,
                report,
                version: 1,
                obligation,
                control_id: format!("C{n:02}-{number:07}"),
                state: OutboxState::Waiting,
                attempts: 0,
                next: BEGINNING,
                offered_digest: Vec::new(),
                last: String::new(),
            }));
        }
        changes
    }

    /// Settles changes, as many at once as the writer takes.
    pub(crate) fn settle(&self, changes: impl IntoIterator<Item = Changes>) {
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let (send, receive) = mpsc::channel();
            for one in changes.by_ref().take(AHEAD) {
                let send = send.clone();
                self.store.settle(one, move |done| drop(send.send(done)));
            }
            drop(send);
            assert!(receive.iter().all(|done| done == Settled::Done), "queued");
        }
    }

    /// Messages of some patients in turn, each owed to each destination.
    pub(crate) fn queue(&self, count: usize, patients: usize, bytes: usize, destinations: &[String]) {
        let kept = self.keep((0..count).map(|n| message(n, n % patients, bytes)).collect());
        self.settle(kept.iter().enumerate().map(|(n, id)| self.owed(n, *id, n % patients, destinations)));
    }

    /// Deliveries that wait still.
    pub(crate) fn waiting(&self) -> u64 {
        let view = self.store.view().expect("a view");
        view.destinations_waiting().expect("rows").iter().map(|(_, count, _)| count).sum()
    }

    /// Control ids of deliveries in a state.
    pub(crate) fn in_state(&self, destination: &str, state: OutboxState) -> Vec<String> {
        let filter = store::OutboxFilter {
            destination: Some(destination.to_owned()),
            state: Some(state),
            ..store::OutboxFilter::default()
        };
        let rows = self.store.view().expect("a view").outbox(&filter, usize::MAX >> 1).expect("rows");
        rows.into_iter().map(|row| row.control_id).collect()
    }
}
