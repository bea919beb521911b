//! Reading what the desks work with: cases, paused feeds, batches, what is undelivered per feed and destination.

use super::{View, sql_limit};
use crate::problem::ReadProblem;
use crate::rows::{
    Batch, BatchMessage, BatchSort, CaseSort, FeedPause, LinkId, MESSAGES_PER_LINK, MessageId, MessageState,
    ObligationId, SupportCase,
};
use crate::sql::{Row, params};
use fhir::Instant;

const CASE: &str =
    "SELECT obligation, number, sort, item, asked, opener, practitioner, reach, at FROM support_case";
const PAUSE: &str = "SELECT obligation, link, at, until, actor, reason, ended FROM feed_pause";
const BATCH: &str = "SELECT obligation, link, sort, at, actor, reason FROM batch";

/// What of one feed has not reached one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The feed.
    pub link: LinkId,
    /// Endpoint id; empty when there is no way.
    pub destination: String,
    /// A person has it; otherwise the machine is at it.
    pub human: bool,
    /// How many.
    pub count: u64,
    /// Since when the oldest is owed.
    pub oldest: Instant,
}

/// Messages that stand aside for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Held or kept.
    pub state: MessageState,
    /// Why, JSON of both languages.
    pub note: String,
    /// The feed.
    pub link: LinkId,
    /// How many.
    pub count: u64,
    /// Since when the oldest stands so.
    pub oldest: Instant,
}

impl View {
    /// Cases, the latest number first; of one practitioner, or of all. `before` is the last number of the page before.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn support_cases(
        &self,
        practitioner: Option<&str>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<SupportCase>, ReadProblem> {
        let before = before.unwrap_or(i64::MAX);
        match practitioner {
            Some(id) => self.all(
                &format!("{CASE} WHERE practitioner = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3"),
                params![id, before, sql_limit(limit)],
                case_row,
            ),
            None => self.all(
                &format!("{CASE} WHERE number < ?1 ORDER BY number DESC LIMIT ?2"),
                params![before, sql_limit(limit)],
                case_row,
            ),
        }
    }

