//! Reading deliveries.

use super::{View, sql_limit};
use crate::checksum;
use crate::problem::ReadProblem;
use crate::rows::{MessageId, ObligationId, OutboxId, OutboxKind, OutboxRow, OutboxState};
use crate::sql::Value;
use crate::sql::{Row, params, params_from_iter};
use crate::view::resources::key_at;
use fhir::{Instant, RecordId, ResourceKey};
use std::collections::HashSet;

/// Which deliveries are listed: all conditions that are given.
#[derive(Debug, Clone, Default)]
pub struct OutboxFilter {
    /// To this endpoint.
    pub destination: Option<String>,
    /// In this state.
    pub state: Option<OutboxState>,
    /// Of this source record.
    pub record: Option<RecordId>,
    /// Of this report.
    pub report: Option<ResourceKey>,
    /// Serving this obligation.
    pub obligation: Option<ObligationId>,
    /// With this control id on the wire.
    pub control_id: Option<String>,
}

/// A delivery that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcknowledgedId {
    /// When its obligation was opened.
    pub opened: Instant,
    /// Which delivery.
    pub id: OutboxId,
    /// Control id on the wire.
    pub control_id: String,
}

/// Reads deliveries, before any condition; the checksum is the last column.
pub(crate) const COLUMNS: &str = "SELECT x.id, x.destination, x.record, x.message, x.report_record, x.report_kind, x.report_local, x.version, \
    x.obligation, x.control_id, x.state, x.attempts, x.next_at, x.offered_digest, x.last_answer, x.kind, x.checksum FROM outbox x";

