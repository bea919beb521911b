//! What is given and how: RXC and the strength fields to Medication, RXR and TQ1 to Dosage (maps RXO[MedicationRequest],
//! RXR[MedicationRequest], TQ1[MedicationRequest], RXR[Immunization]; RXC is ours, docs/mapping/own-maps.md).

use super::tq1::Said;
use crate::intake::datatypes::{
    cwe::{self, Unit},
    xon,
};
use crate::intake::draft::Draft;
use crate::intake::groups::Stage;
use crate::intake::reading::{field, one, prose, reps};
use crate::intake::scope::Scope;
use crate::intake::tables::medications;
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

/// Fields of one of the pharmacy segments; 0 where the segment has none.
pub(crate) struct Layout {
    /// What is given.
    pub(crate) code: usize,
    /// Further codes of it.
    pub(crate) supplementary: usize,
    /// Dosage form.
    pub(crate) form: usize,
    /// Strength and its unit.
    pub(crate) strength: (usize, usize),
    /// Volume in which the strength is, and its unit.
    pub(crate) volume: (usize, usize),
    /// Substance lot number and expiration.
    pub(crate) lot: (usize, usize),
    /// Manufacturer.
    pub(crate) maker: usize,
    /// Amount, least and most, and the unit.
    pub(crate) amount: (usize, usize, usize),
    /// Amount per time, its unit, and the time.
    pub(crate) rate: (usize, usize, usize),
    /// Instructions to whoever gives it.
    pub(crate) instructions: usize,
    /// Most in a day.
    pub(crate) daily: usize,
}

fn number<'m>(segment: Segment<'m>, n: usize) -> std::borrow::Cow<'m, str> {
    if n == 0 { std::borrow::Cow::Borrowed("") } else { field(segment, n) }
}

fn unit(segment: Segment<'_>, n: usize) -> Unit {
    if n == 0 { Unit::default() } else { one(segment, n).map(Unit::read).unwrap_or_default() }
}

/// The quantity of field `n` with the unit of field `unit_at`; empty without a number.
pub(crate) fn quantity(segment: Segment<'_>, n: usize, unit_at: usize) -> Object {
    unit(segment, unit_at).quantity(&number(segment, n), "")
}

/// Sets `medication[x]`: the code alone, or a contained Medication where form, strength, parts or a lot are said too.
pub(crate) fn medication(scope: &Scope<'_>, draft: &mut Draft, stage: &Stage<'_>, at: &Layout) {
    let segment = stage.segment;
    let mut code = one(segment, at.code).map(|rep| cwe::concept(rep, "")).unwrap_or_default();
    if at.supplementary != 0 {
        for rep in reps(segment.field(at.supplementary)) {
            for coding in cwe::concept(rep, "").get("coding").map(fhir::Json::items).unwrap_or_default() {
                code.add("coding", coding.clone());
            }
        }
    }
    if code.is_empty() {
        code.put("text", "?");
    }
    let mut part = build::untitled(Kind::Medication);
    part.put("code", code.clone());
    if at.maker != 0 {
        let maker = one(segment, at.maker).map(xon::of_cwe).unwrap_or_default();
        part.put("manufacturer", draft.contain(maker));
    }
    if at.form != 0 {
        part.put("form", one(segment, at.form).map(|rep| cwe::concept(rep, "")));
    }
    let strength_of_it = strength(quantity(segment, at.strength.0, at.strength.1), segment, at.volume);
    if !strength_of_it.is_empty() {
        let item = Object::new().set("itemCodeableConcept", code.clone()).set("strength", strength_of_it);
        part.add("ingredient", item);
    }
    for rxc in &stage.components {
        let mut item = component(draft, *rxc);
        if !item.is_empty() {
            item.put(
                "isActive",
                if field(*rxc, 1) == "B" { fhir::Json::from(false) } else { fhir::Json::Null },
            );
        }
        part.add("ingredient", item);
    }
    if at.lot.0 != 0 {
        let lot = Object::new()
            .set("lotNumber", number(segment, at.lot.0))
            .set("expirationDate", scope.date_time(&number(segment, at.lot.1)));
        part.put("batch", lot);
    }
    // Type and code only: the code says it all.
    if part.len() <= 2 {
        draft.put("medicationCodeableConcept", code);
        return;
    }
    let shown = code.get("text").cloned();
    let reference = draft.contain(part).set("display", shown);
    draft.put("medicationReference", reference);
}

