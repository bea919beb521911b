//! An EMR opens the portal by SMART App Launch 2.2 (EHR launch): here the portal is the app and the EMR the authorization
//! server. Pure: what was fetched comes as bytes. Only an EMR of the settings is asked anything, at its own addresses.

use super::Named;
use super::client_key::ClientKey;
use crate::accounts::base64url;
use crate::accounts::openid::{Begun, Discovery, Issuer, Unbelieved, origin};
use fhir::address::percent_encoded;
use fhir::read::patient;
use fhir::system::{HEALTH_NUMBERS, of_health_authority};
use fhir::{Instant, Json};
use serde::Deserialize;

/// Longest `launch` that is carried back to the EMR, in bytes.
pub const LAUNCH_BYTES: usize = 2048;
/// Longest name or number of a patient that is kept, in characters.
const PART_CHARS: usize = 120;
/// Most numbers of one patient that are compared.
const MOST_NUMBERS: usize = 10;
/// Longest access token that is sent, in bytes.
const TOKEN_BYTES: usize = 16 * 1024;
/// Who an EMR may say that its user is (SMART App Launch 2.2, scopes 3.4.2): nobody comes in as a patient.
const USERS: [&str; 2] = ["Practitioner", "PractitionerRole"];

/// How the portal proves to an EMR that it is itself (SMART App Launch 2.2, 5).
pub enum Proof {
    /// By PKCE alone.
    Public,
    /// By a secret (`client-confidential-symmetric`).
    Secret(String),
    /// By its own key (`client-confidential-asymmetric`).
    Key(Box<ClientKey>),
}

/// An EMR that may open the portal.
pub struct Emr {
    /// Its FHIR server, as `iss` names it.
    pub address: String,
    /// Whom its ID tokens are believed as, and who we are there.
    pub issuer: Issuer,
    /// How we prove that we are.
    pub proof: Proof,
}

/// What an EMR says of itself (SMART App Launch 2.2, 8.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Addresses.
    pub discovery: Discovery,
    /// The scopes that we ask for, in the words that it understands.
    pub scopes: &'static str,
}

/// What an EMR gave for a code, beside the ID token.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// Opens its FHIR server for minutes.
    pub access_token: String,
    /// Who the user is.
    pub id_token: String,
    /// Id of the Patient that its user has before them.
    pub patient: String,
}

