//! Taking back what a message put on a chart: every version of it is superseded by one that is entered in error, and
//! everybody who has it is told: systems by a message of their own, readers on their home list, the rest by the desk.

use crate::intake::hl7_time;
use crate::obligations::{self, About};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::sign_in::Persona;
use clinical::directory::{Directory, EndpointKind};
use clinical::intake::Gravity;
use clinical::obligations::{Obligation, Outcome};
use clinical::results::Finality;
use clinical::routing::{Route, Target};
use clinical::words::Words;
use fhir::json::{Json, Object};
use fhir::{Instant, Kind, PersonId, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Changes, JournalRow, Link, MessageId, NoticeRow, ObligationChange, ObligationFilter, ObligationId,
    ObligationRow, ObligationState, OutboxChange, OutboxFilter, OutboxId, OutboxKind, OutboxRow, OutboxState,
    Requirement, Settled, StoredVersion, VersionRow, View,
};

/// Who takes back, in events.
const ACTOR: &str = "opor recall";
/// Before the title of what was taken back, as the ledger keeps it for both languages.
pub(crate) const TAKEN_BACK: &str = "Withdrawn · Retiré : ";
/// Obligations of one report that are read; far beyond any report's recipients.
const HOLDERS_LIMIT: usize = 1_000;
/// Ways of one delivery that are read; more than any place has.
const MOST_WAYS: usize = 16;
/// Audit rows of one person that are read for readers.
const AUDIT_LIMIT: usize = 5_000;
/// Audit verbs of looks that show a report or what it says.
const READING: [&str; 4] = ["read-results", "read-chart", "read-receipts", "read-fhir"];
/// MSH-3 of what we send.
const SENDING_APPLICATION: &str = "OPOR";
/// Kinds that must reach somebody.
pub(crate) const REPORTS: [Kind; 3] = [Kind::DiagnosticReport, Kind::DocumentReference, Kind::Encounter];
/// Kinds of which somebody may have been told, most of them not: visits, referrals, what a filler said of an order.
const SOMETIMES: [Kind; 3] = [Kind::Encounter, Kind::ServiceRequest, Kind::Task];
/// Kinds that stay: the patient's own facts are the record's, and a provenance says what happened.
const STAYING: [Kind; 2] = [Kind::Patient, Kind::Provenance];

/// What taking back changes, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TakenBack {
    /// Versions that say it is in error, or what stood before.
    pub(crate) versions: usize,
    /// Systems that are told.
    pub(crate) systems: usize,
    /// Readers who are told.
    pub(crate) readers: usize,
}

/// What taking back needs to know.
pub(crate) struct Recall<'a> {
    pub(crate) view: &'a View,
    pub(crate) directory: &'a Directory,
    /// Who signs in as which practitioner, to find readers of the audit in the directory.
    pub(crate) personas: &'a [Persona],
    pub(crate) link: &'a Link,
    pub(crate) because: &'a Words,
    /// Everything that is taken back with this message: none of it is believed as what stood before.
    pub(crate) together: &'a BTreeSet<MessageId>,
    pub(crate) now: Instant,
}

