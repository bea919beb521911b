//! Rows of the roster that a person must settle: set aside because of what they say, or of somebody whom nobody can tell.
//! Each is the enrolment desk's, with a clock, until somebody says what became of it (GUARANTEES S-034).

use crate::deliveries::by_hand_ended;
use crate::obligations::{About, ended, event, id, opened, row as new_row, words};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::{ObligationKind, Outcome, set_aside};
use clinical::share::{Excluded, Fate, RosterRow};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{Changes, ObligationChange, ObligationFilter, ObligationId, ObligationState, Requirement, View};

/// Who sets rows aside, in events.
const ACTOR: &str = "opor share";
/// What the id of whom such an obligation is for begins with.
const ROW: &str = "share:";
/// Characters of what is said.
const WORDS_LIMIT_CHARS: usize = 2_000;

/// A row that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideLine {
    /// Key.
    pub obligation: ObligationId,
    /// What is to be done, with the name.
    pub what: String,
    /// Why it was set aside.
    pub why: Words,
    /// By when.
    pub due: Instant,
}

/// Act: what became of a row that was set aside.
#[derive(Debug, Clone)]
pub struct Settle {
    /// Which.
    pub obligation: ObligationId,
    /// What became of it; required.
    pub how: String,
}

/// Whether a row needs a person: every one that was set aside but the other rows of somebody who was decided about, and
/// somebody not migrated who has no address to be told at.
fn needs_somebody(fate: &Fate, row: &RosterRow) -> bool {
    match fate {
        Fate::Migrated | Fate::Excluded(Excluded::SamePerson(_)) => false,
        Fate::NotMigrated(_) => row.email.trim().is_empty(),
        Fate::Excluded(_) => true,
    }
}

/// Opens what is owed for a row; the same SHARE account again opens nothing, and in a corrected roster ends what was owed.
pub(super) fn owe(
    view: &View,
    (run, row): (&str, &RosterRow),
    (fate, because): (&Fate, &Words),
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let of = match row.user.trim() {
        "" => format!("{ROW}{run}:{}", row.line),
        user => format!("{ROW}{}", user.to_lowercase()),
    };
    let key = id(&["share-aside", &of]);
    let known = view.obligation(key)?;
    let is_said = |change: &ObligationChange| matches!(change, ObligationChange::Open(row) if row.id == key);
    if !needs_somebody(fate, row) {
        let is_over = !matches!(fate, Fate::Excluded(_));
        if let Some(known) = known.filter(|row| is_over && matches!(row.state, ObligationState::Open { .. }))
        {
            let outcome = Outcome::Resolved { by: ACTOR.to_owned(), how: fate.code().to_owned() };
            changes.requires.push(Requirement::ObligationRevisionIs(known.id, known.revision));
            changes.obligations.push(event(known.id, now, ACTOR, outcome.code(), because));
            changes.obligations.push(ObligationChange::Update(ended(&known, &outcome, now)));
        }
        return Ok(());
    }
    if known.is_some() || changes.obligations.iter().any(is_said) {
        return Ok(());
    }
    let owed = set_aside(&row.name(), &row.unit, &of, because.clone(), now);
    let about = About { custodian: crate::facility::CUSTODIAN.to_owned(), ..About::default() };
    let owed = new_row(key, &owed, &about, now);
    let first = opened(&owed, ACTOR);
    changes.obligations.extend([ObligationChange::Open(owed), ObligationChange::Event(first)]);
    Ok(())
}

/// Rows that wait, those due first.
pub(crate) fn waiting(view: &View) -> Result<Vec<AsideLine>, Refusal> {
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::Approval.code().to_owned()),
        on_desk: true,
        recipient_from: Some(ROW.to_owned()),
        ..ObligationFilter::default()
    };
    let mut lines = Vec::new();
    for row in view.obligations(&filter, usize::MAX, 0)? {
        if let (true, ObligationState::Open { due, .. }) = (row.recipient_id.starts_with(ROW), &row.state) {
            lines.push(AsideLine {
                obligation: row.id,
                what: row.subject.clone(),
                why: words(&row.words),
                due: *due,
            });
        }
    }
    Ok(lines)
}

impl Sealed for Settle {}
impl Act for Settle {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("share/aside/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.obligation(self.obligation)?.filter(|row| row.recipient_id.starts_with(ROW));
        let row = row.ok_or_else(Refusal::not_found)?;
        if !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This was settled already. Open the page again.",
                "C'est déjà réglé. Rouvrez la page.",
            ));
        }
        let how: String = self.how.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        if how.is_empty() {
            return Err(Refusal::unreadable(
                "Write what became of it: corrected and run again, told how to apply, or needs no access.",
                "Écrivez ce qu'il en est advenu : corrigé et relancé, informé de la façon de demander, ou sans besoin d'accès.",
            ));
        }
        let outcome = Outcome::Resolved { by: reading.context.actor.name.clone(), how: how.clone() };
        Ok((by_hand_ended(reading, &row, outcome, how)?, None))
    }
}
