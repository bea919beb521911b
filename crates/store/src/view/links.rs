//! Reading link events: today's persons and any past day's from the same rows; what waits for a record; identity
//! questions, notices and the registration desk's counter.

use super::{View, sql_limit};
use crate::checksum;
use crate::packed::unpack;
use crate::problem::ReadProblem;
use crate::rows::{
    LinkBasis, LinkEvent, LinkEventId, LinkMove, LinkSort, MessageId, NoticeRow, ObligationId, Registration,
    ReviewCase, ReviewSort, WaitingLink,
};
use crate::sql::{Connection, Params, Row, params};
use fhir::{Instant, Kind, PersonId, RecordId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Reads link events, before any condition; the checksum is the last column.
pub(crate) const EVENT: &str = "SELECT id, record, person, from_person, actor, reason, at, message, sort, basis, other, as_of, undoes, rule, score, \
    applied, leaving, staying, checksum FROM link_event";
const CASE: &str = "SELECT obligation, risk, asked, because, records, sort FROM review_case";
const REGISTRATION: &str = "SELECT number, form, record, at, actor, to_candidates_ms, to_create_ms, searches, dismissed FROM registration";

impl View {
    /// What was said and decided about a record, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn link_events(&self, record: RecordId) -> Result<Vec<LinkEvent>, ReadProblem> {
        let key = [record.as_i64()];
        let mut events = self.events_where("record = ?1", key)?;
        events.extend(self.events_where("other = ?1 AND record <> ?1", key)?);
        events.sort_by_key(|event| event.id);
        Ok(events)
    }

    /// One link event.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn link_event(&self, id: LinkEventId) -> Result<Option<LinkEvent>, ReadProblem> {
        Ok(self.events_where("id = ?1", [id.0])?.pop())
    }

    fn events_where(&self, condition: &str, params: impl Params) -> Result<Vec<LinkEvent>, ReadProblem> {
        let conn = self.conn()?;
        self.noted(self.all(&format!("{EVENT} WHERE {condition}"), params, |row| link_event_row(conn, row)))
    }

    /// What people decided about two records, newest first: at most `limit` events, all older than `before`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn decisions(
        &self,
        before: Option<LinkEventId>,
        limit: usize,
    ) -> Result<Vec<LinkEvent>, ReadProblem> {
        let before = before.map_or(i64::MAX, |id| id.0);
        self.events_where(
            "basis = 2 AND other IS NOT NULL AND id < ?1 ORDER BY id DESC LIMIT ?2",
            params![before, sql_limit(limit)],
        )
    }

    /// Everything that was ever said of the records and of any record that an event ever named with them, oldest first:
    /// whose they are follows from these events and no others. At most `limit` records are followed; `None` when there
    /// are more.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn links_around(
        &self,
        records: &[RecordId],
        limit: usize,
    ) -> Result<Option<Vec<LinkEvent>>, ReadProblem> {
        let mut events: BTreeMap<LinkEventId, LinkEvent> = BTreeMap::new();
        let mut seen: BTreeSet<RecordId> = records.iter().copied().collect();
        let mut open: Vec<RecordId> = seen.iter().copied().collect();
        while let Some(record) = open.pop() {
            for event in self.link_events(record)? {
                let named = [event.record].into_iter().chain(event.other);
                for other in named.chain(event.leaving.iter().copied()).chain(event.staying.iter().copied()) {
                    if seen.insert(other) {
                        open.push(other);
                    }
                }
                // What an older version linked names the person and not the record.
                if event.sort == LinkSort::Born && event.other.is_none() {
                    let born = RecordId::from_i64(event.person.as_i64());
                    if seen.insert(born) {
                        open.push(born);
                    }
                }
                events.insert(event.id, event);
            }
            if seen.len() > limit {
                return Ok(None);
            }
        }
        Ok(Some(events.into_values().collect()))
    }

    /// The person a record belonged to at an instant, from the same events that say it today. `None` before it was
    /// known.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn person_of(&self, record: RecordId, at: Instant) -> Result<Option<PersonId>, ReadProblem> {
        let moved: Option<i64> = self.one(
            "SELECT person FROM link_moved WHERE record = ?1 AND at <= ?2 ORDER BY event DESC LIMIT 1",
            params![record.as_i64(), at.0],
            |row| row.get(0),
        )?;
        if let Some(person) = moved {
            return Ok(Some(PersonId::from_i64(person)));
        }
        let born: Option<(i64, i64)> = self.one(
            "SELECT person, at FROM link_event WHERE record = ?1 AND sort = 0 ORDER BY id LIMIT 1",
            [record.as_i64()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        match born {
            Some((person, born)) => Ok((born <= at.0).then(|| PersonId::from_i64(person))),
            None => Ok(self.record(record)?.map(|row| row.person)),
        }
    }

    /// The records that a person had at an instant, by key.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn records_of_person_at(&self, person: PersonId, at: Instant) -> Result<Vec<RecordId>, ReadProblem> {
        let ids: BTreeSet<i64> = self
            .all(
                "SELECT record FROM person_record WHERE person = ?1 UNION SELECT record FROM link_moved WHERE person = ?1 \
                 UNION SELECT record FROM link_moved WHERE from_person = ?1",
                [person.as_i64()],
                |row| row.get(0),
            )?
            .into_iter()
            .collect();
        let mut records = Vec::new();
        for record in ids.into_iter().map(RecordId::from_i64) {
            if self.person_of(record, at)? == Some(person) {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// What senders said of a record before it was on file, in the order it was kept.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn waiting_links(&self, missing: RecordId) -> Result<Vec<WaitingLink>, ReadProblem> {
        self.all(
            "SELECT missing, message, number, at, statement FROM waiting_link WHERE missing = ?1 ORDER BY at, message, number",
            [missing.as_i64()],
            |row| {
                Ok(WaitingLink {
                    missing: RecordId::from_i64(row.get(0)?),
                    message: MessageId(row.get(1)?),
                    number: row.get(2)?,
                    at: Instant(row.get(3)?),
                    statement: row.get(4)?,
                })
            },
        )
    }

    /// The records an identity question is about.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn review_case(&self, obligation: ObligationId) -> Result<Option<ReviewCase>, ReadProblem> {
        self.one(&format!("{CASE} WHERE obligation = ?1"), [obligation.0], review_case_row)
    }

    /// The records of all open identity questions that are about records.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn open_review_cases(&self) -> Result<HashMap<ObligationId, ReviewCase>, ReadProblem> {
        let rows = self.all(
            // Questions stand on desks: what practitioners have yet to open is many times as much.
            "SELECT r.obligation, r.risk, r.asked, r.because, r.records, r.sort FROM obligation_open n INDEXED BY obligation_open_owner \
             JOIN review_case r ON r.obligation = n.id WHERE n.owner >= 'desk:' AND n.owner < 'desk;'",
            [],
            review_case_row,
        )?;
        Ok(rows.into_iter().map(|case| (case.obligation, case)).collect())
    }

    /// A message of our own about identity.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn notice(&self, obligation: ObligationId) -> Result<Option<NoticeRow>, ReadProblem> {
        self.one(
            "SELECT obligation, destination, event, records, body FROM notice WHERE obligation = ?1",
            [obligation.0],
            |row| {
                Ok(NoticeRow {
                    obligation: ObligationId(row.get(0)?),
                    destination: row.get(1)?,
                    trigger: row.get(2)?,
                    records: unpack_records(&row.get::<_, Vec<u8>>(3)?),
                    body: row.get(4)?,
                })
            },
        )
    }

    /// Destinations that hold something of a record or will: a delivery to them is acknowledged or waits.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn destinations_holding(&self, record: RecordId) -> Result<Vec<String>, ReadProblem> {
        self.all(
            "SELECT DISTINCT destination FROM outbox WHERE record = ?1 AND state IN (0, 1) ORDER BY destination",
            [record.as_i64()],
            |row| row.get(0),
        )
    }

    /// Whether a destination was ever sent something of a record, or told of its identity.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn is_known_to(&self, record: RecordId, destination: &str) -> Result<bool, ReadProblem> {
        let found = self.one(
            "SELECT 1 FROM notice_record WHERE record = ?1 AND destination = ?2 \
             UNION ALL SELECT 1 FROM outbox WHERE record = ?1 AND destination = ?2 LIMIT 1",
            params![record.as_i64(), destination],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// How many current resources of a kind a record has.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn count_of_kind(&self, record: RecordId, kind: Kind) -> Result<u64, ReadProblem> {
        let count = self.one(
            "SELECT count(*) FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3",
            params![record.part().0, record.as_i64(), kind.code()],
            |row| row.get::<_, i64>(0),
        )?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// How many deliveries of reports of a record were made or are under way.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn count_of_deliveries(&self, record: RecordId) -> Result<u64, ReadProblem> {
        let count = self.one(
            "SELECT count(*) FROM outbox WHERE record = ?1 AND kind = 0",
            [record.as_i64()],
            |row| row.get::<_, i64>(0),
        )?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// Records whose deliveries wait for a notice, by the notice's number in the outbox.
    pub(crate) fn barriers(&self, destination: &str) -> Result<HashMap<i64, Vec<i64>>, ReadProblem> {
        let mut barriers: HashMap<i64, Vec<i64>> = HashMap::new();
        let rows: Vec<(i64, i64)> =
            self.all("SELECT id, record FROM outbox_barrier WHERE destination = ?1", [destination], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        for (id, record) in rows {
            barriers.entry(id).or_default().push(record);
        }
        Ok(barriers)
    }

    /// What a form of the registration desk made.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn registration_of_form(&self, form: &str) -> Result<Option<Registration>, ReadProblem> {
        self.one(&format!("{REGISTRATION} WHERE form = ?1"), [form], registration_row)
    }

    /// The number that the next record of the registration desk gets.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn next_registration(&self) -> Result<i64, ReadProblem> {
        let last: Option<Option<i64>> =
            self.one("SELECT max(number) FROM registration", [], |row| row.get(0))?;
        Ok(last.flatten().unwrap_or(0) + 1)
    }

    /// Records made at the registration desk since an instant, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn registrations_since(
        &self,
        since: Instant,
        limit: usize,
    ) -> Result<Vec<Registration>, ReadProblem> {
        self.all(
            &format!("{REGISTRATION} WHERE at >= ?1 ORDER BY number DESC LIMIT ?2"),
            params![since.0, sql_limit(limit)],
            registration_row,
        )
    }

    /// How many records came into being since an instant, and how many identity questions were opened.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn births_and_reviews_since(&self, since: Instant) -> Result<(u64, u64), ReadProblem> {
        let births =
            self.one("SELECT count(*) FROM link_event WHERE sort = 0 AND at >= ?1", [since.0], |row| {
                row.get::<_, i64>(0)
            })?;
        let reviews = self.one(
            "SELECT count(*) FROM obligation WHERE kind = 'identity-review' AND opened >= ?1",
            [since.0],
            |row| row.get::<_, i64>(0),
        )?;
        Ok((births.unwrap_or(0).unsigned_abs(), reviews.unwrap_or(0).unsigned_abs()))
    }
}

