//! Every route of both doors, read from their own tables: as nobody, as every role, with forms from elsewhere, and with
//! the audit row that each read and each change must leave.

mod ground;

use crate::messages::{Person, Result};
use actions::values::{Permission, Role, audit_verb, is_about_patient, may};
pub(crate) use ground::{FORM, Seat, after, sign_in};
use ground::{Ground, NOBODY};
use testkit::http::{Response, exchange, post};

/// Routes of the portal that anybody may open, or that only lead elsewhere.
fn open_to_all(path: &str) -> bool {
    // Who applies for access cannot be signed in yet.
    path.starts_with("/sign-in/")
        || path.starts_with("/join")
        // An EMR opens these before anybody is signed in.
        || path.starts_with("/launch/smart")
        || matches!(
            path,
            "/sign-in"
                | "/display"
                | "/lang"
                | "/help"
                | "/practice-copy"
                | "/practice/{token}"
                | "/page/{call}"
                | "/access"
                | "/launch"
                | "/tips"
                | "/tips/state"
        )
}

/// What a page says, without the address it stands at and the choices that lead back to it.
fn without_address(answer: &Response, path: &str) -> String {
    let escaped = testkit::http::percent_encoded(path);
    answer.text().replace(&escaped, "HERE").replace(path, "HERE")
}

#[test]
fn s010_every_route_as_nobody_asks_who_it_is_and_says_nothing() {
    let ground = Ground::new("nobody");
    let before = ground.last_row();
    for screen in portal::routes() {
        if open_to_all(screen.path) {
            continue;
        }
        let gaps: Vec<Option<(&str, &str)>> = std::iter::once(None)
            .chain(
                ["{person}", "{obligation}", "{message}", "{id}", "{event}", "{form}", "{mail}"]
                    .into_iter()
                    .filter(|gap| screen.path.contains(gap))
                    .flat_map(|gap| [Some((gap, NOBODY)), Some((gap, "~"))]),
            )
            .collect();
        let mut said = Vec::new();
        for changed in gaps {
            let path = ground.path(screen.path, changed);
            for headers in [vec![], vec![format!("Cookie: opor={}", "0".repeat(64))]] {
                let answer = match screen.method {
                    "GET" => ground.get(&path, &headers),
                    _ => ground.post(&path, &headers, &ground.fields(&path)),
                };
                assert_eq!(answer.status, 303, "{} {path}", screen.method);
                let to = answer.header("location").unwrap_or_default().to_owned();
                assert!(to.starts_with("/sign-in"), "{path} leads to {to}");
                let to = to.replace(&testkit::http::percent_encoded(&path), "HERE");
                said.push((to, answer.text()));
            }
        }
        assert!(said.iter().all(|one| one == &said[0]), "{} tells what exists: {said:?}", screen.path);
    }
    for route in gateway::fhir::ROUTES.iter().filter(|route| route.permission.is_some()) {
        let mut said = Vec::new();
        for changed in [None, Some(("{id}", NOBODY)), Some(("{id}", "~"))] {
            let path = ground.path(route.path, changed);
            for headers in [vec![], vec!["Authorization: Bearer opor.machine.9999999999999999.00".to_owned()]]
            {
                let answer =
                    exchange(ground.harness.server().http, route.method, &path, &headers, b"").unwrap();
                assert_eq!(answer.status, 401, "{path}");
                said.push(answer.text());
            }
        }
        assert!(said.iter().all(|one| one == &said[0]), "{} tells what exists: {said:?}", route.path);
    }
    assert!(ground.done(before).is_empty(), "nobody has looked at anything: {:?}", ground.done(before));
}

/// The report of these tests is the laboratory's, which the access table gives these professions none of.
fn out_of_class(role: Role, path: &str) -> bool {
    path.contains("{kind}/{id}")
        && matches!(role, Role::Chiropractor | Role::Dentist | Role::OtherProfessional)
}

