//! Sign-ins that have begun and not come back: each is taken once, within minutes, by the browser that began it. And how
//! often something was tried at the door.

use crate::accounts::entering::door_row;
use crate::accounts::refusals::DoorRefusal;
use crate::record::Record;
use crate::refusal::Refusal;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{AccountChange, AttemptRow, Changes, Requirement, Settled};

/// A sign-in comes back within as many minutes.
pub const ATTEMPT_MINUTES: i64 = 10;
/// Tries count for as many minutes.
const TRIES_MINUTES: i64 = 15;
/// So many tries with one address; so many from one source, behind which a whole clinic can stand.
const TRIES_PER_ADDRESS: u32 = 10;
const TRIES_PER_SOURCE: u32 = 120;
/// So many apps register themselves from one source.
const APPS_PER_SOURCE: u32 = 10;

/// What a proof is wanted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aim {
    /// To sign in.
    SignIn,
    /// To tie it to the account of an invitation: account and number.
    Bind(String, i64),
    /// To prove anew who holds this session, in hexadecimal: account and session.
    Prove(String, String),
    /// To add a passkey to the account of this session: account and session.
    Add(String, String),
    /// To choose a grant: account, its revision when its holder was proved, and factor.
    Choose(String, i64, String),
    /// To come in from an EMR with the patient that it has open (SMART App Launch).
    Launch,
}

/// A sign-in that has begun.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What for.
    pub aim: Aim,
    /// The provider it went to; empty for none.
    pub issuer: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Shown when the code is redeemed.
    pub verifier: String,
    /// Where to go then.
    pub back: String,
}

/// Without its secret: what is printed ends in logs.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt")
            .field("issuer", &self.issuer)
            .field("back", &self.back)
            .finish_non_exhaustive()
    }
}

/// What only the browser that began it brings back: what came in the address or the answer, and its cookie.
#[must_use]
pub fn handle(state: &str, cookie: &str) -> [u8; 32] {
    Sha256::new().chain_update(state).chain_update([0]).chain_update(cookie).finalize().into()
}

impl Record {
    /// Remembers a sign-in that begins.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn begin_attempt(&self, handle: [u8; 32], attempt: &Attempt, now: Instant) -> Result<(), Refusal> {
        let body = serde_json::to_string(attempt).unwrap_or_default();
        let row = AttemptRow { handle: handle.to_vec(), body, expires: now.plus_minutes(ATTEMPT_MINUTES) };
        let accounts = vec![AccountChange::Attempt(row, now)];
        match self.store().settle_blocking(Changes { accounts, ..Changes::default() }) {
            Settled::Done => Ok(()),
            other => Err(Refusal::try_again(&other)),
        }
    }

    /// Takes a sign-in that comes back; nobody takes it again. `None`: it was taken, is too old, or began elsewhere.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn take_attempt(&self, handle: [u8; 32], now: Instant) -> Result<Option<Attempt>, Refusal> {
        let Some(body) = self.store().view()?.sign_in_attempt(&handle, now)? else { return Ok(None) };
        let changes = Changes {
            requires: vec![Requirement::AttemptWaits(handle.to_vec())],
            accounts: vec![AccountChange::AttemptTaken(handle.to_vec())],
            ..Changes::default()
        };
        match self.store().settle_blocking(changes) {
            Settled::Done => Ok(serde_json::from_str(&body).ok()),
            Settled::Stale(_) => Ok(None),
            other => Err(Refusal::try_again(&other)),
        }
    }

    /// Counts a try at the door from a source, with an address or without; the refusal when there were too many.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn try_door(
        &self,
        source: &str,
        address: Option<&str>,
        now: Instant,
    ) -> Result<Option<DoorRefusal>, Refusal> {
        let mut tried = vec![(digest("source", source), TRIES_PER_SOURCE)];
        tried.extend(address.map(|address| (digest("address", address), TRIES_PER_ADDRESS)));
        Ok(self.try_all(tried, now)?.then_some(DoorRefusal::TooMany))
    }

    /// Counts an app that registers itself from a source; whether there were too many.
    pub(crate) fn try_registration(&self, source: &str, now: Instant) -> Result<bool, Refusal> {
        self.try_all(vec![(digest("app", source), APPS_PER_SOURCE)], now)
    }

    /// Counts tries, each with the most that there may be; whether there were too many.
    fn try_all(&self, tried: Vec<(Vec<u8>, u32)>, now: Instant) -> Result<bool, Refusal> {
        let view = self.store().view()?;
        let mut over = false;
        for (what, most) in &tried {
            over |= view.tries(what, now)? >= *most;
        }
        drop(view);
        // What is refused counts no further: a stranger who goes on holds nobody's place out for longer.
        if over {
            let audit =
                vec![door_row("", "", "refused-sign-in", DoorRefusal::TooMany.code().to_owned(), now)];
            return match self.store().settle_blocking(Changes { audit, ..Changes::default() }) {
                Settled::Done => Ok(true),
                other => Err(Refusal::try_again(&other)),
            };
        }
        let until = now.plus_minutes(TRIES_MINUTES);
        let accounts = tried.into_iter().map(|(what, _)| AccountChange::Tried(what, now, until)).collect();
        match self.store().settle_blocking(Changes { accounts, ..Changes::default() }) {
            Settled::Done => Ok(false),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

/// What tries are counted by.
fn digest(what: &str, value: &str) -> Vec<u8> {
    let folded = value.trim().to_lowercase();
    Sha256::new().chain_update(what).chain_update([0]).chain_update(folded).finalize().to_vec()
}
