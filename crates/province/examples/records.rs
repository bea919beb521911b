//! Source records of a synthetic province as CSV, with the truth beside them.
//!
//! `cargo run --release -p province --example records -- --persons N --seed S [--rates NAME] --out FILE --truth FILE`

mod arguments;

use arguments::{Arguments, run_with};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use province::records::{MOST_PERSONS, Rates, Records, Settings, Tag, csv};

const USAGE: &str =
    "records --persons N --seed S [--records N] [--rates NAME] --out FILE.csv --truth FILE.csv
  --persons N   people; about 2.8 records each
  --records N   stop after so many records
  --rates NAME  everyday (default), careless, careful, other-strings, or drawn (every rate by seed)";

fn main() -> ExitCode {
    run_with(USAGE, run)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let text = |name: &str| arguments.get(name).cloned().ok_or_else(|| format!("--{name} is missing"));
    let persons: usize = text("persons")?.parse()?;
    if persons > MOST_PERSONS {
        return Err(
            format!("at most {MOST_PERSONS} people: beyond, card numbers would come round again").into()
        );
    }
    let mut settings = Settings::new(text("seed")?.parse()?, persons);
    if let Some(name) = arguments.get("rates") {
        settings.rates = Rates::named_or_drawn(name, settings.seed)
            .ok_or_else(|| format!("no rates are called {name}"))?;
    }
    let most: usize = arguments.get("records").map_or(Ok(usize::MAX), |n| n.parse())?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(text("out")?)?);
    let mut truth_out = BufWriter::with_capacity(1 << 20, File::create(text("truth")?)?);
    writeln!(out, "{}", csv::RECORD_HEADER)?;
    writeln!(truth_out, "{}", csv::TRUTH_HEADER)?;
    let mut counts: BTreeMap<Tag, u64> = BTreeMap::new();
    let mut records = Records::new(settings);
    let mut count = 0_u64;
    for (record, truth) in records.by_ref().take(most) {
        csv::write_record(&mut out, &record)?;
        csv::write_truth(&mut truth_out, &record, &truth)?;
        for tag in truth.tags.iter() {
            *counts.entry(tag).or_default() += 1;
        }
        count += 1;
    }
    out.flush()?;
    truth_out.flush()?;
    println!("{count} records of {} persons", records.persons());
    for tag in Tag::ALL {
        let of = counts.get(&tag).copied().unwrap_or_default();
        println!("{:15} {of:9}  {:6.2} %", tag.word(), of as f64 * 100.0 / count.max(1) as f64);
    }
    Ok(())
}
