//! Reading the journal, its links and refusals.

use super::{View, sql_limit};
use crate::checksum;
use crate::packed::unpack;
use crate::problem::ReadProblem;
use crate::rows::{
    JournalRow, Link, LinkId, MESSAGES_PER_LINK, MessageId, MessageState, OpenMessage, Refused,
};
use fhir::{Instant, RecordId};
use rusqlite::{Row, params};

/// Which messages are listed; newest arrival first.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Of this link.
    pub link: Option<LinkId>,
    /// In this state.
    pub state: Option<MessageState>,
    /// Filed on this source record.
    pub record: Option<RecordId>,
}

const HEAD: &str = "SELECT j.id, j.control_id, j.message_type, j.raw, j.received, j.checksum, d.state, d.settled, d.note, d.records \
    FROM journal j LEFT JOIN journal_done d ON d.id = j.id";

impl View {
    /// Messages that are not interpreted yet, in the order of arrival over all links, with their lanes and type.
    /// `after` is the arrival of the last one of the page before, 0 at the beginning.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn open_messages(&self, after: i64, limit: usize) -> Result<Vec<OpenMessage>, ReadProblem> {
        self.all(
            "SELECT id, arrival, lanes, message_type FROM journal_open WHERE arrival > ?1 ORDER BY arrival LIMIT ?2",
            params![after, sql_limit(limit)],
            |row| {
                Ok(OpenMessage {
                    id: MessageId(row.get(0)?),
                    arrival: row.get(1)?,
                    lanes: unpack(&row.get::<_, Vec<u8>>(2)?),
                    message_type: row.get(3)?,
                })
            },
        )
    }

    /// The place of a message in the order of arrival over all links.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn arrival(&self, id: MessageId) -> Result<Option<i64>, ReadProblem> {
        self.one("SELECT arrival FROM journal WHERE id = ?1", [id.0], |row| row.get(0))
    }

    /// Whether a message's control id had come on the same link with other bytes before it.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn control_id_was_used_before(&self, id: MessageId) -> Result<bool, ReadProblem> {
        let used = self.one(
            "SELECT 1 FROM journal j JOIN journal_key k ON k.link = ?2 AND k.control_id = j.control_id AND k.id < j.id \
             WHERE j.id = ?1 AND j.control_id <> '' LIMIT 1",
            params![id.0, id.link().0],
            |_| Ok(()),
        )?;
        Ok(used.is_some())
    }

    /// One message with its bytes.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when the bytes are not those that were written.
    pub fn message(&self, id: MessageId) -> Result<Option<JournalRow>, ReadProblem> {
        self.one(&format!("{HEAD} WHERE j.id = ?1"), [id.0], journal_row)?.map(sound).transpose()
    }

    /// The answer that was stored with a message.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn answer(&self, id: MessageId) -> Result<Option<Vec<u8>>, ReadProblem> {
        self.one("SELECT answer FROM journal WHERE id = ?1", [id.0], |row| row.get(0))
    }

    /// Messages, newest arrival first. `before` is the last one of the page before.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when the bytes of one are not those that were written.
    pub fn messages_of(
        &self,
        filter: &MessageFilter,
        limit: usize,
        before: Option<MessageId>,
    ) -> Result<Vec<JournalRow>, ReadProblem> {
        let mut sql = String::from(HEAD);
        match (filter.record, filter.state) {
            (Some(_), _) => {
                sql.push_str(" JOIN journal_record r ON r.id = j.id AND r.part = ?1 AND r.record = ?2")
            }
            (None, Some(MessageState::Pending)) => {
                sql.push_str(" JOIN journal_open o ON o.arrival = j.arrival")
            }
            (None, Some(MessageState::Kept | MessageState::Held)) => {
                sql.push_str(" JOIN journal_aside a ON a.id = j.id AND a.state = ?6");
            }
            (None, _) => {}
        }
        sql.push_str(" WHERE (?1 IS NULL OR 1 = 1) AND (?2 IS NULL OR 1 = 1) AND j.arrival < ?3");
        sql.push_str(if filter.link.is_some() { " AND j.id >= ?4 AND j.id < ?5" } else { " AND (?4 <= ?5)" });
        sql.push_str(match filter.state {
            Some(MessageState::Pending) => " AND d.state IS NULL AND ?6 = 0",
            Some(_) => " AND d.state = ?6",
            None => " AND ?6 = -1",
        });
        sql.push_str(" ORDER BY j.arrival DESC LIMIT ?7");
        let before = match before {
            Some(id) => self.arrival(id)?.unwrap_or(i64::MAX),
            None => i64::MAX,
        };
        let first = filter.link.map_or(0, |link| i64::from(link.0) * MESSAGES_PER_LINK);
        let rows = self.all(
            &sql,
            params![
                filter.record.map(|record| record.part().0),
                filter.record.map(RecordId::as_i64),
                before,
                first,
                first + MESSAGES_PER_LINK,
                filter.state.map_or(-1, |state| state as i64),
                sql_limit(limit)
            ],
            journal_row,
        )?;
        rows.into_iter().map(sound).collect()
    }

    /// All configured and seen senders, by id.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn links(&self) -> Result<Vec<Link>, ReadProblem> {
        self.all(&format!("{LINK} ORDER BY l.id"), [], link_row)
    }

    /// One sender.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn link(&self, id: LinkId) -> Result<Option<Link>, ReadProblem> {
        self.one(&format!("{LINK} WHERE l.id = ?1"), [id.0], link_row)
    }

    /// The sender of that name.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn link_named(&self, name: &str) -> Result<Option<Link>, ReadProblem> {
        self.one(&format!("{LINK} WHERE l.name = ?1"), [name], link_row)
    }

    /// Refused frames of a link, or of all, newest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn refusals(&self, link: Option<LinkId>, limit: usize) -> Result<Vec<Refused>, ReadProblem> {
        const COLUMNS: &str = "SELECT link, at, control_id, reason, head FROM refusal";
        let read = |row: &Row<'_>| {
            Ok(Refused {
                link: LinkId(row.get(0)?),
                at: Instant(row.get(1)?),
                control_id: row.get(2)?,
                reason: row.get(3)?,
                head: row.get(4)?,
            })
        };
        match link {
            Some(link) => self.all(
                &format!("{COLUMNS} WHERE link = ?1 ORDER BY id DESC LIMIT ?2"),
                params![link.0, sql_limit(limit)],
                read,
            ),
            None => self.all(&format!("{COLUMNS} ORDER BY id DESC LIMIT ?1"), [sql_limit(limit)], read),
        }
    }
}

