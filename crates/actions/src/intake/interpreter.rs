//! The reconciler that turns journalled messages into facts on charts.
//!
//! It looks at the open journal rows, takes the oldest of each lane, prepares what follows and submits it; it never
//! waits for its own settle. After a crash it does the same as every day (DESIGN.md section 4).

use super::filing;
use crate::record::Record;
use fhir::Instant;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use store::{LinkId, MessageId, OpenMessage, Requirement, Settled, View};

/// Settles under way at once. Fewer make smaller groups and faster acknowledgements; this is the valve
/// (research: writer trial, "Do" no. 1).
const IN_FLIGHT_LIMIT: usize = 64;
/// Messages prepared over one view by one thread: a reader keeps its pages for the length of a view.
const BATCH_MESSAGES: usize = 16;
/// Open rows held in memory at once; the rest waits in the table.
const WINDOW_MESSAGES: usize = 4_096;
/// How long a worker rests at most before it looks at the table again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Preparations of one message before a person must look: its lane waits behind it, and contention never lasts so long.
const IN_VAIN_LIMIT: u32 = 200;
/// Tries, a second apart, to prepare a message whose facts cannot be read; then a person owns it and its lane goes on.
const UNPREPARED_LIMIT: u32 = 30;
/// How long a message rests after the store asked to try again.
const TRY_AGAIN_AFTER_SECONDS: i64 = 1;

/// A clock that is given, never read from the machine here.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Running interpreters; stops and joins them when told to.
pub struct Interpreter {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    record: Record,
    clock: Clock,
    state: Mutex<State>,
    wake: Condvar,
}

/// A message in memory.
struct Loaded {
    lanes: Vec<i64>,
    /// It stands in `ready`, which may be long.
    ready: bool,
}

#[derive(Default)]
struct State {
    /// Messages of each lane in order of arrival; the first may be worked on.
    lanes: HashMap<i64, VecDeque<MessageId>>,
    /// Everything loaded and not yet settled.
    loaded: HashMap<MessageId, Loaded>,
    ready: VecDeque<MessageId>,
    resting: Vec<(Instant, MessageId)>,
    /// How often a message was prepared in vain because something it relied on had changed.
    in_vain: HashMap<MessageId, u32>,
    in_flight: usize,
    /// Place in the order of arrival of the last row loaded.
    loaded_up_to: i64,
    /// The table may hold rows beyond `loaded_up_to`.
    more: bool,
    /// Messages stand open again whose rows lie before `loaded_up_to`; they are loaded before anything else goes on.
    again: bool,
    /// Feeds that were paused when the table was last looked at; when one goes on, its rows lie before `loaded_up_to`.
    paused: Vec<LinkId>,
    loading: bool,
    stopping: bool,
}

