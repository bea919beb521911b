//! A run of the real store that follows from a seed, and the ledger of what was asked and what was promised. The ledger is
//! kept here and not by the store, which is judged by it.

use crate::disk::FaultDisk;
use crate::random::Random;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use store::*;

/// The moment of everything in a run.
pub const NOW: Instant = Instant(1_795_356_300_000_000);
/// Custodian of everything in a run.
const CUSTODIAN: &str = "NSHA";
/// Pages of log after which the checkpoint thread works: a run reaches it.
const CHECKPOINT_PAGES: u32 = 64;

/// What one step asks of the store.
#[derive(Debug, Clone)]
pub enum What {
    /// Keep a message.
    Message(Append),
    /// Settle a change.
    Change(Box<Changes>),
    /// Remember a refusal.
    Refusal(Refused),
}

/// One step: what was asked, and whether the store said that it is done.
#[derive(Debug, Clone)]
pub struct Step {
    /// What.
    pub what: What,
    /// Steps with the same number were one group.
    pub group: usize,
    /// Whether it was promised.
    pub said: bool,
}

/// What a run has come to.
#[derive(Debug, Default)]
pub struct Ledger {
    /// All steps that were asked, in order.
    pub steps: Vec<Step>,
    /// Answers other than a promise, in words.
    pub refused: Vec<String>,
    /// Whether the store took nothing any more at some time, because of a sync.
    pub closed: bool,
    /// Whether it could not be opened at some time.
    pub unopened: bool,
}

/// How long a run is.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Groups before the store is stopped and opened again.
    pub first: usize,
    /// Groups after it.
    pub second: usize,
}

/// The script of a seed.
#[derive(Debug)]
pub struct Script {
    random: Random,
    link: Option<LinkId>,
    /// Messages that were kept and are not filed.
    open: Vec<MessageId>,
    /// The last resource that was filed, with its version.
    filed: Option<(ResourceKey, u32)>,
    /// What was done in it.
    pub ledger: Ledger,
}

/// Settings of a store whose clock grows by a microsecond with each look, on this disk.
#[must_use]
pub fn settings(disk: Option<&FaultDisk>) -> Settings {
    let clock = AtomicU64::new(0);
    let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
    let disk = disk.map(|disk| Arc::new(disk.clone()) as Arc<dyn Disk>);
    Settings { disk, checkpoint_pages: CHECKPOINT_PAGES, ..settings }
}

