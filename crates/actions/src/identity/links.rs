//! Links between records as people decide and see them: the words of the acts and looks of the steward's desk.
//!
//! A person is a set of records joined by link events; records stay as they came. Each act here appends one event
//! (and its notices to the systems that must know); each look is read from the same events, of today or a past day.

use crate::patients::Banner;
use clinical::identity::{Claim, Evidence};
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use store::{LinkEventId, MessageId, ObligationId};

/// Look: the work list, gravest first, then oldest; and one case opened beside it.
#[derive(Debug, Clone, Default)]
pub struct Worklist {
    /// Which cases.
    pub filter: CaseFilter,
    /// The case to open; the first of the list when it was answered meanwhile.
    pub picked: Option<ObligationId>,
}

/// Which cases are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CaseFilter {
    /// All open ones.
    #[default]
    All,
    /// Messages that wait to be filed.
    Held,
    /// Two records on file that may be one person, or must not be.
    Pairs,
    /// What a sender said about two records and what is on file contradicts.
    Reported,
    /// Asked back; the answer is awaited.
    Asked,
}

/// Answer to [`Worklist`].
#[derive(Debug, Clone)]
pub struct WorklistView {
    /// Open cases of the filter, at most [`super::MOST_CASES`]; `counts` says how many there are.
    pub lines: Vec<WorkLine>,
    /// How many open cases each filter has.
    pub counts: Vec<(CaseFilter, u32)>,
    /// The case opened.
    pub open: Option<CaseView>,
    /// Cases people ended in the last 24 hours.
    pub solved_today: u32,
}

/// One line of the work list.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkLine {
    /// Key.
    pub case: ObligationId,
    /// What sort of question it is.
    pub sort: CaseSort,
    /// As claimed: `LASTNAME, First`.
    pub name: String,
    /// Why a human must look.
    pub why: Words,
    /// How grave it is to leave it, and why.
    pub risk: Risk,
    /// Since when it stands here.
    pub opened: Instant,
    /// By when.
    pub due: Instant,
    /// Messages that wait for the answer.
    pub waiting: u32,
    /// When the sender was asked, while the answer is awaited.
    pub asked: Option<Instant>,
}

/// Sort of case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseSort {
    /// A message waits: whose is it?
    Held,
    /// Two records on file: one person or two?
    Pair,
    /// A sender says one thing of two records, what is on file another.
    Reported,
}

/// How grave an open question is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// Level.
    pub level: RiskLevel,
    /// Why, in words.
    pub because: Words,
}

/// Levels of risk, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskLevel {
    /// Nothing clinical depends on it yet.
    Low,
    /// Results or documents may stand on the wrong chart or are missing on the right one.
    Medium,
    /// A result waits, or somebody has acted on what may be another person's.
    High,
}

/// A case opened.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its line.
    pub line: WorkLine,
    /// The message that asks, when one does.
    pub message: Option<MessageId>,
    /// The records (or the message's claim) side by side; the first is what the question is about.
    pub sides: Vec<Side>,
    /// How the first compares with each other one, in their order.
    pub compared: Vec<Compared>,
    /// For each other side: what would move if the first is the same person.
    pub moves: Vec<Moves>,
    /// Whether [`super::Verdict::New`] is possible (held messages).
    pub can_be_new: bool,
    /// Whether [`super::Verdict::Return`] is possible (held messages).
    pub can_return: bool,
    /// A change that waits for a second steward.
    pub proposed: Option<Proposed>,
    /// What was asked and answered so far, oldest first: (when, who, words).
    pub history: Vec<(Instant, Words, Words)>,
}

/// A change of links that one steward proposed and that another must confirm, since what moves was acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Who proposed it.
    pub by: Words,
    /// When.
    pub at: Instant,
    /// What and why, in words.
    pub words: Words,
    /// Whoever looks proposed it: somebody else must confirm it.
    pub is_own: bool,
    /// Why it cannot be carried out any more, if so.
    pub refusal: Option<Words>,
}

