//! Reading the tree over the log, its checkpoints, and what watches it.

use super::{View, sql_limit};
use crate::activity::{
    CASE_CLASS, Content, FLAG_CLASS, Hash, LOG_CLASS, LoggedRow, Nodes, TIP_CLASS, blind_of, content_digest,
    period_of, unseal,
};
use crate::problem::ReadProblem;
use crate::rows::{AuditRow, BreachCaseRow, CheckpointRow, DestructionRow, FlagRow, ObligationId, TipRow};
use crate::sql::{Connection, Row, params};
use fhir::{Instant, PersonId, RecordId};
use std::collections::HashMap;

const FLAG: &str =
    "SELECT obligation, actor, at, score, body, verdict, decided, decider, reason FROM activity_flag";
const CASE: &str = "SELECT b.obligation, b.number, b.at, b.opener, b.source, b.actor, b.since, b.until, b.decision, \
     b.decided, b.decider, b.closed, b.content, k.key FROM breach_case b \
     LEFT JOIN content_key k ON k.class = ?1 AND k.subject = b.obligation";
const TIP: &str = "SELECT t.obligation, t.reference, t.at, t.content, t.answer, k.key FROM tip t \
     LEFT JOIN content_key k ON k.class = ?1 AND k.subject = t.obligation";
const DESTRUCTION: &str = "SELECT obligation, class, before, at, due, approver, approved, verdict, next, destroyed, done \
     FROM destruction";
const LOGGED: &str = "SELECT seq, at, role, verb, purpose, person, actor, object, digest, leaf FROM audit";

/// Rows whose content is due, each with the digest that stays; and where to go on.
pub type DueContent = (Vec<(i64, Hash)>, Option<i64>);
/// Number of the last row looked at, the sound rows that people wrote, and the numbers of damaged ones.
pub type PeoplesRows = (i64, Vec<(i64, AuditRow)>, Vec<i64>);

/// The hashes that the store keeps of the tree.
pub(crate) struct KeptHashes<'c>(pub(crate) &'c Connection);