/// A part of a mixture (RXC). Its amount (RXC-3, 4) is how much of it there is. Where a strength (RXC-5 to 9) is said too, that
/// is how strong the part itself is: the amount stands at the part then, and neither takes the place of the other.
fn component(draft: &mut Draft, rxc: Segment<'_>) -> Object {
    let code = one(rxc, 2).map(|rep| cwe::concept(rep, "")).unwrap_or_default();
    let (amount, own) = (quantity(rxc, 3, 4), quantity(rxc, 5, 6));
    let mut item = Object::new();
    if amount.is_empty() || own.is_empty() {
        let said = if own.is_empty() { amount } else { own };
        item.put("itemCodeableConcept", code);
        item.put("strength", strength(said, rxc, (8, 9)));
        return item;
    }
    let shown = code.get("text").cloned();
    let mut part = build::untitled(Kind::Medication);
    part.put("code", code);
    part.put("amount", ratio(amount, Object::new()));
    item.put("itemReference", draft.contain(part).set("display", shown));
    item.put("strength", strength(own, rxc, (8, 9)));
    item
}

/// So much in the volume that a segment says, or in one; empty when nothing is said.
fn strength(numerator: Object, segment: Segment<'_>, volume: (usize, usize)) -> Object {
    if numerator.is_empty() {
        return Object::new();
    }
    ratio(numerator, quantity(segment, volume.0, volume.1))
}

fn ratio(numerator: Object, denominator: Object) -> Object {
    let one = || build::quantity("1", (), (), (), ());
    let denominator = if denominator.is_empty() { one() } else { denominator };
    Object::new().set("numerator", numerator).set("denominator", denominator)
}

