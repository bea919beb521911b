//! What the writer hands over after each commit, and what waits between it and the thread that ships.

use super::taking::{Position, Taken, beginning, frames_of};
use crate::checkpoint::checkpoint;
use fhir::Instant;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the second place is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Time of the oldest commit that could not be restored from there; `None` when each one could.
    pub owed: Option<Instant>,
    /// What is wrong, when something is.
    pub problem: Option<String>,
    /// How much of a copy of the database file is written: bytes, of so many.
    pub copying: Option<(u64, u64)>,
    /// Pieces that were written by this process.
    pub pieces: u64,
    /// Copies of the database file that were written by this process.
    pub bases: u64,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Taken>,
    bytes: usize,
    /// Where the log ended when something was handed over last.
    position: Option<Position>,
    /// Something was left out: nothing can follow what is in the second place.
    broken: bool,
    /// Since when not everything can be restored: a chain that has no copy of the database yet.
    since: Option<Instant>,
    /// Time of the oldest commit that the thread has taken and not written.
    in_hand: Option<Instant>,
    last: Instant,
    /// A commit is under way.
    committing: bool,
    asked: u64,
    done: u64,
    stopping: bool,
    ended: bool,
    /// Nobody waits for the thread any more.
    abandoned: bool,
    status: Status,
}

/// Between the writer and the thread that ships.
#[derive(Debug, Default)]
pub(super) struct Handed {
    inner: Mutex<Inner>,
    wake: Condvar,
}

impl Handed {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log as a start has found it, which is not handed over through here; nothing can be restored until it is known.
    pub(super) fn begin(&self, position: Option<Position>, now: Instant) {
        let mut inner = self.lock();
        (inner.position, inner.since, inner.last) = (position, Some(now), millisecond(now));
    }

    /// A commit begins, or has ended.
    pub(super) fn commits(&self, committing: bool) {
        self.lock().committing = committing;
        if !committing {
            self.wake.notify_all();
        }
    }

    /// Hands over what was committed since the last time.
    pub(super) fn take(&self, conn: &Connection, log: &File, now: Instant, limit: usize) {
        match self.behind(conn, log, now) {
            Ok(None) => {}
            Ok(Some(taken)) => self.push(taken, limit),
            Err(why) => self.lose(&why, now),
        }
    }

    fn behind(&self, conn: &Connection, log: &File, now: Instant) -> Result<Option<Taken>, String> {
        let (frames, _) = checkpoint(conn, "NOOP").map_err(|error| error.to_string())?;
        if frames == 0 {
            return Ok(None);
        }
        let begins = beginning(log).map_err(|error| error.to_string())?;
        let known = self.lock().position.filter(|known| known.header == begins.header).unwrap_or(begins);
        if frames <= known.frames {
            return Ok(None);
        }
        frames_of(log, now, &known, frames).map(Some).map_err(|error| error.to_string())
    }

    fn push(&self, mut taken: Taken, limit: usize) {
        let mut inner = self.lock();
        // A wall clock may be set back; the order of commits is not.
        taken.at = millisecond(taken.at).max(inner.last);
        inner.last = taken.at;
        inner.position = taken.end();
        if inner.bytes + taken.bytes.len() > limit {
            let why = format!("more than {limit} bytes wait for the second place; it begins anew");
            broke(&mut inner, Some(why), taken.at);
        }
        if !inner.broken {
            inner.bytes += taken.bytes.len();
            inner.waiting.push_back(taken);
        }
    }

    /// Something that was committed could not be read.
    pub(super) fn lose(&self, why: &str, now: Instant) {
        broke(&mut self.lock(), Some(format!("the log cannot be handed over: {why}")), now);
    }

    /// Nothing can follow what is in the second place.
    pub(super) fn breaks(&self, now: Instant) {
        broke(&mut self.lock(), None, now);
    }

    pub(super) fn is_broken(&self) -> bool {
        self.lock().broken
    }

    /// A new chain begins with everything up to now; where that is, and of when.
    pub(super) fn begin_anew(&self) -> (Option<Position>, Instant) {
        let mut inner = self.lock();
        inner.waiting.clear();
        (inner.bytes, inner.broken, inner.in_hand) = (0, false, None);
        (inner.position, inner.last)
    }

