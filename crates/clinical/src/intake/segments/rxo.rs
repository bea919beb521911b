//! RXO, RXE and RXG to MedicationRequest (map RXO[MedicationRequest]; RXE and RXG are ours, docs/mapping/own-maps.md):
//! asked for (original-order), encoded by the pharmacy (filler-order), to be given at a time (instance-order).

use super::medication::{self, Layout};
use super::orc::{self, Numbers};
use super::{nte, obx};
use crate::intake::datatypes::{cwe, ei, pl, xad, xcn, xon, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::{Order, Stage};
use crate::intake::reading::{field, one, reps};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, medications};
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

/// Fields beside the medicine and the dosage.
struct Fields {
    what: Layout,
    intent: &'static str,
    substitution: usize,
    /// Amount, unit.
    dispense: (usize, usize),
    refills: usize,
    indication: usize,
    /// DEA number of whoever orders.
    prescriber: usize,
    verifier: usize,
    deliver_to: usize,
    /// Comments and instructions to the pharmacy.
    notes: &'static [usize],
}

const RXO: Fields = Fields {
    what: Layout {
        code: 1,
        supplementary: 24,
        form: 5,
        strength: (18, 19),
        volume: (25, 26),
        lot: (0, 0),
        maker: 0,
        amount: (2, 3, 4),
        rate: (21, 22, 17),
        instructions: 7,
        daily: 23,
    },
    intent: "original-order",
    substitution: 9,
    dispense: (11, 12),
    refills: 13,
    indication: 20,
    prescriber: 14,
    verifier: 15,
    deliver_to: 8,
    notes: &[6],
};

const RXE: Fields = Fields {
    what: Layout {
        code: 2,
        supplementary: 31,
        form: 6,
        strength: (25, 26),
        volume: (33, 34),
        lot: (0, 0),
        maker: 0,
        amount: (3, 4, 5),
        rate: (23, 24, 22),
        instructions: 7,
        daily: 19,
    },
    intent: "order",
    substitution: 9,
    dispense: (10, 11),
    refills: 12,
    indication: 27,
    prescriber: 13,
    verifier: 14,
    deliver_to: 8,
    notes: &[21],
};

const RXG: Fields = Fields {
    what: Layout {
        code: 4,
        supplementary: 27,
        form: 8,
        strength: (17, 18),
        volume: (23, 24),
        lot: (19, 20),
        maker: 21,
        amount: (5, 6, 7),
        rate: (15, 16, 14),
        instructions: 13,
        daily: 0,
    },
    intent: "instance-order",
    substitution: 10,
    dispense: (0, 0),
    refills: 0,
    indication: 22,
    prescriber: 0,
    verifier: 0,
    deliver_to: 11,
    notes: &[9],
};

/// Proposes the MedicationRequest of an RXO, RXE or RXG. `before` is the step that it details, when the message has it,
/// and `request` the ServiceRequest of the same ORC.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    order: &Order<'_>,
    stage: &Stage<'_>,
    before: Option<ResourceKey>,
    request: Option<ResourceKey>,
) -> ResourceKey {
    let scope = folder.scope;
    let name = stage.segment.name();
    let at = match name {
        "RXE" => &RXE,
        "RXG" => &RXG,
        _ => &RXO,
    };
    let segment = stage.segment;
    let numbers = Numbers::of(order);
    let number = numbers.placer.or(numbers.filler).map(ei::key).unwrap_or_default();
    let code = medication::key(stage, at.what.code);
    // Without a number only the time tells one order from the next of the same medicine.
    let told_apart = match name {
        "RXG" => field(segment, 1).into_owned(),
        _ if number.is_empty() => order.orc.map(|orc| field(orc, 9).into_owned()).unwrap_or_default(),
        _ => String::new(),
    };
    let mut draft = folder.draft(Kind::MedicationRequest, &[name, &number, &code, &told_apart]);
    numbers.identifiers(&mut draft.object);
    if let Some(orc) = order.orc {
        group(&mut draft, orc);
    }
    if name == "RXE" {
        let prescription = field(segment, 15);
        draft.add("identifier", Object::new().set("value", prescription));
    }
    draft.put("status", status(order));
    if let Some(rep) = order.orc.and_then(|orc| one(orc, 16)) {
        draft.put("statusReason", cwe::concept(rep, ""));
    }
    let details = before.is_some() && name == "RXE";
    draft.put("intent", if details { "filler-order" } else { at.intent });
    draft.put("priority", orc::priority(order));
    medication::medication(scope, &mut draft, stage, &at.what);
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    people(scope, &mut draft, order, segment, at);
    draft.put("authoredOn", authored(scope, order, segment));
    draft.add("basedOn", before.or(request).map(build::reference));
    for rep in reps(segment.field(at.indication)) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    for n in at.notes {
        medication::notes(&mut draft, segment, *n);
    }
    nte::notes(scope, &mut draft, &order.notes);
    nte::notes(scope, &mut draft, &stage.notes);
    let timings = if stage.timings.is_empty() { &order.timings } else { &stage.timings };
    let old = match name {
        "RXE" => one(segment, 1),
        "RXG" => one(segment, 3),
        _ => None,
    };
    let old = old.or_else(|| order.orc.and_then(|orc| one(orc, 7)));
    for dosage in medication::dosages(scope, stage, timings, old, &at.what) {
        draft.add("dosageInstruction", dosage);
    }
    dispense(scope, &mut draft, segment, at);
    orc::security(&mut draft, order);
    let key = draft.key;
    for observed in obx::attached(folder, &stage.observations, &key.id(), None) {
        draft.add("supportingInformation", build::reference(observed));
    }
    folder.file(draft);
    key
}