impl Interpreter {
    /// Start `workers` threads over the record.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(record: Record, clock: Clock, workers: usize) -> std::io::Result<Self> {
        let Self { shared, .. } = Self::by_turns(record, clock);
        let threads = (0..workers.max(1))
            .map(|n| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new().name(format!("interpret-{n}")).spawn(move || work(&shared))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shared, workers: threads })
    }

    /// Without threads of its own: whoever holds it says when a [`turn`](Self::turn) is taken.
    #[must_use]
    pub fn by_turns(record: Record, clock: Clock) -> Self {
        let shared = Arc::new(Shared {
            record,
            clock,
            state: Mutex::new(State { more: true, ..State::default() }),
            wake: Condvar::new(),
        });
        let waker = Arc::downgrade(&shared);
        shared.record.store().on_commit(Box::new(move |committed| {
            if committed.messages
                && let Some(shared) = waker.upgrade()
            {
                let mut state = shared.lock();
                state.more = true;
                state.again |= committed.reopened;
                drop(state);
                shared.wake.notify_one();
            }
        }));
        Self { shared, workers: Vec::new() }
    }

    /// Prepares and submits, in the caller's thread, the messages whose turn has come; whether there were any. Never
    /// waits.
    pub fn turn(&self) -> bool {
        let (state, taken) = take(&self.shared, self.shared.lock());
        drop(state);
        let Some(messages) = taken else { return false };
        interpret(&self.shared, messages);
        true
    }

    /// Whether everything journalled so far has been settled.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        !state.more && !state.loading && state.loaded.is_empty()
    }

    /// Let what is under way end, take nothing new, and join the threads.
    pub fn stop(self) {
        self.shared.lock().stopping = true;
        self.shared.wake.notify_all();
        for worker in self.workers {
            if worker.join().is_err() {
                tracing::error!("an interpreter thread ended in a panic");
            }
        }
        let mut state = self.shared.lock();
        while state.in_flight > 0 {
            state = self.shared.wait(state);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.wake.wait_timeout(state, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0
    }
}

fn work(shared: &Arc<Shared>) {
    while let Some(messages) = next(shared) {
        interpret(shared, messages);
    }
}

fn interpret(shared: &Arc<Shared>, messages: Vec<MessageId>) {
    // One view for the batch: a reader's page cache is worth nothing after each new look at a busy database. What
    // has changed since is found by the preconditions when it settles.
    let looked = shared.record.store().view().and_then(|view| {
        let paused: Vec<LinkId> = view.pauses()?.into_iter().map(|pause| pause.link).collect();
        Ok((view, paused))
    });
    match looked {
        Ok((view, paused)) => {
            for message in messages {
                // A message of a feed that was paused since it was loaded stays in the table, and is loaded again
                // when it goes on.
                if paused.contains(&message.link()) {
                    drop_paused(shared, message.link());
                } else {
                    prepare_and_submit(shared, &view, message);
                }
            }
        }
        Err(problem) => {
            tracing::warn!(%problem, "the record could not be read; trying again");
            messages.into_iter().for_each(|message| rest(shared, message));
        }
    }
}

/// The next messages whose lanes are all free, or `None` when stopping.
fn next(shared: &Arc<Shared>) -> Option<Vec<MessageId>> {
    let mut state = shared.lock();
    loop {
        if state.stopping {
            return None;
        }
        let (left, taken) = take(shared, state);
        if taken.is_some() {
            return taken;
        }
        state = shared.wait(left);
    }
}

/// The messages whose turn has come, with what stands in the table and has not been loaded; nothing when there are none.
fn take<'s>(
    shared: &'s Shared,
    mut state: MutexGuard<'s, State>,
) -> (MutexGuard<'s, State>, Option<Vec<MessageId>>) {
    loop {
        state.wake_rested((shared.clock)());
        if let Some(batch) = state.batch() {
            return (state, Some(batch));
        }
        if state.loading || !(state.again || state.more && state.loaded.len() < WINDOW_MESSAGES) {
            return (state, None);
        }
        state.loading = true;
        state.more = false;
        let again = std::mem::take(&mut state.again);
        let mut after = if again { 0 } else { state.loaded_up_to };
        // From the beginning most rows are loaded already and take no room.
        let taken = if again { 0 } else { state.loaded.len() };
        let room = WINDOW_MESSAGES - taken;
        let before = state.paused.clone();
        drop(state);
        let loaded = shared.record.store().view().and_then(|view| {
            let paused: Vec<LinkId> = view.pauses()?.into_iter().map(|pause| pause.link).collect();
            if before.iter().any(|link| !paused.contains(link)) {
                after = 0;
            }
            Ok((view.messages_to_interpret(after, room)?, paused))
        });
        state = shared.lock();
        state.loading = false;
        match loaded {
            Ok((rows, paused)) => {
                if after == 0 {
                    state.loaded_up_to = 0;
                }
                state.paused = paused;
                state.more |= rows.len() == room;
                for row in rows {
                    state.load(row);
                }
                shared.wake.notify_all();
            }
            Err(problem) => {
                tracing::warn!(%problem, "the journal could not be read; looking again");
                state.more = true;
                state.again |= again;
                return (state, None);
            }
        }
        if state.stopping {
            return (state, None);
        }
    }
}

