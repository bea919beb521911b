//! The primary care provider whom the message does not name (S-002, S-063): who a practice's or a registry's list states,
//! for every report; else, for news of a visit, who the newest Patient of the person's records names.

use super::Filing;
use crate::directory::primaries::stated;
use crate::refusal::Refusal;
use clinical::directory::{PRIMARY_SORT, Primary};
use clinical::intake::{self, Addressee, AddresseePart, Report};
use clinical::routing;
use fhir::{Instant, Json, Object, PersonId, ResourceKey};

impl Filing<'_> {
    /// The report with whoever is the primary provider, when it names nobody; and the fact, when a list states it.
    pub(super) fn with_primary(
        &self,
        report: &Report,
        person: PersonId,
        day: &str,
    ) -> Result<Option<(Report, Option<Primary>)>, Refusal> {
        if report.addressees.iter().any(|one| one.part == AddresseePart::Primary) {
            return Ok(None);
        }
        let is_stated = self.view.directory_has(PRIMARY_SORT)?;
        if !is_stated && report.notice.is_none() {
            return Ok(None);
        }
        let found = self.said_of(report.key.record, person, day)?;
        let mut with = report.clone();
        if is_stated
            && let Some(fact) = stated(self.view, &found.numbers, day)?
            && let Some(who) = self.directory.practitioner(&fact.practitioner)
        {
            let numbers = who.numbers.iter().map(|one| (one.authority.clone(), one.value.clone())).collect();
            with.addressees.push(Addressee {
                part: AddresseePart::Primary,
                field: routing::STATED,
                numbers,
                family: who.family.clone(),
                given: who.given.clone(),
            });
            return Ok(Some((with, Some(fact))));
        }
        if report.notice.is_none() || found.primary.is_empty() {
            return Ok(None);
        }
        with.addressees.extend(found.primary);
        Ok(Some((with, None)))
    }

    /// What the Patients of a person's records say: the numbers that count on a day, and the newest primary provider.
    fn said_of(&self, own: fhir::RecordId, person: PersonId, day: &str) -> Result<OnFile, Refusal> {
        let mut found = OnFile::default();
        let mut newest: Option<Instant> = None;
        let mut take = |as_of: Instant, body: &[u8]| {
            let Ok(Json::Object(patient)) = fhir::json::parse(body) else { return };
            let counts = patient.objects("identifier").into_iter().filter(|id| counts_on(id, day));
            found.numbers.extend(counts.filter_map(number));
            let named = practitioners(&patient);
            if !named.is_empty() && newest.is_none_or(|at| at <= as_of) {
                (newest, found.primary) = (Some(as_of), named);
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
        Ok(found)
    }
}

/// What is on file of a person.
#[derive(Default)]
struct OnFile {
    /// Issuer and number.
    numbers: Vec<(String, String)>,
    /// Whom the newest Patient names as primary provider.
    primary: Vec<Addressee>,
}

/// Whether an identifier counts on a day (`YYYY-MM-DD`): one that is old or has ended may be somebody else's by now.
fn counts_on(id: &Object, day: &str) -> bool {
    let has_ended = id.text("period.end").and_then(|end| end.get(..10)).is_some_and(|end| end < day);
    id.text("use") != Some("old") && !has_ended
}

/// An identifier as issuer and number.
fn number(id: &Object) -> Option<(String, String)> {
    let authority = id.text("system").and_then(intake::authority_of).unwrap_or_default();
    Some((authority, id.text("value")?.to_owned()))
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
    let numbers: Vec<(String, String)> = part.objects("identifier").into_iter().filter_map(number).collect();
    (!numbers.is_empty()).then(|| Addressee {
        part: AddresseePart::Primary,
        field: routing::ON_FILE,
        numbers,
        family: text("name.family"),
        given: text("name.given"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_old_or_has_ended_names_nobodys_provider() {
        for (json, counts) in [
            (r#"{"value":"1"}"#, true),
            (r#"{"value":"1","use":"official","period":{"end":"2026-11-23"}}"#, true),
            (r#"{"value":"1","period":{"end":"2026-11-22T23:00:00Z"}}"#, false),
            (r#"{"value":"1","use":"old"}"#, false),
        ] {
            let Ok(Json::Object(id)) = fhir::json::parse(json.as_bytes()) else { panic!("an object") };
            assert_eq!(counts_on(&id, "2026-11-23"), counts, "{json}");
        }
    }
}
