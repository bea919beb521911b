//! The journal as a list of any length: pages by key, never by offset, each with a bound on what it reads.

use super::View;
use crate::problem::ReadProblem;
use crate::rows::{LinkId, MESSAGES_PER_LINK, MessageId, MessageState};
use crate::sql::{Row, params};
use fhir::{Instant, RecordId};

/// Messages that one page looks through at most; a filter that finds fewer says how far back it has looked.
pub const LOOKED_THROUGH: usize = 50_000;
/// Messages with one control id, or of one record, that are listed at most.
const NAMED_LIMIT: i64 = 2_000;
/// A clock may have been set back this far while messages came, in minutes; spans of time are read this much wider and
/// then cut exactly.
const CLOCK_SLACK_MINUTES: i64 = 10;

/// Which messages are listed; all conditions that are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageQuery {
    /// Of this link.
    pub link: Option<LinkId>,
    /// In this state.
    pub state: Option<MessageState>,
    /// `ORU^R01`.
    pub message_type: Option<String>,
    /// Received at or after.
    pub since: Option<Instant>,
    /// Received before.
    pub until: Option<Instant>,
    /// With this MSH-10.
    pub control_id: Option<String>,
    /// Filed on this source record.
    pub record: Option<RecordId>,
    /// One of these.
    pub among: Option<Vec<MessageId>>,
}

/// A message without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageHead {
    /// Key.
    pub id: MessageId,
    /// Place in the order of arrival over all links.
    pub arrival: i64,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// When it arrived.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// When it came to stand there.
    pub settled: Option<Instant>,
    /// Why, JSON of both languages; empty when filed.
    pub note: String,
}

/// A page, newest arrival first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessagePage {
    /// The messages.
    pub rows: Vec<MessageHead>,
    /// Where the next page begins: behind this message. `None` = this is the last page.
    pub next: Option<MessageId>,
}

const HEAD: &str = "SELECT j.id, j.arrival, j.control_id, j.message_type, j.received, d.state, d.settled, d.note \
    FROM journal j LEFT JOIN journal_done d ON d.id = j.id WHERE j.id = ?1";

impl MessageQuery {
    fn takes(&self, head: &MessageHead) -> bool {
        self.link.is_none_or(|link| head.id.link() == link)
            && self.state.is_none_or(|state| head.state == state)
            && self.message_type.as_ref().is_none_or(|wanted| *wanted == head.message_type)
            && self.since.is_none_or(|since| head.received >= since)
            && self.until.is_none_or(|until| head.received < until)
            && self.control_id.as_ref().is_none_or(|wanted| *wanted == head.control_id)
            && self.among.as_ref().is_none_or(|among| among.contains(&head.id))
    }
}

