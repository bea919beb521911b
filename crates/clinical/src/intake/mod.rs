//! What a message says: one table from message type to handler, each handler a pure function of one message.

mod adt;
pub(crate) mod attachment;
mod billing;
mod binding;
mod bundle;
mod chart;
mod claim;
mod confidential;
mod datatypes;
mod draft;
mod folder;
mod form;
mod future;
mod groups;
mod lanes;
mod limits;
mod mdm;
mod merge;
mod mfn;
mod one_patient;
mod order_news;
mod orders;
mod oru;
mod pairs;
mod pharmacy;
mod problem;
mod reading;
mod referral;
mod schedule;
mod scope;
mod segments;
mod tables;
mod vaccination;
mod visits;

pub use binding::{Binding, Outside};
pub use bundle::bundle;
pub use lanes::lanes;
pub(crate) use segments::prd::PLACE;
pub use tables::systems::{authority_of, authority_uri};

use crate::identity::{Claim, IdentityEvent};
use crate::results::Standing;
use crate::words::Words;
use fhir::{Instant, RecordId, ResourceKey};
use groups::Group;
use hl7v2::Message;
use scope::Scope;

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
    /// Merges, moves, links, unlinks and changes of number (ADT A24, A34, A36, A37, A39, A40, A43, A46, A47).
    pub identity_events: Vec<IdentityEvent>,
    /// What a master file says of the provider directory (MFN): proposals, nothing that holds.
    pub directory: Vec<crate::directory::Heard>,
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
    pub resource: fhir::Object,
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
    /// Marked as confidential (PV1-16, ORC-28, TXA-18): it goes to who is responsible, and no copies are made.
    pub confidential: bool,
    /// What it tells of a visit, when it is news that the primary provider must have.
    pub notice: Option<Notice>,
    /// What it says of a referral, when it is one or the answer to one.
    pub referral: Option<Referral>,
}

/// What a message says of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referral {
    /// The ServiceRequest of the same message.
    pub request: ResourceKey,
    /// What it says.
    pub step: ReferralStep,
}

/// A step of a referral (REF and RRI, HL7 v2.5.1 11.5; RF1-1 of an answer, table 0283).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferralStep {
    /// Asked, changed or asked after (REF I12, I13, I15).
    Asked,
    /// Taken back by who asked (REF I14).
    Withdrawn,
    /// The receiver has it and has not decided (RRI with RF1-1 P or none).
    Received,
    /// The receiver takes it (RRI with RF1-1 A).
    Accepted,
    /// The receiver does not take it (RRI with RF1-1 R, or I14).
    Declined,
    /// It expired at the receiver (RRI with RF1-1 E): nobody has taken it.
    Expired,
}

impl ReferralStep {
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Asked => Words::new("asked", "demandée"),
            Self::Withdrawn => {
                Words::new("taken back by who asked", "retirée par la personne qui l'a demandée")
            }
            Self::Received => Words::new("received, not decided", "reçue, sans décision"),
            Self::Accepted => Words::new("accepted", "acceptée"),
            Self::Declined => Words::new("declined", "refusée"),
            Self::Expired => Words::new("expired without a decision", "expirée sans décision"),
        }
    }

    /// Whether the receiver has said what becomes of it.
    #[must_use]
    pub fn decides(self) -> bool {
        matches!(self, Self::Accepted | Self::Declined)
    }
}

/// News of a visit that the primary provider must have (S-002, S-063).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// ADT A01.
    Admission,
    /// ADT A03.
    Discharge,
    /// ADT A04 of class E (PV1-2).
    Emergency,
}

impl Notice {
    /// As a beginning of a sentence.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Admission => Words::new("The patient was admitted", "Le patient a été admis"),
            Self::Discharge => Words::new("The patient was discharged", "Le patient a reçu son congé"),
            Self::Emergency => {
                Words::new("The patient came to emergency", "Le patient s'est présenté à l'urgence")
            }
        }
    }
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
    /// A referral, or what its receiver says.
    Referral,
    /// What a filler says of an order: cancelled, stopped, not possible.
    Order,
}

impl ReportClass {
    /// The class of a diagnostic service section (HL7 table 0074, OBR-24), in capitals. `None` when the section says
    /// nothing about it.
    #[must_use]
    pub fn of_section(code: &str) -> Option<Self> {
        match code {
            "MB" | "MCB" | "MYC" | "VR" | "PAR" | "BCT" => Some(Self::Microbiology),
            "RAD" | "RX" | "CT" | "CTH" | "MR" | "MRI" | "NMR" | "NMS" | "US" | "RUS" | "VUS" | "OUS"
            | "CUS" | "XRC" | "DX" | "CR" | "MG" | "PT" | "XR" => Some(Self::Imaging),
            "PAT" | "SP" | "CP" | "AP" | "CG" | "PHY" | "EC" | "EN" | "PF" | "AU" => Some(Self::Text),
            "LAB" | "CH" | "HM" | "BG" | "BLB" | "IMM" | "SR" | "TX" | "OSL" | "GE" => Some(Self::Laboratory),
            _ => None,
        }
    }
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
    /// PRD with RT: whoever a referral goes to, a person or a place.
    ReferredTo,
    /// PRD with RP, in an answer: who asked.
    Referrer,
}

