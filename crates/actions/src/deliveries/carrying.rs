//! What the delivery door carries: offers that are due, and what the receivers answered.

use crate::obligations::{self, words_json};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::directory::{Directory, EndpointKind, Tls};
use clinical::obligations::{
    Clock, Delivery, DeliveryEvent, DeliveryPhase, DeliveryStep, Outcome, Owner, Refusal as Refused,
    next_rung, step,
};
use clinical::words::Words;
use fhir::Instant;
use sha2::{Digest as _, Sha256};
use store::{
    Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, OutboxChange, OutboxFilter,
    OutboxId, OutboxRow, OutboxState, Requirement, Settled, View,
};

/// Who carries, in events.
pub(super) const ACTOR: &str = "opor delivery";
/// Obligations passed on in one go; the rest follows in the next round.
const ESCALATIONS_AT_ONCE: usize = 500;
/// Versions of one report to one recipient that are read; far beyond any report's.
const VERSIONS_LIMIT: usize = 200;

/// A receiving system of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Endpoint id.
    pub id: String,
    /// Which way leads there.
    pub kind: EndpointKind,
    /// Where, as the way reads it: `host:port` of MLLP, a folder, a URL.
    pub address: String,
    /// How many offers may be under way at once, each of another source record.
    pub connections: u8,
    /// How the line is protected; plain when nothing is said, which is for loopback and tunnels only.
    pub tls: Option<Tls>,
}

/// One message to be offered to one receiver.
#[derive(Debug, Clone)]
pub struct Offer {
    /// MSH-10 on the wire.
    pub control_id: String,
    /// Exactly what goes out; the same bytes at every repeat.
    pub bytes: Vec<u8>,
    /// Whether these bytes were never given to this receiver before.
    pub first: bool,
    /// Offers so far whose answer is recorded; it grows with each, so that an answer can be told from one that was
    /// recorded before.
    pub attempts: u32,
    /// Whether it is about something critical: it is waited for as long as a receiver may take, whoever waits behind it.
    pub is_critical: bool,
    pub(super) row: OutboxRow,
}

impl Offer {
    /// Key of the row; each is offered to one receiver.
    #[must_use]
    pub fn id(&self) -> OutboxId {
        self.row.id
    }

    /// Endpoint id of the receiver.
    #[must_use]
    pub fn destination(&self) -> &str {
        &self.row.destination
    }
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
    /// Nothing for long beside what it takes for others, and others waited: given up for now, unknown whether it was
    /// taken.
    SetAside {
        /// How long it was waited for, in milliseconds.
        waited_millis: u32,
    },
    /// No connection.
    Unreachable(String),
    /// Handed over; the receipt comes by itself later (a file that is picked up, a fax that is sent). The same offer is
    /// made again after so many seconds, when the way looks whether the receipt is there.
    Underway {
        /// Until the next look, at least 1.
        look_again_seconds: u32,
    },
    /// No machine goes there: a person prints and posts it.
    ByHand,
}

impl Reply {
    fn event(&self, now: Instant) -> DeliveryEvent {
        match self {
            Self::Accepted { text } => {
                DeliveryEvent::Acknowledged { code: "AA".to_owned(), text: text.clone() }
            }
            Self::Error { text } => DeliveryEvent::Refused { refusal: Refused::Error, text: text.clone() },
            Self::Rejected { text } => {
                DeliveryEvent::Refused { refusal: Refused::Rejected, text: text.clone() }
            }
            Self::Silent => DeliveryEvent::Silent,
            Self::SetAside { waited_millis } => DeliveryEvent::SetAside { waited_millis: *waited_millis },
            Self::ByHand => DeliveryEvent::ByHand,
            Self::Unreachable(_) => DeliveryEvent::EndpointGone,
            Self::Underway { look_again_seconds } => {
                let seconds = i64::from(*look_again_seconds).max(1);
                DeliveryEvent::Offered { answer_by: now.plus_seconds(seconds) }
            }
        }
    }

