//! Who comes with an app's token: its user while their account, their seat and (but for offline access) their session
//! hold, or the app itself. Everything is read at each request, so that what ends, ends at once.

use super::{App, Terms, hashed, hex};
use crate::accounts::sessions::{actor_of, seat};
use crate::accounts::statements::unread;
use crate::context::{Actor, Through};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{Permission, Role};
use clinical::smart::{Scopes, context_words, rule_words};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::sync::Arc;
use store::{Changes, SmartChange, SmartGrant, SmartSort, View};

/// A grant that holds.
pub(super) struct Held {
    pub(super) app: App,
    pub(super) terms: Terms,
    pub(super) grant: SmartGrant,
    /// Who it speaks for, without the app.
    pub(super) actor: Actor,
}

impl Held {
    /// Who asks with a token of these scopes.
    pub(super) fn through(&self, scopes: &str) -> Actor {
        let person = self.terms.person.as_ref().and_then(|person| person.parse().ok());
        let through = Through {
            app: self.app.id.clone(),
            // Never more than is registered today.
            scopes: Arc::new(Scopes::read(scopes).within(&self.app.most())),
            patient: person,
            fhir_user: self.terms.fhir_user.clone(),
        };
        Actor { through: Some(through), ..self.actor.clone() }
    }
}

impl Record {
    /// The grant of an id, while everything that it stands on holds.
    pub(super) fn held(&self, view: &View, id: &[u8], now: Instant) -> Result<Option<Held>, Refusal> {
        let Some(grant) = view.smart_grant(id, now)? else { return Ok(None) };
        let Some(app) = App::find(view, &grant.app)? else { return Ok(None) };
        let Ok(terms) = serde_json::from_str::<Terms>(&grant.body) else { return Ok(None) };
        let actor = match (&*grant.account, terms.seat) {
            ("", _) => app.own_role().filter(|role| role.code() == terms.role).map(|role| Actor {
                id: format!("app {}", app.id),
                role,
                name: app.name.clone(),
                practitioner: None,
                through: None,
            }),
            (user, Some(number)) => {
                // As in the portal, nothing opens before the statements in force were read (S-032).
                let may_go_on = unread(view, user)?.is_empty();
                let seat = seat(view, user, number, now)?.filter(|_| may_go_on);
                seat.and_then(|(account, grant)| actor_of(&account, &grant))
            }
            (user, None) => {
                self.personas().iter().find(|persona| persona.id == user).map(|persona| persona.actor())
            }
        };
        let Some(actor) = actor.filter(|actor| actor.role.code() == terms.role) else { return Ok(None) };
        if !terms.session.is_empty() {
            let hash = crate::sign_in::unhex(&terms.session).unwrap_or_default();
            if view.sign_in(&hash)?.is_none_or(|session| session.expires <= now) {
                return Ok(None);
            }
        }
        Ok(Some(Held { app, terms, grant, actor }))
    }

    /// Who an access token of an app speaks for; `None` when it is over.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn app_actor(&self, token: &str, now: Instant) -> Result<Option<Actor>, Refusal> {
        let view = self.store().view()?;
        let Some(token) = view.smart_token(&hashed(token), SmartSort::Access, now)? else { return Ok(None) };
        Ok(self.held(&view, &token.holder, now)?.map(|held| held.through(&token.body)))
    }
}

/// Look: what one let apps do.
#[derive(Debug, Clone, Copy)]
pub struct OwnApps;

/// One app with what it was let do.
#[derive(Debug, Clone)]
pub struct AppLine {
    /// Tells one's own apart, of no use to anybody else.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// What it may do.
    pub rules: Vec<Words>,
    /// Since when.
    pub at: Instant,
    /// Until when at the longest.
    pub expires: Instant,
    /// It goes on after a sign-out.
    pub is_offline: bool,
}

fn short(id: &[u8]) -> String {
    hex(&id[..id.len().min(8)])
}

impl Sealed for OwnApps {}
impl Look for OwnApps {
    type View = Vec<AppLine>;
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        "apps".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<AppLine>>, Refusal> {
        let mut lines = Vec::new();
        for grant in reading.view.smart_grants_of(&reading.context.actor.id, reading.context.now)? {
            let Some(app) = App::find(reading.view, &grant.app)? else { continue };
            let Ok(terms) = serde_json::from_str::<Terms>(&grant.body) else { continue };
            let scopes = Scopes::read(&terms.scopes);
            let wishes = scopes.wishes.iter().filter_map(|wish| context_words(*wish));
            lines.push(AppLine {
                id: short(&grant.id),
                name: app.name,
                rules: scopes.rules.iter().map(rule_words).chain(wishes).collect(),
                at: grant.at,
                expires: grant.expires,
                is_offline: terms.session.is_empty(),
            });
        }
        Ok(Seen::nobody(lines))
    }
}

/// Act: take back what one let an app do; its tokens end in the same commit.
#[derive(Debug, Clone)]
pub struct TakeBack {
    /// Id of its line.
    pub id: String,
}

impl Sealed for TakeBack {}
impl Act for TakeBack {
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        format!("app-grant/{}/end", self.id)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let own = reading.view.smart_grants_of(&reading.context.actor.id, reading.context.now)?;
        let ended = own.into_iter().filter(|grant| short(&grant.id) == self.id);
        let smart: Vec<SmartChange> = ended.map(|grant| SmartChange::End(grant.id)).collect();
        if smart.is_empty() {
            return Err(Refusal::not_found());
        }
        Ok((Changes { smart, ..Changes::default() }, None))
    }
}

/// Whether a role may act for itself through an app.
pub(super) fn acts_for_itself(role: Role) -> bool {
    matches!(role, Role::Script | Role::System)
}
