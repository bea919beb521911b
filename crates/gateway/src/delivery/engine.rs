//! One destination: what is due is offered on as many connections as it allows, one message per lane, and the answers
//! are kept in groups while the connections go on.

use super::pace::Pace;
use super::{Begun, Engine, LOOK_AGAIN, Opening, Way, open};
use actions::deliveries::{DeliveryId, Destination, EndpointKind, Offer, Reply};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

/// Offers taken from the table at a time.
const OFFERS_AT_ONCE: usize = 64;
/// Offers that are made, under way or answered and not kept yet, at most: what a dead clinic holds of memory.
const IN_HAND_MOST: usize = 3 * OFFERS_AT_ONCE;
/// Longest time without a look at the table when nothing is known to become due: a clock that was set, or a knock that
/// was not heard, delays nothing longer.
const LOOK_AGAIN_MOST: Duration = Duration::from_secs(10);
/// Longest pause between two offers to a receiver that is down. Each message has its own pauses besides, which grow
/// further.
const PAUSE_MOST: Duration = Duration::from_secs(60);
/// Messages at most that are passed over because the receiver was silent about them, so that it is asked with others.
const PASSED_OVER_MOST: usize = 1024;
/// A receiver that answers again after being down for so long is offered everything that waits, whatever its own pause.
const WAS_DOWN: Duration = Duration::from_secs(30);
/// How far ahead of its time a message is offered then: the longest pause a message can have
/// (two hundred times the usual patience, for one that was set aside).
const OFFERED_EARLY_SECONDS: i64 = 100 * 60;

/// An offer that came to an end, and the way that is free again.
type Ended = (Box<dyn Way>, Offer, Reply);

/// An offer that is under way.
struct Carried {
    id: DeliveryId,
    /// When its bytes began to go out.
    begun: Arc<Begun>,
    is_critical: bool,
    /// Sets it aside; taken when it was told.
    aside: Option<oneshot::Sender<()>>,
}

/// What a look found.
struct Looked {
    offers: Vec<Offer>,
    /// When to look again unasked, when there was nothing.
    again: Duration,
}

impl Default for Looked {
    fn default() -> Self {
        Self { offers: Vec::new(), again: LOOK_AGAIN }
    }
}

/// What happens next.
#[expect(clippy::large_enum_variant, reason = "one exists at a time")]
enum Next {
    Offered(Result<(Id, Ended), JoinError>),
    Kept(Result<HashSet<DeliveryId>, JoinError>),
    Looked(Result<Looked, JoinError>),
    SetAside,
    Begun,
    Rung,
    Again,
    Stop,
}

/// One destination and what is in hand for it. Nothing here owns a message: the table does, and what is forgotten here
/// is read from it again.
pub(super) struct Serving {
    engine: Engine,
    destination: Destination,
    bell: Arc<Notify>,
    /// Bytes began to go out by one of the ways.
    begun: Arc<Notify>,
    stop: watch::Receiver<bool>,
    /// Connections that offer nothing now.
    idle: Vec<Box<dyn Way>>,
    /// Made and not begun.
    ready: VecDeque<Offer>,
    /// Everything not to be made again now.
    in_hand: HashSet<DeliveryId>,
    under_way: JoinSet<Ended>,
    carried: HashMap<Id, Carried>,
    answered: Vec<(Offer, Reply)>,
    /// At most one; gives the ids of those that are known to be kept.
    keeping: JoinSet<HashSet<DeliveryId>>,
    /// What it keeps.
    kept: Vec<DeliveryId>,
    /// At most one.
    looking: JoinSet<Looked>,
    /// Whether there may be something that has not been seen.
    look: bool,
    /// When to look again unasked.
    again: Instant,
    trouble: Trouble,
    pace: Pace,
}

impl Serving {
    /// The task of a destination; nothing when it is of a sort that is not carried to.
    pub(super) fn new(
        engine: &Engine,
        destination: &Destination,
        bell: Arc<Notify>,
        stop: watch::Receiver<bool>,
    ) -> Option<Self> {
        let way = || open(&Opening { destination, patience: engine.patience, dial: &engine.dial });
        let idle: Vec<_> = (0..destination.connections.max(1)).map_while(|_| way()).collect();
        (!idle.is_empty()).then(|| Self {
            engine: engine.clone(),
            destination: destination.clone(),
            bell,
            begun: Arc::default(),
            stop,
            idle,
            ready: VecDeque::new(),
            in_hand: HashSet::new(),
            under_way: JoinSet::new(),
            carried: HashMap::new(),
            answered: Vec::new(),
            keeping: JoinSet::new(),
            kept: Vec::new(),
            looking: JoinSet::new(),
            look: true,
            again: Instant::now() + LOOK_AGAIN,
            trouble: Trouble::default(),
            pace: Pace::default(),
        })
    }