impl Recall<'_> {
    /// Take back everything that `row` put on charts.
    pub(crate) fn take_back(&self, row: &JournalRow, changes: &mut Changes) -> Result<TakenBack, Refusal> {
        let keys = self.view.said_by(row.id)?.into_iter().map(|(key, _)| key).collect();
        self.take_back_of(row, keys, changes)
    }

    /// Take back what `row` put on charts under these keys.
    pub(crate) fn take_back_of(
        &self,
        row: &JournalRow,
        keys: BTreeSet<ResourceKey>,
        changes: &mut Changes,
    ) -> Result<TakenBack, Refusal> {
        let mut done = TakenBack::default();
        for key in keys.into_iter().filter(|key| !STAYING.contains(&key.kind)) {
            let versions = self.view.versions(key)?;
            let Some(current) = versions.iter().find(|version| version.current) else { continue };
            if !current.message.is_some_and(|message| self.together.contains(&message)) {
                continue;
            }
            let stood = versions
                .iter()
                .rev()
                .find(|version| version.message.is_some_and(|message| !self.together.contains(&message)));
            let version = self.version(key, current, stood)?;
            done.versions += 1;
            // A visit or request that nobody was told of is part of the chart, not something that was acted on.
            let is_told =
                if SOMETIMES.contains(&key.kind) { self.is_owed(key)? } else { REPORTS.contains(&key.kind) };
            if is_told {
                self.tell(row, key, &versions, &version, changes, &mut done)?;
            }
            changes.resources.push(version);
        }
        Ok(done)
    }

    fn is_owed(&self, key: ResourceKey) -> Result<bool, Refusal> {
        let filter = ObligationFilter { resource: Some(key), ..ObligationFilter::default() };
        Ok(!self.view.obligations(&filter, 1, 0)?.is_empty())
    }

    /// The version that takes the place of the current one: what stood before, or the same said to be in error.
    fn version(
        &self,
        key: ResourceKey,
        current: &StoredVersion,
        stood: Option<&StoredVersion>,
    ) -> Result<VersionRow, Refusal> {
        let of = stood.unwrap_or(current);
        let mut object = match fhir::json::parse(&of.body) {
            Ok(Json::Object(object)) => object,
            Ok(_) => Object::new(),
            Err(error) => return Err(Refusal::unreadable(error.to_string(), error.to_string())),
        };
        if stood.is_none() {
            in_error(key.kind, &mut object);
        }
        let finality = if stood.is_some() { of.finality } else { Some(Finality::Withdrawn.code()) };
        Ok(VersionRow {
            key,
            version: current.latest + 1,
            current: true,
            index: fhir::search::rows(key.kind, &object),
            body: object.to_bytes(),
            finality: finality.filter(|_| current.finality.is_some() || stood.is_some()),
            as_of: current.as_of.max(of.as_of),
            message: None,
            at: self.now,
            custodian: self.link.custodian.clone(),
        })
    }

    /// Everybody who has a version of the report.
    fn tell(
        &self,
        row: &JournalRow,
        key: ResourceKey,
        versions: &[StoredVersion],
        version: &VersionRow,
        changes: &mut Changes,
        done: &mut TakenBack,
    ) -> Result<(), Refusal> {
        let filter = ObligationFilter { resource: Some(key), ..ObligationFilter::default() };
        let former = self.view.obligations(&filter, HOLDERS_LIMIT, 0)?;
        let title = former
            .iter()
            .map(|row| row.subject.trim_start_matches(TAKEN_BACK))
            .find(|title| !title.is_empty());
        let title = format!("{TAKEN_BACK}{}", title.unwrap_or("?"));
        // By recipient: systems that were offered it, and practitioners who took note of it.
        let mut systems: BTreeMap<String, &ObligationRow> = BTreeMap::new();
        let mut readers: BTreeMap<String, String> = BTreeMap::new();
        for owed in &former {
            match owed.kind.as_str() {
                "delivery" => {
                    systems.extend(self.offered_to(owed, changes)?.into_iter().map(|system| (system, owed)));
                }
                "attention" if matches!(&owed.state, ObligationState::Ended { outcome, .. } if outcome == "opened") =>
                {
                    readers.insert(owed.recipient_id.clone(), owed.recipient.clone());
                }
                _ => {}
            }
            changes.obligations.extend(obligations::replaced(owed, version.version, ACTOR, self.now));
        }
        for (endpoint, owed) in systems {
            self.tell_system(row, key, &title, &endpoint, &owed.recipient, version, changes)?;
            done.systems += 1;
        }
        let since = versions.iter().map(|version| version.at).min().unwrap_or(self.now);
        let mut strangers = BTreeSet::new();
        for actor in self.readers_of(key, since)? {
            match crate::accounts::practitioner_of(self.view, self.personas, &actor)? {
                Some(practitioner) => {
                    readers.entry(practitioner).or_insert(actor);
                }
                None => {
                    strangers.insert(actor);
                }
            }
        }
        let day = &clinical::cover::day(self.now);
        for (practitioner, name) in readers {
            match self.directory.roles_on(&practitioner, day).next() {
                Some(role) => {
                    let target = Target::Portal {
                        practitioner: practitioner.clone(),
                        place: role.place.clone(),
                        name,
                    };
                    let route =
                        Route { target, responsible: true, because: self.because.clone(), is_stated: false };
                    let owed = clinical::obligations::attention(&title, Gravity::Critical, &route, self.now);
                    done.readers += 1;
                    if let Some(owed) = owed {
                        self.open(row, key, version.version, &title, &owed, &practitioner, changes);
                    }
                }
                None => {
                    strangers.insert(name);
                }
            }
        }
        for name in strangers {
            // Nobody of the directory: the desk finds the way to them.
            let owed = clinical::obligations::unroutable(&title, &name, self.because.clone(), self.now);
            self.open(row, key, version.version, &title, &owed, &name, changes);
            done.readers += 1;
        }
        Ok(())
    }

    /// The receivers that may have it: by the way it goes now, and by each that it was offered by before it went another.
    /// What was never offered is closed, and nobody need be told. What has come due may be on its way at this moment,
    /// before that is written: a spare withdrawal does no harm, a missing one does.
    fn offered_to(&self, owed: &ObligationRow, changes: &mut Changes) -> Result<Vec<String>, Refusal> {
        let filter = OutboxFilter { obligation: Some(owed.id), ..OutboxFilter::default() };
        let mut systems = Vec::new();
        for (at, sent) in self.view.outbox(&filter, MOST_WAYS)?.into_iter().enumerate() {
            if sent.state == OutboxState::Waiting {
                changes.requires.push(Requirement::OutboxIs(sent.id, sent.state, sent.attempts));
                changes
                    .outbox
                    .push(OutboxChange::Update(OutboxRow { state: OutboxState::Closed, ..sent.clone() }));
            }
            let given = sent.attempts > 0 || !sent.offered_digest.is_empty();
            // The newest is the way it goes by; an older one was left for another, most often before anything was given.
            let is_newest = at == 0 && (sent.state != OutboxState::Waiting || sent.next <= self.now);
            if given || is_newest {
                systems.push(sent.destination);
            }
        }
        Ok(systems)
    }

    #[expect(clippy::too_many_arguments, reason = "one private way, each argument a column of its row")]
    fn tell_system(
        &self,
        row: &JournalRow,
        key: ResourceKey,
        title: &str,
        endpoint: &str,
        name: &str,
        version: &VersionRow,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let served = self.directory.endpoint(endpoint).filter(|found| found.kind == EndpointKind::Mllp);
        let id = id_of(key, version.version, endpoint);
        let control_id = format!("R{id}");
        let body = served.and_then(|_| self.message(row, key, endpoint, &control_id));
        let (Some(found), Some(body)) = (served, body) else {
            let owed = clinical::obligations::unroutable(title, name, self.because.clone(), self.now);
            self.open(row, key, version.version, title, &owed, endpoint, changes);
            return Ok(());
        };
        let target = Target::Endpoint {
            practitioner: String::new(),
            place: found.place.clone(),
            endpoint: endpoint.to_owned(),
            name: name.to_owned(),
        };
        let route = Route { target, responsible: false, because: self.because.clone(), is_stated: false };
        let Some(owed) = clinical::obligations::delivery(title, &route, self.now) else { return Ok(()) };
        self.open(row, key, version.version, title, &owed, endpoint, changes);
        changes.notices.push(NoticeRow {
            obligation: id,
            destination: endpoint.to_owned(),
            trigger: "W".to_owned(),
            records: vec![key.record],
            body,
        });
        changes.outbox.push(OutboxChange::Queue(OutboxRow {
            kind: OutboxKind::Identity,
            id: OutboxId(0),
            destination: endpoint.to_owned(),
            record: key.record,
            message: row.id,
            report: key,
            version: version.version,
            obligation: id,
            control_id,
            state: OutboxState::Waiting,
            attempts: 0,
            next: self.now,
            offered_digest: Vec::new(),
            last: String::new(),
        }));
        Ok(())
    }

    /// What the receiver was sent, made into its withdrawal.
    fn message(
        &self,
        row: &JournalRow,
        key: ResourceKey,
        endpoint: &str,
        control_id: &str,
    ) -> Option<Vec<u8>> {
        let read = crate::dialects::read_as_filed(self.view, row, self.link).ok()?.ok()?;
        let sent = sent(row, self.link, (&read.message, &read.sender), key, endpoint, control_id)?;
        clinical::plausibility::withdraw(&sent)
    }

    /// Who has read the report, or what lists it, since it was filed.
    fn readers_of(&self, key: ResourceKey, since: Instant) -> Result<BTreeSet<String>, Refusal> {
        let Some(person) = self.view.record(key.record)?.map(|record| record.person) else {
            return Ok(BTreeSet::new());
        };
        self.readers_of_person(person, key, since)
    }

    fn readers_of_person(
        &self,
        person: PersonId,
        key: ResourceKey,
        since: Instant,
    ) -> Result<BTreeSet<String>, Refusal> {
        let rows = self.view.audit_of_person(person, AUDIT_LIMIT)?;
        let about_another =
            |object: &str| ResourceKey::from_reference(object).is_some_and(|other| other != key);
        Ok(rows
            .into_iter()
            .map(|(_, row)| row)
            .filter(|row| {
                row.at >= since && READING.contains(&row.verb.as_str()) && !about_another(&row.object)
            })
            .map(|row| row.actor)
            .collect())
    }

    #[expect(clippy::too_many_arguments, reason = "one private way, each argument a column of its row")]
    fn open(
        &self,
        row: &JournalRow,
        key: ResourceKey,
        version: u32,
        title: &str,
        owed: &Obligation,
        whom: &str,
        changes: &mut Changes,
    ) {
        let about = About {
            resource: Some((key, version)),
            record: Some(key.record),
            message: Some(row.id),
            subject: Some(title.to_owned()),
            gravity: obligations::gravity_code(Gravity::Critical),
            custodian: self.link.custodian.clone(),
            ..About::default()
        };
        let row = obligations::row(id_of(key, version, whom), owed, &about, self.now);
        let first = obligations::opened(&row, ACTOR);
        changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
    }
}

