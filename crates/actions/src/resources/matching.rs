//! `$match`: who a Patient might be, by the rules that decide about messages. Only what those rules would join is certain.

use super::loading::claim_of;
use super::{Resource, resource};
use crate::intake::candidate;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::identity::features::compare;
use clinical::identity::{BlockingKind, Candidate, Decision, blocking_keys, decide_among};
use fhir::{Document, Kind, PersonId, RecordId, ResourceKey};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Most candidates that are told unless it is said.
pub const USUAL_MATCHES: usize = 20;
/// Least bits of evidence of a candidate that is told.
const LEAST_BITS: f64 = 2.0;
/// From here on a candidate is probable.
const PROBABLE_BITS: f64 = 10.0;

/// Look: who a Patient might be.
#[derive(Debug, Clone)]
pub struct Match {
    /// What is known of the patient: a Patient resource.
    pub patient: Vec<u8>,
    /// Only who certainly is.
    pub only_certain: bool,
    /// Most that are told.
    pub count: usize,
}

/// How sure a match is (`http://terminology.hl7.org/CodeSystem/match-grade`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Perhaps.
    Possible,
    /// Much speaks for it.
    Probable,
    /// The rules would join it.
    Certain,
}

impl Grade {
    /// As FHIR names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Probable => "probable",
            Self::Certain => "certain",
        }
    }
}

/// One who it might be.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The Patient.
    pub resource: Resource,
    /// How sure.
    pub grade: Grade,
    /// From 0 to 1, for the order alone: it is no probability.
    pub score: f64,
}

impl Sealed for Match {}
impl Look for Match {
    type View = Vec<Matched>;
    const PERMISSION: Permission = Permission::ReadFhir;
    const REFUSAL_TELLS: bool = true;
    fn object(&self) -> String {
        "Patient/$match".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<Matched>>, Refusal> {
        let unreadable =
            |error: fhir::DocumentError| Refusal::unreadable(error.to_string(), error.to_string());
        let document = Document::parse(self.patient.clone()).map_err(unreadable)?;
        if document.kind() != Kind::Patient {
            let words = "resource: a Patient is matched; send one";
            return Err(Refusal::unreadable(words, words));
        }
        // What is sent is nobody's record: the number that a loaded record would have tells nothing.
        let nobody = ResourceKey::named(Kind::Patient, "").record;
        let mut claim = claim_of(&document, nobody, super::writing::APPLICATIONS);
        claim.identifiers.remove(0);
        claim.own = claim.identifiers.first().cloned();
        let mut records: BTreeSet<RecordId> = BTreeSet::new();
        let mut is_nobodys = false;
        for key in blocking_keys(&claim) {
            let rows = reading.view.records_by_key(key.as_i64(), key.most_records())?;
            // A number that many bear is nobody's: messages that carry it are looked at by a person.
            is_nobodys |= rows.is_none() && key.kind == BlockingKind::Identifier;
            records.extend(rows.unwrap_or_default().into_iter().map(|row| row.record));
        }
        records.extend(reading.warm.candidates(&claim));
        let mut candidates: Vec<Candidate> = Vec::new();
        for record in records {
            candidates.extend(reading.view.record(record)?.as_ref().and_then(candidate));
        }
        let found = candidates.len();
        let namesakes = reading.warm.namesakes(&claim);
        let certain = match decide_among(&claim, None, &candidates, namesakes) {
            Decision::Same { person, .. } if !is_nobodys => {
                // Whatever else is known of that person must not contradict it.
                for row in reading.view.records_of_person(person)? {
                    if !candidates.iter().any(|has| has.record == row.record) {
                        candidates.extend(candidate(&row));
                    }
                }
                match decide_among(&claim, None, &candidates, namesakes) {
                    Decision::Same { person, .. } => Some(person),
                    _ => None,
                }
            }
            _ => None,
        };
        let mut told: Vec<(Matched, PersonId)> = Vec::new();
        for one in candidates.iter().take(found) {
            let bits = compare(&claim, &one.claim).bits();
            let grade = match () {
                () if certain == Some(one.person) => Grade::Certain,
                () if bits >= PROBABLE_BITS => Grade::Probable,
                () => Grade::Possible,
            };
            if (self.only_certain || bits < LEAST_BITS) && grade != Grade::Certain {
                continue;
            }
            let Some(stored) = reading.view.current(ResourceKey::patient(one.record))? else { continue };
            let score = if grade == Grade::Certain { 1.0 } else { bits / (bits + PROBABLE_BITS) };
            told.push((Matched { resource: resource(stored), grade, score }, one.person));
        }
        told.sort_by(|(a, _), (b, _)| {
            Reverse(a.grade).cmp(&Reverse(b.grade)).then_with(|| b.score.total_cmp(&a.score))
        });
        told.truncate(self.count);
        // Only who is shown was seen.
        let people: BTreeSet<PersonId> = told.iter().map(|(_, person)| *person).collect();
        let view = told.into_iter().map(|(one, _)| one).collect();
        Ok(Seen { view, people: people.into_iter().collect() })
    }
}
