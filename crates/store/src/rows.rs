//! The rows of the record as values. Enumerations carry stable codes; never reuse one.

use fhir::{Instant, PersonId, RecordId, ResourceKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A configured sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LinkId(pub u32);

/// Journal rows one link can have (2^40); a link takes the next number in the commit that keeps the message.
pub const MESSAGES_PER_LINK: i64 = 1 << 40;

/// A journalled message: its link and its number there. Prints as `3-1845`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub i64);

impl MessageId {
    /// The `seq`-th message of `link`.
    #[must_use]
    pub fn new(link: LinkId, seq: i64) -> Self {
        Self(i64::from(link.0) * MESSAGES_PER_LINK + seq)
    }
    /// The link it came by.
    #[must_use]
    pub fn link(self) -> LinkId {
        LinkId(u32::try_from(self.0 / MESSAGES_PER_LINK).unwrap_or_default())
    }
    /// Its number on the link.
    #[must_use]
    pub fn seq(self) -> i64 {
        self.0 % MESSAGES_PER_LINK
    }
}
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.link().0, self.seq())
    }
}
impl FromStr for MessageId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let (link, seq) = s.split_once('-').ok_or(())?;
        let seq: i64 = seq.parse().map_err(|_| ())?;
        if !(0..MESSAGES_PER_LINK).contains(&seq) {
            return Err(());
        }
        Ok(Self::new(LinkId(link.parse().map_err(|_| ())?), seq))
    }
}

/// A link as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Key.
    pub id: LinkId,
    /// Unique name; for senders not configured beforehand `application@facility`.
    pub name: String,
    /// Namespace of identifiers whose authority is blank.
    pub default_authority: String,
    /// IANA zone of times without an offset.
    pub time_zone: String,
    /// Custodian of what it sends (L-17).
    pub custodian: String,
    /// Desk that owns the feed's problems.
    pub owner: String,
}

/// What is asked of the journal.
#[derive(Debug, Clone)]
pub struct Append {
    /// The link.
    pub link: LinkId,
    /// MSH-10; empty when absent (then only the digest identifies it).
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// Lanes it belongs to (hashes of the patient identifiers): order is kept within each.
    pub lanes: Vec<i64>,
    /// Exact bytes.
    pub raw: Vec<u8>,
    /// When it arrived.
    pub received: Instant,
    /// The answer that is given once it is kept (acknowledgement bytes), stored so that a repeat gets the same.
    pub answer: Vec<u8>,
    /// Custodian (L-17).
    pub custodian: String,
}

/// What the journal says after the sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Kept now.
    New {
        /// Its id.
        id: MessageId,
        /// The same control id had been used on this link with other bytes before.
        control_id_reused: bool,
    },
    /// The same control id with the same bytes had been kept before: the first answer again.
    Repeat {
        /// Its id.
        id: MessageId,
        /// The first answer.
        answer: Vec<u8>,
    },
}

/// A refused frame: nothing was kept but the reason and the beginning of the bytes.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The link.
    pub link: LinkId,
    /// When.
    pub at: Instant,
    /// MSH-10 when it could be read.
    pub control_id: String,
    /// The reason as it was answered, naming field and fix.
    pub reason: String,
    /// First bytes, at most [`REFUSED_BYTES`].
    pub head: Vec<u8>,
}

/// How much of a refused frame is kept, in bytes.
pub const REFUSED_BYTES: usize = 4096;

/// Where a journalled message stands. received = refused + accepted; accepted = pending + filed + kept + held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MessageState {
    /// Not yet interpreted (or its lane waits).
    Pending = 0,
    /// Filed on a chart.
    Filed = 1,
    /// A type that is not mapped: kept whole, somebody's obligation.
    Kept = 2,
    /// A human must look before it is filed.
    Held = 3,
}

/// A message that is not interpreted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenMessage {
    /// Key.
    pub id: MessageId,
    /// Its place in the order of arrival over all links.
    pub arrival: i64,
    /// Lanes it belongs to.
    pub lanes: Vec<i64>,
    /// `ORU^R01`.
    pub message_type: String,
}

/// A journal row as read.
#[derive(Debug, Clone)]
pub struct JournalRow {
    /// Key.
    pub id: MessageId,
    /// Place in the order of arrival over all links.
    pub arrival: i64,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// Exact bytes.
    pub raw: Vec<u8>,
    /// When it arrived.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// When it came to stand there.
    pub settled: Option<Instant>,
    /// Why (hold reason, kept reason), empty when filed. JSON of both languages.
    pub note: String,
    /// Source records it was filed on.
    pub records: Vec<RecordId>,
}

