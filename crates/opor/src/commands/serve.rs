//! `opor serve`

use crate::config::{self, Config};
use crate::running;
use std::path::PathBuf;
use std::process::ExitCode;

/// Serve a record
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; made when it does not exist
    #[arg(long, required_unless_present = "config")]
    data: Option<PathBuf>,
    /// PostgreSQL that keeps the record, postgres://USER@HOST:PORT/DATABASE; the data folder when left out
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Settings file
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
    /// Portal and FHIR, HOST:PORT (port 0 = any)
    #[arg(long)]
    http: Option<String>,
    /// MLLP, HOST:PORT (port 0 = any)
    #[arg(long)]
    mllp: Option<String>,
    /// Provider directory (TOML)
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Let personas sign in without proof: demo and practice only
    #[arg(long)]
    demo: bool,
}

impl Args {
    fn config(self) -> anyhow::Result<Config> {
        let mut config = match (&self.config, &self.data) {
            (Some(path), _) => Config::read(path)?,
            (None, Some(data)) => Config::for_data(data.clone()),
            (None, None) => anyhow::bail!("give --data DIR or --config FILE"),
        }
        .overlay()?;
        // What is said on the command line wins over the environment, and that over the file.
        if let Some(data) = self.data {
            config.data = data;
        }
        if let Some(http) = self.http {
            config.http = config::address("--http", &http)?;
        }
        if let Some(mllp) = self.mllp {
            config.mllp = config::address("--mllp", &mllp)?;
        }
        config.store = self.store.or(config.store);
        config.directory = self.directory.or(config.directory);
        config.demo |= self.demo;
        Ok(config)
    }
}

/// Run until interrupted.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = args.config()?;
    running::runtime()?.block_on(async {
        let mut interrupts = running::Interrupts::new()?;
        let personas = if config.demo { super::demo::personas() } else { Vec::new() };
        let running = tokio::select! {
            running = running::start(&config, personas) => running?,
            // Before it serves anything of its own there is nothing to bring to an end.
            () = interrupts.heard() => {
                println!("stopped");
                return Ok(ExitCode::SUCCESS);
            }
        };
        let operations =
            running.operations.map(|address| format!(" operations={address}")).unwrap_or_default();
        println!("listening http={} mllp={}{operations}", running.http, running.mllp);
        interrupts.heard().await;
        running.stop().await?;
        println!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}
