//! Ways out of the real binary other than MLLP: a report folder, a FHIR receiver that refuses, redirects and takes, a
//! fax gateway that loses a page, a receiver that collects with a cursor.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::folder::Folder;
use testkit::harness::{Harness, Setup, opor};
use testkit::http;
use testkit::patience::until;

const PROVIDER: &str = "7000^Hill^Ana^^^^^^NSMD";

/// How long a way may take; a debug build on a busy machine needs most of it.
const PATIENCE: Duration = Duration::from_secs(90);

fn eventually(what: &str, done: impl FnMut() -> bool) {
    assert!(until(PATIENCE, done), "{what} did not come");
}

/// A directory whose one practitioner gets everything by the first endpoint of `endpoints`.
fn directory(endpoints: &str) -> String {
    format!(
        "[[place]]\nid = \"hill\"\nname = \"Hill Clinic\"\nkind = \"clinic\"\n\n{endpoints}\n\
         [[practitioner]]\nid = \"p-hill\"\nfamily = \"Hill\"\ngiven = \"Ana\"\n\
         numbers = [ {{ authority = \"NSMD\", value = \"7000\" }} ]\n\n\
         [[role]]\npractitioner = \"p-hill\"\nplace = \"hill\"\nrole = \"family-physician\"\n\
         endpoint = \"first\"\nprimary = true\nfrom = \"2000-01-01\"\n"
    )
}

fn endpoint(id: &str, kind: &str, address: &str, more: &str) -> String {
    format!(
        "[[endpoint]]\nid = \"{id}\"\nplace = \"hill\"\nkind = \"{kind}\"\naddress = \"{address}\"\n{more}\n\n"
    )
}

fn result(number: usize) -> Vec<u8> {
    let family = ["Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir"][number % 6];
    format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|W{number}|P|2.5.1\r\
         PID|1||30000{number}^^^HRH^MR||{family}^Mona||196102{:02}|F\r\
         OBR|1|P-{number}|L-{number}|2823-3^Potassium^LN|||20261120093000-0400|||||||||{PROVIDER}||||||20261120100000-0400||CH|F\r\
         OBX|1|NM|2823-3^Potassium^LN||4.1{number}|mmol/L|3.5-5.1|H|||F|||20261120093000-0400\r",
        number + 1
    )
    .into_bytes()
}

fn folder(name: &str) -> Folder {
    Folder::new(&format!("ways-{name}"))
}

fn names(folder: &Path, ending: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| name.ends_with(ending) && !name.starts_with('.')).collect();
    names.sort();
    names
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let new = folder.join(format!(".{name}"));
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, folder.join(name)).unwrap();
}

fn acknowledged(harness: &Harness) -> u64 {
    harness.census()["deliveries"]["acknowledged"].as_u64().unwrap()
}

#[test]
fn in01_a_report_folder_is_reconciled_and_its_receipts_end_the_deliveries() {
    let folder = folder("drop");
    let place = endpoint("first", "file-drop", &folder.display().to_string(), "");
    let mut harness = Setup::new("ways-drop").answer_seconds(2).directory(directory(&place)).start();
    harness.sender().accepted(&(0..3).map(result).collect::<Vec<_>>());
    let reports = folder.join("reports");
    eventually("three files", || names(&reports, ".xml").len() == 3);
    // Killed and started again, nothing is put twice under another name.
    harness.kill();
    let first = names(&reports, ".xml");
    std::fs::remove_file(reports.join(&first[0])).unwrap();
    let id = first[0].trim_end_matches(".xml");
    put(&folder.join("receipts"), &format!("{id}.txt"), &format!("id: {id}\nstate: received\n"));
    harness.restart();
    eventually("one receipt", || acknowledged(&harness) == 1);
    assert_eq!(names(&reports, ".xml"), first[1..]);
    for name in &first[1..] {
        let id = name.trim_end_matches(".xml");
        put(&folder.join("receipts"), &format!("{id}.txt"), &format!("id: {id}\nstate: received\n"));
    }
    eventually("all receipts", || acknowledged(&harness) == 3);
    assert!(names(&reports, ".xml").is_empty(), "what was confirmed lies there no more");
    let days = folder.join("reconciliation");
    eventually("a file of the day", || names(&days, ".csv").len() == 1);
}

