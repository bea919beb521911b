//! Breach cases (GUARANTEES L-06, L-07): opened from a flag or a tip, about one user and a span of time. The pack says whose
//! records were opened, what, when and why; nobody closes a case without deciding whether the persons are notified.

use crate::chart;
use crate::deliveries::by_hand_ended;
use crate::detection::{CUSTODIAN, due, said};
use crate::lists::Part;
use crate::obligations::{About, event, id, opened, row as new_row};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::access::told;
use clinical::breach::{Affected, Decision, Told, commissioner_notice, letter};
use clinical::obligations::{Outcome, breach};
use clinical::rendering::Language;
use clinical::sheets::cell;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use store::{
    ActivityChange, AuditRow, BreachCaseRow, Changes, ObligationChange, ObligationId, ObligationRow,
    ObligationState, Requirement,
};

/// People on one page of a case.
const SHOWN: usize = 100;
/// Rows of the log in one pack; a longer one says so.
pub const PACK_ROWS: usize = 100_000;

/// Last line of a table that is not whole.
const CUT_LINE: &str =
    "\"There are more lines than fit: make the span of the case shorter and take the table piece by piece.\"";

/// What a case keeps sealed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Content {
    what: String,
    reason: String,
}

/// One case in the list.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// Key.
    pub obligation: ObligationId,
    /// Its number.
    pub number: i64,
    /// Whose looks: name.
    pub who: String,
    /// When it was opened.
    pub at: Instant,
    /// By when it must be closed; `None` once it was.
    pub due: Option<Instant>,
    /// `notify`, `not-notify`; empty while nobody has decided.
    pub decision: String,
}

/// Look: a case with its pack.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Which.
    pub obligation: ObligationId,
    /// How many of the people stand before those that are shown.
    pub from: usize,
}

/// Answer to [`Case`].
#[derive(Debug, Clone)]
pub struct CaseView {
    /// As in the list.
    pub line: CaseLine,
    /// From then on.
    pub since: Instant,
    /// Until then.
    pub until: Instant,
    /// What happened.
    pub what: String,
    /// Why it was so decided.
    pub reason: String,
    /// Who decided, and when.
    pub decided: Option<(String, Instant)>,
    /// Whose records were opened, the most often first: those of the page.
    pub people: Vec<OpenedLine>,
    /// Which part of them that is.
    pub part: Part,
    /// How many there are in all.
    pub all: usize,
    /// Rows of the log.
    pub rows: usize,
    /// There are more than fit.
    pub cut: bool,
}

/// Somebody whose record was opened.
#[derive(Debug, Clone)]
pub struct OpenedLine {
    /// Who.
    pub person: PersonId,
    /// `Drumlin, Maren`; empty when the record cannot say.
    pub name: String,
    /// Birth date.
    pub born: String,
    /// How often.
    pub times: usize,
    /// First and last.
    pub span: (Instant, Instant),
    /// Whether something tied the reader to them then: a reason they stated, or more; as said in the log's purposes.
    pub stated: bool,
}

/// Look: the pack as a table for a spreadsheet (RFC 4180, UTF-8).
#[derive(Debug, Clone, Copy)]
pub struct Pack {
    /// Which case.
    pub obligation: ObligationId,
}

/// Look: the notice to the Commissioner.
#[derive(Debug, Clone, Copy)]
pub struct Notice {
    /// Which case.
    pub obligation: ObligationId,
    /// In French.
    pub french: bool,
}

/// Look: the letter to one person.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// Which case.
    pub obligation: ObligationId,
    /// To whom.
    pub person: PersonId,
    /// In French.
    pub french: bool,
}

/// Act: decide whether the persons are notified.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which case.
    pub obligation: ObligationId,
    /// `notify` or `not-notify`.
    pub decision: String,
    /// Why.
    pub reason: String,
}

/// Act: set from when until when the looks belong to a case.
#[derive(Debug, Clone, Copy)]
pub struct SetSpan {
    /// Which.
    pub obligation: ObligationId,
    /// From then on.
    pub since: Instant,
    /// Until then.
    pub until: Instant,
}

