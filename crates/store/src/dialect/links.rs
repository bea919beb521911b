//! How links, what waits for a record, identity questions and notices are written.

use super::sqlite::{Hand, Stop};
use crate::changes::Changes;
use crate::packed::{pack, unpack};
use crate::rows::{LinkEvent, LinkEventId, LinkMove, OutboxRow};
use crate::sql::{OptionalExtension, params};
use fhir::{PersonId, RecordId};

impl Hand<'_, '_> {
    /// Link events first: everything else of a change may rely on them.
    pub(crate) fn links(&mut self, changes: &Changes) -> Result<(), Stop> {
        for event in &changes.links {
            self.link_event(event)?;
        }
        for row in &changes.waiting {
            let at = params![row.missing.as_i64(), row.message.0, row.number, row.at.0, row.statement];
            self.sql.waiting_link_insert.execute(at)?;
        }
        for row in &changes.waited {
            self.sql.waiting_link_delete.execute(params![row.missing.as_i64(), row.message.0, row.number])?;
        }
        for case in &changes.cases {
            self.sql.review_case_write.execute(params![
                case.obligation.0,
                case.risk,
                case.asked.map(|at| at.0),
                case.because,
                pack_records(&case.records),
                case.sort as i64
            ])?;
        }
        for notice in &changes.notices {
            self.sql.notice_insert.execute(params![
                notice.obligation.0,
                notice.destination,
                notice.trigger,
                pack_records(&notice.records),
                notice.body
            ])?;
            for record in &notice.records {
                let row = params![record.as_i64(), notice.destination, notice.obligation.0];
                self.sql.notice_record_insert.execute(row)?;
            }
        }
        for made in &changes.registrations {
            self.sql.registration_insert.execute(params![
                made.number,
                made.form,
                made.record.as_i64(),
                made.at.0,
                made.actor,
                made.to_candidates_ms,
                made.to_create_ms,
                made.searches,
                made.dismissed
            ])?;
        }
        Ok(())
    }

    fn link_event(&mut self, event: &LinkEvent) -> Result<(), Stop> {
        let record = event.record.as_i64();
        let Some(before) = self.person_of(event.record)? else {
            return Err(Stop::Malformed(format!(
                "record {} does not exist, so it cannot be linked",
                event.record
            )));
        };
        let id = self.numbers.link_event;
        for LinkMove { record, from, to } in &event.moves {
            self.moved(*record, *from, *to)?;
            self.sql.link_moved_insert.execute(params![
                record.as_i64(),
                id,
                event.at.0,
                to.as_i64(),
                from.as_i64()
            ])?;
        }
        // Whoever relied on what stands between these people looks again.
        self.sql.person_bump.execute([before])?;
        if let Some(other) = event.other.filter(|other| *other != event.record)
            && let Some(person) = self.person_of(other)?
            && person != before
        {
            self.sql.person_bump.execute([person])?;
        }
        self.sql.link_event_insert.execute(params![
            id,
            record,
            event.person.as_i64(),
            event.from.map(PersonId::as_i64),
            event.at.0,
            event.message.map(|message| message.0),
            event.actor,
            event.reason,
            event.sort as i64,
            event.basis as i64,
            event.other.map(RecordId::as_i64),
            event.as_of.0,
            event.undoes.map(|undone| undone.0),
            event.rule,
            event.score,
            event.applied,
            pack_records(&event.leaving),
            pack_records(&event.staying),
            LinkEvent { id: LinkEventId(id), ..event.clone() }.checksum()
        ])?;
        self.numbers.link_event += 1;
        Ok(())
    }

    fn person_of(&mut self, record: RecordId) -> Result<Option<i64>, Stop> {
        let at = params![record.part().0, record.as_i64()];
        Ok(self.sql.record_read.query_row(at, |row| row.get(0)).optional()?)
    }

    /// One record comes to another person. That it was the one the event says is checked here: a person is a set of
    /// records, and a record of none or of two would be silent.
    fn moved(&mut self, record: RecordId, from: PersonId, to: PersonId) -> Result<(), Stop> {
        if self.person_of(record)? != Some(from.as_i64()) {
            return Err(Stop::Malformed(format!("record {record} is not of person {from}")));
        }
        let key = record.as_i64();
        self.sql.person_record_delete.execute([from.as_i64(), key])?;
        self.sql.person_record_insert.execute([to.as_i64(), key])?;
        self.sql.record_person.execute(params![record.part().0, key, to.as_i64()])?;
        self.sql.person_bump.execute([from.as_i64()])?;
        self.sql.person_bump.execute([to.as_i64()])?;
        Ok(())
    }

    /// A notice waits after, and is waited for by, deliveries of each of its records.
    pub(crate) fn barriers(&mut self, row: &OutboxRow, id: i64) -> Result<(), Stop> {
        let records: Option<Vec<u8>> =
            self.sql.notice_records.query_row([row.obligation.0], |found| found.get(0)).optional()?;
        for record in unpack(&records.unwrap_or_default()) {
            if record != row.record.as_i64() {
                self.sql.barrier_insert.execute(params![row.destination, id, record])?;
            }
        }
        Ok(())
    }
}

fn pack_records(records: &[RecordId]) -> Vec<u8> {
    pack(records.iter().map(|record| record.as_i64()))
}
