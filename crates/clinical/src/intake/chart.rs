//! What every structure shares: one chart per patient group, demographics and visit first, provenance last.

use crate::identity::{Claim, Identifier};
use crate::intake::datatypes::xcn;
use crate::intake::folder::Folder;
use crate::intake::groups::Group;
use crate::intake::reading::field;
use crate::intake::scope::Scope;
use crate::intake::segments::obx::{self, Around};
use crate::intake::segments::{acc, al1, dg1, in1, msh, nk1, nte, obr, orc, pid, pr1, pv1, rf1, rol, txa};
use crate::intake::{Addressee, AddresseePart, Chart, Gravity, Report, ReportClass, claim};
use crate::results::Standing;
use fhir::{Instant, Kind, RecordId, build};
use hl7v2::Message;
use sha2::{Digest, Sha256};

/// What a structure wants of the shared mapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wants {
    /// Trigger event, which decides the status of a visit.
    pub(crate) trigger: &'static str,
    /// The message is about the patient or the visit (ADT): what it says of them is news. Elsewhere they are only
    /// named, and never replace what an admission system said.
    pub(crate) is_news: bool,
    /// Whether the visit itself must reach somebody.
    pub(crate) notify: bool,
    /// Whether an order carries results: then OBR is a report, else only what was asked for (map MDM_T02).
    pub(crate) reports: bool,
}

/// The chart of one patient group.
pub(crate) fn chart(scope: &Scope<'_>, message: &Message, group: &Group<'_>, wants: Wants) -> Chart {
    let claim = claim::read(scope, group.pid);
    let record = record(scope, message, &claim, group);
    let as_of = event_time(scope, message);
    let mut folder = Folder::new(scope, record, as_of);
    let standing = Standing {
        finality: None,
        // A result or a document does not say when demographics changed unless PID-33 does.
        as_of: if wants.is_news {
            as_of
        } else {
            scope.believed_of("PID-33", &field(group.pid, 33)).unwrap_or_default()
        },
    };
    pid::file(&mut folder, group, standing);
    let mut visit = pv1::draft(&mut folder, group, wants.trigger);
    let named = named(group);
    for dg1 in &group.diagnoses {
        dg1::file(&mut folder, visit.as_mut(), *dg1);
    }
    if let Some(draft) = visit {
        let key = draft.key;
        let title = visit_title(group);
        let accession = group.pv1.map(|pv1| field(pv1, 19).into_owned()).unwrap_or_default();
        pv1::file(&mut folder, draft, standing);
        if wants.notify {
            folder.reports.push(Report {
                key,
                class: ReportClass::Encounter,
                title,
                accession,
                standing,
                flag: Gravity::Normal,
                addressees: named.clone(),
            });
        }
    }
    for kin in &group.kin {
        nk1::related(&mut folder, *kin);
    }
    nk1::mother(&mut folder, group.pid);
    for allergy in &group.allergies {
        al1::file(&mut folder, *allergy);
    }
    for (pr1, roles) in &group.procedures {
        pr1::file(&mut folder, *pr1, roles);
    }
    for (in1, in2) in &group.insurance {
        in1::file(&mut folder, group, *in1, *in2);
    }
    in1::financial_class(&mut folder, group);
    rol::care_team(&mut folder, &group.roles);
    patient_observations(&mut folder, group);
    if let Some(acc) = group.accident {
        acc::accident(&mut folder, acc);
    }
    if let Some(pda) = group.death {
        acc::death(&mut folder, pda);
    }
    for rf1 in &group.referrals {
        rf1::file(&mut folder, *rf1);
    }
    let mut requests = Vec::new();
    for order in &group.orders {
        let request = orc::file(&mut folder, order);
        requests.extend(request);
        if wants.reports {
            obr::file(&mut folder, order, request, &named);
        } else {
            obr::loose(&mut folder, order, request);
        }
    }
    for document in &group.documents {
        txa::file(&mut folder, document, &requests, &named);
    }
    notes(&mut folder, group);
    msh::provenance(&mut folder, message, group);
    let Folder { resources, reports, .. } = folder;
    Chart { claim, record, resources, reports }
}

/// The source record: the claim's own identifier. Without one, a record of this message alone, so that nothing
/// collides with anybody (there is no default patient).
fn record(scope: &Scope<'_>, message: &Message, claim: &Claim, group: &Group<'_>) -> RecordId {
    match &claim.own {
        Some(Identifier { authority, value, .. }) => RecordId::of(authority, value),
        None => {
            let digest = Sha256::digest(message.bytes());
            let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let place = group.pid.index().to_string();
            let words = [&*scope.sender.link, &*field(message.segment(0), 10), &*place].join("\u{1f}");
            RecordId::of(&words, &hex)
        }
    }
}

