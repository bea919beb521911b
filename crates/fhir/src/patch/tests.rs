use super::*;
use std::path::Path;

fn patched(resource: &str, patch: &str) -> Result<String, String> {
    let patch = Patch::read(patch.as_bytes()).map_err(|e| e.to_string())?;
    let bytes = patch.apply(resource.as_bytes()).map_err(|e| e.to_string())?;
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"a","identifier":[{"use":"usual","value":"1"},{"use":"official","value":"2","period":{"start":"2020"}}],"deceasedBoolean":false,"multipleBirthInteger":1.0}"#;

#[test]
fn what_is_not_named_stays_as_it_is() {
    let after = patched(
        PATIENT,
        r#"[{"op":"add","path":"/birthDate","value":"1980"},{"op":"replace","path":"/identifier/0/value","value":"9"}]"#,
    );
    let after = after.expect("patched");
    assert!(
        after.contains(r#""multipleBirthInteger":1.0"#) && after.contains(r#"{"use":"usual","value":"9"}"#),
        "{after}"
    );
    assert!(after.ends_with(r#","birthDate":"1980"}"#), "{after}");
}

#[test]
fn a_path_patch_finds_its_place() {
    let operation = |sort: &str, path: &str, rest: &str| {
        format!(
            r#"{{"resourceType":"Parameters","parameter":[{{"name":"operation","part":[{{"name":"type","valueCode":"{sort}"}},{{"name":"path","valueString":"{path}"}}{rest}]}}]}}"#
        )
    };
    let value = |value: &str| format!(r#",{{"name":"value",{value}}}"#);
    for (patch, wanted) in [
        (
            operation("delete", "Patient.identifier.where(use = 'official').period", ""),
            r#"{"use":"official","value":"2"}"#,
        ),
        (
            operation("replace", "Patient.deceased", &value(r#""valueBoolean":true"#)),
            r#""deceasedBoolean":true"#,
        ),
        (
            operation(
                "add",
                "Patient",
                &format!(
                    r#",{{"name":"name","valueString":"telecom"}}{}"#,
                    value(r#""valueContactPoint":{"value":"x"}"#)
                ),
            ),
            r#""telecom":[{"value":"x"}]"#,
        ),
        (
            operation(
                "insert",
                "Patient.identifier",
                &format!(
                    r#",{{"name":"index","valueInteger":0}}{}"#,
                    value(r#""valueIdentifier":{"value":"0"}"#)
                ),
            ),
            r#""identifier":[{"value":"0"},"#,
        ),
        (operation("delete", "Patient.identifier[7]", ""), r#""id":"a""#),
        (
            operation("replace", "Patient.identifier.last().value", &value(r#""valueString":"5""#)),
            r#""official","value":"5""#,
        ),
    ] {
        let after = patched(PATIENT, &patch);
        assert!(after.as_ref().is_ok_and(|after| after.contains(wanted)), "{patch}: {after:?}");
    }
    for (patch, words) in [
        (operation("delete", "Patient.identifier", ""), "leads to 2 elements"),
        (operation("replace", "Patient.name.family", &value(r#""valueString":"5""#)), "leads to nothing"),
        (operation("turn", "Patient.name", ""), "none of add"),
        (operation("delete", "Patient.name.select(x)", ""), "not understood"),
    ] {
        let error = patched(PATIENT, &patch).expect_err(words);
        assert!(error.starts_with("operation 1: ") && error.contains(words), "{error}");
    }
}

#[test]
fn a_patch_neither_swells_nor_deepens_without_end() {
    let many = |operation: &str, n: usize| format!("[{}]", vec![operation; n].join(","));
    // Twice as much with each operation: a terabyte after forty.
    let copies: Vec<String> =
        (0..40).map(|n| format!(r#"{{"op":"copy","from":"","path":"/x{n}"}}"#)).collect();
    let bomb = patched(PATIENT, &format!("[{}]", copies.join(",")));
    assert!(bomb.as_ref().is_err_and(|words| words.contains("more than 4194304 bytes")), "{bomb:?}");
    let deep = patched(PATIENT, &many(r#"{"op":"copy","from":"","path":"/x"}"#, 200));
    assert!(deep.as_ref().is_err_and(|words| words.contains("deeper than 100")), "{deep:?}");
    let long = patched(PATIENT, &many(r#"{"op":"test","path":"/id","value":"a"}"#, MAX_OPERATIONS + 1));
    assert_eq!(long, Err("the patch has 1001 operations; send at most 1000 at once".to_owned()));
    assert!(patched(PATIENT, &many(r#"{"op":"test","path":"/id","value":"a"}"#, MAX_OPERATIONS)).is_ok());
    let path = format!("Patient{}", ".where(a".repeat(200_000));
    let nested = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"operation","part":[{{"name":"type","valueCode":"delete"}},{{"name":"path","valueString":"{path}"}}]}}]}}"#
    );
    assert!(patched(PATIENT, &nested).is_err_and(|words| words.contains("longer than 1000 bytes")));
}

fn shared(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir-patch-tests").join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        println!("skipped: ../shared not laid beside the project");
    }
    bytes
}

#[test]
fn the_official_json_patches() {
    let Some(bytes) = shared("json-patch-tests.json") else { return };
    let cases = json::parse(&bytes).expect("JSON");
    let mut wrong = Vec::new();
    for case in cases.items() {
        let name = case.get("comment").and_then(Json::as_str).unwrap_or_default();
        let (Some(document), Some(patch)) = (case.get("doc"), case.get("patch")) else { continue };
        let after = Patch::read(&patch.to_bytes()).and_then(|patch| patch.apply(&document.to_bytes()));
        let right = match (case.get("expected"), &after) {
            (Some(wanted), Ok(after)) => json::parse(after).is_ok_and(|after| same(&after, wanted)),
            (None, Err(_)) => true,
            _ => false,
        };
        if !right {
            wrong.push(format!("{name}: {after:?}"));
        }
    }
    println!("{} of {} pass", cases.items().len() - wrong.len(), cases.items().len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The official cases are XML; a Patient's elements are few enough to read them here.
mod xml {
    use super::*;
    use std::borrow::Cow;

    /// An element: name, `value`, what stands in it.
    pub(super) struct Element {
        pub(super) name: String,
        pub(super) attributes: String,
        pub(super) inner: Vec<Element>,
    }

    /// Elements up to the end of the one that they stand in.
    pub(super) fn read(text: &mut &str) -> Vec<Element> {
        let mut found = Vec::new();
        while let Some(at) = text.find('<') {
            let rest = &text[at + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                *text = comment.split_once("-->").expect("a comment's end").1;
                continue;
            }
            let (tag, after) = rest.split_once('>').expect("a tag's end");
            *text = after;
            if tag.starts_with('/') {
                return found;
            }
            if tag.starts_with('?') {
                continue;
            }
            let (tag, is_whole) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let (name, attributes) = tag.split_once([' ', '\n', '\t']).unwrap_or((tag, ""));
            let inner = if is_whole { Vec::new() } else { read(text) };
            found.push(Element { name: name.to_owned(), attributes: attributes.to_owned(), inner });
        }
        found
    }

    impl Element {
        pub(super) fn attribute(&self, name: &str) -> Option<String> {
            let (_, rest) = self.attributes.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0.replace("&apos;", "'").replace("&quot;", "\""))
        }
        pub(super) fn child(&self, name: &str) -> Option<&Element> {
            self.inner.iter().find(|element| element.name == name)
        }
        /// As JSON; `path` is where it stands.
        pub(super) fn json(&self, kind: &str, path: &[&str]) -> Json {
            if let Some(value) = self.attribute("value") {
                return Json::from(value);
            }
            let mut made = Object::new();
            for inner in &self.inner {
                let here: Vec<&str> = path.iter().copied().chain([inner.name.as_str()]).collect();
                let value = inner.json(kind, &here);
                let repeats = crate::repeats::does(kind, path, &inner.name)
                    || (kind == "Parameters" && matches!(inner.name.as_str(), "parameter" | "part"));
                match made.get_mut(&inner.name) {
                    Some(Json::Array(items)) => items.push(value),
                    _ if repeats => made.append(Cow::Owned(inner.name.clone()), Json::Array(vec![value])),
                    _ => made.append(Cow::Owned(inner.name.clone()), value),
                }
            }
            made.into()
        }
    }
}

#[test]
fn the_official_path_patches() {
    let Some(bytes) = shared("fhir-patch-tests.xml") else { return };
    let text = String::from_utf8(bytes).expect("UTF-8");
    let tests = xml::read(&mut text.as_str());
    let (mut all, mut wrong) = (0, Vec::new());
    for case in &tests[0].inner {
        let resource = |name: &str| {
            let element = case.child(name)?.inner.first()?;
            let Json::Object(object) = element.json(&element.name, &[]) else { return Some(Object::new()) };
            let mut made = Object::new();
            made.put("resourceType", element.name.as_str());
            for (key, value) in object.into_properties() {
                made.append(key, value);
            }
            Some(made)
        };
        let (Some(input), Some(diff)) = (resource("input"), resource("diff")) else { continue };
        if case.attribute("mode").as_deref() == Some("reverse") {
            continue;
        }
        all += 1;
        let after = Patch::read(&diff.to_bytes()).and_then(|patch| patch.apply(&input.to_bytes()));
        let right = match (resource("output"), &after) {
            (Some(wanted), Ok(after)) => json::parse(after).is_ok_and(|after| same(&after, &wanted.into())),
            (None, Err(_)) => true,
            _ => false,
        };
        if !right {
            let shown = after.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            wrong.push(format!("{:?}: {shown:?}", case.attribute("name")));
        }
    }
    println!("{} of {all} pass", all - wrong.len());
    assert!(all > 20 && wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
}
