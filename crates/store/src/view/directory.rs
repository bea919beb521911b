//! Reading the directory: as it is, as it was, and what was proposed.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{DirectoryEvent, DirectoryProposal, ObligationId};
use fhir::Instant;
use rusqlite::{Row, params};

const EVENT: &str = "SELECT seq, at, actor, source, reason, sort, id, body FROM directory_event e";
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
                 WHERE o.sort = e.sort AND o.id = e.id AND o.at <= ?1) AND body <> '' ORDER BY sort, id"
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
        self.all(&format!("{EVENT} ORDER BY seq DESC LIMIT ?1"), [sql_limit(limit)], event_row)
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

fn event_row(row: &Row<'_>) -> rusqlite::Result<DirectoryEvent> {
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

fn proposal_row(row: &Row<'_>) -> rusqlite::Result<DirectoryProposal> {
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
