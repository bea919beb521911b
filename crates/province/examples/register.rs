//! Registers people at a server over MLLP (ADT^A04), with realistic doubles, and says how long answers took.
//!
//! `cargo run --release -p province --example register -- --to HOST:PORT --rate N --messages N --persons N --seed S`

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use province::calendar::{DAY_US, Date};
use province::drive::{Push, register};
use province::records::Rates;

const USAGE: &str = "register --to HOST:PORT --persons N --seed S
  --rate N       registrations a second, 0 (default) for as fast as answers come
  --messages N   registrations in all, by default all of these people
  --senders N    connections, 8 by default
  --rates NAME   everyday (default), careless, careful, other-strings, or drawn (every rate by seed)";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        arguments.insert(name.trim_start_matches("--").to_owned(), value);
    }
    let text = |name: &str| arguments.get(name).cloned().ok_or_else(|| format!("--{name} is missing"));
    let number = |name: &str, usual: u64| arguments.get(name).map_or(Ok(usual), |n| n.parse::<u64>());
    let rates = match arguments.get("rates") {
        Some(name) => Rates::named_or_drawn(name, text("seed")?.parse()?)
            .ok_or_else(|| format!("no rates are called {name}"))?,
        None => Rates::everyday(),
    };
    let push = Push {
        rate: u32::try_from(number("rate", 0)?)?,
        messages: number("messages", u64::MAX)?,
        senders: usize::try_from(number("senders", 8)?)?,
        seed: text("seed")?.parse()?,
        patients: text("persons")?.parse()?,
        at_us: Date { year: 2026, month: 7, day: 1 }.days() * DAY_US,
    };
    let to = text("to")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (_running, stop) = tokio::sync::watch::channel(false);
    let pushed = runtime.block_on(register(&to, push, rates, stop, |_| {}));
    let totals: Vec<String> = pushed.totals().iter().map(|(code, count)| format!("{code} {count}")).collect();
    let rate = pushed.answered.len() as f64 / pushed.elapsed.as_secs_f64().max(0.001);
    println!(
        "{}  {rate:.0}/s  answered in p50 {:.1} ms, p99 {:.1} ms",
        totals.join("  "),
        pushed.percentile_us(500) as f64 / 1000.0,
        pushed.percentile_us(990) as f64 / 1000.0
    );
    Ok(pushed.answered.iter().all(|(_, code)| matches!(*code, "AA" | "CA")))
}
