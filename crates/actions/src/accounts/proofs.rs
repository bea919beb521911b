//! What a proof leads to: somebody comes in, an identity or passkey is tied to the account of an invitation, or a session
//! counts as freshly proven.

use crate::accounts::base64url;
use crate::accounts::entering::{Entered, Way, door_row, refused_row};
use crate::accounts::keeping::Bound;
use crate::accounts::notices::{self, Changed};
use crate::accounts::openid::Proved;
use crate::accounts::passkeys::{self, Made, Party, PasskeyUser, Used};
use crate::accounts::refusals::DoorRefusal;
use crate::accounts::sessions::FRESH_MINUTES;
use crate::accounts::waiting;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;
use store::{AccountChange, AccountRow, AccountState, Changes, IdentityRow, PasskeyRow, Requirement, View};

/// Factor of a session that began with a passkey.
pub const PASSKEY: &str = "passkey";
/// An account has so many passkeys at most.
const MOST_PASSKEYS: usize = 10;
/// A passkey's name is so long at most, in characters.
const NAME_CHARS: usize = 60;

/// What a proof led to, or the refusal for the page.
pub type Answer<T> = Result<Result<T, DoorRefusal>, Refusal>;

/// Who it is that an identity speaks for and the revision of their account, read at one point in time; or why not.
pub(super) fn holder(view: &View, proved: &Proved) -> Answer<(String, i64)> {
    let Some(row) = view.identity(&proved.issuer, &proved.subject)? else {
        return Ok(Err(DoorRefusal::NotLinked));
    };
    if !row.bound || row.evidence != proved.evidence {
        return Ok(Err(DoorRefusal::IdentityChanged));
    }
    let revision = revision_of(view, &row.account)?;
    Ok(Ok((row.account, revision)))
}

/// The revision of an account; of none, one that nothing has.
fn revision_of(view: &View, account: &str) -> Result<i64, Refusal> {
    Ok(view.account(account)?.map_or(-1, |row| row.revision))
}

