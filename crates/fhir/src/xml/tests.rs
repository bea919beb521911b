use super::*;
use crate::json::{self, Json, Object};

fn object(text: &str) -> Object {
    match json::parse(text.as_bytes()).expect(text) {
        Json::Object(object) => object,
        other => panic!("{other}"),
    }
}

#[test]
fn a_resource_is_the_same_in_both_forms() {
    let given = r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">A &amp; <b>B</b></div>"},"contained":[{"resourceType":"Organization","id":"o","name":"X"}],"extension":[{"url":"http://e.org/x","valueDecimal":4.10}],"active":true,"name":[{"family":"O'Neil \"<&>\"\n2","given":["Ada",null,"Mae"],"_given":[null,{"extension":[{"url":"u","valueCode":"c"}]}]}],"birthDate":"1974-12-25","_birthDate":{"id":"i","extension":[{"url":"u","valueString":"s"}]},"multipleBirthInteger":2}"#;
    let text = xml(&object(given));
    assert!(
        text.contains("<extension url=\"http://e.org/x\"><valueDecimal value=\"4.10\"/></extension>"),
        "{text}"
    );
    assert!(text.contains(
        "<contained><Organization><id value=\"o\"/><name value=\"X\"/></Organization></contained>"
    ));
    assert!(text.contains("<birthDate id=\"i\" value=\"1974-12-25\"><extension url=\"u\">"), "{text}");
    let back = resource(text.as_bytes()).expect("read");
    let expected = given.replace(
        "{\"extension\":[{\"url\":\"u\",\"valueCode\":\"c\"}]}]",
        "{\"extension\":[{\"url\":\"u\",\"valueCode\":\"c\"}]},null]",
    );
    assert_eq!(back.to_string(), expected);
}

#[test]
fn what_is_no_fhir_xml_says_where() {
    for (text, words) in [
        (
            "<Patient xmlns='http://hl7.org/fhir'><colour value='red'/></Patient>",
            "Patient.colour: Patient has no element",
        ),
        (
            "<Patient xmlns='http://hl7.org/fhir'><active value='yes'/></Patient>",
            "Patient.active: it is true or false",
        ),
        ("<Patient xmlns='http://hl7.org/fhir'><active value='true' x='1'/></Patient>", "attribute \"x\""),
        ("<Patient xmlns='http://hl7.org/fhir'>words</Patient>", "text stands between"),
        ("<Patient><active value='true'/></Patient>", "xmlns"),
        ("<Patient xmlns='http://hl7.org/fhir'><active value='true'></Patient>", "the end of the element"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Patient/>", "document type"),
        ("<Patient xmlns='http://hl7.org/fhir'><id value='&nbsp;'/></Patient>", "entity"),
        (
            "<Patient xmlns='http://hl7.org/fhir'><birthDate value='2020'/><birthDate value='2021'/></Patient>",
            "several times",
        ),
        (
            "<Patient xmlns='http://hl7.org/fhir'><name id='a'><id value='b'/></name></Patient>",
            "Patient.name.id: it is written as an attribute",
        ),
        ("", "an element"),
    ] {
        let error = resource(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let deep = format!("<a>{}", "<a>".repeat(200));
    assert!(resource(deep.as_bytes()).is_err_and(|e| e.to_string().contains("nested")));
}

#[test]
fn what_is_too_much_is_refused() {
    let long = format!("<a xmlns='{}'/>", "x".repeat(1001));
    let attributes: String = (0..101).map(|n| format!(" a{n}=''")).collect();
    let spaces: String = (0..51).map(|n| format!(" xmlns:a{n}='u'")).collect();
    for (text, words) in [
        (long, "bytes of a namespace"),
        (format!("<a{attributes}/>"), "attributes of an element"),
        (format!("<a{spaces}/>"), "namespaces in force"),
        (format!("<a>{}</a>", "<b/>".repeat(2_000_000)), "elements, attributes and texts"),
    ] {
        let error = parse(text.as_bytes()).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn what_is_no_xml_is_refused() {
    for text in [
        "<x:a/>",
        "<a x:b=''/>",
        "<a b=''c=''/>",
        "<a xmlns='u' xmlns='u'/>",
        "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>",
        "<a><!-- -- --></a>",
        "<a><?xml version='1.0'?></a>",
        "<a>]]></a>",
        "<a>\u{ffff}</a>",
        "<a>&#1;</a>",
        "<a!/>",
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn narrative_neither_breaks_nor_forges_a_document() {
    for html in [
        "</div></text><active value='true'/><text><div>",
        "<div xmlns='http://www.w3.org/1999/xhtml'>a</div><div xmlns='http://www.w3.org/1999/xhtml'>b</div>",
        "<div>x",
        "<x:div/>",
        "words & <b>",
        "",
    ] {
        let mut patient = object(r#"{"resourceType":"Patient"}"#);
        let mut text = Object::new();
        text.put("status", "generated");
        text.put("div", html);
        patient.put("text", text);
        let written = xml(&patient);
        let back = resource(written.as_bytes()).expect(&written);
        assert!(back.get("active").is_none(), "{written}");
    }
    let known = r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a&nbsp;b</div>"}}"#;
    let written = xml(&object(known));
    assert!(written.contains("<div xmlns=\"http://www.w3.org/1999/xhtml\">a&#160;b</div>"), "{written}");
}

/// Every official example that R4 knows, to XML and back.
#[test]
fn official_examples_come_back_from_xml() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir-r4-examples");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
    {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Ok(Json::Object(given)) = json::parse(&std::fs::read(&path).expect("read")) else { continue };
        seen += 1;
        let text = xml(&given);
        match resource(text.as_bytes()) {
            Ok(back) if sorted(&Json::Object(back.clone())) == sorted(&Json::Object(given.clone())) => {}
            Ok(back) => wrong.push(format!(
                "{name}: differs: {}",
                first_difference(&Json::Object(given), &Json::Object(back), "")
            )),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen > 200, "{seen} examples");
}

/// The same with the properties of every object in the order of their names: XML has an order of its own.
fn sorted(json: &Json) -> String {
    match json {
        Json::Object(object) => {
            let mut all: Vec<String> =
                object.iter().map(|(key, value)| format!("{key:?}:{}", sorted(value))).collect();
            all.sort();
            format!("{{{}}}", all.join(","))
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(sorted).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

fn first_difference(a: &Json, b: &Json, path: &str) -> String {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            for (key, value) in a.iter() {
                match b.get(key) {
                    Some(other) if sorted(value) == sorted(other) => {}
                    Some(other) => return first_difference(value, other, &format!("{path}.{key}")),
                    None => return format!("{path}.{key} is missing"),
                }
            }
            format!("{path} has more")
        }
        (Json::Array(a), Json::Array(b)) => {
            let at = a.iter().zip(b).position(|(a, b)| sorted(a) != sorted(b));
            at.map_or_else(
                || format!("{path} has another length"),
                |n| first_difference(&a[n], &b[n], &format!("{path}[{n}]")),
            )
        }
        _ => format!(
            "{path}: {} / {}",
            a.to_string().chars().take(80).collect::<String>(),
            b.to_string().chars().take(80).collect::<String>()
        ),
    }
}
