//! What the enrolment desk does with the access that an application led to: suspends it, opens it again, ends it, invites
//! its holder again. The account changes in the same commit, so that every session ends with it (HAZARDS H80), and its
//! holder is written to with the reason.

use super::desk::{method, said, turn, unrelated, untied};
use super::letters;
use super::turn::{Turn, state_of};
use crate::accounts::holding::{self, Left};
use crate::accounts::keeping::folded;
use crate::accounts::{holds, keeping};
use crate::mailing::write;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::verification::may_verify;
use clinical::enrolment::{Event, State};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{AccountState, ApplicationId, Changes};

/// Act: nobody signs in with the account until it is resumed.
#[derive(Debug, Clone)]
pub struct SuspendAccess {
    /// Which application.
    pub application: ApplicationId,
    /// Why; its holder reads it.
    pub reason: String,
}

/// Act: a reason for which somebody suspended it is lifted; its holder may sign in again once none stands.
#[derive(Debug, Clone)]
pub struct ResumeAccess {
    /// Which application.
    pub application: ApplicationId,
    /// Whose reason; empty for one's own, or the only one.
    pub of: String,
    /// Why; its holder reads it.
    pub reason: String,
}

/// Act: what the application led to is over. An account that nothing else is granted to ends with it.
#[derive(Debug, Clone)]
pub struct EndAccess {
    /// Which application.
    pub application: ApplicationId,
    /// Why; its holder reads it.
    pub reason: String,
}

/// Act: the holder is sent a new link to set up how they sign in, after somebody verified who asks (S-027). The link before
/// it can be used no more.
#[derive(Debug, Clone)]
pub struct InviteAgain {
    /// Which application.
    pub application: ApplicationId,
    /// Code of the method.
    pub method: String,
    /// What was seen or answered.
    pub evidence: String,
}

/// The application with the account that it led to.
fn with_account<'r>(reading: &'r Reading<'r>, id: ApplicationId) -> Result<(Turn<'r>, String), Refusal> {
    let turn = turn(reading, id)?;
    let account = turn.row.account.clone();
    if account.is_empty() {
        return Err(Refusal::conflict(
            "No account was made for this application yet. Refuse it, or give it back with a question.",
            "Aucun compte n'est encore créé pour cette demande. Refusez-la ou rendez-la avec une question.",
        ));
    }
    Ok((turn, account))
}

/// A link is sent while the access can be used, and to nobody but whose account it is: applications of one person may have
/// proved several addresses.
fn invitable(reading: &Reading<'_>, turn: &Turn<'_>, account: &str) -> Result<(), Refusal> {
    if !matches!(state_of(&turn.row), State::Provisioned | State::Active) {
        return Err(Refusal::conflict(
            "This access is not in use, so nobody is invited to it. Resume it first, or handle the application that is.",
            "Cet accès n'est pas en usage; personne n'y est donc invité. Reprenez-le d'abord, ou traitez la demande qui l'est.",
        ));
    }
    let known = reading.view.account(account)?.ok_or_else(Refusal::not_found)?;
    if folded(&turn.row.address) != folded(&known.address) {
        return Err(Refusal::conflict(
            "The account has another address than this application, and the link would go astray. Open the application with the account's address and invite from there.",
            "Le compte a une autre adresse que cette demande, et le lien s'égarerait. Ouvrez la demande qui porte l'adresse du compte et invitez de là.",
        ));
    }
    Ok(())
}

fn reason(text: &str) -> Result<String, Refusal> {
    said(
        text,
        "Write the reason; whose access it is reads it.",
        "Écrivez le motif; la personne concernée le lit.",
    )
}

