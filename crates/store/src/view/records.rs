//! Reading source records and the persons they are linked to.

use super::View;
use crate::packed::unpack;
use crate::problem::ReadProblem;
use crate::rows::RecordRow;
use crate::sql::{Row, params};
use fhir::{Instant, PersonId, RecordId};

/// A statement over source records with their custodians, made at compile time: it is run several times a message.
macro_rules! of_records {
    ($rest:literal) => {
        concat!(
            "SELECT r.record, r.authority, r.value, r.person, r.epoch, r.claim, r.claim_as_of, r.keys, c.name \
             FROM record r JOIN custodian c ON c.id = r.custodian ",
            $rest
        )
    };
}

impl View {
    /// One source record.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn record(&self, record: RecordId) -> Result<Option<RecordRow>, ReadProblem> {
        if let Some(row) = self.remembered.record.borrow().as_ref().filter(|row| row.record == record) {
            return Ok(Some(row.clone()));
        }
        let row = self.one(
            of_records!("WHERE r.part = ?1 AND r.record = ?2"),
            params![record.part().0, record.as_i64()],
            record_row,
        )?;
        self.remembered.record.replace(row.clone());
        Ok(row)
    }

    /// The person of a source record today: nothing else of it is read.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn person_today(&self, record: RecordId) -> Result<Option<PersonId>, ReadProblem> {
        if let Some(row) = self.remembered.record.borrow().as_ref().filter(|row| row.record == record) {
            return Ok(Some(row.person));
        }
        let person: Option<i64> = self.one(
            "SELECT person FROM record WHERE part = ?1 AND record = ?2",
            params![record.part().0, record.as_i64()],
            |row| row.get(0),
        )?;
        Ok(person.map(PersonId::from_i64))
    }

    /// How many source records there are.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn record_count(&self) -> Result<usize, ReadProblem> {
        let count: Option<i64> = self.one("SELECT count(*) FROM record", [], |row| row.get(0))?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }

    /// Source records in the order of their keys, from behind `after`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn records_after(
        &self,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<RecordRow>, ReadProblem> {
        let (part, record) = after.map_or((-1, -1), |record| (i64::from(record.part().0), record.as_i64()));
        self.all(
            of_records!("WHERE (r.part, r.record) > (?1, ?2) ORDER BY r.part, r.record LIMIT ?3"),
            params![part, record, super::sql_limit(limit)],
            record_row,
        )
    }

    /// The records of a person today, by key.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn records_of_person(&self, person: PersonId) -> Result<Vec<RecordRow>, ReadProblem> {
        let ids: Vec<i64> = self.all(
            "SELECT record FROM person_record WHERE person = ?1 ORDER BY record",
            [person.as_i64()],
            |row| row.get(0),
        )?;
        self.records(ids)
    }

    /// The records under a blocking key; `None` when there are more than `most`.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn records_by_key(&self, key: i64, most: usize) -> Result<Option<Vec<RecordRow>>, ReadProblem> {
        let ids: Vec<i64> = self.all(
            "SELECT record FROM record_key WHERE key = ?1 ORDER BY record LIMIT ?2",
            params![key, super::sql_limit(most.saturating_add(1))],
            |row| row.get(0),
        )?;
        if ids.len() > most { Ok(None) } else { self.records(ids).map(Some) }
    }

    fn records(&self, ids: Vec<i64>) -> Result<Vec<RecordRow>, ReadProblem> {
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            records.extend(self.record(RecordId::from_i64(id))?);
        }
        Ok(records)
    }

    /// How many records are under a blocking key.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn key_count(&self, key: i64) -> Result<u32, ReadProblem> {
        let count = self.one("SELECT count(*) FROM record_key WHERE key = ?1", [key], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// Epoch of a person: grows with every change of a record of theirs and of who belongs to them; 0 = nobody.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn person_epoch(&self, person: PersonId) -> Result<i64, ReadProblem> {
        let epoch =
            self.one("SELECT epoch FROM person WHERE person = ?1", [person.as_i64()], |row| row.get(0))?;
        Ok(epoch.unwrap_or(0))
    }
}

fn record_row(row: &Row<'_>) -> crate::sql::Result<RecordRow> {
    Ok(RecordRow {
        record: RecordId::from_i64(row.get(0)?),
        authority: row.get(1)?,
        value: row.get(2)?,
        person: PersonId::from_i64(row.get(3)?),
        epoch: row.get(4)?,
        claim: row.get(5)?,
        claim_as_of: Instant(row.get(6)?),
        keys: unpack(&row.get::<_, Vec<u8>>(7)?),
        custodian: row.get(8)?,
    })
}
