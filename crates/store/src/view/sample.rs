//! A sample of what is on file, whose search index is held against what the resources say.

use super::View;
use super::resources::key_at;
use crate::index;
use crate::problem::ReadProblem;
use crate::sql::params;
use fhir::search::IndexRow;
use fhir::search::r4::{COMPLETE, Extent, USUAL_COMPLETE};
use fhir::{LocalId, RecordId, ResourceKey};

/// Resources that are taken from one record.
const OF_ONE_RECORD: i64 = 5;

impl View {
    /// Some current resources of the first record at or behind each place.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn sample(&self, places: &[(RecordId, LocalId)]) -> Result<Vec<ResourceKey>, ReadProblem> {
        let mut found = Vec::new();
        for (record, local) in places {
            let first: Option<i64> = self.one(
                "SELECT record FROM resource_current WHERE (part, record) >= (?1, ?2) ORDER BY part, record LIMIT 1",
                params![record.part().0, record.as_i64()],
                |row| row.get(0),
            )?;
            let Some(record) = first.map(RecordId::from_i64) else { continue };
            found.extend(self.all(
                "SELECT record, kind, local FROM resource_current WHERE part = ?1 AND record = ?2 AND local >= ?3 ORDER BY local LIMIT ?4",
                params![record.part().0, record.as_i64(), local.as_i64(), OF_ONE_RECORD],
                |row| key_at(row, 0),
            )?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Whether a resource is found by these rows, and what is noted beside it is this, if anything is.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn is_indexed_as(
        &self,
        key: ResourceKey,
        rows: &[IndexRow],
        noted: impl Fn(Extent) -> Vec<IndexRow>,
    ) -> Result<bool, ReadProblem> {
        let mut wanted = rows.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        match self.index_rows(key) {
            Ok(found) if found == wanted => {}
            Ok(_) | Err(ReadProblem::Damaged { .. }) => return Ok(false),
            Err(other) => return Err(other),
        }
        let is_mark = |param: i64| {
            index::param_of(param).is_none_or(|id| id < COMPLETE || fhir::search::r4::OTHERS == id)
        };
        let is_noted = |param: i64| {
            !is_mark(param) && index::param_of(param).and_then(fhir::search::parameter).is_none()
        };
        let mut beside = self.noted_entries(key)?;
        beside.retain(|entry| is_noted(entry.param()));
        let has = |mark| beside.iter().any(|entry| entry.param() == index::param_code(mark));
        // A former setting of how much is noted is no difference: what a mark does not tell is read from the resource.
        let extent = match (has(COMPLETE), has(USUAL_COMPLETE)) {
            (true, _) => Extent::All,
            (false, true) => Extent::Usual,
            (false, false) => return Ok(true),
        };
        Ok(index::entries(&noted(extent)).0 == beside)
    }
}
