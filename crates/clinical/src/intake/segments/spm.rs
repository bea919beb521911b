//! SPM and the specimen fields of OBR to Specimen (maps SPM[Specimen], OBR[Specimen], SPS[Specimen-Source]).

use super::nte;
use crate::intake::datatypes::{cwe, cx, ei, xcn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::{Order, Sample};
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::{orders, systems};
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::{Comp, Rep, Segment};

/// Proposes the specimens of an order: one per SPM, or the one that OBR describes.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    order: &Order<'_>,
    request: Option<ResourceKey>,
    home: &str,
) -> Vec<ResourceKey> {
    let mut keys = Vec::new();
    if order.specimens.is_empty() {
        if let Some(obr) = order.obr.filter(|obr| describes(*obr)) {
            let mut draft = folder.draft(Kind::Specimen, &[home, "OBR"]);
            draft.put("subject", folder.subject());
            draft.add("request", request.map(build::reference));
            from_obr(folder.scope, &mut draft, obr);
            keys.push(finish(folder, draft));
        }
        return keys;
    }
    for (n, sample) in order.specimens.iter().enumerate() {
        let id = one(sample.spm, 2);
        let number = id.map(|rep| {
            let filler = sub(rep.comp(2), 1);
            if filler.is_empty() { sub(rep.comp(1), 1) } else { filler }
        });
        let mut draft = match number.filter(|number| !number.is_empty()) {
            Some(number) => folder.draft(Kind::Specimen, &["SPM-2", &number, home]),
            None => folder.draft(Kind::Specimen, &[home, &n.to_string()]),
        };
        draft.put("subject", folder.subject());
        draft.add("request", request.map(build::reference));
        from_spm(folder.scope, &mut draft, sample);
        if n == 0
            && let Some(obr) = order.obr
        {
            from_obr(folder.scope, &mut draft, obr);
        }
        keys.push(finish(folder, draft));
    }
    keys
}

fn finish(folder: &mut Folder<'_>, draft: Draft) -> ResourceKey {
    let key = draft.key;
    folder.file(draft);
    key
}

fn describes(obr: Segment<'_>) -> bool {
    [9, 10, 14, 15, 39].into_iter().any(|n| one(obr, n).is_some())
}

fn from_spm(scope: &Scope<'_>, draft: &mut Draft, sample: &Sample<'_>) {
    let spm = sample.spm;
    if let Some(rep) = one(spm, 2) {
        draft.add("identifier", ei::of_comp(rep.comp(1), "PGN"));
        draft.add("identifier", ei::of_comp(rep.comp(2), "FGN"));
    }
    for rep in reps(spm.field(31)) {
        {
            let identifier = cx::identifier(scope, draft, rep);
            draft.add("identifier", identifier);
        };
    }
    for rep in reps(spm.field(32)) {
        draft.add("identifier", ei::identifier(rep, "SHIP"));
    }
    if let Some(rep) = one(spm, 30) {
        let accession = cx::identifier(scope, draft, rep);
        draft.put("accessionIdentifier", accession);
    }
    for rep in reps(spm.field(3)) {
        for (n, kind) in [(1, "PGN"), (2, "FGN")] {
            let identifier = ei::of_comp(rep.comp(n), kind);
            draft.add("parent", build::logical_reference(Kind::Specimen, identifier, ()));
        }
    }
    draft.put(
        "status",
        match &*field(spm, 20) {
            "Y" => "available",
            "N" => "unavailable",
            _ => "",
        },
    );
    draft.put("type", kind(spm));
    draft.put("receivedTime", scope.date_time(&field(spm, 18)));
    let mut collection = Object::new();
    if let Some(rep) = one(spm, 17) {
        let (begin, end) = (scope.date_time(&comp(rep, 1)), scope.date_time(&comp(rep, 2)));
        if end.is_empty() {
            collection.put("collectedDateTime", begin);
        } else {
            collection.put("collectedPeriod", build::period(begin, end));
        }
    }
    collection.put("quantity", one(spm, 12).map(super::tq1::cq));
    collection.put("method", one(spm, 7).map(|rep| cwe::mapped(rep, "HL70488", orders::COLLECTION_METHOD)));
    collection.put("bodySite", site(spm));
    draft.put("collection", collection);
    let mut container = Object::new();
    if let Some(rep) = one(spm, 27) {
        container.put("type", cwe::concept(rep, ""));
    }
    if let Some(rep) = one(spm, 6) {
        container.put("additiveCodeableConcept", cwe::concept(rep, "HL70371"));
    }
    draft.add("container", container);
    for sac in &sample.containers {
        draft.add("container", vessel(*sac));
    }
    for rep in reps(spm.field(24)) {
        draft.add("condition", cwe::concept(rep, "HL70493"));
    }
    for rep in reps(spm.field(14)) {
        draft.add("note", Object::new().set("text", prose(rep.comp(1))));
    }
    nte::notes(scope, draft, &sample.notes);
    for rep in reps(spm.field(15)) {
        let url = "http://hl7.org/fhir/StructureDefinition/specimen-specialHandling";
        draft.add("extension", build::extension(url, "valueCodeableConcept", cwe::concept(rep, "HL70376")));
    }
}