impl Script {
    /// The script of a seed, at its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            link: None,
            open: Vec::new(),
            filed: None,
            ledger: Ledger::default(),
        }
    }

    /// The whole run: two lives of a store in one folder.
    pub fn run(&mut self, disk: &FaultDisk, folder: &Path, length: Length) {
        for groups in [length.first, length.second] {
            let Some(store) = self.opened(disk, folder) else { return };
            for _ in 0..groups {
                self.group(&store, disk);
            }
            // Who was refused comes again.
            if self.ledger.steps.last().is_some_and(|step| !step.said) {
                self.messages(&store, disk);
            }
            store.stop();
            self.ledger.closed |= matches!(store.closed(), Some(TryAgain::DiskUnsound(_)));
        }
    }

    /// An open store. One that fails to open is tried a second time, as an operator would.
    pub fn opened(&mut self, disk: &FaultDisk, folder: &Path) -> Option<Store> {
        for _ in 0..2 {
            match Store::open(folder, settings(Some(disk))) {
                Ok(store) => return Some(store),
                Err(problem) => self.ledger.refused.push(problem.to_string()),
            }
        }
        self.ledger.unopened = true;
        None
    }

    /// One group of steps: asked together, waited for together.
    pub fn group(&mut self, store: &Store, disk: &FaultDisk) {
        match self.random.below(20) {
            0..=8 => self.messages(store, disk),
            9..=15 => self.change(store, disk),
            16..=18 => self.note(store, disk),
            _ => self.refusal(store, disk),
        }
    }

    fn link(&mut self, store: &Store) -> Option<LinkId> {
        if self.link.is_none() {
            let lab = || Link {
                id: LinkId(0),
                name: String::new(),
                default_authority: "QEII".into(),
                time_zone: "America/Halifax".into(),
                custodian: CUSTODIAN.into(),
                owner: "desk:feeds".into(),
            };
            match store.link("LAB", lab) {
                Ok(link) => self.link = Some(link.id),
                Err(why) => self.ledger.refused.push(why.to_string()),
            }
        }
        self.link
    }

    fn asks(&mut self, what: What, group: usize) -> usize {
        self.ledger.steps.push(Step { what, group, said: false });
        self.ledger.steps.len() - 1
    }

    fn next_group(&self) -> usize {
        self.ledger.steps.last().map_or(0, |step| step.group + 1)
    }

    /// Text that packing does not shrink.
    fn text(&mut self, most: usize) -> String {
        let words = 1 + self.random.below(most / 16);
        (0..words).map(|_| format!("{:016x}", self.random.any())).collect()
    }

    /// Keeps one to five messages as one group.
    pub fn messages(&mut self, store: &Store, disk: &FaultDisk) {
        let Some(link) = self.link(store) else { return };
        let group = self.next_group();
        let (told, hears) = mpsc::channel();
        let mut all = Vec::new();
        for _ in 0..1 + self.random.below(5) {
            let control_id = format!("M{}", self.ledger.steps.len());
            let append = Append {
                link,
                message_type: "ORU^R01".into(),
                lanes: vec![self.random.below(50) as i64],
                raw: format!("MSH|^~\\&|LAB|QEII|||||ORU^R01|{control_id}|P|2.5.1\rOBX|{}", self.text(6_000))
                    .into_bytes(),
                received: NOW,
                answer: format!("MSA|AA|{control_id}").into_bytes(),
                custodian: CUSTODIAN.into(),
                control_id,
            };
            let step = self.asks(What::Message(append.clone()), group);
            let (told, disk) = (told.clone(), disk.clone());
            all.push((append, move |answer: Result<Appended, TryAgain>| {
                if answer.is_ok() {
                    disk.said(step);
                }
                let _ = told.send((step, answer));
            }));
        }
        drop(told);
        store.append_together(all);
        for (step, answer) in hears {
            match answer {
                Ok(Appended::New { id, .. } | Appended::Repeat { id, .. }) => {
                    self.ledger.steps[step].said = true;
                    self.open.push(id);
                }
                Err(why) => self.ledger.refused.push(why.to_string()),
            }
        }
    }

    /// Files a message, when one waits: record, link event, resources, obligation with a step, delivery, audit.
    pub fn change(&mut self, store: &Store, disk: &FaultDisk) {
        let n = self.ledger.steps.len();
        let group = self.next_group();
        let record = RecordId::of("QEII", &n.to_string());
        let person = PersonId::born_with(record);
        let message = (!self.open.is_empty()).then(|| self.open.remove(0));
        let key = |filler: &str| ResourceKey::of(record, Kind::Observation, &[filler]);
        let mut resources = Vec::new();
        for filler in ["a", "b", "c"] {
            let body = self.text(4_000);
            resources.push(version(key(filler), 1, &body, message));
        }
        if let Some((former, number)) = self.filed {
            let body = self.text(500);
            resources.push(version(former, number + 1, &body, message));
        }
        let obligation = ObligationRow {
            id: ObligationId(1_000 + n as i64),
            kind: "delivery".into(),
            resource: Some(key("a")),
            version: 1,
            message,
            record: Some(record),
            recipient: "Dr. Chen".into(),
            recipient_id: "prac-1".into(),
            subject: "Creatinine".into(),
            accession: format!("A-{n}"),
            words: "{}".into(),
            gravity: 0,
            state: ObligationState::Open {
                owner: "machine:delivery".into(),
                human: false,
                due: NOW,
                then: "desk:delivery".into(),
            },
            opened: NOW,
            revision: 1,
            custodian: CUSTODIAN.into(),
        };
        let event = ObligationEvent {
            obligation: obligation.id,
            at: NOW,
            actor: "opor delivery".into(),
            step: "opened".into(),
            words: "{}".into(),
        };
        let delivery = OutboxRow {
            kind: OutboxKind::Report,
            id: OutboxId(0),
            destination: "clinic".into(),
            record,
            message: message.unwrap_or(MessageId(1)),
            report: key("a"),
            version: 1,
            obligation: obligation.id,
            control_id: format!("OUT-{n}"),
            state: OutboxState::Waiting,
            attempts: 0,
            next: NOW,
            offered_digest: Vec::new(),
            last: String::new(),
        };
        let changes = Changes {
            settlement: message.map(|message| Settlement {
                message,
                state: MessageState::Filed,
                note: String::new(),
                records: vec![record],
                at: NOW,
            }),
            records: vec![RecordRow {
                record,
                authority: "QEII".into(),
                value: n.to_string(),
                person,
                epoch: 1,
                claim: format!("{{\"n\":{n}}}"),
                claim_as_of: NOW,
                keys: vec![self.random.below(9) as i64, 100 + n as i64],
                custodian: CUSTODIAN.into(),
            }],
            links: vec![LinkEvent {
                actor: "opor identity".into(),
                reason: "{}".into(),
                ..LinkEvent::born(record, person, None, NOW)
            }],
            resources,
            obligations: vec![ObligationChange::Open(obligation), ObligationChange::Event(event)],
            outbox: vec![OutboxChange::Queue(delivery)],
            audit: vec![audit(n, "file"), audit(n, "route")],
            ..Changes::default()
        };
        if self.settles(store, disk, changes, group) {
            self.filed = Some((key("a"), 1));
        } else {
            // It is not known whether it was written: nothing builds on it.
            self.filed = None;
        }
    }

    /// Notes a look.
    pub fn note(&mut self, store: &Store, disk: &FaultDisk) {
        let (n, group) = (self.ledger.steps.len(), self.next_group());
        let changes = Changes { audit: vec![audit(n, "look")], ..Changes::default() };
        self.settles(store, disk, changes, group);
    }

    fn settles(&mut self, store: &Store, disk: &FaultDisk, changes: Changes, group: usize) -> bool {
        let step = self.asks(What::Change(Box::new(changes.clone())), group);
        let (told, hears) = mpsc::channel();
        let teller = disk.clone();
        store.settle(changes, move |settled| {
            if settled == Settled::Done {
                teller.said(step);
            }
            let _ = told.send(settled);
        });
        match hears.recv() {
            Ok(Settled::Done) => self.ledger.steps[step].said = true,
            other => self.ledger.refused.push(format!("{other:?}")),
        }
        self.ledger.steps[step].said
    }

    fn refusal(&mut self, store: &Store, disk: &FaultDisk) {
        let Some(link) = self.link(store) else { return };
        let (n, group) = (self.ledger.steps.len(), self.next_group());
        let refused = Refused {
            link,
            at: NOW,
            control_id: format!("R{n}"),
            reason: "no MSH".into(),
            head: vec![7; 40],
        };
        let step = self.asks(What::Refusal(refused.clone()), group);
        let (told, hears) = mpsc::channel();
        let teller = disk.clone();
        store.refuse(refused, move |answer| {
            if answer.is_ok() {
                teller.said(step);
            }
            let _ = told.send(answer);
        });
        match hears.recv() {
            Ok(Ok(())) => self.ledger.steps[step].said = true,
            other => self.ledger.refused.push(format!("{other:?}")),
        }
    }
}

fn version(key: ResourceKey, version: u32, body: &str, message: Option<MessageId>) -> VersionRow {
    VersionRow {
        key,
        version,
        current: true,
        body: body.as_bytes().to_vec(),
        finality: Some(3),
        as_of: NOW,
        message,
        at: NOW,
        index: Vec::new(),
        custodian: CUSTODIAN.into(),
    }
}

fn audit(n: usize, verb: &str) -> AuditRow {
    AuditRow {
        at: NOW,
        actor: "dr.chen".into(),
        role: "physician".into(),
        verb: verb.into(),
        purpose: "TREAT".into(),
        person: None,
        object: format!("{verb}-{n}"),
    }
}