impl State {
    fn load(&mut self, row: OpenMessage) {
        self.loaded_up_to = self.loaded_up_to.max(row.arrival);
        if self.loaded.contains_key(&row.id) {
            return;
        }
        for lane in &row.lanes {
            // Messages of one lane are of one link, numbered as they came: one that stands open again has its old place.
            let waiting = self.lanes.entry(*lane).or_default();
            let place = waiting.partition_point(|other| *other < row.id);
            waiting.insert(place, row.id);
            if place == 0
                && let Some(next) = waiting.get(1)
            {
                self.ready.retain(|ready| ready != next);
                if let Some(next) = self.loaded.get_mut(next) {
                    next.ready = false;
                }
            }
        }
        self.loaded.insert(row.id, Loaded { lanes: row.lanes, ready: false });
        self.offer(row.id);
    }

    /// Whether a worker may take messages: as many as one view is for, or all that are ready. Settles end a few at a
    /// time, and a view for each message of them would read the same pages again and again.
    fn has_batch(&self) -> bool {
        let room = IN_FLIGHT_LIMIT.saturating_sub(self.in_flight);
        !self.ready.is_empty() && room >= self.ready.len().min(BATCH_MESSAGES)
    }

    /// The next messages of one worker.
    fn batch(&mut self) -> Option<Vec<MessageId>> {
        if self.again || !self.has_batch() {
            return None;
        }
        let batch: Vec<MessageId> = self.ready.drain(..self.ready.len().min(BATCH_MESSAGES)).collect();
        self.in_flight += batch.len();
        for message in &batch {
            if let Some(loaded) = self.loaded.get_mut(message) {
                loaded.ready = false;
            }
        }
        Some(batch)
    }

    /// Make a message ready when it is the oldest in each of its lanes.
    fn offer(&mut self, message: MessageId) {
        let Some(loaded) = self.loaded.get_mut(&message) else { return };
        let first = |lane| self.lanes.get(lane).and_then(|waiting| waiting.front()) == Some(&message);
        if !loaded.ready && loaded.lanes.iter().all(first) {
            loaded.ready = true;
            self.ready.push_back(message);
        }
    }

    fn settled(&mut self, message: MessageId) {
        self.in_vain.remove(&message);
        let Some(loaded) = self.loaded.remove(&message) else { return };
        for lane in loaded.lanes {
            if let Some(waiting) = self.lanes.get_mut(&lane) {
                waiting.retain(|&other| other != message);
                match waiting.front().copied() {
                    Some(first) => self.offer(first),
                    None => {
                        self.lanes.remove(&lane);
                    }
                }
            }
        }
    }

    fn drop_link(&mut self, link: LinkId) {
        let of_link: Vec<MessageId> = self.loaded.keys().copied().filter(|id| id.link() == link).collect();
        for message in &of_link {
            self.in_vain.remove(message);
            for lane in self.loaded.remove(message).map(|loaded| loaded.lanes).unwrap_or_default() {
                // Messages of one lane are of one link.
                self.lanes.remove(&lane);
            }
        }
        self.ready.retain(|message| message.link() != link);
        self.resting.retain(|(_, message)| message.link() != link);
        self.again = true;
    }

    fn wake_rested(&mut self, now: Instant) {
        // A time further ahead than anybody rests was given by a clock that has been set back since.
        let beyond = now.plus_seconds(TRY_AGAIN_AFTER_SECONDS);
        let (rested, resting) =
            self.resting.drain(..).partition(|(until, _)| *until <= now || *until > beyond);
        self.resting = resting;
        let rested: Vec<(Instant, MessageId)> = rested;
        rested.into_iter().for_each(|(_, message)| self.offer(message));
    }
}

