//! What a steward's answer to a held message does.

use super::acts::{apply, open_case, why};
use super::{Answer, Change, Verdict};
use crate::intake::{Ruling, follow};
use crate::obligations::{ended, event};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{Changes, MessageId, MessageState, ObligationChange, ObligationRow, Requirement, Settlement};

impl Sealed for Answer {}
impl Act for Answer {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let now = reading.context.now;
        let reason = why(&self.reason)?;
        let row = open_case(reading, self.obligation)?;
        let message = row.message.ok_or_else(Refusal::not_found)?;
        let journal = reading.view.message(message)?.ok_or_else(Refusal::not_found)?;
        let by = reading.context.actor.name.clone();
        let mut changes = match (self.answer, journal.state) {
            // A review of an identity event: the message itself is filed; the question is about two records.
            (Verdict::Same(person), MessageState::Filed) => joined(reading, &row, person, &reason)?,
            (Verdict::New | Verdict::Return, MessageState::Filed) => {
                return Err(Refusal::conflict(
                    "This question is about two records on file: link them, or keep them apart.",
                    "Cette question porte sur deux dossiers existants : liez-les ou gardez-les séparés.",
                ));
            }
            (_, MessageState::Kept | MessageState::Pending) => Changes::default(),
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
