//! ORC and OBR to ServiceRequest (maps ORC[ServiceRequest], OBR[ServiceRequest], NTE[ServiceRequest]).

use super::{dg1, nte, obr, rol, tq1, value};
use crate::intake::datatypes::{cwe, cx, ei, pl, xad, xcn, xon, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::Order;
use crate::intake::reading::{comp, field, one, reps};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, orders, systems, visits};
use crate::results::Standing;
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::{Rep, Segment};

/// The placer's, the filler's and the group's number of an order, wherever they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers<'m> {
    /// OBR-2, else ORC-2.
    pub(crate) placer: Option<Rep<'m>>,
    /// OBR-3, else ORC-3.
    pub(crate) filler: Option<Rep<'m>>,
    /// ORC-2 and ORC-3 where they say something else than OBR.
    other: [(Option<Rep<'m>>, &'static str); 2],
}

impl<'m> Numbers<'m> {
    /// Of an order.
    pub(crate) fn of(order: &Order<'m>) -> Self {
        let pick =
            |n| order.obr.and_then(|obr| one(obr, n)).or_else(|| order.orc.and_then(|orc| one(orc, n)));
        let other = |n| {
            let obr = order.obr.and_then(|obr| one(obr, n))?;
            order.orc.and_then(|orc| one(orc, n)).filter(|orc| comp(*orc, 1) != comp(obr, 1))
        };
        Self { placer: pick(2), filler: pick(3), other: [(other(2), "PLAC"), (other(3), "FILL")] }
    }

    /// The sender's number: the filler's, else the placer's.
    pub(crate) fn accession(&self) -> String {
        self.filler.or(self.placer).map(|rep| comp(rep, 1).into_owned()).unwrap_or_default()
    }

    /// Adds the numbers as identifiers.
    pub(crate) fn identifiers(&self, object: &mut Object) {
        for (rep, kind) in [(self.placer, "PLAC"), (self.filler, "FILL")].into_iter().chain(self.other) {
            object.add("identifier", rep.map(|rep| ei::identifier(rep, kind)));
        }
    }
}

/// Proposes the ServiceRequest of an order; `None` when the order names nothing to ask for.
pub(crate) fn file(folder: &mut Folder<'_>, order: &Order<'_>) -> Option<ResourceKey> {
    let draft = draft(folder, order)?;
    let key = draft.key;
    finish(folder, order, draft);
    Some(key)
}

/// Proposes the ServiceRequest with what it brings along: specimens, earlier observations, diagnoses.
///
/// `answers`: the filler speaks of it. What it could not do leaves the order standing, whatever table 0119 says of the
/// request: unable to accept, to cancel, to hold.
pub(crate) fn placed(folder: &mut Folder<'_>, order: &Order<'_>, answers: bool) -> Option<ResourceKey> {
    let mut request = draft(folder, order);
    if let Some(draft) = request.as_mut().filter(|_| answers)
        && draft.object.get("status").and_then(fhir::Json::as_str) == Some("unknown")
    {
        draft.put("status", "active");
    }
    let own = request.as_ref().map(|draft| draft.key);
    let home = own.map(ResourceKey::id).unwrap_or_default();
    let beside = obr::beside(folder, order, own, &home);
    let mut reasons = Vec::new();
    for segment in &order.diagnoses {
        reasons.extend(dg1::file(folder, None, *segment));
    }
    let mut draft = request?;
    for key in beside.observations {
        draft.add("supportingInfo", build::reference(key));
    }
    for key in beside.specimens {
        draft.add("specimen", build::reference(key));
    }
    for key in reasons {
        draft.add("reasonReference", build::reference(key));
    }
    finish(folder, order, draft);
    own
}

/// An order has no finality of its own: the later word on it wins, whatever the order of arrival.
fn finish(folder: &mut Folder<'_>, order: &Order<'_>, draft: Draft) {
    let scope = folder.scope;
    let said = order.obr.and_then(|obr| scope.instant(&field(obr, 22)));
    let as_of = said.map_or(folder.as_of, |said| scope.believed(said));
    folder.file_as(draft, Standing { finality: None, as_of }, None);
}

