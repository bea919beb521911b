//! One thread at a time, and time passes only when all of them have nothing to do.
//!
//! A record works in several threads: the tasks of the doors in one, the store's writer in another, what blocks in a
//! third. Whoever is faster differs from run to run, and a paused clock jumps when the tasks wait, though a message may
//! just be on its way to the disk. So each has its turn: while the tasks run, the others stand still; before the tasks'
//! thread waits, the writer does all that waits for it, then what blocks is done, then messages are interpreted, until
//! nothing is left. Only then does the clock go to the next moment. The same seed has the same course.

use actions::intake::Interpreter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

#[derive(Default)]
struct State {
    /// Threads for what blocks that were asked for, and that have ended.
    asked: u64,
    ended: u64,
    threads_may: bool,
    writer_may: bool,
    writer_rests: bool,
}

/// What is served now.
pub(crate) struct Served {
    /// Its memory.
    pub(crate) store: Store,
    /// What reads its journal.
    pub(crate) interpreter: Interpreter,
}

/// Whose turn it is.
#[derive(Default)]
pub(crate) struct Turns {
    state: Mutex<State>,
    changed: Condvar,
    served: Mutex<Option<Served>>,
    began: Mutex<Option<Instant>>,
    now: AtomicU64,
    ticks: AtomicU64,
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turns {
    /// A runtime whose tasks take turns with the others.
    pub(crate) fn runtime(self: &Arc<Self>) -> Runtime {
        let of = || Arc::clone(self);
        let (asked, starts, stops, parks, goes_on) = (of(), of(), of(), of(), of());
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .max_blocking_threads(1)
            .thread_keep_alive(Duration::ZERO)
            .thread_name_fn(move || {
                locked(&asked.state).asked += 1;
                "storm-blocking".to_owned()
            })
            .on_thread_start(move || drop(starts.wait_while(|state| !state.threads_may)))
            .on_thread_stop(move || stops.change(|state| state.ended += 1))
            .on_thread_park(move || parks.others())
            .on_thread_unpark(move || goes_on.look_at_clock())
            .build();
        runtime.expect("a runtime")
    }

    /// Microseconds of virtual time since the beginning.
    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    fn look_at_clock(&self) {
        let began = *locked(&self.began).get_or_insert_with(Instant::now);
        let passed = began.elapsed().as_micros();
        self.now.store(u64::try_from(passed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The clock by which the store limits its groups: what the tasks submitted is one group, what is submitted while
    /// somebody waits for it is a group each, whoever was faster.
    pub(crate) fn ticks(&self) -> u64 {
        let step = if locked(&self.state).threads_may { 1_000_000 } else { 0 };
        self.ticks.fetch_add(step, Ordering::Relaxed)
    }

    /// From now on this is served.
    pub(crate) fn serve(&self, served: Option<Served>) {
        drop(std::mem::replace(&mut *locked(&self.served), served));
    }

    /// Does something in the tasks' thread that waits for the writer.
    pub(crate) fn beside_writer<T>(&self, what: impl FnOnce() -> T) -> T {
        self.change(|state| state.writer_may = true);
        let done = what();
        self.change(|state| state.writer_may = false);
        done
    }

    /// The writer waits for its turn.
    pub(crate) fn writer_begins(&self) {
        self.change(|state| state.writer_rests = false);
        drop(self.wait_while(|state| !state.writer_may));
    }

    /// The writer has done what it was given.
    pub(crate) fn writer_rests(&self) {
        self.change(|state| state.writer_rests = true);
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut locked(&self.state));
        self.changed.notify_all();
    }

    fn wait_while(&self, mut what: impl FnMut(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_while(locked(&self.state), |state| what(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Everybody else's turn, until nobody has anything to do.
    fn others(&self) {
        let served = locked(&self.served);
        loop {
            self.change(|state| state.writer_may = true);
            self.written(served.as_ref());
            let mut state = locked(&self.state);
            if state.asked > state.ended {
                state.threads_may = true;
                drop(state);
                self.changed.notify_all();
                let mut state = self.wait_while(|state| state.asked > state.ended);
                state.threads_may = false;
                continue;
            }
            state.writer_may = false;
            drop(state);
            let lives = served.as_ref().filter(|served| served.store.closed().is_none());
            if !lives.is_some_and(|served| served.interpreter.turn()) {
                return;
            }
        }
    }

    fn written(&self, served: Option<&Served>) {
        let Some(served) = served else { return };
        let waits = || served.store.load().0 + served.store.load().1 > 0;
        drop(self.wait_while(|state| !state.writer_rests || waits()));
    }
}
