//! Looks without need: the log is read hour by hour, what people did is judged, and a privacy officer is asked
//! (GUARANTEES L-05, X-18, X-19). Each flag is owned and ends with a decision; nobody decides about themself.

use crate::access;
use crate::breaches;
use crate::context::{Actor, Context};
use crate::deliveries::by_hand_ended;
use crate::incidents::{Found, Sort};
use crate::lists::Part;
use crate::obligations::{About, id, opened, row as new_row};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::reach::{self, Need};
use clinical::access::relation::Relation;
use clinical::access::{Permission, Role};
use clinical::detection::{
    Day, History, Look as Telling, Member, Peers, Reason, Staff, Subject, Tie, day_of, judge, signs,
};
use clinical::identity::Claim;
use clinical::obligations::{Outcome, activity_flag};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{
    ActivityChange, AuditRow, Changes, FlagRow, ObligationChange, ObligationId, ObligationState, Requirement,
    Settled, View,
};

/// Rows of the log that are read at once.
const ROWS_AT_ONCE: usize = 5_000;
/// Pieces of so many rows in one round; the rest follows in the next.
const PIECES_AT_ONCE: usize = 20;
/// Looks are judged once their hour is over, so that a chart of ten pages is one look.
const HOUR_MICROSECONDS: i64 = 3_600_000_000;
/// A record that somebody made is watched for so many days.
const MADE_UP_DAYS: i64 = 180;
/// Lines of each part of the page.
const LINES_LIMIT: usize = 200;
/// Characters of a reason that are kept.
const WORDS_LIMIT_CHARS: usize = 2_000;
/// What a flag may end with.
pub const VERDICTS: [(&str, &str, &str); 3] = [
    ("explained", "It was needed, or it was chance", "C’était nécessaire, ou le hasard"),
    (
        "reminded",
        "Not needed; they were reminded of the rules",
        "Pas nécessaire; les règles ont été rappelées",
    ),
    ("case", "It may be a breach: open a case", "C’est peut-être une atteinte : ouvrir un cas"),
];

/// What is remembered of a member, with the role that they are compared in.
#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    role: String,
    history: History,
    /// The day under way and whose charts were opened on it, so that a day in pieces counts each of them once.
    #[serde(default)]
    day: i64,
    #[serde(default)]
    seen: BTreeSet<i64>,
}

impl Remembered {
    /// How many of these people were not looked at on this day before.
    fn new_on(&mut self, day: i64, people: impl Iterator<Item = PersonId>) -> u32 {
        if self.day != day {
            (self.day, self.seen) = (day, BTreeSet::new());
        }
        let new = people.filter(|person| self.seen.insert(person.as_i64())).count();
        u32::try_from(new).unwrap_or(u32::MAX)
    }
}

/// What a flag says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct FlagBody {
    reasons: Vec<Reason>,
    people: Vec<i64>,
    pub(crate) since: i64,
    pub(crate) until: i64,
}

/// Look: flags, tips and cases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Queue {
    /// Which page of the tips, from 0.
    pub tips_page: usize,
    /// How many flags that wait stand before the first that is shown.
    pub flags: usize,
    /// How many decided flags do.
    pub decided: usize,
    /// How many cases do.
    pub cases: usize,
}

/// Answer to [`Queue`].
#[derive(Debug, Clone, Default)]
pub struct QueueView {
    /// Flags that wait, the heaviest first; none about the reader, nor below: they are a second officer's.
    pub flags: Vec<FlagLine>,
    /// Which part of them is shown.
    pub flags_part: Part,
    /// Flags that were decided, the latest first.
    pub decided: Vec<FlagLine>,
    /// Which part of them is shown.
    pub decided_part: Part,
    /// Tips: those that wait, the oldest first; then those that were answered.
    pub tips: Vec<crate::tips::TipLine>,
    /// Which page of them, from 0.
    pub tips_page: usize,
    /// Whether others follow.
    pub tips_more: bool,
    /// Breach cases, the latest first.
    pub cases: Vec<breaches::CaseLine>,
    /// Which part of them is shown.
    pub cases_part: Part,
}

