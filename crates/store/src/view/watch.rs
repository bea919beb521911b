//! Reading incidents, and what flows are counted and judged from.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{IncidentRow, LinkId, MESSAGES_PER_LINK, ObligationId, OutboxState};
use crate::sql::{Row, params};
use fhir::{Instant, Kind};

/// What a feed said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedHead {
    /// Its newest message's number.
    pub seq: i64,
    /// When that arrived.
    pub heard: Instant,
}

/// How it stands with a receiver.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiverHead {
    /// When the oldest delivery that waits was made; `None` when nothing waits.
    pub waiting_since: Option<Instant>,
    /// When it itself last acknowledged something made since the time asked; not what its fallback brought.
    pub acknowledged: Option<Instant>,
}

/// What was made for a receiver lately, by what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverType {
    /// What the deliveries are about; `None` for those about no resource.
    pub kind: Option<Kind>,
    /// Deliveries made.
    pub made: u64,
    /// Of these, acknowledged by the receiver.
    pub acknowledged: u64,
    /// Of these, not ended.
    pub open: u64,
    /// When the oldest of those that have not ended was made.
    pub oldest: Option<Instant>,
}

const INCIDENT: &str = "SELECT id, sort, subject, opened, closed, words FROM incident";

impl View {
    /// Incidents that last, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn incidents_open(&self) -> Result<Vec<IncidentRow>, ReadProblem> {
        self.all(&format!("{INCIDENT} WHERE closed IS NULL ORDER BY opened, id"), [], incident)
    }

    /// Incidents that closed at `since` or later, newest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn incidents_closed(&self, since: Instant, limit: usize) -> Result<Vec<IncidentRow>, ReadProblem> {
        self.all(
            &format!("{INCIDENT} WHERE closed >= ?1 ORDER BY closed DESC, id LIMIT ?2"),
            params![since.0, sql_limit(limit)],
            incident,
        )
    }

    /// Every stream with up to where it is counted and when it was last heard.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn flow_marks(&self) -> Result<Vec<(String, i64, Instant)>, ReadProblem> {
        self.all("SELECT stream, upto, heard FROM flow_mark ORDER BY stream", [], |row| {
            Ok((row.get(0)?, row.get(1)?, Instant(row.get(2)?)))
        })
    }

    /// A stream by hour (hours since 1970, UTC) from `since` on: the hour, how many came, at how many looks some had.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn flow(&self, stream: &str, since: i64) -> Result<Vec<(i64, u64, u32)>, ReadProblem> {
        self.all(
            "SELECT hour, n, busy FROM flow WHERE stream = ?1 AND hour >= ?2 ORDER BY hour",
            params![stream, since],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), row.get(2)?)),
        )
    }

    /// The newest message of a link; `None` when it has none.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn feed_head(&self, link: LinkId) -> Result<Option<FeedHead>, ReadProblem> {
        let first = i64::from(link.0) * MESSAGES_PER_LINK;
        self.one(
            "SELECT id - ?1, received FROM journal WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1",
            [first, first + MESSAGES_PER_LINK],
            |row| Ok(FeedHead { seq: row.get(0)?, heard: Instant(row.get(1)?) }),
        )
    }

    /// When the first message of a link came; `None` when it has none.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn feed_began(&self, link: LinkId) -> Result<Option<Instant>, ReadProblem> {
        let first = i64::from(link.0) * MESSAGES_PER_LINK;
        self.one(
            "SELECT received FROM journal WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1",
            [first, first + MESSAGES_PER_LINK],
            |row| Ok(Instant(row.get(0)?)),
        )
    }

    /// How many messages of each type a link brought after number `from` up to number `to`, and when the last came.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn feed_types(
        &self,
        link: LinkId,
        from: i64,
        to: i64,
    ) -> Result<Vec<(String, u64, Instant)>, ReadProblem> {
        let first = i64::from(link.0) * MESSAGES_PER_LINK;
        self.all(
            "SELECT message_type, count(*), max(received) FROM journal WHERE id > ?1 AND id <= ?2 GROUP BY message_type",
            [first + from, first + to],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), Instant(row.get(2)?))),
        )
    }

    /// How many deliveries to an endpoint were made after `from` up to `to`, and when the last was.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn deliveries_made(
        &self,
        endpoint: &str,
        from: Instant,
        to: Instant,
    ) -> Result<(u64, Option<Instant>), ReadProblem> {
        let made = self.one(
            "SELECT count(*), max(opened) FROM obligation WHERE recipient_id = ?1 AND opened > ?2 AND opened <= ?3 AND kind = 'delivery'",
            params![endpoint, from.0, to.0],
            |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Option<i64>>(1)?.map(Instant))),
        )?;
        Ok(made.unwrap_or_default())
    }

    /// How it stands with a receiver; acknowledgements are looked for among what was made since `since`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn receiver_head(&self, endpoint: &str, since: Instant) -> Result<ReceiverHead, ReadProblem> {
        let waiting_since = self.one(
            "SELECT o.opened FROM outbox_waiting w JOIN outbox x ON x.id = w.id JOIN obligation o ON o.id = x.obligation \
             WHERE w.destination = ?1 ORDER BY w.id LIMIT 1",
            [endpoint],
            |row| Ok(Instant(row.get(0)?)),
        )?;
        let acknowledged = self.one(
            "SELECT max(o.ended) FROM obligation o \
             JOIN outbox x ON x.record = o.record AND x.obligation = o.id AND x.destination = ?1 AND x.state = ?3 \
             WHERE o.recipient_id = ?1 AND o.opened >= ?2 AND o.is_open = 0 AND o.outcome = 'acknowledged'",
            params![endpoint, since.0, OutboxState::Acknowledged as i64],
            |row| Ok(row.get::<_, Option<i64>>(0)?.map(Instant)),
        )?;
        Ok(ReceiverHead { waiting_since, acknowledged: acknowledged.flatten() })
    }

    /// Deliveries made for a receiver since `since`, by what they are about.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn receiver_types(&self, endpoint: &str, since: Instant) -> Result<Vec<ReceiverType>, ReadProblem> {
        let count =
            |row: &Row<'_>, n: usize| -> crate::sql::Result<u64> { Ok(row.get::<_, i64>(n)?.unsigned_abs()) };
        self.all(
            "SELECT about_kind, count(*), count(CASE WHEN is_open = 0 AND outcome = 'acknowledged' THEN 1 END), count(CASE WHEN is_open <> 0 THEN 1 END), \
             min(CASE WHEN is_open <> 0 THEN opened END) FROM obligation \
             WHERE recipient_id = ?1 AND opened >= ?2 AND kind = 'delivery' GROUP BY about_kind ORDER BY about_kind",
            params![endpoint, since.0],
            |row| {
                Ok(ReceiverType {
                    kind: row.get::<_, Option<i64>>(0)?.and_then(Kind::from_code),
                    made: count(row, 1)?,
                    acknowledged: count(row, 2)?,
                    open: count(row, 3)?,
                    oldest: row.get::<_, Option<i64>>(4)?.map(Instant),
                })
            },
        )
    }

    /// The next arrival number and the oldest one that is not interpreted.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn arrivals(&self) -> Result<(i64, Option<i64>), ReadProblem> {
        let next = self.one("SELECT coalesce(max(arrival), 0) + 1 FROM journal", [], |row| row.get(0))?;
        let open =
            self.one("SELECT min(arrival) FROM journal_open", [], |row| row.get::<_, Option<i64>>(0))?;
        Ok((next.unwrap_or(1), open.flatten()))
    }
}

fn incident(row: &Row<'_>) -> crate::sql::Result<IncidentRow> {
    Ok(IncidentRow {
        id: ObligationId(row.get(0)?),
        sort: row.get(1)?,
        subject: row.get(2)?,
        opened: Instant(row.get(3)?),
        closed: row.get::<_, Option<i64>>(4)?.map(Instant),
        words: row.get(5)?,
    })
}
