//! Reading resource versions.

use super::View;
use crate::filing::{self, Unpacked};
use crate::index::is_marked;
use crate::problem::ReadProblem;
use crate::rows::{MessageId, StoredVersion};
use crate::sql::{Row, params};
use fhir::search::ELSEWHERE;
use fhir::search::r4::OTHERS;
use fhir::{Instant, Kind, LocalId, RecordId, ResourceKey};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

/// Bytes of filings a view keeps unpacked: the results of a report are read one after another, those of a page in any order.
const KEPT_BYTES: usize = 1 << 20;

/// A filing as a view keeps it.
#[derive(Debug)]
pub(crate) struct Filed {
    message: Option<MessageId>,
    at: Instant,
    unpacked: Unpacked,
}

/// The filings a view read last.
#[derive(Debug, Default)]
pub(crate) struct LastRead(RefCell<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The latest behind.
    filings: VecDeque<(i64, Rc<Filed>)>,
    bytes: usize,
}

impl LastRead {
    fn find(&self, id: i64) -> Option<Rc<Filed>> {
        let kept = self.0.borrow();
        kept.filings.iter().rev().find(|(known, _)| *known == id).map(|(_, filed)| Rc::clone(filed))
    }
    fn keep(&self, id: i64, filed: &Rc<Filed>) {
        let mut kept = self.0.borrow_mut();
        kept.bytes += filed.unpacked.size();
        kept.filings.push_back((id, Rc::clone(filed)));
        while kept.bytes > KEPT_BYTES
            && kept.filings.len() > 1
            && let Some((_, oldest)) = kept.filings.pop_front()
        {
            kept.bytes -= oldest.unpacked.size();
        }
    }
}

/// Where the current version of a resource stands: its own number and the highest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) version: u32,
    pub(crate) latest: u32,
}

/// A key, and where its current version stands under which number; `None` where there is none.
pub(super) type Asked = (ResourceKey, Option<(Standing, i64)>);

impl View {
    /// The current version of a resource.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when the body is not what was written.
    pub fn current(&self, key: ResourceKey) -> Result<Option<StoredVersion>, ReadProblem> {
        let Some((standing, number)) = self.standing(key)? else { return Ok(None) };
        let stored = self.stored(number, standing)?;
        Ok(self.shows(&stored)?.then_some(stored))
    }

    /// The current version of a resource that most messages of a patient name again, its body from memory when it was
    /// read lately.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when the body is not what was written.
    pub fn current_snapshot(&self, key: ResourceKey) -> Result<Option<StoredVersion>, ReadProblem> {
        let Some((standing, number)) = self.standing(key)? else { return Ok(None) };
        if let Some(kept) = self.shared.snapshots.get(number).filter(|kept| kept.key == key) {
            let current = kept.version == standing.version;
            return Ok(Some(StoredVersion { current, latest: standing.latest, ..(*kept).clone() }));
        }
        let stored = self.stored(number, standing)?;
        self.shared.snapshots.put(number, &stored);
        Ok(Some(stored))
    }

