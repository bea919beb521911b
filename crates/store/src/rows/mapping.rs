//! Rows of what was agreed about senders: dialects and code maps, step by step.

use super::MessageId;
use fhir::Instant;

/// One step; only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingEvent {
    /// Its number; for a new one 0, the writer numbers it in the commit.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// `dialect` or `codes`.
    pub sort: String,
    /// Name of the file.
    pub name: String,
    /// Its number.
    pub version: u32,
    /// What was done.
    pub step: MappingStep,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
    /// Why, in words of whoever did it.
    pub reason: String,
    /// What a trial or a repair counted, JSON (opaque here); names no patient.
    pub figures: String,
    /// The file, where it is proposed or signed; empty elsewhere.
    pub body: String,
}

/// What was done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MappingStep {
    /// Tried on recorded traffic.
    Tried,
    /// Signed by a named person: in use from here on.
    Signed,
    /// Not in use from here on.
    Retired,
    /// What was filed under an older one was filed again.
    Repaired,
}

impl MappingStep {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Tried => "tried",
            Self::Signed => "signed",
            Self::Retired => "retired",
            Self::Repaired => "repaired",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Tried, Self::Signed, Self::Retired, Self::Repaired]
            .into_iter()
            .find(|step| step.code() == code)
    }
}

/// A change of the mapping's rows.
#[derive(Debug, Clone)]
pub enum MappingChange {
    /// A step.
    Step(MappingEvent),
    /// A message was read by what was in use at that number.
    Applied {
        /// Which.
        message: MessageId,
        /// The number.
        seq: i64,
    },
}
