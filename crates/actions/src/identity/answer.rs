//! What a steward's answer to a held message does.

use super::acts::{decide, open_case, why};
use super::{Answer, Change, Verdict};
use crate::backlog::{Check, FIRST_CHECK, second_check};
use crate::intake::{Ruling, follow};
use crate::messages::held_by;
use crate::obligations::{ended, event};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{
    Changes, MessageId, MessageState, ObligationChange, ObligationRow, Requirement, ReviewCase, ReviewSort,
    Settlement,
};

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
        let person = match self.answer {
            Verdict::Same(person) => Some(person),
            Verdict::New | Verdict::Return => None,
        };
        if journal.state == MessageState::Held
            && self.answer != Verdict::Return
            && crate::backlog::is_late(reading.view, message)?
            && let Check::First(said) = second_check(reading, row.id, &self.choice())?
        {
            return Ok((first_check(reading, &row, &said), person));
        }
        let ruling = Ruling { case: row.id, person, actor: by.clone(), reason: reason.clone() };
        let mut changes = match (self.answer, journal.state) {
            // A review of an identity event: the message itself is filed; the question is about two records.
            (Verdict::Same(person), MessageState::Filed) => {
                return joined(reading, &row, person, &reason);
            }
            (Verdict::New | Verdict::Return, MessageState::Filed) => {
                return Err(Refusal::conflict(
                    "This question is about two records on file: link them, or keep them apart.",
                    "Cette question porte sur deux dossiers existants : liez-les ou gardez-les séparés.",
                ));
            }
            (_, MessageState::Kept | MessageState::Pending) => Changes::default(),
            (Verdict::Return, MessageState::Held) => returned(reading, message, &reason, now),
            (Verdict::Same(_) | Verdict::New, MessageState::Held) => {
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
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        let after = changes.settlement.as_ref().map_or(journal.state, |settlement| settlement.state);
        if after == MessageState::Held {
            wait(reading, &row, &ruling, &how, &mut changes)?;
            return Ok((changes, person));
        }
        let outcome = Outcome::Resolved { by: by.clone(), how: how.en.clone() };
        changes.obligations.push(event(row.id, now, &by, outcome.code(), &how));
        changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        if journal.state == MessageState::Held {
            end_the_others(reading, &row, message, after, &mut changes)?;
        }
        Ok((changes, person))
    }
}

impl Answer {
    /// What is answered, as two people must both say it of a late message.
    fn choice(&self) -> String {
        match self.answer {
            Verdict::Same(person) => format!("person {person}"),
            Verdict::New => "nobody we know yet".to_owned(),
            Verdict::Return => "return".to_owned(),
        }
    }
}

/// The first of two answers to a question about a late message: a step of the case, which stays open.
fn first_check(reading: &Reading<'_>, row: &ObligationRow, said: &Words) -> Changes {
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    let update = ObligationRow { revision: row.revision + 1, ..row.clone() };
    Changes {
        requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
        obligations: vec![event(row.id, now, by, FIRST_CHECK, said), ObligationChange::Update(update)],
        ..Changes::default()
    }
}

/// Another patient of the message is in doubt too, so nothing is filed yet: the answer is kept, and the case stays
/// somebody's until the message is settled.
fn wait(
    reading: &Reading<'_>,
    row: &ObligationRow,
    ruling: &Ruling,
    how: &Words,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let words = Words::new(
        format!(
            "{} The message still waits for something else; this answer counts when that is settled.",
            how.en
        ),
        format!(
            "{} Le message attend encore autre chose; cette réponse compte dès que ce sera réglé.",
            how.fr
        ),
    );
    let before = reading.view.review_case(row.id)?.unwrap_or(ReviewCase {
        obligation: row.id,
        records: row.record.into_iter().collect(),
        sort: ReviewSort::Held,
        risk: 1,
        because: String::new(),
        asked: None,
    });
    changes.cases.push(ReviewCase { because: ruling.keep(&words), ..before });
    let update = ObligationRow { revision: row.revision + 1, ..row.clone() };
    changes.obligations.push(event(row.id, reading.context.now, &ruling.actor, "answered", &words));
    changes.obligations.push(ObligationChange::Update(update));
    Ok(())
}

/// What else was open because the message was held, now that it is settled.
fn end_the_others(
    reading: &Reading<'_>,
    answered: &ObligationRow,
    message: MessageId,
    after: MessageState,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let words = match after {
        MessageState::Filed => Words::new("The message was filed.", "Le message a été classé."),
        _ => Words::new("The message was returned.", "Le message a été retourné."),
    };
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    let outcome = Outcome::Resolved { by: by.clone(), how: words.en.clone() };
    for row in held_by(reading.view, message)? {
        let ends = row.kind == "identity-review" || (row.kind == "held" && after == MessageState::Filed);
        if ends && row.id != answered.id {
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            changes.obligations.push(event(row.id, now, by, outcome.code(), &words));
            changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        }
    }
    Ok(())
}

/// The record in question is the same person: one link event, undone by another.
fn joined(
    reading: &Reading<'_>,
    row: &ObligationRow,
    person: PersonId,
    reason: &str,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let record = row.record.ok_or_else(Refusal::not_found)?;
    let others = reading.view.records_of_person(person)?;
    let Some(other) = others.iter().find(|other| other.record != record) else {
        return Err(Refusal::conflict(
            "That person has no other record any more: somebody joined it to another. Open the case again.",
            "Cette personne n'a plus d'autre dossier : quelqu'un l'a joint à un autre. Rouvrez le cas.",
        ));
    };
    decide(reading, &Change::Link(record, other.record), reason, Some(row.id))
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
