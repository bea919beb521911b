//! How incidents, flows and the books of what is settled are written. Rare, so that statements are prepared when needed.

use super::sqlite::{Hand, Stop};
use crate::rows::{MESSAGES_PER_LINK, MessageState, ObligationRow, ObligationState, WatchChange};
use crate::sql::{OptionalExtension, params};
use crate::types::{OTHER_TYPE, ToldApart};

/// Bits of an obligation's key below the arrival number of its message (see `ObligationId::from_message`).
pub(crate) const KEY_BITS_BELOW_ARRIVAL: u32 = 28;

const HOUR_US: i64 = 3_600_000_000;

impl Hand<'_, '_> {
    pub(crate) fn watch(&mut self, changes: &[WatchChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                WatchChange::Incident(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO incident (id, sort, subject, opened, closed, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                             ON CONFLICT (id) DO UPDATE SET closed = excluded.closed, words = excluded.words",
                        )?
                        .execute(params![
                            row.id.0,
                            row.sort,
                            row.subject,
                            row.opened.0,
                            row.closed.map(|at| at.0),
                            row.words
                        ])?;
                }
                WatchChange::Flow(more) => {
                    let n = i64::try_from(more.n).unwrap_or(i64::MAX);
                    if n > 0 {
                        self.conn
                            .prepare_cached(
                                "INSERT INTO flow (stream, hour, n, busy) VALUES (?1, ?2, ?3, 1) \
                                 ON CONFLICT (stream, hour) DO UPDATE SET n = flow.n + excluded.n, busy = flow.busy + 1",
                            )?
                            .execute(params![more.stream, more.hour, n])?;
                    }
                    self.conn
                        .prepare_cached(
                            "INSERT INTO flow_mark (stream, upto, heard) VALUES (?1, ?2, ?3) \
                             ON CONFLICT (stream) DO UPDATE SET upto = excluded.upto, heard = excluded.heard",
                        )?
                        .execute(params![more.stream, more.upto, more.heard.0])?;
                }
                WatchChange::ForgetFlows(before) => {
                    self.conn.prepare_cached("DELETE FROM flow WHERE hour < ?1")?.execute([before])?;
                    // A type of which nothing is learned any more makes room for another.
                    self.conn
                        .prepare_cached("DELETE FROM flow_mark WHERE heard < ?1 AND stream LIKE 'feed:%|%'")?
                        .execute([before.saturating_mul(HOUR_US)])?;
                }
                WatchChange::SettleBooks(to) => self.settle_books(*to)?,
            }
        }
        Ok(())
    }

    /// Counts the rows from the mark up to `to` and moves the mark there.
    fn settle_books(&mut self, to: i64) -> Result<(), Stop> {
        let from = self.remembered.counted_below(self.conn)?;
        let open: Option<i64> =
            self.conn.query_row("SELECT min(arrival) FROM journal_open", [], |row| row.get(0))?;
        if to <= from || to > self.numbers.arrival || open.is_some_and(|open| open < to) {
            return Ok(());
        }
        let mut told = ToldApart::read(self.conn)?;
        let accepted = self.counted(
            "SELECT id / ?3, message_type, '', count(*) FROM journal INDEXED BY journal_arrival \
             WHERE arrival >= ?1 AND arrival < ?2 GROUP BY 1, 2 ORDER BY 1, 2",
            [from, to, MESSAGES_PER_LINK],
        )?;
        let standing = self.counted(
            "SELECT d.id / ?3, d.message_type, CAST(d.state AS TEXT), count(*) \
             FROM journal j INDEXED BY journal_arrival JOIN journal_done d ON d.id = j.id \
             WHERE j.arrival >= ?1 AND j.arrival < ?2 GROUP BY 1, 2, 3 ORDER BY 1, 2",
            [from, to, MESSAGES_PER_LINK],
        )?;
        for (sort, rows) in [(0, accepted), (1, standing)] {
            for (link, message_type, state, n) in rows {
                let name = told.name(link, &message_type);
                self.settled(sort, [&link.to_string(), name, &state], n)?;
            }
        }
        let add = "ON CONFLICT (sort, a, b, c) DO UPDATE SET n = census_settled.n + excluded.n";
        self.conn.execute(
            &format!(
                "INSERT INTO census_settled (sort, a, b, c, n) \
                 SELECT 2, kind, recipient, outcome, count(*) FROM obligation \
                 WHERE id >= ?1 AND id < ?2 AND is_open = 0 GROUP BY 2, 3, 4 {add}"
            ),
            [from << KEY_BITS_BELOW_ARRIVAL, to << KEY_BITS_BELOW_ARRIVAL],
        )?;
        self.conn.execute(
            "INSERT INTO census_mark (id, arrival) VALUES (0, ?1) ON CONFLICT (id) DO UPDATE SET arrival = excluded.arrival",
            [to],
        )?;
        self.remembered.count_below(to);
        Ok(())
    }

    /// Messages of a range by link, type and where they stand.
    fn counted(&self, sql: &str, range: [i64; 3]) -> crate::sql::Result<Vec<(i64, String, String, i64)>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows =
            statement.query_map(range, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        rows.collect()
    }

    /// What a message below the mark was counted as.
    fn counted_as<'t>(&self, link: &str, message_type: &'t str) -> crate::sql::Result<&'t str> {
        let is_told = self
            .conn
            .prepare_cached("SELECT 1 FROM census_settled WHERE sort = 0 AND a = ?1 AND b = ?2 AND c = ''")?
            .exists([link, message_type])?;
        Ok(if is_told { message_type } else { OTHER_TYPE })
    }

    fn settled(&mut self, sort: i64, words: [&str; 3], by: i64) -> Result<(), Stop> {
        let [a, b, c] = words;
        self.conn
            .prepare_cached(
                "INSERT INTO census_settled (sort, a, b, c, n) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (sort, a, b, c) DO UPDATE SET n = census_settled.n + excluded.n",
            )?
            .execute(params![sort, a, b, c, by])?;
        Ok(())
    }

    /// A message below the mark comes to stand elsewhere.
    pub(crate) fn recount_message(
        &mut self,
        arrival: i64,
        id: i64,
        message_type: &str,
        before: Option<i64>,
        after: MessageState,
    ) -> Result<(), Stop> {
        if arrival >= self.remembered.counted_below(self.conn)? {
            return Ok(());
        }
        let link = (id / MESSAGES_PER_LINK).to_string();
        let message_type = self.counted_as(&link, message_type)?;
        if let Some(before) = before {
            self.settled(1, [&link, message_type, &before.to_string()], -1)?;
        }
        if after != MessageState::Pending {
            self.settled(1, [&link, message_type, &(after as i64).to_string()], 1)?;
        }
        Ok(())
    }

    /// An obligation of a message below the mark ends; `had_ended` = it had ended and its outcome is told otherwise now.
    pub(crate) fn recount_obligation(&mut self, row: &ObligationRow, had_ended: bool) -> Result<(), Stop> {
        let below = self.remembered.counted_below(self.conn)? << KEY_BITS_BELOW_ARRIVAL;
        if !(0..below).contains(&row.id.0) {
            return Ok(());
        }
        if had_ended {
            let former: Option<(String, String, String)> = self
                .conn
                .prepare_cached("SELECT kind, recipient, outcome FROM obligation WHERE id = ?1")?
                .query_row([row.id.0], |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?)))
                .optional()?;
            if let Some((kind, recipient, outcome)) = former {
                self.settled(2, [&kind, &recipient, &outcome], -1)?;
            }
        }
        if let ObligationState::Ended { outcome, .. } = &row.state {
            self.settled(2, [&row.kind, &row.recipient, outcome], 1)?;
        }
        Ok(())
    }
}
