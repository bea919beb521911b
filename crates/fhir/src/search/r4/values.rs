//! What stands at the path of a parameter, by the type of the parameter and the shape of the value.

use super::number::Fixed;
use super::table::{SearchParam, SearchType};
use crate::id::Kind;
use crate::json::{Json, Object};
use crate::time::{Instant, interval};

/// One value of a resource, as a parameter of some type sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'j> {
    /// A code with its system.
    Token {
        /// System, when there is one.
        system: Option<&'j str>,
        /// Code or value; `None` for a coding without code.
        code: Option<&'j str>,
    },
    /// A string.
    Text(&'j str),
    /// The half-open interval that a date covers.
    Date(Instant, Instant),
    /// A reference as it is written: relative, absolute, a canonical URL.
    Reference(&'j str),
    /// A number, as the lowest and highest that it can be.
    Number(Fixed, Fixed),
    /// A number with its unit.
    Quantity {
        /// Lowest it can be.
        low: Fixed,
        /// Highest it can be.
        high: Fixed,
        /// System of the code.
        system: Option<&'j str>,
        /// Code of the unit.
        code: Option<&'j str>,
        /// The unit as people read it.
        unit: Option<&'j str>,
    },
    /// An address.
    Uri(&'j str),
}

impl SearchParam {
    /// Every value of a resource that this parameter finds; none for a composite.
    pub fn values<'j>(&self, resource: &'j Object, found: &mut impl FnMut(Found<'j>)) {
        self.visit(resource, &mut |json| values(self.sort, json, found));
    }
}

/// The type and id of a reference that is relative, with or without the version it asks for.
#[must_use]
pub fn local_reference(reference: &str) -> Option<(Kind, &str)> {
    let whole = reference.split_once("/_history/").map_or(reference, |(whole, _)| whole);
    let (kind, id) = whole.split_once('/')?;
    if id.contains('/') {
        return None;
    }
    Some((kind.parse().ok()?, id))
}

pub(super) fn values<'j>(sort: SearchType, json: &'j Json, found: &mut impl FnMut(Found<'j>)) {
    match sort {
        SearchType::Token => tokens(json, found),
        SearchType::Text => texts(json, found),
        SearchType::Date => {
            if let Some((lo, hi)) = span(json) {
                found(Found::Date(lo, hi));
            }
        }
        SearchType::Reference => {
            let text = json.as_str().or_else(|| json.get("reference").and_then(Json::as_str));
            if let Some(text) = text {
                found(Found::Reference(text));
            }
        }
        SearchType::Number => {
            let number = json.as_decimal().and_then(|number| Fixed::read(number.as_str()));
            if let Some(number) = number {
                found(Found::Number(number, number));
            }
        }
        SearchType::Quantity => quantity(json, found),
        SearchType::Uri => {
            if let Some(text) = json.as_str() {
                found(Found::Uri(text));
            }
        }
        SearchType::Composite | SearchType::Special => {}
    }
}

fn tokens<'j>(json: &'j Json, found: &mut impl FnMut(Found<'j>)) {
    let plain = |code| Found::Token { system: None, code: Some(code) };
    match json {
        Json::String(code) => found(plain(code)),
        Json::Bool(true) => found(plain("true")),
        Json::Bool(false) => found(plain("false")),
        Json::Number(number) => found(plain(number.as_str())),
        Json::Object(object) => {
            if let Some(codings) = object.get("coding") {
                return codings.items().iter().for_each(|coding| tokens(coding, found));
            }
            let text = |key| object.get(key).and_then(Json::as_str);
            let (system, code) = (text("system"), text("code").or_else(|| text("value")));
            if system.is_some() || code.is_some() {
                found(Found::Token { system, code });
            }
        }
        Json::Null | Json::Array(_) => {}
    }
}

/// Parts of a name or address that are searched.
const PARTS: [&str; 12] = [
    "text",
    "family",
    "given",
    "prefix",
    "suffix",
    "line",
    "city",
    "district",
    "state",
    "postalCode",
    "country",
    "value",
];

fn texts<'j>(json: &'j Json, found: &mut impl FnMut(Found<'j>)) {
    match json {
        Json::String(text) => found(Found::Text(text)),
        Json::Object(object) => {
            for part in PARTS.iter().filter_map(|part| object.get(part)) {
                part.items().iter().filter_map(Json::as_str).for_each(|text| found(Found::Text(text)));
            }
        }
        _ => {}
    }
}

/// What a date, dateTime, instant, Period or Timing covers.
pub(in crate::search) fn span(json: &Json) -> Option<(Instant, Instant)> {
    match json {
        Json::String(text) => interval(text),
        Json::Object(object) => {
            if let Some(events) = object.get("event") {
                let spans = events.items().iter().filter_map(|event| interval(event.as_str()?));
                return spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
            }
            if let Some(bounds) = object.get("repeat").and_then(|repeat| repeat.get("boundsPeriod")) {
                return span(bounds);
            }
            let end_of = |key| object.get(key).and_then(Json::as_str).and_then(interval);
            let (start, end) = (end_of("start"), end_of("end"));
            if start.is_none() && end.is_none() {
                return None;
            }
            Some((start.map_or(Instant(i64::MIN), |s| s.0), end.map_or(Instant(i64::MAX), |e| e.1)))
        }
        _ => None,
    }
}

/// A Quantity and what is like one, Money, or a Range.
fn quantity<'j>(json: &'j Json, found: &mut impl FnMut(Found<'j>)) {
    let Json::Object(object) = json else { return };
    let text = |of: &'j Object, key: &str| of.get(key).and_then(Json::as_str);
    let number =
        |of: &Object| of.get("value").and_then(Json::as_decimal).and_then(|n| Fixed::read(n.as_str()));
    let ends = (object.get("low").and_then(Json::as_object), object.get("high").and_then(Json::as_object));
    if let (Some(one), _) | (None, Some(one)) = ends {
        let low = ends.0.and_then(number).unwrap_or(Fixed::MIN);
        let high = ends.1.and_then(number).unwrap_or(Fixed::MAX);
        found(Found::Quantity {
            low,
            high,
            system: text(one, "system"),
            code: text(one, "code"),
            unit: text(one, "unit"),
        });
        return;
    }
    let Some(value) = number(object) else { return };
    let (low, high) = match text(object, "comparator") {
        Some("<" | "<=") => (Fixed::MIN, value),
        Some(">" | ">=") => (value, Fixed::MAX),
        _ => (value, value),
    };
    if let Some(currency) = text(object, "currency") {
        let system = Some("urn:iso:std:iso:4217");
        found(Found::Quantity { low, high, system, code: Some(currency), unit: Some(currency) });
        return;
    }
    found(Found::Quantity {
        low,
        high,
        system: text(object, "system"),
        code: text(object, "code"),
        unit: text(object, "unit"),
    });
}
