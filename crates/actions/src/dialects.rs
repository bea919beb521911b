//! Dialects and code maps: what is in use for whom, what a new file would change by recorded traffic, who signed it, and
//! the repair of what an older one made (FEATURES IN11, IN14; GUARANTEES X-05; docs/mapping/dialects.md).

mod in_use;
mod looking;
mod repairing;
mod signing;
#[cfg(test)]
mod tests;
mod trial;
pub(crate) mod unmapped;

pub(crate) use in_use::{
    Read, Reader, conversions, read_as_filed, read_as_it_stands, read_formerly, read_now, read_on,
};

use crate::lists::Part;
pub use clinical::dialect::{Change, Sort};
use fhir::{Instant, PersonId};
pub use repairing::Repair;
use serde::{Deserialize, Serialize};
use store::{MessageId, ObligationId};
pub use trial::digest;

/// Recorded messages that a trial reads.
#[derive(Debug, Clone)]
pub enum Traffic {
    /// Of the journal: a link (empty = every link that the file is about), received at or after a time.
    Journal {
        /// Name of the link.
        link: String,
        /// Since when.
        since: Instant,
    },
    /// Given ones, as if this link had sent them.
    Corpus {
        /// Name of the link.
        link: String,
        /// Their bytes.
        messages: Vec<Vec<u8>>,
    },
}

/// What a file is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// What is in use.
    InUse,
    /// What is on file: also a change of the mapper itself shows (only for traffic of the journal).
    OnFile,
}

/// Look: what would be different if a file came into use. Nothing is written.
#[derive(Debug, Clone)]
pub struct Try {
    /// Sort of the file.
    pub sort: Sort,
    /// The file; empty = nothing new comes into use (what the mapper of today makes of recorded traffic).
    pub text: String,
    /// By which messages.
    pub traffic: Traffic,
    /// Compared with what.
    pub against: Against,
}

/// Answer to [`Try`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialView {
    /// Name of the file.
    pub name: String,
    /// Its number.
    pub version: u32,
    /// SHA-256 of it, hexadecimal.
    pub digest: String,
    /// What was counted; names nobody.
    pub figures: Figures,
    /// An example of each group: message, what it said, what it would say.
    pub examples: Vec<Example>,
    /// People concerned, the first [`PEOPLE_LIMIT`].
    pub people: Vec<PersonId>,
}

/// What a trial counted. Kept with the signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// What was in use when it was tried: number of the latest signature; 0 = nothing.
    pub against: i64,
    /// Messages read.
    pub messages: usize,
    /// Those that would be read otherwise.
    pub changed: usize,
    /// Whether there were more than were read.
    pub cut: bool,
    /// People concerned.
    pub people: usize,
    /// Messages that would be held or kept and are not, and the other way round.
    pub aside: usize,
    /// Codes without a row: under what is in use, and under the file.
    pub unmapped: (usize, usize),
    /// Messages that could not be read.
    pub unreadable: usize,
    /// Differences by resource, field and sort, most frequent first.
    pub groups: Vec<Group>,
}

/// Equal differences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Resource type, or `Message`.
    pub kind: String,
    /// Element: `code.coding.code`; empty = the whole resource.
    pub path: String,
    /// Sort of difference.
    pub sort: Change,
    /// Values.
    pub values: usize,
    /// Messages.
    pub messages: usize,
}

/// One difference, to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Where it was found; empty for a given message.
    pub message: Option<MessageId>,
    /// Resource type and element.
    pub place: String,
    /// What it said.
    pub before: String,
    /// What it would say.
    pub after: String,
}

/// Most people that one trial names.
pub const PEOPLE_LIMIT: usize = 200;
/// Most messages that one trial reads.
pub const TRIAL_LIMIT: usize = 50_000;

/// Act: a file comes into use, signed by a named person, after a trial of exactly this file against what is in use.
#[derive(Debug, Clone)]
pub struct Sign {
    /// Digest of the file that was tried.
    pub digest: String,
    /// Who signs, where the session is a machine's; elsewhere whoever is signed in.
    pub by: Option<String>,
    /// What the trial showed, in their words; required.
    pub reason: String,
}

