//! A person's chart: their source records gathered, the identifying head, and what several looks read of it.
//!
//! Clinical data stays on its source record; a look gathers the person's records of today (DESIGN.md section 5).
//! Whether the reader may look is asked before it opens ([`crate::access`]).

mod head;
mod lines;

pub(crate) use lines::{document_line, encounter_line, line_of, report_line};

use crate::patients::ChartCounts;
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::identity::Claim;
use clinical::results::Finality;
use fhir::json::Json;
use fhir::{Instant, Kind, Object, PersonId, RecordId, ResourceKey};
use std::collections::HashMap;
use store::{RecordRow, StoredVersion};

/// A chart is never cut in silence: everything of a kind is read.
const EVERYTHING: usize = usize::MAX;
/// Resources of one kind and record looked through for the last thing that happened: the latest told of are nearly
/// always the latest that happened, and a list of hits must not read whole charts.
const LATEST_TOLD: usize = 20;

/// The source records of one person today.
#[derive(Debug)]
pub(crate) struct Chart {
    /// Whose.
    pub(crate) person: PersonId,
    /// Their records, the one spoken of last first; never empty.
    pub(crate) records: Vec<SourceRecord>,
}

/// One source record with what is remembered of it.
#[derive(Debug)]
pub(crate) struct SourceRecord {
    /// As stored.
    pub(crate) row: RecordRow,
    /// Its claim; `None` when it was not written by this version.
    pub(crate) claim: Option<Claim>,
}

/// A current resource with its content.
#[derive(Debug, Clone)]
pub(crate) struct Filed {
    /// As stored.
    pub(crate) stored: StoredVersion,
    /// Its content.
    pub(crate) object: Object,
}

impl Filed {
    /// Key.
    pub(crate) fn key(&self) -> ResourceKey {
        self.stored.key
    }

    /// How final this version is: as it was filed, else what the resource itself says.
    pub(crate) fn finality(&self) -> Finality {
        let said = || self.object.text("docStatus").or_else(|| self.object.text("status"));
        let code = self.stored.finality.or_else(|| said().and_then(crate::intake::finality_of_status));
        code.and_then(Finality::from_code).unwrap_or(Finality::Final)
    }
}

/// The chart of a person, for somebody who reads it.
///
/// # Errors
/// Not found when nobody of that number is known; a reason is asked of a reader whom nothing ties to the person.
pub(crate) fn open(reading: &Reading<'_>, person: PersonId) -> Result<Chart, Refusal> {
    let chart = gather(reading, person)?;
    crate::access::gate(reading, &chart.record_ids())?;
    Ok(chart)
}

/// The records of a person: to say who it is, and for nothing clinical.
///
/// # Errors
/// Not found when nobody of that number is known.
pub(crate) fn gather(reading: &Reading<'_>, person: PersonId) -> Result<Chart, Refusal> {
    let mut rows = reading.view.records_of_person(person)?;
    let mut person = person;
    if rows.is_empty() {
        // A number that was joined to another person still leads to whoever has its first record.
        let first = RecordId::from_i64(person.as_i64());
        person = reading.view.record(first)?.ok_or_else(Refusal::not_found)?.person;
        rows = reading.view.records_of_person(person)?;
    }
    if rows.is_empty() {
        return Err(Refusal::not_found());
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.claim_as_of), row.record));
    let records = rows
        .into_iter()
        .map(|row| SourceRecord { claim: serde_json::from_str(&row.claim).ok(), row })
        .collect();
    Ok(Chart { person, records })
}

/// The content of a stored version.
///
/// # Errors
/// When the stored bytes are no resource.
pub(crate) fn filed(stored: StoredVersion) -> Result<Filed, Refusal> {
    match fhir::json::parse(&stored.body) {
        Ok(Json::Object(object)) => Ok(Filed { stored, object }),
        Ok(_) => Err(unreadable(stored.key, "no object")),
        Err(error) => Err(unreadable(stored.key, &error.to_string())),
    }
}

fn unreadable(key: ResourceKey, why: &str) -> Refusal {
    Refusal::unreadable(
        format!("{key} on file cannot be read ({why}). Call the duty desk with this number."),
        format!("{key} au dossier est illisible ({why}). Appelez la garde avec ce numéro."),
    )
}

impl Chart {
    /// Its source records, the one spoken of last first.
    pub(crate) fn record_ids(&self) -> Vec<RecordId> {
        self.records.iter().map(|source| source.row.record).collect()
    }

    /// Whether a record belongs to this person today.
    pub(crate) fn holds(&self, record: RecordId) -> bool {
        self.records.iter().any(|source| source.row.record == record)
    }

