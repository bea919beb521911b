//! OBR and ORC to DiagnosticReport (maps OBR[DiagnosticReport], ORC[DiagnosticReport]).

use super::orc::Numbers;
use super::{rol, spm, value};
use crate::intake::attachment;
use crate::intake::confidential::is_confidential;
use crate::intake::datatypes::{cwe, ei, ndl, xcn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::{Observed, Order};
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::segments::obx::{self, Around};
use crate::intake::tables::systems;
use crate::intake::{Addressee, AddresseePart, Gravity, Report, ReportClass};
use crate::results::{Finality, Standing};
use fhir::{Kind, Object, ResourceKey, build};
use hl7v2::Segment;

/// Proposes the report of an order with its specimens and observations. `named` are the people whom the visit and
/// the patient segments name beside the order.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    order: &Order<'_>,
    request: Option<ResourceKey>,
    named: &[Addressee],
) {
    let scope = folder.scope;
    let Some(obr) = order.obr else {
        loose(folder, order, request);
        return;
    };
    let numbers = Numbers::of(order);
    let number = numbers.filler.or(numbers.placer).map(ei::key).unwrap_or_default();
    let code = one(obr, 4);
    let code_key = code.map(cwe::key).unwrap_or_default();
    // Without a number only the time tells one report from the next of the same service.
    let mut draft = if number.is_empty() {
        folder.draft(Kind::DiagnosticReport, &["no number", &code_key, &field(obr, 7)])
    } else {
        folder.draft(Kind::DiagnosticReport, &[&number, &code_key])
    };
    let class = class(obr, order);
    let (status, finality) = status(scope, obr, order);
    let issued = field(obr, 22);
    let as_of = scope.instant(&issued).map_or(folder.as_of, |said| scope.believed(said));
    numbers.identifiers(&mut draft.object);
    if let Some(rep) = order.orc.and_then(|orc| one(orc, 4)) {
        let grouped = rep.comp(1).subs().count() > 1;
        draft.add(
            "identifier",
            if grouped { ei::of_comp(rep.comp(1), "PGN") } else { ei::identifier(rep, "PGN") },
        );
    }
    draft.add("basedOn", request.map(build::reference));
    draft.put("status", status);
    for rep in reps(obr.field(24)) {
        draft.add("category", cwe::concept(rep, "HL70074"));
    }
    match code {
        Some(rep) => draft.put("code", cwe::concept(rep, "")),
        None => draft.put("code", Object::new().set("text", "?")),
    }
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    let (begin, end) = (scope.date_time(&field(obr, 7)), scope.date_time(&field(obr, 8)));
    if end.is_empty() {
        draft.put("effectiveDateTime", begin.clone());
    } else {
        draft.put("effectivePeriod", build::period(begin.clone(), end));
    }
    let issued_text = scope.fhir_instant(&issued);
    draft.put("issued", issued_text.clone());
    people(scope, &mut draft, obr, order);
    for rep in reps(obr.field(28)) {
        let copy = xcn::contained(scope, &mut draft, rep);
        draft.add("extension", build::extension(systems::COPY_TO, "valueReference", copy));
    }
    let home = draft.key.id();
    let specimens = spm::file(folder, order, request, &home);
    for key in &specimens {
        draft.add("specimen", build::reference(*key));
    }
    let parent = one(obr, 26).map(|rep| parent(folder, obr, rep));
    let around = Around {
        report: Some(draft.key),
        home: &home,
        finality: Some(finality).filter(|_| !field(obr, 25).is_empty()),
        effective: &begin,
        issued: &issued_text,
        as_of,
        specimen: specimens.first().copied(),
        about_specimen: false,
        category: category(class),
        based_on: request,
        derived_from: parent.as_ref(),
        part_of: None,
    };
    observations(folder, &mut draft, order, &around, &specimens);
    for observed in order.all_observations() {
        present(scope, &mut draft, observed);
    }
    if matches!(class, ReportClass::Text | ReportClass::Imaging) {
        present_text(&mut draft, order);
    }
    if let Some(rep) = order.orc.and_then(|orc| one(orc, 16)) {
        let url = "http://hl7.org/fhir/StructureDefinition/event-statusReason";
        draft.add("extension", build::extension(url, "valueCodeableConcept", cwe::concept(rep, "")));
    }
    super::orc::security(&mut draft, order);
    let standing = Standing { finality: Some(finality), as_of };
    let mut addressees = Vec::new();
    xcn::addressees(&mut addressees, obr.field(16), AddresseePart::Ordering, "OBR-16");
    if let Some(orc) = order.orc {
        xcn::addressees(&mut addressees, orc.field(12), AddresseePart::Ordering, "ORC-12");
    }
    xcn::addressees(&mut addressees, obr.field(28), AddresseePart::CopyTo, "OBR-28");
    addressees.extend_from_slice(named);
    folder.reports.push(Report {
        key: draft.key,
        class,
        title: code.or_else(|| first_code(order)).map(title).unwrap_or_default(),
        accession: numbers.accession(),
        standing,
        flag: order
            .all_observations()
            .map(|observed| obx::gravity(observed.obx))
            .max()
            .unwrap_or(Gravity::Normal),
        addressees,
        confidential: order.orc.is_some_and(|orc| is_confidential(&field(orc, 28))),
        notice: None,
        referral: None,
    });
    let own = draft.key;
    folder.file_as(draft, standing, Some(own));
}

