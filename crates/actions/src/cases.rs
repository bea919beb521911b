//! Where an item is, hop by hop, and the cases that people open when it is not where it should be (GUARANTEES S-007,
//! S-018): each with a number, an owner and a clock from the first moment, and an outcome at the end.

use crate::access::gate;
use crate::deliveries::{Chain, Step, StepSort, StepState, chains_of, desk_words};
use crate::messages::{link_names, numbered};
use crate::obligations::{self, ended, event, words};
use crate::recall::REPORTS;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use crate::telling;
use clinical::access::{Permission, may};
use clinical::obligations::{ObligationKind, Outcome, Owner};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, ResourceKey};
use std::collections::BTreeSet;
use store::{
    Changes, DeskChange, MessageHead, MessageId, MessageQuery, MessageState, ObligationChange,
    ObligationFilter, ObligationId, ObligationRow, ObligationState, Requirement, SupportCase,
};

pub use store::CaseSort;

/// Messages of one trace.
const TRACED_LIMIT: usize = 50;
/// Messages that stand aside or wait and are looked into for a number that nothing on file bears.
const ASIDE_LIMIT: usize = 500;
/// Obligations of one message.
const OBLIGATIONS_LIMIT: usize = 200;
/// Cases of one page.
const CASES_LIMIT: usize = 200;
/// Characters of what is written that are kept.
const WORDS_LIMIT_CHARS: usize = 2_000;
/// Fields that bear an item's own numbers: placer, filler, document (HL7 v2.5.1 4.5.1, 4.5.3, 9.6.3).
const ITEM_NUMBERS: [(&str, &[usize]); 3] = [("ORC", &[2, 3, 4]), ("OBR", &[2, 3]), ("TXA", &[12, 14, 15])];
/// Characters below which a number is not looked for in what stands aside: a guess would find somebody.
const NUMBER_LEAST_CHARS: usize = 3;
/// Characters of a number that is traced.
const NUMBER_LIMIT_CHARS: usize = 100;

/// Look: where is the item of this accession, order or control id, or of this message number?
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// As the asker has it.
    pub text: String,
}

/// Answer to [`Trace`].
#[derive(Debug, Clone, Default)]
pub struct TraceView {
    /// What was asked.
    pub text: String,
    /// Every message that bears it, the latest first.
    pub items: Vec<TraceItem>,
    /// There are more of them than are looked at.
    pub more: bool,
    /// Cases about it: number, and whether somebody still owns it.
    pub cases: Vec<CaseLine>,
}

/// One message with its way so far.
#[derive(Debug, Clone)]
pub struct TraceItem {
    /// Which.
    pub message: MessageId,
    /// The feed.
    pub link: String,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// Where it stands.
    pub state: MessageState,
    /// Hops up to filing, for a message that is not filed; else they stand in the chains.
    pub hops: Vec<Step>,
    /// Reports of it: person, key, title, version, and each recipient's chain.
    pub reports: Vec<TracedReport>,
}

/// A report of a traced message.
#[derive(Debug, Clone)]
pub struct TracedReport {
    /// Whose chart.
    pub person: PersonId,
    /// Which.
    pub report: ResourceKey,
    /// What people call it.
    pub title: String,
    /// Version that the message made.
    pub version: u32,
    /// A chain for each recipient.
    pub chains: Vec<Chain>,
}

/// Act: report a missing item or ask support; the case has number, owner and clock at once.
#[derive(Debug, Clone)]
pub struct Open {
    /// What it is about.
    pub sort: CaseSort,
    /// Accession, order or control id; may be empty for a question.
    pub item: String,
    /// In the reporter's words; required.
    pub asked: String,
    /// How the reporter is reached.
    pub reach: String,
}

/// Look: cases, the latest first; one's own, or all at the desk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cases {
    /// The one opened.
    pub picked: Option<ObligationId>,
    /// Behind this number.
    pub before: Option<i64>,
}

/// Answer to [`Cases`].
#[derive(Debug, Clone, Default)]
pub struct CasesView {
    /// Latest first.
    pub lines: Vec<CaseLine>,
    /// How many of them somebody still owns.
    pub open: usize,
    /// Where the next page begins.
    pub next: Option<i64>,
    /// The one opened, with what was said, oldest first.
    pub picked: Option<(CaseLine, Vec<Told>)>,
}

