//! How SQLite writes obligations and deliveries.

use super::sqlite::{Hand, Stop};
use crate::changes::Requirement;
use crate::rows::{
    ObligationChange, ObligationEvent, ObligationId, ObligationRow, ObligationState, OutboxChange, OutboxId,
    OutboxKind, OutboxRow, OutboxState,
};
use crate::sql::{OptionalExtension, params};
use crate::view::obligations;
use fhir::ResourceKey;
use std::collections::HashMap;

impl Hand<'_, '_> {
    /// One change of an obligation. `opened` remembers what the same change opened, with the number of its last step;
    /// `None` for what existed: its steps in this change tell of an opening that a replay repeats, and are left out.
    pub(crate) fn obligation(
        &mut self,
        change: &ObligationChange,
        opened: &mut HashMap<ObligationId, Option<i64>>,
    ) -> Result<(), Stop> {
        match change {
            ObligationChange::Open(row) => {
                if self.sql.obligation_head.exists([row.id.0])? {
                    opened.insert(row.id, None);
                    return Ok(());
                }
                opened.insert(row.id, Some(0));
                self.recount_obligation(row, false)?;
                self.write_obligation(row, true)
            }
            ObligationChange::Update(row) => {
                let before: Option<(i64, bool, i64)> = self
                    .sql
                    .obligation_head
                    .query_row([row.id.0], |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?)))
                    .optional()?;
                let Some((revision, was_open, due)) = before else {
                    return Err(Stop::Malformed(format!("obligation {} does not exist", row.id)));
                };
                if revision + 1 != row.revision {
                    return Err(Stop::Stale(Requirement::ObligationRevisionIs(row.id, row.revision - 1)));
                }
                if !was_open && matches!(row.state, ObligationState::Open { .. }) {
                    return Err(Stop::Malformed(format!(
                        "obligation {} has ended and cannot be opened again; open another in its place",
                        row.id
                    )));
                }
                self.recount_obligation(row, !was_open)?;
                if was_open {
                    self.sql.obligation_open_delete.execute([due, row.id.0])?;
                }
                self.write_obligation(row, false)
            }
            ObligationChange::Event(event) => {
                let last = match opened.get_mut(&event.obligation) {
                    Some(None) => return Ok(()),
                    Some(Some(last)) => {
                        *last += 1;
                        *last - 1
                    }
                    None => self.sql.event_last.query_row([event.obligation.0], |row| row.get(0))?,
                };
                self.sql.event_insert.execute(params![
                    event.obligation.0,
                    last + 1,
                    event.at.0,
                    event.actor,
                    event.step,
                    event.words,
                    event.checksum(last + 1)
                ])?;
                Ok(())
            }
        }
    }

    /// Takes out of an obligation that has ended, and of its steps, what names people.
    pub(crate) fn unname_obligation(&mut self, id: ObligationId) -> Result<(), Stop> {
        let conn = self.conn;
        let owed = format!("{} WHERE o.id = ?1", obligations::select());
        let owed = conn.prepare_cached(&owed)?.query_row([id.0], obligations::obligation_row).optional()?;
        if let Some(row) = owed.filter(|row| matches!(row.state, ObligationState::Ended { .. })) {
            let (recipient, recipient_id, subject) = (String::new(), String::new(), String::new());
            self.write_obligation(&ObligationRow { recipient, recipient_id, subject, ..row }, false)?;
        }
        let steps = format!("{} WHERE obligation = ?1", obligations::STEP);
        let steps = conn
            .prepare_cached(&steps)?
            .query_map([id.0], obligations::step_row)?
            .collect::<crate::sql::Result<Vec<_>>>()?;
        let mut blank = conn.prepare_cached(
            "UPDATE obligation_event SET words = '', checksum = ?3 WHERE obligation = ?1 AND step_number = ?2",
        )?;
        for (number, step) in steps {
            let sum = ObligationEvent { words: String::new(), ..step }.checksum(number);
            blank.execute(params![id.0, number, sum])?;
        }
        Ok(())
    }

    fn write_obligation(&mut self, row: &ObligationRow, new: bool) -> Result<(), Stop> {
        let (is_open, owner, human, due, then, outcome, ended) = match &row.state {
            ObligationState::Open { owner, human, due, then } => {
                if owner.is_empty() {
                    return Err(Stop::Malformed(format!("obligation {} has no owner", row.id)));
                }
                (true, owner.as_str(), *human, due.0, then.as_str(), "", None)
            }
            ObligationState::Ended { outcome, at } => {
                if outcome.is_empty() {
                    return Err(Stop::Malformed(format!("obligation {} ends without an outcome", row.id)));
                }
                (false, "", false, 0, "", outcome.as_str(), Some(at.0))
            }
        };
        let custodian = self.remembered.custodian(self.conn, &row.custodian)?;
        let about = row.resource;
        let values = params![
            row.id.0,
            row.revision,
            row.kind,
            is_open,
            owner,
            human,
            due,
            then,
            outcome,
            ended,
            row.opened.0,
            row.record.map(fhir::RecordId::as_i64),
            about.map(|key: ResourceKey| key.record.as_i64()),
            about.map(|key| key.kind.code()),
            about.map(|key| key.local.as_i64()),
            row.version,
            row.message.map(|message| message.0),
            row.gravity,
            custodian,
            row.recipient,
            row.recipient_id,
            row.subject,
            row.accession,
            row.words,
            row.checksum()
        ];
        let statement = if new { &mut self.sql.obligation_insert } else { &mut self.sql.obligation_update };
        statement.execute(values)?;
        if is_open {
            self.sql.obligation_open_insert.execute(params![due, row.id.0, owner])?;
        }
        Ok(())
    }

    /// One change of the outbox; new rows take the next number.
    pub(crate) fn outbox(&mut self, change: &OutboxChange) -> Result<(), Stop> {
        match change {
            OutboxChange::Queue(row) => {
                let id = self.numbers.outbox;
                if self.insert_delivery(id, row)? {
                    self.numbers.outbox += 1;
                    if row.state == OutboxState::Waiting {
                        self.sql.waiting_write.execute(params![
                            row.destination,
                            id,
                            row.record.as_i64(),
                            row.next.0
                        ])?;
                        if row.kind == OutboxKind::Identity {
                            self.barriers(row, id)?;
                        }
                    }
                }
                Ok(())
            }
            OutboxChange::Update(row) => {
                let before: Option<(String, i64)> = self
                    .sql
                    .outbox_head
                    .query_row([row.id.0], |found| Ok((found.get(2)?, found.get(3)?)))
                    .optional()?;
                let Some((destination, record)) = before else {
                    return Err(Stop::Malformed(format!("delivery {} does not exist", row.id.0)));
                };
                self.sql.outbox_update.execute(params![
                    row.id.0,
                    row.state as i64,
                    row.attempts,
                    row.next.0,
                    row.offered_digest,
                    row.last,
                    row.checksum()
                ])?;
                if row.state == OutboxState::Waiting {
                    self.sql.waiting_write.execute(params![destination, row.id.0, record, row.next.0])?;
                } else {
                    self.sql.waiting_delete.execute(params![destination, row.id.0])?;
                    if row.kind == OutboxKind::Identity {
                        self.sql.barrier_delete.execute(params![destination, row.id.0])?;
                    }
                }
                Ok(())
            }
        }
    }

    fn insert_delivery(&mut self, id: i64, row: &OutboxRow) -> crate::sql::Result<bool> {
        let written = self.sql.outbox_insert.changed(params![
            id,
            row.destination,
            row.state as i64,
            row.attempts,
            row.next.0,
            row.record.as_i64(),
            row.message.0,
            row.report.record.as_i64(),
            row.report.kind.code(),
            row.report.local.as_i64(),
            row.version,
            row.obligation.0,
            row.control_id,
            row.offered_digest,
            row.last,
            row.kind as i64,
            OutboxRow { id: OutboxId(id), ..row.clone() }.checksum()
        ])?;
        Ok(written == 1)
    }
}
