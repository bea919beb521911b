//! An EMR opens the portal by SMART App Launch: through the router, with an EMR of ours that can say anything.

use super::locks::{Answer, FORM, Portal};
use super::proofs::{came_in, sam};
use crate::{Question, Ways};
use actions::accounts::base64url;
use actions::accounts::openid::{Issuer, Kind, origin};
use actions::accounts::passkeys::Party;
use actions::launches::emr::{Emr, Proof};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex};

const EMR: &str = "https://emr.example/fhir";
const START_SECONDS: i64 = 1_795_370_700;

/// What the EMR says next, and what it was asked.
struct Fake {
    key: EcdsaKeyPair,
    signs: bool,
    claims: Value,
    answer: Value,
    patient: Value,
    silent: &'static str,
    asked: Vec<(String, Option<String>, Option<String>)>,
}

impl Fake {
    fn new() -> Arc<Mutex<Self>> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            made.expect("a key").as_ref(),
            &SystemRandom::new(),
        );
        Arc::new(Mutex::new(Self {
            key: key.expect("a key"),
            signs: true,
            claims: json!({
                "iss": EMR, "sub": "u-7", "aud": "opor", "iat": START_SECONDS, "exp": START_SECONDS + 300,
                "amr": ["pwd", "mfa"], "fhirUser": format!("{EMR}/Practitioner/7"),
                "email": "sam.tern@clinic.example",
            }),
            answer: json!({"access_token": "t-1", "token_type": "Bearer", "patient": "p-1", "need_patient_banner": false}),
            patient: json!({
                "resourceType": "Patient", "id": "p-1", "birthDate": "1961-03-09",
                "name": [{"family": "Drumlin", "given": ["Maren"]}],
                "identifier": [{"system": "https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id", "value": "0144679875"}],
            }),
            silent: "",
            asked: Vec::new(),
        }))
    }

    fn token(&self) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&json!({"alg": "ES256", "kid": "k"})), part(&self.claims));
        let seal = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a seal");
        let mut seal = seal.as_ref().to_vec();
        if !self.signs {
            seal[0] ^= 1;
        }
        format!("{signed}.{}", base64url::encode(&seal))
    }

    fn says(&mut self, question: Question) -> Result<Vec<u8>, String> {
        let Question { address, form, authorization } = question;
        let path = address.strip_prefix(EMR).expect("the EMR's own address").to_owned();
        self.asked.push((path.clone(), form, authorization));
        if path == self.silent {
            return Err("it answered 307".to_owned());
        }
        let point = self.key.public_key().as_ref();
        let (x, y) = (base64url::encode(&point[1..33]), base64url::encode(&point[33..]));
        let said = match path.as_str() {
            "/.well-known/smart-configuration" => json!({
                "issuer": EMR, "authorization_endpoint": format!("{EMR}/authorize"),
                "token_endpoint": format!("{EMR}/token"), "jwks_uri": format!("{EMR}/keys"),
                "capabilities": ["launch-ehr", "sso-openid-connect"],
                "code_challenge_methods_supported": ["S256"],
            }),
            "/keys" => json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}]}),
            "/token" => {
                let mut answer = self.answer.clone();
                answer["id_token"] = json!(self.token());
                answer
            }
            "/Patient/p-1" => self.patient.clone(),
            other => return Err(format!("nothing at {other}")),
        };
        Ok(said.to_string().into_bytes())
    }
}

fn ways(fake: &Arc<Mutex<Fake>>) -> Option<Arc<Ways>> {
    let fake = Arc::clone(fake);
    let emr = Emr {
        address: EMR.into(),
        issuer: Issuer {
            id: "harbour".into(),
            name: "Harbour EMR".into(),
            issuer: EMR.into(),
            client_id: "opor".into(),
            client_secret: String::new(),
            kind: Kind::Plain,
            second_factor: vec!["mfa".into()],
            assurance: Vec::new(),
            domains: Vec::new(),
        },
        proof: Proof::Secret("s".into()),
    };
    Some(Arc::new(Ways {
        portal: "https://opor.example".to_owned(),
        party: Party { origin: origin("https://opor.example").expect("an origin") },
        issuers: Vec::new(),
        emrs: vec![emr],
        ask: Arc::new(move |question| {
            let said = fake.lock().expect("one at a time").says(question);
            Box::pin(async move { said })
        }),
        proxied: false,
    }))
}

const OPEN: &str = "/launch/smart?iss=https%3A%2F%2Femr.example%2Ffhir&launch=l-1";

/// The value of a cookie that an answer sets, as the browser sends it back.
fn set(answer: &Answer, name: &str) -> Option<String> {
    let begin = format!("set-cookie: __host-{name}=");
    let line = answer.head.lines().find(|line| line.starts_with(&begin))?;
    let value = line[begin.len()..].split(';').next().filter(|value| !value.is_empty())?;
    Some(format!("__Host-{name}={value}"))
}

