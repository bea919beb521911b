//! The search index proves itself: each minute some resources, drawn anew, are held against what they are found by. What
//! differs is indexed again, and a person is told.

use super::bodies;
use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::search::r4::{Extent, noted, patients_in};
use fhir::{Instant, Json, Kind, LocalId, RecordId};
use store::{Changes, ReadProblem, Reindexed, StoredVersion};

/// Places from which resources are drawn in one round; a few of each.
const PLACES: usize = 12;
/// How long a difference stays told after it was repaired: one sample that is right proves little.
const TOLD_MINUTES: i64 = 24 * 60;

/// What rounds remember: how many resources were drawn, how many differed, and when the last one did.
#[derive(Debug, Default)]
pub(crate) struct Sampling {
    drawn: u64,
    wrong: u64,
    last_wrong: Option<Instant>,
}

impl Record {
    /// Holds the index of some resources against what they say, and repairs what differs. Returns how many did.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(crate) fn sample_index(&self, sampling: &mut Sampling, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let place = |n: usize| {
            let word = format!("{} {n}", now.0);
            (RecordId::of("sample", &word), LocalId::of(Kind::Basic, &[&word]))
        };
        let places: Vec<(RecordId, LocalId)> = (0..PLACES).map(place).collect();
        let mut again = Vec::new();
        for key in view.sample(&places)? {
            let stored = match view.current(key) {
                Ok(Some(stored)) => stored,
                // Bytes that are not what was written are the check's to tell.
                Ok(None) | Err(ReadProblem::Damaged { .. }) => continue,
                Err(other) => return Err(other.into()),
            };
            let Ok(Json::Object(resource)) = fhir::json::parse(&stored.body) else { continue };
            sampling.drawn += 1;
            let rows = fhir::search::rows(key.kind, &resource);
            if view.is_indexed_as(key, &rows, |extent| noted(key.kind, &resource, extent))? {
                continue;
            }
            tracing::error!(resource = %key, "a resource is not found by what it says; it is indexed again");
            let index = if stored.message.is_some() {
                rows
            } else {
                of_application(&stored, &resource, self.extent())
            };
            again.push(Reindexed { key, version: stored.version, index });
        }
        let wrong = again.len();
        if wrong > 0 {
            sampling.wrong += wrong as u64;
            sampling.last_wrong = Some(now);
            self.kept(Changes { reindexed: again, ..Changes::default() })?;
        }
        let told = sampling.last_wrong.filter(|last| now < last.plus_minutes(TOLD_MINUTES));
        if told.is_none() {
            (sampling.drawn, sampling.wrong) = (0, 0);
        }
        let found: Vec<Found> = told.map(|_| differing(sampling)).into_iter().collect();
        self.hold_incidents(&view, Sort::Index, &found, now)?;
        Ok(wrong)
    }
}

fn of_application(
    stored: &StoredVersion,
    resource: &fhir::Object,
    extent: Extent,
) -> Vec<fhir::search::IndexRow> {
    let kind = stored.key.kind;
    let patients = bodies::patients(kind, resource);
    bodies::index(stored.key, resource, &patients, &patients_in(kind, resource), extent)
}

fn differing(sampling: &Sampling) -> Found {
    let (wrong, drawn) = (sampling.wrong, sampling.drawn);
    Found {
        subject: "search index".to_owned(),
        what: Words::new(
            "Check the whole search index: a sample of it was wrong.",
            "Vérifier tout l'index de recherche : un échantillon était erroné.",
        ),
        because: Words::new(
            format!(
                "{wrong} of {drawn} resources drawn were not found by what they say; they are indexed again. Others may be missed by searches: run opor check."
            ),
            format!(
                "{wrong} des {drawn} ressources tirées n'étaient pas trouvées par ce qu'elles disent; elles sont indexées de nouveau. D'autres peuvent échapper aux recherches : lancez opor check."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clinical::directory::Directory;
    use fhir::ResourceKey;
    use std::sync::Arc;
    use store::{Settings, Settled, Store, VersionRow};

    const NOW: Instant = Instant(1_795_356_300_000_000);
    const BODY: &str = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]}}"#;

    fn version(local: i64, index: Vec<fhir::search::IndexRow>) -> VersionRow {
        // Behind every place that is drawn.
        let record = RecordId::from_i64(i64::MAX);
        VersionRow {
            key: ResourceKey { record, kind: Kind::Observation, local: LocalId::from_i64(local) },
            version: 1,
            current: true,
            body: BODY.into(),
            finality: None,
            as_of: NOW,
            message: None,
            at: NOW,
            index,
            custodian: "fhir".to_owned(),
        }
    }

    #[test]
    fn what_is_not_found_by_what_it_says_is_repaired_and_told() {
        let folder = std::env::temp_dir().join(format!("opor-sampling-{}", std::process::id()));
        let store = Store::open(&folder, Settings::new(Arc::new(|| 0))).expect("a store");
        let record = Record::new(store.clone(), Directory::default(), Vec::new());
        let Ok(Json::Object(resource)) = fhir::json::parse(BODY.as_bytes()) else { panic!("JSON") };
        let rows = fhir::search::rows(Kind::Observation, &resource);
        let mut sampling = Sampling::default();
        let settle = |row: VersionRow| {
            let changes = Changes { resources: vec![row], ..Changes::default() };
            assert_eq!(store.settle_blocking(changes), Settled::Done);
        };
        let mut noting = rows.clone();
        noting.extend(noted(Kind::Observation, &resource, Extent::All));
        settle(version(i64::MAX, rows.clone()));
        settle(version(i64::MAX - 1, noting.clone()));
        assert_eq!(record.sample_index(&mut sampling, NOW), Ok(0), "both are found by what they say");
        // One lost its code, one notes what it does not say, one has nothing at all.
        settle(version(i64::MAX - 2, rows[1..].to_vec()));
        let mut strange = noting;
        strange.retain(|row| {
            row.parameter == fhir::search::r4::COMPLETE || fhir::search::parameter(row.parameter).is_some()
        });
        settle(version(i64::MAX - 3, strange));
        settle(version(i64::MAX - 4, Vec::new()));
        let open = || store.view().expect("a view").incidents_open().expect("incidents").len();
        assert_eq!(record.sample_index(&mut sampling, NOW), Ok(3));
        assert_eq!(open(), 1, "somebody owns it");
        let next = NOW.plus_minutes(1);
        assert_eq!(record.sample_index(&mut sampling, next), Ok(0), "all were repaired");
        assert_eq!(open(), 1, "one sample that is right proves little");
        assert_eq!(record.sample_index(&mut sampling, NOW.plus_minutes(TOLD_MINUTES)), Ok(0));
        assert_eq!(open(), 0);
        store.stop();
        let _ = std::fs::remove_dir_all(folder);
    }
}
