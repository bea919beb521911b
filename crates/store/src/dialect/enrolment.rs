//! How the rows of enrolment are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::{EnrolmentChange, EnrolmentRequirement};
use crate::sql::{Connection, OptionalExtension, params};
use crate::view::enrolment::REFUSED;

impl Hand<'_, '_> {
    pub(crate) fn enrolment(&mut self, changes: &[EnrolmentChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                EnrolmentChange::Proof(row) => {
                    // What is too old proves nothing any more: nothing of it need be kept.
                    self.conn
                        .prepare_cached("DELETE FROM address_proof WHERE expires <= ?1")?
                        .execute([row.at.0])?;
                    self.conn
                        .prepare_cached(
                            "INSERT INTO address_proof (handle, address, tongue, tries, at, expires) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (handle) DO UPDATE SET \
                             address = ?2, tongue = ?3, tries = ?4, at = ?5, expires = ?6",
                        )?
                        .execute(params![
                            row.handle,
                            row.address,
                            row.tongue,
                            row.tries,
                            row.at.0,
                            row.expires.0
                        ])?;
                }
                EnrolmentChange::ProofTried(handle) => {
                    self.conn
                        .prepare_cached("UPDATE address_proof SET tries = tries + 1 WHERE handle = ?1")?
                        .execute([handle])?;
                }
                EnrolmentChange::ProofDone(handle) => {
                    self.conn
                        .prepare_cached("DELETE FROM address_proof WHERE handle = ?1")?
                        .execute([handle])?;
                }
                EnrolmentChange::Application(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO application (id, state, sort, address, handle, holder, since, due, account, facts, opened, revision, meets) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (id) DO UPDATE SET \
                             state = ?2, sort = ?3, address = ?4, handle = ?5, holder = ?6, since = ?7, due = ?8, \
                             account = ?9, facts = ?10, revision = ?12, meets = ?13",
                        )?
                        .execute(params![
                            row.id.0,
                            row.state,
                            row.sort,
                            row.address,
                            row.handle,
                            row.holder,
                            row.since.0,
                            row.due.0,
                            row.account,
                            row.facts,
                            row.opened.0,
                            row.revision,
                            row.meets.map(|at| at.0)
                        ])?;
                }
                EnrolmentChange::Event(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO application_event (application, seq, at, actor, event, state, words) \
                             SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM application_event \
                             WHERE application = ?1",
                        )?
                        .execute(params![
                            row.application.0,
                            row.at.0,
                            row.actor,
                            row.event,
                            row.state,
                            row.words
                        ])?;
                }
                EnrolmentChange::Mail(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO mail_out (obligation, at, sort, recipient, tongue, subject, body, application, state, handed, attempts, last, again) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (obligation) \
                             DO UPDATE SET state = ?9, handed = ?10, attempts = ?11, last = ?12, again = ?13",
                        )?
                        .execute(params![
                            row.obligation.0,
                            row.at.0,
                            row.sort,
                            row.recipient,
                            row.tongue,
                            row.subject,
                            row.body,
                            row.application.0,
                            if row.refused && row.handed.is_none() { REFUSED } else { i64::from(row.handed.is_some()) },
                            row.handed.map(|at| at.0),
                            row.attempts,
                            row.last,
                            row.again.0
                        ])?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a precondition about these rows holds.
pub(crate) fn holds(conn: &Connection, requirement: &EnrolmentRequirement) -> crate::sql::Result<bool> {
    Ok(match requirement {
        EnrolmentRequirement::RevisionIs(id, wanted) => {
            let found: Option<i64> = conn
                .prepare_cached("SELECT revision FROM application WHERE id = ?1")?
                .query_row([id.0], |row| row.get(0))
                .optional()?;
            found.unwrap_or(0) == *wanted
        }
        EnrolmentRequirement::BearersAre(address, wanted) => {
            let found: u32 = conn
                .prepare_cached("SELECT count(*) FROM application WHERE address = ?1 AND state <> 'ended'")?
                .query_row([address], |row| row.get(0))?;
            found == *wanted
        }
        EnrolmentRequirement::TriesAre(handle, wanted) => {
            let found: Option<u32> = conn
                .prepare_cached("SELECT tries FROM address_proof WHERE handle = ?1")?
                .query_row([handle], |row| row.get(0))
                .optional()?;
            found == Some(*wanted)
        }
        EnrolmentRequirement::OthersMeet(id, at, wanted) => {
            let found: u32 = conn
                .prepare_cached("SELECT count(*) FROM application WHERE meets = ?2 AND id <> ?1")?
                .query_row([id.0, at.0], |row| row.get(0))?;
            found == *wanted
        }
        EnrolmentRequirement::MailWaits(obligation) => conn
            .prepare_cached("SELECT 1 FROM mail_out WHERE obligation = ?1 AND handed IS NULL")?
            .exists([obligation.0])?,
    })
}