impl Nodes for KeptHashes<'_> {
    type Problem = crate::sql::Error;
    fn kept(&self, level: u8, first: u64, count: u64) -> crate::sql::Result<Vec<Hash>> {
        let sql = if level == 0 {
            "SELECT leaf FROM audit WHERE ?1 = 0 AND seq > ?2 AND seq <= ?3 ORDER BY seq"
        } else {
            "SELECT hash FROM audit_node WHERE level = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx"
        };
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(sql)?;
        let found: Vec<Hash> = statement
            .query_map(params![level, number(first), number(first + count)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if number(count) == i64::try_from(found.len()).unwrap_or(-1) {
            Ok(found)
        } else {
            Err(crate::sql::Error::NoRow)
        }
    }
}

impl Nodes for View {
    type Problem = ReadProblem;
    fn kept(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, ReadProblem> {
        KeptHashes(self.conn()?).kept(level, first, count).map_err(|error| match error {
            crate::sql::Error::NoRow => ReadProblem::Damaged {
                what: format!("the tree over the activity log at level {level}, from {first} on"),
            },
            other => other.into(),
        })
    }
}

/// Content keys of the log that one reading has asked for.
#[derive(Default)]
pub(crate) struct PeriodKeys(HashMap<i64, Option<Hash>>);

impl PeriodKeys {
    /// The key of the period of a time; `None` when it is missing.
    pub(crate) fn of(&mut self, view: &View, at: Instant) -> Result<Option<Hash>, ReadProblem> {
        let period = period_of(at);
        if let Some(known) = self.0.get(&period) {
            return Ok(*known);
        }
        let key = view.one(
            "SELECT key FROM content_key WHERE class = ?1 AND subject = ?2",
            params![LOG_CLASS, period],
            |row| row.get(0),
        )?;
        self.0.insert(period, key);
        Ok(key)
    }
}

impl View {
    /// Rows of the log.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn log_size(&self) -> Result<u64, ReadProblem> {
        Ok(crate::numbers::last_audit(self.conn()?)?)
    }

    /// Rows of the log with what their leaves are made from, from a number on.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn logged(&self, from: i64, limit: usize) -> Result<Vec<LoggedRow>, ReadProblem> {
        let mut keys = PeriodKeys::default();
        let rows = self.all(
            &format!("{LOGGED} WHERE seq >= ?1 ORDER BY seq LIMIT ?2"),
            params![from, sql_limit(limit)],
            logged_row,
        )?;
        rows.into_iter()
            .map(|mut row| {
                if let Content::Kept { blind, .. } = &mut row.content {
                    *blind = keys.of(self, row.at)?.map(|key| blind_of(&key, row.seq));
                }
                Ok(row)
            })
            .collect()
    }

    /// What people, not machines, did from a row of the log on: at most `limit` rows are looked at; the number of the
    /// last of them, those that people wrote, and the numbers of those that are not what their leaves say.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn audit_of_people(&self, from: i64, limit: usize) -> Result<PeoplesRows, ReadProblem> {
        let rows = self.audit_from(from, limit)?;
        let last = rows.last().map_or(from - 1, |(seq, ..)| *seq);
        let by_people =
            rows.into_iter().filter(|(_, row, ..)| row.role != "machine" && !row.actor.is_empty());
        let (mut sound, mut damaged) = (Vec::new(), Vec::new());
        let rows: Vec<_> = by_people.collect();
        match self.sound(rows.clone()) {
            Ok(rows) => sound = rows,
            // One by one: a row that was changed hides no other.
            Err(ReadProblem::Damaged { .. }) => {
                for row in rows {
                    let seq = row.0;
                    match self.sound(vec![row]) {
                        Ok(row) => sound.extend(row),
                        Err(ReadProblem::Damaged { .. }) => damaged.push(seq),
                        Err(other) => return Err(other),
                    }
                }
            }
            Err(other) => return Err(other),
        }
        Ok((last, sound, damaged))
    }

    /// What somebody did to whoever's record between two times, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when a row is not what its leaf says.
    pub fn audit_of_actor(
        &self,
        actor: &str,
        since: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<(i64, AuditRow)>, ReadProblem> {
        let rows = self.all(
            &format!(
                "{} WHERE actor = ?1 AND role <> 'machine' AND at >= ?2 AND at <= ?3 ORDER BY seq LIMIT ?4",
                super::audit::AUDIT
            ),
            params![actor, since.0, until.0, sql_limit(limit)],
            super::audit::audit_row,
        )?;
        self.sound(rows)
    }

    /// Rows of the log before a time whose personal content stands, from a number on, each with the digest that would
    /// stay; and where to go on, `None` at the end of what is older.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when a row is not what its leaf says: nothing that is wrong is made to look destroyed.
    pub fn log_content_before(
        &self,
        before: Instant,
        from: i64,
        limit: usize,
    ) -> Result<DueContent, ReadProblem> {
        let rows = self.logged(from, limit)?;
        let next = rows.last().map(|row| row.seq + 1);
        let mut due = Vec::new();
        for row in &rows {
            let Content::Kept { person, actor, object, blind } = &row.content else { continue };
            if row.at >= before {
                continue;
            }
            let digest = blind.as_ref().map(|blind| content_digest(blind, *person, actor, object));
            match (digest, row.right_leaf()) {
                (Some(digest), Some(leaf)) if leaf == row.leaf => due.push((row.seq, digest)),
                _ => return Err(ReadProblem::Damaged { what: format!("audit row {}", row.seq) }),
            }
        }
        let some_older = rows.iter().any(|row| row.at < before);
        Ok((due, next.filter(|_| some_older)))
    }

    /// How many rows of the log before a time have their personal content. Reads the whole log.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn log_content_count(&self, before: Instant) -> Result<u64, ReadProblem> {
        let count: i64 = self
            .one("SELECT count(*) FROM audit WHERE at < ?1 AND digest IS NULL", [before.0], |row| row.get(0))?
            .unwrap_or(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Periods of the log that ended before a time and still have their key.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn log_periods_before(&self, before: Instant) -> Result<Vec<i64>, ReadProblem> {
        self.all(
            "SELECT subject FROM content_key WHERE class = ?1 AND subject < ?2 ORDER BY subject",
            params![LOG_CLASS, period_of(before)],
            |row| row.get(0),
        )
    }

    /// Checkpoints from a size on, in order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn log_checkpoints(&self, from: u64, limit: usize) -> Result<Vec<CheckpointRow>, ReadProblem> {
        self.all(
            "SELECT size, at, note FROM audit_checkpoint WHERE size >= ?1 ORDER BY size LIMIT ?2",
            params![i64::try_from(from).unwrap_or(i64::MAX), sql_limit(limit)],
            checkpoint_row,
        )
    }

    /// The last checkpoint.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn last_checkpoint(&self) -> Result<Option<CheckpointRow>, ReadProblem> {
        self.one("SELECT size, at, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1", [], checkpoint_row)
    }

    /// Up to which row of the log looks were judged.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn judged_up_to(&self) -> Result<i64, ReadProblem> {
        Ok(self.one("SELECT seq FROM detection_mark WHERE id = 0", [], |row| row.get(0))?.unwrap_or(0))
    }

    /// What is remembered of everybody's looks: user id, JSON.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn detection_members(&self) -> Result<Vec<(String, String)>, ReadProblem> {
        self.all("SELECT actor, body FROM detection_member", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether a message about a record ever came.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn has_message(&self, record: RecordId) -> Result<bool, ReadProblem> {
        let found = self.one(
            "SELECT 1 FROM journal_record WHERE part = ?1 AND record = ?2 LIMIT 1",
            params![record.part().0, record.as_i64()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// Why a record is watched; `None` when it is not.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn watched(&self, record: RecordId) -> Result<Option<String>, ReadProblem> {
        self.one("SELECT reason FROM watched_person WHERE record = ?1", [record.as_i64()], |row| row.get(0))
    }

    /// Records that somebody made at the registration desk from a time to another.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn registered_by(
        &self,
        actor: &str,
        since: Instant,
        until: Instant,
    ) -> Result<Vec<RecordId>, ReadProblem> {
        self.all(
            "SELECT record FROM registration WHERE actor = ?1 AND at >= ?2 AND at < ?3 ORDER BY number",
            params![actor, since.0, until.0],
            |row| row.get(0).map(RecordId::from_i64),
        )
    }

    /// Flags that nobody has decided, the heaviest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn open_flags(&self, limit: usize) -> Result<Vec<FlagRow>, ReadProblem> {
        self.all(
            &format!("{FLAG} WHERE verdict = '' ORDER BY score DESC, at LIMIT ?1"),
            [sql_limit(limit)],
            flag_row,
        )
    }

    /// Flags of somebody, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn flags_of(&self, actor: &str, limit: usize) -> Result<Vec<FlagRow>, ReadProblem> {
        self.all(
            &format!("{FLAG} WHERE actor = ?1 ORDER BY at DESC LIMIT ?2"),
            params![actor, sql_limit(limit)],
            flag_row,
        )
    }

    /// Flags that were decided, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn decided_flags(&self, limit: usize) -> Result<Vec<FlagRow>, ReadProblem> {
        self.all(
            &format!("{FLAG} WHERE verdict <> '' ORDER BY at DESC LIMIT ?1"),
            [sql_limit(limit)],
            flag_row,
        )
    }

    /// One flag.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn flag(&self, obligation: ObligationId) -> Result<Option<FlagRow>, ReadProblem> {
        self.one(&format!("{FLAG} WHERE obligation = ?1"), [obligation.0], flag_row)
    }

    /// Tips, after so many: those that wait first, the oldest of them first; then those that were answered, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn tips(&self, after: usize, limit: usize) -> Result<Vec<TipRow>, ReadProblem> {
        self.all(
            &format!(
                "{TIP} JOIN obligation o ON o.id = t.obligation \
                 ORDER BY o.is_open DESC, CASE WHEN o.is_open = 1 THEN t.at ELSE -t.at END, t.obligation LIMIT ?2 OFFSET ?3"
            ),
            params![TIP_CLASS, sql_limit(limit), sql_limit(after)],
            tip_row,
        )
    }

    /// How many tips came since a time.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn tips_since(&self, since: Instant) -> Result<u64, ReadProblem> {
        let count: i64 =
            self.one("SELECT count(*) FROM tip WHERE at > ?1", [since.0], |row| row.get(0))?.unwrap_or(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// One tip.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn tip(&self, obligation: ObligationId) -> Result<Option<TipRow>, ReadProblem> {
        self.one(&format!("{TIP} WHERE t.obligation = ?2"), params![TIP_CLASS, obligation.0], tip_row)
    }

    /// The tip with the digest of a number.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn tip_by_reference(&self, reference: &[u8]) -> Result<Option<TipRow>, ReadProblem> {
        self.one(&format!("{TIP} WHERE t.reference = ?2"), params![TIP_CLASS, reference], tip_row)
    }

    /// Breach cases, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn breach_cases(&self, limit: usize) -> Result<Vec<BreachCaseRow>, ReadProblem> {
        self.all(
            &format!("{CASE} ORDER BY b.number DESC LIMIT ?2"),
            params![CASE_CLASS, sql_limit(limit)],
            case_row,
        )
    }

    /// One breach case.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn breach_case(&self, obligation: ObligationId) -> Result<Option<BreachCaseRow>, ReadProblem> {
        self.one(&format!("{CASE} WHERE b.obligation = ?2"), params![CASE_CLASS, obligation.0], case_row)
    }

    /// Tips, closed cases or decided flags before a time whose content still stands.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn sealed_before(&self, class: &str, before: Instant, limit: usize) -> Result<Vec<i64>, ReadProblem> {
        let table = if class == TIP_CLASS {
            "SELECT t.obligation FROM tip t JOIN content_key k ON k.class = ?1 AND k.subject = t.obligation \
             JOIN obligation o ON o.id = t.obligation \
             WHERE t.at < ?2 AND o.is_open = 0 ORDER BY t.obligation LIMIT ?3"
        } else if class == FLAG_CLASS {
            "SELECT f.obligation FROM activity_flag f JOIN obligation o ON o.id = f.obligation \
             WHERE ?1 <> '' AND f.actor <> '' AND f.decided < ?2 AND o.is_open = 0 ORDER BY f.obligation LIMIT ?3"
        } else {
            "SELECT b.obligation FROM breach_case b JOIN content_key k ON k.class = ?1 AND k.subject = b.obligation \
             WHERE b.closed < ?2 ORDER BY b.obligation LIMIT ?3"
        };
        self.all(table, params![class, before.0, sql_limit(limit)], |row| row.get(0))
    }

    /// Destructions, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn destructions(&self, limit: usize) -> Result<Vec<DestructionRow>, ReadProblem> {
        self.all(
            &format!("{DESTRUCTION} ORDER BY at DESC, obligation LIMIT ?1"),
            [sql_limit(limit)],
            destruction_row,
        )
    }

    /// Destructions that are proposed or under way.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn open_destructions(&self) -> Result<Vec<DestructionRow>, ReadProblem> {
        self.all(&format!("{DESTRUCTION} WHERE done IS NULL ORDER BY at, obligation"), [], destruction_row)
    }

    /// One destruction.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn destruction(&self, obligation: ObligationId) -> Result<Option<DestructionRow>, ReadProblem> {
        self.one(&format!("{DESTRUCTION} WHERE obligation = ?1"), [obligation.0], destruction_row)
    }
}

