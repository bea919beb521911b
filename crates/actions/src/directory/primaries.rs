//! A practice's or a registry's list of whose primary care provider somebody is.

use super::StatePrimaries;
use super::changing::now_known;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{PRIMARY_SORT, Primary, WITHDRAWN_SORT, Withdrawn};
use fhir::{Instant, PersonId, RecordId};
use std::collections::BTreeSet;
use store::{Changes, DirectoryChange, DirectoryEvent, Requirement, View};

/// Ids that a refusal names.
const NAMED: usize = 20;

impl Sealed for StatePrimaries {}

impl Act for StatePrimaries {
    const PERMISSION: Permission = Permission::ManageDirectory;

    fn object(&self) -> String {
        "directory/primaries".to_owned()
    }

    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let listed = self.practitioners.iter().map(String::as_str);
        let practitioners = self.facts.iter().map(|fact| fact.practitioner.as_str()).chain(listed);
        let nobody: BTreeSet<&str> =
            practitioners.filter(|id| known.directory.practitioner(id).is_none()).collect();
        if !nobody.is_empty() {
            let names: Vec<&str> = nobody.into_iter().take(NAMED).collect();
            let names = names.join(", ");
            return Err(Refusal::unreadable(
                format!(
                    "Not taken over: the directory has no practitioner {names}. Add them, or correct the list."
                ),
                format!(
                    "Non repris : le répertoire n'a pas de praticien {names}. Ajoutez-les ou corrigez la liste."
                ),
            ));
        }
        let (actor, at) = (&reading.context.actor.name, reading.context.now);
        let mut directory = Vec::new();
        for fact in &self.facts {
            let body = serde_json::to_string(fact).unwrap_or_default();
            let id = fact.id();
            // Stated again it is the same fact.
            let last = reading.view.directory_history(PRIMARY_SORT, &id)?.into_iter().next();
            if last.is_some_and(|row| row.body == body) {
                continue;
            }
            directory.push(DirectoryChange::Event(DirectoryEvent {
                seq: 0,
                at,
                actor: actor.clone(),
                source: fact.source.clone(),
                reason: self.reason.clone(),
                sort: PRIMARY_SORT.to_owned(),
                id,
                body,
            }));
        }
        let requires = vec![Requirement::DirectoryIs(known.seq)];
        Ok((Changes { requires, directory, ..Changes::default() }, None))
    }
}

/// Who is stated as primary care provider of a person, on a day.
#[derive(Debug, Default)]
pub(crate) struct Stated {
    /// The fact that counts.
    pub(crate) fact: Option<Primary>,
    /// The facts that would count if they were not withdrawn, the last to begin first, with when each was said.
    pub(crate) left_out: Vec<(Primary, Instant)>,
}

/// Who is stated of whoever has one of these numbers, on a day. Of all numbers' facts the one that began last counts, also
/// when it has ended; one that is withdrawn never began.
pub(crate) fn stated(
    view: &View,
    numbers: &[(String, String)],
    day: &str,
    withdrawn: &[Withdrawal],
) -> Result<Stated, Refusal> {
    let mut known: Vec<(Primary, Instant)> = Vec::new();
    for (authority, number) in numbers {
        let rows = view.directory_facts(PRIMARY_SORT, &Primary::prefix(authority, number))?;
        let facts = rows.iter().filter_map(|row| Some((serde_json::from_str(&row.body).ok()?, row.at)));
        // A number with a colon begins like the day behind a shorter one.
        known.extend(facts.filter(|(fact, _): &(Primary, Instant)| fact.number.trim() == number.trim()));
    }
    let mut found = Stated::default();
    loop {
        // Once for all of them: what ended under one number is not overruled by what began earlier under another.
        let facts: Vec<Primary> = known.iter().map(|(fact, _)| fact.clone()).collect();
        let Some(fact) = Primary::on(&facts, day) else { return Ok(found) };
        if withdrawn.iter().all(|one| one.what.practitioner != fact.practitioner) {
            found.fact = Some(fact.clone());
            return Ok(found);
        }
        let (out, kept): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(one, _)| one.practitioner == fact.practitioner);
        let last = out.into_iter().filter(|(one, _)| one == fact).max_by_key(|(_, at)| *at);
        found.left_out.extend(last);
        known = kept;
    }
}

/// A withdrawal that holds.
#[derive(Debug, Clone)]
pub(crate) struct Withdrawal {
    /// The source record that it was made at.
    pub(crate) record: RecordId,
    /// When.
    pub(crate) at: Instant,
    /// Of whom, by whom, why.
    pub(crate) what: Withdrawn,
}

/// The withdrawals that hold for a person with these records.
pub(crate) fn withdrawn(view: &View, records: &[RecordId]) -> Result<Vec<Withdrawal>, Refusal> {
    let mut found = Vec::new();
    for record in records {
        for row in view.directory_facts(WITHDRAWN_SORT, &Withdrawn::prefix(*record))? {
            if let Ok(what) = serde_json::from_str(&row.body) {
                found.push(Withdrawal { record: *record, at: row.at, what });
            }
        }
    }
    Ok(found)
}