/// One flag.
#[derive(Debug, Clone)]
pub struct FlagLine {
    /// Key.
    pub obligation: ObligationId,
    /// Whose looks: name and user id.
    pub who: (String, String),
    /// When it was raised.
    pub at: Instant,
    /// By when it must be decided; `None` once it was.
    pub due: Option<Instant>,
    /// What it weighs.
    pub score: i64,
    /// Why, the heaviest first.
    pub reasons: Vec<Reason>,
    /// How many people's records.
    pub people: usize,
    /// What was decided, in words; empty while it waits.
    pub verdict: Words,
    /// Why it was so decided.
    pub reason: String,
}

/// Act: say what a flag means.
#[derive(Debug, Clone)]
pub struct DecideFlag {
    /// Which.
    pub obligation: ObligationId,
    /// Code of [`VERDICTS`].
    pub verdict: String,
    /// Why.
    pub reason: String,
}

/// Words that somebody typed, cut and not empty.
pub(crate) fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable("Write why, in your own words.", "Écrivez pourquoi, dans vos mots."));
    }
    Ok(text)
}

/// Until when an open obligation has time.
pub(crate) fn due(view: &View, obligation: ObligationId) -> Result<Option<Instant>, Refusal> {
    Ok(view.obligation(obligation)?.and_then(|row| match row.state {
        ObligationState::Open { due, .. } => Some(due),
        ObligationState::Ended { .. } => None,
    }))
}

fn line(reading: &Reading<'_>, row: FlagRow) -> Result<FlagLine, Refusal> {
    let body: FlagBody = serde_json::from_str(&row.body).unwrap_or_default();
    let verdict = VERDICTS.iter().find(|(code, ..)| *code == row.verdict);
    Ok(FlagLine {
        obligation: row.obligation,
        due: due(reading.view, row.obligation)?,
        who: (reading.name_of(&row.actor)?, row.actor),
        at: row.at,
        score: row.score,
        reasons: body.reasons,
        people: body.people.len(),
        verdict: verdict.map_or_else(Words::default, |(_, en, fr)| Words::new(*en, *fr)),
        reason: row.reason,
    })
}