fn logged_row(row: &Row<'_>) -> crate::sql::Result<LoggedRow> {
    let digest: Option<Hash> = row.get(8)?;
    let content = match digest {
        Some(digest) => Content::Destroyed { digest },
        None => Content::Kept {
            person: row.get::<_, Option<i64>>(5)?.map(PersonId::from_i64),
            actor: row.get(6)?,
            object: row.get(7)?,
            blind: None,
        },
    };
    Ok(LoggedRow {
        seq: row.get(0)?,
        at: Instant(row.get(1)?),
        role: row.get(2)?,
        verb: row.get(3)?,
        purpose: row.get(4)?,
        content,
        leaf: row.get(9)?,
    })
}

fn checkpoint_row(row: &Row<'_>) -> crate::sql::Result<CheckpointRow> {
    let size: i64 = row.get(0)?;
    Ok(CheckpointRow { size: u64::try_from(size).unwrap_or(0), at: Instant(row.get(1)?), note: row.get(2)? })
}

fn flag_row(row: &Row<'_>) -> crate::sql::Result<FlagRow> {
    Ok(FlagRow {
        obligation: ObligationId(row.get(0)?),
        actor: row.get(1)?,
        at: Instant(row.get(2)?),
        score: row.get(3)?,
        body: row.get(4)?,
        verdict: row.get(5)?,
        decided: row.get::<_, Option<i64>>(6)?.map(Instant),
        decider: row.get(7)?,
        reason: row.get(8)?,
    })
}