impl Turn<'_> {
    /// Turns the account as the application turns, and writes to its holder.
    fn turn_access(
        &mut self,
        reading: &Reading<'_>,
        account: &str,
        (by, state): (Event, Option<AccountState>),
        reason: &str,
    ) -> Result<(), Refusal> {
        let (now, words) = (reading.context.now, Words::new(reason, reason));
        self.take(by, words.clone())?;
        if let Some(state) = state {
            let who = (reading.context.actor.id.as_str(), now);
            keeping::turn(reading.view, who, account, (state, &words), &mut self.changes)?;
        }
        self.tell(by, reason, now);
        Ok(())
    }

    /// Writes to the holder what became of their access.
    fn tell(&mut self, by: Event, reason: &str, now: Instant) {
        let to = letters::applicant(&self.row, self.facts.applicant.tongue, now);
        let mail = to.access_turned(by, reason);
        write(&mut self.changes, mail, now);
    }
}

impl Sealed for SuspendAccess {}
impl Act for SuspendAccess {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("application/{}/suspend", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (mut turn, account) = with_account(reading, self.application)?;
        let reason = reason(&self.reason)?;
        unrelated(reading, &turn)?;
        if state_of(&turn.row) == State::Suspended {
            // It stays suspended, for one reason more: what lifts the others does not lift this one.
            let (now, words) = (reading.context.now, Words::new(&*reason, &*reason));
            let who = (reading.context.actor.id.as_str(), now);
            keeping::turn(reading.view, who, &account, (AccountState::Suspended, &words), &mut turn.changes)?;
            turn.note("suspended-too", words);
            turn.tell(Event::Suspend, &reason, now);
            return turn.finish();
        }
        turn.turn_access(reading, &account, (Event::Suspend, Some(AccountState::Suspended)), &reason)?;
        turn.finish()
    }
}

impl Sealed for ResumeAccess {}
impl Act for ResumeAccess {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("application/{}/resume-access", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (mut turn, account) = with_account(reading, self.application)?;
        let reason = reason(&self.reason)?;
        unrelated(reading, &turn)?;
        if state_of(&turn.row) != State::Suspended {
            turn.take(Event::Resume, Words::new(&*reason, &*reason))?;
        }
        let (now, words) = (reading.context.now, Words::new(&*reason, &*reason));
        let who = (reading.context.actor.id.as_str(), now);
        let left = holding::lift(reading.view, who, &account, (&self.of, &words), &mut turn.changes)?;
        match left {
            Left::Open => {
                turn.take(Event::Resume, words)?;
                turn.tell(Event::Resume, &reason, now);
            }
            Left::Held(why) => turn.note(
                "reason-lifted",
                Words::new(
                    format!("{reason} It stays suspended: {}", why.en),
                    format!("{reason} L'accès reste suspendu : {}", why.fr),
                ),
            ),
        }
        turn.finish()
    }
}

impl Sealed for EndAccess {}
impl Act for EndAccess {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("application/{}/end", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (mut turn, account) = with_account(reading, self.application)?;
        let reason = reason(&self.reason)?;
        unrelated(reading, &turn)?;
        let (of, now) = (self.application.to_string(), reading.context.now);
        let grants = reading.view.account_grants(&account)?;
        let is_all = !grants.iter().any(|grant| holds(grant, now) && grant.application != of);
        turn.turn_access(reading, &account, (Event::End, is_all.then_some(AccountState::Ended)), &reason)?;
        turn.finish()
    }
}

impl Sealed for InviteAgain {}
impl Act for InviteAgain {
    const PERMISSION: Permission = Permission::ManageAccounts;
    fn object(&self) -> String {
        format!("application/{}/invite", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (mut turn, account) = with_account(reading, self.application)?;
        let method = method(&self.method)?;
        let evidence = said(
            &self.evidence,
            "Write how you verified who asks for a new link.",
            "Écrivez comment vous avez vérifié qui demande un nouveau lien.",
        )?;
        untied(reading, &turn, may_verify, (method, &evidence))?;
        invitable(reading, &turn, &account)?;
        let (now, way) = (reading.context.now, method.words());
        let who = (reading.context.actor.id.as_str(), now);
        let number = keeping::invite(reading.view, who, &account, &mut turn.changes)?;
        turn.note(
            "invited-again",
            Words::new(format!("{}: {evidence}", way.en), format!("{} : {evidence}", way.fr)),
        );
        let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
        let mail = to.invited_again(&account, number);
        write(&mut turn.changes, mail, now);
        turn.finish()
    }
}