/// The end of a message's interpretation.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Which.
    pub message: MessageId,
    /// Filed, kept or held.
    pub state: MessageState,
    /// Why, JSON of both languages; empty when filed.
    pub note: String,
    /// Source records it was filed on.
    pub records: Vec<RecordId>,
    /// When.
    pub at: Instant,
}

/// A source record with what is remembered of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Key.
    pub record: RecordId,
    /// Assigning authority of its own identifier.
    pub authority: String,
    /// Its own identifier.
    pub value: String,
    /// The person it is linked to today.
    pub person: PersonId,
    /// Grows with every change of claim or link; preconditions name it.
    pub epoch: i64,
    /// Remembered claim, JSON (opaque here).
    pub claim: String,
    /// When `claim` was said (event time), so that an older message does not overwrite a newer claim.
    pub claim_as_of: Instant,
    /// Blocking keys under which it is found.
    pub keys: Vec<i64>,
    /// Custodian (L-17).
    pub custodian: String,
}

/// One resource version to write.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Key.
    pub key: ResourceKey,
    /// The number it gets; the requirement that `version - 1` is current is implied.
    pub version: u32,
    /// Whether it becomes the current version (false: kept as history only, superseded on arrival).
    pub current: bool,
    /// Exact bytes.
    pub body: Vec<u8>,
    /// Finality and event time that decide against the next version (opaque code and instant).
    pub finality: Option<u8>,
    /// Event time.
    pub as_of: Instant,
    /// The message that says so, when a message does.
    pub message: Option<MessageId>,
    /// When it was filed.
    pub at: Instant,
    /// Search index rows, replacing those of the former version when `current`.
    pub index: Vec<fhir::search::IndexRow>,
    /// Custodian (L-17).
    pub custodian: String,
}

/// By what a current resource is found, written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reindexed {
    /// Which.
    pub key: ResourceKey,
    /// Only while this is its current version.
    pub version: u32,
    /// Search index rows, replacing those that stand there.
    pub index: Vec<fhir::search::IndexRow>,
}

/// From where a resource is looked for to where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signpost {
    /// Where it is looked for.
    pub from: ResourceKey,
    /// The record that holds it, under the same kind and local id.
    pub home: RecordId,
}

/// What a create on a condition made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeOnCondition {
    /// Digest of type and condition.
    pub digest: Vec<u8>,
    /// What was made.
    pub key: ResourceKey,
}

/// One stored version as read.
#[derive(Debug, Clone)]
pub struct StoredVersion {
    /// Key.
    pub key: ResourceKey,
    /// Number, from 1.
    pub version: u32,
    /// Whether it is the current one.
    pub current: bool,
    /// The highest number of this resource: the next one is one more. Above `version` when a later one arrived superseded.
    pub latest: u32,
    /// Exact bytes.
    pub body: Vec<u8>,
    /// Finality code.
    pub finality: Option<u8>,
    /// Event time.
    pub as_of: Instant,
    /// The message that said so.
    pub message: Option<MessageId>,
    /// When it was filed.
    pub at: Instant,
}

pub use accounts::{
    AccountChange, AccountGrant, AccountRow, AccountState, AttemptRow, IdentityRow, PasskeyRow, WorkContext,
};

mod accounts;

pub use activity::{ActivityChange, BreachCaseRow, CheckpointRow, Destroy, DestructionRow, FlagRow, TipRow};

mod activity;

pub use links::{
    LinkBasis, LinkEvent, LinkEventId, LinkMove, LinkSort, NoticeRow, Registration, ReviewCase, ReviewSort,
    WaitingLink,
};

mod links;

pub use desks::{Batch, BatchMessage, BatchSort, CaseSort, DeskChange, FeedPause, SupportCase};

mod desks;

pub use privacy::{
    AccessGrant, CorrectionRow, DirectiveRow, GrantSort, LIFTED, PrivacyChange, REVOKED, RevokedPanel,
};

mod privacy;

pub use directory::{DirectoryChange, DirectoryEvent, DirectoryProposal};

mod directory;

pub use facility::{
    FacilityChange, FacilityPerson, FacilityRequirement, LapseRow, RecertificationRow, RegisterFile,
    ShareRun, ShareUser, StructureRow, TicketRow, TicketStatus,
};

mod facility;

pub use breaker::{BreakerChange, BreakerMessage, BreakerStop, MessagePart};

mod breaker;

pub use mapping::{MappingChange, MappingEvent, MappingStep};

mod mapping;

pub use enrolment::{
    AddressProof, ApplicationEvent, ApplicationId, ApplicationRow, EnrolmentChange, EnrolmentRequirement,
    MailOut,
};
pub use launches::LaunchRow;
pub use mailbox::{MailId, MailIn, MailboxChange};
pub use orders::OrderNumber;
pub use smart::{SmartApp, SmartChange, SmartGrant, SmartSort, SmartToken};
pub use subscriptions::{
    BulkExport, SubscriptionChange, SubscriptionEvent, SubscriptionRow, SubscriptionState,
};

