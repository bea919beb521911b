//! Where senders and receivers say each day how many they had: a folder, written by them and read here.
//!
//! `sent/LINK/2026-11-22.csv` and `received/ENDPOINT/2026-11-22.csv`: `count,N`, then the control ids, one a line. Whoever
//! has begun to say it is expected to say it every day; what is not there by noon of the next day is missing.

use actions::Record;
use actions::intake::Clock;
use actions::totals::{DayTotal, End, Statement, days};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(30);
/// Of the time, how much is spent on it at most: one part in so many. Lists of a million control ids that differ are held
/// against the books less often than short ones.
const REST: u32 = 10;

/// Files that agreed, as they were then: they are not read again until they change.
type Agreed = HashMap<PathBuf, SystemTime>;

/// Holds the day totals in a folder against the books until `stop` turns true.
pub async fn hold_totals(record: Record, folder: PathBuf, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut agreed = Agreed::new();
    while !*stop.borrow() {
        let (record, folder, now) = (record.clone(), folder.clone(), clock());
        let begun = now;
        let round = tokio::task::spawn_blocking(move || {
            let open = record.totals_open().map_err(|why| io::Error::other(why.words.en));
            let held = open.and_then(|open| read(&folder, &days(now), &open, &agreed)).and_then(|read| {
                let totals: Vec<DayTotal> = read.iter().map(|(total, _)| total.clone()).collect();
                let differ =
                    record.hold_totals(&totals, now).map_err(|why| io::Error::other(why.words.en))?;
                let differ: HashSet<usize> = differ.into_iter().collect();
                let now_agreed = read.into_iter().enumerate().filter(|(place, _)| !differ.contains(place));
                agreed.extend(now_agreed.filter_map(|(_, (_, file))| file));
                agreed.retain(|path, _| path.exists());
                Ok(())
            });
            (agreed, held)
        });
        match round.await {
            Ok((known, held)) => {
                agreed = known;
                if let Err(error) = held {
                    tracing::warn!(%error, "the day totals could not be held against the books; it is done again");
                }
            }
            Err(_) => {
                agreed = Agreed::new();
                tracing::error!(
                    "holding the day totals against the books ended in a fault; it is done again"
                );
            }
        }
        let took =
            u64::try_from(clock().0.saturating_sub(begun.0)).map_or(Duration::ZERO, Duration::from_micros);
        tokio::select! {
            () = tokio::time::sleep(EVERY.max(took.saturating_mul(REST))) => {}
            _ = stop.wait_for(|&stop| stop) => {}
        }
    }
}

/// A statement, and the file it stands in.
type Read = (DayTotal, Option<(PathBuf, SystemTime)>);

/// What everybody with a folder states of `days`, or has not stated in time; what agreed before is left out. What is
/// `open` (name and day) is read in any case, whenever the day was.
fn read(
    folder: &Path,
    days: &[(String, bool)],
    open: &[(String, String)],
    agreed: &Agreed,
) -> io::Result<Vec<Read>> {
    let mut found = Vec::new();
    for (side, end) in [("sent", End::Sender as fn(String) -> End), ("received", End::Receiver)] {
        for name in names(&folder.join(side))? {
            let own = folder.join(side).join(&name);
            let written = names(&own)?;
            let of_name = open.iter().filter(|(other, _)| *other == name).map(|(_, day)| day);
            let older = of_name.clone().filter(|day| days.iter().all(|(known, _)| known != *day));
            for (day, is_due) in
                days.iter().map(|(day, due)| (day, *due)).chain(older.map(|day| (day, false)))
            {
                let file = format!("{day}.csv");
                let end = end(name.clone());
                let is_open = of_name.clone().any(|open| open == day);
                if !written.contains(&file) {
                    // What is known of it already stands, whether or not somebody took the file away.
                    if is_open {
                        continue;
                    }
                    // Whoever said nothing of any earlier day has not begun to.
                    let has_begun = written.iter().any(|other| other.ends_with(".csv") && *other < file);
                    if is_due && has_begun {
                        found.push((DayTotal { end, day: day.clone(), statement: None }, None));
                    }
                    continue;
                }
                let path = own.join(&file);
                let modified = fs::metadata(&path)?.modified()?;
                if !is_open && agreed.get(&path) == Some(&modified) {
                    continue;
                }
                let statement = Some(statement(path.clone()));
                found.push((DayTotal { end, day: day.clone(), statement }, Some((path, modified))));
            }
        }
    }
    Ok(found)
}

/// A file, opened when it is read.
fn statement(path: PathBuf) -> Statement {
    Arc::new(move || Ok(Box::new(BufReader::new(fs::File::open(&path)?))))
}

/// Names in a folder; none when it is not there.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s109_who_has_begun_to_state_totals_is_missed_and_what_agreed_is_not_read_again() {
        let folder = std::env::temp_dir().join(format!("opor-totals-{}", std::process::id()));
        let of = |side: &str, name: &str| folder.join(side).join(name);
        for own in [of("sent", "LIS@HRH"), of("sent", "NEW"), of("received", "hill-emr")] {
            fs::create_dir_all(own).expect("a folder");
        }
        fs::write(of("sent", "LIS@HRH").join("2026-11-20.csv"), "count,2\nA\nB\n").expect("written");
        fs::write(of("received", "hill-emr").join("2026-11-22.csv"), "count,0\n").expect("written");
        let days = [("2026-11-22", false), ("2026-11-21", true), ("2026-11-20", true), ("2026-11-19", true)];
        let days = days.map(|(day, due)| (day.to_owned(), due));
        let found = read(&folder, &days, &[], &Agreed::new()).expect("readable");
        let told: Vec<_> = found
            .iter()
            .map(|(one, _)| (one.end.name(), one.day.as_str(), one.statement.is_some()))
            .collect();
        let expected = [
            ("LIS@HRH", "2026-11-21", false),
            ("LIS@HRH", "2026-11-20", true),
            ("hill-emr", "2026-11-22", true),
        ];
        assert_eq!(told, expected);
        let agreed: Agreed = found.into_iter().filter_map(|(_, file)| file).collect();
        let again = read(&folder, &days, &[], &agreed).expect("readable");
        assert_eq!(again.len(), 1, "what is missing is missing still");
        // What differed is read again whenever it was, and whatever it said before; a file that is gone says nothing.
        let open = [("LIS@HRH", "2026-11-20"), ("hill-emr", "2026-11-21"), ("LIS@HRH", "2026-10-02")];
        let open = open.map(|(name, day)| (name.to_owned(), day.to_owned()));
        let told = |folder: &Path| -> Vec<String> {
            let found = read(folder, &days, &open, &agreed).expect("readable");
            found
                .into_iter()
                .map(|(one, _)| format!("{} {} {}", one.end.name(), one.day, one.statement.is_some()))
                .collect()
        };
        assert_eq!(told(&folder), ["LIS@HRH 2026-11-21 false", "LIS@HRH 2026-11-20 true"]);
        fs::write(of("sent", "LIS@HRH").join("2026-10-02.csv"), "count,1\nZ\n").expect("written");
        assert!(told(&folder).contains(&"LIS@HRH 2026-10-02 true".to_owned()));
        fs::remove_dir_all(&folder).expect("removed");
        assert!(told(&folder).is_empty(), "a folder that is not there");
    }
}
