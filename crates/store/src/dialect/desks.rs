//! How rows of the desks are written. Rare, so that the statements are prepared when they are needed.

use super::sqlite::{Hand, Stop};
use crate::rows::DeskChange;
use crate::sql::params;

/// Cases are numbered from here on: four digits from the first.
const FIRST_CASE_NUMBER: i64 = 1_001;

impl Hand<'_, '_> {
    pub(crate) fn desks(&mut self, changes: &[DeskChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                DeskChange::Case(case) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO support_case (obligation, number, sort, item, asked, opener, practitioner, reach, at) \
                             VALUES (?1, max(?2, (SELECT coalesce(max(number), 0) + 1 FROM support_case)), ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                             ON CONFLICT (obligation) DO NOTHING",
                        )?
                        .execute(params![
                            case.obligation.0,
                            FIRST_CASE_NUMBER,
                            case.sort as i64,
                            case.item,
                            case.asked,
                            case.opener,
                            case.practitioner,
                            case.reach,
                            case.at.0
                        ])?;
                }
                DeskChange::Pause(pause) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO feed_pause (obligation, link, at, until, actor, reason, ended) \
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL) ON CONFLICT (obligation) DO NOTHING",
                        )?
                        .execute(params![
                            pause.obligation.0,
                            pause.link.0,
                            pause.at.0,
                            pause.until.0,
                            pause.actor,
                            pause.reason
                        ])?;
                }
                DeskChange::Resume(link, at) => {
                    self.conn
                        .prepare_cached("UPDATE feed_pause SET ended = ?2 WHERE link = ?1 AND ended IS NULL")?
                        .execute(params![link.0, at.0])?;
                }
                DeskChange::Batch(batch) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO batch (obligation, link, sort, at, actor, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                             ON CONFLICT (obligation) DO NOTHING",
                        )?
                        .execute(params![
                            batch.obligation.0,
                            batch.link.0,
                            batch.sort as i64,
                            batch.at.0,
                            batch.actor,
                            batch.reason
                        ])?;
                }
                DeskChange::BatchMessage(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO batch_message (message, batch, done) VALUES (?1, ?2, ?3) \
                             ON CONFLICT (message) DO UPDATE SET batch = ?2, done = ?3",
                        )?
                        .execute(params![row.message.0, row.batch.0, row.done.map(|at| at.0)])?;
                }
            }
        }
        Ok(())
    }
}