mod enrolment;
mod launches;
mod mailbox;
mod orders;
mod smart;
mod subscriptions;

pub use watch::{FlowCount, IncidentRow, KindCounts, WatchChange};

mod watch;

/// Key of an obligation, derived from what it is about so that doing the same thing twice makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObligationId(pub i64);

impl ObligationId {
    /// The obligation that `words` tell apart, about `about`, whichever message it came from. Always negative, so that
    /// it never meets one [from a message](Self::from_message).
    ///
    /// The upper 28 bits come from `about` alone, so that everybody's obligations about one thing stand on the same
    /// pages: a commit is paid by the page.
    #[must_use]
    pub fn of(about: &str, words: &[&str]) -> Self {
        let near = first_64_bits(&[about]);
        let mut all = vec![about];
        all.extend_from_slice(words);
        let bits = near & !((1 << 36) - 1) | first_64_bits(&all) & ((1 << 36) - 1);
        Self((bits | 1 << 63) as i64)
    }

    /// The obligation that `words` tell apart among those of the message with this arrival number.
    ///
    /// 35 bits of arrival lead, so that what is owed now is written behind what was owed before and not between it:
    /// rows, steps and deliveries of neighbours share pages. 28 bits of the words follow; whoever makes several for one
    /// message must see that they differ.
    #[must_use]
    pub fn from_message(arrival: i64, words: &[&str]) -> Self {
        let order = (arrival as u64 & ((1 << 35) - 1)) << 28;
        Self((order | first_64_bits(words) >> 36) as i64)
    }
}

/// First 64 bits of SHA-256 over the words, each with its length.
fn first_64_bits(words: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for word in words {
        hasher.update((word.len() as u64).to_be_bytes());
        hasher.update(word.as_bytes());
    }
    let digest = hasher.finalize();
    digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

impl fmt::Display for ObligationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl FromStr for ObligationId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        u64::from_str_radix(s, 16).map(|n| Self(n as i64)).map_err(|_| ())
    }
}

/// How an obligation stands: open with an owner and a clock, or ended with an outcome. Nothing else exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObligationState {
    /// Somebody owns it.
    Open {
        /// Owner code as `clinical::obligations::Owner` prints it.
        owner: String,
        /// A person must act (desk, practitioner), or the machine is at it.
        human: bool,
        /// By when.
        due: Instant,
        /// Who owns it next if it is not done by then.
        then: String,
    },
    /// It ended.
    Ended {
        /// Outcome code (`acknowledged`, `opened`, `excused`, `resolved` …).
        outcome: String,
        /// When.
        at: Instant,
    },
}

/// An obligation row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationRow {
    /// Key.
    pub id: ObligationId,
    /// Kind code (`delivery`, `attention`, `identity-review`, `kept`, `feed` …).
    pub kind: String,
    /// What it is about, when it is about a resource.
    pub resource: Option<ResourceKey>,
    /// Version of the resource.
    pub version: u32,
    /// The message that gave rise to it.
    pub message: Option<MessageId>,
    /// Source record it concerns.
    pub record: Option<RecordId>,
    /// For whom: recipient as people read it.
    pub recipient: String,
    /// Practitioner or endpoint id from the directory, empty when none.
    pub recipient_id: String,
    /// What, in words: `Creatinine` (title) …
    pub subject: String,
    /// Sender's number, for the desk.
    pub accession: String,
    /// Why it stands as it does, JSON of both languages.
    pub words: String,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
    /// Open or ended.
    pub state: ObligationState,
    /// When it was made.
    pub opened: Instant,
    /// Grows with every change.
    pub revision: i64,
    /// Custodian (L-17).
    pub custodian: String,
}

/// One step in the life of an obligation; append-only. The receipt chain is read from these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationEvent {
    /// Which.
    pub obligation: ObligationId,
    /// When.
    pub at: Instant,
    /// Who: a user, `opor delivery`, a clinic's system.
    pub actor: String,
    /// Step code (`opened`, `offered`, `acknowledged`, `refused`, `silent`, `escalated`, `noted`, `handed-over` …).
    pub step: String,
    /// In words, JSON of both languages.
    pub words: String,
}

/// A change to an obligation.
#[derive(Debug, Clone)]
pub enum ObligationChange {
    /// Make it, unless it exists (then nothing happens: replay).
    Open(ObligationRow),
    /// Its row as it is now; `revision` is one more than what was read.
    Update(ObligationRow),
    /// One step.
    Event(ObligationEvent),
}

/// Key of an outbox row: `destination` and a number that grows in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutboxId(pub i64);

