//! How rows of access at facilities are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::{FacilityChange, FacilityRequirement};
use crate::sql::{Connection, params};

impl Hand<'_, '_> {
    pub(crate) fn facility(&mut self, changes: &[FacilityChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                FacilityChange::Structure(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO facility_structure (seq, at, actor, reason, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                        )?
                        .execute(params![row.seq, row.at.0, row.actor, row.reason, row.body])?;
                }
                FacilityChange::Person(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO facility_person (account, employee, unit, since) VALUES (?1, ?2, ?3, ?4) \
                             ON CONFLICT (account) DO UPDATE SET employee = ?2, unit = ?3",
                        )?
                        .execute(params![row.account, row.employee, row.unit, row.since.0])?;
                }
                FacilityChange::Register(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO register_file (register, at, digest, body) VALUES (?1, ?2, ?3, ?4) \
                             ON CONFLICT (register) DO UPDATE SET at = ?2, digest = ?3, body = ?4",
                        )?
                        .execute(params![row.register, row.at.0, row.digest, row.body])?;
                }
                FacilityChange::Lapse(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO lapse (account, code, at, words, ended, ended_by) \
                             SELECT ?1, ?2, ?3, ?4, NULL, '' WHERE NOT EXISTS \
                             (SELECT 1 FROM lapse WHERE account = ?1 AND code = ?2 AND ended IS NULL)",
                        )?
                        .execute(params![row.account, row.code, row.at.0, row.words])?;
                }
                FacilityChange::LapseEnds(account, code, at, by) => {
                    self.conn
                        .prepare_cached(
                            "UPDATE lapse SET ended = ?3, ended_by = ?4 WHERE account = ?1 AND code = ?2 AND ended IS NULL",
                        )?
                        .execute(params![account, code, at.0, by])?;
                }
                FacilityChange::Round(quarter, at) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO recertification_round (quarter, asked) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                        )?
                        .execute(params![quarter, at.0])?;
                }
                FacilityChange::Recertified(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO recertification (quarter, account, keeps, actor, at, reason) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (quarter, account) \
                             DO UPDATE SET keeps = ?3, actor = ?4, at = ?5, reason = ?6",
                        )?
                        .execute(params![
                            row.quarter,
                            row.account,
                            row.keeps,
                            row.actor,
                            row.at.0,
                            row.reason
                        ])?;
                }
                FacilityChange::Ticket(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO access_ticket (sender, ticket, digest, at, application, wish) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                        )?
                        .execute(params![
                            row.sender,
                            row.ticket,
                            row.digest,
                            row.at.0,
                            row.application.0,
                            row.wish
                        ])?;
                }
                FacilityChange::TicketStatus(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO ticket_status (seq, sender, ticket, at, status, words) \
                             VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM ticket_status), ?1, ?2, ?3, ?4, ?5)",
                        )?
                        .execute(params![row.sender, row.ticket, row.at.0, row.status, row.words])?;
                }
                FacilityChange::Nonce(sender, nonce, now, expires) => {
                    // What is too old is refused for its age: nothing of it need be kept.
                    self.conn
                        .prepare_cached("DELETE FROM ticket_nonce WHERE expires <= ?1")?
                        .execute([now.0])?;
                    self.conn
                        .prepare_cached(
                            "INSERT INTO ticket_nonce (sender, nonce, expires) VALUES (?1, ?2, ?3)",
                        )?
                        .execute(params![sender, nonce, expires.0])?;
                }
                FacilityChange::ShareRun(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO share_run (run, at, actor, switch, roster, migrated, not_migrated, excluded) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (run) DO NOTHING",
                        )?
                        .execute(params![
                            row.run,
                            row.at.0,
                            row.actor,
                            row.switch,
                            row.roster,
                            row.migrated,
                            row.not_migrated,
                            row.excluded
                        ])?;
                }
                FacilityChange::ShareUser(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO share_user (run, line, user, name, unit, fate, words, evidence, application) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (run, line) DO NOTHING",
                        )?
                        .execute(params![
                            row.run,
                            row.line,
                            row.user,
                            row.name,
                            row.unit,
                            row.fate,
                            row.words,
                            row.evidence,
                            row.application.0
                        ])?;
                }
            }
        }
        Ok(())
    }
}

/// Whether something about these rows is still true.
pub(crate) fn holds(conn: &Connection, requirement: &FacilityRequirement) -> crate::sql::Result<bool> {
    Ok(match requirement {
        FacilityRequirement::StructureIs(wanted) => {
            let newest = "SELECT coalesce(max(seq), 0) FROM facility_structure";
            conn.prepare_cached(newest)?.query_row([], |row| row.get::<_, i64>(0))? == *wanted
        }
        FacilityRequirement::TicketIsNew(sender, ticket) => !conn
            .prepare_cached("SELECT 1 FROM access_ticket WHERE sender = ?1 AND ticket = ?2")?
            .exists(params![sender, ticket])?,
        FacilityRequirement::NonceUnused(sender, nonce) => !conn
            .prepare_cached("SELECT 1 FROM ticket_nonce WHERE sender = ?1 AND nonce = ?2")?
            .exists(params![sender, nonce])?,
        FacilityRequirement::RunIsNew(run) => {
            !conn.prepare_cached("SELECT 1 FROM share_run WHERE run = ?1")?.exists([run])?
        }
    })
}
