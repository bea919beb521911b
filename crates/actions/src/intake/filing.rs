//! What follows from one message, as one change: resources, links, obligations, deliveries, audit; or held; or kept.

mod hearing;
mod likely;
mod ordered;
mod owing;
mod placing;
pub(crate) mod primary;
mod referring;
mod weighing;

pub(crate) use self::likely::Likely;
pub(crate) use self::ordered::{Number, claims};
pub(crate) use self::weighing::finality_of_status;
pub(super) use self::weighing::is_snapshot;

use self::placing::{Place, evidence_of};
pub(crate) use self::placing::{RULE, score};
use self::weighing::{OnFile, Weighed, Written};
use super::breaker::{self, Spoken, Stopped, Watch};
use super::grouping::one_per_record;
use super::overlay;
use crate::dialects;
use crate::identity::reported::Reported;
use crate::identity::warm::Warm;
use crate::obligations::{self, words_json};
use crate::record::{Record, audit_row, machine};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::Directory;
use clinical::identity::{self, Candidate};
use clinical::intake::{Chart, Handling, Interpretation, Proposal, Sender};
use clinical::plausibility::{self, About, Raw};
use clinical::results::Finality;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId, ResourceKey};
use std::collections::{HashMap, HashSet};
use store::{
    Changes, JournalRow, Link, LinkBasis, LinkEvent, LinkSort, MappingChange, MessageId, MessageState,
    ObligationChange, ObligationId, ObligationState, RecordRow, Requirement, Settlement, StoredVersion, View,
};

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
    ))?;
    Ok(Some(filing.changes))
}

