//! What follows from one message, as one change: resources, links, obligations, deliveries, audit; or held; or kept.

mod placing;

use self::placing::{Place, RULE, evidence_of, score};
use super::bodies;
use super::breaker::{self, Spoken, Stopped, Watch};
use super::grouping::one_per_record;
use super::overlay;
use crate::identity::reported::Reported;
use crate::identity::told::Teller;
use crate::identity::warm::Warm;
use crate::obligations::{self, words_json};
use crate::record::{Record, audit_row, machine};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Directory, Role};
use clinical::identity::{self, Candidate};
use clinical::intake::{self, Chart, Handling, Interpretation, Proposal, Report, Sender};
use clinical::plausibility::{self, About, Raw};
use clinical::results::{Finality, Standing, Supersession, supersede};
use clinical::routing::{self, Route, Target};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::collections::{HashMap, HashSet};
use store::{
    Changes, JournalRow, Link, LinkBasis, LinkEvent, LinkSort, MessageId, MessageState, ObligationChange,
    ObligationId, RecordRow, Requirement, Settlement, StoredVersion, VersionRow, View,
};

/// Obligations of former versions read for one report; far beyond any report's recipients.
const FORMER_LIMIT: usize = 1_000;

/// Who files, in audit rows and link events.
pub(crate) const ACTOR: &str = "opor intake";

/// What a person decided about one patient of a message that was held.
#[derive(Debug, Clone)]
pub(crate) struct Ruling {
    /// The question that it answers.
    pub(crate) case: ObligationId,
    /// The person it is about; `None` = nobody we know yet.
    pub(crate) person: Option<PersonId>,
    /// Who says so.
    pub(crate) actor: String,
    /// Why.
    pub(crate) reason: String,
}

/// What follows from an open message; `None` when it is not open any more.
pub(crate) fn prepare(
    view: &View,
    record: &Record,
    message: MessageId,
    now: Instant,
) -> Result<Option<Changes>, Refusal> {
    let Some(row) = view.message(message)?.filter(|row| row.state == MessageState::Pending) else {
        return Ok(None);
    };
    let watch = record.watch();
    let way = Way { watch: Some(watch), warm: Some(record.warm()), ..Way::of(&row.raw) };
    let mapped = watch.mapped(&row);
    Ok(Some(follow_bytes(view, &record.directory(), &row, None, mapped, way, now)?))
}

/// Hold a message whose interpretation broke down; a person looks at it, its lane goes on.
pub(crate) fn hold_unexplained(
    record: &Record,
    message: MessageId,
    now: Instant,
) -> Result<Option<Changes>, Refusal> {
    let view = record.store().view()?;
    let Some(link) = view.link(message.link())? else { return Ok(None) };
    // The row itself may be what is damaged: its number is enough to make it somebody's.
    let row = view.message(message).ok().flatten().unwrap_or_else(|| JournalRow {
        id: message,
        arrival: 0,
        control_id: String::new(),
        message_type: String::new(),
        raw: Vec::new(),
        received: now,
        state: MessageState::Pending,
        settled: None,
        note: String::new(),
        records: Vec::new(),
    });
    let directory = record.directory();
    let mut filing = Filing::new(&view, &directory, &row, &link, now);
    filing.hold(&Words::new(
        "The interpreter stopped on this message. It is kept whole; report it with its number.",
        "L'interpréteur s'est arrêté sur ce message. Il est conservé en entier; signalez-le avec son numéro.",
    ));
    Ok(Some(filing.changes))
}

/// What follows from a journal row, whatever its state: the same for a first filing, a ruling and a replay. A message
/// that the breaker stopped stays where a person put it.
pub(crate) fn follow(
    view: &View,
    directory: &Directory,
    row: &JournalRow,
    ruling: Option<&Ruling>,
    now: Instant,
) -> Result<Changes, Refusal> {
    if crate::feeds::is_taken_back(view, row)? {
        return Ok(Changes::default());
    }
    match crate::breaker::put(view, row)? {
        crate::breaker::Put::AsItSays => {
            follow_bytes(view, directory, row, ruling, row.raw.clone(), Way::of(&row.raw), now)
        }
        crate::breaker::Put::Aimed(bytes) => {
            follow_bytes(view, directory, row, ruling, bytes.clone(), Way::of(&bytes), now)
        }
        crate::breaker::Put::Stays => Ok(Changes::default()),
    }
}

