use super::*;
use crate::json::{self, Json};
use crate::time::Instant;
use crate::xml;
use std::collections::BTreeMap;
use std::path::PathBuf;

const NOW: Instant = Instant(1_795_356_300_000_000);

fn shown(item: &Item<'_>) -> String {
    match item.plain() {
        Item::Bool(yes) => yes.to_string(),
        Item::Int(whole) => whole.to_string(),
        Item::Dec(value) => value.to_string(),
        Item::Text(text) => text.into_owned(),
        Item::Moment(moment) => {
            format!("@{}{moment}", if moment.kind_name() == "Time" { "T" } else { "" })
        }
        Item::Quantity(value, unit) => quantity::shown(value, &unit),
        Item::Type(space, name) => format!("{space}.{name}"),
        Item::Node(node) => node.value.to_string(),
    }
}

fn on(text: &str, resource: &Json) -> Result<Vec<String>, PathError> {
    let expression = Expression::parse(text)?;
    let context = Context::of(resource, NOW);
    let found = expression.evaluate(&context, &[Item::Node(Node::of_resource(resource))])?;
    Ok(found.iter().map(shown).collect())
}

#[test]
fn elements_values_and_what_stands_beside() {
    let resource = json::parse(
        br#"{"resourceType":"Patient","active":true,"name":[{"given":["Ada",null],"_given":[null,{"extension":[{"url":"u","valueCode":"c"}]}]}],"deceasedDateTime":"2020-01-02","contained":[{"resourceType":"Organization","id":"o","name":"X"}],"managingOrganization":{"reference":"\u0023o"}}"#,
    )
    .expect("JSON");
    for (text, expected) in [
        ("name.given", "Ada null"),
        ("name.given.where(hasValue())", "Ada"),
        ("name.given.extension('u').value", "c"),
        ("deceased", "@2020-01-02"),
        ("deceased is dateTime", "true"),
        ("Patient.deceased.ofType(boolean).exists()", "false"),
        ("managingOrganization.resolve().name", "X"),
        ("contained.ofType(Organization).name", "X"),
        ("active and name.exists()", "true"),
        ("name.given.first() & '!'", "Ada!"),
        ("(1 | 2 | 3).where($this > 1).select($this * 2)", "4 6"),
        ("'abc'.matches('^a.c$') and 'abc'.replaceMatches('b', 'x') = 'axc'", "true"),
    ] {
        assert_eq!(on(text, &resource).expect(text).join(" "), expected, "{text}");
    }
}

