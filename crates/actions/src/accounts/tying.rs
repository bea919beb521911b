//! An identity is tied to an account by its own holder, who signed in otherwise and has just proved who they are.

use crate::accounts::DoorRefusal;
use crate::accounts::entering::door_row;
use crate::accounts::notices::{self, Changed};
use crate::accounts::openid::Proved;
use crate::accounts::proofs::{Answer, holder};
use crate::record::Record;
use crate::refusal::Refusal;
use fhir::Instant;
use store::{AccountChange, AccountState, Changes, IdentityRow, Requirement};

impl Record {
    /// The account that an identity speaks for today.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn account_of(&self, proved: &Proved) -> Result<Option<String>, Refusal> {
        Ok(holder(&self.store().view()?, proved)?.ok().map(|(account, _)| account))
    }

    /// Ties an identity to the account of a session in which its holder has just proved who they are, while that session
    /// stands (HAZARDS H80). Whoever was tied at the same provider before is not any more; the holder is told by mail.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn add_identity(
        &self,
        (account, session): (&str, [u8; 32]),
        proved: &Proved,
        now: Instant,
    ) -> Answer<()> {
        let added = self.settle_anew(|_| {
            let view = self.store().view()?;
            let row = view.account(account)?.filter(|row| row.state == AccountState::Active);
            let Some(row) = row else { return Ok((None, Err(DoorRefusal::Suspended))) };
            let is_fresh = view.sign_in(&session)?.is_some_and(|begun| {
                begun.user == account && begun.expires > now && begun.proven_until > now
            });
            if !is_fresh {
                return Ok((None, Err(DoorRefusal::CameBackLate)));
            }
            if let Some(held) = view.identity(&proved.issuer, &proved.subject)? {
                let is_anothers = held.account != account
                    && view.account(&held.account)?.is_some_and(|other| other.state != AccountState::Ended);
                // One that said something else than before waits for a person to verify it anew.
                let why = match (is_anothers, held.bound) {
                    (true, _) => Some(DoorRefusal::BoundToAnother),
                    (false, false) if held.account == account => Some(DoorRefusal::IdentityChanged),
                    _ => None,
                };
                if let Some(why) = why {
                    return Ok((None, Err(why)));
                }
            }
            let mut changes = Changes {
                requires: vec![Requirement::AccountRevisionIs(account.to_owned(), row.revision)],
                audit: vec![door_row(
                    account,
                    "",
                    "bind-sign-in",
                    format!("identity/{}", proved.issuer),
                    now,
                )],
                ..Changes::default()
            };
            for other in view.identities_of(account)? {
                if other.issuer == proved.issuer && other.bound && other.subject != proved.subject {
                    let given_up = IdentityRow { bound: false, at: now, ..other };
                    changes.accounts.push(AccountChange::Identity(given_up));
                }
            }
            changes.accounts.push(AccountChange::Identity(IdentityRow {
                issuer: proved.issuer.clone(),
                subject: proved.subject.clone(),
                account: account.to_owned(),
                bound: true,
                evidence: proved.evidence.clone(),
                at: now,
            }));
            notices::tell(&view, &row, Changed::Tied, now, &mut changes)?;
            Ok((Some(changes), Ok(())))
        })?;
        Ok(added.unwrap_or(Err(DoorRefusal::CameBackLate)))
    }
}
