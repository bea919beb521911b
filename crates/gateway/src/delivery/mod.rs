//! Delivery out: one task per destination, so that a silent or refusing clinic never delays another.

pub mod mllp;

use actions::Record;
use actions::deliveries::{Offer, Reply};
use actions::intake::Clock;
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
        tasks.spawn(async move {
            let mut line = mllp::Line::new(destination.address.clone(), patience);
            serve(&record, &clock, &destination.id, &mut line, &wake, stop).await;
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
    line: &mut mllp::Line,
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
                reply = line.offer(&offer.control_id, &offer.bytes) => reply,
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
