//! What an OpenID provider says of somebody, and whether it is believed: OpenID Connect Core 1.0 section 3.1 with PKCE
//! (RFC 7636). Pure: what was fetched comes as bytes. A person is issuer and subject; at Entra tenant and object id. Their
//! address is not read at all (S-046, HAZARDS H79).

use super::base64url;
use super::keys::{self, Form};
use super::refusals::DoorRefusal;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The clock of a provider may be ahead of ours or behind by as much, in seconds.
const CLOCKS_SECONDS: i64 = 120;
/// Who proves anew who they are did so at the provider within as many seconds.
const ANEW_SECONDS: i64 = 300;
/// Longest token, in bytes.
const LONGEST: usize = 32 * 1024;
/// What stands in the issuer of an Entra application that takes several tenants.
const ANY_TENANT: &str = "{tenantid}";

/// Sort of provider: where the subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `sub`, as the standard says.
    Plain,
    /// Microsoft Entra ID: `tid` and `oid`, the same for every application of the tenant.
    Entra,
}

/// A provider that is believed.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Short name in our addresses: `nsh`.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// Its address, exactly as its tokens say it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// Our secret there; empty for none.
    pub client_secret: String,
    /// Where the subject stands.
    pub kind: Kind,
    /// A second factor was used when `amr` names one of these,
    pub second_factor: Vec<String>,
    /// or `acr` is one of these.
    pub assurance: Vec<String>,
    /// Addresses at these domains belong to it.
    pub domains: Vec<String>,
}

/// Without its secret: what is printed ends in logs.
impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What a provider says of itself (OpenID Connect Discovery 1.0 section 3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Discovery {
    /// Its address.
    pub issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: String,
    /// Where a code becomes a token.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
}

/// Somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// Who says so.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// What else is said of them that does not change while they are the same person at the same home.
    pub evidence: String,
}

/// Why nothing is believed, for the log: nothing of the person stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// What it says of itself is not what was agreed.
    #[error("the provider's own description does not fit: {0}. Compare issuer in the settings with it")]
    Description(&'static str),
    /// The token cannot be read.
    #[error("the token is none that can be read: {0}")]
    Unreadable(&'static str),
    /// The token is signed by nobody known, or changed.
    #[error("no key of the provider signed the token")]
    Signature,
    /// It is for somebody else, from somebody else, or for another time.
    #[error("the token's {0} is not what it must be")]
    Claim(&'static str),
    /// No second factor.
    #[error("the token names no second factor that the settings accept")]
    SecondFactor,
}

impl Unbelieved {
    /// What people are told.
    #[must_use]
    pub fn told(&self) -> DoorRefusal {
        match self {
            Self::SecondFactor => DoorRefusal::NoSecondFactor,
            _ => DoorRefusal::TokenUnusable,
        }
    }
}

/// Where a web address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whether it is `https`.
    pub secure: bool,
    /// Host name in lower case.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// The origin of an address, read and not compared as text; `None` when it is no address of the web.
#[must_use]
pub fn origin(address: &str) -> Option<Origin> {
    let (scheme, rest) = address.split_once("://")?;
    let secure = match scheme {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let fits = |host: &str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, if secure { 443 } else { 80 }),
    };
    fits(host).then(|| Origin { secure, host: host.to_ascii_lowercase(), port })
}

impl Origin {
    /// Whether nobody on the way can listen: protected, or this machine itself.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.secure || matches!(self.host.as_str(), "localhost" | "127.0.0.1")
    }
}