/// The form that is posted for a code, and the header `Authorization` that goes with it.
pub type Redemption = (Vec<(&'static str, String)>, Option<String>);

/// Why an EMR's answer leads nowhere, for the log: nothing of the patient stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// What it says of itself.
    #[error("{0}")]
    Unbelieved(#[from] Unbelieved),
    /// It does no PKCE.
    #[error("it does not name S256 among code_challenge_methods_supported. PKCE is needed: ask its maker")]
    NoPkce,
    /// Nobody is open there.
    #[error("its answer for the code names no patient")]
    NoPatient,
    /// What came for the code is no answer of a token endpoint.
    #[error("its answer for the code lacks {0}")]
    Answer(&'static str),
}

/// The EMR that `iss` names: the same place and path of the web, not the same text.
#[must_use]
pub fn listed<'e>(emrs: &'e [Emr], iss: &str) -> Option<&'e Emr> {
    emrs.iter().find(|emr| same_address(&emr.address, iss))
}

fn same_address(one: &str, other: &str) -> bool {
    match (parted(one), parted(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Origin and path of a FHIR server; `None` for what is none, has a query, or goes up and down.
fn parted(address: &str) -> Option<((bool, String, u16), &str)> {
    let is_plain = address.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\@%".contains(&b));
    let there = origin(address).filter(|_| is_plain && !address.contains("/.")).filter(|o| o.is_safe())?;
    let (_, rest) = address.split_once("://")?;
    let path = rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/');
    Some(((there.secure, there.host, there.port), path))
}

impl Emr {
    /// Whether its address is one that can be listed: `https`, or this machine.
    #[must_use]
    pub fn may_be(address: &str) -> bool {
        parted(address).is_some()
    }

    fn base(&self) -> &str {
        self.address.trim_end_matches('/')
    }

    /// Where it describes itself.
    #[must_use]
    pub fn description(&self) -> String {
        format!("{}/.well-known/smart-configuration", self.base())
    }

    /// Reads what it says of itself.
    ///
    /// # Errors
    /// It is somebody else, sends us where others can listen, or does no PKCE.
    pub fn described(&self, json: &[u8]) -> Result<Described, Unusable> {
        #[derive(Deserialize)]
        struct Further {
            #[serde(default)]
            capabilities: Vec<String>,
            #[serde(default)]
            code_challenge_methods_supported: Vec<String>,
        }
        let discovery = self.issuer.discovery(json)?;
        let said: Further =
            serde_json::from_slice(json).map_err(|_| Unbelieved::Description("it is no description"))?;
        if !said.code_challenge_methods_supported.iter().any(|method| method == "S256") {
            return Err(Unusable::NoPkce);
        }
        let speaks_v2 = said.capabilities.iter().any(|one| one == "permission-v2");
        let scopes = if speaks_v2 {
            "launch openid fhirUser patient/Patient.r"
        } else {
            "launch openid fhirUser patient/Patient.read"
        };
        Ok(Described { discovery, scopes })
    }

    /// What goes into the address that the browser is sent to (SMART App Launch 2.2, 2.0.8).
    #[must_use]
    pub fn request(
        &self,
        described: &Described,
        redirect: &str,
        begun: &Begun,
        launch: &str,
    ) -> Vec<(&'static str, String)> {
        let mut asked = self.issuer.request(redirect, begun, false);
        for (name, value) in &mut asked {
            if *name == "scope" {
                described.scopes.clone_into(value);
            }
        }
        // Exactly as it was said: servers compare it as text.
        asked.push(("aud", self.address.clone()));
        asked.push(("launch", launch.to_owned()));
        asked
    }

    /// What is posted for a code, and the header that goes with it (SMART App Launch 2.2, 5). `one` makes an assertion one
    /// of its kind. Nothing when our key does not sign.
    #[must_use]
    pub fn redemption(
        &self,
        described: &Described,
        (redirect, code, verifier): (&str, &str, &str),
        one: &str,
        now: Instant,
    ) -> Option<Redemption> {
        let mut posted = self.issuer.redemption(redirect, code, verifier);
        let client = &self.issuer.client_id;
        match &self.proof {
            Proof::Public => Some((posted, None)),
            Proof::Secret(secret) => {
                // RFC 6749 2.3.1: both parts encoded as in a form, the id only here.
                posted.retain(|(name, _)| *name != "client_id");
                let part = |text: &str| percent_encoded(text, b"");
                let pair = format!("{}:{}", part(client), part(secret));
                Some((posted, Some(format!("Basic {}", fhir::base64::encode(pair.as_bytes())))))
            }
            Proof::Key(key) => {
                let assertion = key.assertion(client, &described.discovery.token_endpoint, one, now)?;
                let sort = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                posted.push(("client_assertion_type", sort.to_owned()));
                posted.push(("client_assertion", assertion));
                Some((posted, None))
            }
        }
    }

    /// Where the Patient of an answer is read: at the EMR's own FHIR server, whatever else the answer says.
    #[must_use]
    pub fn patient_address(&self, given: &Given) -> String {
        format!("{}/Patient/{}", self.base(), given.patient)
    }
}

/// Reads what came for a code (SMART App Launch 2.2, 2.0.10). `need_patient_banner` asks for what every page here has
/// anyway; `intent` and what else stands in it is not followed.
///
/// # Errors
/// A part is missing or cannot be sent on.
pub fn given(answer: &[u8]) -> Result<Given, Unusable> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: Option<String>,
        token_type: Option<String>,
        id_token: Option<String>,
        patient: Option<String>,
    }
    let said: Answer =
        serde_json::from_slice(answer).map_err(|_| Unusable::Answer("the shape of one that can be read"))?;
    let is_bearer = said.token_type.is_some_and(|sort| sort.eq_ignore_ascii_case("bearer"));
    let fits = |token: &String| {
        is_bearer
            && !token.is_empty()
            && token.len() <= TOKEN_BYTES
            && token.bytes().all(|b| b.is_ascii_graphic())
    };
    let access_token = said.access_token.filter(fits).ok_or(Unusable::Answer("a bearer token"))?;
    let id_token = said.id_token.ok_or(Unusable::Answer("an ID token"))?;
    let is_id = |id: &String| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            && id.bytes().any(|b| b != b'.')
    };
    let patient = said.patient.filter(is_id).ok_or(Unusable::NoPatient)?;
    Ok(Given { access_token, id_token, patient })
}

/// Who the user is in the EMR, of an ID token that was believed: shown to them and kept nowhere. Outer nothing: it names
/// somebody whom no EMR may send; inner nothing: it names nobody.
#[must_use]
pub fn fhir_user(believed: &str) -> Option<Option<String>> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(rename = "fhirUser")]
        fhir_user: Option<String>,
    }
    let payload = base64url::decode(believed.split('.').nth(1)?)?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    let Some(user) = claims.fhir_user else { return Some(None) };
    let (before, id) = user.rsplit_once('/')?;
    let sort = before.rsplit('/').next()?;
    let is_id = (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (USERS.contains(&sort) && is_id).then(|| Some(format!("{sort}/{id}")))
}