/// Where an outbox row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OutboxState {
    /// To be offered.
    Waiting = 0,
    /// The receiver acknowledged.
    Acknowledged = 1,
    /// The receiver refused; a person owns it.
    Refused = 2,
    /// Ended in another way (excused, recalled, sent another way).
    Closed = 3,
}

/// What sort of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum OutboxKind {
    /// A report, as the part of the message that it came in.
    #[default]
    Report = 0,
    /// A message of our own about identity, with its bytes in [`NoticeRow`].
    Identity = 1,
}

/// A delivery to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// What sort.
    pub kind: OutboxKind,
    /// Key; for a new row 0, the writer numbers it in the commit.
    pub id: OutboxId,
    /// Endpoint id from the directory.
    pub destination: String,
    /// Lane: deliveries of one source record to one destination keep their order.
    pub record: RecordId,
    /// The message whose content goes out.
    pub message: MessageId,
    /// The report in it.
    pub report: ResourceKey,
    /// Its version.
    pub version: u32,
    /// The obligation this serves.
    pub obligation: ObligationId,
    /// MSH-10 on the wire; unique.
    pub control_id: String,
    /// Where it stands.
    pub state: OutboxState,
    /// Offers made.
    pub attempts: u32,
    /// Not before.
    pub next: Instant,
    /// SHA-256 of the bytes first offered, so that repeats are byte-identical or do not happen; empty before.
    pub offered_digest: Vec<u8>,
    /// Last answer or failure, as people read it.
    pub last: String,
}

/// A change to the outbox.
#[derive(Debug, Clone)]
pub enum OutboxChange {
    /// Queue it; the same control id twice is one row (replay).
    Queue(OutboxRow),
    /// Its row as it is now.
    Update(OutboxRow),
}

/// One audit row; its leaf hash is computed by the store over these fields in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// Role at the time.
    pub role: String,
    /// Verb (`read-results` …).
    pub verb: String,
    /// Purpose of use code (TREAT, HOPERAT …).
    pub purpose: String,
    /// Person concerned, when one is.
    pub person: Option<PersonId>,
    /// What exactly: path or key.
    pub object: String,
}

/// A sign-in of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// SHA-256 of the cookie's secret.
    pub secret_hash: Vec<u8>,
    /// Persona or user id.
    pub user: String,
    /// Role code.
    pub role: String,
    /// As people read it.
    pub name: String,
    /// Until when.
    pub expires: Instant,
    /// A token for scripts rather than a cookie.
    pub bearer: bool,
    /// The grant of the account that it was opened with; `None` for personas.
    pub grant: Option<i64>,
    /// How its holder proved who they are: `passkey`, or the issuer of an OpenID provider; empty for personas.
    pub factor: String,
    /// When it began.
    pub begun: Instant,
    /// When it was last used, to the minute.
    pub seen: Instant,
    /// Until when the proof counts as fresh.
    pub proven_until: Instant,
    /// What sort of device, as its holder recognises it.
    pub device: String,
}

/// Counts for the census.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Whether both equations hold.
    pub balanced: bool,
    /// Messages.
    pub messages: MessageCounts,
    /// Deliveries.
    pub deliveries: DeliveryCounts,
    /// The same per link name.
    pub feeds: Vec<(String, MessageCounts)>,
    /// The same per message type.
    pub types: Vec<(String, MessageCounts)>,
    /// The same per destination or recipient.
    pub recipients: Vec<(String, DeliveryCounts)>,
    /// Other open obligations per kind: (kind, open with owner and clock, without: always 0).
    pub obligations: Vec<(String, u64, u64)>,
    /// Every kind of obligation, deliveries among them.
    #[serde(default)]
    pub kinds: Vec<KindCounts>,
    /// How many messages and obligations no column accounts for: always 0.
    #[serde(default)]
    pub difference: u64,
    /// Arrival number below which settled rows were counted once and are not counted again; 0 when every row was.
    #[serde(default)]
    pub settled_below: i64,
}

/// received = refused + accepted; accepted = pending + filed + kept + held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCounts {
    /// All frames that reached us whole.
    pub received: u64,
    /// Answered with a refusal.
    pub refused: u64,
    /// Journalled.
    pub accepted: u64,
    /// Not yet interpreted.
    pub pending: u64,
    /// On a chart.
    pub filed: u64,
    /// Not mapped, owned.
    pub kept: u64,
    /// A human must look, owned.
    pub held: u64,
}

/// due = acknowledged + pending + owned + excused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCounts {
    /// All delivery obligations.
    pub due: u64,
    /// Receiver acknowledged.
    pub acknowledged: u64,
    /// The machine is at it, with a clock.
    pub pending: u64,
    /// A person owns it, with a clock.
    pub owned: u64,
    /// Ended in another way, with the reason.
    pub excused: u64,
}
