//! Somebody is called about a critical result: by the folder of a gateway and by its address, on the real binary.

use crate::messages::{Person, Result};
use crate::sweeps::{FORM, after, sign_in};
use actions::values::Role;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::folder::Folder;
use testkit::harness::{Harness, Setup};
use testkit::http::{get, post};
use testkit::patience::until;

/// How long a call may take in a build without optimisation on a busy machine; it is looked every two seconds.
const CALL_LIMIT: Duration = Duration::from_secs(60);

/// A calendar in which one person is at every desk at every hour.
fn calendar(data: &Path) {
    let mut cover = String::from(
        "[[person]]\nname = \"Gull, Ada\"\nphone = \"902-555-0100\"\npage = \"sms:+19025550100\"\n",
    );
    for desk in clinical::obligations::Desk::ALL {
        cover.push_str(&format!(
            "[[shift]]\ndesk = \"{}\"\ndays = \"Mo-Su\"\nfrom = \"00:00\"\nto = \"24:00\"\nperson = \"Gull, Ada\"\n",
            desk.code()
        ));
    }
    std::fs::create_dir_all(data).unwrap();
    std::fs::write(data.join("cover.toml"), cover).unwrap();
}

/// A critical result that has nobody to go to, handed by the delivery desk to whoever is on call. Returns its line.
fn comes_to_the_one_on_call(harness: &Harness) -> String {
    let person = Person::new("HRH", 1);
    let nowhere = Result::new("HRH", &person, "M1", "9999^Nemo^Ana^^^^^^NSMD".to_owned()).bytes();
    let critical = String::from_utf8(nowhere).unwrap().replace("|N|||F|", "|HH|||F|");
    harness.sender().accepted(&[critical.into_bytes()]);
    let _ = harness.drained();
    let (at, desk) = (harness.server().http, sign_in(harness, "marram", Role::LaboratoryDesk));
    let list = get(at, "/desk?show=no-route", std::slice::from_ref(&desk.cookie)).unwrap().text();
    let line = after(&list, "&amp;pick=").expect("a line").to_owned();
    let form = format!("form={}&to=on-call&reason=Nobody+answers", desk.form);
    let headers = [FORM.to_owned(), desk.cookie];
    assert_eq!(post(at, &format!("/desk/{line}/hand"), &headers, form.as_bytes()).unwrap().status, 303);
    line
}

fn line_of(harness: &Harness, line: &str) -> String {
    harness.page("marram", &format!("/desk?pick={line}"))
}

#[test]
fn h18_whoever_is_on_call_is_called_by_the_gateway_and_answers_by_the_link() {
    let folder = Folder::new("pages");
    let data = folder.join("data");
    calendar(&data);
    let spool = folder.join("spool");
    let setting = format!("[paging]\nportal = \"https://opor.example/\"\nfolder = \"{}\"", spool.display());
    let harness = Setup::new("paging").data(data).setting(&setting).start();
    let line = comes_to_the_one_on_call(&harness);

    let calls = || -> Vec<String> {
        let entries = std::fs::read_dir(&spool).into_iter().flatten().flatten();
        let whole = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "page"));
        whole.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect()
    };
    assert!(until(CALL_LIMIT, || !calls().is_empty()), "nobody is called");
    let call = calls().remove(0);
    assert!(call.contains("to: sms:+19025550100") && call.contains("name: Gull, Ada"), "{call}");
    let person = Person::new("HRH", 1);
    assert!(!call.contains(&person.family) && !call.contains(&person.mrn), "a call names no patient: {call}");
    let link =
        call.lines().find_map(|line| line.strip_prefix("link: https://opor.example")).unwrap().to_owned();
    let told = |text: &str| line_of(&harness, &line).contains(text);
    assert!(
        until(CALL_LIMIT, || told("Gull, Ada was called (sms:+19025550100)")),
        "{}",
        line_of(&harness, &line)
    );

    let at = harness.server().http;
    let page = get(at, &link, &[]).unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("I have it") && !page.text().contains(&person.family), "{}", page.text());
    assert!(!told("answered the call"), "opening the link answers nothing");
    assert_eq!(get(at, &format!("{link}00"), &[]).unwrap().status, 404);
    assert_eq!(post(at, &link, &["Origin: http://elsewhere.example".to_owned()], b"").unwrap().status, 403);
    assert_eq!(post(at, &link, &[FORM.to_owned()], b"").unwrap().status, 303);
    assert!(told("Gull, Ada answered the call"), "{}", line_of(&harness, &line));
    assert!(get(at, &link, &["Accept-Language: fr".to_owned()]).unwrap().text().contains("l’a jusqu’au"));
    assert_eq!(post(at, &link, &[FORM.to_owned()], b"").unwrap().status, 409, "she has it already");
    assert_eq!(calls().len(), 1, "one call, not one every two seconds");
    let books = harness.books();
    assert!(books.balanced && books.owned == 1, "an answer ends nothing, and the books balance: {books:?}");
    drop(harness);
}

/// A gateway that answers 503 until it is told to take calls.
fn gateway(works: &Arc<AtomicBool>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/calls", listener.local_addr().unwrap());
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let (kept, works) = (Arc::clone(&taken), Arc::clone(works));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(std::result::Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let (name, value) = line.split_once(':').unwrap_or_default();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let takes = works.load(Ordering::SeqCst);
            let status = if takes { "202 Accepted" } else { "503 Service Unavailable" };
            if takes {
                kept.lock().unwrap().push(String::from_utf8(body).unwrap());
            }
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, taken)
}

#[test]
fn h18_a_gateway_that_refuses_is_an_incident_until_it_takes_the_call_and_the_desk_can_answer() {
    let folder = Folder::new("webhook");
    let data = folder.join("data");
    calendar(&data);
    let works = Arc::new(AtomicBool::new(false));
    let (address, taken) = gateway(&works);
    let setting = format!("[paging]\nportal = \"https://opor.example\"\nwebhook = \"{address}\"");
    let harness = Setup::new("webhook").data(data).setting(&setting).start();
    let line = comes_to_the_one_on_call(&harness);
    let wall = || harness.page("marram", "/feeds");
    let says = "The paging gateway does not take calls: it answered 503.";
    assert!(until(CALL_LIMIT, || wall().contains(says)), "{}", wall());
    works.store(true, Ordering::SeqCst);
    assert!(until(CALL_LIMIT, || !taken.lock().unwrap().is_empty()), "it is called again");
    assert!(until(CALL_LIMIT, || !wall().contains(says)), "{}", wall());
    let call: serde_json::Value = serde_json::from_str(&taken.lock().unwrap()[0]).unwrap();
    assert_eq!(call["to"], "sms:+19025550100");
    assert!(until(CALL_LIMIT, || line_of(&harness, &line).contains("I have it: stop calling")));
    // Signed in last: one session of a person stands in the foreground.
    let desk = sign_in(&harness, "marram", Role::LaboratoryDesk);
    let headers = [FORM.to_owned(), desk.cookie];
    let form = format!("form={}", desk.form);
    let answered = post(harness.server().http, &format!("/desk/{line}/answer"), &headers, form.as_bytes());
    assert_eq!(answered.unwrap().status, 303);
    let shown = line_of(&harness, &line);
    assert!(shown.contains("answered the call and has it") && !shown.contains("stop calling"), "{shown}");
    drop(harness);
}
