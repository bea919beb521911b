//! The status page of a practice on the real binary: open by its link, closed by any other, and about no patient.

use crate::messages::{Person, Result};
use actions::sign_in::TokenKey;
use std::path::Path;
use testkit::harness::Setup;
use testkit::http::get;
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
