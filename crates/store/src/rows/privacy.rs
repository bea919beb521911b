//! Rows of consent, of what opens a chart, and of requests to correct.

use crate::rows::ObligationId;
use fhir::{Instant, RecordId};

/// A consent directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveRow {
    /// Number, given in the commit; 0 in a new one.
    pub id: i64,
    /// The source record at which it was recorded.
    pub record: RecordId,
    /// When.
    pub at: Instant,
    /// Who recorded it.
    pub actor: String,
    /// In the person's words, or the form it came on.
    pub reason: String,
    /// JSON (opaque here).
    pub body: String,
    /// From then on it holds no more.
    pub until: Option<Instant>,
    /// When it was ended by hand.
    pub ended: Option<Instant>,
    /// Who ended it; empty while it stands.
    pub ended_by: String,
    /// Why; empty while it stands.
    pub end_reason: String,
}

/// What opens a chart to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantSort {
    /// The person is on their panel.
    Panel = 0,
    /// They said why.
    Reason = 1,
    /// They broke glass.
    Glass = 2,
}

impl GrantSort {
    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Panel,
            1 => Self::Reason,
            _ => Self::Glass,
        }
    }
}

/// One such opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessGrant {
    /// Number, given in the commit; 0 in a new one.
    pub id: i64,
    /// Whose: user id.
    pub actor: String,
    /// A source record of the person.
    pub record: RecordId,
    /// From when.
    pub at: Instant,
    /// Until when; none for a panel.
    pub until: Option<Instant>,
    /// Sort.
    pub sort: GrantSort,
    /// Code of the reason, or source of the panel.
    pub code: String,
    /// In their words.
    pub words: String,
    /// Who reviews it.
    pub obligation: Option<ObligationId>,
}

/// Code of a relation that the privacy desk ended: until it is lifted, nothing puts that person on that panel again.
pub const REVOKED: &str = "revoked";
/// Code of such a relation after the privacy desk lifted it; it has ended all the same.
pub const LIFTED: &str = "lifted";

/// A relation that the privacy desk ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedPanel {
    /// Whose panel: user id.
    pub actor: String,
    /// Source records of the person.
    pub records: Vec<RecordId>,
    /// From when.
    pub at: Instant,
    /// Added to the words of each row.
    pub note: String,
}

/// A request to correct a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRow {
    /// The obligation that owns it.
    pub obligation: ObligationId,
    /// A source record of the person.
    pub record: RecordId,
    /// When it was taken.
    pub at: Instant,
    /// Who took it.
    pub actor: String,
    /// What is to be corrected, in the person's words.
    pub asked: String,
    /// Reference of the report it is about; empty when it is about none.
    pub about: String,
    /// What became of it: `corrected`, `disagreed`, `withdrawn`; empty while nobody has decided.
    pub verdict: String,
    /// When.
    pub decided: Option<Instant>,
    /// Who decided.
    pub decider: String,
    /// The person's statement of disagreement, which goes with the report from then on; empty when none.
    pub statement: String,
}

/// A change of these rows.
#[derive(Debug, Clone)]
pub enum PrivacyChange {
    /// A directive is recorded.
    Directive(DirectiveRow),
    /// A directive that stands is ended: number, when, by whom, why.
    EndDirective(i64, Instant, String, String),
    /// A chart is opened.
    Grant(AccessGrant),
    /// What opens a chart ends then, earlier or later than it did: number, when, and what is added to its words.
    GrantUntil(i64, Instant, String),
    /// Whatever puts somebody on a panel ends, whichever rows these are by then, and is marked [`REVOKED`].
    Revoke(RevokedPanel),
    /// Relations that the privacy desk ended may be made anew: number of each, and what is added to its words.
    Lift(Vec<i64>, String),
    /// A request as it is now.
    Correction(CorrectionRow),
}
