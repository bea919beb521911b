//! How the activity log and what watches it are written. The log is on every path; the rest is rare.

use super::sqlite::{Hand, Stop};
use crate::activity::{CASE_CLASS, FLAG_CLASS, TIP_CLASS, leaf_of, period_of, seal};
use crate::rows::{
    ActivityChange, AuditRow, BreachCaseRow, Destroy, DestructionRow, FlagRow, ObligationId, TipRow,
};
use crate::sql::{Connection, OptionalExtension, params};

/// The content key of a class and subject, made on first sight from the database's generator, which is seeded by the system's.
pub(crate) fn key(conn: &Connection, class: &str, subject: i64) -> crate::sql::Result<[u8; 32]> {
    let known = conn
        .prepare_cached("SELECT key FROM content_key WHERE class = ?1 AND subject = ?2")?
        .query_row(params![class, subject], |row| row.get(0))
        .optional()?;
    match known {
        Some(key) => Ok(key),
        None => conn
            .prepare_cached(
                "INSERT INTO content_key (class, subject, key) VALUES (?1, ?2, randomblob(32)) RETURNING key",
            )?
            .query_row(params![class, subject], |row| row.get(0)),
    }
}

impl Hand<'_, '_> {
    /// Rows of the log with their leaves, and the tree over them.
    pub(crate) fn audit(&mut self, rows: &[AuditRow]) -> Result<(), Stop> {
        for row in rows {
            let seq = i64::try_from(self.numbers.activity.size()).unwrap_or(i64::MAX) + 1;
            let key = self.remembered.period_key(self.conn, period_of(row.at))?;
            let leaf = leaf_of(seq, row, &key);
            self.sql.audit_insert.execute(params![
                seq,
                row.at.0,
                row.person.map(fhir::PersonId::as_i64),
                row.actor,
                row.role,
                row.verb,
                row.purpose,
                row.object,
                leaf
            ])?;
            let mut kept = Ok(());
            let insert = &mut self.sql.audit_node_insert;
            self.numbers.activity.push(leaf, |level, index, hash| {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                if kept.is_ok() {
                    kept = insert.execute(params![level, index, hash]);
                }
            });
            kept?;
        }
        Ok(())
    }

