//! The long form of `tests/targets.rs`: one target or all of them over a range of numbers.
//!
//! `cargo run --release -p fuzz --example campaign -- [TARGET…] --from N --to M [--beside FOLDER]`
//!
//! `--beside` adds the files of a folder to what is kept (`../shared/data`); a replay then needs it too. What breaks
//! something is written to `target/fuzz/TARGET/`; with its cause mended it belongs into `crates/fuzz/corpus/TARGET/`.

use fuzz::{Failure, LONGEST_BYTES, TARGETS, Target, from_folder, input, kept, run};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// A stack as small as the threads of the server have.
const STACK_BYTES: usize = 2 << 20;

struct Asked {
    targets: Vec<&'static Target>,
    from: u64,
    to: u64,
    beside: Option<PathBuf>,
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { targets: Vec::new(), from: 0, to: 10_000, beside: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--from" => asked.from = number(value()?)?,
            "--to" => asked.to = number(value()?)?,
            "--beside" => asked.beside = Some(PathBuf::from(value()?)),
            name => {
                let known = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
                let found = TARGETS.iter().find(|target| target.name == name);
                asked.targets.push(found.ok_or_else(|| format!("no target {name}; there are: {}", known()))?);
            }
        }
    }
    if asked.targets.is_empty() {
        asked.targets = TARGETS.iter().collect();
    }
    Ok(asked)
}

fn commit() -> String {
    let said = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    said.map_or_else(|_| "unknown".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn failed(target: &Target, failures: &[Failure], commit: &str) -> std::io::Result<()> {
    let folder = Path::new("target/fuzz").join(target.name);
    std::fs::create_dir_all(&folder)?;
    for (n, failure) in failures.iter().enumerate() {
        let name = failure.number.map_or_else(|| format!("kept-{n}"), |number| number.to_string());
        let path = folder.join(name);
        std::fs::write(&path, &failure.input)?;
        println!("{} at {commit}, {}: {}", target.name, path.display(), failure.said);
        if let Some(number) = failure.number {
            let next = number + 1;
            println!(
                "  again: cargo run -p fuzz --example campaign -- {} --from {number} --to {next}",
                target.name
            );
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "how long it took is told, nothing depends on it")]
fn main() -> ExitCode {
    let asked = match asked() {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let (commit, begun) = (commit(), std::time::Instant::now());
    // Read behind an abort (a stack that is too deep): the last line names target and number.
    let trace = Path::new("target/fuzz/now");
    let (mut ran, mut broken) = (0, 0);
    for target in asked.targets {
        let mut kept = kept(target);
        if let Some(folder) = &asked.beside {
            let beside = from_folder(folder, &[".hl7", ".json", ".xml", ".csv", ".txt", ".tsv"]);
            kept.extend(beside.into_iter().filter(|file| file.len() <= LONGEST_BYTES));
        }
        let (from, to) = (asked.from, asked.to);
        let trace = std::fs::create_dir_all("target/fuzz").and_then(|()| std::fs::File::create(trace));
        // One number alone is a replay: its input is written down first, in case it ends the process.
        if from.checked_add(1) == Some(to) {
            let folder = Path::new("target/fuzz").join(target.name);
            let written = std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(folder.join(from.to_string()), input(target, &kept, from)));
            if let Err(why) = written {
                eprintln!("the input could not be written: {why}");
            }
        }
        let body = move || {
            run(target, &kept, (from, to), |number| {
                if let Ok(trace) = &trace {
                    let _ = trace.write_all_at(format!("{} {number:<20}\n", target.name).as_bytes(), 0);
                }
            })
        };
        let began = std::time::Instant::now();
        let run = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(body);
        let Some(failures) = run.ok().and_then(|thread| thread.join().ok()) else {
            println!("{} ended by itself; target/fuzz/now names the number", target.name);
            broken += 1;
            continue;
        };
        ran += to.saturating_sub(from);
        broken += failures.len();
        if let Err(why) = failed(target, &failures, &commit) {
            eprintln!("what broke {} could not be written: {why}", target.name);
        }
        println!("{}: {} failures, {:.1} s", target.name, failures.len(), began.elapsed().as_secs_f64());
        let _ = std::io::stdout().flush();
    }
    println!(
        "campaign fuzz from={} to={} ran={ran} failures={broken} seconds={} commit={commit}",
        asked.from,
        asked.to,
        begun.elapsed().as_secs()
    );
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
