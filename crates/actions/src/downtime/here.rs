//! Who is on which ward: followed from what is filed, in the memory of the process that makes the packs.
//!
//! No table of the record says it, since nothing else asks; a start reads every visit on file once.

use crate::chart;
use crate::encounters;
use crate::record::Record;
use crate::refusal::Refusal;
use fhir::{Instant, Json, Kind, Object, RecordId, ResourceKey};
use std::collections::BTreeMap;
use store::StoredVersion;

/// Records looked through with one view, so that none is held for long.
const RECORDS_AT_ONCE: usize = 2_000;
/// Visits of one record that are looked through.
const VISITS_OF_RECORD: usize = 1_000;
/// Filings looked through with one view.
const FILINGS_AT_ONCE: usize = 500;

/// Somebody on a ward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// The visit.
    pub key: ResourceKey,
    /// Facility and ward as text.
    pub place: String,
    /// Room and bed; empty when not stated.
    pub bed: String,
    /// Attending provider as text; may be empty.
    pub attending: String,
    /// Since when; `None` when not stated.
    pub since: Option<Instant>,
}

/// Visits that go on, by key, up to a filing.
#[derive(Debug, Default)]
pub(super) struct Stays {
    upto: Option<i64>,
    going_on: BTreeMap<ResourceKey, Here>,
}

impl Stays {
    /// Whoever is at a place; upper and lower case are the same.
    pub(super) fn at(&self, place: &str) -> Vec<Here> {
        let same = |here: &&Here| here.place.to_lowercase() == place.to_lowercase();
        self.going_on.values().filter(same).cloned().collect()
    }

    /// Brings it up to what is on file now.
    pub(super) fn follow(&mut self, record: &Record) -> Result<(), Refusal> {
        let mut upto = match self.upto {
            Some(upto) => upto,
            // What is filed meanwhile comes again behind the mark.
            None => {
                let mark = record.store().view()?.last_filing()?;
                self.read_all(record)?;
                mark
            }
        };
        loop {
            let view = record.store().view()?;
            let (filed, last) = view.filed_behind(upto, &[Kind::Encounter], FILINGS_AT_ONCE)?;
            for (_, stored) in filed {
                // What came late is in the history only: the visit stands as its latest event says.
                match view.current(stored.key)? {
                    Some(stands) => self.take(&stands),
                    None => drop(self.going_on.remove(&stored.key)),
                }
            }
            self.upto = Some(last);
            if last == upto {
                return Ok(());
            }
            upto = last;
        }
    }

    fn read_all(&mut self, record: &Record) -> Result<(), Refusal> {
        self.going_on.clear();
        let mut after: Option<RecordId> = None;
        loop {
            let view = record.store().view()?;
            let records = view.records_after(after, RECORDS_AT_ONCE)?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.record);
            for row in &records {
                for stored in view.resources_of(row.record, Kind::Encounter, VISITS_OF_RECORD)? {
                    self.take(&stored);
                }
            }
        }
    }

    /// What a version of a visit says. One that cannot be read ends nobody's stay and begins none.
    fn take(&mut self, stored: &StoredVersion) {
        if stored.body.is_empty() {
            self.going_on.remove(&stored.key);
            return;
        }
        let Ok(Json::Object(visit)) = fhir::json::parse(&stored.body) else { return };
        match here(stored.key, &visit) {
            Some(here) => drop(self.going_on.insert(stored.key, here)),
            None => drop(self.going_on.remove(&stored.key)),
        }
    }
}

/// Where a visit that goes on is; `None` when it does not, or says no place.
fn here(key: ResourceKey, visit: &Object) -> Option<Here> {
    if visit.text("status") != Some("in-progress") || !encounters::is_visit(visit) {
        return None;
    }
    let read = fhir::read::encounter::read(visit);
    let attending = read.participants.iter().find(|(role, _)| role.as_deref() == Some("ATND"));
    let place = encounters::place(visit);
    (!place.is_empty()).then(|| Here {
        key,
        place,
        bed: encounters::bed(visit),
        attending: attending.map(|(_, name)| name.clone()).unwrap_or_default(),
        since: read.period.unwrap_or_default().start.as_deref().and_then(chart::moment),
    })
}
