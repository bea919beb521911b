//! The status page of a practice on the real binary: open by its link, closed by any other, and about no patient.

use crate::messages::{Person, Result};
use crate::sweeps::{FORM, after, sign_in};
use actions::sign_in::TokenKey;
use actions::values::Role;
use std::path::Path;
use testkit::harness::Setup;
use testkit::http::{get, post};
use testkit::mllp::Behaviour;

#[test]
fn rt10_the_link_of_a_practice_needs_no_sign_in_and_any_other_finds_nothing() {
    let harness = Setup::new("practice").clinic("cairnwood", |_, _| Behaviour::Accept).start();
    let person = Person::new("HRH", 1);
    let report = Result::new("HRH", &person, "P1", harness.provider("cairnwood")).bytes();
    harness.sender().accepted(&[report]);
    let _ = harness.drained();
    let key = std::fs::read(Path::new(&harness.data()).join("token.key")).unwrap();
    let key = TokenKey(key.try_into().unwrap());
    let open = |token: &str, lang: &str| {
        let path = format!("/practice/{token}");
        get(harness.server().http, &path, &[format!("Accept-Language: {lang}")]).unwrap()
    };
    let token = key.practice_token("cairnwood");
    for (lang, sent) in [("en", "Sent in the last seven days"), ("fr", "Envoyé depuis sept jours")] {
        let page = open(&token, lang);
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains(sent) && text.contains("cairnwood-emr"), "{text}");
        assert!(!text.contains(&person.family) && !text.contains(&person.mrn), "{text}");
    }
    let without_link = |token: &str| {
        let answer = open(token, "en");
        assert_eq!(answer.status, 404, "{token}");
        answer.text().replace(token, "HERE")
    };
    let nobody = key.practice_token("nobody");
    assert_eq!(without_link(&nobody), without_link(&"0".repeat(64)), "they tell what exists");
    assert_eq!(open("cairnwood", "en").status, 404);
}

#[test]
fn s020_what_a_register_says_over_mllp_routes_otherwise_only_after_the_steward_saw_who_loses_and_decided() {
    let harness = Setup::new("register").clinic("cairnwood", |_, _| Behaviour::Accept).start();
    let (person, orderer) = (Person::new("HRH", 1), harness.provider("cairnwood"));
    let number = orderer.split('^').next().unwrap_or_default();
    let authority = orderer.rsplit('^').next().unwrap_or_default();
    let result = |n: &str| Result::new("HRH", &person, n, orderer.clone()).bytes();
    harness.sender().accepted(&[result("P1")]);
    let leaves = format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||MFN^M02^MFN_M02|REG-1|P|2.5.1\rMFI|PRA||UPD|||NE\r\
         MFE|MDC|1|20261119|{number}|CE\rSTF|{number}|{number}^^^{authority}^MD|cairnwood^Ana||F||I\r"
    );
    harness.sender().accepted(&[leaves.into_bytes()]);
    harness.sender().accepted(&[result("P2")]);
    assert_eq!(harness.drained().acknowledged, 2, "what was only said changes nothing");

    let (at, steward) = (harness.server().http, sign_in(&harness, "plover", Role::DirectorySteward));
    let page = |path: &str| get(at, path, std::slice::from_ref(&steward.cookie)).unwrap().text();
    let list = page("/directory");
    assert!(list.contains("works at cairnwood until 2026-11-19") && list.contains("MFN LIS@HRH"), "{list}");
    assert!(list.contains("to be decided by"), "it has a clock: {list}");
    let proposal = after(&list, "href=\"/directory/changes/").unwrap().to_owned();
    let weighed = page(&format!("/directory/changes/{proposal}"));
    assert!(weighed.contains("Would no longer get") && weighed.contains("cairnwood-emr"), "{weighed}");
    let seen = after(&weighed, "name=\"seen\" value=\"").unwrap().to_owned();
    let decide = |seen: &str| {
        let form = format!("form={}&verdict=apply&reason=Called+her&seen={seen}", steward.form);
        let headers = [FORM.to_owned(), steward.cookie.clone()];
        post(at, &format!("/directory/{proposal}"), &headers, form.as_bytes()).unwrap().status
    };
    assert_eq!(decide("0"), 409, "decided on what no page showed");
    assert_eq!(decide(&seen), 303);
    harness.sender().accepted(&[result("P3")]);
    let books = harness.drained();
    assert_eq!((books.filed, books.acknowledged), (4, 2), "{books:?}");
    assert!(harness.desk().contains("has no place in the directory"), "a person finds who must have it");
}
