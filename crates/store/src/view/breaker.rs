//! Reading stops of the breaker and their messages.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{BreakerMessage, BreakerStop, LinkId, MessageId, MessagePart, ObligationId};
use crate::sql::{Row, params};
use fhir::{Instant, PersonId};

const STOP: &str =
    "SELECT id, link, person, at, before, reasons, verdict, decided, actor, reason FROM breaker_stop";
const MESSAGE: &str = "SELECT message, stop, sort, authority, value, done FROM breaker_message";

impl View {
    /// Stops of a feed that nobody has decided about.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn open_stops(&self, link: LinkId) -> Result<Vec<BreakerStop>, ReadProblem> {
        self.all(&format!("{STOP} WHERE link = ?1 AND verdict = '' ORDER BY at"), [link.0], stop_row)
    }

    /// Feeds of which nothing is filed until somebody has decided, and since when.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn feeds_stopped(&self) -> Result<Vec<(LinkId, Instant)>, ReadProblem> {
        self.all(
            "SELECT link, min(at) FROM breaker_stop WHERE verdict = '' AND person IS NULL GROUP BY link",
            [],
            |row| Ok((LinkId(row.get(0)?), Instant(row.get(1)?))),
        )
    }

    /// Stops, those that nobody has decided about first, then the latest.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn stops(&self, limit: usize) -> Result<Vec<BreakerStop>, ReadProblem> {
        self.all(&format!("{STOP} ORDER BY verdict <> '', at DESC LIMIT ?1"), [sql_limit(limit)], stop_row)
    }

    /// The last stop of a feed, or of one person on it, that was decided in a way.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn last_decided(&self, link: LinkId, verdict: &str) -> Result<Vec<BreakerStop>, ReadProblem> {
        self.all(
            &format!("{STOP} WHERE link = ?1 AND verdict = ?2 ORDER BY decided DESC LIMIT 50"),
            params![link.0, verdict],
            stop_row,
        )
    }

    /// One stop.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn stop(&self, id: ObligationId) -> Result<Option<BreakerStop>, ReadProblem> {
        self.one(&format!("{STOP} WHERE id = ?1"), [id.0], stop_row)
    }

    /// Messages of a stop, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn stop_messages(
        &self,
        stop: ObligationId,
        limit: usize,
    ) -> Result<Vec<BreakerMessage>, ReadProblem> {
        self.all(
            &format!("{MESSAGE} WHERE stop = ?1 ORDER BY message LIMIT ?2"),
            params![stop.0, sql_limit(limit)],
            message_row,
        )
    }

    /// How many messages a stop has: suspects, held.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn stop_counts(&self, stop: ObligationId) -> Result<(u64, u64), ReadProblem> {
        let counts = self.one(
            "SELECT count(CASE WHEN sort = 0 THEN 1 END), count(CASE WHEN sort = 1 THEN 1 END) FROM breaker_message WHERE stop = ?1",
            [stop.0],
            |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs())),
        )?;
        Ok(counts.unwrap_or_default())
    }

    /// Stops that were decided where what was decided has not been carried out yet, or nobody has said so.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn stops_to_carry_out(&self) -> Result<Vec<BreakerStop>, ReadProblem> {
        self.all(
            &format!(
                "{STOP} WHERE verdict <> '' AND (EXISTS \
                 (SELECT 1 FROM breaker_message m WHERE m.stop = breaker_stop.id AND m.done IS NULL) OR EXISTS \
                 (SELECT 1 FROM obligation o WHERE o.id = breaker_stop.id AND o.is_open = 1)) ORDER BY decided"
            ),
            [],
            stop_row,
        )
    }

    /// The stop that a message came under.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn stop_of(&self, message: MessageId) -> Result<Option<BreakerMessage>, ReadProblem> {
        self.one(&format!("{MESSAGE} WHERE message = ?1"), [message.0], message_row)
    }
}

fn stop_row(row: &Row<'_>) -> crate::sql::Result<BreakerStop> {
    Ok(BreakerStop {
        id: ObligationId(row.get(0)?),
        link: LinkId(row.get(1)?),
        person: row.get::<_, Option<i64>>(2)?.map(PersonId::from_i64),
        at: Instant(row.get(3)?),
        before: row.get::<_, Option<i64>>(4)?.map(MessageId),
        reasons: row.get(5)?,
        verdict: row.get(6)?,
        decided: row.get::<_, Option<i64>>(7)?.map(Instant),
        actor: row.get(8)?,
        reason: row.get(9)?,
    })
}

fn message_row(row: &Row<'_>) -> crate::sql::Result<BreakerMessage> {
    let (authority, value): (String, String) = (row.get(3)?, row.get(4)?);
    Ok(BreakerMessage {
        message: MessageId(row.get(0)?),
        stop: ObligationId(row.get(1)?),
        part: if row.get::<_, i64>(2)? == 0 { MessagePart::Suspect } else { MessagePart::Held },
        aim: (!value.is_empty()).then_some((authority, value)),
        done: row.get::<_, Option<i64>>(5)?.map(Instant),
    })
}
