//! `opor replay`

use crate::config::Config;
use crate::{Where, clock};
use actions::Record;
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use fhir::Instant;
use std::process::ExitCode;
use store::{MessageId, MessageState, Store};

/// Interpret kept or held messages again, the same way; prints what would change
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// One message, e.g. 3-1845
    #[arg(long, group = "which")]
    id: Option<String>,
    /// All messages of a link (with --since)
    #[arg(long, group = "which")]
    link: Option<String>,
    /// All messages that are held or kept
    #[arg(long, group = "which", value_parser = ["held", "kept"])]
    cause: Option<String>,
    /// Only messages received at or after this time (2026-11-22 or 2026-11-22T14:05Z)
    #[arg(long)]
    since: Option<String>,
    /// Print what would change and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Replay; exit 0 also when nothing changed.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Some(data) = args.place.data else {
        bail!("replay works on a data folder: stop the server and give --data DIR");
    };
    let config = Config::for_data(data);
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = Store::open(&config.data, store::Settings::new(clock::monotonic()))?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let since = match &args.since {
        Some(text) => {
            fhir::time::interval(text)
                .with_context(|| format!("--since {text}: write 2026-11-22 or 2026-11-22T14:05Z"))?
                .0
        }
        None => Instant(i64::MIN),
    };
    let messages = match (&args.id, &args.cause) {
        (Some(id), _) => vec![
            id.parse::<MessageId>()
                .map_err(|()| anyhow::anyhow!("--id {id}: write it as shown, e.g. 3-1845"))?,
        ],
        (None, cause) => {
            let state = match cause.as_deref() {
                Some("held") => Some(MessageState::Held),
                Some(_) => Some(MessageState::Kept),
                None => None,
            };
            record.messages_for_replay(args.link.as_deref(), since, state)?
        }
    };
    let mut changed = 0;
    for message in &messages {
        let replayed = record.replay(*message, args.dry_run, clock::now())?;
        if !replayed.is_nothing() {
            changed += 1;
            let verb = if args.dry_run { "would become" } else { "became" };
            println!(
                "{message}: {:?} {verb} {:?}; {} resource versions, {} deliveries",
                replayed.before, replayed.after, replayed.versions, replayed.deliveries
            );
        }
    }
    println!("{} messages replayed, {changed} with a change", messages.len());
    drop(record);
    store.stop();
    Ok(ExitCode::SUCCESS)
}
