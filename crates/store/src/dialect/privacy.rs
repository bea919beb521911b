//! How rows of consent and access are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::PrivacyChange;
use rusqlite::params;

impl Hand<'_, '_> {
    pub(crate) fn privacy(&mut self, changes: &[PrivacyChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                PrivacyChange::Directive(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO consent_directive (record, at, actor, reason, body, until, ended, ended_by, end_reason) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, '', '')",
                        )?
                        .execute(params![
                            row.record.as_i64(),
                            row.at.0,
                            row.actor,
                            row.reason,
                            row.body,
                            row.until.map(|at| at.0)
                        ])?;
                }
                PrivacyChange::EndDirective(id, at, actor, reason) => {
                    self.conn
                        .prepare_cached(
                            "UPDATE consent_directive SET ended = ?2, ended_by = ?3, end_reason = ?4 \
                             WHERE id = ?1 AND ended IS NULL",
                        )?
                        .execute(params![id, at.0, actor, reason])?;
                }
                PrivacyChange::Grant(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO access_grant (actor, record, at, until, sort, code, words, obligation) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                        )?
                        .execute(params![
                            row.actor,
                            row.record.as_i64(),
                            row.at.0,
                            row.until.map(|at| at.0),
                            row.sort as i64,
                            row.code,
                            row.words,
                            row.obligation.map(|id| id.0)
                        ])?;
                }
                PrivacyChange::GrantUntil(id, until, note) => {
                    self.conn
                        .prepare_cached(
                            "UPDATE access_grant SET until = ?2, words = words || ?3 WHERE id = ?1",
                        )?
                        .execute(params![id, until.0, note])?;
                }
                PrivacyChange::Correction(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO correction (obligation, record, at, actor, asked, about, verdict, decided, decider, statement) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
                             ON CONFLICT (obligation) DO UPDATE SET verdict = ?7, decided = ?8, decider = ?9, statement = ?10",
                        )?
                        .execute(params![
                            row.obligation.0,
                            row.record.as_i64(),
                            row.at.0,
                            row.actor,
                            row.asked,
                            row.about,
                            row.verdict,
                            row.decided.map(|at| at.0),
                            row.decider,
                            row.statement
                        ])?;
                }
            }
        }
        Ok(())
    }
}
