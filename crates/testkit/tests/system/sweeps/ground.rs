//! A province with something behind every route of both doors, and somebody in every seat.

use crate::mailbox::{JUDGED, PROVED, mail};
use crate::messages::{Person, Result};
use actions::values::Role;
use fhir::{PersonId, RecordId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{AuditRow, Store};
use testkit::harness::{Harness, Setup, opor, wait_for};
use testkit::http::{Response, exchange, get, post};
use testkit::mllp::Behaviour;
use testkit::patience::until;

/// Personas of the demo with their roles.
const SEATS: [(&str, Role); 12] = [
    ("cairnwood", Role::FamilyDoctor),
    ("marram", Role::LaboratoryDesk),
    ("sorrel", Role::IdentitySteward),
    ("tern", Role::Registrar),
    ("plover", Role::DirectorySteward),
    ("kestrel", Role::Pharmacist),
    ("wren", Role::PrivacyOfficer),
    ("marsh", Role::UnitManager),
    ("heron", Role::Coordinator),
    ("turnstone", Role::Chiropractor),
    ("dunlin", Role::Dentist),
    ("phalarope", Role::OtherProfessional),
];
/// Audit rows read back at once; a sweep makes fewer.
const TAIL: usize = 10_000;
/// A person, record or message that nobody has, in the shape of one.
pub(super) const NOBODY: &str = "000000000001";
/// A form of the registration desk that made a record, and what was typed in it.
const FORM_ID: &str = "sweep";
/// A group and a subscription of an application.
const GROUP: &str = "sweep-group";
const SUBSCRIPTION: &str = "sweep-subscription";
const TYPED: &str =
    "family=Quillon&given=Oriane&birth=1984-07-19&sex=F&jurisdiction=NS&form_id=sweep&no_card=none";

/// Somebody signed in.
pub(crate) struct Seat {
    pub(crate) persona: &'static str,
    pub(crate) role: Role,
    pub(crate) cookie: String,
    pub(crate) form: String,
}

/// A folder that goes once the harness in it has closed.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }
}

/// A province with something behind every route.
pub(super) struct Ground {
    pub(super) harness: Harness,
    _folder: Folder,
    audit: Store,
    pub(super) seats: Vec<Seat>,
    /// What stands in the gaps of the routes.
    pub(super) fill: BTreeMap<&'static str, String>,
    /// Obligations: of a delivery that was refused, of a report without a route, of an identity question.
    refused: String,
    unroutable: String,
    question: String,
    /// Another report without a route, a case that somebody opened, another delivery that was refused.
    excusable: String,
    case: String,
    unmatched: String,
    /// The attention that a critical result of another practice is owed, and something that the doctor was sent.
    critical: String,
    theirs: String,
    /// A mail that is held.
    held: String,
    /// A breach case about the looks of the doctor, whose persons are told, and one whose persons are not.
    breach: String,
    unnotified: String,
    /// A broken glass to be reviewed, and a request to correct.
    review: String,
    correction: String,
}

/// The first place between `before` and one of the marks that end a word in HTML.
pub(crate) fn after<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let rest = text.split_once(before)?.1;
    rest.split(['"', '&', '?', '/', '#']).next()
}

pub(crate) fn sign_in(harness: &Harness, persona: &'static str, role: Role) -> Seat {
    let at = harness.server().http;
    let answer = post(at, "/sign-in", &[FORM.to_owned()], format!("persona={persona}").as_bytes()).unwrap();
    let cookie = answer.header("set-cookie").and_then(|text| text.split(';').next()).unwrap();
    let cookie = format!("Cookie: {cookie}");
    let page = get(at, "/help", std::slice::from_ref(&cookie)).unwrap().text();
    let form = after(&page, "name=\"form\" value=\"").unwrap_or_default().to_owned();
    assert_eq!(form.len(), 64, "{persona} has no form token");
    Seat { persona, role, cookie, form }
}

/// A dialect that reads nobody's messages, and its digest (SHA-256), by which it is signed.
const DIALECT: &str =
    "sort=dialect&text=name+%3D+%22sweep%22%0Aversion+%3D+1%0Alinks+%3D+%5B%22SWEEP%22%5D%0A";
