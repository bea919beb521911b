//! Forms that were sent, by mail or by upload (GUARANTEES S-040 to S-043): taken durably before the mailbox lets go of
//! them, judged by what they say, answered with the reason, looked at by a person where only a person can tell.

mod deciding;
mod judging;
mod looking;
mod sealing;
mod taking;
#[cfg(test)]
mod tests;

pub use deciding::{Decide, Ruling};
pub use judging::Upload;
pub use looking::{
    Attached, AttachedFile, Blank, Line, LineFile, Paper, PaperView, Sent, SentView, Shown, ShownFile,
};
pub use sealing::MailKey;
pub use taking::Taken;

use clinical::enrolment::forms::{Anchors, Subject};
use clinical::enrolment::mailbox::{Held, Standing};
use clinical::enrolment::professions::profession;
use clinical::enrolment::{Facts, Tongue};
use clinical::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{ApplicationId, MailId, MailIn, ObligationId};

/// Who judges, in events and answers.
const ACTOR: &str = "opor mailbox";
/// Sort of our answers among the mails of our own.
const ANSWER: &str = "forms";

/// What judging relies on beside the record: the key of the data folder, whose signatures and whose findings are believed.
#[derive(Debug, Default)]
pub struct Setup {
    /// Key under which what was sent is kept.
    pub key: MailKey,
    /// Authorities whose certificates are believed.
    pub anchors: Anchors,
    /// DKIM keys by `selector._domainkey.domain`.
    pub domain_keys: BTreeMap<String, String>,
    /// Name of the receiving server whose findings are believed; empty when none is.
    pub server: String,
}

/// What was found, as it is kept beside the row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Code of where it comes from; empty for an upload.
    pub origin: String,
    /// Why it is held, when it is.
    pub held: Option<Held>,
    /// Judging was begun: where it was never ended, a person looks and no reader does again.
    pub begun: bool,
    /// Its files.
    pub files: Vec<SaidFile>,
    /// What a person said of it; empty when nobody did.
    pub note: String,
    /// What the name service said of its domain when it came, by name: keys, and what the domain asks for.
    pub names: BTreeMap<String, String>,
}

/// One file, as it was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SaidFile {
    /// Name, as the sender says.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Code of the form; empty where it cannot be read.
    pub form: String,
    /// The verdict by its codes.
    pub verdict: String,
    /// `right`, `returned`, `person`, then `accepted` or `refused` once a person has looked.
    pub stands: String,
    /// Every defect and doubt, in words.
    pub words: Vec<Words>,
}

/// What was found, from its row.
pub(crate) fn said_of(row: &MailIn) -> Said {
    serde_json::from_str(&row.said).unwrap_or_default()
}

fn said_json(said: &Said) -> String {
    serde_json::to_string(said).unwrap_or_default()
}

fn standing_of(row: &MailIn) -> Standing {
    Standing::from_code(&row.state).unwrap_or(Standing::Received)
}

/// What forms of an application are filled in with.
pub(crate) fn subject_of(application: ApplicationId, facts: &Facts) -> Subject {
    let who = &facts.applicant;
    let known = profession(&who.profession);
    let words = known.map_or_else(|| Words::new(&who.unlisted, &who.unlisted), |known| known.words());
    Subject::of(application.to_string(), facts, words)
}

fn obligation_of(mail: MailId) -> ObligationId {
    crate::obligations::id(&["mail-in", &mail.to_string()])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name that somebody else chose, as it may stand in a line of ours.
fn harmless(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    if plain.trim().is_empty() { "?".to_owned() } else { plain }
}

fn tongue_of(facts: &Facts) -> Tongue {
    facts.applicant.tongue
}