/// What is looked at beside the mapped message before it is filed.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    /// The bytes in which the person is read again.
    pub(crate) raw: &'a [u8],
    /// The breaker; `None` where a person has decided that the message is filed.
    pub(crate) watch: Option<&'a Watch>,
    /// Who else might be meant, from memory; `None` where the tables are enough.
    pub(crate) warm: Option<&'a Warm>,
    /// A person has said that what was taken back counts again.
    pub(crate) again: bool,
}

impl<'a> Way<'a> {
    pub(crate) fn of(raw: &'a [u8]) -> Self {
        Self { raw, watch: None, warm: None, again: false }
    }
}

/// What follows from `mapped`, the bytes that the mapper reads.
pub(crate) fn follow_bytes(
    view: &View,
    directory: &Directory,
    row: &JournalRow,
    ruling: Option<&Ruling>,
    mapped: Vec<u8>,
    way: Way<'_>,
    now: Instant,
) -> Result<Changes, Refusal> {
    let Some(link) = view.link(row.id.link())? else { return Err(Refusal::not_found()) };
    let mut filing = Filing { way, ..Filing::new(view, directory, row, &link, now) };
    filing.tell_of_reuse()?;
    match hl7v2::Message::parse(mapped) {
        Ok(message) => {
            let headers = message.all_named("MSH").count();
            if headers > 1 {
                filing.hold(&Words::new(
                    format!("MSH stands {headers} times in this frame. Send each message in a frame of its own."),
                    format!("MSH figure {headers} fois dans cette trame. Envoyez chaque message dans sa propre trame."),
                ));
            } else {
                let said = intake::interpret(&message, &sender(row, &link));
                filing.follow(said, ruling)?;
            }
        }
        Err(unreadable) => filing.hold(&Words::new(unreadable.to_string(), unreadable.to_string())),
    }
    Ok(filing.changes)
}

/// The claim of a held message that a person must judge: the one that the case asks about, or else the first that
/// cannot be placed.
pub(crate) fn doubtful(
    view: &View,
    directory: &Directory,
    row: &JournalRow,
    case: ObligationId,
    now: Instant,
) -> Result<Option<identity::Claim>, Refusal> {
    let Some(link) = view.link(row.id.link())? else { return Ok(None) };
    let Ok(message) = hl7v2::Message::parse(row.raw.clone()) else { return Ok(None) };
    let said = intake::interpret(&message, &sender(row, &link));
    let mut filing = Filing::new(view, directory, row, &link, now);
    let charts = one_per_record(said.charts).unwrap_or_default();
    for chart in &charts {
        if filing.case_of(chart)? == case {
            return Ok(Some(chart.claim.clone()));
        }
    }
    for chart in charts {
        if filing.place(&chart)?.is_err() {
            return Ok(Some(chart.claim));
        }
    }
    Ok(None)
}

/// How the mapper knows a journal row's sender.
pub(crate) fn sender(row: &JournalRow, link: &Link) -> Sender {
    Sender {
        link: link.name.clone(),
        default_authority: link.default_authority.clone(),
        time_zone: link.time_zone.clone(),
        custodian: link.custodian.clone(),
        message_reference: format!("urn:opor:message:{}", row.id),
        received: row.received,
    }
}

struct Filing<'a> {
    view: &'a View,
    directory: &'a Directory,
    row: &'a JournalRow,
    link: &'a Link,
    now: Instant,
    way: Way<'a>,
    changes: Changes,
    /// What this message owes so far, by the keys given to it.
    owed: HashMap<ObligationId, String>,
}

