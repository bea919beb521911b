//! PR1 to Procedure (map PR1[Procedure]).

use super::rol;
use crate::intake::datatypes::{cwe, ei, pl, xcn};
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps};
use fhir::{Instant, Kind, Object, build, system, time::interval};
use hl7v2::Segment;

/// Field, SNOMED CT code and display of those who perform.
const PERFORMERS: [(usize, &str, &str); 3] =
    [(8, "88189002", "Anesthesiologist"), (11, "304292004", "Surgeon"), (12, "", "")];

/// Proposes the procedure.
pub(crate) fn file(folder: &mut Folder<'_>, pr1: Segment<'_>, roles: &[Segment<'_>]) {
    let scope = folder.scope;
    let code = one(pr1, 3);
    let description = prose(pr1.field(4).comp(1));
    if code.is_none() && description.is_empty() {
        return;
    }
    let number = one(pr1, 19).map(ei::key).unwrap_or_default();
    let visit = folder.encounter.map(fhir::ResourceKey::id).unwrap_or_default();
    let code_key = code.map(cwe::key).unwrap_or_default();
    let told_apart = if code_key.is_empty() { description.to_lowercase() } else { code_key.into_owned() };
    let mut draft = if number.is_empty() {
        folder.draft(Kind::Procedure, &[&visit, &told_apart, &field(pr1, 5)])
    } else {
        folder.draft(Kind::Procedure, &[&number])
    };
    draft.add("identifier", one(pr1, 19).map(|rep| ei::identifier(rep, "")));
    if let Some(rep) = one(pr1, 25) {
        draft.add("partOf", build::logical_reference(Kind::Procedure, ei::identifier(rep, ""), ()));
    }
    draft.put("status", if field(pr1, 20) == "D" { "entered-in-error" } else { "completed" });
    draft.put("category", one(pr1, 6).map(|rep| cwe::concept(rep, "HL70230")));
    let mut concept = code.map(|rep| cwe::concept(rep, &field(pr1, 2))).unwrap_or_default();
    if code.is_none_or(|rep| prose(rep.comp(9)).is_empty()) {
        concept.put("text", &*description);
    }
    for rep in reps(pr1.field(16)) {
        let modified = format!("{}:{}", code.map(|code| comp(code, 1)).unwrap_or_default(), comp(rep, 1));
        concept.add("coding", Object::new().set("code", modified).set("display", prose(rep.comp(2))));
    }
    draft.put("code", concept);
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    let begin = scope.date_time(&field(pr1, 5));
    let minutes = field(pr1, 7).parse::<i64>().ok().filter(|minutes| (1..=100_000).contains(minutes));
    match (minutes, interval(&begin).filter(|_| begin.len() > 10)) {
        (Some(minutes), Some((from, _))) => {
            let end: Instant = from.plus_minutes(minutes);
            draft.put("performedPeriod", build::period(begin, end.to_string()));
        }
        _ => draft.put("performedDateTime", begin),
    }
    for (n, code, display) in PERFORMERS {
        for rep in reps(pr1.field(n)) {
            let person = xcn::contained(scope, &mut draft, rep);
            if person.is_empty() {
                continue;
            }
            let mut performer = Object::new();
            if !code.is_empty() {
                performer.put("function", build::code(system::SNOMED, code, display));
            }
            draft.add("performer", performer.set("actor", person));
        }
    }
    for role in roles {
        let actor = rol::role(scope, &mut draft, *role);
        if !actor.is_empty() {
            draft.add("performer", Object::new().set("actor", actor));
        }
    }
    if let Some(rep) = one(pr1, 23) {
        let place = pl::location(&mut draft, rep);
        draft.put("location", place);
    }
    if let Some(rep) = one(pr1, 15) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    folder.file(draft);
}
