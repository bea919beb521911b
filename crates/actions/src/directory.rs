//! The provider directory as a tested routing table: what it knows, what is proposed, what a change would move.

use crate::lists::Part;
use clinical::directory::{Affiliation, Change, ContactState, Primary};
use clinical::intake::ReportClass;
use clinical::words::Words;
use fhir::{Instant, Kind};
use std::collections::BTreeSet;
use store::ObligationId;

/// Look: places, people, what is doubted or overdue, and what is proposed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overview {
    /// How many proposals stand before the first that is shown.
    pub proposals: usize,
    /// How many questions do.
    pub questions: usize,
    /// How many changes do.
    pub changes: usize,
}

/// Answer to [`Overview`].
#[derive(Debug, Clone, Default)]
pub struct OverviewView {
    /// Places with their ways, by id.
    pub places: Vec<PlaceLine>,
    /// People who receive, by id.
    pub people: Vec<PersonLine>,
    /// Contacts that are not in order: doubted first, then overdue.
    pub contacts: Vec<ContactLine>,
    /// Proposals that nobody has decided about.
    pub proposals: Vec<ProposalLine>,
    /// Which part of them is shown.
    pub proposals_part: Part,
    /// What the directory desk must find out, such as whom a feed means.
    pub questions: Vec<QuestionLine>,
    /// Which part of them is shown.
    pub questions_part: Part,
    /// Latest changes: (when, who, from where, what).
    pub changes: Vec<(Instant, String, String, Words)>,
    /// Which part of them is shown.
    pub changes_part: Part,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceLine {
    /// Id.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Its ways: (id, sort, address, in use today, doubted).
    pub ways: Vec<WayLine>,
}

/// A way to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayLine {
    /// Endpoint id.
    pub id: String,
    /// Sort.
    pub kind: Words,
    /// Where.
    pub address: String,
    /// Whether reports of patients go by it today.
    pub in_use: bool,
    /// Why it is doubted, when it is.
    pub doubt: Option<String>,
}

/// Somebody who receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    /// Id.
    pub id: String,
    /// `Cairnwood, Aoife`.
    pub name: String,
    /// Facility, community or both, today.
    pub affiliation: Affiliation,
    /// Where they work today, by name.
    pub places: Vec<String>,
    /// Why they are away today, and who covers.
    pub away: Option<Words>,
}

/// A contact that is not in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactLine {
    /// Id.
    pub id: String,
    /// What it belongs to.
    pub of: String,
    /// Address or number.
    pub value: String,
    /// Where it comes from.
    pub source: String,
    /// By which day it is to be confirmed.
    pub next_check: String,
    /// How it stands.
    pub state: ContactState,
    /// Why it is doubted; empty when it is only overdue.
    pub why: String,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposalLine {
    /// Its obligation.
    pub id: ObligationId,
    /// When it was made.
    pub at: Instant,
    /// By whom.
    pub actor: String,
    /// From where.
    pub source: String,
    /// What and why.
    pub words: Words,
    /// By when it is to be decided; who has it then is said on the desk.
    pub due: Option<Instant>,
    /// Each changed fact: what of it is another.
    pub facts: Vec<FactLine>,
}

/// Something that the directory desk must find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionLine {
    /// Its obligation.
    pub id: ObligationId,
    /// Since when.
    pub at: Instant,
    /// By when.
    pub due: Option<Instant>,
    /// What is to be found out.
    pub words: Words,
}

/// Look: what a proposal would do, by last week's real traffic. What is decided is decided on this.
#[derive(Debug, Clone, Copy)]
pub struct Weigh {
    /// Which.
    pub proposal: ObligationId,
}

/// Answer to [`Weigh`].
#[derive(Debug, Clone, PartialEq)]
pub struct WeighView {
    /// The proposal.
    pub line: ProposalLine,
    /// Number of the directory's last change: what was seen, for [`Decide`].
    pub number: i64,
    /// Who gains and who loses; why that cannot be told, when the changes contradict the directory as it is now.
    pub effect: Result<PreviewView, Words>,
    /// Facts that became different since it was proposed: it would undo that.
    pub behind: Vec<String>,
}

/// Act: the directory desk has found out what was asked.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Which question.
    pub question: ObligationId,
    /// What was found, and what was done about it; required.
    pub how: String,
}

/// Look: who would gain and who would lose if the directory changed, by real traffic (FEATURES DR4). Nothing is written.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The changes.
    pub changes: Vec<Change>,
    /// Traffic received at or after this.
    pub since: Instant,
    /// At most so many messages, the latest.
    pub most: usize,
}

/// Answer to [`Preview`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewView {
    /// Messages looked at.
    pub messages: usize,
    /// Reports routed under both directories.
    pub reports: usize,
    /// Messages among them that could not be read, so that nothing is said of their recipients.
    pub unreadable: usize,
    /// Whether there was more traffic than was looked at.
    pub cut: bool,
    /// Who gains and loses: by name and way, with how many reports.
    pub moved: Vec<MovedLine>,
    /// Each changed fact: what of it is another.
    pub facts: Vec<FactLine>,
}

/// One who gains or loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedLine {
    /// As people read it.
    pub name: String,
    /// Endpoint id; `portal`, or `desk`.
    pub way: String,
    /// Reports that they would get and did not.
    pub gains: usize,
    /// Reports that they got and would not.
    pub loses: usize,
}

/// Look: the provider numbers that the feeds name, held against the directory as it is today.
#[derive(Debug, Clone, Copy, Default)]
pub struct Join;

