//! The facility route through the real binary: a signed ticket to the unit's manager and back to its sender, and the SHARE
//! users by the command line.

use crate::sweeps::{FORM, after, sign_in};
use actions::facility::tickets::{Sender, Signed};
use actions::values::Role;
use fhir::Instant;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use testkit::folder::Folder;
use testkit::harness::{Harness, Setup, opor};
use testkit::http::{Response, get, post};
use testkit::patience::until;

/// How long a round of the record may take in a build without optimisation on a busy machine.
const ROUND_LIMIT: Duration = Duration::from_secs(60);
const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const LICENCES: &str =
    "regulator,licence,family,status,until\nNSPR,100,Reed,active,\nNSPR,101,Gull,active,\n";
const STAFF: &str =
    "employee,family,unit,from,until\nE1,Reed,ward-6,2020-01-01,\nE2,Gull,ward-6,2020-01-01,\n";
const UNITS: &str = "[[unit]]\nid = \"ward-6\"\nname = \"Ward 6\"\nplace = \"hrh\"\n[[manager]]\nunit = \"ward-6\"\nuser = \"marsh\"\nname = \"Marsh, Ines\"\nemail = \"marsh@hrh.example\"\nfrom = \"2020-01-01\"\n";
const TICKET: &str = r#"{"ticket":"IT-1","catalogue":["Access","User Access","Add Additional Application Access","OPOR Provider Portal"],"requested_by":"reed","unit":"ward-6","access_for":{"employee":"E1","family":"Reed","given":"Gia","email":"gia.reed@hrh.example","profession":"pharmacist","regulator":"NSPR","licence":"100"}}"#;

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    for (file, text) in
        [("licences.csv", LICENCES), ("staff.csv", STAFF), ("units.toml", UNITS), ("it.key", "")]
    {
        std::fs::write(folder.join(file), text).unwrap();
    }
    std::fs::write(folder.join("it.key"), KEY).unwrap();
    folder
}

#[expect(
    clippy::disallowed_methods,
    reason = "a call is signed with the time that the product's own clock has"
)]
fn now() -> Instant {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Instant(i64::try_from(now.as_micros()).unwrap())
}

/// Headers of a signed call.
fn signed(method: &str, path: &str, nonce: &str, body: &str) -> Vec<String> {
    let sender = Sender { name: "it".into(), key: KEY.to_vec() };
    let call = Signed {
        method: method.into(),
        path: path.into(),
        timestamp: now().to_string(),
        nonce: format!("nonce-of-a-test-{nonce}"),
        signature: String::new(),
    };
    let signature = sender.sign(&call, body.as_bytes());
    vec![
        "x-opor-sender: it".to_owned(),
        format!("x-opor-timestamp: {}", call.timestamp),
        format!("x-opor-nonce: {}", call.nonce),
        format!("x-opor-signature: {signature}"),
    ]
}

fn ticket(at: SocketAddr, nonce: &str, body: &str) -> Response {
    post(at, "/api/tickets", &signed("POST", "/api/tickets", nonce, body), body.as_bytes()).unwrap()
}

fn read(answer: &Response) -> Value {
    serde_json::from_str(&answer.text()).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.text()))
}

