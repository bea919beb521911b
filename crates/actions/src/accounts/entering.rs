//! Letting in whoever proved who they are, with the grant they choose.

use crate::accounts::holds;
use crate::accounts::refusals::DoorRefusal;
use crate::accounts::sessions::{FRESH_MINUTES, actor_of, place_words};
use crate::context::Actor;
use crate::record::{Record, machine};
use crate::refusal::Refusal;
use crate::sign_in::SESSION_HOURS;
use clinical::access::Role;
use clinical::words::Words;
use fhir::Instant;
use store::{
    AccountChange, AccountGrant, AccountRow, AccountState, AuditRow, Changes, Requirement, SignIn, View,
    WorkContext,
};

/// Two sessions of one person at two places within as many minutes are noted (HAZARDS H74).
const TWO_PLACES_MINUTES: i64 = 10;

/// How and where somebody signs in, once they have proved who they are.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    /// `passkey`, or the issuer of an OpenID provider.
    pub factor: &'a str,
    /// What sort of device, as its holder recognises it.
    pub device: &'a str,
    /// SHA-256 of the cookie's secret.
    pub secret_hash: [u8; 32],
    /// Longest life of the session, in hours.
    pub hours: i64,
}

/// One grant that somebody may sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Number of the grant.
    pub number: i64,
    /// As what.
    pub role: Role,
    /// Where.
    pub place: Words,
    /// Facility or community.
    pub context: WorkContext,
}

/// What a proof led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// Signed in.
    In(Actor),
    /// Several grants hold: one is to be chosen, and the choice is logged (S-026).
    Choose {
        /// Whose account.
        account: String,
        /// Its revision when the proof was judged.
        revision: i64,
        /// The grants.
        choices: Vec<Choice>,
    },
}

/// Audit rows of the door: a patient is never concerned.
pub(crate) fn door_row(actor: &str, role: &str, verb: &str, object: String, now: Instant) -> AuditRow {
    AuditRow {
        at: now,
        actor: actor.to_owned(),
        role: role.to_owned(),
        verb: verb.to_owned(),
        purpose: machine("", now).purpose.code().to_owned(),
        person: None,
        object,
    }
}

impl Record {
    /// Lets the holder of an account in, who has just proved who they are: with the grant they chose, or the only one.
    ///
    /// `extra` settles with it: what the proof itself changed. `revision` is the account's when the proof was judged: a reset,
    /// a suspension or a passkey taken away since then makes the proof one of yesterday.
    ///
    /// # Errors
    /// The refusal for the page, or the store asks to try again.
    pub(crate) fn enter(
        &self,
        (account, revision): (&str, i64),
        chosen: Option<i64>,
        way: &Way<'_>,
        extra: &Changes,
        now: Instant,
    ) -> Result<Result<Entered, DoorRefusal>, Refusal> {
        let entered = self.settle_anew(|known| {
            let view = self.store().view()?;
            let row = view.account(account)?.ok_or_else(Refusal::not_found)?;
            let refused = match row.state {
                AccountState::Active if row.revision != revision => Some(DoorRefusal::CameBackLate),
                AccountState::Active => None,
                AccountState::Suspended => Some(DoorRefusal::Suspended),
                AccountState::Ended => Some(DoorRefusal::Ended),
            };
            let grants: Vec<AccountGrant> =
                view.account_grants(account)?.into_iter().filter(|grant| holds(grant, now)).collect();
            let refused = refused.or(grants.is_empty().then_some(DoorRefusal::NothingGranted));
            if let Some(refused) = refused {
                let audit = vec![refused_row(account, refused, now)];
                return Ok((Some(Changes { audit, ..Changes::default() }), Err(refused)));
            }
            let only = (grants.len() == 1).then(|| grants[0].number);
            let Some(grant) = grants.iter().find(|grant| chosen.or(only) == Some(grant.number)) else {
                let choices = grants.iter().filter_map(|grant| {
                    Some(Choice {
                        number: grant.number,
                        role: Role::from_code(&grant.role)?,
                        place: place_words(&known.directory, &grant.place),
                        context: grant.context,
                    })
                });
                let mut changes = extra.clone();
                changes.requires.push(Requirement::AccountRevisionIs(account.to_owned(), revision));
                // What settles with the choice moves the account on.
                let revision = changes
                    .accounts
                    .iter()
                    .find_map(|change| match change {
                        AccountChange::Account(row) if row.id == account => Some(row.revision),
                        _ => None,
                    })
                    .unwrap_or(revision);
                let choices = choices.collect();
                return Ok((
                    Some(changes),
                    Ok(Entered::Choose { account: account.to_owned(), revision, choices }),
                ));
            };
            let actor = actor_of(&row, grant).ok_or_else(Refusal::not_found)?;
            let mut changes = extra.clone();
            begin(&view, &row, grant, &actor, way, now, &mut changes)?;
            Ok((Some(changes), Ok(Entered::In(actor))))
        })?;
        entered.ok_or_else(|| {
            Refusal::conflict(
                "Your account is being changed at this moment. Sign in again.",
                "Votre compte est en cours de modification. Reconnectez-vous.",
            )
        })
    }
}

/// The audit row of somebody who was not let in.
pub(crate) fn refused_row(account: &str, refused: DoorRefusal, now: Instant) -> AuditRow {
    door_row(account, "", "refused-sign-in", refused.code().to_owned(), now)
}

fn begin(
    view: &View,
    account: &AccountRow,
    grant: &AccountGrant,
    actor: &Actor,
    way: &Way<'_>,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    // Whoever suspends or ends it meanwhile changes the revision: no session begins behind their back.
    let required = Requirement::AccountRevisionIs(account.id.clone(), account.revision);
    let is_changed_here = changes
        .accounts
        .iter()
        .any(|change| matches!(change, AccountChange::Account(row) if row.id == account.id));
    changes.requires.push(required);
    if !is_changed_here {
        changes.accounts.push(AccountChange::Account(AccountRow { seen: Some(now), ..account.clone() }));
    }
    let context = if grant.context == WorkContext::Facility { "facility" } else { "community" };
    let object = format!("session/{context}/{}/by/{}", grant.place, way.factor);
    let role = actor.role.code();
    changes.audit.push(door_row(&account.id, role, "sign-in", object, now));
    for other in view.sign_ins_of(&account.id, now)? {
        let is_recent = now.seconds_since(other.seen) < TWO_PLACES_MINUTES * 60;
        if is_recent && (other.device != way.device || other.grant != Some(grant.number)) {
            let object = format!("session/{}/and/{}", other.device, way.device);
            changes.audit.push(door_row(&account.id, role, "two-places", object, now));
        }
    }
    changes.sign_ins.push(SignIn {
        secret_hash: way.secret_hash.to_vec(),
        user: account.id.clone(),
        role: grant.role.clone(),
        name: account.name.clone(),
        expires: now.plus_minutes(way.hours.min(SESSION_HOURS) * 60),
        bearer: false,
        grant: Some(grant.number),
        factor: way.factor.to_owned(),
        begun: now,
        seen: now,
        proven_until: now.plus_minutes(FRESH_MINUTES),
        device: way.device.to_owned(),
    });
    Ok(())
}
