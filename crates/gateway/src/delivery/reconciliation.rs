//! The daily file that lets both ends of a report folder check each other: `reconciliation/DAY.csv`, a line for each
//! report that was confirmed that day (UTC) and for each that is outstanding now. Written anew every hour, and once more
//! after the day is over, with its last receipts. With it the spools of faxes are cleaned.

use super::fax;
use super::spool::{self, Apart};
use actions::Record;
use actions::deliveries::{DropBook, EndpointKind, Standing};
use actions::intake::Clock;
use fhir::Instant;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::watch;

/// How often the file of the day is written.
const EVERY: Duration = Duration::from_secs(3600);
/// Receipts older than this many days leave `receipts/done/`, and words about faxes their spool; the ledger keeps what
/// they said.
const KEPT_DAYS: u64 = 31;
const DAY_SECONDS: u64 = 24 * 3600;

/// How long one folder may take; one that does not answer keeps no other from its file.
const FOLDER_LIMIT: Duration = Duration::from_secs(300);

/// Keeps the reconciliation files of all report folders, and the spools of faxes clean, until `stop` turns true.
pub async fn reconcile_folders(record: Record, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut folders: HashMap<PathBuf, Apart> = HashMap::new();
    while !*stop.borrow() {
        for destination in record.destinations() {
            let (record, now, id) = (record.clone(), clock(), destination.id.clone());
            let done = match destination.kind {
                EndpointKind::FileDrop => {
                    let folder = spool::folder(&destination.address);
                    let apart = folders.entry(folder.clone()).or_default();
                    apart.work(FOLDER_LIMIT, move || reconcile(&record, &destination.id, &folder, now)).await
                }
                EndpointKind::Fax => {
                    let folder = fax::spool_of(&destination.address);
                    let apart = folders.entry(folder.clone()).or_default();
                    apart.work(FOLDER_LIMIT, move || clean_spool(&record, &folder, now)).await
                }
                _ => continue,
            };
            if let Err(error) = done {
                tracing::warn!(endpoint = %id, %error, "a folder could not be looked after; it is tried again within the hour");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => {}
        }
    }
}

/// Pages of what has ended leave the spool of a fax gateway; several endpoints may share one.
fn clean_spool(record: &Record, folder: &Path, now: Instant) -> io::Result<()> {
    let now = UNIX_EPOCH + Duration::from_secs(seconds(now));
    let kept = Duration::from_secs(KEPT_DAYS * DAY_SECONDS);
    fax::clean(folder, now, kept, |ids| {
        let standing = record.standings(ids).map_err(|refusal| io::Error::other(refusal.words.en))?;
        let ended = |standing: Standing| !matches!(standing, Standing::Waiting | Standing::Unknown);
        Ok(standing.into_iter().filter(|(_, standing)| ended(*standing)).map(|(id, _)| id).collect())
    })
}

fn seconds(at: Instant) -> u64 {
    u64::try_from(at.0 / 1_000_000).unwrap_or_default()
}

/// `2026-11-22` of a day since 1970, in UTC.
fn day_name(day: u64) -> String {
    let at = Instant(i64::try_from(day * DAY_SECONDS).unwrap_or_default().saturating_mul(1_000_000));
    at.to_string().chars().take(10).collect()
}

/// The file of today; before it the one of yesterday, unless it was written when that day was over.
fn reconcile(record: &Record, endpoint: &str, folder: &Path, now: Instant) -> io::Result<()> {
    let today = seconds(now) / DAY_SECONDS;
    let of_yesterday =
        folder.join("reconciliation").join(format!("{}.csv", day_name(today.saturating_sub(1))));
    match fs::metadata(&of_yesterday) {
        Ok(file) => {
            let written = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            if written < today * DAY_SECONDS {
                write(record, endpoint, folder, today - 1, seconds(now))?;
            }
        }
        // A folder that had none has nothing to be completed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    write(record, endpoint, folder, today, seconds(now))
}

fn write(record: &Record, endpoint: &str, folder: &Path, day: u64, now_seconds: u64) -> io::Result<()> {
    let receipts = receipts_of(&folder.join("receipts").join("done"), day, now_seconds)?;
    let book = record.drop_book(endpoint, &receipts).map_err(|refusal| io::Error::other(refusal.words.en))?;
    let is_there = |id: &str| folder.join("reports").join(format!("{id}.xml")).exists();
    let text = file(&book, is_there);
    spool::put(&folder.join("reconciliation"), &format!("{}.csv", day_name(day)), text.as_bytes())
}

/// Control ids of the receipts that came on a day; older ones than are kept are removed.
fn receipts_of(done: &Path, day: u64, now_seconds: u64) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(done) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let came = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if came / DAY_SECONDS == day {
            found.extend(entry.path().file_stem().and_then(|name| name.to_str()).map(str::to_owned));
        } else if came + KEPT_DAYS * DAY_SECONDS < now_seconds {
            spool::remove(&entry.path())?;
        }
    }
    found.sort();
    Ok(found)
}

/// `id,state,receipt`: put (lies in the folder), fetched (taken and not confirmed), queued, received, refused, closed,
/// unknown; the second part says whether a receipt came.
fn file(book: &DropBook, is_there: impl Fn(&str) -> bool) -> String {
    let mut text = String::from("id,state,receipt\n");
    for (id, standing) in &book.asked {
        text.push_str(&format!("{id},{},yes\n", standing.code()));
    }
    for (id, put) in &book.outstanding {
        if book.asked.iter().any(|(asked, standing)| asked == id && *standing == Standing::Waiting) {
            continue;
        }
        let state = match (put, is_there(id)) {
            (false, _) => "queued",
            (true, true) => "put",
            (true, false) => "fetched",
        };
        text.push_str(&format!("{id},{state},no\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in01_every_report_of_the_day_stands_in_the_file_once() {
        let book = DropBook {
            outstanding: vec![
                ("R1".to_owned(), true),
                ("R2".to_owned(), true),
                ("R3".to_owned(), false),
                ("R6".to_owned(), true),
            ],
            asked: vec![
                ("R4".to_owned(), Standing::Acknowledged),
                ("R5".to_owned(), Standing::Refused),
                ("R6".to_owned(), Standing::Waiting),
                ("X".to_owned(), Standing::Unknown),
            ],
        };
        let said = file(&book, |id| id == "R1");
        let expected = "id,state,receipt\nR4,received,yes\nR5,refused,yes\nR6,waiting,yes\nX,unknown,yes\n\
            R1,put,no\nR2,fetched,no\nR3,queued,no\n";
        assert_eq!(said, expected);
    }
}
