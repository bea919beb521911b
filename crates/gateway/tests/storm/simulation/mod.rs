//! A storm: two senders, a server that dies and is started again, five clinics, a network, a disk and a clock, all of
//! them drawn from one seed (HAZARDS 2.4 D9, D6). First the weather is bad, then it is calm and everything must come to
//! an end. What was accepted, stored and delivered is told by the ledgers of senders and clinics.
//!
//! The record, its interpreter, its intake and its deliveries are the product's own. The same seed has the same course.

mod clinics;
mod draws;
mod faults;
mod judge;
mod messages;
mod net;
mod people;
mod senders;
mod sky;
mod turns;

use actions::Record;
use actions::intake::{Clock, Door, Interpreter};
use actions::reconcilers::Reconcilers;
use clinical::directory::Directory;
use clinical::obligations::PAUSE_MOST_SECONDS;
use clinics::{Clinic, Ledger, Net};
use draws::Draws;
use faults::Disk;
use gateway::delivery::{Engine, Patience};
use gateway::mllp::Intake;
use messages::{CLINICS, PROVIDERS, SENDERS};
use net::Place;
use people::People;
use senders::Sender;
use sha2::{Digest as _, Sha256};
use sky::Sky;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Link, LinkId, Settings, Store};
use tokio::io::DuplexStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use turns::{Served, Turns, locked};

const SECOND: u64 = 1_000_000;
/// Server lives in bad weather, at most.
const LIVES_MOST: usize = 3;
/// How often overdue work is looked for. Every second in the product; here virtual time is dear.
const RECONCILE_EVERY: Duration = Duration::from_secs(20);
/// How often the books are counted.
const CENSUS_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether everything has come to its end.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What is pending when calm comes drains within so long after the last pause that had begun by then.
const DRAINS_SECONDS: i64 = 60;
/// What a clinic was silent about before calm, and is waited for still, has its pause by then.
const UNDER_WAY_SECONDS: u64 = 60;
/// The longest pause between two offers to a receiver that is down, after which it is asked again.
const PAUSE_SECONDS: i64 = 60;

/// What happened, in order.
#[derive(Default)]
pub(crate) struct Trace {
    lines: Mutex<Vec<String>>,
    turns: Arc<Turns>,
}

impl Trace {
    fn say(&self, who: &str, what: &str) {
        let at = self.turns.now() / 1_000;
        locked(&self.lines).push(format!("{:>9}.{:03} {who:<9} {what}", at / 1_000, at % 1_000));
    }
}

/// What came of a storm.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What must not be, in words; nothing when all is well.
    pub(crate) broken: Vec<String>,
    /// What happened, in order.
    pub(crate) trace: Vec<String>,
    /// Server lives.
    pub(crate) lives: usize,
    /// Messages that were accepted.
    pub(crate) accepted: usize,
    /// Offers that clinics saw, and what they stored of it.
    pub(crate) offers: usize,
    /// Stored by clinics.
    pub(crate) stored: usize,
    /// Virtual seconds from calm to the end.
    pub(crate) drained: u64,
}

