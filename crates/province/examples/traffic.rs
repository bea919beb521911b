//! What the result feeds of a normal year look like, counted; with a defect, how much of it is misfiled.
//!
//! `cargo run --release -p province --example traffic -- --messages N --seed S [--defect LINK:K] [--out FILE.hl7]`

mod arguments;

use arguments::{Arguments, run_with};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use province::calendar::{DAY_US, Date, HOUR_US};
use province::traffic::{Defect, LINKS, Settings, Traffic};

const USAGE: &str = "traffic --messages N --seed S
  --defect LINK:K   from message K on, LINK names the same patient in every PID, such as HRHLAB:5000
  --out FILE.hl7    write the messages";

fn main() -> ExitCode {
    run_with(USAGE, run)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let number = |name: &str| -> Result<u64, Box<dyn Error>> {
        Ok(arguments.get(name).ok_or_else(|| format!("--{name} is missing"))?.parse()?)
    };
    let defect = match arguments.get("defect") {
        Some(text) => {
            let (link, from) = text.split_once(':').ok_or("--defect is LINK:K")?;
            let link = LINKS.iter().position(|name| *name == link).ok_or("no such link")?;
            Some(Defect { link, from: from.parse()? })
        }
        None => None,
    };
    let from_us = Date { year: 2026, month: 1, day: 5 }.days() * DAY_US;
    let settings = Settings { seed: number("seed")?, persons: 1_000_000, from_us, defect };
    let mut out = match arguments.get("out") {
        Some(path) => Some(BufWriter::with_capacity(1 << 20, File::create(path)?)),
        None => None,
    };
    let mut links = [0_u64; LINKS.len()];
    let (mut misfiled, mut again, mut count, mut last_us) = (0_u64, 0_u64, 0_u64, from_us);
    // Most messages about one person on one link in one clock hour.
    let mut hour = from_us;
    let mut busy: BTreeMap<(usize, u64), u32> = BTreeMap::new();
    let mut most = 0_u32;
    for fact in Traffic::new(settings).take(usize::try_from(number("messages")?)?) {
        count += 1;
        links[fact.link] += 1;
        misfiled += u64::from(fact.misfiled());
        again += u64::from(fact.again);
        last_us = fact.at_us;
        if fact.at_us - hour >= HOUR_US {
            hour = fact.at_us;
            busy.clear();
        }
        if !fact.again && !fact.misfiled() {
            let here = busy.entry((fact.link, fact.meant.number)).or_default();
            *here += 1;
            most = most.max(*here);
        }
        if let Some(out) = &mut out {
            out.write_all(&fact.message().1)?;
            out.write_all(b"\n")?;
        }
    }
    if let Some(mut out) = out {
        out.flush()?;
    }
    let days = (last_us - from_us) as f64 / DAY_US as f64;
    println!("{count} messages of {days:.1} days, {again} of them sent again, {misfiled} misfiled");
    for (link, count) in LINKS.iter().zip(links) {
        println!("{link:10} {count:9}");
    }
    println!("at most {most} messages about one person on one link in one hour");
    Ok(())
}
