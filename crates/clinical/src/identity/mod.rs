//! Who is this? *Same*, *new* or *a human must look*, with the reasons in words.
//!
//! One engine weighs records for one message and for millions of rows ([`linkage`]: features, levels, weights, guards).
//! Message by message an identifier must agree besides, or home and telephone ([`decide`]); [`features::compare`] puts the evidence in words;
//! [`blocking_keys`] say which records of the store's tables are compared, [`linkage::index`] finds them in memory.

pub mod cards;
pub mod dates;
pub mod features;
pub mod linkage;
pub mod names;

mod automatic;
mod blocking;
mod decide;
mod events;

pub use blocking::{BlockingKey, BlockingKind, MOST_KEYS, blocking_keys, identifier_key};
pub use decide::{decide, decide_among, is_identified, is_registration, repeats};
pub use events::{EventDecision, judge_event};
pub use features::display_name;

use crate::words::Words;
use fhir::{Instant, PersonId, RecordId};
use serde::{Deserialize, Serialize};

/// An identifier with its issuer; an empty value never exists (it is left out).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// What sort of number it is.
    pub sort: IdentifierSort,
    /// Issuer namespace: `NS` for a Nova Scotia health card, a facility code for a record number.
    pub authority: String,
    /// The number, trimmed, spaces and hyphens removed for health cards.
    pub value: String,
}

/// Sort of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IdentifierSort {
    /// Health card of a jurisdiction (CX-5 JHN, HC …).
    HealthCard,
    /// Medical record number of a facility (MR, PI, empty).
    RecordNumber,
    /// Anything else: never proof, never compared across people.
    Other,
}

/// A person's name as claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Family name.
    pub family: String,
    /// First given name.
    pub given: String,
    /// Further given names.
    pub middle: String,
    /// HL7 table 0200 code (L, M maiden, N nickname …), empty when not stated.
    pub use_code: String,
    /// Junior, Sr, III … (PID-5.4); empty when not stated.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
}

/// Administrative sex as claimed; `Unknown` never agrees and never disagrees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// M
    Male,
    /// F
    Female,
    /// X, O, A: stated, neither of the two
    Other,
    /// U or absent
    #[default]
    Unknown,
}

/// Who a message claims to be about; also what is remembered of each source record. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The identifier that names the source record; `None` when the message has no usable one.
    pub own: Option<Identifier>,
    /// All identifiers, `own` included, most specific first.
    pub identifiers: Vec<Identifier>,
    /// All names, the legal or first one first.
    pub names: Vec<Name>,
    /// `YYYY-MM-DD`, or shorter when the sender knows less; empty when absent.
    pub birth_date: String,
    /// Administrative sex.
    pub sex: Sex,
    /// Digits of telephone numbers.
    pub telephones: Vec<String>,
    /// Electronic mail addresses (XTN-4), lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Street with number and unit (PID-11.1, 11.2); empty when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    /// Postal code without spaces, upper case; empty when absent.
    pub postal_code: String,
    /// Town.
    pub town: String,
    /// Mother's identifier (PID-21), for newborns.
    pub mother: Option<Identifier>,
    /// PID-24 says Y, or PID-25 says which and PID-24 does not say N.
    pub multiple_birth: bool,
    /// Which of a multiple birth, from 1 (PID-25); `None` when not stated or where PID-24 says N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_order: Option<u8>,
    /// PID-30 says Y.
    pub died: bool,
}

/// What a sender says of two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// They are one person (A24, A34, A36, A39, A40, A43, A46, A47).
    Same,
    /// They are not linked, or not any more (A37; the former owner in A43).
    Parted,
    /// A visit that is kept under the second belongs to the first (A44, A45).
    Moved,
}

/// A change of identity that a sender reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityEvent {
    /// `A40`, `A34` …
    pub trigger: String,
    /// What is said of the two.
    pub says: Says,
    /// The surviving record.
    pub survivor: Identifier,
    /// The other record (MRG-1, or the second PID of A24 and A37).
    pub merged: Identifier,
    /// The visit that belongs to the other one.
    pub visit: Option<Identifier>,
    /// When the sender says it happened.
    pub at: Instant,
}

/// A record that might be the same person.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Source record.
    pub record: RecordId,
    /// The person it is linked to today.
    pub person: PersonId,
    /// What is remembered of it.
    pub claim: Claim,
}

/// How common what a claim states is among what is on file ([`linkage::index::Index::namesakes`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Namesakes {
    /// How many other people would share the whole name and the birth date by chance: far less than one for most.
    pub others: f64,
    /// Many people have the telephone: a shelter, a nursing home, a number typed where none is known.
    pub crowded_telephone: bool,
    /// Many people have the street address.
    pub crowded_street: bool,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The record is known and nothing contradicts it: file on it.
    Known {
        /// Facts that agree, at least two.
        agreeing: Vec<Feature>,
        /// How everything compared: a single fact may differ (a new family name).
        evidence: Vec<Evidence>,
    },
    /// A record not seen before of a person we know: link and file.
    Same {
        /// The person.
        person: PersonId,
        /// Why.
        evidence: Vec<Evidence>,
    },
    /// Nobody we know: a new person.
    New {
        /// How the closest candidate compared; empty when there was none.
        evidence: Vec<Evidence>,
    },
    /// A record not seen before that may be of somebody on file, and nothing proves or contradicts it: a registration is
    /// a person of its own with a question open, a result waits ([`is_registration`]).
    Perhaps {
        /// In words, for the identity review list.
        reason: Words,
        /// Who it might be, best first.
        candidates: Vec<(RecordId, Vec<Evidence>)>,
    },
    /// A human must look; until then nothing is filed.
    Look {
        /// In words, for the identity review list.
        reason: Words,
        /// Who it might be, best first.
        candidates: Vec<(RecordId, Vec<Evidence>)>,
    },
}

/// One thing that can agree or disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Feature {
    /// Record number of the same authority.
    RecordNumber,
    /// Health card of the same jurisdiction.
    HealthCard,
    /// Family name.
    FamilyName,
    /// Given name.
    GivenName,
    /// Birth date.
    BirthDate,
    /// Administrative sex.
    Sex,
    /// Telephone.
    Telephone,
    /// Street address.
    Street,
    /// Postal code.
    PostalCode,
    /// Electronic mail.
    Email,
    /// Which of a multiple birth.
    BirthOrder,
}

/// How a feature compared, and what it contributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which feature.
    pub feature: Feature,
    /// Agrees, nearly agrees, disagrees, or cannot be compared.
    pub outcome: Outcome,
    /// Contribution in bits; negative speaks against.
    pub weight: f64,
    /// In words: `family name: MacDonald and McDonald, nearly the same`.
    pub words: Words,
}

/// How a feature compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Exactly, after folding case and accents.
    Agrees,
    /// By a known variation: nickname, one letter, day and month swapped.
    Nearly,
    /// Both are stated and differ.
    Disagrees,
    /// One of the two is absent: says nothing.
    Absent,
}

#[cfg(test)]
mod tests;