/// Act: close a case.
#[derive(Debug, Clone)]
pub struct Close {
    /// Which.
    pub obligation: ObligationId,
    /// What was done: letters sent, notice sent.
    pub how: String,
}

/// Opens a case; the same source opens one.
pub(crate) fn open(
    reading: &Reading<'_>,
    source: ObligationId,
    actor: &str,
    (since, until): (Instant, Instant),
    what: &str,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let (by, now) = (&reading.context.actor, reading.context.now);
    if actor == by.id {
        return Err(Refusal::conflict(
            "This is about your own looks: somebody else opens the case.",
            "Il s’agit de vos propres consultations : quelqu’un d’autre ouvre le cas.",
        ));
    }
    let key = id(&["breach", &source.to_string()]);
    let name = reading.name_of(actor)?;
    let because = Words::new("A breach case is open.", "Un cas d’atteinte est ouvert.");
    let owed = breach(&name, actor, because, now);
    let row = new_row(key, &owed, &About { custodian: CUSTODIAN.to_owned(), ..About::default() }, now);
    changes.requires.push(Requirement::ObligationRevisionIs(key, 0));
    changes.obligations.push(ObligationChange::Event(opened(&row, &by.name)));
    changes.obligations.push(ObligationChange::Open(row));
    let content = Content { what: what.to_owned(), reason: String::new() };
    changes.activity.push(ActivityChange::Case(BreachCaseRow {
        obligation: key,
        number: 0,
        at: now,
        opener: by.id.clone(),
        source,
        actor: actor.to_owned(),
        since,
        until,
        decision: String::new(),
        decided: None,
        decider: String::new(),
        closed: None,
        content: serde_json::to_string(&content).ok(),
    }));
    Ok(())
}

fn line(reading: &Reading<'_>, row: &BreachCaseRow) -> Result<CaseLine, Refusal> {
    Ok(CaseLine {
        obligation: row.obligation,
        number: row.number,
        who: reading.name_of(&row.actor)?,
        at: row.at,
        due: due(reading.view, row.obligation)?,
        decision: row.decision.clone(),
    })
}

pub(crate) fn lines(reading: &Reading<'_>, rows: &[BreachCaseRow]) -> Result<Vec<CaseLine>, Refusal> {
    let others = rows.iter().filter(|row| row.actor != reading.context.actor.id);
    others.map(|row| line(reading, row)).collect()
}

fn content(row: &BreachCaseRow) -> Content {
    row.content.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// A case, for whoever it is not about.
fn case(reading: &Reading<'_>, obligation: ObligationId) -> Result<BreachCaseRow, Refusal> {
    let row = reading.view.breach_case(obligation)?.ok_or_else(Refusal::not_found)?;
    if row.actor == reading.context.actor.id {
        return Err(Refusal::conflict(
            "This case is about your own looks: somebody else handles it.",
            "Ce cas porte sur vos propres consultations : quelqu’un d’autre s’en charge.",
        ));
    }
    Ok(row)
}

/// What the user did to whoever's record in the span of a case, and whether there is more than fits.
fn rows(reading: &Reading<'_>, case: &BreachCaseRow) -> Result<(Vec<(i64, AuditRow)>, bool), Refusal> {
    let mut rows = reading.view.audit_of_actor(&case.actor, case.since, case.until, PACK_ROWS + 1)?;
    let cut = rows.len() > PACK_ROWS;
    rows.truncate(PACK_ROWS);
    rows.retain(|(_, row)| row.person.is_some());
    Ok((rows, cut))
}

/// Whose records were opened, the most often first; nobody is named yet.
fn whose(rows: &[(i64, AuditRow)]) -> Vec<OpenedLine> {
    let mut found: BTreeMap<PersonId, OpenedLine> = BTreeMap::new();
    for (_, row) in rows {
        let Some(person) = row.person else { continue };
        let line = found.entry(person).or_insert_with(|| OpenedLine {
            person,
            name: String::new(),
            born: String::new(),
            times: 0,
            span: (row.at, row.at),
            stated: false,
        });
        line.times += 1;
        line.span = (line.span.0.min(row.at), line.span.1.max(row.at));
        line.stated |= row.verb == "state-reason" || row.verb == "break-glass";
    }
    let mut lines: Vec<OpenedLine> = found.into_values().collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.times), line.person));
    lines
}

