//! Every route of both doors, read from their own tables: as nobody, as every role, with forms from elsewhere, and with
//! the audit row that each read and each change must leave.

use crate::messages::{Person, Result};
use actions::values::{Permission, Role, audit_verb, is_about_patient, may};
use fhir::{PersonId, RecordId};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::{AuditRow, Store};
use testkit::harness::{Harness, Setup, opor, wait_for};
use testkit::http::{Response, get, post};
use testkit::mllp::Behaviour;

/// Personas of the demo with their roles.
const SEATS: [(&str, Role); 7] = [
    ("cairnwood", Role::FamilyDoctor),
    ("marram", Role::LaboratoryDesk),
    ("sorrel", Role::IdentitySteward),
    ("tern", Role::Registrar),
    ("plover", Role::DirectorySteward),
    ("kestrel", Role::Pharmacist),
    ("wren", Role::PrivacyOfficer),
];
/// Audit rows read back at once; a sweep makes fewer.
const TAIL: usize = 10_000;
/// A person, record or message that nobody has, in the shape of one.
const NOBODY: &str = "000000000001";
/// A form of the registration desk that made a record, and what was typed in it.
const FORM_ID: &str = "sweep";
const TYPED: &str =
    "family=Quillon&given=Oriane&birth=1984-07-19&sex=F&jurisdiction=NS&form_id=sweep&no_card=none";

/// Somebody signed in.
pub(crate) struct Seat {
    persona: &'static str,
    role: Role,
    pub(crate) cookie: String,
    pub(crate) form: String,
}

/// A province with something behind every route.
struct Ground {
    harness: Harness,
    audit: Store,
    seats: Vec<Seat>,
    /// What stands in the gaps of the routes.
    fill: BTreeMap<&'static str, String>,
    /// Obligations: of a delivery that was refused, of a report without a route, of an identity question.
    refused: String,
    unroutable: String,
    question: String,
    /// Another report without a route, a case that somebody opened, another delivery that was refused.
    excusable: String,
    case: String,
    unmatched: String,
    /// The attention that a critical result of another practice is owed.
    critical: String,
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
    fn new(name: &'static str) -> Self {
        let harness = Setup::new(name)
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
            audit,
            seats,
            fill: BTreeMap::new(),
            refused: String::new(),
            unroutable: String::new(),
            question: String::new(),
            excusable: String::new(),
            case: String::new(),
            unmatched: String::new(),
            review: String::new(),
            correction: String::new(),
            critical: String::new(),
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
        decided(&of_person("reason"), 5);
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
        fill.insert("{call}", NOBODY.to_owned());
        fill.insert("{form}", FORM_ID.to_owned());
        (self.refused, self.unroutable, self.question, self.fill) = (refused, unroutable, question, fill);
        self.critical = critical;
        self.fill.insert("{proposal}", proposal);
        (self.review, self.correction) = (review, correction);
        (self.excusable, self.case, self.unmatched) = (excusable, case, unmatched);
    }

    fn get(&self, path: &str, headers: &[String]) -> Response {
        get(self.harness.server().http, path, headers).unwrap()
    }

    fn post(&self, path: &str, headers: &[String], form: &str) -> Response {
        let headers = [&[FORM.to_owned()], headers].concat();
        post(self.harness.server().http, path, &headers, form.as_bytes()).unwrap()
    }

