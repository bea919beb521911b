//! Reading obligations and their steps.

use super::{View, sql_limit};
use crate::checksum;
use crate::problem::ReadProblem;
use crate::rows::{MessageId, ObligationEvent, ObligationId, ObligationRow, ObligationState};
use crate::sql::Value;
use crate::sql::{Row, params_from_iter};
use crate::view::resources::key_at;
use fhir::{Instant, RecordId, ResourceKey};

/// Which obligations are listed: all conditions that are given.
#[derive(Debug, Clone, Default)]
pub struct ObligationFilter {
    /// Open ones (`true`), ended ones (`false`) or both.
    pub open: Option<bool>,
    /// Owned by.
    pub owner: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// About this source record.
    pub record: Option<RecordId>,
    /// About this resource.
    pub resource: Option<ResourceKey>,
    /// From this message.
    pub message: Option<MessageId>,
    /// For this practitioner or endpoint.
    pub recipient_id: Option<String>,
    /// For one of these practitioners or endpoints; `None` for whomever. Looked for among what the other conditions find.
    pub recipients: Option<Vec<String>>,
    /// What the id of whom it is for begins with: ASCII letters, digits and signs before `~`.
    pub recipient_from: Option<String>,
    /// For the holder of an account only.
    pub of_account: bool,
    /// Due at this instant or before; open ones only.
    pub due_by: Option<Instant>,
    /// On a desk's list: open, and owned by a desk. What a machine still does, and what a practitioner still has time
    /// to open, is on nobody's desk.
    pub on_desk: bool,
    /// Open and critical ones only, however much else the owner has.
    pub critical: bool,
}

/// Owners that are desks: their codes begin so.
const DESK_FROM: &str = "desk:";
/// The first text after all of them.
const DESK_TO: &str = "desk;";
/// Desks' rows are found by their owner: what practitioners have yet to open is many times as much (HAZARDS H18).
const DESK_FIRST: &str = "obligation_open n INDEXED BY obligation_open_owner";

/// Critical ones that are open have an index of their own: it is looked every few seconds who must be called, and a
/// desk's list of other things may be long (HAZARDS H18).
const CRITICAL_FIRST: &str = "obligation o INDEXED BY obligation_critical";
/// The condition of that index, word for word.
const CRITICAL: &str = "o.is_open = 1 AND o.gravity = 2";

/// Columns of an obligation, in the order in which a row is read; its checksum is the last.
const COLUMNS: &str = "o.id, o.kind, o.about_record, o.about_kind, o.about_local, o.version, o.message, o.record, o.recipient, \
    o.recipient_id, o.subject, o.accession, o.words, o.gravity, o.is_open, o.owner, o.human, o.due, o.then_owner, o.outcome, o.ended, \
    o.opened, o.revision, c.name, o.checksum";
/// A custodian that is not found is damage too.
const CUSTODIAN: &str = "LEFT JOIN custodian c ON c.id = o.custodian";
/// Steps of obligations, in the order in which a row is read.
pub(crate) const STEP: &str =
    "SELECT obligation, at, actor, step, words, step_number, checksum FROM obligation_event";

/// Reads obligations, before any condition.
pub(crate) fn select() -> String {
    format!("SELECT {COLUMNS} FROM obligation o {CUSTODIAN}")
}

impl View {
    /// Obligations, the one due first at the top; ended ones after, by when they were made. Where only what is owed now is
    /// asked for, a damaged one is left out, so that it keeps nobody from the others ([`crate::Store::damaged`]).
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn obligations(
        &self,
        filter: &ObligationFilter,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<ObligationRow>, ReadProblem> {
        let (from, mut values) = clauses(filter);
        let order = if by_clock(filter) { "n.due, n.id" } else { "o.is_open DESC, o.due, o.opened, o.id" };
        values.push(Value::Integer(sql_limit(limit)));
        values.push(Value::Integer(sql_limit(offset)));
        let (limit, offset) = (values.len() - 1, values.len());
        let sql = format!("SELECT {COLUMNS} FROM {from} ORDER BY {order} LIMIT ?{limit} OFFSET ?{offset}");
        let rows = self.all(&sql, params_from_iter(values), |row| Ok(obligation_row(row)))?;
        let is_owed = by_clock(filter) || filter.critical || filter.open == Some(true);
        rows.into_iter().filter_map(|row| self.unless_damaged(row, is_owed).transpose()).collect()
    }

    /// All obligations about a resource, in the order of [`View::obligations`].
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn obligations_of(&self, resource: ResourceKey) -> Result<Vec<ObligationRow>, ReadProblem> {
        self.obligations(&ObligationFilter { resource: Some(resource), ..Default::default() }, usize::MAX, 0)
    }

    /// Obligations that people ended since `since`, the latest first; what a machine ended is not among them.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn obligations_ended_since(
        &self,
        since: Instant,
        limit: usize,
    ) -> Result<Vec<ObligationRow>, ReadProblem> {
        self.all(
            &format!(
                "{} WHERE o.is_open = 0 AND o.ended >= ?1 AND o.outcome NOT IN ('acknowledged', 'opened', 'recalled') \
                 ORDER BY o.ended DESC, o.id LIMIT ?2",
                select()
            ),
            crate::sql::params![since.0, sql_limit(limit)],
            obligation_row,
        )
    }

