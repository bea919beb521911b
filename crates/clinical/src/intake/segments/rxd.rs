//! RXD to MedicationDispense. HL7's maps have no row for it (docs/mapping/own-maps.md).

use super::medication::{self, Layout};
use super::orc::{self, Numbers};
use super::{nte, obx};
use crate::intake::datatypes::{cwe, ei, pl, xad, xcn, xon};
use crate::intake::folder::Folder;
use crate::intake::groups::{Order, Stage};
use crate::intake::reading::{field, one, reps};
use fhir::{Kind, Object, ResourceKey, build};

const RXD: Layout = Layout {
    code: 2,
    supplementary: 25,
    form: 6,
    strength: (16, 17),
    volume: (28, 29),
    lot: (18, 19),
    maker: 20,
    amount: (0, 0, 0),
    rate: (0, 0, 0),
    instructions: 15,
    daily: 12,
};

/// Proposes the dispense. `prescription` is the request of the same message that it fills.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    order: &Order<'_>,
    stage: &Stage<'_>,
    prescription: Option<ResourceKey>,
) {
    let (scope, rxd) = (folder.scope, stage.segment);
    let numbers = Numbers::of(order);
    let number = numbers.placer.or(numbers.filler).map(ei::key).unwrap_or_default();
    let (script, counter, at) = (field(rxd, 7), field(rxd, 1), field(rxd, 3));
    let mut draft = folder.draft(
        Kind::MedicationDispense,
        &[&number, &script, &medication::key(stage, RXD.code), &counter, &at],
    );
    numbers.identifiers(&mut draft.object);
    draft.add("identifier", Object::new().set("value", script));
    let status = match order.orc.map(|orc| field(orc, 1)).as_deref() {
        Some("CA" | "CR" | "OC") => "cancelled",
        Some("DC" | "DR" | "OD") => "stopped",
        Some("HD" | "HR" | "OH") => "on-hold",
        _ => "completed",
    };
    draft.put("status", status);
    medication::medication(scope, &mut draft, stage, &RXD);
    draft.put("subject", folder.subject());
    draft.put("context", folder.visit());
    for rep in reps(rxd.field(10)) {
        let person = xcn::contained(scope, &mut draft, rep);
        if !person.is_empty() {
            draft.add("performer", Object::new().set("actor", person));
        }
    }
    let mut pharmacy = one(rxd, 30).map(xon::of_cwe).unwrap_or_else(|| build::untitled(Kind::Organization));
    pharmacy.add("address", one(rxd, 31).map(|rep| xad::address(scope, rep)));
    let pharmacy = draft.contain(pharmacy);
    if !pharmacy.is_empty() {
        draft.add("performer", Object::new().set("actor", pharmacy));
    }
    draft.add("authorizingPrescription", prescription.map(build::reference));
    draft.put("type", one(rxd, 33).map(|rep| cwe::concept(rep, "HL70484")));
    draft.put("quantity", medication::quantity(rxd, 4, 5));
    draft.put("whenHandedOver", scope.date_time(&at));
    if let Some(rep) = one(rxd, 13) {
        let place = pl::location(&mut draft, rep);
        draft.put("destination", place);
    }
    medication::notes(&mut draft, rxd, 9);
    for rep in reps(rxd.field(21)) {
        draft.add("note", Object::new().set("text", cwe::text(rep)));
    }
    nte::notes(scope, &mut draft, &stage.notes);
    let timings = if stage.timings.is_empty() { &order.timings } else { &stage.timings };
    let old = order.orc.and_then(|orc| one(orc, 7));
    for dosage in medication::dosages(scope, stage, timings, old, &RXD) {
        draft.add("dosageInstruction", dosage);
    }
    if let Some(rep) = one(rxd, 11) {
        let kind = cwe::concept(rep, "HL70167");
        let swapped = !matches!(&*field(rxd, 11), "N" | "0" | "1");
        draft.put("substitution", Object::new().set("wasSubstituted", swapped).set("type", kind));
    }
    orc::security(&mut draft, order);
    let key = draft.key;
    folder.file(draft);
    obx::attached(folder, &stage.observations, &key.id(), Some(key));
}
