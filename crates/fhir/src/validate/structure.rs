//! Elements, their types and how often they stand, by the facts about R4.

use super::{Findings, primitive, rules, whole};
use crate::facts::{self, Binding, Element, Sort, Type};
use crate::fhirpath::Node;
use crate::id::Kind;
use crate::json::{Json, Object};
use crate::outcome::{IssueType, Severity};
use crate::search::r4::local_reference;
use std::borrow::Cow;

/// A resource, alone or within another.
pub(super) fn resource(json: &Json, path: &str, root: &Json, findings: &mut Findings) {
    let Some(object) = json.as_object() else {
        findings.wrong(IssueType::Structure, path, "a resource is an object; write it in braces");
        return;
    };
    let kind = object.get("resourceType").and_then(Json::as_str).unwrap_or_default();
    let Some(known) = facts::of(kind).filter(|one| one.sort == Sort::Resource) else {
        findings.wrong(
            IssueType::Structure,
            path,
            format!("\"{kind}\" is no resource type of R4; name one in resourceType"),
        );
        return;
    };
    let around = Around { resource: json, root };
    elements(object, known, path, findings, &around);
    rules::check(Node::of_resource(json), known.rules(), path, &around, findings);
    whole::check(object, kind, path, findings);
}

/// The resource that an element stands in, and the one that this stands in.
pub(super) struct Around<'a> {
    pub(super) resource: &'a Json,
    pub(super) root: &'a Json,
}

/// The elements of an object of a type.
fn elements<'a>(
    object: &'a Object,
    known: &'static Type,
    path: &str,
    findings: &mut Findings,
    around: &Around<'a>,
) {
    if findings.is_full() {
        return;
    }
    let mut seen: Vec<(&'static Element, usize, &str)> = Vec::new();
    for (key, value) in object.iter() {
        if key == "resourceType" && known.sort == Sort::Resource {
            continue;
        }
        let name = key.strip_prefix('_').unwrap_or(key);
        let place = format!("{path}.{name}");
        let Some((element, sort)) = known.element(name) else {
            let words = format!(
                "{} has no element of this name; leave it out, or carry it in an extension",
                known.name
            );
            findings.wrong(IssueType::Structure, &place, words);
            continue;
        };
        let is_primitive = facts::of(sort).is_some_and(|one| one.sort == Sort::Primitive);
        if key != name && !is_primitive {
            findings.wrong(
                IssueType::Structure,
                &place,
                "only a primitive has something beside its value; take the _ away",
            );
            continue;
        }
        // A value is looked at with what stands beside it, once.
        if key != name && object.get(name).is_some() {
            continue;
        }
        let beside = object.get(&format!("_{name}"));
        let value = if key == name { value } else { &Json::Null };
        let many = self::values(value, beside, element, sort, &place, findings, around);
        match seen.iter_mut().find(|(has, ..)| std::ptr::eq(*has, element)) {
            Some((_, _, other)) => {
                let words = format!("{other} stands here too; an element has one type");
                findings.wrong(IssueType::Structure, &place, words);
            }
            None => seen.push((element, many, name)),
        }
    }
    for element in known.elements() {
        let many = seen.iter().find(|(has, ..)| std::ptr::eq(*has, element)).map_or(0, |(_, many, _)| *many);
        let place = format!("{path}.{}{}", element.name, if element.is_choice { "[x]" } else { "" });
        if many < element.min {
            let words = format!("at least {} must be there, {many} found; add it", element.min);
            findings.wrong(IssueType::Required, &place, words);
        }
        if element.max.is_some_and(|max| many > max) {
            let max = element.max.unwrap_or_default();
            findings.wrong(IssueType::Structure, &place, format!("at most {max} may be there, {many} found"));
        }
    }
}

/// The values of one element; how many there are.
fn values<'a>(
    value: &'a Json,
    beside: Option<&'a Json>,
    element: &'static Element,
    sort: &'static str,
    place: &str,
    findings: &mut Findings,
    around: &Around<'a>,
) -> usize {
    let is_list = |json: &Json| matches!(json, Json::Array(_));
    for json in [Some(value).filter(|value| **value != Json::Null), beside].into_iter().flatten() {
        if is_list(json) != element.repeats() {
            let words = if element.repeats() {
                "write a list, in brackets"
            } else {
                "write one value, without brackets"
            };
            findings.wrong(IssueType::Structure, place, words);
            return 1;
        }
        if is_list(json) && json.items().is_empty() {
            findings.wrong(IssueType::Structure, place, "a list is not empty; leave it out");
        }
    }
    let more = beside.map(Json::items).unwrap_or_default();
    let all = value.items().len().max(more.len());
    for n in 0..all {
        let at: Cow<'_, str> = if element.repeats() { format!("{place}[{n}]").into() } else { place.into() };
        let beside = more.get(n).filter(|one| **one != Json::Null);
        one(value.items().get(n).unwrap_or(&Json::Null), beside, element, sort, &at, findings, around);
    }
    all
}

