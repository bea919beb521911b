//! Checksums of the rows that were written before they had any: computed as the migration runs that adds their columns, in
//! its transaction, so that from then on a row without one is damaged.

use crate::rows::ObligationId;
use crate::sql::{Connection, Result, Row, params};
use crate::view::{links, obligations, outbox};

/// Number of the migration that adds the columns.
pub(crate) const CHECKSUMS: i64 = 31;
/// Rows read at once.
const ROWS_AT_ONCE: i64 = 1_000;

/// Gives every row its checksum.
pub(crate) fn checksums(conn: &Connection) -> Result<()> {
    let owed = format!("{} WHERE o.id > ?1 ORDER BY o.id LIMIT ?2", obligations::select());
    each(conn, "obligation", &owed, |row| obligations::read(row).map(|owed| (owed.id.0, owed.checksum())))?;
    let sent = format!("{} WHERE x.id > ?1 ORDER BY x.id LIMIT ?2", outbox::COLUMNS);
    each(conn, "outbox", &sent, |row| outbox::read(row).map(|sent| (sent.id.0, sent.checksum())))?;
    let said = format!("{} WHERE id > ?1 ORDER BY id LIMIT ?2", links::EVENT);
    each(conn, "link_event", &said, |row| {
        let mut event = links::read(row)?;
        links::move_in(conn, &mut event)?;
        Ok((event.id.0, event.checksum()))
    })?;
    steps(conn)
}

/// The same for a table whose key is its id.
fn each(
    conn: &Connection,
    table: &str,
    select: &str,
    mut sum: impl FnMut(&Row<'_>) -> Result<(i64, i64)>,
) -> Result<()> {
    let update = format!("UPDATE {table} SET checksum = ?2 WHERE id = ?1");
    let mut behind = i64::MIN;
    loop {
        let page: Vec<(i64, i64)> = conn
            .prepare_cached(select)?
            .query_map([behind, ROWS_AT_ONCE], &mut sum)?
            .collect::<Result<_>>()?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        behind = *last;
        for (id, sum) in page {
            conn.prepare_cached(&update)?.execute([id, sum])?;
        }
    }
}

/// The same for the steps of obligations.
fn steps(conn: &Connection) -> Result<()> {
    let select = format!(
        "{} WHERE (obligation, step_number) > (?1, ?2) ORDER BY obligation, step_number LIMIT ?3",
        obligations::STEP
    );
    let update = "UPDATE obligation_event SET checksum = ?3 WHERE obligation = ?1 AND step_number = ?2";
    let mut behind = (ObligationId(i64::MIN), i64::MIN);
    loop {
        let page = conn
            .prepare_cached(&select)?
            .query_map(params![behind.0.0, behind.1, ROWS_AT_ONCE], obligations::read_step)?
            .collect::<Result<Vec<_>>>()?;
        let Some((number, last)) = page.last() else { return Ok(()) };
        behind = (last.obligation, *number);
        for (number, step) in page {
            conn.prepare_cached(update)?.execute(params![
                step.obligation.0,
                number,
                step.checksum(number)
            ])?;
        }
    }
}