fn authored(scope: &Scope<'_>, order: &Order<'_>, segment: Segment<'_>) -> String {
    let original = if segment.name() == "RXE" { scope.date_time(&field(segment, 32)) } else { String::new() };
    if original.is_empty() {
        order.orc.map(|orc| scope.date_time(&field(orc, 9))).unwrap_or_default()
    } else {
        original
    }
}

/// ORC-5, else ORC-1.
fn status(order: &Order<'_>) -> &'static str {
    let said = |n| order.orc.map(|orc| field(orc, n)).unwrap_or_default();
    let ordered = tables::code(medications::STATUS, &said(5));
    if !ordered.is_empty() {
        return ordered;
    }
    match tables::code(medications::CONTROL, &said(1)) {
        "" => "unknown",
        known => known,
    }
}

/// ORC-4 as the group of orders that were asked for together.
fn group(draft: &mut Draft, orc: Segment<'_>) {
    if let Some(rep) = one(orc, 4) {
        draft.put(
            "groupIdentifier",
            if rep.comp(1).subs().count() > 1 {
                ei::of_comp(rep.comp(1), "PGN")
            } else {
                ei::identifier(rep, "PGN")
            },
        );
    }
}

fn people(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>, segment: Segment<'_>, at: &Fields) {
    orc::requester(scope, draft, order);
    if let Some(rep) = one(segment, at.prescriber).filter(|_| at.prescriber != 0) {
        let prescriber = xcn::contained(scope, draft, rep);
        if draft.object.get("requester").is_none() {
            draft.put("requester", prescriber);
        } else {
            draft.add("supportingInformation", prescriber);
        }
    }
    if let Some(rep) = order.orc.and_then(|orc| one(orc, 10)) {
        let enterer = xcn::contained(scope, draft, rep);
        draft.put("recorder", enterer);
    }
    for n in [at.verifier].into_iter().filter(|n| *n != 0) {
        for rep in reps(segment.field(n)) {
            let verifier = xcn::contained(scope, draft, rep);
            draft.add("supportingInformation", verifier);
        }
    }
    for role in &order.roles {
        let part = super::rol::role(scope, draft, *role);
        draft.add("supportingInformation", part);
    }
    if let Some(rep) = one(segment, at.deliver_to) {
        let place = pl::location(draft, rep);
        draft.add("supportingInformation", place);
    }
    if segment.name() == "RXE"
        && let Some(rep) = one(segment, 42)
    {
        let place = pl::location(draft, rep);
        draft.add("supportingInformation", place);
    }
}

fn dispense(scope: &Scope<'_>, draft: &mut Draft, segment: Segment<'_>, at: &Fields) {
    let mut request = Object::new();
    if segment.name() == "RXE" {
        let initial = medication::quantity(segment, 39, 0);
        request.put("initialFill", Object::new().set("quantity", initial));
    }
    if at.refills != 0 {
        request.put("numberOfRepeatsAllowed", field(segment, at.refills).parse::<u32>().ok());
    }
    if at.dispense.0 != 0 {
        request.put("quantity", medication::quantity(segment, at.dispense.0, at.dispense.1));
    }
    let pharmacy = pharmacy(scope, draft, segment);
    request.put("performer", pharmacy);
    draft.put("dispenseRequest", request);
    let allowed = field(segment, at.substitution);
    if !allowed.is_empty() {
        let coded = one(segment, at.substitution).map(|rep| cwe::concept(rep, "HL70161"));
        let known = if segment.name() == "RXO" {
            Some(build::code(system::v2_table("0161"), allowed, ()))
        } else {
            coded
        };
        draft.put("substitution", Object::new().set("allowedCodeableConcept", known));
    }
}

/// Who is to dispense: name, address and telephone (RXO-32, 33, 36 and RXE-40, 41, 45 of HL7 v2.8).
fn pharmacy(scope: &Scope<'_>, draft: &mut Draft, segment: Segment<'_>) -> Object {
    let (name, address, telephone) = match segment.name() {
        "RXO" => (32, 33, 36),
        "RXE" => (40, 41, 45),
        _ => return Object::new(),
    };
    let mut pharmacy = one(segment, name).map_or_else(|| build::untitled(Kind::Organization), xon::of_cwe);
    for rep in reps(segment.field(address)) {
        pharmacy.add("address", xad::address(scope, rep));
    }
    for rep in reps(segment.field(telephone)) {
        pharmacy.add("telecom", xtn::contact_point(scope, rep, "work"));
    }
    draft.contain(pharmacy)
}
