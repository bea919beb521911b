//! How the numbers of orders are remembered. Orders are few beside results, so the statement is prepared when needed.

use super::sqlite::{Hand, Stop};
use crate::index;
use crate::rows::OrderNumber;
use crate::sql::params;
use fhir::Kind;
use fhir::search::PARAMETERS;

impl Hand<'_, '_> {
    pub(crate) fn orders(&mut self, numbers: &[OrderNumber]) -> Result<(), Stop> {
        for one in numbers {
            self.conn
                .prepare_cached(
                    "INSERT INTO order_number (number, record, local, at) VALUES (?1, ?2, ?3, ?4) \
                     ON CONFLICT (number, record, local) DO UPDATE SET at = excluded.at",
                )?
                .execute(params![
                    one.number,
                    one.request.record.as_i64(),
                    one.request.local.as_i64(),
                    one.at.0
                ])?;
        }
        Ok(())
    }
}

/// How many requests bear an order number.
pub(crate) const COUNT: &str = "SELECT count(*) FROM order_number WHERE number = ?1";
/// How many current resources bear an identifier.
pub(crate) const BEARER_COUNT: &str =
    "SELECT count(*) FROM find_token WHERE param = ?1 AND code = ?2 AND system = ?3";

/// `param` and `system` of an identifier of a kind; `None` for a kind whose identifiers are not found across patients.
pub(crate) fn place(kind: Kind, system: Option<&str>) -> Option<(i64, i64)> {
    let parameter =
        PARAMETERS.iter().find(|one| one.kind == kind && one.name == "identifier" && one.global())?;
    Some((index::param_code(parameter.id), system.map_or(index::NO_SYSTEM, index::system_id)))
}
