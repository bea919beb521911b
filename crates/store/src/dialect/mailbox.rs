//! How the rows of forms that were sent are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::{MailId, MailIn, MailboxChange};
use crate::sql::{Connection, OptionalExtension, params};

impl Hand<'_, '_> {
    pub(crate) fn mailbox(&mut self, changes: &[MailboxChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                MailboxChange::Taken(row, sealed) => {
                    self.mail_now(row)?;
                    self.conn
                        .prepare_cached("INSERT INTO mail_in_body (mail, sealed) VALUES (?1, ?2)")?
                        .execute(params![row.id.0, sealed])?;
                }
                MailboxChange::Again(id) => {
                    self.conn
                        .prepare_cached("UPDATE mail_in SET copies = copies + 1 WHERE id = ?1")?
                        .execute([id.0])?;
                }
                MailboxChange::Now(row) => self.mail_now(row)?,
            }
        }
        Ok(())
    }

    fn mail_now(&self, row: &MailIn) -> Result<(), Stop> {
        self.conn
            .prepare_cached(
                "INSERT INTO mail_in (id, identity, way, message_id, sender, subject, at, application, state, said, settled, copies, revision, obligation) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (id) DO UPDATE SET \
                 application = ?8, state = ?9, said = ?10, settled = ?11, revision = ?13",
            )?
            .execute(params![
                row.id.0,
                row.identity,
                row.way,
                row.message_id,
                row.sender,
                row.subject,
                row.at.0,
                row.application.0,
                row.state,
                row.said,
                row.settled.map(|at| at.0),
                row.copies,
                row.revision,
                row.obligation.0
            ])?;
        Ok(())
    }
}

/// The revision of something that was sent; 0 = there is none.
pub(crate) fn revision(conn: &Connection, id: MailId) -> crate::sql::Result<i64> {
    let found: Option<i64> = conn
        .prepare_cached("SELECT revision FROM mail_in WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}
