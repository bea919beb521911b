//! A receiving system that collects: what waits for its endpoint since a number, and the number up to which it has
//! everything. Rows wait until that number passes them, however long the system is away.

use super::carrying::{Offer, Reply, delivery_changes, remembered};
use super::offers::Making;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::EndpointKind;
use clinical::obligations::{DeliveryEvent, step};
use fhir::{Instant, PersonId};
use store::{Changes, ObligationState, OutboxId};

/// Events handed over at once, at most.
pub const EVENTS_AT_ONCE: usize = 100;
/// Deliveries confirmed in one act.
const CONFIRMED_AT_ONCE: usize = 500;
/// When what was handed over and not confirmed is looked at again; nothing is offered then, it only waits.
const NEXT_LOOK_SECONDS: u32 = 3_600;

/// Look: what waits for the endpoint of the token, behind a number, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Collect {
    /// Number of the last event that the receiver has; 0 for all.
    pub since: u64,
    /// How many at most.
    pub count: usize,
}

/// Answer to [`Collect`].
#[derive(Debug)]
pub struct Events {
    /// Endpoint id.
    pub endpoint: String,
    /// In the order of their numbers.
    pub events: Vec<Event>,
    /// Whether more wait behind the last one.
    pub more: bool,
    /// What could not be made for this endpoint, and is a person's from now on: number and control id are not used again.
    pub left_out: usize,
}

/// One event: one report for this receiver.
#[derive(Debug)]
pub struct Event {
    /// Its number; they grow and have gaps.
    pub number: u64,
    /// What goes out.
    pub offer: Offer,
}

/// Act: the receiver has everything up to a number that was handed over to it.
#[derive(Debug, Clone, Copy)]
pub struct Confirm {
    /// That number.
    pub up_to: u64,
}

/// The endpoint that a token speaks for, when it is one that collects.
fn endpoint<'r>(reading: &Reading<'r>) -> Result<&'r str, Refusal> {
    let id = reading.context.actor.id.as_str();
    match reading.directory.endpoint(id) {
        Some(found) if found.kind == EndpointKind::FhirSubscription => Ok(id),
        _ => Err(Refusal::not_found()),
    }
}

fn outbox_id(number: u64) -> OutboxId {
    OutboxId(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Sealed for Collect {}
impl Look for Collect {
    type View = Events;
    const PERMISSION: Permission = Permission::CollectReports;
    fn object(&self) -> String {
        format!("events/{}", self.since)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Events>, Refusal> {
        let endpoint = endpoint(reading)?;
        let count = self.count.clamp(1, EVENTS_AT_ONCE);
        let mut rows = reading.view.outbox_behind(endpoint, outbox_id(self.since), count + 1)?;
        let more = rows.len() > count;
        rows.truncate(count);
        let mut making = Making::new(reading.view, reading.directory, reading.context.now);
        let (mut events, mut people, mut left_out) = (Vec::new(), Vec::<PersonId>::new(), 0);
        let mut more = more;
        for row in rows {
            match making.made(&row) {
                Ok(Some(offer)) => {
                    people.extend(reading.view.record(row.record)?.map(|record| record.person));
                    events.push(Event { number: u64::try_from(row.id.0).unwrap_or_default(), offer });
                }
                Ok(None) => left_out += 1,
                // The receiver's number must never pass what it was not given: the page ends before it.
                Err(reason) if events.is_empty() => return Err(reason),
                Err(_) => {
                    more = true;
                    break;
                }
            }
        }
        people.sort_unstable();
        people.dedup();
        Ok(Seen { view: Events { endpoint: endpoint.to_owned(), events, more, left_out }, people })
    }
}

impl Sealed for Confirm {}
impl Act for Confirm {
    const PERMISSION: Permission = Permission::CollectReports;
    fn object(&self) -> String {
        format!("events/{}/confirmed", self.up_to)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (id, now) = (endpoint(reading)?, reading.context.now);
        let mut changes = Changes::default();
        for row in reading.view.outbox_behind(id, OutboxId(0), CONFIRMED_AT_ONCE)? {
            // A number that was never handed over confirms nothing, whatever the receiver says.
            if row.id > outbox_id(self.up_to) || row.offered_digest.is_empty() {
                continue;
            }
            let Some(owed) = reading.view.obligation(row.obligation)? else { continue };
            if matches!(owed.state, ObligationState::Ended { .. }) {
                continue;
            }
            let text = format!("collected, confirmed up to {}", self.up_to);
            let event = DeliveryEvent::Acknowledged { code: "AA".to_owned(), text };
            let after = step(&remembered(&row, &owed), &event, now, 0.0);
            let one = delivery_changes(&row, &owed, &after, id, now);
            changes.requires.extend(one.requires);
            changes.obligations.extend(one.obligations);
            changes.outbox.extend(one.outbox);
        }
        Ok((changes, None))
    }
}

impl Record {
    /// Keep that events are handed over, before they are: what is not known to be kept is not handed over. What this
    /// endpoint cannot take goes on by its fallback, so that it never stands in the way.
    ///
    /// # Errors
    /// When it is not known to be kept.
    pub fn hand_over_events(&self, events: &[Event], now: Instant) -> Result<(), Refusal> {
        let reply = Reply::Underway { look_again_seconds: NEXT_LOOK_SECONDS };
        let first: Vec<(&Offer, &Reply)> = events
            .iter()
            .map(|event| &event.offer)
            .filter(|offer| offer.first)
            .map(|o| (o, &reply))
            .collect();
        self.offers_answered(&first, now).into_iter().collect()
    }

    /// Pass on what waits for a collecting endpoint and cannot be made for it. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pass_on_unfit(&self, endpoint: &str, since: u64, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let rows = view.outbox_behind(endpoint, outbox_id(since), EVENTS_AT_ONCE)?;
        let directory = self.directory();
        let mut making = Making::new(&view, &directory, now);
        let unmade: Vec<_> = rows.iter().filter(|row| !making.take_or_pass(self, row, now)).collect();
        Ok(unmade.len())
    }
}