    /// Claims, the latest first.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.records.iter().filter_map(|source| source.claim.as_ref())
    }

    /// All current resources of one kind, newest event first over all records.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn resources(&self, reading: &Reading<'_>, kind: Kind) -> Result<Vec<Filed>, Refusal> {
        let mut all = Vec::new();
        let records = &self.records;
        #[cfg(feature = "defects")]
        let records = records.iter().take(match kind {
            Kind::AllergyIntolerance if defects::is(defects::Defect::AllergiesLeftBehind) => 1,
            _ => EVERYTHING,
        });
        for source in records {
            for stored in reading.view.resources_of(source.row.record, kind, EVERYTHING)? {
                all.push(filed(stored)?);
            }
        }
        all.sort_by_key(|filed| (std::cmp::Reverse(filed.stored.as_of), filed.key()));
        Ok(all)
    }

    /// Everything that result and report screens stand on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn contents(&self, reading: &Reading<'_>) -> Result<Contents, Refusal> {
        let reports = self.resources(reading, Kind::DiagnosticReport)?;
        let documents = self.resources(reading, Kind::DocumentReference)?;
        let observations = self.resources(reading, Kind::Observation)?;
        let mut encounters = self.resources(reading, Kind::Encounter)?;
        encounters.retain(|encounter| crate::encounters::is_visit(&encounter.object));
        Ok(Contents::of(reports, documents, observations, encounters))
    }

    /// The last thing that happened to the person, by when it happened and not by when it was told: an admission or
    /// discharge, a specimen or image taken, a document written. What is planned has not happened.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn last_event(&self, reading: &Reading<'_>) -> Result<Option<Instant>, Refusal> {
        let mut last = None;
        for source in &self.records {
            for kind in [Kind::Encounter, Kind::DiagnosticReport, Kind::DocumentReference] {
                for stored in reading.view.resources_of(source.row.record, kind, LATEST_TOLD)? {
                    last = last.max(happened(&filed(stored)?.object, kind, reading.context.now));
                }
            }
        }
        Ok(last)
    }
}

/// The resources of a chart that its screens are made of, each newest event first.
#[derive(Debug)]
pub(crate) struct Contents {
    /// DiagnosticReport.
    pub(crate) reports: Vec<Filed>,
    /// DocumentReference.
    pub(crate) documents: Vec<Filed>,
    /// Observation.
    pub(crate) observations: Vec<Filed>,
    /// Encounter.
    pub(crate) encounters: Vec<Filed>,
    by_key: HashMap<ResourceKey, usize>,
}

impl Contents {
    /// From what is on file.
    pub(crate) fn of(
        reports: Vec<Filed>,
        documents: Vec<Filed>,
        observations: Vec<Filed>,
        encounters: Vec<Filed>,
    ) -> Self {
        let by_key = observations.iter().enumerate().map(|(n, filed)| (filed.key(), n)).collect();
        Self { reports, documents, observations, encounters, by_key }
    }

    /// A current observation.
    pub(crate) fn observation(&self, key: ResourceKey) -> Option<&Filed> {
        self.by_key.get(&key).and_then(|n| self.observations.get(*n))
    }

    /// The observations of a report, in its order, those filed in this record.
    pub(crate) fn results_of<'c>(&'c self, report: &'c Filed) -> impl Iterator<Item = &'c Filed> {
        report
            .object
            .texts("result.reference")
            .into_iter()
            .filter_map(ResourceKey::from_reference)
            .filter_map(|key| self.observation(key))
    }

    /// Whether a report is counted among laboratory results.
    pub(crate) fn is_laboratory(&self, report: &Filed) -> bool {
        lines::is_laboratory(self, report)
    }

    /// Numbers beside the sections.
    pub(crate) fn counts(&self) -> ChartCounts {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let results = self.reports.iter().filter(|report| self.is_laboratory(report)).count();
        ChartCounts {
            results: number(results),
            reports: number(self.reports.len() + self.documents.len()),
            encounters: number(self.encounters.len()),
        }
    }
}

/// When what a resource is about happened, when it says so and that is not still to come.
fn happened(object: &Object, kind: Kind, now: Instant) -> Option<Instant> {
    let paths: &[&str] = match kind {
        Kind::Encounter => &["period.end", "period.start"],
        Kind::DiagnosticReport => {
            &["effectiveDateTime", "effectivePeriod.end", "effectivePeriod.start", "issued"]
        }
        _ => &["context.period.start", "date"],
    };
    paths.iter().filter_map(|path| object.text(path).and_then(moment)).find(|at| *at <= now)
}

/// The moment a FHIR date or time begins.
pub(crate) fn moment(text: &str) -> Option<Instant> {
    fhir::time::interval(text).map(|(from, _)| from)
}

/// The moment something held, from a dateTime, instant or Period at a path.
pub(crate) fn moment_at(object: &Object, path: &str) -> Option<Instant> {
    object.when(path).and_then(|when| when.start.or(when.end)).as_deref().and_then(moment)
}

#[cfg(test)]
pub(crate) mod tests;
