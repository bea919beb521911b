//! How rows of consent and access are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::{LIFTED, PrivacyChange, REVOKED};
use crate::sql::{Connection, params};

impl Hand<'_, '_> {
    pub(crate) fn privacy(&mut self, changes: &[PrivacyChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                PrivacyChange::Directive(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO consent_directive (id, record, at, actor, reason, body, until, ended, ended_by, end_reason) \
                             SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, NULL, '', '' FROM consent_directive",
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
                            "INSERT INTO access_grant (id, actor, record, at, until, sort, code, words, obligation) \
                             SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM access_grant",
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
                            "UPDATE access_grant SET until = ?2, words = words || ?3 WHERE id = ?1 AND code <> 'revoked'",
                        )?
                        .execute(params![id, until.0, note])?;
                }
                PrivacyChange::Revoke(ended) => {
                    let mut end = self.conn.prepare_cached(
                        "UPDATE access_grant SET until = ?3, words = words || ?4, code = ?5 \
                         WHERE actor = ?1 AND record = ?2 AND sort = 0 AND (until IS NULL OR until > ?3)",
                    )?;
                    for record in &ended.records {
                        end.execute(params![ended.actor, record.as_i64(), ended.at.0, ended.note, REVOKED])?;
                    }
                }
                PrivacyChange::Lift(ids, note) => {
                    let mut lift = self.conn.prepare_cached(
                        "UPDATE access_grant SET words = words || ?2, code = ?3 WHERE id = ?1 AND code = ?4",
                    )?;
                    for id in ids {
                        lift.execute(params![id, note, LIFTED, REVOKED])?;
                    }
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

/// Numbers of the relations of somebody's panel that the privacy desk ended and has not lifted, in order.
pub(crate) fn revoked(conn: &Connection, actor: &str) -> crate::sql::Result<Vec<i64>> {
    conn.prepare_cached(
        "SELECT id FROM access_grant WHERE actor = ?1 AND sort = 0 AND code = 'revoked' ORDER BY id",
    )?
    .query_map([actor], |row| row.get(0))?
    .collect()
}
