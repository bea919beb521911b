//! Pausing and resuming a feed. While it is paused its messages are kept and answered, and wait in their order; the
//! pause is somebody's, with a clock.

use super::{Pause, Resume};
use crate::obligations::{self, ended, event};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::PersonId;
use store::{Changes, DeskChange, FeedPause, ObligationChange, ObligationState, Requirement};

/// Characters of a reason that are kept.
const REASON_LIMIT_CHARS: usize = 2_000;

pub(super) fn why(reason: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_LIMIT_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::unreadable(
            "Write why; the words stay with the feed and in the ledger.",
            "Écrivez pourquoi; les mots restent avec le flux et au registre.",
        ));
    }
    Ok(reason)
}

impl Sealed for Pause {}
impl Act for Pause {
    const PERMISSION: Permission = Permission::ManageFeeds;
    fn object(&self) -> String {
        format!("feed/{}/pause", self.link)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        let link = reading.view.link_named(&self.link)?.ok_or_else(Refusal::not_found)?;
        if reading.view.pauses()?.iter().any(|pause| pause.link == link.id) {
            return Err(Refusal::conflict(
                "This feed is paused already. Open the wall again to see by whom.",
                "Ce flux est déjà en pause. Rouvrez le tableau pour voir par qui.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let words =
            Words::new(format!("Paused by {by}: {reason}"), format!("Mis en pause par {by} : {reason}"));
        let owed = clinical::obligations::paused(&link.name, words, self.minutes, now);
        let id = obligations::id(&["pause", &link.name, &now.0.to_string()]);
        let about = obligations::About { custodian: link.custodian, ..obligations::About::default() };
        let row = obligations::row(id, &owed, &about, now);
        let first = obligations::opened(&row, &by);
        let pause = FeedPause {
            obligation: id,
            link: link.id,
            at: now,
            until: owed.clock().due,
            actor: by,
            reason,
            ended: None,
        };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(id, 0)],
            desks: vec![DeskChange::Pause(pause)],
            obligations: vec![ObligationChange::Open(row), ObligationChange::Event(first)],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for Resume {}
impl Act for Resume {
    const PERMISSION: Permission = Permission::ManageFeeds;
    fn object(&self) -> String {
        format!("feed/{}/resume", self.link)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        let link = reading.view.link_named(&self.link)?.ok_or_else(Refusal::not_found)?;
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let mut changes = Changes { desks: vec![DeskChange::Resume(link.id, now)], ..Changes::default() };
        let pauses: Vec<_> =
            reading.view.pauses()?.into_iter().filter(|pause| pause.link == link.id).collect();
        if pauses.is_empty() {
            return Err(Refusal::conflict(
                "This feed is not paused: somebody has resumed it.",
                "Ce flux n'est pas en pause : quelqu'un l'a repris.",
            ));
        }
        let how = Words::new(format!("Resumed by {by}: {reason}"), format!("Repris par {by} : {reason}"));
        let outcome = Outcome::Resolved { by: by.clone(), how: how.en.clone() };
        for pause in pauses {
            let Some(row) = reading.view.obligation(pause.obligation)? else { continue };
            if matches!(row.state, ObligationState::Open { .. }) {
                changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
                changes.obligations.push(event(row.id, now, &by, outcome.code(), &how));
                changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
            }
        }
        Ok((changes, None))
    }
}
