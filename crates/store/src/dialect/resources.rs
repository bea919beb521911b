//! How SQLite writes resource versions and their search index.

use super::sqlite::{Hand, Stop};
use crate::changes::Requirement;
use crate::index::{self, Entry};
use crate::sealed::Sealed;
use fhir::RecordId;
use rusqlite::{OptionalExtension, params};

/// An index row: record, entry, local id. Sorting brings rows of one page together.
type Row = (i64, Entry, i64);

/// Index rows that a change takes away and puts in, collected so that they are written in key order.
#[derive(Default)]
struct IndexChange {
    take: Vec<Row>,
    put: Vec<Row>,
}

impl Hand<'_, '_> {
    /// All versions of a change. The number before each must be the latest one.
    pub(crate) fn resources(&mut self, sealed: &Sealed) -> Result<(), Stop> {
        let first_of_change = self.numbers.body;
        let mut index = IndexChange::default();
        let mut said: Option<(i64, i64, i64)> = None;
        for (row, ready) in sealed.changes.resources.iter().zip(&sealed.versions) {
            let (part, record) = (row.key.record.part().0, row.key.record.as_i64());
            let (kind, local) = (row.key.kind.code(), row.key.local.as_i64());
            // A first version is proved first by writing it; that saves a look-up for most of what is filed.
            let before: Option<(u32, u32, i64)> = if row.version == 1 {
                None
            } else {
                self.sql
                    .version_current
                    .query_row(params![part, record, kind, local], |found| {
                        Ok((found.get(0)?, found.get(1)?, found.get(2)?))
                    })
                    .optional()?
            };
            let stale = || Stop::Stale(Requirement::VersionIs(row.key, row.version.saturating_sub(1)));
            if before.map_or(0, |(_, latest, _)| latest) + 1 != row.version {
                return Err(stale());
            }
            let becomes_current = row.current || before.is_none();
            let body = self.numbers.body;
            self.numbers.body += 1;
            let custodian = self.remembered.custodian(self.conn, &row.custodian)?;
            let column: &[u8] = if becomes_current { &ready.column } else { &[] };
            let message = row.message.map(|message| message.0);
            self.sql.body_insert.execute(params![
                body,
                record,
                kind,
                local,
                row.version,
                row.finality,
                row.as_of.0,
                message,
                row.at.0,
                custodian,
                ready.checksum,
                column,
                row.body
            ])?;
            if let Some(message) = message {
                said = match said {
                    Some((of, first, _)) if of == message => Some((of, first, body)),
                    other => {
                        self.said(other)?;
                        Some((message, body, body))
                    }
                };
            } else {
                self.said(said.take())?;
            }
            let at = params![part, record, kind, local, row.version, body, row.finality, row.as_of.0];
            match before {
                None => {
                    if self.sql.current_insert.execute(at)? == 0 {
                        return Err(stale());
                    }
                    index.put.extend(ready.entries.iter().map(|entry| (record, entry.clone(), local)));
                }
                Some((_, _, _)) if !becomes_current => {
                    self.sql.former_insert.execute(params![part, record, kind, local, row.version, body])?;
                    self.sql.current_latest.execute(params![part, record, kind, local, row.version])?;
                }
                Some((old_version, _, old_body)) => {
                    if old_body >= first_of_change {
                        self.write_index(std::mem::take(&mut index))?;
                    }
                    let column: Vec<u8> = self.sql.body_index.query_row([old_body], |found| found.get(0))?;
                    let old = index::decode(&column).ok_or_else(|| {
                        Stop::Malformed(format!("the index column of {} is damaged", row.key))
                    })?;
                    self.sql.former_insert.execute(params![
                        part,
                        record,
                        kind,
                        local,
                        old_version,
                        old_body
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
        }
        self.said(said)?;
        self.write_index(index)
    }

    fn said(&mut self, run: Option<(i64, i64, i64)>) -> Result<(), Stop> {
        if let Some((message, first, last)) = run {
            self.sql.said_insert.execute([message, first, last])?;
        }
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
        let part = RecordId::from_i64(record).part().0;
        let global = index::is_global(entry.param());
        match entry {
            Entry::Token { param, code, system } if global => {
                let statement = if put { &mut sql.find_token_insert } else { &mut sql.find_token_delete };
                statement.execute(params![param, code, system, record, local])?;
            }
            Entry::Token { param, code, system } => {
                let statement = if put { &mut sql.token_insert } else { &mut sql.token_delete };
                statement.execute(params![part, record, param, code, system, local])?;
            }
            Entry::Date { param, lo, hi } if global => {
                let statement = if put { &mut sql.find_date_insert } else { &mut sql.find_date_delete };
                statement.execute(params![param, lo, hi, record, local])?;
            }
            Entry::Date { param, lo, hi } => {
                let statement = if put { &mut sql.date_insert } else { &mut sql.date_delete };
                statement.execute(params![part, record, param, lo, hi, local])?;
            }
            Entry::Reference { param, record: to, kind: to_kind, local: to_local } => {
                let statement = if put { &mut sql.ref_insert } else { &mut sql.ref_delete };
                statement.execute(params![part, record, param, to, to_kind, to_local, local])?;
            }
        }
        Ok(())
    }
}