    /// One case by its obligation.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn support_case(&self, id: ObligationId) -> Result<Option<SupportCase>, ReadProblem> {
        self.one(&format!("{CASE} WHERE obligation = ?1"), [id.0], case_row)
    }

    /// Pauses that stand.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn pauses(&self) -> Result<Vec<FeedPause>, ReadProblem> {
        self.all(&format!("{PAUSE} WHERE ended IS NULL ORDER BY at"), [], |row| {
            Ok(FeedPause {
                obligation: ObligationId(row.get(0)?),
                link: LinkId(row.get(1)?),
                at: Instant(row.get(2)?),
                until: Instant(row.get(3)?),
                actor: row.get(4)?,
                reason: row.get(5)?,
                ended: row.get::<_, Option<i64>>(6)?.map(Instant),
            })
        })
    }

    /// One batch.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn batch(&self, id: ObligationId) -> Result<Option<Batch>, ReadProblem> {
        self.one(&format!("{BATCH} WHERE obligation = ?1"), [id.0], batch_row)
    }

    /// Batches that are not carried out yet, or whose obligation nobody has ended.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn batches_to_carry_out(&self) -> Result<Vec<Batch>, ReadProblem> {
        self.all(
            &format!(
                "{BATCH} WHERE EXISTS (SELECT 1 FROM obligation o WHERE o.id = batch.obligation AND o.is_open = 1) ORDER BY at"
            ),
            [],
            batch_row,
        )
    }

    /// The latest batches.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn batches(&self, limit: usize) -> Result<Vec<Batch>, ReadProblem> {
        self.all(&format!("{BATCH} ORDER BY at DESC LIMIT ?1"), [sql_limit(limit)], batch_row)
    }

    /// Messages of a batch that are not carried out yet, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn batch_to_do(&self, batch: ObligationId) -> Result<Vec<MessageId>, ReadProblem> {
        self.all(
            "SELECT message FROM batch_message WHERE batch = ?1 AND done IS NULL ORDER BY message",
            [batch.0],
            |row| Ok(MessageId(row.get(0)?)),
        )
    }

    /// All messages whose last batch this was, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn batch_messages(&self, batch: ObligationId) -> Result<Vec<BatchMessage>, ReadProblem> {
        self.all(
            "SELECT message, batch, done FROM batch_message WHERE batch = ?1 ORDER BY message",
            [batch.0],
            batch_message_row,
        )
    }

    /// The last batch of a message.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn batch_of(&self, message: MessageId) -> Result<Option<(BatchMessage, BatchSort)>, ReadProblem> {
        self.one(
            "SELECT m.message, m.batch, m.done, b.sort FROM batch_message m JOIN batch b ON b.obligation = m.batch \
             WHERE m.message = ?1",
            [message.0],
            |row| Ok((batch_message_row(row)?, BatchSort::from_code(row.get(3)?))),
        )
    }

    /// What has not been confirmed, by feed and destination: what the machine still offers, and what desks have.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn undelivered(&self) -> Result<Vec<Undelivered>, ReadProblem> {
        let read = |human: bool| {
            move |row: &Row<'_>| {
                Ok(Undelivered {
                    link: LinkId(u32::try_from(row.get::<_, i64>(0)?).unwrap_or_default()),
                    destination: row.get(1)?,
                    human,
                    count: row.get::<_, i64>(2)?.unsigned_abs(),
                    oldest: Instant(row.get(3)?),
                })
            }
        };
        let mut found = self.all(
            "SELECT x.message / ?1, w.destination, count(*), min(o.opened) FROM outbox_waiting w \
             JOIN outbox x ON x.id = w.id JOIN obligation o ON o.id = x.obligation \
             WHERE o.is_open = 1 AND o.human = 0 GROUP BY 1, 2",
            [MESSAGES_PER_LINK],
            read(false),
        )?;
        found.extend(self.all(
            "SELECT coalesce(o.message / ?1, 0), o.recipient_id, count(*), min(o.opened) \
             FROM obligation_open n INDEXED BY obligation_open_owner JOIN obligation o ON o.id = n.id \
             WHERE n.owner >= 'desk:' AND n.owner < 'desk;' AND o.kind IN ('delivery', 'unroutable') GROUP BY 1, 2",
            [MESSAGES_PER_LINK],
            read(true),
        )?);
        Ok(found)
    }

    /// Why messages stand aside, the most frequent reason of a feed first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn causes(&self, limit: usize) -> Result<Vec<Cause>, ReadProblem> {
        self.all(
            "SELECT a.state, d.note, a.id / ?1, count(*) AS n, min(d.settled) FROM journal_aside a \
             JOIN journal_done d ON d.id = a.id GROUP BY 1, 2, 3 ORDER BY n DESC, 5 LIMIT ?2",
            params![MESSAGES_PER_LINK, sql_limit(limit)],
            |row| {
                Ok(Cause {
                    state: if row.get::<_, i64>(0)? == 2 { MessageState::Kept } else { MessageState::Held },
                    note: row.get(1)?,
                    link: LinkId(u32::try_from(row.get::<_, i64>(2)?).unwrap_or_default()),
                    count: row.get::<_, i64>(3)?.unsigned_abs(),
                    oldest: Instant(row.get(4)?),
                })
            },
        )
    }

    /// How many messages of a feed wait to be interpreted, and since when the oldest does.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn waiting_of(&self, link: LinkId) -> Result<(u64, Option<Instant>), ReadProblem> {
        let first = i64::from(link.0) * MESSAGES_PER_LINK;
        let found = self.one(
            "SELECT count(*), min(j.received) FROM journal_open q JOIN journal j ON j.id = q.id WHERE q.id >= ?1 AND q.id < ?2",
            params![first, first + MESSAGES_PER_LINK],
            |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Option<i64>>(1)?.map(Instant))),
        )?;
        Ok(found.unwrap_or_default())
    }

    /// When the last message of a feed came.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn last_received(&self, link: LinkId) -> Result<Option<Instant>, ReadProblem> {
        let first = i64::from(link.0) * MESSAGES_PER_LINK;
        self.one(
            "SELECT received FROM journal WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1",
            params![first, first + MESSAGES_PER_LINK],
            |row| Ok(Instant(row.get(0)?)),
        )
    }
}

fn case_row(row: &Row<'_>) -> crate::sql::Result<SupportCase> {
    Ok(SupportCase {
        obligation: ObligationId(row.get(0)?),
        number: row.get(1)?,
        sort: CaseSort::from_code(row.get(2)?),
        item: row.get(3)?,
        asked: row.get(4)?,
        opener: row.get(5)?,
        practitioner: row.get(6)?,
        reach: row.get(7)?,
        at: Instant(row.get(8)?),
    })
}

fn batch_row(row: &Row<'_>) -> crate::sql::Result<Batch> {
    Ok(Batch {
        obligation: ObligationId(row.get(0)?),
        link: LinkId(row.get(1)?),
        sort: BatchSort::from_code(row.get(2)?),
        at: Instant(row.get(3)?),
        actor: row.get(4)?,
        reason: row.get(5)?,
    })
}

fn batch_message_row(row: &Row<'_>) -> crate::sql::Result<BatchMessage> {
    Ok(BatchMessage {
        message: MessageId(row.get(0)?),
        batch: ObligationId(row.get(1)?),
        done: row.get::<_, Option<i64>>(2)?.map(Instant),
    })
}
