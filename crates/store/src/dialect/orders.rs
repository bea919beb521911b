//! How the numbers of orders are remembered. Orders are few beside results, so the statement is prepared when needed.

use super::sqlite::{Hand, Stop};
use crate::rows::OrderNumber;
use rusqlite::params;

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