    /// A route with its gaps filled; `changed` fills one of them otherwise.
    fn path(&self, pattern: &str, changed: Option<(&str, &str)>) -> String {
        let mut path = pattern.to_owned();
        if let Some((gap, with)) = changed {
            path = path.replace(gap, with);
        }
        if pattern.starts_with("/identity/") {
            path = path.replace("{obligation}", &self.question);
        }
        if pattern.ends_with("/$summary") {
            // The Patient of the record that the report stands on.
            let record = self.fill["{id}"].split('-').next().unwrap_or_default();
            path = path.replace("{kind}", "Patient").replace("{id}", record);
        }
        if pattern.ends_with("/send") {
            path = path.replace("{obligation}", &self.refused);
        }
        if pattern.starts_with("/unmatched/") {
            path = path.replace("{obligation}", &self.unmatched);
        }
        if pattern.ends_with("/read-back") {
            path = path.replace("{obligation}", &self.critical);
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

    /// The fields of a form that does something on a route, without its token.
    fn fields(&self, path: &str) -> String {
        let [one, other] = Self::pair();
        let message = self.fill.get("{message}").map_or("1-1", String::as_str);
        if path.ends_with("/consent") {
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
        } else if path == "/privacy/relations" {
            // The third opening, after the glass and the reason.
            "grant=3&reason=Not+theirs".to_owned()
        } else if path == "/panel/renew" || path == "/panel/leave" {
            format!("person={}&words=Still+hers", self.fill.get("{person}").map_or("", String::as_str))
        } else if path.ends_with("/panel") {
            "words=Took+her+on+in+May".to_owned()
        } else if path == "/panel/file" {
            "text=hcn%2Cfamily%2Cgiven%2Cbirth_date%0A%2CNobody%2CNora%2C1970-01-01".to_owned()
        } else if path.starts_with("/privacy/") {
            "how=Looked+at+it".to_owned()
        } else if path == "/desk/send" {
            format!("lines={}", self.refused)
        } else if path.ends_with("/hand") {
            "to=safety&reason=Theirs".to_owned()
        } else if path.ends_with("/excuse") {
            "reason=Not+needed".to_owned()
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
    fn searched(&self, seat: &Seat) -> (String, String) {
        let form = format!("form={}&q=HRH+100001", seat.form);
        let answer = self.post("/search", std::slice::from_ref(&seat.cookie), &form);
        let to = answer.header("location").unwrap_or_default().to_owned();
        assert!(answer.status == 303 && !to.contains("100001"), "{} {to}", answer.status);
        let kept = answer.header("set-cookie").and_then(|text| text.split(';').next()).unwrap_or_default();
        (to, format!("{}; {kept}", seat.cookie))
    }

    /// The mark of a trial of the batch, as its page carries it on; empty where no trial can be made.
    fn tried(&self) -> String {
        let seat = &self.seats[1];
        let form = format!("form={}&{BATCH}", seat.form);
        let page = self.post("/feeds/try", std::slice::from_ref(&seat.cookie), &form).text();
        after(&page, "name=\"seen\" value=\"").unwrap_or_default().to_owned()
    }

    /// The records of two people of one hospital.
    fn pair() -> [RecordId; 2] {
        [1, 2].map(|n| RecordId::of("HRH", &Person::new("HRH", n).mrn))
    }

    /// Audit rows from a number on, oldest first.
    fn rows(&self, from: i64) -> Vec<(i64, AuditRow)> {
        let mut rows = self.audit.view().unwrap().audit_tail(TAIL).unwrap();
        rows.retain(|(seq, _)| *seq > from);
        rows.reverse();
        rows
    }

    fn last_row(&self) -> i64 {
        self.audit.view().unwrap().audit_tail(1).unwrap().first().map_or(0, |(seq, _)| *seq)
    }

    fn person(&self) -> PersonId {
        self.fill["{person}"].parse().unwrap()
    }

    /// A receiving system has its own token; that of an endpoint which collects nothing finds nothing.
    fn token(&self, role: &str) -> String {
        let of =
            if role == Role::Receiver.code() { ["--endpoint", "cairnwood-emr"] } else { ["--role", role] };
        let said = opor(&["token", "--data", &self.harness.data(), of[0], of[1]]);
        assert_eq!(said.code, 0, "{}", said.err);
        format!("Authorization: Bearer {}", said.out.trim())
    }
}

/// Routes of the portal that anybody may open, or that only lead elsewhere.
fn open_to_all(path: &str) -> bool {
    matches!(
        path,
        "/sign-in"
            | "/display"
            | "/lang"
            | "/help"
            | "/practice/{token}"
            | "/page/{call}"
            | "/access"
            | "/launch"
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
                ["{person}", "{obligation}", "{message}", "{id}", "{event}", "{form}"]
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
                let answer = if route.path == "/load" || route.path.starts_with("/operations") {
                    ground.post(&path, &headers, "")
                } else {
                    ground.get(&path, &headers)
                };
                assert_eq!(answer.status, 401, "{path}");
                said.push(answer.text());
            }
        }
        assert!(said.iter().all(|one| one == &said[0]), "{} tells what exists: {said:?}", route.path);
    }
    assert!(ground.rows(before).is_empty(), "nobody has looked at anything: {:?}", ground.rows(before));
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
                "GET" => ground.get(&path, std::slice::from_ref(&seat.cookie)),
                _ if may(seat.role, permission) => continue,
                _ => {
                    let form = format!("form={}&{}", seat.form, ground.fields(&path));
                    ground.post(&path, std::slice::from_ref(&seat.cookie), &form)
                }
            };
            let expected = if may(seat.role, permission) { 200 } else { 403 };
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
            let answer = if route.path == "/load" {
                let headers = ["Content-Type: application/fhir+json".to_owned(), token.clone()];
                post(ground.harness.server().http, &path, &headers, bundle.as_bytes()).unwrap()
            } else if route.path.starts_with("/operations") {
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
                true if role == Role::Receiver && route.permission.is_some() => answer.status == 404,
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
                // What is handed on is not there to be taken note of any more; `actions` shows it.
                || screen.path.ends_with("{id}/hand")
                // A decision is owed of a referral only; `actions` shows it with its row.
                || screen.path.ends_with("{id}/decide")
                // Nobody is called about it; `paging` shows an answer with its row.
                || screen.path.ends_with("{obligation}/answer")
                // The hour is sent again once, by whoever asks first.
                || screen.path.ends_with("/resend") && screen.method == "POST" && seat.role != Role::FamilyDoctor
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
    for route in gateway::fhir::ROUTES.iter().filter(|route| route.permission == Some(Permission::ReadFhir)) {
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
            assert!(ground.rows(before).is_empty(), "{path}: {:?}", ground.rows(before));
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
            assert!(ground.rows(before).is_empty(), "{path}: {:?}", ground.rows(before));
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
            let gaps = ["{person}", "{message}", "{id}", "{event}", "{form}"];
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
