//! `opor restore`: the record of a backup, or of a moment from the second place of the log.

use super::backup::{bar, is_what_was_kept, key, said};
use super::check::examine;
use crate::clock;
use anyhow::{Context as _, bail};
use fhir::Instant;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use store::backup::{Key, Receivers, restore_into_folder, restore_into_server};
use store::second::{look_through, restore};

/// Make a record again in an empty place: that of a backup, or as of a moment from the second place of the log
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backup
    #[arg(required_unless_present = "from")]
    file: Option<PathBuf>,
    /// Second place of the log, instead of a backup
    #[arg(long, value_name = "DIR", conflicts_with_all = ["file", "store"])]
    from: Option<PathBuf>,
    /// With --from: as of the last commit at or before this moment, "2026-11-22 14:05" in America/Halifax or
    /// 2026-11-22T18:05:00Z; of the last one that there is when left out
    #[arg(long, value_name = "TIME", requires = "from")]
    at: Option<String>,
    /// With --from: read everything there and say which moments can be restored, and restore nothing
    #[arg(long, requires = "from", conflicts_with_all = ["data", "at"])]
    check: bool,
    /// Data folder to make; empty or not there
    #[arg(long, required_unless_present = "check")]
    data: Option<PathBuf>,
    /// PostgreSQL that shall keep the record, with an empty database; the data folder when left out
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// File with the key that it was sealed with
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Restore, check, say.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let key = key(&args.key)?;
    match (&args.file, &args.from, &args.data) {
        (_, Some(from), None) => moments(from, &key),
        (_, Some(from), Some(data)) => as_of(from, args.at.as_deref(), data, &key),
        (Some(file), None, Some(data)) => of_backup(file, data, args.store.as_deref(), &key),
        _ => bail!("give a backup, or --from DIR"),
    }
}

fn of_backup(file: &Path, data: &Path, store: Option<&str>, key: &Key) -> anyhow::Result<ExitCode> {
    must_be_empty(data)?;
    let bar = bar()?;
    let mut progress = |table: &str, rows: u64| {
        bar.set_message(table.to_owned());
        bar.set_position(rows);
    };
    let settings = store::Settings::new(clock::monotonic());
    let mut files = |files: &[(String, Vec<u8>)]| put_all(data, files);
    let receivers: Receivers<'_> = (&mut progress, &mut files);
    let found = match store {
        Some(url) => restore_into_server(file, key, url, receivers)?,
        None => restore_into_folder(file, key, data, &settings, receivers)?,
    };
    bar.finish_and_clear();
    said(file, &found.header, &found.ending);
    // Brought to this version, and its place noted.
    match store {
        Some(url) => crate::place::open_at(data, url)?.stop(),
        None => crate::place::open(data)?.stop(),
    }
    let store = crate::place::open_read(data)?;
    if is_what_was_kept(&store, &found.header, &found.ending)? {
        println!("Start `opor serve --data {}`.", data.display());
        return Ok(ExitCode::SUCCESS);
    }
    println!("Do not use {}; take another backup.", data.display());
    Ok(ExitCode::FAILURE)
}

