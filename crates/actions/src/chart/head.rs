//! The identifying head of a chart.

use super::{Chart, filed, moment_at};
use crate::patients::{Age, Banner};
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::identity::{Claim, IdentifierSort, Name, Sex, cards};
use clinical::obligations::ObligationKind;
use fhir::read::patient::Patient;
use fhir::time::{civil_from_days, days_from_civil};
use fhir::{Instant, Kind, Object, RecordId, ResourceKey};
use store::ObligationFilter;

/// Body weight in LOINC: measured in any way, measured, stated.
const WEIGHT: [&str; 3] = ["29463-7", "3141-9", "3142-7"];
/// Hours by which Atlantic standard time is behind UTC: a birthday begins at midnight here.
const ATLANTIC_HOURS: i64 = 4;
/// Age in days is shown for as many days (two months).
const DAYS_SHOWN: i64 = 61;
/// Age in months is shown for as many months (two years).
const MONTHS_SHOWN: i64 = 24;

impl Chart {
    /// Who it is: for lists and search hits, without anything clinical.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn head(&self, reading: &Reading<'_>) -> Result<Banner, Refusal> {
        self.head_with(reading, &self.patients(reading)?)
    }

    /// Who it is by what was claimed alone, where a patient's resource cannot be read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn head_of_claims(&self, reading: &Reading<'_>) -> Result<Banner, Refusal> {
        self.head_with(reading, &[])
    }

    fn head_with(&self, reading: &Reading<'_>, patients: &[Patient]) -> Result<Banner, Refusal> {
        let birth_date = self.claims().map(|claim| &claim.birth_date).max_by_key(|date| date.len());
        let birth_date = birth_date.cloned().unwrap_or_default();
        let name = self.claims().find_map(|claim| claim.names.first());
        let died = patients.iter().find_map(|patient| patient.deceased.clone());
        let died = died.or_else(|| self.claims().any(|claim| claim.died).then(|| "true".to_owned()));
        let died =
            died.map(|when| if when == "true" { String::new() } else { when.chars().take(10).collect() });
        Ok(Banner {
            person: self.person,
            family: name.map(|name| name.family.clone()).unwrap_or_default(),
            given: name.map(given_names).unwrap_or_default(),
            goes_by: self
                .claims()
                .find_map(called)
                .or_else(|| patients.iter().find_map(usual))
                .unwrap_or_default(),
            age: age(&birth_date, died.as_deref(), reading.context.now),
            birth_date,
            sex: self.sex().to_owned(),
            health_cards: self.numbers(IdentifierSort::HealthCard),
            record_numbers: self.numbers(IdentifierSort::RecordNumber),
            allergies: Vec::new(),
            weight: None,
            died,
            identity_open: self.identity_open(reading)?,
            withheld: crate::access::Withheld::default(),
            gaps: Vec::new(),
        })
    }

    /// Who it is, with weight and allergies: for the chart itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn banner(&self, reading: &Reading<'_>) -> Result<Banner, Refusal> {
        Ok(Banner {
            allergies: self.allergies(reading)?,
            weight: self.weight(reading)?,
            withheld: crate::access::withheld(reading, &self.record_ids())?,
            gaps: crate::coverage::touching(reading, &self.record_ids())?,
            ..self.head(reading)?
        })
    }

    fn patients(&self, reading: &Reading<'_>) -> Result<Vec<Patient>, Refusal> {
        let mut patients = Vec::with_capacity(self.records.len());
        for source in &self.records {
            if let Some(stored) = reading.view.current(ResourceKey::patient(source.row.record))? {
                patients.push(fhir::read::patient::read(&filed(stored)?.object));
            }
        }
        Ok(patients)
    }

    fn sex(&self) -> &'static str {
        let stated = self.claims().map(|claim| claim.sex).find(|sex| *sex != Sex::Unknown);
        match stated.unwrap_or(Sex::Unknown) {
            Sex::Male => "male",
            Sex::Female => "female",
            Sex::Other => "other",
            Sex::Unknown => "unknown",
        }
    }

    fn numbers(&self, sort: IdentifierSort) -> Vec<(String, String)> {
        let mut numbers: Vec<(String, String)> = Vec::new();
        let own_first = self.claims().flat_map(|claim| claim.own.iter().chain(&claim.identifiers));
        for identifier in own_first.filter(|identifier| identifier.sort == sort) {
            let shown = (cards::issuer_code(identifier), identifier.value.clone());
            if !numbers.contains(&shown) {
                numbers.push(shown);
            }
        }
        numbers
    }

    fn identity_open(&self, reading: &Reading<'_>) -> Result<bool, Refusal> {
        for source in &self.records {
            let filter = ObligationFilter {
                open: Some(true),
                kind: Some(ObligationKind::IdentityReview.code().to_owned()),
                record: Some(source.row.record),
                ..ObligationFilter::default()
            };
            if !reading.view.obligations(&filter, 1, 0)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn allergies(&self, reading: &Reading<'_>) -> Result<Vec<String>, Refusal> {
        let mut found: Vec<String> = Vec::new();
        for allergy in self.resources(reading, Kind::AllergyIntolerance)? {
            if let Some(text) = allergy_text(&allergy.object)
                && !found.contains(&text)
            {
                found.push(text);
            }
        }
        Ok(found)
    }

    fn weight(&self, reading: &Reading<'_>) -> Result<Option<(String, String)>, Refusal> {
        let mut newest: Option<(Instant, String)> = None;
        for source in &self.records {
            for (at, text) in weights(reading, source.row.record)? {
                if newest.as_ref().is_none_or(|(known, _)| at > *known) {
                    newest = Some((at, text));
                }
            }
        }
        Ok(newest.map(|(at, text)| (text, at.to_string().chars().take(10).collect())))
    }
}

/// Weights on one record, by the search index.
fn weights(reading: &Reading<'_>, record: RecordId) -> Result<Vec<(Instant, String)>, Refusal> {
    let patient = format!("Patient/{record}");
    let codes = WEIGHT.map(|code| format!("{}|{code}", fhir::system::LOINC)).join(",");
    let query = fhir::search::Query::of_pairs(
        Kind::Observation,
        [("patient", patient.as_str()), ("code", &codes), ("_sort", "-date"), ("_count", "20")],
    )
    .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
    let mut found = Vec::new();
    for stored in reading.view.search(&query)?.hits {
        let resource = filed(stored)?;
        if resource.finality() == clinical::results::Finality::Withdrawn {
            continue;
        }
        let Some(value) = fhir::read::observation::value(&resource.object) else { continue };
        let at = moment_at(&resource.object, "effective[x]").unwrap_or(resource.stored.as_of);
        if let (Some(number), Some(unit)) = (value.number, value.unit) {
            found.push((at, format!("{number} {unit}")));
        }
    }
    Ok(found)
}

/// `Latex: rash`; `None` when it was withdrawn or is over.
fn allergy_text(allergy: &Object) -> Option<String> {
    let codes = |path| allergy.texts(path);
    let refuted =
        codes("verificationStatus.coding.code").iter().any(|c| matches!(*c, "entered-in-error" | "refuted"));
    let over = codes("clinicalStatus.coding.code").iter().any(|c| matches!(*c, "inactive" | "resolved"));
    if refuted || over {
        return None;
    }
    let substance = allergy.concept("code")?.shown()?.to_owned();
    let reactions: Vec<String> = allergy
        .concepts("reaction.manifestation")
        .iter()
        .filter_map(|concept| concept.shown().map(str::to_lowercase))
        .collect();
    Some(if reactions.is_empty() { substance } else { format!("{substance}: {}", reactions.join(", ")) })
}

fn given_names(name: &Name) -> String {
    [name.given.trim(), name.middle.trim()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}

/// A nickname (HL7 table 0200, N) beside the legal name.
fn called(claim: &Claim) -> Option<String> {
    let legal = claim.names.first()?;
    let nickname = claim.names.iter().find(|name| name.use_code == "N" && !name.given.is_empty())?;
    (nickname.given != legal.given).then(|| nickname.given.clone())
}

fn usual(patient: &Patient) -> Option<String> {
    let official = patient.names.first()?;
    let usual =
        patient.names.iter().find(|name| matches!(name.usage.as_deref(), Some("usual" | "nickname")))?;
    let given = usual.given.first()?;
    (official.given.first() != Some(given)).then(|| given.clone())
}

/// Age on the day of `now` here, or when the person died.
fn age(birth_date: &str, died: Option<&str>, now: Instant) -> Age {
    let today = (now.0 - ATLANTIC_HOURS * 3_600_000_000).div_euclid(86_400_000_000);
    let last = died.and_then(day).map_or(today, |end| end.min(today));
    let Some(born) = day(birth_date).filter(|born| *born <= last) else { return Age::NotKnown };
    let ((y0, m0, d0), (y1, m1, d1)) = (civil_from_days(born), civil_from_days(last));
    let months = (y1 - y0) * 12 + m1 - m0 - i64::from(d1 < d0);
    let number = |n: i64| u32::try_from(n).unwrap_or_default();
    if last - born < DAYS_SHOWN {
        Age::Days(number(last - born))
    } else if months < MONTHS_SHOWN {
        Age::Months(number(months))
    } else {
        Age::Years(number(months / 12))
    }
}

/// Days since 1970 of a full date.
fn day(text: &str) -> Option<i64> {
    let number = |from, to| text.get(from..to)?.parse::<i64>().ok();
    fhir::time::interval(text.get(..10)?)?;
    Some(days_from_civil(number(0, 4)?, number(5, 7)?, number(8, 10)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_by_how_young() {
        let noon = |date: &str| Instant(super::super::moment(date).expect("date").0 + 16 * 3_600_000_000);
        for (born, died, on, expected) in [
            ("1961-03-09", None, "2026-11-22", Age::Years(65)),
            ("1961-11-23", None, "2026-11-22", Age::Years(64)),
            ("2026-11-18", None, "2026-11-22", Age::Days(4)),
            ("2026-11-22", None, "2026-11-22", Age::Days(0)),
            ("2026-08-30", None, "2026-11-22", Age::Months(2)),
            ("2024-11-22", None, "2026-11-21", Age::Months(23)),
            ("2024-11-22", None, "2026-11-22", Age::Years(2)),
            ("1961-03-09", Some("2000-03-08"), "2026-11-22", Age::Years(38)),
            ("1961-03-09", Some(""), "2026-11-22", Age::Years(65)),
            ("1961", None, "2026-11-22", Age::NotKnown),
            ("", None, "2026-11-22", Age::NotKnown),
            ("2027-01-01", None, "2026-11-22", Age::NotKnown),
        ] {
            assert_eq!(age(born, died, noon(on)), expected, "{born} {died:?}");
        }
    }

    #[test]
    fn a_birthday_begins_at_midnight_here() {
        let late_evening = Instant(super::super::moment("2026-03-09T02:00:00Z").expect("time").0);
        assert_eq!(age("1961-03-09", None, late_evening), Age::Years(64));
    }

    #[test]
    fn allergies_in_words() {
        let read = |json: &str| match fhir::json::parse(json.as_bytes()) {
            Ok(fhir::Json::Object(object)) => allergy_text(&object),
            _ => None,
        };
        assert_eq!(
            read(r#"{"code":{"text":"Latex"},"reaction":[{"manifestation":[{"text":"Rash"}]}]}"#).as_deref(),
            Some("Latex: rash")
        );
        assert_eq!(
            read(
                r#"{"code":{"text":"Latex"},"verificationStatus":{"coding":[{"code":"entered-in-error"}]}}"#
            ),
            None
        );
        assert_eq!(read(r#"{"code":{"coding":[{"code":"70618"}]}}"#).as_deref(), Some("70618"));
    }
}
