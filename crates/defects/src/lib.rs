//! The defects that are put in on purpose, to show that a test can fail: those of HAZARDS.md 4.2 and others. Crates have
//! them behind their feature `defects`, which nothing but `./x defects` turns on; a process has at most one of them in.

use std::fmt;

/// What is put in. Its name is its id in `docs/safety-case/defects.toml`, where the tests stand that must find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A sender is told that its message is kept, and then it is.
    AcknowledgedBeforeCommit,
    /// A receiver's answer is taken for the message sent last, whatever it names.
    AcknowledgementByOrder,
    /// A chart of several source records shows the allergies of one.
    AllergiesLeftBehind,
    /// What was looked at is shown, and then noted.
    AuditAfterAnswer,
    /// Who is to have a copy gets none.
    CopiesDropped,
    /// A delivery ends after some tries.
    GivesUp,
    /// Emergency access never ends.
    GlassStaysBroken,
    /// What a search brings along is looked for beneath the veil.
    IncludeUnscoped,
    /// Moments are compared by what the clock on the wall said.
    LocalTime,
    /// A result that names nobody is sent to nobody.
    NoRecipients,
    /// What arrives last stands, whatever it says of itself.
    OlderCounts,
    /// What was read from the table of deliveries is settled there before it was sent.
    QueueInMemory,
    /// A message that comes again is kept as another one.
    RepeatKeptTwice,
    /// What a change relied on is not looked at again before it is written.
    RequirementsUnchecked,
    /// A referral of no known priority is routine.
    Routine,
    /// What is owed, sent or linked is read as it stands, whatever its checksum.
    RowsUnvouched,
    /// Text ends where the first escape stands.
    Trimmed,
    /// Consent is not asked before a delivery goes out.
    WithheldSent,
}

impl Defect {
    /// All of them, by name.
    pub const ALL: [Self; 18] = [
        Self::AcknowledgedBeforeCommit,
        Self::AcknowledgementByOrder,
        Self::AllergiesLeftBehind,
        Self::AuditAfterAnswer,
        Self::CopiesDropped,
        Self::GivesUp,
        Self::GlassStaysBroken,
        Self::IncludeUnscoped,
        Self::LocalTime,
        Self::NoRecipients,
        Self::OlderCounts,
        Self::QueueInMemory,
        Self::RepeatKeptTwice,
        Self::RequirementsUnchecked,
        Self::Routine,
        Self::RowsUnvouched,
        Self::Trimmed,
        Self::WithheldSent,
    ];
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AcknowledgedBeforeCommit => "acknowledged-before-commit",
            Self::AcknowledgementByOrder => "acknowledgement-by-order",
            Self::AllergiesLeftBehind => "allergies-left-behind",
            Self::AuditAfterAnswer => "audit-after-answer",
            Self::CopiesDropped => "copies-dropped",
            Self::GivesUp => "gives-up",
            Self::GlassStaysBroken => "glass-stays-broken",
            Self::IncludeUnscoped => "include-unscoped",
            Self::LocalTime => "local-time",
            Self::NoRecipients => "no-recipients",
            Self::OlderCounts => "older-counts",
            Self::QueueInMemory => "queue-in-memory",
            Self::RepeatKeptTwice => "repeat-kept-twice",
            Self::RequirementsUnchecked => "requirements-unchecked",
            Self::Routine => "routine",
            Self::RowsUnvouched => "rows-unvouched",
            Self::Trimmed => "trimmed",
            Self::WithheldSent => "withheld-sent",
        })
    }
}

/// The environment variable that names the one defect that is in.
pub const VARIABLE: &str = "OPOR_DEFECT";

/// Whether this defect is in. A build for use lacks this function, so that a crate with its defects does not compile there.
#[cfg(debug_assertions)]
#[must_use]
pub fn is(defect: Defect) -> bool {
    use std::sync::OnceLock;
    static PUT_IN: OnceLock<Option<Defect>> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "no setting: a test is told which defect it is to find")]
    let named = || std::env::var(VARIABLE).ok();
    let put_in = || named().and_then(|name| Defect::ALL.into_iter().find(|one| one.to_string() == name));
    *PUT_IN.get_or_init(put_in) == Some(defect)
}
