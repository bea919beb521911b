//! `opor dialect` and `opor codes`: try a file on recorded traffic, sign it, see what is in use, repair what an older one
//! made.

use super::send::files;
use crate::clock;
use crate::config::Config;
use actions::dialects::{
    Against, Change, Figures, Overview, Repair, RepairView, Retire, Sign, Sort, Traffic, TrialView, Try,
};
use actions::{Context, Record};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use clinical::dialect::Mapping;
use clinical::directory::Directory;
use fhir::Instant;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Differences printed of one trial.
const GROUPS_PRINTED: usize = 40;

/// Dialects of senders: try, sign, list, take out of use, repair
#[derive(clap::Args)]
pub(crate) struct DialectArgs {
    #[command(subcommand)]
    what: What,
}

/// Code maps of senders: try, sign, list, take out of use
#[derive(clap::Args)]
pub(crate) struct CodesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Read a file and say what is wrong with it; of a code map every row is tried in both directions
    Check {
        /// The file (TOML)
        file: PathBuf,
    },
    /// What would be different by recorded traffic; what is counted is kept, so that the file can be signed
    Try {
        /// The file (TOML); left out with --recorded
        #[arg(required_unless_present = "recorded")]
        file: Option<PathBuf>,
        #[command(flatten)]
        at: At,
        /// Only traffic of this link; every link that the file is about when left out
        #[arg(long)]
        link: Option<String>,
        /// Messages received at or after this (2026-11-22 or 2026-11-22T14:05Z); all when left out
        #[arg(long)]
        since: Option<String>,
        /// Files and folders of messages instead of recorded traffic, as if --link had sent them
        #[arg(long, num_args = 1.., requires = "link", conflicts_with = "since")]
        corpus: Vec<PathBuf>,
        /// Compare with what is on file: a change of the mapper itself shows too
        #[arg(long, conflicts_with = "corpus")]
        recorded: bool,
    },
    /// Bring a file into use that was tried, under the name of a person
    Sign {
        /// The file (TOML), as it was tried
        file: PathBuf,
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        who: Who,
    },
    /// Take a file out of use
    Retire {
        /// Its name
        name: String,
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        who: Who,
    },
    /// What is in use, what was tried, codes without a row; exit 1 when there are such codes
    List {
        #[command(flatten)]
        at: At,
    },
    /// File again what is read otherwise now, send it to whoever had it, and prove it; exit 1 when something stays for a person
    Repair {
        #[command(flatten)]
        at: At,
        /// The link
        #[arg(long)]
        link: String,
        /// Messages received at or after this; all when left out
        #[arg(long)]
        since: Option<String>,
        #[command(flatten)]
        who: Who,
        /// Print what would be done and write nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(clap::Args)]
struct At {
    /// Data folder; the server must be stopped
    #[arg(long)]
    data: PathBuf,
}

#[derive(clap::Args)]
struct Who {
    /// Name of the person who signs
    #[arg(long)]
    by: String,
    /// What they saw; it stays with the signature
    #[arg(long)]
    reason: String,
}

/// `opor dialect`
pub(crate) fn dialect(args: DialectArgs) -> anyhow::Result<ExitCode> {
    run(Sort::Dialect, &args.what)
}

/// `opor codes`
pub(crate) fn codes(args: CodesArgs) -> anyhow::Result<ExitCode> {
    run(Sort::Codes, &args.what)
}

fn run(sort: Sort, what: &What) -> anyhow::Result<ExitCode> {
    match what {
        What::Check { file } => check(sort, file),
        What::Try { file, at, link, since, corpus, recorded } => with_record(at, |record, context| {
            let text = file.as_deref().map(read).transpose()?.unwrap_or_default();
            let link = link.clone().unwrap_or_default();
            let traffic = if corpus.is_empty() {
                Traffic::Journal { link, since: beginning(since.as_deref())? }
            } else {
                Traffic::Corpus { link, messages: messages(corpus)? }
            };
            let against = if *recorded { Against::OnFile } else { Against::InUse };
            print_trial(&record.try_mapping(context, Try { sort, text, traffic, against })?);
            Ok(ExitCode::SUCCESS)
        }),
        What::Sign { file, at, who } => with_record(at, |record, context| {
            let digest = actions::dialects::digest(&read(file)?);
            let (by, reason) = (Some(who.by.clone()), who.reason.clone());
            record.act(context, Sign { digest, by, reason })?;
            println!("in use from now on; what an older one filed stays until `opor dialect repair`");
            Ok(ExitCode::SUCCESS)
        }),
        What::Retire { name, at, who } => with_record(at, |record, context| {
            let (name, by, reason) = (name.clone(), Some(who.by.clone()), who.reason.clone());
            record.act(context, Retire { sort, name, by, reason })?;
            println!("out of use");
            Ok(ExitCode::SUCCESS)
        }),
        What::List { at } => with_record(at, list),
        What::Repair { at, link, since, who, dry_run } => with_record(at, |record, context| {
            let repair = Repair {
                link: link.clone(),
                since: beginning(since.as_deref())?,
                by: Some(who.by.clone()),
                reason: who.reason.clone(),
            };
            Ok(print_repair(&record.repair_mapping(context, &repair, *dry_run)?, *dry_run))
        }),
    }
}

fn with_record(
    at: &At,
    work: impl FnOnce(&Record, &Context) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let config = Config::for_data(at.data.clone());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let context = actions::record::machine("opor dialect", clock::now());
    let done = work(&record, &context);
    drop(record);
    store.stop();
    done
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn beginning(since: Option<&str>) -> anyhow::Result<Instant> {
    let Some(text) = since else { return Ok(Instant(0)) };
    let (from, _) = fhir::time::interval(text)
        .with_context(|| format!("--since {text}: write 2026-11-22 or 2026-11-22T14:05Z"))?;
    Ok(from)
}

fn messages(paths: &[PathBuf]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for file in files(paths)? {
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        found.extend(hl7v2::batch::split(&bytes).members.iter().map(|member| member.bytes.to_vec()));
    }
    if found.is_empty() {
        bail!("no message found; a message starts with MSH");
    }
    Ok(found)
}

fn check(sort: Sort, file: &Path) -> anyhow::Result<ExitCode> {
    match Mapping::read(sort, &read(file)?) {
        Ok(Mapping::Dialect(dialect)) => {
            println!("{} version {}: {} rules", dialect.name, dialect.version, dialect.rules.len());
        }
        Ok(Mapping::Codes(codes)) => {
            println!(
                "{} version {}: {} rows found by what is sent, {} lead back, {} units",
                codes.name,
                codes.version,
                codes.rows.len(),
                codes.rows.iter().filter(|row| row.back).count(),
                codes.units.len()
            );
        }
        Err(problem) => {
            println!("{}: {problem}", file.display());
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_trial(trial: &TrialView) {
    if !trial.name.is_empty() {
        println!("{} version {}", trial.name, trial.version);
    }
    print_figures(&trial.figures);
    for example in &trial.examples {
        let at = example.message.map(|id| format!(" in {id}")).unwrap_or_default();
        println!("  {}{at}: \"{}\" would be \"{}\"", example.place, example.before, example.after);
    }
    for person in &trial.people {
        println!("  concerns person {person}");
    }
}

fn print_figures(figures: &Figures) {
    let cut = if figures.cut { " (the latest; there were more)" } else { "" };
    println!(
        "{} messages read{cut}, {} otherwise, {} people; codes without a row: {} now, {} then",
        figures.messages, figures.changed, figures.people, figures.unmapped.0, figures.unmapped.1
    );
    if figures.aside > 0 {
        println!("{} messages would be filed that were not, or the other way round", figures.aside);
    }
    if figures.unreadable > 0 {
        println!("{} messages could not be read", figures.unreadable);
    }
    for group in figures.groups.iter().take(GROUPS_PRINTED) {
        let sort = match group.sort {
            Change::Added => "new",
            Change::Removed => "gone",
            Change::Changed => "other",
        };
        let place = if group.path.is_empty() { "(whole)" } else { group.path.as_str() };
        println!("{} {place} {sort}: {} values in {} messages", group.kind, group.values, group.messages);
    }
}

fn list(record: &Record, context: &Context) -> anyhow::Result<ExitCode> {
    let seen = record.look(context, Overview::default())?;
    for one in &seen.in_use {
        println!(
            "{} {} version {} ({}) for {}, signed by {} {}: {}",
            one.sort.code(),
            one.name,
            one.version,
            one.digest,
            one.binds,
            one.signed.0,
            one.signed.1,
            one.signed.2
        );
    }
    for one in &seen.tried {
        let stale = if one.stale { "; something else came into use since, try it again" } else { "" };
        println!("tried, not signed: {} {} version {}{stale}", one.sort.code(), one.name, one.version);
    }
    for one in &seen.unmapped {
        println!("{} on {}: {} (due {}, {})", one.code, one.link, one.why.en, one.due, one.owner);
    }
    println!("{} in use, {} codes without a row", seen.in_use.len(), seen.unmapped.len());
    Ok(ExitCode::from(u8::from(!seen.unmapped.is_empty())))
}

fn print_repair(view: &RepairView, dry_run: bool) -> ExitCode {
    let figures = &view.figures;
    for (message, versions, deliveries) in &view.repaired {
        let verb = if dry_run { "would be filed again" } else { "filed again" };
        println!("{message}: {verb}, {versions} resource versions, {deliveries} deliveries");
    }
    for (message, why) in &view.exceptions {
        println!("{message}: stays for a person: {}", why.en);
    }
    for person in &view.people {
        println!("concerns person {person}");
    }
    println!(
        "{} messages looked at; affected {} = repaired {} + exceptions {}; {} people, {} resource versions, {} deliveries",
        figures.looked_at,
        figures.affected,
        figures.repaired,
        figures.exceptions,
        figures.people,
        figures.versions,
        figures.deliveries
    );
    if dry_run {
        println!("nothing was written");
        return ExitCode::SUCCESS;
    }
    println!(
        "looked at again: {} still read otherwise{}",
        figures.left,
        if figures.is_proven() { ", each of them listed: proven" } else { ": NOT proven, repair again" }
    );
    ExitCode::from(u8::from(!figures.is_proven() || figures.exceptions > 0))
}
