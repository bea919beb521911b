//! Who must have a report, who has it, and the desk for what could not be delivered.

use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};
use store::{MessageId, ObligationId};

/// The receipt chain of one report to one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// As people read it: `Cairnwood, Aoife at Harbourview Clinic`.
    pub recipient: Words,
    /// Why they get it.
    pub because: Words,
    /// Responsible for acting, or a copy.
    pub responsible: bool,
    /// Steps in order, what is still to come included.
    pub steps: Vec<Step>,
    /// The delivery obligation.
    pub obligation: ObligationId,
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How it stands.
    pub state: StepState,
    /// What, in words.
    pub what: Words,
    /// When it happened, or is due.
    pub at: Option<Instant>,
    /// Detail: who, control id, number of tries.
    pub detail: Words,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Done.
    Done,
    /// Under way, with a clock.
    Now,
    /// Failed.
    Failed,
    /// Still to come.
    ToCome,
}

/// Look: the delivery desk.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Which lines.
    pub filter: DeskFilter,
    /// The one opened beside the list.
    pub picked: Option<ObligationId>,
}

/// Look: the desk's figures alone, for a page that keeps itself current. It shows nobody, so that a page left open does
/// not write that its reader looked at every patient of its list four times a minute (H73: such rows hide real ones).
#[derive(Debug, Clone, Copy)]
pub struct Figures;

/// Answer to [`Figures`].
#[derive(Debug, Clone)]
pub struct FiguresView {
    /// Counted from the ledger now.
    pub census: store::Census,
    /// Lines per tab: (filter, number).
    pub tabs: Vec<(DeskFilter, u32)>,
}

/// Tabs of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskFilter {
    /// Everything a person owns here.
    All,
    /// Refused or silent receivers.
    NotDelivered,
    /// No route.
    NoRoute,
    /// Messages held for identity or content.
    Held,
    /// Message types that are not mapped, reused control ids and other feed matters.
    Feed,
    /// Ended today by a person.
    Solved,
}

/// Answer to [`Desk`].
#[derive(Debug, Clone)]
pub struct DeskView {
    /// Counted from the ledger now.
    pub census: store::Census,
    /// Lines per tab: (filter, number).
    pub tabs: Vec<(DeskFilter, u32)>,
    /// Deliveries per recipient, as in the census, each as people read it.
    pub recipients: Vec<(Words, store::DeliveryCounts)>,
    /// Most overdue first; at most two hundred, the tab's number says how many there are.
    pub lines: Vec<DeskLine>,
    /// The one opened.
    pub picked: Option<DeskItem>,
}

/// One line of the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskLine {
    /// Key.
    pub obligation: ObligationId,
    /// Sender's number, or the message id.
    pub number: String,
    /// Initials and birth year of the patient: `M. D., 1961`.
    pub who: String,
    /// What: `Potassium`.
    pub what: Words,
    /// To whom.
    pub to: Words,
    /// Why it is here, whole.
    pub why: Words,
    /// The first sentence of it, for the list.
    pub short: Words,
    /// Owner in words.
    pub owner: Words,
    /// By when.
    pub due: Instant,
    /// Who gets it next.
    pub then: Words,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
}

/// The opened line.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskItem {
    /// The line.
    pub line: DeskLine,
    /// Its chain, when it is a delivery.
    pub chain: Option<Chain>,
    /// All events: (when, who, words), oldest first.
    pub events: Vec<(Instant, Words, Words)>,
    /// Message it came in.
    pub message: Option<MessageId>,
    /// Report and person, for those who may open the chart.
    pub report: Option<(PersonId, ResourceKey)>,
    /// Whether "send again" makes sense.
    pub can_resend: bool,
}

/// Act: note a telephone call or other word on an obligation; the clock restarts for the same owner.
#[derive(Debug, Clone)]
pub struct Note {
    /// Which.
    pub obligation: ObligationId,
    /// What was said, with whom.
    pub text: String,
}

/// Act: offer a refused or unanswered delivery again, now.
#[derive(Debug, Clone)]
pub struct SendAgain {
    /// Which.
    pub obligation: ObligationId,
}

/// Act: end an obligation that cannot or need not be met by machine, with the reason.
#[derive(Debug, Clone)]
pub struct Close {
    /// Which.
    pub obligation: ObligationId,
    /// How it was solved: words that stay in the ledger.
    pub reason: String,
}

/// Act: "I have this": the reader takes note of a report; ends the attention obligation.
#[derive(Debug, Clone)]
pub struct Receive {
    /// Whose chart.
    pub person: PersonId,
    /// Which report.
    pub report: ResourceKey,
}

pub use carrying::{Destination, Offer, Reply};
pub use clinical::directory::EndpointKind;
pub use store::OutboxId as DeliveryId;

mod carrying;
mod chain;
mod desk;
mod offers;
mod rendering;

pub(crate) use carrying::desk_words;
pub(crate) use chain::chains_of;
