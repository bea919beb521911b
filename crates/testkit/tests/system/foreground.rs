//! One chart in the foreground: many tabs of one session, and an EMR that opens the portal at a patient.

use crate::messages::{Person, Result};
use crate::sweeps::{FORM, Seat, after, sign_in};
use actions::sign_in::TokenKey;
use actions::values::Role;
use fhir::{PersonId, RecordId};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::Store;
use testkit::harness::{Harness, Setup};
use testkit::http::{Response, get, post};
use testkit::mllp::Behaviour;

/// Interleavings of tabs (HAZARDS H10).
const ROUNDS: usize = 1_000;
/// Tabs of one session.
const TABS: usize = 4;
/// Audit rows read back at once.
const TAIL: usize = 100_000;
/// Base64 for addresses (RFC 4648 section 5).
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn person_of(person: &Person) -> PersonId {
    PersonId::born_with(RecordId::of(&person.authority, &person.mrn))
}

/// A province where each of the people has one result.
fn province(name: &'static str, people: &[Person]) -> Harness {
    let harness = Setup::new(name).clinic("cairnwood", |_, _| Behaviour::Accept).start();
    let sent: Vec<Vec<u8>> = people
        .iter()
        .enumerate()
        .map(|(n, one)| Result::new("HRH", one, format!("F{n}"), harness.provider("cairnwood")).bytes())
        .collect();
    harness.sender().accepted(&sent);
    let _ = harness.drained();
    harness
}

/// A browser with the cookies of one session; all tabs share them.
struct Browser<'h> {
    harness: &'h Harness,
    cookies: BTreeMap<String, String>,
    form: String,
}

impl<'h> Browser<'h> {
    fn new(harness: &'h Harness, seat: Option<&Seat>) -> Self {
        let mut browser = Self { harness, cookies: BTreeMap::new(), form: String::new() };
        if let Some(seat) = seat {
            browser.keep(seat.cookie.trim_start_matches("Cookie: "));
            browser.form.clone_from(&seat.form);
        }
        browser
    }

    fn keep(&mut self, cookie: &str) {
        if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
            // One that is over is sent no more.
            match cookie.contains("Max-Age=0;") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    fn header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("Cookie: {}", pairs.join("; "))
    }

    fn took(&mut self, response: Response) -> Response {
        for line in &response.headers {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("set-cookie")
            {
                self.keep(value.trim());
            }
        }
        response
    }

    fn get(&mut self, path: &str) -> Response {
        let response = get(self.harness.server().http, path, &[self.header()]).unwrap();
        self.took(response)
    }

    fn post(&mut self, path: &str, fields: &str) -> Response {
        let headers = [FORM.to_owned(), self.header()];
        let response = post(self.harness.server().http, path, &headers, fields.as_bytes()).unwrap();
        self.took(response)
    }
}

/// Numbers of a seed, for choices (SplitMix64).
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}

#[test]
fn h10_a_thousand_interleavings_of_tabs_act_on_no_other_patient() {
    let people: Vec<Person> = (1..=5).map(|n| Person::new("HRH", n)).collect();
    let harness = province("foreground", &people);
    let seat = sign_in(&harness, "kestrel", Role::Pharmacist);
    let mut browser = Browser::new(&harness, Some(&seat));
    let mut choices = Choices(20_261_122);
    let mut tabs: [Option<usize>; TABS] = [None; TABS];
    let mut open: Option<usize> = None;
    let (mut done, mut refused) = (vec![0_usize; people.len()], 0);
    for round in 0..ROUNDS {
        let tab = choices.below(TABS);
        if tabs[tab].is_none() || choices.below(2) == 0 {
            let whom = choices.below(people.len());
            let page = browser.get(&format!("/person/{}/results", person_of(&people[whom])));
            assert!(matches!(page.status, 200 | 403), "round {round}: {}", page.status);
            (tabs[tab], open) = (Some(whom), Some(whom));
            continue;
        }
        // The form as this tab was given it: its address names the patient that the tab shows.
        let whom = tabs[tab].unwrap();
        let fields = format!("form={}&reason=treating&words=round+{round}", browser.form);
        let answer = browser.post(&format!("/person/{}/reason", person_of(&people[whom])), &fields);
        if open == Some(whom) {
            assert_eq!(answer.status, 303, "round {round}: {}", answer.text());
            done[whom] += 1;
        } else {
            let text = answer.text();
            assert_eq!(answer.status, 409, "round {round}: {text}");
            for named in [whom, open.unwrap()] {
                assert!(text.contains(&people[named].family.to_uppercase()), "round {round}: {text}");
            }
            refused += 1;
        }
    }
    assert!(refused > 100 && done.iter().all(|times| *times > 10), "{refused} refused, {done:?} done");
    let audit = Store::open_read(Path::new(&harness.data()), store::Settings::new(Arc::new(|| 0))).unwrap();
    let rows = audit.view().unwrap().audit_tail(TAIL).unwrap();
    for (whom, person) in people.iter().enumerate() {
        let said = rows
            .iter()
            .filter(|(_, row)| row.verb == "state-reason" && row.person == Some(person_of(person)))
            .count();
        assert_eq!(said, done[whom], "{}", person.family);
    }
    println!(
        "{ROUNDS} interleavings: {} acts, {refused} refused, 0 on another patient",
        done.iter().sum::<usize>()
    );
}