/// The same with names.
fn named(reading: &Reading<'_>, mut lines: Vec<OpenedLine>) -> Result<Vec<OpenedLine>, Refusal> {
    for line in &mut lines {
        if let Ok(chart) = chart::gather(reading, line.person) {
            let head = chart.head(reading)?;
            line.name = format!("{}, {}", head.family, head.given);
            line.born = head.birth_date;
        }
    }
    Ok(lines)
}

impl Sealed for Case {}
impl Look for Case {
    type View = CaseView;
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CaseView>, Refusal> {
        let row = case(reading, self.obligation)?;
        let (rows, cut) = rows(reading, &row)?;
        let people = whose(&rows);
        let all = people.len();
        // Whoever is not on the page is neither named nor looked up.
        let (people, part) = Part::of(people, self.from, SHOWN);
        let people = named(reading, people)?;
        let content = content(&row);
        let decided = match row.decided {
            Some(at) => Some((reading.name_of(&row.decider)?, at)),
            None => None,
        };
        let shown = people.iter().map(|line| line.person).collect();
        let view = CaseView {
            line: line(reading, &row)?,
            since: row.since,
            until: row.until,
            what: content.what,
            reason: content.reason,
            decided,
            cut,
            rows: rows.len(),
            people,
            part,
            all,
        };
        Ok(Seen { view, people: shown })
    }
}

impl Sealed for Pack {}
impl Look for Pack {
    type View = String;
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}/pack", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<String>, Refusal> {
        let row = case(reading, self.obligation)?;
        let (rows, cut) = rows(reading, &row)?;
        let people = named(reading, whose(&rows))?;
        let who: BTreeMap<PersonId, &OpenedLine> = people.iter().map(|line| (line.person, line)).collect();
        let mut table = String::from(
            "log number,time (UTC),user,role,person,name,birth date,what,purpose,address,reason stated in the span\r\n",
        );
        for (seq, row) in &rows {
            let Some(line) = row.person.and_then(|person| who.get(&person)) else { continue };
            let cells = [
                row.at.to_string(),
                row.actor.clone(),
                row.role.clone(),
                line.person.to_string(),
                line.name.clone(),
                line.born.clone(),
                told::verb_words(&row.verb).en,
                told::purpose_words(&row.purpose).en,
                row.object.clone(),
                if line.stated { "yes".to_owned() } else { "no".to_owned() },
            ];
            let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
            // Writing to a string cannot fail.
            let _ = write!(table, "{seq},{}\r\n", cells.join(","));
        }
        if cut {
            let _ = write!(table, "{CUT_LINE}\r\n");
        }
        let shown = people.iter().map(|line| line.person).collect();
        Ok(Seen { view: table, people: shown })
    }
}

fn told(
    reading: &Reading<'_>,
    row: &BreachCaseRow,
    people: usize,
    wanted: Decision,
) -> Result<Told, Refusal> {
    let (Some(at), true) = (row.decided, row.decision == wanted.code()) else {
        return Err(Refusal::conflict(
            "Decide first whether the persons are notified; letters and notices follow from it.",
            "Décidez d’abord si les personnes sont avisées; lettres et avis en découlent.",
        ));
    };
    Ok(Told {
        number: row.number,
        since: row.since,
        until: row.until,
        people,
        reason: content(row).reason,
        decided: (reading.name_of(&row.decider)?, at),
    })
}

fn language(french: bool) -> Language {
    if french { Language::French } else { Language::English }
}

impl Sealed for Notice {}
impl Look for Notice {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}/notice", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let row = case(reading, self.obligation)?;
        let (rows, _) = rows(reading, &row)?;
        let people: std::collections::BTreeSet<_> = rows.iter().filter_map(|(_, row)| row.person).collect();
        let told = told(reading, &row, people.len(), Decision::NotNotify)?;
        Ok(Seen::nobody(commissioner_notice(&told, language(self.french), reading.context.now)))
    }
}

