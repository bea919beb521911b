//! Observation, as screens show it.

use super::{Attached, Concept, When, own};
use crate::json::{Json, Object};

/// One result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    /// `preliminary`, `final`, `corrected` …
    pub status: Option<String>,
    /// Codes of its categories (`laboratory`, `imaging` …).
    pub categories: Vec<String>,
    /// What was observed.
    pub code: Concept,
    /// The value; absent for panels and for results that could not be obtained.
    pub value: Option<Value>,
    /// Why there is no value.
    pub absent_reason: Option<Concept>,
    /// High, low, critical …
    pub interpretation: Vec<Concept>,
    /// Reference ranges.
    pub ranges: Vec<Range>,
    /// When it was true of the patient.
    pub effective: Option<When>,
    /// When it was released.
    pub issued: Option<String>,
    /// Remarks in order.
    pub notes: Vec<String>,
    /// Who answers for it.
    pub performers: Vec<String>,
    /// Parts of the result: (what, value).
    pub components: Vec<(Concept, Option<Value>)>,
}

/// A value as text beside its unit; a number keeps every digit it was received with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    /// With its comparator (`< 4.10`); a range as `1 - 2`, a titre as `1:128`.
    pub text: String,
    /// The number alone, when it can be drawn in a trend (never with a comparator).
    pub number: Option<String>,
    /// Unit as the source writes it.
    pub unit: Option<String>,
    /// The coded value.
    pub concept: Option<Concept>,
    /// An image, document or waveform.
    pub attachment: Option<Attached>,
}

/// A reference range; numbers as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    /// Lower bound.
    pub low: Option<String>,
    /// Upper bound.
    pub high: Option<String>,
    /// Unit of the bounds.
    pub unit: Option<String>,
    /// The range in words.
    pub text: Option<String>,
}

/// Reads an Observation.
#[must_use]
pub fn read(observation: &Object) -> Observation {
    Observation {
        status: own(observation.text("status")),
        categories: observation.texts("category.coding.code").into_iter().map(str::to_owned).collect(),
        code: observation.concept("code").unwrap_or_default(),
        value: value(observation),
        absent_reason: observation.concept("dataAbsentReason"),
        interpretation: observation.concepts("interpretation"),
        ranges: observation.objects("referenceRange").into_iter().map(range).collect(),
        effective: observation.when("effective[x]"),
        issued: own(observation.text("issued")),
        notes: observation.texts("note.text").into_iter().map(str::to_owned).collect(),
        performers: observation.reference_names("performer"),
        components: observation
            .objects("component")
            .into_iter()
            .map(|part| (part.concept("code").unwrap_or_default(), value(part)))
            .collect(),
    }
}

fn range(range: &Object) -> Range {
    let unit = range.text("low.unit").or_else(|| range.text("high.unit"));
    Range {
        low: own(range.text("low.value")),
        high: own(range.text("high.value")),
        unit: own(unit),
        text: own(range.text("text")),
    }
}

/// The `value[x]` of an Observation or component.
#[must_use]
pub fn value(holder: &Object) -> Option<Value> {
    let (key, json) = holder.iter().find(|(key, _)| {
        key.strip_prefix("value").is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))
    })?;
    let plain = |text: &str| Some(Value { text: text.to_owned(), ..Value::default() });
    match (key, json) {
        (_, Json::String(text)) => plain(text),
        (_, Json::Bool(value)) => plain(if *value { "true" } else { "false" }),
        (_, Json::Number(n)) => {
            Some(Value { text: n.to_string(), number: Some(n.to_string()), ..Value::default() })
        }
        ("valueQuantity", Json::Object(quantity)) => of_quantity(quantity),
        ("valueCodeableConcept", Json::Object(concept)) => {
            let concept = Concept::of(concept);
            Some(Value { text: concept.shown()?.to_owned(), concept: Some(concept), ..Value::default() })
        }
        ("valueRange", Json::Object(range)) => between(range.object("low"), range.object("high"), " - "),
        ("valueRatio", Json::Object(ratio)) => {
            between(ratio.object("numerator"), ratio.object("denominator"), ":")
        }
        ("valuePeriod", Json::Object(period)) => {
            plain(&[period.text("start").unwrap_or("…"), period.text("end").unwrap_or("…")].join(" - "))
        }
        ("valueAttachment", Json::Object(attachment)) => {
            let attachment = Attached::of(attachment);
            let text =
                attachment.title.clone().or_else(|| attachment.content_type.clone()).unwrap_or_default();
            Some(Value { text, attachment: Some(attachment), ..Value::default() })
        }
        ("valueSampledData", Json::Object(samples)) => plain(samples.text("data")?),
        _ => None,
    }
}

fn of_quantity(quantity: &Object) -> Option<Value> {
    let number = quantity.text("value")?;
    let unit = own(quantity.text("unit").or_else(|| quantity.text("code")));
    Some(match quantity.text("comparator") {
        Some(comparator) => Value { text: format!("{comparator} {number}"), unit, ..Value::default() },
        None => Value { text: number.to_owned(), number: Some(number.to_owned()), unit, ..Value::default() },
    })
}

fn between(first: Option<&Object>, second: Option<&Object>, sign: &str) -> Option<Value> {
    let (first, second) = (first.and_then(of_quantity), second.and_then(of_quantity));
    let text = match (&first, &second) {
        (Some(a), Some(b)) => format!("{}{sign}{}", a.text, b.text),
        (Some(a), None) => format!("{}{sign}…", a.text),
        (None, Some(b)) => format!("…{sign}{}", b.text),
        (None, None) => return None,
    };
    let unit = first.and_then(|v| v.unit).or_else(|| second.and_then(|v| v.unit));
    Some(Value { text, unit, ..Value::default() })
}
