//! `opor share`

use crate::clock;
use crate::commands::registers::with_record;
use actions::share::{Close, Line, Plan, Share, run_id};
use anyhow::Context as _;
use clinical::share::Tally;
use clinical::sheets::cell;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Rows of the roster in one commit.
const ROWS_AT_ONCE: usize = 200;

/// Migrate the users of SHARE: who used it in the last six calendar months gets an application that lacks only what the
/// person alone can bring, everybody else a notice
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Roster (CSV: user_id,family,given,profession,regulator,licence,employee,unit,email,last_use)
    #[arg(long)]
    roster: PathBuf,
    /// Day of the switch, such as 2026-11-22: use on the same day six calendar months before it still counts
    #[arg(long)]
    as_of: String,
    /// Data folder; the server must be stopped
    #[arg(long)]
    data: PathBuf,
    /// Say what would become of each row, and write nothing into the record
    #[arg(long)]
    dry_run: bool,
    /// Where to write what becomes of each row (CSV)
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Migrate, or say what would be.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let roster = std::fs::read_to_string(&args.roster)
        .with_context(|| format!("cannot read the roster {}", args.roster.display()))?;
    let (lines, tally) = with_record(&args.data, |record| {
        let context = actions::record::machine("opor share", clock::now());
        let plan = Plan { roster: roster.clone(), switch: args.as_of.clone() };
        let (lines, tally) = record.look(&context, plan)?;
        if args.dry_run {
            return Ok((lines, tally));
        }
        let run = run_id(&roster, &args.as_of);
        for part in lines.chunks(ROWS_AT_ONCE) {
            let share = Share { run: run.clone(), switch: args.as_of.clone(), lines: part.to_vec() };
            record.act(&context, share).context(
                "the rows before are kept and the others are not; run it again, what is kept is not kept twice",
            )?;
        }
        record.act(&context, Close { run, switch: args.as_of.clone(), roster: lines.len() })?;
        Ok((lines, tally))
    })?;
    if let Some(path) = &args.report {
        std::fs::write(path, report(&lines)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("{}", told(tally, args.dry_run));
    Ok(if tally.balances() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(tally: Tally, dry_run: bool) -> String {
    let Tally { roster, migrated, not_migrated, excluded } = tally;
    let done = if dry_run { "nothing is written: " } else { "" };
    let sum = if tally.balances() { "=" } else { "IS NOT" };
    format!(
        "{done}migrated {migrated} + not migrated {not_migrated} + excluded {excluded} {sum} roster {roster}"
    )
}

fn report(lines: &[Line]) -> String {
    let mut text = "line,user_id,name,unit,fate,reason,last_use,window_begins\n".to_owned();
    for Line { row, decision } in lines {
        let cells = [
            row.line.to_string(),
            row.user.clone(),
            row.name(),
            row.unit.clone(),
            decision.fate.code().to_owned(),
            decision.fate.words().en,
            decision.evidence.used.map(|day| day.to_string()).unwrap_or_default(),
            decision.evidence.window.map(|day| day.to_string()).unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_said() {
        let tally = Tally { roster: 3, migrated: 1, not_migrated: 1, excluded: 1 };
        assert_eq!(told(tally, false), "migrated 1 + not migrated 1 + excluded 1 = roster 3");
        assert!(told(Tally { roster: 4, ..tally }, true).contains("IS NOT roster 4"));
    }
}