fn prepare_and_submit(shared: &Arc<Shared>, view: &View, message: MessageId) {
    let now = (shared.clock)();
    let record = &shared.record;
    // Taken before the directory is read: what was routed by an older one is routed again, never written.
    let known = record.snapshot().seq;
    // A panic in a mapper must not lose or stop anything but its own message, which a person then owns.
    let prepared = catch_unwind(AssertUnwindSafe(|| filing::prepare(view, record, message, now)))
        .unwrap_or_else(|_| filing::hold_unexplained(record, message, now));
    let done = Arc::clone(shared);
    match prepared {
        Ok(Some(mut changes)) => {
            changes.requires.push(Requirement::DirectoryIs(known));
            let (again, reopens) = (record.clone(), !changes.reopened.is_empty());
            record.store().settle(changes, move |settled| {
                // Before the next of its lane is taken: what stands open again came first.
                done.lock().again |= reopens && settled == Settled::Done;
                if crate::directory::is_behind(&settled) {
                    again.refresh_directory();
                }
                after(&done, message, &settled);
            });
        }
        Ok(None) => after(shared, message, &Settled::Done),
        Err(refusal) => {
            let times = {
                let mut state = shared.lock();
                let times = state.in_vain.entry(message).or_default();
                *times += 1;
                *times
            };
            if times < UNPREPARED_LIMIT {
                tracing::warn!(message_id = %message, reason = ?refusal.kind, "a message could not be prepared; trying again");
                rest(shared, message);
            } else {
                tracing::error!(message_id = %message, reason = ?refusal.kind, "a message cannot be prepared; it is held");
                hold(shared, message);
            }
        }
    }
}

/// Nothing of a paused feed stays in memory, all of it at once: what waits behind a message is never taken before it,
/// and the table, which knows whether the feed goes on, is read again from its beginning before anything else.
fn drop_paused(shared: &Arc<Shared>, link: LinkId) {
    let mut state = shared.lock();
    state.in_flight -= 1;
    state.drop_link(link);
    drop(state);
    shared.wake.notify_all();
}

fn after(shared: &Arc<Shared>, message: MessageId, settled: &Settled) {
    match settled {
        Settled::Done => {
            let mut state = shared.lock();
            state.in_flight -= 1;
            state.settled(message);
            let idle = state.in_flight == 0;
            let wake = idle || state.has_batch();
            drop(state);
            // The last one under way wakes everybody: who waits for the end waits for it too.
            if idle {
                shared.wake.notify_all();
            } else if wake {
                shared.wake.notify_one();
            }
        }
        Settled::Stale(_) => {
            let mut state = shared.lock();
            let times = state.in_vain.entry(message).or_default();
            *times += 1;
            if *times < IN_VAIN_LIMIT {
                state.in_flight -= 1;
                state.offer(message);
                drop(state);
                shared.wake.notify_one();
            } else {
                drop(state);
                tracing::error!(message_id = %message, "a message never settles; it is held");
                hold(shared, message);
            }
        }
        Settled::Malformed(reason) => {
            tracing::error!(message_id = %message, %reason, "what follows from a message cannot be written; it is held");
            hold(shared, message);
        }
        Settled::TryAgain(reason) => {
            tracing::warn!(message_id = %message, %reason, "the store asks to try again");
            rest(shared, message);
        }
    }
}

/// What cannot be written is held for a person; should even that fail, it rests and is tried again.
fn hold(shared: &Arc<Shared>, message: MessageId) {
    let held = filing::hold_unexplained(&shared.record, message, (shared.clock)());
    let done = Arc::clone(shared);
    match held {
        Ok(Some(changes)) => shared.record.store().settle(changes, move |settled| match settled {
            Settled::Done => after(&done, message, &Settled::Done),
            _ => rest(&done, message),
        }),
        Ok(None) | Err(_) => rest(shared, message),
    }
}