impl<'a> Filing<'a> {
    fn new(
        view: &'a View,
        directory: &'a Directory,
        row: &'a JournalRow,
        link: &'a Link,
        now: Instant,
    ) -> Self {
        let requires = vec![Requirement::MessageIs(row.id, row.state)];
        let way = Way::of(&row.raw);
        let changes = Changes { requires, ..Changes::default() };
        Self { view, directory, row, link, now, way, changes, owed: HashMap::new() }
    }

    fn settle(&mut self, state: MessageState, note: Option<&Words>, records: Vec<RecordId>) {
        let note = note.map(words_json).unwrap_or_default();
        self.changes.settlement =
            Some(Settlement { message: self.row.id, state, note, records, at: self.now });
    }

    fn open(
        &mut self,
        key: &[&str],
        obligation: &clinical::obligations::Obligation,
        about: obligations::About,
    ) {
        self.open_as(obligations::id(key), obligation, about);
    }

    fn open_as(
        &mut self,
        id: ObligationId,
        obligation: &clinical::obligations::Obligation,
        about: obligations::About,
    ) {
        let row = obligations::row(id, obligation, &about, self.now);
        let first = obligations::opened(&row, ACTOR);
        self.changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
    }

    fn about(&self) -> obligations::About {
        obligations::About {
            message: Some(self.row.id),
            custodian: self.link.custodian.clone(),
            ..Default::default()
        }
    }

    /// The same control id came with other bytes before: the feed's owner must know (HAZARDS 2.3 no. 2).
    fn tell_of_reuse(&mut self) -> Result<(), Refusal> {
        if !self.row.control_id.is_empty() && self.view.control_id_was_used_before(self.row.id)? {
            let told =
                clinical::obligations::control_id_reused(&self.link.name, &self.row.control_id, self.now);
            let about = self.about();
            self.open(&[&self.link.name, "reuse", &self.row.control_id], &told, about);
        }
        Ok(())
    }

    fn hold(&mut self, why: &Words) {
        let held = clinical::obligations::held(&self.row.message_type, why.clone(), self.now);
        let about = self.about();
        self.open(&[&self.row.id.to_string(), "held"], &held, about);
        self.settle(MessageState::Held, Some(why), Vec::new());
    }

    fn follow(&mut self, said: Interpretation, ruling: Option<&Ruling>) -> Result<(), Refusal> {
        match &said.handling {
            Handling::Kept(why) => {
                let kept = clinical::obligations::kept(&self.row.message_type, why.clone(), self.now);
                let about = self.about();
                self.open(&[&self.row.id.to_string(), "kept"], &kept, about);
                self.settle(MessageState::Kept, Some(why), Vec::new());
                return Ok(());
            }
            Handling::Held(why) => {
                self.hold(why);
                return Ok(());
            }
            Handling::Mapped => {}
        }
        let charts = match one_per_record(said.charts) {
            Ok(charts) => charts,
            Err(contradiction) => {
                self.hold(&contradiction.words());
                return Ok(());
            }
        };
        let mut places = Vec::with_capacity(charts.len());
        // A ruling answers one question, about one patient of the message.
        for (chart, ruling) in charts.iter().zip(self.rulings(&charts, ruling)?) {
            match (self.place(chart)?, ruling) {
                (Ok(place), Some(ruling)) if place.is_on_file_as(&ruling, chart) => places.push(place),
                (Ok(_), Some(ruling)) => {
                    let asked = self.asked(chart)?.map(|case| case.records).unwrap_or_default();
                    places.push(self.ruled(chart, &ruling, &asked)?);
                }
                (Ok(place), None) => places.push(place),
                (Err((_, candidates)), Some(ruling)) => {
                    let asked: Vec<RecordId> = candidates.iter().map(|(record, _)| *record).collect();
                    places.push(self.ruled(chart, &ruling, &asked)?);
                }
                (Err((reason, candidates)), None) => {
                    // A message is one statement: when one of its patients is in doubt, none of it is filed.
                    self.ask(chart, &reason, &candidates)?;
                    return Ok(());
                }
            }
        }
        let raw = Raw::parse(self.way.raw);
        if let Err(why) = self.same_person(raw.as_ref(), &charts) {
            self.stay_or_hold(&why);
            return Ok(());
        }
        let spoken = self.spoken(raw.as_ref(), &charts, &places);
        if let Some(watch) = self.way.watch
            && let Some(stopped) =
                watch.standing(self.view, self.link, self.row.id, places.iter().map(|place| place.person))?
        {
            return self.stop(stopped);
        }
        let mut records = Vec::new();
        for (chart, place) in charts.into_iter().zip(places) {
            records.push(chart.record);
            self.file(chart, place)?;
        }
        if let Some(watch) = self.way.watch {
            let mut news = spoken;
            news.retain(|part| breaker::is_news(&self.changes, part.record));
            let stopped = watch.decide(self.view, self.link, self.row.id, &news, self.now)?;
            if let Some(stopped) = stopped {
                return self.stop(stopped);
            }
        }
        let reported = Reported {
            view: self.view,
            directory: self.directory,
            message: self.row.id,
            custodian: &self.link.custodian,
            now: self.now,
        };
        reported.settle(&said.identity_events, &mut self.changes)?;
        self.settle(MessageState::Filed, None, records);
        Ok(())
    }

