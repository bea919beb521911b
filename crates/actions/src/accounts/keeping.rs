//! What coordinators, managers and the record's own clocks do with accounts. Whatever takes access away ends every
//! session in the same transaction, and a session begins only while the account is as it was read: nobody comes in behind
//! an end (HAZARDS H80).

use crate::accounts::notices::{self, Changed};
use crate::accounts::{holding, holds, waiting};
use crate::facility::lapsing;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use crate::sign_in::TokenKey;
use clinical::access::{Permission, Role};
use clinical::enrolment::licence::key_of;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use hmac::Mac as _;
use sha2::{Digest as _, Sha256};
use store::{
    AccountChange, AccountGrant, AccountRow, AccountState, Changes, IdentityRow, Requirement, View,
    WorkContext,
};

/// An invitation to set up one's sign-in can be used for as many days.
pub const INVITATION_DAYS: i64 = 14;

/// One thing that an account is to be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// As what.
    pub role: Role,
    /// Practitioner in the directory, when they are one.
    pub practitioner: Option<String>,
    /// Place in the directory.
    pub place: Option<String>,
    /// Facility or community.
    pub context: WorkContext,
    /// Until when; `None` while nothing ends it.
    pub until: Option<Instant>,
}

/// Act: make an account from an application, or extend the one that the same person has (S-026).
#[derive(Debug, Clone)]
pub struct Provision {
    /// Id of the application; the same one twice makes one account with each grant once.
    pub application: String,
    /// `Cairnwood, Aoife`.
    pub name: String,
    /// E-mail address that was proved by a round trip.
    pub address: String,
    /// `regulator|number` as it was checked; empty for those without one.
    pub licence: String,
    /// What it may sign in as.
    pub grants: Vec<Grant>,
}

/// Act: nobody may sign in with it until it is resumed.
#[derive(Debug, Clone)]
pub struct Suspend {
    /// Which account.
    pub account: String,
    /// Why, for its holder.
    pub reason: Words,
}

/// Act: a reason for which people suspended it is lifted; its holder may sign in again once none stands.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Which account.
    pub account: String,
    /// Whose reason; empty for one's own, or the only one.
    pub of: String,
    /// Why.
    pub reason: Words,
}

/// Act: nobody may sign in with it any more.
#[derive(Debug, Clone)]
pub struct End {
    /// Which account.
    pub account: String,
    /// Why, for its holder.
    pub reason: Words,
}

/// Act: one grant of an account ends; the others stay.
#[derive(Debug, Clone)]
pub struct EndGrant {
    /// Which account.
    pub account: String,
    /// Number of the grant.
    pub number: i64,
    /// Why.
    pub reason: Words,
}

/// Act: invite the holder to set up their sign-in, after somebody verified who they are. The invitation before it can be
/// used no more.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Which account.
    pub account: String,
}

/// Act: how the holder proves who they are is no longer believed: identities wait for a new verification, passkeys go.
#[derive(Debug, Clone)]
pub struct Reset {
    /// Which account.
    pub account: String,
    /// Why, for its holder.
    pub reason: Words,
}

/// What an invitation says when it is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Which account.
    pub account: String,
    /// Which of its invitations.
    pub number: i64,
}

impl TokenKey {
    /// The invitation of an account with this number, for its address: whoever brings it may set up the sign-in, once.
    #[must_use]
    pub fn invitation(&self, account: &str, number: i64) -> String {
        let said = format!("{account}.{number}");
        let seal = self.invitation_seal(&said).finalize().into_bytes();
        let seal: String = seal.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{said}.{seal}")
    }

    /// What an invitation says; `None` when we did not make it.
    #[must_use]
    pub fn read_invitation(&self, invitation: &str) -> Option<Bound> {
        let (said, seal) = invitation.rsplit_once('.')?;
        self.invitation_seal(said).verify_slice(&crate::sign_in::unhex(seal)?).ok()?;
        let (account, number) = said.rsplit_once('.')?;
        Some(Bound { account: account.to_owned(), number: number.parse().ok()? })
    }

