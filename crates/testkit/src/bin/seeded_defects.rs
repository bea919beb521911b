//! Puts the defects of HAZARDS.md 4.2 in, one at a time, and runs the tests that must find each: they pass without it and
//! fail with it, or this fails.
//!
//! `./x defects [--from N] [--to M]`: those numbers of `Defect::ALL`, the first included, the last not.

#![expect(clippy::disallowed_methods, reason = "a campaign says how long it took")]

use defects::{Defect, VARIABLE};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use testkit::campaign::commit;
use testkit::defects::{Trial, build, trials};
use testkit::patience::until;
use testkit::safety::{defects_of, tests_of};
use testkit::sources::{all, workspace_root};

/// A test that has not ended by then is ended: with a defect in, some wait for what never comes.
const LONGEST: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    let began = Instant::now();
    match range().and_then(|(from, to)| campaign(from, to).map(|outcome| (from, to, outcome))) {
        Ok((from, to, (ran, failures))) => {
            let (seconds, commit) = (began.elapsed().as_secs(), commit());
            println!(
                "campaign defects from={from} to={to} ran={ran} failures={failures} seconds={seconds} commit={commit}"
            );
            if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn range() -> Result<(usize, usize), String> {
    let (mut from, mut to) = (0, Defect::ALL.len());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|number| number.parse().ok());
        match (word.as_str(), number) {
            ("--from", Some(number)) => from = number,
            ("--to", Some(number)) => to = Defect::ALL.len().min(number),
            _ => return Err("usage: ./x defects [--from N] [--to M]".to_owned()),
        }
    }
    if from < to { Ok((from, to)) } else { Err(format!("there is no defect from {from} to {to}")) }
}

/// Runs the trials of these defects; how many, and how many did not end as they must.
fn campaign(from: usize, to: usize) -> Result<(usize, usize), String> {
    let sources = all();
    let (rows, tests) = (defects_of(&sources)?, tests_of(&sources));
    let programs = programs(&trials(&Defect::ALL, &rows, &tests)?)?;
    let trials = trials(&Defect::ALL[from..to], &rows, &tests)?;
    let mut failures = 0;
    println!("{:<28} {:<8} {:<8} test", "defect", "without", "with it");
    for trial in &trials {
        let program = programs
            .get(&(trial.krate.clone(), trial.target.clone()))
            .ok_or_else(|| format!("cargo built no tests for {trial:?}"))?;
        let name = program.name_of(&trial.test)?;
        let (without, with) = (program.run(&name, None)?, program.run(&name, Some(trial.defect))?);
        println!("{:<28} {:<8} {:<8} {}", trial.defect.to_string(), without.word(), with.word(), trial.test);
        if without != Ended::Passed || with == Ended::Passed {
            failures += 1;
            println!(
                "  not as it must be; again: cd {} && {VARIABLE}={} {} --exact {name}",
                program.folder.display(),
                trial.defect,
                program.path.display()
            );
        }
    }
    Ok((trials.len(), failures))
}

/// The programs of the tests, by crate and target.
fn programs(trials: &[Trial]) -> Result<BTreeMap<(String, Option<String>), Program>, String> {
    let output = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args(build(trials))
        .current_dir(workspace_root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if !output.status.success() {
        return Err("the tests with their defects could not be built; cargo's messages are above".to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let built = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(built.filter_map(|artifact| Program::of(&artifact)).collect())
}

/// The program of some tests.
struct Program {
    path: PathBuf,
    /// The crate's own folder, where tests run.
    folder: PathBuf,
}

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Passed,
    Failed,
    /// It was ended.
    Never,
}

impl Ended {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passes",
            Self::Failed => "fails",
            Self::Never => "no end",
        }
    }
}

impl Program {
    fn of(artifact: &Value) -> Option<((String, Option<String>), Self)> {
        let path = artifact["executable"].as_str()?.into();
        let folder = Path::new(artifact["manifest_path"].as_str()?).parent()?.to_path_buf();
        let krate = folder.file_name()?.to_str()?.to_owned();
        let is_test = artifact["target"]["kind"][0] == "test";
        let target = is_test.then(|| artifact["target"]["name"].as_str().map(str::to_owned)).flatten();
        Some(((krate, target), Self { path, folder }))
    }

    /// The name with its modules.
    fn name_of(&self, test: &str) -> Result<String, String> {
        let output = Command::new(&self.path).args(["--list", "--format=terse"]).output();
        let output = output.map_err(|error| format!("{}: {error}", self.path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        let found = names.find(|name| name.rsplit("::").next() == Some(test));
        found.map(str::to_owned).ok_or_else(|| format!("{} has no test {test}", self.path.display()))
    }

    fn run(&self, name: &str, defect: Option<Defect>) -> Result<Ended, String> {
        let log = std::env::temp_dir().join(format!("opor-defect-{}.log", std::process::id()));
        let file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let also = file.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new(&self.path);
        // What a defect makes of generated cases is nothing to remember beside the tests.
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        command
            .args(["--exact", name])
            .current_dir(&self.folder)
            .env_remove(VARIABLE)
            .stdout(file)
            .stderr(also);
        if let Some(defect) = defect {
            command.env(VARIABLE, defect.to_string());
        }
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.path.display()))?;
        let mut status = None;
        until(LONGEST, || {
            status = child.try_wait().ok().flatten();
            status.is_some()
        });
        let ended = match status {
            Some(status) if status.success() => Ended::Passed,
            Some(_) => Ended::Failed,
            None => {
                let _ = child.kill();
                let _ = child.wait();
                Ended::Never
            }
        };
        if defect.is_none() && ended != Ended::Passed {
            println!("{}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        let _ = std::fs::remove_file(&log);
        Ok(ended)
    }
}
