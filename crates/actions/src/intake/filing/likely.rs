//! Who on file a record that is not known yet may be of: found by its keys and in memory, weighed, and weighed once more
//! against everything that is known of whom it is said to be.

use super::candidate;
use crate::identity::warm::Warm;
use crate::refusal::Refusal;
use clinical::identity::{self, BlockingKind, Candidate, Claim, Decision, Evidence, Feature, Outcome};
use fhir::{PersonId, RecordId};
use std::collections::HashSet;
use store::{Changes, Requirement, View};

/// People that one registration is compared with on the identity desk; the closest first.
const MOST_PAIRS: usize = 3;

/// An identifier of the claim stands on hundreds of records, so it is nobody's.
pub(crate) struct Nobodys;

/// Who it may be.
pub(crate) struct Likely<'a> {
    view: &'a View,
    warm: Option<&'a Warm>,
    claim: &'a Claim,
    seen: HashSet<RecordId>,
    pub(crate) candidates: Vec<Candidate>,
}

impl<'a> Likely<'a> {
    /// Nobody yet; never the record itself.
    pub(crate) fn new(view: &'a View, warm: Option<&'a Warm>, claim: &'a Claim, own: RecordId) -> Self {
        Self { view, warm, claim, seen: HashSet::from([own]), candidates: Vec::new() }
    }

    /// Looks for them by every key that is not known yet of the record: one that says nothing new needs no search, since
    /// nobody else can have become a better match. What is found must stand when the change is settled.
    pub(crate) fn find(
        &mut self,
        known: &HashSet<i64>,
        changes: &mut Changes,
    ) -> Result<Result<(), Nobodys>, Refusal> {
        let keys = identity::blocking_keys(self.claim);
        let mut found = Ok(());
        for key in keys.iter().filter(|key| !known.contains(&key.as_i64())) {
            let Some(rows) = self.view.records_by_key(key.as_i64(), key.most_records())? else {
                if key.kind == BlockingKind::Identifier {
                    found = Err(Nobodys);
                }
                continue;
            };
            let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            changes.requires.push(Requirement::KeyCountIs(key.as_i64(), count));
            for row in rows {
                if self.seen.insert(row.record) {
                    self.candidates.extend(candidate(&row));
                }
            }
        }
        if let Some(warm) = self.warm
            && keys.iter().any(|key| !known.contains(&key.as_i64()))
        {
            for record in warm.candidates(self.claim) {
                self.consider(record)?;
            }
        }
        Ok(found)
    }

    /// A record that may be meant, whether or not memory or a key finds it now.
    pub(crate) fn consider(&mut self, record: RecordId) -> Result<(), Refusal> {
        if self.seen.insert(record) {
            self.candidates.extend(self.view.record(record)?.as_ref().and_then(candidate));
        }
        Ok(())
    }

    /// Who it is, as far as a machine may say.
    pub(crate) fn decide(&mut self, on_file: Option<&Candidate>) -> Result<Decision, Refusal> {
        let namesakes = self.warm.and_then(|warm| warm.namesakes(self.claim));
        let decision = identity::decide_among(self.claim, on_file, &self.candidates, namesakes);
        if let Decision::Same { person, evidence } = &decision
            && !evidence.iter().any(by_number)
        {
            // No number says so: whatever else is known of that person must not contradict it.
            for row in self.view.records_of_person(*person)? {
                if self.seen.insert(row.record) {
                    self.candidates.extend(candidate(&row));
                }
            }
            return Ok(identity::decide_among(self.claim, on_file, &self.candidates, namesakes));
        }
        Ok(decision)
    }

    /// The record of a person that the claim is closest to.
    pub(crate) fn closest(&self, person: PersonId) -> Option<RecordId> {
        closest(self.claim, &self.candidates, person)
    }

    /// The closest record of each person that is asked about: one question a person.
    pub(crate) fn one_of_each_person(
        &self,
        asked: Vec<(RecordId, Vec<Evidence>)>,
    ) -> Vec<(RecordId, Vec<Evidence>)> {
        let mut people = HashSet::new();
        let mut first = asked;
        first.retain(|(record, _)| {
            let person = self.candidates.iter().find(|one| one.record == *record).map(|one| one.person);
            person.is_none_or(|person| people.insert(person))
        });
        first.truncate(MOST_PAIRS);
        first
    }
}

/// The record of a person that a claim is closest to.
pub(super) fn closest(claim: &Claim, candidates: &[Candidate], person: PersonId) -> Option<RecordId> {
    let bits = |candidate: &Candidate| identity::features::compare(claim, &candidate.claim).bits();
    candidates
        .iter()
        .filter(|candidate| candidate.person == person)
        .max_by(|a, b| bits(a).total_cmp(&bits(b)).then_with(|| b.record.cmp(&a.record)))
        .map(|candidate| candidate.record)
}

/// An identifier agrees.
fn by_number(one: &Evidence) -> bool {
    matches!(one.feature, Feature::HealthCard | Feature::RecordNumber) && one.outcome == Outcome::Agrees
}
