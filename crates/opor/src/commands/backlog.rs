//! `opor backlog`

use super::send::{files, style, with_cr};
use crate::config::Config;
use crate::{Where, clock};
use actions::Record;
use actions::backlog::{Offered, Progress, ProgressView, link_name};
use actions::intake::Interpreter;
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use store::Store;

/// Messages offered at a time.
const AT_ONCE: usize = 200;
/// How often it is looked whether everything has been interpreted.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Load months of orphan results: through the ordinary intake, on a link of their own, marked late
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// A bearer token, for --url; `opor token --data DIR --role laboratory-desk` makes one
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// Name of the backlog, e.g. iwk-2025-12; its messages come by the link backlog:NAME
    #[arg(long)]
    name: String,
    /// Assigning authority that a blank PID-3.4 stands for, e.g. HRH
    #[arg(long)]
    authority: String,
    /// Files and folders of HL7 v2
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Load everything; what was loaded before counts once, so a load that stopped is started again with the same paths.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    link_name(&args.name)?;
    let files = files(&args.paths)?;
    let mut to = To::open(&args)?;
    let bar = ProgressBar::new(files.len() as u64).with_style(style("files")?);
    let (mut offered, mut refused) = (0_u64, 0_u64);
    for file in &files {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let contents = hl7v2::batch::split(&bytes);
        let members: Vec<Vec<u8>> = contents.members.iter().map(|member| with_cr(member.bytes)).collect();
        // A file in which no message can be told apart is refused as a whole, and counted.
        let members = if members.is_empty() { vec![bytes.clone()] } else { members };
        for (chunk_number, chunk) in members.chunks(AT_ONCE).enumerate() {
            for (n, answer) in to.offer(&args, chunk)?.into_iter().enumerate() {
                offered += 1;
                if let Offered::Refused(why) = answer {
                    refused += 1;
                    let number = chunk_number * AT_ONCE + n + 1;
                    bar.suspend(|| println!("{} #{number}: refused: {why}", file.display()));
                }
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let progress = to.settled(&args)?;
    println!("{offered} offered, {} accepted, {refused} refused", offered - refused);
    println!(
        "backlog {}: {} messages = {} filed + {} waiting + {} held for people + {} kept",
        args.name, progress.accepted, progress.filed, progress.waiting, progress.held, progress.kept
    );
    let adds_up = progress.accepted == progress.filed + progress.waiting + progress.held + progress.kept;
    to.close();
    if !adds_up {
        bail!("the figures do not add up; run opor check");
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As a value in the query of a URL (RFC 3986 2.1).
fn in_query(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'-' | b'.' | b'_' => char::from(byte).to_string(),
        plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Where the messages go.
enum To {
    /// A data folder whose server is stopped.
    Here { record: Record, store: Store, interpreter: Interpreter },
    /// A running server.
    There { url: String, token: String },
}

impl To {
    fn open(args: &Args) -> anyhow::Result<Self> {
        match (&args.place.data, &args.place.url) {
            (Some(data), _) => {
                let config = Config::for_data(data.clone());
                let store = crate::place::open(&config.data)?;
                let directory =
                    Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
                let record = Record::new(store.clone(), directory, Vec::new());
                let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
                let interpreter = Interpreter::start(record.clone(), clock::wall(), workers)?;
                Ok(Self::Here { record, store, interpreter })
            }
            (None, Some(url)) => {
                let Some(token) = args.token.clone() else {
                    bail!("--url needs --token; `opor token --data DIR --role laboratory-desk` makes one")
                };
                Ok(Self::There { url: url.trim_end_matches('/').to_owned(), token })
            }
            (None, None) => bail!("give --data DIR or --url URL"),
        }
    }

    fn offer(&mut self, args: &Args, messages: &[Vec<u8>]) -> anyhow::Result<Vec<Offered>> {
        match self {
            Self::Here { record, .. } => {
                let context = actions::record::machine("opor backlog", clock::now());
                Ok(record.load_backlog(&context, &args.name, &args.authority, messages.to_vec())?)
            }
            Self::There { url, token } => {
                let body = messages.concat();
                let authority = in_query(&args.authority);
                let at = format!("{url}/operations/backlog/{}?authority={authority}", args.name);
                let answered: Vec<Offered> =
                    serde_json::from_slice(&super::load::http_post(&at, token, &body)?)
                        .context("the server's answer could not be read")?;
                if answered.len() != messages.len() {
                    bail!(
                        "{} messages were offered and {} answered; load the same paths again",
                        messages.len(),
                        answered.len()
                    );
                }
                Ok(answered)
            }
        }
    }

    /// Where they stand; on a stopped record once everything has been interpreted.
    fn settled(&self, args: &Args) -> anyhow::Result<ProgressView> {
        match self {
            Self::Here { record, interpreter, .. } => {
                let runtime = crate::running::runtime()?;
                while !interpreter.is_idle() {
                    runtime.block_on(async { tokio::time::sleep(LOOK_EVERY).await });
                }
                let context = actions::record::machine("opor backlog", clock::now());
                Ok(record.look(&context, Progress { name: args.name.clone() })?)
            }
            Self::There { url, token } => {
                let at = format!("{url}/operations/backlog/{}", args.name);
                serde_json::from_slice(&super::load::http_get(&at, Some(token))?)
                    .context("the server's answer could not be read")
            }
        }
    }

    fn close(self) {
        if let Self::Here { record, store, interpreter } = self {
            interpreter.stop();
            drop(record);
            store.stop();
        }
    }
}
