//! Privacy statements: whoever has not read the version in force is asked before anything is shown, also when they were
//! signed in already (S-032, X-20). What was read in an application counts.

use crate::enrolment::facts_of;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::statements::STATEMENTS;
use fhir::PersonId;
use store::{AccountChange, Changes, View};

pub use clinical::enrolment::statements::Statement;

/// Statements in force that the holder of an account has not read.
pub(crate) fn unread(view: &View, account: &str) -> Result<Vec<&'static Statement>, Refusal> {
    let held = view.acknowledged(account)?;
    let is_held = |statement: &&Statement| {
        held.iter().any(|(code, version, _)| code == statement.code && version == statement.version)
    };
    let mut left: Vec<&'static Statement> =
        STATEMENTS.iter().filter(|statement| !is_held(statement)).collect();
    if !left.is_empty() {
        for row in view.applications_of(account)? {
            let facts = facts_of(&row)?;
            left.retain(|statement| !facts.has_read(statement.code, statement.version));
        }
    }
    Ok(left)
}

/// Act: the holder of an account read a statement.
#[derive(Debug, Clone)]
pub struct Acknowledge {
    /// What was read: code and version, as they stood on the page.
    pub read: Vec<(String, String)>,
}

impl Sealed for Acknowledge {}
impl Act for Acknowledge {
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        let read: Vec<String> = self.read.iter().map(|(code, version)| format!("{code}:{version}")).collect();
        format!("statement/{}", read.join("/"))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (user, now) = (&reading.context.actor.id, reading.context.now);
        let mut changes = Changes::default();
        if reading.view.account(user)?.is_none() {
            // A seat of the demo has no account that could keep it.
            return Ok((changes, None));
        }
        // What is in force now is what was to be read: another version on the page is asked again.
        for statement in STATEMENTS {
            if self.read.iter().any(|(code, version)| code == statement.code && version == statement.version)
            {
                changes.accounts.push(AccountChange::Acknowledged(
                    user.clone(),
                    statement.code.to_owned(),
                    statement.version.to_owned(),
                    now,
                ));
            }
        }
        Ok((changes, None))
    }
}