/// The observation that OBR-26 names: where it stands in the same message by code and sub-id, else by code alone. One of
/// another message is named by its order's number (OBR-29) and by what the sender says of it, for a key cannot be made
/// of that.
fn parent(folder: &Folder<'_>, obr: Segment<'_>, rep: hl7v2::Rep<'_>) -> Object {
    let code = sub(rep.comp(1), 1);
    let sub_id = prose(rep.comp(2));
    let exact = folder.observed.iter().rev().find(|(other, id, _)| *other == code && *id == sub_id);
    let here = exact.or_else(|| folder.observed.iter().rev().find(|(other, ..)| *other == code));
    if let Some((.., key)) = here {
        return build::reference(*key);
    }
    let order = one(obr, 29);
    let number = |n: usize, kind| order.map(|rep| ei::of_comp(rep.comp(n), kind)).unwrap_or_default();
    let filler = number(2, "FILL");
    let identifier = if filler.is_empty() { number(1, "PLAC") } else { filler };
    let name = match sub(rep.comp(1), 2) {
        name if name.is_empty() => code,
        name => name,
    };
    let said = [name, prose(rep.comp(3))];
    let said = said.iter().filter(|text| !text.is_empty()).map(|text| &**text).collect::<Vec<_>>().join(": ");
    build::logical_reference(Kind::Observation, identifier, said)
}

/// OBX-3 of the first observation, for a report without a name of its own.
fn first_code<'m>(order: &Order<'m>) -> Option<hl7v2::Rep<'m>> {
    order.all_observations().find_map(|observed| one(observed.obx, 3))
}

/// What people call a coded service: the text of the first coding, else whatever is said.
pub(crate) fn title(rep: hl7v2::Rep<'_>) -> String {
    let shown = prose(rep.comp(2));
    if shown.is_empty() { cwe::text(rep).into_owned() } else { shown.into_owned() }
}

/// What an order says beside itself.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// What was observed before, or answered when ordering.
    pub(crate) observations: Vec<ResourceKey>,
    /// The specimens to be examined.
    pub(crate) specimens: Vec<ResourceKey>,
}

/// Observations and specimens of an order that is no report (map ORM_O01 4.2.5.1, OML_O21 6.4.7.1). They inform the
/// order and are not what comes of it. `home` tells them from others.
pub(crate) fn beside(
    folder: &mut Folder<'_>,
    order: &Order<'_>,
    request: Option<ResourceKey>,
    home: &str,
) -> Beside {
    let specimens = spm::file(folder, order, request, home);
    let about = Around { specimen: specimens.first().copied(), ..Around::loose(home, folder.as_of) };
    let mut observations: Vec<ResourceKey> =
        order.observations.iter().map(|observed| obx::file(folder, observed, &about)).collect();
    for (sample, specimen) in order.specimens.iter().zip(&specimens) {
        let about = Around { specimen: Some(*specimen), about_specimen: true, ..about };
        observations.extend(sample.observations.iter().map(|observed| obx::file(folder, observed, &about)));
    }
    Beside { observations, specimens }
}

