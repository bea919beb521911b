//! Reading applications, what happened to them, and mails.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{AddressProof, ApplicationEvent, ApplicationId, ApplicationRow, MailOut, ObligationId};
use crate::sql::{Row, params};
use fhir::Instant;

const PROOF: &str = "SELECT handle, address, tongue, tries, at, expires FROM address_proof";
const APPLICATION: &str = "SELECT id, state, sort, address, handle, holder, since, due, account, facts, opened, revision, meets FROM application";
const EVENT: &str = "SELECT application, seq, at, actor, event, state, words FROM application_event";
/// state of a mail that was refused for good.
pub(crate) const REFUSED: i64 = 2;
const MAIL: &str = "SELECT obligation, at, sort, recipient, tongue, subject, body, application, handed, state, attempts, again, last FROM mail_out";

impl View {
    /// The proof that a browser waits for, while its code is good.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn address_proof(&self, handle: &[u8], now: Instant) -> Result<Option<AddressProof>, ReadProblem> {
        self.one(&format!("{PROOF} WHERE handle = ?1 AND expires > ?2"), params![handle, now.0], proof_row)
    }

    /// How many mails of a sort were written since, to an address (`None`: to all).
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mails_since(
        &self,
        sort: &str,
        recipient: Option<&str>,
        since: Instant,
    ) -> Result<usize, ReadProblem> {
        let count: Option<i64> = self.one(
            "SELECT count(*) FROM mail_out WHERE (?2 IS NULL OR recipient = ?2) AND at > ?3 AND sort = ?1",
            params![sort, recipient, since.0],
            |row| row.get(0),
        )?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }

    /// One application.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn application(&self, id: ApplicationId) -> Result<Option<ApplicationRow>, ReadProblem> {
        self.one(&format!("{APPLICATION} WHERE id = ?1"), [id.0], application_row)
    }

    /// The application that a browser goes on with.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn application_by_handle(&self, handle: &[u8]) -> Result<Option<ApplicationRow>, ReadProblem> {
        self.one(&format!("{APPLICATION} WHERE handle = ?1 ORDER BY opened DESC"), [handle], application_row)
    }

    /// Applications that bear an address, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn applications_at(&self, address: &str) -> Result<Vec<ApplicationRow>, ReadProblem> {
        self.all(
            &format!("{APPLICATION} WHERE address = ?1 ORDER BY opened DESC"),
            [address],
            application_row,
        )
    }

    /// Applications of an account, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn applications_of(&self, account: &str) -> Result<Vec<ApplicationRow>, ReadProblem> {
        let sql = format!("{APPLICATION} WHERE account = ?1 AND account <> '' ORDER BY opened DESC");
        self.all(&sql, [account], application_row)
    }

    /// Applications in a state, those due first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn applications_in(&self, state: &str, limit: usize) -> Result<Vec<ApplicationRow>, ReadProblem> {
        let sql = format!("{APPLICATION} WHERE state = ?1 ORDER BY due, id LIMIT ?2");
        self.all(&sql, params![state, sql_limit(limit)], application_row)
    }

    /// Applications that do not stand as their account does: in use while it is not, suspended while it is in use; `limit`
    /// of them after the first `offset`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn applications_apart(
        &self,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<ApplicationRow>, ReadProblem> {
        let sql = format!(
            "{APPLICATION} WHERE state IN ('active', 'suspended') AND account <> '' AND EXISTS (SELECT 1 FROM account a \
             WHERE a.id = application.account AND a.state <> CASE application.state WHEN 'active' THEN 0 ELSE 1 END) \
             ORDER BY since, id LIMIT ?1 OFFSET ?2"
        );
        self.all(&sql, [sql_limit(limit), sql_limit(offset)], application_row)
    }

    /// When applications other than this one meet a coordinator from a moment on, in order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn others_meet(&self, id: ApplicationId, from: Instant) -> Result<Vec<Instant>, ReadProblem> {
        let sql = "SELECT meets FROM application WHERE meets >= ?2 AND id <> ?1 ORDER BY meets";
        self.all(sql, [id.0, from.0], |row| Ok(Instant(row.get(0)?)))
    }

    /// How many stand in a state.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn application_count(&self, state: &str) -> Result<usize, ReadProblem> {
        let sql = "SELECT count(*) FROM application WHERE state = ?1";
        let count: Option<i64> = self.one(sql, [state], |row| row.get(0))?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }

    /// What happened to an application, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn application_events(&self, id: ApplicationId) -> Result<Vec<ApplicationEvent>, ReadProblem> {
        self.all(&format!("{EVENT} WHERE application = ?1 ORDER BY seq"), [id.0], event_row)
    }

    /// Seconds from sending to the first sign-in of the latest applications that came so far, unordered.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn application_waits(&self, limit: usize) -> Result<Vec<i64>, ReadProblem> {
        self.all(
            "SELECT (e.at - (SELECT min(s.at) FROM application_event s WHERE s.application = e.application \
             AND s.event = 'submitted')) / 1000000 FROM application_event e \
             WHERE e.event = 'provisioned' AND EXISTS (SELECT 1 FROM application_event s \
             WHERE s.application = e.application AND s.event = 'submitted') ORDER BY e.at DESC LIMIT ?1",
            [sql_limit(limit)],
            |row| row.get(0),
        )
    }

    /// Mails that are to be handed over by now, the oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mails_waiting(&self, now: Instant, limit: usize) -> Result<Vec<MailOut>, ReadProblem> {
        self.all(
            &format!("{MAIL} WHERE state = 0 AND at <= ?1 AND again <= ?1 ORDER BY at, obligation LIMIT ?2"),
            params![now.0, sql_limit(limit)],
            mail_row,
        )
    }

    /// Mails about an application, the oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mails_about(&self, id: ApplicationId) -> Result<Vec<MailOut>, ReadProblem> {
        self.all(&format!("{MAIL} WHERE application = ?1 ORDER BY at, obligation"), [id.0], mail_row)
    }

    /// A mail.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mail_out(&self, obligation: ObligationId) -> Result<Option<MailOut>, ReadProblem> {
        self.one(&format!("{MAIL} WHERE obligation = ?1"), [obligation.0], mail_row)
    }

    /// The latest mails, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn mails_out(&self, limit: usize) -> Result<Vec<MailOut>, ReadProblem> {
        self.all(&format!("{MAIL} ORDER BY at DESC, obligation LIMIT ?1"), [sql_limit(limit)], mail_row)
    }
}

