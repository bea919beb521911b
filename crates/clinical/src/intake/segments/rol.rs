//! ROL and PRT, people in a part (maps ROL[Patient-GeneralPractitioner], ROL[Encounter-PractitionerRole],
//! PRT[PractitionerRole], PRT[Device]). The two segments differ in where things stand.

use crate::intake::datatypes::{cwe, ei, pl, xad, xcn, xon, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, reps, says_something};
use crate::intake::scope::Scope;
use crate::intake::tables::people::PROVIDER_ROLE;
use crate::intake::tables::systems;
use crate::intake::{Addressee, AddresseePart};
use fhir::{Kind, Object, build};
use hl7v2::Segment;

/// Field numbers of one of the two segments.
struct Layout {
    identifier: usize,
    action: usize,
    role: usize,
    person: usize,
    kind: usize,
    organization: usize,
    location: usize,
    begin: usize,
    end: usize,
    address: usize,
    telecom: usize,
    table: &'static str,
}

const ROL: Layout = Layout {
    identifier: 1,
    action: 2,
    role: 3,
    person: 4,
    kind: 9,
    organization: 14,
    location: 13,
    begin: 5,
    end: 6,
    address: 11,
    telecom: 12,
    table: "HL70443",
};

const PRT: Layout = Layout {
    identifier: 1,
    action: 2,
    role: 4,
    person: 5,
    kind: 6,
    organization: 8,
    location: 9,
    begin: 11,
    end: 12,
    address: 14,
    telecom: 15,
    table: "HL70912",
};

fn layout(segment: Segment<'_>) -> &'static Layout {
    if segment.name() == "PRT" { &PRT } else { &ROL }
}

/// The role's code, such as `PP`.
pub(crate) fn code<'m>(segment: Segment<'m>) -> std::borrow::Cow<'m, str> {
    field(segment, layout(segment).role)
}

/// Contains the person with the role and gives the reference; empty when the part says nobody.
pub(crate) fn role(scope: &Scope<'_>, draft: &mut Draft, segment: Segment<'_>) -> Object {
    let at = layout(segment);
    if field(segment, at.action) == "DE" {
        return Object::new();
    }
    let mut practitioner =
        one(segment, at.person).map_or_else(Object::new, |rep| xcn::practitioner(scope, draft, rep));
    let addressed = practitioner.len() > 1;
    for rep in reps(segment.field(at.address)).filter(|_| addressed) {
        practitioner.add("address", xad::address(scope, rep));
    }
    let person = draft.contain(practitioner);
    let organization =
        one(segment, at.organization).map(|rep| xon::organization(draft, rep)).unwrap_or_default();
    let organization = draft.contain(organization);
    let place = one(segment, at.location).map(|rep| pl::location(draft, rep)).unwrap_or_default();
    let shown = person.get("display").or_else(|| organization.get("display")).cloned();
    if person.is_empty() && organization.is_empty() && place.is_empty() {
        return Object::new();
    }
    let mut part = build::untitled(Kind::PractitionerRole);
    part.add("identifier", one(segment, at.identifier).map(|rep| ei::identifier(rep, "")));
    part.put(
        "period",
        build::period(scope.date_time(&field(segment, at.begin)), scope.date_time(&field(segment, at.end))),
    );
    part.put("practitioner", person);
    part.put("organization", organization);
    part.add("code", one(segment, at.role).map(|rep| cwe::mapped(rep, at.table, PROVIDER_ROLE)));
    for rep in reps(segment.field(at.kind)) {
        part.add("specialty", cwe::concept(rep, ""));
    }
    part.add("location", place);
    for rep in reps(segment.field(at.telecom)) {
        part.add("telecom", xtn::contact_point(scope, rep, ""));
    }
    draft.contain(part).set("display", shown)
}

/// A primary care provider: PP, or FHCP (family health care professional).
pub(crate) fn is_primary(segment: Segment<'_>) -> bool {
    matches!(&*code(segment), "PP" | "FHCP")
}

/// Proposes the care team of the patient: everybody under PID who is no primary care provider (maps ROL[CareTeam],
/// PRT[CareTeam]).
pub(crate) fn care_team(folder: &mut Folder<'_>, segments: &[Segment<'_>]) {
    if segments.iter().all(|segment| is_primary(*segment)) {
        return;
    }
    let scope = folder.scope;
    let mut draft = folder.draft(Kind::CareTeam, &["patient"]);
    draft.put("status", "active");
    draft.put("subject", folder.subject());
    for segment in segments.iter().filter(|segment| !is_primary(**segment)) {
        let at = layout(*segment);
        let member = role(scope, &mut draft, *segment);
        let device = device(scope, *segment);
        let device = draft.contain(device);
        draft.add("extension", build::extension(systems::DEVICE, "valueReference", device));
        if member.is_empty() {
            continue;
        }
        let begin = scope.date_time(&field(*segment, at.begin));
        let participant = Object::new()
            .push("role", one(*segment, at.role).map(|rep| cwe::mapped(rep, at.table, PROVIDER_ROLE)))
            .set("member", member)
            .set("period", build::period(begin, scope.date_time(&field(*segment, at.end))));
        draft.add("participant", participant);
    }
    if draft.object.get("participant").is_some() {
        folder.file(draft);
    }
}

/// Adds a primary care provider to the Patient.
pub(crate) fn general_practitioner(scope: &Scope<'_>, draft: &mut Draft, segment: Segment<'_>) {
    let reference = role(scope, draft, segment);
    draft.add("generalPractitioner", reference);
}

/// Adds a participant to the Encounter.
pub(crate) fn participant(scope: &Scope<'_>, draft: &mut Draft, segment: Segment<'_>) {
    let at = layout(segment);
    let reference = role(scope, draft, segment);
    if reference.is_empty() {
        return;
    }
    let participant = Object::new()
        .push("type", one(segment, at.role).map(|rep| cwe::mapped(rep, at.table, PROVIDER_ROLE)))
        .set(
            "period",
            build::period(
                scope.date_time(&field(segment, at.begin)),
                scope.date_time(&field(segment, at.end)),
            ),
        )
        .set("individual", reference);
    draft.add("participant", participant);
}

/// The device of a PRT-10, to contain.
pub(crate) fn device(scope: &Scope<'_>, segment: Segment<'_>) -> Object {
    if segment.name() != "PRT" {
        return Object::new();
    }
    let mut part = build::untitled(Kind::Device);
    for rep in reps(segment.field(10)) {
        part.add("identifier", ei::identifier(rep, ""));
    }
    if let Some(rep) = one(segment, 16) {
        part.add("udiCarrier", Object::new().set("deviceIdentifier", comp(rep, 1)));
    }
    part.put("manufactureDate", scope.date_time(&field(segment, 17)));
    part.put("expirationDate", scope.date_time(&field(segment, 18)));
    part.put("lotNumber", field(segment, 19));
    part.put("serialNumber", field(segment, 20));
    part.put("distinctIdentifier", field(segment, 21));
    part.put("type", one(segment, 22).map(|rep| cwe::concept(rep, "")));
    part
}

/// Adds the primary care providers among `segments` to the people named.
pub(crate) fn primary(out: &mut Vec<Addressee>, segments: &[Segment<'_>]) {
    for segment in segments {
        let at = layout(*segment);
        if is_primary(*segment) && one(*segment, at.person).is_some_and(says_something) {
            let name = if segment.name() == "PRT" { "PRT-5" } else { "ROL-4" };
            xcn::addressees(out, segment.field(at.person), AddresseePart::Primary, name);
        }
    }
}
