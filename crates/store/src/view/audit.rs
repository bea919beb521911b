//! Reading the audit log.

use super::activity::PeriodKeys;
use super::{View, sql_limit};
use crate::activity::leaf_of;
use crate::problem::ReadProblem;
use crate::rows::AuditRow;
use crate::sql::{Row, params};
use fhir::{Instant, PersonId};

pub(super) const AUDIT: &str =
    "SELECT seq, at, person, actor, role, verb, purpose, object, leaf, digest IS NOT NULL FROM audit";

impl View {
    /// The last audit rows with their numbers, newest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when a row is not what its leaf says.
    pub fn audit_tail(&self, limit: usize) -> Result<Vec<(i64, AuditRow)>, ReadProblem> {
        let rows = self.all(&format!("{AUDIT} ORDER BY seq DESC LIMIT ?1"), [sql_limit(limit)], audit_row)?;
        self.sound(rows)
    }

    /// Looks through a process that stands by, which are not in the log yet; each with its number there.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn looked_beside(&self, limit: usize) -> Result<Vec<(Vec<u8>, AuditRow)>, ReadProblem> {
        self.all(
            "SELECT id, at, person, actor, role, verb, purpose, object FROM audit_waiting ORDER BY id LIMIT ?1",
            [sql_limit(limit)],
            |row| {
                let looked = AuditRow {
                    at: Instant(row.get(1)?),
                    person: row.get::<_, Option<i64>>(2)?.map(PersonId::from_i64),
                    actor: row.get(3)?,
                    role: row.get(4)?,
                    verb: row.get(5)?,
                    purpose: row.get(6)?,
                    object: row.get(7)?,
                };
                Ok((row.get(0)?, looked))
            },
        )
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
        let rows = self.all(
            &format!("{AUDIT} WHERE person = ?1 ORDER BY seq DESC LIMIT ?2"),
            params![person.as_i64(), sql_limit(limit)],
            audit_row,
        )?;
        self.sound(rows)
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
}

/// A row with its number and leaf, and whether its content was destroyed.
pub(crate) type Stored = (i64, AuditRow, Vec<u8>, bool);

pub(super) fn audit_row(row: &Row<'_>) -> crate::sql::Result<Stored> {
    let audit = AuditRow {
        at: Instant(row.get(1)?),
        person: row.get::<_, Option<i64>>(2)?.map(PersonId::from_i64),
        actor: row.get(3)?,
        role: row.get(4)?,
        verb: row.get(5)?,
        purpose: row.get(6)?,
        object: row.get(7)?,
    };
    Ok((row.get(0)?, audit, row.get(8)?, row.get(9)?))
}

impl View {
    /// Rows that are what their leaves say; one of which the content was destroyed is shown with what is left of it, and
    /// its leaf is for the offline check.
    pub(super) fn sound(&self, rows: Vec<Stored>) -> Result<Vec<(i64, AuditRow)>, ReadProblem> {
        let mut keys = PeriodKeys::default();
        rows.into_iter()
            .map(|(seq, row, leaf, destroyed)| {
                let right = destroyed
                    || keys.of(self, row.at)?.is_some_and(|key| leaf_of(seq, &row, &key)[..] == leaf[..]);
                if right {
                    Ok((seq, row))
                } else {
                    Err(ReadProblem::Damaged { what: format!("audit row {seq}") })
                }
            })
            .collect()
    }
}
