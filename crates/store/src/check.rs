//! Checking everything: the file, every checksum, the search index against a scan, the books.

use crate::activity::{Frontier, Nodes as _};
use crate::checksum;
use crate::filing::{self, Unpacked, VERSIONS_PER_FILING};
use crate::index;
use crate::problem::ReadProblem;
use crate::rows::Census;
use crate::sql::{Row, params};
use crate::view::{View, links, obligations, outbox};
use fhir::search::IndexRow;
use fhir::{Instant, Kind, LocalId, RecordId, ResourceKey};

/// Problems that are listed; more are counted.
pub const LISTED_PROBLEMS: usize = 100;
/// Rows read between two calls of the progress function.
const STEP_ROWS: u64 = 1_000;

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct CheckReport {
    /// Messages whose bytes were compared with their checksum.
    pub messages: u64,
    /// Resource versions whose bytes were compared with their checksum.
    pub versions: u64,
    /// Audit rows compared with their leaf.
    pub audit: u64,
    /// Obligations, their steps, deliveries and link events compared with their checksums.
    pub owed: u64,
    /// Resources whose index rows were compared with a scan.
    pub sampled: u64,
    /// The books.
    pub census: Census,
    /// What is wrong, at most [`LISTED_PROBLEMS`].
    pub problems: Vec<String>,
    /// How much is wrong in all.
    pub wrong: u64,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.wrong == 0 && self.census.balanced
    }
    fn wrong(&mut self, words: impl Into<String>) {
        self.wrong += 1;
        if self.problems.len() < LISTED_PROBLEMS {
            self.problems.push(words.into());
        }
    }
}

/// The index rows of a body, computed anew: `fhir::search::rows` over the parsed resource.
pub type Recompute<'f> = &'f dyn Fn(Kind, &[u8]) -> Vec<IndexRow>;

/// Adds a version to a sum that does not depend on their order.
fn add(sum: &mut u128, (record, kind, local): (i64, i64, i64), version: i64, number: i64) {
    let row = [record, kind, local, version, number].map(i64::to_be_bytes).concat();
    *sum = sum.wrapping_add(u128::from_be_bytes(checksum::of_raw(&row)));
}

