//! The only way to write: a value that says what must still be true and what becomes true.

use crate::rows::*;
use fhir::{Kind, PersonId, RecordId, ResourceKey};

/// What an action proposes. Settled whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What the preparation relied on; rechecked before the first write.
    pub requires: Vec<Requirement>,
    /// End of a message's interpretation.
    pub settlement: Option<Settlement>,
    /// Messages that stood aside and are to be interpreted again, each as [`MessageState::Pending`].
    pub reopened: Vec<Settlement>,
    /// New or changed source records.
    pub records: Vec<RecordRow>,
    /// Resource versions; one without bytes takes the resource away and stays as the version that says so.
    pub resources: Vec<VersionRow>,
    /// Current resources that are found by something else from now on than was noted when they were filed.
    pub reindexed: Vec<Reindexed>,
    /// Where resources stand that are looked for elsewhere.
    pub signposts: Vec<Signpost>,
    /// What was made on a condition.
    pub conditions: Vec<MadeOnCondition>,
    /// Numbers of orders that were asked for.
    pub orders: Vec<OrderNumber>,
    /// Changes of person.
    pub links: Vec<LinkEvent>,
    /// What senders said of records that are not on file yet.
    pub waiting: Vec<WaitingLink>,
    /// Those of them that wait no longer.
    pub waited: Vec<WaitingLink>,
    /// Identity questions, new or as they are now.
    pub cases: Vec<ReviewCase>,
    /// Messages of our own about identity; their outbox rows are of kind [`OutboxKind::Identity`].
    pub notices: Vec<NoticeRow>,
    /// Records made at the registration desk.
    pub registrations: Vec<Registration>,
    /// Stops of the breaker, their messages, and what was decided.
    pub breaker: Vec<BreakerChange>,
    /// Cases, pauses and batches of the desks.
    pub desks: Vec<DeskChange>,
    /// Consent directives, what opens charts, requests to correct.
    pub privacy: Vec<PrivacyChange>,
    /// What the provider directory knows from now on, and what was proposed.
    pub directory: Vec<DirectoryChange>,
    /// Dialects and code maps: what was done with them, and which messages were read by them.
    pub mapping: Vec<MappingChange>,
    /// Access at facilities: units and managers, registers, lapses, tickets, SHARE users.
    pub facility: Vec<FacilityChange>,
    /// Incidents, counts of flow, the mark of the books.
    pub watch: Vec<WatchChange>,
    /// Obligations and their steps.
    pub obligations: Vec<ObligationChange>,
    /// Deliveries.
    pub outbox: Vec<OutboxChange>,
    /// Accounts, and what stands at the door.
    pub accounts: Vec<AccountChange>,
    /// New sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// Sign-ins that end, by secret hash.
    pub sign_outs: Vec<Vec<u8>>,
    /// Addresses that are proved, applications for access, links and mails of our own.
    pub enrolment: Vec<EnrolmentChange>,
    /// Forms that were sent, by mail or by upload.
    pub mailbox: Vec<MailboxChange>,
    /// Tickets of EMRs that were taken.
    pub launches: Vec<LaunchRow>,
    /// Apps of other makers, what they may do, their tokens.
    pub smart: Vec<SmartChange>,
    /// Subscriptions of applications, their events, and bulk exports.
    pub subscriptions: Vec<SubscriptionChange>,
    /// Checkpoints of the log, flags, tips, breach cases, destructions.
    pub activity: Vec<ActivityChange>,
    /// Looks through a process beside ours that are in the log with this change, by their number there.
    pub looked_beside: Vec<Vec<u8>>,
    /// Audit rows.
    pub audit: Vec<AuditRow>,
}

impl Changes {
    /// Whether it writes an entry in somebody's record: a version, a record, a link between records, or what becomes of a
    /// message. Everything else is correspondence about the record.
    #[must_use]
    pub fn writes_record(&self) -> bool {
        self.settlement.is_some()
            || !self.reopened.is_empty()
            || !self.records.is_empty()
            || !self.resources.is_empty()
            || !self.reindexed.is_empty()
            || !self.links.is_empty()
            || !self.waiting.is_empty()
            || !self.waited.is_empty()
            || !self.cases.is_empty()
            || !self.registrations.is_empty()
            || !self.breaker.is_empty()
    }
}

/// One thing that must still be true when the change settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Something about an application, an address, a link or a mail.
    Enrolment(EnrolmentRequirement),
    /// The revision of something that was sent; 0 = there is none.
    MailIs(MailId, i64),
    /// Nobody took this ticket of an EMR yet.
    TicketUnused(Vec<u8>),
    /// A token or number of an app that holds once was not used yet.
    Unspent(Vec<u8>),
    /// What somebody let an app do still holds.
    GrantHolds(Vec<u8>),
    /// The revision of a subscription; 0 = there is none.
    SubscriptionIs(String, i64),
    /// The filing up to which events were looked for; 0 = none yet.
    SubscriptionMarkIs(i64),
    /// The revision of a bulk export; 0 = there is none.
    BulkExportIs(String, i64),
    /// Something about access at facilities.
    Facility(FacilityRequirement),
    /// The message is still in this state.
    MessageIs(MessageId, MessageState),
    /// The current highest version number of a resource; 0 = there is none.
    VersionIs(ResourceKey, u32),
    /// The highest version number that a resource ever had, also when it was taken away; 0 = there was none.
    HistoryIs(ResourceKey, u32),
    /// What was made on this condition; `None` = nothing yet.
    ConditionIs(Vec<u8>, Option<ResourceKey>),
    /// The epoch of a source record; 0 = there is none.
    RecordEpochIs(RecordId, i64),
    /// No record of this person changed since the epoch sum was read (0 = the person does not exist).
    PersonEpochIs(PersonId, i64),
    /// The set of records under a blocking key is unchanged: their count. Guards "nobody we know" against a race.
    KeyCountIs(i64, u32),
    /// How many requests bear this order number. Guards "nobody else's" against one that is filed meanwhile.
    OrderCountIs(i64, u32),
    /// How many current resources of a kind bear this identifier (system as filed, value), across patients.
    BearerCountIs(Kind, Option<String>, String, u32),
    /// How many statements of senders wait for a record. Guards a new record against one that is kept meanwhile.
    WaitingCountIs(RecordId, u32),
    /// The revision of an obligation; 0 = there is none.
    ObligationRevisionIs(ObligationId, i64),
    /// The number of the last change of the provider directory; what was routed relies on it.
    DirectoryIs(i64),
    /// The number of the latest signed or retired dialect or code map; 0 = there is none.
    MappingIs(i64),
    /// How many consent directives stand at a source record. Guards against the same said or ended twice at once.
    DirectivesAre(RecordId, u32),
    /// The relations of this user's panel that the privacy desk ended, by number. Guards a renewal against an end that is
    /// settled meanwhile.
    RevocationsAre(String, Vec<i64>),
    /// The revision of an account; 0 = there is none.
    AccountRevisionIs(String, i64),
    /// What is remembered of somebody's looks (JSON), as [`View::detection_members`](crate::View::detection_members) gives
    /// it; `None` = nothing yet. Guards a judgement against a decision that is settled meanwhile.
    RememberedIs(String, Option<String>),
    /// A sign-in that began elsewhere has not come back yet.
    AttemptWaits(Vec<u8>),
    /// Offers made for an outbox row and its state.
    OutboxIs(OutboxId, OutboxState, u32),
}
