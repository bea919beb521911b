//! OBX-5 by the type that OBX-2 names, to Observation.value\[x\] (map OBX[Observation]), and OBX-7 to referenceRange.

use crate::intake::datatypes::cwe::{self, Unit};
use crate::intake::reading::{comp, field, one, prose, reps, says_something};
use crate::intake::scope::Scope;
use fhir::{Json, Object, build, json::Decimal, system};
use hl7v2::{Field, Rep, Segment};
use std::borrow::Cow;

/// What the sender wrote, where the element holds less.
const ORIGINAL_TEXT: &str = "http://hl7.org/fhir/StructureDefinition/originalText";

/// A value and the element that holds it.
pub(crate) type Value = (&'static str, Json);

/// Text of a field as prose, escapes read, repetitions on lines of their own; delimiters that the sender forgot to
/// escape stay in the text (HAZARDS H21).
pub(crate) fn prose_of(field: Field<'_>) -> String {
    if field.is_null() {
        return String::new();
    }
    let mut lines = field.reps().map(prose_rep);
    let Some(first) = lines.next() else { return String::new() };
    let mut text = first.into_owned();
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    text.truncate(text.trim_end().len());
    text
}

/// Text of a repetition as prose.
fn prose_rep<'m>(rep: Rep<'m>) -> Cow<'m, str> {
    let mut comps = rep.comps();
    match (comps.next(), comps.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(only), None) => {
            let mut subs = only.subs();
            match (subs.next(), subs.next()) {
                (Some(leaf), None) if leaf.is_null() => Cow::Borrowed(""),
                (Some(leaf), None) => leaf.text(),
                _ => Cow::Owned(only.subs().map(|leaf| leaf.text()).collect::<Vec<_>>().join("&")),
            }
        }
        _ => {
            let parts: Vec<String> = rep
                .comps()
                .map(|comp| comp.subs().map(|leaf| leaf.text()).collect::<Vec<_>>().join("&"))
                .collect();
            Cow::Owned(parts.join("^").trim_end_matches('^').to_owned())
        }
    }
}

/// The value of one repetition of OBX-5; `None` when it says nothing.
pub(crate) fn value(scope: &Scope<'_>, kind: &str, rep: Rep<'_>, unit: &Unit) -> Option<Value> {
    if !says_something(rep) {
        return None;
    }
    let text = || -> Option<Value> {
        let text = prose_rep(rep);
        if text.trim().is_empty() { None } else { Some(("valueString", text.trim_end().into())) }
    };
    match kind {
        "NM" | "SI" => number(&comp(rep, 1), unit).or_else(|| {
            unreadable(scope, kind, &prose_rep(rep));
            text()
        }),
        "SN" => structured(rep, unit).or_else(text),
        "CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" | "CNE/CWE" => {
            let concept = cwe::concept(rep, "");
            if concept.is_empty() { text() } else { Some(("valueCodeableConcept", concept.into())) }
        }
        "DT" => written("valueDateTime", scope.date(&comp(rep, 1))).or_else(text),
        "TS" | "DTM" => written("valueDateTime", scope.date_time(&comp(rep, 1))).or_else(text),
        "TM" => written("valueTime", Scope::time_of_day(&comp(rep, 1))).or_else(text),
        "DR" => {
            let period = build::period(scope.date_time(&comp(rep, 1)), scope.date_time(&comp(rep, 2)));
            if period.is_empty() { text() } else { Some(("valuePeriod", period.into())) }
        }
        "NR" => {
            let range = range(unit, &comp(rep, 1), &comp(rep, 2));
            if range.is_empty() { text() } else { Some(("valueRange", range.into())) }
        }
        "CQ" => {
            let own = rep.comp(2);
            let own = Unit { text: prose(own).into_owned(), ..Unit::default() };
            number(&comp(rep, 1), if own.text.is_empty() { unit } else { &own }).or_else(text)
        }
        "VR" => written("valueString", format!("{}-{}", comp(rep, 1), comp(rep, 2))),
        "NA" => sampled(rep, unit).or_else(text),
        "XPN" | "XCN" | "XAD" | "XTN" | "CX" | "EI" | "XON" | "PN" | "AD" | "TN" | "PL" | "HD" | "CP"
        | "MO" => {
            let parts: Vec<_> = rep.comps().map(prose).filter(|part| !part.is_empty()).collect();
            written("valueString", parts.join(" "))
        }
        _ => text(),
    }
}

