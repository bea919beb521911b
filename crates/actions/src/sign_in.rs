//! Who is at the door: sessions, of accounts and of personas (demo and practice only), bearer tokens for scripts. No
//! password anywhere.

use crate::context::Actor;
use crate::record::{Record, machine};
use crate::refusal::Refusal;
use clinical::access::Role;
use clinical::words::Words;
use fhir::Instant;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::{AuditRow, Changes, Settled, SignIn};

/// How long a session lives, in hours (JOURNEYS 2.1: eight hours on a trusted device).
pub const SESSION_HOURS: i64 = 8;

/// A persona of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// Id in the address: `cairnwood`.
    pub id: String,
    /// `Cairnwood, Aoife`.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Where they work, as text in both languages.
    pub place: Words,
    /// Directory id of the practitioner.
    pub practitioner: Option<String>,
}

impl Persona {
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            through: None,
            id: self.id.clone(),
            role: self.role,
            name: self.name.clone(),
            practitioner: self.practitioner.clone(),
        }
    }
}

impl Record {
    /// Begin a session of a persona that lasts `hours` at most; `secret_hash` is the SHA-256 of the cookie's secret.
    ///
    /// # Errors
    /// No such persona (outside demo and practice there is none), or the store asks to try again.
    pub fn sign_in(
        &self,
        persona: &str,
        secret_hash: [u8; 32],
        now: Instant,
        hours: i64,
    ) -> Result<Actor, Refusal> {
        let persona = self.personas().iter().find(|p| p.id == persona).ok_or_else(Refusal::not_found)?;
        let sign_in = SignIn {
            secret_hash: secret_hash.to_vec(),
            user: persona.id.clone(),
            role: persona.role.code().to_owned(),
            name: persona.name.clone(),
            expires: now.plus_minutes(hours.min(SESSION_HOURS) * 60),
            bearer: false,
            grant: None,
            factor: String::new(),
            begun: now,
            seen: now,
            proven_until: now,
            device: String::new(),
        };
        let audit = vec![session_row(&persona.actor(), "sign-in", now)];
        match self.store().settle_blocking(Changes { sign_ins: vec![sign_in], audit, ..Changes::default() }) {
            Settled::Done => Ok(persona.actor()),
            other => Err(Refusal::try_again(&other)),
        }
    }

    /// Who a session's cookie belongs to; `None` when it is over.
    ///
    /// # Errors
    /// When the store cannot be read: nobody is signed in then.
    pub fn actor_of(&self, secret_hash: [u8; 32], now: Instant) -> Result<Option<Actor>, Refusal> {
        Ok(self.session_of(secret_hash, now)?.map(|session| session.actor))
    }

    /// End a session.
    ///
    /// # Errors
    /// When the store asks to try again.
    pub fn sign_out(&self, secret_hash: [u8; 32], now: Instant) -> Result<(), Refusal> {
        let Some(actor) = self.actor_of(secret_hash, now)? else { return Ok(()) };
        let changes = Changes {
            sign_outs: vec![secret_hash.to_vec()],
            audit: vec![session_row(&actor, "sign-out", now)],
            ..Changes::default()
        };
        match self.store().settle_blocking(changes) {
            Settled::Done => Ok(()),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

fn session_row(actor: &Actor, verb: &str, now: Instant) -> AuditRow {
    AuditRow {
        at: now,
        actor: actor.id.clone(),
        role: actor.role.code().to_owned(),
        verb: verb.to_owned(),
        purpose: machine("", now).purpose.code().to_owned(),
        person: None,
        object: "session".to_owned(),
    }
}

/// Key by which the tokens of one data folder are signed.
#[derive(Clone)]
pub struct TokenKey(pub [u8; 32]);

impl TokenKey {
    /// A token: role and end, signed. Whoever may read the data folder may make one.
    #[must_use]
    pub fn mint(&self, role: Role, expires: Instant) -> String {
        let claim = format!("opor.{}.{}", role.code(), expires.0);
        let seal = self.seal(&claim);
        format!("{claim}.{seal}")
    }

    /// A token of a receiving system: it speaks for one endpoint of the directory.
    #[must_use]
    pub fn mint_for_endpoint(&self, endpoint: &str, expires: Instant) -> String {
        let claim = format!("opor.{}.{}.{endpoint}", Role::Receiver.code(), expires.0);
        let seal = self.seal(&claim);
        format!("{claim}.{seal}")
    }

    /// Who a token speaks for; `None` when it is forged or over.
    #[must_use]
    pub fn actor(&self, token: &str, now: Instant) -> Option<Actor> {
        let (claim, seal) = token.rsplit_once('.')?;
        let mut mac = self.mac();
        mac.update(claim.as_bytes());
        mac.verify_slice(&unhex(seal)?).ok()?;
        let mut words = claim.splitn(4, '.').skip(1);
        let role = Role::from_code(words.next()?)?;
        let expires: i64 = words.next()?.parse().ok()?;
        let endpoint = words.next();
        if expires <= now.0 || endpoint.is_some() != (role == Role::Receiver) {
            return None;
        }
        // A receiving system is its endpoint; what waits for another one is none of its business.
        let id = endpoint.map_or_else(|| format!("token {}", role.code()), str::to_owned);
        Some(Actor { through: None, name: id.clone(), id, role, practitioner: None })
    }

    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        // A key of 32 bytes is always taken; the other arm keeps this free of panics.
        Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()))
    }

    fn seal(&self, claim: &str) -> String {
        let mut mac = self.mac();
        mac.update(claim.as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_speaks_for_its_role_until_it_ends() {
        let key = TokenKey([7; 32]);
        let token = key.mint(Role::Script, Instant(100));
        assert_eq!(key.actor(&token, Instant(99)).map(|a| a.role), Some(Role::Script));
        assert!(key.actor(&token, Instant(100)).is_none());
    }

    #[test]
    fn a_receiving_system_is_its_endpoint() {
        let key = TokenKey([7; 32]);
        let token = key.mint_for_endpoint("hill.emr", Instant(100));
        let actor = key.actor(&token, Instant(99)).expect("a system");
        assert_eq!((actor.role, actor.id.as_str()), (Role::Receiver, "hill.emr"));
        assert!(key.actor(&token.replace("hill", "bill"), Instant(99)).is_none());
        let without = key.mint(Role::Receiver, Instant(100));
        assert!(key.actor(&without, Instant(99)).is_none(), "of which endpoint?");
    }

    #[test]
    fn a_changed_token_speaks_for_nobody() {
        let key = TokenKey([7; 32]);
        let token = key.mint(Role::Script, Instant(100));
        assert!(key.actor(&token.replace(".100.", ".900."), Instant(99)).is_none());
        assert!(TokenKey([8; 32]).actor(&token, Instant(99)).is_none());
        assert!(key.actor("opor.script.é", Instant(0)).is_none());
    }
}
