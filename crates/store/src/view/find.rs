//! Every search of R4: an index or a range finds candidates, the resource itself is asked (decision 31). What a search
//! may cost is bounded by named limits; one that would cost more is asked to be narrowed.
//!
//! A page says up to which version it looked: the next page looks at the same, so that pages neither repeat nor skip
//! what stood there while they were read.

use super::View;
use super::resources::Standing;
use super::search::{Keys, Names, Row, narrow};
use crate::filing;
use crate::index::{self, Beside, Entry};
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use crate::sql::params;
use fhir::search::r4::{
    Clause, Condition, Direction, Found, Include, Request, SearchParam, SortKey, Summary, Total,
    local_reference,
};
use fhir::search::r4::{dates_beside, marks_tell, notes_tell};
use fhir::search::{ELSEWHERE, Filter};
use fhir::{Instant, Json, Kind, LocalId, Object, RecordId, ResourceKey};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

/// Most index columns that one search looks through.
pub const MAX_WALKED: usize = 300_000;
/// Most resources that one search reads.
pub const MAX_BODIES: usize = 50_000;
/// Most rows of resources of any type that one request passes where nothing narrows it.
pub const MAX_VISITED: usize = 1_000_000;
/// Most bytes of resources that a search keeps at hand; beyond, they are read again when they are needed.
const MAX_KEPT_BYTES: usize = 16 << 20;
/// Most resources that come with a page by `_include` and `_revinclude`.
pub const MAX_INCLUDED: usize = 1_000;
/// Most resources that a chain or `_has` may go through.
const MAX_LINKED: usize = 10_000;
/// Steps of `:iterate`.
const MAX_STEPS: usize = 5;

/// A page of results.
#[derive(Debug, Clone, Default)]
pub struct Finds {
    /// What was searched for, in the order asked.
    pub hits: Vec<StoredVersion>,
    /// What came with it.
    pub included: Vec<StoredVersion>,
    /// Whether more would have come with it than [`MAX_INCLUDED`].
    pub is_cut: bool,
    /// How many in all, when it was asked or known.
    pub total: Option<u64>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// What the searches of one view may still cost: a request reads through one, however many conditions it has.
pub(super) struct Budget {
    visited: Cell<usize>,
    walked: Cell<usize>,
    bodies: Cell<usize>,
    kept: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            visited: Cell::new(MAX_VISITED),
            walked: Cell::new(MAX_WALKED),
            bodies: Cell::new(MAX_BODIES),
            kept: Cell::new(MAX_KEPT_BYTES),
        }
    }
}

impl Budget {
    fn visit(&self, kind: Kind, rows: usize) -> Result<(), ReadProblem> {
        match self.visited.get().checked_sub(rows) {
            Some(left) => self.visited.set(left),
            None => {
                return Err(ReadProblem::Unsupported(format!(
                    "this search for {kind} would pass more than {MAX_VISITED} resources of any type; add a patient, an identifier or an id"
                )));
            }
        }
        Ok(())
    }
    /// Whether so many bytes may stay at hand.
    fn keeps(&self, bytes: usize) -> bool {
        let left = self.kept.get().checked_sub(bytes);
        self.kept.set(left.unwrap_or(0));
        left.is_some()
    }
    fn walk(&self, kind: Kind, rows: usize) -> Result<(), ReadProblem> {
        match self.walked.get().checked_sub(rows) {
            Some(left) => self.walked.set(left),
            None => {
                return Err(ReadProblem::Unsupported(format!(
                    "this search would look through more than {MAX_WALKED} resources of type {kind}; add a patient, an identifier or an id"
                )));
            }
        }
        Ok(())
    }
    fn read(&self, kind: Kind) -> Result<(), ReadProblem> {
        match self.bodies.get().checked_sub(1) {
            Some(left) => self.bodies.set(left),
            None => {
                return Err(ReadProblem::Unsupported(format!(
                    "this search would read more than {MAX_BODIES} resources of type {kind}; add a patient, an identifier or a shorter time"
                )));
            }
        }
        Ok(())
    }
}