fn proof_row(row: &Row<'_>) -> crate::sql::Result<AddressProof> {
    Ok(AddressProof {
        handle: row.get(0)?,
        address: row.get(1)?,
        tongue: row.get(2)?,
        tries: row.get(3)?,
        at: Instant(row.get(4)?),
        expires: Instant(row.get(5)?),
    })
}

fn application_row(row: &Row<'_>) -> crate::sql::Result<ApplicationRow> {
    Ok(ApplicationRow {
        id: ApplicationId(row.get(0)?),
        state: row.get(1)?,
        sort: row.get(2)?,
        address: row.get(3)?,
        handle: row.get(4)?,
        holder: row.get(5)?,
        since: Instant(row.get(6)?),
        due: Instant(row.get(7)?),
        account: row.get(8)?,
        facts: row.get(9)?,
        opened: Instant(row.get(10)?),
        revision: row.get(11)?,
        meets: row.get::<_, Option<i64>>(12)?.map(Instant),
    })
}

fn event_row(row: &Row<'_>) -> crate::sql::Result<ApplicationEvent> {
    Ok(ApplicationEvent {
        application: ApplicationId(row.get(0)?),
        seq: row.get(1)?,
        at: Instant(row.get(2)?),
        actor: row.get(3)?,
        event: row.get(4)?,
        state: row.get(5)?,
        words: row.get(6)?,
    })
}

fn mail_row(row: &Row<'_>) -> crate::sql::Result<MailOut> {
    Ok(MailOut {
        obligation: ObligationId(row.get(0)?),
        at: Instant(row.get(1)?),
        sort: row.get(2)?,
        recipient: row.get(3)?,
        tongue: row.get(4)?,
        subject: row.get(5)?,
        body: row.get(6)?,
        application: ApplicationId(row.get(7)?),
        handed: row.get::<_, Option<i64>>(8)?.map(Instant),
        refused: row.get::<_, i64>(9)? == REFUSED,
        attempts: row.get(10)?,
        again: Instant(row.get(11)?),
        last: row.get(12)?,
    })
}
