//! An identity that is not the one which was tied waits for somebody to verify its holder anew: the enrolment desk owes it
//! until their sign-in is tied again or the account has ended.

use crate::obligations::{About, ended, event, id, opened, row as new_row};
use crate::refusal::Refusal;
use clinical::obligations::{Outcome, identity_waits};
use clinical::words::Words;
use fhir::Instant;
use store::{AccountRow, Changes, ObligationChange, ObligationFilter, ObligationRow, Requirement, View};

/// Kind of such an obligation, and how many of one account are looked at: there is one at most.
const KIND: &str = "application";
const OF_ONE: usize = 10;

fn filter(account: Option<&str>) -> ObligationFilter {
    ObligationFilter {
        kind: Some(KIND.to_owned()),
        open: Some(true),
        recipient_id: account.map(str::to_owned),
        of_account: true,
        ..ObligationFilter::default()
    }
}

/// What is owed about accounts whose identity waits, each with its account.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn all(view: &View) -> Result<Vec<(ObligationRow, AccountRow)>, Refusal> {
    let mut waiting = Vec::new();
    for owed in view.obligations(&filter(None), usize::MAX, 0)? {
        if let Some(account) = view.account(&owed.recipient_id)? {
            waiting.push((owed, account));
        }
    }
    Ok(waiting)
}

/// The desk owes a verification from now on, once for an account.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn owe(
    view: &View,
    account: &AccountRow,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    if !view.obligations(&filter(Some(&account.id)), OF_ONE, 0)?.is_empty() {
        return Ok(());
    }
    let key = id(&["identity-waits", &account.id, &now.0.to_string()]);
    let row = new_row(key, &identity_waits(&account.name, &account.id, now), &About::default(), now);
    changes.obligations.push(ObligationChange::Event(opened(&row, &account.id)));
    changes.obligations.push(ObligationChange::Open(row));
    Ok(())
}

/// Nothing of the kind is owed any more.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn settle(
    view: &View,
    account: &str,
    (by, how, now): (&str, &Words, Instant),
    changes: &mut Changes,
) -> Result<(), Refusal> {
    for owed in view.obligations(&filter(Some(account)), OF_ONE, 0)? {
        let outcome = Outcome::Resolved { by: by.to_owned(), how: how.en.clone() };
        changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
        changes.obligations.push(event(owed.id, now, by, outcome.code(), how));
        changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
    }
    Ok(())
}