/// Which moments a second place has.
fn moments(from: &Path, key: &Key) -> anyhow::Result<ExitCode> {
    let bar = bar()?;
    let spans = look_through(from, key, &mut |path| bar.set_message(path.display().to_string()))?;
    bar.finish_and_clear();
    for span in &spans {
        println!(
            "moments      {} to {}: {} copies of the database, {} pieces of the log",
            span.from, span.until, span.bases, span.pieces
        );
        if let Some(torn) = &span.torn {
            println!("not whole    {torn}: it is being written, or was cut off there");
        }
        if let Some(problem) = &span.problem {
            println!("wrong: {problem}");
        }
    }
    let is_whole = spans.iter().all(|span| span.problem.is_none());
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_of(from: &Path, at: Option<&str>, data: &Path, key: &Key) -> anyhow::Result<ExitCode> {
    let at = at.map(moment).transpose()?;
    must_be_empty(data)?;
    let restored = restore(from, key, at, data, &mut |files| put_all(data, files))?;
    println!(
        "as of        {}, from the copy of {} and {} commits",
        restored.at, restored.base, restored.commits
    );
    if let Some(problem) = &restored.problem {
        println!("not whole    {problem}");
    }
    // Brought to this version.
    crate::place::open(data)?.stop();
    let store = crate::place::open_read(data)?;
    let report = examine(&store)?;
    let view = store.view()?;
    let point = view.point()?;
    println!(
        "point        message {}, filing {}, activity {}\nroot         {}",
        point.arrival, point.filing, point.audit, point.root
    );
    if !report.is_sound() || !view.census_of_every_row()?.balanced {
        for problem in &report.problems {
            println!("wrong: {problem}");
        }
        println!("Do not use {}; take another moment.", data.display());
        return Ok(ExitCode::FAILURE);
    }
    println!(
        "restored     {} messages, {} resource versions, {} rows of the activity log are sound; the books balance",
        report.messages, report.versions, report.audit
    );
    println!("Start `opor serve --data {}`.", data.display());
    Ok(ExitCode::SUCCESS)
}

/// A moment on the command line: a wall time of the province, or an instant.
fn moment(text: &str) -> anyhow::Result<Instant> {
    let words =
        || format!("--at {text}: write \"2026-11-22 14:05\" in America/Halifax, or 2026-11-22T18:05:00Z");
    if text.contains('T') {
        let is_whole = text.ends_with('Z') || text.rfind(['+', '-']).is_some_and(|at| at > 10);
        let instant = fhir::time::interval(text).filter(|_| is_whole);
        return Ok(instant.with_context(words)?.0);
    }
    let moments = clinical::cover::moments(text).filter(|_| text.contains(':')).with_context(words)?;
    match moments[..] {
        [one] => Ok(one),
        [] => bail!(
            "--at {text}: that hour was left out by the change of the clock. Give a time before or after it"
        ),
        _ => {
            let both: Vec<String> = moments.iter().map(ToString::to_string).collect();
            bail!("--at {text}: that hour came twice. Give one of {}", both.join(" and "))
        }
    }
}

/// Files of the installation, before the record has its name: whoever finds one finds its keys, and serves it with those and
/// no new ones.
fn put_all(data: &Path, files: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    std::fs::create_dir_all(data)?;
    let put = files.iter().try_for_each(|(name, bytes)| put(data, name, bytes));
    put.and_then(|()| Ok(File::open(data)?.sync_all()?))
        .map_err(|error| std::io::Error::other(format!("{error:#}")))
}

/// Nothing is overwritten; what a restore that ended early has left of its database is begun anew.
fn must_be_empty(data: &Path) -> anyhow::Result<()> {
    if !data.exists() {
        return Ok(());
    }
    let entries = std::fs::read_dir(data).with_context(|| format!("cannot read {}", data.display()))?;
    let unfinished = store::copy::unfinished_file();
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        // A log beside no database would be taken for the new one's.
        let is_left = name == store::LOCK_FILE || name.starts_with(&unfinished);
        if !is_left {
            bail!(
                "{} is not empty ({name} is in it), and nothing is overwritten. Give another --data folder",
                data.display()
            );
        }
    }
    Ok(())
}

/// Writes a file of the installation, readable by its owner only.
fn put(data: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = Path::new(name);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("the backup names a file outside the data folder; it is not written");
    }
    let path = data.join(path);
    let words = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(words)?;
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = made.with_context(words)?;
    file.write_all(bytes).with_context(words)?;
    file.sync_all().with_context(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h41_a_moment_is_said_in_the_provinces_time_or_with_its_zone() {
        let told = |text: &str| moment(text).map(|at| at.to_string()).map_err(|error| error.to_string());
        assert_eq!(told("2026-11-22 14:05"), Ok("2026-11-22T18:05:00.000Z".to_owned()));
        assert_eq!(told("2026-11-22T18:05:00.250Z"), Ok("2026-11-22T18:05:00.250Z".to_owned()));
        assert_eq!(told("2026-11-22T14:05:00-04:00"), told("2026-11-22 14:05"));
        for (text, because) in [
            ("2026-11-01 01:30", "Give one of 2026-11-01T04:30:00.000Z and 2026-11-01T05:30:00.000Z"),
            ("2026-03-08 02:30", "left out"),
            ("2026-11-22", "write \"2026-11-22 14:05\""),
            ("2026-11-22T14:05", "write"),
            ("yesterday", "write"),
        ] {
            assert!(told(text).is_err_and(|words| words.contains(because)), "{text}: {:?}", told(text));
        }
    }
}