#[test]
fn what_is_not_understood_says_where() {
    let resource = json::parse(br#"{"resourceType":"Patient"}"#).expect("JSON");
    for (text, words) in [
        ("name.", "byte 5"),
        ("(1", "expected )"),
        ("'a", "closing quote"),
        ("1 +", "a value"),
        ("name.frob()", "no function frob()"),
        ("%nothing", "nothing called %nothing"),
        ("1 is Colour", "no type Colour"),
        ("(1|2) + 1", "one value"),
    ] {
        let error = on(text, &resource).expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let deep = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(Expression::parse(&deep).is_err());
    // Without a bracket each step lies a level deeper as well: on a small stack that ended the process.
    for (first, step) in [("name", ".given"), ("1", "+1"), ("name", "[0]"), ("a", ".b()"), ("a", "|b")] {
        assert!(Expression::parse(&format!("{first}{}", step.repeat(2_000))).is_err(), "{step}");
        let whole = format!("{first}{}", step.repeat(99));
        assert!(Expression::parse(&whole).is_ok(), "{step}");
    }
    assert!(Expression::parse(&"-".repeat(9_000)).is_err());
}

/// An expression may be hostile: every one ends.
#[test]
fn h71_no_expression_runs_for_long() {
    let resource = json::parse(br#"{"resourceType":"Patient","name":[{"family":"a"}]}"#).expect("JSON");
    for text in [
        "repeatAll($this)",
        "(1|2|3|4|5|6|7|8|9).repeatAll($this)",
        "name.repeatAll('x')",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a*)*b')",
    ] {
        let _ = on(text, &resource);
    }
    assert_eq!(on("(1|2).repeatAll($this)", &resource), Err(PathError::TooLong));
}

/// The official suite for R4: at least 95 of 100 cases whose input is at hand.
#[test]
fn cd_the_official_suite_of_fhirpath() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(suite) = std::fs::read(folder.join("fhirpath-tests/tests-fhir-r4.xml")) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    let suite = xml::parse(&suite).expect("the suite is XML");
    let mut inputs: BTreeMap<String, Option<Json>> = BTreeMap::new();
    let (mut passed, mut skipped, mut failed) = (0, Vec::new(), Vec::new());
    for group in suite.elements().filter(|e| e.name == "group") {
        for test in group.elements().filter(|e| e.name == "test") {
            let name = format!(
                "{}/{}",
                group.attribute("name").unwrap_or("?"),
                test.attribute("name").unwrap_or("?")
            );
            let file = test.attribute("inputfile").unwrap_or("patient-example.xml");
            let input = inputs.entry(file.to_owned()).or_insert_with(|| {
                let name = file.replace(".xml", ".json");
                ["fhirpath-tests/input", "fhir-r4-examples"]
                    .iter()
                    .find_map(|place| json::parse(&std::fs::read(folder.join(place).join(&name)).ok()?).ok())
            });
            let Some(input) = input else {
                skipped.push(format!("{name} ({file})"));
                continue;
            };
            match case(test, input) {
                Ok(()) => passed += 1,
                Err(words) => failed.push(format!("{name}: {words}")),
            }
        }
    }
    println!("passed {passed}, failed {}, skipped {} for want of their input", failed.len(), skipped.len());
    failed.iter().chain(&skipped).for_each(|line| println!("  {line}"));
    assert!(passed * 100 >= 95 * (passed + failed.len()), "{} failed", failed.len());
    assert!(passed > 850, "{passed} passed");
}

fn case(test: &xml::Element<'_>, input: &Json) -> Result<(), String> {
    let expression = test.elements().find(|e| e.name == "expression").ok_or("no expression")?;
    let text = expression.text();
    let outputs: Vec<String> =
        test.elements().filter(|e| e.name == "output").map(xml::Element::text).collect();
    let mut context = Context::of(input, NOW);
    context.is_strict = test.attribute("mode") == Some("strict");
    let found = Expression::parse(&text)
        .and_then(|expression| expression.evaluate(&context, &[Item::Node(Node::of_resource(input))]));
    let found = match (found, expression.attribute("invalid")) {
        (Err(_), Some(_)) => return Ok(()),
        (Ok(found), Some(how)) if outputs.is_empty() => {
            return Err(format!(
                "{text}: {how} expected, gave {:?}",
                found.iter().map(shown).collect::<Vec<_>>()
            ));
        }
        (Err(error), None) => return Err(format!("{text}: {error}")),
        (Ok(found), _) => found,
    };
    let mut has: Vec<String> = found.iter().map(shown).collect();
    if test.attribute("predicate") == Some("true") {
        has = vec![(!has.is_empty()).to_string()];
    }
    let same =
        |a: &str, b: &str| a == b || matches!((Dec::read(a), Dec::read(b)), (Some(a), Some(b)) if a == b);
    let mut wanted = outputs.clone();
    if test.attribute("ordered") == Some("false") {
        has.sort();
        wanted.sort();
    }
    if has.len() == wanted.len() && has.iter().zip(&wanted).all(|(a, b)| same(a, b)) {
        Ok(())
    } else {
        Err(format!("{text}: {wanted:?} expected, gave {has:?}"))
    }
}

/// What is taken can be worked out on the stack of a thread of the server, also where nothing is optimised.
#[test]
fn h71_the_longest_expressions_fit_a_small_stack() {
    let resource = json::parse(br#"{"resourceType":"Patient","name":[{"given":["a"]}]}"#).expect("a patient");
    let nested = |inner: &str| format!("{}{inner}{}", "(".repeat(18), ")".repeat(18));
    let called = |inner: &str| format!("{}{inner}{}", "iif(true,".repeat(18), ")".repeat(18));
    let mut all = Vec::new();
    for (first, step) in
        [("name", ".given"), ("1", "+1"), ("name", "[0]"), ("name", ".first()"), ("1", "|2"), ("-1", "")]
    {
        let chain = if step.is_empty() {
            format!("{}1", "-".repeat(99))
        } else {
            format!("{first}{}", step.repeat(99))
        };
        all.extend([nested(&chain), called(&chain), chain]);
    }
    let body = move || {
        for text in all {
            let expression = Expression::parse(&text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
            // What has no value, as the 99th name of a name has none, is worked out too.
            let _ = expression
                .evaluate(&Context::of(&resource, NOW), &[Item::Node(Node::of_resource(&resource))]);
        }
    };
    let ran = std::thread::Builder::new().stack_size(2 << 20).spawn(body).expect("a thread").join();
    assert!(ran.is_ok(), "they are taken and worked out");
}
