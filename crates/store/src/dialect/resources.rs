//! How SQLite writes resource versions and their search index.

use super::sqlite::{Hand, Stop};
use crate::changes::Requirement;
use crate::filing::{self, Packed};
use crate::index::{self, Entry};
use crate::rows::VersionRow;
use crate::sealed::{Sealed, SealedVersion};
use crate::sql::{OptionalExtension, params};

/// An index row: record, entry, local id. Sorting brings rows of one page together.
type Row = (i64, Entry, i64);

/// Value-first index rows that a change takes away and puts in, collected so that they are written in key order.
#[derive(Default)]
struct IndexChange {
    take: Vec<Row>,
    put: Vec<Row>,
}

impl Hand<'_, '_> {
    /// All versions of a change. The number before each must be the latest one.
    pub(crate) fn resources(&mut self, sealed: &Sealed) -> Result<(), Stop> {
        let first_of_change = filing::number(self.numbers.filing, 0);
        let mut index = IndexChange::default();
        let mut versions = sealed.changes.resources.iter().zip(&sealed.versions);
        for packed in &sealed.filings {
            let id = self.numbers.filing;
            self.numbers.filing += 1;
            for (place, (row, ready)) in versions.by_ref().take(packed.versions).enumerate() {
                if place == 0 {
                    self.filing(id, row, packed)?;
                }
                let number = filing::number(id, place);
                if row.body.is_empty() {
                    self.gone(row, number, &mut index)?;
                } else {
                    let of_change = (first_of_change, sealed.changes.requires.as_slice());
                    self.version(row, ready, number, of_change, &mut index)?;
                }
            }
        }
        self.reindexed(sealed, &mut index)?;
        self.write_index(index)
    }

