//! What is behind the review list, and what a steward's answer does.

use super::acts::apply;
use super::{Answer, Case, CaseCandidate, CaseLine, Change, Review, ReviewView, Verdict};
use crate::intake::{Ruling, candidate, doubtful, follow};
use crate::obligations::{ended, event, words};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::identity::{Claim, blocking_keys, features::compare};
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use std::collections::BTreeMap;
use store::{
    Changes, MessageId, MessageState, ObligationChange, ObligationFilter, ObligationRow, ObligationState,
    Requirement, Settlement,
};

/// Cases listed at once.
const CASES_LIMIT: usize = 200;
/// Candidates shown for one case.
const CANDIDATES_LIMIT: usize = 5;

impl Sealed for Review {}
impl Look for Review {
    type View = ReviewView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        self.picked.map_or_else(|| "identity".to_owned(), |id| format!("identity/{id}"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ReviewView>, Refusal> {
        let open = ObligationFilter {
            open: Some(true),
            kind: Some("identity-review".to_owned()),
            ..ObligationFilter::default()
        };
        let rows = reading.view.obligations(&open, CASES_LIMIT, 0)?;
        let lines: Vec<CaseLine> = rows.iter().map(|row| line(row, &rows)).collect();
        let picked = self
            .picked
            .and_then(|id| rows.iter().position(|row| row.id == id))
            .or((!rows.is_empty()).then_some(0));
        let case = match picked {
            Some(index) => case(reading, &rows[index], lines[index].clone())?,
            None => None,
        };
        let since = reading.context.now.plus_minutes(-24 * 60);
        let solved = reading.view.obligations_ended_since(since, CASES_LIMIT)?;
        let solved_today = solved.iter().filter(|row| row.kind == "identity-review").count();
        let mut people: Vec<PersonId> =
            case.iter().flat_map(|case| case.candidates.iter().map(|c| c.person)).collect();
        people.sort_unstable();
        people.dedup();
        let solved_today = u32::try_from(solved_today).unwrap_or(u32::MAX);
        Ok(Seen { view: ReviewView { lines, case, solved_today }, people })
    }
}

/// For a question about records rather than a message (A34, A40): what is remembered of the record in question.
fn claim_on_file(reading: &Reading<'_>, row: &ObligationRow) -> Option<Claim> {
    let record = reading.view.record(row.record?).ok()??;
    serde_json::from_str(&record.claim).ok()
}

fn line(row: &ObligationRow, all: &[ObligationRow]) -> CaseLine {
    let due = match &row.state {
        ObligationState::Open { due, .. } => *due,
        ObligationState::Ended { at, .. } => *at,
    };
    let waiting =
        all.iter().filter(|other| other.subject == row.subject && other.record == row.record).count();
    CaseLine {
        obligation: row.id,
        name: row.subject.clone(),
        why: words(&row.words),
        due,
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
    }
}

fn case(reading: &Reading<'_>, row: &ObligationRow, line: CaseLine) -> Result<Option<Case>, Refusal> {
    let Some(message) = row.message else { return Ok(None) };
    let Some(journal) = reading.view.message(message)? else { return Ok(None) };
    let doubt = doubtful(reading.view, reading.directory, &journal, reading.context.now)?;
    let Some(claim) = doubt.or_else(|| claim_on_file(reading, row)) else { return Ok(None) };
    let mut found: BTreeMap<RecordId, CaseCandidate> = BTreeMap::new();
    let own = claim.own.as_ref().map(|own| RecordId::of(&own.authority, &own.value));
    let own_row = own.map(|record| reading.view.record(record)).transpose()?.flatten();
    let mut rows: Vec<store::RecordRow> = own_row.iter().cloned().collect();
    if let Some(record) = row.record {
        rows.extend(reading.view.record(record)?);
    }
    for key in blocking_keys(&claim) {
        rows.extend(reading.view.records_by_key(key.as_i64())?);
    }
    for on_file in rows {
        let Some(other) = candidate(&on_file) else { continue };
        let compared = compare(&claim, &other.claim);
        let weight = compared.bits();
        found.entry(on_file.record).or_insert(CaseCandidate {
            record: on_file.record,
            person: on_file.person,
            claim: other.claim,
            evidence: compared.evidence,
            weight,
        });
    }
    let mut candidates: Vec<CaseCandidate> = found.into_values().collect();
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    candidates.truncate(CANDIDATES_LIMIT);
    let can_be_new = claim.own.is_some() && own_row.is_none();
    Ok(Some(Case { line, message, claim, candidates, can_be_new }))
}

impl Sealed for Answer {}
impl Act for Answer {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let now = reading.context.now;
        let reason = self.reason.trim().to_owned();
        if reason.is_empty() {
            return Err(Refusal::unreadable(
                "Write how you know; it stays with the link.",
                "Écrivez comment vous le savez; cela reste avec le lien.",
            ));
        }
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if row.kind != "identity-review" || !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This case was answered already. Open the list again.",
                "Ce cas a déjà reçu une réponse. Rouvrez la liste.",
            ));
        }
        let message = row.message.ok_or_else(Refusal::not_found)?;
        let journal = reading.view.message(message)?.ok_or_else(Refusal::not_found)?;
        let by = reading.context.actor.name.clone();
        let mut changes = match (self.answer, journal.state) {
            // A review of an identity event: the message itself is filed; the question is about two records.
            (Verdict::Same(person), MessageState::Filed) => joined(reading, &row, person, &reason)?,
            (_, MessageState::Filed | MessageState::Kept | MessageState::Pending) => Changes::default(),
            (Verdict::Return, MessageState::Held) => returned(reading, message, &reason, now),
            (Verdict::Same(person), MessageState::Held) => {
                let ruling = Ruling { person: Some(person), actor: by.clone(), reason: reason.clone() };
                follow(reading.view, reading.directory, &journal, Some(&ruling), now)?
            }
            (Verdict::New, MessageState::Held) => {
                let ruling = Ruling { person: None, actor: by.clone(), reason: reason.clone() };
                follow(reading.view, reading.directory, &journal, Some(&ruling), now)?
            }
        };
        let how = match self.answer {
            Verdict::Same(person) => Words::new(
                format!("{by}: it is person {person}. {reason}"),
                format!("{by} : c'est la personne {person}. {reason}"),
            ),
            Verdict::New => Words::new(
                format!("{by}: nobody we know yet. {reason}"),
                format!("{by} : personne de connu encore. {reason}"),
            ),
            Verdict::Return => Words::new(
                format!("{by}: returned to the sender. {reason}"),
                format!("{by} : retourné à l'expéditeur. {reason}"),
            ),
        };
        let outcome = Outcome::Resolved { by: by.clone(), how: how.en.clone() };
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.obligations.push(event(row.id, now, &by, outcome.code(), &how));
        changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        let person = match self.answer {
            Verdict::Same(person) => Some(person),
            Verdict::New | Verdict::Return => None,
        };
        Ok((changes, person))
    }
}