impl Sealed for Letter {}
impl Look for Letter {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}/letter/{}", self.obligation, self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let row = case(reading, self.obligation)?;
        let (mut rows, _) = rows(reading, &row)?;
        rows.retain(|(_, row)| row.person == Some(self.person));
        let line = named(reading, whose(&rows))?.into_iter().next().ok_or_else(Refusal::not_found)?;
        let told = told(reading, &row, 1, Decision::Notify)?;
        let looks = rows.iter().map(|(_, row)| {
            let words = told::verb_words(&row.verb);
            (row.at, if self.french { words.fr } else { words.en })
        });
        let to = Affected { name: line.name, born: line.born, looks: looks.collect() };
        Ok(Seen::of(self.person, letter(&told, &to, language(self.french), reading.context.now)))
    }
}

fn open_obligation(reading: &Reading<'_>, obligation: ObligationId) -> Result<ObligationRow, Refusal> {
    let row = reading.view.obligation(obligation)?.ok_or_else(Refusal::not_found)?;
    if matches!(row.state, ObligationState::Open { .. }) {
        return Ok(row);
    }
    Err(Refusal::conflict("This case is closed.", "Ce cas est clos."))
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}/{}", self.obligation, self.decision.trim())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = case(reading, self.obligation)?;
        let owed = open_obligation(reading, self.obligation)?;
        let decision = Decision::from_code(&self.decision).ok_or_else(|| {
            Refusal::unreadable(
                "Choose whether the persons are notified.",
                "Choisissez si les personnes sont avisées.",
            )
        })?;
        let reason = said(&self.reason)?;
        let (by, now) = (&reading.context.actor, reading.context.now);
        let words = match decision {
            Decision::Notify => Words::new("The persons are notified.", "Les personnes sont avisées."),
            Decision::NotNotify => Words::new(
                "The persons are not notified; the Commissioner is told.",
                "Les personnes ne sont pas avisées; le commissaire est informé.",
            ),
        };
        let kept = Content { reason, ..content(&row) };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            obligations: vec![
                event(owed.id, now, &by.name, "decided", &words),
                ObligationChange::Update(ObligationRow { revision: owed.revision + 1, ..owed }),
            ],
            activity: vec![ActivityChange::Case(BreachCaseRow {
                decision: decision.code().to_owned(),
                decided: Some(now),
                decider: by.id.clone(),
                content: serde_json::to_string(&kept).ok(),
                ..row
            })],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for SetSpan {}
impl Act for SetSpan {
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}/span/{}/{}", self.obligation, self.since, self.until)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = case(reading, self.obligation)?;
        let owed = open_obligation(reading, self.obligation)?;
        if self.since >= self.until {
            return Err(Refusal::unreadable(
                "Write both days as 2026-11-22, the first not after the last.",
                "Écrivez les deux jours comme 2026-11-22, le premier pas après le dernier.",
            ));
        }
        let (by, now) = (&reading.context.actor, reading.context.now);
        let words = Words::new(
            format!("It covers {} to {}.", self.since, self.until),
            format!("Il couvre du {} au {}.", self.since, self.until),
        );
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            obligations: vec![
                event(owed.id, now, &by.name, "span-set", &words),
                ObligationChange::Update(ObligationRow { revision: owed.revision + 1, ..owed }),
            ],
            activity: vec![ActivityChange::Case(BreachCaseRow {
                since: self.since,
                until: self.until,
                ..row
            })],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for Close {}
impl Act for Close {
    const PERMISSION: Permission = Permission::HandleBreach;
    fn object(&self) -> String {
        format!("breach/{}/close", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = case(reading, self.obligation)?;
        let owed = open_obligation(reading, self.obligation)?;
        if row.decision.is_empty() {
            return Err(Refusal::conflict(
                "Decide first whether the persons are notified, with the reason. A case cannot be closed without it.",
                "Décidez d’abord si les personnes sont avisées, avec le motif. Un cas ne peut être clos sans cela.",
            ));
        }
        let how = said(&self.how)?;
        let now = reading.context.now;
        let outcome = Outcome::Resolved { by: reading.context.actor.name.clone(), how: how.clone() };
        let mut changes = by_hand_ended(reading, &owed, outcome, how)?;
        changes.activity.push(ActivityChange::Case(BreachCaseRow { closed: Some(now), ..row }));
        Ok((changes, None))
    }
}
