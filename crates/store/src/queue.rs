//! What waits for the writer: two queues with limits, appends before settles.

use crate::problem::TryAgain;
use crate::rows::{Append, Appended, Link, Refused};
use crate::sealed::Sealed;
use crate::settings::{GROUP_APPENDS, GROUP_BYTES, QUEUE_APPENDS, QUEUE_BYTES, QUEUE_SETTLES};
use crate::store::Settled;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

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

#[derive(Default)]
struct Inner {
    early: VecDeque<Early>,
    early_bytes: usize,
    settles: VecDeque<Waiting>,
    finish_checkpoint: bool,
    stopping: bool,
    closed: Option<TryAgain>,
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
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a short write in line, or answers it at once when it cannot be taken.
    pub(crate) fn push_early(&self, early: Early) {
        let mut inner = self.lock();
        let bytes = early.bytes();
        let full = inner.early.len() >= QUEUE_APPENDS
            || (inner.early_bytes + bytes > QUEUE_BYTES && !inner.early.is_empty());
        if let Some(why) = refusal(&inner, full) {
            drop(inner);
            early.try_again(why);
            return;
        }
        inner.early_bytes += bytes;
        inner.early.push_back(early);
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

    /// Waits until there is something to do.
    pub(crate) fn next(&self) -> Next {
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
            inner = self.wake.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The short writes of one group.
    pub(crate) fn take_early(&self) -> Vec<Early> {
        let mut inner = self.lock();
        let mut taken = Vec::new();
        let mut bytes = 0;
        while taken.len() < GROUP_APPENDS
            && let Some(early) = inner.early.pop_front()
        {
            bytes += early.bytes();
            taken.push(early);
            if bytes >= GROUP_BYTES {
                break;
            }
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
        let early: Vec<_> = inner.early.drain(..).map(Shut::Early).collect();
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
    full.then_some(TryAgain::Busy)
}
