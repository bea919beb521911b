//! The numbers that grow, held by the writer and read back from the database whenever a group has failed.

use crate::activity::{Frontier, Hash};
use crate::sql::{Connection, OptionalExtension};
use crate::view::activity::KeptHashes;
use std::collections::{HashMap, HashSet};

use crate::rows::MESSAGES_PER_LINK;

/// Next numbers; copied before each settle so that a rolled back one leaves no gap.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    /// Arrival number over all links.
    pub(crate) arrival: i64,
    /// Next filing.
    pub(crate) filing: i64,
    /// Next outbox row.
    pub(crate) outbox: i64,
    /// Next link event.
    pub(crate) link_event: i64,
    /// Right edge of the tree over the audit rows; its size is the number of the last one.
    pub(crate) activity: Frontier,
    /// Next refusal.
    pub(crate) refusal: i64,
}

impl Numbers {
    /// Reads them back.
    pub(crate) fn read(conn: &Connection) -> crate::sql::Result<Self> {
        let after = |sql: &str| {
            conn.query_row(sql, [], |row| row.get::<_, Option<i64>>(0)).map(|max| max.unwrap_or(0) + 1)
        };
        Ok(Self {
            arrival: after("SELECT max(arrival) FROM journal")?,
            filing: after("SELECT max(id) FROM filing")?,
            outbox: after("SELECT max(id) FROM outbox")?,
            link_event: after("SELECT max(id) FROM link_event")?,
            activity: Frontier::read(&KeptHashes(conn), last_audit(conn)?)?,
            refusal: after("SELECT max(id) FROM refusal")?,
        })
    }
}

/// Rows of the log; their numbers have no gaps.
pub(crate) fn last_audit(conn: &Connection) -> crate::sql::Result<u64> {
    let last: Option<i64> = conn.query_row("SELECT max(seq) FROM audit", [], |row| row.get(0))?;
    Ok(last.and_then(|last| u64::try_from(last).ok()).unwrap_or(0))
}

/// What the writer remembers of small tables; forgotten whenever anything is rolled back.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    custodians: HashMap<String, i64>,
    systems: HashSet<i64>,
    next_message: HashMap<u32, i64>,
    counted_below: Option<i64>,
    period_key: Option<(i64, Hash)>,
}

impl Remembered {
    /// Forgets everything.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Key that blinds the content of the log's rows of a period, made on first sight.
    pub(crate) fn period_key(&mut self, conn: &Connection, period: i64) -> crate::sql::Result<Hash> {
        if let Some((_, key)) = self.period_key.filter(|(known, _)| *known == period) {
            return Ok(key);
        }
        let key = crate::dialect::activity::key(conn, crate::activity::LOG_CLASS, period)?;
        self.period_key = Some((period, key));
        Ok(key)
    }

    /// Number of a custodian, made on first sight.
    pub(crate) fn custodian(&mut self, conn: &Connection, name: &str) -> crate::sql::Result<i64> {
        if let Some(id) = self.custodians.get(name) {
            return Ok(*id);
        }
        let known: Option<i64> = conn
            .query_row("SELECT id FROM custodian WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => conn.query_row(
                "INSERT INTO custodian (id, name) SELECT coalesce(max(id), 0) + 1, ?1 FROM custodian RETURNING id",
                [name],
                |row| row.get(0),
            )?,
        };
        self.custodians.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Keeps the name of a token system.
    pub(crate) fn system(&mut self, conn: &Connection, id: i64, uri: &str) -> crate::sql::Result<()> {
        if self.systems.insert(id) {
            conn.execute(
                "INSERT INTO token_system (id, uri) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
                crate::sql::params![id, uri],
            )?;
        }
        Ok(())
    }

    /// Arrival number below which the books are counted once.
    pub(crate) fn counted_below(&mut self, conn: &Connection) -> crate::sql::Result<i64> {
        if let Some(mark) = self.counted_below {
            return Ok(mark);
        }
        let mark: Option<i64> = conn
            .query_row("SELECT arrival FROM census_mark WHERE id = 0", [], |row| row.get(0))
            .optional()?;
        let mark = mark.unwrap_or(0);
        self.counted_below = Some(mark);
        Ok(mark)
    }

    /// The mark has moved.
    pub(crate) fn count_below(&mut self, mark: i64) {
        self.counted_below = Some(mark);
    }

    /// Takes the next message number of a link.
    pub(crate) fn next_message(&mut self, conn: &Connection, link: u32) -> crate::sql::Result<i64> {
        let next = match self.next_message.get(&link) {
            Some(next) => *next,
            None => {
                let first = i64::from(link) * MESSAGES_PER_LINK;
                let max: Option<i64> = conn.query_row(
                    "SELECT max(id) FROM journal WHERE id >= ?1 AND id < ?2",
                    [first, first + MESSAGES_PER_LINK],
                    |row| row.get(0),
                )?;
                max.map_or(1, |id| id - first + 1)
            }
        };
        self.next_message.insert(link, next + 1);
        Ok(next)
    }
}
