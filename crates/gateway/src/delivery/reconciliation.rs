//! The daily file that lets both ends of a report folder check each other: `reconciliation/DAY.csv`, a line for each
//! report that was confirmed that day (UTC) and for each that is outstanding now. Written anew every hour.

use super::spool;
use actions::Record;
use actions::deliveries::{DropBook, EndpointKind, Standing};
use actions::intake::Clock;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::watch;

/// How often the file of the day is written.
const EVERY: Duration = Duration::from_secs(3600);
/// Receipts older than this many days leave `receipts/done/`; the ledger keeps what they said.
const RECEIPTS_KEPT_DAYS: u64 = 31;
const DAY_SECONDS: u64 = 24 * 3600;

/// Keeps the reconciliation files of all report folders until `stop` turns true.
pub async fn reconcile_folders(record: Record, clock: Clock, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        for destination in record.destinations() {
            if destination.kind != EndpointKind::FileDrop {
                continue;
            }
            let (record, now) = (record.clone(), clock());
            let id = destination.id.clone();
            let written = spool::apart(move || {
                let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or_default();
                let day = now.to_string().chars().take(10).collect::<String>();
                write(&record, &destination.id, &spool::folder(&destination.address), seconds, &day)
            })
            .await;
            if let Err(error) = written {
                tracing::warn!(endpoint = %id, %error, "the reconciliation file could not be written; it is tried again within the hour");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => {}
        }
    }
}

fn write(record: &Record, endpoint: &str, folder: &Path, now_seconds: u64, day: &str) -> io::Result<()> {
    let receipts = receipts_of_today(&folder.join("receipts").join("done"), now_seconds)?;
    let book = record.drop_book(endpoint, &receipts).map_err(|refusal| io::Error::other(refusal.words.en))?;
    let is_there = |id: &str| folder.join("reports").join(format!("{id}.xml")).exists();
    let text = file(&book, is_there);
    spool::put(&folder.join("reconciliation"), &format!("{day}.csv"), text.as_bytes())
}

/// Control ids of the receipts that came today; older ones than are kept are removed.
fn receipts_of_today(done: &Path, now_seconds: u64) -> io::Result<Vec<String>> {
    let mut today = Vec::new();
    let entries = match fs::read_dir(done) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(today),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let came = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if came / DAY_SECONDS == now_seconds / DAY_SECONDS {
            today.extend(entry.path().file_stem().and_then(|name| name.to_str()).map(str::to_owned));
        } else if came + RECEIPTS_KEPT_DAYS * DAY_SECONDS < now_seconds {
            spool::remove(&entry.path())?;
        }
    }
    today.sort();
    Ok(today)
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