/// The dosage: each TQ1 one, in the order sent; `old` is TQ where there is no TQ1.
pub(crate) fn dosages(
    scope: &Scope<'_>,
    stage: &Stage<'_>,
    timings: &[Segment<'_>],
    old: Option<hl7v2::Rep<'_>>,
    at: &Layout,
) -> Vec<Object> {
    let mut said: Vec<Said> = timings.iter().map(|tq1| Said::of_segment(scope, *tq1)).collect();
    if said.is_empty() {
        said.push(old.map(|rep| Said::of_old(scope, rep)).unwrap_or_default());
    }
    let several = said.len() > 1;
    let each = said.into_iter().enumerate();
    each.map(|(n, said)| {
        let dosage = dosage(stage, said, at);
        if several && !dosage.is_empty() { dosage.set("sequence", n + 1) } else { dosage }
    })
    .filter(|dosage| !dosage.is_empty())
    .collect()
}

fn dosage(stage: &Stage<'_>, mut said: Said, at: &Layout) -> Object {
    let segment = stage.segment;
    let mut dosage = Object::new();
    if at.instructions != 0 {
        let texts: Vec<String> =
            reps(segment.field(at.instructions)).map(|rep| cwe::text(rep).into()).collect();
        dosage.put("text", texts.join("; "));
        for rep in reps(segment.field(at.instructions)) {
            dosage.add("additionalInstruction", cwe::concept(rep, ""));
        }
    }
    for text in &said.texts {
        dosage.add("additionalInstruction", Object::new().set("text", &**text));
    }
    dosage.put("timing", said.bounded(String::new()));
    let mut routes = stage.routes.iter();
    if let Some(rxr) = routes.next() {
        route(&mut dosage, *rxr);
    }
    for rxr in routes {
        // Dosage.route does not repeat: a further way to give it is a further coding.
        let more =
            one(*rxr, 1).map(|rep| cwe::mapped(rep, "HL70162", medications::ROUTE)).unwrap_or_default();
        add_codings(&mut dosage, "route", &more);
        let more = one(*rxr, 2).map(|rep| cwe::concept(rep, "HL70163")).unwrap_or_default();
        add_codings(&mut dosage, "site", &more);
        let more =
            one(*rxr, 4).map(|rep| cwe::mapped(rep, "HL70165", medications::METHOD)).unwrap_or_default();
        add_codings(&mut dosage, "method", &more);
    }
    let (least, most, unit_at) = at.amount;
    let (low, high) = (quantity(segment, least, unit_at), quantity(segment, most, unit_at));
    let mut dose = Object::new();
    if high.is_empty() {
        dose.put("doseQuantity", if low.is_empty() { std::mem::take(&mut said.quantity) } else { low });
    } else {
        dose.put("doseRange", Object::new().set("low", low).set("high", high));
    }
    rate(&mut dose, segment, at);
    dosage.add("doseAndRate", dose);
    if at.daily != 0
        && let Some(rep) = one(segment, at.daily)
    {
        let day = build::quantity("1", (), "day", system::UCUM, "d");
        let amount = super::tq1::cq(rep);
        if !amount.is_empty() {
            dosage.put("maxDosePerPeriod", Object::new().set("numerator", amount).set("denominator", day));
        }
    }
    dosage
}

/// Amount per time: RXO-21, 22 and 17 and their like.
fn rate(dose: &mut Object, segment: Segment<'_>, at: &Layout) {
    let (amount, unit_at, per) = at.rate;
    let numerator = quantity(segment, amount, unit_at);
    let time = number(segment, per);
    if numerator.is_empty() {
        return;
    }
    // "H1", "S30": a letter of time and how many (table of RXO-17).
    let parsed = time.split_at_checked(1).and_then(|(letter, count)| {
        let code = match letter {
            "S" => "s",
            "M" => "min",
            "H" => "h",
            "D" => "d",
            "W" => "wk",
            "L" => "mo",
            _ => return None,
        };
        let count = if count.is_empty() { "1" } else { count };
        Some(build::quantity(count, (), code, system::UCUM, code))
    });
    match parsed.filter(|denominator| !denominator.is_empty()) {
        Some(denominator) => {
            dose.put("rateRatio", Object::new().set("numerator", numerator).set("denominator", denominator));
        }
        None => dose.put("rateQuantity", numerator),
    }
}

/// RXR into a Dosage or an Immunization's parts.
fn route(dosage: &mut Object, rxr: Segment<'_>) {
    dosage.put("site", site(rxr));
    dosage.put("route", one(rxr, 1).map(|rep| cwe::mapped(rep, "HL70162", medications::ROUTE)));
    dosage.put("method", one(rxr, 4).map(|rep| cwe::mapped(rep, "HL70165", medications::METHOD)));
    for n in [3, 5] {
        dosage.add("additionalInstruction", one(rxr, n).map(|rep| cwe::concept(rep, "")));
    }
}

/// RXR-2 with the modifier of RXR-6 as a further coding.
pub(crate) fn site(rxr: Segment<'_>) -> Object {
    let mut site = one(rxr, 2).map(|rep| cwe::concept(rep, "HL70163")).unwrap_or_default();
    let modifier = one(rxr, 6).map(|rep| cwe::concept(rep, "HL70495")).unwrap_or_default();
    for coding in modifier.get("coding").map(fhir::Json::items).unwrap_or_default() {
        site.add("coding", coding.clone());
    }
    site
}

fn add_codings(dosage: &mut Object, key: &'static str, more: &Object) {
    let Some(fhir::Json::Object(held)) = dosage.get_mut(key) else {
        dosage.put(key, more.clone());
        return;
    };
    for coding in more.get("coding").map(fhir::Json::items).unwrap_or_default() {
        let known = held.get("coding").is_some_and(|list| list.items().contains(coding));
        if !known {
            held.add("coding", coding.clone());
        }
    }
}

/// A comment field that is prose in some versions and a coded value in others.
pub(crate) fn notes(draft: &mut Draft, segment: Segment<'_>, n: usize) {
    for rep in reps(segment.field(n)) {
        let text = cwe::text(rep);
        if !text.is_empty() {
            draft.add("note", Object::new().set("text", text));
        }
    }
}

/// The title of what is given.
pub(crate) fn key<'m>(stage: &Stage<'m>, code: usize) -> std::borrow::Cow<'m, str> {
    one(stage.segment, code)
        .map(|rep| {
            let key = cwe::key(rep);
            if key.is_empty() { prose(rep.comp(2)) } else { key }
        })
        .unwrap_or_default()
}
