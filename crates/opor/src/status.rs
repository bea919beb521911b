//! What this process and its machine know of how the record stands: looked at every few seconds while it serves, and
//! once by `opor status`.

use crate::config::Config;
use crate::done::Done;
use crate::{clock, place};
use actions::Record;
use actions::status::Place;
use actions::status::place::{Certificate, Copy, Database, Known, Writer};
use fhir::Instant;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;
use store::{DATABASE_FILE, LOCK_FILE, Monotonic, Store};
use tokio::sync::watch;

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Wall clock and monotonic clock go apart by less than this between two looks unless somebody sets the clock (seconds).
const JUMP_SECONDS: i64 = 2;

/// What can be seen without the record. `whole` settings say also what is not set up; those of a bare data folder do not.
pub(crate) fn seen(config: &Config, whole: bool) -> Place {
    let done = Done::read(&config.data);
    let noted = |at: Option<Instant>| at.map_or(Known::NotSetUp, Known::Is);
    let said = |is_set_up: bool| match (whole, is_set_up) {
        (_, true) => Known::Is(()),
        (true, false) => Known::NotSetUp,
        (false, false) => Known::NotKnown,
    };
    Place {
        looked: clock::now(),
        version: format!("opor {}", env!("CARGO_PKG_VERSION")),
        database: database(&config.data),
        disk: crate::running::space(&config.data).map_or(Known::NotKnown, Known::Is),
        certificates: over(said(config.tls.is_some()), certificates(config)),
        backup: noted(done.backup()),
        drill: noted(done.drill()),
        copies: over(said(config.downtime.is_some()), copies(config)),
        witness: done.witness().map_or(Known::NotKnown, Known::Is),
        paging: said(config.paging.is_some()),
        ..Place::default()
    }
}

fn over<T>(known: Known<()>, value: T) -> Known<T> {
    match known {
        Known::Is(()) => Known::Is(value),
        Known::NotSetUp => Known::NotSetUp,
        Known::NotKnown => Known::NotKnown,
    }
}

fn database(data: &Path) -> Known<Database> {
    let sort = |sort: &str, bytes| Known::Is(Database { sort: sort.to_owned(), bytes });
    match place::address(data) {
        Ok(Some(_)) => sort("PostgreSQL", None),
        Ok(None) => {
            let size = |name: &str| std::fs::metadata(data.join(name)).map(|about| about.len()).ok();
            match size(DATABASE_FILE) {
                Some(bytes) => {
                    let log = size(&format!("{DATABASE_FILE}-wal")).unwrap_or_default();
                    sort("SQLite", Some(bytes + log))
                }
                None => Known::NotKnown,
            }
        }
        Err(_) => Known::NotKnown,
    }
}

fn certificates(config: &Config) -> Vec<Certificate> {
    let Some(tls) = &config.tls else { return Vec::new() };
    let files = [Some(&tls.certificate), tls.senders.as_ref(), tls.receivers.as_ref()];
    let mut found: Vec<Certificate> = Vec::new();
    for path in files.into_iter().flatten() {
        let name = path.display().to_string();
        if !found.iter().any(|one| one.name == name) {
            let ends = gateway::validity::first_end(path).map_err(|problem| problem.parts().1.to_owned());
            found.push(Certificate { name, ends });
        }
    }
    found
}

/// Copies by when their files were written: reading each every few seconds is what making them does already.
fn copies(config: &Config) -> Vec<Copy> {
    let Some(downtime) = &config.downtime else { return Vec::new() };
    let written = |path: &Path| {
        let about = std::fs::metadata(path).ok()?;
        Some(Instant::default().plus_seconds(about.mtime()))
    };
    downtime.files().into_iter().map(|(name, path)| Copy { name, made: written(&path) }).collect()
}

/// The process of this machine that has the record of a data folder, by the locks that the system lists (Linux).
pub(crate) fn holder(data: &Path) -> Known<Writer> {
    if !matches!(place::address(data), Ok(None)) {
        return Known::NotKnown;
    }
    let (Ok(locks), Ok(about)) =
        (std::fs::read_to_string("/proc/locks"), std::fs::metadata(data.join(LOCK_FILE)))
    else {
        return Known::NotKnown;
    };
    Known::Is(holder_in(&locks, about.ino()))
}

