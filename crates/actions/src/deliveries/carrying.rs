//! What the delivery door carries: offers that are due, and what the receivers answered.

use crate::intake::hl7_time;
use crate::obligations::{self, words_json};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::directory::EndpointKind;
use clinical::obligations::{
    Clock, Delivery, DeliveryEvent, DeliveryPhase, DeliveryStep, Owner, Refusal as Refused, next_rung, step,
};
use fhir::Instant;
use sha2::{Digest as _, Sha256};
use store::{
    Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, OutboxChange, OutboxRow,
    OutboxState, Requirement, Settled, View,
};

/// Who carries, in events.
const ACTOR: &str = "opor delivery";
/// Obligations passed on in one go; the rest follows in the next round.
const ESCALATIONS_AT_ONCE: usize = 500;
/// MSH-3 and MSH-4 of what we send.
const SENDING_APPLICATION: &str = "OPOR";

/// A receiving system of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Endpoint id.
    pub id: String,
    /// `host:port`.
    pub address: String,
}

/// One message to be offered to one receiver.
#[derive(Debug, Clone)]
pub struct Offer {
    /// MSH-10 on the wire.
    pub control_id: String,
    /// Exactly what goes out; the same bytes at every repeat.
    pub bytes: Vec<u8>,
    row: OutboxRow,
}

/// What a receiver answered to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// AA with our control id.
    Accepted {
        /// MSA-3.
        text: String,
    },
    /// AE.
    Error {
        /// What it says.
        text: String,
    },
    /// AR.
    Rejected {
        /// What it says.
        text: String,
    },
    /// Nothing in time: unknown whether it was taken.
    Silent,
    /// No connection.
    Unreachable(String),
}

impl Reply {
    fn event(&self) -> DeliveryEvent {
        match self {
            Self::Accepted { text } => {
                DeliveryEvent::Acknowledged { code: "AA".to_owned(), text: text.clone() }
            }
            Self::Error { text } => DeliveryEvent::Refused { refusal: Refused::Error, text: text.clone() },
            Self::Rejected { text } => {
                DeliveryEvent::Refused { refusal: Refused::Rejected, text: text.clone() }
            }
            Self::Silent => DeliveryEvent::Silent,
            Self::Unreachable(_) => DeliveryEvent::EndpointGone,
        }
    }

    fn was_offered(&self) -> bool {
        !matches!(self, Self::Unreachable(_))
    }
}

impl Record {
    /// Receiving systems that speak MLLP.
    #[must_use]
    pub fn destinations(&self) -> Vec<Destination> {
        self.directory()
            .endpoints()
            .filter(|endpoint| endpoint.kind == EndpointKind::Mllp)
            .map(|endpoint| Destination { id: endpoint.id.clone(), address: endpoint.address.clone() })
            .collect()
    }

    /// Be called after each commit that queued deliveries or made some due.
    pub fn on_new_deliveries(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.store().on_commit(Box::new(move |committed| {
            if !committed.destinations.is_empty() {
                wake();
            }
        }));
    }

