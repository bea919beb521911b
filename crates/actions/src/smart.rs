//! Apps of other makers (SMART App Launch 2.2, OAuth 2.0): which are let in, what a user lets one do, and the tokens by
//! which they come. Tokens are random, kept by their hash alone, and hold while what they stand on does.

pub mod applying;
mod assertion;
pub mod authorizing;
mod holding;
pub mod id_token;
pub mod launching;
pub mod redeeming;
pub mod registering;

use crate::accounts::keys;
use crate::accounts::openid::origin;
use crate::refusal::Refusal;
use clinical::access::Role;
use clinical::smart::{Level, Scopes};
use fhir::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{SmartApp, View};

pub use holding::AppLine as OwnApp;
pub use holding::{OwnApps, TakeBack};

/// Longest name of an app, and longest id, in characters.
const NAME_CHARS: usize = 80;
/// Most addresses that one app comes back to.
const MOST_REDIRECTS: usize = 10;

/// How an app proves that it is itself (SMART App Launch 2.2, 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// It cannot keep a secret: it runs in a browser or on a phone.
    Public,
    /// By a secret of its own.
    Symmetric,
    /// By signing with a key whose public half was registered.
    Asymmetric,
}

impl Sort {
    /// As the command line and files say it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Symmetric => "symmetric",
            Self::Asymmetric => "asymmetric",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Public, Self::Symmetric, Self::Asymmetric].into_iter().find(|sort| sort.code() == code)
    }
}

/// What is registered of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Its `client_id`.
    #[serde(skip)]
    pub id: String,
    /// As people know it.
    pub name: String,
    /// How it proves that it is itself.
    pub sort: Sort,
    /// Where it comes back to: exactly these addresses.
    pub redirects: Vec<String>,
    /// Where it is opened from a chart; empty when it is not.
    #[serde(default)]
    pub launch: String,
    /// The most that it may ever do.
    pub scopes: String,
    /// SHA-256 of its secret, hexadecimal; empty without one.
    #[serde(default)]
    pub secret: String,
    /// Its public keys (JWK Set, RFC 7517).
    #[serde(default)]
    pub jwks: Option<serde_json::Value>,
    /// The role by which it acts for itself; empty when it never does.
    #[serde(default)]
    pub role: String,
    /// It asked to be registered itself, and nobody approved it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

impl App {
    /// An app as it stands; nothing when it is let in no more or was not written by this version.
    fn of(row: SmartApp) -> Option<Self> {
        let app: Self = serde_json::from_str(&row.body).ok()?;
        row.ended.is_none().then_some(Self { id: row.id, ..app })
    }

    /// The app with this id that is let in.
    pub(crate) fn find(view: &View, id: &str) -> Result<Option<Self>, Refusal> {
        Ok(view.smart_app(id)?.and_then(Self::of).filter(|app| !app.waits))
    }

    /// The most that it may ever do.
    #[must_use]
    pub fn most(&self) -> Scopes {
        Scopes::read(&self.scopes)
    }

    /// The role by which it acts for itself.
    #[must_use]
    pub fn own_role(&self) -> Option<Role> {
        Role::from_code(&self.role)
    }

    fn keys(&self) -> Vec<(String, keys::Key)> {
        self.jwks.as_ref().and_then(|set| keys::of_set(set.to_string().as_bytes())).unwrap_or_default()
    }

    /// What is wrong with a registration, and what to write; nothing when it can stand.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let most = self.most();
        let acts_for_itself = most.rules.iter().any(|rule| rule.level == Level::System);
        let acts_for_users = most.rules.iter().any(|rule| rule.level != Level::System);
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if self.id.is_empty() || self.id.len() > NAME_CHARS || !is_word(&self.id) {
            return Some("the id is letters, digits, \"-\", \".\" and \"_\", at most 80 of them".to_owned());
        }
        if self.name.trim().is_empty() || self.name.chars().count() > NAME_CHARS {
            return Some("the name is what people know it by, at most 80 characters".to_owned());
        }
        if let [first, ..] = Scopes::unknown(&self.scopes)[..] {
            return Some(format!("the scope \"{first}\" is not known; write such as patient/Observation.rs"));
        }
        if most.rules.is_empty() {
            return Some(
                "the scopes let it do nothing; name some, such as patient/Observation.rs".to_owned(),
            );
        }
        if self.redirects.len() > MOST_REDIRECTS {
            return Some(format!("it comes back to at most {MOST_REDIRECTS} addresses"));
        }
        let addresses = self.redirects.iter().chain(Some(&self.launch).filter(|launch| !launch.is_empty()));
        for address in addresses {
            let is_plain = !address.contains('#') && address.bytes().all(|b| b.is_ascii_graphic());
            if !is_plain || !origin(address).is_some_and(|origin| origin.is_safe()) {
                return Some(format!(
                    "{address} is no https address without \"#\" (http on this machine alone)"
                ));
            }
        }
        if acts_for_users && self.redirects.is_empty() {
            return Some("an app for users needs at least one address to come back to".to_owned());
        }
        let has_key = self.keys().iter().any(|(_, key)| key.assertion_algorithm().is_some());
        match self.sort {
            Sort::Asymmetric if !has_key => {
                return Some(
                    "its JWK Set holds no RSA key (RS384) and no P-384 key (ES384); add one".to_owned(),
                );
            }
            Sort::Symmetric if self.secret.is_empty() => return Some("it needs a secret".to_owned()),
            Sort::Public if !self.secret.is_empty() || self.jwks.is_some() => {
                return Some("a public app has neither secret nor keys".to_owned());
            }
            _ => {}
        }
        match (acts_for_itself, self.own_role()) {
            (true, _) if self.sort != Sort::Asymmetric => {
                Some("system/ scopes are for apps that sign with their own key (asymmetric)".to_owned())
            }
            (true, Some(Role::Script | Role::System)) | (false, None) => None,
            (true, _) => {
                Some("system/ scopes need the role script (reads) or system (writes too)".to_owned())
            }
            (false, Some(_)) => Some("a role is for apps with system/ scopes".to_owned()),
        }
    }
}

/// What a grant says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Terms {
    /// What is let.
    scopes: String,
    /// Role of the session.
    role: String,
    /// Grant of the account by which its holder was signed in; `None` for personas and for apps that act for themselves.
    #[serde(default)]
    seat: Option<i64>,
    /// Hash of the session it stands on, hexadecimal; empty when it goes on afterwards.
    #[serde(default)]
    session: String,
    /// The patient of the launch.
    #[serde(default)]
    person: Option<String>,
    /// Id of the Patient that the app is told.
    #[serde(default)]
    patient: Option<String>,
    /// Further Patients that are the same person.
    #[serde(default)]
    same: Vec<String>,
    /// Id of the Encounter that the app is told.
    #[serde(default)]
    encounter: Option<String>,
    /// `Type/id` of the user.
    #[serde(default)]
    fhir_user: Option<String>,
}

/// SHA-256 of a secret, as it is kept.
#[must_use]
pub fn hashed(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds of Unix time.
fn seconds(at: Instant) -> i64 {
    at.0.div_euclid(1_000_000)
}

/// An address with further parameters.
fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = address.to_owned();
    for (name, value) in pairs {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(name);
        out.push('=');
        out.push_str(&clinical::smart::escaped(value));
    }
    out
}

#[cfg(test)]
mod tests;
