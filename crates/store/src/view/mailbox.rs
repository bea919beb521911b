//! Reading forms that were sent.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{ApplicationId, MailId, MailIn, ObligationId};
use crate::sql::{Row, params};
use fhir::Instant;

const MAIL: &str = "SELECT id, identity, way, message_id, sender, subject, at, application, state, said, settled, copies, revision, obligation FROM mail_in";

impl View {
    /// Something that was sent.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mail_in(&self, id: MailId) -> Result<Option<MailIn>, ReadProblem> {
        self.one(&format!("{MAIL} WHERE id = ?1"), [id.0], mail_row)
    }

    /// Its bytes, sealed.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mail_in_body(&self, id: MailId) -> Result<Option<Vec<u8>>, ReadProblem> {
        self.one("SELECT sealed FROM mail_in_body WHERE mail = ?1", [id.0], |row| row.get(0))
    }

    /// What stands somewhere, the oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mails_in(&self, state: &str, limit: usize) -> Result<Vec<MailIn>, ReadProblem> {
        self.all(
            &format!("{MAIL} WHERE state = ?1 ORDER BY at, id LIMIT ?2"),
            params![state, sql_limit(limit)],
            mail_row,
        )
    }

    /// What came last, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn latest_mails_in(&self, limit: usize) -> Result<Vec<MailIn>, ReadProblem> {
        self.all(&format!("{MAIL} ORDER BY at DESC, id LIMIT ?1"), [sql_limit(limit)], mail_row)
    }

    /// What was settled, what came last first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn settled_mails_in(&self, limit: usize) -> Result<Vec<MailIn>, ReadProblem> {
        let sql = format!("{MAIL} WHERE settled IS NOT NULL ORDER BY at DESC, id LIMIT ?1");
        self.all(&sql, [sql_limit(limit)], mail_row)
    }

    /// What was sent for an application, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mails_in_of(&self, application: ApplicationId, limit: usize) -> Result<Vec<MailIn>, ReadProblem> {
        self.all(
            &format!("{MAIL} WHERE application = ?1 AND application <> 0 ORDER BY at DESC, id LIMIT ?2"),
            params![application.0, sql_limit(limit)],
            mail_row,
        )
    }

    /// Mails of our own of one sort to an address since a time.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn answers_since(&self, sort: &str, recipient: &str, since: Instant) -> Result<usize, ReadProblem> {
        let count: Option<i64> = self.one(
            "SELECT count(*) FROM mail_out WHERE at > ?3 AND sort = ?1 AND recipient = ?2",
            params![sort, recipient, since.0],
            |row| row.get(0),
        )?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }

    /// How many stand where.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mail_counts(&self) -> Result<Vec<(String, u64)>, ReadProblem> {
        self.all("SELECT state, count(*) FROM mail_in GROUP BY state ORDER BY state", [], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
        })
    }
}

fn mail_row(row: &Row<'_>) -> crate::sql::Result<MailIn> {
    Ok(MailIn {
        id: MailId(row.get(0)?),
        identity: row.get(1)?,
        way: row.get(2)?,
        message_id: row.get(3)?,
        sender: row.get(4)?,
        subject: row.get(5)?,
        at: Instant(row.get(6)?),
        application: ApplicationId(row.get(7)?),
        state: row.get(8)?,
        said: row.get(9)?,
        settled: row.get::<_, Option<i64>>(10)?.map(Instant),
        copies: row.get(11)?,
        revision: row.get(12)?,
        obligation: ObligationId(row.get(13)?),
    })
}
