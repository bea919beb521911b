//! Reading the directory: as it is, as it was, and what was proposed.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{DirectoryEvent, DirectoryProposal, ObligationId};
use crate::sql::{Row, params};
use fhir::Instant;

const EVENT: &str = "SELECT seq, at, actor, source, reason, sort, id, body FROM directory_event e";
/// Sorts of the facts that are about people, as SQL: as many as people, read one by one and never listed. `moved` says of a
/// practitioner where their reports went and go, beside the change that moved them.
const ABOUT_PEOPLE: &str = "('primary', 'primary-withdrawn', 'moved')";
const PROPOSAL: &str = "SELECT obligation, at, actor, source, words, changes, verdict, decided, decider, reason \
    FROM directory_proposal";

impl View {
    /// The number of the last change; 0 while the directory is empty.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_seq(&self) -> Result<i64, ReadProblem> {
        let seq = self.one("SELECT coalesce(max(seq), 0) FROM directory_event", [], |row| row.get(0))?;
        Ok(seq.unwrap_or(0))
    }

    /// What the directory knew at an instant: the last change of each fact until then, withdrawn ones left out.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_at(&self, at: Instant) -> Result<Vec<DirectoryEvent>, ReadProblem> {
        self.all(
            &format!(
                "{EVENT} WHERE seq = (SELECT max(o.seq) FROM directory_event o \
                 WHERE o.sort = e.sort AND o.id = e.id AND o.at <= ?1) AND body <> '' AND sort NOT IN {ABOUT_PEOPLE} ORDER BY sort, id"
            ),
            [at.0],
            event_row,
        )
    }

    /// Changes, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_events(&self, limit: usize) -> Result<Vec<DirectoryEvent>, ReadProblem> {
        let sql = format!("{EVENT} WHERE sort NOT IN {ABOUT_PEOPLE} ORDER BY seq DESC LIMIT ?1");
        self.all(&sql, [sql_limit(limit)], event_row)
    }

    /// Whether anything of a sort was ever said.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_has(&self, sort: &str) -> Result<bool, ReadProblem> {
        Ok(self.one("SELECT 1 FROM directory_event WHERE sort = ?1 LIMIT 1", [sort], |_| Ok(()))?.is_some())
    }

    /// The facts of a sort whose ids begin so, each as it was last said; withdrawn ones left out. `prefix` ends in `:`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_facts(&self, sort: &str, prefix: &str) -> Result<Vec<DirectoryEvent>, ReadProblem> {
        // The sign after the colon that ends the prefix.
        let after = format!("{};", prefix.strip_suffix(':').unwrap_or(prefix));
        self.all(
            &format!(
                "{EVENT} WHERE sort = ?1 AND id >= ?2 AND id < ?3 AND body <> '' AND seq = \
                 (SELECT max(o.seq) FROM directory_event o WHERE o.sort = e.sort AND o.id = e.id) ORDER BY id"
            ),
            params![sort, prefix, after],
            event_row,
        )
    }

    /// Changes of one fact, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_history(&self, sort: &str, id: &str) -> Result<Vec<DirectoryEvent>, ReadProblem> {
        self.all(
            &format!("{EVENT} WHERE sort = ?1 AND id = ?2 ORDER BY seq DESC"),
            params![sort, id],
            event_row,
        )
    }

    /// Proposals that nobody has decided about, the oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_proposals(
        &self,
        source: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DirectoryProposal>, ReadProblem> {
        self.all(
            &format!(
                "{PROPOSAL} WHERE verdict = '' AND (?2 IS NULL OR source = ?2) ORDER BY at, obligation LIMIT ?1"
            ),
            params![sql_limit(limit), source],
            proposal_row,
        )
    }

    /// One proposal.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn directory_proposal(&self, id: ObligationId) -> Result<Option<DirectoryProposal>, ReadProblem> {
        self.one(&format!("{PROPOSAL} WHERE obligation = ?1"), [id.0], proposal_row)
    }
}

fn event_row(row: &Row<'_>) -> crate::sql::Result<DirectoryEvent> {
    Ok(DirectoryEvent {
        seq: row.get(0)?,
        at: Instant(row.get(1)?),
        actor: row.get(2)?,
        source: row.get(3)?,
        reason: row.get(4)?,
        sort: row.get(5)?,
        id: row.get(6)?,
        body: row.get(7)?,
    })
}

fn proposal_row(row: &Row<'_>) -> crate::sql::Result<DirectoryProposal> {
    Ok(DirectoryProposal {
        id: ObligationId(row.get(0)?),
        at: Instant(row.get(1)?),
        actor: row.get(2)?,
        source: row.get(3)?,
        words: row.get(4)?,
        changes: row.get(5)?,
        verdict: row.get(6)?,
        decided: row.get::<_, Option<i64>>(7)?.map(Instant),
        decider: row.get(8)?,
        reason: row.get(9)?,
    })
}
