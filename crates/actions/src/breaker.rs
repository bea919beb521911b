//! Stops of the breaker: what a person sees of one, what they can decide, and carrying it out.

use crate::lists::Part;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{MessageId, MessageState, ObligationId};

/// What becomes of the messages of a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it was about this person: what is held is filed as it says, and the person is believed for a day.
    Release,
    /// The sender was wrong: what was filed is taken back, nothing is filed, the feed's owner tells the sender.
    Reject,
    /// We were wrong and are not any more: what was filed elsewhere than the messages say is taken back, and everything
    /// is filed as it says.
    Restore,
    /// The messages are about others: each is filed on the record that stands here, what was filed is taken back.
    Aim(Vec<Aim>),
}

/// Code of [`Verdict::Aim`].
const AIM: &str = "aim";

/// Where messages belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// Which message; `None` = all that are not named.
    pub message: Option<MessageId>,
    /// Assigning authority of the record.
    pub authority: String,
    /// Its number.
    pub value: String,
}

impl Verdict {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Release => crate::intake::breaker::RELEASE,
            Self::Reject => "reject",
            Self::Restore => "restore",
            Self::Aim(_) => AIM,
        }
    }
}

/// Look: stops, undecided ones first, one of them opened, and what a verdict would change.
#[derive(Debug, Clone, Default)]
pub struct Stops {
    /// The one opened.
    pub picked: Option<ObligationId>,
    /// What would this change? Nothing is written.
    pub trial: Option<Verdict>,
    /// How many stand before the first that is listed.
    pub from: usize,
}

/// Look: the order numbers (OBR-3) of the messages of a stop, as filing reads them: through their sender's dialect.
#[derive(Debug, Clone)]
pub struct Orders {
    /// The stop.
    pub stop: ObligationId,
}

/// Answer to [`Stops`].
#[derive(Debug, Clone, Default)]
pub struct StopsView {
    /// Stops of this page: undecided ones first, then the latest.
    pub lines: Vec<StopLine>,
    /// Which part of them it is.
    pub part: Part,
    /// The one opened.
    pub picked: Option<StopView>,
}

/// One stop.
#[derive(Debug, Clone, PartialEq)]
pub struct StopLine {
    /// Key.
    pub stop: ObligationId,
    /// The feed.
    pub link: String,
    /// Whose messages are held, as people read it; empty for the whole feed.
    pub name: String,
    /// Since when.
    pub at: Instant,
    /// Messages that had been filed and are suspect.
    pub suspects: u64,
    /// Messages that are held.
    pub held: u64,
    /// By when somebody must decide; `None` once that was done.
    pub due: Option<Instant>,
    /// What was decided: its code, empty while nobody has.
    pub verdict: String,
}

/// A stop opened.
#[derive(Debug, Clone)]
pub struct StopView {
    /// The line.
    pub line: StopLine,
    /// Why filing stopped.
    pub why: Words,
    /// The last message before the suspicion, then the first five of the stop.
    pub sides: Vec<Side>,
    /// Who decided, when and why.
    pub decided: Option<(String, Instant, String)>,
    /// Messages whose verdict is still to be carried out.
    pub to_do: u64,
    /// Who was told that something was taken back: whom, and whether they have confirmed it.
    pub told: Vec<(Words, bool)>,
    /// What the trial verdict would change, or why it cannot be.
    pub trial: Option<Result<Vec<Effect>, Words>>,
}

/// One message beside the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Which.
    pub message: MessageId,
    /// Where it stands.
    pub state: MessageState,
    /// Whether it came before the suspicion.
    pub before: bool,
    /// What it says, in the order of [`SIDE_ROWS`]; empty where nothing is stated.
    pub says: Vec<String>,
}

/// What is shown of each message.
pub const SIDE_ROWS: [Words1; 9] = [
    ("Patient (PID)", "Patient (PID)"),
    ("Birth date", "Date de naissance"),
    ("Visit", "Visite"),
    ("Ward and bed", "Unité et lit"),
    ("Attending", "Médecin traitant"),
    ("Orderer", "Prescripteur"),
    ("Order", "Numéro d’examen"),
    ("Test", "Examen"),
    ("Drawn", "Prélevé"),
];

/// English and French of a fixed word.
pub type Words1 = (&'static str, &'static str);

/// What a verdict does, or would do, to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// Which.
    pub message: MessageId,
    /// Where it stood.
    pub before: MessageState,
    /// Where it stands then.
    pub after: MessageState,
    /// Versions that are taken back.
    pub taken_back: usize,
    /// Versions that are filed.
    pub filed: usize,
    /// Deliveries of what is filed.
    pub deliveries: usize,
    /// Systems that are told that something was taken back.
    pub systems: usize,
    /// Readers who are told.
    pub readers: usize,
    /// On whose chart it is then, when it is on one.
    pub person: Option<PersonId>,
}

/// Act: decide about a stop. It is carried out message by message right after; see [`crate::Record::carry_out_stops`].
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which.
    pub stop: ObligationId,
    /// What becomes of its messages.
    pub verdict: Verdict,
    /// Why, in their own words; required.
    pub reason: String,
}

/// Act: stop a feed, or one person on it, by hand, with the messages that it filed in a time as suspects. What becomes of
/// them is decided as of any other stop.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// Name of the feed.
    pub link: String,
    /// Only messages filed on this record (authority, number); `None` = all of the feed, which stops as a whole.
    pub record: Option<(String, String)>,
    /// Received at or after this.
    pub since: Instant,
    /// Received before this.
    pub until: Instant,
    /// Why; required.
    pub reason: String,
}

mod carrying;
mod looking;
mod suspecting;

pub(crate) use carrying::{Put, put};
#[cfg(test)]
mod tests;
