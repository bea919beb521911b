//! Passkeys: what an authenticator says, and whether it is believed (Web Authentication level 2, sections 7.1 and 7.2).
//! Pure. The holder must have been verified by the device itself; which make of device it is, is not asked.

use super::base64url;
use super::cbor::{self, Value};
use super::keys::{self, Form};
use super::openid::{Origin, origin};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Algorithms that a new passkey may use (COSE): ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];
/// A device is waited for as long, in milliseconds.
const PATIENCE_MS: u32 = 120_000;
/// Longest credential id (WebAuthn level 2, section 4) and longest statement read, in bytes.
const LONGEST_ID: usize = 1023;
const LONGEST: usize = 16 * 1024;

/// Whom passkeys are made for: the portal as people reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Where pages come from.
    pub origin: Origin,
}

impl Party {
    /// The id of the relying party: the host, without the port.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.origin.host
    }
}

/// For whom a new passkey is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyUser {
    /// Their account.
    pub account: String,
    /// Their name.
    pub name: String,
    /// Credential ids of the passkeys they have.
    pub held: Vec<Vec<u8>>,
}

/// The question for a device, as JSON for our script: to make a passkey for somebody, else to use one. Nobody is named in
/// a question to use one: whoever holds the device says who they are (S-025).
#[must_use]
pub fn question(challenge: &str, party: &Party, maker: Option<&PasskeyUser>) -> String {
    let asked = match maker {
        Some(user) => serde_json::json!({ "sort": "create", "publicKey": {
            "challenge": challenge,
            "rp": { "id": party.id(), "name": "One Person One Record" },
            "user": {
                "id": base64url::encode(user.account.as_bytes()), "name": user.name, "displayName": user.name,
            },
            "pubKeyCredParams": ALGORITHMS.map(|alg| serde_json::json!({ "type": "public-key", "alg": alg })),
            "excludeCredentials": user.held.iter().map(|id| {
                serde_json::json!({ "type": "public-key", "id": base64url::encode(id) })
            }).collect::<Vec<_>>(),
            "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
            "attestation": "none",
            "timeout": PATIENCE_MS,
        }}),
        None => serde_json::json!({ "sort": "get", "publicKey": {
            "challenge": challenge, "rpId": party.id(), "userVerification": "required", "timeout": PATIENCE_MS,
        }}),
    };
    asked.to_string()
}

/// Why a passkey is not believed, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It cannot be read.
    #[error("what the device sent cannot be read")]
    Unreadable,
    /// It was made for another page, question or purpose.
    #[error("it was made for another {0}")]
    Elsewhere(&'static str),
    /// The device did not verify who holds it.
    #[error("the device did not verify its holder")]
    Unverified,
    /// Its key did not sign.
    #[error("the key did not sign it")]
    Signature,
    /// Its counter went back: two devices hold the key.
    #[error("the counter went back, so that two devices hold the key")]
    Copied,
    /// Its key is of a sort that is not taken.
    #[error("the key is of a sort that is not taken")]
    Key,
}

/// What a browser says it did.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client {
    #[serde(rename = "type")]
    sort: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// A passkey that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Credential id.
    pub credential: Vec<u8>,
    /// Public key as the device wrote it.
    pub public_key: Vec<u8>,
    /// Signature counter.
    pub sign_count: u32,
}

/// What a browser posts when a passkey was used: every part in base64url.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Used {
    /// Credential id.
    #[serde(default)]
    pub id: String,
    /// `clientDataJSON`.
    #[serde(default)]
    pub client: String,
    /// `authenticatorData`; for a new passkey `attestationObject`.
    #[serde(default)]
    pub data: String,
    /// Signature; empty for a new passkey.
    #[serde(default)]
    pub signature: String,
}

/// The question that a browser says it answered, to find what it was asked for.
#[must_use]
pub fn challenge_of(client: &str) -> Option<String> {
    let client: Client = serde_json::from_slice(&base64url::decode(client)?).ok()?;
    Some(client.challenge)
}

/// What authenticators say in front of what they sign (section 6.1).
struct Said<'d> {
    count: u32,
    /// What follows: credential and key.
    rest: &'d [u8],
    attests: bool,
}

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 4;
const ATTESTS: u8 = 64;

