//! How accounts are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::AccountChange;
use crate::sql::{Connection, OptionalExtension as _, params};

impl Hand<'_, '_> {
    pub(crate) fn accounts(&mut self, changes: &[AccountChange]) -> Result<(), Stop> {
        for change in changes {
            self.account(change)?;
        }
        Ok(())
    }

    fn account(&mut self, change: &AccountChange) -> Result<(), Stop> {
        let run = |sql: &str, values: &[&dyn crate::sql::ToSql]| -> Result<(), Stop> {
            Ok(self.conn.prepare_cached(sql)?.execute(values)?)
        };
        match change {
            AccountChange::Account(row) => run(
                "INSERT INTO account (id, revision, state, name, address, licence, reason, opened, changed, changed_by, \
                 invitation, invited_until, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                 ON CONFLICT (id) DO UPDATE SET revision = ?2, state = ?3, name = ?4, address = ?5, licence = ?6, \
                 reason = ?7, changed = ?9, changed_by = ?10, invitation = ?11, invited_until = ?12, seen = ?13",
                params![
                    row.id,
                    row.revision,
                    row.state as i64,
                    row.name,
                    row.address,
                    row.licence,
                    row.reason,
                    row.opened.0,
                    row.changed.0,
                    row.changed_by,
                    row.invitation,
                    row.invited_until.map(|at| at.0),
                    row.seen.map(|at| at.0)
                ],
            )?,
            AccountChange::Identity(row) => run(
                "INSERT INTO account_identity (issuer, subject, account, bound, evidence, at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (issuer, subject) DO UPDATE SET account = ?3, bound = ?4, evidence = ?5, at = ?6",
                params![row.issuer, row.subject, row.account, row.bound, row.evidence, row.at.0],
            )?,
            AccountChange::Passkey(row) => run(
                "INSERT INTO passkey (credential, account, public_key, sign_count, name, added, used) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                 ON CONFLICT (credential) DO UPDATE SET sign_count = ?4, name = ?5, used = ?7",
                params![
                    row.credential,
                    row.account,
                    row.public_key,
                    row.sign_count,
                    row.name,
                    row.added.0,
                    row.used.map(|at| at.0)
                ],
            )?,
            AccountChange::DropPasskey(account, credential) => run(
                "DELETE FROM passkey WHERE credential = ?1 AND account = ?2",
                params![credential, account],
            )?,
            AccountChange::DropPasskeys(account) => {
                run("DELETE FROM passkey WHERE account = ?1", params![account])?
            }
            AccountChange::Grant(row) => run(
                "INSERT INTO account_grant (account, number, role, practitioner, place, context, begins, ends, by_whom, \
                 application) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
                 ON CONFLICT (account, number) DO UPDATE SET ends = ?8",
                params![
                    row.account,
                    row.number,
                    row.role,
                    row.practitioner,
                    row.place,
                    row.context as i64,
                    row.begins.0,
                    row.ends.map(|at| at.0),
                    row.by_whom,
                    row.application
                ],
            )?,
            AccountChange::Acknowledged(account, statement, version, at) => run(
                "INSERT INTO account_statement (account, statement, version, at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (account, statement, version) DO NOTHING",
                params![account, statement, version, at.0],
            )?,
            AccountChange::EndSessions(user) => {
                run("DELETE FROM sign_in WHERE user_id = ?1", params![user])?;
                // What somebody let an app do without them is by the same proof.
                run("DELETE FROM smart_grant WHERE account = ?1", params![user])?
            }
            AccountChange::Seen(session, at) => {
                run("UPDATE sign_in SET seen = max(seen, ?2) WHERE secret_hash = ?1", params![session, at.0])?
            }
            AccountChange::Proven(session, until) => {
                run("UPDATE sign_in SET proven_until = ?2 WHERE secret_hash = ?1", params![session, until.0])?
            }
            AccountChange::Attempt(row, now) => {
                run("DELETE FROM sign_in_attempt WHERE expires <= ?1", params![now.0])?;
                run(
                    "INSERT INTO sign_in_attempt (handle, body, expires) VALUES (?1, ?2, ?3)",
                    params![row.handle, row.body, row.expires.0],
                )?
            }
            AccountChange::AttemptTaken(handle) => {
                run("DELETE FROM sign_in_attempt WHERE handle = ?1", params![handle])?
            }
            AccountChange::Tried(tried, now, until) => {
                run("DELETE FROM sign_in_throttle WHERE expires <= ?1", params![now.0])?;
                run(
                    "INSERT INTO sign_in_throttle (tried, expires, count) VALUES (?1, ?2, 1) \
                     ON CONFLICT (tried) DO UPDATE SET count = sign_in_throttle.count + 1",
                    params![tried, until.0],
                )?
            }
        };
        Ok(())
    }
}

/// The revision of an account; 0 when there is none.
pub(crate) fn revision(conn: &Connection, account: &str) -> crate::sql::Result<i64> {
    let mut read = conn.prepare_cached("SELECT revision FROM account WHERE id = ?1")?;
    Ok(read.query_row([account], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Whether a sign-in that began elsewhere has not come back yet.
pub(crate) fn is_waiting(conn: &Connection, handle: &[u8]) -> crate::sql::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM sign_in_attempt WHERE handle = ?1")?.exists([handle])
}