impl Sealed for Queue {}
impl Look for Queue {
    type View = QueueView;
    const PERMISSION: Permission = Permission::ReviewActivity;
    fn object(&self) -> String {
        "activity".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<QueueView>, Refusal> {
        let lines = |rows: Vec<FlagRow>| -> Result<Vec<FlagLine>, Refusal> {
            let others = rows.into_iter().filter(|row| row.actor != reading.context.actor.id);
            others.map(|row| line(reading, row)).collect()
        };
        let read = |from: usize| Part::reads(from, LINES_LIMIT);
        let (flags, flags_part) =
            Part::of(reading.view.open_flags(read(self.flags))?, self.flags, LINES_LIMIT);
        let (decided, decided_part) =
            Part::of(reading.view.decided_flags(read(self.decided))?, self.decided, LINES_LIMIT);
        let (cases, cases_part) =
            Part::of(reading.view.breach_cases(read(self.cases))?, self.cases, LINES_LIMIT);
        let (tips, tips_more) = crate::tips::lines(reading, self.tips_page)?;
        let view = QueueView {
            tips,
            tips_page: self.tips_page,
            tips_more,
            flags: lines(flags)?,
            flags_part,
            decided: lines(decided)?,
            decided_part,
            cases: breaches::lines(reading, &cases)?,
            cases_part,
        };
        Ok(Seen::nobody(view))
    }
}

impl Sealed for DecideFlag {}
impl Act for DecideFlag {
    const PERMISSION: Permission = Permission::ReviewActivity;
    fn object(&self) -> String {
        format!("activity/{}/{}", self.obligation, self.verdict.trim())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let flag = reading.view.flag(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if !flag.verdict.is_empty() || !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This was decided already. Open the page again to see what is left.",
                "Ceci est déjà décidé. Rouvrez la page pour voir ce qui reste.",
            ));
        }
        if flag.actor == reading.context.actor.id {
            return Err(Refusal::conflict(
                "This is about your own looks: somebody else decides it.",
                "Il s’agit de vos propres consultations : quelqu’un d’autre décide.",
            ));
        }
        let Some((verdict, en, fr)) = VERDICTS.iter().find(|(code, ..)| *code == self.verdict) else {
            return Err(Refusal::unreadable("Choose what it was.", "Choisissez ce que c’était."));
        };
        let reason = said(&self.reason)?;
        let (actor, now) = (&reading.context.actor, reading.context.now);
        let how = Words::new(format!("{en}. {reason}"), format!("{fr}. {reason}"));
        let outcome = Outcome::Resolved { by: actor.name.clone(), how: how.en.clone() };
        let mut changes = by_hand_ended(reading, &row, outcome, reason.clone())?;
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.activity.push(ActivityChange::Flag(FlagRow {
            verdict: (*verdict).to_owned(),
            decided: Some(now),
            decider: actor.id.clone(),
            reason: reason.clone(),
            ..flag.clone()
        }));
        // What a person has looked at is not held against anybody twice.
        let known = reading.view.detection_members()?.into_iter().find(|(actor, _)| *actor == flag.actor);
        if let Some((_, body)) = known {
            let mut remembered: Remembered = serde_json::from_str(&body).unwrap_or_default();
            remembered.history.decided();
            changes.requires.push(Requirement::RememberedIs(flag.actor.clone(), Some(body)));
            changes.activity.push(remembered_as(&flag.actor, &remembered));
        }
        if *verdict == "case" {
            let body: FlagBody = serde_json::from_str(&flag.body).unwrap_or_default();
            // Up to now: what followed the flag belongs to the case; its span can be set.
            let span = (Instant(body.since), now);
            breaches::open(reading, flag.obligation, &flag.actor, span, &reason, &mut changes)?;
        }
        Ok((changes, None))
    }
}

fn remembered_as(actor: &str, remembered: &Remembered) -> ActivityChange {
    ActivityChange::Member(actor.to_owned(), serde_json::to_string(remembered).unwrap_or_default())
}

/// Whether a row says that somebody opened a page of a chart.
fn opens_chart(row: &AuditRow) -> bool {
    row.person.is_some() && row.object.starts_with("person/") && row.verb.starts_with("read-")
}