    /// What waits, of so many bytes about.
    pub(super) fn drain(&self, bytes: usize) -> Vec<Taken> {
        let mut inner = self.lock();
        let (mut taken, mut had) = (Vec::new(), 0);
        while had < bytes
            && let Some(one) = inner.waiting.pop_front()
        {
            had += one.bytes.len();
            taken.push(one);
        }
        inner.bytes -= had;
        inner.in_hand = taken.first().map(|one| one.at);
        taken
    }

    /// A piece is written; what was taken and is not, is of this time.
    pub(super) fn wrote(&self, in_hand: Option<Instant>) {
        let mut inner = self.lock();
        inner.in_hand = in_hand;
        inner.status.pieces += 1;
    }

    /// A chain goes on: everything can be restored up to what waits, of which the thread has what is of this time.
    pub(super) fn goes_on(&self, in_hand: Option<Instant>) {
        let mut inner = self.lock();
        (inner.since, inner.in_hand) = (None, in_hand);
    }

    /// A copy of the database file is whole: everything can be restored up to what waits.
    pub(super) fn has_base(&self) {
        let mut inner = self.lock();
        inner.since = None;
        inner.status.copying = None;
        inner.status.bases += 1;
    }

    pub(super) fn copying(&self, done: u64, of: u64) {
        self.lock().status.copying = Some((done, of));
    }

    pub(super) fn problem(&self, problem: Option<String>) -> bool {
        let mut inner = self.lock();
        let is_news = inner.status.problem != problem;
        inner.status.problem = problem;
        is_news
    }

    /// Waits until no commit is under way, which takes milliseconds; whether that is so.
    pub(super) fn settles(&self, patience: Duration) -> bool {
        let waited = self.wake.wait_timeout_while(self.lock(), patience, |inner| inner.committing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub(super) fn status(&self) -> Status {
        let inner = self.lock();
        let waits = inner.in_hand.or_else(|| inner.waiting.front().map(|one| one.at));
        Status { owed: inner.since.or(waits), ..inner.status.clone() }
    }

    /// Waits for the next round: its number, and whether it is the last one.
    pub(super) fn next(&self, every: Duration) -> (u64, bool) {
        let idle = |inner: &mut Inner| !inner.stopping && inner.asked == inner.done;
        let waited = self.wake.wait_timeout_while(self.lock(), every, idle);
        let inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        (inner.asked, inner.stopping)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    pub(super) fn did(&self, round: u64) {
        self.lock().done = round;
        self.wake.notify_all();
    }

    /// Waits for a round that begins now; how the second place is doing then.
    pub(super) fn flush(&self) -> Status {
        let mut inner = self.lock();
        inner.asked += 1;
        let mine = inner.asked;
        self.wake.notify_all();
        let waits = |inner: &mut Inner| inner.done < mine && !inner.ended;
        drop(self.wake.wait_while(inner, waits).unwrap_or_else(PoisonError::into_inner));
        self.status()
    }

    /// The thread is to end, and is waited for so long.
    pub(super) fn stop(&self, patience: Duration) {
        let mut inner = self.lock();
        inner.stopping = true;
        self.wake.notify_all();
        let waited = self.wake.wait_timeout_while(inner, patience, |inner| !inner.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.abandoned = true;
    }

    /// The thread has ended; `last` is done while whoever stopped it still waits, when everything was shipped.
    pub(super) fn end(&self, last: impl FnOnce()) {
        let mut inner = self.lock();
        let is_shipped = !inner.broken && inner.since.is_none() && inner.waiting.is_empty();
        if is_shipped && inner.in_hand.is_none() && inner.stopping && !inner.abandoned {
            last();
        }
        inner.ended = true;
        self.wake.notify_all();
    }
}

/// Moments of the log are whole milliseconds, as they are printed: the one in which a commit was confirmed.
fn millisecond(at: Instant) -> Instant {
    Instant(at.0.div_euclid(1_000) * 1_000)
}

fn broke(inner: &mut Inner, why: Option<String>, now: Instant) {
    let oldest = inner.in_hand.or_else(|| inner.waiting.front().map(|one| one.at)).unwrap_or(now);
    inner.since = inner.since.or(Some(oldest));
    inner.waiting.clear();
    (inner.bytes, inner.broken, inner.in_hand) = (0, true, None);
    if why.is_some() {
        inner.status.problem = why;
    }
}
