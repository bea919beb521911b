//! What a message says: one table from message type to handler, each handler a pure function of one message.

use crate::identity::{Claim, IdentityEvent};
use crate::results::Standing;
use crate::words::Words;
use fhir::{Instant, RecordId, ResourceKey};

/// Who sent a message and what is agreed with them. Never read from the message.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Name of the link.
    pub link: String,
    /// Namespace of patient identifiers whose assigning authority is blank (PID-3.4), e.g. the facility code.
    pub default_authority: String,
    /// Minutes east of UTC for times without a zone, as a function of local standard rules: IANA name.
    pub time_zone: String,
    /// Who is custodian of what this link sends (guarantee L-17).
    pub custodian: String,
    /// How resources point back to their message: `urn:opor:message:<id>`.
    pub message_reference: String,
    /// When the journal row was written.
    pub received: Instant,
}

/// What one message says.
#[derive(Debug, Clone)]
pub struct Interpretation {
    /// `ORU^R01` and the like, as received.
    pub message_type: String,
    /// Whether we know what to do with it.
    pub handling: Handling,
    /// One per patient in the message; usually one.
    pub charts: Vec<Chart>,
    /// Merges, moves and other changes of identity (ADT A34, A40).
    pub identity_events: Vec<IdentityEvent>,
    /// Oddities worth telling the feed's owner: segment-field and what we did about it.
    pub problems: Vec<Words>,
}

/// Whether a message type is mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handling {
    /// In the table: `charts` and `identity_events` say what follows.
    Mapped,
    /// Not in the table: kept whole, somebody's obligation.
    Kept(Words),
    /// In the table, but something essential is missing or contradicts itself: a human must look.
    Held(Words),
}

/// Everything a message says about one patient.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Who it claims to be about.
    pub claim: Claim,
    /// The source record, when the claim has an identifier of its own; resources are keyed by it.
    pub record: RecordId,
    /// Proposed resources, the Patient first.
    pub resources: Vec<Proposal>,
    /// What must reach somebody.
    pub reports: Vec<Report>,
}

/// One proposed resource version.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its key, derived from the record and the business identifiers.
    pub key: ResourceKey,
    /// The resource, without `meta.versionId` and `meta.lastUpdated`.
    pub resource: fhir::build::Object,
    /// What decides against a version on file.
    pub standing: Standing,
    /// The report this belongs to (observations stand or fall with their report's supersession only by their own standing).
    pub report: Option<ResourceKey>,
}

/// Something that must reach people: a report, a document, an admission notice.
#[derive(Debug, Clone)]
pub struct Report {
    /// DiagnosticReport, DocumentReference or Encounter.
    pub key: ResourceKey,
    /// What sort of thing it is, for routing and for words.
    pub class: ReportClass,
    /// What people call it: `Creatinine`, `Chest X-ray, 2 views`, `Discharge summary`.
    pub title: String,
    /// The sender's number for it (OBR-3, TXA-12 …), empty when there is none.
    pub accession: String,
    /// Same as the resource's standing.
    pub standing: Standing,
    /// The gravest flag among its results.
    pub flag: Gravity,
    /// Whom the message names, in the order of the fields.
    pub addressees: Vec<Addressee>,
}

/// Sort of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ReportClass {
    /// Chemistry, haematology and other measured results.
    Laboratory,
    /// Cultures and susceptibilities.
    Microbiology,
    /// Diagnostic imaging.
    Imaging,
    /// Pathology and other text.
    Text,
    /// Letters, summaries, notes (MDM).
    Document,
    /// Admission, discharge, transfer.
    Encounter,
}

/// How grave the worst flag of a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Gravity {
    /// Nothing flagged.
    Normal,
    /// Outside the expected range.
    Abnormal,
    /// Critical: somebody must act now.
    Critical,
}

/// A provider that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// In which part.
    pub part: AddresseePart,
    /// Where it stood, for the sentence: `OBR-16`.
    pub field: &'static str,
    /// XCN identifiers: (assigning authority or empty, number).
    pub numbers: Vec<(String, String)>,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
}

/// The part a named provider plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum AddresseePart {
    /// OBR-16, ORC-12: responsible for acting.
    Ordering,
    /// OBR-28: gets a copy.
    CopyTo,
    /// PV1-7.
    Attending,
    /// PV1-8.
    Referring,
    /// PV1-9.
    Consulting,
    /// PD1-4, ROL/PRT primary care provider.
    Primary,
    /// TXA-9 author and others: not a recipient by itself.
    Author,
}
