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
    /// Which of the steps of JOURNEYS 2.2 it belongs to.
    pub sort: StepSort,
    /// How it stands.
    pub state: StepState,
    /// What, in words.
    pub what: Words,
    /// When it happened, or is due.
    pub at: Option<Instant>,
    /// Detail: who, control id, number of tries.
    pub detail: Words,
}

/// The steps of JOURNEYS 2.2, in order. The receiver's system has the bytes ([`StepSort::Taken`]) and the receiver's
/// application has matched them to its patient ([`StepSort::Matched`]) are two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepSort {
    /// At its source.
    Produced,
    /// Whose it is.
    Identified,
    /// Past the breaker.
    Plausible,
    /// On the chart.
    Filed,
    /// To whom, and why.
    Routed,
    /// To be sent.
    Queued,
    /// The receiver's system answered: transport.
    Taken,
    /// The receiver's application acknowledged: delivery ends.
    Matched,
    /// Somebody responsible opened it.
    Opened,
    /// They said that they have it: attention ends.
    Signed,
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
    /// Still to come, and its time is over.
    Late,
    /// It cannot be seen from here, whether or not it happened.
    NotSeen,
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
    /// The lines by cause and destination, the largest group first; groups of one are left out.
    pub groups: Vec<DeskGroup>,
    /// The one opened.
    pub picked: Option<DeskItem>,
}

/// Lines of the desk with one cause and one destination.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskGroup {
    /// The first sentence of the reason.
    pub why: Words,
    /// To whom.
    pub to: Words,
    /// Since when the oldest is owed.
    pub oldest: Instant,
    /// Gravest of them: 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
    /// The lines, most overdue first.
    pub lines: Vec<ObligationId>,
    /// Whether they can be offered again together.
    pub can_resend: bool,
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
    /// Who is on call at the desk that owns it, with their telephone; empty when no desk does.
    pub on_call: String,
    /// Since when it is owed.
    pub opened: Instant,
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
    /// Whether it leads to who stands as primary care provider of the patient it is about.
    pub is_about_somebody: bool,
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

/// Act: offer everything of a group again, now; what has ended meanwhile is left alone.
#[derive(Debug, Clone)]
pub struct SendGroup {
    /// Which; two hundred at most.
    pub obligations: Vec<ObligationId>,
}

/// Act: give a line to another desk, with the reason; its clock starts again.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// Which.
    pub obligation: ObligationId,
    /// Code of the desk: `directory`, `interface`, `safety` …
    pub to: String,
    /// Why.
    pub reason: String,
}

/// Act: say that something need not happen, with the reason; it ends as excused.
#[derive(Debug, Clone)]
pub struct Excuse {
    /// Which.
    pub obligation: ObligationId,
    /// Why, in words that stay in the ledger.
    pub reason: String,
}

/// Desks that a line can be handed to: code and words.
#[must_use]
pub fn desks() -> Vec<(&'static str, Words)> {
    clinical::obligations::Desk::ALL.into_iter().map(|desk| (desk.code(), desk.words())).collect()
}

/// Act: offer nothing to a system until it is resumed, such as for its maintenance. What is due to it waits in its order.
#[derive(Debug, Clone)]
pub struct PauseDestination {
    /// Endpoint id.
    pub destination: String,
    /// Why; never empty.
    pub reason: String,
    /// Until somebody must look again, at most a day.
    pub minutes: i64,
}

/// Act: offer to a paused system again.
#[derive(Debug, Clone)]
pub struct ResumeDestination {
    /// Endpoint id.
    pub destination: String,
    /// Why; never empty.
    pub reason: String,
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
    /// The version that was read; one that came since is not taken note of.
    pub version: u32,
}

pub use carrying::{Destination, Offer, Reply};
pub use clinical::directory::EndpointKind;
pub use clinical::rendering::{message_id, page_count as pages_in};
pub use collecting::{Collect, Confirm, EVENTS_AT_ONCE, Event, Events};
pub(crate) use desk::by_hand_ended;
pub use drops::{DropBook, Standing};
pub use letters::{Letter, LetterLine, LetterPages, Letters, Posted};
pub use store::OutboxId as DeliveryId;
pub use ways::{WayOut, WaysOut};

mod carrying;
mod chain;
mod collecting;
mod desk;
mod drops;
mod fallback;
mod groups;
mod letters;
mod offers;
mod pausing;
mod rendering;
mod ways;
mod withholding;

pub(crate) use carrying::desk_words;
pub(crate) use chain::chains_of;
pub(crate) use pausing::recipient_of as pause_of;