/// A FHIR server of this test: answers by a script of statuses, remembers what it was sent.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    bodies: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    pub(crate) fn start(script: impl Fn(usize, &str, &Value) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream);
                let mut head = Vec::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                        break;
                    }
                    head.push(line);
                }
                let length = head.iter().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
                });
                let mut body = vec![0; length.unwrap_or(0)];
                if reader.read_exact(&mut body).is_err() {
                    continue;
                }
                let text = String::from_utf8(body).unwrap_or_default();
                let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
                let path = head.first().and_then(|l| l.split(' ').nth(1)).unwrap_or_default().to_owned();
                let number = {
                    let mut kept = kept.lock().unwrap();
                    kept.push((path.clone(), text));
                    kept.len() - 1
                };
                let (status, answer) = script(number, &path, &body);
                let answer = answer.to_string();
                let _ = write!(
                    reader.get_mut(),
                    "HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-type: application/fhir+json\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n{answer}",
                    answer.len()
                );
            }
        });
        Self { address, bodies }
    }

    /// Path and text of each request.
    pub(crate) fn bodies(&self) -> Vec<(String, String)> {
        self.bodies.lock().unwrap().clone()
    }
}

/// As a server answers a transaction.
fn done(bundle: &Value) -> Value {
    let entries = bundle["entry"].as_array().map_or(0, Vec::len);
    let entry = json!({ "response": { "status": "201 Created" } });
    json!({ "resourceType": "Bundle", "type": "transaction-response", "entry": vec![entry; entries] })
}

#[test]
fn x03_a_fhir_receiver_has_a_report_when_it_says_so_of_this_very_bundle() {
    // Busy, then an empty yes, then a broken one, then done: three repeats of the same bytes.
    let receiver = Receiver::start(|number, _, bundle| match number {
        0 => (503, Value::Null),
        1 => (200, Value::Null),
        2 => (500, Value::Null),
        _ => (200, done(bundle)),
    });
    let place = endpoint("first", "fhir", &format!("http://{}/r4", receiver.address), "");
    let harness = Setup::new("ways-fhir").answer_seconds(5).directory(directory(&place)).start();
    harness.sender().accepted(&[result(0)]);
    eventually("a receipt", || acknowledged(&harness) == 1);
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 4);
    assert!(
        bodies.iter().all(|(path, body)| path == "/r4" && *body == bodies[0].1),
        "the same at every repeat"
    );
    assert_eq!(bodies[0].1.matches("\"resourceType\":\"Observation\"").count(), 1);
    assert!(bodies[0].1.contains("\"value\":4.10,"), "every digit: {}", bodies[0].1);
}

#[test]
fn x03_a_redirect_and_a_refusal_are_followed_by_nobody_and_owned_by_the_desk() {
    let receiver = Receiver::start(|number, _, _| {
        let outcome =
            json!({ "resourceType": "OperationOutcome", "issue": [{ "diagnostics": "not our patient" }] });
        if number == 0 { (307, Value::Null) } else { (422, outcome) }
    });
    let more = "profile = \"message\"";
    let place = endpoint("first", "fhir", &format!("http://{}", receiver.address), more);
    let harness = Setup::new("ways-refused").answer_seconds(5).directory(directory(&place)).start();
    harness.sender().accepted(&[result(0), result(1)]);
    eventually("the desk", || harness.census()["deliveries"]["owned"] == 2);
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 2, "each once, and nowhere else");
    assert!(
        bodies
            .iter()
            .all(|(path, body)| path == "/$process-message" && body.contains("\"type\":\"message\""))
    );
    let desk = harness.desk();
    assert!(desk.contains("not our patient") && desk.contains("redirects"), "{desk}");
}