/// Reads the groups of a message into charts and identity events.
type Handler = fn(&Scope<'_>, &Message, &[Group<'_>], &'static str) -> (Vec<Chart>, Vec<IdentityEvent>);

/// A message type that is mapped: MSH-9.1, MSH-9.2 and what reads it.
struct Row {
    code: &'static str,
    triggers: &'static [&'static str],
    handler: Handler,
}

/// Every mapped message type. A type without a row is kept whole (DESIGN.md section 7: one line to add).
const TABLE: &[Row] = &[
    Row {
        code: "ADT",
        triggers: &[
            "A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14",
            "A15", "A16", "A17", "A21", "A22", "A23", "A25", "A26", "A27", "A28", "A29", "A31", "A32", "A33",
            "A38", "A52", "A53", "A54", "A55", "A60", "A61", "A62",
        ],
        handler: adt::read,
    },
    Row {
        code: "ADT",
        triggers: &["A18", "A34", "A36", "A39", "A40", "A43", "A46", "A47"],
        handler: merge::read,
    },
    Row { code: "ADT", triggers: &["A24", "A37"], handler: pairs::read },
    Row { code: "ADT", triggers: &["A35", "A41", "A42", "A44", "A45", "A49", "A50"], handler: visits::read },
    Row { code: "ORU", triggers: &["R01"], handler: oru::read },
    Row { code: "OUL", triggers: &["R21", "R22", "R23", "R24"], handler: oru::read },
    Row {
        code: "MDM",
        triggers: &["T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11"],
        handler: mdm::read,
    },
    Row { code: "ORM", triggers: &["O01"], handler: orders::read },
    Row { code: "OML", triggers: &["O21", "O33", "O35"], handler: orders::read },
    Row { code: "OMG", triggers: &["O19"], handler: orders::read },
    Row { code: "OMI", triggers: &["O23"], handler: orders::read },
    Row { code: "ORR", triggers: &["O02"], handler: orders::read },
    Row { code: "ORL", triggers: &["O22", "O34", "O36"], handler: orders::read },
    Row { code: "ORG", triggers: &["O20"], handler: orders::read },
    Row { code: "ORI", triggers: &["O24"], handler: orders::read },
    Row { code: "OMP", triggers: &["O09"], handler: pharmacy::read },
    Row { code: "RDE", triggers: &["O11", "O01", "O25"], handler: pharmacy::read },
    Row { code: "RDS", triggers: &["O13", "O01"], handler: pharmacy::read },
    Row { code: "RGV", triggers: &["O15", "O01"], handler: pharmacy::read },
    Row { code: "RAS", triggers: &["O17", "O01"], handler: pharmacy::read },
    Row { code: "VXU", triggers: &["V04"], handler: vaccination::read },
    Row {
        code: "SIU",
        triggers: &["S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S26"],
        handler: schedule::read,
    },
    Row { code: "REF", triggers: &["I12", "I13", "I14", "I15"], handler: referral::read },
    Row { code: "RRI", triggers: &["I12", "I13", "I14", "I15"], handler: referral::read },
    Row { code: "PPR", triggers: &["PC1", "PC2", "PC3"], handler: problem::read },
    Row { code: "DFT", triggers: &["P03", "P11"], handler: billing::read },
    Row { code: "BAR", triggers: &["P01", "P02", "P05", "P06", "P12"], handler: billing::read },
];

/// The message types that are mapped: code and trigger, in table order.
pub fn mapped_types() -> impl Iterator<Item = (&'static str, &'static str)> {
    let charts = TABLE.iter().flat_map(|row| row.triggers.iter().map(|trigger| (row.code, *trigger)));
    charts.chain(mfn::TRIGGERS.iter().map(|trigger| ("MFN", *trigger)))
}

