//! `opor retention`

use crate::clock;
use actions::retention::dry_run;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// The retention schedule and what is due under it; a privacy officer approves under Privacy desk in the portal
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; a server may be running on it
    #[arg(long)]
    data: PathBuf,
    /// Print what is due and change nothing
    #[arg(long, required_unless_present = "rewrite")]
    dry_run: bool,
    /// With the server stopped: write the database anew, so that nothing destroyed is left in free room of its pages
    #[arg(long, conflicts_with = "dry_run")]
    rewrite: bool,
}

/// Print what is due, or write the database anew.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.rewrite {
        crate::place::rewrite(&args.data).context("the database stays as it was")?;
        println!("written anew");
        return Ok(ExitCode::SUCCESS);
    }
    let store = crate::place::open_read(&args.data)?;
    for (rule, due) in dry_run(&store.view()?, clock::now())? {
        let (years, items) = match due {
            Some((before, items)) => {
                (format!("{} years", rule.years), format!("{items} due, before {before}"))
            }
            None => ("kept".to_owned(), "never due".to_owned()),
        };
        println!("{:<10} {years:<10} {items}; {}", rule.class, rule.name.0);
    }
    Ok(ExitCode::SUCCESS)
}