/// Observations of an order without OBR in a result: they answer the order, there is no report.
fn loose(folder: &mut Folder<'_>, order: &Order<'_>, request: Option<ResourceKey>) {
    let home = request.map(ResourceKey::id).unwrap_or_default();
    let specimens = spm::file(folder, order, request, &home);
    let around = Around {
        specimen: specimens.first().copied(),
        based_on: request,
        ..Around::loose(&home, folder.as_of)
    };
    let all = order.observations.iter();
    for observed in all.chain(order.specimens.iter().flat_map(|sample| &sample.observations)) {
        obx::file(folder, observed, &around);
    }
}

fn observations(
    folder: &mut Folder<'_>,
    draft: &mut Draft,
    order: &Order<'_>,
    around: &Around<'_>,
    specimens: &[ResourceKey],
) {
    for observed in &order.observations {
        let key = obx::file(folder, observed, around);
        draft.add("result", build::reference(key));
    }
    for (sample, specimen) in order.specimens.iter().zip(specimens) {
        let around = Around { specimen: Some(*specimen), about_specimen: true, ..*around };
        for observed in &sample.observations {
            let key = obx::file(folder, observed, &around);
            draft.add("result", build::reference(key));
        }
    }
}

/// Whether every observation was taken back: measured on another patient (OBX-11 W) or deleted (D).
fn is_taken_back(order: &Order<'_>) -> bool {
    let mut all = order.all_observations().map(|observed| field(observed.obx, 11)).peekable();
    all.peek().is_some() && all.all(|status| matches!(&*status, "W" | "D"))
}

/// OBR-25, else what the observations say together. A report of which nothing stands any more is in error, whatever
/// OBR-25 says, so that everybody who has it is told (HAZARDS 2.3 no. 6).
fn status(scope: &Scope<'_>, obr: Segment<'_>, order: &Order<'_>) -> (&'static str, Finality) {
    if is_taken_back(order) {
        return ("entered-in-error", Finality::Withdrawn);
    }
    match &*field(obr, 25) {
        "O" | "I" | "S" => ("registered", Finality::Registered),
        "A" | "R" => ("partial", Finality::Preliminary),
        "P" | "M" | "N" => ("preliminary", Finality::Preliminary),
        "F" => ("final", Finality::Final),
        "C" => ("corrected", Finality::Corrected),
        "X" => ("cancelled", Finality::Withdrawn),
        "W" | "D" => ("entered-in-error", Finality::Withdrawn),
        other => {
            if !other.is_empty() {
                scope.note(
                    &format!("OBR-25 \"{other}\" is no status of a result in table 0123"),
                    "the status was taken from the observations",
                    &format!("OBR-25 « {other} » n'est pas un statut de résultat de la table 0123"),
                    "le statut a été repris des observations",
                );
            }
            from_observations(order)
        }
    }
}

fn from_observations(order: &Order<'_>) -> (&'static str, Finality) {
    let mut all = order.all_observations().map(|observed| field(observed.obx, 11)).peekable();
    if all.peek().is_none() {
        return ("unknown", Finality::Preliminary);
    }
    let (mut corrected, mut open, mut said) = (false, false, false);
    for code in all {
        said |= !code.is_empty();
        match &*code {
            "F" | "U" | "V" | "N" | "X" | "D" | "W" => {}
            "C" | "A" | "B" => corrected = true,
            _ => open = true,
        }
    }
    match (said, open, corrected) {
        (false, ..) => ("unknown", Finality::Preliminary),
        (_, true, _) => ("preliminary", Finality::Preliminary),
        (_, _, true) => ("corrected", Finality::Corrected),
        _ => ("final", Finality::Final),
    }
}