impl View {
    /// One message without its bytes.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn message_head(&self, id: MessageId) -> Result<Option<MessageHead>, ReadProblem> {
        self.one(HEAD, [id.0], head_row)
    }

    /// A page of at most `limit` messages behind `before`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn message_page(
        &self,
        query: &MessageQuery,
        limit: usize,
        before: Option<MessageId>,
    ) -> Result<MessagePage, ReadProblem> {
        let before = match before {
            Some(id) => self.message_head(id)?.map(|head| (head.id.0, head.arrival)),
            None => None,
        };
        if let Some(ids) = self.named(query)? {
            return self.few(query, ids, limit, before.map(|(_, arrival)| arrival));
        }
        match (query.state, query.link) {
            (Some(state @ (MessageState::Held | MessageState::Kept)), _) => {
                self.aside(query, state, limit, before.map(|(_, arrival)| arrival))
            }
            (Some(MessageState::Pending), _) => {
                self.walk(query, Walk::Open, limit, before.map(|(_, arrival)| arrival))
            }
            (_, Some(link)) => self.walk(query, Walk::Link(link), limit, before.map(|(id, _)| id)),
            (_, None) => self.walk(query, Walk::All, limit, before.map(|(_, arrival)| arrival)),
        }
    }

    /// The few messages that a query names by control id, record or number; `None` when it names none.
    fn named(&self, query: &MessageQuery) -> Result<Option<Vec<i64>>, ReadProblem> {
        if let Some(among) = &query.among {
            return Ok(Some(among.iter().map(|id| id.0).collect()));
        }
        if let Some(control_id) = &query.control_id {
            let links = match query.link {
                Some(link) => vec![link],
                None => self.links()?.into_iter().map(|link| link.id).collect(),
            };
            let mut ids = Vec::new();
            for link in links {
                ids.extend(self.all(
                    "SELECT id FROM journal_key WHERE link = ?1 AND control_id = ?2 LIMIT ?3",
                    params![link.0, crate::checksum::keyed(control_id), NAMED_LIMIT],
                    |row| row.get::<_, i64>(0),
                )?);
            }
            return Ok(Some(ids));
        }
        if let Some(record) = query.record {
            let ids = self.all(
                "SELECT id FROM journal_record WHERE part = ?1 AND record = ?2 ORDER BY id DESC LIMIT ?3",
                params![i64::from(record.part().0), record.as_i64(), NAMED_LIMIT],
                |row| row.get(0),
            )?;
            return Ok(Some(ids));
        }
        Ok(None)
    }

    fn few(
        &self,
        query: &MessageQuery,
        ids: Vec<i64>,
        limit: usize,
        before: Option<i64>,
    ) -> Result<MessagePage, ReadProblem> {
        let mut rows = Vec::new();
        for id in ids {
            rows.extend(self.message_head(MessageId(id))?.filter(|head| query.takes(head)));
        }
        rows.retain(|head| before.is_none_or(|before| head.arrival < before));
        rows.sort_by_key(|head| std::cmp::Reverse(head.arrival));
        Ok(cut(rows, limit))
    }

    /// What stands aside: of each link the newest, merged.
    fn aside(
        &self,
        query: &MessageQuery,
        state: MessageState,
        limit: usize,
        before: Option<i64>,
    ) -> Result<MessagePage, ReadProblem> {
        let links = match query.link {
            Some(link) => vec![link],
            None => self.links()?.into_iter().map(|link| link.id).collect(),
        };
        let mut rows = Vec::new();
        let mut looked = 0;
        for link in links {
            let first = i64::from(link.0) * MESSAGES_PER_LINK;
            let mut statement = self.conn()?.prepare_cached(
                "SELECT a.id FROM journal_aside a JOIN journal j ON j.id = a.id \
                 WHERE a.state = ?1 AND a.id >= ?2 AND a.id < ?3 AND j.arrival < ?4 ORDER BY a.id DESC",
            )?;
            let bound = before.unwrap_or(i64::MAX);
            let mut found = statement.scan(params![state as i64, first, first + MESSAGES_PER_LINK, bound])?;
            let mut of_link = 0;
            while of_link <= limit
                && looked < LOOKED_THROUGH
                && let Some(row) = found.next()?
            {
                looked += 1;
                let head = self.message_head(MessageId(row.get(0)?))?.filter(|head| query.takes(head));
                of_link += usize::from(head.is_some());
                rows.extend(head);
            }
        }
        rows.sort_by_key(|head| std::cmp::Reverse(head.arrival));
        Ok(cut(rows, limit))
    }

    /// Along the order of arrival, or the numbers of one link, until the page is full or enough was looked at.
    fn walk(
        &self,
        query: &MessageQuery,
        walk: Walk,
        limit: usize,
        before: Option<i64>,
    ) -> Result<MessagePage, ReadProblem> {
        let (low, high) = walk.ends();
        let from = match query.since {
            Some(since) => self.first_since(walk, since.plus_minutes(-CLOCK_SLACK_MINUTES))?,
            None => low,
        };
        let to = match query.until {
            Some(until) => self.first_since(walk, until.plus_minutes(CLOCK_SLACK_MINUTES))?,
            None => high,
        };
        let to = before.map_or(to, |before| before.min(to));
        let mut statement = self.conn()?.prepare_cached(walk.sql())?;
        let mut found = statement.scan(params![from, to])?;
        let mut page = MessagePage::default();
        let mut looked = 0;
        let mut last = None;
        while let Some(row) = found.next()? {
            if page.rows.len() == limit || looked == LOOKED_THROUGH {
                page.next = last;
                break;
            }
            looked += 1;
            let id = MessageId(row.get(0)?);
            last = Some(id);
            if let Some(wanted) = &query.message_type
                && row.get_ref(1)?.as_str().ok() != Some(wanted.as_str())
            {
                continue;
            }
            page.rows.extend(self.message_head(id)?.filter(|head| query.takes(head)));
        }
        Ok(page)
    }

    /// Where the messages begin that came at `when` or later.
    fn first_since(&self, walk: Walk, when: Instant) -> Result<i64, ReadProblem> {
        let (mut low, mut high) = walk.ends();
        if let Walk::All | Walk::Open = walk {
            let last =
                self.one("SELECT max(arrival) FROM journal", [], |row| row.get::<_, Option<i64>>(0))?;
            high = last.flatten().unwrap_or(0) + 1;
        }
        let sql = match walk {
            Walk::All | Walk::Open => {
                "SELECT arrival, received FROM journal WHERE arrival >= ?1 ORDER BY arrival LIMIT 1"
            }
            Walk::Link(_) => "SELECT id, received FROM journal WHERE id >= ?1 ORDER BY id LIMIT 1",
        };
        while low < high {
            let middle = low + (high - low) / 2;
            let at = self.one(sql, [middle], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            match at {
                Some((place, received)) if place < high && received < when.0 => low = place + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }
}

/// Along which order a page is found.
#[derive(Debug, Clone, Copy)]
enum Walk {
    /// All messages in the order of arrival.
    All,
    /// Those that are not interpreted, in the order of arrival.
    Open,
    /// One link's by number.
    Link(LinkId),
}

impl Walk {
    /// The whole range, its end excluded.
    fn ends(self) -> (i64, i64) {
        match self {
            Self::All | Self::Open => (0, i64::MAX),
            Self::Link(link) => {
                let first = i64::from(link.0) * MESSAGES_PER_LINK;
                (first, first + MESSAGES_PER_LINK)
            }
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::All => {
                "SELECT id, message_type FROM journal INDEXED BY journal_arrival WHERE arrival >= ?1 AND arrival < ?2 ORDER BY arrival DESC"
            }
            Self::Open => {
                "SELECT id, message_type FROM journal_open WHERE arrival >= ?1 AND arrival < ?2 ORDER BY arrival DESC"
            }
            Self::Link(_) => {
                "SELECT id, message_type FROM journal WHERE id >= ?1 AND id < ?2 ORDER BY id DESC"
            }
        }
    }
}

fn cut(mut rows: Vec<MessageHead>, limit: usize) -> MessagePage {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|head| head.id);
    MessagePage { rows, next }
}

fn head_row(row: &Row<'_>) -> crate::sql::Result<MessageHead> {
    Ok(MessageHead {
        id: MessageId(row.get(0)?),
        arrival: row.get(1)?,
        control_id: row.get(2)?,
        message_type: row.get(3)?,
        received: Instant(row.get(4)?),
        state: match row.get::<_, Option<i64>>(5)? {
            Some(1) => MessageState::Filed,
            Some(2) => MessageState::Kept,
            Some(3) => MessageState::Held,
            _ => MessageState::Pending,
        },
        settled: row.get::<_, Option<i64>>(6)?.map(Instant),
        note: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
    })
}