    /// What stands under another index from now on; one of which there is a newer version was indexed with that.
    fn reindexed(&mut self, sealed: &Sealed, index: &mut IndexChange) -> Result<(), Stop> {
        for (row, ready) in sealed.changes.reindexed.iter().zip(&sealed.reindexed) {
            let (part, record) = (row.key.record.part().0, row.key.record.as_i64());
            let (kind, local) = (row.key.kind.code(), row.key.local.as_i64());
            let before: Option<(u32, u32, i64, Vec<u8>)> = self
                .sql
                .version_current
                .query_row(params![part, record, kind, local], |found| {
                    Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?))
                })
                .optional()?;
            let Some((_, _, _, column)) = before.filter(|(version, ..)| *version == row.version) else {
                continue;
            };
            self.conn
                .prepare_cached(
                    "UPDATE resource_current SET index_rows = ?5 WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
                )?
                .execute(params![part, record, kind, local, ready.column])?;
            // Of a column that cannot be read nothing is known to take away.
            let old = index::decode(&column).unwrap_or_default();
            let gone = old.into_iter().filter(|entry| {
                index::is_global(entry.param()) && ready.entries.binary_search(entry).is_err()
            });
            index.take.extend(gone.map(|entry| (record, entry, local)));
            index.put.extend(ready.entries.iter().map(|entry| (record, entry.clone(), local)));
            for (id, uri) in &ready.systems {
                self.remembered.system(self.conn, *id, uri)?;
            }
        }
        Ok(())
    }

    fn filing(&mut self, id: i64, first: &VersionRow, packed: &Packed) -> Result<(), Stop> {
        let custodian = self.remembered.custodian(self.conn, &first.custodian)?;
        let message = first.message.map(|message| message.0);
        let length = packed.length as i64;
        self.sql.filing_insert.execute(params![
            id,
            message,
            first.at.0,
            custodian,
            packed.heads,
            length,
            packed.bodies
        ])?;
        if let Some(message) = message {
            self.sql.filing_said_insert.execute([message, id])?;
        }
        Ok(())
    }

    fn version(
        &mut self,
        row: &VersionRow,
        ready: &SealedVersion,
        number: i64,
        (first_of_change, requires): (i64, &[Requirement]),
        index: &mut IndexChange,
    ) -> Result<(), Stop> {
        let (part, record) = (row.key.record.part().0, row.key.record.as_i64());
        let (kind, local) = (row.key.kind.code(), row.key.local.as_i64());
        // A first version is proved first by writing it; that saves a look-up for most of what is filed.
        let before: Option<(u32, u32, i64, Vec<u8>)> = if row.version == 1 {
            None
        } else {
            self.sql
                .version_current
                .query_row(params![part, record, kind, local], |found| {
                    Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?))
                })
                .optional()?
        };
        let stale = || Stop::Stale(Requirement::VersionIs(row.key, row.version.saturating_sub(1)));
        // What was taken away comes back under the next number; that it is the next was required and checked. Nothing else
        // looks through the requirements: the single writer files messages.
        let comes_back = before.is_none()
            && row.version > 1
            && requires.contains(&Requirement::HistoryIs(row.key, row.version - 1));
        if !comes_back && before.as_ref().map_or(0, |(_, latest, _, _)| *latest) + 1 != row.version {
            return Err(stale());
        }
        let at =
            params![part, record, kind, local, row.version, number, row.finality, row.as_of.0, ready.column];
        match before {
            None => {
                if self.sql.current_insert.changed(at)? == 0 {
                    return Err(stale());
                }
                index.put.extend(ready.entries.iter().map(|entry| (record, entry.clone(), local)));
            }
            Some(_) if !row.current => {
                self.sql.former_insert.execute(params![part, record, kind, local, row.version, number])?;
                self.sql.current_latest.execute(params![part, record, kind, local, row.version])?;
            }
            Some((old_version, _, old_number, column)) => {
                if old_number >= first_of_change {
                    self.write_index(std::mem::take(index))?;
                }
                let mut old = index::decode(&column)
                    .ok_or_else(|| Stop::Malformed(format!("the index column of {} is damaged", row.key)))?;
                old.retain(|entry| index::is_global(entry.param()));
                self.sql.former_insert.execute(params![
                    part,
                    record,
                    kind,
                    local,
                    old_version,
                    old_number
                ])?;
                self.sql.current_update.execute(at)?;
                let gone = old.iter().filter(|entry| ready.entries.binary_search(entry).is_err());
                index.take.extend(gone.map(|entry| (record, entry.clone(), local)));
                let new = ready.entries.iter().filter(|entry| old.binary_search(entry).is_err());
                index.put.extend(new.map(|entry| (record, entry.clone(), local)));
            }
        }
        for (id, uri) in &ready.systems {
            self.remembered.system(self.conn, *id, uri)?;
        }
        Ok(())
    }

    /// Takes a resource away: its last version and the one that says it is gone are former ones from now on.
    fn gone(&mut self, row: &VersionRow, number: i64, index: &mut IndexChange) -> Result<(), Stop> {
        let (part, record) = (row.key.record.part().0, row.key.record.as_i64());
        let (kind, local) = (row.key.kind.code(), row.key.local.as_i64());
        let at = params![part, record, kind, local];
        let before: Option<(u32, u32, i64, Vec<u8>)> = self
            .sql
            .version_current
            .query_row(at, |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?)))
            .optional()?;
        let Some((version, latest, old_number, column)) =
            before.filter(|(_, latest, _, _)| latest + 1 == row.version)
        else {
            return Err(Stop::Stale(Requirement::VersionIs(row.key, row.version.saturating_sub(1))));
        };
        debug_assert!(version <= latest);
        self.write_index(std::mem::take(index))?;
        let old = index::decode(&column)
            .ok_or_else(|| Stop::Malformed(format!("the index column of {} is damaged", row.key)))?;
        let old = old.into_iter().filter(|entry| index::is_global(entry.param()));
        index.take.extend(old.map(|entry| (record, entry, local)));
        self.sql.former_insert.execute(params![part, record, kind, local, version, old_number])?;
        self.sql.former_insert.execute(params![part, record, kind, local, row.version, number])?;
        self.conn
            .prepare_cached(
                "DELETE FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4",
            )?
            .execute(at)?;
        Ok(())
    }

    fn write_index(&mut self, mut change: IndexChange) -> Result<(), Stop> {
        change.take.sort_unstable();
        change.put.sort_unstable();
        for (record, entry, local) in &change.take {
            self.index_row(false, *record, entry, *local)?;
        }
        for (record, entry, local) in &change.put {
            self.index_row(true, *record, entry, *local)?;
        }
        Ok(())
    }

    fn index_row(&mut self, put: bool, record: i64, entry: &Entry, local: i64) -> Result<(), Stop> {
        let sql = &mut *self.sql;
        match entry {
            Entry::Token { param, code, system } => {
                let statement = if put { &mut sql.find_token_insert } else { &mut sql.find_token_delete };
                statement.execute(params![param, code, system, record, local])?;
            }
            Entry::Date { param, lo, hi } => {
                let statement = if put { &mut sql.find_date_insert } else { &mut sql.find_date_delete };
                statement.execute(params![param, lo, hi, record, local])?;
            }
            // References are searched within a patient only: they stand in the index column.
            Entry::Reference { .. } => {}
        }
        Ok(())
    }
}
