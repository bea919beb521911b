//! PRD, a provider of a referral, to the Practitioner and the part they play (ours, docs/mapping/own-maps.md).

use crate::intake::datatypes::{cwe, cx, pl, xad, xon, xpn, xtn};
use crate::intake::draft::Draft;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::{Addressee, AddresseePart};
use fhir::{Kind, Object, build};
use hl7v2::Segment;

/// Stands for the assigning authority of a place's number: places have one namespace, the directory's.
pub(crate) const PLACE: &str = "place";

/// Whether the provider plays a part of table 0286: RP refers, RT is referred to, CP consults, PP is the primary one.
pub(crate) fn plays(prd: Segment<'_>, part: &str) -> bool {
    reps(prd.field(1)).any(|rep| comp(rep, 1) == part)
}

/// The provider as somebody whom the message must reach: a person by number and name (PRD-7, PRD-2), else the place or
/// organisation (PRD-10, PRD-4) by its number and name.
pub(crate) fn addressee(prd: Segment<'_>, part: AddresseePart, field: &'static str) -> Option<Addressee> {
    let text = |text: std::borrow::Cow<'_, str>| text.into_owned();
    let name = one(prd, 2);
    let numbers: Vec<(String, String)> = reps(prd.field(7))
        .filter(|rep| !comp(*rep, 1).is_empty())
        .map(|rep| (text(comp(rep, 3)), text(comp(rep, 1))))
        .collect();
    let family = name.map(|rep| text(sub(rep.comp(1), 1))).unwrap_or_default();
    let given = name.map(|rep| text(prose(rep.comp(2)))).unwrap_or_default();
    if !numbers.is_empty() || !family.is_empty() {
        return Some(Addressee { part, field, numbers, family, given });
    }
    let (name, number) = match (one(prd, 10), one(prd, 4)) {
        (Some(organization), _) => {
            let id = [10, 3].into_iter().map(|n| comp(organization, n)).find(|id| !id.is_empty());
            (text(prose(organization.comp(1))), id.map(text).unwrap_or_default())
        }
        (None, Some(place)) => {
            let said = [9, 4, 1].into_iter().map(|n| comp(place, n)).find(|said| !said.is_empty());
            (said.map(text).unwrap_or_default(), String::new())
        }
        (None, None) => return None,
    };
    let numbers = if number.is_empty() { Vec::new() } else { vec![(PLACE.to_owned(), number)] };
    Some(Addressee { part, field, numbers, family: name, given: String::new() })
}

/// Contains the provider and gives the reference.
pub(crate) fn provider(scope: &Scope<'_>, draft: &mut Draft, prd: Segment<'_>) -> Object {
    let mut person = build::untitled(Kind::Practitioner);
    for rep in reps(prd.field(7)) {
        // PLN: number, type, state or other, expiration.
        let identifier = Object::new()
            .set("type", cx::type_concept(&comp(rep, 2)))
            .set("value", comp(rep, 1))
            .set("period", build::period((), scope.date_time(&comp(rep, 4))))
            .set("assigner", build::display(comp(rep, 3)));
        if identifier.get("value").is_some() {
            person.add("identifier", identifier);
        }
    }
    for rep in reps(prd.field(2)) {
        person.add("name", xpn::human_name(scope, rep));
    }
    for rep in reps(prd.field(3)) {
        person.add("address", xad::address(scope, rep));
    }
    for rep in reps(prd.field(5)) {
        person.add("telecom", xtn::contact_point(scope, rep, "work"));
    }
    let person = draft.contain(person);
    let place = one(prd, 4).map(|rep| pl::location(draft, rep)).unwrap_or_default();
    let mut organization =
        one(prd, 10).map_or_else(|| build::untitled(Kind::Organization), |rep| xon::organization(draft, rep));
    for rep in reps(prd.field(11)) {
        organization.add("address", xad::address(scope, rep));
    }
    for rep in [12, 13].into_iter().flat_map(|n| reps(prd.field(n))) {
        organization.add("telecom", xtn::contact_point(scope, rep, "work"));
    }
    let organization = draft.contain(organization);
    let period = build::period(scope.date_time(&field(prd, 8)), scope.date_time(&field(prd, 9)));
    let shown = person.get("display").or_else(|| organization.get("display")).cloned();
    let mut role = build::untitled(Kind::PractitionerRole)
        .set("period", period)
        .set("practitioner", person)
        .set("organization", organization);
    for rep in reps(prd.field(1)) {
        role.add("code", cwe::concept(rep, "HL70286"));
    }
    role.add("location", place);
    draft.contain(role).set("display", shown)
}
