//! JSON into XML, in the order of the definitions.

use super::{NAMESPACE, XHTML, numbered, parse};
use crate::facts::{self, Sort, Type};
use crate::json::{Json, Object};
use std::collections::HashSet;

/// The whole document of a resource.
#[must_use]
pub fn xml(resource: &Object) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    of_resource(resource, true, &mut out);
    out
}

/// A resource without the declaration in front.
#[must_use]
pub fn outer(resource: &Object) -> String {
    let mut out = String::new();
    of_resource(resource, true, &mut out);
    out
}

fn of_resource(resource: &Object, is_root: bool, out: &mut String) {
    let name = resource.text("resourceType").filter(|name| is_name(name)).unwrap_or("Basic");
    out.push('<');
    out.push_str(name);
    if is_root {
        out.push_str(&format!(" xmlns=\"{NAMESPACE}\""));
    }
    out.push('>');
    inside(resource, facts::of(name), out);
    out.push_str(&format!("</{name}>"));
}

/// The properties of an object in the order of its type, then what its type does not know.
fn inside(object: &Object, known: Option<&'static Type>, out: &mut String) {
    let is_resource = known.is_some_and(|one| one.sort == Sort::Resource);
    let is_extension = known.is_some_and(|one| one.is("Extension"));
    let as_attribute = |name: &str| !is_resource && (name == "id" || (name == "url" && is_extension));
    let mut keys: Vec<(usize, &str, Option<&'static str>)> = Vec::new();
    let mut seen = HashSet::new();
    for (key, _) in object.iter() {
        let name = key.strip_prefix('_').unwrap_or(key);
        if name == "resourceType" || as_attribute(name) || !seen.insert(name) {
            continue;
        }
        let fact = known.and_then(|one| {
            one.elements().enumerate().find_map(|(place, element)| Some((place, element.type_at(name)?)))
        });
        keys.push((fact.map_or(usize::MAX, |(place, _)| place), name, fact.map(|(_, sort)| sort)));
    }
    keys.sort_by_key(|(place, ..)| *place);
    for (_, name, sort) in keys.into_iter().filter(|(_, name, _)| is_name(name)) {
        let values = object.get(name).map(Json::items).unwrap_or_default();
        let beside = object.get(&format!("_{name}")).map(Json::items).unwrap_or_default();
        for n in 0..values.len().max(beside.len()) {
            one(name, values.get(n).unwrap_or(&Json::Null), beside.get(n), sort, out);
        }
    }
}

/// Whether it can be the name of an element.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Narrative as it was written when it is one whole element of XHTML; its words otherwise, so that what it holds neither breaks
/// the document nor says anything beyond itself.
fn narrative(html: &str, out: &mut String) {
    let html = numbered(html);
    match parse(html.as_bytes()) {
        Ok(root) if root.name == "div" && root.namespace == XHTML => out.push_str(root.raw),
        _ => {
            out.push_str(&format!("<div xmlns=\"{XHTML}\">"));
            escaped(&html, out);
            out.push_str("</div>");
        }
    }
}

/// Text that is no markup, in an attribute or between elements.
fn escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push_str(&format!("&#{};", u32::from(c))),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

fn one(name: &str, value: &Json, beside: Option<&Json>, sort: Option<&'static str>, out: &mut String) {
    let more = beside.and_then(Json::as_object);
    match value {
        Json::String(html) if sort.map(facts::plain) == Some("xhtml") => narrative(html, out),
        Json::Object(object) if object.get("resourceType").is_some() => {
            out.push_str(&format!("<{name}>"));
            of_resource(object, false, out);
            out.push_str(&format!("</{name}>"));
        }
        Json::Object(object) => {
            let known = sort.and_then(facts::of);
            open(name, object, known.is_some_and(|one| one.is("Extension")), None, out);
            out.push('>');
            inside(object, known, out);
            out.push_str(&format!("</{name}>"));
        }
        Json::Array(_) => {}
        Json::Null if more.is_none() => {}
        plain => {
            let text = match plain {
                Json::String(text) => Some(text.to_string()),
                Json::Number(number) => Some(number.to_string()),
                Json::Bool(yes) => Some(yes.to_string()),
                _ => None,
            };
            let empty = Object::new();
            let more = more.unwrap_or(&empty);
            open(name, more, false, text.as_deref(), out);
            if more.iter().any(|(key, _)| key != "id") {
                out.push('>');
                inside(more, facts::of("Element"), out);
                out.push_str(&format!("</{name}>"));
            } else {
                out.push_str("/>");
            }
        }
    }
}

fn open(name: &str, object: &Object, is_extension: bool, value: Option<&str>, out: &mut String) {
    out.push('<');
    out.push_str(name);
    let mut attribute = |key: &str, text: &str| {
        out.push_str(&format!(" {key}=\""));
        escaped(text, out);
        out.push('"');
    };
    for (key, is_there) in [("id", true), ("url", is_extension)] {
        if let (Some(text), true) = (object.get(key).and_then(Json::as_str), is_there) {
            attribute(key, text);
        }
    }
    if let Some(text) = value {
        attribute("value", text);
    }
}
