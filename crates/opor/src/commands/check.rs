//! `opor check`

use crate::clock;
use crate::config::Config;
use anyhow::Context as _;
use clinical::directory::Directory;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::process::ExitCode;

/// Resources whose search rows are compared with a scan.
const SAMPLE_RESOURCES: u64 = 2_000;

/// Settings, versions, integrity, index sample, books; exit 1 with what to do
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; a server may be running on it
    #[arg(long, required_unless_present = "config")]
    data: Option<PathBuf>,
    /// Settings file
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
}

impl Args {
    fn config(self) -> anyhow::Result<Config> {
        let mut config = match (&self.config, &self.data) {
            (Some(path), _) => Config::read(path)?,
            (None, Some(data)) => Config::for_data(data.clone()),
            (None, None) => anyhow::bail!("give --data DIR or --config FILE"),
        }
        .overlay()?;
        if let Some(data) = self.data {
            config.data = data;
        }
        Ok(config)
    }
}

/// Print the limits that hold.
pub(crate) fn limits(args: Args) -> anyhow::Result<ExitCode> {
    print!("{}", args.config()?.limits()?.text());
    Ok(ExitCode::SUCCESS)
}

/// Check everything.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = args.config()?;
    config.limits()?;
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    println!(
        "settings     readable; {} practitioners, {} endpoints",
        directory.practitioners().count(),
        directory.endpoints().count()
    );
    let cover = crate::cover::read(&config, clock::now())?;
    println!(
        "cover        {}",
        if cover.is_empty() {
            "no calendar: nobody is on call"
        } else {
            "every desk at every hour of the next 14 days"
        }
    );
    println!("versions     opor {}, {}", env!("CARGO_PKG_VERSION"), portal::typeface());
    let store = crate::place::open_read(&config.data)?;
    let report = examine(&store)?;
    println!(
        "integrity    {} messages, {} resource versions, {} audit rows, {} rows of obligations, deliveries and links \
         compared with their checksums",
        report.messages, report.versions, report.audit, report.owed
    );
    println!("index        {} resources compared with a scan", report.sampled);
    println!("books        {}", if report.census.balanced { "balance" } else { "DO NOT BALANCE" });
    for problem in &report.problems {
        println!("wrong: {problem}");
    }
    if report.is_sound() {
        println!("sound");
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} things are wrong. Stop the server, keep a copy of the data folder, restore the last backup and replay from the journal.",
        report.wrong
    );
    Ok(ExitCode::FAILURE)
}

/// Everything that can be checked of a record while it is served.
pub(crate) fn examine(store: &store::Store) -> anyhow::Result<store::CheckReport> {
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg} {pos}")?);
    let recompute = |_kind: fhir::Kind, body: &[u8]| match fhir::Document::parse(body.to_vec()) {
        Ok(document) => fhir::search::rows(document.kind(), document.value()),
        Err(_) => Vec::new(),
    };
    let report = store.view()?.check(&recompute, SAMPLE_RESOURCES, clock::now(), &mut |step, rows| {
        bar.set_message(step.to_owned());
        bar.set_position(rows);
    })?;
    bar.finish_and_clear();
    Ok(report)
}