fn one<'a>(
    value: &'a Json,
    beside: Option<&'a Json>,
    element: &'static Element,
    sort: &'static str,
    at: &str,
    findings: &mut Findings,
    around: &Around<'a>,
) {
    let plain = facts::plain(sort);
    if facts::is_resource(plain) {
        // What is contained belongs to this resource; an entry of a bundle stands for itself.
        let root = if element.name == "contained" { around.root } else { value };
        return resource(value, at, root, findings);
    }
    let Some(known) = facts::of(plain) else { return };
    if known.sort == Sort::Primitive {
        match (value, beside) {
            (Json::Null, None) => {
                findings.wrong(
                    IssueType::Structure,
                    at,
                    "a value or an extension beside it is missing; leave null out",
                );
            }
            (Json::Null, Some(_)) => {}
            (value, _) => match primitive::wrong(known.name, value) {
                Some(words) => findings.wrong(IssueType::Value, at, words),
                None => code(value, element, at, findings),
            },
        }
        match beside {
            Some(Json::Object(object)) if !object.is_empty() => {
                if let Some(plain) = facts::of("Element") {
                    elements(object, plain, at, findings, around);
                }
            }
            Some(_) => findings.wrong(
                IssueType::Structure,
                at,
                "what stands beside a value is an object with id or extension",
            ),
            None => {}
        }
    } else {
        let Json::Object(object) = value else {
            findings.wrong(
                IssueType::Structure,
                at,
                format!("a {} is an object; write it in braces", known.name),
            );
            return;
        };
        if object.is_empty() {
            findings.wrong(
                IssueType::Structure,
                at,
                "an element has a value or elements; leave an empty one out",
            );
        }
        elements(object, known, at, findings, around);
        code(value, element, at, findings);
        if plain == "Reference" {
            reference(object, sort, at, findings);
        }
        whole::element(object, known, at, findings);
    }
    let node = Node { value, beside, sort: Some(known.name) };
    rules::check(node, known.rules().chain(&element.rules), at, around, findings);
}

/// Required codes.
fn code(value: &Json, element: &Element, at: &str, findings: &mut Findings) {
    let Some(Binding::Required(url)) = element.binding else { return };
    if let Some(words) = code_is_missing(value, url) {
        findings.wrong(IssueType::CodeInvalid, at, words);
    }
}

/// What to write instead, when no code of a value stands in a set that can be told here.
pub(super) fn code_is_missing(value: &Json, url: &str) -> Option<String> {
    let codes = facts::codes_of(url)?;
    let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let of_coding = |json: &Json| Some((text(json, "system"), text(json, "code")?));
    let found: Vec<(Option<String>, String)> = match (value, value.get("coding")) {
        (Json::String(code), _) => vec![(None, code.to_string())],
        (Json::Object(_), Some(codings)) => codings.items().iter().filter_map(of_coding).collect(),
        (Json::Object(_), None) => of_coding(value).into_iter().collect(),
        _ => Vec::new(),
    };
    if found.is_empty() || found.iter().any(|(system, code)| codes.has(system.as_deref(), code)) {
        return None;
    }
    let (system, code) = found.first()?;
    let system = system.as_ref().map(|system| format!("{system}|")).unwrap_or_default();
    Some(format!("{system}{code} is not in {url}; use one of {}", codes.shown(12)))
}

/// How a reference is written and what it leads to.
fn reference(object: &Object, sort: &'static str, at: &str, findings: &mut Findings) {
    let Some(text) = object.get("reference").and_then(Json::as_str) else { return };
    let named = object.get("type").and_then(Json::as_str);
    let is_absolute = text
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+'));
    let place = format!("{at}.reference");
    let to = match local_reference(text) {
        Some((kind, id)) => {
            if !is_absolute && !primitive::is_id(id) {
                findings.wrong(IssueType::Value, &place, "an id has 1 to 64 letters, digits, - and .");
            }
            Some(kind)
        }
        None if text.starts_with('#') || is_absolute || text.contains('?') => None,
        None => {
            // A path that leads elsewhere than to a type of R4 may mean something to who wrote it.
            let severity = if text.contains('/') { Severity::Warning } else { Severity::Error };
            let words = format!("\"{text}\" is no reference; write Type/id, #id or a whole address");
            findings.say(severity, IssueType::Value, &place, words);
            None
        }
    };
    let mut targets = facts::targets(sort).peekable();
    let to = to.or_else(|| named.and_then(|name| name.parse::<Kind>().ok()));
    if let (Some(to), Some(_)) = (to, targets.peek()) {
        let all: Vec<&str> = targets.collect();
        if !all.contains(&to.as_str()) && !all.contains(&"Resource") {
            findings.wrong(
                IssueType::Value,
                &place,
                format!("it leads to {to}; here it may lead to {}", all.join(", ")),
            );
        }
    }
}
