//! What a receiver's system would not take or could not match to its patient: one list that both ends see, the desk
//! and the practice, with the reason in words, who else it might be, and three answers (JOURNEYS 2.2).

use crate::deliveries::desk_words;
use crate::obligations::{ended, event, words, words_json};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::{Permission, may};
use clinical::identity::{Claim, blocking_keys, display_name};
use clinical::obligations::{Desk, ObligationKind, Outcome, Owner, next_rung};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::collections::BTreeSet;
use store::{
    Changes, MessageId, ObligationChange, ObligationFilter, ObligationId, ObligationRow, ObligationState,
    OutboxChange, OutboxFilter, OutboxRow, OutboxState, Requirement, View,
};

/// Lines listed at once.
const LINES_LIMIT: usize = 200;
/// Deliveries on desks that are read at a time.
const PAGE: usize = 5_000;
/// Candidates shown of one line.
const CANDIDATES_LIMIT: usize = 5;
/// Records under one blocking key beyond which it tells nobody apart.
const KEY_LIMIT: usize = 50;
/// Characters of an answer that are kept.
const WORDS_LIMIT_CHARS: usize = 2_000;

/// Look: what is unmatched, most overdue first; the practice sees its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct List {
    /// The one opened.
    pub picked: Option<ObligationId>,
}

/// Answer to [`List`].
#[derive(Debug, Clone, Default)]
pub struct ListView {
    /// Most overdue first; as many as a page takes.
    pub lines: Vec<Line>,
    /// How many there are.
    pub all: usize,
    /// The one opened.
    pub picked: Option<Item>,
    /// How long the slowest of those settled in the last week took, in seconds, and how many there were.
    pub settled: (u64, i64),
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Key.
    pub obligation: ObligationId,
    /// The sender's number.
    pub number: String,
    /// Initials and birth year.
    pub who: String,
    /// What: the report's title.
    pub what: Words,
    /// Which receiver.
    pub to: Words,
    /// Why, in words.
    pub why: Words,
    /// Who owns it.
    pub owner: Words,
    /// Until when.
    pub due: Instant,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
}

/// A line opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The line.
    pub line: Line,
    /// What the receiver's system said, as it said it.
    pub said: Words,
    /// The patient as we sent them: name, birth date, numbers.
    pub sent: Vec<(Words, String)>,
    /// Who else the receiver may know them as.
    pub candidates: Vec<Candidate>,
    /// What happened: (when, who, words), oldest first.
    pub events: Vec<(Instant, Words, Words)>,
    /// The message.
    pub message: Option<MessageId>,
}

/// Somebody whom the receiver may know the patient as.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Name.
    pub name: String,
    /// Birth date.
    pub birth_date: String,
    /// Record number and its authority.
    pub number: String,
    /// How they differ from what was sent, in words.
    pub differs: Vec<Words>,
    /// The same person in this record, under another number or name.
    pub same_person: bool,
}

/// What somebody says of an unmatched item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is matched by hand in the receiver's system: delivered another way.
    Match,
    /// Not the receiver's patient or provider: the delivery desk finds whose it is.
    NotOurs,
    /// The delivery desk keeps it, and the owner of its feed asks the sender who it is.
    Return,
}

/// Act: settle an unmatched item.
#[derive(Debug, Clone)]
pub struct Settle {
    /// Which.
    pub obligation: ObligationId,
    /// What becomes of it.
    pub verdict: Verdict,
    /// In their words; may be empty for a match.
    pub text: String,
}

/// The endpoints whose items somebody sees; `None` = all.
pub(crate) fn scope(reading: &Reading<'_>) -> Option<BTreeSet<String>> {
    let actor = &reading.context.actor;
    if may(actor.role, Permission::HandleDelivery) {
        return None;
    }
    let day = clinical::cover::day(reading.context.now);
    let Some(me) = actor.practitioner.as_deref() else { return Some(BTreeSet::new()) };
    let places: BTreeSet<&str> =
        reading.directory.roles_on(me, &day).map(|role| role.place.as_str()).collect();
    let endpoints = reading.directory.endpoints().filter(|endpoint| places.contains(endpoint.place.as_str()));
    Some(endpoints.map(|endpoint| endpoint.id.clone()).collect())
}

