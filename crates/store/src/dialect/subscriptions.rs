//! How subscriptions and bulk exports are kept. Rare beside messages, so that the statements are prepared when needed.

use super::sqlite::{Hand, Stop};
use crate::rows::SubscriptionChange;
use crate::sql::{Connection, OptionalExtension, params};

impl Hand<'_, '_> {
    pub(crate) fn subscriptions(&mut self, changes: &[SubscriptionChange]) -> Result<(), Stop> {
        for change in changes {
            self.subscription(change)?;
        }
        Ok(())
    }

    fn subscription(&mut self, change: &SubscriptionChange) -> Result<(), Stop> {
        match change {
            SubscriptionChange::Put(row) => self
                .conn
                .prepare_cached(
                    "INSERT INTO subscription (id, revision, state, actor, asked, events, taken, tries, next_at, failing, said, spoken) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, state = excluded.state, actor = excluded.actor, asked = excluded.asked, events = excluded.events, taken = excluded.taken, tries = excluded.tries, next_at = excluded.next_at, failing = excluded.failing, said = excluded.said, spoken = excluded.spoken",
                )?
                .execute(params![
                    row.id,
                    row.revision,
                    row.state as i64,
                    row.actor,
                    row.asked,
                    row.events,
                    row.taken,
                    row.tries,
                    row.next_at.0,
                    row.failing.map(|at| at.0),
                    row.said,
                    row.spoken.0
                ])?,
            SubscriptionChange::Event(event) => self
                .conn
                .prepare_cached(
                    "INSERT INTO subscription_event (subscription, number, record, kind, local, version, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    event.subscription,
                    event.number,
                    event.key.record.as_i64(),
                    event.key.kind.code(),
                    event.key.local.as_i64(),
                    event.version,
                    event.at.0
                ])?,
            SubscriptionChange::Forget(subscription, up_to) => self
                .conn
                .prepare_cached("DELETE FROM subscription_event WHERE subscription = ?1 AND number <= ?2")?
                .execute(params![subscription, up_to])?,
            SubscriptionChange::Mark(filing) => self
                .conn
                .prepare_cached(
                    "INSERT INTO subscription_mark (id, filing) VALUES (0, ?1) ON CONFLICT (id) DO UPDATE SET filing = excluded.filing",
                )?
                .execute([filing])?,
            SubscriptionChange::Export(row) => self
                .conn
                .prepare_cached(
                    "INSERT INTO bulk_export (id, revision, actor, asked, horizon, at, expires, counted, kinds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, counted = excluded.counted, kinds = excluded.kinds",
                )?
                .execute(params![
                    row.id,
                    row.revision,
                    row.actor,
                    row.asked,
                    row.horizon,
                    row.at.0,
                    row.expires.0,
                    row.counted,
                    row.kinds
                ])?,
            SubscriptionChange::NoExport(id) => {
                self.conn.prepare_cached("DELETE FROM bulk_export WHERE id = ?1")?.execute([id])?
            }
        };
        Ok(())
    }
}

/// Revision of a subscription; 0 = there is none.
pub(crate) fn revision(conn: &Connection, id: &str) -> crate::sql::Result<i64> {
    let found = conn
        .prepare_cached("SELECT revision FROM subscription WHERE id = ?1")?
        .query_row([id], |row| row.get(0));
    Ok(found.optional()?.unwrap_or(0))
}

/// The filing up to which events were looked for.
pub(crate) fn mark(conn: &Connection) -> crate::sql::Result<Option<i64>> {
    conn.prepare_cached("SELECT filing FROM subscription_mark WHERE id = 0")?
        .query_row([], |row| row.get(0))
        .optional()
}

/// Revision of a bulk export; 0 = there is none.
pub(crate) fn export_revision(conn: &Connection, id: &str) -> crate::sql::Result<i64> {
    let found = conn
        .prepare_cached("SELECT revision FROM bulk_export WHERE id = ?1")?
        .query_row([id], |row| row.get(0));
    Ok(found.optional()?.unwrap_or(0))
}
