//! Reading resource versions.

use super::View;
use crate::checksum;
use crate::problem::ReadProblem;
use crate::rows::{MessageId, StoredVersion};
use fhir::{Instant, Kind, LocalId, RecordId, ResourceKey};
use rusqlite::{Row, params};
use std::collections::HashMap;

const VERSION: &str = "SELECT b.record, b.kind, b.local, b.version, b.finality, b.as_of, b.message, b.filed, b.checksum, b.body, c.version, c.latest \
    FROM resource_body b JOIN resource_current c \
    ON c.part = b.record >> 50 AND c.record = b.record AND c.kind = b.kind AND c.local = b.local";

impl View {
    /// The current version of a resource.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when the body is not what was written.
    pub fn current(&self, key: ResourceKey) -> Result<Option<StoredVersion>, ReadProblem> {
        self.one(
            "SELECT b.record, b.kind, b.local, b.version, b.finality, b.as_of, b.message, b.filed, b.checksum, b.body, c.version, c.latest \
             FROM resource_current c JOIN resource_body b ON b.id = c.body \
             WHERE c.part = ?1 AND c.record = ?2 AND c.kind = ?3 AND c.local = ?4",
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()],
            version_row,
        )?
        .map(sound)
        .transpose()
    }

    /// All versions of a resource, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn versions(&self, key: ResourceKey) -> Result<Vec<StoredVersion>, ReadProblem> {
        let rows = self.all(
            &format!(
                "{VERSION} WHERE b.id IN (\
                 SELECT body FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4 UNION ALL \
                 SELECT body FROM resource_former WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4) \
                 ORDER BY b.version"
            ),
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()],
            version_row,
        )?;
        rows.into_iter().map(sound).collect()
    }

    /// The highest version number of a resource; 0 = there is none.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn latest_version(&self, key: ResourceKey) -> Result<u32, ReadProblem> {
        let latest = self.one(
            "SELECT latest FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
            params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()],
            |row| row.get(0),
        )?;
        Ok(latest.unwrap_or(0))
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
        let mut found = self.keys_of(record, kind)?;
        found.sort_by_key(|(local, _, as_of)| (std::cmp::Reverse(*as_of), *local));
        found.truncate(limit);
        found.into_iter().map(|(_, body, _)| self.body(body)).collect()
    }

    /// Local id, body row and event time of every current resource of one kind on a record: one range scan.
    pub(crate) fn keys_of(
        &self,
        record: RecordId,
        kind: Kind,
    ) -> Result<Vec<(LocalId, i64, Instant)>, ReadProblem> {
        self.all(
            "SELECT local, body, as_of FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 ORDER BY local",
            params![record.part().0, record.as_i64(), kind.code()],
            |row| Ok((LocalId::from_i64(row.get(0)?), row.get(1)?, Instant(row.get(2)?))),
        )
    }

    /// One body row, checked.
    pub(crate) fn body(&self, id: i64) -> Result<StoredVersion, ReadProblem> {
        match self.one(&format!("{VERSION} WHERE b.id = ?1"), [id], version_row)? {
            Some(row) => sound(row),
            None => Err(ReadProblem::Damaged { what: format!("resource row {id}") }),
        }
    }

    /// What a message said: every version filed from it, in the order of filing.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn said_by(&self, message: MessageId) -> Result<Vec<(ResourceKey, u32)>, ReadProblem> {
        self.all(
            "SELECT b.record, b.kind, b.local, b.version FROM resource_said s \
             JOIN resource_body b ON b.id >= s.first_body AND b.id <= s.last_body \
             WHERE s.message = ?1 AND b.message = ?1 ORDER BY b.id",
            [message.0],
            |row| Ok((key_at(row, 0)?, row.get(3)?)),
        )
    }
}

/// A resource key in three columns: record, kind, local.
pub(crate) fn key_at(row: &Row<'_>, first: usize) -> rusqlite::Result<ResourceKey> {
    let code = row.get(first + 1)?;
    let kind = Kind::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(first + 1, code))?;
    Ok(ResourceKey {
        record: RecordId::from_i64(row.get(first)?),
        kind,
        local: LocalId::from_i64(row.get(first + 2)?),
    })
}

fn version_row(row: &Row<'_>) -> rusqlite::Result<(StoredVersion, Vec<u8>)> {
    let version = row.get(3)?;
    let stored = StoredVersion {
        key: key_at(row, 0)?,
        version,
        current: row.get::<_, u32>(10)? == version,
        latest: row.get(11)?,
        finality: row.get(4)?,
        as_of: Instant(row.get(5)?),
        message: row.get::<_, Option<i64>>(6)?.map(MessageId),
        at: Instant(row.get(7)?),
        body: row.get(9)?,
    };
    Ok((stored, row.get(8)?))
}

fn sound((stored, checksum): (StoredVersion, Vec<u8>)) -> Result<StoredVersion, ReadProblem> {
    if checksum::of_version(stored.key, stored.version, &stored.body)[..] == checksum[..] {
        Ok(stored)
    } else {
        Err(ReadProblem::Damaged { what: format!("{} version {}", stored.key, stored.version) })
    }
}