fn draft(folder: &mut Folder<'_>, order: &Order<'_>) -> Option<Draft> {
    let scope = folder.scope;
    let numbers = Numbers::of(order);
    let code = order.obr.and_then(|obr| one(obr, 4));
    let ordered = order.orc.is_some_and(|orc| [12, 21, 22].into_iter().any(|n| one(orc, n).is_some()))
        || order.obr.is_some_and(|obr| one(obr, 16).is_some());
    if numbers.placer.is_none() && numbers.filler.is_none() && code.is_none() && !ordered {
        return None;
    }
    let number = numbers.placer.or(numbers.filler).map(ei::key).unwrap_or_default();
    let code_key = code.map(cwe::key).unwrap_or_default();
    let mut draft = if number.is_empty() {
        let time = order.obr.map(|obr| field(obr, 7)).unwrap_or_default();
        folder.draft(Kind::ServiceRequest, &["no number", &code_key, &time])
    } else {
        folder.draft(Kind::ServiceRequest, &[&number, &code_key])
    };
    numbers.identifiers(&mut draft.object);
    if let Some(orc) = order.orc {
        groups(&mut draft, orc);
    }
    for segment in [order.obr.map(|obr| (obr, 53)), order.orc.map(|orc| (orc, 33))].into_iter().flatten() {
        for rep in reps(segment.0.field(segment.1)) {
            let identifier = cx::with_type(scope, &mut draft, rep, "PLAC");
            draft.add("identifier", identifier);
        }
    }
    parents(&mut draft, order);
    draft.put("status", status(order));
    draft.put("intent", intent(order));
    draft.put("priority", priority(order));
    draft.put("code", code.map(|rep| cwe::concept(rep, "")));
    details(&mut draft, order);
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    tq1::timing(scope, &mut draft, order);
    event(scope, &mut draft, order);
    requester(scope, &mut draft, order);
    performers(scope, &mut draft, order);
    for rep in order.obr.into_iter().flat_map(|obr| reps(obr.field(31))) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    for rep in order.orc.into_iter().flat_map(|orc| reps(orc.field(29))) {
        draft.add("locationCode", cwe::mapped(rep, "HL70482", orders::ORDER_TYPE));
    }
    nte::notes(scope, &mut draft, &order.notes);
    extensions(scope, &mut draft, order);
    security(&mut draft, order);
    Some(draft)
}

/// ORC-4 and ORC-38.
pub(crate) fn groups(draft: &mut Draft, orc: Segment<'_>) {
    if let Some(rep) = one(orc, 4) {
        // EIP in 2.8.2: two parts with sub-components; EI otherwise.
        if rep.comp(1).subs().count() > 1 {
            draft.put("requisition", ei::of_comp(rep.comp(1), "PGN"));
            draft.add("identifier", ei::of_comp(rep.comp(2), "FGN"));
        } else {
            draft.put("requisition", ei::identifier(rep, "PGN"));
        }
    }
    if let Some(rep) = one(orc, 38) {
        draft.add("identifier", ei::identifier(rep, "FGN"));
    }
}

/// OBR-29, ORC-8: the parent order, by its numbers.
fn parents(draft: &mut Draft, order: &Order<'_>) {
    let parent = order.obr.and_then(|obr| one(obr, 29)).or_else(|| order.orc.and_then(|orc| one(orc, 8)));
    let Some(rep) = parent else { return };
    // A replacement names what it replaces (ORC-1 RO, RP, RU); everything else goes back to its parent.
    let control = order.orc.map(|orc| field(orc, 1)).unwrap_or_default();
    let relation = if matches!(&*control, "RO" | "RP" | "RU") { "replaces" } else { "basedOn" };
    for (n, kind) in [(1, "PLAC"), (2, "FILL")] {
        let identifier = ei::of_comp(rep.comp(n), kind);
        draft.add(relation, build::logical_reference(Kind::ServiceRequest, identifier, ()));
    }
}