/// A part of the address that an answer leads to.
fn part(answer: &Answer, name: &str) -> String {
    let to = answer.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
    let found = to.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_default().to_owned()
}

/// Opens the portal from the EMR, which says what it is set to, with this cookie of a session or none.
async fn opened(portal: &Portal, fake: &Arc<Mutex<Fake>>, session: &str) -> Answer {
    let begun = portal.get(OPEN, session).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    {
        let mut fake = fake.lock().expect("one at a time");
        if fake.claims["nonce"].is_null() {
            fake.claims["nonce"] = json!(part(&begun, "nonce"));
        }
    }
    let door = set(&begun, "opor-door").expect("a cookie");
    let back = format!("/launch/smart/back?code=c&state={}", part(&begun, "state"));
    portal.get(&back, &format!("{door}; {session}")).await
}

fn code(answer: &Answer) -> String {
    let after = answer.body.split("class=\"id\">").nth(1).unwrap_or_default();
    after.split('<').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn h10_an_emr_signs_its_user_in_and_brings_the_patient_by_what_was_proved_alone() {
    let fake = Fake::new();
    let portal = Portal::with("emr", ways(&fake)).await;
    let (_, own, _) = came_in(&portal).await;

    // Nobody else is asked anything.
    for address in ["/launch/smart", "/launch/smart?iss=https%3A%2F%2Fevil.example&launch=l-1"] {
        let answer = portal.get(address, "").await;
        assert_eq!((answer.status, code(&answer).as_str()), (403, "emr-not-listed"), "{address}");
    }
    let bare = portal.get("/launch/smart?iss=https%3A%2F%2Femr.example%2Ffhir", "").await;
    assert_eq!(code(&bare), "no-patient-sent");
    assert!(fake.lock().expect("one at a time").asked.is_empty());

    // The way out carries what SMART asks for; another browser does not take the way back.
    let begun = portal.get(OPEN, "").await;
    assert_eq!(part(&begun, "aud"), "https%3a%2f%2femr.example%2ffhir");
    assert_eq!(
        (part(&begun, "launch"), part(&begun, "code_challenge_method")),
        ("l-1".into(), "s256".into())
    );
    assert_eq!(part(&begun, "scope"), "launch%20openid%20fhiruser%20patient%2fpatient.read");
    let back = format!("/launch/smart/back?code=c&state={}", part(&begun, "state"));
    assert_eq!(code(&portal.get(&back, "").await), "came-back-late");
    let door = set(&begun, "opor-door").expect("a cookie");
    let elsewhere = format!("/sign-in/back?code=c&state={}", part(&begun, "state"));
    assert_eq!(code(&portal.get(&elsewhere, &door).await), "came-back-late", "a launch is no sign-in");

    // An account is tied by issuer and subject: the address in the token is nobody's.
    let answer = opened(&portal, &fake, "").await;
    assert_eq!((answer.status, set(&answer, "opor")), (200, None), "{}", answer.body);
    assert!(answer.body.contains("no account here is tied to it"), "{}", answer.body);
    let launch = set(&answer, "opor-launch").expect("the patient waits");
    let go = portal.get("/launch/go", &format!("{own}; {launch}")).await;
    assert!(go.status == 200 && go.body.contains("0144679875"), "{}", go.body);
    assert!(go.body.contains("Nobody here bears this number"), "{}", go.body);
    assert!(go.body.contains("Harbour EMR sent"), "{}", go.body);

    // Its holder ties it after signing in as usual; the form of another session does not.
    let both = format!("{own}; {launch}");
    let page = portal.get("/sign-in/tie", &both).await;
    assert!(page.body.contains("Practitioner/7") && page.body.contains("Tern, Sam"), "{}", page.body);
    let forged = portal.post("/sign-in/tie", &both, FORM, b"form=00").await;
    assert_eq!(forged.status, 403);
    let form = format!("form={}", page.field("form"));
    let tied = portal.post("/sign-in/tie", &both, FORM, form.as_bytes()).await;
    assert!(tied.head.contains("location: /launch/go"), "{}", tied.body);

    // From now on the EMR signs them in. What it is asked for carries the token to its own Patient and nowhere else.
    fake.lock().expect("one at a time").claims["nonce"] = Value::Null;
    fake.lock().expect("one at a time").asked.clear();
    let answer = opened(&portal, &fake, "").await;
    assert!(answer.head.contains("location: /launch/go"), "{}", answer.body);
    let (session, launch) =
        (set(&answer, "opor").expect("in"), set(&answer, "opor-launch").expect("it waits"));
    let go = portal.get("/launch/go", &format!("{session}; {launch}")).await;
    assert!(go.status == 200 && go.body.contains("Nobody here bears this number"), "{}", go.body);
    let asked = std::mem::take(&mut fake.lock().expect("one at a time").asked);
    for (path, form, authorization) in &asked {
        let wanted = match path.as_str() {
            "/token" => Some("Basic b3Bvcjpz"),
            "/Patient/p-1" => Some("Bearer t-1"),
            _ => None,
        };
        assert_eq!(authorization.as_deref(), wanted, "{path}");
        assert_eq!(form.is_some(), path == "/token");
    }
    let (_, posted, _) = asked.iter().find(|(path, ..)| path == "/token").expect("redeemed");
    let posted = posted.as_deref().unwrap_or_default();
    let verifier = posted.split('&').find_map(|pair| pair.strip_prefix("code_verifier=")).expect("PKCE");
    assert_eq!(base64url::encode(&Sha256::digest(verifier)).len(), 43);

    // Whoever is signed in as the same person goes on in their session.
    fake.lock().expect("one at a time").claims["nonce"] = Value::Null;
    let answer = opened(&portal, &fake, &own).await;
    assert!(answer.head.contains("location: /launch/go"), "{}", answer.body);
    assert_eq!(set(&answer, "opor"), None);
    assert!(set(&answer, "opor-launch").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn h79_an_emr_that_cannot_be_believed_signs_nobody_in_and_brings_nobody() {
    let fake = Fake::new();
    let portal = Portal::with("emr-wrong", ways(&fake)).await;
    let (account, _, _) = came_in(&portal).await;
    let proved = actions::accounts::openid::Proved { issuer: EMR.into(), subject: "u-7".into(), ..sam() };
    let holder = actions::accounts::keeping::account_id("app-1");
    portal.record.add_identity((&holder, account), &proved, portal.now()).expect("an answer").expect("tied");
    type Change = fn(&mut Fake);
    let wrong: [(&str, &str, Change); 13] = [
        ("another nonce", "token-unusable", |fake| fake.claims["nonce"] = json!("other")),
        ("another audience", "token-unusable", |fake| fake.claims["aud"] = json!("other")),
        ("another issuer", "token-unusable", |fake| fake.claims["iss"] = json!("https://id.example")),
        ("over", "token-unusable", |fake| fake.claims["exp"] = json!(START_SECONDS - 600)),
        ("changed", "token-unusable", |fake| fake.signs = false),
        ("a patient comes", "token-unusable", |fake| fake.claims["fhirUser"] = json!("Patient/1")),
        ("no bearer", "token-unusable", |fake| fake.answer["token_type"] = json!("mac")),
        ("nobody open", "no-patient-sent", |fake| fake.answer["patient"] = Value::Null),
        ("elsewhere", "no-patient-sent", |fake| fake.answer["patient"] = json!("../../p-1")),
        ("another patient", "no-patient-sent", |fake| fake.patient["id"] = json!("p-2")),
        ("no Patient", "no-patient-sent", |fake| fake.patient["resourceType"] = json!("Person")),
        ("a redirect with the token", "provider-silent", |fake| fake.silent = "/Patient/p-1"),
        ("a redirect with the code", "provider-silent", |fake| fake.silent = "/token"),
    ];
    for (what, wanted, change) in wrong {
        {
            let mut said = fake.lock().expect("one at a time");
            let key = std::mem::replace(
                &mut *said,
                Arc::into_inner(Fake::new()).expect("one").into_inner().expect("it"),
            );
            said.key = key.key;
            change(&mut said);
        }
        let answer = opened(&portal, &fake, "").await;
        assert_eq!((answer.status, code(&answer).as_str()), (403, wanted), "{what}: {}", answer.body);
        assert_eq!((set(&answer, "opor"), set(&answer, "opor-launch")), (None, None), "{what}");
    }
    // One step is enough for the patient to wait, and not to sign somebody in or to be tied.
    {
        let mut said = fake.lock().expect("one at a time");
        let key = std::mem::replace(
            &mut *said,
            Arc::into_inner(Fake::new()).expect("one").into_inner().expect("it"),
        );
        said.key = key.key;
        said.claims["amr"] = json!(["pwd"]);
    }
    let answer = opened(&portal, &fake, "").await;
    assert!(answer.status == 200 && answer.body.contains("two steps"), "{}", answer.body);
    assert!(!answer.body.contains("/sign-in/tie"), "{}", answer.body);
    assert_eq!(set(&answer, "opor"), None);
    let launch = set(&answer, "opor-launch").expect("the patient waits");
    let go = portal.get("/launch/go", &launch).await;
    assert!(go.head.contains("location: /sign-in?back=%2flaunch%2fgo"), "{}", go.head);
}