    /// Serve until told to stop. What is under way then is broken off and noted nowhere: the same bytes go out again.
    /// What was answered is kept first.
    pub(super) async fn serve(mut self) {
        while !*self.stop.borrow() {
            self.begin();
            match self.next().await {
                Next::Offered(ended) => self.offered(ended),
                Next::Kept(kept) => self.kept(&kept.unwrap_or_default()),
                Next::Looked(offers) => self.taken(offers.unwrap_or_default()),
                Next::SetAside => self.set_aside(),
                Next::Rung => self.look = true,
                Next::Again => {
                    self.trouble.pause = None;
                    self.again = Instant::now() + LOOK_AGAIN;
                    self.look = true;
                }
                Next::Begun | Next::Stop => {}
            }
        }
        while self.keeping.join_next().await.is_some() {}
        self.keep();
        while self.keeping.join_next().await.is_some() {}
    }

    async fn next(&mut self) -> Next {
        let again = self.trouble.pause.unwrap_or(self.again);
        let aside = self.next_to_set_aside().map(|(_, at)| at);
        tokio::select! {
            // In this order, so that the same happenings have the same course. Nothing starves: what ends is kept, and
            // no more is begun than there is room for.
            biased;
            Some(ended) = self.under_way.join_next_with_id() => Next::Offered(ended),
            Some(kept) = self.keeping.join_next() => Next::Kept(kept),
            Some(offers) = self.looking.join_next() => Next::Looked(offers),
            () = tokio::time::sleep_until(aside.unwrap_or(again)), if aside.is_some() => Next::SetAside,
            () = self.begun.notified() => Next::Begun,
            () = self.bell.notified() => Next::Rung,
            () = tokio::time::sleep_until(again) => Next::Again,
            _ = self.stop.wait_for(|&stop| stop) => Next::Stop,
        }
    }

    /// Begins whatever can be begun.
    fn begin(&mut self) {
        if self.keeping.is_empty() {
            self.keep();
        }
        if self.trouble.pause.is_some() {
            return;
        }
        while !self.ready.is_empty()
            && let Some(mut way) = self.idle.pop()
        {
            let Some(offer) = self.ready.pop_front() else { break };
            let (id, is_critical) = (offer.id(), offer.is_critical);
            let begun = Arc::new(Begun::new(Arc::clone(&self.begun)));
            let by_way = Arc::clone(&begun);
            let (aside, told) = oneshot::channel();
            let task = self.under_way.spawn(async move {
                let reply = tokio::select! {
                    biased;
                    reply = way.offer(&offer, &by_way) => reply,
                    Ok(()) = told => Reply::SetAside {
                        waited_millis: u32::try_from(by_way.waited().as_millis()).unwrap_or(u32::MAX),
                    },
                };
                (way, offer, reply)
            });
            self.carried.insert(task.id(), Carried { id, begun, is_critical, aside: Some(aside) });
        }
        let room = IN_HAND_MOST.saturating_sub(self.in_hand.len()).min(OFFERS_AT_ONCE);
        let wants = self.ready.len() < OFFERS_AT_ONCE / 2 && room >= OFFERS_AT_ONCE / 2;
        if self.look && self.looking.is_empty() && wants {
            self.look = false;
            // A receiver that is down is asked with one message, not with all.
            let limit = if self.trouble.is_down() { 1 } else { room };
            self.take(limit);
        }
    }

    /// The offer under way that others have waited for longest by the measure of this receiver, and when it is set
    /// aside; `None` when nobody waits for a connection.
    fn next_to_set_aside(&self) -> Option<(Id, Instant)> {
        // A folder that is written to is not left in the middle; its ways answer at once.
        if !matches!(self.destination.kind, EndpointKind::Mllp | EndpointKind::Fhir) {
            return None;
        }
        // Each that was told already frees a connection for one that waits.
        let told = self.carried.values().filter(|one| one.aside.is_none()).count();
        if self.ready.len() <= told {
            return None;
        }
        let now = Instant::now();
        let open = self.carried.iter().filter(|(_, one)| one.aside.is_some() && !one.is_critical);
        open.filter_map(|(task, one)| {
            // One that is still dialling has given the receiver nothing to choke on.
            let begun = one.begun.at()?;
            // What is waited for as long as anybody is ends by itself.
            let limit = self.pace.may_take(one.id, self.trouble.offers, now);
            let limit = limit.filter(|limit| *limit < self.engine.patience.answer)?;
            Some((*task, begun + limit))
        })
        .min_by_key(|(task, at)| (*at, self.carried.get(task).map(|one| one.id)))
    }

