//! `opor directory`

use crate::clock;
use crate::config::Config;
use actions::Record;
use actions::directory::{Join, Load, Overview, Preview, PreviewView, StatePrimaries};
use anyhow::Context as _;
use clap::Subcommand;
use clinical::directory::{Directory, Primary};
use clinical::words::Words;
use fhir::Instant;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Days of real traffic that a preview reads.
const PREVIEW_DAYS: i64 = 7;
/// Most messages that a preview reads.
const PREVIEW_MESSAGES: usize = 50_000;
/// Lines of a list of primary providers in one commit.
const PRIMARIES_AT_ONCE: usize = 2_000;

/// The provider directory of a record: load, preview, check
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make the directory say what a file says; facts that the file leaves out are withdrawn, and stay in its history
    Load {
        /// Directory file (TOML)
        file: PathBuf,
        #[command(flatten)]
        at: At,
        /// Print who would gain and who would lose, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Why; it stays with the changes
        #[arg(long, default_value = "loaded from a file")]
        reason: String,
    },
    /// Who would gain and who would lose by a file, by the real traffic of the last seven days
    Preview {
        /// Directory file (TOML)
        file: PathBuf,
        #[command(flatten)]
        at: At,
    },
    /// Take over whose primary care provider people are, from a list of a practice or a registry
    Primaries {
        /// List (CSV: authority,number,practitioner,from,to)
        file: PathBuf,
        #[command(flatten)]
        at: At,
        /// Who attests it: the practice or the registry, and the list; it stands in the sentence of each route
        #[arg(long)]
        source: String,
        /// Why; it stays with the changes
        #[arg(long, default_value = "loaded from a list")]
        reason: String,
    },
    /// Print the link of each place to its status page; whoever has a link may read it, and it names no patient
    Links {
        #[command(flatten)]
        at: At,
    },
    /// What is doubted, overdue or proposed, and numbers of feeds that lead to nobody; exit 1 when something is
    Check {
        #[command(flatten)]
        at: At,
    },
}

#[derive(clap::Args)]
struct At {
    /// Data folder; the server must be stopped
    #[arg(long)]
    data: PathBuf,
}

/// What is done with an open record.
type Work<'a> = &'a dyn Fn(&Record) -> anyhow::Result<ExitCode>;

/// Load, preview or check.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (at, work): (&At, Work<'_>) = match &args.what {
        What::Load { file, at, dry_run, reason } => (at, &move |record| load(record, file, *dry_run, reason)),
        What::Preview { file, at } => (at, &move |record| load(record, file, true, "")),
        What::Primaries { file, at, source, reason } => {
            (at, &move |record| primaries(record, file, source, reason))
        }
        What::Links { at } => (at, &move |record| links(record, &at.data)),
        What::Check { at } => (at, &check),
    };
    let config = Config::for_data(at.data.clone());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let done = work(&record);
    drop(record);
    store.stop();
    done
}

fn primaries(record: &Record, file: &Path, source: &str, reason: &str) -> anyhow::Result<ExitCode> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the list {}", file.display()))?;
    let facts = Primary::read(&text, source).map_err(|wrong| {
        anyhow::anyhow!("{} has {} to mend:\n  {}", file.display(), wrong.len(), wrong.join("\n  "))
    })?;
    let context = actions::record::machine("opor directory", clock::now());
    // Each part is asked about everybody on the list: what one part would refuse, the first refuses.
    let practitioners: BTreeSet<String> = facts.iter().map(|fact| fact.practitioner.clone()).collect();
    let mut kept = 0;
    for part in facts.chunks(PRIMARIES_AT_ONCE) {
        let act = StatePrimaries {
            facts: part.to_vec(),
            practitioners: practitioners.clone(),
            reason: reason.to_owned(),
        };
        record.act(&context, act).with_context(|| match kept {
            0 => "nothing of the list is kept".to_owned(),
            kept => format!(
                "the first {kept} lines are kept and {} are not; run it again, what is kept is not kept twice",
                facts.len() - kept
            ),
        })?;
        kept += part.len();
    }
    println!("{} stated primary care providers", facts.len());
    Ok(ExitCode::SUCCESS)
}

