//! How SQLite writes where resources of the FHIR door are found, and what was made on a condition.

use super::sqlite::{Hand, Stop};
use crate::changes::Changes;
use crate::sql::{Connection, OptionalExtension, params};
use fhir::ResourceKey;

impl Hand<'_, '_> {
    pub(crate) fn signposts(&mut self, changes: &Changes) -> Result<(), Stop> {
        for post in &changes.signposts {
            let (part, record) = (post.from.record.part().0, post.from.record.as_i64());
            let (kind, local) = (post.from.kind.code(), post.from.local.as_i64());
            self.conn
                .prepare_cached(
                    "INSERT INTO resource_signpost (part, record, kind, local, home) VALUES (?1, ?2, ?3, ?4, ?5) \
                     ON CONFLICT (part, record, kind, local, home) DO NOTHING",
                )?
                .execute(params![part, record, kind, local, post.home.as_i64()])?;
        }
        for made in &changes.conditions {
            let (record, kind, local) =
                (made.key.record.as_i64(), made.key.kind.code(), made.key.local.as_i64());
            self.conn
                .prepare_cached(
                    "INSERT INTO resource_condition (digest, record, kind, local) VALUES (?1, ?2, ?3, ?4) \
                     ON CONFLICT (digest) DO UPDATE SET record = excluded.record, kind = excluded.kind, local = excluded.local",
                )?
                .execute(params![made.digest, record, kind, local])?;
        }
        Ok(())
    }
}

/// The highest version number a resource ever had.
pub(crate) fn history(conn: &Connection, key: ResourceKey) -> crate::sql::Result<u32> {
    let at = params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()];
    let latest: Option<u32> = conn
        .prepare_cached(
            "SELECT latest FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
        )?
        .query_row(at, |row| row.get(0))
        .optional()?;
    match latest {
        Some(latest) => Ok(latest),
        None => conn
            .prepare_cached(
                "SELECT coalesce(max(version), 0) FROM resource_former WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
            )?
            .query_row(at, |row| row.get(0)),
    }
}

/// What was made on a condition.
pub(crate) fn made_on(conn: &Connection, digest: &[u8]) -> crate::sql::Result<Option<ResourceKey>> {
    conn.prepare_cached("SELECT record, kind, local FROM resource_condition WHERE digest = ?1")?
        .query_row([digest], |row| crate::view::resources::key_at(row, 0))
        .optional()
}
