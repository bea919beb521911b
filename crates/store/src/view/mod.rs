//! Reading: everything at one point in time.

pub mod accounts;
pub mod activity;
pub mod audit;
pub mod breaker;
pub mod browser;
mod candidates;
pub mod census;
pub mod desks;
pub mod directory;
pub mod enrolment;
pub mod facility;
pub mod find;
pub mod history;
pub mod journal;
pub mod launches;
pub mod links;
pub mod mailbox;
pub mod mapping;
pub mod obligations;
pub mod orders;
pub mod outbox;
pub mod privacy;
pub mod records;
pub mod resources;
pub mod sample;
pub mod search;
pub mod smart;
pub mod subscriptions;
pub mod veil;
pub mod watch;

use crate::problem::ReadProblem;
use crate::rows::{Link, LinkId, MappingEvent, RecordRow};
use crate::sql::{Connection, Params, Row};
use crate::store::{Reading, Shared};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// The record at one point in time: a read connection inside a transaction. Goes back to the pool when dropped.
pub struct View {
    reading: Option<Reading>,
    shared: Arc<Shared>,
    last_read: resources::LastRead,
    remembered: Remembered,
    veil: veil::Veil,
    budget: find::Budget,
}

/// What every message asks again: a view is one point in time, so that the first answer is the answer.
#[derive(Default)]
struct Remembered {
    links: RefCell<HashMap<LinkId, Link>>,
    record: RefCell<Option<RecordRow>>,
    standing: RefCell<Option<resources::Asked>>,
    mapping: OnceCell<Vec<MappingEvent>>,
    any_directive: OnceCell<bool>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

impl View {
    /// Begins; the first read fixes the moment. The place is given back with the view, also when that cannot begin.
    pub(crate) fn begin(mut reading: Reading, shared: Arc<Shared>) -> Result<Self, ReadProblem> {
        let conn = reading.conn.take();
        let mut view = Self {
            reading: Some(reading),
            shared,
            last_read: resources::LastRead::default(),
            remembered: Remembered::default(),
            veil: veil::Veil::default(),
            budget: find::Budget::default(),
        };
        let conn = match conn {
            Some(conn) => conn,
            None => view.shared.database.reader(&view.shared.settings).map_err(Box::new)?,
        };
        conn.begin_view()?;
        if let Some(reading) = &mut view.reading {
            reading.conn = Some(conn);
        }
        Ok(view)
    }

    pub(crate) fn conn(&self) -> Result<&Connection, ReadProblem> {
        self.reading
            .as_ref()
            .and_then(|reading| reading.conn.as_ref())
            .ok_or_else(|| ReadProblem::Unsupported("the view has ended; begin another".into()))
    }

    /// What was read; that it is damaged is noted for whoever owns that.
    pub(crate) fn noted<T>(&self, read: Result<T, ReadProblem>) -> Result<T, ReadProblem> {
        if let Err(ReadProblem::Damaged { what }) = &read {
            self.shared.note_damage(what);
        }
        read
    }

    /// A row of a list; `None` when it is damaged and the list may be without it.
    pub(crate) fn unless_damaged<T, E: Into<ReadProblem>>(
        &self,
        read: Result<T, E>,
        may_lack: bool,
    ) -> Result<Option<T>, ReadProblem> {
        match self.noted(read.map_err(Into::into)) {
            Err(ReadProblem::Damaged { .. }) if may_lack => Ok(None),
            read => read.map(Some),
        }
    }

    /// All rows of a query.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> crate::sql::Result<T>,
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
        read: impl FnOnce(&Row<'_>) -> crate::sql::Result<T>,
    ) -> Result<Option<T>, ReadProblem> {
        use crate::sql::OptionalExtension;
        let mut statement = self.conn()?.prepare_cached(sql)?;
        Ok(statement.query_row(params, read).optional()?)
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Some(mut reading) = self.reading.take() {
            reading.conn = reading.conn.take().filter(Connection::end_view);
            self.shared.give_back(reading);
        }
    }
}

/// SQL limits are signed.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