    fn invitation_seal(&self, said: &str) -> hmac::Hmac<Sha256> {
        let mut mac = self.mac();
        // Begins otherwise than what bearer tokens, tickets and links of other pages say.
        mac.update(format!("opor-invitation.{said}").as_bytes());
        mac
    }
}

/// Id of the account that an application makes when its person has none yet.
#[must_use]
pub fn account_id(application: &str) -> String {
    let digest = Sha256::new().chain_update("account\0").chain_update(application).finalize();
    let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("u{digits}")
}

/// An address as accounts keep it.
#[must_use]
pub fn folded(address: &str) -> String {
    address.trim().to_lowercase()
}

fn no_such() -> Refusal {
    Refusal::not_found()
}

/// The account, and the requirement that it is still as it was read.
pub(super) fn read(view: &View, account: &str, changes: &mut Changes) -> Result<AccountRow, Refusal> {
    let row = view.account(account)?.ok_or_else(no_such)?;
    changes.requires.push(Requirement::AccountRevisionIs(row.id.clone(), row.revision));
    Ok(row)
}

pub(super) fn said(reason: &Words) -> String {
    serde_json::to_string(reason).unwrap_or_default()
}

/// Writes the account that an application leads to into a change; gives its id.
///
/// # Errors
/// The address belongs to somebody else's account.
pub(crate) fn provision(
    view: &View,
    (by, now): (&str, Instant),
    wanted: &Provision,
    changes: &mut Changes,
) -> Result<String, Refusal> {
    let address = folded(&wanted.address);
    let licence = key_of(&wanted.licence);
    let by_licence = view.account_by_licence(&licence)?;
    let by_address = view.account_by_address(&address)?;
    let made = view.account(&account_id(&wanted.application))?;
    let is_same_person = |other: &AccountRow| {
        let one_has_none = other.licence.is_empty() || licence.is_empty();
        other.licence == licence && !licence.is_empty() || one_has_none && other.name == wanted.name
    };
    if by_address.as_ref().is_some_and(|other| !is_same_person(other)) {
        return Err(Refusal::conflict(
            "This address belongs to somebody else's account. Ask the applicant for an address of their own.",
            "Cette adresse appartient au compte de quelqu'un d'autre. Demandez au demandeur une adresse à lui.",
        ));
    }
    let known = by_licence.or(by_address).or(made);
    let row = match known {
        Some(row) => {
            changes.requires.push(Requirement::AccountRevisionIs(row.id.clone(), row.revision));
            row
        }
        None => {
            let id = account_id(&wanted.application);
            changes.requires.push(Requirement::AccountRevisionIs(id.clone(), 0));
            AccountRow {
                id,
                revision: 0,
                state: AccountState::Active,
                name: wanted.name.clone(),
                address,
                licence: licence.clone(),
                reason: String::new(),
                opened: now,
                changed: now,
                changed_by: by.to_owned(),
                invitation: 1,
                invited_until: Some(now.plus_minutes(INVITATION_DAYS * 24 * 60)),
                seen: None,
            }
        }
    };
    let held = view.account_grants(&row.id)?;
    let mut number = held.iter().map(|grant| grant.number).max().unwrap_or(0);
    let mut fresh = Vec::new();
    for grant in &wanted.grants {
        let (practitioner, place) =
            (grant.practitioner.clone().unwrap_or_default(), grant.place.clone().unwrap_or_default());
        let is_held = |other: &&AccountGrant| {
            (other.role.as_str(), &other.practitioner, &other.place, other.context)
                == (grant.role.code(), &practitioner, &place, grant.context)
                && (holds(other, now) || other.application == wanted.application)
        };
        if held.iter().chain(&fresh).any(|other| is_held(&other)) {
            continue;
        }
        number += 1;
        fresh.push(AccountGrant {
            account: row.id.clone(),
            number,
            role: grant.role.code().to_owned(),
            practitioner,
            place,
            context: grant.context,
            begins: now,
            ends: grant.until,
            by_whom: by.to_owned(),
            application: wanted.application.clone(),
        });
    }
    let id = row.id.clone();
    if row.revision > 0 && fresh.is_empty() {
        return Ok(id);
    }
    let licence = if row.licence.is_empty() { licence } else { row.licence.clone() };
    let row = if row.revision > 0 { touched(row, (by, now), None) } else { row };
    changes.accounts.push(AccountChange::Account(AccountRow { licence, revision: row.revision + 1, ..row }));
    changes.accounts.extend(fresh.into_iter().map(AccountChange::Grant));
    Ok(id)
}