    /// Gives up waiting for one, so that the others go on (HAZARDS 2.3 no. 4).
    fn set_aside(&mut self) {
        if let Some((task, at)) = self.next_to_set_aside()
            && at <= Instant::now()
            && let Some(aside) = self.carried.get_mut(&task).and_then(|one| one.aside.take())
        {
            // When it has just ended by itself, its own answer counts.
            let _ended = aside.send(());
        }
    }

    fn take(&mut self, limit: usize) {
        let (record, destination) = (self.engine.record.clone(), self.destination.id.clone());
        let early = if std::mem::take(&mut self.trouble.is_back) { OFFERED_EARLY_SECONDS } else { 0 };
        let now = (self.engine.clock)();
        let until = now.plus_seconds(early);
        let mut in_hand = self.in_hand.clone();
        if self.trouble.is_down() {
            in_hand.extend(&self.trouble.silent);
        }
        self.looking.spawn_blocking(move || {
            let looked = record.offers_beside(&destination, now, until, limit, &in_hand).and_then(|offers| {
                if !offers.is_empty() {
                    #[cfg(feature = "defects")]
                    if defects::is(defects::Defect::QueueInMemory) {
                        let sent = Reply::Accepted { text: String::new() };
                        let all: Vec<_> = offers.iter().map(|offer| (offer, &sent)).collect();
                        record.offers_answered(&all, now);
                    }
                    return Ok(Looked { offers, again: LOOK_AGAIN });
                }
                let next = record.next_offer(&destination, until)?;
                let wait = next.map_or(LOOK_AGAIN_MOST, |next| {
                    Duration::from_micros((next.0 - now.0).unsigned_abs()).min(LOOK_AGAIN_MOST)
                });
                Ok(Looked { offers, again: wait })
            });
            looked.unwrap_or_else(|reason| {
                tracing::warn!(%reason, "the outbox could not be read; looking again");
                Looked::default()
            })
        });
    }

    fn taken(&mut self, Looked { offers, again }: Looked) {
        self.again = Instant::now() + again;
        self.in_hand.extend(offers.iter().map(Offer::id));
        // More may wait behind what was made now.
        self.look |= !offers.is_empty();
        if offers.is_empty() && !self.trouble.silent.is_empty() {
            // It has been asked with every other one; now with these again.
            self.trouble.silent.clear();
            self.look = true;
        }
        self.ready.extend(offers);
    }

    fn offered(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (task, (way, offer, reply)) = match ended {
            Ok(ended) => ended,
            Err(broken) => {
                // The panic hook has said where. The message is offered again, by a new way.
                if let Some(one) = self.carried.remove(&broken.id()) {
                    self.in_hand.remove(&one.id);
                }
                let engine = &self.engine;
                let opening =
                    Opening { destination: &self.destination, patience: engine.patience, dial: &engine.dial };
                self.idle.extend(open(&opening));
                return self.wait(LOOK_AGAIN);
            }
        };
        let took = self.carried.remove(&task).map(|one| one.begun.waited()).unwrap_or_default();
        self.idle.push(way);
        match &reply {
            Reply::Unreachable(_) | Reply::Silent | Reply::SetAside { .. } => {
                if !matches!(reply, Reply::Unreachable(_)) {
                    self.trouble.pass_over(offer.id());
                }
                if matches!(reply, Reply::SetAside { .. }) {
                    self.pace.set_aside(offer.id());
                }
                let pause = self.trouble.met(matches!(reply, Reply::Unreachable(_)), Instant::now());
                if let Some(pause) = pause {
                    // The others would meet the same. They are made again when the receiver is asked again.
                    self.wait(pause);
                }
            }
            _ => {
                let now = Instant::now();
                self.trouble.over(now);
                self.pace.answered(offer.id(), took, now);
            }
        }
        self.answered.push((offer, reply));
    }

