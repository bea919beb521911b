//! Every search of R4: an index or a range finds candidates, the resource itself is asked (decision 31). What a search
//! may cost is bounded by named limits; one that would cost more is asked to be narrowed.
//!
//! A page says up to which version it looked: the next page looks at the same, so that pages neither repeat nor skip
//! what stood there while they were read.

use super::View;
use super::candidates::{Candidates, Found, Test, proof};
use super::resources::Standing;
use super::search::{Key, Names, Row};
use crate::filing;
use crate::index::{self, Beside, Entry};
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use crate::sql::params;
use fhir::search::r4::{
    Clause, Condition, Direction, Found as Value, Include, Request, SortKey, Summary, Total, local_reference,
};
use fhir::search::r4::{dates_beside, marks_tell};
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
    /// How many rows may still be passed.
    pub(super) fn may_visit(&self) -> usize {
        self.visited.get()
    }
    pub(super) fn visit(&self, kind: Kind, rows: usize) -> Result<(), ReadProblem> {
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
    pub(super) fn walk(&self, kind: Kind, rows: usize) -> Result<(), ReadProblem> {
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

/// A resource that answers all conditions.
pub(super) struct Hit {
    pub(super) key: ResourceKey,
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
        let is_count = request.summary == Summary::Count;
        if request.sort.is_empty() && request.total != Total::Accurate && !is_count {
            let mut finds = self.in_order(request, horizon, after, budget)?;
            self.include(request, horizon, budget, &mut finds)?;
            return Ok(finds);
        }
        let hits = self.select(request.kind, &request.clauses, &request.sort, horizon, budget)?;
        let total = (request.total != Total::None || is_count).then_some(hits.len() as u64);
        if is_count {
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
            finds.hits.push(self.whole(hit)?);
        }
        self.include(request, horizon, budget, &mut finds)?;
        Ok(finds)
    }

    /// A page in the order of the keys: what lies behind it is not looked at.
    fn in_order(
        &self,
        request: &Request,
        horizon: i64,
        after: Option<Key>,
        budget: &Budget,
    ) -> Result<Finds, ReadProblem> {
        let kind = request.kind;
        let Candidates { found, tests } = self.candidates(kind, &request.clauses, horizon, budget)?;
        let names = Names::of(self);
        let mut page = InOrder { finds: Finds::default(), after, last: None };
        let mut take = |rows: Vec<Row>| -> Result<bool, ReadProblem> {
            for row in rows {
                let at = (row.record, row.local);
                if page.after.is_some_and(|after| in_page_order(at) < in_page_order(after)) {
                    continue;
                }
                let hit = self.answers((kind, &row), (&tests, &[]), &names, horizon, budget)?;
                // A page goes on behind a hit, and behind nothing else.
                if let Some(after) = page.after.take() {
                    if hit.is_none() || at != after {
                        return Err(ReadProblem::Cursor);
                    }
                    page.last = Some(at);
                    continue;
                }
                let Some(hit) = hit else { continue };
                if page.finds.hits.len() == request.count {
                    page.finds.next = page.last.map(|last| print_cursor(horizon, last));
                    return Ok(false);
                }
                page.last = Some(at);
                page.finds.hits.push(self.whole(hit)?);
            }
            Ok(true)
        };
        match found {
            Found::Rows(mut rows) => {
                rows.sort_unstable_by_key(|row| in_page_order((row.record, row.local)));
                take(rows)?;
            }
            Found::Keys(mut keys) => {
                keys.sort_unstable_by_key(|key| in_page_order(*key));
                let begin = after.map_or(0, |after| {
                    keys.partition_point(|key| in_page_order(*key) < in_page_order(after))
                });
                for keys in keys[begin..].chunks(request.count + 1) {
                    if !take(self.rows_at(kind, keys)?)? {
                        break;
                    }
                }
            }
        }
        if page.after.is_some() {
            return Err(ReadProblem::Cursor);
        }
        // By what is shown alone: what is out of reach must not decide whether a total is told.
        let is_whole = after.is_none() && page.finds.next.is_none();
        page.finds.total =
            (is_whole && request.total == Total::IfKnown).then_some(page.finds.hits.len() as u64);
        Ok(page.finds)
    }

    /// The version of a hit.
    fn whole(&self, hit: Hit) -> Result<StoredVersion, ReadProblem> {
        match hit.read {
            Some((stored, _)) => Ok(stored),
            None => self.stored(hit.number, hit.standing),
        }
    }

    /// The number behind the last version that is on file now.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn horizon(&self) -> Result<i64, ReadProblem> {
        Ok(filing::number(self.last_filing()? + 1, 0))
    }

    /// Everything of a type that answers all conditions, as it stood at the horizon.
    pub(super) fn select(
        &self,
        kind: Kind,
        clauses: &[Clause],
        sort: &[(SortKey, Direction)],
        horizon: i64,
        budget: &Budget,
    ) -> Result<Vec<Hit>, ReadProblem> {
        let Candidates { found, tests } = self.candidates(kind, clauses, horizon, budget)?;
        let rows = match found {
            Found::Keys(keys) => self.rows_at(kind, &keys)?,
            Found::Rows(rows) => rows,
        };
        let (mut hits, names) = (Vec::new(), Names::of(self));
        for row in rows {
            hits.extend(self.answers((kind, &row), (&tests, sort), &names, horizon, budget)?);
        }
        Ok(hits)
    }

    /// Whether the veil shows a row and it answers every test; the resource is read only when the index cannot say it.
    fn answers(
        &self,
        (kind, row): (Kind, &Row),
        (tests, sort): (&[Test<'_>], &[(SortKey, Direction)]),
        names: &Names<'_>,
        horizon: i64,
        budget: &Budget,
    ) -> Result<Option<Hit>, ReadProblem> {
        let key =
            ResourceKey { record: RecordId::from_i64(row.record), kind, local: LocalId::from_i64(row.local) };
        let mut hit = Hit { key, number: row.body, standing: row.standing, read: None, order: None };
        let mut entries = index::look(&row.column);
        if !self.reaches(kind, row, entries.as_deref())? {
            return Ok(None);
        }
        if row.body >= horizon {
            // Changed since the first page: what stood there then counts.
            let Some(number) = self.former_before(key, horizon)? else { return Ok(None) };
            hit.number = number;
            let (stored, _) = self.resource(&mut hit, budget)?;
            if stored.body.is_empty() || !self.shows(stored)? {
                return Ok(None);
            }
            entries = None;
        } else if entries.is_none() {
            return Err(ReadProblem::Damaged {
                what: format!("the index column beside resource row {}", row.body),
            });
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
                        if let Value::Reference(reference) = found
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
    pub(super) fn resource<'h>(
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
                            came.push(self.whole(hit)?);
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

/// A page that is filled in the order of the keys.
struct InOrder {
    finds: Finds,
    /// The hit behind which it begins, until that is found.
    after: Option<Key>,
    /// The last hit that was passed.
    last: Option<Key>,
}

/// The order of a page that nothing sorts: [`find`](View::find) places by the bytes of both numbers.
fn in_page_order((record, local): Key) -> (i64, u64) {
    (record, local.cast_unsigned())
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
            if let Value::Reference(reference) = found
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
pub(super) fn id_of(resource: &Object, key: ResourceKey) -> String {
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
fn at(key: ResourceKey) -> Key {
    (key.record.as_i64(), key.local.as_i64())
}

/// The horizon and the last hit, in hexadecimal: what it is sorted by is read from it again, so that no value of anybody
/// stands in an address.
fn print_cursor(horizon: i64, (record, local): Key) -> String {
    format!("{horizon:x}.{record:x}.{local:x}")
}

fn read_cursor(cursor: &str) -> Option<(i64, Key)> {
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