    /// The oldest waiting offer of each lane of a destination that is due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn offers_due(&self, destination: &str, now: Instant, limit: usize) -> Result<Vec<Offer>, Refusal> {
        let view = self.store().view()?;
        let mut offers = Vec::new();
        for row in view.outbox_due(destination, now, limit)? {
            let bytes = outgoing(&view, &row)?;
            let digest = Sha256::digest(&bytes).to_vec();
            if !row.offered_digest.is_empty() && row.offered_digest != digest {
                // Another version of this program would send other bytes under the same control id. Byte-identical
                // or not at all (HAZARDS 2.3 no. 3): a person decides.
                self.stop_offering(&view, &row, now)?;
                continue;
            }
            offers.push(Offer {
                control_id: row.control_id.clone(),
                bytes,
                row: OutboxRow { offered_digest: digest, ..row },
            });
        }
        Ok(offers)
    }

    /// Keep what a receiver answered.
    ///
    /// # Errors
    /// When it is not known to be kept; the same offer is then made again.
    pub fn offer_answered(&self, offer: &Offer, reply: &Reply, now: Instant) -> Result<(), Refusal> {
        let view = self.store().view()?;
        let Some(owed) = view.obligation(offer.row.obligation)? else { return Err(Refusal::not_found()) };
        let mut delivery = remembered(&offer.row, &owed);
        // Offering and answering are one commit: a crash in between repeats the same bytes, which is promised.
        if reply.was_offered() {
            delivery.attempts += 1;
        }
        let after = step(&delivery, &reply.event(), now, jitter(&offer.row));
        let mut row = offer.row.clone();
        if !reply.was_offered() {
            row.offered_digest = Vec::new();
        }
        settle(self, &row, &owed, &after, now)
    }

    fn overdue(&self, now: Instant) -> Result<Vec<ObligationRow>, Refusal> {
        let filter = ObligationFilter { open: Some(true), due_by: Some(now), ..ObligationFilter::default() };
        Ok(self.store().view()?.obligations(&filter, ESCALATIONS_AT_ONCE, 0)?)
    }

    fn stop_offering(&self, view: &View, row: &OutboxRow, now: Instant) -> Result<(), Refusal> {
        let Some(owed) = view.obligation(row.obligation)? else { return Err(Refusal::not_found()) };
        let text = "this version of opor would send other bytes under the same control id".to_owned();
        let event = DeliveryEvent::Refused { refusal: Refused::Rejected, text };
        let after = step(&remembered(row, &owed), &event, now, 0.5);
        settle(self, row, &owed, &after, now)
    }

    /// Pass overdue obligations to their next owner; the same every day and after a crash.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn escalate(&self, now: Instant) -> Result<usize, Refusal> {
        let overdue = self.overdue(now)?;
        let mut passed = 0;
        for row in overdue {
            let ObligationState::Open { then, .. } = &row.state else { continue };
            let Ok(next) = then.parse::<Owner>() else { continue };
            let kind = clinical::obligations::ObligationKind::from_code(&row.kind);
            let kind = kind.unwrap_or(clinical::obligations::ObligationKind::HeldMessage);
            let (after, minutes) = next_rung(kind, &next);
            let words = clinical::words::Words::new(
                format!("Not done in time; {} owns it now.", desk_words(&next).en),
                format!("Pas fait à temps; {} en est maintenant responsable.", desk_words(&next).fr),
            );
            let state = ObligationState::Open {
                owner: next.to_string(),
                human: next.is_human(),
                due: now.plus_minutes(minutes),
                then: after.to_string(),
            };
            let update = ObligationRow { state, revision: row.revision + 1, ..row.clone() };
            let changes = Changes {
                requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
                obligations: vec![
                    obligations::event(row.id, now, "opor clock", "escalated", &words),
                    ObligationChange::Update(update),
                ],
                ..Changes::default()
            };
            match self.store().settle_blocking(changes) {
                Settled::Done => passed += 1,
                // Somebody was faster: the next round sees what is left.
                Settled::Stale(_) => {}
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Ok(passed)
    }
}

/// An owner as people read it.
pub(crate) fn desk_words(owner: &Owner) -> clinical::words::Words {
    match owner {
        Owner::Desk(desk) => desk.words(),
        Owner::Machine(_) => clinical::words::Words::new("opor itself", "opor"),
        Owner::Practitioner { id, .. } => clinical::words::Words::new(id.clone(), id.clone()),
    }
}

fn settle(
    record: &Record,
    row: &OutboxRow,
    owed: &ObligationRow,
    after: &DeliveryStep,
    now: Instant,
) -> Result<(), Refusal> {
    let changes = delivery_changes(row, owed, after, ACTOR, now);
    match record.store().settle_blocking(changes) {
        // Stale: a person ended or changed it meanwhile; what the receiver said is in its own ledger, and the next
        // offer, if there is one, starts from what the person left.
        Settled::Done | Settled::Stale(_) => Ok(()),
        other => Err(Refusal::try_again(&other)),
    }
}