/// What one message of `sender` says. Pure and total: the same message gives the same answer, and no input panics.
#[must_use]
pub fn interpret(message: &Message, sender: &Sender) -> Interpretation {
    let header = message.header();
    let (code, trigger) = (header.message_code(), trigger(message));
    let message_type = segments::msh::message_type(header.segment());
    let scope = Scope::new(sender, message);
    for problem in message.problems() {
        scope.tell(form::words(problem));
    }
    let found = TABLE.iter().filter(|row| row.code == code).find_map(|row| {
        row.triggers.iter().find(|known| **known == trigger).map(|known| (row.handler, *known))
    });
    let beside = |handling: Handling, directory: Vec<crate::directory::Heard>, problems: Vec<Words>| {
        let (message_type, charts, identity_events) = (message_type.clone(), Vec::new(), Vec::new());
        Interpretation { message_type, handling, charts, identity_events, directory, problems }
    };
    let is_master_file = code == "MFN" && mfn::TRIGGERS.contains(&trigger.as_str());
    if found.is_none() && !is_master_file {
        let handling = Handling::Kept(Words::new(
            format!("{message_type} is kept as received: this type is not mapped yet."),
            format!("{message_type} est conservé tel que reçu : ce type n'est pas encore traduit."),
        ));
        return beside(handling, Vec::new(), scope.into_problems());
    }
    if let Some(words) = limits::exceeded(message) {
        return beside(Handling::Held(words), Vec::new(), scope.into_problems());
    }
    let Some((handler, trigger)) = found else {
        let (handling, directory) = match mfn::read(&scope, message) {
            Ok(heard) => (Handling::Mapped, heard),
            Err(why) => (Handling::Held(why), Vec::new()),
        };
        return beside(handling, directory, scope.into_problems());
    };
    let groups = groups::read(message);
    let (charts, identity_events) = handler(&scope, message, &groups, trigger);
    let handling = match handling(message, &groups, &charts, sender.received) {
        Handling::Mapped if trigger == "A29" => Handling::Held(deletion()),
        other => other,
    };
    future::tell(&scope, message, sender.received);
    let (directory, problems) = (Vec::new(), scope.into_problems());
    Interpretation { message_type, handling, charts, identity_events, directory, problems }
}

/// MSH-9.2; when it is empty, the trigger that MSH-9.3 or EVN-1 names.
fn trigger(message: &Message) -> String {
    let header = message.header();
    let said = header.trigger();
    if !said.trim().is_empty() {
        return said.trim().to_owned();
    }
    let structure = header.structure();
    match structure.split_once('_') {
        Some((code, trigger)) if code == header.message_code() => trigger.to_owned(),
        _ => reading::field(message.segment_named("EVN"), 1).into_owned(),
    }
}

/// Why A29 is held: a sender's wish to delete a person is a person's to judge, and nothing is ever deleted.
fn deletion() -> Words {
    Words::new(
        "The sender asks to delete this person (A29). Nothing is deleted: a person must look whether the record was opened in error, and say so with a link or a withdrawal.",
        "L'expéditeur demande de supprimer cette personne (A29). Rien n'est supprimé : une personne doit voir si le dossier a été ouvert par erreur, et le dire par un lien ou un retrait.",
    )
}

fn handling(message: &Message, groups: &[Group<'_>], charts: &[Chart], received: Instant) -> Handling {
    if message.all_named("MSH").nth(1).is_some() {
        return Handling::Held(Words::new(
            "The frame holds two messages (a second MSH): it cannot be told what belongs to whom. Send one message in a frame.",
            "La trame contient deux messages (un deuxième MSH) : on ne peut dire ce qui appartient à qui. Envoyez un seul message par trame.",
        ));
    }
    let small = |problem: &hl7v2::Problem| {
        matches!(problem.kind, hl7v2::ProblemKind::LowercaseName)
            && !message.segment(problem.segment).name().starts_with(['Z', 'z'])
    };
    if message.problems().iter().any(small) {
        return Handling::Held(Words::new(
            "A segment name is in small letters, so what it says would be lost. Send segment names in capitals (HL7 v2.5.1 2.5.2).",
            "Un nom de segment est en minuscules; ce qu'il dit se perdrait. Envoyez les noms de segment en majuscules (HL7 v2.5.1 2.5.2).",
        ));
    }
    if message.segment_named("PID").is_missing() {
        return Handling::Held(Words::new(
            "The message has no patient segment (PID): nobody can be told whose it is. Send PID with a record number in PID-3.",
            "Le message n'a pas de segment patient (PID) : on ne peut dire à qui il appartient. Envoyez PID avec un numéro de dossier dans PID-3.",
        ));
    }
    if charts.iter().any(|chart| chart.claim.own.is_none()) {
        return Handling::Held(Words::new(
            "PID-3 has no usable number: a person must say whose this is. Send a record number with its assigning authority in PID-3.",
            "PID-3 ne porte aucun numéro utilisable : une personne doit dire à qui ceci appartient. Envoyez un numéro de dossier avec son autorité dans PID-3.",
        ));
    }
    if let Some(words) = future::unborn(charts, received) {
        return Handling::Held(words);
    }
    if let Some(words) = one_patient::between_patients(groups, charts) {
        return Handling::Held(words);
    }
    Handling::Mapped
}

#[cfg(test)]
mod covered;
#[cfg(test)]
mod tests;
