//! The log in a second place (HAZARDS.md D13, H65): the record as of any commit comes back as it was, whatever became of
//! either side, and what cannot come back is named.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use faultdisk::FaultDisk;
use faultdisk::folder::Folder;
use faultdisk::random::Random;
use faultdisk::script::{NOW, Script, settings};
use fhir::Instant;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::backup::{About, Key};
use store::second::{SecondPlace, SecondProblem, Span, look_through, restore};
use store::{Settings, Store};

/// What happens at a step of the second place.
type Hook = Box<dyn FnMut(&'static str) -> io::Result<()> + Send>;
/// Files below a folder, by their path in it.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

fn key() -> Key {
    Key::of(&[7; 40]).unwrap()
}

/// What every table adds up to, as one line of digits.
fn sums(store: &Store) -> String {
    let folder = Folder::new().unwrap();
    let about = About { opor: "test", taken: NOW, salt: [1; 32] };
    let file = folder.path().join("sums");
    let view = store.view().unwrap();
    let written = store::backup::write(&view, &[], &about, (&key(), &file), &mut |_, _| {}).unwrap();
    let (mut rows, mut all) = (0, [0_u8; 32]);
    for table in written.ending.tables {
        rows += table.rows;
        // The order of the tables is always the same.
        all = std::array::from_fn(|n| all[n].wrapping_mul(31).wrapping_add(table.sum[n]));
    }
    format!("{rows} rows: {all:02x?}")
}

fn tree(folder: &Path) -> Tree {
    let (mut found, mut folders) = (Tree::new(), vec![folder.to_owned()]);
    while let Some(one) = folders.pop() {
        for entry in std::fs::read_dir(&one).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().to_owned();
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    // Held, and rebuilt by whoever opens the files after a crash.
    found.retain(|name, _| !["record.lock", "record.db-shm"].contains(&name.to_str().unwrap()));
    found
}

fn plant(tree: &Tree) -> Folder {
    let folder = Folder::new().unwrap();
    for (name, bytes) in tree {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// A moment after some commits, and what there was.
#[derive(Clone)]
struct Moment {
    at: Instant,
    sums: String,
}

struct Bench {
    data: Folder,
    second: Folder,
    clock: Arc<AtomicI64>,
    hook: Arc<Mutex<Option<Hook>>>,
    disk: FaultDisk,
    script: Script,
    moments: Vec<Moment>,
    waiting_bytes: usize,
}

impl Bench {
    fn new(seed: u64) -> Self {
        Self::on(Folder::new().unwrap(), Folder::new().unwrap(), seed, NOW.0)
    }

    fn on(data: Folder, second: Folder, seed: u64, now: i64) -> Self {
        let disk = FaultDisk::new().unwrap();
        disk.begin(false);
        Self {
            data,
            second,
            clock: Arc::new(AtomicI64::new(now)),
            hook: Arc::default(),
            disk,
            script: Script::new(seed),
            moments: Vec::new(),
            waiting_bytes: store::second::WAITING_BYTES,
        }
    }

    fn settings(&self) -> Settings {
        let (clock, hook) = (self.clock.clone(), self.hook.clone());
        let salts = AtomicU64::new(self.clock.load(Ordering::Relaxed) as u64);
        let random = move || {
            let mut bytes = [0; 32];
            bytes[16..24].copy_from_slice(&salts.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            bytes
        };
        let second = SecondPlace {
            folder: self.second.path().to_owned(),
            key: key(),
            clock: Arc::new(move || Instant(clock.load(Ordering::Relaxed))),
            random: Arc::new(random),
            files: Arc::new(|| Ok(vec![("token.key".to_owned(), b"a key".to_vec())])),
            // Rounds are asked for: nothing here rests on how long something takes.
            every: Duration::from_secs(3_600),
            waiting_bytes: self.waiting_bytes,
            keep_days: 7,
            base_hours: 1,
            hinder: Some(Arc::new(move |step| match hook.lock().unwrap().as_mut() {
                Some(hook) => hook(step),
                None => Ok(()),
            })),
        };
        Settings { second: Some(second), ..settings(Some(&self.disk)) }
    }

    fn open(&self) -> Store {
        Store::open(self.data.path(), self.settings()).unwrap()
    }

    fn hook(&self, hook: impl FnMut(&'static str) -> io::Result<()> + Send + 'static) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }

    /// Every step at the second place fails from now on, or none does.
    fn gone(&self, is_gone: bool) {
        *self.hook.lock().unwrap() = None;
        if is_gone {
            self.hook(|step| Err(io::Error::other(format!("gone at: {step}"))));
        }
    }

    fn later(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// Some commits, a second after those before.
    fn step(&mut self, store: &Store) {
        self.later(1);
        self.script.group(store, &self.disk);
        let at = Instant(self.clock.load(Ordering::Relaxed));
        self.moments.push(Moment { at, sums: sums(store) });
    }

    fn spans(&self) -> Vec<Span> {
        look_through(self.second.path(), &key(), &mut |_| {}).unwrap()
    }

    /// Everything that was ever there comes back as it was.
    fn holds(&self) {
        let last = self.moments.last().unwrap();
        // Of many, every fourth one: they are made in the same way.
        let step = if self.moments.len() > 40 { 4 } else { 1 };
        for moment in self.moments.iter().rev().step_by(step) {
            assert_eq!(back(self.second.path(), Some(moment.at)).unwrap(), moment.sums, "{}", moment.at);
        }
        assert_eq!(back(self.second.path(), None).unwrap(), last.sums);
    }
}

/// What the record of a moment adds up to.
fn back(second: &Path, at: Option<Instant>) -> Result<String, SecondProblem> {
    let folder = Folder::new().unwrap();
    let mut files = Vec::new();
    let mut takes = |all: &[(String, Vec<u8>)]| {
        files = all.to_vec();
        Ok(())
    };
    let restored = restore(second, &key(), at, folder.path(), &mut takes).inspect_err(|_| {
        assert!(!folder.path().join(store::DATABASE_FILE).exists(), "a half record has its name");
    })?;
    assert_eq!(files, [("token.key".to_owned(), b"a key".to_vec())]);
    assert!(at.is_none_or(|at| restored.at <= at));
    let store = Store::open_read(folder.path(), settings(None)).unwrap();
    let report = store.view().unwrap().check(&|_, _| Vec::new(), 100, NOW, &mut |_, _| {}).unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    Ok(sums(&store))
}

#[test]
fn d13_every_commit_comes_back_as_of_its_moment() {
    for seed in 1..=2 {
        let mut bench = Bench::new(seed);
        let mut store = bench.open();
        let first = store.ship().unwrap();
        assert_eq!((first.owed, first.problem), (None, None));
        for n in 0..70 {
            bench.step(&store);
            if n % 4 == 3 {
                let status = store.ship().unwrap();
                assert_eq!((status.owed, status.problem), (None, None));
            }
            // A new copy of the database, in the middle of a log.
            if n % 30 == 20 {
                bench.later(3_600);
            }
            if n % 25 == 24 {
                store.stop();
                store = bench.open();
            }
        }
        store.stop();
        let spans = bench.spans();
        assert_eq!(spans.len(), 1, "two restarts go on with the same chain: {spans:?}");
        assert!(spans[0].bases >= 3 && spans[0].problem.is_none(), "{spans:?}");
        assert_eq!(spans[0].until, bench.moments.last().unwrap().at);
        bench.holds();
        // Between two commits it is the former one that counts.
        let between = bench.moments[10].at.0 + 999_999;
        assert_eq!(back(bench.second.path(), Some(Instant(between))).unwrap(), bench.moments[10].sums);
        let early = back(bench.second.path(), Some(Instant(NOW.0 - 1)));
        assert!(matches!(early, Err(SecondProblem::Before { .. })), "{early:?}");
        let other =
            restore(bench.second.path(), &Key::of(&[8; 40]).unwrap(), None, bench.data.path(), &mut |_| {
                Ok(())
            });
        assert!(other.is_err());
    }
}

/// What a crash leaves of both sides, and which moments were shipped by then.
struct Image {
    step: &'static str,
    data: Tree,
    second: Tree,
    shipped: usize,
}

#[test]
fn d13_a_crash_at_any_step_of_shipping_loses_nothing_that_was_shipped_and_the_next_start_goes_on() {
    let mut bench = Bench::new(11);
    let store = bench.open();
    let images: Arc<Mutex<Vec<Image>>> = Arc::default();
    let shipped = Arc::new(AtomicU64::new(0));
    let (data, second) = (bench.data.path().to_owned(), bench.second.path().to_owned());
    let (all, so_far) = (images.clone(), shipped.clone());
    bench.hook(move |step| {
        let (data, second) = (tree(&data), tree(&second));
        let shipped = so_far.load(Ordering::Relaxed) as usize;
        all.lock().unwrap().push(Image { step, data, second, shipped });
        Ok(())
    });
    store.ship().unwrap();
    for n in 0..12 {
        bench.step(&store);
        if n == 6 {
            bench.later(3_600);
        }
        if n % 2 == 1 {
            assert_eq!(store.ship().unwrap().owed, None);
            shipped.store(n + 1, Ordering::Relaxed);
        }
    }
    let taken = std::mem::take(&mut *images.lock().unwrap());
    bench.gone(false);
    let steps: std::collections::BTreeSet<_> = taken.iter().map(|image| image.step).collect();
    for step in [
        "make the chain",
        "begin a file",
        "name a file",
        "write the rest of a piece",
        "sync a piece",
        "name a copy",
    ] {
        assert!(steps.contains(step), "{steps:?}");
    }
    let mut went_on = 0;
    for image in taken {
        let (data, second) = (plant(&image.data), plant(&image.second));
        // The disk of the record is lost too: what was shipped is all there is.
        for moment in bench.moments[..image.shipped].iter().rev().take(3) {
            assert_eq!(back(second.path(), Some(moment.at)).unwrap(), moment.sums, "{}", image.step);
        }
        // Or it is not lost, and the record starts again.
        let now = bench.clock.load(Ordering::Relaxed) + 60_000_000;
        let mut next = Bench::on(data, second, 5, now);
        let store = next.open();
        next.step(&store);
        let status = store.ship().unwrap();
        assert_eq!((status.owed, status.problem), (None, None), "{}", image.step);
        next.step(&store);
        store.stop();
        next.holds();
        for moment in bench.moments[..image.shipped].iter().rev().take(3) {
            assert_eq!(back(next.second.path(), Some(moment.at)).unwrap(), moment.sums, "{}", image.step);
        }
        went_on += usize::from(next.spans().len() == 1 && image.shipped > 0);
    }
    assert!(went_on > 20, "{went_on} of the crashes went on with their chain");
}

#[test]
fn d13_a_second_place_that_is_gone_stops_nothing_and_catches_up() {
    let mut bench = Bench::new(21);
    let store = bench.open();
    store.ship().unwrap();
    bench.step(&store);
    store.ship().unwrap();
    bench.gone(true);
    for _ in 0..40 {
        bench.step(&store);
    }
    let status = store.ship().unwrap();
    assert_eq!(status.owed, Some(bench.moments[1].at), "what is missing is said");
    assert!(status.problem.is_some_and(|words| words.contains("gone at")));
    assert!(bench.script.ledger.refused.is_empty(), "{:?}", bench.script.ledger.refused);
    bench.gone(false);
    let status = store.ship().unwrap();
    assert_eq!((status.owed, status.problem), (None, None));
    assert_eq!(bench.spans().len(), 1);
    bench.holds();
    // Gone while the record is stopped and started: what was committed meanwhile is in no chain, and that is said.
    bench.gone(true);
    bench.step(&store);
    store.stop();
    let store = bench.open();
    bench.step(&store);
    bench.gone(false);
    bench.later(60);
    assert_eq!(store.ship().unwrap().owed, None);
    bench.step(&store);
    store.stop();
    assert_eq!(bench.spans().len(), 2);
    let lost = bench.moments.len() - 3;
    let gap = back(bench.second.path(), Some(bench.moments[lost].at));
    assert!(matches!(gap, Err(SecondProblem::Gap { .. })), "{gap:?}");
    bench.moments.drain(lost..lost + 2);
    bench.holds();
}

#[test]
fn d13_too_much_that_waits_is_let_go_and_a_new_chain_begins() {
    let mut bench = Bench::new(31);
    bench.waiting_bytes = 400 << 10;
    let store = bench.open();
    store.ship().unwrap();
    bench.step(&store);
    store.ship().unwrap();
    let kept = bench.moments.len();
    bench.gone(true);
    while !store.second_place().unwrap().problem.is_some_and(|words| words.contains("it begins anew")) {
        bench.step(&store);
    }
    bench.step(&store);
    assert_eq!(store.ship().unwrap().owed, Some(bench.moments[kept].at));
    bench.gone(false);
    let begun = bench.moments.len() - 1;
    assert_eq!(store.ship().unwrap().owed, None);
    bench.step(&store);
    store.stop();
    assert_eq!(bench.spans().len(), 2);
    bench.moments.drain(kept..begun);
    bench.holds();
}

#[test]
fn d13_what_is_written_without_shipping_begins_a_new_chain() {
    let mut bench = Bench::new(41);
    let store = bench.open();
    bench.step(&store);
    store.ship().unwrap();
    store.stop();
    let alone = Store::open(bench.data.path(), settings(Some(&bench.disk))).unwrap();
    bench.script.group(&alone, &bench.disk);
    alone.stop();
    let store = bench.open();
    bench.step(&store);
    store.ship().unwrap();
    store.stop();
    assert_eq!(bench.spans().len(), 2);
    // The copy of the second chain was made after the first commit of this life.
    bench.moments.remove(0);
    bench.holds();
}

#[test]
fn d13_two_records_do_not_share_a_second_place() {
    let mut bench = Bench::new(91);
    let store = bench.open();
    bench.step(&store);
    assert_eq!(store.ship().unwrap().owed, None);
    let second = plant(&Tree::new());
    let mut other = Bench::on(Folder::new().unwrap(), second, 92, NOW.0);
    other.second = std::mem::replace(&mut bench.second, other.second);
    let beside = other.open();
    let problem = beside.ship().unwrap().problem.unwrap();
    assert!(problem.contains("another record is shipped to this folder. Give each its own"), "{problem}");
    store.stop();
    assert_eq!(beside.ship().unwrap().problem, None);
    beside.stop();
}

#[test]
fn d13_a_copy_that_is_made_under_writing_is_whole() {
    let mut bench = Bench::new(51);
    let store = bench.open();
    for _ in 0..30 {
        bench.step(&store);
    }
    let (begun, copied) = (Arc::new(Mutex::new(Vec::new())), bench.clock.clone());
    let (told, writer, disk) = (begun.clone(), store.clone(), bench.disk.clone());
    let mut script = Script::new(52);
    bench.hook(move |step| {
        if ["begin a copy", "write a part of a copy"].contains(&step) {
            for _ in 0..40 {
                copied.fetch_add(1_000_000, Ordering::Relaxed);
                script.group(&writer, &disk);
            }
            let at = Instant(copied.load(Ordering::Relaxed));
            told.lock().unwrap().push(Moment { at, sums: sums(&writer) });
        }
        Ok(())
    });
    assert_eq!(store.ship().unwrap().owed, None);
    bench.gone(false);
    let during = std::mem::take(&mut *begun.lock().unwrap());
    assert!(during.len() >= 2);
    bench.moments = vec![during.last().unwrap().clone()];
    bench.script = Script::new(53);
    for _ in 0..5 {
        bench.step(&store);
    }
    store.stop();
    bench.holds();
}

#[test]
fn d13_d05_a_bit_that_flips_in_the_second_place_is_named_and_changes_nothing_that_comes_back() {
    let mut bench = Bench::new(61);
    let mut store = bench.open();
    store.ship().unwrap();
    for n in 0..12 {
        bench.step(&store);
        store.ship().unwrap();
        if n == 5 {
            bench.later(3_600);
        }
        if n == 8 {
            store.stop();
            store = bench.open();
        }
    }
    store.stop();
    let whole = tree(bench.second.path());
    let mut random = Random::new(62);
    let names: Vec<_> =
        whole.keys().filter(|name| name.extension().is_some_and(|end| end != "lock")).collect();
    let mut came_back = 0;
    for n in 0..60 {
        let name = names[n % names.len()];
        let mut damaged = whole.clone();
        let bytes = damaged.get_mut(name).unwrap();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
        let second = plant(&damaged);
        let file = name.file_name().unwrap().to_str().unwrap();
        let said = match look_through(second.path(), &key(), &mut |_| {}) {
            Ok(spans) => spans.into_iter().flat_map(|span| [span.problem, span.torn]).flatten().collect(),
            Err(problem) => problem.to_string(),
        };
        assert!(said.contains(file) || said.contains("does not continue"), "byte {at} of {file}: {said}");
        for moment in [&bench.moments[1], &bench.moments[7], &bench.moments[11]] {
            match back(second.path(), Some(moment.at)) {
                Ok(found) => {
                    assert_eq!(found, moment.sums, "byte {at} of {file}");
                    came_back += 1;
                }
                Err(SecondProblem::Until { until, .. }) => {
                    assert!(until < moment.at);
                    back(second.path(), Some(until)).unwrap();
                }
                Err(_) => {}
            }
        }
    }
    assert!(came_back > 30, "{came_back}");
}

#[test]
fn d13_a_torn_end_is_told_and_everything_before_it_comes_back() {
    let mut bench = Bench::new(71);
    let store = bench.open();
    store.ship().unwrap();
    for _ in 0..4 {
        bench.step(&store);
        store.ship().unwrap();
    }
    let before = tree(bench.second.path());
    bench.step(&store);
    store.ship().unwrap();
    let whole = tree(bench.second.path());
    let last = whole.keys().rfind(|name| name.extension().is_some_and(|end| end == "log")).unwrap();
    let (short, long) = (before[last].len(), whole[last].len());
    for length in [short + 1, short + 5, (short + long) / 2, long - 1] {
        let mut torn = whole.clone();
        torn.get_mut(last).unwrap().truncate(length);
        let second = plant(&torn);
        let (known, wanted) = (&bench.moments[3], &bench.moments[4]);
        assert_eq!(back(second.path(), None).unwrap(), known.sums);
        assert_eq!(back(second.path(), Some(known.at)).unwrap(), known.sums);
        match back(second.path(), Some(wanted.at)) {
            Err(SecondProblem::Until { until, words }) => {
                assert_eq!(until, known.at);
                assert!(words.contains(last.file_name().unwrap().to_str().unwrap()), "{words}");
            }
            other => panic!("{other:?}"),
        }
    }
    store.stop();
}

#[test]
fn d13_what_no_moment_needs_any_more_goes() {
    let mut bench = Bench::new(81);
    let mut store = bench.open();
    store.ship().unwrap();
    for _ in 0..12 {
        bench.step(&store);
        store.ship().unwrap();
        bench.later(24 * 3_600);
        // Each start begins a file of the log.
        store.stop();
        store = bench.open();
        bench.step(&store);
        store.ship().unwrap();
    }
    let now = bench.clock.load(Ordering::Relaxed);
    store.stop();
    let spans = bench.spans();
    assert!((8..=10).contains(&spans[0].bases), "{spans:?}");
    let week = 7 * 24 * 3_600 * 1_000_000;
    assert!(spans[0].from.0 <= now - week && spans[0].from.0 > now - week - 3 * 24 * 3_600 * 1_000_000);
    bench.moments.retain(|moment| moment.at.0 >= now - week);
    bench.holds();
}
