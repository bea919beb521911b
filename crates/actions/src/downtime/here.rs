//! Who is on which ward: followed from what is filed, in the memory of the process that makes the packs.
//!
//! No table of the record says it, since nothing else asks; a start reads every visit on file once.

use crate::chart;
use crate::encounters;
use crate::record::Record;
use crate::refusal::Refusal;
use fhir::{Instant, Json, Kind, Object, RecordId, ResourceKey};
use std::collections::BTreeMap;
use store::{ReadProblem, StoredVersion, View};

/// Records looked through with one view, so that none is held for long.
const RECORDS_AT_ONCE: usize = 2_000;
/// Visits of one record that are looked through.
const VISITS_OF_RECORD: usize = 1_000;
/// A visit of which nothing can be read may go on if it changed in so many days.
const UNPLACED_DAYS: i64 = 30;
/// Versions of a damaged visit that are tried, newest first.
const FORMER_VERSIONS: usize = 20;
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
    /// Visits of which nothing can be read, by when they last changed.
    unplaced: BTreeMap<ResourceKey, Instant>,
}

impl Stays {
    /// Whoever is at a place; upper and lower case are the same. Whoever may be there, because their visit of these weeks
    /// cannot be read, is there too.
    pub(super) fn at(&self, place: &str, now: Instant) -> Vec<Here> {
        let same = |here: &&Here| here.place.to_lowercase() == place.to_lowercase();
        let late = now.plus_minutes(-UNPLACED_DAYS * 24 * 60);
        let lost = self.unplaced.iter().filter(|(_, changed)| **changed >= late).map(|(key, _)| Here {
            key: *key,
            place: place.to_owned(),
            bed: String::new(),
            attending: String::new(),
            since: None,
        });
        self.going_on.values().filter(same).cloned().chain(lost).collect()
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
            let (filed, last) = view.keys_filed_behind(upto, &[Kind::Encounter], FILINGS_AT_ONCE)?;
            for (key, changed) in filed {
                self.look_at(&view, key, changed)?;
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
        self.unplaced.clear();
        let mut after: Option<RecordId> = None;
        loop {
            let view = record.store().view()?;
            let records = view.records_after(after, RECORDS_AT_ONCE)?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.record);
            for row in &records {
                match view.resources_of(row.record, Kind::Encounter, VISITS_OF_RECORD) {
                    Ok(visits) => visits.iter().for_each(|stored| self.take(stored)),
                    Err(ReadProblem::Damaged { .. }) => {
                        let visits = view.latest_of(row.record, &[Kind::Encounter], Instant(i64::MIN))?;
                        for (key, changed) in visits.into_iter().take(VISITS_OF_RECORD) {
                            self.look_at(&view, key, changed)?;
                        }
                    }
                    Err(other) => return Err(other.into()),
                }
            }
        }
    }

    /// What came late is in the history only: a visit stands as its latest event says.
    fn look_at(&mut self, view: &View, key: ResourceKey, changed: Instant) -> Result<(), Refusal> {
        self.unplaced.remove(&key);
        match view.current(key) {
            Ok(Some(stands)) => self.take(&stands),
            Ok(None) => drop(self.going_on.remove(&key)),
            Err(ReadProblem::Damaged { what }) => {
                tracing::warn!(what, "a visit is damaged: its patient is where they were last known to be");
                if self.going_on.contains_key(&key) {
                    return Ok(());
                }
                match former(view, key)? {
                    Some(former) => self.take(&former),
                    None => drop(self.unplaced.insert(key, changed)),
                }
            }
            Err(other) => return Err(other.into()),
        }
        Ok(())
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

/// The newest version of a damaged visit that can be read.
fn former(view: &View, key: ResourceKey) -> Result<Option<StoredVersion>, Refusal> {
    for version in (1..view.latest_version(key)?).rev().take(FORMER_VERSIONS) {
        match view.version_of(key, version) {
            Ok(Some(stored)) => return Ok(Some(stored)),
            Ok(None) | Err(ReadProblem::Damaged { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(None)
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