    /// How many obligations a filter finds.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn count_obligations(&self, filter: &ObligationFilter) -> Result<u64, ReadProblem> {
        let (from, values) = clauses(filter);
        let count = self.one(&format!("SELECT count(*) FROM {from}"), params_from_iter(values), |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// How many obligations there are, and when the last of them was made; 0 when there is none.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn obligations_count_and_latest(
        &self,
        filter: &ObligationFilter,
    ) -> Result<(u64, Instant), ReadProblem> {
        let (from, values) = clauses(filter);
        let sql = format!("SELECT count(*), coalesce(max(o.opened), 0) FROM {from}");
        let found = self.one(&sql, params_from_iter(values), |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), Instant(row.get(1)?)))
        })?;
        Ok(found.unwrap_or_default())
    }

    /// How many obligations of each kind are on a desk's list.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn desk_counts(&self) -> Result<Vec<(String, u64)>, ReadProblem> {
        self.all(
            &format!(
                "SELECT o.kind, count(*) FROM {DESK_FIRST} JOIN obligation o ON o.id = n.id \
                 WHERE n.owner >= '{DESK_FROM}' AND n.owner < '{DESK_TO}' GROUP BY o.kind ORDER BY o.kind"
            ),
            [],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())),
        )
    }

    /// Every practitioner and every named team that owns something, by owner code.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn people_owning(&self) -> Result<Vec<String>, ReadProblem> {
        self.all(
            "SELECT DISTINCT owner FROM obligation_open WHERE owner >= 'practitioner:' AND owner < 'practitioner;' \
             OR owner >= 'team:' AND owner < 'team;' ORDER BY owner",
            [],
            |row| row.get(0),
        )
    }

    /// One obligation.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when it is not what was written.
    pub fn obligation(&self, id: ObligationId) -> Result<Option<ObligationRow>, ReadProblem> {
        self.noted(self.one(&format!("{} WHERE o.id = ?1", select()), [id.0], obligation_row))
    }

    /// The steps of an obligation, oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Damaged`] when one is not what was written.
    pub fn events(&self, id: ObligationId) -> Result<Vec<ObligationEvent>, ReadProblem> {
        let sql = format!("{STEP} WHERE obligation = ?1 ORDER BY step_number");
        self.noted(self.all(&sql, [id.0], |row| Ok(step_row(row)?.1)))
    }
}

/// Whether a filter is answered through the narrow table of open ones; what is about one patient, message or recipient
/// is found by that instead.
fn by_clock(filter: &ObligationFilter) -> bool {
    let narrow = filter.record.is_some()
        || filter.resource.is_some()
        || filter.message.is_some()
        || filter.recipient_id.is_some();
    !narrow
        && !filter.critical
        && filter.open != Some(false)
        && (filter.open == Some(true) || filter.due_by.is_some() || filter.on_desk)
}

