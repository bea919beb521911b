//! What an EMR that opens the portal sends.

use super::{NOW, text};
use crate::Target;
use crate::seeds::texts;
use actions::accounts::base64url;
use actions::accounts::openid::{Issuer, Kind};
use actions::launches::emr::{self, Emr, Proof};
use fhir::system::HEALTH_NUMBERS;

const ADDRESS: &str = "https://emr.example/fhir";
const CONFIGURATION: &str = r#"{"issuer":"https://emr.example/fhir","authorization_endpoint":"https://emr.example/a","token_endpoint":"https://emr.example/t","jwks_uri":"https://emr.example/k","capabilities":["permission-v2"],"code_challenge_methods_supported":["S256"]}"#;
const PATIENT: &str = r#"{"resourceType":"Patient","id":"p-1","birthDate":"1961-03-09","name":[{"use":"official","family":"Drumlin","given":["Maren"]}],"identifier":[{"system":"https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id","value":"0144 679 875"}]}"#;

fn emrs() -> Vec<Emr> {
    let issuer = Issuer {
        id: "harbour".to_owned(),
        name: "Harbour EMR".to_owned(),
        issuer: ADDRESS.to_owned(),
        client_id: "opor".to_owned(),
        client_secret: String::new(),
        kind: Kind::Plain,
        second_factor: vec!["mfa".to_owned()],
        assurance: Vec::new(),
        domains: Vec::new(),
    };
    vec![Emr { address: ADDRESS.to_owned(), issuer, proof: Proof::Secret("s".to_owned()) }]
}

/// Five lines: where it says it is, what it says of itself, what it gives for a code, who its user is, its Patient.
fn seeds() -> Vec<Vec<u8>> {
    let user = base64url::encode(br#"{"sub":"7","fhirUser":"https://emr.example/fhir/Practitioner/7"}"#);
    let given = r#"{"access_token":"t-1","token_type":"Bearer","id_token":"x.y.z","patient":"p-1"}"#;
    texts(&[&format!("{ADDRESS}/\n{CONFIGURATION}\n{given}\nh.{user}.s\n{PATIENT}")])
}

pub(super) const EMRS: Target = Target {
    name: "emrs",
    reads: "what an EMR that opens the portal says: no address but its own is asked, no number is made of anything but a card",
    seeds,
    words: &[
        "https://",
        "http://",
        "@",
        "/..",
        "%2e",
        "?",
        "#",
        "emr.example",
        "evil.example",
        "Patient",
        "p-1",
        "\"",
        "{",
        "}",
        "null",
        "[]",
        "\\u0000",
        "é",
        ".",
        "/",
    ],
    take: |input| {
        let said = text(input);
        let mut lines = said.splitn(5, '\n');
        let mut line = || lines.next().unwrap_or_default();
        let (iss, configuration, given, token, patient) = (line(), line(), line(), line(), line());
        let emrs = emrs();
        if emr::listed(&emrs, iss).is_some() {
            let host = iss.get(..19).unwrap_or_default();
            assert!(host.eq_ignore_ascii_case("https://emr.example"), "{iss} is taken for ours");
        }
        if let Ok(described) = emrs[0].described(configuration.as_bytes()) {
            assert_eq!(described.discovery.issuer, ADDRESS, "it speaks for another");
            let posted = emrs[0].redemption(&described, ("r", "c", "v"), "1", NOW);
            assert!(posted.is_some_and(|(form, header)| !form.is_empty() && header.is_some()));
        }
        if let Ok(given) = emr::given(given.as_bytes()) {
            let address = emrs[0].patient_address(&given);
            let id = address.strip_prefix("https://emr.example/fhir/Patient/").unwrap_or("/");
            assert!(!id.is_empty() && !id.contains(['/', '?', '#', '%']), "{address}");
            assert!(given.access_token.bytes().all(|b| b.is_ascii_graphic()), "a header would break");
        }
        if let Some(Some(user)) = emr::fhir_user(token) {
            assert!(user.starts_with("Practitioner"), "{user}");
        }
        for named in emr::named(patient.as_bytes(), "p-1").into_iter().flatten() {
            let is_card = HEALTH_NUMBERS.iter().any(|known| known.jurisdiction == named.issuer);
            assert!(is_card || (named.number.is_empty() && named.issuer.is_empty()), "{named:?}");
        }
    },
    usual: 4_000,
};