/// Hold a message that was taken back from a chart and that could not be filed elsewhere.
pub(crate) fn hold_again(
    view: &View,
    directory: &Directory,
    row: &JournalRow,
    link: &Link,
    why: &Words,
    now: Instant,
) -> Result<Changes, Refusal> {
    let mut filing = Filing::new(view, directory, row, link, now);
    filing.hold(why)?;
    Ok(filing.changes)
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

/// What follows from a filed message as what is in use now reads it: what it filed before is corrected, what other
/// messages say stands. `None` where a person has put it elsewhere or taken it back.
pub(crate) fn refile(
    view: &View,
    directory: &Directory,
    row: &JournalRow,
    now: Instant,
) -> Result<Option<Changes>, Refusal> {
    if crate::feeds::is_taken_back(view, row)? {
        return Ok(None);
    }
    let crate::breaker::Put::AsItSays = crate::breaker::put(view, row)? else { return Ok(None) };
    let way = Way { repair: true, ..Way::of(&row.raw) };
    Ok(Some(follow_bytes(view, directory, row, None, row.raw.clone(), way, now)?))
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
    /// What this message filed before is corrected by how it is read now.
    pub(crate) repair: bool,
    /// A person has said whose it is, beside what its bytes say.
    pub(crate) aimed: bool,
}

impl<'a> Way<'a> {
    pub(crate) fn of(raw: &'a [u8]) -> Self {
        Self { raw, watch: None, warm: None, again: false, repair: false, aimed: false }
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
    let reader = dialects::Reader::at(view, None)?;
    let as_received = mapped == way.raw;
    let aimed = way.watch.is_none() && mapped != row.raw;
    let read = hl7v2::Message::parse(mapped).map(|message| {
        let headers = message.all_named("MSH").count();
        (headers, reader.read(sender(row, &link), message))
    });
    // The person is read again in the sender's dialect too: a number means the same in both readings.
    let again = match &read {
        Ok((_, Ok(read))) if read.used.is_empty() => None,
        Ok((_, Ok(read))) if as_received => Some(read.message.bytes().to_vec()),
        _ => reader.again(sender(row, &link), way.raw),
    };
    let way = Way { raw: again.as_deref().unwrap_or(way.raw), aimed, ..way };
    let mut filing = Filing { way, ..Filing::new(view, directory, row, &link, now) };
    filing.tell_of_reuse()?;
    match read {
        Ok((headers, read)) => {
            if headers > 1 {
                filing.hold(&Words::new(
                    format!("MSH stands {headers} times in this frame. Send each message in a frame of its own."),
                    format!("MSH figure {headers} fois dans cette trame. Envoyez chaque message dans sa propre trame."),
                ))?;
            } else {
                match read {
                    Ok(read) => {
                        filing.follow(read.interpret(), ruling)?;
                        filing.read_by(&read)?;
                    }
                    Err(not_read) => filing.hold(&not_read.words())?,
                }
            }
        }
        Err(unreadable) => {
            filing.hold(&Words::new(unreadable.to_string(), unreadable.to_string()))?;
        }
    }
    if filing.changes.settlement.is_some() {
        // What came into use meanwhile reads it otherwise.
        filing.changes.requires.push(Requirement::MappingIs(reader.seq));
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
    let Ok(read) = dialects::read_now(view, row, &link, message)? else { return Ok(None) };
    let said = read.interpret();
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
        if !self.row.control_id.is_empty()
            && self.view.control_id_was_used_before(self.row.id, &self.row.control_id)?
        {
            let told =
                clinical::obligations::control_id_reused(&self.link.name, &self.row.control_id, self.now);
            let about = self.about();
            self.open(&[&self.link.name, "reuse", &self.row.control_id], &told, about);
        }
        Ok(())
    }

    /// By which dialect and code map it was read, and what they do not know; only of what is filed.
    fn read_by(&mut self, read: &dialects::Read) -> Result<(), Refusal> {
        let filed = self.changes.settlement.as_ref().is_some_and(|end| end.state == MessageState::Filed);
        // Where nothing was ever in use, nothing was applied either.
        let never = read.seq == 0 || filed && self.view.mapping_applied(self.row.id)?.is_none();
        if !filed || read.used.is_empty() && never {
            return Ok(());
        }
        let (message, changes) = (self.row.id, &mut self.changes);
        changes.mapping.push(MappingChange::Applied { message, seq: read.seq });
        dialects::unmapped::open(self.view, self.row, self.link, read, ACTOR, self.now, changes)
    }

    /// The key of what is owed because this message is not filed. What has ended is nobody's, so a message that comes
    /// back is owed under another key.
    fn owed_for(&self, why: &str) -> Result<ObligationId, Refusal> {
        let message = self.row.id.to_string();
        let mut id = obligations::id(&[&message, why]);
        let mut again = 0_u32;
        while let Some(row) = self.view.obligation(id)? {
            if matches!(row.state, ObligationState::Open { .. }) {
                break;
            }
            again += 1;
            id = obligations::id(&[&message, why, &again.to_string()]);
        }
        Ok(id)
    }

    fn hold(&mut self, why: &Words) -> Result<(), Refusal> {
        let held = clinical::obligations::held(&self.row.message_type, why.clone(), self.now);
        let (id, about) = (self.owed_for("held")?, self.about());
        self.open_as(id, &held, about);
        self.settle(MessageState::Held, Some(why), Vec::new());
        Ok(())
    }

    fn keep(&mut self, why: &Words) -> Result<(), Refusal> {
        // Somebody may have seen that it is kept: kept once more, it is as they left it.
        if self.row.state != MessageState::Kept {
            let kept = clinical::obligations::kept(&self.row.message_type, why.clone(), self.now);
            let (id, about) = (self.owed_for("kept")?, self.about());
            self.open_as(id, &kept, about);
        }
        self.settle(MessageState::Kept, Some(why), Vec::new());
        Ok(())
    }

    fn follow(&mut self, said: Interpretation, ruling: Option<&Ruling>) -> Result<(), Refusal> {
        match &said.handling {
            Handling::Kept(why) => {
                return self.keep(why);
            }
            Handling::Held(why) => {
                return self.hold(why);
            }
            Handling::Mapped => {}
        }
        if !said.directory.is_empty() {
            return self.hear(&said.directory);
        }
        let charts = match one_per_record(said.charts) {
            Ok(charts) => charts,
            Err(contradiction) => {
                return self.hold(&contradiction.words());
            }
        };
        let mut places = Vec::with_capacity(charts.len());
        // A ruling answers one question, about one patient of the message.
        let rulings = self.rulings(&charts, ruling)?;
        let ruled: Vec<bool> = rulings.iter().map(Option::is_some).collect();
        for (chart, ruling) in charts.iter().zip(rulings) {
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
            return self.stay_or_hold(&why);
        }
        let spoken = self.spoken(raw.as_ref(), &charts, &places);
        if let Some(watch) = self.way.watch
            && let Some(stopped) =
                watch.standing(self.view, self.link, self.row.id, places.iter().map(|place| place.person))?
        {
            return self.stop(stopped);
        }
        for ((chart, place), ruled) in charts.iter().zip(&places).zip(ruled) {
            if !ruled && let Some(elsewhere) = self.ordered_for_another(chart, place.person)? {
                let asked: Vec<_> =
                    elsewhere.records.into_iter().map(|record| (record, Vec::new())).collect();
                self.ask(chart, &elsewhere.words, &asked)?;
                return Ok(());
            }
        }
        let mut records = Vec::new();
        for (chart, place) in charts.into_iter().zip(places) {
            self.remember_orders(&chart);
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
    fn stay_or_hold(&mut self, why: &Words) -> Result<(), Refusal> {
        if self.row.state == MessageState::Filed {
            self.changes = Changes::default();
            return Ok(());
        }
        self.changes.records.clear();
        self.hold(why)
    }

    fn file(&mut self, chart: Chart, place: Place) -> Result<(), Refusal> {
        let as_of = chart.resources.first().map_or(self.row.received, |proposal| proposal.standing.as_of);
        let demographics = self.row.message_type.starts_with("ADT");
        self.remember(&chart, &place, as_of, demographics)?;
        let mut written: HashMap<ResourceKey, Written> = HashMap::new();
        let mut touched: HashSet<ResourceKey> = HashSet::new();
        let mut pending: HashMap<ResourceKey, (Proposal, Option<StoredVersion>)> = HashMap::new();
        let mut on_file = OnFile::of(self.view);
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
            } else {
                self.repeat(report, place.person)?;
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
}

/// A record on file as the identity decision knows it.
pub(crate) fn candidate(row: &RecordRow) -> Option<Candidate> {
    let claim = serde_json::from_str(&row.claim).ok()?;
    Some(Candidate { record: row.record, person: row.person, claim })
}
