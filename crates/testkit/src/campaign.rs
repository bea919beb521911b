//! The frame of a part of the full campaign (docs/campaign.md): a range of seeds from the command line, one closing line
//! that `./x campaign` keeps, and for a failure how to run it again.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// A part and the seeds it is asked to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    name: &'static str,
    seeds: Range<u64>,
}

impl Part {
    /// Reads `--from N --to M`; what is left out is as in `usual`.
    ///
    /// # Errors
    /// In words: what was said instead.
    pub fn asked(
        name: &'static str,
        usual: Range<u64>,
        words: impl Iterator<Item = String>,
    ) -> Result<Self, String> {
        let mut seeds = usual;
        let mut words = words;
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--from" => &mut seeds.start,
                "--to" => &mut seeds.end,
                other => return Err(format!("{other} is not known. Write {name} --from N --to M")),
            };
            let number = words.next().and_then(|text| text.parse().ok());
            *place = number.ok_or_else(|| format!("{word} wants a whole number after it"))?;
        }
        if seeds.is_empty() {
            return Err(format!("{} to {} is nothing to run", seeds.start, seeds.end));
        }
        Ok(Self { name, seeds })
    }

    /// Runs the seeds, so many together; a trial that panics has failed, and the others go on. `began` is when.
    pub fn run(&self, together: u64, began: Instant, trial: impl Fn(Range<u64>)) -> ExitCode {
        let (name, commit) = (self.name, commit());
        let (mut failures, mut ran) = (0_u64, 0);
        let mut from = self.seeds.start;
        while from < self.seeds.end {
            let to = from.saturating_add(together.max(1)).min(self.seeds.end);
            if catch_unwind(AssertUnwindSafe(|| trial(from..to))).is_err() {
                failures += 1;
                println!(
                    "failed: {name} {from} to {to} at commit {commit}; again: ./x campaign {name} {from} {to}"
                );
            }
            ran += to - from;
            from = to;
        }
        println!(
            "campaign {name} from={} to={} ran={ran} failures={failures} seconds={} commit={commit}",
            self.seeds.start,
            self.seeds.end,
            began.elapsed().as_secs()
        );
        ExitCode::from(u8::from(failures > 0))
    }
}

/// The commit that is checked out, with `+` when files differ from it; `unknown` outside a repository.
#[must_use]
pub fn commit() -> String {
    let root = crate::sources::workspace_root();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(&root).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    // The campaign writes its own results into the table.
    let changed = git(&["status", "--porcelain", "--", ".", ":!docs/campaign.md"]);
    if changed.is_some_and(|files| files.is_empty()) { commit } else { commit + "+" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn asked(words: &str) -> Result<Part, String> {
        Part::asked("kills", 0..100, words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_range_is_read_and_what_is_none_is_said() {
        assert_eq!(asked("").unwrap().seeds, 0..100);
        assert_eq!(asked("--to 7 --from 3").unwrap().seeds, 3..7);
        for (words, said) in [
            ("--seed 3", "--seed is not known"),
            ("--from x", "whole number"),
            ("--to", "whole number"),
            ("--from 100", "100 to 100 is nothing"),
        ] {
            assert!(asked(words).unwrap_err().contains(said), "{words}");
        }
    }

    #[test]
    fn every_seed_is_run_once_and_a_failure_stops_nothing() {
        let ran = Mutex::new(Vec::new());
        let part = asked("--from 3 --to 10").unwrap();
        #[expect(clippy::disallowed_methods, reason = "how long it took is not looked at here")]
        let code = part.run(3, Instant::now(), |seeds| {
            ran.lock().unwrap().push(seeds.clone());
            assert_ne!(seeds.start, 6, "the second of them fails");
        });
        assert_eq!(ran.into_inner().unwrap(), [3..6, 6..9, 9..10]);
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(1)));
    }
}
