//! The primary care provider on file, for news of a visit that names none (S-002, S-063): who the newest Patient of the
//! person's records names.

use super::Filing;
use crate::refusal::Refusal;
use clinical::intake::{self, Addressee, AddresseePart, Report};
use clinical::routing;
use fhir::{Instant, Json, Object, PersonId, ResourceKey};

impl Filing<'_> {
    /// The report with whoever is on file as primary provider, when it is news for them and names nobody.
    pub(super) fn with_primary(&self, report: &Report, person: PersonId) -> Result<Option<Report>, Refusal> {
        let named = report.addressees.iter().any(|one| one.part == AddresseePart::Primary);
        if report.notice.is_none() || named {
            return Ok(None);
        }
        let on_file = self.primary_on_file(report.key.record, person)?;
        if on_file.is_empty() {
            return Ok(None);
        }
        let mut report = report.clone();
        report.addressees.extend(on_file);
        Ok(Some(report))
    }

    fn primary_on_file(&self, own: fhir::RecordId, person: PersonId) -> Result<Vec<Addressee>, Refusal> {
        let mut newest: Option<(Instant, Vec<Addressee>)> = None;
        let mut take = |as_of: Instant, body: &[u8]| {
            let Ok(Json::Object(patient)) = fhir::json::parse(body) else { return };
            let found = practitioners(&patient);
            if !found.is_empty() && newest.as_ref().is_none_or(|(at, _)| *at <= as_of) {
                newest = Some((as_of, found));
            }
        };
        let mut records: Vec<fhir::RecordId> =
            self.view.records_of_person(person)?.into_iter().map(|row| row.record).collect();
        if !records.contains(&own) {
            records.push(own);
        }
        for record in records {
            let key = ResourceKey::patient(record);
            // What this message says of the patient counts before what is on file.
            match self.changes.resources.iter().find(|row| row.key == key && row.current) {
                Some(row) => take(row.as_of, &row.body),
                None => {
                    if let Some(stored) = self.view.current(key)? {
                        take(stored.as_of, &stored.body);
                    }
                }
            }
        }
        Ok(newest.map(|(_, found)| found).unwrap_or_default())
    }
}

/// The practitioners that Patient.generalPractitioner names, with their numbers; a practice without a person is none.
fn practitioners(patient: &Object) -> Vec<Addressee> {
    let references = patient.objects("generalPractitioner");
    let parts = references
        .into_iter()
        .filter_map(|reference| patient.contained(reference.text("reference")?.strip_prefix('#')?));
    parts.filter(|part| part.text("resourceType") == Some("Practitioner")).filter_map(addressee).collect()
}

fn addressee(part: &Object) -> Option<Addressee> {
    let text = |path: &str| part.text(path).unwrap_or_default().to_owned();
    let number = |id: &Object| {
        let authority = id.text("system").and_then(intake::authority_of).unwrap_or_default();
        Some((authority, id.text("value")?.to_owned()))
    };
    let numbers: Vec<(String, String)> = part.objects("identifier").into_iter().filter_map(number).collect();
    (!numbers.is_empty()).then(|| Addressee {
        part: AddresseePart::Primary,
        field: routing::ON_FILE,
        numbers,
        family: text("name.family"),
        given: text("name.given"),
    })
}
