//! `opor feeds`

use crate::config::Config;
use crate::{Where, clock};
use actions::Record;
use actions::feeds::{Pause, Resume, Wall};
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use std::process::ExitCode;

/// Pause a feed (its messages are kept and not filed), or let it go on; without either, a list
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// A bearer token, for --url; `opor token --data DIR --role laboratory-desk` makes one
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// Pause this feed
    #[arg(long, value_name = "LINK", conflicts_with = "resume", requires = "reason")]
    pause: Option<String>,
    /// Let this feed go on
    #[arg(long, value_name = "LINK", requires = "reason")]
    resume: Option<String>,
    /// Minutes until somebody must look again; a day at most
    #[arg(long, default_value_t = 60)]
    minutes: i64,
    /// Why; it stays with the feed
    #[arg(long)]
    reason: Option<String>,
}

/// Pause, resume or list.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let reason = args.reason.clone().unwrap_or_default();
    match (&args.place.data, &args.place.url) {
        (Some(data), _) => {
            let config = Config::for_data(data.clone());
            let store = crate::place::open(&config.data)?;
            let directory =
                Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
            let record = Record::new(store.clone(), directory, Vec::new());
            let context = actions::record::machine("opor feeds", clock::now());
            let done = match (&args.pause, &args.resume) {
                (Some(link), _) => {
                    record.act(&context, Pause { link: link.clone(), minutes: args.minutes, reason })
                }
                (_, Some(link)) => record.act(&context, Resume { link: link.clone(), reason }),
                _ => record.look(&context, Wall::default()).map(|wall| {
                    for feed in wall.feeds {
                        let state = feed.pause.map_or_else(
                            || "files".to_owned(),
                            |pause| format!("paused by {}: {}", pause.by, pause.reason),
                        );
                        println!("{}: {state}; {} wait", feed.link, feed.waiting);
                    }
                }),
            };
            drop(record);
            store.stop();
            done?;
        }
        (None, Some(url)) => {
            let Some(token) = &args.token else {
                bail!("--url needs --token; `opor token --data DIR --role laboratory-desk` makes one")
            };
            let (what, link) = match (&args.pause, &args.resume) {
                (Some(link), _) => ("pause", link),
                (_, Some(link)) => ("resume", link),
                _ => bail!("the list of a running server stands in its portal under /feeds"),
            };
            let mut body = serde_json::json!({ "link": link, "reason": reason });
            if what == "pause" {
                body["minutes"] = args.minutes.into();
            }
            let at = format!("{}/operations/feeds/{what}", url.trim_end_matches('/'));
            super::load::http_post(&at, token, &serde_json::to_vec(&body)?)?;
        }
        (None, None) => bail!("give --data DIR or --url URL"),
    }
    Ok(ExitCode::SUCCESS)
}
