//! The primary care provider whom the message does not name (S-002, S-063): who a practice's or a registry's list states,
//! for every report; else, for news of a visit, who the newest Patient of the person's records names.

use super::Filing;
use crate::directory::primaries::{Withdrawal, stated, withdrawn};
use crate::obligations;
use crate::refusal::Refusal;
use clinical::directory::{PRIMARY_SORT, Primary, WITHDRAWN_SORT, Withdrawn};
use clinical::intake::{self, Addressee, AddresseePart, Report};
use clinical::obligations::{Unsettled, primary_provider};
use clinical::routing;
use fhir::{Instant, Json, Object, PersonId, RecordId, ResourceKey};
use store::View;

/// A report with whoever is the primary provider, and without whoever was withdrawn.
pub(super) struct WithPrimary {
    /// The report as it is routed.
    pub(super) report: Report,
    /// The fact, when a list states who it is.
    pub(super) stated: Option<Primary>,
    /// Whom it would have gone to if they had not been withdrawn.
    pub(super) left_out: Vec<LeftOut>,
}

/// Somebody who was left out because they were withdrawn.
pub(super) struct LeftOut {
    withdrawal: Withdrawal,
    /// The feed or list that states them again after they were withdrawn; `None` where nothing new says so.
    again: Option<String>,
}

impl WithPrimary {
    /// What was left out, to be said in the sentence.
    pub(super) fn left_out(&self) -> Vec<Withdrawn> {
        self.left_out.iter().map(|one| one.withdrawal.what.clone()).collect()
    }

    fn leave_out(&mut self, withdrawal: &Withdrawal, again: Option<String>) {
        let of = |one: &&mut LeftOut| one.withdrawal.what.practitioner == withdrawal.what.practitioner;
        match self.left_out.iter_mut().find(of) {
            Some(known) => known.again = known.again.take().or(again),
            None => self.left_out.push(LeftOut { withdrawal: withdrawal.clone(), again }),
        }
    }
}