fn states(harness: &Harness, nonce: &str) -> Vec<String> {
    let path = "/api/tickets?after=0";
    let answer = get(harness.server().http, path, &signed("GET", path, nonce, "")).unwrap();
    let page = read(&answer);
    page["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn s031_a_signed_ticket_is_one_request_for_the_units_manager_and_its_sender_reads_what_became_of_it() {
    let folder = folder("tickets");
    let at = |file: &str| folder.join(file).display().to_string();
    let setting = format!(
        "[registers]\nlicences = \"{}\"\nemployments = \"{}\"\nunits = \"{}\"\n[[tickets]]\nsender = \"it\"\nkey = \"{}\"",
        at("licences.csv"),
        at("staff.csv"),
        at("units.toml"),
        at("it.key")
    );
    let mut harness = Setup::new("tickets").setting(&setting).start();
    let http = harness.server().http;
    assert!(
        until(ROUND_LIMIT, || harness.page("marsh", "/people").contains("ward-6")),
        "the units' file is taken over"
    );
    let first = ticket(http, "1", TICKET);
    assert_eq!((first.status, read(&first)["status"].as_str()), (200, Some("requested")), "{}", first.text());
    let again = ticket(http, "2", TICKET);
    assert_eq!(read(&again), read(&first), "the same answer");
    let replayed = signed("POST", "/api/tickets", "3", TICKET);
    let answers: Vec<u16> =
        (0..2).map(|_| post(http, "/api/tickets", &replayed, TICKET.as_bytes()).unwrap().status).collect();
    assert_eq!(answers, [200, 409], "a call is taken once");
    assert_eq!(ticket(http, "4", &TICKET.replace("Gia", "Gio")).status, 409, "a number is one request");
    assert_eq!(ticket(http, "5", &TICKET.replace("OPOR Provider Portal", "Printer")).status, 400);
    let unsigned =
        post(http, "/api/tickets", &signed("POST", "/api/tickets", "6", "{}"), TICKET.as_bytes()).unwrap();
    let nobody: Vec<String> = signed("POST", "/api/tickets", "7", TICKET)
        .into_iter()
        .map(|line| line.replace("sender: it", "sender: no"))
        .collect();
    let nobody = post(http, "/api/tickets", &nobody, TICKET.as_bytes()).unwrap();
    assert_eq!((unsigned.status, nobody.status), (403, 403));
    assert_eq!(unsigned.text(), nobody.text(), "it tells nobody who sends tickets");

    let page = harness.page("marsh", "/people");
    assert!(page.contains("Reed, Gia"), "{page}");
    let page = harness.html("marsh", "/people");
    let application = after(&page, "name=\"application\" value=\"").unwrap().to_owned();
    let seat = sign_in(&harness, "marsh", Role::UnitManager);
    let form = format!("form={}&application={application}&unit=ward-6&answer=yes", seat.form);
    let headers = [FORM.to_owned(), seat.cookie];
    assert_eq!(post(http, "/people/decide", &headers, form.as_bytes()).unwrap().status, 303);
    assert!(!harness.page("marsh", "/people").contains("Reed, Gia"), "it waits no more");
    let mut round = 10;
    let told = until(ROUND_LIMIT, || {
        round += 1;
        states(&harness, &round.to_string()) == ["requested", "approved"]
    });
    assert!(told, "{:?}", states(&harness, "last"));
    harness.restart();
    let late = post(harness.server().http, "/api/tickets", &replayed, TICKET.as_bytes()).unwrap();
    assert_eq!(late.status, 409, "also after a restart");
}

fn run(arguments: &[&str], data: &Path) -> testkit::server::Said {
    let data = data.display().to_string();
    opor(&[arguments, &["--data", &data]].concat())
}

#[test]
fn s034_share_users_are_migrated_by_the_command_line_and_the_sum_is_said() {
    let folder = folder("share");
    let (data, at) = (folder.join("data"), |file: &str| folder.join(file).display().to_string());
    std::fs::create_dir_all(&data).unwrap();
    let roster = "user_id,family,given,profession,regulator,licence,employee,unit,email,last_use\n\
        u1,Reed,Gia,pharmacist,NSPR,100,E1,ward-6,gia@hrh.example,2026-05-22T03:00:00Z\n\
        u2,Gull,Éva,pharmacist,NSPR,101,E2,ward-6,eva@hrh.example,2026-05-22T02:59:59Z\n\
        u3,Reed,Gia,pharmacist,,,E1,ward-6,gia@hrh.example,2026-01-01\n";
    std::fs::write(folder.join("roster.csv"), roster).unwrap();
    let (roster, report) = (at("roster.csv"), at("report.csv"));
    let share = ["share", "--roster", &roster, "--as-of", "2026-11-22", "--report", &report];
    let blind = run(&share, &data);
    assert!(blind.code != 0 && blind.err.contains("opor registers"), "{}{}", blind.out, blind.err);
    let (licences, staff, units) = (at("licences.csv"), at("staff.csv"), at("units.toml"));
    let taken =
        run(&["registers", "--licences", &licences, "--employments", &staff, "--units", &units], &data);
    assert_eq!(taken.code, 0, "{}{}", taken.out, taken.err);
    let dry = run(&[&share[..], &["--dry-run"]].concat(), &data);
    let sum = "migrated 1 + not migrated 1 + excluded 1 = roster 3";
    assert!(
        dry.code == 0 && dry.out.contains(sum) && dry.out.contains("nothing is written"),
        "{}{}",
        dry.out,
        dry.err
    );
    for _ in 0..2 {
        let done = run(&share, &data);
        assert!(done.code == 0 && done.out.trim() == sum, "{}{}", done.out, done.err);
        let report = std::fs::read_to_string(&report).unwrap();
        let fates: Vec<&str> =
            report.lines().skip(1).filter_map(|line| line.split("\"ward-6\",\"").nth(1)).collect();
        assert!(fates[0].starts_with("migrated"), "{report}");
        assert!(fates[1].starts_with("not-migrated") && fates[1].contains("2026-05-21"), "{report}");
        assert!(fates[2].starts_with("excluded") && fates[2].contains("line 2"), "{report}");
    }
}
