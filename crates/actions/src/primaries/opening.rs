//! What the page of primary care providers opens from, and for whom.

use super::Line;
use crate::obligations::for_whom;
use crate::record::Reading;
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::{Permission, may};
use clinical::cover::day;
use clinical::obligations::{Desk, ObligationKind, policy};
use fhir::{PersonId, RecordId};
use std::collections::BTreeSet;
use store::{ObligationId, ObligationRow};

/// The person whom something that was sent is about.
pub(super) struct Whose {
    pub(super) row: ObligationRow,
    pub(super) record: RecordId,
    pub(super) person: PersonId,
    pub(super) records: Vec<RecordId>,
}

/// Where a reader at a practice works today, and with whom.
pub(super) struct Own {
    /// Directory ids of the places.
    places: BTreeSet<String>,
    /// Directory ids of the practitioners there, the reader among them.
    pub(super) people: BTreeSet<String>,
}

/// What is the reader's own; `None` for the desk, which sees all.
pub(super) fn own(reading: &Reading<'_>) -> Option<Own> {
    let (actor, directory) = (&reading.context.actor, reading.directory);
    if may(actor.role, Permission::WithdrawPrimary) {
        return None;
    }
    let today = day(reading.context.now);
    let me = actor.practitioner.as_deref().unwrap_or_default();
    let places: BTreeSet<String> = directory.roles_on(me, &today).map(|role| role.place.clone()).collect();
    let here = directory.roles().filter(|role| places.contains(&role.place) && role.holds_on(&today));
    let mut people: BTreeSet<String> = here.map(|role| role.practitioner.clone()).collect();
    people.extend(actor.practitioner.clone());
    Some(Own { places, people })
}

/// Whether the page opens from something of a kind: what was sent to somebody or has nobody to go to, and what the delivery
/// desk has to do about it. A question of another desk leads nobody here to its patient.
pub(crate) fn opens(kind: ObligationKind) -> bool {
    policy(kind).desk == Desk::Delivery
}

/// Where somebody was who got something to read, as its row says it: `Hill, Ana at Hill Clinic`; `None` where several
/// places may be meant.
fn place_named<'r>(reading: &'r Reading<'_>, recipient: &str) -> Option<&'r str> {
    let places = reading.directory.places();
    let mut named = places.filter(|place| {
        recipient.strip_suffix(place.name.as_str()).is_some_and(|who| who.ends_with(telling::AT))
    });
    let only = named.next()?;
    named.next().is_none().then_some(only.id.as_str())
}

/// Whether something is the reader's to open: what went to their practice, to themselves, or to a colleague there, and a
/// question about one of them. What a colleague got at another practice is not.
pub(super) fn is_theirs(reading: &Reading<'_>, own: Option<&Own>, row: &ObligationRow) -> bool {
    let Some(kind) = ObligationKind::from_code(&row.kind).filter(|kind| opens(*kind)) else { return false };
    let Some(Own { places, people }) = own else { return true };
    match kind {
        ObligationKind::Delivery => {
            reading.directory.endpoint(&row.recipient_id).is_some_and(|way| places.contains(&way.place))
        }
        ObligationKind::Attention => {
            let is_me = reading.context.actor.practitioner.as_deref() == Some(row.recipient_id.as_str());
            let at = place_named(reading, &row.recipient);
            is_me || people.contains(&row.recipient_id) && at.is_some_and(|place| places.contains(place))
        }
        ObligationKind::PrimaryProvider => people.contains(&row.recipient_id),
        _ => false,
    }
}

/// What was opened, when it is the reader's to open, and its chart is.
pub(super) fn whose(reading: &Reading<'_>, id: ObligationId) -> Result<Whose, Refusal> {
    let row = reading.view.obligation(id)?.filter(|row| is_theirs(reading, own(reading).as_ref(), row));
    let row = row.ok_or_else(Refusal::not_found)?;
    let record = row.record.ok_or_else(Refusal::not_found)?;
    let person = reading.view.record(record)?.ok_or_else(Refusal::not_found)?.person;
    let records: Vec<RecordId> =
        reading.view.records_of_person(person)?.into_iter().map(|row| row.record).collect();
    crate::access::gate(reading, &records)?;
    Ok(Whose { row, record, person, records })
}

/// Whom something went to, by directory id.
pub(super) fn went_to(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<String>, Refusal> {
    if row.kind == ObligationKind::Delivery.code() {
        let events = reading.view.events(row.id)?;
        let to = events.first().and_then(for_whom).map(|to| to.practitioner);
        return Ok(to.filter(|to| !to.is_empty()));
    }
    Ok(reading.directory.practitioner(&row.recipient_id).map(|who| who.id.clone()))
}

/// Whether something was sent to a practitioner. Where the row does not say to whom, the whole name before the place counts.
pub(super) fn is_sent_to(reading: &Reading<'_>, row: &ObligationRow, line: &Line) -> Result<bool, Refusal> {
    match ObligationKind::from_code(&row.kind) {
        Some(ObligationKind::Attention) => Ok(row.recipient_id == line.practitioner),
        Some(ObligationKind::Delivery) => Ok(match went_to(reading, row)? {
            Some(to) => to == line.practitioner,
            None => {
                let behind = row.recipient.strip_prefix(&line.name);
                behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(telling::AT))
            }
        }),
        _ => Ok(false),
    }
}