fn links(record: &Record, data: &Path) -> anyhow::Result<ExitCode> {
    let key = crate::commands::token::key(data)?;
    for place in record.directory().places() {
        println!("/practice/{} {}", key.practice_token(&place.id), place.name);
    }
    Ok(ExitCode::SUCCESS)
}

fn load(record: &Record, file: &Path, dry_run: bool, reason: &str) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the directory file {}", file.display()))?;
    let wanted = Directory::from_toml(&text).with_context(|| file.display().to_string())?;
    let now = clock::now();
    let context = actions::record::machine("opor directory", now);
    // What is in use may still be a file that was never loaded: then all of it is a change of the store.
    let known = record.directory_at(Instant(i64::MAX))?.unwrap_or_default();
    let changes = known.difference(&wanted);
    let since = now.plus_minutes(-PREVIEW_DAYS * 24 * 60);
    let in_use = record.directory().difference(&wanted);
    say(&record.look(&context, Preview { changes: in_use, since, most: PREVIEW_MESSAGES })?);
    if dry_run {
        println!("nothing was written");
    } else if changes.is_empty() {
        println!("the directory says so already");
    } else {
        let (count, source) = (changes.len(), file.display().to_string());
        record.act(&context, Load { changes, source, reason: reason.to_owned() })?;
        println!("{count} facts changed");
    }
    Ok(ExitCode::SUCCESS)
}

fn say(seen: &PreviewView) {
    for fact in &seen.facts {
        println!("{}", fact.what.en);
        for field in &fact.fields {
            println!("  {}: {} -> {}", field.name.en, shown(field.old.as_ref()), shown(field.new.as_ref()));
        }
    }
    let more = if seen.cut { " (the latest; there were more)" } else { "" };
    println!("{} reports in {} messages{more}", seen.reports, seen.messages);
    if seen.unreadable > 0 {
        println!("{} of them could not be read and are not counted", seen.unreadable);
    }
    for line in &seen.moved {
        let name = if line.name.is_empty() { "nobody named" } else { &line.name };
        println!("{name} by {}: gains {}, loses {}", line.way, line.gains, line.loses);
    }
}

fn shown(side: Option<&Words>) -> &str {
    side.map_or("not there", |words| words.en.as_str())
}

fn check(record: &Record) -> anyhow::Result<ExitCode> {
    let context = actions::record::machine("opor directory", clock::now());
    let seen = record.look(&context, Overview::default())?;
    let joined = record.look(&context, Join)?;
    for contact in &seen.contacts {
        let why = if contact.why.is_empty() { "to be confirmed again" } else { contact.why.as_str() };
        println!("{} of {} ({}): {why}; due {}", contact.id, contact.of, contact.value, contact.next_check);
    }
    for proposal in &seen.proposals {
        println!("proposal {} from {}: {}", proposal.id, proposal.source, proposal.words.en);
    }
    for line in &joined.unresolved {
        println!(
            "{} names {} ({} times, last {}): {}",
            line.feed, line.number, line.named, line.last, line.why.en
        );
    }
    println!(
        "{} provider numbers in the latest {} messages of the feeds, {} lead to nobody",
        joined.numbers,
        joined.messages,
        joined.unresolved.len()
    );
    println!(
        "{} places, {} practitioners, {} contacts to look at, {} proposals",
        seen.places.len(),
        seen.people.len(),
        seen.contacts.len(),
        seen.proposals.len()
    );
    let waits = !seen.contacts.is_empty() || !seen.proposals.is_empty() || !joined.unresolved.is_empty();
    Ok(ExitCode::from(u8::from(waits)))
}
