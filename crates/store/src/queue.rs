//! What waits for the writer: two queues with limits, appends before settles.

use crate::problem::TryAgain;
use crate::rows::{Append, Appended, Link, Refused};
use crate::sealed::Sealed;
use crate::settings::{GROUP_APPENDS, GROUP_BYTES, QUEUE_APPENDS, QUEUE_BYTES, QUEUE_SETTLES};
use crate::store::Settled;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How an append is answered.
pub(crate) type AppendReply = Box<dyn FnOnce(Result<Appended, TryAgain>) + Send>;
/// How a settle is answered.
pub(crate) type SettleReply = Box<dyn FnOnce(Settled) + Send>;
/// How a refusal is answered.
pub(crate) type RefuseReply = Box<dyn FnOnce(Result<(), TryAgain>) + Send>;
/// How a request for a link is answered.
pub(crate) type LinkReply = Box<dyn FnOnce(Result<Link, TryAgain>) + Send>;

/// Short writes that go before every settle.
pub(crate) enum Early {
    /// Keep a message.
    Append { append: Append, digest: [u8; 16], reply: AppendReply },
    /// Remember a refusal.
    Refuse { refused: Refused, reply: RefuseReply },
    /// Make a link unless one has that name.
    Link { link: Link, reply: LinkReply },
}

impl Early {
    fn bytes(&self) -> usize {
        match self {
            Early::Append { append, .. } => append.raw.len(),
            Early::Refuse { .. } | Early::Link { .. } => 0,
        }
    }
    /// Says that it is not known to be done.
    pub(crate) fn try_again(self, why: TryAgain) {
        match self {
            Early::Append { reply, .. } => reply(Err(why)),
            Early::Refuse { reply, .. } => reply(Err(why)),
            Early::Link { reply, .. } => reply(Err(why)),
        }
    }
}

/// A change that waits.
pub(crate) struct Waiting {
    /// What.
    pub(crate) change: Box<Sealed>,
    /// Whom to tell.
    pub(crate) reply: SettleReply,
}

/// A short write in line.
struct InLine {
    early: Early,
    /// It goes into the group of the one before it.
    joined: bool,
}

#[derive(Default)]
struct Inner {
    early: VecDeque<InLine>,
    early_bytes: usize,
    settles: VecDeque<Waiting>,
    finish_checkpoint: bool,
    stopping: bool,
    closed: Option<TryAgain>,
    /// Another process writes.
    standing_by: bool,
    /// Why this one could not take over when it last tried, beside that the other one writes.
    hindered: Option<String>,
}

/// The queue between everybody and the writer.
#[derive(Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    wake: Condvar,
}

/// What the writer does next.
pub(crate) enum Next {
    /// Something waits.
    Work,
    /// The checkpoint thread has done its part.
    FinishCheckpoint,
    /// Nothing waits and nothing more comes.
    Stop,
    /// Nothing came for as long as somebody would wait.
    Idle,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a short write in line, or answers it at once when it cannot be taken.
    pub(crate) fn push_early(&self, early: Early) {
        self.push_together(vec![early]);
    }

    /// Puts short writes in line that are written in one group, and so all together or not at all; answers all of them at
    /// once when they cannot be taken.
    pub(crate) fn push_together(&self, all: Vec<Early>) {
        let mut inner = self.lock();
        let bytes: usize = all.iter().map(Early::bytes).sum();
        let full = !inner.early.is_empty()
            && (inner.early.len() + all.len() > QUEUE_APPENDS || inner.early_bytes + bytes > QUEUE_BYTES);
        if let Some(why) = refusal(&inner, full) {
            drop(inner);
            all.into_iter().for_each(|early| early.try_again(why.clone()));
            return;
        }
        inner.early_bytes += bytes;
        let in_line = all.into_iter().enumerate().map(|(n, early)| InLine { early, joined: n > 0 });
        inner.early.extend(in_line);
        drop(inner);
        self.wake.notify_one();
    }

    /// Puts a change in line, or answers it at once when it cannot be taken.
    pub(crate) fn push_settle(&self, waiting: Waiting) {
        let mut inner = self.lock();
        let full = inner.settles.len() >= QUEUE_SETTLES;
        if let Some(why) = refusal(&inner, full) {
            drop(inner);
            (waiting.reply)(Settled::TryAgain(why));
            return;
        }
        inner.settles.push_back(waiting);
        drop(inner);
        self.wake.notify_one();
    }

