//! Reading consent directives, what opens charts, and requests to correct.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{AccessGrant, CorrectionRow, DirectiveRow, GrantSort, ObligationId};
use crate::sql::{Row, params};
use fhir::{Instant, RecordId};

const DIRECTIVE: &str =
    "SELECT id, record, at, actor, reason, body, until, ended, ended_by, end_reason FROM consent_directive";
const GRANT: &str = "SELECT id, actor, record, at, until, sort, code, words, obligation FROM access_grant";
const CORRECTION: &str = "SELECT obligation, record, at, actor, asked, about, verdict, decided, decider, statement FROM correction";

impl View {
    /// Whether any directive of anybody stands.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn any_directive(&self) -> Result<bool, ReadProblem> {
        if let Some(known) = self.remembered.any_directive.get() {
            return Ok(*known);
        }
        let found =
            self.one("SELECT 1 FROM consent_directive WHERE ended IS NULL LIMIT 1", [], |_| Ok(()))?;
        Ok(*self.remembered.any_directive.get_or_init(|| found.is_some()))
    }

    /// Directives recorded at a source record, oldest first; also those that have ended.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directives_of(&self, record: RecordId) -> Result<Vec<DirectiveRow>, ReadProblem> {
        self.all(&format!("{DIRECTIVE} WHERE record = ?1 ORDER BY id"), [record.as_i64()], directive_row)
    }

    /// Directives that stand, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn standing_directives(&self, limit: usize) -> Result<Vec<DirectiveRow>, ReadProblem> {
        self.all(
            &format!("{DIRECTIVE} WHERE ended IS NULL ORDER BY id DESC LIMIT ?1"),
            [sql_limit(limit)],
            directive_row,
        )
    }

    /// One directive.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directive(&self, id: i64) -> Result<Option<DirectiveRow>, ReadProblem> {
        self.one(&format!("{DIRECTIVE} WHERE id = ?1"), [id], directive_row)
    }

    /// What opens a source record to somebody at a moment, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn grants(
        &self,
        actor: &str,
        record: RecordId,
        now: Instant,
    ) -> Result<Vec<AccessGrant>, ReadProblem> {
        self.all(
            &format!("{GRANT} WHERE actor = ?1 AND record = ?2 AND at <= ?3 AND (until IS NULL OR until > ?3) ORDER BY id DESC"),
            params![actor, record.as_i64(), now.0],
            grant_row,
        )
    }

    /// What ever opened a source record to anybody, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn grants_of_record(&self, record: RecordId, limit: usize) -> Result<Vec<AccessGrant>, ReadProblem> {
        self.all(
            &format!("{GRANT} WHERE record = ?1 ORDER BY id DESC LIMIT ?2"),
            params![record.as_i64(), sql_limit(limit)],
            grant_row,
        )
    }

    /// Reasons, broken glass, whoever was put on a panel by word alone, and whoever the privacy desk took off one, of
    /// everybody, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn latest_grants(&self, limit: usize) -> Result<Vec<AccessGrant>, ReadProblem> {
        self.all(
            &format!("{GRANT} WHERE sort > 0 OR code IN ('attested', 'revoked', 'lifted') ORDER BY id DESC LIMIT ?1"),
            [sql_limit(limit)],
            grant_row,
        )
    }

    /// Whoever is on somebody's panel and has not left it before `since`, in the order of coming.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn panel_of(&self, actor: &str, since: Instant) -> Result<Vec<AccessGrant>, ReadProblem> {
        self.all(
            &format!("{GRANT} WHERE actor = ?1 AND sort = 0 AND (until IS NULL OR until > ?2) ORDER BY id"),
            params![actor, since.0],
            grant_row,
        )
    }

    /// Relations of somebody's panel that the privacy desk ended and has not lifted, in the order of coming.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn revoked_of(&self, actor: &str) -> Result<Vec<AccessGrant>, ReadProblem> {
        self.all(
            &format!("{GRANT} WHERE actor = ?1 AND sort = 0 AND code = 'revoked' ORDER BY id"),
            [actor],
            grant_row,
        )
    }

    /// One opening.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn grant(&self, id: i64) -> Result<Option<AccessGrant>, ReadProblem> {
        self.one(&format!("{GRANT} WHERE id = ?1"), [id], grant_row)
    }

    /// The broken glass that an obligation reviews.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn glass_under_review(
        &self,
        record: RecordId,
        obligation: ObligationId,
    ) -> Result<Option<AccessGrant>, ReadProblem> {
        self.one(
            &format!("{GRANT} WHERE record = ?1 AND obligation = ?2"),
            params![record.as_i64(), obligation.0],
            grant_row,
        )
    }

    /// Requests to correct a source record, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn corrections_of(&self, record: RecordId) -> Result<Vec<CorrectionRow>, ReadProblem> {
        self.all(&format!("{CORRECTION} WHERE record = ?1 ORDER BY at"), [record.as_i64()], correction_row)
    }

    /// One request.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn correction(&self, obligation: ObligationId) -> Result<Option<CorrectionRow>, ReadProblem> {
        self.one(&format!("{CORRECTION} WHERE obligation = ?1"), [obligation.0], correction_row)
    }
}

fn directive_row(row: &Row<'_>) -> crate::sql::Result<DirectiveRow> {
    Ok(DirectiveRow {
        id: row.get(0)?,
        record: RecordId::from_i64(row.get(1)?),
        at: Instant(row.get(2)?),
        actor: row.get(3)?,
        reason: row.get(4)?,
        body: row.get(5)?,
        until: row.get::<_, Option<i64>>(6)?.map(Instant),
        ended: row.get::<_, Option<i64>>(7)?.map(Instant),
        ended_by: row.get(8)?,
        end_reason: row.get(9)?,
    })
}

fn grant_row(row: &Row<'_>) -> crate::sql::Result<AccessGrant> {
    Ok(AccessGrant {
        id: row.get(0)?,
        actor: row.get(1)?,
        record: RecordId::from_i64(row.get(2)?),
        at: Instant(row.get(3)?),
        until: row.get::<_, Option<i64>>(4)?.map(Instant),
        sort: GrantSort::from_code(row.get(5)?),
        code: row.get(6)?,
        words: row.get(7)?,
        obligation: row.get::<_, Option<i64>>(8)?.map(ObligationId),
    })
}

fn correction_row(row: &Row<'_>) -> crate::sql::Result<CorrectionRow> {
    Ok(CorrectionRow {
        obligation: ObligationId(row.get(0)?),
        record: RecordId::from_i64(row.get(1)?),
        at: Instant(row.get(2)?),
        actor: row.get(3)?,
        asked: row.get(4)?,
        about: row.get(5)?,
        verdict: row.get(6)?,
        decided: row.get::<_, Option<i64>>(7)?.map(Instant),
        decider: row.get(8)?,
        statement: row.get(9)?,
    })
}