/// `1: FLOCK  ADVISORY  WRITE 4711 08:01:131090 0 EOF`; one that waits for it has an arrow before its name.
fn holder_in(locks: &str, inode: u64) -> Writer {
    let end = format!(":{inode}");
    let found = locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (sort, _, access, number, file) =
            (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
        (sort == "FLOCK" && access == "WRITE" && file.ends_with(&end)).then(|| number.parse::<u32>().ok())
    });
    found.map_or(Writer::Nobody, Writer::Another)
}

/// Looks at it while a process serves.
pub(crate) struct Watch {
    record: Record,
    store: Store,
    config: Config,
    started: Instant,
    ticks: Monotonic,
    last: (Instant, u64),
    jump: Option<(Instant, i64)>,
}

impl Watch {
    /// Looks for the first time.
    pub(crate) fn begin(record: &Record, store: &Store, config: &Config, started: Instant) -> Self {
        let ticks = clock::monotonic();
        let last = (clock::now(), ticks());
        let (record, store, config) = (record.clone(), store.clone(), config.clone());
        let mut watch = Self { record, store, config, started, ticks, last, jump: None };
        watch.look();
        watch
    }

    /// Looks again and again, until `stop` turns true.
    pub(crate) async fn follow(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.wait_for(|&stop| stop) => return,
            }
            let looked = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            // The panic hook has said where; what was seen last is not known any more in a minute.
            let Ok(watch) = looked.await else {
                return tracing::error!("looking how it stands ended in a fault");
            };
            self = watch;
        }
    }

    fn look(&mut self) {
        let next = (clock::now(), (self.ticks)());
        self.jump = jumped(self.last, next).map(|by| (next.0, by)).or(self.jump);
        self.last = next;
        let stands_by = self.store.is_standing_by();
        let writer = if stands_by { Writer::StandingBy(self.store.hindrance()) } else { Writer::Here };
        let rounds = self.record.rounds().into_iter().filter_map(|(_, round)| round.last).max();
        let mut place = seen(&self.config, true);
        if let Known::Is(known) = &mut place.certificates {
            let shown = self.record.certificates_shown().into_iter();
            known.extend(
                shown.map(|(link, ends)| Certificate { name: format!("{link} (TLS)"), ends: Ok(ends) }),
            );
        }
        let noted = if let Known::Is(at) = place.witness { Some(at) } else { None };
        let witness = noted.max(self.record.witness_last_asked());
        self.record.set_place(Place {
            started: Known::Is(self.started),
            writer: Known::Is(writer),
            witness: witness.map_or(Known::NotSetUp, Known::Is),
            // Who stands by does none.
            background: if stands_by { Known::NotKnown } else { Known::Is(rounds.unwrap_or(self.started)) },
            jump: Known::Is(self.jump),
            ..place
        });
    }
}

/// By how many seconds the wall clock went otherwise than the monotonic one between two looks, when that is a jump.
fn jumped(last: (Instant, u64), next: (Instant, u64)) -> Option<i64> {
    let passed = i64::try_from(next.1.saturating_sub(last.1) / 1_000_000).unwrap_or(i64::MAX);
    let by = next.0.seconds_since(last.0) - passed;
    (by.abs() >= JUMP_SECONDS).then_some(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s111_a_clock_that_is_set_is_told_from_time_that_passes() {
        let at = |seconds: i64| Instant(seconds * 1_000_000);
        assert_eq!(jumped((at(100), 5_000_000), (at(110), 15_400_000)), None);
        assert_eq!(jumped((at(100), 5_000_000), (at(20), 15_000_000)), Some(-90));
        assert_eq!(jumped((at(100), 5_000_000), (at(3_710), 15_000_000)), Some(3_600));
    }

    #[test]
    fn s111_the_process_that_has_the_record_is_found_among_the_locks() {
        let locks = "1: POSIX  ADVISORY  WRITE 9 08:01:77 0 EOF\n2: FLOCK  ADVISORY  WRITE 4711 08:01:77 0 EOF\n\
            2: -> FLOCK  ADVISORY  WRITE 4712 08:01:78 0 EOF\n3: FLOCK  ADVISORY  READ 5 08:01:79 0 EOF\n";
        assert_eq!(holder_in(locks, 77), Writer::Another(Some(4_711)));
        for free in [7, 78, 79] {
            assert_eq!(holder_in(locks, free), Writer::Nobody, "{free}");
        }
    }
}
