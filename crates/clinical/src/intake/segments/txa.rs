//! TXA with its OBX to DocumentReference (maps TXA[DocumentReference], OBX[DocumentReference], NTE[DocumentReference]).

use super::obx::{self, Around};
use super::value;
use crate::intake::attachment;
use crate::intake::confidential::is_confidential;
use crate::intake::datatypes::{cwe, ei, hd::Designator, xcn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::{Document, Observed};
use crate::intake::reading::{comp, field, one, reps};
use crate::intake::scope::Scope;
use crate::intake::segments::obr::title;
use crate::intake::{Addressee, AddresseePart, Gravity, Report, ReportClass};
use crate::results::{Finality, Standing};
use fhir::{Instant, Kind, Object, ResourceKey, build};
use hl7v2::{Rep, Segment};

/// Triggers by which a document takes the place of its parent (HL7 v2.5.1 9.5.9, 9.5.10).
const REPLACING: [&str; 2] = ["T09", "T10"];
/// Triggers that tell of a document and bring no body: original, status, addendum, edit and replacement
/// notifications, and the cancellation.
const WITHOUT_BODY: [&str; 6] = ["T01", "T03", "T05", "T07", "T09", "T11"];

/// Proposes the document. `requests` are the orders it answers.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    document: &Document<'_>,
    requests: &[ResourceKey],
    named: &[Addressee],
    trigger: &str,
) {
    let scope = folder.scope;
    let txa = document.txa;
    let unique = one(txa, 12);
    let number = unique.map(document_key).filter(|key| !key.is_empty());
    let filler = one(txa, 15).or_else(|| one(txa, 14)).map(ei::key).unwrap_or_default();
    let mut draft = match &number {
        Some(number) => folder.draft(Kind::DocumentReference, &[number]),
        None => {
            folder.draft(Kind::DocumentReference, &["no TXA-12", &filler, &field(txa, 2), &field(txa, 4)])
        }
    };
    let (status, doc_status, finality) = status(scope, txa, trigger);
    // When this version came to be: edited (TXA-8), else signed (TXA-22.15), else when the message says so. Dictation
    // and transcription are the same for every version of a document and decide nothing.
    let signed = one(txa, 22).map(|rep| rep.comp(15).text().into_owned()).unwrap_or_default();
    let said = scope.instant(&field(txa, 8)).or_else(|| scope.instant(&signed));
    let as_of = said.map_or(folder.as_of, |said| scope.believed(said));
    draft.put(
        "masterIdentifier",
        unique
            .map(|rep| ei::identifier(rep, ""))
            .filter(|id| !id.is_empty())
            .or_else(|| unique.map(only_filler)),
    );
    let file_name = field(txa, 16);
    if !file_name.is_empty() {
        draft.add("identifier", Object::new().set("value", file_name));
    }
    for (n, kind) in [(14, "PLAC"), (15, "FILL")] {
        for rep in reps(txa.field(n)) {
            draft.add("identifier", ei::identifier(rep, kind));
        }
    }
    draft.put("status", status);
    draft.put("docStatus", doc_status);
    draft.put("type", one(txa, 2).map(|rep| cwe::concept(rep, "HL70270")));
    draft.put("subject", folder.subject());
    draft.put("date", scope.fhir_instant(&field(txa, 6)));
    for n in [9, 5] {
        for rep in reps(txa.field(n)) {
            let author = xcn::contained(scope, &mut draft, rep);
            draft.add("author", author);
        }
    }
    let authenticator =
        one(txa, 10).or_else(|| one(txa, 22)).map(|rep| xcn::practitioner(scope, &mut draft, rep));
    let authenticator = draft.contain(authenticator.unwrap_or_default());
    draft.put("authenticator", authenticator);
    let custodian = build::display(&*scope.sender.custodian);
    draft.put("custodian", custodian);
    let replaces = REPLACING.contains(&trigger);
    for rep in reps(txa.field(13)) {
        let target = build::logical_reference(Kind::DocumentReference, ei::identifier(rep, ""), ());
        if !target.is_empty() {
            let code = if replaces { "replaces" } else { "appends" };
            draft.add("relatesTo", Object::new().set("code", code).set("target", target));
        }
        if replaces && finality != Finality::Withdrawn {
            superseded(folder, rep, number.as_deref(), as_of);
        }
    }
    let said = field(txa, 25);
    let called =
        if said.is_empty() { one(txa, 2).map(document_title).unwrap_or_default() } else { said.into_owned() };
    draft.put("description", field(txa, 25));
    for rep in reps(txa.field(18)) {
        draft.add("securityLabel", cwe::concept(rep, "HL70272"));
    }
    contents(folder, &mut draft, document, &called, as_of, WITHOUT_BODY.contains(&trigger));
    let mut context = Object::new();
    context.add("encounter", folder.visit());
    let activity = scope.date_time(&field(txa, 4));
    if !activity.is_empty() {
        context.put("period", build::period(activity, ()));
    }
    for request in requests {
        context.add("related", build::reference(*request));
    }
    draft.put("context", context);
    let standing = Standing { finality: Some(finality), as_of };
    let mut addressees = Vec::new();
    xcn::addressees(&mut addressees, txa.field(23), AddresseePart::CopyTo, "TXA-23");
    xcn::addressees(&mut addressees, txa.field(9), AddresseePart::Author, "TXA-9");
    addressees.extend_from_slice(named);
    folder.reports.push(Report {
        key: draft.key,
        class: ReportClass::Document,
        title: called,
        accession: unique.map(|rep| comp(rep, 1).into_owned()).unwrap_or_default(),
        standing,
        flag: document.observations.iter().map(|one| obx::gravity(one.obx)).max().unwrap_or(Gravity::Normal),
        addressees,
        confidential: reps(txa.field(18)).any(|rep| is_confidential(&comp(rep, 1))),
        notice: None,
        referral: None,
    });
    let own = draft.key;
    folder.file_as(draft, standing, Some(own));
}