    /// What an answer says that comes after the end; nothing when nothing was offered.
    fn words_after_the_end(&self) -> Option<Words> {
        let said = |en: &str, fr: &str, text: &str| {
            let text = if text.is_empty() { String::new() } else { format!(" ({text})") };
            Words::new(
                format!("{en}{text}, after this had ended."),
                format!("{fr}{text}, après la fin de cette remise."),
            )
        };
        match self {
            Self::Accepted { text } => {
                Some(said("The receiver acknowledged it", "Le destinataire l'a confirmé", text))
            }
            Self::Error { text } | Self::Rejected { text } => {
                Some(said("The receiver did not take it", "Le destinataire ne l'a pas pris", text))
            }
            Self::Silent | Self::SetAside { .. } => {
                Some(said("The receiver gave no answer", "Le destinataire n'a pas répondu", ""))
            }
            Self::Unreachable(_) | Self::Underway { .. } | Self::ByHand => None,
        }
    }

    /// Whether it was offered and the outcome does not count that by itself.
    fn was_offered(&self) -> bool {
        !matches!(self, Self::Unreachable(_) | Self::Underway { .. } | Self::ByHand)
    }
}

impl Record {
    /// Receiving systems, those whose readers use the portal left out: for a copy to them nothing is owed.
    #[must_use]
    pub fn destinations(&self) -> Vec<Destination> {
        self.directory()
            .endpoints()
            .filter(|endpoint| endpoint.kind.delivers())
            .map(|endpoint| Destination {
                id: endpoint.id.clone(),
                kind: endpoint.kind,
                address: endpoint.address.clone(),
                connections: endpoint.connections,
                tls: endpoint.tls.clone(),
            })
            .map(|there| self.practice_copy().map_or_else(|| there.clone(), |copy| copy.kept_here(&there)))
            .collect()
    }

    /// Be called after each commit that queued deliveries or made some due, with their destinations.
    pub fn on_new_deliveries(&self, wake: impl Fn(&[String]) + Send + Sync + 'static) {
        self.store().on_commit(Box::new(move |committed| {
            if !committed.destinations.is_empty() {
                wake(&committed.destinations);
            }
        }));
    }

