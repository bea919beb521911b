//! A practice has what it was sent in the last hour sent once more, after it has seen how much that is (JOURNEYS 2.2).

use super::{Resend, ResendTrial, ResendView};
use crate::record::{Act, Look, Reading, Sealed, Seen, audit_row};
use crate::refusal::Refusal;
use crate::replays::delivery_again;
use clinical::access::{Permission, Role};
use clinical::cover::day;
use clinical::directory::Place;
use fhir::{Instant, PersonId};
use std::collections::BTreeSet;
use store::{Changes, ObligationState, OutboxFilter, OutboxKind, OutboxRow, OutboxState};

/// How far back it goes, in minutes.
pub const BACK_MINUTES: i64 = 60;
/// The hour begins on a full ten minutes, so that pressing twice asks for the same.
const STEP_MICROSECONDS: i64 = 10 * 60 * 1_000_000;
/// Deliveries sent again together at most; more is the delivery desk's to replay.
const MOST: usize = 500;

/// Since when: an hour before the last full ten minutes.
fn since(now: Instant) -> Instant {
    Instant(now.0 - now.0.rem_euclid(STEP_MICROSECONDS)).plus_minutes(-BACK_MINUTES)
}

/// The practice of a link, for somebody who works there today, or for the delivery desk.
fn own_place<'d>(
    reading: &Reading<'d>,
    key: &crate::sign_in::TokenKey,
    token: &str,
) -> Result<&'d Place, Refusal> {
    let place = key.practice_of(token, reading.directory).ok_or_else(Refusal::not_found)?;
    let (actor, today) = (&reading.context.actor, day(reading.context.now));
    let works_there = actor
        .practitioner
        .as_deref()
        .is_some_and(|me| reading.directory.roles_on(me, &today).any(|role| role.place == place.id));
    if actor.role != Role::LaboratoryDesk && !works_there {
        return Err(Refusal::conflict(
            "Only somebody who works at this practice, or the delivery desk, can have it sent again.",
            "Seule une personne qui travaille à ce cabinet, ou le bureau de remise, peut le faire envoyer de nouveau.",
        ));
    }
    Ok(place)
}

/// What was first owed to the practice in the hour and was taken: its last deliveries. What was refused, and what a desk
/// has in hand, is theirs to decide about and not the practice's.
fn taken(reading: &Reading<'_>, place: &Place) -> Result<Vec<OutboxRow>, Refusal> {
    let (view, now) = (reading.view, reading.context.now);
    let (since, today) = (since(now), day(now));
    let (mut rows, mut versions) = (Vec::new(), BTreeSet::new());
    let ways = reading.directory.endpoints().filter(|way| way.place == place.id);
    for way in ways.filter(|way| way.kind.delivers() && way.carries_on(&today)) {
        let owed = view.outbox_opened(&way.id, since, now, MOST + 1)?;
        if owed.len() > MOST {
            return Err(too_many());
        }
        for one in owed.into_iter().filter(|row| row.kind == OutboxKind::Report) {
            if versions.insert((way.id.clone(), one.report, one.version)) {
                rows.extend(last_taken(reading, &one, since)?);
            }
        }
    }
    if rows.len() > MOST { Err(too_many()) } else { Ok(rows) }
}

/// The last delivery of the version that a delivery is of; `None` when it was owed before already, is on its way, was not
/// taken, or somebody has it in hand.
fn last_taken(reading: &Reading<'_>, one: &OutboxRow, since: Instant) -> Result<Option<OutboxRow>, Refusal> {
    let filter = OutboxFilter {
        destination: Some(one.destination.clone()),
        report: Some(one.report),
        ..OutboxFilter::default()
    };
    let mut same = reading.view.outbox(&filter, usize::MAX)?;
    same.retain(|row| row.kind == OutboxKind::Report && row.version == one.version);
    let Some(first) = same.last() else { return Ok(None) };
    let opened = reading.view.obligation(first.obligation)?.map(|owed| owed.opened);
    if opened.is_none_or(|opened| opened < since) || same.iter().any(|row| row.state == OutboxState::Waiting)
    {
        return Ok(None);
    }
    let is_answered = |row: &OutboxRow| matches!(row.state, OutboxState::Acknowledged | OutboxState::Refused);
    let last = same.into_iter().find(is_answered).filter(|row| row.state == OutboxState::Acknowledged);
    let Some(last) = last else { return Ok(None) };
    let owed = reading.view.obligation(last.obligation)?;
    let is_in_hand = owed.is_none_or(|owed| matches!(owed.state, ObligationState::Open { human: true, .. }));
    Ok(Some(last).filter(|_| !is_in_hand))
}

fn too_many() -> Refusal {
    Refusal::conflict(
        "More was sent in the last hour than is sent again from here. Call the delivery desk: it sends any length of time again.",
        "Il a été envoyé dans la dernière heure plus que ce qui se renvoie d'ici. Appelez le bureau de remise : il renvoie toute durée.",
    )
}

/// Everything that follows from sending it again, and whom it is about.
fn again(reading: &Reading<'_>, place: &Place) -> Result<(Changes, Vec<PersonId>, usize), Refusal> {
    let (mut all, mut people, mut count) = (Changes::default(), Vec::new(), 0);
    for row in taken(reading, place)? {
        let (changes, replayed) = delivery_again(reading, &row, since(reading.context.now).0)?;
        if replayed.deliveries == 0 {
            continue;
        }
        count += replayed.deliveries;
        all.requires.extend(changes.requires);
        all.obligations.extend(changes.obligations);
        all.outbox.extend(changes.outbox);
        if let Some(record) = reading.view.record(row.record)?
            && !people.contains(&record.person)
        {
            people.push(record.person);
        }
    }
    Ok((all, people, count))
}

impl Sealed for ResendTrial {}
impl Look for ResendTrial {
    type View = ResendView;
    const PERMISSION: Permission = Permission::ResendOwn;

    fn object(&self) -> String {
        "practice/resend/trial".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ResendView>, Refusal> {
        let place = own_place(reading, &self.key, &self.token)?;
        let (_, _, count) = again(reading, place)?;
        let view = ResendView { place: place.name.clone(), since: since(reading.context.now), count };
        Ok(Seen::nobody(view))
    }
}

impl Sealed for Resend {}
impl Act for Resend {
    const PERMISSION: Permission = Permission::ResendOwn;

    fn object(&self) -> String {
        "practice/resend".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let place = own_place(reading, &self.key, &self.token)?;
        let (mut all, people, count) = again(reading, place)?;
        if count == 0 {
            return Err(Refusal::conflict(
                "There is nothing to send again: nothing was sent in the last hour, it is on its way, or it was sent again just now.",
                "Il n'y a rien à renvoyer : rien n'a été envoyé dans la dernière heure, c'est en route, ou cela vient d'être renvoyé.",
            ));
        }
        // Each person whose report goes out again has a row of their own.
        let object = format!("practice/resend/{}", place.id);
        all.audit = people
            .into_iter()
            .map(|person| audit_row(reading.context, Self::PERMISSION, Some(person), object.clone()))
            .collect();
        Ok((all, None))
    }
}