/// All repetitions of OBX-5 as one value when they are one: text is joined line by line.
pub(crate) fn is_prose(kind: &str) -> bool {
    matches!(kind, "TX" | "FT" | "ST" | "" | "UN")
}

/// A number that was sent as text but with a unit (ST beside OBX-6): a quantity, so that the unit stays with it.
pub(crate) fn measured(kind: &str, text: &str, unit: &Unit) -> Option<Object> {
    if kind != "ST" || unit.text.is_empty() {
        return None;
    }
    let (comparator, digits) = split_comparator(text);
    Some(unit.quantity(digits, comparator)).filter(|quantity| !quantity.is_empty())
}

/// A quantity, with a comparator when the number is written with one (`<0.5`).
fn number(text: &str, unit: &Unit) -> Option<Value> {
    let (comparator, digits) = split_comparator(text);
    let quantity = unit.quantity(digits, comparator);
    if quantity.is_empty() { None } else { Some(("valueQuantity", quantity.into())) }
}

fn unreadable(scope: &Scope<'_>, kind: &str, text: &str) {
    scope.note(
        &format!("OBX-5 \"{}\" is no number though OBX-2 says {kind}", short(text)),
        "it was kept as text",
        &format!("OBX-5 « {} » n'est pas un nombre bien que OBX-2 dise {kind}", short(text)),
        "il a été conservé comme texte",
    );
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `<`, `<=`, `>=`, `>` before a number.
fn split_comparator(text: &str) -> (&'static str, &str) {
    let text = text.trim();
    for sign in ["<=", ">=", "<", ">"] {
        if let Some(rest) = text.strip_prefix(sign) {
            let rest = rest.trim_start();
            return match (sign, rest.strip_prefix('=')) {
                ("<", Some(rest)) => ("<=", rest),
                (">", Some(rest)) => (">=", rest),
                _ => (sign, rest),
            };
        }
    }
    ("", text.strip_prefix('=').unwrap_or(text))
}

/// SN: comparator, number, separator, number. What its element cannot hold stands beside it as the original text.
fn structured(rep: Rep<'_>, unit: &Unit) -> Option<Value> {
    let (sign, first, separator, second) = (comp(rep, 1), comp(rep, 2), comp(rep, 3), comp(rep, 4));
    let known = matches!(&*sign, "" | "=" | "<" | "<=" | ">" | ">=");
    let comparator = if known && sign != "=" { &*sign } else { "" };
    let is_number = |text: &str| Decimal::read(text).is_some();
    let (one, two) = (is_number(&first), is_number(&second));
    let words = |parts: &[&str]| {
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<&str>>().join(" ")
    };
    let original = words(&[&sign, &first, &separator, &second]);
    let marked = |object: Object, mark: bool| -> Json {
        let text = if mark { &*original } else { "" };
        object.push("extension", build::extension(ORIGINAL_TEXT, "valueString", text)).into()
    };
    match &*separator {
        ":" | "/" if sign != "<>" && one && two => {
            let numerator = unit.quantity(&first, comparator);
            let ratio =
                Object::new().set("numerator", numerator).set("denominator", unit.quantity(&second, ""));
            Some(("valueRatio", marked(ratio, !known)))
        }
        "-" if sign != "<>" && one && two => {
            Some(("valueRange", marked(range(unit, &first, &second), !matches!(&*sign, "" | "="))))
        }
        "+" | "-" | ":" | "/" => written("valueString", words(&[&original, &unit.text])),
        other if known && one => {
            let odd = !other.is_empty() || !second.is_empty();
            Some(("valueQuantity", marked(unit.quantity(&first, comparator), odd)))
        }
        // "<>" and words: no element for them, so the text as it is (map OBX[Observation]).
        _ => written("valueString", words(&[&original, &unit.text])),
    }
}

/// NA: one series; the separators of SampledData are blanks.
fn sampled(rep: Rep<'_>, unit: &Unit) -> Option<Value> {
    let numbers: Vec<_> = rep.comps().map(prose).collect();
    if numbers.is_empty() || numbers.iter().any(|number| Decimal::read(number).is_none()) {
        return None;
    }
    let data = Object::new()
        .set("origin", unit.quantity("0", ""))
        .set("period", Decimal::read("0"))
        .set("dimensions", 1)
        .set("data", numbers.join(" "));
    Some(("valueSampledData", data.into()))
}

fn range(unit: &Unit, low: &str, high: &str) -> Object {
    Object::new().set("low", unit.quantity(low, "")).set("high", unit.quantity(high, ""))
}

fn written(element: &'static str, text: String) -> Option<Value> {
    if text.is_empty() { None } else { Some((element, text.into())) }
}

/// OBX-7: the text always, low and high when it is plainly numeric.
pub(crate) fn reference_range(obx: Segment<'_>, unit: &Unit) -> Object {
    let text = prose_of(obx.field(7));
    let text = text.trim();
    if text.is_empty() {
        return Object::new();
    }
    let (low, high) = bounds(text);
    Object::new().set("low", unit.quantity(low, "")).set("high", unit.quantity(high, "")).set("text", text)
}

/// Low and high of `3.5-5.0`, `3.5 - 5.0`, `<5`, `>=60`; empty where there is none.
fn bounds(text: &str) -> (&str, &str) {
    let (comparator, rest) = split_comparator(text);
    if Decimal::read(rest).is_some() {
        return match comparator {
            "<" | "<=" => ("", rest),
            ">" | ">=" => (rest, ""),
            _ => ("", ""),
        };
    }
    // A minus before the first number is its sign, not the dash between the two.
    let dash = text.char_indices().skip(1).find(|(_, c)| matches!(c, '-' | '\u{2013}'));
    if let Some((at, dash)) = dash {
        let (low, high) = (text[..at].trim(), text[at + dash.len_utf8()..].trim());
        if Decimal::read(low).is_some() && Decimal::read(high).is_some() {
            return (low, high);
        }
    }
    ("", "")
}

/// Unit of OBX-6.
pub(crate) fn unit(obx: Segment<'_>) -> Unit {
    one(obx, 6).map(Unit::read).unwrap_or_default()
}

/// Why there is no value.
pub(crate) fn absent(obx: Segment<'_>) -> Object {
    let (code, display) = match &*field(obx, 11) {
        "N" => ("not-asked", "Not Asked"),
        "X" => ("not-performed", "Not Performed"),
        "I" | "P" | "S" | "O" => ("temp-unknown", "Temporarily Unknown"),
        _ => ("unknown", "Unknown"),
    };
    build::code(system::DATA_ABSENT_REASON, code, display)
}

/// The repetitions of OBX-5 that say something.
pub(crate) fn repetitions<'m>(obx: Segment<'m>) -> Vec<Rep<'m>> {
    reps(obx.field(5)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_ranges() {
        for (text, low, high) in [
            ("3.5-5.0", "3.5", "5.0"),
            ("3.5 - 5.0", "3.5", "5.0"),
            ("-2-2", "-2", "2"),
            ("<5", "", "5"),
            (">= 60", "60", ""),
            ("NEG", "", ""),
            ("3.5-5.0 (adult)", "", ""),
            ("-", "", ""),
        ] {
            assert_eq!(bounds(text), (low, high), "{text}");
        }
    }
}
