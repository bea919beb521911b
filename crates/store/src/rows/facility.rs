//! Rows of access at facilities: units and managers, registers, lapses, tickets of the IT self-service, SHARE users.

use crate::rows::ApplicationId;
use fhir::Instant;

/// Units and managers as they stand from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureRow {
    /// Grows by one with each change; the highest is in force.
    pub seq: i64,
    /// Since when.
    pub at: Instant,
    /// Who changed it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The whole, JSON (opaque here).
    pub body: String,
}

/// An account that rests on an employment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacilityPerson {
    /// The account.
    pub account: String,
    /// Number in the staff register.
    pub employee: String,
    /// Unit whose manager answers for them.
    pub unit: String,
    /// Since when.
    pub since: Instant,
}

/// A file of another office as it was last taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterFile {
    /// Which register: `licences`, `employments`.
    pub register: String,
    /// When it was taken.
    pub at: Instant,
    /// SHA-256 of the text.
    pub digest: Vec<u8>,
    /// The text.
    pub body: String,
}

/// Why an account is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LapseRow {
    /// The account.
    pub account: String,
    /// Code of the reason.
    pub code: String,
    /// Since when.
    pub at: Instant,
    /// What was found, JSON of both languages.
    pub words: String,
    /// When the reason was gone; none while it stands.
    pub ended: Option<Instant>,
    /// Who or what ended it; empty while it stands.
    pub ended_by: String,
}

/// What a manager said of somebody in a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecertificationRow {
    /// `2026-Q4`.
    pub quarter: String,
    /// The account.
    pub account: String,
    /// Whether they still need access.
    pub keeps: bool,
    /// Who said so.
    pub actor: String,
    /// When.
    pub at: Instant,
    /// Why; empty where they keep it.
    pub reason: String,
}

/// A ticket of the IT self-service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Who sent it.
    pub sender: String,
    /// Its number there.
    pub ticket: String,
    /// SHA-256 of what it asks.
    pub digest: Vec<u8>,
    /// When it came first.
    pub at: Instant,
    /// The application that it led to.
    pub application: ApplicationId,
    /// What it asks, JSON (opaque here).
    pub wish: String,
}

/// Something that became of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketStatus {
    /// Its place in the order of all; 0 in a new one, numbered in the commit.
    pub seq: i64,
    /// Whose ticket.
    pub sender: String,
    /// Its number there.
    pub ticket: String,
    /// When.
    pub at: Instant,
    /// Code: `requested`, `approved`, `refused`, `active` …
    pub status: String,
    /// In words, JSON of both languages.
    pub words: String,
}

/// A migration of SHARE users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRun {
    /// Digest of the roster and the day.
    pub run: String,
    /// When it was done.
    pub at: Instant,
    /// Who did it.
    pub actor: String,
    /// The day of the switch.
    pub switch: String,
    /// Rows of the roster.
    pub roster: u32,
    /// Became an account.
    pub migrated: u32,
    /// May apply.
    pub not_migrated: u32,
    /// Set aside with a reason.
    pub excluded: u32,
}

/// What became of a row of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareUser {
    /// The migration.
    pub run: String,
    /// Line of the roster.
    pub line: u32,
    /// The SHARE account.
    pub user: String,
    /// As people read it.
    pub name: String,
    /// Unit by the roster.
    pub unit: String,
    /// Code of what became of it.
    pub fate: String,
    /// Why, JSON of both languages.
    pub words: String,
    /// On what it rests, JSON (opaque here).
    pub evidence: String,
    /// The application that carries it; 0 where none does.
    pub application: ApplicationId,
}

/// A change of these rows.
#[derive(Debug, Clone)]
pub enum FacilityChange {
    /// Units and managers as they stand from now on.
    Structure(StructureRow),
    /// An account and the employment it rests on, as they are now.
    Person(FacilityPerson),
    /// A register was taken.
    Register(RegisterFile),
    /// An account lapses; the same reason that stands already is one.
    Lapse(LapseRow),
    /// A reason is gone: account, code, when, by whom.
    LapseEnds(String, String, Instant, String),
    /// The look of a quarter began.
    Round(String, Instant),
    /// A manager said something of somebody.
    Recertified(RecertificationRow),
    /// A ticket came for the first time.
    Ticket(TicketRow),
    /// Something became of a ticket.
    TicketStatus(TicketStatus),
    /// A signed call was taken: sender, nonce, now, until when it could be repeated.
    Nonce(String, String, Instant, Instant),
    /// A migration was done; the same one twice is one.
    ShareRun(ShareRun),
    /// A row of it.
    ShareUser(ShareUser),
}

/// One thing about these rows that must still be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FacilityRequirement {
    /// The number of units and managers in force; 0 = there are none.
    StructureIs(i64),
    /// No such ticket came before: sender, number.
    TicketIsNew(String, String),
    /// No such call was taken before: sender, nonce.
    NonceUnused(String, String),
    /// The migration was not done before.
    RunIsNew(String),
}