    /// All versions of a resource, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn versions(&self, key: ResourceKey) -> Result<Vec<StoredVersion>, ReadProblem> {
        let Some((standing, number)) = self.standing(key)? else { return Ok(Vec::new()) };
        let mut numbers = self.former_numbers(key)?;
        numbers.push(number);
        let mut versions = Vec::with_capacity(numbers.len());
        for number in numbers {
            let stored = self.stored(number, standing)?;
            if self.shows(&stored)? {
                versions.push(stored);
            }
        }
        versions.sort_by_key(|stored| stored.version);
        Ok(versions)
    }

    /// The numbers of a resource's former versions, in the order of filing.
    pub(crate) fn former_numbers(&self, key: ResourceKey) -> Result<Vec<i64>, ReadProblem> {
        self.all(
            "SELECT body FROM resource_former WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4 ORDER BY body",
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()],
            |row| row.get(0),
        )
    }

    pub(super) fn standing(&self, key: ResourceKey) -> Result<Option<(Standing, i64)>, ReadProblem> {
        // Whether something is there is asked right before it is read.
        if let Some((asked, standing)) = *self.remembered.standing.borrow()
            && asked == key
        {
            return Ok(standing);
        }
        let standing = self.one(
            "SELECT version, latest, body FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()],
            |row| Ok((Standing { version: row.get(0)?, latest: row.get(1)? }, row.get(2)?)),
        )?;
        self.remembered.standing.replace(Some((key, standing)));
        Ok(standing)
    }

    /// The highest version number of a resource; 0 = there is none.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn latest_version(&self, key: ResourceKey) -> Result<u32, ReadProblem> {
        Ok(self.standing(key)?.map_or(0, |(standing, _)| standing.latest))
    }

    /// The highest version numbers of several resources; those that do not exist are left out.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn latest_versions(&self, keys: &[ResourceKey]) -> Result<HashMap<ResourceKey, u32>, ReadProblem> {
        let mut found = HashMap::with_capacity(keys.len());
        for key in keys {
            let latest = self.latest_version(*key)?;
            if latest > 0 {
                found.insert(*key, latest);
            }
        }
        Ok(found)
    }

    /// Current resources of one kind on a record, newest event first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn resources_of(
        &self,
        record: RecordId,
        kind: Kind,
        limit: usize,
    ) -> Result<Vec<StoredVersion>, ReadProblem> {
        let mut found = self.all(
            "SELECT local, body, as_of, version, latest, index_rows FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3",
            params![record.part().0, record.as_i64(), kind.code()],
            |row| {
                let standing = Standing { version: row.get(3)?, latest: row.get(4)? };
                let is_elsewhere = is_marked(row.get_ref(5)?.as_blob()?, ELSEWHERE);
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, standing, is_elsewhere))
            },
        )?;
        // What only stands here is about somebody else.
        found.retain(|(.., is_elsewhere)| !is_elsewhere);
        found.sort_by_key(|(local, _, as_of, ..)| (std::cmp::Reverse(*as_of), *local));
        let hides = self.hides(record)?;
        // The type alone says it of most.
        if hides.as_ref().is_some_and(|hides| hides(kind, None) == Some(true)) {
            return Ok(Vec::new());
        }
        let mut shown = Vec::with_capacity(found.len().min(limit));
        for (_, number, _, standing, _) in found {
            if shown.len() == limit {
                break;
            }
            let stored = self.stored(number, standing)?;
            if self.shows(&stored)? {
                shown.push(stored);
            }
        }
        Ok(shown)
    }

    /// Current resources of some kinds on a record that say what was so at `since` or later, newest first: which, and when.
    /// Read through the veil where it is laid.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn latest_of(
        &self,
        record: RecordId,
        kinds: &[Kind],
        since: Instant,
    ) -> Result<Vec<(ResourceKey, Instant)>, ReadProblem> {
        let (mut found, mut names_others) = (Vec::new(), false);
        for kind in kinds {
            let rows: Vec<Option<(ResourceKey, Instant)>> = self.all(
                "SELECT local, as_of, index_rows FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND as_of >= ?4",
                params![record.part().0, record.as_i64(), kind.code(), since.0],
                |row| {
                    let key = ResourceKey { record, kind: *kind, local: LocalId::from_i64(row.get(0)?) };
                    let as_of = Instant(row.get(1)?);
                    let column = row.get_ref(2)?.as_blob()?;
                    names_others |= is_marked(column, OTHERS);
                    Ok((!is_marked(column, ELSEWHERE)).then_some((key, as_of)))
                },
            )?;
            found.extend(rows.into_iter().flatten());
        }
        found.sort_by_key(|(key, as_of)| (std::cmp::Reverse(*as_of), *key));
        if !found.is_empty() && (names_others || self.hides(record)?.is_some()) {
            let mut shown = Vec::with_capacity(found.len());
            for (key, as_of) in found {
                if self.current(key)?.is_some() {
                    shown.push((key, as_of));
                }
            }
            return Ok(shown);
        }
        Ok(found)
    }

    /// One version by its number, checked; `standing` is that of its resource.
    pub(crate) fn stored(&self, number: i64, standing: Standing) -> Result<StoredVersion, ReadProblem> {
        let (filing, place) = filing::place(number);
        let filed = self.filed(filing)?;
        let Some((head, body)) = filed.unpacked.version(place) else {
            return Err(ReadProblem::Damaged { what: format!("resource row {number}") });
        };
        if !head.vouches_for(body) {
            return Err(ReadProblem::Damaged { what: format!("{} version {}", head.key, head.version) });
        }
        Ok(StoredVersion {
            key: head.key,
            version: head.version,
            current: head.version == standing.version,
            latest: standing.latest,
            finality: head.finality,
            as_of: head.as_of,
            message: filed.message,
            at: filed.at,
            body: body.to_vec(),
        })
    }

    fn filed(&self, id: i64) -> Result<Rc<Filed>, ReadProblem> {
        if let Some(filed) = self.last_read.find(id) {
            return Ok(filed);
        }
        let read = self.one(
            "SELECT message, filed, heads, length, bodies FROM filing WHERE id = ?1",
            [id],
            |row| {
                let length = usize::try_from(row.get::<_, i64>(3)?).unwrap_or(usize::MAX);
                let unpacked = Unpacked::read(row.get_ref(2)?.as_blob()?, length, row.get_ref(4)?.as_blob()?);
                Ok((row.get::<_, Option<i64>>(0)?.map(MessageId), Instant(row.get(1)?), unpacked))
            },
        )?;
        let Some((message, at, Some(unpacked))) = read else {
            return Err(ReadProblem::Damaged { what: format!("filing {id}") });
        };
        let filed = Rc::new(Filed { message, at, unpacked });
        self.last_read.keep(id, &filed);
        Ok(filed)
    }

    /// What a message said: every version filed from it, in the order of filing.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when a list of versions is not what was written.
    pub fn said_by(&self, message: MessageId) -> Result<Vec<(ResourceKey, u32)>, ReadProblem> {
        let columns: Vec<(i64, Vec<u8>)> = self.all(
            "SELECT f.id, f.heads FROM filing_said s JOIN filing f ON f.id = s.filing WHERE s.message = ?1 ORDER BY f.id",
            [message.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut said = Vec::new();
        for (id, column) in columns {
            let heads = filing::read_heads(&column)
                .ok_or_else(|| ReadProblem::Damaged { what: format!("filing {id}") })?;
            said.extend(heads.into_iter().map(|head| (head.key, head.version)));
        }
        Ok(said)
    }
}

/// A resource key in three columns: record, kind, local.
pub(crate) fn key_at(row: &Row<'_>, first: usize) -> crate::sql::Result<ResourceKey> {
    let code = row.get(first + 1)?;
    let kind = Kind::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(first + 1, code))?;
    Ok(ResourceKey {
        record: RecordId::from_i64(row.get(first)?),
        kind,
        local: LocalId::from_i64(row.get(first + 2)?),
    })
}
