//! Reading what was agreed about senders, and by what their messages were read.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{MappingEvent, MappingStep, MessageId};
use crate::sql::Row;
use fhir::Instant;

const EVENT: &str =
    "SELECT seq, at, actor, sort, name, version, step, digest, reason, figures FROM mapping_event";

impl View {
    /// The steps by which files came into use and went out of it, oldest first, without the files and without
    /// what was counted.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mapping_in_use(&self) -> Result<&[MappingEvent], ReadProblem> {
        if let Some(known) = self.remembered.mapping.get() {
            return Ok(known);
        }
        // Without what was counted: this is read wherever messages are.
        let events = self.all(
            "SELECT seq, at, actor, sort, name, version, step, digest, reason, '' FROM mapping_event \
             WHERE step IN ('signed', 'retired') ORDER BY seq",
            [],
            event_row,
        )?;
        Ok(self.remembered.mapping.get_or_init(|| events))
    }

    /// All steps, the latest first, without the files.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mapping_events(&self, limit: usize) -> Result<Vec<MappingEvent>, ReadProblem> {
        self.all(&format!("{EVENT} ORDER BY seq DESC LIMIT ?1"), [sql_limit(limit)], event_row)
    }

    /// The file of a step; empty where none is kept with it.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mapping_body(&self, seq: i64) -> Result<String, ReadProblem> {
        let body = self.one("SELECT body FROM mapping_event WHERE seq = ?1", [seq], |row| row.get(0))?;
        Ok(body.unwrap_or_default())
    }

    /// The number at which a message was last read, when anything was agreed about its sender then.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mapping_applied(&self, message: MessageId) -> Result<Option<i64>, ReadProblem> {
        let seq =
            self.one("SELECT max(seq) FROM mapping_applied WHERE message = ?1", [message.0], |row| {
                row.get::<_, Option<i64>>(0)
            })?;
        Ok(seq.flatten())
    }

    /// Every number at which a message was read, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mapping_readings(&self, message: MessageId) -> Result<Vec<i64>, ReadProblem> {
        let sql = "SELECT seq FROM mapping_applied WHERE message = ?1 ORDER BY seq DESC";
        self.all(sql, [message.0], |row| row.get(0))
    }
}

fn event_row(row: &Row<'_>) -> crate::sql::Result<MappingEvent> {
    let step: String = row.get(6)?;
    Ok(MappingEvent {
        seq: row.get(0)?,
        at: Instant(row.get(1)?),
        actor: row.get(2)?,
        sort: row.get(3)?,
        name: row.get(4)?,
        version: row.get(5)?,
        step: MappingStep::from_code(&step).ok_or_else(|| {
            rusqlite::Error::FromSqlConversionFailure(6, rusqlite::types::Type::Text, step.clone().into())
        })?,
        digest: row.get(7)?,
        reason: row.get(8)?,
        figures: row.get(9)?,
        body: String::new(),
    })
}
