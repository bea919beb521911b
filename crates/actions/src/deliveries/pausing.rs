//! Pausing and resuming the deliveries to one system, such as for its maintenance. What is due to it waits in its order,
//! with its clocks; the pause itself is an open obligation, so it has an owner and a clock too.

use super::{PauseDestination, ResumeDestination};
use crate::obligations::{self, ended, event, words_json};
use crate::record::{Act, Reading, Record, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::PersonId;
use store::{Changes, ObligationChange, ObligationFilter, ObligationRow, Requirement, View};

/// Characters of a reason that are kept.
const REASON_LIMIT_CHARS: usize = 2_000;
/// Pauses of one system that stand at once are one; a few more are read so that a fault shows.
const STANDING_LIMIT: usize = 8;

/// Under what recipient the pauses of a destination are found.
pub(crate) fn recipient_of(destination: &str) -> String {
    format!("pause:{destination}")
}

fn standing(view: &View, destination: &str) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter {
        recipient_id: Some(recipient_of(destination)),
        open: Some(true),
        ..ObligationFilter::default()
    };
    Ok(view.obligations(&filter, STANDING_LIMIT, 0)?)
}

fn why(reason: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_LIMIT_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::unreadable(
            "Write why; the words stay in the ledger.",
            "Écrivez pourquoi; les mots restent au registre.",
        ));
    }
    Ok(reason)
}

impl Record {
    /// Whether the deliveries to a destination are paused by hand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_paused(&self, destination: &str) -> Result<bool, Refusal> {
        Ok(!standing(&self.store().view()?, destination)?.is_empty())
    }
}

impl Sealed for PauseDestination {}
impl Act for PauseDestination {
    const PERMISSION: Permission = Permission::ManageFeeds;
    fn object(&self) -> String {
        format!("endpoint/{}/pause", self.destination)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        if reading.directory.endpoint(&self.destination).is_none() {
            return Err(Refusal::not_found());
        }
        if !standing(reading.view, &self.destination)?.is_empty() {
            return Err(Refusal::conflict(
                "Deliveries to this system are paused already.",
                "Les remises à ce système sont déjà en pause.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let words = Words::new(
            format!("Deliveries to {} paused by {by}: {reason}", self.destination),
            format!("Remises à {} mises en pause par {by} : {reason}", self.destination),
        );
        let owed = clinical::obligations::paused(&self.destination, words.clone(), self.minutes, now);
        let id = obligations::id(&["pause", &recipient_of(&self.destination), &now.0.to_string()]);
        let subject = Some(format!("Deliveries to {}", self.destination));
        let about = obligations::About { subject, ..obligations::About::default() };
        let row = ObligationRow {
            recipient_id: recipient_of(&self.destination),
            words: words_json(&words),
            ..obligations::row(id, &owed, &about, now)
        };
        let first = obligations::opened(&row, &by);
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(id, 0)],
            obligations: vec![ObligationChange::Open(row), ObligationChange::Event(first)],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for ResumeDestination {}
impl Act for ResumeDestination {
    const PERMISSION: Permission = Permission::ManageFeeds;
    fn object(&self) -> String {
        format!("endpoint/{}/resume", self.destination)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        let pauses = standing(reading.view, &self.destination)?;
        if pauses.is_empty() {
            return Err(Refusal::conflict(
                "Deliveries to this system are not paused: somebody has resumed them.",
                "Les remises à ce système ne sont pas en pause : quelqu'un les a reprises.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let how = Words::new(format!("Resumed by {by}: {reason}"), format!("Repris par {by} : {reason}"));
        let outcome = Outcome::Resolved { by: by.clone(), how: how.en.clone() };
        let mut changes = Changes::default();
        for row in pauses {
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            changes.obligations.push(event(row.id, now, &by, outcome.code(), &how));
            changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        }
        Ok((changes, None))
    }
}
