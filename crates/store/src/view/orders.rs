//! Who else bears a number: orders by theirs, reports by their identifiers.

use super::View;
use crate::index;
use crate::problem::ReadProblem;
use crate::rows::OrderNumber;
use fhir::search::PARAMETERS;
use fhir::{Instant, Kind, LocalId, RecordId, ResourceKey};
use rusqlite::params;

impl View {
    /// The orders on file under a number, on whatever record; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn orders_by_number(&self, number: i64, limit: usize) -> Result<Vec<OrderNumber>, ReadProblem> {
        self.all(
            "SELECT record, local, at FROM order_number WHERE number = ?1 LIMIT ?2",
            params![number, super::sql_limit(limit)],
            |row| {
                let request = ResourceKey {
                    record: RecordId::from_i64(row.get(0)?),
                    kind: Kind::ServiceRequest,
                    local: LocalId::from_i64(row.get(1)?),
                };
                Ok(OrderNumber { number, request, at: Instant(row.get(2)?) })
            },
        )
    }

    /// The current resources of a kind that bear an identifier, across patients; `system` as it was filed, `None` where
    /// it had none. Nothing for a kind whose identifiers are not found across patients. At most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn bearers(
        &self,
        kind: Kind,
        system: Option<&str>,
        value: &str,
        limit: usize,
    ) -> Result<Vec<ResourceKey>, ReadProblem> {
        let parameter =
            PARAMETERS.iter().find(|one| one.kind == kind && one.name == "identifier" && one.global());
        let Some(parameter) = parameter else { return Ok(Vec::new()) };
        let system = system.map_or(index::NO_SYSTEM, index::system_id);
        self.all(
            "SELECT record, local FROM find_token WHERE param = ?1 AND code = ?2 AND system = ?3 LIMIT ?4",
            params![index::param_code(parameter.id), value, system, super::sql_limit(limit)],
            |row| {
                let (record, local) = (RecordId::from_i64(row.get(0)?), LocalId::from_i64(row.get(1)?));
                Ok(ResourceKey { record, kind, local })
            },
        )
    }
}
