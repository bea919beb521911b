//! Feeds as safe commands: the wall, pause and resume, and batches: taken back, filed again, recipients told. Each shows
//! what it would change before it does it, is one act with one audit row, and is owned until it has been carried out.

use crate::lists::Part;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{MessageId, MessageState, ObligationId};

pub use store::BatchSort;

mod batches;
mod pausing;
mod wall;

pub(crate) use batches::is_taken_back;

/// Look: the wall: every feed by class of recipient, with the age of the oldest that nobody has confirmed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wall {
    /// How many batches stand before the first that is shown.
    pub batches: usize,
}

/// Answer to [`Wall`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WallView {
    /// Feeds, those with the worst tile first.
    pub feeds: Vec<Feed>,
    /// The latest batches.
    pub batches: Vec<BatchLine>,
    /// Which part of them is shown.
    pub batches_part: Part,
}

/// One feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Its name.
    pub link: String,
    /// When its last message came.
    pub last: Option<Instant>,
    /// Messages that wait to be interpreted.
    pub waiting: u64,
    /// It is paused.
    pub pause: Option<Paused>,
    /// Filing has stopped (breaker): the whole feed, or somebody on it.
    pub stopped: usize,
    /// One tile for each class of recipient.
    pub tiles: Vec<Tile>,
}

/// A pause that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Paused {
    /// Since when.
    pub at: Instant,
    /// By whom and why.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Who owns it.
    pub owner: Words,
    /// By when somebody must look again.
    pub due: Instant,
}

/// What of one feed has not reached one class of recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// The class: how they are reached.
    pub class: Words,
    /// How many.
    pub count: u64,
    /// Of these, how many a person has.
    pub with_person: u64,
    /// Since when the oldest is owed.
    pub oldest: Option<Instant>,
    /// How bad that is.
    pub state: TileState,
}

/// How bad the age of the oldest is (JOURNEYS 2.2 step 6: 30 min a channel incident, 2 h another way).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileState {
    /// Everything is confirmed.
    Clear,
    /// Under five minutes: on its way.
    Moving,
    /// Under half an hour.
    Slow,
    /// Half an hour and more: an incident.
    Late,
    /// Two hours and more: another way is due.
    Stuck,
}

/// Act: pause a feed: its messages are kept and acknowledged, and not filed until somebody resumes it.
#[derive(Debug, Clone)]
pub struct Pause {
    /// Its name.
    pub link: String,
    /// Minutes until somebody must look again; a day at most.
    pub minutes: i64,
    /// Why; required.
    pub reason: String,
}

/// Act: let a feed go on; what was kept meanwhile is filed in the order in which it came.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Its name.
    pub link: String,
    /// What was found; required.
    pub reason: String,
}

/// Which messages of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The feed.
    pub link: String,
    /// Received at or after; with `until`, when no messages are named.
    pub since: Option<Instant>,
    /// Received before.
    pub until: Option<Instant>,
    /// These and no others, when any are named.
    pub messages: Vec<MessageId>,
}

/// What is done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Taken back from charts; everybody who has it is told.
    Retract,
    /// What was taken back is filed again as it says.
    Refile,
    /// Nothing changes on charts; recipients are told something by a person.
    Notify,
}

impl Deed {
    fn sort(self) -> Option<BatchSort> {
        match self {
            Self::Retract => Some(BatchSort::Retract),
            Self::Refile => Some(BatchSort::Refile),
            Self::Notify => None,
        }
    }

    /// Stable code, in addresses and audit rows.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Retract => "retract",
            Self::Refile => "refile",
            Self::Notify => "notify",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Retract, Self::Refile, Self::Notify].into_iter().find(|deed| deed.code() == code)
    }
}

/// Look: what a deed would change. Nothing is written.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What.
    pub deed: Deed,
    /// Of which messages.
    pub selection: Selection,
}

/// Answer to [`Trial`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrialView {
    /// Messages concerned.
    pub messages: usize,
    /// Versions written on charts.
    pub resources: usize,
    /// People whose charts change.
    pub people: usize,
    /// Systems that are told or get it.
    pub systems: usize,
    /// Readers who are told.
    pub readers: usize,
    /// Everybody who is told, as people read it.
    pub recipients: Vec<Words>,
    /// The first messages: which, where it stands, where it would.
    pub lines: Vec<(MessageId, MessageState, MessageState)>,
    /// Which messages these are, all of them, as a mark that [`Do`] is given.
    pub seen: String,
}

/// Act: do it. What it does to charts is carried out message by message right after; see
/// [`crate::Record::carry_out_batches`].
#[derive(Debug, Clone)]
pub struct Do {
    /// What.
    pub deed: Deed,
    /// Of which messages.
    pub selection: Selection,
    /// Why, or what recipients are told; required.
    pub reason: String,
    /// [`TrialView::seen`] of the trial that was read: what came after it is not of this deed.
    pub seen: String,
}

/// A batch of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchLine {
    /// Key.
    pub obligation: ObligationId,
    /// The feed.
    pub link: String,
    /// What was done.
    pub sort: BatchSort,
    /// When, by whom, why.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Messages still to be done.
    pub to_do: usize,
    /// Messages in it.
    pub messages: usize,
}

/// What carrying out did to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Which.
    pub message: MessageId,
    /// Where it stood.
    pub before: MessageState,
    /// Where it stands.
    pub after: MessageState,
    /// Versions written.
    pub versions: usize,
    /// Systems that are told or get it.
    pub systems: usize,
    /// Readers who are told.
    pub readers: usize,
    /// On whose chart.
    pub person: Option<PersonId>,
}

#[cfg(test)]
mod tests;