/// The delivery's outbox row, when its receiver has answered and not taken it.
fn refused(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<OutboxRow>, Refusal> {
    let filter = OutboxFilter { obligation: Some(row.id), ..OutboxFilter::default() };
    let sent = reading.view.outbox(&filter, 1)?.into_iter().next();
    Ok(sent.filter(|sent| sent.state == OutboxState::Refused))
}

impl Sealed for List {}
impl Look for List {
    type View = ListView;
    const PERMISSION: Permission = Permission::ReadUnmatched;
    fn object(&self) -> String {
        self.picked.map_or_else(|| "unmatched".to_owned(), |id| format!("unmatched/{id}"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ListView>, Refusal> {
        let mut view = ListView::default();
        let mut people = BTreeSet::new();
        for row in rows(reading)? {
            let Some(sent) = refused(reading, &row)? else { continue };
            view.all += 1;
            let (is_listed, is_picked) = (view.lines.len() < LINES_LIMIT, self.picked == Some(row.id));
            if !is_listed && !is_picked {
                continue;
            }
            people.extend(person_of(reading, &row)?);
            let line = line(reading, &row, &sent)?;
            if is_picked {
                view.picked = Some(item(reading, &row, &sent, line.clone(), &mut people)?);
            }
            if is_listed {
                view.lines.push(line);
            }
        }
        if self.picked.is_some() && view.picked.is_none() {
            return Err(Refusal::not_found());
        }
        view.settled = settled(reading)?;
        Ok(Seen { view, people: people.into_iter().collect() })
    }
}

/// Deliveries that people own, of the receivers that the reader may see, most overdue first.
fn rows(reading: &Reading<'_>) -> Result<Vec<ObligationRow>, Refusal> {
    let kind = Some("delivery".to_owned());
    match scope(reading) {
        None => {
            let filter = ObligationFilter { on_desk: true, kind, ..ObligationFilter::default() };
            all(reading.view, &filter, PAGE)
        }
        Some(endpoints) => {
            let mut rows = Vec::new();
            for endpoint in endpoints {
                let filter = ObligationFilter {
                    open: Some(true),
                    kind: kind.clone(),
                    recipient_id: Some(endpoint),
                    ..ObligationFilter::default()
                };
                rows.extend(all(reading.view, &filter, PAGE)?);
            }
            rows.sort_by_key(|row| (due(row), row.id));
            Ok(rows)
        }
    }
}

/// Everything that a filter finds: a receiver that is down fills pages, and what another one refused stands behind them.
fn all(view: &View, filter: &ObligationFilter, page: usize) -> Result<Vec<ObligationRow>, Refusal> {
    let mut rows: Vec<ObligationRow> = Vec::new();
    loop {
        let found = view.obligations(filter, page, rows.len())?;
        let last = found.len() < page;
        rows.extend(found);
        if last {
            return Ok(rows);
        }
    }
}

/// How many were settled by hand in the last week, and how long the slowest took.
fn settled(reading: &Reading<'_>) -> Result<(u64, i64), Refusal> {
    let since = reading.context.now.plus_minutes(-7 * 24 * 60);
    let mut count = 0;
    let mut slowest = 0;
    for row in reading.view.obligations_ended_since(since, LINES_LIMIT)? {
        if let ("delivery", ObligationState::Ended { at, outcome }) = (row.kind.as_str(), &row.state)
            && outcome == "another-way"
        {
            count += 1;
            slowest = slowest.max(at.seconds_since(row.opened));
        }
    }
    Ok((count, slowest))
}

fn due(row: &ObligationRow) -> Instant {
    match &row.state {
        ObligationState::Open { due, .. } => *due,
        ObligationState::Ended { at, .. } => *at,
    }
}

fn claim_of(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<Claim>, Refusal> {
    let record = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
    Ok(record.and_then(|record| serde_json::from_str(&record.claim).ok()))
}

fn person_of(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<PersonId>, Refusal> {
    let record = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
    Ok(record.map(|record| record.person))
}

fn line(reading: &Reading<'_>, row: &ObligationRow, sent: &OutboxRow) -> Result<Line, Refusal> {
    let said = words(&sent.last);
    let why = clinical::unmatched::reason(&said.en).unwrap_or_else(|| telling::in_short(&said));
    let owner = match &row.state {
        ObligationState::Open { owner, .. } => owner
            .parse::<Owner>()
            .map_or_else(|_| Words::new(owner.clone(), owner.clone()), |owner| desk_words(&owner)),
        ObligationState::Ended { .. } => Words::new("", ""),
    };
    let number = if row.accession.is_empty() {
        row.message.map(|message| message.to_string()).unwrap_or_default()
    } else {
        row.accession.clone()
    };
    Ok(Line {
        obligation: row.id,
        number,
        who: claim_of(reading, row)?.as_ref().map(telling::initials).unwrap_or_default(),
        what: telling::subject(reading, row)?,
        to: telling::recipient(reading.directory, &row.recipient),
        why,
        owner,
        due: due(row),
        gravity: row.gravity,
    })
}

fn item(
    reading: &Reading<'_>,
    row: &ObligationRow,
    sent: &OutboxRow,
    line: Line,
    people: &mut BTreeSet<PersonId>,
) -> Result<Item, Refusal> {
    let claim = claim_of(reading, row)?;
    let events = reading.view.events(row.id)?;
    let mut candidates = Vec::new();
    let mut facts = Vec::new();
    if let Some(claim) = &claim {
        facts.push((Words::new("Name", "Nom"), display_name(&claim.names)));
        facts.push((Words::new("Birth date", "Date de naissance"), claim.birth_date.clone()));
        for id in &claim.identifiers {
            facts.push((
                Words::new(format!("Number ({})", id.authority), format!("Numéro ({})", id.authority)),
                id.value.clone(),
            ));
        }
        candidates = others(reading, row, claim, people)?;
    }
    Ok(Item {
        line,
        said: words(&sent.last),
        sent: facts,
        candidates,
        events: events
            .into_iter()
            .map(|event| (event.at, telling::actor(&event.actor), words(&event.words)))
            .collect(),
        message: row.message,
    })
}

/// Records that look like the patient: what the receiver has under another number, or a near twin.
fn others(
    reading: &Reading<'_>,
    row: &ObligationRow,
    claim: &Claim,
    people: &mut BTreeSet<PersonId>,
) -> Result<Vec<Candidate>, Refusal> {
    let own = person_of(reading, row)?;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for key in blocking_keys(claim) {
        let Some(records) = reading.view.records_by_key(key.as_i64(), KEY_LIMIT)? else { continue };
        for record in records {
            if Some(record.record) == row.record || !seen.insert(record.record) {
                continue;
            }
            let Ok(other) = serde_json::from_str::<Claim>(&record.claim) else { continue };
            let same_person = own == Some(record.person);
            let differs = clinical::unmatched::slips(claim, &other);
            if !same_person && differs.is_empty() {
                continue;
            }
            people.insert(record.person);
            found.push(Candidate {
                name: display_name(&other.names),
                birth_date: other.birth_date.clone(),
                number: format!("{} {}", record.authority, record.value),
                differs,
                same_person,
            });
        }
    }
    found.sort_by_key(|candidate| (!candidate.same_person, candidate.differs.len()));
    found.truncate(CANDIDATES_LIMIT);
    Ok(found)
}

impl Sealed for Settle {}
impl Act for Settle {
    const PERMISSION: Permission = Permission::HandleUnmatched;
    fn object(&self) -> String {
        format!("unmatched/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if scope(reading).is_some_and(|endpoints| !endpoints.contains(&row.recipient_id)) {
            return Err(Refusal::not_found());
        }
        let sent = match &row.state {
            ObligationState::Open { .. } => refused(reading, &row)?,
            ObligationState::Ended { .. } => None,
        };
        let Some(sent) = sent else {
            return Err(Refusal::conflict(
                "The other end has settled this meanwhile. Open the list again.",
                "L'autre bout l'a réglé entre-temps. Rouvrez la liste.",
            ));
        };
        let text: String = self.text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        if text.is_empty() && self.verdict != Verdict::Match {
            return Err(Refusal::unreadable(
                "Write why, so that the next person need not ask.",
                "Écrivez pourquoi, pour que la personne suivante n'ait pas à demander.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let more = if text.is_empty() { String::new() } else { format!(" {text}") };
        let person = person_of(reading, &row)?;
        let requires = vec![
            Requirement::ObligationRevisionIs(row.id, row.revision),
            Requirement::OutboxIs(sent.id, sent.state, sent.attempts),
        ];
        let changes = match self.verdict {
            Verdict::Match => {
                let how = Words::new(
                    format!("{by} matched it by hand in the receiver's system.{more}"),
                    format!("{by} l'a associé à la main dans le système du destinataire.{more}"),
                );
                let outcome = Outcome::AnotherWay { by: by.clone(), how: how.en.clone() };
                let closed = OutboxRow { state: OutboxState::Closed, last: words_json(&how), ..sent };
                Changes {
                    requires,
                    obligations: vec![
                        event(row.id, now, &by, outcome.code(), &how),
                        ObligationChange::Update(ended(&row, &outcome, now)),
                    ],
                    outbox: vec![OutboxChange::Update(closed)],
                    ..Changes::default()
                }
            }
            Verdict::NotOurs => {
                said_once(reading, &row, NOT_OURS)?;
                let why = Words::new(
                    format!(
                        "{by}: not theirs.{more} Find out whose it is, have the directory put right, and send it there."
                    ),
                    format!(
                        "{by} : pas à eux.{more} Établir à qui il revient, faire corriger le répertoire, puis l'envoyer."
                    ),
                );
                handed(requires, &row, NOT_OURS, &why, &by, now)
            }
            Verdict::Return => {
                said_once(reading, &row, RETURNED)?;
                let why = Words::new(
                    format!("{by}: the sender is asked.{more} They say who it is, or send it again."),
                    format!("{by} : l'expéditeur est interrogé.{more} Il dit de qui il s'agit, ou renvoie."),
                );
                let mut changes = handed(requires, &row, RETURNED, &why, &by, now);
                changes.obligations.extend(asked_of_sender(reading, &row, &why)?);
                changes
            }
        };
        Ok((changes, person))
    }
}

/// Steps of an item's history.
const NOT_OURS: &str = "not-ours";
const RETURNED: &str = "returned";

/// The same answer is given once for each time that the receiver refused it.
fn said_once(reading: &Reading<'_>, row: &ObligationRow, step: &str) -> Result<(), Refusal> {
    let events = reading.view.events(row.id)?;
    if events.iter().rev().take_while(|event| event.step != "refused").any(|event| event.step == step) {
        return Err(Refusal::conflict(
            "That was said already and the delivery desk has it. Match it by hand, or wait for the desk.",
            "Cela a déjà été dit et le bureau des livraisons l'a. Associez-le à la main, ou attendez le bureau.",
        ));
    }
    Ok(())
}

/// The owner of the feed that the item came by asks the sender; it has a clock of its own.
fn asked_of_sender(
    reading: &Reading<'_>,
    row: &ObligationRow,
    why: &Words,
) -> Result<Vec<ObligationChange>, Refusal> {
    let Some(message) = row.message else { return Ok(Vec::new()) };
    let Some(link) = reading.view.link(message.link())? else { return Ok(Vec::new()) };
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    let owed = clinical::obligations::feed_report(&link.name, why.clone(), now);
    let about = crate::obligations::About {
        message: Some(message),
        record: row.record,
        accession: row.accession.clone(),
        custodian: link.custodian,
        ..crate::obligations::About::default()
    };
    let id = crate::obligations::id(&["unmatched", &row.id.to_string(), &row.revision.to_string(), RETURNED]);
    let opened = crate::obligations::row(id, &owed, &about, now);
    let first = crate::obligations::opened(&opened, by);
    Ok(vec![ObligationChange::Open(opened), ObligationChange::Event(first)])
}

/// The delivery desk has it, which sees deliveries, with a clock; nothing has ended.
fn handed(
    requires: Vec<Requirement>,
    row: &ObligationRow,
    step: &str,
    why: &Words,
    by: &str,
    now: Instant,
) -> Changes {
    let owner = Owner::Desk(Desk::Delivery);
    let (then, minutes) =
        next_rung(ObligationKind::Delivery, crate::obligations::gravity(row.gravity), &owner);
    let state = ObligationState::Open {
        owner: owner.to_string(),
        human: true,
        due: now.plus_minutes(minutes),
        then: then.to_string(),
    };
    let update = ObligationRow { state, words: words_json(why), revision: row.revision + 1, ..row.clone() };
    Changes {
        requires,
        obligations: vec![event(row.id, now, by, step, why), ObligationChange::Update(update)],
        ..Changes::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;

    #[test]
    fn what_was_refused_is_found_behind_any_number_of_deliveries_on_desks() {
        let mut world = World::new("unmatched-pages");
        for order in ["F1", "F2", "F3", "F4", "F5"] {
            let obr = format!(
                "OBR|1||{order}|2823-3^Potassium^LN|||20261121090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL|||||||||F"
            );
            let patient = "PID|1||00718264^^^HRH^MR||Drumlin^Maren^^^^^L||19610309|F";
            let value = "OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F";
            world.offer("ORU^R01^ORU_R01", "HRH", &[patient, &obr, value]);
        }
        let view = world.record.store().view().expect("a view");
        let filter = ObligationFilter { open: Some(true), ..ObligationFilter::default() };
        let once = view.obligations(&filter, 99, 0).expect("read");
        assert!(once.len() >= 5, "{once:?}");
        assert_eq!(all(&view, &filter, 2).expect("read"), once);
    }
}