/// The patient as the EMR's own Patient names them: once for each health card, once without a number where it has none.
/// `None` when it is no Patient, or another than was asked for.
#[must_use]
pub fn named(json: &[u8], id: &str) -> Option<Vec<Named>> {
    let Ok(Json::Object(resource)) = fhir::json::parse(json) else { return None };
    if resource.text("resourceType") != Some("Patient") || resource.text("id") != Some(id) {
        return None;
    }
    let read = patient::read(&resource);
    let usual = |name: &&fhir::read::PersonName| {
        !matches!(name.usage.as_deref(), Some("old" | "maiden" | "nickname" | "anonymous" | "temp"))
    };
    let name = read.names.iter().find(usual).or(read.names.first());
    let part = |text: Option<&String>| -> String {
        text.map(|text| text.trim().chars().take(PART_CHARS).collect()).unwrap_or_default()
    };
    let one = Named {
        number: String::new(),
        issuer: String::new(),
        birth_date: part(read.birth_date.as_ref()),
        family: part(name.and_then(|name| name.family.as_ref())),
        given: part(name.and_then(|name| name.given.first())),
    };
    let mut all: Vec<Named> = Vec::new();
    for identifier in &read.identifiers {
        let system = identifier.system.as_deref().and_then(of_health_authority);
        let card = HEALTH_NUMBERS.iter().find(|known| Some(known.system) == system);
        let number: String =
            identifier.value.chars().filter(|c| !c.is_whitespace()).take(PART_CHARS).collect();
        if let Some(card) = card.filter(|_| !number.is_empty()) {
            let card = Named { number, issuer: card.jurisdiction.to_owned(), ..one.clone() };
            if !all.contains(&card) && all.len() < MOST_NUMBERS {
                all.push(card);
            }
        }
    }
    if all.is_empty() {
        all.push(one);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::openid::Kind;

    fn emr(proof: Proof) -> Emr {
        Emr {
            address: "https://emr.example/fhir".into(),
            issuer: Issuer {
                id: "harbour".into(),
                name: "Harbour EMR".into(),
                issuer: "https://emr.example/fhir".into(),
                client_id: "opor".into(),
                client_secret: String::new(),
                kind: Kind::Plain,
                second_factor: vec!["mfa".into()],
                assurance: Vec::new(),
                domains: Vec::new(),
            },
            proof,
        }
    }

    #[test]
    fn h10_only_an_emr_of_the_settings_is_one_however_its_address_is_spelt() {
        let emrs = [emr(Proof::Public)];
        for iss in ["https://emr.example/fhir", "https://EMR.example:443/fhir/"] {
            assert!(listed(&emrs, iss).is_some(), "{iss}");
        }
        for iss in [
            "",
            "http://emr.example/fhir",
            "https://emr.example",
            "https://emr.example/fhir/other",
            "https://emr.example/fhir?x=1",
            "https://emr.example/x/../fhir",
            "https://emr.example.evil/fhir",
            "https://emr.example@evil.example/fhir",
            "https://evil.example/https://emr.example/fhir",
            "https://emr.example/%66hir",
        ] {
            assert!(listed(&emrs, iss).is_none(), "{iss}");
        }
    }

    #[test]
    fn an_emr_is_asked_where_it_says_and_only_when_it_is_the_one_and_does_pkce() {
        let emr = emr(Proof::Secret("a b:c".into()));
        let text = r#"{"issuer":"https://emr.example/fhir","authorization_endpoint":"https://emr.example/a","token_endpoint":"https://emr.example/t","jwks_uri":"https://emr.example/k","capabilities":["launch-ehr","permission-v2"],"code_challenge_methods_supported":["S256"]}"#;
        let described = emr.described(text.as_bytes()).expect("a description");
        assert_eq!(described.scopes, "launch openid fhirUser patient/Patient.r");
        for bad in [
            text.replace(r#""issuer":"https://emr.example/fhir""#, r#""issuer":"https://id.example""#),
            text.replace("https://emr.example/t", "http://emr.example/t"),
            text.replace("S256", "plain"),
            text.replace("jwks_uri", "jwks"),
        ] {
            assert!(emr.described(bad.as_bytes()).is_err(), "{bad}");
        }
        let begun = Begun { state: "s".into(), nonce: "n".into(), verifier: "v".into() };
        let asked = emr.request(&described, "https://opor.example/launch/smart/back", &begun, "l-1");
        let said = |name: &str| asked.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        assert_eq!(said("aud"), Some("https://emr.example/fhir"));
        assert_eq!(
            (said("launch"), said("state"), said("code_challenge_method")),
            (Some("l-1"), Some("s"), Some("S256"))
        );
        assert_eq!(said("scope"), Some(described.scopes));
        let (posted, header) = emr.redemption(&described, ("r", "c", "v"), "1", Instant(0)).expect("a form");
        assert!(posted.iter().all(|(name, _)| !name.starts_with("client")), "{posted:?}");
        // `opor:a%20b%3Ac`
        assert_eq!(header.as_deref(), Some("Basic b3BvcjphJTIwYiUzQWM="));
    }

    #[test]
    fn what_comes_for_a_code_names_one_patient_of_the_emrs_own() {
        let answer = |token: &str, sort: &str, patient: &str| {
            given(format!(r#"{{"access_token":"{token}","token_type":"{sort}","id_token":"x.y.z","patient":"{patient}","need_patient_banner":false,"intent":"elsewhere"}}"#).as_bytes())
        };
        let good = answer("t-1", "Bearer", "p-1").expect("given");
        assert_eq!(emr(Proof::Public).patient_address(&good), "https://emr.example/fhir/Patient/p-1");
        for (token, sort, patient) in [
            ("t-1", "Bearer", ""),
            ("t-1", "Bearer", ".."),
            ("t-1", "Bearer", "../Observation"),
            ("t-1", "Bearer", "https://evil.example/p"),
            ("t-1", "mac", "p-1"),
            ("a\\r\\nb", "Bearer", "p-1"),
            ("", "Bearer", "p-1"),
        ] {
            assert!(answer(token, sort, patient).is_err(), "{token} {sort} {patient}");
        }
        assert!(given(b"[]").is_err());
    }

    #[test]
    fn who_an_emr_sends_is_a_practitioner_or_nobody_it_names() {
        let token = |claims: &str| format!("h.{}.s", base64url::encode(claims.as_bytes()));
        let user = |claims: &str| fhir_user(&token(claims));
        assert_eq!(user(r#"{"sub":"1"}"#), Some(None));
        assert_eq!(
            user(r#"{"fhirUser":"https://emr.example/fhir/Practitioner/7"}"#),
            Some(Some("Practitioner/7".into()))
        );
        assert_eq!(user(r#"{"fhirUser":"PractitionerRole/7"}"#), Some(Some("PractitionerRole/7".into())));
        for bad in ["Patient/7", "https://emr.example/fhir/RelatedPerson/7", "7", "Practitioner/"] {
            assert_eq!(user(&format!(r#"{{"fhirUser":"{bad}"}}"#)), None, "{bad}");
        }
    }

    #[test]
    fn h10_a_patient_is_named_by_each_card_and_no_other_number() {
        let text = r#"{"resourceType":"Patient","id":"p-1","birthDate":"1961-03-09","name":[{"use":"maiden","family":"Saltmarsh"},{"use":"official","family":"Drumlin","given":["Maren","A"]}],"identifier":[{"system":"https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id","value":"0144 679 875"},{"system":"https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn","value":"123"},{"system":"urn:clinic","value":"8812"}]}"#;
        let all = named(text.as_bytes(), "p-1").expect("a patient");
        let numbers: Vec<(&str, &str)> =
            all.iter().map(|one| (one.number.as_str(), one.issuer.as_str())).collect();
        assert_eq!(numbers, [("0144679875", "NS"), ("123", "ON")]);
        assert_eq!((all[0].family.as_str(), all[0].given.as_str()), ("Drumlin", "Maren"));
        let bare = named(br#"{"resourceType":"Patient","id":"p-1"}"#, "p-1").expect("a patient");
        assert_eq!((bare.len(), bare[0].number.as_str()), (1, ""));
        assert_eq!(named(text.as_bytes(), "p-2"), None, "another patient");
        assert_eq!(named(br#"{"resourceType":"Person","id":"p-1"}"#, "p-1"), None);
        assert_eq!(named(b"no", "p-1"), None);
    }
}
