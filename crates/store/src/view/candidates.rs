//! What a search goes through: candidates by their ids, by the value-first rows of a few parameters, by the range of a
//! patient, and else by a walk; and what each of them is asked.

use super::View;
use super::find::{Budget, Hit, id_of};
use super::search::{Key, Keys, Names, Row, narrow};
use crate::index::{self, Beside, Entry};
use crate::problem::ReadProblem;
use crate::sql::params;
use fhir::search::r4::{Clause, Condition, Found as Value, SearchParam, local_reference};
use fhir::search::r4::{marks_tell, notes_tell};
use fhir::search::{ELSEWHERE, Filter, Prefix, Wanted};
use fhir::{Instant, Kind, RecordId, ResourceKey};
use std::collections::{BTreeSet, HashSet};

/// Most resources that a chain or `_has` may go through.
const MAX_LINKED: usize = 10_000;
/// So few resources are looked at one by one instead of asking the index a further condition: that reads rows by hundreds.
const FEW: usize = 64;

/// A condition made ready: what the index can say of it, and what the resource must be asked.
pub(super) enum Test<'q> {
    Own { condition: &'q Condition, column: Option<Filter>, is_exact: bool },
    Patients { condition: &'q Condition, records: Vec<RecordId> },
    AnyOf { conditions: &'q [Condition] },
    RefersTo { param: &'static SearchParam, to: HashSet<String> },
    Updated(&'q [(fhir::search::Prefix, Instant, Instant)]),
    Words(&'q [String], bool),
}

/// What a search goes through, and what each is asked.
pub(super) struct Candidates<'q> {
    pub(super) found: Found,
    pub(super) tests: Vec<Test<'q>>,
}

/// Where candidates are found.
pub(super) enum Found {
    /// Their keys; the rows are read as they are needed.
    Keys(Vec<Key>),
    Rows(Vec<Row>),
}

impl View {
    /// What could answer all conditions, by what the index says.
    pub(super) fn candidates<'q>(
        &self,
        kind: Kind,
        clauses: &'q [Clause],
        horizon: i64,
        budget: &Budget,
    ) -> Result<Candidates<'q>, ReadProblem> {
        let mut keys: Option<Keys> = None;
        let mut patients: Option<Vec<RecordId>> = None;
        let mut tests = Vec::new();
        for clause in clauses {
            match clause {
                Clause::Ids(ids) => narrow(&mut keys, self.keys_of(kind, ids.iter().map(String::as_str))?),
                Clause::Own(condition) => match clause.patients().filter(|_| kind != Kind::Patient) {
                    Some(ids) => {
                        let records: Vec<RecordId> =
                            ids.into_iter().map(|id| ResourceKey::named(Kind::Patient, id).record).collect();
                        patients.get_or_insert_with(|| records.clone());
                        tests.push(Test::Patients { condition, records });
                    }
                    None => {
                        let column = condition.indexed(kind);
                        // What has no family name of its own stands there under its whole name.
                        let is_exact = column.is_some() && condition.param.code != "family";
                        tests.push(Test::Own { condition, column, is_exact });
                    }
                },
                Clause::AnyOf(conditions) => {
                    let ids = conditions.first().map(Condition::references).unwrap_or_default();
                    let records = ids.into_iter().map(|id| ResourceKey::named(Kind::Patient, id).record);
                    patients.get_or_insert_with(|| records.collect());
                    tests.push(Test::AnyOf { conditions });
                }
                Clause::Chain(param, inner) => {
                    let (mut to, mut records) = (HashSet::new(), Vec::new());
                    for (target, clause) in inner {
                        for mut hit in self.linked(*target, clause, horizon, budget)? {
                            let key = hit.key;
                            let read = self.resource(&mut hit, budget)?;
                            to.insert(format!("{target}/{}", id_of(&read.1, key)));
                            records.push(key.record);
                        }
                    }
                    if inner.iter().all(|(target, _)| *target == Kind::Patient)
                        && matches!(param.code, "patient" | "subject")
                    {
                        patients.get_or_insert(records);
                    }
                    tests.push(Test::RefersTo { param, to });
                }
                Clause::Has(from, param, inner) => {
                    let mut ids = BTreeSet::new();
                    for mut hit in self.linked(*from, inner, horizon, budget)? {
                        let read = self.resource(&mut hit, budget)?;
                        param.values(&read.1, &mut |found| {
                            if let Value::Reference(reference) = found
                                && let Some((to, id)) = local_reference(reference)
                                && to == kind
                            {
                                ids.insert(id.to_owned());
                            }
                        });
                    }
                    narrow(&mut keys, self.keys_of(kind, ids.iter().map(String::as_str))?);
                }
                Clause::LastUpdated(any_of) => tests.push(Test::Updated(any_of)),
                Clause::Words(words, everywhere) => tests.push(Test::Words(words, *everywhere)),
            }
        }
        self.narrow_across(&tests, &mut keys)?;
        let found = match (keys, &patients) {
            (Some(keys), _) => Found::Keys(keys.into_iter().collect()),
            (None, Some(records)) => Found::Rows(self.rows_of_patients(records, kind)?),
            (None, None) => {
                let (rows, visited) = self.rows_of_all(kind, budget.may_visit() + 1)?;
                budget.visit(kind, visited)?;
                Found::Rows(rows)
            }
        };
        budget.walk(
            kind,
            match &found {
                Found::Keys(keys) => keys.len(),
                Found::Rows(rows) => rows.len(),
            },
        )?;
        Ok(Candidates { found, tests })
    }

    /// Narrows candidates by the conditions that are asked across patients, the one that finds least first; once few are
    /// left, the others are asked of each.
    fn narrow_across(&self, tests: &[Test<'_>], keys: &mut Option<Keys>) -> Result<(), ReadProblem> {
        let mut filters: Vec<&Filter> = tests
            .iter()
            .filter_map(|test| match test {
                Test::Own { column: Some(filter), .. } if filter.parameter.global() => Some(filter),
                _ => None,
            })
            .collect();
        filters.sort_by_key(|filter| breadth(filter));
        for filter in filters {
            if keys.as_ref().is_some_and(|keys| keys.len() <= FEW) {
                break;
            }
            narrow(keys, self.across(filter)?);
        }
        Ok(())
    }

    /// What a chain or `_has` goes through.
    fn linked(
        &self,
        kind: Kind,
        clause: &Clause,
        horizon: i64,
        budget: &Budget,
    ) -> Result<Vec<Hit>, ReadProblem> {
        let hits = self.select(kind, std::slice::from_ref(clause), &[], horizon, budget)?;
        if hits.len() > MAX_LINKED {
            return Err(ReadProblem::Unsupported(format!(
                "the search goes through more than {MAX_LINKED} resources of type {kind}; say more of them"
            )));
        }
        Ok(hits)
    }

    fn keys_of<'i>(&self, kind: Kind, ids: impl Iterator<Item = &'i str>) -> Result<Keys, ReadProblem> {
        ids.map(|id| self.place(kind, id).map(|place| (place.key.record.as_i64(), place.key.local.as_i64())))
            .collect()
    }

    /// What stands at the records of patients, and where signposts lead from there.
    fn rows_of_patients(&self, records: &[RecordId], kind: Kind) -> Result<Vec<Row>, ReadProblem> {
        let mut rows = Vec::new();
        let mut elsewhere = Keys::new();
        for record in records.iter().collect::<BTreeSet<_>>() {
            rows.extend(self.rows_of(*record, kind)?);
            elsewhere.extend(self.all(
                "SELECT home, local FROM resource_signpost WHERE part = ?1 AND record = ?2 AND kind = ?3",
                params![record.part().0, record.as_i64(), kind.code()],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
            )?);
        }
        elsewhere.retain(|(home, _)| !records.contains(&RecordId::from_i64(*home)));
        if !elsewhere.is_empty() {
            rows.extend(self.rows_at(kind, &elsewhere)?);
        }
        Ok(rows)
    }
}

/// How much a condition finds across patients, as far as it can be told without looking: codes, then a day, then texts.
fn breadth(filter: &Filter) -> u8 {
    let of = |wanted: &Wanted| match wanted {
        Wanted::Token { code: Some(_), .. } | Wanted::Reference(_) => 0,
        Wanted::Date { prefix: Prefix::Equal, .. } => 1,
        Wanted::Text { .. } => 2,
        Wanted::Token { code: None, .. } | Wanted::Date { .. } => 3,
    };
    filter.any_of.iter().map(of).max().unwrap_or(0)
}

/// What the index column beside a resource says of a test; `None` when it cannot tell.
pub(super) fn proof(
    test: &Test<'_>,
    key: ResourceKey,
    entries: &[Beside<'_>],
    names: &Names<'_>,
) -> Option<bool> {
    let has = |id| entries.iter().any(|entry| entry.param() == index::param_code(id));
    match test {
        Test::Own { column: Some(filter), is_exact, .. } => {
            if names.satisfy(entries, filter) {
                is_exact.then_some(true)
            } else {
                Some(false)
            }
        }
        Test::Patients { records, .. } => (records.contains(&key.record) && !has(ELSEWHERE)).then_some(true),
        Test::Own { condition, .. }
            if condition.is_told_by_notes(key.kind) && marks_tell(key.kind, condition.param, has) =>
        {
            let own =
                entries.iter().filter(|entry| entry.param() == index::param_code(condition.param.number));
            let (mut any, mut one) = (false, false);
            for entry in own {
                any = true;
                one |= match entry {
                    Entry::Token { code, system, .. } => {
                        condition.seeks_word(code, |wanted| names.is_system(wanted, *system))
                    }
                    Entry::Date { lo, hi, .. } => condition.seeks_date(Instant(*lo), Instant(*hi)),
                    Entry::Reference { .. } => false,
                };
            }
            Some(condition.answer(any, one))
        }
        Test::RefersTo { param, to } if notes_tell(key.kind, param) && marks_tell(key.kind, param, has) => {
            let own = entries.iter().filter(|entry| entry.param() == index::param_code(param.number));
            let mut known =
                own.filter_map(|entry| if let Entry::Token { code, .. } = entry { Some(code) } else { None });
            Some(known.any(|code| {
                local_reference(code).is_some_and(|(kind, id)| to.contains(&format!("{kind}/{id}")))
            }))
        }
        _ => None,
    }
}
