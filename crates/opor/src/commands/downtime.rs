//! `opor downtime`

use crate::clock;
use crate::downtime::passphrase;
use actions::downtime::{LATE_MINUTES, sealing};
use anyhow::Context as _;
use portal::screens::downtime as screen;
use std::path::PathBuf;
use std::process::ExitCode;

/// What downtime copies say of themselves, and whether the passphrase opens them; exit 1 when one is late or closed
#[derive(clap::Args)]
pub(crate) struct Args {
    /// File with the passphrase of the place
    #[arg(long, value_name = "FILE")]
    passphrase: PathBuf,
    /// The copies
    #[arg(required = true, value_name = "COPY")]
    copies: Vec<PathBuf>,
}

/// Say it of each.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let secret = passphrase(&args.passphrase)?;
    let mut sound = true;
    for path in &args.copies {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let written = screen::read(&text)
            .with_context(|| format!("{} is no downtime copy, or not a whole one", path.display()))?;
        let sealed = screen::sealed(&text).context("the copy is not whole")?;
        let minutes = clock::now().seconds_since(written.made) / 60;
        let opens = sealing::open(&secret, written.head.as_bytes(), &sealed).is_some();
        sound &= opens && minutes <= LATE_MINUTES;
        println!(
            "{}: {}, made {}, {minutes} min old; {}",
            path.display(),
            written.name,
            written.made,
            if opens {
                "the passphrase opens it"
            } else {
                "the passphrase does not open it, or it was changed"
            }
        );
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