/// Something said on a case: when, by whom, in their words.
pub type Told = (Instant, Words, Words);

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    /// Key.
    pub obligation: ObligationId,
    /// What people say on the telephone.
    pub number: i64,
    /// What it is about.
    pub sort: CaseSort,
    /// The number that was asked about.
    pub item: String,
    /// In the reporter's words.
    pub asked: String,
    /// Who reported it.
    pub who: String,
    /// How they are reached.
    pub reach: String,
    /// When.
    pub at: Instant,
    /// Who owns it and until when; `None` once it has ended.
    pub owned: Option<(Words, Instant)>,
    /// Who gets it then; empty once it has ended.
    pub then: Words,
    /// How it ended; empty while it has not.
    pub outcome: Words,
}

/// Act: say something on a case; with `ends` it is answered and ends.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Which.
    pub obligation: ObligationId,
    /// What is said; the reporter reads it.
    pub text: String,
    /// The case is settled by it.
    pub ends: bool,
}

impl Sealed for Trace {}
impl Look for Trace {
    type View = TraceView;
    const PERMISSION: Permission = Permission::TraceItem;
    fn object(&self) -> String {
        format!("trace/{}", self.text.trim().chars().take(NUMBER_LIMIT_CHARS).collect::<String>())
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TraceView>, Refusal> {
        let text: String = self.text.trim().chars().take(NUMBER_LIMIT_CHARS).collect();
        let mut view = TraceView { text: text.clone(), ..TraceView::default() };
        if text.is_empty() {
            return Ok(Seen::nobody(view));
        }
        let mut people = BTreeSet::new();
        let (heads, more) = bearing(reading, &text)?;
        view.more = more;
        for head in heads {
            let Some(item) = within_reach(reading, item(reading, head)?)? else { continue };
            people.extend(item.reports.iter().map(|report| report.person));
            if item.reports.is_empty() {
                // What was withdrawn is on no chart any more, and still about somebody.
                for record in reading.view.message(item.message)?.map(|row| row.records).unwrap_or_default() {
                    people.extend(reading.view.record(record)?.map(|record| record.person));
                }
            }
            view.items.push(item);
        }
        let all = may(reading.context.actor.role, Permission::HandleCase);
        let mine = reading.context.actor.practitioner.as_deref();
        for case in reading.view.support_cases(None, None, CASES_LIMIT)? {
            if case.item == text && (all || mine.is_some_and(|me| me == case.practitioner)) {
                view.cases.extend(line(reading, case)?);
            }
        }
        Ok(Seen { view, people: people.into_iter().collect() })
    }
}

/// What a reader outside the hospitals learns of an item. What is withheld from them, or about somebody to whom nothing
/// on file ties them, is as if it had not been found: the number of a report is no way into a chart.
fn within_reach(reading: &Reading<'_>, mut item: TraceItem) -> Result<Option<TraceItem>, Refusal> {
    if !reading.context.actor.role.is_community() {
        return Ok(Some(item));
    }
    let had_reports = !item.reports.is_empty();
    let mut seen = Vec::new();
    for report in std::mem::take(&mut item.reports) {
        if reading.view.current(report.report)?.is_some() && may_open(reading, report.person)? {
            seen.push(report);
        }
    }
    if had_reports {
        item.reports = seen;
        return Ok((!item.reports.is_empty()).then_some(item));
    }
    for record in reading.view.message(item.message)?.map(|row| row.records).unwrap_or_default() {
        if let Some(row) = reading.view.record(record)?
            && !may_open(reading, row.person)?
        {
            return Ok(None);
        }
    }
    Ok(Some(item))
}

/// Whether the chart of a person opens to the reader without saying why.
fn may_open(reading: &Reading<'_>, person: PersonId) -> Result<bool, Refusal> {
    let records: Vec<_> = reading.view.records_of_person(person)?.into_iter().map(|row| row.record).collect();
    match gate(reading, &records) {
        Ok(()) => Ok(true),
        Err(refusal) if refusal.kind == RefusalKind::ReasonNeeded => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

/// Messages that bear a number: their own, their control id's, a report's, or one in the text of what stands aside.
fn bearing(reading: &Reading<'_>, text: &str) -> Result<(Vec<MessageHead>, bool), Refusal> {
    let view = reading.view;
    // Somebody outside the hospitals sees some of them only: what they do not see must not push out what they do.
    let most = if reading.context.actor.role.is_community() { usize::MAX - 1 } else { TRACED_LIMIT };
    let mut ids: BTreeSet<MessageId> = BTreeSet::new();
    ids.extend(text.parse::<MessageId>().ok());
    let query = MessageQuery { control_id: Some(text.to_owned()), ..MessageQuery::default() };
    ids.extend(view.message_page(&query, most + 1, None)?.rows.into_iter().map(|head| head.id));
    ids.extend(numbered(view, text)?.1);
    if ids.is_empty() && text.chars().count() >= NUMBER_LEAST_CHARS {
        // Nothing filed bears it; it may be held, kept or still waiting.
        for state in [MessageState::Held, MessageState::Pending, MessageState::Kept] {
            let query = MessageQuery { state: Some(state), ..MessageQuery::default() };
            for head in view.message_page(&query, ASIDE_LIMIT, None)?.rows {
                let Some(row) = view.message(head.id)? else { continue };
                // A number is asked for as it was sent, or as the sender's dialect has it.
                let sent = hl7v2::Message::parse(row.raw.clone()).is_ok_and(|sent| bears(&sent, text));
                let read = match view.link(head.id.link())?.filter(|_| !sent) {
                    Some(link) => crate::dialects::read_as_it_stands(view, &row, &link)?.ok(),
                    None => None,
                };
                if sent || read.is_some_and(|read| bears(&read.message, text)) {
                    ids.insert(head.id);
                }
            }
        }
    }
    let mut heads = Vec::new();
    let more = ids.len() > most;
    for id in ids.into_iter().rev().take(most) {
        heads.extend(view.message_head(id)?);
    }
    heads.sort_by_key(|head| std::cmp::Reverse(head.arrival));
    Ok((heads, more))
}

/// Whether a message names an item by this number: the whole number in a field of the item's numbers, nothing of the
/// patient and no part of another number.
fn bears(message: &hl7v2::Message, text: &str) -> bool {
    message.segments().any(|segment| {
        let fields = ITEM_NUMBERS.iter().find(|(name, _)| *name == segment.name()).map(|(_, fields)| *fields);
        fields
            .unwrap_or_default()
            .iter()
            .any(|field| segment.field(*field).reps().any(|rep| rep.comp(1).text().trim() == text))
    })
}

fn item(reading: &Reading<'_>, head: MessageHead) -> Result<TraceItem, Refusal> {
    let links = link_names(reading.view)?;
    let link = links.get(&head.id.link()).cloned().unwrap_or_default();
    let mut reports = Vec::new();
    for (key, version) in reading.view.said_by(head.id)? {
        if !REPORTS.contains(&key.kind) {
            continue;
        }
        let Some(record) = reading.view.record(key.record)? else { continue };
        let chains = chains_of(reading, key, version)?;
        if chains.is_empty() && key.kind == Kind::Encounter {
            continue;
        }
        let title = title_of(reading, key)?;
        reports.push(TracedReport { person: record.person, report: key, title, version, chains });
    }
    let hops = if reports.is_empty() { hops(reading, &head, &link)? } else { Vec::new() };
    Ok(TraceItem {
        message: head.id,
        link,
        control_id: head.control_id,
        message_type: head.message_type,
        state: head.state,
        hops,
        reports,
    })
}

fn title_of(reading: &Reading<'_>, key: ResourceKey) -> Result<String, Refusal> {
    let filter = ObligationFilter { resource: Some(key), ..ObligationFilter::default() };
    let first = reading.view.obligations(&filter, 1, 0)?.into_iter().next();
    Ok(first.map(|row| row.subject).unwrap_or_default())
}

/// The way of a message that has not come to a chart: received, then where it stands and who has it.
fn hops(reading: &Reading<'_>, head: &MessageHead, link: &str) -> Result<Vec<Step>, Refusal> {
    let same = |text: String| Words::new(text.clone(), text);
    let mut hops = vec![Step {
        sort: StepSort::Produced,
        state: StepState::Done,
        what: Words::new(format!("Came from {link}"), format!("Arrivé de {link}")),
        at: Some(head.received),
        detail: same(head.id.to_string()),
    }];
    let filter = ObligationFilter { message: Some(head.id), ..ObligationFilter::default() };
    for row in reading.view.obligations(&filter, OBLIGATIONS_LIMIT, 0)? {
        let (state, at) = match &row.state {
            ObligationState::Open { due, .. } if *due < reading.context.now => (StepState::Late, *due),
            ObligationState::Open { due, .. } => (StepState::Now, *due),
            ObligationState::Ended { at, .. } => (StepState::Done, *at),
        };
        let owner = match &row.state {
            ObligationState::Open { owner, .. } => owned_by(owner),
            ObligationState::Ended { .. } => Words::new("", ""),
        };
        hops.push(Step {
            sort: StepSort::Identified,
            state,
            what: words(&row.words),
            at: Some(at),
            detail: owner,
        });
    }
    let (sort, state, what) = match head.state {
        MessageState::Pending => (
            StepSort::Identified,
            StepState::Now,
            Words::new("Waits to be interpreted", "Attend d'être interprété"),
        ),
        MessageState::Filed => (StepSort::Filed, StepState::Done, Words::new("Filed", "Versé")),
        MessageState::Held => (
            StepSort::Filed,
            StepState::ToCome,
            Words::new("Filed once somebody has settled that", "Versé une fois cela réglé"),
        ),
        MessageState::Kept => (
            StepSort::Filed,
            StepState::Failed,
            Words::new("Kept whole, not filed", "Gardé en entier, non versé"),
        ),
    };
    hops.push(Step { sort, state, what, at: head.settled, detail: Words::new("", "") });
    Ok(hops)
}

fn owned_by(code: &str) -> Words {
    code.parse::<Owner>().map_or_else(|_| Words::new(code, code), |owner| desk_words(&owner))
}

impl Sealed for Open {}
impl Act for Open {
    const PERMISSION: Permission = Permission::OpenCase;
    fn object(&self) -> String {
        format!("case/{}", self.item.trim())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let asked = said(&self.asked)?;
        let (actor, now) = (&reading.context.actor, reading.context.now);
        let cut = |text: &str| text.trim().chars().take(NUMBER_LIMIT_CHARS).collect::<String>();
        let (item, reach) = (cut(&self.item), cut(&self.reach));
        let id = self.key(reading)?;
        let practitioner = actor.practitioner.clone().unwrap_or_default();
        let reason = Words::new(asked.clone(), asked.clone());
        let owed = clinical::obligations::case(&actor.name, &practitioner, reason, now);
        let about = obligations::About {
            subject: Some(item.clone()),
            accession: item.clone(),
            custodian: CUSTODIAN.to_owned(),
            ..obligations::About::default()
        };
        let row = obligations::row(id, &owed, &about, now);
        let first = obligations::opened(&row, &actor.name);
        let case = SupportCase {
            obligation: id,
            number: 0,
            sort: self.sort,
            item,
            asked,
            opener: actor.name.clone(),
            practitioner,
            reach,
            at: now,
        };
        let changes = Changes {
            desks: vec![DeskChange::Case(case)],
            obligations: vec![ObligationChange::Open(row), ObligationChange::Event(first)],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

/// Whose a case is as a stored item (L-17): the province's support keeps it.
const CUSTODIAN: &str = "support";

impl Open {
    /// The same words of the same person on one day are one case, however often the button is pressed; once that has
    /// ended they are a new one.
    fn key(&self, reading: &Reading<'_>) -> Result<ObligationId, Refusal> {
        let day = clinical::cover::day(reading.context.now);
        let actor = &reading.context.actor.id;
        let mut id = obligations::id(&["case", actor, self.item.trim(), self.asked.trim(), &day]);
        while let Some(former) = reading.view.obligation(id)?
            && matches!(former.state, ObligationState::Ended { .. })
        {
            id = obligations::id(&["case", "after", &id.to_string(), &former.revision.to_string()]);
        }
        Ok(id)
    }
}

/// The case that an [`Open`] made, for the page that says its number.
#[derive(Debug, Clone)]
pub struct Opened(pub Open);

impl Sealed for Opened {}
impl Look for Opened {
    type View = Option<CaseLine>;
    const PERMISSION: Permission = Permission::OpenCase;
    fn object(&self) -> String {
        format!("case/{}", self.0.item.trim())
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Option<CaseLine>>, Refusal> {
        let case = reading.view.support_case(self.0.key(reading)?)?;
        Ok(Seen::nobody(case.map(|case| line(reading, case)).transpose()?.flatten()))
    }
}

impl Sealed for Cases {}
impl Look for Cases {
    type View = CasesView;
    const PERMISSION: Permission = Permission::ReadCases;
    fn object(&self) -> String {
        self.picked.map_or_else(|| "cases".to_owned(), |id| format!("cases/{id}"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CasesView>, Refusal> {
        let mine = own(reading);
        let rows = reading.view.support_cases(mine.as_deref(), self.before, CASES_LIMIT)?;
        let next = rows.last().filter(|_| rows.len() == CASES_LIMIT).map(|case| case.number);
        let mut view = CasesView { next, ..CasesView::default() };
        for case in rows {
            view.lines.extend(line(reading, case)?);
        }
        view.open = view.lines.iter().filter(|line| line.owned.is_some()).count();
        if let Some(id) = self.picked {
            let case = reading.view.support_case(id)?.ok_or_else(Refusal::not_found)?;
            if mine.is_some_and(|me| me != case.practitioner) {
                return Err(Refusal::not_found());
            }
            let events = reading.view.events(id)?;
            let told = events
                .into_iter()
                .map(|event| (event.at, telling::actor(&event.actor), words(&event.words)))
                .collect();
            view.picked = line(reading, case)?.map(|line| (line, told));
        }
        Ok(Seen::nobody(view))
    }
}

/// Whose cases somebody sees: all at the desk, else one's own. Somebody of no directory sees none but the desk's.
fn own(reading: &Reading<'_>) -> Option<String> {
    let actor = &reading.context.actor;
    if may(actor.role, Permission::HandleCase) {
        None
    } else {
        Some(actor.practitioner.clone().unwrap_or_else(|| format!("nobody {}", actor.id)))
    }
}

fn line(reading: &Reading<'_>, case: SupportCase) -> Result<Option<CaseLine>, Refusal> {
    let Some(row) = reading.view.obligation(case.obligation)? else { return Ok(None) };
    let (owned, then, outcome) = match &row.state {
        ObligationState::Open { owner, due, then, .. } => {
            (Some((owned_by(owner), *due)), owned_by(then), Words::new("", ""))
        }
        ObligationState::Ended { .. } => (None, Words::new("", ""), words(&row.words)),
    };
    Ok(Some(CaseLine {
        obligation: case.obligation,
        number: case.number,
        sort: case.sort,
        item: case.item,
        asked: case.asked,
        who: case.opener,
        reach: case.reach,
        at: case.at,
        owned,
        then,
        outcome,
    }))
}

impl Sealed for Answer {}
impl Act for Answer {
    const PERMISSION: Permission = Permission::HandleCase;
    fn object(&self) -> String {
        format!("case/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let text = said(&self.text)?;
        reading.view.support_case(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let ObligationState::Open { owner, .. } = &row.state else {
            return Err(Refusal::conflict(
                "This case has ended. Open a new one and name its number.",
                "Ce cas est terminé. Ouvrez-en un nouveau et citez son numéro.",
            ));
        };
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let said = Words::new(text.clone(), text.clone());
        let (code, update) = if self.ends {
            let outcome = Outcome::Resolved { by: by.clone(), how: text };
            let row = ObligationRow { words: obligations::words_json(&said), ..row.clone() };
            (outcome.code(), ended(&row, &outcome, now))
        } else {
            ("noted", restarted(&row, owner, now))
        };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![event(row.id, now, &by, code, &said), ObligationChange::Update(update)],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

/// The same owner with a new clock: somebody is at it.
fn restarted(row: &ObligationRow, owner: &str, now: Instant) -> ObligationRow {
    let owner: Owner = owner.parse().unwrap_or(Owner::Desk(clinical::obligations::Desk::Delivery));
    let gravity = obligations::gravity(row.gravity);
    let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::Case);
    let (then, minutes) = clinical::obligations::next_rung(kind, gravity, &owner);
    let state = ObligationState::Open {
        owner: owner.to_string(),
        human: owner.is_human(),
        due: now.plus_minutes(minutes),
        then: then.to_string(),
    };
    ObligationRow { state, revision: row.revision + 1, ..row.clone() }
}

fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Write what is missing or asked, in your own words.",
            "Écrivez ce qui manque ou ce que vous demandez, dans vos mots.",
        ));
    }
    Ok(text)
}
