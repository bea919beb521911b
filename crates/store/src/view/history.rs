//! Where a resource stands, and every version of it, of a type, of everything: newest first, deletions among them.

use super::View;
use super::resources::Standing;
use crate::dialect::signposts;
use crate::filing;
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use crate::sql::params;
use fhir::{Instant, Kind, RecordId, ResourceKey};

/// Filings read at once on the way back.
const FILINGS_AT_ONCE: i64 = 200;
/// Filings looked through for one page; the page then ends early and says where to go on.
const MAX_FILINGS: usize = 20_000;

/// What is known under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it stands or would stand.
    pub key: ResourceKey,
    /// The highest version number it ever had; 0 = there was never one.
    pub latest: u32,
    /// Whether there is a current version.
    pub is_there: bool,
}

/// A page of versions, newest first.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// The versions; one without bytes is a deletion.
    pub versions: Vec<StoredVersion>,
    /// Where the next page begins: the number of the version before it.
    pub next: Option<i64>,
}

impl View {
    /// Where the resource stands that a type and id name.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn place(&self, kind: Kind, id: &str) -> Result<Place, ReadProblem> {
        let named = ResourceKey::named(kind, id);
        let place = self.place_at(named)?;
        if place.latest > 0 {
            return Ok(place);
        }
        for home in self.homes(named)? {
            let place = self.place_at(ResourceKey { record: home, ..named })?;
            if place.latest > 0 {
                return Ok(place);
            }
        }
        Ok(place)
    }

    fn place_at(&self, key: ResourceKey) -> Result<Place, ReadProblem> {
        let latest = self.latest_version(key)?;
        if latest > 0 {
            return Ok(Place { key, latest, is_there: true });
        }
        Ok(Place { key, latest: signposts::history(self.conn()?, key)?, is_there: false })
    }

    /// The records that signposts lead to from a key.
    pub(crate) fn homes(&self, from: ResourceKey) -> Result<Vec<RecordId>, ReadProblem> {
        self.all(
            "SELECT home FROM resource_signpost WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
            params![from.record.part().0, from.record.as_i64(), from.kind.code(), from.local.as_i64()],
            |row| row.get(0).map(RecordId::from_i64),
        )
    }

    /// What was made on a condition.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn made_on(&self, digest: &[u8]) -> Result<Option<ResourceKey>, ReadProblem> {
        Ok(signposts::made_on(self.conn()?, digest)?)
    }

    /// Every version of a resource, newest first, its deletions among them.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn past_of(&self, key: ResourceKey) -> Result<Vec<StoredVersion>, ReadProblem> {
        let mut versions = self.versions(key)?;
        if versions.is_empty() {
            let nothing_current = Standing { version: 0, latest: 0 };
            for number in self.former_numbers(key)? {
                let stored = self.stored(number, nothing_current)?;
                if self.shows(&stored)? {
                    versions.push(stored);
                }
            }
            // A deletion of what is out of reach is out of reach too.
            if versions.iter().all(|stored| stored.body.is_empty()) {
                versions.clear();
            }
        }
        versions.sort_unstable_by_key(|stored| std::cmp::Reverse(stored.version));
        Ok(versions)
    }

    /// One version of a resource by its number, read alone: numbers rise in the order of filing.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when it is not what was written.
    pub fn version_of(&self, key: ResourceKey, version: u32) -> Result<Option<StoredVersion>, ReadProblem> {
        let current = self.standing(key)?;
        let standing = current.map_or(Standing { version: 0, latest: 0 }, |(standing, _)| standing);
        let mut numbers = self.former_numbers(key)?;
        numbers.extend(current.map(|(_, number)| number));
        numbers.sort_unstable();
        let (mut low, mut high) = (0, numbers.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let stored = self.stored(numbers[middle], standing)?;
            match stored.version.cmp(&version) {
                std::cmp::Ordering::Equal => return Ok(self.shows(&stored)?.then_some(stored)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// Versions of a type or of every type, newest first, from behind the version number `before` on and not older than
    /// `since`.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn past(
        &self,
        kind: Option<Kind>,
        before: Option<i64>,
        since: Option<Instant>,
        count: usize,
    ) -> Result<Past, ReadProblem> {
        let mut past = Past::default();
        let before = before.unwrap_or(i64::MAX);
        let mut from = filing::place(before).0;
        let mut looked = 0;
        loop {
            let filings: Vec<(i64, Vec<u8>)> = self.all(
                "SELECT id, heads FROM filing WHERE id <= ?1 AND filed >= ?2 ORDER BY id DESC LIMIT ?3",
                params![from, since.map_or(i64::MIN, |at| at.0), FILINGS_AT_ONCE],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let Some((last, _)) = filings.last() else { return Ok(past) };
            from = last - 1;
            looked += filings.len();
            for (id, column) in &filings {
                let heads = filing::read_heads(column)
                    .ok_or_else(|| ReadProblem::Damaged { what: format!("filing {id}") })?;
                for (place, head) in heads.iter().enumerate().rev() {
                    let number = filing::number(*id, place);
                    if number >= before || kind.is_some_and(|kind| kind != head.key.kind) {
                        continue;
                    }
                    let standing = Standing { version: head.version, latest: head.version };
                    let stored = self.stored(number, standing)?;
                    if !self.shows(&stored)? {
                        continue;
                    }
                    if past.versions.len() == count {
                        past.next = Some(number + 1);
                        return Ok(past);
                    }
                    past.versions.push(stored);
                }
            }
            if looked >= MAX_FILINGS {
                past.next = Some(filing::number(from + 1, 0));
                return Ok(past);
            }
        }
    }
}
