//! `opor subscriptions`

use crate::clock;
use crate::config::Config;
use actions::Record;
use actions::record::machine;
use actions::subscriptions::{EndSubscription, Subscriptions};
use anyhow::Context as _;
use clap::Subcommand;
use clinical::directory::Directory;
use std::path::PathBuf;
use std::process::ExitCode;

/// Subscriptions of applications (docs/subscriptions.md): who is told what, and until when
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every one that is not over: id, state, whose, topic, address, end, events that wait, why calls fail
    List {
        /// Data folder; the server must be stopped
        #[arg(long)]
        data: PathBuf,
    },
    /// Call a receiver no more; what waits for it is forgotten
    End {
        /// Data folder; the server must be stopped
        #[arg(long)]
        data: PathBuf,
        /// Id of the Subscription
        #[arg(long)]
        id: String,
    },
}

/// List or end.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (What::List { data } | What::End { data, .. }) = &args.what;
    let config = Config::for_data(data.clone());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let done = turn(&record, &args.what);
    drop(record);
    store.stop();
    done.map(|()| ExitCode::SUCCESS)
}

fn turn(record: &Record, what: &What) -> anyhow::Result<()> {
    let context = machine("opor subscriptions", clock::now());
    match what {
        What::List { .. } => {
            for line in record.look(&context, Subscriptions)? {
                let until = line.end.map_or_else(String::new, |end| end.to_string());
                println!(
                    "{}\t{}\t{}\t{}\t{}\t{until}\t{}\t{}",
                    line.id, line.state, line.whose, line.topic, line.endpoint, line.waiting, line.said
                );
            }
        }
        What::End { id, .. } => {
            record.act(&context, EndSubscription { id: id.clone() })?;
            println!("{id} is ended");
        }
    }
    Ok(())
}