impl View {
    /// Deliveries, newest first. Of those that wait a damaged one is left out ([`crate::Store::damaged`]).
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn outbox(&self, filter: &OutboxFilter, limit: usize) -> Result<Vec<OutboxRow>, ReadProblem> {
        let mut sql = String::from(COLUMNS);
        let waiting = filter.state == Some(OutboxState::Waiting);
        if waiting {
            sql.push_str(" JOIN outbox_waiting w ON w.id = x.id AND w.destination = x.destination");
        }
        sql.push_str(" WHERE 1 = 1");
        if filter.state == Some(OutboxState::Refused) {
            // In the text and not a value: by it the index of what was refused is found.
            sql.push_str(&format!(" AND x.state = {}", OutboxState::Refused as i64));
        }
        let mut values = Vec::new();
        let mut with = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ?{}", values.len()));
        };
        if let Some(destination) = &filter.destination {
            with(
                if waiting { "w.destination =" } else { "x.destination =" },
                Value::Text(destination.clone()),
            );
        }
        if let Some(state) = filter.state.filter(|state| *state != OutboxState::Refused) {
            with("x.state =", Value::Integer(state as i64));
        }
        let mut record = filter.record.or(filter.report.map(|key| key.record));
        if let Some(obligation) = filter.obligation {
            with("x.obligation =", Value::Integer(obligation.0));
            if record.is_none()
                && let Some(owed) = self.obligation(obligation)?
            {
                record = owed.record;
                if record.is_none() {
                    // What is sent is about somebody: an obligation about nobody has no delivery.
                    return Ok(Vec::new());
                }
            }
        }
        if let Some(record) = record {
            with("x.record =", Value::Integer(record.as_i64()));
        }
        if let Some(report) = filter.report {
            with("x.report_kind =", Value::Integer(report.kind.code()));
            with("x.report_local =", Value::Integer(report.local.as_i64()));
        }
        if let Some(control_id) = &filter.control_id {
            with("x.control_id =", Value::Text(control_id.clone()));
        }
        values.push(Value::Integer(sql_limit(limit)));
        sql.push_str(&format!(" ORDER BY x.id DESC LIMIT ?{}", values.len()));
        let rows = self.all(&sql, params_from_iter(values), |row| Ok(outbox_row(row)))?;
        rows.into_iter().filter_map(|row| self.unless_damaged(row, waiting).transpose()).collect()
    }

    /// Deliveries to a destination whose obligations were opened from `since` to `until`, the first ones.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn outbox_opened(
        &self,
        destination: &str,
        since: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, ReadProblem> {
        // The obligations of the time are found by their recipient, and their deliveries by the record.
        let sql = format!(
            "{COLUMNS} WHERE x.id IN (SELECT y.id FROM obligation o CROSS JOIN outbox y \
             ON y.record = o.record AND y.obligation = o.id AND y.destination = ?1 \
             WHERE o.recipient_id = ?1 AND o.opened >= ?2 AND o.opened <= ?3 ORDER BY o.opened, y.id LIMIT ?4) ORDER BY x.id"
        );
        let values = params![destination, since.0, until.0, sql_limit(limit)];
        self.all(&sql, values, outbox_row)
    }

    /// A page of the control ids that a destination acknowledged from `since` until before `until`, those that were made
    /// first; the next one goes on behind its last line. An empty page is behind the last.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn acknowledged_ids(
        &self,
        destination: &str,
        (since, until): (Instant, Instant),
        behind: Option<&AcknowledgedId>,
        limit: usize,
    ) -> Result<Vec<AcknowledgedId>, ReadProblem> {
        let (opened, id) = behind.map_or((i64::MIN, 0), |last| (last.opened.0, last.id.0));
        // Obligations are found by recipient in the order in which they were opened: a page costs no more than itself.
        let sql = "SELECT o.opened, x.id, x.control_id FROM obligation o CROSS JOIN outbox x \
             ON x.record = o.record AND x.obligation = o.id AND x.destination = ?1 \
             WHERE o.recipient_id = ?1 AND o.outcome = 'acknowledged' AND o.ended >= ?2 AND o.ended < ?3 \
             AND o.opened >= ?4 AND o.opened < ?3 AND (o.opened > ?4 OR x.id > ?5) \
             ORDER BY o.opened, x.id LIMIT ?6";
        let values = params![destination, since.0, until.0, opened, id, sql_limit(limit)];
        self.all(sql, values, |row| {
            Ok(AcknowledgedId {
                opened: Instant(row.get(0)?),
                id: OutboxId(row.get(1)?),
                control_id: row.get(2)?,
            })
        })
    }

    /// One delivery.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when it is not what was written.
    pub fn delivery(&self, id: OutboxId) -> Result<Option<OutboxRow>, ReadProblem> {
        self.noted(self.one(&format!("{COLUMNS} WHERE x.id = ?1"), [id.0], outbox_row))
    }

    /// What is to be offered to a destination now: of each source record the oldest waiting row only, if its time has
    /// come, so that deliveries of one patient keep their order and one that must wait holds up nobody else. A row that
    /// is `in_hand` is left out and holds its lane; so is a damaged one. A row whose time lies `beyond` what a pause can be was given it by a
    /// clock that has been set back since: its time has come.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn outbox_due(
        &self,
        destination: &str,
        now: Instant,
        beyond: Instant,
        limit: usize,
        in_hand: &HashSet<OutboxId>,
    ) -> Result<Vec<OutboxRow>, ReadProblem> {
        let mut heads = Vec::new();
        let barriers = self.barriers(destination)?;
        {
            let mut statement = self.conn()?.prepare_cached(
                "SELECT id, record, next_at FROM outbox_waiting WHERE destination = ?1 ORDER BY id",
            )?;
            let mut rows = statement.scan([destination])?;
            let mut seen = HashSet::new();
            while heads.len() < limit
                && let Some(row) = rows.next()?
            {
                let id: i64 = row.get(0)?;
                let mut first = seen.insert(row.get::<_, i64>(1)?);
                // A change of identity goes after what came before it of each of its records, and before the rest.
                for record in barriers.get(&id).into_iter().flatten() {
                    first &= seen.insert(*record);
                }
                let next: i64 = row.get(2)?;
                if first && (next <= now.0 || next > beyond.0) && !in_hand.contains(&OutboxId(id)) {
                    heads.push(OutboxId(id));
                }
            }
        }
        let mut due = Vec::with_capacity(heads.len());
        for id in heads {
            due.extend(self.unless_damaged(self.delivery(id), true)?.flatten());
        }
        Ok(due)
    }

    /// What waits for a destination behind a row, whether or not its time has come, oldest first: for a receiver that
    /// collects by itself.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn outbox_behind(
        &self,
        destination: &str,
        behind: OutboxId,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, ReadProblem> {
        let ids: Vec<i64> = self.all(
            "SELECT id FROM outbox_waiting WHERE destination = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            crate::sql::params![destination, behind.0, sql_limit(limit)],
            |row| row.get(0),
        )?;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(self.delivery(OutboxId(id))?);
        }
        Ok(rows)
    }

    /// The next moment after `now` at which a waiting row of a destination may be offered.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn outbox_next(&self, destination: &str, now: Instant) -> Result<Option<Instant>, ReadProblem> {
        let next = self.one(
            "SELECT min(next_at) FROM outbox_waiting WHERE destination = ?1 AND next_at > ?2",
            params![destination, now.0],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        Ok(next.flatten().map(Instant))
    }

    /// Destinations with waiting rows: how many, and the earliest time one of them may be offered.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn destinations_waiting(&self) -> Result<Vec<(String, u64, Instant)>, ReadProblem> {
        self.all(
            "SELECT destination, count(*), min(next_at) FROM outbox_waiting GROUP BY destination ORDER BY destination",
            [],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), Instant(row.get(2)?))),
        )
    }
}

/// A delivery whose checksum is right.
pub(crate) fn outbox_row(row: &Row<'_>) -> crate::sql::Result<OutboxRow> {
    checksum::vouched(row, "delivery", 16, read(row), OutboxRow::checksum)
}

/// A delivery as it stands.
pub(crate) fn read(row: &Row<'_>) -> crate::sql::Result<OutboxRow> {
    Ok(OutboxRow {
        id: OutboxId(row.get(0)?),
        destination: row.get(1)?,
        record: RecordId::from_i64(row.get(2)?),
        message: MessageId(row.get(3)?),
        report: key_at(row, 4)?,
        version: row.get(7)?,
        obligation: ObligationId(row.get(8)?),
        control_id: row.get(9)?,
        state: match row.get::<_, i64>(10)? {
            0 => OutboxState::Waiting,
            1 => OutboxState::Acknowledged,
            2 => OutboxState::Refused,
            _ => OutboxState::Closed,
        },
        attempts: row.get(11)?,
        next: Instant(row.get(12)?),
        offered_digest: row.get(13)?,
        last: row.get(14)?,
        kind: match row.get::<_, i64>(15)? {
            1 => OutboxKind::Identity,
            _ => OutboxKind::Report,
        },
    })
}
