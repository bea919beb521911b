use super::*;
use fhir::Instant;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/forms")
}

fn subject() -> Subject {
    let facts: Facts =
        serde_json::from_str(&std::fs::read_to_string(folder().join("facts.json")).unwrap()).unwrap();
    Subject::of("00000000000000a7".to_owned(), &facts, Words::new("Pharmacist", "Pharmacien"))
}

/// 2026-11-23, when the files were made.
const NOW: Instant = Instant(1_795_392_000_000_000);

/// Files made and signed by pyHanko, which is not ours (crates/testkit/thirdparty/make_forms.py): each has one verdict.
#[test]
fn s040_s041_every_file_of_the_corpus_has_its_verdict_and_its_reason() {
    let authority = std::fs::read(folder().join("authority.der")).unwrap();
    let (anchors, left) = Anchors::from_der(&[authority]);
    assert_eq!(left, 0);
    let cases = std::fs::read_to_string(folder().join("cases.txt")).unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in cases.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (name, wanted) = line.split_once(" = ").unwrap();
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let found = judge(&bytes, &subject(), &anchors, NOW).to_string();
        if found != wanted {
            wrong.push(format!("{name}: {found}, not {wanted}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 20, "{count}");
}

#[test]
fn s040_a_form_is_for_one_application_and_the_same_each_time() {
    let subject = subject();
    for form in Form::ALL {
        assert_eq!(print(form, &subject), print(form, &subject));
        let blank = judge(&print(form, &subject), &subject, &Anchors::default(), NOW);
        assert_eq!(blank.to_string(), format!("{} returned: unsigned", form.code()));
        let french = Subject { tongue: Tongue::Fr, ..subject.clone() };
        let blank = judge(&print(form, &french), &subject, &Anchors::default(), NOW);
        assert_eq!(blank.defects, [Defect::Unsigned], "the other language is as good");
    }
}

#[test]
fn s040_each_field_that_differs_is_named() {
    let subject = subject();
    let changes: BTreeMap<&str, Subject> = BTreeMap::from([
        ("name", Subject { name: "Kestrel, Brom".into(), ..subject.clone() }),
        ("email", Subject { email: "b@elsewhere.example".into(), ..subject.clone() }),
        ("profession", Subject { profession: Words::new("Dentist", "Dentiste"), ..subject.clone() }),
        ("licence", Subject { licence: "9".into(), ..subject.clone() }),
        ("workplaces", Subject { workplaces: vec!["Elsewhere".into()], ..subject.clone() }),
    ]);
    for (field, printed_for) in changes {
        let found = judge(&print(Form::Request, &printed_for), &subject, &Anchors::default(), NOW);
        let Some(Defect::Differs(items)) = found.defects.first() else { panic!("{field}: {found}") };
        assert_eq!(items.iter().map(|item| item.field()).collect::<Vec<_>>(), [field]);
    }
    let other = Subject { application: "00000000000000a8".into(), ..subject.clone() };
    let found = judge(&print(Form::Agreement, &other), &subject, &Anchors::default(), NOW);
    assert_eq!(found.to_string(), "agreement returned: other-request, unsigned");
}

#[test]
fn every_reason_says_what_to_do_next_in_both_languages() {
    let defects = [
        Defect::Empty,
        Defect::Document,
        Defect::Picture,
        Defect::NotPdf,
        Defect::TooMuch,
        Defect::Damaged,
        Defect::Encrypted,
        Defect::Active(vec![Active::Script, Active::Xfa]),
        Defect::NotOurs,
        Defect::Version("2025-1".into()),
        Defect::OtherRequest,
        Defect::Differs(vec![Item::Name, Item::Licence]),
        Defect::Unsigned,
        Defect::Broken,
        Defect::ChangedAfter,
        Defect::Revoked,
    ];
    for defect in defects {
        let words = defect.words();
        for text in [&words.en, &words.fr] {
            assert!(text.matches(['.', ':']).count() >= 1 && text.ends_with('.'), "{text}");
        }
        assert_ne!(words.en, words.fr);
    }
}