    /// Hand what waits for a destination that nobody serves to the desk: its endpoint has left the directory. Returns
    /// how many.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hand_over_unserved(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let mut handed = 0;
        for (destination, ..) in view.destinations_waiting()? {
            if is_served(&self.directory(), &destination) {
                continue;
            }
            let state = Some(OutboxState::Waiting);
            let filter = OutboxFilter { destination: Some(destination), state, ..OutboxFilter::default() };
            for row in view.outbox(&filter, ESCALATIONS_AT_ONCE)? {
                self.hand_to_desk(&view, &row, &not_served(&row.destination), now);
                handed += 1;
            }
        }
        Ok(handed)
    }

    /// Keep what a receiver answered.
    ///
    /// # Errors
    /// When it is not known to be kept; the same offer is then made again.
    pub fn offer_answered(&self, offer: &Offer, reply: &Reply, now: Instant) -> Result<(), Refusal> {
        let kept = self.offers_answered(&[(offer, reply)], now).pop();
        kept.unwrap_or_else(|| Err(Refusal::not_found()))
    }

    /// Keep what receivers answered, in one commit; in as many as there are answers when one of them does not fit what
    /// a person did meanwhile. In the order of the answers: whether each is known to be kept.
    pub fn offers_answered(&self, answers: &[(&Offer, &Reply)], now: Instant) -> Vec<Result<(), Refusal>> {
        let view = match self.store().view() {
            Ok(view) => view,
            Err(problem) => {
                let why = Refusal::from(problem);
                return answers.iter().map(|_| Err(why.clone())).collect();
            }
        };
        let made: Vec<Result<Answered, Refusal>> =
            answers.iter().map(|(offer, reply)| self.answered(&view, offer, reply, now)).collect();
        let mut together = Changes::default();
        for one in made.iter().flatten() {
            one.add_to(&mut together);
        }
        let together = match self.store().settle_blocking(together) {
            Settled::Done => Some(Ok(())),
            Settled::Stale(_) | Settled::Malformed(_) => None,
            other => Some(Err(Refusal::try_again(&other))),
        };
        made.into_iter()
            .zip(answers)
            .map(|(one, (offer, reply))| {
                let Answered { received, .. } = one?;
                let received = match &together {
                    Some(kept) => kept.clone().map(|()| received)?,
                    None => self.answered_alone(offer, reply, now)?,
                };
                if let Some(newer) = received {
                    self.recall_older(&view, &newer, now);
                }
                Ok(())
            })
            .collect()
    }

    /// Keep one answer by itself, laid over what a person did meanwhile (a note, another owner): a receipt is not lost to
    /// a note. Returns what was received.
    fn answered_alone(
        &self,
        offer: &Offer,
        reply: &Reply,
        now: Instant,
    ) -> Result<Option<ObligationRow>, Refusal> {
        let kept = self.settle_anew(|_| {
            let Answered { changes, received } = self.answered(&self.store().view()?, offer, reply, now)?;
            Ok((Some(changes), received))
        })?;
        kept.ok_or_else(|| {
            Refusal::conflict(
                "Somebody keeps changing this delivery; it is offered once more.",
                "Cette remise change sans cesse; elle est offerte de nouveau.",
            )
        })
    }

    /// What an answer changes.
    fn answered(&self, view: &View, offer: &Offer, reply: &Reply, now: Instant) -> Result<Answered, Refusal> {
        let only = |changes| Ok(Answered { changes, received: None });
        let Some(owed) = view.obligation(offer.row.obligation)? else { return Err(Refusal::not_found()) };
        if matches!(owed.state, ObligationState::Ended { .. }) {
            // A person ended it while the offer was under way. That stands; what was answered is noted.
            let row = view.delivery(offer.row.id)?.unwrap_or_else(|| offer.row.clone());
            return only(after_the_end(&row, &owed, Some(reply), now));
        }
        if let Reply::Underway { .. } = reply
            && !offer.first
        {
            return only(look_again(&offer.row, reply, now));
        }
        let mut delivery = remembered(&offer.row, &owed);
        // Offering and answering are one commit: a crash in between repeats the same bytes, which is promised.
        if reply.was_offered() {
            delivery.attempts += 1;
        }
        let after = step(&delivery, &reply.event(now), now, jitter(&offer.row));
        let mut row = offer.row.clone();
        // Only what was never given may change its bytes: what an earlier offer gave stays given.
        if matches!(reply, Reply::Unreachable(_)) && offer.first {
            row.offered_digest = Vec::new();
        }
        let changes = delivery_changes(&row, &owed, &after, ACTOR, now);
        let received = (matches!(reply, Reply::Accepted { .. }) && owed.version > 1).then_some(owed);
        Ok(Answered { changes, received })
    }

    /// A receiver that has a version needs no older one: those that it refused, or that a person has, end here.
    fn recall_older(&self, view: &View, newer: &ObligationRow, now: Instant) {
        let older = match of_same_recipient(view, newer) {
            Ok(rows) => rows,
            Err(reason) => {
                tracing::warn!(%reason, "older versions of a delivered report stay on the desk");
                return;
            }
        };
        for row in older.iter().filter(|row| row.version < newer.version && is_open(row)) {
            let ended = view.outbox(&OutboxFilter { obligation: Some(row.id), ..OutboxFilter::default() }, 1);
            let Some(sent) = ended.ok().and_then(|rows| rows.into_iter().next()) else { continue };
            if sent.state != OutboxState::Refused {
                continue;
            }
            let after = recalled(&sent, row, newer.version, now);
            if let Err(reason) = settle(self, &sent, row, &after, now) {
                tracing::warn!(%reason, "an older version of a delivered report stays on the desk");
            }
        }
    }

    /// No more offers of this row: a person decides. What cannot even be written is looked at again with the next
    /// round; it holds up nobody.
    pub(super) fn hand_to_desk(&self, view: &View, row: &OutboxRow, why: &Words, now: Instant) {
        if let Err(reason) = self.stop_offering(view, row, why, now) {
            tracing::warn!(%reason, control_id = %row.control_id, "a delivery could not be handed to the desk");
        }
    }

    fn stop_offering(&self, view: &View, row: &OutboxRow, why: &Words, now: Instant) -> Result<(), Refusal> {
        let Some(owed) = view.obligation(row.obligation)? else { return Err(Refusal::not_found()) };
        if !is_open(&owed) {
            return settled(self, after_the_end(row, &owed, None, now));
        }
        let event = DeliveryEvent::Refused { refusal: Refused::Rejected, text: why.en.clone() };
        let mut after = step(&remembered(row, &owed), &event, now, 0.5);
        after.words = Words::new(
            format!("opor does not offer it any more: {} Find another way and say which.", why.en),
            format!("opor ne l'offre plus : {} Trouvez une autre voie et dites laquelle.", why.fr),
        );
        settle(self, row, &owed, &after, now)
    }
}