fn opened(key: Option<Hash>, sealed: &[u8]) -> Option<String> {
    unseal(&key?, sealed)
}

fn tip_row(row: &Row<'_>) -> crate::sql::Result<TipRow> {
    let sealed: Vec<u8> = row.get(3)?;
    Ok(TipRow {
        obligation: ObligationId(row.get(0)?),
        reference: row.get(1)?,
        at: Instant(row.get(2)?),
        content: opened(row.get(5)?, &sealed),
        answer: row.get(4)?,
    })
}

fn case_row(row: &Row<'_>) -> crate::sql::Result<BreachCaseRow> {
    let sealed: Vec<u8> = row.get(12)?;
    Ok(BreachCaseRow {
        obligation: ObligationId(row.get(0)?),
        number: row.get(1)?,
        at: Instant(row.get(2)?),
        opener: row.get(3)?,
        source: ObligationId(row.get(4)?),
        actor: row.get(5)?,
        since: Instant(row.get(6)?),
        until: Instant(row.get(7)?),
        decision: row.get(8)?,
        decided: row.get::<_, Option<i64>>(9)?.map(Instant),
        decider: row.get(10)?,
        closed: row.get::<_, Option<i64>>(11)?.map(Instant),
        content: opened(row.get(13)?, &sealed),
    })
}

fn destruction_row(row: &Row<'_>) -> crate::sql::Result<DestructionRow> {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(DestructionRow {
        obligation: ObligationId(row.get(0)?),
        class: row.get(1)?,
        before: Instant(row.get(2)?),
        at: Instant(row.get(3)?),
        due: count(row.get(4)?),
        approver: row.get(5)?,
        approved: row.get::<_, Option<i64>>(6)?.map(Instant),
        verdict: row.get(7)?,
        next: row.get(8)?,
        destroyed: count(row.get(9)?),
        done: row.get::<_, Option<i64>>(10)?.map(Instant),
    })
}
