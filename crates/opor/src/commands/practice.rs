//! `opor practice`

use super::demo;
use crate::config::{HTTP, MLLP};
use crate::practice_copy::parity::compare;
use crate::practice_copy::{PRACTICE_FILE, State};
use crate::{clock, running};
use actions::practice_copy::{MARK_IN_BOTH, Parity, always_differs};
use anyhow::{Context as _, bail};
use fhir::Instant;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A practice copy: the same program with a live record's configuration, and invented people
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Settings file or data folder of the live record; for the first start
    #[arg(long, value_name = "DIR|FILE")]
    like: Option<PathBuf>,
    /// Data folder of the practice copy; a second start with the same one goes on
    #[arg(long)]
    data: PathBuf,
    /// Portal and FHIR, HOST:PORT (port 0 = any)
    #[arg(long, default_value = HTTP)]
    http: String,
    /// MLLP, HOST:PORT (port 0 = any)
    #[arg(long, default_value = MLLP)]
    mllp: String,
    /// People in it
    #[arg(long, default_value_t = 500)]
    people: usize,
    /// Days of history fed at the start
    #[arg(long, default_value_t = 10)]
    days: u32,
    /// Seed of the people
    #[arg(long, default_value_t = 1867)]
    seed: u64,
    /// Begin anew with the configuration that live has now; what was practised goes
    #[arg(long)]
    fresh: bool,
    /// Feed one day, print the census, stop
    #[arg(long)]
    once: bool,
    /// Say whether it is still as live is, and stop; exit 1 when it is not
    #[arg(long, conflicts_with_all = ["like", "fresh", "once"])]
    check: bool,
}

/// Run until interrupted, or compare.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.check {
        return check(&args.data);
    }
    let known = if args.fresh { None } else { State::read(&args.data)? };
    let state = match (known, &args.like) {
        (Some(state), Some(like)) if std::fs::canonicalize(like).ok().as_ref() != Some(&state.like) => bail!(
            "{} is like {}, and --like names another record. Leave --like out, or begin anew with --fresh",
            args.data.display(),
            state.like.display()
        ),
        (Some(state), _) => state,
        (None, like) => {
            let like = like.clone().or(former(&args)?);
            let like =
                like.context("--like is missing: name the settings file or data folder of the live record")?;
            clear(&args.data)?;
            State::begin(&like, &args.data)?
        }
    };
    println!("{MARK_IN_BOTH}");
    println!("like {}", state.like.display());
    let (people, days, seed) = (args.people, args.days, args.seed);
    let args =
        demo::Args { data: args.data, http: args.http, mllp: args.mllp, people, days, seed, once: args.once };
    running::runtime()?.block_on(demo::province(args, Some(state)))
}

/// What a copy that begins anew was like.
fn former(args: &Args) -> anyhow::Result<Option<PathBuf>> {
    Ok(State::read(&args.data)?.map(|state| state.like))
}

/// Takes away a former copy, and nothing else.
fn clear(data: &Path) -> anyhow::Result<()> {
    if data.join(PRACTICE_FILE).exists() {
        std::fs::remove_dir_all(data).with_context(|| format!("cannot remove {}", data.display()))?;
    }
    Ok(())
}

fn check(data: &Path) -> anyhow::Result<ExitCode> {
    let parity = compare(data, &Parity::default(), clock::now())?;
    if let Some(why) = &parity.unread {
        bail!("live could not be compared: {why}");
    }
    println!("version      {}", parity.version);
    println!("fingerprint  {}", parity.fingerprint);
    for one in &parity.unlike {
        for what in &one.what {
            println!("unlike       {}: {what}, seen since {}", one.part.en, minute(one.since));
        }
    }
    for line in always_differs() {
        println!("always       {}", line.en);
    }
    if parity.is_alike() {
        println!("as live is");
        return Ok(ExitCode::SUCCESS);
    }
    println!("unlike live; opor practice --fresh --data {} begins anew as live is now", data.display());
    Ok(ExitCode::FAILURE)
}

/// A time to the minute, UTC.
fn minute(at: Instant) -> String {
    at.to_string().chars().take("2026-11-22T14:05".len()).collect::<String>() + "Z"
}