fn client(posted: &str, sort: &'static str, challenge: &str, party: &Party) -> Result<Vec<u8>, Unfit> {
    let bytes = base64url::decode(posted).filter(|bytes| bytes.len() <= LONGEST).ok_or(Unfit::Unreadable)?;
    let said: Client = serde_json::from_slice(&bytes).map_err(|_| Unfit::Unreadable)?;
    if said.sort != sort {
        return Err(Unfit::Elsewhere("purpose"));
    }
    if said.challenge != challenge || challenge.is_empty() {
        return Err(Unfit::Elsewhere("question"));
    }
    if origin(&said.origin).as_ref() != Some(&party.origin) || said.cross_origin {
        return Err(Unfit::Elsewhere("page"));
    }
    Ok(bytes)
}

fn said<'d>(data: &'d [u8], party: &Party) -> Result<Said<'d>, Unfit> {
    let (whose, rest) = data.split_at_checked(32).ok_or(Unfit::Unreadable)?;
    let ([flags, counter @ ..], rest) = rest.split_first_chunk::<5>().ok_or(Unfit::Unreadable)?;
    if whose != Sha256::digest(party.id().as_bytes()).as_slice() {
        return Err(Unfit::Elsewhere("party"));
    }
    if flags & USER_PRESENT == 0 || flags & USER_VERIFIED == 0 {
        return Err(Unfit::Unverified);
    }
    let count = u32::from_be_bytes(*counter);
    Ok(Said { count, rest, attests: flags & ATTESTS != 0 })
}

/// A new passkey, when the device made it for this page and question and verified its holder.
///
/// # Errors
/// [`Unfit`].
pub fn made(posted: &Used, challenge: &str, party: &Party) -> Result<Made, Unfit> {
    client(&posted.client, "webauthn.create", challenge, party)?;
    let object =
        base64url::decode(&posted.data).filter(|bytes| bytes.len() <= LONGEST).ok_or(Unfit::Unreadable)?;
    let (object, _) = cbor::read(&object).ok_or(Unfit::Unreadable)?;
    let data = object.get("authData").and_then(Value::bytes).ok_or(Unfit::Unreadable)?;
    let said = said(data, party)?;
    if !said.attests {
        return Err(Unfit::Unreadable);
    }
    // The make of the device (16 bytes) is passed over.
    let rest = said.rest.get(16..).ok_or(Unfit::Unreadable)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Unfit::Unreadable)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (credential, rest) = rest.split_at_checked(length).ok_or(Unfit::Unreadable)?;
    if credential.is_empty() || credential.len() > LONGEST_ID {
        return Err(Unfit::Unreadable);
    }
    let (_, taken) = cbor::read(rest).ok_or(Unfit::Unreadable)?;
    let public_key = &rest[..taken];
    keys::of_cose(public_key).ok_or(Unfit::Key)?;
    Ok(Made { credential: credential.to_vec(), public_key: public_key.to_vec(), sign_count: said.count })
}

/// The new counter of a passkey, when it answered this question for this page and its holder was verified.
///
/// # Errors
/// [`Unfit`].
pub fn used(
    posted: &Used,
    (public_key, counted): (&[u8], u32),
    challenge: &str,
    party: &Party,
) -> Result<u32, Unfit> {
    let client = client(&posted.client, "webauthn.get", challenge, party)?;
    let data =
        base64url::decode(&posted.data).filter(|bytes| bytes.len() <= LONGEST).ok_or(Unfit::Unreadable)?;
    let seal = base64url::decode(&posted.signature).ok_or(Unfit::Unreadable)?;
    let said = said(&data, party)?;
    let key = keys::of_cose(public_key).ok_or(Unfit::Key)?;
    let message = [&data[..], Sha256::digest(&client).as_slice()].concat();
    if !key.signed(Form::Asn1, &message, &seal) {
        return Err(Unfit::Signature);
    }
    // Devices that count nothing always say zero.
    if (said.count > 0 || counted > 0) && said.count <= counted {
        return Err(Unfit::Copied);
    }
    Ok(said.count)
}
