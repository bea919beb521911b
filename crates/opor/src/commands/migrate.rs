//! `opor migrate`

use super::backup::bar;
use crate::clock;
use crate::commands::check::examine;
use crate::place;
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::copy::{Site, move_record};

/// Move a record from a data folder to PostgreSQL, or back
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the record is: its data folder, or postgres://USER@HOST:PORT/DATABASE
    #[arg(long, value_name = "DIR|URL")]
    from: String,
    /// Where it shall be: an empty database of a PostgreSQL, or a data folder without a record
    #[arg(long, value_name = "URL|DIR")]
    to: String,
    /// Check the copy as `opor check` does, beside comparing what each table adds up to
    #[arg(long)]
    verify: bool,
    /// Print what each table adds up to
    #[arg(long)]
    sums: bool,
}

/// Copy, compare, and let the data folder know where its record is now.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (from, to) = (read(&args.from), read(&args.to));
    // A folder may name a PostgreSQL: the record is there.
    let source = match &from {
        Site::Folder(data) => match place::address(data)? {
            Some(url) => Site::Server(url),
            None => from.clone(),
        },
        Site::Server(_) => from.clone(),
    };
    match (&from, &to) {
        (Site::Folder(_), Site::Folder(data)) if source == from => {
            bail!(
                "both are data folders: copy {} with the server stopped, or restore a backup there",
                data.display()
            )
        }
        (_, Site::Folder(data)) => place::may_become_a_folder(data, &source)?,
        (Site::Folder(_), Site::Server(_)) => {}
        (Site::Server(_), Site::Server(_)) => {
            bail!("both are PostgreSQL: use its own tools (pg_dump, or a standby that is promoted)")
        }
    }
    if matches!((&source, &to), (Site::Server(_), Site::Server(_))) {
        bail!("the record of this folder is at a PostgreSQL already: use its own tools (pg_dump)");
    }
    let bar = bar()?;
    let settings = store::Settings::new(clock::monotonic());
    let moved = move_record(&source, &to, &settings, &mut |table, rows| {
        bar.set_message(table.to_owned());
        bar.set_position(rows);
        true
    })?;
    bar.finish_and_clear();
    // `moved` keeps the lock of the folder until the folder says where its record is.
    if args.sums {
        for sum in &moved.tables {
            println!("{:<24}{:>12}  {}", sum.table, sum.rows, sum.digits());
        }
    }
    let rows: u64 = moved.tables.iter().map(|sum| sum.rows).sum();
    println!(
        "moved        {rows} rows of {} tables; each adds up to the same on both sides",
        moved.tables.len()
    );
    match (&from, &to) {
        (Site::Folder(data), Site::Server(url)) => {
            place::leave_for_server(data, url)?;
            println!(
                "now          {} names the PostgreSQL; its former database is kept beside as record.db.moved",
                data.display()
            );
        }
        (_, Site::Folder(data)) => {
            place::leave_server(data)?;
            println!(
                "now          the record is in {}; the database at the PostgreSQL is marked as moved, so that nothing serves it: drop it when you are sure",
                data.display()
            );
        }
        _ => {}
    }
    if args.verify {
        let data: &Path = match (&from, &to) {
            (_, Site::Folder(data)) | (Site::Folder(data), _) => data,
            _ => return Ok(ExitCode::SUCCESS),
        };
        let report = examine(&place::open_read(data)?)?;
        for problem in &report.problems {
            println!("wrong: {problem}");
        }
        if !report.is_sound() {
            return Ok(ExitCode::FAILURE);
        }
        println!("sound");
    }
    Ok(ExitCode::SUCCESS)
}

fn read(said: &str) -> Site {
    if said.starts_with("postgres://") || said.starts_with("postgresql://") {
        Site::Server(said.to_owned())
    } else {
        Site::Folder(PathBuf::from(said))
    }
}