const LINK: &str = "SELECT l.id, l.name, l.default_authority, l.time_zone, c.name, l.owner \
    FROM link l JOIN custodian c ON c.id = l.custodian";

/// A link as selected by the columns above.
pub(crate) fn link_row(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: LinkId(row.get(0)?),
        name: row.get(1)?,
        default_authority: row.get(2)?,
        time_zone: row.get(3)?,
        custodian: row.get(4)?,
        owner: row.get(5)?,
    })
}

fn journal_row(row: &Row<'_>) -> rusqlite::Result<(JournalRow, Vec<u8>)> {
    let records: Option<Vec<u8>> = row.get(9)?;
    let message = JournalRow {
        id: MessageId(row.get(0)?),
        control_id: row.get(1)?,
        message_type: row.get(2)?,
        raw: row.get(3)?,
        received: Instant(row.get(4)?),
        state: match row.get::<_, Option<i64>>(6)? {
            Some(1) => MessageState::Filed,
            Some(2) => MessageState::Kept,
            Some(3) => MessageState::Held,
            _ => MessageState::Pending,
        },
        settled: row.get::<_, Option<i64>>(7)?.map(Instant),
        note: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
        records: unpack(&records.unwrap_or_default()).into_iter().map(RecordId::from_i64).collect(),
    };
    Ok((message, row.get(5)?))
}

fn sound((message, checksum): (JournalRow, Vec<u8>)) -> Result<JournalRow, ReadProblem> {
    if checksum::of_raw(&message.raw)[..] == checksum[..] {
        Ok(message)
    } else {
        Err(ReadProblem::Damaged { what: format!("message {}", message.id) })
    }
}