/// One record, or the claim of a message that has none yet.
#[derive(Debug, Clone)]
pub struct Side {
    /// The record; `None` for a message's claim.
    pub record: Option<RecordId>,
    /// Its person today.
    pub person: Option<PersonId>,
    /// Issuer of its number.
    pub authority: String,
    /// Its number there.
    pub value: String,
    /// What is remembered of it.
    pub claim: Claim,
    /// Who is custodian of it.
    pub custodian: String,
    /// Linked to its person since.
    pub since: Option<Instant>,
    /// Last heard of.
    pub heard: Option<Instant>,
    /// Other records of the same person: (issuer, number).
    pub with: Vec<(String, String)>,
}

/// How two records compare.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Feature by feature.
    pub evidence: Vec<Evidence>,
    /// Sum in bits; negative speaks for two people.
    pub weight: f64,
    /// Somebody decided that they are two people: who, when and why.
    pub kept_apart: Option<Words>,
}

/// What a change of links would move, or has moved. Counts are exact; the list names at most
/// [`super::MOST_MOVED`] of each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moves {
    /// Records that come to another person: (record, issuer, number, from, to).
    pub records: Vec<MovedRecord>,
    /// Laboratory and imaging reports.
    pub results: Moved,
    /// Orders.
    pub orders: Moved,
    /// Letters and other documents.
    pub letters: Moved,
    /// Visits.
    pub visits: Moved,
    /// Deliveries of what moves that have been made or are under way.
    pub deliveries: u32,
    /// Systems that will be told, and by which message.
    pub told: Vec<Told>,
    /// Who already read or acted on what moves: who, what, when.
    pub acted: Vec<Acted>,
}

/// A record that comes to another person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedRecord {
    /// Which.
    pub record: RecordId,
    /// Issuer of its number.
    pub authority: String,
    /// Its number.
    pub value: String,
    /// Whose it is.
    pub from: PersonId,
    /// Whose it will be.
    pub to: PersonId,
}

/// Things of one sort that move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many.
    pub count: u32,
    /// The newest of them: (what, when).
    pub newest: Vec<(String, Instant)>,
}

/// A system that is told of a change of links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Endpoint, as people read it.
    pub destination: Words,
    /// HL7 trigger event: `A40`, `A37`, `A31`, `A47`.
    pub trigger: String,
    /// How it stands once it is under way; `None` in a dry run.
    pub state: Option<ToldState>,
    /// The delivery obligation, once it is under way.
    pub obligation: Option<ObligationId>,
}

/// How a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldState {
    /// Under way, with a clock.
    Waiting,
    /// The receiver acknowledged.
    Acknowledged,
    /// The receiver refused it; the delivery desk owns it.
    Refused,
    /// Ended in another way.
    Closed,
}

/// Somebody who already read or acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// Who.
    pub who: Words,
    /// What they did, in words.
    pub what: Words,
    /// When.
    pub at: Instant,
}

/// Look: two or more records side by side, with what would move if they became one person (a dry run).
#[derive(Debug, Clone)]
pub struct Compare {
    /// Which; the first is compared with each other one.
    pub records: Vec<RecordId>,
}

/// Answer to [`Compare`].
#[derive(Debug, Clone)]
pub struct CompareView {
    /// The records in the order asked for.
    pub sides: Vec<Side>,
    /// How the first compares with each other one.
    pub compared: Vec<Compared>,
    /// For each other one: what would move if it and the first became one person.
    pub moves: Vec<Moves>,
}

/// Look: what an act would do, without doing it.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The change.
    pub change: Change,
}

/// A change of links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The two are one person.
    Link(RecordId, RecordId),
    /// The two are two people; if they are linked now, the first leaves with the records that go with it.
    KeepApart {
        /// The one that leaves.
        record: RecordId,
        /// The one that stays.
        from: RecordId,
        /// Records that leave with the first; it alone when empty.
        with: Vec<RecordId>,
    },
    /// An event never happened.
    Undo(LinkEventId),
}

/// Answer to [`DryRun`].
#[derive(Debug, Clone)]
pub struct DryRunView {
    /// What would move.
    pub moves: Moves,
    /// Why it would be refused, if it would.
    pub refusal: Option<Words>,
}

/// Act: two records are one person. What moves and was acted on waits for a second steward ([`Confirm`]). Refused while somebody's "two people" stands between them.
#[derive(Debug, Clone)]
pub struct Link {
    /// One.
    pub record: RecordId,
    /// The other.
    pub other: RecordId,
    /// How the actor knows; required.
    pub reason: String,
    /// The case that this answers, if one does.
    pub case: Option<ObligationId>,
}

