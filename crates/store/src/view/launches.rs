//! Reading tickets of EMRs.

use super::View;
use crate::dialect::launches;
use crate::problem::ReadProblem;

impl View {
    /// Whether a ticket was taken before.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn launch_taken(&self, ticket: &[u8]) -> Result<bool, ReadProblem> {
        Ok(launches::taken(self.conn()?, ticket)?)
    }

    /// Endpoint and claims of the ticket that a browser brought, while it opens a chart.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn launch(&self, handle: &[u8], now: fhir::Instant) -> Result<Option<(String, String)>, ReadProblem> {
        self.one(
            "SELECT endpoint, claims FROM launch WHERE handle = ?1 AND expires > ?2",
            crate::sql::params![handle, now.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }
}