    /// Offers nothing for a while; what is ready goes back to the table.
    fn wait(&mut self, pause: Duration) {
        self.trouble.pause = Some(Instant::now() + pause);
        for offer in self.ready.drain(..) {
            self.in_hand.remove(&offer.id());
        }
    }

    /// Keeps what was answered since the last time, in one commit.
    fn keep(&mut self) {
        if self.answered.is_empty() {
            return;
        }
        let (record, now) = (self.engine.record.clone(), (self.engine.clock)());
        let answers = std::mem::take(&mut self.answered);
        self.kept = answers.iter().map(|(offer, _)| offer.id()).collect();
        self.keeping.spawn_blocking(move || {
            let pairs: Vec<(&Offer, &Reply)> = answers.iter().map(|(offer, reply)| (offer, reply)).collect();
            let kept = record.offers_answered(&pairs, now);
            let known = pairs.iter().zip(kept).filter_map(|((offer, _), one)| match one {
                Ok(()) => Some(offer.id()),
                Err(reason) => {
                    tracing::warn!(%reason, "the outcome of an offer could not be kept");
                    None
                }
            });
            known.collect()
        });
    }

    /// `known` is empty when keeping them broke down.
    fn kept(&mut self, known: &HashSet<DeliveryId>) {
        let mut all = true;
        for id in self.kept.drain(..) {
            self.in_hand.remove(&id);
            all &= known.contains(&id);
        }
        // What stands behind them in their lanes may go now.
        self.look = true;
        if !all {
            // The same bytes go out again under the same control id, and not in a flood (HAZARDS 2.2, Mirth 1314).
            self.wait(LOOK_AGAIN);
        }
    }
}

/// What is remembered of a receiver that does not answer.
#[derive(Debug, Default)]
struct Trouble {
    /// Offers without an answer since the last answer.
    offers: u32,
    /// Since when.
    since: Option<Instant>,
    /// Nothing is offered before this moment.
    pause: Option<Instant>,
    /// It has just answered after being down for long.
    is_back: bool,
    /// What it was silent about: while it is down it is asked with another one, because what it cannot digest must not
    /// stand before what it could take (HAZARDS H61).
    silent: HashSet<DeliveryId>,
}

impl Trouble {
    /// No connection, or silence: how long to offer nothing. One silent message may be that message's own fault, and
    /// holds up nobody else.
    fn met(&mut self, is_unreachable: bool, now: Instant) -> Option<Duration> {
        self.offers = self.offers.saturating_add(1);
        self.since.get_or_insert(now);
        let pause = LOOK_AGAIN.saturating_mul(1 << (self.offers - 1).min(10)).min(PAUSE_MOST);
        (is_unreachable || self.is_down()).then_some(pause)
    }

    fn is_down(&self) -> bool {
        self.offers > 1
    }

    fn pass_over(&mut self, id: DeliveryId) {
        if self.silent.len() >= PASSED_OVER_MOST {
            self.silent.clear();
        }
        self.silent.insert(id);
    }

    /// It answered.
    fn over(&mut self, now: Instant) {
        let since = self.since.take();
        self.is_back |= since.is_some_and(|since| now.saturating_duration_since(since) >= WAS_DOWN);
        self.offers = 0;
        self.silent.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_silent_message_stops_nobody_and_a_dead_receiver_is_asked_ever_more_rarely() {
        let now = Instant::now();
        let mut trouble = Trouble::default();
        assert_eq!(trouble.met(false, now), None, "it may be the message");
        assert!(!trouble.is_down());
        assert_eq!(trouble.met(false, now), Some(Duration::from_secs(2)));
        assert!(trouble.is_down());
        let pauses: Vec<u64> = (0..6).filter_map(|_| trouble.met(true, now)).map(|p| p.as_secs()).collect();
        assert_eq!(pauses, [4, 8, 16, 32, 60, 60]);
        assert_eq!(Trouble::default().met(true, now), Some(LOOK_AGAIN), "no connection is nobody's message");
    }

    #[test]
    fn a_receiver_that_is_back_is_offered_everything_once() {
        let now = Instant::now();
        let mut trouble = Trouble::default();
        trouble.met(true, now);
        trouble.over(now + Duration::from_secs(3));
        assert!(!trouble.is_back, "a short break changes no message's own pause");
        trouble.met(true, now);
        trouble.over(now + WAS_DOWN);
        assert!(trouble.is_back && !trouble.is_down());
    }
}