#[test]
fn l10_s012_every_route_as_every_role_is_as_the_permission_table_says() {
    let mut ground = Ground::new("roles");
    // The door for orphan results is tried too: its message comes from no sender of the harness.
    ground.harness.others_send();
    for screen in portal::routes() {
        let Some(permission) = screen.permission else { continue };
        for seat in &ground.seats {
            let path = ground.path(screen.path, None);
            let before = ground.last_row();
            let answer = match screen.method {
                // Nothing was destroyed yet; `actions::retention` shows a certificate.
                "GET" if screen.path.ends_with("/certificate") && may(seat.role, permission) => continue,
                "GET" => ground.get(&path, std::slice::from_ref(&seat.cookie)),
                _ if may(seat.role, permission) => continue,
                _ => {
                    let form = format!("form={}&{}", seat.form, ground.fields(&path));
                    ground.post(&path, std::slice::from_ref(&seat.cookie), &form)
                }
            };
            let expected = match may(seat.role, permission) {
                true if out_of_class(seat.role, screen.path) => 404,
                true => 200,
                false => 403,
            };
            assert_eq!(answer.status, expected, "{} {path} as {}", screen.method, seat.persona);
            if expected == 403 {
                let done = ground.rows(before);
                assert!(done.iter().all(|(_, row)| row.verb != screen.audit_verb()), "{path}: {done:?}");
                let text = answer.text();
                assert!(!text.contains(&Person::new("HRH", 1).family), "{path} says who it is about: {text}");
            }
        }
    }
    let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:example:hospital","value":"X1"}],"name":[{"family":"Tavul","given":["Ana"]}],"birthDate":"1961-03-09"}}]}"#;
    for role in Role::ALL {
        let token = ground.token(role.code());
        for route in gateway::fhir::ROUTES {
            let path = ground.path(route.path, None);
            let answer = if route.path.starts_with("/fhir") && route.method != "GET" {
                ground.write(route, &token)
            } else if route.path == "/load" {
                let headers = ["Content-Type: application/fhir+json".to_owned(), token.clone()];
                post(ground.harness.server().http, &path, &headers, bundle.as_bytes()).unwrap()
            } else if route.path.starts_with("/operations") && route.path != "/operations/status" {
                let body = match route.path {
                    "/operations/replay" => format!("{{\"message\":\"{}\"}}", ground.fill["{message}"]),
                    "/operations/feeds/pause" | "/operations/feeds/resume" => {
                        "{\"link\":\"LIS@HRH\",\"reason\":\"Units\"}".to_owned()
                    }
                    _ => String::from_utf8(
                        Result::new("HRH", &Person::new("HRH", 3), "B1", String::new()).bytes(),
                    )
                    .unwrap(),
                };
                let asked = match path.starts_with("/operations/backlog/") {
                    true => format!("{path}?authority=HRH"),
                    false => path.clone(),
                };
                post(ground.harness.server().http, &asked, std::slice::from_ref(&token), body.as_bytes())
                    .unwrap()
            } else {
                ground.get(&path, std::slice::from_ref(&token))
            };
            let allowed = route.permission.is_none_or(|permission| may(role, permission));
            let as_said = match allowed {
                // A ticket is signed by the system that sends it; a token is no signature.
                _ if route.path.starts_with("/api/tickets") => answer.status == 403,
                // Apps prove themselves in a form, which this is none.
                _ if route.path.starts_with("/auth/") && route.method == "POST" => answer.status == 405,
                true if role == Role::Receiver && route.permission.is_some() => answer.status == 404,
                // Nothing on file ties a token without a name to anybody.
                true if role.is_community() && route.permission == Some(Permission::ReadFhir) => {
                    (200..300).contains(&answer.status) || answer.status == 404
                }
                true => (200..300).contains(&answer.status),
                false => answer.status == 403,
            };
            assert!(as_said, "{path} as {}: {} {}", role.code(), answer.status, answer.text());
        }
    }
}

