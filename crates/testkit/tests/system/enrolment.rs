//! Access for a community provider, from the first page to an account, through the real doors (JOURNEYS 2.6).

use crate::sweeps::{FORM, after, sign_in};
use actions::values::Role;
use clinical::enrolment::scenes::scenes;
use std::path::Path;
use std::sync::Arc;
use store::{ApplicationRow, Store};
use testkit::harness::{Harness, Setup};
use testkit::http::{Response, get, post};

const ADDRESS: &str = "nora.plaice@harbourview.example";

/// One browser.
struct Browser<'h> {
    harness: &'h Harness,
    cookie: String,
}

impl Browser<'_> {
    fn get(&self, path: &str) -> Response {
        get(self.harness.server().http, path, std::slice::from_ref(&self.cookie)).unwrap()
    }
    fn post(&self, path: &str, form: &str) -> Response {
        let headers = [FORM.to_owned(), self.cookie.clone()];
        post(self.harness.server().http, path, &headers, form.as_bytes()).unwrap()
    }
    /// A step that is taken.
    fn step(&self, path: &str, form: &str) {
        let answer = self.post(path, form);
        assert_eq!(answer.status, 303, "{path} {form}: {}", answer.text());
    }
}

struct Desk {
    store: Store,
    key: actions::sign_in::TokenKey,
}

impl Desk {
    fn of(harness: &Harness) -> Self {
        // Nothing is written through it, so no clock is ever asked.
        let settings = store::Settings::new(Arc::new(|| 0));
        let store = Store::open_read(Path::new(&harness.data()), settings).unwrap();
        let key = std::fs::read(Path::new(&harness.data()).join("token.key")).unwrap();
        Self { store, key: actions::sign_in::TokenKey(key.try_into().unwrap()) }
    }

    fn application(&self) -> ApplicationRow {
        self.store.view().unwrap().applications_at(ADDRESS).unwrap().remove(0)
    }

    /// The latest mail of a sort, with its blanks filled.
    fn mail(&self, sort: &str) -> String {
        let mails = self.store.view().unwrap().mails_out(100).unwrap();
        let mail = mails.into_iter().find(|mail| mail.sort == sort).expect(sort);
        actions::mailing::fill(&self.key, "", &mail.body)
    }
}

#[test]
fn s028_a_provider_comes_from_the_first_page_to_an_account_through_the_doors() {
    let harness = Setup::new("enrolment").start();
    let at = harness.server().http;
    let page = get(at, "/join", &[]).unwrap();
    assert!(page.status == 200 && page.text().contains("Pharmacist"), "{}", page.text());
    let shared = post(at, "/join", &[FORM.to_owned()], b"address=office@harbourview.example").unwrap();
    assert_eq!(shared.status, 422, "a box that several people read");
    let begun = post(at, "/join", &[FORM.to_owned()], format!("address={ADDRESS}").as_bytes()).unwrap();
    let cookie = begun.header("set-cookie").and_then(|text| text.split(';').next()).unwrap();
    let nora = Browser { harness: &harness, cookie: format!("Cookie: {cookie}") };
    let desk = Desk::of(&harness);

    let mail = desk.mail("code");
    let code = mail.split([' ', '.']).find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).unwrap();
    let wrong = if code == "111111" { "222222" } else { "111111" };
    assert_eq!(nora.post("/join/code", &format!("code={wrong}")).status, 422);
    nora.step("/join/code", &format!("code={code}"));
    nora.step("/join/licence", "profession=pharmacist&licence=P-1001&family=Plaice&given=Nora");
    let incomplete = nora.post("/join/workplaces", "other=Harbour+Pharmacy&name1=Gull&email1=gull@x.example");
    assert_eq!(incomplete.status, 422, "two administrators");
    nora.step(
        "/join/workplaces",
        "other=Harbour+Pharmacy&name1=Gull&email1=gull@x.example&name2=Rail&email2=rail@x.example",
    );
    nora.step("/join/way", "method=video");
    for _ in 0..6 {
        let page = nora.get("/join/application").text();
        let code = after(&page, "name=\"scene\" value=\"").expect("a scene").to_owned();
        let scene = scenes().iter().find(|scene| scene.code == code).unwrap();
        let right = (1..=4).find(|choice| scene.is_right(*choice)).unwrap();
        nora.step("/join/scene", &format!("scene={code}&choice={right}"));
    }
    let unsigned = nora.post("/join/send", "read=nsh&read=iwk&signature=Somebody+Else");
    assert_eq!(unsigned.status, 422, "another name");
    nora.step("/join/send", "read=nsh&read=iwk&signature=nora+plaice");
    assert_eq!(desk.application().state, "submitted", "no register here: a coordinator asks the college");

    let heron = sign_in(&harness, "heron", Role::Coordinator);
    let coordinator = Browser { harness: &harness, cookie: heron.cookie.clone() };
    let queue = coordinator.get("/applications").text();
    let id = after(&queue, "href=\"/applications/").expect("it waits").to_owned();
    let decide = |deed: &str, form: &str| {
        coordinator.step(&format!("/applications/{id}/{deed}"), &format!("form={}&{form}", heron.form));
    };
    decide("licence", "evidence=Registrar+said+so+today");
    assert_eq!(desk.application().state, "complete");
    decide("verify", "method=video&evidence=Passport+ending+412");
    let asked = desk.mail("approve");
    let link = asked.lines().find(|line| line.starts_with("/join/yes/")).expect("a link").to_owned();
    assert_eq!(get(at, &link, &[]).unwrap().status, 200);
    assert_eq!(desk.application().state, "identity-verified", "opening a link answers nothing");
    assert_eq!(post(at, &link, &[FORM.to_owned()], b"answer=yes").unwrap().status, 200);
    let done = desk.application();
    assert_eq!((done.state.as_str(), done.account.is_empty()), ("provisioned", false));
    let account = desk.store.view().unwrap().account(&done.account).unwrap().expect("an account");
    assert_eq!((account.name.as_str(), account.address.as_str()), ("Plaice, Nora", ADDRESS));
    let ready = desk.mail("ready");
    let link = ready.lines().find(|line| line.starts_with(actions::enrolment::INVITED)).expect("a link");
    let invited = get(at, link, &[]).unwrap();
    assert!(invited.status == 200 && invited.text().contains("Plaice, Nora"), "{}", invited.text());
    assert!(nora.get("/join/application").text().contains("account is ready"));
    let stranger = Browser { harness: &harness, cookie: "Cookie: opor-join=00".to_owned() };
    assert_eq!(stranger.get("/join/application").header("location"), Some("/join"));
}