/// The record in question is the same person: one link event, undone by another.
fn joined(
    reading: &Reading<'_>,
    row: &ObligationRow,
    person: PersonId,
    reason: &str,
) -> Result<Changes, Refusal> {
    let mut changes = Changes::default();
    let Some(record) = row.record else { return Ok(changes) };
    let others = reading.view.records_of_person(person)?;
    let Some(other) = others.iter().find(|other| other.record != record) else {
        return Err(Refusal::conflict(
            "That person has no other record any more: somebody joined it to another. Open the case again.",
            "Cette personne n'a plus d'autre dossier : quelqu'un l'a joint à un autre. Rouvrez le cas.",
        ));
    };
    apply(reading, &Change::Link(record, other.record), reason, &mut changes)?;
    Ok(changes)
}

/// Not to be filed: the message stays kept, and its feed's owner owes the sender a word.
fn returned(reading: &Reading<'_>, message: MessageId, reason: &str, now: Instant) -> Changes {
    let why = Words::new(
        format!("Returned to the sender: {reason}"),
        format!("Retourné à l'expéditeur : {reason}"),
    );
    let link = reading.view.link(message.link()).ok().flatten().map(|link| link.name).unwrap_or_default();
    let owed = clinical::obligations::feed_report(&link, why.clone(), now);
    let about = crate::obligations::About { message: Some(message), custodian: link, ..Default::default() };
    let row = crate::obligations::row(
        crate::obligations::id(&[&message.to_string(), "returned"]),
        &owed,
        &about,
        now,
    );
    Changes {
        requires: vec![Requirement::MessageIs(message, MessageState::Held)],
        settlement: Some(Settlement {
            message,
            state: MessageState::Kept,
            note: crate::obligations::words_json(&why),
            records: Vec::new(),
            at: now,
        }),
        obligations: vec![
            ObligationChange::Open(row.clone()),
            ObligationChange::Event(crate::obligations::opened(&row, &reading.context.actor.name)),
        ],
        ..Changes::default()
    }
}