/// Act: two records are two people, for good: no machine and no sender joins them again until this is undone. If they
/// are one person now, the first leaves.
#[derive(Debug, Clone)]
pub struct KeepApart {
    /// The one that leaves, when they are linked.
    pub record: RecordId,
    /// The one that stays.
    pub from: RecordId,
    /// Records that leave with the first (when they are linked); it alone when empty.
    pub with: Vec<RecordId>,
    /// How the actor knows; required.
    pub reason: String,
    /// The case that this answers, if one does.
    pub case: Option<ObligationId>,
}

/// Act: a decision never happened: every view is as if it had not been made. A machine's or a sender's link that a
/// person undoes stays undone: it counts as "two people" for the pair.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Which event.
    pub event: LinkEventId,
    /// Why; required.
    pub reason: String,
}

/// Act: ask the sender or site; the case stays open and its clock waits for the answer, which is owed by the feed's
/// owner with a clock of its own.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Which case.
    pub case: ObligationId,
    /// What; required.
    pub question: String,
}

/// Act: carry out what another steward proposed.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The case on which it waits.
    pub case: ObligationId,
    /// What the actor checked; required.
    pub reason: String,
}

/// Act: do not carry out what was proposed. A link that was proposed stays a question; what would have been parted or
/// taken back stays as it is.
#[derive(Debug, Clone)]
pub struct Decline {
    /// The case on which it waits.
    pub case: ObligationId,
    /// Why; required.
    pub reason: String,
}

/// Look: the records of a person and every event about them, today or on a past day.
#[derive(Debug, Clone)]
pub struct History {
    /// Whose. A number that was joined to another person finds that person.
    pub person: PersonId,
    /// As of this moment; now when `None`.
    pub as_of: Option<Instant>,
}

/// Answer to [`History`].
#[derive(Debug, Clone)]
pub struct HistoryView {
    /// Who, as of today.
    pub banner: Option<Banner>,
    /// The person asked about, as of that moment (another number when theirs was joined).
    pub person: PersonId,
    /// Their records at that moment.
    pub records: Vec<Side>,
    /// Events up to that moment, the newest first.
    pub events: Vec<EventLine>,
    /// Standing decisions that records are two people: (one, other, words, event).
    pub apart: Vec<ApartLine>,
}

/// Look: what people decided about two records, newest first, whoever it was about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decisions {
    /// Only decisions older than this one; the newest when `None`.
    pub before: Option<LinkEventId>,
}

/// Answer to [`Decisions`].
#[derive(Debug, Clone)]
pub struct DecisionsView {
    /// One page of them.
    pub lines: Vec<DecisionLine>,
    /// Where the next page begins, when there is one.
    pub older: Option<LinkEventId>,
}

/// One decision with whom it was about.
#[derive(Debug, Clone)]
pub struct DecisionLine {
    /// The person of its first record today.
    pub person: PersonId,
    /// As that record says it: `LASTNAME, First`.
    pub name: String,
    /// The event. Systems told are on the person's own page.
    pub event: EventLine,
}

/// A standing "two people".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApartLine {
    /// One: (record, issuer and number).
    pub record: (RecordId, String),
    /// The other.
    pub other: (RecordId, String),
    /// Who, when and why.
    pub words: Words,
    /// The event, for [`Undo`].
    pub event: LinkEventId,
}

/// One link event as people read it.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// Key, for [`Undo`].
    pub id: LinkEventId,
    /// When.
    pub at: Instant,
    /// What happened: `Linked`, `Kept apart`, `New record` …
    pub what: Words,
    /// Records it names: (record, issuer and number).
    pub records: Vec<(RecordId, String)>,
    /// Who decided: a person, a sender, or the rule with its version.
    pub who: Words,
    /// Why, in words.
    pub why: Words,
    /// Evidence at the time.
    pub evidence: Vec<Evidence>,
    /// Score in bits, when a rule decided.
    pub score: Option<f64>,
    /// The message that said so.
    pub message: Option<MessageId>,
    /// Whether it counts today (not undone, not superseded, not waiting for a case).
    pub in_force: bool,
    /// Whether [`Undo`] is possible.
    pub can_undo: bool,
    /// Systems that were told.
    pub told: Vec<Told>,
}
