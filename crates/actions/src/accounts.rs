//! Accounts: who may sign in, how they prove it, and as what. An account is one person, however many ways led to it; what
//! they may do comes from the grant they signed in with. An address is where letters go and never proves who somebody is
//! (HAZARDS H79); no password exists (S-045).

pub mod attempts;
pub mod base64url;
mod cbor;
pub mod entering;
pub mod first;
pub(crate) mod holding;
pub mod keeping;
pub(crate) mod keys;
mod notices;
pub mod openid;
pub mod passkeys;
pub mod proofs;
pub mod refusals;
pub mod sessions;
pub mod statements;
pub mod tying;
pub(crate) mod waiting;

pub use entering::{Choice, Entered, Way};
pub use holding::Hold;
pub use keeping::{Bound, End, EndGrant, Grant, Invite, Provision, Reset, Resume, Suspend};
pub use refusals::DoorRefusal;
pub use sessions::Session;

use crate::refusal::Refusal;
use crate::sign_in::Persona;
use fhir::Instant;
use store::{AccountGrant, View};

/// The practitioner that a user is in the directory, when they are one.
pub(crate) fn practitioner_of(
    view: &View,
    personas: &[Persona],
    user: &str,
) -> Result<Option<String>, Refusal> {
    if let Some(persona) = personas.iter().find(|persona| persona.id == user) {
        return Ok(persona.practitioner.clone());
    }
    let grants = view.account_grants(user)?;
    Ok(grants.into_iter().map(|grant| grant.practitioner).find(|practitioner| !practitioner.is_empty()))
}

/// Whether a grant holds at a time.
pub(crate) fn holds(grant: &AccountGrant, now: Instant) -> bool {
    grant.begins <= now && grant.ends.is_none_or(|ends| ends > now)
}

#[cfg(test)]
mod tests;