/// A condition made ready: what the index can say of it, and what the resource must be asked.
enum Test<'q> {
    Own { condition: &'q Condition, column: Option<Filter>, is_exact: bool },
    Patients { condition: &'q Condition, records: Vec<RecordId> },
    AnyOf { conditions: &'q [Condition] },
    RefersTo { param: &'static SearchParam, to: HashSet<String> },
    Updated(&'q [(fhir::search::Prefix, Instant, Instant)]),
    Words(&'q [String], bool),
}

/// A resource that answers all conditions.
struct Hit {
    key: ResourceKey,
    number: i64,
    standing: Standing,
    read: Option<(StoredVersion, Object)>,
    /// The bytes by which it is sorted, when the index column tells them.
    order: Option<Vec<u8>>,
}

impl View {
    /// Answers a search.
    ///
    /// # Errors
    /// [`ReadProblem::Unsupported`] with what to write instead; [`ReadProblem::Damaged`] when a resource is not what was
    /// written.
    pub fn find(&self, request: &Request) -> Result<Finds, ReadProblem> {
        let budget = &self.budget;
        let (horizon, after) = match &request.cursor {
            Some(cursor) => {
                let (horizon, after) = read_cursor(cursor).ok_or(ReadProblem::Cursor)?;
                (horizon.min(self.horizon()?), Some(after))
            }
            None => (self.horizon()?, None),
        };
        let hits = self.select(request.kind, &request.clauses, &request.sort, horizon, budget)?;
        let total =
            (request.total != Total::None || request.summary == Summary::Count).then_some(hits.len() as u64);
        if request.summary == Summary::Count {
            return Ok(Finds { total, ..Finds::default() });
        }
        let mut places = Vec::with_capacity(hits.len());
        for mut hit in hits {
            let mut place = hit.order.take().unwrap_or_default();
            if !request.sort.is_empty() && place.is_empty() {
                let read = self.resource(&mut hit, budget)?;
                for (key, direction) in &request.sort {
                    write_place(*key, *direction, read, &mut place);
                }
                // Only those of the page are needed once more.
                hit.read = None;
            }
            place.extend_from_slice(&hit.key.record.as_i64().to_be_bytes());
            place.extend_from_slice(&(hit.key.local.as_i64() as u64).to_be_bytes());
            places.push((place, hit));
        }
        places.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let start = match after {
            None => 0,
            Some(after) => {
                let last = places.iter().position(|(_, hit)| at(hit.key) == after);
                last.ok_or(ReadProblem::Cursor)? + 1
            }
        };
        let mut finds = Finds { total, ..Finds::default() };
        let mut last = None;
        for (_, hit) in places.drain(..).skip(start) {
            if finds.hits.len() == request.count {
                finds.next = last.map(|last| print_cursor(horizon, last));
                break;
            }
            last = Some(at(hit.key));
            finds.hits.push(match hit.read {
                Some((stored, _)) => stored,
                None => self.stored(hit.number, hit.standing)?,
            });
        }
        self.include(request, horizon, budget, &mut finds)?;
        Ok(finds)
    }

    /// The number behind the last version that is on file now.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn horizon(&self) -> Result<i64, ReadProblem> {
        Ok(filing::number(self.last_filing()? + 1, 0))
    }

    /// Everything of a type that answers all conditions, as it stood at the horizon.
    fn select(
        &self,
        kind: Kind,
        clauses: &[Clause],
        sort: &[(SortKey, Direction)],
        horizon: i64,
        budget: &Budget,
    ) -> Result<Vec<Hit>, ReadProblem> {
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
                        if let Some(filter) = column.as_ref().filter(|filter| filter.parameter.global()) {
                            narrow(&mut keys, self.across(filter)?);
                        }
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
                            if let Found::Reference(reference) = found
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
        let rows = match (keys, &patients) {
            (Some(keys), _) => self.rows_at(kind, &keys)?,
            (None, Some(records)) => self.rows_of_patients(records, kind)?,
            (None, None) => {
                let (rows, visited) = self.rows_of_all(kind, budget.visited.get() + 1)?;
                budget.visit(kind, visited)?;
                rows
            }
        };
        budget.walk(kind, rows.len())?;
        let mut hits = Vec::new();
        let names = Names::of(self);
        for row in self.within_reach(kind, rows)? {
            if let Some(hit) = self.answers((kind, row), (&tests, sort), &names, horizon, budget)? {
                hits.push(hit);
            }
        }
        Ok(hits)
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

    /// Whether a row answers every test; the resource is read only when the index cannot say it.
    fn answers(
        &self,
        (kind, row): (Kind, Row),
        (tests, sort): (&[Test<'_>], &[(SortKey, Direction)]),
        names: &Names<'_>,
        horizon: i64,
        budget: &Budget,
    ) -> Result<Option<Hit>, ReadProblem> {
        let key =
            ResourceKey { record: RecordId::from_i64(row.record), kind, local: LocalId::from_i64(row.local) };
        let mut hit = Hit { key, number: row.body, standing: row.standing, read: None, order: None };
        let mut entries: Option<Vec<Beside<'_>>> = None;
        if row.body >= horizon {
            // Changed since the first page: what stood there then counts.
            let Some(number) = self.former_before(key, horizon)? else { return Ok(None) };
            hit.number = number;
            let (stored, _) = self.resource(&mut hit, budget)?;
            if stored.body.is_empty() || !self.shows(stored)? {
                return Ok(None);
            }
        } else {
            let decoded = index::look(&row.column).ok_or_else(|| ReadProblem::Damaged {
                what: format!("the index column beside resource row {}", row.body),
            })?;
            entries = Some(decoded);
        }
        for test in tests {
            match entries.as_deref().and_then(|entries| proof(test, key, entries, names)) {
                Some(true) => continue,
                Some(false) => return Ok(None),
                None => {}
            }
            let (stored, resource) = self.resource(&mut hit, budget)?;
            let answers = match test {
                Test::Own { condition, .. } | Test::Patients { condition, .. } => condition.matches(resource),
                Test::AnyOf { conditions } => conditions.iter().any(|one| one.matches(resource)),
                Test::RefersTo { param, to } => {
                    let mut any = false;
                    param.values(resource, &mut |found| {
                        if let Found::Reference(reference) = found
                            && let Some((kind, id)) = local_reference(reference)
                        {
                            any = any || to.contains(&format!("{kind}/{id}"));
                        }
                    });
                    any
                }
                Test::Updated(any_of) => {
                    let at = (stored.at, Instant(stored.at.0 + 1));
                    any_of.iter().any(|(prefix, lo, hi)| prefix.compares(at, (*lo, *hi)))
                }
                Test::Words(words, everywhere) => says(resource, words, *everywhere),
            };
            if !answers {
                return Ok(None);
            }
        }
        hit.order = entries.as_deref().and_then(|entries| order_beside(kind, sort, entries));
        if hit.read.as_ref().is_some_and(|(stored, _)| !budget.keeps(stored.body.len())) {
            hit.read = None;
        }
        Ok(Some(hit))
    }

    /// The newest version before the horizon, of a resource that has changed since.
    pub(super) fn former_before(&self, key: ResourceKey, horizon: i64) -> Result<Option<i64>, ReadProblem> {
        let number: Option<Option<i64>> = self.one(
            "SELECT max(body) FROM resource_former WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4 AND body < ?5",
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64(), horizon],
            |row| row.get(0),
        )?;
        Ok(number.flatten())
    }

    /// The resource of a hit, read once.
    fn resource<'h>(
        &self,
        hit: &'h mut Hit,
        budget: &Budget,
    ) -> Result<&'h (StoredVersion, Object), ReadProblem> {
        let read = match hit.read.take() {
            Some(read) => read,
            None => {
                budget.read(hit.key.kind)?;
                let stored = self.stored(hit.number, hit.standing)?;
                let resource = tree(&stored);
                (stored, resource)
            }
        };
        Ok(hit.read.insert(read))
    }

    /// What comes with a page.
    fn include(
        &self,
        request: &Request,
        horizon: i64,
        budget: &Budget,
        finds: &mut Finds,
    ) -> Result<(), ReadProblem> {
        if request.includes.is_empty() && request.revincludes.is_empty() {
            return Ok(());
        }
        let mut known: HashSet<ResourceKey> = finds.hits.iter().map(|hit| hit.key).collect();
        let mut fresh: Vec<StoredVersion> = finds.hits.clone();
        for step in 0..MAX_STEPS {
            let mut came = Vec::new();
            for include in request.includes.iter().filter(|include| step == 0 || include.iterate) {
                for from in fresh.iter().filter(|from| from.key.kind == include.kind) {
                    for (kind, id) in targets(include, from) {
                        let place = self.place(kind, &id)?;
                        if !place.is_there || known.contains(&place.key) {
                            continue;
                        }
                        budget.read(kind)?;
                        if let Some(stored) = self.current(place.key)? {
                            known.insert(place.key);
                            came.push(stored);
                        }
                    }
                }
            }
            for include in request.revincludes.iter().filter(|include| step == 0 || include.iterate) {
                let of: Vec<String> = fresh
                    .iter()
                    .filter(|to| include.target.is_none_or(|target| target == to.key.kind))
                    .map(|to| format!("{}/{}", to.key.kind, id_of(&tree(to), to.key)))
                    .collect();
                if of.is_empty() {
                    continue;
                }
                for param in &include.params {
                    let Ok(condition) = Condition::read(param, None, &of.join(","), Instant(0)) else {
                        continue;
                    };
                    let clauses = [Clause::Own(condition)];
                    let select = || self.select(include.kind, &clauses, &[], horizon, budget);
                    #[cfg(feature = "defects")]
                    let select = || {
                        let unscoped = defects::is(defects::Defect::IncludeUnscoped);
                        if unscoped { self.beneath(|_| select()) } else { select() }
                    };
                    for hit in select()? {
                        if known.insert(hit.key) {
                            came.push(match hit.read {
                                Some((stored, _)) => stored,
                                None => self.stored(hit.number, hit.standing)?,
                            });
                        }
                    }
                }
            }
            let room = MAX_INCLUDED - finds.included.len();
            finds.is_cut |= came.len() > room;
            came.truncate(room);
            finds.included.extend(came.iter().cloned());
            fresh = came;
            if fresh.is_empty() || finds.is_cut {
                break;
            }
        }
        Ok(())
    }
}

/// What the index column beside a resource says of a test; `None` when it cannot tell.
fn proof(test: &Test<'_>, key: ResourceKey, entries: &[Beside<'_>], names: &Names<'_>) -> Option<bool> {
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

/// The bytes by which a resource is sorted, when its index column tells every value that counts.
fn order_beside(kind: Kind, sort: &[(SortKey, Direction)], entries: &[Beside<'_>]) -> Option<Vec<u8>> {
    let mut place = Vec::new();
    for (key, direction) in sort {
        let SortKey::Param(param) = key else { return None };
        let (number, only_complete) = dates_beside(kind, param)?;
        let has = |id| entries.iter().any(|entry| entry.param() == index::param_code(id));
        if only_complete && !marks_tell(kind, param, has) {
            return None;
        }
        let dates = entries.iter().filter_map(|entry| match entry {
            Entry::Date { param, lo, hi } if *param == index::param_code(number) => {
                Some((Instant(*lo), Instant(*hi)))
            }
            _ => None,
        });
        direction.write_dates(dates, &mut place);
    }
    (!place.is_empty()).then_some(place)
}

/// Types and ids that a resource refers to by the parameters of an include.
fn targets(include: &Include, from: &StoredVersion) -> BTreeSet<(Kind, String)> {
    let resource = tree(from);
    let mut to = BTreeSet::new();
    for param in &include.params {
        param.values(&resource, &mut |found| {
            if let Found::Reference(reference) = found
                && let Some((kind, id)) = local_reference(reference)
                && include.target.is_none_or(|target| target == kind)
            {
                to.insert((kind, id.to_owned()));
            }
        });
    }
    to
}

fn tree(stored: &StoredVersion) -> Object {
    match fhir::json::parse(&stored.body) {
        Ok(Json::Object(object)) => object,
        _ => Object::new(),
    }
}

/// The logical id: what the resource says, else that of its key.
fn id_of(resource: &Object, key: ResourceKey) -> String {
    resource.get("id").and_then(Json::as_str).map_or_else(|| key.id(), str::to_owned)
}

fn write_place(
    key: SortKey,
    direction: Direction,
    (stored, resource): &(StoredVersion, Object),
    out: &mut Vec<u8>,
) {
    key.write(direction, resource, &id_of(resource, stored.key), stored.at, out);
}

/// Whether all words stand in the narrative, or in any string.
fn says(resource: &Object, words: &[String], everywhere: bool) -> bool {
    let mut text = String::new();
    if everywhere {
        gather(resource, &mut text);
    } else {
        text.push_str(resource.text("text.div").unwrap_or_default());
    }
    // Markup is no word.
    let mut inside = false;
    text.retain(|c| {
        inside = (inside || c == '<') && c != '>';
        !inside
    });
    let folded = fhir::search::fold(&text);
    words.iter().all(|word| folded.split(' ').any(|has| has.starts_with(word.as_str())))
}

fn gather(object: &Object, out: &mut String) {
    fn value(json: &Json, out: &mut String) {
        match json {
            Json::String(text) => {
                out.push_str(text);
                out.push(' ');
            }
            Json::Array(items) => items.iter().for_each(|item| value(item, out)),
            Json::Object(inner) => gather(inner, out),
            _ => {}
        }
    }
    object.iter().for_each(|(_, json)| value(json, out));
}

/// Record and local id of a resource: with its type they say which.
fn at(key: ResourceKey) -> (i64, i64) {
    (key.record.as_i64(), key.local.as_i64())
}

/// The horizon and the last hit, in hexadecimal: what it is sorted by is read from it again, so that no value of anybody
/// stands in an address.
fn print_cursor(horizon: i64, (record, local): (i64, i64)) -> String {
    format!("{horizon:x}.{record:x}.{local:x}")
}

fn read_cursor(cursor: &str) -> Option<(i64, (i64, i64))> {
    let mut words = cursor.split('.').map(|word| u64::from_str_radix(word, 16).ok().map(u64::cast_signed));
    let mut next = || words.next().flatten();
    let read = (next()?, (next()?, next()?));
    words.next().is_none().then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_short_and_comes_back() {
        let longest = print_cursor(i64::MIN, (-1, i64::MAX));
        assert!(longest.len() < 60, "{longest}");
        assert_eq!(read_cursor(&longest), Some((i64::MIN, (-1, i64::MAX))));
        for broken in ["", "1", "1.2", "1.2.3.4", "g.1.2", "1..2"] {
            assert_eq!(read_cursor(broken), None, "{broken}");
        }
    }
}
