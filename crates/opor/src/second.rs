//! The second place of the log: its settings, and who looks at it while the record runs.

use crate::clock;
use crate::commands::backup;
use actions::Record;
use actions::intake::Clock;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::second::{SHIPPED_EVERY, SecondPlace, WAITING_BYTES};
use tokio::sync::watch;

/// How often it is looked how far the second place lags behind.
const LOOKED_EVERY: Duration = Duration::from_secs(5);
/// Days of which every moment can be restored, unless said.
const KEEP_DAYS: u16 = 14;
/// Hours from one copy of the database to the next, unless said.
const BASE_HOURS: u16 = 24;

/// Where the log of the database is shipped to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// Folder on another disk or a mounted share.
    pub(crate) second_place: PathBuf,
    /// File with the key that seals what is there.
    pub(crate) key: PathBuf,
    /// Every moment of so many days can be restored.
    #[serde(default = "keep_days")]
    pub(crate) keep_days: u16,
    /// Hours from one copy of the database to the next.
    #[serde(default = "base_hours")]
    pub(crate) base_hours: u16,
}

fn keep_days() -> u16 {
    KEEP_DAYS
}
fn base_hours() -> u16 {
    BASE_HOURS
}

impl LogConfig {
    /// Whether it can be shipped to.
    pub(crate) fn check(&self, data: &Path, is_elsewhere: bool) -> anyhow::Result<()> {
        if is_elsewhere {
            bail!(
                "[log]: the record is at a PostgreSQL, which ships its own log (docs/postgresql.md). Take [log] out of the \
                 settings"
            );
        }
        if self.keep_days == 0 || self.base_hours == 0 {
            bail!("[log]: keep_days and base_hours are at least 1");
        }
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (place, data, key) = (real(&self.second_place), real(data), real(&self.key));
        if place.starts_with(&data) {
            bail!(
                "[log] second_place: {} is in the data folder. Give a folder on another disk",
                place.display()
            );
        }
        if key.starts_with(&place) {
            bail!("[log] key: {} lies beside what it seals. Keep it elsewhere", key.display());
        }
        backup::key(&self.key).context("[log] key")?;
        Ok(())
    }

    /// The place with its key.
    pub(crate) fn place(&self, data: &Path) -> anyhow::Result<SecondPlace> {
        let device = |path: &Path| std::fs::metadata(path).ok().map(|about| about.dev());
        if device(&self.second_place).is_some_and(|one| device(data) == Some(one)) {
            tracing::warn!(
                place = %self.second_place.display(),
                "the second place of the log is on the disk of the record and is lost with it"
            );
        }
        let folder = data.to_owned();
        let files = move || {
            let told = |path: &Path, why: &str| {
                tracing::warn!(path = %path.display(), %why, "a file of the data folder is not shipped");
            };
            backup::files(&folder, &told).map_err(|error| std::io::Error::other(format!("{error:#}")))
        };
        Ok(SecondPlace {
            folder: self.second_place.clone(),
            key: backup::key(&self.key)?,
            clock: clock::wall(),
            random: Arc::new(clock::random),
            files: Arc::new(files),
            every: SHIPPED_EVERY,
            waiting_bytes: WAITING_BYTES,
            keep_days: i64::from(self.keep_days),
            base_hours: i64::from(self.base_hours),
            hinder: None,
        })
    }
}

/// Looks at the second place until it is to stop: what lags behind is told.
pub(crate) async fn follow(record: Record, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut told = None;
    loop {
        let problem = record.second_place_problem();
        if told != problem {
            match &problem {
                Some(why) => {
                    tracing::warn!(%why, "the log is not shipped to its second place; it is tried again")
                }
                None => tracing::info!("the log is shipped to its second place again"),
            }
            told = problem;
        }
        let (record, now) = (record.clone(), clock());
        match tokio::task::spawn_blocking(move || record.second_place_is(now)).await {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => tracing::warn!(%reason, "the lag of the second place could not be told"),
            Err(_) => tracing::error!("looking at the second place ended in a fault"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOKED_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h65_a_second_place_is_elsewhere_and_its_key_elsewhere_again() {
        let folder = std::env::temp_dir().join(format!("opor-second-{}", std::process::id()));
        let (data, place) = (folder.join("data"), folder.join("place"));
        for one in [data.join("log"), place.clone()] {
            std::fs::create_dir_all(one).unwrap();
        }
        let (key, beside) = (folder.join("key"), place.join("key"));
        for one in [&key, &beside] {
            std::fs::write(one, "a key file of at least thirty-two bytes\n").unwrap();
        }
        let said = |place: &Path, key: &Path, more: &str, is_elsewhere: bool| {
            let text = format!("second_place = {place:?}\nkey = {key:?}\n{more}");
            let config: LogConfig = toml::from_str(&text).unwrap();
            config.check(&data, is_elsewhere).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(said(&place, &key, "", false), Ok(()));
        for (outcome, because) in [
            (said(&place, &key, "", true), "docs/postgresql.md"),
            (said(&data.join("log"), &key, "", false), "is in the data folder"),
            (said(&place, &beside, "", false), "lies beside what it seals"),
            (said(&place, &key, "keep_days = 0", false), "at least 1"),
            (said(&place, &folder.join("none"), "", false), "cannot read the key"),
        ] {
            assert!(outcome.clone().is_err_and(|words| words.contains(because)), "{because}: {outcome:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