/// Answer to [`Join`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinView {
    /// Messages looked at: the latest of each feed.
    pub messages: usize,
    /// Numbers that they name, feed by feed.
    pub numbers: usize,
    /// Those that lead to nobody, by feed.
    pub unresolved: Vec<UnresolvedLine>,
}

/// A number that leads to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedLine {
    /// The feed that names it.
    pub feed: String,
    /// `NSCPS 014417`.
    pub number: String,
    /// Why nobody would receive.
    pub why: Words,
    /// How often it was named.
    pub named: usize,
    /// When it was named last.
    pub last: Instant,
}

/// Look: what is sent to whom by each way, and what is left out at their own wish.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscriptions;

/// Answer to [`Subscriptions`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionsView {
    /// Ways that carry today.
    pub lines: Vec<CopiesLine>,
}

/// What goes by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiesLine {
    /// Endpoint id.
    pub endpoint: String,
    /// Sort.
    pub kind: Words,
    /// The place, as people read it.
    pub place: String,
    /// How many receive by it today.
    pub receivers: usize,
    /// Each class: whether the way takes it, and for whom ordinary copies of it are left out (`None` = for everybody).
    pub classes: Vec<(ReportClass, bool, Vec<Option<String>>)>,
}

/// Look: one resource of the provider directory as FHIR clients get it.
#[derive(Debug, Clone)]
pub struct Published {
    /// Resource type.
    pub kind: Kind,
    /// Logical id.
    pub id: String,
}

/// Look: resources of the provider directory that meet all conditions.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Resource type.
    pub kind: Kind,
    /// Names and values of [`fhir::search::DIRECTORY`], `_id`, `_count` and `_cursor`; values of one are alternatives
    /// at their commas.
    pub asked: Vec<(String, String)>,
}

/// Answer to [`Publish`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedPage {
    /// This page, by id.
    pub resources: Vec<PublishedResource>,
    /// How many in all.
    pub total: usize,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Look: what became different after an instant, so that another directory can follow this one (IHE ITI-91). Each
/// resource stands once, as it is now.
#[derive(Debug, Clone)]
pub struct PublishedSince {
    /// Resource type.
    pub kind: Kind,
    /// After this; everything when left out.
    pub since: Option<Instant>,
}

/// A resource of the provider directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedResource {
    /// Resource type.
    pub kind: Kind,
    /// Logical id.
    pub id: String,
    /// Number of the change that made it as it is.
    pub version: i64,
    /// When that was.
    pub at: Instant,
    /// The resource; `None` when it was withdrawn.
    pub body: Option<fhir::Object>,
}

/// Act: these changes hold from now on, all of them or none.
#[derive(Debug, Clone)]
pub struct Load {
    /// The changes.
    pub changes: Vec<Change>,
    /// From where: `directory.toml` …
    pub source: String,
    /// Why.
    pub reason: String,
}

/// Act: a list of whose primary care provider somebody is holds from now on; its own dates say for which days.
#[derive(Debug, Clone)]
pub struct StatePrimaries {
    /// The list, or a part of it.
    pub facts: Vec<Primary>,
    /// Practitioners of its other parts, by directory id: unless the directory has them all, no part is taken over.
    pub practitioners: BTreeSet<String>,
    /// Why.
    pub reason: String,
}

/// Act: propose changes; the directory desk decides.
#[derive(Debug, Clone)]
pub struct Propose {
    /// The changes.
    pub changes: Vec<Change>,
    /// From where: a feed, the practice's form.
    pub source: String,
    /// What and why.
    pub words: Words,
}

/// Act: propose changes as somebody wrote them, in the form of the directory file: facts with the same key take the
/// place of what is known, everything else stays.
#[derive(Debug, Clone)]
pub struct Written {
    /// TOML.
    pub text: String,
    /// Why; required.
    pub why: String,
}

/// Act: decide about a proposal.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which.
    pub proposal: ObligationId,
    /// Whether it holds from now on.
    pub apply: bool,
    /// Why; required.
    pub reason: String,
    /// [`WeighView::number`] of the page on which it was decided. A directory that has changed since is looked at again.
    pub seen: i64,
}

/// Act: the line of an endpoint is doubted: mail bounced, faxes failed, it refuses. Its fallback is used from now on, and
/// the directory desk is told (S-019). Saying it twice is saying it once.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// The endpoint.
    pub endpoint: String,
    /// Why, in words.
    pub why: Words,
}

/// Act: a contact was confirmed today, by whoever it belongs to or by the desk; it is to be confirmed again in
/// [`ATTEST_DAYS`] days (FEATURES DR6).
#[derive(Debug, Clone)]
pub struct Confirm {
    /// Id of the contact.
    pub contact: String,
}

/// Days after which a contact is to be confirmed again.
pub const ATTEST_DAYS: i64 = clinical::directory::CHECK_DAYS;

/// How the source of a proposal begins that a feed made; the name of the link follows.
pub(crate) const FROM_FEED: &str = "MFN ";

mod answering;
pub(crate) mod changing;
mod deciding;
mod doubting;
mod joining;
mod looking;
pub mod mine;
pub(crate) mod notices;
pub(crate) mod primaries;
mod publishing;
pub(crate) mod rendering;
mod snapshot;
mod subscribing;
mod trial;
mod wording;

pub(crate) use changing::{Desk, proposal_id};
pub use notices::OwnMove;
pub(crate) use snapshot::{Snapshot, is_behind};
pub use wording::{FactLine, FieldLine};