/// OBR-24 first (table 0074), then what the observations are.
fn class(obr: Segment<'_>, order: &Order<'_>) -> ReportClass {
    if let Some(class) = ReportClass::of_section(&field(obr, 24).to_ascii_uppercase()) {
        return class;
    }
    // OBR-26 names the culture that a susceptibility belongs to; of a reflex test (OBR-11 G) it names any result.
    if one(obr, 26).is_some() && field(obr, 11) != "G" || organism(order) {
        return ReportClass::Microbiology;
    }
    let measured = order.all_observations().any(|observed| {
        matches!(&*field(observed.obx, 2), "NM" | "SN" | "CE" | "CWE" | "CNE" | "NR")
            || one(observed.obx, 6).is_some()
            || one(observed.obx, 8).is_some()
    });
    let any = order.all_observations().next().is_some();
    if measured || !any { ReportClass::Laboratory } else { ReportClass::Text }
}

/// A coded bacterium or a culture: LOINC 600-7, 630-4, 11475-1 … all say "identified".
fn organism(order: &Order<'_>) -> bool {
    order.all_observations().any(|observed| {
        one(observed.obx, 3).is_some_and(|rep| {
            let name = comp(rep, 2).to_ascii_lowercase();
            name.contains("identified") || name.contains("culture") || name.contains("susceptib")
        })
    })
}

fn category(class: ReportClass) -> &'static str {
    match class {
        ReportClass::Laboratory | ReportClass::Microbiology => "laboratory",
        ReportClass::Imaging => "imaging",
        _ => "",
    }
}

fn people(scope: &Scope<'_>, draft: &mut Draft, obr: Segment<'_>, order: &Order<'_>) {
    for rep in reps(obr.field(32)) {
        let reference = ndl::role(scope, draft, rep);
        draft.add("resultsInterpreter", reference);
    }
    for (n, code, display) in [
        (33, "SPRF", "secondary performer"),
        (34, "SPRF", "secondary performer"),
        (35, "TRANS", "Transcriber"),
    ] {
        for rep in reps(obr.field(n)) {
            let reference = ndl::role(scope, draft, rep);
            if reference.is_empty() {
                continue;
            }
            if n == 33 {
                draft.add("resultsInterpreter", reference);
                continue;
            }
            let function = build::code(fhir::system::PARTICIPATION_TYPE, code, display);
            let url = "http://hl7.org/fhir/StructureDefinition/event-performerFunction";
            let reference =
                reference.push("extension", build::extension(url, "valueCodeableConcept", function));
            draft.add("performer", reference);
        }
    }
    for role in &order.roles {
        let reference = rol::role(scope, draft, *role);
        match &*rol::code(*role) {
            "PRI" => draft.add("resultsInterpreter", reference),
            "ARI" | "TN" | "TR" => draft.add("performer", reference),
            _ => {}
        }
    }
}

/// ED and RP: the report as issued.
fn present(scope: &Scope<'_>, draft: &mut Draft, observed: &Observed<'_>) {
    let kind = field(observed.obx, 2);
    if !matches!(&*kind, "ED" | "RP") {
        return;
    }
    for rep in reps(observed.obx.field(5)) {
        let form = attachment::read(scope, &kind, rep);
        if attachment::has_content(&form) {
            let name = one(observed.obx, 3).map(title).unwrap_or_default();
            draft.add("presentedForm", form.set("title", name));
        }
    }
}

/// The lines of a text report as one text, in the order sent.
fn present_text(draft: &mut Draft, order: &Order<'_>) {
    let mut whole = String::new();
    for observed in order.all_observations() {
        if value::is_prose(&field(observed.obx, 2)) && !observed.obx.field(5).is_empty() {
            whole.push_str(&value::prose_of(observed.obx.field(5)));
            whole.push('\n');
        }
    }
    if !whole.trim().is_empty() {
        draft.add("presentedForm", attachment::text(whole.trim_end()));
    }
}
