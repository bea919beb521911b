//! Who else bears a number: orders by theirs, reports by their identifiers.

use super::View;
use crate::dialect::orders;
use crate::problem::ReadProblem;
use crate::rows::OrderNumber;
use crate::sql::{Row, params};
use fhir::{Instant, Kind, LocalId, RecordId, ResourceKey};

impl View {
    /// The orders on file under a number since a time, on any record but `own`, the latest first; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn orders_by_number(
        &self,
        number: i64,
        own: Option<RecordId>,
        since: Instant,
        limit: usize,
    ) -> Result<Vec<OrderNumber>, ReadProblem> {
        self.all(
            "SELECT record, local, at FROM order_number WHERE number = ?1 AND record IS DISTINCT FROM ?2 AND at >= ?3 \
             ORDER BY at DESC LIMIT ?4",
            params![number, own.map(RecordId::as_i64), since.0, super::sql_limit(limit)],
            |row| Ok(OrderNumber { number, request: request_at(row)?, at: Instant(row.get(2)?) }),
        )
    }

    /// The orders that were filed since a time, by number, behind `after`; at most `limit`. The table is walked by its key.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn orders_since(
        &self,
        since: Instant,
        after: Option<OrderNumber>,
        limit: usize,
    ) -> Result<Vec<OrderNumber>, ReadProblem> {
        let (number, record, local) = after.map_or((i64::MIN, i64::MIN, i64::MIN), |last| {
            (last.number, last.request.record.as_i64(), last.request.local.as_i64())
        });
        self.all(
            "SELECT record, local, at, number FROM order_number WHERE (number, record, local) > (?1, ?2, ?3) \
             AND at >= ?4 ORDER BY number, record, local LIMIT ?5",
            params![number, record, local, since.0, super::sql_limit(limit)],
            |row| {
                Ok(OrderNumber { number: row.get(3)?, request: request_at(row)?, at: Instant(row.get(2)?) })
            },
        )
    }

    /// Whether a request is remembered by a number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_order_remembered(&self, number: i64, request: ResourceKey) -> Result<bool, ReadProblem> {
        let found = self.all(
            "SELECT 1 FROM order_number WHERE number = ?1 AND record = ?2 AND local = ?3",
            params![number, request.record.as_i64(), request.local.as_i64()],
            |_| Ok(()),
        )?;
        Ok(!found.is_empty())
    }

    /// How many requests bear a number, on whatever record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn order_count(&self, number: i64) -> Result<u32, ReadProblem> {
        let count = self.one(orders::COUNT, [number], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// The current resources of a kind that bear an identifier, on any record but `own`; `system` as it was filed,
    /// `None` where it had none. Nothing for a kind whose identifiers are not found across patients. At most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn bearers(
        &self,
        kind: Kind,
        system: Option<&str>,
        value: &str,
        own: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<ResourceKey>, ReadProblem> {
        let Some((param, system)) = orders::place(kind, system) else { return Ok(Vec::new()) };
        self.all(
            "SELECT record, local FROM find_token WHERE param = ?1 AND code = ?2 AND system = ?3 AND record IS DISTINCT FROM ?4 LIMIT ?5",
            params![param, value, system, own.map(RecordId::as_i64), super::sql_limit(limit)],
            |row| {
                let (record, local) = (RecordId::from_i64(row.get(0)?), LocalId::from_i64(row.get(1)?));
                Ok(ResourceKey { record, kind, local })
            },
        )
    }

    /// How many current resources of a kind bear an identifier, on whatever record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn bearer_count(&self, kind: Kind, system: Option<&str>, value: &str) -> Result<u32, ReadProblem> {
        let Some((param, system)) = orders::place(kind, system) else { return Ok(0) };
        let count = self.one(orders::BEARER_COUNT, params![param, value, system], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }
}

/// A request in two columns, record and local, the first of a row.
fn request_at(row: &Row<'_>) -> crate::sql::Result<ResourceKey> {
    let (record, local) = (RecordId::from_i64(row.get(0)?), LocalId::from_i64(row.get(1)?));
    Ok(ResourceKey { record, kind: Kind::ServiceRequest, local })
}
