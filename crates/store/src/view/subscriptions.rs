//! Reading subscriptions, the filings that they are looked for in, and what a bulk export holds.

use super::resources::{Standing, key_at};
use super::{View, sql_limit};
use crate::dialect::subscriptions;
use crate::filing;
use crate::problem::ReadProblem;
use crate::rows::{BulkExport, StoredVersion, SubscriptionEvent, SubscriptionRow, SubscriptionState};
use crate::sql::{Row, params};
use fhir::{Instant, Kind, Part, ResourceKey};

/// Columns of a subscription, in the order in which a row is read.
const COLUMNS: &str =
    "id, revision, state, actor, asked, events, taken, tries, next_at, failing, said, spoken";
/// Columns of an export.
const EXPORT: &str = "id, revision, actor, asked, horizon, at, expires, counted, kinds";

/// Record and local id of a resource within its part.
pub type PartPlace = (i64, i64);

/// What of a part stood at a point in time.
#[derive(Debug, Clone, Default)]
pub struct Stood {
    /// In the order of their places.
    pub versions: Vec<StoredVersion>,
    /// Where the rest of the part begins; `None` when this is all.
    pub next: Option<PartPlace>,
}

impl View {
    /// A subscription.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn subscription(&self, id: &str) -> Result<Option<SubscriptionRow>, ReadProblem> {
        self.one(&format!("SELECT {COLUMNS} FROM subscription WHERE id = ?1"), [id], subscription_row)
    }

    /// Every subscription that was not ended, by id.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn subscriptions(&self) -> Result<Vec<SubscriptionRow>, ReadProblem> {
        self.all(
            &format!("SELECT {COLUMNS} FROM subscription WHERE state <> ?1 ORDER BY id"),
            [SubscriptionState::Off as i64],
            subscription_row,
        )
    }

    /// Events of a subscription behind a number, in their order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn subscription_events(
        &self,
        id: &str,
        behind: i64,
        most: usize,
    ) -> Result<Vec<SubscriptionEvent>, ReadProblem> {
        self.all(
            "SELECT number, version, at, record, kind, local FROM subscription_event WHERE subscription = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            params![id, behind, sql_limit(most)],
            |row| {
                Ok(SubscriptionEvent {
                    subscription: id.to_owned(),
                    number: row.get(0)?,
                    version: row.get(1)?,
                    at: Instant(row.get(2)?),
                    key: key_at(row, 3)?,
                })
            },
        )
    }

    /// The filing up to which events were looked for.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn subscription_mark(&self) -> Result<Option<i64>, ReadProblem> {
        Ok(subscriptions::mark(self.conn()?)?)
    }

    /// The last filing; 0 = there is none.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn last_filing(&self) -> Result<i64, ReadProblem> {
        let last: Option<Option<i64>> = self.one("SELECT max(id) FROM filing", [], |row| row.get(0))?;
        Ok(last.flatten().unwrap_or(0))
    }

    /// Versions of some types in the filings behind one, each with its filing, in the order of commits, and the last filing
    /// looked through.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn filed_behind(
        &self,
        filing: i64,
        kinds: &[Kind],
        most: usize,
    ) -> Result<(Vec<(i64, StoredVersion)>, i64), ReadProblem> {
        let filings = self.heads_behind(filing, most)?;
        let (mut found, mut last) = (Vec::new(), filing);
        for (id, column) in filings {
            let heads = filing::read_heads(&column)
                .ok_or_else(|| ReadProblem::Damaged { what: format!("filing {id}") })?;
            for (place, head) in heads.iter().enumerate().filter(|(_, head)| kinds.contains(&head.key.kind)) {
                let standing = Standing { version: head.version, latest: head.version };
                found.push((id, self.stored(filing::number(id, place), standing)?));
            }
            last = id;
        }
        Ok((found, last))
    }

    /// Which resources of some kinds were filed behind a filing, each with when what it says was so, and the last filing looked at. A filing whose list of
    /// versions is damaged names none; `check` says so.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn keys_filed_behind(
        &self,
        filing: i64,
        kinds: &[Kind],
        most: usize,
    ) -> Result<(Vec<(ResourceKey, Instant)>, i64), ReadProblem> {
        let filings = self.heads_behind(filing, most)?;
        let last = filings.last().map_or(filing, |(id, _)| *id);
        let heads = filings.iter().filter_map(|(_, column)| filing::read_heads(column)).flatten();
        let of_kinds = heads.filter(|head| kinds.contains(&head.key.kind));
        Ok((of_kinds.map(|head| (head.key, head.as_of)).collect(), last))
    }

    fn heads_behind(&self, filing: i64, most: usize) -> Result<Vec<(i64, Vec<u8>)>, ReadProblem> {
        self.all(
            "SELECT id, heads FROM filing WHERE id > ?1 ORDER BY id LIMIT ?2",
            params![filing, sql_limit(most)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// An export.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn bulk_export(&self, id: &str) -> Result<Option<BulkExport>, ReadProblem> {
        self.one(&format!("SELECT {EXPORT} FROM bulk_export WHERE id = ?1"), [id], export_row)
    }

    /// Every export, by id.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn bulk_exports(&self) -> Result<Vec<BulkExport>, ReadProblem> {
        self.all(&format!("SELECT {EXPORT} FROM bulk_export ORDER BY id"), [], export_row)
    }

    /// The types of which a part holds something or held something, each with how many rows say so.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn kinds_in(&self, part: Part) -> Result<Vec<(Kind, usize)>, ReadProblem> {
        let counted: Vec<(i64, i64)> = self.all(
            "SELECT kind, count(*) FROM resource_current WHERE part = ?1 GROUP BY kind UNION ALL SELECT kind, count(*) FROM resource_former WHERE part = ?1 GROUP BY kind",
            [part.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let known =
            |(code, count)| Some((Kind::from_code(code)?, usize::try_from(count).unwrap_or_default()));
        Ok(counted.into_iter().filter_map(known).collect())
    }

    /// What of a type stood in a part before a number, behind a place: as this view may show it. What was taken away
    /// since comes with the last of it.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn stood(
        &self,
        (part, kind): (Part, Kind),
        behind: Option<PartPlace>,
        horizon: i64,
        most: usize,
    ) -> Result<Stood, ReadProblem> {
        let (record, local) = behind.unwrap_or((i64::MIN, i64::MIN));
        let rows: Vec<(ResourceKey, i64, Standing)> = self.all(
            "SELECT record, kind, local, body, version, latest FROM resource_current WHERE part = ?1 AND kind = ?2 AND (record > ?3 OR (record = ?3 AND local > ?4)) ORDER BY record, local LIMIT ?5",
            params![part.0, kind.code(), record, local, sql_limit(most)],
            |row| {
                let standing = Standing { version: row.get(4)?, latest: row.get(5)? };
                Ok((key_at(row, 0)?, row.get(3)?, standing))
            },
        )?;
        let is_full = rows.len() == most;
        let next = rows.last().filter(|_| is_full).map(|(key, ..)| (key.record.as_i64(), key.local.as_i64()));
        let mut stood = Stood { versions: Vec::with_capacity(rows.len()), next };
        for (key, number, standing) in rows {
            let number = if number < horizon { Some(number) } else { self.former_before(key, horizon)? };
            if let Some(number) = number {
                self.stands(number, standing, &mut stood.versions)?;
            }
        }
        if next.is_none() {
            let gone: Vec<i64> = self.all(
                "SELECT max(f.body) FROM resource_former f WHERE f.part = ?1 AND f.kind = ?2 AND f.body < ?3 AND NOT EXISTS (SELECT 1 FROM resource_current c WHERE c.part = f.part AND c.record = f.record AND c.kind = f.kind AND c.local = f.local) GROUP BY f.record, f.local",
                params![part.0, kind.code(), horizon],
                |row| row.get(0),
            )?;
            for number in gone {
                self.stands(number, Standing { version: 0, latest: 0 }, &mut stood.versions)?;
            }
        }
        Ok(stood)
    }

    /// One version, when it says something and may be seen.
    fn stands(
        &self,
        number: i64,
        standing: Standing,
        out: &mut Vec<StoredVersion>,
    ) -> Result<(), ReadProblem> {
        let stored = self.stored(number, standing)?;
        if !stored.body.is_empty() && self.shows(&stored)? {
            out.push(stored);
        }
        Ok(())
    }
}

fn subscription_row(row: &Row<'_>) -> crate::sql::Result<SubscriptionRow> {
    Ok(SubscriptionRow {
        id: row.get(0)?,
        revision: row.get(1)?,
        // What a newer version knows is not called.
        state: SubscriptionState::from_code(row.get(2)?).unwrap_or(SubscriptionState::Off),
        actor: row.get(3)?,
        asked: row.get(4)?,
        events: row.get(5)?,
        taken: row.get(6)?,
        tries: row.get(7)?,
        next_at: Instant(row.get(8)?),
        failing: row.get::<_, Option<i64>>(9)?.map(Instant),
        said: row.get(10)?,
        spoken: Instant(row.get(11)?),
    })
}

fn export_row(row: &Row<'_>) -> crate::sql::Result<BulkExport> {
    Ok(BulkExport {
        id: row.get(0)?,
        revision: row.get(1)?,
        actor: row.get(2)?,
        asked: row.get(3)?,
        horizon: row.get(4)?,
        at: Instant(row.get(5)?),
        expires: Instant(row.get(6)?),
        counted: row.get(7)?,
        kinds: row.get(8)?,
    })
}
