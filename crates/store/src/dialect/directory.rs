//! How the directory's rows are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::DirectoryChange;
use crate::sql::params;

impl Hand<'_, '_> {
    pub(crate) fn directory(&mut self, changes: &[DirectoryChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                DirectoryChange::Event(event) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO directory_event (seq, at, actor, source, reason, sort, id, body) \
                             SELECT coalesce(max(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM directory_event",
                        )?
                        .execute(params![
                            event.at.0,
                            event.actor,
                            event.source,
                            event.reason,
                            event.sort,
                            event.id,
                            event.body
                        ])?;
                }
                DirectoryChange::Proposal(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO directory_proposal \
                             (obligation, at, actor, source, words, changes, verdict, decided, decider, reason) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (obligation) \
                             DO UPDATE SET verdict = ?7, decided = ?8, decider = ?9, reason = ?10",
                        )?
                        .execute(params![
                            row.id.0,
                            row.at.0,
                            row.actor,
                            row.source,
                            row.words,
                            row.changes,
                            row.verdict,
                            row.decided.map(|at| at.0),
                            row.decider,
                            row.reason
                        ])?;
                }
            }
        }
        Ok(())
    }
}