#[test]
fn l01_h73_h78_every_read_and_every_change_leaves_its_audit_row() {
    let ground = Ground::new("audited");
    let reads = portal::routes().iter().filter(|screen| screen.method == "GET");
    let acts = portal::routes().iter().filter(|screen| screen.method == "POST");
    for screen in reads.chain(acts) {
        let Some(permission) = screen.permission else { continue };
        // What a receiver could not match is its own practice's and the desk's, and of no other doctor.
        let elsewhere = |seat: &&Seat| {
            screen.path.starts_with("/unmatched/") && seat.role == Role::FamilyDoctor
                || out_of_class(seat.role, screen.path)
                // What is handed on is not there to be taken note of any more; `actions` shows it.
                || screen.path.ends_with("{id}/hand")
                // A decision is owed of a referral only; `actions` shows it with its row.
                || screen.path.ends_with("{id}/decide")
                // Nothing was handed to a team; `actions` shows it with its row.
                || screen.path == "/team/{obligation}/take"
                // No team was named; `actions` ends one with its row.
                || screen.path == "/team/end"
                // Nobody is called about it; `paging` shows an answer with its row.
                || screen.path.ends_with("{obligation}/answer")
                // No account came of the application; `actions::enrolment` shows each with its row.
                || screen.path.contains("/access/")
                // No request of a unit waits here; `facility` shows each with its row.
                || screen.path.starts_with("/people/")
                // The hour is sent again once, by whoever asks first.
                || screen.path.ends_with("/resend") && screen.method == "POST" && seat.role != Role::FamilyDoctor
                // There is no flag or destruction here, and the tip is answered; `actions::detection` shows each
                // with its row.
                || ["/detection/", "/retention/"].iter().any(|of| screen.path.starts_with(of))
                // A persona of the demo has no account, so no passkey; `actions::accounts` shows it with its row.
                || screen.path == "/account/passkey"
                // No app is registered or let in; `actions::smart` shows each with its row.
                || screen.path.ends_with("/apps") && screen.method == "POST"
                || screen.path.starts_with("/apps/registered/")
                // It leads to the page that looks.
                || screen.path == "/search" && screen.method == "POST"
        };
        let allowed = ground.seats.iter().filter(|seat| may(seat.role, permission));
        for seat in allowed.filter(|seat| !elsewhere(seat)) {
            let path = ground.path(screen.path, None);
            let (asked, cookie) =
                if path == "/search" { ground.searched(seat) } else { (path.clone(), seat.cookie.clone()) };
            let mut form = format!("form={}&{}", seat.form, ground.fields(&path));
            if path == "/feeds/do" {
                form.push_str(&format!("&seen={}", ground.tried()));
            }
            let before = ground.last_row();
            let answer = if screen.method == "GET" {
                ground.get(&asked, std::slice::from_ref(&cookie))
            } else {
                ground.post(&path, std::slice::from_ref(&seat.cookie), &form)
            };
            assert!(matches!(answer.status, 200 | 303), "{asked}: {} {}", answer.status, answer.text());
            let rows = ground.rows(before);
            let own = rows.iter().find(|(_, row)| {
                row.actor == seat.persona
                    && row.role == seat.role.code()
                    && row.verb == screen.audit_verb()
                    && row.verb == audit_verb(permission)
                    && !row.purpose.is_empty()
            });
            // Counts name nobody: they are shown also when nothing can be written (HAZARDS D4).
            let counts = screen.method == "GET" && !is_about_patient(permission);
            assert!(own.is_some() || counts, "{} {asked} as {}: {rows:?}", screen.method, seat.persona);
            assert!(!counts || rows.iter().all(|(_, row)| row.person.is_none()), "{rows:?}");
            if screen.path == "/desk/figures" {
                // A desk left open asks for it again and again; that is nobody's look at a patient.
                assert!(rows.iter().all(|(_, row)| row.person.is_none()), "{rows:?}");
            }
            if screen.path.contains("{person}") || screen.path == "/search" {
                let person = Some(ground.person());
                assert!(
                    rows.iter().any(|(_, row)| row.person == person && row.verb == screen.audit_verb()),
                    "{asked} names nobody: {rows:?}"
                );
            }
        }
    }
    let script = ground.token(Role::Script.code());
    // Labels that are in use name nobody.
    let is_read = |route: &&gateway::fhir::Route| {
        route.permission == Some(Permission::ReadFhir)
            && route.method == "GET"
            && !matches!(route.path, "/fhir/$meta" | "/fhir/{kind}/$meta")
    };
    for route in gateway::fhir::ROUTES.iter().filter(is_read) {
        let path = ground.path(route.path, None);
        let before = ground.last_row();
        assert_eq!(ground.get(&path, std::slice::from_ref(&script)).status, 200, "{path}");
        let rows = ground.rows(before);
        let verb = audit_verb(Permission::ReadFhir);
        assert!(
            rows.iter().any(|(_, row)| row.person == Some(ground.person()) && row.verb == verb),
            "{path}: {rows:?}"
        );
    }
    for seat in &ground.seats {
        let before = ground.last_row();
        let form = format!("form={}", seat.form);
        assert_eq!(ground.post("/sign-out", std::slice::from_ref(&seat.cookie), &form).status, 303);
        assert!(
            ground.rows(before).iter().any(|(_, row)| row.verb == "sign-out" && row.actor == seat.persona)
        );
        let gone = ground.get("/", std::slice::from_ref(&seat.cookie));
        assert_eq!(gone.header("location"), Some("/sign-in"), "the session is over");
    }
}

