//! `opor breaker`

use crate::config::Config;
use crate::{Where, clock};
use actions::breaker::{Aim, Decide, Effect, Orders, Stops, Suspect, Verdict};
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Record};
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use fhir::Instant;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::{MessageId, ObligationId, Store};

/// What stopped filing, and what becomes of its messages; without --id a list
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("verdict").requires("id")))]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// The stop, as the list shows it
    #[arg(long)]
    id: Option<String>,
    /// All of it was about this person: file what is held as it says
    #[arg(long, group = "verdict")]
    release: bool,
    /// The sender was wrong: take back what was filed, file nothing, tell the sender
    #[arg(long, group = "verdict")]
    reject: bool,
    /// We were wrong and are not any more: take back what was filed elsewhere than the messages say, file all as it says
    #[arg(long, group = "verdict")]
    restore: bool,
    /// All of it is about this record: AUTHORITY:NUMBER; take back and file there
    #[arg(long, group = "verdict", value_name = "AUTHORITY:NUMBER")]
    aim: Option<String>,
    /// Each message is about the record that stands in this file: lines of MESSAGE or ORDER,AUTHORITY,NUMBER
    #[arg(long, group = "verdict", value_name = "FILE")]
    map: Option<PathBuf>,
    /// Stop this feed by hand, with what it filed since --since (until --until) as suspects
    #[arg(long, conflicts_with = "id", requires = "since", value_name = "LINK")]
    suspect: Option<String>,
    /// Only what it filed on this record; without it the whole feed stops
    #[arg(long, requires = "suspect", value_name = "AUTHORITY:NUMBER")]
    record: Option<String>,
    /// Messages received at or after this time (2026-11-22 or 2026-11-22T14:05Z)
    #[arg(long, requires = "suspect")]
    since: Option<String>,
    /// Messages received before this time
    #[arg(long, requires = "suspect")]
    until: Option<String>,
    /// Who decides
    #[arg(long, default_value = "command line")]
    by: String,
    /// Why; it stays with the stop
    #[arg(long, default_value = "")]
    reason: String,
    /// Print what would change and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// List, try out or decide.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Some(data) = args.place.data.clone() else {
        bail!(
            "breaker works on a data folder: stop the server and give --data DIR, or decide in the portal under /breaker"
        );
    };
    let config = Config::for_data(data);
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    // Who signs in here at all is a persona: readers among them are found in the directory.
    let record = Record::new(store.clone(), directory, super::demo::personas());
    let done = decide(&args, &record, &store);
    drop(record);
    store.stop();
    done
}

fn context(args: &Args) -> Context {
    let actor = Actor {
        through: None,
        id: args.by.clone(),
        role: Role::IdentitySteward,
        name: args.by.clone(),
        practitioner: None,
    };
    Context { actor, purpose: Purpose::Operations, now: clock::now() }
}

