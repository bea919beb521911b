//! RXA to MedicationAdministration (map ORC[MedicationAdministration]; RXA is ours, docs/mapping/own-maps.md) and, in a
//! vaccination message, to Immunization (maps RXA[Immunization], RXR[Immunization], ORC[Immunization]).

use super::medication::{self, Layout};
use super::orc::{self, Numbers};
use super::{nte, obx, value};
use crate::intake::datatypes::{cwe, ei, pl, xad, xcn, xon, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::{Order, Stage};
use crate::intake::reading::{comp, field, one, prose, reps};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, medications};
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

const RXA: Layout = Layout {
    code: 5,
    supplementary: 0,
    form: 8,
    strength: (13, 14),
    volume: (23, 24),
    lot: (15, 16),
    maker: 17,
    amount: (0, 0, 0),
    rate: (0, 0, 0),
    instructions: 0,
    daily: 0,
};

/// An amount that registries write for "not known" (RXA-6).
const AMOUNT_UNKNOWN: &str = "999";

/// CVX: no vaccine administered. Registries send it to carry a history, an exemption or a forecast.
const NONE_GIVEN: &str = "998";

/// Vaccination facts that stand in OBX and have an element of their own: LOINC code and element.
const PARTS: &[(&str, &str)] = &[
    ("64994-7", "programEligibility"),
    ("30963-3", "fundingSource"),
    ("30973-2", "doseNumber"),
    ("30981-5", "doseNumber"),
    ("59782-3", "seriesDoses"),
];

/// Proposes the dose that was given, or was not. `request` is the order of the same message.
pub(crate) fn given(
    folder: &mut Folder<'_>,
    order: &Order<'_>,
    stage: &Stage<'_>,
    request: Option<ResourceKey>,
) {
    let (scope, rxa) = (folder.scope, stage.segment);
    let numbers = Numbers::of(order);
    let mut draft = begin(folder, Kind::MedicationAdministration, order, stage);
    numbers.identifiers(&mut draft.object);
    let said = tables::code(medications::GIVEN, &field(rxa, 20));
    let status = match (&*field(rxa, 21), said) {
        ("D", _) => "entered-in-error",
        (_, "") if scope.date_time(&field(rxa, 4)).is_empty() && field(rxa, 3).is_empty() => "unknown",
        (_, "") => "completed",
        (_, said) => said,
    };
    draft.put("status", status);
    for rep in reps(rxa.field(18)) {
        draft.add("statusReason", cwe::concept(rep, ""));
    }
    medication::medication(scope, &mut draft, stage, &RXA);
    draft.put("subject", folder.subject());
    draft.put("context", folder.visit());
    let (begin, end) = (scope.date_time(&field(rxa, 3)), scope.date_time(&field(rxa, 4)));
    if end.is_empty() || end == begin {
        draft.put("effectiveDateTime", begin);
    } else {
        draft.put("effectivePeriod", build::period(begin, end));
    }
    performers(scope, &mut draft, rxa, order);
    for rep in reps(rxa.field(19)) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    draft.put("request", request.map(build::reference));
    medication::notes(&mut draft, rxa, 9);
    nte::notes(scope, &mut draft, &order.notes);
    nte::notes(scope, &mut draft, &stage.notes);
    if let Some(rep) = one(rxa, 20) {
        let code = build::code(system::v2_table("0322"), comp(rep, 1), ());
        let url = "http://hl7.org/fhir/StructureDefinition/alternate-codes";
        draft.add("extension", build::extension(url, "valueCodeableConcept", code));
    }
    draft.put("dosage", dosage(stage));
    let place = place(scope, &mut draft, rxa);
    draft.add("supportingInformation", place);
    business_event(&mut draft, order);
    orc::security(&mut draft, order);
    let key = draft.key;
    folder.file(draft);
    obx::attached(folder, &stage.observations, &key.id(), Some(key));
}

