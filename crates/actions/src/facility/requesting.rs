//! An application that begins with what an employer says: the ticket of the IT self-service, the SHARE roster. It stands in
//! the same table and goes the same way as every other; what only the person can bring is asked of them by a link.

use super::registers::Registers;
use crate::mailing::{Blank, HERE, Letter, write_once};
use crate::refusal::Refusal;
use clinical::enrolment::professions::profession;
use clinical::enrolment::{Applicant, Employment, Facts, LicenceHeld, LicenceStanding, Sort, State, holding};
use clinical::facility::days;
use clinical::facility::registers::Standing;
use clinical::words::Words;
use fhir::Instant;
use sha2::{Digest as _, Sha256};
use store::{
    ApplicationEvent, ApplicationId, ApplicationRow, Changes, EnrolmentChange, EnrolmentRequirement,
    Requirement, View,
};

/// Whom an employer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) family: String,
    pub(crate) given: String,
    pub(crate) address: String,
    pub(crate) profession: String,
    pub(crate) regulator: String,
    pub(crate) licence: String,
    pub(crate) employee: String,
    pub(crate) unit: String,
}

/// The key of what an employer's word leads to: the same word again, letter by letter, is the same application. Who writes
/// one thing in several ways folds it first.
pub(crate) fn key(words: &[&str]) -> ApplicationId {
    let mut digest = Sha256::new_with_prefix("application");
    for word in words {
        digest.update([0]);
        digest.update(word);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finalize()[..8]);
    ApplicationId::of(first)
}

/// What the registers say of somebody now, as it stands on file.
pub(crate) fn looked_up(facts: &mut Facts, who: &Named, registers: &Registers, now: Instant) {
    let Some(day) = days::of(now) else { return };
    let found = registers
        .licences_at(now)
        .map(|register| register.on(&who.regulator, &who.licence, &who.family, day));
    facts.licence = Some(LicenceHeld {
        standing: match found {
            Some(Standing::Holds(_)) => LicenceStanding::Active,
            Some(Standing::Ended(_)) => LicenceStanding::Lapsed,
            Some(Standing::AnotherName | Standing::Missing) => LicenceStanding::NotFound,
            // No register, or one too old to say anything: a coordinator asks the regulator.
            None => LicenceStanding::NotAsked,
        },
        regulator: who.regulator.clone(),
        name: format!("{}, {}", who.family, who.given),
        place: String::new(),
        call_back: String::new(),
        at: now,
    });
    facts.employment = registers.employments_at(now).map(|register| Employment {
        employer: "staff register".to_owned(),
        number: who.employee.clone(),
        stands: register.on(&who.employee, &who.family, day).holds(),
        at: now,
    });
}

/// What is on file from the beginning.
pub(crate) fn facts(who: &Named, now: Instant) -> Facts {
    Facts {
        sort: Sort::Facility,
        applicant: Applicant {
            family: who.family.clone(),
            given: who.given.clone(),
            email: who.address.clone(),
            profession: who.profession.clone(),
            licence: who.licence.clone(),
            ..Applicant::default()
        },
        // A facility's own address comes from its list (decision table of enrolment).
        address_proved: Some(now.0),
        units: vec![who.unit.clone()],
        facility_role: profession(&who.profession).map_or("", |known| known.role.code()).to_owned(),
        ..Facts::default()
    }
}

/// Begins an application, with its letter to the person. Returns false where it was begun before.
pub(crate) fn begin(
    view: &View,
    (id, facts): (ApplicationId, &Facts),
    (actor, why): (&str, &Words),
    letter: (&'static str, Words, Words),
    now: Instant,
    changes: &mut Changes,
) -> Result<bool, Refusal> {
    if view.application(id)?.is_some() {
        return Ok(false);
    }
    let state = State::Draft;
    let line = holding(state);
    let address = facts.applicant.email.trim().to_lowercase();
    changes.requires.push(Requirement::Enrolment(EnrolmentRequirement::RevisionIs(id, 0)));
    changes.enrolment.push(EnrolmentChange::Application(ApplicationRow {
        id,
        state: state.code().to_owned(),
        sort: facts.sort.code().to_owned(),
        address: address.clone(),
        handle: Vec::new(),
        holder: line.map_or("", |line| line.holder.code()).to_owned(),
        since: now,
        due: line.map_or(now, |line| line.due(now)),
        account: String::new(),
        facts: serde_json::to_string(facts).unwrap_or_default(),
        opened: now,
        meets: None,
        revision: 1,
    }));
    changes.enrolment.push(EnrolmentChange::Event(ApplicationEvent {
        application: id,
        seq: 0,
        at: now,
        actor: actor.to_owned(),
        event: "begun".to_owned(),
        state: state.code().to_owned(),
        words: serde_json::to_string(why).unwrap_or_default(),
    }));
    let (sort, subject, mut text) = letter;
    let blank = format!("\n\n{HERE}\n");
    text.en.push_str(&blank);
    text.fr.push_str(&blank);
    let key = [id.to_string()];
    let letter = Letter {
        key: &key.each_ref().map(String::as_str),
        sort,
        to: &address,
        subject,
        text,
        blank: Some(Blank::Resume(id, 0, now)),
        application: id,
    };
    write_once(view, &letter, now, changes)?;
    Ok(true)
}

#[cfg(test)]
mod tests;