    /// The person of each chart, read again from the received bytes (HAZARDS H01).
    fn same_person(&self, raw: Option<&Raw>, charts: &[Chart]) -> Result<(), Words> {
        if self.way.watch.is_some_and(|watch| !watch.reads_again()) {
            return Ok(());
        }
        let Some(raw) = raw else { return Ok(()) };
        let accessions: Vec<Vec<&str>> = charts
            .iter()
            .map(|chart| chart.reports.iter().map(|report| report.accession.as_str()).collect())
            .collect();
        let about: Vec<About<'_>> = charts
            .iter()
            .zip(&accessions)
            .map(|(chart, accessions)| About { record: chart.record, claim: &chart.claim, accessions })
            .collect();
        plausibility::same_person(raw, &self.link.default_authority, &about)
    }

    /// What the message says beside the PID of each of its patients.
    fn spoken(&self, raw: Option<&Raw>, charts: &[Chart], places: &[Place]) -> Vec<Spoken> {
        let (Some(raw), Some(_)) = (raw, self.way.watch) else { return Vec::new() };
        let authority = &self.link.default_authority;
        let of = |(nth, (chart, place)): (usize, (&Chart, &Place))| Spoken {
            record: chart.record,
            person: place.person,
            facts: plausibility::read(
                raw,
                nth,
                &chart.claim,
                authority,
                self.row.id.0,
                place.person,
                self.row.received.0,
            ),
        };
        charts.iter().zip(places).enumerate().map(of).collect()
    }

    /// Nothing of the message is filed; one obligation owns all that a stop holds.
    fn stop(&mut self, stopped: Stopped) -> Result<(), Refusal> {
        let requires = vec![Requirement::MessageIs(self.row.id, self.row.state)];
        self.changes = Changes { requires, breaker: stopped.rows, ..Changes::default() };
        self.tell_of_reuse()?;
        let why = obligations::words(&stopped.stop.reasons);
        let owed = clinical::obligations::stopped(&self.link.name, why.clone(), stopped.stop.at);
        let row = obligations::row(stopped.stop.id, &owed, &self.about(), stopped.stop.at);
        let first = obligations::opened(&row, ACTOR);
        self.changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
        self.settle(MessageState::Held, Some(&why), Vec::new());
        Ok(())
    }

    /// What is on charts already stays there and is not held after the fact.
    fn stay_or_hold(&mut self, why: &Words) {
        if self.row.state == MessageState::Filed {
            self.changes = Changes::default();
        } else {
            self.changes.records.clear();
            self.hold(why);
        }
    }