    /// Waits until there is something to do, or for so long.
    pub(crate) fn next(&self, patience: Option<Duration>) -> Next {
        let mut inner = self.lock();
        loop {
            if inner.finish_checkpoint {
                inner.finish_checkpoint = false;
                return Next::FinishCheckpoint;
            }
            if !inner.early.is_empty() || !inner.settles.is_empty() {
                return Next::Work;
            }
            if inner.stopping {
                return Next::Stop;
            }
            let Some(patience) = patience else {
                inner = self.wake.wait(inner).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (woken, waited) =
                self.wake.wait_timeout(inner, patience).unwrap_or_else(PoisonError::into_inner);
            inner = woken;
            if waited.timed_out() && inner.early.is_empty() && inner.settles.is_empty() && !inner.stopping {
                return Next::Idle;
            }
        }
    }

    /// Waits for so long, or until it is to end.
    pub(crate) fn pause(&self, time: Duration) {
        let stopping = |inner: &mut Inner| !inner.stopping;
        drop(self.wake.wait_timeout_while(self.lock(), time, stopping));
    }

    /// Another process writes, or not any more: meanwhile nothing is taken.
    pub(crate) fn stand_by(&self, standing_by: bool) {
        self.lock().standing_by = standing_by;
    }

    /// Whether another process writes.
    pub(crate) fn is_standing_by(&self) -> bool {
        self.lock().standing_by
    }

    /// What keeps this process from taking over, beside the one that writes.
    pub(crate) fn hindered(&self, why: Option<String>) {
        self.lock().hindered = why;
    }

    /// See [`Queue::hindered`].
    pub(crate) fn hindrance(&self) -> Option<String> {
        self.lock().hindered.clone()
    }

    /// Whether it is to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// The short writes of one group.
    pub(crate) fn take_early(&self) -> Vec<Early> {
        let mut inner = self.lock();
        let mut taken = Vec::new();
        let mut bytes = 0;
        while let Some(first) = inner.early.front()
            && (first.joined || (taken.len() < GROUP_APPENDS && bytes < GROUP_BYTES))
            && let Some(InLine { early, .. }) = inner.early.pop_front()
        {
            bytes += early.bytes();
            taken.push(early);
        }
        inner.early_bytes = inner.early_bytes.saturating_sub(bytes);
        taken
    }

    /// Whether appends wait.
    pub(crate) fn has_early(&self) -> bool {
        !self.lock().early.is_empty()
    }

    /// Whether changes wait.
    pub(crate) fn has_settles(&self) -> bool {
        !self.lock().settles.is_empty()
    }

    /// The next change.
    pub(crate) fn take_settle(&self) -> Option<Waiting> {
        self.lock().settles.pop_front()
    }

    /// The checkpoint thread asks the writer to finish.
    pub(crate) fn finish_checkpoint(&self) {
        self.lock().finish_checkpoint = true;
        self.wake.notify_one();
    }

    /// Nothing more is taken; what waits is still done.
    pub(crate) fn stop(&self) {
        self.lock().stopping = true;
        self.wake.notify_all();
    }

    /// Nothing more is taken and nothing that waits is done; everybody is told `why`.
    pub(crate) fn close(&self, why: &TryAgain) {
        for waiting in self.shut(why) {
            match waiting {
                Shut::Early(early) => early.try_again(why.clone()),
                Shut::Settle(waiting) => (waiting.reply)(Settled::TryAgain(why.clone())),
            }
        }
    }

    /// As [`Queue::close`], but nobody is told: the process is meant to have died.
    pub(crate) fn crash(&self) {
        drop(self.shut(&TryAgain::Stopping));
    }

    fn shut(&self, why: &TryAgain) -> Vec<Shut> {
        let mut inner = self.lock();
        inner.closed = Some(why.clone());
        inner.stopping = true;
        inner.early_bytes = 0;
        let early: Vec<_> = inner.early.drain(..).map(|waits| Shut::Early(waits.early)).collect();
        let all = early.into_iter().chain(inner.settles.drain(..).map(Shut::Settle)).collect();
        drop(inner);
        self.wake.notify_all();
        all
    }

    /// Why nothing is taken any more, when a failure is the reason.
    pub(crate) fn closed(&self) -> Option<TryAgain> {
        self.lock().closed.clone()
    }

    /// Whether a failure has closed it.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed.is_some()
    }

    /// What waits, for the status page: short writes and changes.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.early.len(), inner.settles.len())
    }
}

enum Shut {
    Early(Early),
    Settle(Waiting),
}

fn refusal(inner: &Inner, full: bool) -> Option<TryAgain> {
    if let Some(why) = &inner.closed {
        return Some(why.clone());
    }
    if inner.stopping {
        return Some(TryAgain::Stopping);
    }
    if inner.standing_by {
        return Some(TryAgain::StandingBy);
    }
    full.then_some(TryAgain::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::LinkId;
    use std::sync::mpsc;

    fn refused(told: &mpsc::Sender<Result<(), TryAgain>>) -> Early {
        let refused = Refused {
            link: LinkId(1),
            at: fhir::Instant(0),
            control_id: String::new(),
            reason: String::new(),
            head: Vec::new(),
        };
        let told = told.clone();
        Early::Refuse { refused, reply: Box::new(move |said| drop(told.send(said))) }
    }

    #[test]
    fn h26_what_stands_together_in_line_is_one_group() {
        let (queue, (told, hears)) = (Queue::default(), mpsc::channel());
        let many = |n: usize| (0..n).map(|_| refused(&told)).collect::<Vec<_>>();
        many(GROUP_APPENDS - 1).into_iter().for_each(|one| queue.push_early(one));
        queue.push_together(many(3));
        queue.push_early(refused(&told));
        assert_eq!(queue.take_early().len(), GROUP_APPENDS + 2, "the last two of three are not left behind");
        assert_eq!(queue.take_early().len(), 1);
        queue.push_early(refused(&told));
        queue.push_together(many(QUEUE_APPENDS));
        assert_eq!(hears.try_iter().filter(|said| *said == Err(TryAgain::Busy)).count(), QUEUE_APPENDS);
    }
}