/// Proposes the vaccination.
pub(crate) fn vaccinated(folder: &mut Folder<'_>, order: &Order<'_>, stage: &Stage<'_>) {
    let (scope, rxa) = (folder.scope, stage.segment);
    let numbers = Numbers::of(order);
    let mut draft = begin(folder, Kind::Immunization, order, stage);
    numbers.identifiers(&mut draft.object);
    if let Some(orc) = order.orc
        && let Some(rep) = one(orc, 4)
    {
        draft.add("identifier", ei::identifier(rep, "PGN"));
    }
    let ordered = order.orc.map(|orc| field(orc, 5)).unwrap_or_default();
    let status = match (&*field(rxa, 21), tables::code(medications::VACCINATED, &field(rxa, 20))) {
        ("D", _) => "entered-in-error",
        _ if is_none_given(rxa) => "not-done",
        (_, "") => match tables::code(medications::VACCINATED, &ordered) {
            "" if one(rxa, 18).is_some() => "not-done",
            "" => "completed",
            said => said,
        },
        (_, said) => said,
    };
    draft.put("status", status);
    for rep in reps(rxa.field(18)).take(1) {
        draft.put("statusReason", cwe::concept(rep, ""));
    }
    let vaccine = one(rxa, 5).map(|rep| cwe::concept(rep, "HL70292")).unwrap_or_default();
    draft.put("vaccineCode", if vaccine.is_empty() { Object::new().set("text", "?") } else { vaccine });
    draft.put("patient", folder.subject());
    draft.put("encounter", folder.visit());
    let occurred = scope.date_time(&field(rxa, 3));
    if occurred.is_empty() {
        draft.put("occurrenceString", "?");
    } else {
        draft.put("occurrenceDateTime", occurred);
    }
    let entered = if field(rxa, 21) == "A" { scope.date_time(&field(rxa, 22)) } else { String::new() };
    let ordered_at = order.orc.map(|orc| scope.date_time(&field(orc, 9))).unwrap_or_default();
    draft.put("recorded", if entered.is_empty() { ordered_at } else { entered });
    if let Some(source) = reps(rxa.field(9)).find(|rep| comp(*rep, 3) == "NIP001") {
        // 00 of the CDC's table NIP001: a new record from who gave it; everything else was told by somebody.
        draft.put("primarySource", comp(source, 1) == "00");
        if comp(source, 1) != "00" {
            draft.put("reportOrigin", cwe::concept(source, ""));
        }
    }
    medication::notes(&mut draft, rxa, 9);
    let place = place(scope, &mut draft, rxa);
    draft.put("location", place);
    let maker = one(rxa, 17).map(xon::of_cwe).unwrap_or_default();
    let maker = draft.contain(maker);
    draft.put("manufacturer", maker);
    draft.put("lotNumber", field(rxa, 15));
    draft.put("expirationDate", scope.date(&field(rxa, 16)));
    if let Some(rxr) = stage.routes.first() {
        draft.put("site", medication::site(*rxr));
        draft.put("route", one(*rxr, 1).map(|rep| cwe::mapped(rep, "HL70162", medications::ROUTE)));
    }
    if field(rxa, 6) != AMOUNT_UNKNOWN {
        draft.put("doseQuantity", medication::quantity(rxa, 6, 7));
    }
    performers(scope, &mut draft, rxa, order);
    if let Some(orc) = order.orc {
        ordered_by(scope, &mut draft, orc);
    }
    for rep in reps(rxa.field(19)) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    nte::notes(scope, &mut draft, &order.notes);
    nte::notes(scope, &mut draft, &stage.notes);
    parts(&mut draft, stage);
    orc::security(&mut draft, order);
    let key = draft.key;
    folder.file(draft);
    obx::attached(folder, &stage.observations, &key.id(), Some(key));
}

/// Whether RXA-5 says that no vaccine was given, whatever RXA-20 says: nobody is protected by a form.
fn is_none_given(rxa: Segment<'_>) -> bool {
    reps(rxa.field(5)).any(|rep| {
        let says =
            |code, system| comp(rep, code) == NONE_GIVEN && matches!(&*comp(rep, system), "CVX" | "HL70292");
        says(1, 3) || says(4, 6)
    })
}

/// A dose by its order, what was given and when: RXA-1 and 2 count within an order.
fn begin(folder: &mut Folder<'_>, kind: Kind, order: &Order<'_>, stage: &Stage<'_>) -> Draft {
    let numbers = Numbers::of(order);
    // Registries send one number of their own for each dose; a placer's "9999" stands for none.
    let number = numbers.filler.or(numbers.placer).map(ei::key).unwrap_or_default();
    let rxa = stage.segment;
    let code = medication::key(stage, RXA.code);
    folder.draft(kind, &[&number, &code, &field(rxa, 3), &field(rxa, 2)])
}

fn dosage(stage: &Stage<'_>) -> Object {
    let rxa = stage.segment;
    let mut dosage = Object::new();
    if let Some(rxr) = stage.routes.first() {
        dosage.put("site", medication::site(*rxr));
        dosage.put("route", one(*rxr, 1).map(|rep| cwe::mapped(rep, "HL70162", medications::ROUTE)));
        dosage.put("method", one(*rxr, 4).map(|rep| cwe::mapped(rep, "HL70165", medications::METHOD)));
    }
    if field(rxa, 6) != AMOUNT_UNKNOWN {
        dosage.put("dose", medication::quantity(rxa, 6, 7));
    }
    dosage.put("text", field(rxa, 12));
    dosage
}

fn performers(scope: &Scope<'_>, draft: &mut Draft, rxa: Segment<'_>, order: &Order<'_>) {
    let function = |code: &'static str| build::code(system::v2_table("0443"), code, ());
    for rep in reps(rxa.field(10)) {
        let person = xcn::contained(scope, draft, rep);
        if !person.is_empty() {
            draft.add("performer", Object::new().set("function", function("AP")).set("actor", person));
        }
    }
    for role in &order.roles {
        let actor = super::rol::role(scope, draft, *role);
        if !actor.is_empty() {
            let code = super::rol::code(*role);
            let kind = build::code(system::v2_table("0443"), code, ());
            draft.add("performer", Object::new().set("function", kind).set("actor", actor));
        }
    }
}

