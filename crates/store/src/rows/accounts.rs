//! Rows of accounts: who may sign in, how they prove it, and as what.

use fhir::Instant;

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Its holder may sign in.
    Active = 0,
    /// Nobody may, until it is resumed.
    Suspended = 1,
    /// Nobody may any more.
    Ended = 2,
}

impl AccountState {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Active,
            1 => Self::Suspended,
            _ => Self::Ended,
        }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Key; the actor of what its holder does.
    pub id: String,
    /// Grows with every change of the account, of its grants and of how it is proven.
    pub revision: i64,
    /// Where it stands.
    pub state: AccountState,
    /// `Cairnwood, Aoife`.
    pub name: String,
    /// E-mail address in lower case: for letters to them, never proof of who they are.
    pub address: String,
    /// `regulator|number`; empty when there is none.
    pub licence: String,
    /// Why it stands as it does, JSON of both languages.
    pub reason: String,
    /// When it was made.
    pub opened: Instant,
    /// When it last changed.
    pub changed: Instant,
    /// Who changed it.
    pub changed_by: String,
    /// How many invitations were made; the latest is the one that can be used.
    pub invitation: i64,
    /// Until when; `None` when it was used.
    pub invited_until: Option<Instant>,
    /// When its holder last signed in.
    pub seen: Option<Instant>,
}

/// Somebody at an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRow {
    /// Issuer as it stands in its tokens.
    pub issuer: String,
    /// Subject at that issuer.
    pub subject: String,
    /// Whose account.
    pub account: String,
    /// False: what the provider says of them changed, and nobody has verified them anew.
    pub bound: bool,
    /// What else the provider said of them when they were bound (opaque here).
    pub evidence: String,
    /// When it came to stand so.
    pub at: Instant,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Credential id.
    pub credential: Vec<u8>,
    /// Whose account.
    pub account: String,
    /// Public key as the authenticator gave it (COSE_Key, RFC 9052).
    pub public_key: Vec<u8>,
    /// Signature counter as last seen.
    pub sign_count: u32,
    /// As its holder calls it.
    pub name: String,
    /// When it was added.
    pub added: Instant,
    /// When it was last used.
    pub used: Option<Instant>,
}

/// In which capacity somebody is signed in (S-026).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkContext {
    /// In a facility.
    Facility = 0,
    /// In the community.
    Community = 1,
}

impl WorkContext {
    pub(crate) fn from_code(code: i64) -> Self {
        if code == 0 { Self::Facility } else { Self::Community }
    }
}

/// What an account may sign in as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountGrant {
    /// Whose account.
    pub account: String,
    /// Number among those of the account, from 1.
    pub number: i64,
    /// Role code.
    pub role: String,
    /// Practitioner in the directory; empty when none.
    pub practitioner: String,
    /// Place in the directory; empty when none.
    pub place: String,
    /// Facility or community.
    pub context: WorkContext,
    /// From when.
    pub begins: Instant,
    /// Until when; `None` while nothing ends it.
    pub ends: Option<Instant>,
    /// Who gave it.
    pub by_whom: String,
    /// The application that led to it.
    pub application: String,
}

/// A sign-in that began elsewhere and has not come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// SHA-256 of what only the browser that began it brings back.
    pub handle: Vec<u8>,
    /// What it is for (opaque here).
    pub body: String,
    /// Until when it can come back.
    pub expires: Instant,
}

/// A change of accounts and of what stands at the door.
#[derive(Debug, Clone)]
pub enum AccountChange {
    /// An account as it is now.
    Account(AccountRow),
    /// An identity as it is now.
    Identity(IdentityRow),
    /// A passkey as it is now.
    Passkey(PasskeyRow),
    /// A passkey is taken away: account and credential.
    DropPasskey(String, Vec<u8>),
    /// Every passkey of an account is taken away.
    DropPasskeys(String),
    /// A grant as it is now.
    Grant(AccountGrant),
    /// A statement was acknowledged: account, statement, version, when.
    Acknowledged(String, String, String, Instant),
    /// Every session of a user ends, and what they let apps do.
    EndSessions(String),
    /// A session was used.
    Seen(Vec<u8>, Instant),
    /// The holder of a session proved anew who they are; it holds until then.
    Proven(Vec<u8>, Instant),
    /// A sign-in begins elsewhere; those that are over at the instant are forgotten.
    Attempt(AttemptRow, Instant),
    /// A sign-in came back.
    AttemptTaken(Vec<u8>),
    /// Something was tried: digest of what, when, until when it counts.
    Tried(Vec<u8>, Instant, Instant),
}
