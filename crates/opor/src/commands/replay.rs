//! `opor replay`

use crate::config::Config;
use crate::{Where, clock};
use actions::Record;
use actions::replays::{MOST_AT_ONCE, ReplayView, Trial, Which};
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use std::process::ExitCode;
use store::Store;

/// Interpret messages again, the same way; or offer a destination again what it had
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// A bearer token, for --url; `opor token --data DIR --role laboratory-desk` makes one
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// One message, e.g. 3-1845
    #[arg(long, group = "which", conflicts_with_all = ["link", "cause", "destination"])]
    id: Option<String>,
    /// All messages of a link (with --since); with --cause only those of it
    #[arg(long, group = "which")]
    link: Option<String>,
    /// All messages that are held or kept
    #[arg(long, group = "which", value_parser = ["held", "kept"])]
    cause: Option<String>,
    /// Of those, only the ones with this reason: its first sentence, in English
    #[arg(long, requires = "cause")]
    because: Option<String>,
    /// Everything that this endpoint acknowledged or refused (with --since) is offered again
    #[arg(long, group = "which", requires = "since", conflicts_with_all = ["link", "cause"])]
    destination: Option<String>,
    /// Only messages received at or after this time (2026-11-22 or 2026-11-22T14:05Z)
    #[arg(long)]
    since: Option<String>,
    /// Print what would change and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Replay; exit 0 also when nothing changed.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut which = which(&args)?;
    let mut skip = 0;
    let mut total = ReplayView::default();
    let mut local = Local::open(&args)?;
    loop {
        let view = match (&mut local, &args.place.url) {
            (Some(local), _) => local.replay(&which, skip, args.dry_run)?,
            (None, Some(url)) => asked(&args, url, &which, skip)?,
            (None, None) => bail!("give --data DIR or --url URL"),
        };
        for line in &view.lines {
            let verb = if args.dry_run { "would become" } else { "became" };
            println!(
                "{}: {:?} {verb} {:?}; {} resource versions, {} deliveries{}",
                line.message,
                line.before,
                line.after,
                line.versions,
                line.deliveries,
                if line.to.is_empty() { String::new() } else { format!(" to {}", line.to.join("; ")) }
            );
        }
        for (what, why) in &view.not_done {
            println!("{what}: not done: {}", why.en);
        }
        total.looked_at += view.looked_at;
        total.changed += view.changed;
        total.waiting += view.waiting;
        total.not_done.extend(view.not_done);
        if let Which::Destination { until, .. } = &mut which {
            // What is owed from here on is not of this replay.
            *until = view.until;
        }
        if !view.beyond {
            break;
        }
        // What stood aside and is filed stands aside no more, so that the rest moves up by as many.
        let gone = if args.dry_run || args.cause.is_none() { 0 } else { view.changed };
        skip += MOST_AT_ONCE - gone.min(MOST_AT_ONCE);
    }
    println!("{} messages replayed, {} with a change", total.looked_at, total.changed);
    if total.waiting > 0 {
        println!("{} of them wait to be interpreted and are filed in their turn", total.waiting);
    }
    if let Some(local) = local {
        local.close();
    }
    Ok(if total.not_done.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn which(args: &Args) -> anyhow::Result<Which> {
    let since = match &args.since {
        Some(text) => {
            fhir::time::interval(text)
                .with_context(|| format!("--since {text}: write 2026-11-22 or 2026-11-22T14:05Z"))?
                .0
                .0
        }
        None => i64::MIN,
    };
    Ok(match (&args.id, &args.cause, &args.destination, &args.link) {
        (Some(id), ..) => Which::Message(id.clone()),
        (_, Some(state), _, link) => Which::Aside {
            state: state.clone(),
            link: link.clone().unwrap_or_default(),
            cause: args.because.clone().unwrap_or_default(),
        },
        (_, _, Some(endpoint), _) => Which::Destination { endpoint: endpoint.clone(), since, until: None },
        (.., Some(link)) => Which::Feed { link: link.clone(), since },
        _ => bail!("say what: --id, --link, --cause or --destination"),
    })
}

/// A data folder whose server is stopped.
struct Local {
    record: Record,
    store: Store,
}

impl Local {
    fn open(args: &Args) -> anyhow::Result<Option<Self>> {
        let Some(data) = &args.place.data else { return Ok(None) };
        let config = Config::for_data(data.clone());
        let store = crate::place::open(&config.data)?;
        let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
        Ok(Some(Self { record: Record::new(store.clone(), directory, Vec::new()), store }))
    }

    fn replay(&mut self, which: &Which, skip: usize, dry_run: bool) -> anyhow::Result<ReplayView> {
        let context = actions::record::machine("opor replay", clock::now());
        Ok(if dry_run {
            self.record.look(&context, Trial { which: which.clone(), skip })?
        } else {
            self.record.replay(&context, which, skip)?
        })
    }

    fn close(self) {
        drop(self.record);
        self.store.stop();
    }
}

/// A running server is asked, by a token whose role may replay.
fn asked(args: &Args, url: &str, which: &Which, skip: usize) -> anyhow::Result<ReplayView> {
    let Some(token) = &args.token else {
        bail!("--url needs --token; `opor token --data DIR --role laboratory-desk` makes one")
    };
    let at = format!(
        "{}/operations/replay?skip={skip}{}",
        url.trim_end_matches('/'),
        if args.dry_run { "&dry-run=true" } else { "" }
    );
    let body = super::load::http_post(&at, token, &serde_json::to_vec(which)?)?;
    serde_json::from_slice(&body).context("the server's answer could not be read")
}