/// The row as it stands after something other than its state has changed. While it is suspended, who suspended it and why
/// stay as they are: by them it comes back.
fn touched(row: AccountRow, (by, now): (&str, Instant), reason: Option<&Words>) -> AccountRow {
    if row.state == AccountState::Suspended {
        return row;
    }
    let reason = reason.map_or_else(|| row.reason.clone(), said);
    AccountRow { reason, changed: now, changed_by: by.to_owned(), ..row }
}

/// Writes a change of state; whoever is signed in with the account is so no more.
///
/// # Errors
/// There is no such account, or it has ended.
pub(crate) fn turn(
    view: &View,
    (by, now): (&str, Instant),
    account: &str,
    (state, reason): (AccountState, &Words),
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let row = read(view, account, changes)?;
    // A person's suspension stands beside every other, and above one that lifts itself.
    let is_persons = state == AccountState::Suspended && by != lapsing::ACTOR;
    if row.state == state && !is_persons {
        return Ok(());
    }
    if row.state == AccountState::Ended {
        return Err(Refusal::conflict(
            "This account has ended. Its holder applies anew.",
            "Ce compte a pris fin. Son titulaire présente une nouvelle demande.",
        ));
    }
    if state == AccountState::Ended {
        for grant in view.account_grants(account)?.into_iter().filter(|grant| holds(grant, now)) {
            changes.accounts.push(AccountChange::Grant(AccountGrant { ends: Some(now), ..grant }));
        }
        changes.accounts.push(AccountChange::DropPasskeys(account.to_owned()));
        waiting::settle(view, account, (by, reason, now), changes)?;
    }
    if is_persons {
        holding::put(view, &row, (by, now), reason, changes)?;
    }
    let invited_until = row.invited_until.filter(|_| state != AccountState::Ended);
    changes.accounts.push(AccountChange::Account(AccountRow {
        state,
        reason: said(reason),
        revision: row.revision + 1,
        changed: now,
        changed_by: by.to_owned(),
        invited_until,
        ..row
    }));
    changes.accounts.push(AccountChange::EndSessions(account.to_owned()));
    Ok(())
}

/// Writes that nothing by which an account is proven is believed any more.
pub(crate) fn reset(
    view: &View,
    (by, now): (&str, Instant),
    account: &str,
    reason: &Words,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let row = read(view, account, changes)?;
    for identity in view.identities_of(account)? {
        changes.accounts.push(AccountChange::Identity(IdentityRow { bound: false, at: now, ..identity }));
    }
    changes.accounts.push(AccountChange::DropPasskeys(account.to_owned()));
    let row = touched(row, (by, now), Some(reason));
    changes.accounts.push(AccountChange::Account(AccountRow {
        revision: row.revision + 1,
        invited_until: None,
        ..row
    }));
    changes.accounts.push(AccountChange::EndSessions(account.to_owned()));
    Ok(())
}

