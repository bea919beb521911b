//! A panel file: what each row comes to, and taking it over.

use super::standing::{barred, ended_by_desk};
use super::{Load, Member, members};
use crate::intake::candidate;
use crate::record::{Act, Look, Reading, Sealed, Seen, audit_row};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::access::panel::{self, Source, Verdict, judge};
use clinical::identity::features::compare;
use clinical::identity::{Candidate, Claim, Feature, IdentifierSort, Outcome, blocking_keys, display_name};
use clinical::words::Words;
use fhir::{PersonId, RecordId};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use store::{AccessGrant, Changes, GrantSort, PrivacyChange, Requirement};

/// Those who would leave are counted against a slip when an earlier file named at least so many.
const FEW: usize = 20;

/// Look: what a panel file comes to, before or after it is taken over.
#[derive(Debug, Clone)]
pub struct Weigh {
    /// The file's text.
    pub text: Arc<str>,
}

/// Answer to [`Weigh`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileView {
    /// Patients that the file names.
    pub rows: usize,
    /// Rows that name one person.
    pub matched: usize,
    /// Rows that tie nobody to the panel.
    pub returned: Vec<Returned>,
}

/// A row that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Line of the file.
    pub line: usize,
    /// Name as the file has it.
    pub name: String,
    /// Birth date as the file has it; empty when it is no full date.
    pub birth_date: String,
    /// Why, and what to do.
    pub because: Words,
}

struct Weighed {
    rows: usize,
    matched: usize,
    /// Each person once, with a record of theirs.
    people: BTreeMap<PersonId, RecordId>,
    returned: Vec<Returned>,
    /// Whom a row that came back may well mean: they are not missing from the file.
    named: BTreeSet<PersonId>,
    /// What must still hold when it is taken over.
    unchanged: Requirement,
}

fn weigh(reading: &Reading<'_>, text: &str) -> Result<Weighed, Refusal> {
    let rows =
        panel::read(text).map_err(|problem| Refusal::unreadable(problem.to_string(), problem.french()))?;
    let (barred, unchanged) = barred(reading)?;
    let mut weighed = Weighed {
        rows: rows.len(),
        matched: 0,
        people: BTreeMap::new(),
        returned: Vec::new(),
        named: BTreeSet::new(),
        unchanged,
    };
    for row in rows {
        let (on_file, candidates) = candidates(reading, &row.claim)?;
        let verdict = match judge(&row.claim, on_file.as_ref(), &candidates) {
            Verdict::Is(person) if barred.contains(&person) => Verdict::Not(ended_by_desk()),
            verdict => verdict,
        };
        match verdict {
            Verdict::Is(person) => {
                weighed.matched += 1;
                let mut records = on_file.iter().chain(&candidates).filter(|one| one.person == person);
                if let Some(one) = records.next() {
                    weighed.people.entry(person).or_insert(one.record);
                }
            }
            Verdict::Not(because) => {
                let meant = on_file.iter().chain(&candidates).filter(|one| may_mean(&row.claim, &one.claim));
                weighed.named.extend(meant.map(|one| one.person));
                weighed.returned.push(Returned {
                    line: row.line,
                    name: display_name(&row.claim.names),
                    birth_date: row.claim.birth_date,
                    because,
                });
            }
        }
    }
    Ok(weighed)
}

/// Whether a row that proves nothing may mean somebody all the same: by a number, or by name and birth date.
fn may_mean(claim: &Claim, on_file: &Claim) -> bool {
    let found = compare(claim, on_file);
    let numbers = [Feature::HealthCard, Feature::RecordNumber];
    numbers.iter().any(|number| found.outcome(*number) == Outcome::Agrees)
        || (found.names_close() && found.births_close())
}

