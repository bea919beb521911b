//! RF1 to ServiceRequest: a referral. HL7's maps have no row for it.

use super::prd;
use crate::intake::datatypes::{cwe, ei, xcn, xon};
use crate::intake::folder::Folder;
use crate::intake::reading::{field, one, reps};
use crate::intake::tables::{self, orders};
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

/// Proposes the referral, asked by one of the providers and of others.
pub(crate) fn file(folder: &mut Folder<'_>, rf1: Segment<'_>, providers: &[Segment<'_>]) -> ResourceKey {
    let scope = folder.scope;
    let number = one(rf1, 6).or_else(|| one(rf1, 11)).map(ei::key).unwrap_or_default();
    let mut draft = folder.draft(Kind::ServiceRequest, &["RF1", &number]);
    for n in [6, 11] {
        draft.add("identifier", one(rf1, n).map(|rep| ei::identifier(rep, "")));
    }
    let status = match &*field(rf1, 1) {
        "A" => "active",
        "P" => "on-hold",
        "R" => "revoked",
        "E" => "completed",
        _ => "unknown",
    };
    draft.put("status", status);
    draft.put("intent", "order");
    draft.add("category", build::code(system::SNOMED, "3457005", "Patient referral"));
    for n in [5, 3] {
        draft.add("category", one(rf1, n).map(|rep| cwe::concept(rep, "")));
    }
    draft.put("priority", tables::code(orders::ORDER_PRIORITY, &field(rf1, 2)));
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    draft.put(
        "occurrencePeriod",
        build::period(scope.date_time(&field(rf1, 7)), scope.date_time(&field(rf1, 8))),
    );
    draft.put("authoredOn", scope.date_time(&field(rf1, 9)));
    for rep in reps(rf1.field(10)) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    for prd in providers {
        let who = prd::provider(scope, &mut draft, *prd);
        if prd::plays(*prd, "RP") && draft.object.get("requester").is_none() {
            draft.put("requester", who);
        } else {
            draft.add("performer", who);
        }
    }
    for rep in reps(rf1.field(19)) {
        let organization = xon::contained(&mut draft, rep);
        draft.add("performer", organization);
    }
    for rep in reps(rf1.field(20)) {
        let person = xcn::contained(scope, &mut draft, rep);
        draft.add("performer", person);
    }
    for n in [14, 24] {
        let text = super::value::prose_of(rf1.field(n));
        if !text.is_empty() {
            draft.add("note", Object::new().set("text", text));
        }
    }
    let key = draft.key;
    folder.file(draft);
    key
}