    pub(crate) fn activity(&mut self, changes: &[ActivityChange]) -> Result<(), Stop> {
        for change in changes {
            match change {
                ActivityChange::Checkpoint(row) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO audit_checkpoint (size, at, note) VALUES (?1, ?2, ?3) ON CONFLICT (size) DO NOTHING",
                        )?
                        .execute(params![i64::try_from(row.size).unwrap_or(i64::MAX), row.at.0, row.note])?;
                }
                ActivityChange::Judged(seq) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO detection_mark (id, seq) VALUES (0, ?1) ON CONFLICT (id) DO UPDATE SET seq = ?1",
                        )?
                        .execute([seq])?;
                }
                ActivityChange::Member(actor, body) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO detection_member (actor, body) VALUES (?1, ?2) \
                             ON CONFLICT (actor) DO UPDATE SET body = ?2",
                        )?
                        .execute(params![actor, body])?;
                }
                ActivityChange::Watch(record, at, actor, reason) => {
                    self.conn
                        .prepare_cached(
                            "INSERT INTO watched_person (record, at, actor, reason) VALUES (?1, ?2, ?3, ?4) \
                             ON CONFLICT (record) DO NOTHING",
                        )?
                        .execute(params![record.as_i64(), at.0, actor, reason])?;
                }
                ActivityChange::Unwatch(record) => {
                    self.conn
                        .prepare_cached("DELETE FROM watched_person WHERE record = ?1")?
                        .execute([record.as_i64()])?;
                }
                ActivityChange::Flag(row) => self.flag(row)?,
                ActivityChange::Tip(row) => self.tip(row)?,
                ActivityChange::Case(row) => self.breach_case(row)?,
                ActivityChange::Destruction(row) => self.destruction(row)?,
                ActivityChange::Destroy(piece) => self.destroy(piece)?,
            }
        }
        Ok(())
    }

    fn flag(&mut self, row: &FlagRow) -> Result<(), Stop> {
        self.conn
            .prepare_cached(
                "INSERT INTO activity_flag (obligation, actor, at, score, body, verdict, decided, decider, reason) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (obligation) DO UPDATE SET \
                 score = ?4, body = ?5, verdict = ?6, decided = ?7, decider = ?8, reason = ?9",
            )?
            .execute(params![
                row.obligation.0,
                row.actor,
                row.at.0,
                row.score,
                row.body,
                row.verdict,
                row.decided.map(|at| at.0),
                row.decider,
                row.reason
            ])?;
        Ok(())
    }

    fn sealed(&mut self, class: &str, row: i64, content: Option<&str>) -> Result<Vec<u8>, Stop> {
        let Some(content) = content else { return Ok(Vec::new()) };
        let key = key(self.conn, class, row)?;
        let nonce = self.conn.prepare_cached("SELECT randomblob(12)")?.query_row([], |row| row.get(0))?;
        seal(&key, nonce, content).ok_or_else(|| Stop::Malformed("content that cannot be sealed".into()))
    }

    fn tip(&mut self, row: &TipRow) -> Result<(), Stop> {
        let known = self
            .conn
            .prepare_cached("UPDATE tip SET answer = ?2 WHERE obligation = ?1")?
            .changed(params![row.obligation.0, row.answer])?;
        if known == 0 {
            let content = self.sealed(TIP_CLASS, row.obligation.0, row.content.as_deref())?;
            self.conn
                .prepare_cached(
                    "INSERT INTO tip (obligation, reference, at, content, answer) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![row.obligation.0, row.reference, row.at.0, content, row.answer])?;
        }
        Ok(())
    }

    fn breach_case(&mut self, row: &BreachCaseRow) -> Result<(), Stop> {
        let content = self.sealed(CASE_CLASS, row.obligation.0, row.content.as_deref())?;
        self.conn
            .prepare_cached(
                "INSERT INTO breach_case (obligation, number, at, opener, source, actor, since, until, decision, decided, \
                 decider, closed, content) \
                 SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM breach_case \
                 WHERE true ON CONFLICT (obligation) DO UPDATE SET since = ?6, until = ?7, decision = ?8, decided = ?9, \
                 decider = ?10, closed = ?11, content = ?12",
            )?
            .execute(params![
                row.obligation.0,
                row.at.0,
                row.opener,
                row.source.0,
                row.actor,
                row.since.0,
                row.until.0,
                row.decision,
                row.decided.map(|at| at.0),
                row.decider,
                row.closed.map(|at| at.0),
                content
            ])?;
        Ok(())
    }

    fn destruction(&mut self, row: &DestructionRow) -> Result<(), Stop> {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        self.conn
            .prepare_cached(
                "INSERT INTO destruction (obligation, class, before, at, due, approver, approved, verdict, next, destroyed, done) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (obligation) DO UPDATE SET \
                 approver = ?6, approved = ?7, verdict = ?8, next = ?9, destroyed = ?10, done = ?11",
            )?
            .execute(params![
                row.obligation.0,
                row.class,
                row.before.0,
                row.at.0,
                count(row.due),
                row.approver,
                row.approved.map(|at| at.0),
                row.verdict,
                row.next,
                count(row.destroyed),
                row.done.map(|at| at.0)
            ])?;
        Ok(())
    }

    /// What is freed is overwritten with zeros; the log file's former pages go when it is next emptied.
    fn destroy(&mut self, piece: &Destroy) -> Result<(), Stop> {
        let Some(file) = self.conn.sqlite() else {
            // On PostgreSQL the bytes go with the next VACUUM FULL of the table, as they do from its backups: by their age.
            return self.destroy_piece(piece);
        };
        file.query_row("PRAGMA secure_delete = ON", [], |_| Ok(())).map_err(crate::sql::Error::from)?;
        let done = self.destroy_piece(piece);
        file.query_row("PRAGMA secure_delete = OFF", [], |_| Ok(())).map_err(crate::sql::Error::from)?;
        done
    }

    /// What names people beside the sealed content: the answer to a tip, whom a case or a flag is about, and both in what the
    /// desk's obligation says of it.
    fn unname(&mut self, class: &str, subject: i64) -> Result<(), Stop> {
        let own = match class {
            TIP_CLASS => "UPDATE tip SET answer = '' WHERE obligation = ?1",
            CASE_CLASS => "UPDATE breach_case SET actor = '' WHERE obligation = ?1",
            FLAG_CLASS => "UPDATE activity_flag SET actor = '', body = '', reason = '' WHERE obligation = ?1",
            _ => return Ok(()),
        };
        self.conn.prepare_cached(own)?.execute([subject])?;
        self.unname_obligation(ObligationId(subject))
    }

    fn destroy_piece(&mut self, piece: &Destroy) -> Result<(), Stop> {
        match piece {
            Destroy::LogRows(rows) => {
                let mut blank = self.conn.prepare_cached(
                    "UPDATE audit SET person = NULL, actor = '', object = '', digest = ?2 WHERE seq = ?1 AND digest IS NULL",
                )?;
                for (seq, digest) in rows {
                    blank.execute(params![seq, digest])?;
                }
            }
            Destroy::Keys(class, subjects) => {
                let mut forget =
                    self.conn.prepare_cached("DELETE FROM content_key WHERE class = ?1 AND subject = ?2")?;
                for subject in subjects {
                    forget.execute(params![class, subject])?;
                }
                drop(forget);
                for subject in subjects {
                    self.unname(class, *subject)?;
                }
                self.remembered.forget();
            }
        }
        Ok(())
    }
}