/// Act: a file goes out of use.
#[derive(Debug, Clone)]
pub struct Retire {
    /// Its sort.
    pub sort: Sort,
    /// Its name.
    pub name: String,
    /// Who says so, where the session is a machine's.
    pub by: Option<String>,
    /// Why; required.
    pub reason: String,
}

/// Look: what is in use, what was tried and waits for a signature, what was done, and codes that no map knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overview {
    /// How many codes that no map knows stand before the first that is shown.
    pub unmapped: usize,
    /// How many steps do.
    pub steps: usize,
}

/// Answer to [`Overview`].
#[derive(Debug, Clone, Default)]
pub struct OverviewView {
    /// Files in use.
    pub in_use: Vec<UseLine>,
    /// Tried, and not in use.
    pub tried: Vec<TriedLine>,
    /// Codes that no map knows.
    pub unmapped: Vec<UnmappedLine>,
    /// Which part of them is shown.
    pub unmapped_part: Part,
    /// The latest steps.
    pub steps: Vec<StepLine>,
    /// Which part of them is shown.
    pub steps_part: Part,
    /// Links by name, whose traffic a file can be tried on.
    pub links: Vec<String>,
}

/// What was done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLine {
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What.
    pub what: clinical::words::Words,
    /// Why; empty for a trial.
    pub why: String,
}

/// A file in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseLine {
    /// Its sort.
    pub sort: Sort,
    /// Its name.
    pub name: String,
    /// Its number.
    pub version: u32,
    /// Number of its signature.
    pub seq: i64,
    /// Beginning of the digest.
    pub digest: String,
    /// What it is; of one that cannot be read, what to do.
    pub about: clinical::words::Words,
    /// Whose messages.
    pub binds: String,
    /// Who signed, when, why.
    pub signed: (String, Instant, String),
    /// What it does, a line each.
    pub rules: Vec<String>,
}

/// A file that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedLine {
    /// Its sort.
    pub sort: Sort,
    /// Its name.
    pub name: String,
    /// Its number.
    pub version: u32,
    /// Digest, by which it is signed.
    pub digest: String,
    /// Who tried it, and when.
    pub tried: (String, Instant),
    /// What was counted.
    pub figures: Figures,
    /// Something else came into use since: it must be tried again.
    pub stale: bool,
}

/// A code that no map knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedLine {
    /// Its obligation.
    pub obligation: ObligationId,
    /// The link.
    pub link: String,
    /// `GLU Glucose`.
    pub code: String,
    /// Why.
    pub why: clinical::words::Words,
    /// Who owns it, as a code.
    pub owner: String,
    /// By when.
    pub due: Instant,
}

/// What a repair did or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairView {
    /// What was counted; names nobody.
    pub figures: RepairFigures,
    /// People concerned.
    pub people: Vec<PersonId>,
    /// What stays for a person: message and why.
    pub exceptions: Vec<(MessageId, clinical::words::Words)>,
    /// What was filed anew: message, resource versions, deliveries.
    pub repaired: Vec<(MessageId, usize, usize)>,
}

/// What a repair counted. `affected = repaired + exceptions`, or the proof does not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairFigures {
    /// Messages of the link that were looked at.
    pub looked_at: usize,
    /// Those that are read otherwise than what is on file says.
    pub affected: usize,
    /// Those filed again.
    pub repaired: usize,
    /// Those that stay for a person.
    pub exceptions: usize,
    /// Resource versions written.
    pub versions: usize,
    /// Deliveries queued.
    pub deliveries: usize,
    /// People concerned.
    pub people: usize,
    /// Messages still read otherwise when all was done; the exceptions, or the proof does not hold.
    pub left: usize,
}

impl RepairFigures {
    /// Whether every affected message is repaired or listed, and a second look finds no other.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.affected == self.repaired + self.exceptions && self.left == self.exceptions
    }
}