/// The record that the row's own number names, and whoever else it might be.
fn candidates(reading: &Reading<'_>, claim: &Claim) -> Result<(Option<Candidate>, Vec<Candidate>), Refusal> {
    let own = claim.own.as_ref().filter(|own| own.sort == IdentifierSort::RecordNumber);
    let on_file = match own {
        Some(own) => {
            let row = reading.view.record(RecordId::of(&own.authority, &own.value))?;
            row.as_ref().and_then(candidate)
        }
        None => None,
    };
    let mut seen: HashSet<RecordId> = on_file.iter().map(|known| known.record).collect();
    let mut found = Vec::new();
    for key in blocking_keys(claim) {
        // A key that stands on hundreds of records tells nobody apart.
        let Some(rows) = reading.view.records_by_key(key.as_i64(), key.most_records())? else { continue };
        found.extend(rows.iter().filter(|row| seen.insert(row.record)).filter_map(candidate));
    }
    Ok((on_file, found))
}

impl Sealed for Weigh {}
impl Look for Weigh {
    type View = FileView;
    const PERMISSION: Permission = Permission::KeepPanel;
    fn object(&self) -> String {
        "panel/file".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<FileView>, Refusal> {
        let weighed = weigh(reading, &self.text)?;
        let view = FileView { rows: weighed.rows, matched: weighed.matched, returned: weighed.returned };
        Ok(Seen { view, people: weighed.people.into_keys().collect() })
    }
}

impl Sealed for Load {}
impl Act for Load {
    const PERMISSION: Permission = Permission::KeepPanel;
    fn object(&self) -> String {
        if self.whole { "panel/file whole".to_owned() } else { "panel/file".to_owned() }
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let context = reading.context;
        let weighed = weigh(reading, &self.text)?;
        let until = Source::File.ends(context.now);
        let before = members(reading, false)?;
        let by_file = |member: &Member| -> Vec<i64> {
            let own = member.grants.iter().filter(|grant| grant.code == Source::File.code());
            own.map(|grant| grant.id).collect()
        };
        let mut changes = Changes { requires: vec![weighed.unchanged.clone()], ..Changes::default() };
        let note = |changes: &mut Changes, person: PersonId, what: &str| {
            changes.audit.push(audit_row(
                context,
                Self::PERMISSION,
                Some(person),
                format!("panel/{person}/{what}"),
            ));
        };
        for (person, record) in &weighed.people {
            let known = before.iter().find(|member| member.person == *person);
            match known.map(by_file).as_deref() {
                Some([first, ..]) => {
                    changes.privacy.push(PrivacyChange::GrantUntil(*first, until, String::new()));
                }
                _ => {
                    changes.privacy.push(PrivacyChange::Grant(AccessGrant {
                        id: 0,
                        actor: context.actor.id.clone(),
                        record: *record,
                        at: context.now,
                        until: Some(until),
                        sort: GrantSort::Panel,
                        code: Source::File.code().to_owned(),
                        words: String::new(),
                        obligation: None,
                    }));
                    note(&mut changes, *person, "on");
                }
            }
        }
        if self.whole {
            let filed: Vec<(&Member, Vec<i64>)> = before
                .iter()
                .map(|member| (member, by_file(member)))
                .filter(|(_, grants)| !grants.is_empty())
                .collect();
            let is_in_file = |person| weighed.people.contains_key(person) || weighed.named.contains(person);
            let leaving: Vec<&(&Member, Vec<i64>)> =
                filed.iter().filter(|(member, _)| !is_in_file(&member.person)).collect();
            if !self.sure && filed.len() >= FEW && leaving.len() * 2 > filed.len() {
                return Err(Refusal::conflict(
                    &format!(
                        "{} of {} patients would leave your panel, more than half. Nothing was changed. Check that the file is whole; if it is, choose \"also when most leave\".",
                        leaving.len(),
                        filed.len()
                    ),
                    &format!(
                        "{} patients sur {} quitteraient votre clientèle, plus de la moitié. Rien n'a été changé. Vérifiez que le fichier est complet; s'il l'est, choisissez « même si la plupart partent ».",
                        leaving.len(),
                        filed.len()
                    ),
                ));
            }
            for (member, grants) in leaving {
                for id in grants {
                    changes.privacy.push(PrivacyChange::GrantUntil(*id, context.now, String::new()));
                }
                note(&mut changes, member.person, "off");
            }
        }
        Ok((changes, None))
    }
}