    fn file(&mut self, chart: Chart, place: Place) -> Result<(), Refusal> {
        let as_of = chart.resources.first().map_or(self.row.received, |proposal| proposal.standing.as_of);
        let demographics = self.row.message_type.starts_with("ADT");
        self.remember(&chart, &place, as_of, demographics)?;
        let mut written: HashMap<ResourceKey, Written> = HashMap::new();
        let mut touched: HashSet<ResourceKey> = HashSet::new();
        let mut pending: HashMap<ResourceKey, (Proposal, Option<StoredVersion>)> = HashMap::new();
        let mut on_file = OnFile { view: self.view, reports: HashMap::new() };
        for proposal in chart.resources {
            let current = on_file.current(&proposal)?;
            let (key, report) = (proposal.key, proposal.report);
            match self.weigh(proposal, current, demographics)? {
                Weighed::Same(proposal, current) => {
                    pending.insert(key, (proposal, current));
                }
                Weighed::Write { version, written: how } => {
                    if how.current {
                        touched.extend(report);
                    }
                    written.insert(key, how);
                    self.changes.resources.push(version);
                }
            }
        }
        for report in &chart.reports {
            if !written.contains_key(&report.key)
                && touched.contains(&report.key)
                && let Some((proposal, current)) = pending.remove(&report.key)
            {
                // One of its results changed: the report is a new version too, so that it is sent again.
                let corrected = report.standing.finality >= Some(Finality::Final);
                let body = proposal.resource.to_bytes();
                let latest = current.map_or(0, |stored| stored.latest);
                let version = self.version(proposal, body, latest, true);
                written.insert(report.key, Written { version: version.version, current: true, corrected });
                self.changes.resources.push(version);
            }
            if let Some(how) = written.get(&report.key).filter(|how| how.current) {
                self.send(report, how, place.person)?;
            }
        }
        let context = machine(ACTOR, self.now);
        self.changes.audit.push(audit_row(
            &context,
            Permission::FileMessages,
            Some(place.person),
            format!("message/{}", self.row.id),
        ));
        Ok(())
    }

    /// Remember what is claimed, and link a new record to its person.
    fn remember(
        &mut self,
        chart: &Chart,
        place: &Place,
        as_of: Instant,
        demographics: bool,
    ) -> Result<(), Refusal> {
        let Some(own) = &chart.claim.own else { return Ok(()) };
        let before: Option<identity::Claim> =
            place.known.as_ref().and_then(|row| serde_json::from_str(&row.claim).ok());
        let newer = place.known.as_ref().is_none_or(|row| as_of >= row.claim_as_of);
        let claim = match &before {
            Some(before) => overlay::claim(before, &chart.claim, demographics && newer),
            None => chart.claim.clone(),
        };
        if before.as_ref() != Some(&claim) {
            let row = RecordRow {
                record: chart.record,
                authority: own.authority.clone(),
                value: own.value.clone(),
                person: place.person,
                epoch: place.known.as_ref().map_or(0, |row| row.epoch) + 1,
                keys: identity::blocking_keys(&claim).iter().map(|key| key.as_i64()).collect(),
                claim: serde_json::to_string(&claim)
                    .map_err(|e| Refusal::unreadable(e.to_string(), e.to_string()))?,
                claim_as_of: place.known.as_ref().map_or(as_of, |row| row.claim_as_of.max(as_of)),
                custodian: self.link.custodian.clone(),
            };
            self.changes.records.push(row);
        }
        if let Some(reason) = &place.reason
            && place.known.is_none()
        {
            self.ask_of_pairs(chart, place);
            let score =
                evidence_of(reason).map(|evidence| score(&evidence)).filter(|_| place.same_as.is_some());
            self.changes.links.push(LinkEvent {
                actor: place.actor.clone(),
                reason: reason.clone(),
                message: Some(self.row.id),
                basis: place.basis,
                rule: if place.basis == LinkBasis::Machine { RULE.to_owned() } else { String::new() },
                score: score.filter(|_| place.basis == LinkBasis::Machine),
                ..LinkEvent::born(chart.record, place.person, place.same_as, self.now)
            });
            for other in &place.apart {
                self.changes.links.push(LinkEvent {
                    sort: LinkSort::Apart,
                    from: Some(place.person),
                    actor: place.actor.clone(),
                    reason: reason.clone(),
                    message: Some(self.row.id),
                    basis: place.basis,
                    ..LinkEvent::born(chart.record, place.person, Some(*other), self.now)
                });
            }
        }
        Ok(())
    }

