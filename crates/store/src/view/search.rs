//! Searching: within one patient by the index column beside each current version (one range scan), across patients by
//! value-first rows of the few global parameters.
//!
//! SQL finds rows; what they mean is said by `fhir::search` alone, so that index and scan agree.

use super::View;
use super::resources::Standing;
use crate::index::{self, Beside, Entry, TEXT};
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use crate::sql::{OptionalExtension, params};
use fhir::search::r4::OTHERS;
use fhir::search::{ELSEWHERE, Filter, IndexRow, Query, Sort, System, Wanted};
use fhir::{Instant, Json, Kind, RecordId, ResourceKey};
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

/// Record and local id of a resource: with its type they say which.
pub(super) type Key = (i64, i64);
pub(super) type Keys = BTreeSet<Key>;
/// Where a hit stands in the order asked: order value, record, local id.
type Place = (i64, i64, i64);

/// A current resource, before its body is read.
pub(super) struct Row {
    pub(super) record: i64,
    pub(super) local: i64,
    pub(super) body: i64,
    pub(super) standing: Standing,
    as_of: i64,
    pub(super) column: Vec<u8>,
}

fn few_enough(candidates: usize) -> Result<(), ReadProblem> {
    if candidates > MAX_CANDIDATES {
        return Err(ReadProblem::Unsupported(format!(
            "more than {MAX_CANDIDATES} resources match; add another condition"
        )));
    }
    Ok(())
}

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
        let rows = match (found, query.patient) {
            (None, None) => {
                return Err(ReadProblem::Unsupported(format!(
                    "searching {} across all patients needs an identifier, a name or a birth date; add one",
                    query.kind
                )));
            }
            (None, Some(patient)) => self.rows_of(patient, query.kind)?,
            (Some(mut keys), patient) => {
                if let Some(patient) = patient {
                    keys.retain(|(record, _)| *record == patient.as_i64());
                }
                self.rows_at(query.kind, &keys)?
            }
        };
        let mut rows = self.within_reach(query.kind, rows)?;
        // What only stands at a patient's record is about somebody else.
        rows.retain(|row| query.patient.is_none() || !index::is_marked(&row.column, ELSEWHERE));
        self.page(query, self.matching(rows, &within)?)
    }

    /// Those of the rows that the veil shows, before anything is counted, sorted or paged.
    fn within_reach(&self, kind: Kind, rows: Vec<Row>) -> Result<Vec<Row>, ReadProblem> {
        let mut shown = Vec::with_capacity(rows.len());
        for row in rows {
            if self.reaches(kind, &row, index::look(&row.column).as_deref())? {
                shown.push(row);
            }
        }
        Ok(shown)
    }

    /// Whether the veil shows a row; `beside` is its index column, when that could be read.
    pub(super) fn reaches(
        &self,
        kind: Kind,
        row: &Row,
        beside: Option<&[Beside<'_>]>,
    ) -> Result<bool, ReadProblem> {
        if beside.is_none_or(|entries| index::has_mark(entries, OTHERS)) {
            return self.shows(&self.stored(row.body, row.standing)?);
        }
        let Some(hides) = self.hides(RecordId::from_i64(row.record))? else { return Ok(true) };
        Ok(!match hides(kind, None) {
            Some(said) => said,
            None => super::veil::hidden(&hides, &self.stored(row.body, row.standing)?),
        })
    }

    /// Every current resource of one kind on a record: one range scan.
    pub(super) fn rows_of(&self, record: RecordId, kind: Kind) -> Result<Vec<Row>, ReadProblem> {
        let limit = super::sql_limit(MAX_CANDIDATES + 1);
        let rows = self.all(
            "SELECT local, body, as_of, index_rows, version, latest FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 LIMIT ?4",
            params![record.part().0, record.as_i64(), kind.code(), limit],
            |row| {
                let (local, body, as_of, column) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                let standing = Standing { version: row.get(4)?, latest: row.get(5)? };
                Ok(Row { record: record.as_i64(), local, body, standing, as_of, column })
            },
        )?;
        few_enough(rows.len())?;
        Ok(rows)
    }

    /// The current resources with these keys.
    pub(super) fn rows_at<'k>(
        &self,
        kind: Kind,
        keys: impl IntoIterator<Item = &'k Key, IntoIter: ExactSizeIterator>,
    ) -> Result<Vec<Row>, ReadProblem> {
        let keys = keys.into_iter();
        few_enough(keys.len())?;
        let mut rows = Vec::with_capacity(keys.len());
        let mut statement = self.conn()?.prepare_cached(
            "SELECT body, as_of, index_rows, version, latest FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
        )?;
        for (record, local) in keys {
            let part = RecordId::from_i64(*record).part().0;
            let row = statement
                .query_row(params![part, record, kind.code(), local], |row| {
                    let (body, as_of, column) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    let standing = Standing { version: row.get(3)?, latest: row.get(4)? };
                    Ok(Row { record: *record, local: *local, body, standing, as_of, column })
                })
                .optional()?;
            rows.extend(row);
        }
        Ok(rows)
    }

    /// Every current resource of one kind, of all records, and how many rows of any kind were passed for it; no more than
    /// so many are.
    pub(super) fn rows_of_all(&self, kind: Kind, most: usize) -> Result<(Vec<Row>, usize), ReadProblem> {
        let mut visited = 0;
        let found: Vec<Option<Row>> = self.all(
            "SELECT record, local, body, as_of, index_rows, version, latest, kind FROM resource_current LIMIT ?1",
            [super::sql_limit(most)],
            |row| {
                visited += 1;
                if row.get::<_, i64>(7)? != kind.code() {
                    return Ok(None);
                }
                let (record, local, body) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let standing = Standing { version: row.get(5)?, latest: row.get(6)? };
                Ok(Some(Row { record, local, body, standing, as_of: row.get(3)?, column: row.get(4)? }))
            },
        )?;
        Ok((found.into_iter().flatten().collect(), visited))
    }

    /// The rows whose index column satisfies every filter.
    fn matching(&self, mut rows: Vec<Row>, filters: &[&Filter]) -> Result<Vec<Row>, ReadProblem> {
        if filters.is_empty() {
            return Ok(rows);
        }
        let names = Names::of(self);
        let mut damaged = None;
        rows.retain(|row| match index::look(&row.column) {
            Some(entries) => filters.iter().all(|filter| names.satisfy(&entries, filter)),
            None => {
                damaged.get_or_insert_with(|| format!("the index column beside resource row {}", row.body));
                false
            }
        });
        match damaged {
            Some(what) => Err(ReadProblem::Damaged { what }),
            None => Ok(rows),
        }
    }

    fn page(&self, query: &Query, found: Vec<Row>) -> Result<Page, ReadProblem> {
        let mut rows: Vec<(Place, (i64, Standing))> = found
            .into_iter()
            .map(|row| {
                let order = match query.sort {
                    Sort::Key => 0,
                    Sort::Date => row.as_of,
                    Sort::DateDescending => row.as_of.saturating_neg(),
                };
                ((order, row.record, row.local), (row.body, row.standing))
            })
            .collect();
        rows.sort_unstable_by_key(|(place, _)| *place);
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
        for (place, (body, standing)) in &rows[start..] {
            if hits.len() == query.count {
                let next = last.map(print_cursor);
                return Ok(Page { hits, total, next });
            }
            last = Some(*place);
            let stored = self.stored(*body, *standing)?;
            if confirmed(query, &stored) {
                hits.push(stored);
            }
        }
        Ok(Page { hits, total, next: None })
    }

    /// Resources that a global filter finds, across patients.
    pub(super) fn across(&self, filter: &Filter) -> Result<Keys, ReadProblem> {
        // A set is made of a list at once: put in one by one, keys cost as much as the rows that they stand in.
        let mut keys: Vec<Key> = Vec::new();
        let names = Names::of(self);
        let limit = super::sql_limit(MAX_CANDIDATES + 1);
        for param in filter.parameter.rows_of() {
            let param = index::param_code(*param);
            for wanted in &filter.any_of {
                let (sql, low, high): (&str, crate::sql::Value, crate::sql::Value) = match wanted {
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
                let mut read = 0;
                let rows = self.all(sql, params![param, low, high, limit], |row| {
                    read += 1;
                    let entry: Beside<'_> = if sql == FIND_TOKEN {
                        Entry::Token { param, code: row.get_ref(0)?.as_str()?, system: row.get(1)? }
                    } else {
                        Entry::Date { param, lo: row.get(0)?, hi: row.get(1)? }
                    };
                    Ok(if names.is(&entry, wanted) { Some((row.get(2)?, row.get(3)?)) } else { None })
                })?;
                if read > MAX_CANDIDATES {
                    return Err(ReadProblem::Unsupported(format!(
                        "parameter \"{}\" finds more than {MAX_CANDIDATES} resources; write more of it",
                        filter.parameter.name
                    )));
                }
                keys.extend(rows.into_iter().flatten());
            }
        }
        Ok(keys.into_iter().collect())
    }

    /// The index rows by which a resource is found now, sorted: those of its index column, value-first ones confirmed
    /// in their tables one by one.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when the column says nothing that can be read.
    pub fn index_rows(&self, key: ResourceKey) -> Result<Vec<IndexRow>, ReadProblem> {
        let mut entries = Vec::new();
        // What an application's resource notes beside these is no row of the index.
        let is_row =
            |entry: &Entry| index::param_of(entry.param()).and_then(fhir::search::parameter).is_some();
        for entry in self.noted_entries(key)?.into_iter().filter(is_row) {
            if !index::is_global(entry.param()) || self.found_globally(key, &entry)? {
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
            "SELECT index_rows FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
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

/// Names of token systems, each read once, and the keys of those that are asked for.
pub(super) struct Names<'v> {
    view: &'v View,
    known: RefCell<HashMap<i64, Option<String>>>,
    keys: RefCell<HashMap<String, i64>>,
}

impl<'v> Names<'v> {
    pub(super) fn of(view: &'v View) -> Self {
        Self { view, known: RefCell::default(), keys: RefCell::default() }
    }
    /// Whether an index column satisfies a filter.
    pub(super) fn satisfy(&self, entries: &[Beside<'_>], filter: &Filter) -> bool {
        let of = |entry: &&Beside<'_>| {
            filter.parameter.rows_of().iter().any(|id| index::param_code(*id) == entry.param())
        };
        entries.iter().filter(of).any(|entry| filter.any_of.iter().any(|wanted| self.is(entry, wanted)))
    }
    /// Whether an entry is what is wanted: what [`Wanted::is`] says of the row that it stands for.
    pub(super) fn is<T: AsRef<str>>(&self, entry: &Entry<T>, wanted: &Wanted) -> bool {
        match (wanted, entry) {
            (Wanted::Token { system, code }, Entry::Token { code: has, system: of, .. }) => {
                *of != TEXT
                    && code.as_ref().is_none_or(|code| code == has.as_ref())
                    && self.is_system(system, *of)
            }
            (Wanted::Text { normalised, exact }, Entry::Token { code: has, system: TEXT, .. }) => match exact
            {
                None => has.as_ref().starts_with(normalised),
                Some(_) => has.as_ref() == normalised,
            },
            (Wanted::Date { prefix, lo, hi }, Entry::Date { lo: from, hi: to, .. }) => {
                prefix.compares((Instant(*from), Instant(*to)), (*lo, *hi))
            }
            (Wanted::Reference(key), Entry::Reference { record, kind, local, .. }) => {
                (key.record.as_i64(), key.kind.code(), key.local.as_i64()) == (*record, *kind, *local)
            }
            _ => false,
        }
    }
    /// Whether a key of a token system is what is asked for.
    pub(super) fn is_system(&self, asked: &System, key: i64) -> bool {
        match asked {
            System::Any => true,
            System::Absent => key == index::NO_SYSTEM,
            System::Is(uri) => {
                if let Some(known) = self.keys.borrow().get(uri) {
                    return *known == key;
                }
                let wanted = index::system_id(uri);
                self.keys.borrow_mut().insert(uri.clone(), wanted);
                wanted == key
            }
        }
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

pub(super) fn narrow(found: &mut Option<Keys>, keys: Keys) {
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
fn print_cursor((order, record, local): Place) -> String {
    format!("{order:x}.{record:x}.{local:x}")
}

fn read_cursor(cursor: &str) -> Option<Place> {
    let mut numbers = cursor.split('.').map(|word| u64::from_str_radix(word, 16).ok().map(|n| n as i64));
    let place = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(place)
}
