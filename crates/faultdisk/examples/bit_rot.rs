//! The campaign of flipped bits (HAZARDS.md D5): `--from N --to M` flips bits in the records of the seeds from N up to but
//! without M, a thousand in the database, a thousand in the log and some in a backup of each, and says what became of them.
#![allow(clippy::disallowed_methods, reason = "a campaign says how long it took")]

use faultdisk::campaign::range;
use faultdisk::random::Random;
use faultdisk::rot::{Rot, Rotting};
use std::process::ExitCode;
use std::time::Instant;

/// Bits of each file.
const FLIPS: usize = 1_000;
/// Bits of the pages of what is owed, sent and linked.
const OWED_FLIPS: usize = 500;
/// Bits of a backup.
const BACKUP_FLIPS: usize = 100;

fn main() -> std::io::Result<ExitCode> {
    let (from, to) = range(std::env::args().skip(1))?;
    let begun = Instant::now();
    let (mut database, mut owed, mut log, mut backup) =
        (Rot::default(), Rot::default(), Rot::default(), Rot::default());
    for seed in from..to {
        let rotting = Rotting::new(seed)?;
        database.add(rotting.database(FLIPS, &mut Random::new(seed))?);
        owed.add(rotting.owed(OWED_FLIPS, &mut Random::new(seed))?);
        log.add(rotting.log(FLIPS, &mut Random::new(!seed))?);
        backup.add(rotting.backup(BACKUP_FLIPS, &mut Random::new(seed))?);
    }
    println!("in the database: {database:#?}");
    println!("in what is owed, sent and linked: {owed:#?}");
    println!("in the log: {log:#?}");
    println!("in a backup: {backup:#?}");
    let failures: usize = [&database, &owed, &log, &backup].iter().map(|rot| rot.uncovered().count()).sum();
    println!(
        "campaign bit-rot from={from} to={to} ran={} failures={failures} seconds={} commit={}",
        database.flips + owed.flips + log.flips + backup.flips,
        begun.elapsed().as_secs(),
        faultdisk::campaign::commit()
    );
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
