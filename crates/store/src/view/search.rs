//! Searching: within one patient by record-first rows, across patients by value-first rows of the few global parameters.
//!
//! SQL finds the rows of a parameter; what they mean is said by `fhir::search` alone, so that index and scan agree.

use super::View;
use crate::index::{self, Entry, TEXT};
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use fhir::search::{Filter, IndexRow, Query, Sort, Wanted};
use fhir::{Json, RecordId, ResourceKey};
use rusqlite::{OptionalExtension, params};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// Most resources a search may have to sort; wider ones are asked to be narrowed.
pub const MAX_CANDIDATES: usize = 50_000;

/// A page of search results.
#[derive(Debug, Clone)]
pub struct Page {
    /// The resources, in the order asked.
    pub hits: Vec<StoredVersion>,
    /// How many the search found in all; with `:exact` those before confirmation.
    pub total: u64,
    /// `_cursor` of the next page.
    pub next: Option<String>,
}

type Keys = BTreeSet<(i64, i64)>;

impl View {
    /// Answers a search.
    ///
    /// # Errors
    /// [`ReadProblem::Unsupported`] when it must be narrowed; [`ReadProblem::Damaged`] when a hit is not what was written.
    pub fn search(&self, query: &Query) -> Result<Page, ReadProblem> {
        let mut found: Option<Keys> = None;
        if let Some(ids) = &query.ids {
            let of_kind = ids.iter().filter(|key| key.kind == query.kind);
            found = Some(of_kind.map(|key| (key.record.as_i64(), key.local.as_i64())).collect());
        }
        let (global, within): (Vec<&Filter>, Vec<&Filter>) =
            query.filters.iter().partition(|filter| filter.parameter.global());
        for filter in global {
            let keys = self.across(filter)?;
            narrow(&mut found, keys);
        }
        if let Some(patient) = query.patient {
            let record = patient.as_i64();
            match &mut found {
                Some(keys) => keys.retain(|(of, _)| *of == record),
                None => {
                    let all = self.keys_of(patient, query.kind)?;
                    found = Some(all.into_iter().map(|(local, _, _)| (record, local.as_i64())).collect());
                }
            }
        }
        let Some(mut found) = found else {
            return Err(ReadProblem::Unsupported(format!(
                "searching {} across all patients needs an identifier, a name or a birth date; add one",
                query.kind
            )));
        };
        if found.len() > MAX_CANDIDATES {
            return Err(ReadProblem::Unsupported(format!(
                "more than {MAX_CANDIDATES} resources match; add another condition"
            )));
        }
        for filter in within {
            let records: BTreeSet<i64> = found.iter().map(|(record, _)| *record).collect();
            let mut keys = Keys::new();
            for record in records {
                keys.extend(self.within(RecordId::from_i64(record), filter)?);
            }
            found.retain(|key| keys.contains(key));
        }
        self.page(query, &found)
    }

