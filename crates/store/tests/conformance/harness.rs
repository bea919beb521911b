//! A store in a folder of its own, and rows to put into it.

use crate::postgresql::Database;
use fhir::search::IndexRow;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::*;

/// Where a store of a test is: a folder, or beside it a database of a PostgreSQL (see `postgresql.rs`). It goes with the
/// test.
pub(crate) struct Folder {
    path: PathBuf,
    database: Option<Database>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        std::fs::create_dir_all(&path).unwrap();
        Self { path, database: Database::of_suite(&name) }
    }
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
    /// Opens it as the one that writes.
    pub(crate) fn open(&self, settings: Settings) -> Result<Store, OpenProblem> {
        match &self.database {
            Some(database) => Store::open_server(&database.url(), settings),
            None => Store::open(&self.path, settings),
        }
    }
    /// Opens it to read only.
    pub(crate) fn open_read(&self, settings: Settings) -> Result<Store, OpenProblem> {
        match &self.database {
            Some(database) => Store::open_server_read(&database.url(), settings),
            None => Store::open_read(&self.path, settings),
        }
    }
    /// Changes rows behind the store's back; the text is the same on both databases.
    pub(crate) fn behind_its_back(&self, sql: &str) {
        match &self.database {
            Some(database) => drop(database.run(sql)),
            None => {
                rusqlite::Connection::open(self.path.join(DATABASE_FILE)).unwrap().execute_batch(sql).unwrap()
            }
        }
    }
    /// What a statement counts.
    pub(crate) fn counted(&self, sql: &str) -> usize {
        match &self.database {
            Some(database) => database.run(sql).trim().parse().unwrap(),
            None => {
                let conn = rusqlite::Connection::open(self.path.join(DATABASE_FILE)).unwrap();
                conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Settings whose clock grows by a microsecond with each look.
pub(crate) fn settings() -> Settings {
    let clock = AtomicU64::new(0);
    Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)))
}

/// An open store in a folder; the folder goes when the test ends.
pub(crate) fn open() -> (Store, Folder) {
    let folder = Folder::new();
    (folder.open(settings()).unwrap(), folder)
}

/// Faults that a test changes while the store runs.
#[derive(Default)]
pub(crate) struct Script(
    pub(crate) std::sync::Mutex<Vec<(FaultPoint, Fault)>>,
    pub(crate) std::sync::Mutex<Option<u32>>,
);

impl Script {
    /// The next time this point is reached, this happens, once.
    pub(crate) fn next(&self, point: FaultPoint, fault: Fault) {
        self.0.lock().unwrap().push((point, fault));
    }
}

impl Faults for Script {
    fn at(&self, point: FaultPoint) -> Fault {
        let mut script = self.0.lock().unwrap();
        match script.iter().position(|(at, _)| *at == point) {
            Some(place) => script.remove(place).1,
            None => Fault::Continue,
        }
    }
    fn page_limit(&self) -> Option<u32> {
        *self.1.lock().unwrap()
    }
}

/// An open store whose faults the test scripts.
pub(crate) fn open_with(folder: &Folder, script: &Arc<Script>) -> Store {
    folder.open(Settings { faults: Some(script.clone()), ..settings() }).unwrap()
}

pub(crate) const NOW: Instant = Instant(1_795_356_300_000_000);

pub(crate) fn link(store: &Store, name: &str) -> LinkId {
    store
        .link(name, || Link {
            id: LinkId(0),
            name: String::new(),
            default_authority: "QEII".into(),
            time_zone: "America/Halifax".into(),
            custodian: "NSHA".into(),
            owner: "desk:feeds".into(),
        })
        .unwrap()
        .id
}

pub(crate) fn oru(link: LinkId, control_id: &str, text: &str) -> Append {
    Append {
        link,
        control_id: control_id.into(),
        message_type: "ORU^R01".into(),
        lanes: vec![7, 11],
        raw: format!("MSH|^~\\&|LAB|QEII|||||ORU^R01|{control_id}|P|2.5.1\r{text}").into_bytes(),
        received: NOW,
        answer: format!("MSA|AA|{control_id}").into_bytes(),
        custodian: "NSHA".into(),
    }
}