fn id_of(key: ResourceKey, version: u32, whom: &str) -> store::ObligationId {
    obligations::id(&[&key.to_string(), &version.to_string(), "recall", whom])
}

/// What goes out of a message as it is read for one report, under our own header.
pub(crate) fn sent(
    row: &JournalRow,
    link: &Link,
    (message, sender): (&hl7v2::Message, &clinical::intake::Sender),
    report: ResourceKey,
    endpoint: &str,
    control_id: &str,
) -> Option<Vec<u8>> {
    let header = clinical::routing::OutgoingHeader {
        application: SENDING_APPLICATION.to_owned(),
        facility: link.name.clone(),
        receiver: endpoint.to_owned(),
        control_id: control_id.to_owned(),
        time: hl7_time(row.received),
    };
    clinical::routing::outgoing(message, sender, report, &header)
}

/// Say of a resource that it should never have been there.
fn in_error(kind: Kind, object: &mut Object) {
    let coded = |system: &'static str| {
        let coding = Object::new().set("system", system).set("code", "entered-in-error");
        Object::new().push("coding", coding)
    };
    match kind {
        Kind::AllergyIntolerance => {
            object.remove("clinicalStatus");
            object.put(
                "verificationStatus",
                coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"),
            );
        }
        Kind::Condition => {
            object.remove("clinicalStatus");
            object.put(
                "verificationStatus",
                coded("http://terminology.hl7.org/CodeSystem/condition-ver-status"),
            );
        }
        Kind::RelatedPerson => object.put("active", false),
        _ => object.put("status", "entered-in-error"),
    }
}

/// Ends an obligation of a message, as somebody decided.
pub(crate) fn resolved(row: &ObligationRow, by: &str, how: &Words, now: Instant) -> [ObligationChange; 2] {
    let outcome = Outcome::Resolved { by: by.to_owned(), how: how.en.clone() };
    [
        obligations::event(row.id, now, by, outcome.code(), how),
        ObligationChange::Update(obligations::ended(row, &outcome, now)),
    ]
}

impl Record {
    /// Ends what was owed of a decision once all of it has been carried out; nothing when it has ended already.
    pub(crate) fn end_carried_out(
        &self,
        decided: ObligationId,
        by: &str,
        now: Instant,
    ) -> Result<(), Refusal> {
        let view = self.store().view()?;
        let Some(owed) =
            view.obligation(decided)?.filter(|row| matches!(row.state, ObligationState::Open { .. }))
        else {
            return Ok(());
        };
        let how = Words::new("What was decided has been carried out.", "La décision a été exécutée.");
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            obligations: resolved(&owed, by, &how, now).into(),
            ..Changes::default()
        };
        drop(view);
        match self.store().settle_blocking(changes) {
            Settled::Done | Settled::Stale(_) => Ok(()),
            other => Err(Refusal::try_again(&other)),
        }
    }
}
