//! The desk by cause and destination: one clinic that is down is one line of work and not ninety; and what is done with
//! a line besides sending it again.

use super::desk::{again, by_hand_ended, may_be_closed, open_row, person_of, said};
use super::{DeskGroup, DeskLine, Excuse, HandOver, SendGroup};
use crate::obligations::{event, gravity, words_json};
use crate::record::{Act, Reading, Sealed, audit_row};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::obligations::{Desk, ObligationKind, Outcome, Owner, next_rung};
use clinical::words::Words;
use fhir::PersonId;
use store::{Changes, ObligationChange, ObligationRow, ObligationState, Requirement};

/// Lines that are sent again together at most.
const TOGETHER_LIMIT: usize = 200;

/// The lines by cause and destination, the largest group first.
pub(super) fn grouped(rows: &[ObligationRow], lines: &[DeskLine]) -> Vec<DeskGroup> {
    let mut groups: Vec<DeskGroup> = Vec::new();
    for (row, line) in rows.iter().zip(lines) {
        let can_resend = row.kind == "delivery" && matches!(row.state, ObligationState::Open { .. });
        match groups.iter_mut().find(|group| group.why == line.short && group.to == line.to) {
            Some(group) => {
                group.oldest = group.oldest.min(line.opened);
                group.gravity = group.gravity.max(line.gravity);
                group.can_resend &= can_resend;
                group.lines.push(line.obligation);
            }
            None => groups.push(DeskGroup {
                why: line.short.clone(),
                to: line.to.clone(),
                oldest: line.opened,
                gravity: line.gravity,
                lines: vec![line.obligation],
                can_resend,
            }),
        }
    }
    groups.retain(|group| group.lines.len() > 1);
    groups.sort_by_key(|group| (std::cmp::Reverse(group.lines.len()), group.oldest));
    groups
}

impl Sealed for SendGroup {}
impl Act for SendGroup {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligations/{}", self.obligations.len())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut all = Changes::default();
        let mut last = None;
        for id in self.obligations.iter().take(TOGETHER_LIMIT) {
            match again(reading, *id) {
                Ok((changes, person)) => {
                    // Each person whose report goes again has a row of their own; the act's names how many lines.
                    all.audit.extend(person.map(|person| {
                        let object = format!("obligation/{id}");
                        audit_row(reading.context, Self::PERMISSION, Some(person), object)
                    }));
                    all.requires.extend(changes.requires);
                    all.obligations.extend(changes.obligations);
                    all.outbox.extend(changes.outbox);
                }
                // One that has ended, or that a newer version stands for, keeps the others from nothing.
                Err(refusal) if refusal.kind != RefusalKind::TryAgain => last = Some(refusal),
                Err(refusal) => return Err(refusal),
            }
        }
        match (all.outbox.is_empty(), last) {
            (true, Some(refusal)) => Err(refusal),
            (true, None) => Err(Refusal::not_found()),
            (false, _) => Ok((all, None)),
        }
    }
}

impl Sealed for HandOver {}
impl Act for HandOver {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, from) = open_row(reading, self.obligation)?;
        let why = said(&self.reason)?;
        let Some(to) = Desk::from_code(&self.to) else {
            return Err(Refusal::unreadable(
                "Choose the desk that gets it.",
                "Choisissez le bureau qui le reçoit.",
            ));
        };
        let owner = Owner::Desk(to);
        if owner == from {
            return Err(Refusal::conflict(
                "That desk has it already. Choose another.",
                "Ce bureau l'a déjà. Choisissez-en un autre.",
            ));
        }
        let (by, now) = (&reading.context.actor.name, reading.context.now);
        let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::HeldMessage);
        let (then, minutes) = next_rung(kind, gravity(row.gravity), &owner);
        let words = Words::new(
            format!("{by} handed it to the {}: {why}", to.words().en),
            format!("{by} l'a remis au {} : {why}", to.words().fr),
        );
        let state = ObligationState::Open {
            owner: owner.to_string(),
            human: true,
            due: now.plus_minutes(minutes),
            then: then.to_string(),
        };
        let update =
            ObligationRow { state, words: words_json(&words), revision: row.revision + 1, ..row.clone() };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![
                event(row.id, now, by, "handed-over", &words),
                ObligationChange::Update(update),
            ],
            ..Changes::default()
        };
        Ok((changes, person_of(reading, &row)?))
    }
}

impl Sealed for Excuse {}
impl Act for Excuse {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, _) = open_row(reading, self.obligation)?;
        may_be_closed(reading, &row)?;
        let why = said(&self.reason)?;
        let by = reading.context.actor.name.clone();
        let outcome = Outcome::Excused { by, why: why.clone() };
        let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::HeldMessage);
        if !outcome.may_end(kind, gravity(row.gravity)) {
            return Err(Refusal::conflict(
                "A critical result is not excused: somebody entitled opens it, or reads it back by voice.",
                "Un résultat critique n'est pas dispensé : une personne autorisée l'ouvre, ou le relit de vive voix.",
            ));
        }
        let person = person_of(reading, &row)?;
        Ok((by_hand_ended(reading, &row, outcome, why)?, person))
    }
}