const DIALECT_DIGEST: &str = "7a39dbe7a7ca127dcc17b95b7f4fe6dfbb6350f9a1810721846021e2b49eede6";

/// What a register says of somebody without a number.
const MASTER_FILE: &[u8] = b"MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||MFN^M02^MFN_M02|SWEEP-1|P|2.5.1\rMFI|PRA||UPD|||NE\rMFE|MAD|1||9|CE\rSTF|9||Nobody^Al||M||A\r";

/// A telephone number of a practice, proposed in the form of the directory file.
const CONTACT: &str = "why=A+new+number&changes=[[contact]]%0Aid%3D%22c-phone%22%0Aof%3D%22p-cairnwood%22%0Akind%3D%22phone%22%0Avalue%3D%22902+555+0142%22%0Asource%3D%22telephone%22%0Averified_on%3D%222026-01-01%22%0Anext_check%3D%222026-07-01%22%0A";

/// A batch that changes no chart.
const BATCH: &str = "link=LIS@HRH&deed=notify&since=2020-01-01&reason=Units";

pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

impl Ground {
    pub(super) fn new(name: &'static str) -> Self {
        // An application that awaits its two forms, and mails for it: one that a person must look at, one that is held.
        let folder = std::env::temp_dir().join(format!("opor-sweep-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        crate::mailbox::seed(&folder.join("data"));
        let outgoing = crate::mailbox::seed_refused(&folder.join("data"));
        let new = folder.join("mails/new");
        std::fs::create_dir_all(&new).unwrap();
        let drawn = mail(PROVED, "drawn", &["drawn-ink.pdf", "drawn-stamp.pdf"]);
        std::fs::write(new.join("1"), drawn).unwrap();
        std::fs::write(new.join("2"), mail("", "unproved", &["drawn-ink.pdf"])).unwrap();
        let place = folder.join("mails");
        let mailbox = format!("[mailbox]\nfolder = \"{}\"\nserver = \"mx.opor.example\"", place.display());
        let harness = Setup::new(name)
            .data(folder.join("data"))
            .setting(&mailbox)
            .clinic("cairnwood", |_, _| Behaviour::Accept)
            .clinic("alder", |_, _| Behaviour::Refuse("AR", "not our patient"))
            .start();
        let person = Person::new("HRH", 1);
        let known = Result::new("HRH", &person, "M1", harness.provider("cairnwood"));
        // A critical one, whose reading is owed whatever the receiver's system can tell.
        let mut with_file =
            String::from_utf8(known.bytes()).unwrap().replace("|N|||F|", "|HH|||F|").into_bytes();
        with_file.extend_from_slice(b"OBX|2|ED|PDF^Report^L||^application^pdf^Base64^JVBERi0xLjQK||||||F\r");
        let refused = Result::new("HRH", &person, "M2", harness.provider("alder"));
        let nowhere = Result::new("HRH", &person, "M3", "9999^Nemo^Ana^^^^^^NSMD".to_owned());
        // The same name and birth date under another number, and no card that proves it: a person must look.
        let twin = Person { authority: "VGH".to_owned(), mrn: "777001".to_owned(), ..person.clone() };
        let question = Result::new("VGH", &twin, "M4", harness.provider("cairnwood"));
        // Somebody else of the same hospital, for the decision between two records.
        let other = Person::new("HRH", 2);
        let theirs = Result::new("HRH", &other, "M5", harness.provider("cairnwood"));
        let nowhere_either = Result::new("HRH", &other, "M6", "9998^Nullo^Ben^^^^^^NSMD".to_owned());
        // Critical too: somebody must read it back.
        let refused_too = Result::new("HRH", &other, "M7", harness.provider("alder")).bytes();
        let refused_too = String::from_utf8(refused_too).unwrap().replace("|N|||F|", "|HH|||F|").into_bytes();
        let sent = [
            with_file,
            refused.bytes(),
            nowhere.bytes(),
            theirs.bytes(),
            nowhere_either.bytes(),
            refused_too,
        ];
        harness.sender().accepted(&sent);
        let _ = harness.interpreted();
        harness.sender().accepted(&[question.bytes()]);
        wait_for(harness.clinic("alder"), 2);
        let books = harness.drained();
        assert_eq!((books.filed, books.held), (6, 1), "{books:?}");
        // A register names somebody without a number: the directory desk must ask.
        harness.sender().accepted(&[MASTER_FILE.to_vec()]);
        crate::breaker::stopped_feed(&harness, "cairnwood");
        let _ = harness.drained();

        let seats: Vec<Seat> = SEATS.map(|(persona, role)| sign_in(&harness, persona, role)).into();
        // Nothing is written through it, so no clock is ever asked.
        let settings = store::Settings::new(Arc::new(|| 0));
        let audit = Store::open_read(Path::new(&harness.data()), settings).unwrap();
        let mut ground = Self {
            harness,
            _folder: Folder(folder),
            audit,
            seats,
            fill: BTreeMap::from([("{outgoing}", outgoing)]),
            refused: String::new(),
            unroutable: String::new(),
            question: String::new(),
            excusable: String::new(),
            case: String::new(),
            unmatched: String::new(),
            review: String::new(),
            correction: String::new(),
            critical: String::new(),
            theirs: String::new(),
            held: String::new(),
            breach: String::new(),
            unnotified: String::new(),
        };
        ground.look_around();
        ground
    }

    /// Finds what stands behind the gaps, as people find it: by following links.
    fn look_around(&mut self) {
        let page = |path: &str, seat: usize| {
            let answer = self.get(path, &[self.seats[seat].cookie.clone()]);
            assert_eq!(answer.status, 200, "{path}");
            answer.text()
        };
        let home = page("/", 0);
        let report = home.split("href=\"").find_map(|rest| {
            let href = rest.split('"').next()?;
            (href.starts_with("/person/") && href.contains("/reports/")).then(|| href.to_owned())
        });
        let report = report.expect("a report waits for the doctor");
        let parts: Vec<&str> = report.trim_start_matches('/').split(['/', '?', '#']).collect();
        let message = page("/messages?state=filed", 1);
        let mut fill = BTreeMap::from([
            ("{person}", parts[1].to_owned()),
            ("{kind}", parts[3].to_owned()),
            ("{id}", parts[4].to_owned()),
            ("{index}", "0".to_owned()),
            ("{version}", "1".to_owned()),
            ("{name}", "sweep".to_owned()),
            ("{message}", after(&message, "href=\"/messages/").expect("a filed message").to_owned()),
        ]);
        let pick = |show: &str| {
            let list = page(&format!("/desk?show={show}"), 1);
            after(&list, "&amp;pick=").unwrap_or_else(|| panic!("no line on {show}: {list}")).to_owned()
        };
        let (refused, unroutable) = (pick("undelivered"), pick("no-route"));
        let excusable = {
            let list = page("/desk?show=no-route", 1);
            let all = list.split("&amp;pick=").skip(1).filter_map(|rest| rest.split('"').next());
            all.filter(|id| *id != unroutable).last().expect("another without a route").to_owned()
        };
        let question = after(&page("/identity", 2), "case=").expect("an identity case").to_owned();
        fill.insert("{obligation}", unroutable.clone());
        // A decision that can be taken back, and a record that the registration desk made.
        let decided = |path: &str, seat: usize| {
            let form = format!("form={}&{}", self.seats[seat].form, self.fields(path));
            let answer = self.post(path, std::slice::from_ref(&self.seats[seat].cookie), &form);
            assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        };
        decided("/identity/compare", 2);
        decided("/registration", 3);
        decided("/cases", 0);
        // Something withheld and seen all the same, a reason where no relation is on file, a request to correct.
        let person = fill["{person}"].clone();
        let of_person = |path: &str| format!("/person/{person}/{path}");
        decided(&of_person("consent"), 6);
        decided(&of_person("corrections"), 6);
        decided(&of_person("break-glass"), 0);
        for pharmacist_or_like in [5, 9, 10, 11] {
            decided(&of_person("reason"), pharmacist_or_like);
        }
        decided(&of_person("panel"), 0);
        let correction =
            after(&page(&of_person("consent"), 6), "action=\"/corrections/").expect("a request").to_owned();
        let review = after(&page("/privacy", 6), "action=\"/privacy/").expect("a review").to_owned();
        let proposed = || {
            decided("/directory", 4);
            let list = page("/directory", 4);
            after(&list, "href=\"/directory/changes/").expect("a proposal").to_owned()
        };
        // One is applied, so that a practice has something to confirm; the same again is left to be decided.
        let proposal = proposed();
        let weighed = page(&format!("/directory/changes/{proposal}"), 4);
        let seen = after(&weighed, "name=\"seen\" value=\"").expect("what was seen");
        let form = format!("form={}&verdict=apply&reason=By+telephone&seen={seen}", self.seats[4].form);
        let path = format!("/directory/{proposal}");
        let answer = self.post(&path, std::slice::from_ref(&self.seats[4].cookie), &form);
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        let proposal = proposed();
        let list = page("/directory", 4);
        let asked = after(&list, "action=\"/directory/questions/").expect("a question of the directory desk");
        fill.insert("{question}", asked.to_owned());
        let key = std::fs::read(Path::new(&self.harness.data()).join("token.key")).unwrap();
        let key = actions::sign_in::TokenKey(key.try_into().unwrap());
        fill.insert("{token}", key.practice_token("cairnwood"));
        let attention = store::ObligationFilter {
            kind: Some("attention".to_owned()),
            open: Some(true),
            recipient_id: Some("p-alder".to_owned()),
            ..store::ObligationFilter::default()
        };
        let critical = self.audit.view().unwrap().obligations(&attention, 10, 0).unwrap();
        let critical = critical.iter().find(|row| row.gravity == 2).expect("a critical one").id.to_string();
        let own = store::ObligationFilter {
            kind: Some("attention".to_owned()),
            recipient_id: Some("p-cairnwood".to_owned()),
            ..store::ObligationFilter::default()
        };
        let theirs = self.audit.view().unwrap().obligations(&own, 10, 0).unwrap();
        let theirs = theirs.first().expect("something that was sent to them").id.to_string();
        let case = after(&page("/cases", 0), "/cases?pick=").expect("a case").to_owned();
        let list = page("/unmatched", 1);
        let unmatched = list.split("/unmatched?pick=").skip(1).filter_map(|rest| rest.split('"').next());
        let unmatched = unmatched.filter(|id| *id != refused).last().expect("not matched").to_owned();
        let history = page(&format!("/identity/person/{}", fill["{person}"]), 2);
        let event = after(&history, "href=\"/identity/undo/").expect("a decision to take back").to_owned();
        fill.insert("{event}", event);
        let stop =
            after(&page("/breaker", 2), "href=\"/breaker?stop=").expect("a feed that stopped").to_owned();
        fill.insert("{stop}", stop);
        fill.insert("{application}", self.application(&key));
        fill.insert("{deed}", "caller".to_owned());
        fill.insert("{turn}", "suspend".to_owned());
        fill.insert("{issuer}", NOBODY.to_owned());
        fill.insert("{call}", NOBODY.to_owned());
        fill.insert("{ticket}", NOBODY.to_owned());
        let sent = |state: &str| {
            let mails = self.audit.view().unwrap().latest_mails_in(10).unwrap();
            mails.into_iter().find(|mail| mail.state == state).map(|mail| mail.id.to_string())
        };
        assert!(
            until(JUDGED, || sent("waiting").is_some() && sent("held").is_some()),
            "nobody judged the mails"
        );
        fill.insert("{mail}", sent("waiting").expect("a form for a person"));
        self.held = sent("held").expect("a mail that is held");
        fill.insert("{file}", "0".to_owned());
        fill.insert("{outgoing}", self.fill["{outgoing}"].clone());
        fill.insert("{export}", self.export());
        fill.insert("{output}", "Patient.ndjson".to_owned());
        self.breach = self.case_of_looks("cairnwood", "notify");
        self.unnotified = self.case_of_looks("marram", "not-notify");
        fill.insert("{form}", FORM_ID.to_owned());
        (self.refused, self.unroutable, self.question, self.fill) = (refused, unroutable, question, fill);
        (self.critical, self.theirs) = (critical, theirs);
        self.fill.insert("{proposal}", proposal);
        (self.review, self.correction) = (review, correction);
        (self.excusable, self.case, self.unmatched) = (excusable, case, unmatched);
    }

    pub(super) fn get(&self, path: &str, headers: &[String]) -> Response {
        get(self.harness.server().http, path, headers).unwrap()
    }

    pub(super) fn post(&self, path: &str, headers: &[String], form: &str) -> Response {
        let headers = [&[FORM.to_owned()], headers].concat();
        post(self.harness.server().http, path, &headers, form.as_bytes()).unwrap()
    }

    /// A route with its gaps filled; `changed` fills one of them otherwise.
    pub(super) fn path(&self, pattern: &str, changed: Option<(&str, &str)>) -> String {
        let mut path = pattern.to_owned();
        if let Some((gap, with)) = changed {
            path = path.replace(gap, with);
        }
        if pattern.starts_with("/identity/") {
            path = path.replace("{obligation}", &self.question);
        }
        if pattern.ends_with("/$lastn") {
            let record = self.fill["{id}"].split('-').next().unwrap_or_default();
            path = format!("{path}?patient={record}");
        }
        if pattern.ends_with("/$summary") || pattern.ends_with("/$everything") {
            // The Patient of the record that the report stands on.
            let record = self.fill["{id}"].split('-').next().unwrap_or_default();
            path = path.replace("{kind}", "Patient").replace("{id}", record);
        }
        if pattern.ends_with("/$export") {
            let kind = if pattern.contains("{id}") { "Group" } else { "Patient" };
            path = path.replace("{kind}", kind).replace("{id}", GROUP);
        }
        if pattern.ends_with("/$status") || pattern.ends_with("/$events") {
            path = path.replace("{kind}", "Subscription").replace("{id}", SUBSCRIPTION);
        }
        if pattern.ends_with("/{inner}") {
            let record = self.fill["{id}"].split('-').next().unwrap_or_default();
            path = path.replace("{inner}", &self.fill["{kind}"]).replace("{kind}", "Patient");
            path = path.replace("{id}", record);
        }
        if pattern.starts_with("/fhir") && pattern.ends_with("_history") {
            path = format!("{path}?_count=500");
        }
        if pattern.ends_with("/send") {
            path = path.replace("{obligation}", &self.refused);
        }
        if pattern.starts_with("/unmatched/") {
            path = path.replace("{obligation}", &self.unmatched);
        }
        if pattern.starts_with("/primaries/") {
            path = path.replace("{obligation}", &self.theirs);
        }
        if pattern.ends_with("/read-back") {
            path = path.replace("{obligation}", &self.critical);
        }
        if pattern.ends_with("/dismiss") {
            path = path.replace("{mail}", &self.held);
        }
        if pattern.ends_with("/excuse") {
            path = path.replace("{obligation}", &self.excusable);
        }
        if pattern.starts_with("/cases/") {
            path = path.replace("{obligation}", &self.case);
        }
        if pattern.starts_with("/privacy/") {
            path = path.replace("{obligation}", &self.review);
        }
        if pattern.starts_with("/corrections/") {
            path = path.replace("{obligation}", &self.correction);
        }
        if pattern.ends_with("/notice") {
            path = path.replace("{obligation}", &self.unnotified);
        }
        if pattern.starts_with("/breaches/") {
            path = path.replace("{obligation}", &self.breach);
        }
        for (gap, with) in &self.fill {
            path = path.replace(gap, with);
        }
        if pattern == "/identity/compare" {
            let [one, other] = Self::pair();
            path = format!("{path}?records={one},{other}");
        }
        if pattern == "/fhir/{kind}" {
            path = format!("{path}?_id={}", self.fill["{id}"]);
        }
        assert!(!path.contains('{'), "nothing is known for {path}");
        path
    }

    /// A write at the FHIR door that fits its route.
    pub(super) fn write(&self, route: &gateway::fhir::Route, token: &str) -> Response {
        let kind = &self.fill["{kind}"];
        let named = |id: &str| {
            format!(
                r#"{{"resourceType":"{kind}"{id},"status":"final","identifier":[{{"system":"urn:sweep","value":"1"}}]}}"#
            )
        };
        if route.path.contains("$export") {
            let headers = ["Content-Type: application/fhir+json".to_owned(), token.to_owned()];
            let (path, body) = (self.path(route.path, None), br#"{"resourceType":"Parameters"}"#);
            return exchange(self.harness.server().http, route.method, &path, &headers, body).unwrap();
        }
        let mut path = route.path.replace("{kind}", kind).replace("{id}", "sweep-1");
        if route.path == "/fhir/{kind}" && route.method != "POST" {
            path.push_str("?identifier=urn:sweep%7C1");
        }
        let body = match (route.method, route.path) {
            ("POST", "/fhir" | "/fhir/") => r#"{"resourceType":"Bundle","type":"batch"}"#.to_owned(),
            ("PATCH", _) => "[]".to_owned(),
            (_, path) if path.contains("$meta-") => {
                r#"{"tag":[{"system":"urn:sweep","code":"1"}]}"#.to_owned()
            }
            ("PUT", "/fhir/{kind}/{id}") => named(r#","id":"sweep-1""#),
            ("PUT", _) => named(""),
            (_, path) if path.ends_with("$match") => {
                let sought = r#"{"resourceType":"Patient","name":[{"family":"Sweep"}]}"#;
                format!(
                    r#"{{"resourceType":"Parameters","parameter":[{{"name":"resource","resource":{sought}}}]}}"#
                )
            }
            (_, path) if path.ends_with("_search") => format!("_id={}", self.fill["{id}"]),
            _ => format!(r#"{{"resourceType":"{kind}","status":"final"}}"#),
        };
        let headers = ["Content-Type: application/fhir+json".to_owned(), token.to_owned()];
        exchange(self.harness.server().http, route.method, &path, &headers, body.as_bytes()).unwrap()
    }

    /// An application asks for an export, and subscribes.
    fn export(&self) -> String {
        let headers = ["Content-Type: application/fhir+json".to_owned(), self.token(Role::System.code())];
        let ask = |method: &str, path: &str, body: &str| {
            let answer =
                exchange(self.harness.server().http, method, path, &headers, body.as_bytes()).unwrap();
            assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
            answer
        };
        let group = format!(r#"{{"resourceType":"Group","id":"{GROUP}","type":"person","actual":true}}"#);
        ask("PUT", &format!("/fhir/Group/{GROUP}"), &group);
        let subscription = format!(
            r#"{{"resourceType":"Subscription","id":"{SUBSCRIPTION}","status":"requested","reason":"sweep","criteria":"urn:opor:topic:new-result","channel":{{"type":"rest-hook","endpoint":"http://127.0.0.1:9/hook"}}}}"#
        );
        ask("PUT", &format!("/fhir/Subscription/{SUBSCRIPTION}"), &subscription);
        let begun = ask("GET", "/fhir/$export", "");
        let place = begun.header("content-location").expect("where its status is").to_owned();
        place.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// Somebody begins an application for access: their address is proved by the code of their mail.
    fn application(&self, key: &actions::sign_in::TokenKey) -> String {
        let address = "nora.plaice@harbourview.example";
        let answer = self.post("/join", &[], &format!("address={address}"));
        assert_eq!(answer.status, 303, "{}", answer.text());
        let cookie = answer.header("set-cookie").and_then(|text| text.split(';').next()).unwrap();
        let cookie = format!("Cookie: {cookie}");
        let mail = self.audit.view().unwrap().mails_out(1).unwrap().remove(0);
        let body = actions::mailing::fill(key, "", &mail.body);
        let code =
            body.split([' ', '.']).find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).unwrap();
        let answer = self.post("/join/code", std::slice::from_ref(&cookie), &format!("code={code}"));
        assert_eq!(answer.header("location"), Some("/join/application"), "{}", answer.text());
        assert_eq!(self.get("/join/application", &[cookie]).status, 200);
        self.audit.view().unwrap().applications_at(address).unwrap()[0].id.to_string()
    }

    /// Somebody gives a tip about a reader; the privacy desk opens a case about it and decides who is told.
    fn case_of_looks(&self, about: &str, decision: &str) -> String {
        let given = self.post("/tips", &["Sec-Fetch-Site: same-origin".to_owned()], "text=They+read+files");
        assert_eq!(given.status, 200, "{}", given.text());
        let officer = &self.seats[6];
        let cookie = std::slice::from_ref(&officer.cookie);
        let list = self.get("/detection", cookie).text();
        let tip = after(&list, "action=\"/detection/tips/").expect("a tip to answer");
        let form = format!("form={}&answer=Looked+into&about={about}", officer.form);
        let answer = self.post(&format!("/detection/tips/{tip}"), cookie, &form);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let list = self.get("/detection", cookie).text();
        let case = after(&list, "href=\"/breaches/").expect("a case is open").to_owned();
        // Letters and the notice to the Commissioner follow from it.
        let form = format!("form={}&decision={decision}&reason=Curiosity", officer.form);
        let answer = self.post(&format!("/breaches/{case}"), cookie, &form);
        assert_eq!(answer.status, 303, "{}", answer.text());
        case
    }

    /// The fields of a form that does something on a route, without its token.
    pub(super) fn fields(&self, path: &str) -> String {
        let [one, other] = Self::pair();
        let message = self.fill.get("{message}").map_or("1-1", String::as_str);
        if path.starts_with("/applications/") {
            "method=video&evidence=Passport+412&genuine=yes".to_owned()
        } else if path.starts_with("/mailbox/") {
            let file = usize::from(path.ends_with("/return"));
            format!("file={file}&which=request&reason=Another+hand")
        } else if path == "/first-patient" {
            "step=4&chose=3".to_owned()
        } else if path.starts_with("/mails/") {
            "turn=told&told=By+telephone".to_owned()
        } else if path == "/people/settle" {
            format!("obligation={}&reason=Asked+them", self.refused)
        } else if path.ends_with("/consent") || path.ends_with("/consent/try") {
            "class=immunizations&role=family-doctor&reason=Form+12".to_owned()
        } else if path.ends_with("/consent/end") {
            "directive=1&reason=Asked".to_owned()
        } else if path.ends_with("/corrections") {
            "asked=Never+smoked".to_owned()
        } else if path.starts_with("/corrections/") {
            "verdict=withdrawn&statement=Taken+back".to_owned()
        } else if path.ends_with("/break-glass") {
            "reason=life".to_owned()
        } else if path.ends_with("/reason") {
            "reason=treating".to_owned()
        } else if path.starts_with("/privacy/relations") {
            // The opening after the glass and four reasons.
            "grant=6&reason=Not+theirs".to_owned()
        } else if path == "/panel/renew" || path == "/panel/leave" {
            format!("person={}&words=Still+hers", self.fill.get("{person}").map_or("", String::as_str))
        } else if path.ends_with("/panel") {
            "words=Took+her+on+in+May".to_owned()
        } else if path == "/panel/file" {
            "text=hcn%2Cfamily%2Cgiven%2Cbirth_date%0A%2CNobody%2CNora%2C1970-01-01".to_owned()
        } else if path.starts_with("/privacy/") {
            "how=Looked+at+it".to_owned()
        } else if path.starts_with("/breaches/") {
            // Each act of a case reads its own of these.
            "decision=notify&reason=Curiosity&since=2020-01-01&until=2099-01-01&how=Letters+sent".to_owned()
        } else if path == "/desk/send" {
            format!("lines={}", self.refused)
        } else if path.ends_with("/hand") {
            "to=safety&reason=Theirs".to_owned()
        } else if path.ends_with("/excuse") {
            "reason=Not+needed".to_owned()
        } else if path.starts_with("/primaries/") {
            "practitioner=p-cairnwood&reason=She+moved+away".to_owned()
        } else if path == "/team/keep" {
            "place=cairnwood&name=Diabetes&member=p-cairnwood".to_owned()
        } else if path.starts_with("/unmatched/") {
            "answer=match".to_owned()
        } else if path.ends_with("/receive") {
            "version=1".to_owned()
        } else if path.starts_with("/feeds/") {
            BATCH.to_owned()
        } else if path == "/dialects/try" {
            DIALECT.to_owned()
        } else if path == "/dialects/sign" {
            format!("digest={DIALECT_DIGEST}&reason=Nothing+differs")
        } else if path == "/dialects/retire" {
            "sort=dialect&name=sweep&reason=Enough".to_owned()
        } else if path.starts_with("/replay") {
            format!("what=message&message={message}")
        } else if path == "/directory" {
            CONTACT.to_owned()
        } else if path == "/directory/mine" {
            "what=another&kind=fax&value=902+555+0111&why=We+moved".to_owned()
        } else if path == "/directory/mine/confirm" {
            String::new()
        } else if path.starts_with("/destinations/") {
            "destination=cairnwood-emr&reason=They+renew+it".to_owned()
        } else if path.ends_with("/read-back") {
            "to=p-alder&text=Heron+potassium+6.8".to_owned()
        } else if path.starts_with("/directory/") {
            "verdict=dismiss&reason=Not+ours".to_owned()
        } else if path == "/cases" {
            "sort=missing&item=L-404&asked=Nothing+has+come".to_owned()
        } else if path.starts_with("/breaker") {
            "verdict=release&reason=All+of+it+was+hers".to_owned()
        } else if path.starts_with("/identity/compare") {
            format!("answer=apart:{other}&record={one}&reason=Both+were+here")
        } else if path.starts_with("/identity/undo/") {
            "reason=The+wrong+line".to_owned()
        } else if path.starts_with("/identity/") {
            "answer=return&reason=Not+ours".to_owned()
        } else if path.starts_with("/registration") {
            TYPED.to_owned()
        } else if path.ends_with("/close") {
            "reason=By+telephone".to_owned()
        } else {
            "text=Rang+them".to_owned()
        }
    }

    /// What was typed to find somebody is in no address: where the search leads, and the cookies that it goes with.
    pub(super) fn searched(&self, seat: &Seat) -> (String, String) {
        let form = format!("form={}&q=HRH+100001", seat.form);
        let answer = self.post("/search", std::slice::from_ref(&seat.cookie), &form);
        let to = answer.header("location").unwrap_or_default().to_owned();
        assert!(answer.status == 303 && !to.contains("100001"), "{} {to}", answer.status);
        let kept = answer.header("set-cookie").and_then(|text| text.split(';').next()).unwrap_or_default();
        (to, format!("{}; {kept}", seat.cookie))
    }

    /// The mark of a trial of the batch, as its page carries it on; empty where no trial can be made.
    pub(super) fn tried(&self) -> String {
        let seat = &self.seats[1];
        let form = format!("form={}&{BATCH}", seat.form);
        let page = self.post("/feeds/try", std::slice::from_ref(&seat.cookie), &form).text();
        after(&page, "name=\"seen\" value=\"").unwrap_or_default().to_owned()
    }

    /// The records of two people of one hospital.
    pub(super) fn pair() -> [RecordId; 2] {
        [1, 2].map(|n| RecordId::of("HRH", &Person::new("HRH", n).mrn))
    }

    /// Audit rows from a number on, oldest first.
    pub(super) fn rows(&self, from: i64) -> Vec<(i64, AuditRow)> {
        let mut rows = self.audit.view().unwrap().audit_tail(TAIL).unwrap();
        rows.retain(|(seq, _)| *seq > from);
        rows.reverse();
        rows
    }

    /// What people and machines at the doors left since a row; mails go out and subscribers are called beside them.
    pub(super) fn done(&self, from: i64) -> Vec<(i64, AuditRow)> {
        let mut rows = self.rows(from);
        let called = format!("Subscription/{SUBSCRIPTION}/");
        rows.retain(|(_, row)| row.actor != actions::mailing::ACTOR && !row.object.starts_with(&called));
        rows
    }

    pub(super) fn last_row(&self) -> i64 {
        self.audit.view().unwrap().audit_tail(1).unwrap().first().map_or(0, |(seq, _)| *seq)
    }

    pub(super) fn person(&self) -> PersonId {
        self.fill["{person}"].parse().unwrap()
    }

    /// A receiving system has its own token; that of an endpoint which collects nothing finds nothing.
    pub(super) fn token(&self, role: &str) -> String {
        let of =
            if role == Role::Receiver.code() { ["--endpoint", "cairnwood-emr"] } else { ["--role", role] };
        let said = opor(&["token", "--data", &self.harness.data(), of[0], of[1]]);
        assert_eq!(said.code, 0, "{}", said.err);
        format!("Authorization: Bearer {}", said.out.trim())
    }
}
