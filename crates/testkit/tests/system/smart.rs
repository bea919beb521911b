//! Apps of other makers through the real ports: registered, let in by a doctor, reading, and out again (SMART App Launch 2.2).

use crate::messages::{Person, Result};
use crate::sweeps::{FORM, after, sign_in};
use actions::values::Role;
use serde_json::Value;
use testkit::harness::{Harness, Setup, opor};
use testkit::http::{Response, exchange, get, percent_encoded, post};
use testkit::mllp::Behaviour;

const BACK: &str = "https://growth.example/back";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rule-of-43-signs";
/// Its SHA-256 (RFC 7636 4.2).
const CHALLENGE: &str = "KLQ1P13mq0Cy-RS4w2CXzL7O4xYFxtk2oxgImX-8cpo";

fn json(answer: &Response) -> Value {
    serde_json::from_str(&answer.text()).unwrap_or_else(|_| panic!("{}: {}", answer.status, answer.text()))
}

fn form(harness: &Harness, path: &str, pairs: &[(&str, &str)]) -> Response {
    let body: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    post(harness.server().http, path, &[FORM.to_owned()], body.join("&").as_bytes()).unwrap()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

#[test]
fn s048_an_app_reads_one_patient_for_a_doctor_and_is_out_with_their_session() {
    let people: Vec<Person> = (1..=2).map(|n| Person::new("HRH", n)).collect();
    let mut harness = Setup::new("smart").clinic("cairnwood", |_, _| Behaviour::Accept).start();
    let sent: Vec<Vec<u8>> = people
        .iter()
        .enumerate()
        .map(|(n, one)| Result::new("HRH", one, format!("S{n}"), harness.provider("cairnwood")).bytes())
        .collect();
    harness.sender().accepted(&sent);
    let _ = harness.drained();
    harness.stop();
    let scopes = "launch/patient online_access patient/Patient.rs patient/Observation.rs?category=laboratory";
    let said = opor(&[
        "application",
        "add",
        "--data",
        &harness.data(),
        "--id",
        "growth",
        "--name",
        "Growth chart",
        "--redirect",
        BACK,
        "--scopes",
        scopes,
    ]);
    assert!(said.out.contains("growth is let in"), "{said:?}");
    assert!(opor(&["application", "list", "--data", &harness.data()]).out.contains("public\tGrowth chart"));
    harness.restart();
    let http = harness.server().http;
    let base = format!("http://{http}/fhir");

    // What the server says of itself, to a page of another site too.
    let said = json(&get(http, "/fhir/.well-known/smart-configuration", &[]).unwrap());
    assert_eq!(said["issuer"], base.as_str());
    assert_eq!(said["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    let metadata = json(&get(http, "/fhir/metadata", &[]).unwrap());
    let security = &metadata["rest"][0]["security"];
    assert_eq!(security["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    assert_eq!(
        security["extension"][0]["extension"][1]["valueUri"],
        format!("http://{http}/auth/token").as_str()
    );
    let before =
        exchange(http, "OPTIONS", "/fhir/Patient/1", &["Origin: https://growth.example".into()], b"")
            .unwrap();
    assert_eq!((before.status, before.header("access-control-allow-origin")), (204, Some("*")));
    let keys = json(&get(http, "/auth/keys", &[]).unwrap());
    assert_eq!(keys["keys"][0]["alg"], "ES256");

    // The doctor is asked, chooses the patient and agrees.
    let seat = sign_in(&harness, "cairnwood", Role::FamilyDoctor);
    let request: String = [
        ("response_type", "code"),
        ("client_id", "growth"),
        ("redirect_uri", BACK),
        ("scope", scopes),
        ("state", "st"),
        ("aud", &base),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
    .iter()
    .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
    .collect::<Vec<_>>()
    .join("&");
    let address = format!("/authorize?{request}");
    let nobody = get(http, &address, &[]).unwrap();
    assert!(
        nobody.header("location").is_some_and(|to| to.starts_with("/sign-in?back=%2Fauthorize")),
        "{nobody:?}"
    );
    let cookie = seat.cookie.clone();
    let page = get(http, &address, std::slice::from_ref(&cookie)).unwrap();
    assert!(page.status == 200 && page.text().contains("Which person is it about?"), "{}", page.text());
    let person = fhir::PersonId::born_with(fhir::RecordId::of("HRH", &people[0].mrn)).to_string();
    let asked = |path: &str, more: &str| {
        let body = format!("form={}&request={}&person={person}{more}", seat.form, percent_encoded(&request));
        post(http, path, &[FORM.to_owned(), cookie.clone()], body.as_bytes()).unwrap()
    };
    let page = asked("/authorize/patient", "").text();
    assert!(page.contains("See: laboratory results, of this patient"), "{page}");
    assert!(page.contains(&people[0].family.to_uppercase()), "{page}");
    let denied = asked("/authorize", "&answer=no");
    assert!(denied.header("refresh").is_some_and(|to| to.contains("error=access_denied")), "{denied:?}");
    let agreed = asked("/authorize", "&answer=yes");
    let to = agreed.header("refresh").unwrap_or_else(|| panic!("{}", agreed.text())).to_owned();
    assert!(to.starts_with(&format!("0; url={BACK}?code=")) && to.contains("&state=st&iss="), "{to}");
    let code = after(&to, "code=").unwrap().split('&').next().unwrap().to_owned();

    // The code becomes a token, once, with its verifier.
    let redeem = |verifier: &str| {
        form(
            &harness,
            "/auth/token",
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "growth"),
                ("code", &code),
                ("redirect_uri", BACK),
                ("code_verifier", verifier),
            ],
        )
    };
    let wrong = redeem("another-verifier-that-is-long-enough-for-the-rule-of-43");
    assert_eq!((wrong.status, json(&wrong)["error"].clone()), (400, "invalid_grant".into()));
    let given = redeem(VERIFIER);
    assert_eq!((given.status, given.header("cache-control")), (200, Some("no-store")));
    let given = json(&given);
    let (token, patient) = (given["access_token"].as_str().unwrap(), given["patient"].as_str().unwrap());
    assert_eq!(given["scope"], scopes);
    let ask = |path: &str| get(http, path, &[bearer(token)]).unwrap();
    assert_eq!(ask(&format!("/fhir/Patient/{patient}")).status, 200);
    let found = json(&ask("/fhir/Patient?_total=accurate"));
    assert_eq!(found["total"], 1, "{found}");
    let other = fhir::RecordId::of("HRH", &people[1].mrn).to_string();
    assert_eq!(ask(&format!("/fhir/Patient/{other}")).status, 404);
    assert_eq!(ask(&format!("/fhir/Condition?patient={patient}")).status, 403);
    assert_eq!(json(&ask(&format!("/fhir/Observation?patient={other}&_summary=count")))["total"], 0);
    for refused in [format!("/fhir/Patient/{patient}/$summary"), "/fhir/_history".to_owned()] {
        let answer = ask(&refused);
        assert!(matches!(answer.status, 200 | 403), "{refused}: {}", answer.status);
        assert!(!answer.text().contains(&people[1].family), "{refused}");
    }
    // A token in an address is no token.
    let answer = get(http, &format!("/fhir/Patient/{patient}?access_token={token}"), &[]).unwrap();
    assert_eq!(answer.status, 400, "{}", answer.text());
    let stranger = get(http, &format!("/fhir/Patient/{patient}"), &[bearer("made-up")]).unwrap();
    assert!(stranger.status == 401 && stranger.header("www-authenticate").is_some());

    // Out with the session, at once.
    let refresh = given["refresh_token"].as_str().unwrap();
    let renewed = json(&form(
        &harness,
        "/auth/token",
        &[("grant_type", "refresh_token"), ("client_id", "growth"), ("refresh_token", refresh)],
    ));
    let token = renewed["access_token"].as_str().unwrap();
    assert_eq!(get(http, &format!("/fhir/Patient/{patient}"), &[bearer(token)]).unwrap().status, 200);
    let out =
        post(http, "/sign-out", &[FORM.to_owned(), cookie.clone()], format!("form={}", seat.form).as_bytes());
    assert_eq!(out.unwrap().status, 303);
    assert_eq!(get(http, &format!("/fhir/Patient/{patient}"), &[bearer(token)]).unwrap().status, 401);
}

#[test]
fn an_app_that_registers_itself_is_let_in_by_nobody_until_a_person_approves_it() {
    let closed = Setup::new("registers-not").start();
    let http = closed.server().http;
    let body = format!(
        r#"{{"client_name":"Recall list","redirect_uris":["{BACK}"],"scope":"launch/patient patient/Patient.rs","token_endpoint_auth_method":"none"}}"#
    );
    let sort = ["Content-Type: application/json".to_owned()];
    assert_eq!(post(http, "/auth/register", &sort, body.as_bytes()).unwrap().status, 404);
    let said = json(&get(http, "/fhir/.well-known/smart-configuration", &[]).unwrap());
    assert!(said["registration_endpoint"].is_null(), "{said}");

    let harness = Setup::new("registers").setting("fhir = { registration = true }").start();
    let http = harness.server().http;
    let said = json(&get(http, "/fhir/.well-known/smart-configuration", &[]).unwrap());
    assert_eq!(said["registration_endpoint"], format!("http://{http}/auth/register").as_str());
    let vouched = body.replacen('{', r#"{"software_statement":"e30.e30.","#, 1);
    let refused = post(http, "/auth/register", &sort, vouched.as_bytes()).unwrap();
    assert_eq!(
        (refused.status, json(&refused)["error"].clone()),
        (400, "unapproved_software_statement".into())
    );
    let made = post(http, "/auth/register", &sort, body.as_bytes()).unwrap();
    assert_eq!((made.status, made.header("cache-control")), (201, Some("no-store")), "{}", made.text());
    let id = json(&made)["client_id"].as_str().unwrap().to_owned();

    // A doctor cannot let it in, and nobody but a coordinator approves it.
    let doctor = sign_in(&harness, "cairnwood", Role::FamilyDoctor);
    let question: String = [
        ("response_type", "code"),
        ("client_id", &id),
        ("redirect_uri", BACK),
        ("scope", "launch/patient patient/Patient.rs"),
        ("state", "st"),
        ("aud", &format!("http://{http}/fhir")),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
    .iter()
    .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
    .collect::<Vec<_>>()
    .join("&");
    let ask = || get(http, &format!("/authorize?{question}"), std::slice::from_ref(&doctor.cookie)).unwrap();
    let before = ask();
    assert!(before.status != 200 && before.header("location").is_none(), "{}", before.text());
    let press = |seat: &crate::sweeps::Seat, verb: &str| {
        let form = format!("form={}&id={id}", seat.form);
        let headers = [FORM.to_owned(), seat.cookie.clone()];
        post(http, &format!("/apps/registered/{verb}"), &headers, form.as_bytes()).unwrap()
    };
    assert_eq!(press(&doctor, "approve").status, 403);
    let coordinator = sign_in(&harness, "heron", Role::Coordinator);
    let page = get(http, "/apps/registered", std::slice::from_ref(&coordinator.cookie)).unwrap().text();
    assert!(page.contains("Recall list") && page.contains(BACK) && page.contains("Approve it"), "{page}");
    let approved = press(&coordinator, "approve");
    assert_eq!(approved.header("location"), Some("/apps/registered"), "{}", approved.text());
    let asked = ask();
    assert!(asked.status == 200 && asked.text().contains("Recall list"), "{}", asked.text());
    assert_eq!(press(&coordinator, "end").status, 303);
    assert_ne!(ask().status, 200);
}