impl View {
    /// Checks everything. `sample` resources have their search rows recomputed by `recompute`; `progress` is told the
    /// name of each step and how many rows it has seen.
    ///
    /// # Errors
    /// [`ReadProblem::Database`] when the file cannot be read at all; what is found wrong is in the report.
    pub fn check(
        &self,
        recompute: Recompute<'_>,
        sample: u64,
        now: Instant,
        progress: &mut dyn FnMut(&'static str, u64),
    ) -> Result<CheckReport, ReadProblem> {
        let mut report = CheckReport::default();
        progress("file", 0);
        // PostgreSQL has pg_amcheck for it, which its own administrator runs.
        if self.conn()?.sqlite().is_some() {
            for line in self.all("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))? {
                if line != "ok" {
                    report.wrong(line);
                }
            }
        }
        self.check_messages(&mut report, progress)?;
        self.check_versions(&mut report, progress)?;
        self.check_audit(&mut report, progress)?;
        self.check_owed(&mut report, progress)?;
        progress("persons", 0);
        self.check_persons(&mut report)?;
        self.check_index(&mut report, recompute, sample, progress)?;
        progress("books", 0);
        report.census = self.census(now)?;
        if !report.census.balanced {
            report.wrong("the books do not balance: `opor census` shows where");
        }
        Ok(report)
    }

    fn check_messages(
        &self,
        report: &mut CheckReport,
        progress: &mut dyn FnMut(&'static str, u64),
    ) -> Result<(), ReadProblem> {
        let mut statement = self.conn()?.prepare(
            "SELECT j.id, b.raw, j.checksum FROM journal j LEFT JOIN journal_bytes b ON b.arrival = j.arrival ORDER BY j.arrival",
        )?;
        let mut rows = statement.scan([])?;
        while let Some(row) = rows.next()? {
            let (raw, checksum) = (row.get_ref(1)?.as_blob(), row.get_ref(2)?.as_blob());
            if !matches!((raw, checksum), (Ok(raw), Ok(sum)) if checksum::of_raw(raw)[..] == *sum) {
                let id = crate::rows::MessageId(row.get(0)?);
                report.wrong(format!("message {id} is damaged: restore it from a backup"));
            }
            report.messages += 1;
            if report.messages.is_multiple_of(STEP_ROWS) {
                progress("messages", report.messages);
            }
        }
        Ok(())
    }

    fn check_versions(
        &self,
        report: &mut CheckReport,
        progress: &mut dyn FnMut(&'static str, u64),
    ) -> Result<(), ReadProblem> {
        let mut statement =
            self.conn()?.prepare("SELECT id, heads, length, bodies FROM filing ORDER BY id")?;
        let mut rows = statement.scan([])?;
        // What is on file and what is found by resource must be the same versions; both add up to it.
        let (mut on_file, mut is_whole) = (0, true);
        while let Some(row) = rows.next()? {
            let (heads, bodies) = (row.get_ref(1)?.as_blob(), row.get_ref(3)?.as_blob());
            let id = row.get(0)?;
            match heads.as_ref().ok().and_then(|heads| filing::read_heads(heads)) {
                Some(heads) => {
                    for (place, head) in heads.iter().enumerate() {
                        let key = (head.key.record.as_i64(), head.key.kind.code(), head.key.local.as_i64());
                        add(&mut on_file, key, i64::from(head.version), filing::number(id, place));
                    }
                }
                None => is_whole = false,
            }
            let length = usize::try_from(row.get::<_, i64>(2)?).unwrap_or(usize::MAX);
            let read = match (heads, bodies) {
                (Ok(heads), Ok(bodies)) => Unpacked::read(heads, length, bodies),
                _ => None,
            };
            let Some(filing) = read else {
                report.wrong(format!(
                    "filing {id} is damaged or holds a type this version does not know: restore it from a backup"
                ));
                continue;
            };
            for (head, body) in filing.versions() {
                if !head.vouches_for(body) {
                    report.wrong(format!(
                        "{} version {} is damaged: restore it from a backup",
                        head.key, head.version
                    ));
                }
                report.versions += 1;
                if report.versions.is_multiple_of(STEP_ROWS) {
                    progress("resources", report.versions);
                }
            }
        }
        let mut found = 0;
        for table in ["resource_current", "resource_former"] {
            let mut statement =
                self.conn()?.prepare(&format!("SELECT record, kind, local, version, body FROM {table}"))?;
            let mut rows = statement.scan([])?;
            while let Some(row) = rows.next()? {
                add(&mut found, (row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?, row.get(4)?);
            }
        }
        if is_whole && found != on_file {
            report.wrong(
                "a version is on file and not found by its resource, or found as another one: restore it from a backup",
            );
        }
        for (table, words) in [
            ("resource_current", "a current version has no body"),
            ("resource_former", "a former version has no body"),
        ] {
            let lost: Option<i64> = self.one(
                &format!("SELECT count(*) FROM {table} t LEFT JOIN filing f ON f.id = t.body / ?1 WHERE f.id IS NULL"),
                [VERSIONS_PER_FILING],
                |row| row.get(0),
            )?;
            if lost != Some(0) {
                report.wrong(words);
            }
        }
        Ok(())
    }

    /// Every row that says who owes what, what is sent where and who is one person against its checksum.
    fn check_owed(
        &self,
        report: &mut CheckReport,
        progress: &mut dyn FnMut(&'static str, u64),
    ) -> Result<(), ReadProblem> {
        let conn = self.conn()?;
        type Sound<'c> = &'c dyn Fn(&Row<'_>) -> crate::sql::Result<()>;
        let owed: Sound<'_> = &|row| obligations::obligation_row(row).map(drop);
        let steps: Sound<'_> = &|row| obligations::step_row(row).map(drop);
        let sent: Sound<'_> = &|row| outbox::outbox_row(row).map(drop);
        let linked: Sound<'_> = &|row| links::link_event_row(conn, row).map(drop);
        for (select, is_sound) in [
            (obligations::select().as_str(), owed),
            (obligations::STEP, steps),
            (outbox::COLUMNS, sent),
            (links::EVENT, linked),
        ] {
            let mut statement = conn.prepare(select)?;
            let mut rows = statement.scan([])?;
            while let Some(row) = rows.next()? {
                match is_sound(&row) {
                    Err(crate::sql::Error::Damaged(what)) => {
                        report.wrong(format!("{what} is damaged: restore it from a backup"));
                    }
                    sound => sound?,
                }
                report.owed += 1;
                if report.owed.is_multiple_of(STEP_ROWS) {
                    progress("obligations and deliveries", report.owed);
                }
            }
        }
        Ok(())
    }

    /// Every record is of one person, who knows it, and it is the one that the last event says.
    fn check_persons(&self, report: &mut CheckReport) -> Result<(), ReadProblem> {
        for (sql, words) in [
            (
                "SELECT count(*) FROM record r LEFT JOIN person_record p ON p.person = r.person AND p.record = r.record WHERE p.record IS NULL",
                "a record is of a person who does not know it",
            ),
            (
                "SELECT (SELECT count(*) FROM person_record) - (SELECT count(*) FROM record)",
                "a person knows a record that is of somebody else",
            ),
            (
                "SELECT count(*) FROM link_moved m JOIN record r ON r.part = m.record >> 50 AND r.record = m.record \
                 WHERE m.event = (SELECT max(l.event) FROM link_moved l WHERE l.record = m.record) AND m.person <> r.person",
                "a record is of another person than its last link event says",
            ),
        ] {
            let wrong: Option<i64> = self.one(sql, [], |row| row.get(0))?;
            if wrong != Some(0) {
                report.wrong(format!("{words}: {} of them", wrong.unwrap_or_default()));
            }
        }
        Ok(())
    }

    /// Every row against its leaf, the tree over them against what is kept of it.
    fn check_audit(
        &self,
        report: &mut CheckReport,
        progress: &mut dyn FnMut(&'static str, u64),
    ) -> Result<(), ReadProblem> {
        let (mut next, mut edge, mut nodes) = (1, Frontier::default(), Vec::new());
        let page = usize::try_from(STEP_ROWS).unwrap_or(usize::MAX);
        loop {
            let rows = self.logged(next, page)?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if row.seq != next {
                    report.wrong(format!("audit row {next} is missing"));
                }
                let right = row.right_leaf();
                if right != Some(row.leaf) {
                    report.wrong(format!("audit row {} is not what was written", row.seq));
                }
                edge.push(right.unwrap_or(row.leaf), |level, index, hash| nodes.push((level, index, hash)));
                next = row.seq + 1;
                report.audit += 1;
            }
            progress("audit", report.audit);
        }
        for (level, index, hash) in nodes {
            let kept = self.kept(level, index, 1);
            if !matches!(kept, Ok(kept) if kept == [hash]) {
                report.wrong(format!(
                    "the tree over the activity log is wrong at level {level}, number {index}"
                ));
            }
        }
        Ok(())
    }

    /// Both ways: what a sample of resources should have in the index is there and nothing else; what is in the
    /// value-first index leads to a resource that says so.
    fn check_index(
        &self,
        report: &mut CheckReport,
        recompute: Recompute<'_>,
        sample: u64,
        progress: &mut dyn FnMut(&'static str, u64),
    ) -> Result<(), ReadProblem> {
        let all: i64 = self.one("SELECT count(*) FROM resource_current", [], |row| row.get(0))?.unwrap_or(0);
        let step = (all / i64::try_from(sample.max(1)).unwrap_or(i64::MAX)).max(1);
        let sampled: Vec<ResourceKey> = self.all(
            "SELECT record, kind, local FROM resource_current WHERE local % ?1 = 0",
            [step],
            |row| crate::view::resources::key_at(row, 0),
        )?;
        for key in sampled {
            let stored = match self.current(key) {
                Ok(Some(stored)) => stored,
                Ok(None) => continue,
                // Already reported by its checksum.
                Err(ReadProblem::Damaged { .. }) => continue,
                Err(other) => return Err(other),
            };
            let mut wanted = recompute(stored.key.kind, &stored.body);
            wanted.sort_unstable();
            wanted.dedup();
            if self.index_rows(stored.key)? != wanted {
                report.wrong(format!(
                    "{} is not indexed as it should be: file it again with `opor replay`",
                    stored.key
                ));
            }
            report.sampled += 1;
            if report.sampled.is_multiple_of(STEP_ROWS) {
                progress("index", report.sampled);
            }
        }
        for sql in [
            "SELECT param, record, local, code, system, 0, 0 FROM find_token",
            "SELECT param, record, local, '', 0, lo, hi FROM find_date",
        ] {
            let dates = sql.ends_with("find_date");
            let mut statement = self.conn()?.prepare(sql)?;
            let mut rows = statement.scan(params![])?;
            while let Some(row) = rows.next()? {
                let param = row.get(0)?;
                let entry = if dates {
                    index::Entry::Date { param, lo: row.get(5)?, hi: row.get(6)? }
                } else {
                    index::Entry::Token { param, code: row.get(3)?, system: row.get(4)? }
                };
                let kind =
                    index::param_of(param).and_then(fhir::search::parameter).map(|parameter| parameter.kind);
                let Some(kind) = kind else {
                    report.wrong(format!("search parameter {param} is in the index and unknown here"));
                    continue;
                };
                let key = ResourceKey {
                    record: RecordId::from_i64(row.get(1)?),
                    kind,
                    local: LocalId::from_i64(row.get(2)?),
                };
                if !self.noted_entries(key)?.contains(&entry) {
                    report.wrong(format!("the index leads to {key}, which does not say so"));
                }
            }
        }
        Ok(())
    }
}