#[test]
fn rt09_what_the_emr_cannot_take_is_faxed_and_a_lost_page_is_found() {
    let folder = folder("fax");
    let receiver = Receiver::start(|_, _, bundle| (200, done(bundle)));
    let first = endpoint(
        "first",
        "mllp",
        "127.0.0.1:1",
        "profile = \"tidewater\"\naccepts = { formats = [\"text\"] }\nfallback = [\"fax\"]",
    );
    let fax = endpoint("fax", "fax", &format!("902-555-0100@{}", folder.display()), "");
    let harness =
        Setup::new("ways-fax").answer_seconds(2).directory(directory(&format!("{first}{fax}"))).start();
    harness.sender().accepted(&[result(0)]);
    let jobs = folder.join("jobs");
    eventually("a job", || names(&jobs, ".job").len() == 1);
    let id = names(&jobs, ".job")[0].trim_end_matches(".job").to_owned();
    assert!(std::fs::read(jobs.join(format!("{id}.pdf"))).unwrap().starts_with(b"%PDF-1.4"));
    let status =
        |text: &str| put(&folder.join("status"), &format!("{id}.status"), &format!("id: {id}\n{text}"));
    status("state: sent\npages: 0\n");
    eventually("the page is missed", || harness.desk().contains("0 of 1 pages"));
    eventually("a new job", || names(&jobs, ".job").len() == 1);
    status("state: sent\npages: 1\n");
    eventually("a receipt", || acknowledged(&harness) == 1);
    assert!(receiver.bodies().is_empty());
}

#[test]
fn rt07_a_receiver_collects_with_a_cursor_and_misses_nothing() {
    let place = endpoint("first", "fhir-subscription", "", "");
    let harness = Setup::new("ways-events").directory(directory(&place)).start();
    harness.sender().accepted(&(0..3).map(result).collect::<Vec<_>>());
    let _ = harness.interpreted();
    let token = |arguments: &[&str]| {
        let data = harness.data();
        let said = opor(&[&["token", "--data", &data], arguments].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        format!("Authorization: Bearer {}", said.out.trim())
    };
    let own = token(&["--endpoint", "first"]);
    let ask = |header: &str, query: &str| {
        let answer =
            http::get(harness.server().http, &format!("/fhir/$events{query}"), &[header.to_owned()]).unwrap();
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap_or(Value::Null))
    };
    let last = |bundle: &Value| {
        let parameters = bundle["entry"][0]["resource"]["parameter"].as_array().unwrap().clone();
        let found = parameters.iter().find(|p| p["name"] == "last-event-number").unwrap();
        found["valueString"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(&token(&["--role", "script"]), "").0, 403);
    assert_eq!(ask(&token(&["--endpoint", "elsewhere"]), "").0, 404);
    assert_eq!(ask(&own, "?eventsSinceNumber=-1").0, 400);
    let (status, two) = ask(&own, "?_count=2");
    assert_eq!((status, two["entry"].as_array().unwrap().len()), (200, 3), "{two}");
    assert_eq!(two, ask(&own, "?_count=2").1, "the same until it is confirmed");
    assert_eq!(acknowledged(&harness), 0);
    let (_, rest) = ask(&own, &format!("?eventsSinceNumber={}", last(&two)));
    assert_eq!(acknowledged(&harness), 2);
    assert_eq!(rest["entry"].as_array().unwrap().len(), 2);
    let (_, none) = ask(&own, &format!("?eventsSinceNumber={}", last(&rest)));
    assert_eq!(acknowledged(&harness), 3);
    assert_eq!(none["entry"].as_array().unwrap().len(), 1, "only the status");
    let (status, ways) = harness.fhir("$ways-out");
    assert_eq!((status, ways["resourceType"].as_str()), (200, Some("Parameters")));
}
