//! Reading: everything at one point in time.

pub mod audit;
pub mod breaker;
pub mod browser;
pub mod census;
pub mod desks;
pub mod directory;
pub mod journal;
pub mod launches;
pub mod links;
pub mod mapping;
pub mod obligations;
pub mod orders;
pub mod outbox;
pub mod privacy;
pub mod records;
pub mod resources;
pub mod search;
pub mod veil;
pub mod watch;

use crate::problem::ReadProblem;
use crate::rows::{Link, LinkId, MappingEvent, RecordRow};
use crate::store::Shared;
use rusqlite::{Connection, Params, Row};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// The record at one point in time: a read connection inside a transaction. Goes back to the pool when dropped.
pub struct View {
    conn: Option<Connection>,
    shared: Arc<Shared>,
    last_read: resources::LastRead,
    remembered: Remembered,
    veil: veil::Veil,
}

/// What every message asks again: a view is one point in time, so that the first answer is the answer.
#[derive(Default)]
struct Remembered {
    links: RefCell<HashMap<LinkId, Link>>,
    record: RefCell<Option<RecordRow>>,
    mapping: OnceCell<Vec<MappingEvent>>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

impl View {
    /// Begins; the first read fixes the moment.
    pub(crate) fn begin(conn: Connection, shared: Arc<Shared>) -> Result<Self, ReadProblem> {
        conn.prepare_cached("BEGIN")?.execute([])?;
        conn.prepare_cached("SELECT number FROM schema_migration LIMIT 1")?.query_row([], |_| Ok(()))?;
        Ok(Self {
            conn: Some(conn),
            shared,
            last_read: resources::LastRead::default(),
            remembered: Remembered::default(),
            veil: veil::Veil::default(),
        })
    }

    pub(crate) fn conn(&self) -> Result<&Connection, ReadProblem> {
        self.conn.as_ref().ok_or_else(|| ReadProblem::Unsupported("the view has ended; begin another".into()))
    }

    /// All rows of a query.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ReadProblem> {
        let mut statement = self.conn()?.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first row of a query.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, ReadProblem> {
        use rusqlite::OptionalExtension;
        let mut statement = self.conn()?.prepare_cached(sql)?;
        Ok(statement.query_row(params, read).optional()?)
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take()
            && conn.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).is_ok()
        {
            self.shared.give_back(conn);
        }
    }
}

/// SQL limits are signed.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