/// Keeps a message and gives its id.
pub(crate) fn keep(store: &Store, append: Append) -> MessageId {
    match store.append_blocking(append).unwrap() {
        Appended::New { id, .. } | Appended::Repeat { id, .. } => id,
    }
}

pub(crate) fn record(mrn: &str) -> RecordId {
    RecordId::of("QEII", mrn)
}

pub(crate) fn record_row(mrn: &str, keys: &[i64]) -> RecordRow {
    RecordRow {
        record: record(mrn),
        authority: "QEII".into(),
        value: mrn.into(),
        person: PersonId::born_with(record(mrn)),
        epoch: 1,
        claim: "{}".into(),
        claim_as_of: NOW,
        keys: keys.to_vec(),
        custodian: "NSHA".into(),
    }
}

/// A record of a person of its own, or one that comes from another person.
pub(crate) fn link_event(mrn: &str, person: PersonId, from: Option<PersonId>, at: Instant) -> LinkEvent {
    let born = LinkEvent {
        actor: "opor identity".into(),
        reason: "{}".into(),
        ..LinkEvent::born(record(mrn), person, None, at)
    };
    match from {
        None => born,
        Some(from) => LinkEvent {
            sort: LinkSort::Same,
            other: Some(RecordId::from_i64(person.as_i64())),
            from: Some(from),
            moves: vec![LinkMove { record: record(mrn), from, to: person }],
            ..born
        },
    }
}

pub(crate) fn observation(mrn: &str, filler: &str) -> ResourceKey {
    ResourceKey::of(record(mrn), Kind::Observation, &[filler])
}

pub(crate) fn version(key: ResourceKey, number: u32, body: &str, index: Vec<IndexRow>) -> VersionRow {
    VersionRow {
        key,
        version: number,
        current: true,
        body: body.as_bytes().to_vec(),
        finality: Some(3),
        as_of: NOW,
        message: None,
        at: NOW,
        index,
        custodian: "NSHA".into(),
    }
}

pub(crate) fn open_obligation(id: i64, owner: &str, human: bool, due: Instant) -> ObligationRow {
    ObligationRow {
        id: ObligationId(id),
        kind: "delivery".into(),
        resource: Some(observation("1", "a")),
        version: 1,
        message: None,
        record: Some(record("1")),
        recipient: "Dr. Chen".into(),
        recipient_id: "prac-1".into(),
        subject: "Creatinine".into(),
        accession: "A-1".into(),
        words: "{}".into(),
        gravity: 0,
        state: ObligationState::Open { owner: owner.into(), human, due, then: "desk:delivery".into() },
        opened: NOW,
        revision: 1,
        custodian: "NSHA".into(),
    }
}

pub(crate) fn step(id: i64, step: &str) -> ObligationChange {
    ObligationChange::Event(ObligationEvent {
        obligation: ObligationId(id),
        at: NOW,
        actor: "opor delivery".into(),
        step: step.into(),
        words: "{}".into(),
    })
}

pub(crate) fn delivery(destination: &str, mrn: &str, control_id: &str) -> OutboxRow {
    OutboxRow {
        kind: OutboxKind::Report,
        id: OutboxId(0),
        destination: destination.into(),
        record: record(mrn),
        message: MessageId(1),
        report: observation(mrn, "a"),
        version: 1,
        obligation: ObligationId(1),
        control_id: control_id.into(),
        state: OutboxState::Waiting,
        attempts: 0,
        next: NOW,
        offered_digest: Vec::new(),
        last: String::new(),
    }
}

pub(crate) fn audit(verb: &str, person: Option<PersonId>) -> AuditRow {
    AuditRow {
        at: NOW,
        actor: "dr.chen".into(),
        role: "physician".into(),
        verb: verb.into(),
        purpose: "TREAT".into(),
        person,
        object: "Patient/1".into(),
    }
}

/// Settles and expects it done.
pub(crate) fn done(store: &Store, changes: Changes) {
    assert_eq!(store.settle_blocking(changes), Settled::Done);
}