/// Proposes that the document of TXA-13 is superseded. Nothing but that is said of it: what it was stays on file.
fn superseded(folder: &mut Folder<'_>, parent: Rep<'_>, own: Option<&str>, as_of: Instant) {
    let number = document_key(parent);
    if number.is_empty() || own == Some(&*number) {
        return;
    }
    let mut draft = folder.draft(Kind::DocumentReference, &[&number]);
    draft.put("masterIdentifier", ei::identifier(parent, ""));
    draft.put("status", "superseded");
    draft.put("subject", folder.subject());
    draft.add("content", content(Object::new().set("contentType", "text/plain")));
    folder.file_final(draft, Finality::Corrected, as_of, None);
}

/// TXA-12 as a key; some senders leave EI.1 empty and write the number as the namespace or universal id.
fn document_key(rep: Rep<'_>) -> String {
    let key = ei::key(rep);
    if key.is_empty() { Designator::of_rep(rep, 2).authority().to_owned() } else { key }
}

fn only_filler(rep: Rep<'_>) -> Object {
    let value = Designator::of_rep(rep, 2).authority().to_owned();
    if value.is_empty() { Object::new() } else { Object::new().set("value", value) }
}

/// A document type in words; table 0270 is short enough to know its codes.
fn document_title(rep: Rep<'_>) -> String {
    let shown = title(rep);
    let named = match &*shown {
        "AR" => "Autopsy report",
        "CD" => "Cardiodiagnostics",
        "CN" => "Consultation",
        "DI" => "Diagnostic imaging",
        "DS" => "Discharge summary",
        "ED" => "Emergency department report",
        "HP" => "History and physical examination",
        "OP" => "Operative report",
        "PC" => "Psychiatric consultation",
        "PH" => "Psychiatric history and physical examination",
        "PN" => "Procedure note",
        "PR" => "Progress note",
        "SP" => "Surgical pathology",
        "TS" => "Transfer summary",
        _ => return shown,
    };
    named.to_owned()
}

/// TXA-19 for availability, TXA-17 for completion (tables 0273 and 0271).
fn status(scope: &Scope<'_>, txa: Segment<'_>, trigger: &str) -> (&'static str, &'static str, Finality) {
    let status = match &*field(txa, 19) {
        "CA" => "entered-in-error",
        "OB" => "superseded",
        _ => "current",
    };
    let (doc_status, finality) = match &*field(txa, 17) {
        "AU" | "LA" | "DO" => ("final", Finality::Final),
        "DI" | "IN" | "IP" | "PA" => ("preliminary", Finality::Preliminary),
        "" => ("", Finality::Final),
        other => {
            scope.note(
                &format!("TXA-17 \"{other}\" is no code of table 0271"),
                "the document was taken as preliminary",
                &format!("TXA-17 « {other} » n'est pas un code de la table 0271"),
                "le document a été tenu pour préliminaire",
            );
            ("preliminary", Finality::Preliminary)
        }
    };
    if status == "entered-in-error" || trigger == "T11" {
        return ("entered-in-error", "entered-in-error", Finality::Withdrawn);
    }
    (status, doc_status, finality)
}

/// ED and RP each give a content, called by its own OBX-3 where there are several; text gives one content, a line each; coded and measured values are observations.
fn contents(
    folder: &mut Folder<'_>,
    draft: &mut Draft,
    document: &Document<'_>,
    called: &str,
    as_of: Instant,
    notification: bool,
) {
    let scope = folder.scope;
    let mut text = String::new();
    let home = draft.key.id();
    let around = Around { report: Some(draft.key), ..Around::loose(&home, as_of) };
    let created = scope.date_time(&field(document.txa, 7));
    let is_part = |observed: &&Observed<'_>| matches!(&*field(observed.obx, 2), "ED" | "RP");
    let several = document.observations.iter().filter(is_part).count() > 1;
    for observed in &document.observations {
        let kind = field(observed.obx, 2);
        if matches!(&*kind, "ED" | "RP") {
            let own = one(observed.obx, 3).map(title).filter(|own| several && !own.is_empty());
            let called = own.as_deref().unwrap_or(called);
            for rep in reps(observed.obx.field(5)) {
                let form =
                    attachment::read(scope, &kind, rep).set("title", called).set("creation", created.clone());
                draft.add("content", content(form));
            }
        } else if value::is_prose(&kind) {
            lines(&mut text, observed);
        } else {
            obx::file(folder, observed, &around);
        }
    }
    if !text.trim().is_empty() {
        let form = attachment::text(text.trim_end()).set("title", called).set("creation", created);
        draft.add("content", content(form));
    }
    if draft.object.get("content").is_none() {
        if !notification {
            scope.note(
                "The document has no body (OBX-5)",
                "its header was kept",
                "Le document n'a pas de corps (OBX-5)",
                "son en-tête a été conservé",
            );
        }
        let presented = field(document.txa, 3);
        let kind = if presented.contains('/') { presented.into_owned() } else { "text/plain".to_owned() };
        draft.add("content", content(Object::new().set("contentType", kind).set("title", called)));
    }
}

fn lines(text: &mut String, observed: &Observed<'_>) {
    text.push_str(&value::prose_of(observed.obx.field(5)));
    text.push('\n');
    for note in &observed.notes {
        text.push_str(&value::prose_of(note.field(3)));
        text.push('\n');
    }
}

fn content(attachment: Object) -> Object {
    Object::new().set("attachment", attachment)
}