    /// Decide about one proposed version against what is on file.
    fn weigh(
        &self,
        mut proposal: Proposal,
        current: Option<StoredVersion>,
        demographics: bool,
    ) -> Result<Weighed, Refusal> {
        proposal.resource.remove("meta");
        let Some(stored) = current else {
            let body = proposal.resource.to_bytes();
            let version = self.version(proposal, body, 0, true);
            return Ok(Weighed::Write {
                written: Written { version: 1, current: true, corrected: false },
                version,
            });
        };
        let (have, new) = (standing(&stored), proposal.standing);
        let mut verdict = supersede(have, new);
        if self.way.again && stored.message.is_none() && verdict == Supersession::KeepExisting {
            // What stands is our own withdrawal, and a person has said that it was wrong.
            verdict = Supersession::Correct;
        }
        if is_snapshot(proposal.key.kind) {
            // A snapshot that says less does not unsay the rest; a result's PID never overwrites what admission said.
            let leads = verdict != Supersession::KeepExisting
                && (demographics || proposal.key.kind == Kind::Encounter);
            proposal.resource = overlay::resource(&stored.body, proposal.resource, leads)?;
            // Filling a gap from a result must not make the admission that is on file look older than it is.
            proposal.standing.as_of = have.as_of.max(new.as_of);
            verdict = Supersession::Replace;
        }
        let mut carried = false;
        if proposal.key.kind == Kind::DocumentReference
            && let Some(joined) = bodies::join(&stored.body, &proposal.resource, verdict)?
        {
            carried = true;
            proposal.resource = joined.resource;
            if joined.adds_body {
                (proposal.standing, verdict) = (have, Supersession::Replace);
            }
        }
        let body = proposal.resource.to_bytes();
        if self.is_on_file(proposal.key, &body, &stored, verdict, carried)? {
            return Ok(Weighed::Same(proposal, Some(stored)));
        }
        let current = verdict != Supersession::KeepExisting;
        let version = self.version(proposal, body, stored.latest, current);
        let corrected = verdict == Supersession::Correct;
        Ok(Weighed::Write { written: Written { version: version.version, current, corrected }, version })
    }

    /// Whether a version says this already. What was filed from this message before says nothing new (replay), nor
    /// does a late version that the history holds.
    fn is_on_file(
        &self,
        key: ResourceKey,
        body: &[u8],
        stored: &StoredVersion,
        verdict: Supersession,
        carried: bool,
    ) -> Result<bool, Refusal> {
        if body == stored.body {
            return Ok(true);
        }
        // What was joined with the version on file is no more than a part of what this message said when it came.
        let snapshot = is_snapshot(key.kind) || carried;
        let first_time = self.row.state == MessageState::Pending;
        if first_time && (snapshot || verdict != Supersession::KeepExisting) {
            return Ok(false);
        }
        let versions = self.view.versions(key)?;
        Ok(versions.iter().any(|v| v.body == body || (snapshot && v.message == Some(self.row.id))))
    }

    fn version(&self, proposal: Proposal, body: Vec<u8>, latest: u32, current: bool) -> VersionRow {
        VersionRow {
            key: proposal.key,
            version: latest + 1,
            current,
            index: fhir::search::rows(proposal.key.kind, &proposal.resource),
            body,
            finality: proposal.standing.finality.map(Finality::code),
            as_of: proposal.standing.as_of,
            message: Some(self.row.id),
            at: self.now,
            custodian: self.link.custodian.clone(),
        }
    }

    /// Obligations that former versions of a report gave rise to.
    fn former(&self, report: ResourceKey) -> Result<Vec<store::ObligationRow>, Refusal> {
        let filter = store::ObligationFilter { resource: Some(report), ..Default::default() };
        Ok(self.view.obligations(&filter, FORMER_LIMIT, 0)?)
    }