impl Filing<'_> {
    /// The report as it is routed; `None` when it stays as it is.
    pub(super) fn with_primary(
        &self,
        report: &Report,
        person: PersonId,
        day: &str,
    ) -> Result<Option<WithPrimary>, Refusal> {
        let is_named =
            |report: &Report| report.addressees.iter().any(|one| one.part == AddresseePart::Primary);
        let is_withdrawn = self.view.directory_has(WITHDRAWN_SORT)?;
        if is_named(report) && !is_withdrawn {
            return Ok(None);
        }
        let is_stated = self.view.directory_has(PRIMARY_SORT)?;
        let is_asked = is_stated || report.notice.is_some();
        if !is_named(report) && !is_asked {
            return Ok(None);
        }
        let mut records: Vec<RecordId> =
            self.view.records_of_person(person)?.into_iter().map(|row| row.record).collect();
        if !records.contains(&report.key.record) {
            records.push(report.key.record);
        }
        let out = if is_withdrawn { withdrawn(self.view, &records)? } else { Vec::new() };
        let whom: Vec<Withdrawn> = out.iter().map(|one| one.what.clone()).collect();
        let mut with = WithPrimary { report: report.clone(), stated: None, left_out: Vec::new() };
        for gone in routing::leave_out_withdrawn(&mut with.report, &whom, self.directory) {
            if let Some(one) = out.iter().find(|one| one.what == gone) {
                // A message that is filed again later says nothing new.
                let again = (self.row.received > one.at).then(|| self.link.name.clone());
                with.leave_out(one, again);
            }
        }
        if is_named(&with.report) || !is_asked {
            return Ok(Some(with));
        }
        let mut found = self.said_of(&records, day)?;
        if is_stated {
            let listed = stated(self.view, &found.numbers, day, &out)?;
            for (fact, at) in &listed.left_out {
                if let Some(one) = out.iter().find(|one| one.what.practitioner == fact.practitioner) {
                    with.leave_out(one, (*at > one.at).then(|| fact.source.clone()));
                }
            }
            if let Some(fact) = listed.fact
                && let Some(who) = self.directory.practitioner(&fact.practitioner)
            {
                let numbers =
                    who.numbers.iter().map(|one| (one.authority.clone(), one.value.clone())).collect();
                with.report.addressees.push(Addressee {
                    part: AddresseePart::Primary,
                    field: routing::STATED,
                    numbers,
                    family: who.family.clone(),
                    given: who.given.clone(),
                });
                with.stated = Some(fact);
                return Ok(Some(with));
            }
        }
        if report.notice.is_some() {
            // The newest that names anybody who was not withdrawn; of two as old, the one read last.
            found.named.reverse();
            found.named.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            for (_, named) in found.named {
                let (gone, kept): (Vec<_>, Vec<_>) = named
                    .into_iter()
                    .partition(|one| routing::withdrawal_of(one, &whom, self.directory).is_some());
                for one in gone.iter().filter_map(|one| routing::withdrawal_of(one, &whom, self.directory)) {
                    if let Some(one) = out.iter().find(|known| known.what == *one) {
                        with.leave_out(one, None);
                    }
                }
                if !kept.is_empty() {
                    with.report.addressees.extend(kept);
                    break;
                }
            }
        }
        Ok(Some(with))
    }

    /// What the Patients of a person's records say: the numbers that count on a day, and the primary providers.
    fn said_of(&self, records: &[RecordId], day: &str) -> Result<OnFile, Refusal> {
        let mut found = OnFile::default();
        for record in records {
            let key = ResourceKey::patient(*record);
            // What this message says of the patient counts before what is on file.
            match self.changes.resources.iter().find(|row| row.key == key && row.current) {
                Some(row) => found.take(row.as_of, &row.body, day),
                None => {
                    if let Some(stored) = self.view.current(key)? {
                        found.take(stored.as_of, &stored.body, day);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Whoever was withdrawn and is stated again is a question, once for each feed or list.
    pub(super) fn ask_who_again(&mut self, left_out: &[LeftOut], report: &Report) {
        for one in left_out {
            let Some(source) = one.again.clone() else { continue };
            let Withdrawal { record, at, what } = &one.withdrawal;
            let key = [record.to_string(), what.practitioner.clone(), at.to_string()];
            let unsettled = Unsettled::StatedAgain { source: source.clone(), withdrawn: what.clone() };
            let id =
                obligations::id(&["primary", &key[0], &key[1], &key[2], unsettled.code(), source.as_str()]);
            let owed = primary_provider(&what.name, &what.practitioner, &unsettled, self.now);
            let about = obligations::About { record: Some(report.key.record), ..self.about() };
            self.open_as(id, &owed, about);
        }
    }
}

/// What the Patients of a person's records say now of numbers and primary providers, for whoever asks beside a message.
pub(crate) fn on_file(view: &View, records: &[RecordId], day: &str) -> Result<OnFile, Refusal> {
    let mut found = OnFile::default();
    for record in records {
        if let Some(stored) = view.current(ResourceKey::patient(*record))? {
            found.take(stored.as_of, &stored.body, day);
        }
    }
    Ok(found)
}

/// What is on file of a person.
#[derive(Default)]
pub(crate) struct OnFile {
    /// Issuer and number.
    pub(crate) numbers: Vec<(String, String)>,
    /// Whom each Patient names as primary provider, with when it was said.
    pub(crate) named: Vec<(Instant, Vec<Addressee>)>,
}

impl OnFile {
    fn take(&mut self, as_of: Instant, body: &[u8], day: &str) {
        let Ok(Json::Object(patient)) = fhir::json::parse(body) else { return };
        let counts = patient.objects("identifier").into_iter().filter(|id| counts_on(id, day));
        self.numbers.extend(counts.filter_map(number));
        let named = practitioners(&patient);
        if !named.is_empty() {
            self.named.push((as_of, named));
        }
    }
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