impl Outcome {
    /// The trace in 8 bytes.
    pub(crate) fn digest(&self) -> String {
        let digest = Sha256::digest(self.trace.join("\n"));
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The commit that is tried; empty where there is no repository.
pub(crate) fn commit() -> String {
    let said = std::process::Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    said.map_or_else(|_| String::new(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// How a storm failed, and how it is repeated.
pub(crate) fn failed(seed: u64, outcome: &Outcome) -> String {
    format!(
        "storm: seed {seed}, commit {}, course {}\n  {}\nrepeat: cargo run -p gateway --example storm -- --from {seed} --to {} --trace",
        commit(),
        outcome.digest(),
        outcome.broken.join("\n  "),
        seed + 1
    )
}

/// What senders connect to: the server that lives now, if one does.
#[derive(Default)]
pub(crate) struct Doors {
    open: Mutex<Option<Arc<Open>>>,
    trace: Arc<Trace>,
}

struct Open {
    record: Record,
    clock: Clock,
    stop: watch::Receiver<bool>,
    lives: watch::Receiver<bool>,
    conversations: Mutex<JoinSet<()>>,
}

impl Doors {
    /// A line to the listener of a link.
    ///
    /// # Errors
    /// Nobody listens, or the network.
    pub(crate) async fn connect(&self, link: &str, place: &Arc<Place>) -> io::Result<DuplexStream> {
        let open = locked(&self.open).clone().ok_or(io::ErrorKind::ConnectionRefused)?;
        let (ours, theirs) = place.line(&open.lives).await?;
        let mut intake = Intake::new(open.record.clone(), Arc::clone(&open.clock));
        intake.door = Door::Link(link.to_owned());
        let stop = open.stop.clone();
        locked(&open.conversations).spawn(async move {
            // Whatever ends a line is the sender's or the network's way.
            drop(intake.converse(&intake.door, theirs, stop).await);
        });
        Ok(ours)
    }
}

/// A place where storms happen, one after the other.
pub(crate) struct Sea {
    folder: PathBuf,
    directory: Directory,
}

impl Sea {
    /// In a folder that is there, with an empty record in it.
    pub(crate) fn new(folder: &Path) -> Self {
        let (template, record) = (folder.join("empty"), folder.join("record"));
        for one in [&template, &record] {
            std::fs::create_dir_all(one).expect("a folder");
        }
        let store = Store::open(&template, Settings::new(Arc::new(|| 0))).expect("a store");
        for name in SENDERS {
            let link = store.link(name, || Link {
                id: LinkId(0),
                name: String::new(),
                default_authority: name.into(),
                time_zone: "America/Halifax".into(),
                custodian: name.into(),
                owner: "desk:interface".into(),
            });
            link.expect("a link");
        }
        store.stop();
        Self { folder: folder.to_owned(), directory: directory() }
    }

    fn record(&self) -> PathBuf {
        self.folder.join("record")
    }

    /// Everything is as on the first day. The file stays the same one: the store never lets go of a file that it synced.
    fn begin_anew(&self) {
        for entry in std::fs::read_dir(self.record()).expect("a folder").flatten() {
            if entry.file_name() != store::DATABASE_FILE {
                drop(std::fs::remove_file(entry.path()));
            }
        }
        let from = self.folder.join("empty").join(store::DATABASE_FILE);
        std::fs::copy(from, self.record().join(store::DATABASE_FILE)).expect("a copy");
    }

    /// One storm.
    pub(crate) fn storm(&self, seed: u64) -> Outcome {
        self.storm_with(seed, |_| {})
    }

    /// The same, with the ledgers of clinics changed before they are judged by.
    pub(crate) fn storm_with(&self, seed: u64, tamper: fn(&mut Ledger)) -> Outcome {
        self.begin_anew();
        let turns = Arc::new(Turns::default());
        let runtime = turns.runtime();
        let storm = Storm { tamper, ..Storm::drawn(self, seed, &turns) };
        let outcome = runtime.block_on(storm.run());
        drop(runtime);
        outcome
    }
}

/// Five clinics with a system and a practitioner each.
fn directory() -> Directory {
    let clinic = |n: usize| {
        format!(
            "[[place]]\nid = \"place-{n}\"\nname = \"Clinic {n}\"\nkind = \"clinic\"\n\
             [[endpoint]]\nid = \"clinic-{n}\"\nplace = \"place-{n}\"\nkind = \"mllp\"\naddress = \"127.0.0.1:9\"\n\
             connections = {}\n\
             [[practitioner]]\nid = \"p-{n}\"\nfamily = \"Clinic{n}\"\ngiven = \"Ana\"\n\
             numbers = [{{ authority = \"{PROVIDERS}\", value = \"{}\" }}]\n\
             [[role]]\npractitioner = \"p-{n}\"\nplace = \"place-{n}\"\nrole = \"family-physician\"\n\
             endpoint = \"clinic-{n}\"\nprimary = true\nfrom = \"2020-01-01\"\n",
            1 + n % 3,
            7000 + n
        )
    };
    let text: String = (0..CLINICS).map(clinic).collect();
    Directory::from_toml(&text).expect("a directory")
}

struct Storm<'s> {
    sea: &'s Sea,
    seed: u64,
    turns: Arc<Turns>,
    trace: Arc<Trace>,
    sky: Arc<Sky>,
    /// When the weather is calm, in microseconds of virtual time.
    calm: u64,
    doors: Arc<Doors>,
    senders: Vec<Arc<Sender>>,
    clinics: Vec<Arc<Clinic>>,
    broken: Arc<Mutex<Vec<String>>>,
    lives: usize,
    tamper: fn(&mut Ledger),
}

impl<'s> Storm<'s> {
    fn drawn(sea: &'s Sea, seed: u64, turns: &Arc<Turns>) -> Self {
        let mut draws = Draws::of(seed, "storm");
        let calm = *draws.pick(&[30, 60, 120, 300]) * SECOND;
        let trace = Arc::new(Trace { turns: Arc::clone(turns), ..Trace::default() });
        let place = |of: &str| Place::drawn(turns, Draws::of(seed, &format!("net {of}")), calm);
        let senders = SENDERS.iter().enumerate().map(|(n, link)| {
            let script = messages::script(n, &mut Draws::of(seed, &format!("script {link}")));
            Sender::new(link, script, place(link))
        });
        let clinics = (0..CLINICS).map(|n| {
            let draws = Draws::of(seed, &format!("clinic {n}"));
            Clinic::drawn(n, turns, &trace, place(&format!("clinic {n}")), draws, calm)
        });
        let sky = Arc::new(Sky::drawn(&mut Draws::of(seed, "sky"), calm));
        Self {
            sea,
            seed,
            senders: senders.collect(),
            clinics: clinics.collect(),
            turns: Arc::clone(turns),
            doors: Arc::new(Doors { trace: Arc::clone(&trace), ..Doors::default() }),
            trace,
            sky,
            calm,
            broken: Arc::default(),
            lives: 0,
            tamper: |_| {},
        }
    }

    fn clock(&self) -> Clock {
        let (turns, sky) = (Arc::clone(&self.turns), Arc::clone(&self.sky));
        Arc::new(move || sky.at(turns.now()))
    }

    fn is_calm(&self) -> bool {
        self.turns.now() >= self.calm
    }

    async fn run(mut self) -> Outcome {
        self.trace.say("sky", &self.sky.words());
        let mut saying = JoinSet::new();
        for sender in &self.senders {
            let draws = Draws::of(self.seed, &format!("sender {}", sender.link));
            let (doors, turns) = (Arc::clone(&self.doors), Arc::clone(&self.turns));
            saying.spawn(Arc::clone(sender).run(doors, turns, self.calm, draws));
        }
        let mut draws = Draws::of(self.seed, "lives");
        let mut outcome = Outcome::default();
        loop {
            let life = self.begin(&mut draws);
            let ended = self.live(&life, &mut draws).await;
            if let Ended::Drained { seconds } = ended {
                outcome.drained = seconds;
                self.clinics.iter().for_each(|clinic| (self.tamper)(&mut locked(&clinic.ledger)));
                judge::judge(&life.store, &self.senders, &self.clinics, &self.clock(), &mut outcome);
            }
            self.end(life, &ended).await;
            match ended {
                Ended::Drained { .. } | Ended::NotDrained => break,
                Ended::Died | Ended::Stopped => sleep(Duration::from_secs(draws.below(40))).await,
            }
        }
        saying.shutdown().await;
        outcome.lives = self.lives;
        outcome.broken.append(&mut locked(&self.broken));
        outcome.trace = std::mem::take(&mut *locked(&self.trace.lines));
        outcome
    }

    /// Starts a server over the folder.
    fn begin(&mut self, draws: &mut Draws) -> Life {
        self.lives += 1;
        let (lives, living) = watch::channel(true);
        let (stop, stopped) = watch::channel(false);
        // Bad weather ends: a server that has died often enough has a sound disk.
        let calm = if self.lives > LIVES_MOST { 0 } else { self.calm };
        let disk = Arc::new(Disk::drawn(&self.turns, draws, calm, lives.clone()));
        self.trace.say("server", &format!("life {}, disk: {}", self.lives, disk.words()));
        let ticking = Arc::clone(&self.turns);
        let settings = Settings { faults: Some(disk), ..Settings::new(Arc::new(move || ticking.ticks())) };
        let opened = self.turns.beside_writer(|| Store::open(&self.sea.record(), settings.clone()));
        let store = opened.expect("the record is opened again");
        // One that writes is enough: whoever comes second is told so.
        if Store::open(&self.sea.record(), settings).is_ok() {
            locked(&self.broken).push("two processes write in one folder".to_owned());
        }
        let (directory, clock) = (self.sea.directory.clone(), self.clock());
        let record = self.turns.beside_writer(|| Record::new(store.clone(), directory, Vec::new()));
        let interpreter = Interpreter::by_turns(record.clone(), Arc::clone(&clock));
        self.turns.serve(Some(Served { store: store.clone(), interpreter }));
        let engine = Engine {
            record: record.clone(),
            clock: Arc::clone(&clock),
            patience: Patience::default(),
            dial: Arc::new(Net { clinics: self.clinics.clone(), lives: living.clone() }),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(engine.run(stopped.clone()));
        tasks.spawn(reconcile(
            record.clone(),
            Arc::clone(&clock),
            Arc::clone(&self.turns),
            self.calm,
            stopped.clone(),
        ));
        tasks.spawn(count(store.clone(), Arc::clone(&clock), Arc::clone(&self.broken), stopped.clone()));
        let left = Duration::from_micros(self.calm.saturating_sub(self.turns.now()));
        tasks.spawn(People::of(self, record.clone(), store.clone()).work(left, stopped.clone()));
        *locked(&self.doors.open) = Some(Arc::new(Open {
            record,
            clock,
            stop: stopped,
            lives: living.clone(),
            conversations: Mutex::default(),
        }));
        Life { store, lives, living, stop, tasks }
    }

    /// Lives until the process dies, is stopped, or everything has come to its end in calm weather.
    async fn live(&self, life: &Life, draws: &mut Draws) -> Ended {
        let mut living = life.living.clone();
        let left = Duration::from_micros(self.calm.saturating_sub(self.turns.now()));
        let stops = self.lives < LIVES_MOST && draws.chance(20);
        let until = if stops { left.mul_f64(draws.below(100) as f64 / 100.0) } else { left };
        if timeout(until, living.wait_for(|&lives| !lives)).await.is_ok() {
            return Ended::Died;
        }
        if !self.is_calm() {
            return Ended::Stopped;
        }
        self.drain(life).await
    }

    async fn drain(&self, life: &Life) -> Ended {
        self.trace.say("sky", "calm");
        let clock = self.clock();
        let began = self.turns.now();
        let mut until: Option<u64> = None;
        loop {
            let (store, now) = (life.store.clone(), clock());
            let said = self.senders.iter().all(|sender| sender.is_done());
            let looked =
                tokio::task::spawn_blocking(move || judge::pending(&store, now)).await.expect("a look");
            let passed = (self.turns.now() - began) / SECOND;
            if said && looked.is_empty() {
                return Ended::Drained { seconds: passed };
            }
            if said && passed >= UNDER_WAY_SECONDS {
                let most = DRAINS_SECONDS + PAUSE_SECONDS;
                let until = *until
                    .get_or_insert_with(|| passed + (looked.longest_pause(PAUSE_MOST_SECONDS) + most) as u64);
                if passed > until {
                    let mut broken = locked(&self.broken);
                    broken.push(format!("{passed} s after calm not everything has come to its end:"));
                    broken.extend(looked.words());
                    return Ended::NotDrained;
                }
            }
            if passed > 3 * 3600 {
                locked(&self.broken).push("a sender has no answer hours after calm".to_owned());
                return Ended::NotDrained;
            }
            // What waits for long is looked at more rarely.
            sleep(LOOK_EVERY.max(Duration::from_secs(passed / 10))).await;
        }
    }

    async fn end(&self, life: Life, ended: &Ended) {
        self.trace.say("server", &format!("{ended:?}"));
        let Life { store, lives, living, stop, mut tasks } = life;
        let open = locked(&self.doors.open).take();
        // A process that ends says nothing more.
        lives.send_replace(false);
        drop(living);
        stop.send_replace(true);
        if let Some(open) = open {
            let mut conversations = std::mem::take(&mut *locked(&open.conversations));
            conversations.shutdown().await;
        }
        while tasks.join_next().await.is_some() {}
        self.turns.beside_writer(|| {
            store.stop();
            self.turns.serve(None);
            drop(store);
        });
    }
}

/// One life of the server.
struct Life {
    store: Store,
    lives: watch::Sender<bool>,
    living: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// How a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Of its disk.
    Died,
    /// Somebody stopped it.
    Stopped,
    /// Everything came to its end.
    Drained { seconds: u64 },
    /// Something did not.
    NotDrained,
}

/// What the record does by itself.
async fn reconcile(
    record: Record,
    clock: Clock,
    turns: Arc<Turns>,
    calm: u64,
    mut stop: watch::Receiver<bool>,
) {
    let mut reconcilers = Reconcilers::new(record, clock());
    loop {
        let every = if turns.now() < calm + CENSUS_EVERY.as_micros() as u64 {
            RECONCILE_EVERY
        } else {
            CENSUS_EVERY * 5
        };
        tokio::select! {
            biased;
            _ = stop.wait_for(|&stop| stop) => return,
            () = sleep(every) => {}
        }
        let now = clock();
        let round = tokio::task::spawn_blocking(move || {
            // What cannot be done now is done again.
            drop(reconcilers.round(now));
            reconcilers
        });
        reconcilers = round.await.expect("a round");
    }
}

/// The census difference is zero at every minute.
async fn count(store: Store, clock: Clock, broken: Arc<Mutex<Vec<String>>>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|&stop| stop) => return,
            () = sleep(CENSUS_EVERY) => {}
        }
        let (store, now) = (store.clone(), clock());
        let census = tokio::task::spawn_blocking(move || store.view().ok()?.census(now).ok()).await;
        if let Ok(Some(census)) = census
            && census.difference != 0
        {
            locked(&broken).push(format!("the books do not balance: {census:?}"));
        }
    }
}