    /// The key of something this message owes: the same whenever it is filed, another for each thing owed.
    fn owed_id(&mut self, key: &[&str; 5]) -> ObligationId {
        let thing = key.join("\u{1f}");
        let arrival = self.row.arrival;
        let mut id = ObligationId::from_message(arrival, &[&thing]);
        let mut again = 0_u32;
        // Two things of one message share a key once in a hundred million messages.
        while self.owed.get(&id).is_some_and(|other| *other != thing) {
            again += 1;
            id = ObligationId::from_message(arrival, &[&thing, &again.to_string()]);
        }
        self.owed.insert(id, thing);
        id
    }

    /// Everyone who must have this version, as obligations and deliveries.
    fn send(&mut self, report: &Report, how: &Written, person: PersonId) -> Result<(), Refusal> {
        let day = &clinical::cover::day(self.now);
        let flag = crate::backlog::gravity(&self.link.name, report.flag, report.standing.as_of, self.now);
        let mut routes = routing::route(report, self.directory, day);
        let former = if how.version > 1 { self.former(report.key)? } else { Vec::new() };
        for row in &former {
            if how.corrected {
                add_former_recipient(&mut routes, row, self.directory, day);
            }
            if row.kind == "attention" {
                self.changes.obligations.extend(obligations::replaced(row, how.version, ACTOR, self.now));
            }
        }
        for route in &routes {
            let made = clinical::obligations::for_route(&report.title, flag, route, self.directory, self.now);
            for obligation in made {
                let kind = obligation.kind();
                if kind == clinical::obligations::ObligationKind::Attention
                    && !routing::asks_attention(report.class)
                {
                    continue;
                }
                let version = how.version.to_string();
                let about = report.key.to_string();
                let kind = obligation.kind().code();
                let key = [about.as_str(), &version, kind, obligation.recipient_id(), obligation.recipient()];
                let id = self.owed_id(&key);
                let about = obligations::About {
                    resource: Some((report.key, how.version)),
                    record: Some(report.key.record),
                    subject: Some(report.title.clone()),
                    accession: report.accession.clone(),
                    gravity: obligations::gravity_code(flag),
                    ..self.about()
                };
                if let (clinical::obligations::ObligationKind::Delivery, Target::Endpoint { endpoint, .. }) =
                    (obligation.kind(), &route.target)
                {
                    let teller = Teller {
                        view: self.view,
                        directory: self.directory,
                        now: self.now,
                        custodian: &self.link.custodian,
                        message: Some(self.row.id),
                    };
                    teller.introduce(report.key.record, person, endpoint, &mut self.changes)?;
                    self.changes.outbox.push(obligations::queued(
                        id,
                        endpoint,
                        self.row.id,
                        (report.key, how.version),
                        self.now,
                    ));
                }
                self.open_as(id, &obligation, about);
            }
        }
        Ok(())
    }
}

/// Kinds that a message states as a snapshot of the whole.
pub(super) fn is_snapshot(kind: Kind) -> bool {
    matches!(kind, Kind::Patient | Kind::Encounter)
}

/// What is on file for each proposal of a chart, with as few looks as it takes.
struct OnFile<'v> {
    view: &'v View,
    reports: HashMap<ResourceKey, Option<StoredVersion>>,
}

impl OnFile<'_> {
    /// Results carry their report's key in their own and are filed with it in one change, so a report that is not on
    /// file has none there either: a new report costs one look, not one for each result.
    fn current(&mut self, proposal: &Proposal) -> Result<Option<StoredVersion>, Refusal> {
        let key = proposal.key;
        if key.kind == Kind::Observation
            && let Some(report) = proposal.report
            && self.report(report)?.is_none()
        {
            return Ok(None);
        }
        match self.reports.get(&key) {
            Some(known) => Ok(known.clone()),
            None => Ok(self.view.current(key)?),
        }
    }

    fn report(&mut self, key: ResourceKey) -> Result<&Option<StoredVersion>, Refusal> {
        if !self.reports.contains_key(&key) {
            self.reports.insert(key, self.view.current(key)?);
        }
        Ok(self.reports.entry(key).or_default())
    }
}

/// What becomes of a proposal.
enum Weighed {
    /// It says what is on file.
    Same(Proposal, Option<StoredVersion>),
    /// It is written.
    Write { version: VersionRow, written: Written },
}