impl Issuer {
    /// Where it describes itself.
    #[must_use]
    pub fn description(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))
    }

    /// Reads what it says of itself.
    ///
    /// # Errors
    /// It is somebody else, or sends us where others can listen.
    pub fn discovery(&self, json: &[u8]) -> Result<Discovery, Unbelieved> {
        let said: Discovery =
            serde_json::from_slice(json).map_err(|_| Unbelieved::Description("it is no description"))?;
        let takes_any = self.kind == Kind::Entra && said.issuer.contains(ANY_TENANT);
        if said.issuer != self.issuer && !takes_any {
            return Err(Unbelieved::Description("issuer"));
        }
        for address in [&said.authorization_endpoint, &said.token_endpoint, &said.jwks_uri] {
            if !origin(address).is_some_and(|origin| origin.is_safe()) {
                return Err(Unbelieved::Description("an address that is not https"));
            }
        }
        Ok(said)
    }

    /// What goes into the address that people are sent to.
    #[must_use]
    pub fn request(&self, redirect: &str, begun: &Begun, anew: bool) -> Vec<(&'static str, String)> {
        let challenge = base64url::encode(&Sha256::digest(begun.verifier.as_bytes()));
        let mut asked = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client_id.clone()),
            ("redirect_uri", redirect.to_owned()),
            ("scope", "openid".to_owned()),
            ("state", begun.state.clone()),
            ("nonce", begun.nonce.clone()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
        ];
        if !self.assurance.is_empty() {
            asked.push(("acr_values", self.assurance.join(" ")));
        }
        if anew {
            asked.push(("prompt", "login".to_owned()));
            asked.push(("max_age", "0".to_owned()));
        }
        asked
    }

    /// What is posted to make a code a token (RFC 6749 4.1.3, RFC 7636 4.5).
    #[must_use]
    pub fn redemption(&self, redirect: &str, code: &str, verifier: &str) -> Vec<(&'static str, String)> {
        let mut posted = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect.to_owned()),
            ("client_id", self.client_id.clone()),
            ("code_verifier", verifier.to_owned()),
        ];
        if !self.client_secret.is_empty() {
            posted.push(("client_secret", self.client_secret.clone()));
        }
        posted
    }

    /// Who a token says that it is, when everything about it is as it must be.
    ///
    /// # Errors
    /// [`Unbelieved`], for the log; people are told [`Unbelieved::told`].
    pub fn proved(
        &self,
        discovery: &Discovery,
        jwks: &[u8],
        token: &str,
        nonce: &str,
        anew: bool,
        now: Instant,
    ) -> Result<Proved, Unbelieved> {
        let claims = read(token, jwks)?;
        let expected = match (&self.kind, &claims.tid) {
            (Kind::Entra, Some(tenant)) => discovery.issuer.replace(ANY_TENANT, tenant),
            (Kind::Entra, None) => return Err(Unbelieved::Claim("tid")),
            (Kind::Plain, _) => discovery.issuer.clone(),
        };
        let seconds = now.0.div_euclid(1_000_000);
        if claims.iss != expected {
            return Err(Unbelieved::Claim("iss"));
        }
        let audience = claims.aud.all();
        if !audience.contains(&self.client_id.as_str())
            || claims.azp.as_deref().is_some_and(|party| party != self.client_id)
            || (audience.len() > 1 && claims.azp.is_none())
        {
            return Err(Unbelieved::Claim("aud"));
        }
        if claims.nonce.as_deref() != Some(nonce) || nonce.is_empty() {
            return Err(Unbelieved::Claim("nonce"));
        }
        if claims.exp <= seconds - CLOCKS_SECONDS {
            return Err(Unbelieved::Claim("exp"));
        }
        if claims.iat > seconds + CLOCKS_SECONDS
            || claims.nbf.is_some_and(|from| from > seconds + CLOCKS_SECONDS)
        {
            return Err(Unbelieved::Claim("iat"));
        }
        let has_factor = claims.amr.iter().any(|factor| self.second_factor.contains(factor))
            || claims.acr.as_ref().is_some_and(|level| self.assurance.contains(level));
        if !has_factor {
            return Err(Unbelieved::SecondFactor);
        }
        if anew && claims.auth_time.is_none_or(|at| seconds - at > ANEW_SECONDS) {
            return Err(Unbelieved::Claim("auth_time"));
        }
        let (subject, home) = match self.kind {
            Kind::Plain => (claims.sub, String::new()),
            Kind::Entra => (claims.oid.ok_or(Unbelieved::Claim("oid"))?, claims.sub),
        };
        if subject.is_empty() {
            return Err(Unbelieved::Claim("sub"));
        }
        // A guest whose redemption was reset keeps the object id and comes from another home.
        let evidence = [home, claims.idp.unwrap_or_default()].join(" ").trim().to_owned();
        Ok(Proved { issuer: claims.iss, subject, evidence })
    }
}

/// What only we and the browser know of a sign-in that goes elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Shown when the code is redeemed.
    pub verifier: String,
}

/// Without its secret: what is printed ends in logs.
impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
    /// Extensions that must be understood; we understand none (RFC 7515 4.1.11).
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn all(&self) -> Vec<&str> {
        match self {
            Self::One(one) => vec![one],
            Self::Several(several) => several.iter().map(String::as_str).collect(),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    azp: Option<String>,
    auth_time: Option<i64>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    tid: Option<String>,
    oid: Option<String>,
    idp: Option<String>,
}

/// The claims of a token that a key of the set signed.
fn read(token: &str, jwks: &[u8]) -> Result<Claims, Unbelieved> {
    if token.len() > LONGEST {
        return Err(Unbelieved::Unreadable("it is too long"));
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, seal] = parts[..] else {
        return Err(Unbelieved::Unreadable("it has not three parts"));
    };
    let json = |part: &str| base64url::decode(part).ok_or(Unbelieved::Unreadable("it is not base64url"));
    let known: Header =
        serde_json::from_slice(&json(header)?).map_err(|_| Unbelieved::Unreadable("its header"))?;
    if known.crit.is_some() {
        return Err(Unbelieved::Unreadable("it asks for extensions"));
    }
    let keys = keys::of_set(jwks).ok_or(Unbelieved::Description("its keys cannot be read"))?;
    let (message, seal) = (format!("{header}.{payload}"), json(seal)?);
    let mut fitting = keys
        .iter()
        .filter(|(kid, key)| (known.kid.is_empty() || *kid == known.kid) && key.algorithm() == known.alg);
    if !fitting.any(|(_, key)| key.signed(Form::Fixed, message.as_bytes(), &seal)) {
        return Err(Unbelieved::Signature);
    }
    serde_json::from_slice(&json(payload)?).map_err(|_| Unbelieved::Unreadable("its claims"))
}

/// The ID token in the answer to a redemption (OpenID Connect Core 3.1.3.3).
#[must_use]
pub fn id_token(answer: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Tokens {
        id_token: String,
    }
    serde_json::from_slice::<Tokens>(answer).ok().map(|tokens| tokens.id_token)
}

/// The provider that an address belongs to, by its domain alone: no account is looked for, so that the answer says nothing
/// of one (S-025).
#[must_use]
pub fn home_of<'i>(issuers: &'i [Issuer], address: &str) -> Option<&'i Issuer> {
    let (_, domain) = address.trim().rsplit_once('@')?;
    let domain = domain.to_lowercase();
    issuers.iter().find(|issuer| issuer.domains.contains(&domain))
}