/// Puts into an event what it moved.
pub(crate) fn move_in(conn: &Connection, event: &mut LinkEvent) -> crate::sql::Result<()> {
    if event.has_moves() {
        let moved = "SELECT record, from_person, person FROM link_moved WHERE event = ?1 ORDER BY record";
        let read = |row: &Row<'_>| {
            Ok(LinkMove {
                record: RecordId::from_i64(row.get(0)?),
                from: PersonId::from_i64(row.get(1)?),
                to: PersonId::from_i64(row.get(2)?),
            })
        };
        event.moves =
            conn.prepare_cached(moved)?.query_map([event.id.0], read)?.collect::<crate::sql::Result<_>>()?;
    }
    Ok(())
}

/// An event with what it moved, whose checksum is right.
pub(crate) fn link_event_row(conn: &Connection, row: &Row<'_>) -> crate::sql::Result<LinkEvent> {
    let mut event = read(row);
    if let Ok(event) = &mut event {
        move_in(conn, event)?;
    }
    checksum::vouched(row, "link event", 18, event, LinkEvent::checksum)
}

/// An event as it stands, without what it moved.
pub(crate) fn read(row: &Row<'_>) -> crate::sql::Result<LinkEvent> {
    let at = Instant(row.get(6)?);
    let as_of: i64 = row.get(11)?;
    Ok(LinkEvent {
        id: LinkEventId(row.get(0)?),
        record: RecordId::from_i64(row.get(1)?),
        person: PersonId::from_i64(row.get(2)?),
        from: row.get::<_, Option<i64>>(3)?.map(PersonId::from_i64),
        actor: row.get(4)?,
        reason: row.get(5)?,
        at,
        message: row.get::<_, Option<i64>>(7)?.map(MessageId),
        sort: LinkSort::from_code(row.get(8)?),
        basis: LinkBasis::from_code(row.get(9)?),
        other: row.get::<_, Option<i64>>(10)?.map(RecordId::from_i64),
        // Rows of the first version did not say it apart.
        as_of: if as_of == 0 { at } else { Instant(as_of) },
        undoes: row.get::<_, Option<i64>>(12)?.map(LinkEventId),
        rule: row.get(13)?,
        score: row.get(14)?,
        applied: row.get(15)?,
        leaving: unpack_records(&row.get::<_, Vec<u8>>(16)?),
        staying: unpack_records(&row.get::<_, Vec<u8>>(17)?),
        moves: Vec::new(),
    })
}

fn review_case_row(row: &Row<'_>) -> crate::sql::Result<ReviewCase> {
    Ok(ReviewCase {
        obligation: ObligationId(row.get(0)?),
        risk: row.get(1)?,
        asked: row.get::<_, Option<i64>>(2)?.map(Instant),
        because: row.get(3)?,
        records: unpack_records(&row.get::<_, Vec<u8>>(4)?),
        sort: ReviewSort::from_code(row.get(5)?),
    })
}

fn registration_row(row: &Row<'_>) -> crate::sql::Result<Registration> {
    Ok(Registration {
        number: row.get(0)?,
        form: row.get(1)?,
        record: RecordId::from_i64(row.get(2)?),
        at: Instant(row.get(3)?),
        actor: row.get(4)?,
        to_candidates_ms: row.get(5)?,
        to_create_ms: row.get(6)?,
        searches: row.get(7)?,
        dismissed: row.get(8)?,
    })
}

fn unpack_records(bytes: &[u8]) -> Vec<RecordId> {
    unpack(bytes).into_iter().map(RecordId::from_i64).collect()
}