#[test]
fn s010_a_form_from_elsewhere_or_of_another_session_changes_nothing() {
    let ground = Ground::new("forged");
    let elsewhere = "Origin: http://elsewhere.example".to_owned();
    for screen in portal::routes().iter().filter(|screen| screen.method == "POST") {
        let path = ground.path(screen.path, None);
        let before = ground.last_row();
        if open_to_all(screen.path) {
            let answer = ground.post(&path, std::slice::from_ref(&elsewhere), "persona=marram&theme=dark");
            // A ticket comes from the EMR's own page: its signature says whose it is, and this one has none.
            let refused = if screen.path == "/launch" { 422 } else { 403 };
            assert_eq!((answer.status, answer.header("set-cookie")), (refused, None), "{path}");
            assert!(ground.done(before).is_empty(), "{path}: {:?}", ground.done(before));
            continue;
        }
        for (n, seat) in ground.seats.iter().enumerate() {
            if screen.permission.is_some_and(|permission| !may(seat.role, permission)) {
                continue;
            }
            let other = &ground.seats[(n + 1) % ground.seats.len()];
            let with = |form: &str, more: Option<&String>| {
                let headers: Vec<String> =
                    [Some(&seat.cookie), more].into_iter().flatten().cloned().collect();
                ground.post(&path, &headers, &format!("{form}&{}", ground.fields(&path)))
            };
            let own = format!("form={}", seat.form);
            let cases = [
                ("no token", with("a=b", None)),
                ("an empty token", with("form=", None)),
                ("another session's token", with(&format!("form={}", other.form), None)),
                ("another site", with(&own, Some(&elsewhere))),
                (
                    "a site that the browser calls another",
                    with(&own, Some(&"Sec-Fetch-Site: cross-site".to_owned())),
                ),
            ];
            for (what, answer) in cases {
                assert_eq!(answer.status, 403, "{path} with {what} as {}", seat.persona);
            }
            assert!(ground.done(before).is_empty(), "{path}: {:?}", ground.done(before));
        }
    }
}

#[test]
fn s010_what_is_not_there_answers_like_what_cannot_be() {
    let ground = Ground::new("absent");
    for screen in portal::routes().iter().filter(|screen| screen.method == "GET") {
        let Some(permission) = screen.permission else { continue };
        for seat in ground.seats.iter().filter(|seat| may(seat.role, permission)) {
            let mut said = Vec::new();
            let gaps = ["{person}", "{message}", "{id}", "{event}", "{form}", "{mail}"];
            for gap in gaps.into_iter().filter(|gap| screen.path.contains(gap)) {
                // A number of its shape that nobody has, and what is no number at all.
                let nobody = match gap {
                    "{message}" => "1-999999",
                    "{event}" => "999999999",
                    _ => NOBODY,
                };
                for with in [nobody, "not-a-number", "~"] {
                    let path = ground.path(screen.path, Some((gap, with)));
                    let answer = ground.get(&path, std::slice::from_ref(&seat.cookie));
                    assert_eq!(answer.status, 404, "{path} as {}", seat.persona);
                    said.push(without_address(&answer, &path));
                }
            }
            assert!(said.iter().all(|one| one == &said[0]), "{} tells what exists", screen.path);
        }
    }
    let script = ground.token(Role::Script.code());
    let person = ground.fill["{person}"].clone();
    let mut said = Vec::new();
    for id in [
        NOBODY.to_owned(),
        format!("{NOBODY}-0000000000001"),
        format!("{person}-0000000000001"),
        "~".to_owned(),
    ] {
        for path in [format!("/fhir/Observation/{id}"), format!("/fhir/Observation/{id}/_history/1")] {
            let answer = ground.get(&path, std::slice::from_ref(&script));
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
            said.push(answer.text());
        }
    }
    assert!(said.iter().all(|one| one == &said[0]), "the machines' door tells what exists: {said:?}");
}
