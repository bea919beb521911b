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

/// What TQ1, or TQ in ORC-7, OBR-27 or RXE-1, says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// How much each time.
    pub(crate) quantity: Object,
    /// Timing without `event` and bounds of [`Said::period`].
    pub(crate) timing: Object,
    /// From when to when.
    pub(crate) period: Object,
    /// Conditions and instructions in words.
    pub(crate) texts: Vec<String>,
}

impl Said {
    /// Of TQ1.
    pub(crate) fn of_segment(scope: &Scope<'_>, tq1: Segment<'_>) -> Self {
        let texts =
            [10, 11].into_iter().flat_map(|n| reps(tq1.field(n))).map(|rep| prose(rep.comp(1)).into());
        let period = build::period(scope.date_time(&field(tq1, 7)), scope.date_time(&field(tq1, 8)));
        Self {
            quantity: one(tq1, 2).map(cq).unwrap_or_default(),
            timing: timing_of(tq1, period.is_empty()),
            period,
            texts: texts.collect(),
        }
    }

    /// Of a repetition of TQ, the older form.
    pub(crate) fn of_old(scope: &Scope<'_>, rep: Rep<'_>) -> Self {
        let pattern = comp(rep, 2);
        let timing = if pattern.is_empty() {
            Object::new()
        } else {
            Object::new()
                .set("code", build::code(system::v2_table("0335"), &*pattern, ()).set("text", &*pattern))
        };
        let text = prose(rep.comp(8));
        Self {
            quantity: build::quantity(&sub(rep.comp(1), 1), (), sub(rep.comp(1), 2), (), ()),
            timing,
            period: build::period(scope.date_time(&comp(rep, 4)), scope.date_time(&comp(rep, 5))),
            texts: if text.is_empty() { Vec::new() } else { vec![text.into_owned()] },
        }
    }

    /// The Timing with its bounds and the moment asked for.
    pub(crate) fn bounded(&mut self, event: String) -> Object {
        let mut repeat = match self.timing.get("repeat") {
            Some(fhir::Json::Object(repeat)) => repeat.clone(),
            _ => Object::new(),
        };
        if repeat.get("boundsDuration").is_none() {
            repeat.put("boundsPeriod", std::mem::take(&mut self.period));
        }
        std::mem::take(&mut self.timing).push("event", event).set("repeat", repeat)
    }
}

/// Adds quantity, occurrence and notes to the ServiceRequest.
pub(crate) fn timing(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>) {
    let requested = order.obr.map(|obr| scope.date_time(&field(obr, 6))).unwrap_or_default();
    let old = order.obr.and_then(|obr| one(obr, 27)).or_else(|| order.orc.and_then(|orc| one(orc, 7)));
    let mut said = match (order.timings.first(), old) {
        (Some(tq1), _) => Said::of_segment(scope, *tq1),
        (None, Some(rep)) => Said::of_old(scope, rep),
        (None, None) => Said::default(),
    };
    draft.put("quantityQuantity", std::mem::take(&mut said.quantity));
    for text in &said.texts {
        draft.add("note", Object::new().set("text", &**text));
    }
    if !said.timing.is_empty() {
        draft.put("occurrenceTiming", said.bounded(requested));
    } else if requested.is_empty() {
        draft.put("occurrencePeriod", said.period);
    } else {
        draft.put("occurrenceDateTime", requested);
    }
}

fn timing_of(tq1: Segment<'_>, unbounded: bool) -> Object {
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
        && unbounded
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
    timing
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