impl Record {
    /// Judge the looks of the hours that are over. Returns how many flags were raised.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn judge_looks(&self, now: Instant) -> Result<usize, Refusal> {
        let hour = Instant(now.0 - now.0.rem_euclid(HOUR_MICROSECONDS));
        let mut raised = 0;
        for _ in 0..PIECES_AT_ONCE {
            let view = self.store().view()?;
            let from = view.judged_up_to()? + 1;
            let (mut last, mut rows, mut damaged) = view.audit_of_people(from, ROWS_AT_ONCE)?;
            if let Some(at) = rows.iter().position(|(_, row)| row.at >= hour) {
                last = rows[at].0 - 1;
                rows.truncate(at);
                damaged.retain(|seq| *seq <= last);
            }
            if last < from {
                self.hold_incidents(&view, Sort::ActivityRows, &still_changed(&view)?, now)?;
                break;
            }
            let mut found = still_changed(&view)?;
            found.extend(changed_rows(&damaged));
            self.hold_incidents(&view, Sort::ActivityRows, &found, now)?;
            let mut changes = self.judged(&view, &rows, now)?;
            drop(view);
            raised +=
                changes.activity.iter().filter(|change| matches!(change, ActivityChange::Flag(_))).count();
            changes.activity.push(ActivityChange::Judged(last));
            match self.store().settle_blocking(changes) {
                Settled::Done => {}
                // An officer decided meanwhile: the next round judges with what is remembered then.
                Settled::Stale(_) => break,
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Ok(raised)
    }

    fn judged(&self, view: &View, rows: &[(i64, AuditRow)], now: Instant) -> Result<Changes, Refusal> {
        let mut days: BTreeMap<(String, i64), BTreeMap<PersonId, &AuditRow>> = BTreeMap::new();
        let mut last: BTreeMap<(&str, i64), Instant> = BTreeMap::new();
        for (_, row) in rows.iter().filter(|(_, row)| opens_chart(row)) {
            let Some(person) = row.person else { continue };
            let until = last.entry((&row.actor, day_of(row.at))).or_insert(row.at);
            *until = row.at.max(*until);
            days.entry((row.actor.clone(), day_of(row.at))).or_default().entry(person).or_insert(row);
        }
        let mut changes = Changes::default();
        if days.is_empty() {
            return Ok(changes);
        }
        let bodies: HashMap<String, String> = view.detection_members()?.into_iter().collect();
        let mut known: HashMap<String, Remembered> = bodies
            .iter()
            .map(|(actor, body)| (actor.clone(), serde_json::from_str(body).unwrap_or_default()))
            .collect();
        let staff = self.staff();
        let mut peers: HashMap<String, Peers> = HashMap::new();
        let mut touched = BTreeSet::new();
        for ((actor, day), people) in days {
            let Some(role) = people.values().next().map(|row| row.role.clone()) else { continue };
            let usual = *peers.entry(role.clone()).or_insert_with(|| {
                Peers::of(known.values().filter(|member| member.role == role).map(|member| &member.history))
            });
            let member = self.member(view, &staff, &actor)?;
            let until = last.get(&(actor.as_str(), day)).copied().unwrap_or(now);
            let mut today = Day { day, people: 0, looks: Vec::new() };
            for (person, row) in &people {
                let tie = self.tie(view, row, *person)?;
                let subject = subject(view, &actor, *person, row.at)?;
                let signs = signs(&staff, &member, &subject, tie, row.at);
                if tie != Tie::OnFile || !signs.is_empty() {
                    today.looks.push(Telling { subject: person.as_i64(), untied: tie != Tie::OnFile, signs });
                }
            }
            let remembered = known.entry(actor.clone()).or_default();
            remembered.role = role;
            today.people = remembered.new_on(day, people.keys().copied());
            if let Some(flag) = judge(&mut remembered.history, &today, &usual) {
                let body = FlagBody {
                    reasons: flag.reasons,
                    people: flag.subjects,
                    // Midnight in UTC is before midnight in the province: no look of that day is left out.
                    since: flag.since * 24 * HOUR_MICROSECONDS,
                    until: until.0,
                };
                self.raise(view, &actor, flag.score, body, now, &mut changes)?;
            }
            touched.insert(actor);
        }
        for actor in &touched {
            changes.requires.push(Requirement::RememberedIs(actor.clone(), bodies.get(actor).cloned()));
        }
        changes
            .activity
            .extend(touched.iter().filter_map(|actor| Some(remembered_as(actor, known.get(actor)?))));
        Ok(changes)
    }

    /// One flag per user while one waits: a heavier day takes its place in it.
    fn raise(
        &self,
        view: &View,
        actor: &str,
        score: i64,
        mut body: FlagBody,
        now: Instant,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let waits = view.flags_of(actor, 1)?.into_iter().find(|flag| flag.verdict.is_empty());
        if let Some(flag) = waits {
            let before: FlagBody = serde_json::from_str(&flag.body).unwrap_or_default();
            body.since = body.since.min(before.since);
            body.until = body.until.max(before.until);
            if score <= flag.score {
                body = FlagBody { since: body.since, until: body.until, ..before };
            }
            let body = serde_json::to_string(&body).unwrap_or_default();
            // Somebody may be deciding it: then it stays as they decide.
            let revision = view.obligation(flag.obligation)?.map_or(0, |row| row.revision);
            changes.requires.push(Requirement::ObligationRevisionIs(flag.obligation, revision));
            changes.activity.push(ActivityChange::Flag(FlagRow {
                score: score.max(flag.score),
                body,
                ..flag
            }));
            return Ok(());
        }
        let first = body.reasons.first().map(|reason| reason.sign.words()).unwrap_or_default();
        let name = self.named(view, actor)?;
        let key = id(&["activity-flag", actor, &body.until.to_string()]);
        let owed = activity_flag(&name, actor, first, now);
        let row = new_row(key, &owed, &About { custodian: CUSTODIAN.to_owned(), ..About::default() }, now);
        changes.requires.push(Requirement::ObligationRevisionIs(key, 0));
        changes.obligations.push(ObligationChange::Event(opened(&row, DETECTOR)));
        changes.obligations.push(ObligationChange::Open(row));
        changes.activity.push(ActivityChange::Flag(FlagRow {
            obligation: key,
            actor: actor.to_owned(),
            at: now,
            score,
            body: serde_json::to_string(&body).unwrap_or_default(),
            verdict: String::new(),
            decided: None,
            decider: String::new(),
            reason: String::new(),
        }));
        Ok(())
    }

    fn named(&self, view: &View, actor: &str) -> Result<String, Refusal> {
        if let Some(persona) = self.personas().iter().find(|persona| persona.id == actor) {
            return Ok(persona.name.clone());
        }
        Ok(view.account(actor)?.map_or_else(|| actor.to_owned(), |account| account.name))
    }

    /// What is known of a member: what the employer says, else their name, and when their account ended.
    fn member(&self, view: &View, staff: &Staff, actor: &str) -> Result<Member, Refusal> {
        let mut member = match staff.member(actor) {
            Some(member) => member.clone(),
            None => {
                let name = self.named(view, actor)?;
                let family = name.split_once(',').map_or("", |(family, _)| family.trim());
                Member { id: actor.to_owned(), family: family.to_owned(), ..Member::default() }
            }
        };
        if let Some(account) = view.account(actor)?
            && account.state == store::AccountState::Ended
        {
            member.ended = clinical::cover::day(account.changed);
        }
        Ok(member)
    }

    /// What tied a reader to a person when they looked. The desks' work ties them: no relation is asked of them.
    fn tie(&self, view: &View, row: &AuditRow, person: PersonId) -> Result<Tie, Refusal> {
        let Some(role) = Role::from_code(&row.role) else { return Ok(Tie::OnFile) };
        let purpose = role.usual_purpose();
        if reach::of(role, purpose).is_none_or(|line| line.need != Need::Relation) {
            return Ok(Tie::OnFile);
        }
        let persona = self.personas().iter().find(|persona| persona.id == row.actor);
        let practitioner = match persona {
            Some(persona) => persona.practitioner.clone(),
            None => view
                .account_grants(&row.actor)?
                .into_iter()
                .find(|grant| grant.role == row.role && !grant.practitioner.is_empty())
                .map(|grant| grant.practitioner),
        };
        let actor =
            Actor { through: None, id: row.actor.clone(), role, name: row.actor.clone(), practitioner };
        let context = Context { actor, purpose, now: row.at };
        let (directory, cover) = (self.directory(), self.cover());
        let reading = Reading {
            view,
            context: &context,
            directory: &directory,
            cover: &cover,
            warm: self.warm(),
            personas: self.personas(),
            extent: self.extent(),
        };
        let records: Vec<_> = view.records_of_person(person)?.into_iter().map(|row| row.record).collect();
        Ok(match access::relation(&reading, &records)? {
            Some(Relation::Stated) => Tie::Stated,
            Some(_) => Tie::OnFile,
            None => Tie::None,
        })
    }
}

/// Rows that could not be judged: somebody changed them.
/// What the incident of some rows is about: between which of them it is looked again.
const ROWS: &str = "rows ";

/// Rows that were found changed before and still are. What was put right, and what its owner has ended with a word, is no
/// more among them.
fn still_changed(view: &View) -> Result<Vec<Found>, Refusal> {
    let mut found = Vec::new();
    for row in view.incidents_open()?.into_iter().filter(|row| row.sort == Sort::ActivityRows.code()) {
        let owed = view.obligation(row.id)?;
        let is_owned = owed.is_some_and(|owed| matches!(owed.state, ObligationState::Open { .. }));
        let span = row.subject.strip_prefix(ROWS).and_then(|span| span.split_once('-'));
        let span =
            span.and_then(|(first, last)| Some((first.parse::<i64>().ok()?, last.parse::<i64>().ok()?)));
        let Some((first, last)) = span.filter(|_| is_owned) else { continue };
        let many = usize::try_from(last - first + 1).unwrap_or(1);
        let (_, _, damaged) = view.audit_of_people(first, many)?;
        found.extend(changed_rows(&damaged).map(|one| Found { subject: row.subject.clone(), ..one }));
    }
    Ok(found)
}

fn changed_rows(rows: &[i64]) -> Option<Found> {
    let (n, first, last) = (rows.len(), *rows.first()?, *rows.last()?);
    Some(Found {
        subject: format!("{ROWS}{first}-{last}"),
        what: Words::new(
            "Run opor audit verify and find who changed the rows.",
            "Lancer opor audit verify et trouver qui a modifié les lignes.",
        ),
        because: Words::new(
            format!(
                "{n} rows of the log, the first of them row {first}, are not what was written; they could not be judged."
            ),
            format!(
                "{n} lignes du journal, la première étant la ligne {first}, ne sont pas ce qui a été écrit; elles n’ont pu être jugées."
            ),
        ),
    })
}

/// Who raises flags, in events.
const DETECTOR: &str = "opor detection";
/// Whose flags, tips and cases are as stored items (L-17).
pub(crate) const CUSTODIAN: &str = "privacy";

fn subject(view: &View, actor: &str, person: PersonId, at: Instant) -> Result<Subject, Refusal> {
    let mut subject = Subject::default();
    let since = Instant(at.0 - MADE_UP_DAYS * 24 * HOUR_MICROSECONDS);
    // Looking at what one has just made is the work of the desk; a day later it is not.
    let made = view.registered_by(actor, since, Instant(at.0 - 24 * HOUR_MICROSECONDS))?;
    let mut own = 0;
    let rows = view.records_of_person(person)?;
    for row in &rows {
        subject.watched |= view.watched(row.record)?.is_some();
        own += usize::from(made.contains(&row.record) && !view.has_message(row.record)?);
        let Ok(claim) = serde_json::from_str::<Claim>(&row.claim) else { continue };
        subject
            .families
            .extend(claim.names.iter().map(|name| name.family.clone()).filter(|name| !name.is_empty()));
        if subject.born.is_empty() {
            subject.born.clone_from(&claim.birth_date);
        }
        if !claim.street.is_empty() && !claim.postal_code.is_empty() {
            subject.addresses.push((claim.street, claim.postal_code));
        }
    }
    subject.made_up = own > 0 && own == rows.len();
    Ok(subject)
}

/// Act: watch a person's chart, or no longer.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Whose.
    pub person: PersonId,
    /// Why; empty = it is watched no longer.
    pub reason: String,
}

impl Sealed for Watch {}
impl Act for Watch {
    const PERMISSION: Permission = Permission::ReviewActivity;
    fn object(&self) -> String {
        format!("person/{}/watch", self.person)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let chart = crate::chart::gather(reading, self.person)?;
        let reason: String = self.reason.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        let mut changes = Changes::default();
        for record in chart.record_ids() {
            changes.activity.push(if reason.is_empty() {
                ActivityChange::Unwatch(record)
            } else {
                let by = reading.context.actor.id.clone();
                ActivityChange::Watch(record, reading.context.now, by, reason.clone())
            });
        }
        Ok((changes, Some(chart.person)))
    }
}

#[cfg(test)]
mod tests;
