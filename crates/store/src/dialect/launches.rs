//! How tickets of EMRs are remembered. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::LaunchRow;
use crate::sql::{Connection, params};

impl Hand<'_, '_> {
    pub(crate) fn launches(&mut self, rows: &[LaunchRow]) -> Result<(), Stop> {
        for row in rows {
            // What is too old is refused for its age: nothing of it need be kept.
            self.conn.prepare_cached("DELETE FROM launch WHERE expires <= ?1")?.execute([row.at.0])?;
            self.conn
                .prepare_cached(
                    "INSERT INTO launch (ticket, handle, endpoint, claims, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![row.ticket, row.handle, row.endpoint, row.claims, row.expires.0])?;
        }
        Ok(())
    }
}

/// Whether a ticket was taken before.
pub(crate) fn taken(conn: &Connection, ticket: &[u8]) -> crate::sql::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM launch WHERE ticket = ?1")?.exists([ticket])
}