/// ORC-5, else ORC-1, else what the result says: an order with a final result is completed.
fn status(order: &Order<'_>) -> &'static str {
    let said = |n| order.orc.map(|orc| field(orc, n)).unwrap_or_default();
    let ordered = tables::code(orders::ORDER_STATUS, &said(5));
    if !ordered.is_empty() {
        return ordered;
    }
    let control = tables::code(orders::ORDER_CONTROL, &said(1));
    if !control.is_empty() && said(5).is_empty() {
        return control;
    }
    match order.obr.map(|obr| field(obr, 25)).as_deref() {
        Some("F" | "C") => "completed",
        Some("X") => "revoked",
        Some("W" | "D") => "entered-in-error",
        Some("O" | "I" | "S" | "A" | "P" | "R" | "N" | "M") => "active",
        _ => "unknown",
    }
}

fn intent(order: &Order<'_>) -> &'static str {
    match order.obr.map(|obr| field(obr, 11)).as_deref() {
        Some("G") => "reflex-order",
        _ => "order",
    }
}

/// TQ1-9, OBR-5, else the priority of TQ.
pub(crate) fn priority(order: &Order<'_>) -> &'static str {
    let timing = order.timings.first().map(|tq1| field(*tq1, 9)).unwrap_or_default();
    let obr = order.obr.map(|obr| field(obr, 5)).unwrap_or_default();
    let quantity = order.obr.and_then(|obr| one(obr, 27)).or_else(|| order.orc.and_then(|orc| one(orc, 7)));
    let old = quantity.map(|rep| comp(rep, 6)).unwrap_or_default();
    [&*timing, &*obr, &*old]
        .into_iter()
        .map(|code| tables::code(orders::ORDER_PRIORITY, code))
        .find(|code| !code.is_empty())
        .unwrap_or_default()
}

fn details(draft: &mut Draft, order: &Order<'_>) {
    let Some(obr) = order.obr else { return };
    for n in [44, 45, 46, 47] {
        for rep in reps(obr.field(n)) {
            draft.add("orderDetail", cwe::concept(rep, ""));
        }
    }
}

/// ORC-9, with the event that ORC-1 names.
fn event(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>) {
    let Some(orc) = order.orc else { return };
    let event = scope.date_time(&field(orc, 9));
    if !event.is_empty() {
        if field(orc, 1) == "NW" {
            draft.put("authoredOn", event.clone());
        }
        let url = "http://hl7.org/fhir/StructureDefinition/businessEvent";
        let control = build::code(system::v2_table("0119"), field(orc, 1), ());
        let extension = Object::new()
            .set("url", url)
            .push("extension", build::extension("value", "valueCodeableConcept", control))
            .push("extension", build::extension("date", "valueDateTime", event));
        draft.add("extension", extension);
    }
}

/// Who asks: ORC-12 or OBR-16, with ORC-21 to 24.
pub(crate) fn requester(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>) {
    let mut doctors = order
        .orc
        .into_iter()
        .flat_map(|orc| reps(orc.field(12)))
        .chain(order.obr.into_iter().flat_map(|obr| reps(obr.field(16))));
    let doctor = doctors.next();
    let mut practitioner = doctor.map(|rep| xcn::practitioner(scope, draft, rep)).unwrap_or_default();
    let mut organization = Object::new();
    let mut place = Object::new();
    if let Some(orc) = order.orc {
        let named = practitioner.len() > 1;
        for rep in reps(orc.field(24)).filter(|_| named) {
            practitioner.add("address", xad::address(scope, rep));
        }
        organization = one(orc, 21).map(|rep| xon::organization(draft, rep)).unwrap_or_default();
        if organization.is_empty() && (one(orc, 22).is_some() || one(orc, 23).is_some()) {
            organization = build::untitled(Kind::Organization);
        }
        for rep in reps(orc.field(23)) {
            organization.add("telecom", xtn::contact_point(scope, rep, ""));
        }
        for rep in reps(orc.field(22)) {
            organization.add("address", xad::address(scope, rep));
        }
        place = one(orc, 13).map(|rep| pl::location(draft, rep)).unwrap_or_default();
    }
    // The call-back number belongs to whoever ordered.
    let phones: Vec<Object> = order
        .obr
        .into_iter()
        .flat_map(|obr| reps(obr.field(17)))
        .chain(order.orc.into_iter().flat_map(|orc| reps(orc.field(14))))
        .map(|rep| xtn::contact_point(scope, rep, ""))
        .collect();
    let bare = doctor.map(|rep| xcn::practitioner(scope, draft, rep)).unwrap_or_default();
    let person = draft.contain(practitioner);
    for rep in doctors {
        let further = xcn::practitioner(scope, draft, rep);
        if further != bare {
            let further = draft.contain(further);
            draft.add("extension", build::extension(systems::FURTHER_REQUESTER, "valueReference", further));
        }
    }
    for rep in order.orc.into_iter().flat_map(|orc| reps(orc.field(21)).skip(1)) {
        let further = xon::contained(draft, rep);
        draft.add("extension", build::extension(systems::FURTHER_REQUESTER, "valueReference", further));
    }
    let organization = draft.contain(organization);
    if organization.is_empty() && place.is_empty() && phones.is_empty() {
        draft.put("requester", person);
    } else {
        let shown = person.get("display").or_else(|| organization.get("display")).cloned();
        let mut role = build::untitled(Kind::PractitionerRole)
            .set("practitioner", person)
            .set("organization", organization)
            .push("location", place);
        for phone in phones {
            let said = role
                .get("telecom")
                .is_some_and(|held| held.items().iter().any(|held| held.as_object() == Some(&phone)));
            if !said {
                role.add("telecom", phone);
            }
        }
        let role = draft.contain(role).set("display", shown);
        draft.put("requester", role);
    }
}

/// ROL and PRT of the order: who asks (OP) and who is to do it.
fn performers(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>) {
    for role in &order.roles {
        let performer = rol::role(scope, draft, *role);
        if rol::code(*role) == "OP" && draft.object.get("requester").is_none() {
            draft.put("requester", performer);
        } else {
            draft.add("performer", performer);
        }
        let device = rol::device(scope, *role);
        let device = draft.contain(device);
        draft.add("performer", device);
    }
    for cti in &order.trials {
        // CTI: the study in whose course it is asked for, and its phase.
        let study = Object::new().set("value", field(*cti, 1));
        let phase = one(*cti, 2).map(cwe::text).unwrap_or_default();
        if study.get("value").is_some() {
            let study =
                Object::new().set("type", "ResearchStudy").set("identifier", study).set("display", phase);
            draft.add("supportingInfo", study);
        }
    }
}

fn extensions(scope: &Scope<'_>, draft: &mut Draft, order: &Order<'_>) {
    let phone = order.obr.and_then(|obr| one(obr, 17)).or_else(|| order.orc.and_then(|orc| one(orc, 14)));
    if let Some(rep) = phone {
        let url = "http://hl7.org/fhir/StructureDefinition/servicerequest-order-callback-phone-number";
        draft
            .add("extension", build::extension(url, "valueContactPoint", xtn::contact_point(scope, rep, "")));
    }
    if let Some(rep) = order.orc.and_then(|orc| one(orc, 16)) {
        let url = "http://hl7.org/fhir/StructureDefinition/request-statusReason";
        draft.add("extension", build::extension(url, "valueCodeableConcept", cwe::concept(rep, "")));
    }
    // OBR-13 is prose in older versions and a coded value in newer ones; R4 has supportingInfo for references only.
    if let Some(obr) = order.obr {
        let text = value::prose_of(obr.field(13));
        let coded = obr.field(13).first().comps().count() > 1;
        if coded && let Some(rep) = one(obr, 13) {
            let url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ServiceRequest.supportingInfo";
            draft.add("extension", build::extension(url, "valueCodeableConcept", cwe::concept(rep, "")));
            draft.add("note", Object::new().set("text", cwe::text(rep)));
        } else if !text.is_empty() {
            draft.add("note", Object::new().set("text", text));
        }
    }
}

/// ORC-28: meta.security.
pub(crate) fn security(draft: &mut Draft, order: &Order<'_>) {
    let Some(rep) = order.orc.and_then(|orc| one(orc, 28)) else { return };
    let coding = match tables::row(visits::CONFIDENTIALITY, &comp(rep, 1)) {
        Some(row) => build::coding(row.system, row.code, row.display),
        None => cwe::coding(rep, "HL70177"),
    };
    if let Some(fhir::Json::Object(meta)) = draft.object.get_mut("meta") {
        meta.add("security", coding);
    }
}