/// Writes a new invitation; gives its number.
///
/// # Errors
/// There is no such account, or it has ended.
pub(crate) fn invite(
    view: &View,
    (by, now): (&str, Instant),
    account: &str,
    changes: &mut Changes,
) -> Result<i64, Refusal> {
    let row = read(view, account, changes)?;
    if row.state == AccountState::Ended {
        return Err(no_such());
    }
    let number = row.invitation + 1;
    let row = touched(row, (by, now), None);
    changes.accounts.push(AccountChange::Account(AccountRow {
        revision: row.revision + 1,
        invitation: number,
        invited_until: Some(now.plus_minutes(INVITATION_DAYS * 24 * 60)),
        ..row
    }));
    Ok(number)
}

impl Sealed for Provision {}
impl Act for Provision {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("application/{}/provision", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut changes = Changes::default();
        provision(reading.view, by(reading), self, &mut changes)?;
        Ok((changes, None))
    }
}

fn by<'r>(reading: &'r Reading<'_>) -> (&'r str, Instant) {
    (&reading.context.actor.id, reading.context.now)
}

/// What a register, a manager or the clock closed, nobody opens by a word alone.
pub(crate) fn refuse_while_lapsed(view: &View, account: &str) -> Result<(), Refusal> {
    let Some(lapse) = lapsing::standing(view, account)?.into_iter().min() else { return Ok(()) };
    let (why, back) = (lapse.words(), lapse.way_back());
    Err(Refusal::conflict(&format!("{} {}", why.en, back.en), &format!("{} {}", why.fr, back.fr)))
}

/// The two acts that turn an account from one state into another differ in the state alone.
macro_rules! turns {
    ($act:ident, $state:expr, $word:literal) => {
        impl Sealed for $act {}
        impl Act for $act {
            const PERMISSION: Permission = Permission::ManageAccounts;
            fn object(&self) -> String {
                format!(concat!("account/{}/", $word), self.account)
            }
            fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
                let mut changes = Changes::default();
                turn(reading.view, by(reading), &self.account, ($state, &self.reason), &mut changes)?;
                Ok((changes, None))
            }
        }
    };
}
turns!(Suspend, AccountState::Suspended, "suspend");
turns!(End, AccountState::Ended, "end");

impl Sealed for Resume {}
impl Act for Resume {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("account/{}/resume", self.account)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut changes = Changes::default();
        holding::lift(reading.view, by(reading), &self.account, (&self.of, &self.reason), &mut changes)?;
        Ok((changes, None))
    }
}

impl Sealed for EndGrant {}
impl Act for EndGrant {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("account/{}/grant/{}/end", self.account, self.number)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (by, now) = by(reading);
        let mut changes = Changes::default();
        let row = read(reading.view, &self.account, &mut changes)?;
        let grants = reading.view.account_grants(&self.account)?;
        let grant = grants.into_iter().find(|grant| grant.number == self.number).ok_or_else(no_such)?;
        if !holds(&grant, now) {
            return Ok((changes, None));
        }
        changes.accounts.push(AccountChange::Grant(AccountGrant { ends: Some(now), ..grant }));
        let row = touched(row, (by, now), Some(&self.reason));
        changes.accounts.push(AccountChange::Account(AccountRow { revision: row.revision + 1, ..row }));
        changes.accounts.push(AccountChange::EndSessions(self.account.clone()));
        Ok((changes, None))
    }
}

impl Sealed for Invite {}
impl Act for Invite {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("account/{}/invite", self.account)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut changes = Changes::default();
        invite(reading.view, by(reading), &self.account, &mut changes)?;
        Ok((changes, None))
    }
}

impl Sealed for Reset {}
impl Act for Reset {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("account/{}/reset", self.account)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut changes = Changes::default();
        reset(reading.view, by(reading), &self.account, &self.reason, &mut changes)?;
        let row = reading.view.account(&self.account)?.ok_or_else(no_such)?;
        notices::tell(reading.view, &row, Changed::Reset, reading.context.now, &mut changes)?;
        Ok((changes, None))
    }
}
