//! XML into JSON, by the facts about types.

use super::tree::{Element, Node, XmlError, parse};
use super::{NAMESPACE, XHTML};
use crate::facts::{self, Sort, Type};
use crate::json::{Decimal, Json, Object};
use std::borrow::Cow;

/// Reads a resource.
///
/// # Errors
/// [`XmlError`]; elements and attributes that R4 does not know are refused with their path.
pub fn resource(bytes: &[u8]) -> Result<Object, XmlError> {
    let root = parse(bytes)?;
    of_resource(&root, root.name)
}

fn wrong(path: &str, words: impl Into<String>) -> XmlError {
    XmlError::Content { path: path.to_owned(), words: words.into() }
}

fn of_resource(element: &Element<'_>, path: &str) -> Result<Object, XmlError> {
    if element.namespace != NAMESPACE {
        return Err(wrong(path, format!("write xmlns=\"{NAMESPACE}\" at the resource")));
    }
    let known = facts::of(element.name).filter(|one| one.sort == Sort::Resource);
    let known =
        known.ok_or_else(|| wrong(path, format!("\"{}\" is no resource type of R4", element.name)))?;
    let mut object = Object::new();
    object.put("resourceType", known.name);
    fill(&mut object, element, known, path, false)?;
    Ok(object)
}

/// A property while it is gathered: values, and what stands beside each.
struct Gathered {
    name: String,
    is_list: bool,
    values: Vec<(Option<Json>, Option<Json>)>,
}

/// `has_value`: the attribute `value` was read already, as that of a primitive.
fn fill(
    object: &mut Object,
    element: &Element<'_>,
    known: &'static Type,
    path: &str,
    has_value: bool,
) -> Result<(), XmlError> {
    for (name, value) in &element.attributes {
        let local = name.rsplit(':').next().unwrap_or(name);
        let is_url = *name == "url" && known.is("Extension");
        if *name == "value" && has_value {
            continue;
        }
        if *name == "id" && known.sort != Sort::Resource || is_url {
            object.append(Cow::Owned((*name).to_owned()), Json::from(value.as_str()));
        } else if local != "schemaLocation" {
            return Err(wrong(path, format!("the attribute \"{name}\" is not known here; leave it out")));
        }
    }
    let mut gathered: Vec<Gathered> = Vec::new();
    for node in &element.nodes {
        let child = match node {
            Node::Text(text) if text.trim().is_empty() => continue,
            Node::Text(_) => {
                return Err(wrong(path, "text stands between the elements; write it as a value"));
            }
            Node::Element(child) => child,
        };
        let inner = format!("{path}.{}", child.name);
        // Beside the attribute it would be a second property of the same name.
        let is_attribute = child.name == "id" && known.sort != Sort::Resource
            || child.name == "url" && known.is("Extension");
        if is_attribute {
            return Err(wrong(&inner, "it is written as an attribute here, not as an element"));
        }
        let (fact, sort) = known.element(child.name).ok_or_else(|| {
            wrong(
                &inner,
                format!("{} has no element of this name; leave it out or write it as R4 does", known.name),
            )
        })?;
        let value = one(child, sort, &inner)?;
        match gathered.iter_mut().find(|one| one.name == child.name) {
            Some(has) if has.is_list => has.values.push(value),
            Some(_) => return Err(wrong(&inner, "it stands several times; R4 takes it once")),
            None => gathered.push(Gathered {
                name: child.name.to_owned(),
                is_list: fact.repeats(),
                values: vec![value],
            }),
        }
    }
    for Gathered { name, is_list, values } in gathered {
        let (mut plain, mut beside) = (Vec::new(), Vec::new());
        for (value, more) in values {
            plain.push(value.unwrap_or(Json::Null));
            beside.push(more.unwrap_or(Json::Null));
        }
        let says = |list: &[Json]| list.iter().any(|one| *one != Json::Null);
        for (key, list) in [(name.clone(), plain), (format!("_{name}"), beside)] {
            if says(&list) {
                let value =
                    if is_list { Json::Array(list) } else { list.into_iter().next().unwrap_or_default() };
                object.append(Cow::Owned(key), value);
            }
        }
    }
    Ok(())
}

/// The value of an element, and what stands beside it in JSON.
fn one(element: &Element<'_>, sort: &str, path: &str) -> Result<(Option<Json>, Option<Json>), XmlError> {
    if facts::plain(sort) == "xhtml" {
        return Ok((Some(Json::from(narrative(element, path)?)), None));
    }
    if element.namespace != NAMESPACE {
        return Err(wrong(path, format!("it stands in another namespace than {NAMESPACE}")));
    }
    if facts::is_resource(sort) {
        let mut inner = element.elements();
        return match (inner.next(), inner.next()) {
            (Some(resource), None) => {
                let path = format!("{path}.{}", resource.name);
                Ok((Some(Json::Object(of_resource(resource, &path)?)), None))
            }
            _ => Err(wrong(path, "one resource stands in it")),
        };
    }
    let known = facts::of(sort).ok_or_else(|| wrong(path, format!("the type {sort} is not known")))?;
    if known.sort != Sort::Primitive {
        let mut object = Object::new();
        fill(&mut object, element, known, path, false)?;
        return if object.is_empty() {
            Err(wrong(path, "an element has a value or elements; leave an empty one out"))
        } else {
            Ok((Some(Json::Object(object)), None))
        };
    }
    let value = element.attribute("value").map(|text| primitive(known.name, text, path)).transpose()?;
    let mut beside = Object::new();
    let plain = facts::of("Element").ok_or_else(|| wrong(path, "the type Element is not known"))?;
    fill(&mut beside, element, plain, path, true)?;
    if value.is_none() && beside.is_empty() {
        return Err(wrong(path, "it has neither a value nor an extension; leave it out"));
    }
    Ok((value, (!beside.is_empty()).then_some(Json::Object(beside))))
}

fn primitive(sort: &str, text: &str, path: &str) -> Result<Json, XmlError> {
    match sort {
        "boolean" => match text.trim() {
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            _ => Err(wrong(path, "it is true or false")),
        },
        "decimal" | "integer" | "positiveInt" | "unsignedInt" => Decimal::read(text)
            .map(Json::Number)
            .ok_or_else(|| wrong(path, format!("\"{text}\" is no number"))),
        _ if text.is_empty() => Err(wrong(path, "a value is not empty; leave the element out")),
        _ => Ok(Json::from(text)),
    }
}

/// The XHTML as it was written, with its namespace.
fn narrative(element: &Element<'_>, path: &str) -> Result<String, XmlError> {
    if element.name != "div" || element.namespace != XHTML {
        return Err(wrong(path, format!("narrative is <div xmlns=\"{XHTML}\">")));
    }
    let head = element.raw.split('>').next().unwrap_or_default();
    if element.raw.starts_with("<div") && !head.contains("xmlns=") {
        return Ok(format!("<div xmlns=\"{XHTML}\"{}", element.raw.get(4..).unwrap_or_default()));
    }
    Ok(element.raw.to_owned())
}
