//! How the breaker's rows are written. Rare, so that its statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::{BreakerChange, BreakerMessage};
use crate::sql::params;

impl Hand<'_, '_> {
    pub(crate) fn breaker(&mut self, changes: &[BreakerChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                BreakerChange::Stop(stop) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO breaker_stop (id, link, person, at, before, reasons, verdict, decided, actor, reason) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', NULL, '', '') ON CONFLICT (id) DO NOTHING",
                        )?
                        .execute(params![
                            stop.id.0,
                            stop.link.0,
                            stop.person.map(fhir::PersonId::as_i64),
                            stop.at.0,
                            stop.before.map(|message| message.0),
                            stop.reasons
                        ])?;
                }
                BreakerChange::Decide(stop) => {
                    self.conn
                        .prepare_cached(
                            "UPDATE breaker_stop SET verdict = ?2, decided = ?3, actor = ?4, reason = ?5 WHERE id = ?1",
                        )?
                        .execute(params![
                            stop.id.0,
                            stop.verdict,
                            stop.decided.map(|at| at.0),
                            stop.actor,
                            stop.reason
                        ])?;
                }
                BreakerChange::Take(message) => self.breaker_message(
                    message,
                    "INSERT INTO breaker_message (message, stop, sort, authority, value, done) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                     ON CONFLICT (message) DO UPDATE SET stop = ?2, sort = ?3, done = NULL \
                     WHERE breaker_message.done IS NOT NULL AND breaker_message.stop <> ?2 \
                     AND EXISTS (SELECT 1 FROM breaker_stop s WHERE s.id = ?2 AND s.verdict = '')",
                )?,
                BreakerChange::Message(message) => self.breaker_message(
                    message,
                    "INSERT INTO breaker_message (message, stop, sort, authority, value, done) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                     ON CONFLICT (message) DO UPDATE SET stop = ?2, sort = ?3, authority = ?4, value = ?5, done = ?6",
                )?,
            }
        }
        Ok(())
    }

    fn breaker_message(&mut self, row: &BreakerMessage, sql: &str) -> Result<(), Stop> {
        let (authority, value) = row.aim.as_ref().map_or(("", ""), |(authority, value)| (authority, value));
        self.conn.prepare_cached(sql)?.execute(params![
            row.message.0,
            row.stop.0,
            row.part as i64,
            authority,
            value,
            row.done.map(|at| at.0)
        ])?;
        Ok(())
    }
}
