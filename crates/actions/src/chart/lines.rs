//! One line for a report, document or visit, wherever it is listed.

use super::{Contents, Filed, filed, moment, moment_at};
use crate::record::Reading;
use crate::refusal::Refusal;
use crate::reports::ReportLine;
use crate::results::flags::flag_of;
use clinical::intake::ReportClass;
use clinical::results::Finality;
use fhir::{Instant, Kind, Object, ResourceKey};
use store::ObligationRow;

/// The class of a category code: a section of HL7 table 0074, or a LOINC code that others put in its place.
fn of_category(code: &str) -> Option<ReportClass> {
    match code {
        "LP29684-5" => Some(ReportClass::Imaging),
        "LP29693-6" | "26436-6" => Some(ReportClass::Laboratory),
        section => ReportClass::of_section(section),
    }
}

impl Contents {
    /// All reports and documents, newest first.
    pub(crate) fn lines(&self) -> Vec<ReportLine> {
        let mut lines: Vec<ReportLine> = self.reports.iter().map(|report| self.report_line(report)).collect();
        lines.extend(self.documents.iter().map(document_line));
        lines.sort_by_key(|line| (std::cmp::Reverse(line.at), line.key));
        lines
    }

    /// The line of a report, with the observations on file.
    pub(crate) fn report_line(&self, report: &Filed) -> ReportLine {
        report_line(report, &self.results_of(report).collect::<Vec<_>>())
    }
}

/// Whether a report is counted among laboratory results.
pub(super) fn is_laboratory(contents: &Contents, report: &Filed) -> bool {
    let results: Vec<&Filed> = contents.results_of(report).collect();
    matches!(class_of(&report.object, &results), ReportClass::Laboratory | ReportClass::Microbiology)
}

/// The line of a DiagnosticReport with its observations.
pub(crate) fn report_line(report: &Filed, results: &[&Filed]) -> ReportLine {
    let object = &report.object;
    let at = moment_at(object, "effective[x]").or_else(|| moment_at(object, "issued"));
    ReportLine {
        key: report.key(),
        title: object.concept("code").and_then(|code| code.shown().map(str::to_owned)).unwrap_or_default(),
        class: class_of(object, results),
        at: at.unwrap_or(report.stored.as_of),
        finality: report.finality(),
        flagged: results
            .iter()
            .any(|result| result.finality() != Finality::Withdrawn && flag_of(&result.object).is_flagged()),
        accession: accession(object),
    }
}

/// The line of a DocumentReference.
pub(crate) fn document_line(document: &Filed) -> ReportLine {
    let object = &document.object;
    let title = object
        .text("description")
        .or_else(|| object.text("content.attachment.title"))
        .map(str::to_owned)
        .or_else(|| object.concept("type").and_then(|kind| kind.shown().map(str::to_owned)));
    let at = moment_at(object, "date").or_else(|| moment_at(object, "context.period"));
    ReportLine {
        key: document.key(),
        title: title.unwrap_or_default(),
        class: ReportClass::Document,
        at: at.or_else(|| created(object)).unwrap_or(document.stored.as_of),
        finality: document.finality(),
        flagged: false,
        accession: object.text("masterIdentifier.value").map_or_else(|| accession(object), str::to_owned),
    }
}

/// The line of a visit of which somebody is to take note.
pub(crate) fn encounter_line(encounter: &Filed) -> ReportLine {
    let object = &encounter.object;
    let withdrawn = matches!(object.text("status"), Some("cancelled" | "entered-in-error"));
    ReportLine {
        key: encounter.key(),
        title: object.concept("class").and_then(|class| class.shown().map(str::to_owned)).unwrap_or_default(),
        class: ReportClass::Encounter,
        at: moment_at(object, "period").unwrap_or(encounter.stored.as_of),
        finality: if withdrawn { Finality::Withdrawn } else { Finality::Final },
        flagged: false,
        accession: accession(object),
    }
}

/// The line of what an obligation is about, under the title it was announced by; `None` when it is not on file.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn line_of(
    reading: &Reading<'_>,
    key: ResourceKey,
    owed: &ObligationRow,
) -> Result<Option<ReportLine>, Refusal> {
    let Some(stored) = reading.view.current(key)? else { return Ok(None) };
    let resource = filed(stored)?;
    let line = match key.kind {
        Kind::DiagnosticReport => {
            let mut results = Vec::new();
            for result in
                resource.object.texts("result.reference").into_iter().filter_map(ResourceKey::from_reference)
            {
                if let Some(stored) = reading.view.current(result)? {
                    results.push(filed(stored)?);
                }
            }
            report_line(&resource, &results.iter().collect::<Vec<_>>())
        }
        Kind::DocumentReference => document_line(&resource),
        Kind::Encounter => encounter_line(&resource),
        Kind::ServiceRequest | Kind::Task => crate::referrals::line(&resource),
        _ => return Ok(None),
    };
    let title = if owed.subject.is_empty() { line.title } else { owed.subject.clone() };
    Ok(Some(ReportLine { title, flagged: line.flagged || owed.gravity > 0, ..line }))
}

/// What sort of report it is: its section first, then what its observations are.
fn class_of(report: &Object, results: &[&Filed]) -> ReportClass {
    let codes = report.texts("category.coding.code");
    if let Some(class) = codes.iter().find_map(|code| of_category(code)) {
        return class;
    }
    let has = |category: &str| {
        results.iter().any(|result| result.object.texts("category.coding.code").contains(&category))
    };
    if has("imaging") {
        return ReportClass::Imaging;
    }
    if results.iter().any(|result| is_culture(&result.object)) {
        return ReportClass::Microbiology;
    }
    let measured = |result: &&Filed| {
        ["valueQuantity", "valueCodeableConcept", "valueRange", "valueRatio", "interpretation"]
            .iter()
            .any(|element| result.object.get(element).is_some())
    };
    if has("laboratory") || results.iter().any(measured) || report.get("presentedForm").is_none() {
        ReportClass::Laboratory
    } else {
        ReportClass::Text
    }
}

/// LOINC 600-7, 630-4, 18769-0 and others all say so in their names.
pub(crate) fn is_culture(observation: &Object) -> bool {
    let name =
        observation.concept("code").and_then(|code| code.shown().map(str::to_lowercase)).unwrap_or_default();
    ["identified", "culture", "susceptib", "gram stain"].iter().any(|word| name.contains(word))
}

/// The sender's number: the filler's, else the placer's, else any.
fn accession(object: &Object) -> String {
    let identifiers = fhir::read::patient::identifiers(object);
    let of = |kind: &str| identifiers.iter().find(|identifier| identifier.type_code.as_deref() == Some(kind));
    of("FILL")
        .or_else(|| of("VN"))
        .or_else(|| of("PLAC"))
        .or_else(|| identifiers.first())
        .map(|identifier| identifier.value.clone())
        .unwrap_or_default()
}

fn created(document: &Object) -> Option<Instant> {
    document.text("content.attachment.creation").and_then(moment)
}