fn coded(bytes: &[u8]) -> String {
    let bits: Vec<usize> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| usize::from(byte >> n & 1))).collect();
    let value = |six: &[usize]| six.iter().fold(0, |sum, bit| sum << 1 | bit) << (6 - six.len());
    bits.chunks(6).map(|six| char::from(SIGNS[value(six)])).collect()
}

/// The server's own time in seconds, as its answers say it: `Mon, 23 Nov 2026 05:49:41 GMT`.
fn server_seconds(harness: &Harness) -> i64 {
    let answer = get(harness.server().http, "/launch", &[]).unwrap();
    let parts: Vec<&str> = answer.header("date").expect("a date").split([' ', ':']).collect();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == parts[2]).expect("a month") + 1;
    let number = |n: usize| parts[n].parse::<i64>().expect("a number");
    let days = fhir::time::days_from_civil(number(3), i64::try_from(month).unwrap(), number(1));
    days * 86_400 + number(4) * 3_600 + number(5) * 60 + number(6)
}

/// What an EMR sends: the patient by number and birth date, signed with the key that the practice was given.
fn ticket(harness: &Harness, endpoint: &str, number: &str, issuer: &str, birth: &str, jti: &str) -> String {
    let key = std::fs::read(Path::new(&harness.data()).join("token.key")).unwrap();
    let key = TokenKey(key.try_into().unwrap()).launch_key(endpoint);
    let now = server_seconds(harness);
    let header = format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{endpoint}"}}"#);
    let claims = format!(
        r#"{{"aud":"opor","iat":{now},"exp":{},"jti":"{jti}","patient":{{"number":"{number}","issuer":"{issuer}","birth_date":"{birth}"}}}}"#,
        now + 120
    );
    let signed = format!("{}.{}", coded(header.as_bytes()), coded(claims.as_bytes()));
    let seal = actions::launches::signature(&key, &signed);
    format!("{signed}.{}", coded(&seal))
}

#[test]
fn pp_an_emr_opens_the_portal_at_its_patient_once_and_moves_the_foreground() {
    let people: Vec<Person> = (1..=2).map(|n| Person::new("HRH", n)).collect();
    let harness = province("launch", &people);
    let born =
        |person: &Person| format!("{}-{}-{}", &person.birth[..4], &person.birth[4..6], &person.birth[6..]);
    let [first, second] = [&people[0], &people[1]];
    let endpoint = "cairnwood-emr";
    let sent = ticket(&harness, endpoint, &first.mrn, "HRH", &born(first), "one");
    // Without a session: the ticket is taken, then somebody signs in.
    let mut browser = Browser::new(&harness, None);
    let answer = browser.post("/launch", &format!("ticket={sent}"));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/launch/go")), "{}", answer.text());
    let answer = browser.get("/launch/go");
    assert_eq!(answer.header("location"), Some("/sign-in?back=%2Flaunch%2Fgo"));
    let seat = sign_in(&harness, "cairnwood", Role::FamilyDoctor);
    browser.keep(seat.cookie.trim_start_matches("Cookie: "));
    browser.form.clone_from(&seat.form);
    let answer = browser.get("/launch/go");
    let chart = format!("/person/{}", person_of(first));
    assert_eq!(answer.header("location"), Some(chart.as_str()), "{}", answer.text());
    assert_eq!(browser.get(&chart).status, 200);
    // The same ticket again, in this browser or another, opens nothing.
    for mut other in [Browser::new(&harness, Some(&seat)), Browser::new(&harness, None)] {
        assert_eq!(other.post("/launch", &format!("ticket={sent}")).status, 409);
    }
    // A tab of the first patient asks to act after the EMR moved the session to the second.
    let page = browser.get(&chart).text();
    assert!(page.contains(&first.family.to_uppercase()));
    let next = ticket(&harness, endpoint, &second.mrn, "HRH", &born(second), "two");
    assert_eq!(browser.post("/launch", &format!("ticket={next}")).status, 303);
    let answer = browser.get("/launch/go");
    let moved = answer.header("location").expect("a chart").to_owned();
    assert_eq!(browser.get(&moved).status, 200);
    let fields = format!("form={}&reason=life", browser.form);
    let answer = browser.post(&format!("{chart}/break-glass"), &fields);
    let text = answer.text();
    assert_eq!(answer.status, 409, "{text}");
    assert!([first, second].iter().all(|one| text.contains(&one.family.to_uppercase())), "{text}");
    // Number and birth date of two people lead nowhere by themselves: the page says what was sent and who has the number.
    let mixed = ticket(&harness, endpoint, &first.mrn, "HRH", &born(second), "three");
    assert_eq!(browser.post("/launch", &format!("ticket={mixed}")).status, 303);
    let answer = browser.get("/launch/go");
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains(&born(second)) && answer.text().contains(&first.family.to_uppercase()));
    // A key of another practice, or a changed letter, is no key of this one.
    let forged = ticket(&harness, "nobody-emr", &first.mrn, "HRH", &born(first), "four");
    assert_eq!(browser.post("/launch", &format!("ticket={forged}")).status, 422);
    let (signed, seal) = next.rsplit_once('.').unwrap();
    let changed = format!("{signed}.{}", seal.chars().rev().collect::<String>());
    assert_eq!(browser.post("/launch", &format!("ticket={changed}")).status, 422);
    assert!(after(&page, "name=\"form\" value=\"").is_some());
}

