//! Reports and documents: the list, the reader, and who has it.

mod attachments;
pub use attachments::decode as base64_bytes;
pub(crate) use attachments::decode;
mod difference;
mod reader;
mod text;

use crate::chart;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::intake::ReportClass;
use clinical::results::Finality;
use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};

/// A line of the report list.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportLine {
    /// DiagnosticReport or DocumentReference.
    pub key: ResourceKey,
    /// What people call it.
    pub title: String,
    /// Sort.
    pub class: ReportClass,
    /// When it was done (effective) or signed.
    pub at: Instant,
    /// Version state.
    pub finality: Finality,
    /// Gravest flag.
    pub flagged: bool,
    /// Sender's number.
    pub accession: String,
}

/// Look: all reports and documents of a person, newest first.
#[derive(Debug, Clone)]
pub struct List {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`List`].
#[derive(Debug, Clone)]
pub struct ListView {
    /// Head.
    pub banner: crate::patients::Banner,
    /// Counts for the section list.
    pub counts: crate::patients::ChartCounts,
    /// Newest first.
    pub lines: Vec<ReportLine>,
}

/// Look: one report, to read.
#[derive(Debug, Clone)]
pub struct Read {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub report: ResourceKey,
    /// An older version; `None` for the current one.
    pub version: Option<u32>,
}

/// Look: one attachment of a report, as it was sent.
#[derive(Debug, Clone)]
pub struct Open {
    /// Whose.
    pub person: PersonId,
    /// The resource holding it, as [`Attachment::key`] says.
    pub report: ResourceKey,
    /// Which within it, as [`Attachment::index`] says.
    pub index: usize,
}

/// Answer to [`Open`]. Never to be rendered as it came (DESIGN.md section 11): it is offered to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Title, for the file's name.
    pub title: String,
    /// MIME type as declared.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Answer to [`Read`].
#[derive(Debug, Clone)]
pub struct ReportView {
    /// Head.
    pub banner: crate::patients::Banner,
    /// Counts for the section list.
    pub counts: crate::patients::ChartCounts,
    /// The list beside it.
    pub lines: Vec<ReportLine>,
    /// This one.
    pub line: ReportLine,
    /// Version shown.
    pub version: u32,
    /// All versions: (number, when filed, finality), newest first.
    pub versions: Vec<(u32, Instant, Finality)>,
    /// Where it was done, author, ordering provider: label and text.
    pub facts: Vec<(Words, String)>,
    /// Paragraphs of text; blank lines part them. Words that changed since the former version are marked.
    pub text: Vec<Paragraph>,
    /// Results in it, in the report's order.
    pub results: Vec<crate::results::Series>,
    /// Attached documents: (title, content type, size in bytes, key of the resource holding it).
    pub attachments: Vec<Attachment>,
    /// Statements of the person who disagrees with it: when, and word for word (GUARANTEES L-14).
    pub statements: Vec<(Instant, String)>,
    /// Proof that it is about this person: feature and whether it agrees.
    pub proof: Vec<(clinical::identity::Feature, clinical::identity::Outcome)>,
    /// Who has it.
    pub chain: Vec<crate::deliveries::Chain>,
    /// The message it came in.
    pub message: Option<store::MessageId>,
    /// Colleagues to whom it can be handed on, by directory id and name; none when nothing waits for this reader.
    pub colleagues: Vec<(String, String)>,
    /// Named teams to which it can be handed on: value for the form, and name.
    pub teams: Vec<(String, String)>,
    /// Nothing waits for this reader's "I have this": it was said, or was never asked of them.
    pub taken: bool,
    /// It is a referral, and its decision waits for this reader.
    pub awaits: bool,
}

/// A paragraph of report text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// A heading when the line ends in a colon and stands alone, or is all capitals.
    pub heading: bool,
    /// Runs of text with their change mark.
    pub runs: Vec<(Change, String)>,
}

/// How a run of text relates to the former version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The same, or nothing to compare with.
    Same,
    /// New in this version.
    Added,
    /// Only in the former version.
    Removed,
}

/// A document attached to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Title.
    pub title: String,
    /// MIME type as declared.
    pub content_type: String,
    /// Size in bytes.
    pub bytes: usize,
    /// Which resource holds it.
    pub key: ResourceKey,
    /// Which attachment within it.
    pub index: usize,
}

impl Sealed for List {}

impl Look for List {
    type View = ListView;
    const PERMISSION: Permission = Permission::ReadResults;

    fn object(&self) -> String {
        format!("person/{}/reports", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ListView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let contents = chart.contents(reading)?;
        let view =
            ListView { banner: chart.banner(reading)?, counts: contents.counts(), lines: contents.lines() };
        Ok(Seen::of(chart.person, view))
    }
}
