//! An app signs who it is (RFC 7523; SMART App Launch 2.2, 5.1): a JSON Web Token by one of its registered keys, for our
//! token endpoint, for five minutes at most, used once.

use super::App;
use super::redeeming::TokenProblem;
use super::seconds;
use crate::accounts::base64url;
use fhir::Instant;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// It lives at most as many seconds (SMART App Launch 2.2, 5.1.1).
const LONGEST_SECONDS: i64 = 300;
/// The clock of an app may be ahead of ours or behind by as much, in seconds.
const CLOCKS_SECONDS: i64 = 60;
/// Longest assertion, in bytes.
const LONGEST: usize = 16 * 1024;

/// What stands in `client_assertion_type`.
pub(super) const SORT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    jti: String,
    #[serde(default)]
    nbf: i64,
    #[serde(default)]
    iat: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Several(all) => all.iter().any(|one| one == wanted),
        }
    }
}

fn parts(assertion: &str) -> Option<(&str, &str, &str)> {
    let mut parts = assertion.split('.');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    (parts.next().is_none() && assertion.len() <= LONGEST).then_some(found)
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&base64url::decode(part)?).ok()
}

/// Who an assertion says it comes from; not yet believed.
pub(super) fn claimed(assertion: &str) -> Option<String> {
    let (_, claims, _) = parts(assertion)?;
    json::<Claims>(claims).map(|claims| claims.iss)
}

/// What must be spent so that it is used once, and until when that is remembered.
pub(super) type Once = (Vec<u8>, Instant);

/// Believes an assertion of an app for the token endpoint at `audience`.
pub(super) fn believe(
    app: &App,
    assertion: &str,
    audience: &str,
    now: Instant,
) -> Result<Once, TokenProblem> {
    let wrong = TokenProblem::InvalidClient;
    let (head, body, seal) = parts(assertion).ok_or(wrong("the assertion is no signed token"))?;
    let header: Header = json(head).ok_or(wrong("the assertion's header cannot be read"))?;
    let claims: Claims = json(body).ok_or(wrong("the assertion lacks one of iss, sub, aud, exp, jti"))?;
    let keys = app.keys();
    let mut named = keys.iter().filter(|(kid, _)| *kid == header.kid);
    let (Some((_, key)), None) = (named.next(), named.next()) else {
        return Err(wrong("the assertion names no key (kid) that is registered"));
    };
    // What it says of its algorithm is compared with the key's own and never obeyed.
    if key.assertion_algorithm() != Some(header.alg.as_str()) {
        return Err(wrong("the assertion is signed by RS384 or ES384, as its key demands"));
    }
    let seal = base64url::decode(seal).ok_or(wrong("the assertion's signature cannot be read"))?;
    if !key.asserted(&assertion.as_bytes()[..head.len() + 1 + body.len()], &seal) {
        return Err(wrong("the assertion's signature is not that of its key"));
    }
    if claims.iss != app.id || claims.sub != app.id {
        return Err(wrong("iss and sub of the assertion are the client_id"));
    }
    if !claims.aud.is(audience) {
        return Err(wrong("aud of the assertion is the address of this token endpoint"));
    }
    let now = seconds(now);
    let is_early = claims.nbf > now + CLOCKS_SECONDS || claims.iat > now + CLOCKS_SECONDS;
    if claims.exp <= now || is_early || claims.exp > now + LONGEST_SECONDS + CLOCKS_SECONDS {
        return Err(wrong("the assertion is over, or of later, or lives longer than five minutes"));
    }
    if claims.jti.is_empty() {
        return Err(wrong("jti of the assertion is empty"));
    }
    let digest = Sha256::new().chain_update("assertion\0").chain_update(&app.id).chain_update([0]);
    let once = digest.chain_update(&claims.jti).finalize().to_vec();
    Ok((once, Instant(claims.exp.saturating_mul(1_000_000))))
}