/// The rows after a step of a delivery.
pub(super) fn delivery_changes(
    row: &OutboxRow,
    owed: &ObligationRow,
    after: &DeliveryStep,
    actor: &str,
    now: Instant,
) -> Changes {
    let delivery = &after.delivery;
    let state = match delivery.phase {
        DeliveryPhase::Waiting | DeliveryPhase::Offered => OutboxState::Waiting,
        DeliveryPhase::Acknowledged => OutboxState::Acknowledged,
        DeliveryPhase::Refused => OutboxState::Refused,
        DeliveryPhase::Closed => OutboxState::Closed,
    };
    let outbox = OutboxRow {
        state,
        attempts: delivery.attempts,
        next: delivery.next.unwrap_or(row.next),
        last: words_json(&after.words),
        ..row.clone()
    };
    let owed_after = match &after.outcome {
        Some(outcome) => obligations::ended(owed, outcome, now),
        None => ObligationRow {
            state: ObligationState::Open {
                owner: delivery.owner.to_string(),
                human: delivery.owner.is_human(),
                due: delivery.clock.due,
                then: delivery.clock.then.to_string(),
            },
            words: words_json(&after.words),
            revision: owed.revision + 1,
            ..owed.clone()
        },
    };
    Changes {
        requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
        obligations: vec![
            obligations::event(owed.id, now, actor, after.code, &after.words),
            ObligationChange::Update(owed_after),
        ],
        outbox: vec![OutboxChange::Update(outbox)],
        ..Changes::default()
    }
}

/// A delivery as its two rows remember it.
pub(super) fn remembered(row: &OutboxRow, owed: &ObligationRow) -> Delivery {
    let fresh = Delivery::queued(owed.opened);
    let (owner, clock) = match &owed.state {
        ObligationState::Open { owner, due, then, .. } => {
            let owner: Owner = owner.parse().unwrap_or(fresh.owner.clone());
            let then: Owner = then.parse().unwrap_or(fresh.clock.then.clone());
            let minutes = next_rung(clinical::obligations::ObligationKind::Delivery, &owner).1;
            (owner, Clock { due: *due, then, then_after: minutes })
        }
        ObligationState::Ended { .. } => (fresh.owner.clone(), fresh.clock.clone()),
    };
    let phase = match (row.state, &owed.state) {
        (OutboxState::Acknowledged, _) => DeliveryPhase::Acknowledged,
        (OutboxState::Closed, _) | (_, ObligationState::Ended { .. }) => DeliveryPhase::Closed,
        (OutboxState::Refused, _) => DeliveryPhase::Refused,
        (OutboxState::Waiting, _) => DeliveryPhase::Waiting,
    };
    Delivery { phase, attempts: row.attempts, since: owed.opened, next: Some(row.next), owner, clock }
}

/// A fraction that differs between deliveries and attempts, so that clinics are not called in chorus; derived, so
/// that a test sees the same each time.
fn jitter(row: &OutboxRow) -> f64 {
    let digest = Sha256::digest(format!("{}-{}", row.control_id, row.attempts));
    f64::from(digest[0]) / 255.0
}

/// The bytes of a delivery: the part of the message that concerns this report, under our own header.
fn outgoing(view: &View, row: &OutboxRow) -> Result<Vec<u8>, Refusal> {
    let (Some(journal), Some(link)) = (view.message(row.message)?, view.link(row.message.link())?) else {
        return Err(Refusal::not_found());
    };
    let message = hl7v2::Message::parse(journal.raw.clone())
        .map_err(|unreadable| Refusal::unreadable(unreadable.to_string(), unreadable.to_string()))?;
    let sender = crate::intake::sender(&journal, &link);
    let header = clinical::routing::OutgoingHeader {
        application: SENDING_APPLICATION.to_owned(),
        facility: link.name.clone(),
        receiver: row.destination.clone(),
        control_id: row.control_id.clone(),
        time: hl7_time(journal.received),
    };
    clinical::routing::outgoing(&message, &sender, row.report, &header).ok_or_else(|| {
        Refusal::unreadable(
            "The report is not in its message any more.",
            "Le rapport n'est plus dans son message.",
        )
    })
}
