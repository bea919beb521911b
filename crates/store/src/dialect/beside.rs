//! Looks through a process that stands by: it keeps their rows itself, and the one that writes puts them into the log.

use super::sqlite::{Hand, Stop};
use crate::rows::AuditRow;
use crate::sql::{Connection, params};

/// Keeps the rows of a look; they are synced when this returns.
pub(crate) fn keep(conn: &Connection, rows: &[AuditRow]) -> crate::sql::Result<()> {
    conn.execute_batch("BEGIN")?;
    // As the writer's own session: what is shown is noted on the disk first.
    conn.query_row(
        "SELECT count(set_config('synchronous_commit', 'on', true)) WHERE current_setting('synchronous_commit') \
         NOT IN ('on', 'remote_apply')",
        [],
        |_| Ok(()),
    )?;
    for row in rows {
        conn.prepare_cached(
            "INSERT INTO audit_waiting (id, at, person, actor, role, verb, purpose, object) \
             VALUES (randomblob(16), ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            row.at.0,
            row.person.map(|person| person.as_i64()),
            row.actor,
            row.role,
            row.verb,
            row.purpose,
            row.object
        ])?;
    }
    conn.prepare_cached("COMMIT")?.execute([])?;
    conn.committed()
}

impl Hand<'_, '_> {
    /// They are in the log, so they wait no longer. One that is gone already would be in the log twice.
    pub(crate) fn looked_beside(&mut self, ids: &[Vec<u8>]) -> Result<(), Stop> {
        for id in ids {
            let gone = self.conn.prepare_cached("DELETE FROM audit_waiting WHERE id = ?1")?.changed([id])?;
            if gone != 1 {
                return Err(Stop::Malformed("a look of another process is in the log already".to_owned()));
            }
        }
        Ok(())
    }
}
