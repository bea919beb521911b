//! Rows of enrolment: addresses that are being proved, applications with their history, mails of our own.

use crate::rows::ObligationId;
use fhir::Instant;

/// An address that is being proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressProof {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// The address, in lower case.
    pub address: String,
    /// Language code.
    pub tongue: String,
    /// Wrong codes so far.
    pub tries: u32,
    /// When it was asked for.
    pub at: Instant,
    /// Until when the code is good.
    pub expires: Instant,
}

/// Key of an application: 63 bits that the door drew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationId(pub i64);

impl ApplicationId {
    /// From eight random bytes.
    #[must_use]
    pub fn of(bytes: [u8; 8]) -> Self {
        Self(i64::from_be_bytes(bytes) & i64::MAX)
    }
}

impl std::fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl std::str::FromStr for ApplicationId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        i64::from_str_radix(s, 16).map(Self).map_err(|_| ())
    }
}

/// An application as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Key.
    pub id: ApplicationId,
    /// Code of the state.
    pub state: String,
    /// Code of the sort: facility, community, both.
    pub sort: String,
    /// The proved address, in lower case; empty where it came by a ticket.
    pub address: String,
    /// SHA-256 of the secret of the browser that goes on with it; empty when none does.
    pub handle: Vec<u8>,
    /// Code of who has it now; empty once it has ended.
    pub holder: String,
    /// Since when it stands there.
    pub since: Instant,
    /// Until when; once it has ended, when it ended.
    pub due: Instant,
    /// Id of the account that was made from it; empty before.
    pub account: String,
    /// What is on file, JSON (opaque here).
    pub facts: String,
    /// When it was begun.
    pub opened: Instant,
    /// When the applicant meets a coordinator by video.
    pub meets: Option<Instant>,
    /// Grows with every change.
    pub revision: i64,
}

/// Something that happened to an application; append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationEvent {
    /// Which.
    pub application: ApplicationId,
    /// Its number among those of the application, from 1; 0 in a new one, numbered in the commit.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// Code of what happened.
    pub event: String,
    /// Code of the state it led to, or stayed in.
    pub state: String,
    /// Why, JSON of both languages.
    pub words: String,
}

/// A mail of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailOut {
    /// The obligation that owns it until it is handed over.
    pub obligation: ObligationId,
    /// Not before; usually when it was written.
    pub at: Instant,
    /// What it is: `code`, `resume`, `approve`, `returned` …
    pub sort: String,
    /// To which address.
    pub recipient: String,
    /// Language code.
    pub tongue: String,
    /// Subject line.
    pub subject: String,
    /// Plain text; what is secret in it stands as `[[what:of]]`.
    pub body: String,
    /// The application it is about; 0 when about none.
    pub application: ApplicationId,
    /// When it was handed over; none while it waits.
    pub handed: Option<Instant>,
    /// It was refused for good: it waits for a person, not for the next try.
    pub refused: bool,
    /// Times that handing it over failed.
    pub attempts: u32,
    /// When it is tried again.
    pub again: Instant,
    /// What was said of it last: why it failed, or what the relay answered; empty when nothing was.
    pub last: String,
}

/// A change of these rows.
#[derive(Debug, Clone)]
pub enum EnrolmentChange {
    /// An address is to be proved; what is too old is dropped.
    Proof(AddressProof),
    /// A wrong code was given: handle.
    ProofTried(Vec<u8>),
    /// An address was proved, or its proof is given up: handle.
    ProofDone(Vec<u8>),
    /// An application as it is now.
    Application(ApplicationRow),
    /// Something happened to one.
    Event(ApplicationEvent),
    /// A mail is to be handed over, or stands as it does now.
    Mail(MailOut),
}

/// One thing about these rows that must still be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrolmentRequirement {
    /// The revision of an application; 0 = there is none.
    RevisionIs(ApplicationId, i64),
    /// How many applications that have not ended bear this address. Guards one person per address.
    BearersAre(String, u32),
    /// Wrong codes given for a proof so far. Guards the limit against many at once.
    TriesAre(Vec<u8>, u32),
    /// How many applications beside this one meet somebody then. Guards the coordinators' time.
    OthersMeet(ApplicationId, Instant, u32),
    /// A mail waits to be handed over.
    MailWaits(ObligationId),
}