/// ORC-12 as whoever ordered the vaccination, ORC-10 as whoever entered it, ORC-17 and 21 as where.
fn ordered_by(scope: &Scope<'_>, draft: &mut Draft, orc: Segment<'_>) {
    for (n, code) in [(12, "OP"), (10, "EP")] {
        for rep in reps(orc.field(n)) {
            let mut person = xcn::practitioner(scope, draft, rep);
            if n == 12 && person.len() > 1 {
                for rep in reps(orc.field(24)) {
                    person.add("address", xad::address(scope, rep));
                }
            }
            let person = draft.contain(person);
            if !person.is_empty() {
                let function = build::code(system::v2_table("0443"), code, ());
                draft.add("performer", Object::new().set("function", function).set("actor", person));
            }
        }
    }
    let mut facility =
        one(orc, 21).map_or_else(|| build::untitled(Kind::Organization), |rep| xon::organization(draft, rep));
    for rep in reps(orc.field(22)) {
        facility.add("address", xad::address(scope, rep));
    }
    for rep in reps(orc.field(23)) {
        facility.add("telecom", xtn::contact_point(scope, rep, ""));
    }
    let facility = draft.contain(facility);
    let entering = one(orc, 17).map(xon::of_cwe).unwrap_or_default();
    let entering = draft.contain(entering);
    for organization in [facility, entering] {
        if !organization.is_empty() {
            draft.add("performer", Object::new().set("actor", organization));
        }
    }
}

/// RXA-27 and 28, else RXA-11 (LA2: place, and the address in components 9 to 14).
fn place(scope: &Scope<'_>, draft: &mut Draft, rxa: Segment<'_>) -> Object {
    let address = one(rxa, 28).map(|rep| xad::address(scope, rep)).unwrap_or_default();
    if let Some(rep) = one(rxa, 27) {
        let place = pl::location(draft, rep);
        if address.is_empty() {
            return place;
        }
        let at = build::untitled(Kind::Location).set("address", address).set("partOf", place);
        return draft.contain(at);
    }
    let Some(rep) = one(rxa, 11) else {
        return if address.is_empty() {
            Object::new()
        } else {
            draft.contain(build::untitled(Kind::Location).set("address", address))
        };
    };
    let inner = pl::location(draft, rep);
    let lines = build::address(
        [prose(rep.comp(9)), prose(rep.comp(10))],
        prose(rep.comp(11)),
        prose(rep.comp(12)),
        prose(rep.comp(13)),
        prose(rep.comp(14)),
    );
    let address = if address.is_empty() { lines } else { address };
    if address.is_empty() {
        return inner;
    }
    let at = build::untitled(Kind::Location).set("address", address).set("partOf", inner);
    draft.contain(at)
}

/// ORC-1 (map ORC[MedicationAdministration]).
fn business_event(draft: &mut Draft, order: &Order<'_>) {
    let Some(orc) = order.orc else { return };
    let control = field(orc, 1);
    if control.is_empty() {
        return;
    }
    let code = build::code(system::v2_table("0119"), control, ());
    let extension = Object::new()
        .set("url", "http://hl7.org/fhir/StructureDefinition/businessEvent")
        .push("extension", build::extension("value", "valueCodeableConcept", code));
    draft.add("extension", extension);
}

/// Facts of the vaccination that senders write as OBX; each stays an Observation too.
fn parts(draft: &mut Draft, stage: &Stage<'_>) {
    let mut protocol = Object::new();
    for observed in &stage.observations {
        let Some(rep) = one(observed.obx, 3) else { continue };
        let code = comp(rep, 1);
        let Some((_, element)) = PARTS.iter().find(|(loinc, _)| *loinc == code) else { continue };
        let Some(said) = one(observed.obx, 5) else { continue };
        match *element {
            "programEligibility" => draft.add("programEligibility", cwe::concept(said, "")),
            "fundingSource" if draft.object.get("fundingSource").is_none() => {
                draft.put("fundingSource", cwe::concept(said, ""));
            }
            "doseNumber" | "seriesDoses" => {
                let number = value::prose_of(observed.obx.field(5));
                let whole = number.trim().parse::<u32>().ok().filter(|number| *number > 0);
                match (*element, whole) {
                    ("doseNumber", Some(number)) => protocol.put("doseNumberPositiveInt", number),
                    ("doseNumber", None) => protocol.put("doseNumberString", number),
                    (_, Some(number)) => protocol.put("seriesDosesPositiveInt", number),
                    (_, None) => protocol.put("seriesDosesString", number),
                }
            }
            _ => {}
        }
    }
    let counted = ["doseNumberPositiveInt", "doseNumberString"].iter().any(|key| protocol.get(key).is_some());
    if counted {
        draft.add("protocolApplied", protocol);
    }
}