/// How a version was written.
struct Written {
    version: u32,
    current: bool,
    corrected: bool,
}

/// Who had a former version must have the corrected one, whatever today's directory says of new reports: by the system
/// that had it, in the portal when they read it there, and by the desk when there is no way to them any more.
fn add_former_recipient(
    routes: &mut Vec<Route>,
    row: &store::ObligationRow,
    directory: &Directory,
    day: &str,
) {
    let name = &row.recipient;
    let named = |route: &Route| match &route.target {
        Target::Endpoint { name: other, .. }
        | Target::Portal { name: other, .. }
        | Target::Nowhere { name: other } => other == name,
    };
    let id = &row.recipient_id;
    let (found, already) = match row.kind.as_str() {
        "delivery" => {
            let had = directory.endpoint(id);
            let instead = had.iter().flat_map(|had| &had.fallback).filter_map(|id| directory.endpoint(id));
            let endpoint = had
                .into_iter()
                .chain(instead)
                .find(|endpoint| endpoint.kind.delivers() && endpoint.carries_on(day));
            let by = endpoint.map_or("", |endpoint| endpoint.id.as_str());
            let found = endpoint.map(|endpoint| Target::Endpoint {
                practitioner: String::new(),
                place: endpoint.place.clone(),
                endpoint: endpoint.id.clone(),
                name: name.clone(),
            });
            let sent =
                |route: &Route| matches!(&route.target, Target::Endpoint { endpoint, .. } if endpoint == by);
            let already = match &found {
                Some(_) => routes.iter().any(|route| named(route) && sent(route)),
                None => routes.iter().any(named),
            };
            (found, already)
        }
        "attention" => {
            let asked = |route: &Route| match &route.target {
                Target::Endpoint { practitioner, .. } | Target::Portal { practitioner, .. } => {
                    practitioner == id
                }
                Target::Nowhere { .. } => false,
            };
            let place =
                |role: &&Role| directory.place(&role.place).is_some_and(|place| name.ends_with(&place.name));
            let role = directory.roles_on(id, day).find(place).or_else(|| directory.roles_on(id, day).next());
            let found = role.map(|role| Target::Portal {
                practitioner: id.clone(),
                place: role.place.clone(),
                name: name.clone(),
            });
            let already = match &found {
                Some(_) => routes.iter().any(|route| route.responsible && asked(route)),
                None => routes.iter().any(named),
            };
            (found, already)
        }
        _ => return,
    };
    if already {
        return;
    }
    let because = match &found {
        Some(_) => Words::new(
            format!("{name} was sent the version that this one corrects."),
            format!("{name} a reçu la version que celle-ci corrige."),
        ),
        None => Words::new(
            format!(
                "{name} was sent the version that this one corrects, and the directory has no way to them any more. Find one."
            ),
            format!(
                "{name} a reçu la version que celle-ci corrige, et le répertoire n'a plus de voie pour les joindre. Trouvez-en une."
            ),
        ),
    };
    let target = found.unwrap_or_else(|| Target::Nowhere { name: name.clone() });
    routes.push(Route { target, responsible: row.kind == "attention", because });
}

/// A record on file as the identity decision knows it.
pub(crate) fn candidate(row: &RecordRow) -> Option<Candidate> {
    let claim = serde_json::from_str(&row.claim).ok()?;
    Some(Candidate { record: row.record, person: row.person, claim })
}

fn standing(stored: &StoredVersion) -> Standing {
    Standing { finality: stored.finality.and_then(Finality::from_code), as_of: stored.as_of }
}

/// Finality of a FHIR status code; `None` for codes of resources that have none.
pub(crate) fn finality_of_status(status: &str) -> Option<u8> {
    let finality = match status {
        "registered" => Finality::Registered,
        "partial" | "preliminary" => Finality::Preliminary,
        "final" => Finality::Final,
        "amended" | "corrected" | "appended" => Finality::Corrected,
        "cancelled" | "entered-in-error" => Finality::Withdrawn,
        _ => return None,
    };
    Some(finality.code())
}