/// An owner as people read it.
pub(crate) fn desk_words(owner: &Owner) -> Words {
    match owner {
        Owner::Desk(desk) => desk.words(),
        Owner::Machine(_) => Words::new("opor itself", "opor"),
        Owner::Practitioner { id, .. } => Words::new(id.clone(), id.clone()),
        Owner::Team(_) => Words::new("a team of the practice", "une équipe de la clinique"),
        Owner::Outside(_) => Words::new("the workplace's manager", "le gestionnaire du lieu de travail"),
    }
}

/// What one answer changes.
struct Answered {
    changes: Changes,
    /// The obligation, when its receiver may hold older versions that end now.
    received: Option<ObligationRow>,
}

impl Answered {
    /// Lays it into the commit of its group.
    fn add_to(&self, together: &mut Changes) {
        together.requires.extend(self.changes.requires.iter().cloned());
        together.obligations.extend(self.changes.obligations.iter().cloned());
        together.outbox.extend(self.changes.outbox.iter().cloned());
    }
}

/// It was handed over before and its receipt is still to come: only the time of the next look is kept.
fn look_again(row: &OutboxRow, reply: &Reply, now: Instant) -> Changes {
    let seconds = if let Reply::Underway { look_again_seconds } = reply { *look_again_seconds } else { 1 };
    let next = now.plus_seconds(i64::from(seconds).max(1));
    Changes {
        requires: vec![Requirement::OutboxIs(row.id, OutboxState::Waiting, row.attempts)],
        outbox: vec![OutboxChange::Update(OutboxRow { next, ..row.clone() })],
        ..Changes::default()
    }
}

fn settle(
    record: &Record,
    row: &OutboxRow,
    owed: &ObligationRow,
    after: &DeliveryStep,
    now: Instant,
) -> Result<(), Refusal> {
    settled(record, delivery_changes(row, owed, after, ACTOR, now))
}

fn settled(record: &Record, changes: Changes) -> Result<(), Refusal> {
    match record.store().settle_blocking(changes) {
        // Stale: a person ended or changed it meanwhile; what the receiver said is in its own ledger, and the next
        // offer, if there is one, starts from what the person left.
        Settled::Done | Settled::Stale(_) => Ok(()),
        other => Err(Refusal::try_again(&other)),
    }
}