/// SAC, a container (HL7 v2.5.1 13.4.3): its number, what it is, how much it holds and has.
fn vessel(sac: Segment<'_>) -> Object {
    let mut container = Object::new();
    for n in [3, 4, 5, 13] {
        container.add("identifier", one(sac, n).map(|rep| ei::identifier(rep, "")));
    }
    container.put("type", one(sac, 9).map(|rep| cwe::concept(rep, "")));
    let unit = one(sac, 24).map(cwe::Unit::read).unwrap_or_default();
    container.put("capacity", unit.quantity(&field(sac, 21), ""));
    container.put("specimenQuantity", unit.quantity(&field(sac, 22), ""));
    container.put("additiveCodeableConcept", one(sac, 27).map(|rep| cwe::concept(rep, "HL70371")));
    if let Some(rep) = one(sac, 6) {
        container.put("description", cwe::text(rep));
    }
    container
}

/// SPM-4, with the modifiers of SPM-5 as further codings.
fn kind(spm: Segment<'_>) -> Object {
    one(spm, 4).map(|rep| cwe::concept(rep, "HL70487")).unwrap_or_default()
}

/// SPM-8; the modifier of SPM-9 has no element and goes with the words.
fn site(spm: Segment<'_>) -> Object {
    one(spm, 8).map(|rep| cwe::concept(rep, "HL70163")).unwrap_or_default()
}

/// What OBR says about the specimen, where SPM does not.
fn from_obr(scope: &Scope<'_>, draft: &mut Draft, obr: Segment<'_>) {
    let source = one(obr, 15);
    if draft.object.get("type").is_none() {
        draft.put("type", source.map(|rep| of_part(rep, 1, "0487")));
    }
    if draft.object.get("receivedTime").is_none() {
        draft.put("receivedTime", scope.date_time(&field(obr, 14)));
    }
    let collector = one(obr, 10).map(|rep| xcn::practitioner(scope, draft, rep)).unwrap_or_default();
    let collector = draft.contain(collector);
    for rep in reps(obr.field(10)).skip(1) {
        let further = xcn::contained(scope, draft, rep);
        draft.add("extension", build::extension(systems::FURTHER_COLLECTOR, "valueReference", further));
    }
    let mut collection = match draft.object.remove("collection") {
        Some(fhir::Json::Object(collection)) => collection,
        _ => Object::new(),
    };
    collection.put("collector", collector);
    if collection.get("collectedDateTime").is_none() && collection.get("collectedPeriod").is_none() {
        let (begin, end) = (scope.date_time(&field(obr, 7)), scope.date_time(&field(obr, 8)));
        if end.is_empty() {
            collection.put("collectedDateTime", begin);
        } else {
            collection.put("collectedPeriod", build::period(begin, end));
        }
    }
    if collection.get("quantity").is_none() {
        collection.put("quantity", one(obr, 9).map(super::tq1::cq));
    }
    if let Some(rep) = source {
        if collection.get("bodySite").is_none() {
            collection.put("bodySite", of_part(rep, 4, "0163"));
        }
        draft.add("condition", Some(of_part(rep, 6, "0493")).filter(|concept| !concept.is_empty()));
        let additive = of_part(rep, 2, "0371");
        if !additive.is_empty() && draft.object.get("container").is_none() {
            draft.add("container", Object::new().set("additiveCodeableConcept", additive));
        }
        draft.add("note", Object::new().set("text", prose(rep.comp(3))));
    }
    draft.put("collection", collection);
    for rep in reps(obr.field(39)) {
        draft.add("note", Object::new().set("text", cwe::text(rep)));
    }
}

/// A coded value in the sub-components of a component of SPS.
fn of_part(rep: Rep<'_>, n: usize, table: &str) -> Object {
    let part: Comp<'_> = rep.comp(n);
    if part.is_empty() || part.is_null() {
        return Object::new();
    }
    let (code, text, name) = (sub(part, 1), sub(part, 2), sub(part, 3));
    let named = if name.is_empty() {
        system::v2_table(table)
    } else {
        systems::coding_system(&name, "").into_owned()
    };
    let shown = if text.is_empty() { code.clone() } else { text.clone() };
    build::concept([Object::new().set("system", named).set("code", code).set("display", text)], shown)
}