fn rest(shared: &Arc<Shared>, message: MessageId) {
    let until = (shared.clock)().plus_seconds(TRY_AGAIN_AFTER_SECONDS);
    let mut state = shared.lock();
    state.in_flight -= 1;
    state.resting.push((until, message));
    drop(state);
    shared.wake.notify_one();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64, lanes: &[i64]) -> OpenMessage {
        OpenMessage {
            id: MessageId(number),
            arrival: number,
            lanes: lanes.to_vec(),
            message_type: "ORU^R01".into(),
        }
    }

    #[test]
    fn a_feed_that_was_paused_and_goes_on_between_two_looks_keeps_its_order_and_loses_nothing() {
        let mut state = State::default();
        let (first, second) = (MessageId::new(LinkId(1), 1), MessageId::new(LinkId(1), 2));
        let other = MessageId::new(LinkId(2), 1);
        for (arrival, id, lane) in [(1, first, 1), (2, second, 1), (3, other, 2)] {
            state.load(OpenMessage { id, arrival, ..row(0, &[lane]) });
        }
        // The first was taken, and its view said that the feed is paused.
        assert_eq!(state.ready.pop_front(), Some(first));
        state.drop_link(LinkId(1));
        assert_eq!(state.ready, [other], "the second is not offered in its place");
        assert!(state.again, "the rows are read again from the beginning");
        // The feed goes on.
        for (arrival, id) in [(1, first), (2, second)] {
            state.load(OpenMessage { id, arrival, ..row(0, &[1]) });
        }
        assert_eq!(state.ready, [other, first]);
        state.settled(first);
        assert_eq!(state.ready, [other, first, second]);
    }

    #[test]
    fn a_worker_takes_as_many_as_one_view_is_for_or_all_there_are() {
        let mut state = State::default();
        for number in 1..=3 * BATCH_MESSAGES as i64 {
            state.load(row(number, &[number]));
        }
        state.in_flight = IN_FLIGHT_LIMIT - 1;
        assert_eq!(state.batch(), None, "there is room for one, and many are ready");
        state.in_flight = IN_FLIGHT_LIMIT - BATCH_MESSAGES;
        assert_eq!(state.batch().map(|batch| batch.len()), Some(BATCH_MESSAGES));
        assert_eq!((state.in_flight, state.batch()), (IN_FLIGHT_LIMIT, None));
        state.in_flight = 0;
        while state.ready.len() > 1 {
            state.ready.pop_back();
        }
        assert_eq!(state.batch().map(|batch| batch.len()), Some(1), "the last does not wait for others");
        // One that has to be prepared again is offered again.
        state.offer(MessageId(1));
        state.offer(MessageId(1));
        assert_eq!(state.ready, [MessageId(1)]);
    }

    #[test]
    fn d06_a_message_that_rests_does_not_rest_for_a_day_when_the_clock_is_set_back() {
        let (mut state, now) = (State::default(), Instant(1_795_356_300_000_000));
        state.load(row(1, &[1]));
        assert_eq!(state.batch(), Some(vec![MessageId(1)]));
        state.resting.push((now.plus_seconds(TRY_AGAIN_AFTER_SECONDS), MessageId(1)));
        state.wake_rested(now);
        assert!(state.ready.is_empty(), "it rests");
        state.wake_rested(now.plus_minutes(-25 * 60));
        assert_eq!(state.ready, [MessageId(1)]);
    }

    #[test]
    fn a_message_that_stands_open_again_has_its_old_place_in_its_lane() {
        let mut state = State::default();
        state.load(row(5, &[1]));
        state.load(row(6, &[1, 2]));
        assert_eq!(state.ready, [MessageId(5)]);
        // 3 and 4 were held; what they waited for has come.
        for (number, lanes) in [(3, &[1_i64][..]), (4, &[1, 2]), (5, &[1])] {
            state.load(row(number, lanes));
        }
        assert_eq!(state.ready, [MessageId(3)]);
        let mut order = Vec::new();
        while let Some(message) = state.ready.pop_front() {
            order.push(message.0);
            state.settled(message);
        }
        assert_eq!((order, state.loaded.len()), (vec![3, 4, 5, 6], 0));
    }
}
