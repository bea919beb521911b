//! How apps, what they may do and their tokens are remembered.

use super::sqlite::{Hand, Stop};
use crate::rows::SmartChange;
use crate::sql::{Connection, params};

impl Hand<'_, '_> {
    pub(crate) fn smart(&mut self, changes: &[SmartChange]) -> Result<(), Stop> {
        let run = |sql: &str, values: &[&dyn crate::sql::ToSql]| -> Result<(), Stop> {
            Ok(self.conn.prepare_cached(sql)?.execute(values)?)
        };
        for change in changes {
            match change {
                SmartChange::App(app) => run(
                    "INSERT INTO smart_app (id, body, at, actor, ended) VALUES (?1, ?2, ?3, ?4, ?5) \
                     ON CONFLICT (id) DO UPDATE SET body = ?2, at = ?3, actor = ?4, ended = ?5",
                    params![app.id, app.body, app.at.0, app.actor, app.ended.map(|at| at.0)],
                )?,
                SmartChange::Grant(grant) => run(
                    "INSERT INTO smart_grant (id, app, account, body, at, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![grant.id, grant.app, grant.account, grant.body, grant.at.0, grant.expires.0],
                )?,
                SmartChange::End(id) => run("DELETE FROM smart_grant WHERE id = ?1", params![id])?,
                SmartChange::EndAllOf(app) => run("DELETE FROM smart_grant WHERE app = ?1", params![app])?,
                SmartChange::Token(token) => run(
                    "INSERT INTO smart_token (hash, sort, holder, body, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![token.hash, token.sort as i64, token.holder, token.body, token.expires.0],
                )?,
                SmartChange::Drop(hash) => run("DELETE FROM smart_token WHERE hash = ?1", params![hash])?,
                SmartChange::Spent(hash, expires) => {
                    run("INSERT INTO smart_spent (hash, expires) VALUES (?1, ?2)", params![hash, expires.0])?;
                }
                SmartChange::Forget(now) => {
                    run("DELETE FROM smart_token WHERE expires <= ?1", params![now.0])?;
                    run("DELETE FROM smart_spent WHERE expires <= ?1", params![now.0])?;
                    run("DELETE FROM smart_grant WHERE expires <= ?1", params![now.0])?;
                }
            }
        }
        Ok(())
    }
}

/// Whether something that holds once was used.
pub(crate) fn is_spent(conn: &Connection, hash: &[u8]) -> crate::sql::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM smart_spent WHERE hash = ?1")?.exists([hash])
}

/// Whether a grant was not ended.
pub(crate) fn holds(conn: &Connection, id: &[u8]) -> crate::sql::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM smart_grant WHERE id = ?1")?.exists([id])
}
