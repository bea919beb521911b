//! Reading sign-ins and the audit log.

use super::{View, sql_limit};
use crate::checksum::audit_leaf;
use crate::problem::ReadProblem;
use crate::rows::{AuditRow, SignIn};
use fhir::{Instant, PersonId};
use rusqlite::{Row, params};

const AUDIT: &str = "SELECT seq, at, person, actor, role, verb, purpose, object, leaf FROM audit";

impl View {
    /// The sign-in of a secret, also when it has expired.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn sign_in(&self, secret_hash: &[u8]) -> Result<Option<SignIn>, ReadProblem> {
        self.one(
            "SELECT secret_hash, user_id, role, name, expires, bearer FROM sign_in WHERE secret_hash = ?1",
            [secret_hash],
            |row| {
                Ok(SignIn {
                    secret_hash: row.get(0)?,
                    user: row.get(1)?,
                    role: row.get(2)?,
                    name: row.get(3)?,
                    expires: Instant(row.get(4)?),
                    bearer: row.get(5)?,
                })
            },
        )
    }

    /// The last audit rows with their numbers, newest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when a row is not what its leaf says.
    pub fn audit_tail(&self, limit: usize) -> Result<Vec<(i64, AuditRow)>, ReadProblem> {
        self.all(&format!("{AUDIT} ORDER BY seq DESC LIMIT ?1"), [sql_limit(limit)], audit_row)?
            .into_iter()
            .map(sound)
            .collect()
    }

    /// Audit rows about a person, newest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when a row is not what its leaf says.
    pub fn audit_of_person(
        &self,
        person: PersonId,
        limit: usize,
    ) -> Result<Vec<(i64, AuditRow)>, ReadProblem> {
        self.all(
            &format!("{AUDIT} WHERE person = ?1 ORDER BY seq DESC LIMIT ?2"),
            params![person.as_i64(), sql_limit(limit)],
            audit_row,
        )?
        .into_iter()
        .map(sound)
        .collect()
    }

    /// Whose charts somebody opened, page by page, newest first: the person, when, the audit verb.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn charts_opened(
        &self,
        actor: &str,
        limit: usize,
    ) -> Result<Vec<(PersonId, Instant, String)>, ReadProblem> {
        self.all(
            "SELECT person, at, verb FROM audit WHERE actor = ?1 AND object >= 'person/' AND object < 'person0' \
             AND person IS NOT NULL ORDER BY seq DESC LIMIT ?2",
            params![actor, sql_limit(limit)],
            |row| Ok((PersonId::from_i64(row.get(0)?), Instant(row.get(1)?), row.get(2)?)),
        )
    }

    /// Audit rows as stored with their leaves, from a number on.
    pub(crate) fn audit_from(&self, from: i64, limit: usize) -> Result<Vec<Stored>, ReadProblem> {
        self.all(
            &format!("{AUDIT} WHERE seq >= ?1 ORDER BY seq LIMIT ?2"),
            params![from, sql_limit(limit)],
            audit_row,
        )
    }

    /// The leaves of the log from `from` on, in order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn audit_leaves(&self, from: i64, limit: usize) -> Result<Vec<Vec<u8>>, ReadProblem> {
        self.all(
            "SELECT leaf FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
            params![from, sql_limit(limit)],
            |row| row.get(0),
        )
    }
}

/// A row with its number and leaf.
pub(crate) type Stored = (i64, AuditRow, Vec<u8>);

fn audit_row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let audit = AuditRow {
        at: Instant(row.get(1)?),
        person: row.get::<_, Option<i64>>(2)?.map(PersonId::from_i64),
        actor: row.get(3)?,
        role: row.get(4)?,
        verb: row.get(5)?,
        purpose: row.get(6)?,
        object: row.get(7)?,
    };
    Ok((row.get(0)?, audit, row.get(8)?))
}

fn sound((seq, row, leaf): Stored) -> Result<(i64, AuditRow), ReadProblem> {
    if audit_leaf(seq, &row)[..] == leaf[..] {
        Ok((seq, row))
    } else {
        Err(ReadProblem::Damaged { what: format!("audit row {seq}") })
    }
}