/// EVN-6, EVN-2, MSH-7, else when it was received; at most a day after that.
pub(crate) fn event_time(scope: &Scope<'_>, message: &Message) -> Instant {
    let evn = message.segment_named("EVN");
    [("EVN-6", field(evn, 6)), ("EVN-2", field(evn, 2)), ("MSH-7", field(message.segment(0), 7))]
        .into_iter()
        .find_map(|(place, text)| scope.believed_of(place, &text))
        .unwrap_or(scope.sender.received)
}

/// People whom patient and visit segments name: PV1-7, 8, 9, PD1-4, ROL and PRT.
fn named(group: &Group<'_>) -> Vec<Addressee> {
    let mut named = Vec::new();
    if let Some(pv1) = group.pv1 {
        xcn::addressees(&mut named, pv1.field(7), AddresseePart::Attending, "PV1-7");
        xcn::addressees(&mut named, pv1.field(8), AddresseePart::Referring, "PV1-8");
        xcn::addressees(&mut named, pv1.field(9), AddresseePart::Consulting, "PV1-9");
    }
    if let Some(pd1) = group.pd1 {
        xcn::addressees(&mut named, pd1.field(4), AddresseePart::Primary, "PD1-4");
    }
    rol::primary(&mut named, &group.roles);
    rol::primary(&mut named, &group.visit_roles);
    named
}

fn visit_title(group: &Group<'_>) -> String {
    let class = group.pv1.map(|pv1| field(pv1, 2)).unwrap_or_default();
    let named = match &*class {
        "E" => "Emergency visit",
        "I" => "Inpatient stay",
        "O" => "Outpatient visit",
        "P" => "Planned admission",
        "R" => "Recurring visit",
        "B" => "Obstetric stay",
        _ => "Visit",
    };
    named.to_owned()
}

fn patient_observations(folder: &mut Folder<'_>, group: &Group<'_>) {
    let home = folder.encounter.map(fhir::ResourceKey::id).unwrap_or_default();
    let around = Around {
        report: None,
        home: &home,
        finality: None,
        effective: "",
        issued: "",
        as_of: folder.as_of,
        specimen: None,
        about_specimen: false,
        category: "",
        based_on: None,
        derived_from: None,
    };
    for observed in &group.observations {
        obx::file(folder, observed, &around);
        attached(folder, observed);
    }
}

/// ED and RP outside any report: a document of its own.
fn attached(folder: &mut Folder<'_>, observed: &crate::intake::groups::Observed<'_>) {
    use crate::intake::attachment;
    use crate::intake::datatypes::cwe;
    use crate::intake::reading::{one, reps};
    let kind = field(observed.obx, 2);
    if !matches!(&*kind, "ED" | "RP") {
        return;
    }
    let scope = folder.scope;
    let code = one(observed.obx, 3);
    let name = code.map(obr::title).unwrap_or_default();
    for rep in reps(observed.obx.field(5)) {
        let form = attachment::read(scope, &kind, rep);
        if !attachment::has_content(&form) {
            continue;
        }
        let mut draft = folder.draft(Kind::DocumentReference, &["OBX", &name]);
        draft.put("status", "current");
        draft.put("type", code.map(|rep| cwe::concept(rep, "")));
        draft.put("subject", folder.subject());
        draft.add("content", fhir::Object::new().set("attachment", form.set("title", &*name)));
        let visit = folder.visit();
        draft.put("context", fhir::Object::new().push("encounter", visit));
        folder.file(draft);
    }
}

/// NTE under PID has no map; a comment is not lost, it is a note of the visit's message kept as an observation's
/// would be: on the Patient there is no element, so it goes to the first report, else it is a problem in words.
fn notes(folder: &mut Folder<'_>, group: &Group<'_>) {
    if group.notes.is_empty() {
        return;
    }
    let scope = folder.scope;
    let mut draft = folder.draft(Kind::Observation, &["NTE"]);
    draft.put("status", "final");
    draft.put("code", build::code(fhir::system::LOINC, "48767-8", "Annotation comment"));
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    nte::notes(scope, &mut draft, &group.notes);
    if draft.object.get("note").is_some() {
        folder.file(draft);
    }
}