    fn page(&self, query: &Query, found: &Keys) -> Result<Page, ReadProblem> {
        let mut rows = Vec::with_capacity(found.len());
        {
            let mut statement = self.conn()?.prepare_cached(
                "SELECT body, as_of FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
            )?;
            for (record, local) in found {
                let part = RecordId::from_i64(*record).part().0;
                let current: Option<(i64, i64)> = statement
                    .query_row(params![part, record, query.kind.code(), local], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()?;
                if let Some((body, as_of)) = current {
                    let order = match query.sort {
                        Sort::Key => 0,
                        Sort::Date => as_of,
                        Sort::DateDescending => as_of.saturating_neg(),
                    };
                    rows.push(((order, *record, *local), body));
                }
            }
        }
        rows.sort_unstable();
        let total = rows.len() as u64;
        let start = match &query.cursor {
            Some(cursor) => {
                let last = read_cursor(cursor).ok_or_else(|| {
                    ReadProblem::Unsupported(
                        "\"_cursor\" is not from a page of this search; leave it out to begin anew".into(),
                    )
                })?;
                rows.partition_point(|(place, _)| *place <= last)
            }
            None => 0,
        };
        let mut hits = Vec::new();
        let mut last = None;
        for (place, body) in &rows[start..] {
            if hits.len() == query.count {
                let next = last.map(print_cursor);
                return Ok(Page { hits, total, next });
            }
            last = Some(*place);
            let stored = self.body(*body)?;
            if confirmed(query, &stored) {
                hits.push(stored);
            }
        }
        Ok(Page { hits, total, next: None })
    }

    /// Resources that a global filter finds, across patients.
    fn across(&self, filter: &Filter) -> Result<Keys, ReadProblem> {
        let mut keys = Keys::new();
        let limit = super::sql_limit(MAX_CANDIDATES + 1);
        for param in filter.parameter.rows_of() {
            let param = index::param_code(*param);
            for wanted in &filter.any_of {
                let (sql, low, high): (&str, rusqlite::types::Value, rusqlite::types::Value) = match wanted {
                    Wanted::Token { code: Some(code), .. } => {
                        (FIND_TOKEN, code.clone().into(), code.clone().into())
                    }
                    Wanted::Token { code: None, .. } => {
                        (FIND_TOKEN, String::new().into(), LAST.to_owned().into())
                    }
                    Wanted::Text { normalised, .. } => {
                        (FIND_TOKEN, normalised.clone().into(), format!("{normalised}{LAST}").into())
                    }
                    Wanted::Date { prefix, lo, hi } => {
                        use fhir::search::Prefix;
                        // Rows are found by where they begin; what the prefix means is checked after.
                        let (low, high) = match prefix {
                            Prefix::Equal => (lo.0, hi.0),
                            Prefix::StartsAfter => (hi.0, i64::MAX),
                            Prefix::Less | Prefix::EndsBefore => (i64::MIN, lo.0),
                            Prefix::LessOrEqual => (i64::MIN, hi.0),
                            Prefix::NotEqual | Prefix::Greater | Prefix::GreaterOrEqual => {
                                (i64::MIN, i64::MAX)
                            }
                        };
                        (FIND_DATE, low.into(), high.into())
                    }
                    Wanted::Reference(_) => continue,
                };
                let rows = self.all(sql, params![param, low, high, limit], |row| {
                    let entry = if sql == FIND_TOKEN {
                        Entry::Token { param, code: row.get(0)?, system: row.get(1)? }
                    } else {
                        Entry::Date { param, lo: row.get(0)?, hi: row.get(1)? }
                    };
                    Ok((entry, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
                })?;
                if rows.len() > MAX_CANDIDATES {
                    return Err(ReadProblem::Unsupported(format!(
                        "parameter \"{}\" finds more than {MAX_CANDIDATES} resources; write more of it",
                        filter.parameter.name
                    )));
                }
                let names = Names::of(self);
                keys.extend(
                    rows.into_iter()
                        .filter(|(entry, _, _)| names.row(entry).is_some_and(|row| wanted.is(&row.value)))
                        .map(|(_, record, local)| (record, local)),
                );
            }
        }
        Ok(keys)
    }

    /// Resources of one record that a filter finds.
    fn within(&self, record: RecordId, filter: &Filter) -> Result<Keys, ReadProblem> {
        let mut keys = Keys::new();
        let names = Names::of(self);
        for param in filter.parameter.rows_of() {
            for (entry, local) in self.entries_of(record, index::param_code(*param))? {
                let Some(row) = names.row(&entry) else { continue };
                if filter.any_of.iter().any(|wanted| wanted.is(&row.value)) {
                    keys.insert((record.as_i64(), local));
                }
            }
        }
        Ok(keys)
    }

    /// Record-first rows of one parameter.
    fn entries_of(&self, record: RecordId, param: i64) -> Result<Vec<(Entry, i64)>, ReadProblem> {
        let at = params![record.part().0, record.as_i64(), param];
        let mut rows = self.all(
            "SELECT code, system, local FROM ix_token WHERE part = ?1 AND record = ?2 AND param = ?3",
            at,
            |row| Ok((Entry::Token { param, code: row.get(0)?, system: row.get(1)? }, row.get(2)?)),
        )?;
        rows.extend(self.all(
            "SELECT lo, hi, local FROM ix_date WHERE part = ?1 AND record = ?2 AND param = ?3",
            at,
            |row| Ok((Entry::Date { param, lo: row.get(0)?, hi: row.get(1)? }, row.get(2)?)),
        )?);
        rows.extend(self.all(
            "SELECT to_record, to_kind, to_local, local FROM ix_ref WHERE part = ?1 AND record = ?2 AND param = ?3",
            at,
            |row| {
                let entry =
                    Entry::Reference { param, record: row.get(0)?, kind: row.get(1)?, local: row.get(2)? };
                Ok((entry, row.get(3)?))
            },
        )?);
        Ok(rows)
    }

    /// The index rows by which a resource is found now, sorted: record-first ones read from the index, value-first
    /// ones confirmed there one by one.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn index_rows(&self, key: ResourceKey) -> Result<Vec<IndexRow>, ReadProblem> {
        let mut entries = Vec::new();
        for parameter in fhir::search::of_kind(key.kind).filter(|parameter| !parameter.global()) {
            let rows = self.entries_of(key.record, index::param_code(parameter.id))?;
            entries.extend(
                rows.into_iter().filter(|(_, local)| *local == key.local.as_i64()).map(|(entry, _)| entry),
            );
        }
        for entry in self.noted_entries(key)? {
            if index::is_global(entry.param()) && self.found_globally(key, &entry)? {
                entries.push(entry);
            }
        }
        let names = Names::of(self);
        let mut rows: Vec<IndexRow> = entries.iter().filter_map(|entry| names.row(entry)).collect();
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    /// The entries that the current version noted when it was indexed.
    pub(crate) fn noted_entries(&self, key: ResourceKey) -> Result<Vec<Entry>, ReadProblem> {
        let column: Option<Vec<u8>> = self.one(
            "SELECT b.index_rows FROM resource_current c JOIN resource_body b ON b.id = c.body \
             WHERE c.part = ?1 AND c.record = ?2 AND c.kind = ?3 AND c.local = ?4",
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()],
            |row| row.get(0),
        )?;
        index::decode(&column.unwrap_or_default())
            .ok_or_else(|| ReadProblem::Damaged { what: format!("the index column of {key}") })
    }

    fn found_globally(&self, key: ResourceKey, entry: &Entry) -> Result<bool, ReadProblem> {
        let (record, local) = (key.record.as_i64(), key.local.as_i64());
        let found = match entry {
            Entry::Token { param, code, system } => self.one(
                "SELECT 1 FROM find_token WHERE param = ?1 AND code = ?2 AND system = ?3 AND record = ?4 AND local = ?5",
                params![param, code, system, record, local],
                |_| Ok(()),
            )?,
            Entry::Date { param, lo, hi } => self.one(
                "SELECT 1 FROM find_date WHERE param = ?1 AND lo = ?2 AND hi = ?3 AND record = ?4 AND local = ?5",
                params![param, lo, hi, record, local],
                |_| Ok(()),
            )?,
            Entry::Reference { .. } => None,
        };
        Ok(found.is_some())
    }

    fn system_uri(&self, id: i64) -> Option<String> {
        self.one("SELECT uri FROM token_system WHERE id = ?1", [id], |row| row.get(0)).ok().flatten()
    }
}

const FIND_TOKEN: &str = "SELECT code, system, record, local FROM find_token WHERE param = ?1 AND code >= ?2 AND code <= ?3 LIMIT ?4";
const FIND_DATE: &str =
    "SELECT lo, hi, record, local FROM find_date WHERE param = ?1 AND lo >= ?2 AND lo <= ?3 LIMIT ?4";
/// Behind every text that begins the same, in the order of bytes.
const LAST: &str = "\u{10FFFF}";

/// Names of token systems, each read once.
struct Names<'v> {
    view: &'v View,
    known: RefCell<HashMap<i64, Option<String>>>,
}

impl<'v> Names<'v> {
    fn of(view: &'v View) -> Self {
        Self { view, known: RefCell::default() }
    }
    fn row(&self, entry: &Entry) -> Option<IndexRow> {
        index::row(entry, |id| {
            if id == index::NO_SYSTEM || id == TEXT {
                return None;
            }
            self.known.borrow_mut().entry(id).or_insert_with(|| self.view.system_uri(id)).clone()
        })
    }
}

fn narrow(found: &mut Option<Keys>, keys: Keys) {
    *found = Some(match found.take() {
        Some(before) => before.intersection(&keys).copied().collect(),
        None => keys,
    });
}

fn confirmed(query: &Query, stored: &StoredVersion) -> bool {
    let mut doubtful = query.filters.iter().filter(|filter| filter.needs_confirmation()).peekable();
    if doubtful.peek().is_none() {
        return true;
    }
    match fhir::json::parse(&stored.body) {
        Ok(Json::Object(object)) => doubtful.all(|filter| filter.confirms(&object)),
        _ => false,
    }
}

/// Order value, record and local id of the last hit; each in hexadecimal, joined by dots.
fn print_cursor((order, record, local): (i64, i64, i64)) -> String {
    format!("{order:x}.{record:x}.{local:x}")
}

fn read_cursor(cursor: &str) -> Option<(i64, i64, i64)> {
    let mut numbers = cursor.split('.').map(|word| u64::from_str_radix(word, 16).ok().map(|n| n as i64));
    let place = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(place)
}
