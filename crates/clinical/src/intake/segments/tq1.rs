//! When and how much: TQ1, else the older TQ of ORC-7 and OBR-27, with OBR-6 (maps TQ1[ServiceRequest],
//! TQ[ServiceRequest], RPT[Timing]).

use crate::intake::draft::Draft;
use crate::intake::groups::Order;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use fhir::{Object, build, system};
use hl7v2::{Rep, Segment};

/// Units of time of HL7 v2 and UCUM as FHIR's Timing knows them.
const UNITS: &[(&str, &str)] = &[
    ("S", "s"),
    ("SEC", "s"),
    ("MIN", "min"),
    ("M", "min"),
    ("H", "h"),
    ("HR", "h"),
    ("D", "d"),
    ("DAY", "d"),
    ("W", "wk"),
    ("WK", "wk"),
    ("MO", "mo"),
    ("L", "mo"),
    ("A", "a"),
];

/// Codes of table 0528 that Timing.repeat.when shares (concept map EventRelatedPeriod).
const EVENTS: &[&str] =
    &["HS", "AC", "PC", "IC", "ACM", "ACD", "ACV", "PCM", "PCD", "PCV", "ICM", "ICD", "ICV"];

/// Adds quantity, occurrence and notes to the ServiceRequest.
pub(crate) fn timing(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>) {
    let requested = order.obr.map(|obr| scope.date_time(&field(obr, 6))).unwrap_or_default();
    let old = order.obr.and_then(|obr| one(obr, 27)).or_else(|| order.orc.and_then(|orc| one(orc, 7)));
    let (timing, period) = match (order.timings.first(), old) {
        (Some(tq1), _) => from_tq1(scope, draft, *tq1),
        (None, Some(rep)) => {
            draft.put(
                "quantityQuantity",
                build::quantity(&sub(rep.comp(1), 1), (), sub(rep.comp(1), 2), (), ()),
            );
            draft.add("note", Object::new().set("text", prose(rep.comp(8))));
            let pattern = comp(rep, 2);
            let timing = if pattern.is_empty() {
                Object::new()
            } else {
                Object::new()
                    .set("code", build::code(system::v2_table("0335"), &*pattern, ()).set("text", &*pattern))
            };
            (timing, build::period(scope.date_time(&comp(rep, 4)), scope.date_time(&comp(rep, 5))))
        }
        (None, None) => (Object::new(), Object::new()),
    };
    if !timing.is_empty() {
        let mut repeat = match timing.get("repeat") {
            Some(fhir::Json::Object(repeat)) => repeat.clone(),
            _ => Object::new(),
        };
        if repeat.get("boundsDuration").is_none() {
            repeat.put("boundsPeriod", period);
        }
        draft.put("occurrenceTiming", timing.push("event", requested).set("repeat", repeat));
    } else if requested.is_empty() {
        draft.put("occurrencePeriod", period);
    } else {
        draft.put("occurrenceDateTime", requested);
    }
}

fn from_tq1(scope: &Scope<'_>, draft: &mut Draft, tq1: Segment<'_>) -> (Object, Object) {
    if let Some(rep) = one(tq1, 2) {
        draft.put("quantityQuantity", cq(rep));
    }
    for n in [10, 11] {
        for rep in reps(tq1.field(n)) {
            draft.add("note", Object::new().set("text", prose(rep.comp(1))));
        }
    }
    let period = build::period(scope.date_time(&field(tq1, 7)), scope.date_time(&field(tq1, 8)));
    let mut timing = Object::new();
    let mut repeat = Object::new();
    if let Some(rep) = one(tq1, 3) {
        let pattern = rep.comp(1);
        let (code, text) = (sub(pattern, 1), sub(pattern, 2));
        let shown = if text.is_empty() { code.clone() } else { text.clone() };
        timing.put("code", build::concept([build::coding(system::v2_table("0335"), code, text)], shown));
        repeat.put("period", build::decimal(&comp(rep, 5)));
        repeat.put("periodUnit", unit(&comp(rep, 6)));
        let event = comp(rep, 8);
        if EVENTS.contains(&&*event) {
            repeat.add("when", event);
        }
    }
    for rep in reps(tq1.field(4)) {
        repeat.add("timeOfDay", Scope::time_of_day(&comp(rep, 1)));
    }
    if let Some(rep) = one(tq1, 6)
        && period.is_empty()
    {
        repeat.put("boundsDuration", cq(rep));
    }
    if let Some(rep) = one(tq1, 13) {
        let known = unit(&sub(rep.comp(2), 1));
        if !known.is_empty() {
            repeat.put("duration", build::decimal(&comp(rep, 1)));
            repeat.put("durationUnit", known);
        }
    }
    repeat.put("countMax", field(tq1, 14).parse::<u32>().ok().filter(|count| *count > 0));
    timing.put("repeat", repeat);
    (timing, period)
}

fn unit(code: &str) -> &'static str {
    let code = code.to_ascii_uppercase();
    UNITS.iter().find(|(from, _)| *from == code).map_or("", |(_, to)| to)
}

/// CQ to Quantity.
pub(crate) fn cq(rep: Rep<'_>) -> Object {
    let unit = rep.comp(2);
    let (code, text) = (sub(unit, 1), sub(unit, 2));
    let shown = if text.is_empty() { &code } else { &text };
    build::quantity(&comp(rep, 1), (), &**shown, (), ())
}
