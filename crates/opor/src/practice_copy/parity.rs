//! Whether a practice copy is still as live is: configuration and program, part by part.

use super::State;
use super::configuration::{Configuration, Entries, PARTS, fingerprint, of_copy, words_of};
use crate::clock;
use actions::Record;
use actions::practice_copy::{Parity, Unlike};
use fhir::Instant;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked: a change of live shows within a minute (FEATURES 4-5).
const LOOKED_EVERY: Duration = Duration::from_secs(20);

/// Compares a copy with live now; what differs for the first time is noted with the time.
pub(crate) fn compare(data: &Path, before: &Parity, now: Instant) -> anyhow::Result<Parity> {
    let Some(mut state) = State::read(data)? else {
        anyhow::bail!(
            "{} is no practice copy. Begin one with opor practice --like DIR --data {0}",
            data.display()
        );
    };
    let here = of_copy(data, &state.settings)?;
    let wanted = match state.live().and_then(|live| live.wanted(&state.left_out)) {
        Ok(wanted) => wanted,
        Err(why) => return Ok(Parity { unread: Some(format!("{why:#}")), ..before.clone() }),
    };
    let mut unlike = Vec::new();
    for (part, ..) in PARTS {
        let what = differing(&here, &wanted, part);
        if what.is_empty() {
            state.unlike.remove(*part);
            continue;
        }
        let since = *state.unlike.entry((*part).to_owned()).or_insert(now.0);
        unlike.push(Unlike { part: words_of(part), what, since: Instant(since) });
    }
    state.keep(data)?;
    let (version, fingerprint) = (format!("opor {}", env!("CARGO_PKG_VERSION")), fingerprint(&here));
    Ok(Parity { looked: Some(now), version, fingerprint, unlike, unread: None })
}

/// Names that only one of both has, or that say something else.
fn differing(here: &Configuration, wanted: &Configuration, part: &str) -> Vec<String> {
    let nothing = Entries::new();
    let (here, wanted) = (here.get(part).unwrap_or(&nothing), wanted.get(part).unwrap_or(&nothing));
    let mut names: Vec<String> = wanted
        .iter()
        .filter(|(name, said)| here.get(*name) != Some(said))
        .map(|(name, _)| name.clone())
        .collect();
    names.extend(here.keys().filter(|name| !wanted.contains_key(*name)).cloned());
    names.sort();
    names
}

/// Looks again and again, until `stop` turns true.
pub(crate) async fn follow(record: Record, data: PathBuf, mut stop: watch::Receiver<bool>) {
    loop {
        let (record, data) = (record.clone(), data.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let before = record.practice_copy().map(|copy| copy.parity()).unwrap_or_default();
            match compare(&data, &before, clock::now()) {
                Ok(parity) => record.set_parity(parity),
                Err(error) => tracing::warn!(%error, "the practice copy could not be compared with live"),
            }
        });
        if looked.await.is_err() {
            return tracing::error!(
                "comparing with live ended in a fault; it begins anew with the next start"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(LOOKED_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
    }
}
