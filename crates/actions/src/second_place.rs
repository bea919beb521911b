//! The log in a second place: how far it lags behind, and an incident while that lasts. Nothing waits for it; what is not
//! there is on the disk of the record alone (HAZARDS D13).

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;

/// A lag of so many seconds is told: a disk that is slow for a moment is not.
const TOLD_AFTER_SECONDS: i64 = 60;

impl Record {
    /// For how many microseconds a commit has been missing in the second place of the log, 0 when none is; `None` when there
    /// is no such place.
    #[must_use]
    pub fn second_place_lag(&self, now: Instant) -> Option<u64> {
        let status = self.store().second_place()?;
        Some(status.owed.map_or(0, |owed| u64::try_from(now.0 - owed.0).unwrap_or(0)))
    }

    /// What hinders the second place, when something does.
    #[must_use]
    pub fn second_place_problem(&self) -> Option<String> {
        self.store().second_place()?.problem
    }

    /// The second place was looked at. While commits have been missing there for a minute, an incident is open.
    ///
    /// # Errors
    /// When it could not be written; it is tried again the next time.
    pub fn second_place_is(&self, now: Instant) -> Result<(), Refusal> {
        let Some(status) = self.store().second_place() else { return Ok(()) };
        let late = status.owed.filter(|owed| now.seconds_since(*owed) >= TOLD_AFTER_SECONDS);
        let found = late.map(|owed| found(owed, status.problem.as_deref(), status.copying));
        self.hold_incidents(&self.store().view()?, Sort::SecondPlace, found.as_slice(), now)?;
        Ok(())
    }
}

fn found(owed: Instant, problem: Option<&str>, copying: Option<(u64, u64)>) -> Found {
    let words = match (problem, copying) {
        (Some(problem), _) => Words::new(problem, problem),
        (None, Some((done, of))) => {
            let (done, of) = (done >> 20, of >> 20);
            Words::new(
                format!("the database is being copied, {done} MiB of {of}"),
                format!("la base de données est en cours de copie, {done} Mio sur {of}"),
            )
        }
        (None, None) => Words::new("its disk is slow", "son disque est lent"),
    };
    Found {
        subject: "log".to_owned(),
        what: Words::new(
            "See that the second place of the log can be written: its folder, its disk, its room.",
            "Veiller à ce que le second emplacement du journal soit accessible en écriture : dossier, disque, place.",
        ),
        because: Words::new(
            format!(
                "What was committed since {owed} is on the disk of the record alone: {}. Messages are taken as ever.",
                words.en
            ),
            format!(
                "Ce qui a été validé depuis {owed} n'est que sur le disque du dossier : {}. Les messages sont pris comme \
                 d'habitude.",
                words.fr
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clinical::directory::Directory;
    use std::sync::Arc;
    use std::time::Duration;
    use store::backup::Key;
    use store::second::{SecondPlace, WAITING_BYTES};
    use store::{Settings, Store};

    const NOW: Instant = Instant(1_795_356_300_000_000);

    #[test]
    fn d13_a_second_place_that_lags_is_told_after_a_minute_and_ends_by_itself() {
        let folder = std::env::temp_dir().join(format!("opor-lag-{}", std::process::id()));
        let place = folder.join("place");
        let second = SecondPlace {
            folder: place.clone(),
            key: Key::of(&[7; 40]).expect("a key"),
            clock: Arc::new(|| NOW),
            random: Arc::new(|| [1; 32]),
            files: Arc::new(|| Ok(Vec::new())),
            every: Duration::from_secs(3_600),
            waiting_bytes: WAITING_BYTES,
            keep_days: 7,
            base_hours: 24,
            hinder: None,
        };
        let settings = Settings { second: Some(second), ..Settings::new(Arc::new(|| 0)) };
        let store = Store::open(&folder.join("data"), settings).expect("a store");
        let record = Record::new(store.clone(), Directory::default(), Vec::new());
        let _ = store.ship();
        let problem = record.second_place_problem().expect("a problem");
        assert!(problem.contains("the folder is not there. Make it, or mount its disk"), "{problem}");
        let open = || store.view().expect("a view").incidents_open().expect("incidents");
        record.second_place_is(NOW.plus_seconds(TOLD_AFTER_SECONDS - 1)).expect("looked");
        assert_eq!(open().len(), 0);
        record.second_place_is(NOW.plus_seconds(TOLD_AFTER_SECONDS)).expect("told");
        assert_eq!(open()[0].sort, Sort::SecondPlace.code());
        assert!(open()[0].words.contains("on the disk of the record alone"), "{}", open()[0].words);
        assert_eq!(record.second_place_lag(NOW.plus_seconds(60)), Some(60_000_000));
        std::fs::create_dir_all(&place).expect("a folder");
        let _ = store.ship();
        assert_eq!(record.second_place_lag(NOW.plus_seconds(60)), Some(0));
        record.second_place_is(NOW.plus_seconds(61)).expect("ended");
        assert_eq!(open().len(), 0);
        store.stop();
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