/// The FROM and WHERE of a filter.
fn clauses(filter: &ObligationFilter) -> (String, Vec<Value>) {
    let open = by_clock(filter);
    let mut sql = match (open, filter.on_desk) {
        (true, true) => format!("{DESK_FIRST} JOIN obligation o ON o.id = n.id"),
        (true, false) => "obligation_open n JOIN obligation o ON o.id = n.id".to_owned(),
        (false, _) if filter.critical => CRITICAL_FIRST.to_owned(),
        (false, _) => "obligation o".to_owned(),
    };
    let begins = if filter.critical { CRITICAL } else { "1 = 1" };
    sql.push_str(&format!(" {CUSTODIAN} WHERE {begins}"));
    let mut values = Vec::new();
    let mut with = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", values.len()));
    };
    if let Some(is_open) = filter.open.filter(|_| !open && !filter.critical) {
        with("o.is_open =", Value::Integer(i64::from(is_open)));
    }
    if let Some(owner) = &filter.owner {
        with(if open { "n.owner =" } else { "o.owner =" }, Value::Text(owner.clone()));
    }
    if filter.on_desk {
        let owner = if open { "n.owner" } else { "o.owner" };
        with(&format!("{owner} >="), Value::Text(DESK_FROM.to_owned()));
        with(&format!("{owner} <"), Value::Text(DESK_TO.to_owned()));
    }
    if let Some(by) = filter.due_by {
        if !open {
            with("o.is_open =", Value::Integer(1));
        }
        with(if open { "n.due <=" } else { "o.due <=" }, Value::Integer(by.0));
    }
    if let Some(kind) = &filter.kind {
        with("o.kind =", Value::Text(kind.clone()));
    }
    if let Some(record) = filter.record {
        with("o.record =", Value::Integer(record.as_i64()));
    }
    if let Some(key) = filter.resource {
        // Narrowed by the record first: what is about a resource concerns its record.
        if filter.record.is_none() {
            with("o.record =", Value::Integer(key.record.as_i64()));
        }
        with("o.about_record =", Value::Integer(key.record.as_i64()));
        with("o.about_kind =", Value::Integer(key.kind.code()));
        with("o.about_local =", Value::Integer(key.local.as_i64()));
    }
    if let Some(message) = filter.message {
        with("o.message =", Value::Integer(message.0));
    }
    if let Some(recipient) = &filter.recipient_id {
        with("o.recipient_id =", Value::Text(recipient.clone()));
    }
    if let Some(begins) = &filter.recipient_from {
        with("o.recipient_id >=", Value::Text(begins.clone()));
        with("o.recipient_id <", Value::Text(format!("{begins}~")));
    }
    if filter.of_account {
        sql.push_str(" AND EXISTS (SELECT 1 FROM account a WHERE a.id = o.recipient_id)");
    }
    if let Some(recipients) = &filter.recipients {
        let mut places = Vec::new();
        for recipient in recipients {
            values.push(Value::Text(recipient.clone()));
            places.push(format!("?{}", values.len()));
        }
        sql.push_str(&format!(" AND o.recipient_id IN ({})", places.join(", ")));
    }
    (sql, values)
}

/// An obligation whose checksum is right.
pub(crate) fn obligation_row(row: &Row<'_>) -> crate::sql::Result<ObligationRow> {
    checksum::vouched(row, "obligation", 24, read(row), ObligationRow::checksum)
}

/// A step with its number, whose checksum is right.
pub(crate) fn step_row(row: &Row<'_>) -> crate::sql::Result<(i64, ObligationEvent)> {
    let sum = |(number, step): &(i64, ObligationEvent)| step.checksum(*number);
    checksum::vouched(row, "a step of obligation", 6, read_step(row), sum)
}

/// A step with its number, as it stands.
pub(crate) fn read_step(row: &Row<'_>) -> crate::sql::Result<(i64, ObligationEvent)> {
    let step = ObligationEvent {
        obligation: ObligationId(row.get(0)?),
        at: Instant(row.get(1)?),
        actor: row.get(2)?,
        step: row.get(3)?,
        words: row.get(4)?,
    };
    Ok((row.get(5)?, step))
}

/// An obligation as it stands.
pub(crate) fn read(row: &Row<'_>) -> crate::sql::Result<ObligationRow> {
    let state = if row.get(14)? {
        ObligationState::Open {
            owner: row.get(15)?,
            human: row.get(16)?,
            due: Instant(row.get(17)?),
            then: row.get(18)?,
        }
    } else {
        ObligationState::Ended {
            outcome: row.get(19)?,
            at: Instant(row.get::<_, Option<i64>>(20)?.unwrap_or_default()),
        }
    };
    Ok(ObligationRow {
        id: ObligationId(row.get(0)?),
        kind: row.get(1)?,
        resource: match row.get::<_, Option<i64>>(2)? {
            Some(_) => Some(key_at(row, 2)?),
            None => None,
        },
        version: row.get(5)?,
        message: row.get::<_, Option<i64>>(6)?.map(MessageId),
        record: row.get::<_, Option<i64>>(7)?.map(RecordId::from_i64),
        recipient: row.get(8)?,
        recipient_id: row.get(9)?,
        subject: row.get(10)?,
        accession: row.get(11)?,
        words: row.get(12)?,
        gravity: row.get(13)?,
        state,
        opened: Instant(row.get(21)?),
        revision: row.get(22)?,
        custodian: row.get(23)?,
    })
}