fn decide(args: &Args, record: &Record, store: &Store) -> anyhow::Result<ExitCode> {
    if let Some(link) = &args.suspect {
        let suspect = suspect(args, link)?;
        if args.dry_run {
            let messages = record.look(&context(args), suspect)?;
            messages.iter().rev().for_each(|message| println!("{message}: would be suspect"));
            println!("{} messages; nothing was written", messages.len());
            return Ok(ExitCode::SUCCESS);
        }
        record.act(&context(args), suspect)?;
    }
    let Some(id) = &args.id else { return list(args, record) };
    let stop: ObligationId =
        id.parse().map_err(|()| anyhow::anyhow!("--id {id}: write it as the list shows it"))?;
    let Some(verdict) = verdict(args, record, stop)? else {
        return list(args, record);
    };
    let look = Stops { picked: Some(stop), trial: Some(verdict.clone()), ..Stops::default() };
    let seen = record.look(&context(args), look)?;
    let Some(picked) = seen.picked.filter(|picked| picked.line.stop == stop) else {
        bail!("there is no stop {id}; opor breaker --data DIR lists them");
    };
    let effects = match picked.trial {
        Some(Ok(effects)) => effects,
        Some(Err(why)) => bail!("{}", why.en),
        None => Vec::new(),
    };
    if args.dry_run {
        effects.iter().for_each(|effect| say(effect, "would become"));
        println!("{} messages; nothing was written", effects.len());
        return Ok(ExitCode::SUCCESS);
    }
    // What a crash left undone is done before anything else.
    record.carry_out_stops(clock::now())?.iter().for_each(|effect| say(effect, "carried out"));
    record.act(&context(args), Decide { stop, verdict, reason: args.reason.clone() })?;
    let effects = record.carry_out_stops(clock::now())?;
    effects.iter().for_each(|effect| say(effect, "became"));
    println!("{} messages; decided by {}", effects.len(), args.by);
    let undone =
        store.view()?.stop_messages(stop, usize::MAX)?.iter().filter(|row| row.done.is_none()).count();
    if undone > 0 {
        bail!(
            "{undone} messages of stop {stop} could not be carried out; the log says why, and they are tried again"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn suspect(args: &Args, link: &str) -> anyhow::Result<Suspect> {
    let time = |name: &str, text: Option<&String>, otherwise: Instant| match text {
        Some(text) => fhir::time::interval(text)
            .map(|(from, _)| from)
            .with_context(|| format!("{name} {text}: write 2026-11-22 or 2026-11-22T14:05Z")),
        None => Ok(otherwise),
    };
    let on = match &args.record {
        Some(text) => {
            let (authority, value) =
                text.split_once(':').with_context(|| format!("--record {text}: write AUTHORITY:NUMBER"))?;
            Some((authority.to_owned(), value.to_owned()))
        }
        None => None,
    };
    Ok(Suspect {
        link: link.to_owned(),
        record: on,
        since: time("--since", args.since.as_ref(), Instant(i64::MIN))?,
        until: time("--until", args.until.as_ref(), Instant(i64::MAX))?,
        reason: args.reason.clone(),
    })
}

fn list(args: &Args, record: &Record) -> anyhow::Result<ExitCode> {
    let seen = record.look(&context(args), Stops::default())?;
    for line in &seen.lines {
        let verdict = if line.verdict.is_empty() { "to be decided" } else { line.verdict.as_str() };
        let whom = if line.name.is_empty() { "the whole feed" } else { line.name.as_str() };
        println!(
            "{}  {}  {}: {whom}; {} filed before, {} held; {verdict}",
            line.stop, line.at, line.link, line.suspects, line.held
        );
    }
    println!("{} stops", seen.lines.len());
    Ok(ExitCode::SUCCESS)
}

fn verdict(args: &Args, record: &Record, stop: ObligationId) -> anyhow::Result<Option<Verdict>> {
    Ok(Some(match (args.release, args.reject, args.restore, &args.aim, &args.map) {
        (true, ..) => Verdict::Release,
        (_, true, ..) => Verdict::Reject,
        (_, _, true, ..) => Verdict::Restore,
        (.., Some(aim), _) => {
            let (authority, value) =
                aim.split_once(':').with_context(|| format!("--aim {aim}: write AUTHORITY:NUMBER"))?;
            Verdict::Aim(vec![Aim {
                message: None,
                authority: authority.to_owned(),
                value: value.to_owned(),
            }])
        }
        (.., Some(map)) => Verdict::Aim(mapped(map, &record.look(&context(args), Orders { stop })?)?),
        _ => return Ok(None),
    }))
}

/// The records of a file, by message number or by order number.
fn mapped(path: &Path, orders: &[(MessageId, BTreeSet<String>)]) -> anyhow::Result<Vec<Aim>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--map {}", path.display()))?;
    let mut by_order: HashMap<&str, Vec<MessageId>> = HashMap::new();
    for (message, numbers) in orders {
        numbers.iter().for_each(|number| by_order.entry(number).or_default().push(*message));
    }
    let at = path.display();
    let mut aims: Vec<Aim> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut parts = line.split(',').map(str::trim);
        let (Some(which), Some(authority), Some(value), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            bail!("{at}, line {}: write MESSAGE or ORDER,AUTHORITY,NUMBER", number + 1);
        };
        // An order number may look like a message's: the line then speaks of both, and both must agree.
        let named = which
            .parse::<MessageId>()
            .ok()
            .filter(|message| orders.iter().any(|(known, _)| known == message));
        let messages: Vec<MessageId> =
            named.into_iter().chain(by_order.get(which).into_iter().flatten().copied()).collect();
        if messages.is_empty() {
            // A line about a message of another stop, or of none, changes nothing here.
            println!("{at}, line {}: {which} is no message and no order of this stop", number + 1);
        }
        for message in messages {
            let aim =
                Aim { message: Some(message), authority: authority.to_owned(), value: value.to_owned() };
            match aims.iter().find(|other| other.message == aim.message) {
                Some(other) if *other != aim => bail!(
                    "{at}, line {}: message {message} is said to be of {}:{} and of {authority}:{value}; write one record for it",
                    number + 1,
                    other.authority,
                    other.value
                ),
                Some(_) => {}
                None => aims.push(aim),
            }
        }
    }
    Ok(aims)
}

fn say(effect: &Effect, verb: &str) {
    println!(
        "{}: {:?} {verb} {:?}; {} versions taken back, {} filed, {} deliveries; {} systems and {} readers told",
        effect.message,
        effect.before,
        effect.after,
        effect.taken_back,
        effect.filed,
        effect.deliveries,
        effect.systems,
        effect.readers
    );
}
