//! The records of a synthetic province as files to load: HL7 v2 ADT for `opor send`, or FHIR Patients for `opor load`.
//!
//! `cargo run --release -p province --example registrations -- --persons N --seed S --out DIR [--format hl7|fhir]`

mod arguments;

use arguments::{Arguments, run_with};
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use province::calendar::{DAY_US, Date};
use province::records::registrations::{self, Event, Registrations};
use province::records::{Rates, Settings, csv};

const USAGE: &str = "registrations --persons N --seed S --out DIR
  --records N   stop after so many records
  --rates NAME  everyday (default), careless, careful, other-strings, or drawn (every rate by seed)
  --format F    hl7 (default): NNN.hl7, messages one after another; fhir: NNN.ndjson, one Patient a line
  --event E     A28 (default) or A04
  --split N     records a file, 10000 by default
DIR/truth.csv says whose each record is.";

/// When the messages say they were sent: 2026-07-01, after the last registration.
const SENT: Date = Date { year: 2026, month: 7, day: 1 };

fn main() -> ExitCode {
    run_with(USAGE, run)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let text = |name: &str| arguments.get(name).cloned().ok_or_else(|| format!("--{name} is missing"));
    let number = |name: &str, usual: usize| arguments.get(name).map_or(Ok(usual), |n| n.parse::<usize>());
    let mut settings = Settings::new(text("seed")?.parse()?, text("persons")?.parse()?);
    if let Some(name) = arguments.get("rates") {
        settings.rates = Rates::named_or_drawn(name, settings.seed)
            .ok_or_else(|| format!("no rates are called {name}"))?;
    }
    let fhir = match arguments.get("format").map(String::as_str) {
        None | Some("hl7") => false,
        Some("fhir") => true,
        Some(other) => return Err(format!("no format is called {other}").into()),
    };
    let event = match arguments.get("event").map(String::as_str) {
        None | Some("A28") => Event::Person,
        Some("A04") => Event::Visit,
        Some(other) => return Err(format!("no event is called {other} here").into()),
    };
    let split = number("split", 10_000)?.max(1);
    let folder = text("out")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let mut truth_out = BufWriter::new(File::create(folder.join("truth.csv"))?);
    writeln!(truth_out, "{}", csv::TRUTH_HEADER)?;
    let mut out: Option<BufWriter<File>> = None;
    let (mut count, mut bytes) = (0_usize, 0_usize);
    let all = Registrations::new(settings, event, SENT.days() * DAY_US);
    for registration in all.take(number("records", usize::MAX)?) {
        if count.is_multiple_of(split) {
            if let Some(mut full) = out.take() {
                full.flush()?;
            }
            let ending = if fhir { "ndjson" } else { "hl7" };
            let name = format!("{:05}.{ending}", count / split);
            out = Some(BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?));
        }
        if let Some(out) = &mut out {
            let line = if fhir {
                registrations::patient(&registration.record).into_bytes()
            } else {
                registration.bytes
            };
            out.write_all(&line)?;
            out.write_all(b"\n")?;
            bytes += line.len() + 1;
        }
        csv::write_truth(&mut truth_out, &registration.record, &registration.truth)?;
        count += 1;
    }
    if let Some(mut last) = out {
        last.flush()?;
    }
    truth_out.flush()?;
    println!("{count} registrations, {} MB", bytes / 1_000_000);
    Ok(())
}