/// The end of a version whose receiver has a newer one.
pub(super) fn recalled(row: &OutboxRow, owed: &ObligationRow, newer: u32, now: Instant) -> DeliveryStep {
    let why = format!("version {newer} was acknowledged by the same receiver");
    let event = DeliveryEvent::Ended(Outcome::Recalled { why });
    let words = Words::new(
        format!("Version {newer} reached the same receiver; this one is not sent any more."),
        format!("La version {newer} est parvenue au même destinataire; celle-ci n'est plus envoyée."),
    );
    DeliveryStep { words, ..step(&remembered(row, owed), &event, now, 0.0) }
}

/// What comes after the end is told and changes nothing else; a row that waits still is closed.
fn after_the_end(row: &OutboxRow, owed: &ObligationRow, reply: Option<&Reply>, now: Instant) -> Changes {
    let mut changes = Changes {
        requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
        ..Changes::default()
    };
    let words = reply.and_then(Reply::words_after_the_end);
    changes.obligations.extend(words.map(|words| obligations::event(owed.id, now, ACTOR, "noted", &words)));
    if row.state == OutboxState::Waiting {
        let closed = OutboxRow { state: OutboxState::Closed, ..row.clone() };
        changes.outbox.push(OutboxChange::Update(closed));
    }
    changes
}

/// Whether somebody still owns it.
fn is_open(row: &ObligationRow) -> bool {
    matches!(row.state, ObligationState::Open { .. })
}

/// Whether the directory still has a system under this name.
pub(super) fn is_served(directory: &Directory, destination: &str) -> bool {
    directory.endpoint(destination).is_some_and(|endpoint| endpoint.kind.delivers())
}

/// Why nothing goes to a destination that has left the directory.
pub(super) fn not_served(destination: &str) -> Words {
    Words::new(
        format!("the directory has no system {destination} any more."),
        format!("le répertoire n'a plus de système {destination}."),
    )
}

/// Deliveries of all versions of a report to the same recipient.
pub(super) fn of_same_recipient(view: &View, row: &ObligationRow) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter {
        kind: Some("delivery".to_owned()),
        resource: Some(row.resource.ok_or_else(Refusal::not_found)?),
        recipient_id: Some(row.recipient_id.clone()),
        ..ObligationFilter::default()
    };
    let rows = view.obligations(&filter, VERSIONS_LIMIT, 0)?;
    Ok(rows.into_iter().filter(|other| other.recipient == row.recipient).collect())
}

/// The rows after a step of a delivery. One that has ended stays as it ended: only the step is written.
pub(super) fn delivery_changes(
    row: &OutboxRow,
    owed: &ObligationRow,
    after: &DeliveryStep,
    actor: &str,
    now: Instant,
) -> Changes {
    let noted = obligations::event(owed.id, now, actor, after.code, &after.words);
    if !is_open(owed) {
        return Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            obligations: vec![noted],
            ..Changes::default()
        };
    }
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
        obligations: vec![noted, ObligationChange::Update(owed_after)],
        outbox: vec![OutboxChange::Update(outbox)],
        ..Changes::default()
    }
}

/// A delivery as its two rows remember it.
pub(super) fn remembered(row: &OutboxRow, owed: &ObligationRow) -> Delivery {
    let gravity = obligations::gravity(owed.gravity);
    let fresh = Delivery::queued(gravity, owed.opened);
    let (owner, clock) = match &owed.state {
        ObligationState::Open { owner, due, then, .. } => {
            let owner: Owner = owner.parse().unwrap_or(fresh.owner.clone());
            let then: Owner = then.parse().unwrap_or(fresh.clock.then.clone());
            let minutes = next_rung(clinical::obligations::ObligationKind::Delivery, gravity, &owner).1;
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
    Delivery {
        phase,
        attempts: row.attempts,
        since: owed.opened,
        next: Some(row.next),
        owner,
        clock,
        gravity,
    }
}

/// A fraction that differs between deliveries and attempts, so that clinics are not called in chorus; derived, so
/// that a test sees the same each time.
fn jitter(row: &OutboxRow) -> f64 {
    let digest = Sha256::digest(format!("{}-{}", row.control_id, row.attempts));
    f64::from(digest[0]) / 255.0
}
