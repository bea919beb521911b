//! Crash states by the thousand: the run of a seed is remembered, the power is cut at each sync, and each state is opened
//! as ever and held against the ledger.

use crate::cut::{Cut, Platter};
use crate::disk::{Event, FaultDisk};
use crate::folder::{Files, Folder};
use crate::judge::{self, Promised};
use crate::random::Random;
use crate::script::{Length, Script};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::process::Command;

/// Failing states whose files are left for a look.
const LEFT_MOST: usize = 9;

/// Length of a run: the first life is long enough for the checkpoint thread, which looks every 32 groups.
pub const RUN: Length = Length { first: 38, second: 8 };

/// What a campaign has come to.
#[derive(Debug, Default)]
pub struct Report {
    /// Moments at which the power was cut.
    pub moments: usize,
    /// States that were tried, each another one.
    pub states: usize,
    /// What was wrong, with the moment and where the files of the state were left.
    pub failures: Vec<String>,
}

/// Tries crash states of the run of a seed, about `wanted` different ones, spread evenly over its syncs.
///
/// # Errors
/// When the machine cannot hold the files.
pub fn crash_states(seed: u64, wanted: usize) -> io::Result<Report> {
    tried(seed, wanted, &|_| true, true)
}

/// The same on a disk that forgets what `keeps` says no to: with its syncs it is a disk that lies, on which the campaign
/// must find that something is lost.
///
/// # Errors
/// When the machine cannot hold the files.
pub fn crash_states_where(seed: u64, wanted: usize, keeps: &dyn Fn(&Event) -> bool) -> io::Result<Report> {
    tried(seed, wanted, keeps, false)
}

fn tried(seed: u64, wanted: usize, keeps: &dyn Fn(&Event) -> bool, leaves_files: bool) -> io::Result<Report> {
    let disk = FaultDisk::new()?;
    let ran = Folder::new()?;
    disk.begin(true);
    let mut script = Script::new(seed);
    script.run(&disk, ran.path(), RUN);
    let mut events = disk.take();
    events.retain(keeps);
    let mut report = Report::default();
    if !script.ledger.refused.is_empty() {
        report.failures.push(format!("seed {seed}: the run itself was refused: {:?}", script.ledger.refused));
        return Ok(report);
    }
    let moments = events.iter().filter(|event| ends_a_moment(event)).count() + 1;
    report.moments = moments;
    let samples = wanted.div_ceil(moments);
    let opened = Folder::new()?;
    let mut trial = Trial {
        seed,
        moment: 0,
        opened,
        known: HashSet::new(),
        said: vec![false; script.ledger.steps.len()],
        script: &script,
        leaves_files,
        report: &mut report,
    };
    let mut platter = Platter::default();
    let mut random = Random::new(seed ^ 0xc0a5_7e5e);
    for event in &events {
        if ends_a_moment(event) {
            trial.at(&platter.cut(), samples, &mut random)?;
        }
        if let Event::Said(step) = event {
            trial.said[*step] = true;
        }
        platter.take(event);
    }
    trial.at(&platter.cut(), samples, &mut random)?;
    Ok(report)
}

/// What was written until then is on the disk after it: the moment before it has the most that may be missing.
fn ends_a_moment(event: &Event) -> bool {
    matches!(event, Event::Synced { .. } | Event::Gone { .. })
}

struct Trial<'a> {
    seed: u64,
    moment: usize,
    opened: Folder,
    known: HashSet<u64>,
    said: Vec<bool>,
    script: &'a Script,
    /// Whether the files of a state that failed are left for whoever looks into it.
    leaves_files: bool,
    report: &'a mut Report,
}

impl Trial<'_> {
    /// The states of one moment.
    fn at(&mut self, cut: &Cut, samples: usize, random: &mut Random) -> io::Result<()> {
        self.moment += 1;
        let mut failed = Ok(());
        cut.states(samples, random, &mut |files| {
            if failed.is_ok() && self.known.insert(digest(files)) {
                failed = self.state(files);
            }
        });
        failed
    }

    fn state(&mut self, files: &Files) -> io::Result<()> {
        self.report.states += 1;
        self.opened.put(files)?;
        let promised = Promised { script: self.script, said: &self.said, in_order: true };
        if let Err(wrong) = judge::holds(self.opened.path(), promised) {
            let kept = std::env::temp_dir().join(format!(
                "opor-crash-state-{}-{}-{}-{}",
                std::process::id(),
                self.seed,
                self.moment,
                self.report.states
            ));
            // Some are enough to look at: what breaks opening breaks all of them.
            let leaves = self.leaves_files && self.report.failures.len() < LEFT_MOST;
            if leaves {
                std::fs::create_dir_all(&kept)?;
            }
            for (name, bytes) in files.iter().filter(|_| leaves) {
                std::fs::write(kept.join(name), bytes)?;
            }
            self.report.failures.push(format!(
                "seed {} moment {} of {} state {}: {wrong:?}; its files are in {}",
                self.seed,
                self.moment,
                self.report.moments,
                self.report.states,
                kept.display()
            ));
        }
        Ok(())
    }
}

/// The seeds that a campaign was asked for: `--from N --to M`.
///
/// # Errors
/// What is missing.
pub fn range(arguments: impl Iterator<Item = String>) -> io::Result<(u64, u64)> {
    let arguments: Vec<String> = arguments.collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse().ok()
    };
    number("--from")
        .zip(number("--to"))
        .ok_or_else(|| io::Error::other("write --from N --to M, both numbers"))
}

/// The commit of the sources that run, as far as git knows it.
#[must_use]
pub fn commit() -> String {
    let asked = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.ok().filter(|commit| !commit.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

fn digest(files: &Files) -> u64 {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    hasher.finish()
}
