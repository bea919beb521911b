//! Reading the journal, its links and refusals.

use super::{View, sql_limit};
use crate::checksum;
use crate::packed::unpack;
use crate::problem::ReadProblem;
use crate::rows::{
    JournalRow, Link, LinkId, MESSAGES_PER_LINK, MessageId, MessageState, OpenMessage, Refused,
};
use crate::sql::{Row, params, params_from_iter};
use fhir::{Instant, RecordId};

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

const HEAD: &str = "SELECT j.id, j.control_id, j.message_type, b.raw, j.received, j.checksum, d.state, d.settled, d.note, d.records, j.arrival \
    FROM journal j LEFT JOIN journal_bytes b ON b.arrival = j.arrival LEFT JOIN journal_done d ON d.id = j.id";

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
            open_row,
        )
    }

    /// The same without the messages of feeds that are paused.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn messages_to_interpret(&self, after: i64, limit: usize) -> Result<Vec<OpenMessage>, ReadProblem> {
        self.all(
            "SELECT q.id, q.arrival, q.lanes, q.message_type FROM journal_open q WHERE q.arrival > ?1 AND NOT EXISTS \
             (SELECT 1 FROM feed_pause p WHERE p.link = q.id / ?3 AND p.ended IS NULL) ORDER BY q.arrival LIMIT ?2",
            params![after, sql_limit(limit), MESSAGES_PER_LINK],
            open_row,
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
    pub fn control_id_was_used_before(&self, id: MessageId, control_id: &str) -> Result<bool, ReadProblem> {
        let used = self.one(
            "SELECT 1 FROM journal_key WHERE link = ?1 AND control_id = ?2 AND id < ?3 LIMIT 1",
            params![id.link().0, checksum::keyed(control_id), id.0],
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

    /// The answer to a message that came by a link before: the same bytes under the same control id.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn first_answer(
        &self,
        link: LinkId,
        control_id: &str,
        raw: &[u8],
    ) -> Result<Option<Vec<u8>>, ReadProblem> {
        self.one(
            "SELECT j.answer FROM journal_key k JOIN journal j ON j.id = k.id \
             WHERE k.link = ?1 AND k.control_id = ?2 AND k.digest = ?3",
            params![link.0, checksum::keyed(control_id), checksum::of_raw(raw)],
            |row| row.get(0),
        )
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
        // Ids first, so that no sorting carries raw bytes; each state begins in the table that holds only its own.
        let mut sql = String::from(match (filter.record, filter.state) {
            (Some(_), _) => {
                "SELECT j.id FROM journal_record r JOIN journal j ON j.id = r.id LEFT JOIN journal_done d ON d.id = j.id WHERE 1 = 1"
            }
            (None, Some(MessageState::Pending)) => "SELECT j.id FROM journal_open j WHERE 1 = 1",
            (None, Some(MessageState::Kept | MessageState::Held)) => {
                "SELECT j.id FROM journal_aside d JOIN journal j ON j.id = d.id WHERE 1 = 1"
            }
            (None, Some(MessageState::Filed)) => {
                "SELECT j.id FROM journal j JOIN journal_done d ON d.id = j.id WHERE 1 = 1"
            }
            (None, None) => "SELECT j.id FROM journal j WHERE 1 = 1",
        });
        let mut values: Vec<i64> = Vec::new();
        let mut with = |condition: &str, value: i64| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ?{}", values.len()));
        };
        if let Some(record) = filter.record {
            with("r.part =", i64::from(record.part().0));
            with("r.record =", record.as_i64());
        }
        match (filter.record, filter.state) {
            (Some(_), Some(MessageState::Pending)) => with("coalesce(d.state, 0) =", 0),
            (None, Some(MessageState::Pending)) | (_, None) => {}
            (_, Some(state)) => with("d.state =", state as i64),
        }
        if let Some(before) = before {
            with("j.arrival <", self.arrival(before)?.unwrap_or(i64::MAX));
        }
        let order = match filter.link {
            Some(link) => {
                let first = i64::from(link.0) * MESSAGES_PER_LINK;
                with("j.id >=", first);
                with("j.id <", first + MESSAGES_PER_LINK);
                // On one link both orders are the same, and this one reads no other link.
                "j.id"
            }
            None => "j.arrival",
        };
        values.push(sql_limit(limit));
        sql.push_str(&format!(" ORDER BY {order} DESC LIMIT ?{}", values.len()));
        let ids: Vec<i64> = self.all(&sql, params_from_iter(values), |row| row.get(0))?;
        let mut messages = Vec::with_capacity(ids.len());
        for id in ids {
            messages.extend(self.message(MessageId(id))?);
        }
        Ok(messages)
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
        if let Some(link) = self.remembered.links.borrow().get(&id) {
            return Ok(Some(link.clone()));
        }
        let link = self.one(&format!("{LINK} WHERE l.id = ?1"), [id.0], link_row)?;
        if let Some(link) = &link {
            self.remembered.links.borrow_mut().insert(id, link.clone());
        }
        Ok(link)
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
pub(crate) fn link_row(row: &Row<'_>) -> crate::sql::Result<Link> {
    Ok(Link {
        id: LinkId(row.get(0)?),
        name: row.get(1)?,
        default_authority: row.get(2)?,
        time_zone: row.get(3)?,
        custodian: row.get(4)?,
        owner: row.get(5)?,
    })
}

fn open_row(row: &Row<'_>) -> crate::sql::Result<OpenMessage> {
    Ok(OpenMessage {
        id: MessageId(row.get(0)?),
        arrival: row.get(1)?,
        lanes: unpack(&row.get::<_, Vec<u8>>(2)?),
        message_type: row.get(3)?,
    })
}

fn journal_row(row: &Row<'_>) -> crate::sql::Result<(JournalRow, Vec<u8>)> {
    let records: Option<Vec<u8>> = row.get(9)?;
    let message = JournalRow {
        id: MessageId(row.get(0)?),
        arrival: row.get(10)?,
        control_id: row.get(1)?,
        message_type: row.get(2)?,
        // Bytes that are gone are found out by the checksum.
        raw: row.get::<_, Option<Vec<u8>>>(3)?.unwrap_or_default(),
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
