//! Delivery out: one task per destination, so that a silent or refusing clinic never delays another.

pub mod mllp;

use actions::Record;
use actions::deliveries::{Destination, EndpointKind, Offer, Reply};
use actions::intake::Clock;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Offers taken from the table at a time, per destination.
const OFFERS_AT_ONCE: usize = 64;
/// How often a destination looks at its table without being woken.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How patient delivery is with a receiver.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For an acknowledgement; after it the socket is closed and never reused (HAZARDS 2.2, Mirth 1441).
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), answer: Duration::from_secs(30) }
    }
}

/// A way to one receiver. One offer at a time; an offer that is made again has the same control id and the same bytes,
/// so what it does must be safe to do twice.
pub trait Way: Send {
    /// Offer one message and say what came of it. Waits no longer than the patience it was opened with; when it is
    /// dropped on the way, it is unknown whether the receiver has the message, and it will be offered again.
    fn offer<'a>(&'a mut self, offer: &'a Offer) -> Answering<'a>;
}

/// What a way will say.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

/// What a way is opened with.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// To whom.
    pub destination: &'a Destination,
    /// How long it may wait.
    pub patience: Patience,
}

/// How one sort of endpoint is reached.
struct Kind {
    kind: EndpointKind,
    open: fn(&Opening<'_>) -> Box<dyn Way>,
}

/// Every sort of endpoint that is carried to; the others come for it or read in the portal.
const KINDS: &[Kind] = &[Kind { kind: EndpointKind::Mllp, open: mllp::open }];

fn open(opening: &Opening<'_>) -> Option<Box<dyn Way>> {
    let kind = KINDS.iter().find(|kind| kind.kind == opening.destination.kind)?;
    Some((kind.open)(opening))
}

/// Run all destinations of the directory until `stop` turns true.
pub async fn run(record: Record, clock: Clock, patience: Patience, stop: watch::Receiver<bool>) {
    let wake = Arc::new(Notify::new());
    let waker = Arc::clone(&wake);
    record.on_new_deliveries(move || waker.notify_waiters());
    hand_over_unserved(&record, &clock).await;
    let mut tasks = tokio::task::JoinSet::new();
    for destination in record.destinations() {
        let (record, clock, wake, stop) =
            (record.clone(), Arc::clone(&clock), Arc::clone(&wake), stop.clone());
        let Some(mut way) = open(&Opening { destination: &destination, patience }) else { continue };
        tasks.spawn(async move {
            serve(&record, &clock, &destination.id, way.as_mut(), &wake, stop).await;
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// What waits for an endpoint that has left the directory since the last start has no task of its own.
async fn hand_over_unserved(record: &Record, clock: &Clock) {
    let (record, now) = (record.clone(), clock());
    let handed = tokio::task::spawn_blocking(move || record.hand_over_unserved(now)).await;
    match handed {
        Ok(Ok(0)) | Err(_) => {}
        Ok(Ok(count)) => {
            tracing::warn!(count, "deliveries to endpoints that left the directory are on the desk")
        }
        Ok(Err(reason)) => tracing::warn!(%reason, "the outbox could not be read; looking again"),
    }
}

async fn serve(
    record: &Record,
    clock: &Clock,
    destination: &str,
    way: &mut dyn Way,
    wake: &Notify,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        let woken = wake.notified();
        let offers = due(record, clock, destination).await;
        if offers.is_empty() {
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                _ = stop.wait_for(|&stop| stop) => return,
            }
            continue;
        }
        for offer in offers {
            if *stop.borrow() {
                return;
            }
            // Stopped in the middle of an offer, nothing is noted: the same bytes go out again at the next start.
            let reply = tokio::select! {
                reply = way.offer(&offer) => reply,
                _ = stop.wait_for(|&stop| stop) => return,
            };
            let unreachable = matches!(reply, Reply::Unreachable(_) | Reply::Silent);
            let kept = settle(record, clock, offer, reply).await;
            if unreachable || !kept {
                // The others of this destination would meet the same; their clocks run on and the table is looked
                // at again when the first of them may be offered again. What could not be kept is offered again, and
                // not in a flood (HAZARDS 2.2, Mirth 1314).
                tokio::select! {
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                    _ = stop.wait_for(|&stop| stop) => return,
                }
                break;
            }
        }
    }
}

async fn due(record: &Record, clock: &Clock, destination: &str) -> Vec<Offer> {
    let (record, now, destination) = (record.clone(), clock(), destination.to_owned());
    let looked =
        tokio::task::spawn_blocking(move || record.offers_due(&destination, now, OFFERS_AT_ONCE)).await;
    match looked {
        Ok(Ok(offers)) => offers,
        Ok(Err(reason)) => {
            tracing::warn!(%reason, "the outbox could not be read; looking again");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// Keeps the outcome of an offer; false when it is not known to be kept, and the same bytes go out again under the same
/// control id.
async fn settle(record: &Record, clock: &Clock, offer: Offer, reply: Reply) -> bool {
    let (record, now) = (record.clone(), clock());
    let settled = tokio::task::spawn_blocking(move || record.offer_answered(&offer, &reply, now)).await;
    match settled {
        Ok(Ok(())) => true,
        Ok(Err(reason)) => {
            tracing::warn!(%reason, "the outcome of an offer could not be kept");
            false
        }
        Err(_) => false,
    }
}
