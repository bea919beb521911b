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
    /// Resource versions.
    pub resources: Vec<VersionRow>,
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
    /// Incidents, counts of flow, the mark of the books.
    pub watch: Vec<WatchChange>,
    /// Obligations and their steps.
    pub obligations: Vec<ObligationChange>,
    /// Deliveries.
    pub outbox: Vec<OutboxChange>,
    /// New sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// Sign-ins that end, by secret hash.
    pub sign_outs: Vec<Vec<u8>>,
    /// Tickets of EMRs that were taken.
    pub launches: Vec<LaunchRow>,
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
    /// Nobody took this ticket of an EMR yet.
    TicketUnused(Vec<u8>),
    /// The message is still in this state.
    MessageIs(MessageId, MessageState),
    /// The current highest version number of a resource; 0 = there is none.
    VersionIs(ResourceKey, u32),
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
    /// Offers made for an outbox row and its state.
    OutboxIs(OutboxId, OutboxState, u32),
}