impl Record {
    /// Lets in whoever an OpenID provider proved.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn enter_by_identity(&self, proved: &Proved, way: &Way<'_>, now: Instant) -> Answer<Entered> {
        let found = holder(&self.store().view()?, proved)?;
        match found {
            Ok((account, revision)) => self.enter((&account, revision), None, way, &Changes::default(), now),
            Err(refused) => self.refuse_identity(proved, refused, now),
        }
    }

    /// Leaves a row of somebody who was not let in. Whose identity says something else than before waits from now on for
    /// somebody to verify them anew, and their sessions end.
    fn refuse_identity<T>(&self, proved: &Proved, refused: DoorRefusal, now: Instant) -> Answer<T> {
        self.settle_anew(|_| {
            let view = self.store().view()?;
            let mut changes = Changes::default();
            let row = view.identity(&proved.issuer, &proved.subject)?;
            let account = row.as_ref().map_or("", |row| row.account.as_str()).to_owned();
            if let Some(row) = row.filter(|row| row.bound && refused == DoorRefusal::IdentityChanged) {
                changes.accounts.push(AccountChange::Identity(IdentityRow { bound: false, at: now, ..row }));
                changes.accounts.push(AccountChange::EndSessions(account.clone()));
                // Whatever was proved a moment ago is not believed any more either.
                if let Some(row) = view.account(&account)? {
                    waiting::owe(&view, &row, now, &mut changes)?;
                    changes.requires.push(Requirement::AccountRevisionIs(account.clone(), row.revision));
                    let revision = row.revision + 1;
                    changes.accounts.push(AccountChange::Account(AccountRow { revision, ..row }));
                }
            }
            changes.audit.push(refused_row(&account, refused, now));
            Ok((Some(changes), ()))
        })?;
        Ok(Err(refused))
    }

    /// Ties an identity to the account of an invitation, which is used up by it, and lets its holder in.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn bind_identity(
        &self,
        bound: &Bound,
        proved: &Proved,
        way: &Way<'_>,
        now: Instant,
    ) -> Answer<Entered> {
        let view = self.store().view()?;
        let invited = match invited(&view, bound, now)? {
            Ok(invited) => invited,
            Err(refused) => return self.refuse_identity(proved, refused, now),
        };
        if let Some(row) = view.identity(&proved.issuer, &proved.subject)? {
            let is_anothers = row.account != bound.account
                && view.account(&row.account)?.is_some_and(|other| other.state != AccountState::Ended);
            if is_anothers {
                drop(view);
                return self.refuse_identity(proved, DoorRefusal::BoundToAnother, now);
            }
        }
        let mut extra = Changes::default();
        // Whoever was bound at this provider before is not who was verified now.
        for other in view.identities_of(&bound.account)? {
            if other.issuer == proved.issuer && other.bound && other.subject != proved.subject {
                extra.accounts.push(AccountChange::Identity(IdentityRow { bound: false, at: now, ..other }));
            }
        }
        extra.accounts.push(AccountChange::Identity(IdentityRow {
            issuer: proved.issuer.clone(),
            subject: proved.subject.clone(),
            account: bound.account.clone(),
            bound: true,
            evidence: proved.evidence.clone(),
            at: now,
        }));
        drop(view);
        self.use_up(invited, &format!("identity/{}", proved.issuer), extra, way, now)
    }

    /// Uses an invitation up: what it brought and the session of its holder settle together or not at all.
    fn use_up(
        &self,
        invited: AccountRow,
        what: &str,
        mut extra: Changes,
        way: &Way<'_>,
        now: Instant,
    ) -> Answer<Entered> {
        let (account, revision) = (invited.id.clone(), invited.revision);
        extra.requires.push(Requirement::AccountRevisionIs(account.clone(), invited.revision));
        extra.audit.push(door_row(&account, "", "bind-sign-in", what.to_owned(), now));
        let how = Words::new("Tied again by an invitation.", "Liée de nouveau par une invitation.");
        waiting::settle(&self.store().view()?, &account, (&account, &how, now), &mut extra)?;
        extra.accounts.push(AccountChange::Account(AccountRow {
            invited_until: None,
            revision: invited.revision + 1,
            changed: now,
            changed_by: account.clone(),
            seen: Some(now),
            ..invited
        }));
        match self.enter((&account, revision), None, way, &extra, now) {
            // Somebody used it at the same moment.
            Ok(Err(DoorRefusal::CameBackLate)) => Ok(Err(DoorRefusal::InvitationOver)),
            Err(refusal) if refusal.kind == crate::refusal::RefusalKind::Conflict => {
                Ok(Err(DoorRefusal::InvitationOver))
            }
            other => other,
        }
    }

    /// A session counts as freshly proven from now on: the identity is one of its account's.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn prove_by_identity(
        &self,
        (account, session): (&str, [u8; 32]),
        proved: &Proved,
        now: Instant,
    ) -> Answer<()> {
        let found = holder(&self.store().view()?, proved)?;
        let refused = match found {
            Ok((holder, _)) if holder == account => {
                return self.proven(account, session, &proved.issuer, now);
            }
            Ok(_) => DoorRefusal::BoundToAnother,
            Err(refused) => refused,
        };
        self.refuse_identity(proved, refused, now)
    }

    fn proven(&self, account: &str, session: [u8; 32], factor: &str, now: Instant) -> Answer<()> {
        self.settle_anew(|_| {
            let until = now.plus_minutes(FRESH_MINUTES);
            let changes = Changes {
                accounts: vec![AccountChange::Proven(session.to_vec(), until)],
                audit: vec![door_row(account, "", "prove-again", format!("session/by/{factor}"), now)],
                ..Changes::default()
            };
            Ok((Some(changes), ()))
        })?;
        Ok(Ok(()))
    }

    /// The passkey that was used, with its counter moved on, and the revision of its account; or why not.
    fn passkey(
        &self,
        posted: &Used,
        challenge: &str,
        party: &Party,
        now: Instant,
    ) -> Answer<(PasskeyRow, i64)> {
        let credential = base64url::decode(&posted.id).unwrap_or_default();
        let view = self.store().view()?;
        let Some(row) = view.passkey(&credential)? else {
            drop(view);
            return self.refuse_passkey("", DoorRefusal::PasskeyUnknown, now);
        };
        let revision = revision_of(&view, &row.account)?;
        drop(view);
        match passkeys::used(posted, (&row.public_key, row.sign_count), challenge, party) {
            Ok(sign_count) => Ok(Ok((PasskeyRow { sign_count, used: Some(now), ..row }, revision))),
            Err(unfit) => {
                tracing::warn!(%unfit, "a passkey was refused");
                self.refuse_passkey(&row.account, DoorRefusal::PasskeyRefused, now)
            }
        }
    }

    fn refuse_passkey<T>(&self, account: &str, refused: DoorRefusal, now: Instant) -> Answer<T> {
        self.settle_anew(|_| {
            let audit = vec![refused_row(account, refused, now)];
            Ok((Some(Changes { audit, ..Changes::default() }), ()))
        })?;
        Ok(Err(refused))
    }

    /// Lets in whoever used a passkey.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn enter_by_passkey(
        &self,
        posted: &Used,
        challenge: &str,
        party: &Party,
        way: &Way<'_>,
        now: Instant,
    ) -> Answer<Entered> {
        let (row, revision) = match self.passkey(posted, challenge, party, now)? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let account = row.account.clone();
        let extra = Changes { accounts: vec![AccountChange::Passkey(row)], ..Changes::default() };
        self.enter((&account, revision), None, way, &extra, now)
    }

    /// A session counts as freshly proven from now on: the passkey is one of its account's.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn prove_by_passkey(
        &self,
        (account, session): (&str, [u8; 32]),
        posted: &Used,
        challenge: &str,
        party: &Party,
        now: Instant,
    ) -> Answer<()> {
        match self.passkey(posted, challenge, party, now)? {
            Ok((row, _)) if row.account == account => self.proven(account, session, PASSKEY, now),
            Ok(_) => self.refuse_passkey(account, DoorRefusal::BoundToAnother, now),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Ties a new passkey to the account of an invitation, which is used up by it, and lets its holder in.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn bind_passkey(
        &self,
        bound: &Bound,
        made: &Made,
        name: &str,
        way: &Way<'_>,
        now: Instant,
    ) -> Answer<Entered> {
        let view = self.store().view()?;
        let invited = match invited(&view, bound, now)? {
            Ok(invited) => invited,
            Err(refused) => return self.refuse_passkey(&bound.account, refused, now),
        };
        if view.passkey(&made.credential)?.is_some() {
            return self.refuse_passkey(&bound.account, DoorRefusal::BoundToAnother, now);
        }
        drop(view);
        let row = row_of(made, &bound.account, name, now);
        let extra = Changes { accounts: vec![AccountChange::Passkey(row)], ..Changes::default() };
        self.use_up(invited, PASSKEY, extra, way, now)
    }

    /// Adds a passkey to an account whose holder has just proved who they are, while the session in which they did stands
    /// (HAZARDS H80: a reset between the two leaves no key behind).
    ///
    /// # Errors
    /// The account has too many, or the store asks to try again.
    pub fn add_passkey(
        &self,
        (account, session): (&str, [u8; 32]),
        made: &Made,
        name: &str,
        now: Instant,
    ) -> Answer<()> {
        let added = self.settle_anew(|_| {
            let view = self.store().view()?;
            let row = view.account(account)?.filter(|row| row.state == AccountState::Active);
            let Some(row) = row else { return Ok((None, Err(DoorRefusal::Suspended))) };
            let stands =
                view.sign_in(&session)?.is_some_and(|begun| begun.user == account && begun.expires > now);
            if !stands {
                return Ok((None, Err(DoorRefusal::CameBackLate)));
            }
            let held = view.passkeys_of(account)?;
            if held.len() >= MOST_PASSKEYS {
                return Err(Refusal::conflict(
                    "You have ten passkeys. Remove one that you no longer use, then add this one.",
                    "Vous avez dix clés d'accès. Retirez-en une qui ne sert plus, puis ajoutez celle-ci.",
                ));
            }
            if view.passkey(&made.credential)?.is_some() {
                return Ok((None, Err(DoorRefusal::BoundToAnother)));
            }
            let mut changes = Changes {
                requires: vec![Requirement::AccountRevisionIs(account.to_owned(), row.revision)],
                accounts: vec![AccountChange::Passkey(row_of(made, account, name, now))],
                audit: vec![door_row(account, "", "bind-sign-in", PASSKEY.to_owned(), now)],
                ..Changes::default()
            };
            notices::tell(&view, &row, Changed::Added, now, &mut changes)?;
            Ok((Some(changes), Ok(())))
        })?;
        Ok(added.unwrap_or(Err(DoorRefusal::CameBackLate)))
    }

    /// Signs in with the grant that was chosen, after a proof that led to a choice: the account and its revision of then.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn enter_chosen(
        &self,
        holder: (&str, i64),
        grant: i64,
        way: &Way<'_>,
        now: Instant,
    ) -> Answer<Entered> {
        self.enter(holder, Some(grant), way, &Changes::default(), now)
    }

    /// The account that has not ended with this address.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn account_with(&self, address: &str) -> Result<Option<String>, Refusal> {
        let view = self.store().view()?;
        Ok(view.account_by_address(&crate::accounts::keeping::folded(address))?.map(|row| row.id))
    }

    /// The account with this address and the number of its invitation, while that can be used.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn latest_invitation(&self, address: &str) -> Result<Option<(String, i64)>, Refusal> {
        let view = self.store().view()?;
        let row = view.account_by_address(&crate::accounts::keeping::folded(address))?;
        Ok(row.filter(|row| row.invited_until.is_some()).map(|row| (row.id, row.invitation)))
    }

    /// The account whose invitation it is, while it can be used.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn invited(&self, bound: &Bound, now: Instant) -> Answer<String> {
        Ok(invited(&self.store().view()?, bound, now)?.map(|row| row.name))
    }

    /// For whom a new passkey is made.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn passkey_user(&self, account: &str) -> Result<Option<PasskeyUser>, Refusal> {
        let view = self.store().view()?;
        let Some(row) = view.account(account)? else { return Ok(None) };
        let held = view.passkeys_of(account)?.into_iter().map(|key| key.credential).collect();
        Ok(Some(PasskeyUser { account: row.id, name: row.name, held }))
    }
}

fn invited(view: &View, bound: &Bound, now: Instant) -> Answer<AccountRow> {
    let row = view.account(&bound.account)?.filter(|row| {
        row.state != AccountState::Ended
            && row.invitation == bound.number
            && row.invited_until.is_some_and(|until| until > now)
    });
    Ok(row.ok_or(DoorRefusal::InvitationOver))
}

fn row_of(made: &Made, account: &str, name: &str, now: Instant) -> PasskeyRow {
    PasskeyRow {
        credential: made.credential.clone(),
        account: account.to_owned(),
        public_key: made.public_key.clone(),
        sign_count: made.sign_count,
        name: name.trim().chars().take(NAME_CHARS).collect(),
        added: now,
        used: None,
    }
}