#[test]
fn h10_the_ticket_that_came_last_opens_its_patient_signed_out_and_locked() {
    let people: Vec<Person> = (1..=2).map(|n| Person::new("HRH", n)).collect();
    let harness = province("launch-last", &people);
    let born =
        |person: &Person| format!("{}-{}-{}", &person.birth[..4], &person.birth[4..6], &person.birth[6..]);
    let sent = |whom: usize, jti: &str| {
        let person = &people[whom];
        let ticket = ticket(&harness, "cairnwood-emr", &person.mrn, "HRH", &born(person), jti);
        format!("ticket={ticket}")
    };
    let chart = |whom: usize| format!("/person/{}", person_of(&people[whom]));
    // Signed out: the first ticket waits for a sign-in when the link of the second is opened.
    let mut browser = Browser::new(&harness, None);
    assert_eq!(browser.post("/launch", &sent(0, "a")).status, 303);
    assert!(browser.get("/launch/go").header("location").is_some_and(|to| to.starts_with("/sign-in")));
    let page = browser.get("/launch");
    assert!(page.status == 200 && page.text().contains("id=\"ticket\""), "the second is asked for");
    assert!(!browser.cookies.contains_key("opor-launch"), "the first still waits");
    assert_eq!(browser.post("/launch", &sent(1, "b")).status, 303);
    let answer = browser.post("/sign-in", "persona=cairnwood&back=%2Flaunch%2Fgo");
    assert_eq!(answer.header("location"), Some("/launch/go"), "{}", answer.text());
    assert_eq!(browser.get("/launch/go").header("location"), Some(chart(1).as_str()));
    // Locked: another station is in front. The link is taken all the same, and leads on when its holder goes on.
    assert_eq!(browser.get(&chart(1)).status, 200);
    let _ = sign_in(&harness, "cairnwood", Role::FamilyDoctor);
    assert_eq!(browser.get(&chart(1)).status, 403, "not locked");
    let page = browser.get("/launch");
    assert!(page.status == 200 && page.text().contains("id=\"ticket\""), "{}", page.text());
    assert_eq!(browser.post("/launch", &sent(0, "c")).status, 303);
    let locked = browser.get("/launch/go");
    assert_eq!(locked.status, 403);
    let text = locked.text();
    let form = after(&text, "name=\"form\" value=\"").expect("a token").to_owned();
    let answer = browser.post("/unlock", &format!("form={form}&locked-at=%2Flaunch%2Fgo"));
    assert_eq!(answer.header("location"), Some("/launch/go"), "{}", answer.text());
    assert_eq!(browser.get("/launch/go").header("location"), Some(chart(0).as_str()));
    // A ticket that waits at a sign-in that it did not ask for is left behind.
    assert_eq!(browser.post("/launch", &sent(1, "d")).status, 303);
    let _ = browser.post("/sign-in", "persona=cairnwood");
    assert!(!browser.cookies.contains_key("opor-launch"));
}
