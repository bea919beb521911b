//! `opor backup`

use crate::clock;
use crate::commands::check::examine;
use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::backup::{About, Ending, Header, Key, read, restore_into_folder, write};
use store::{Census, Store};

/// A file of the data folder that is larger is no setting, no key and no letter (bytes).
const LARGEST_FILE_BYTES: u64 = 256 << 20;
/// What is added to the name of a backup for the folder in which it is tried.
const TRIAL: &str = "trial";

/// Everything of a record in one sealed file, tried by restoring it
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; a server may be running on it
    #[arg(long, required_unless_present = "url")]
    data: Option<PathBuf>,
    /// PostgreSQL of a record, postgres://USER@HOST:PORT/DATABASE, without the keys and settings of its data folder
    #[arg(long, conflicts_with = "data")]
    url: Option<String>,
    /// File with the key that seals it, at least 32 bytes; keep it elsewhere than the backup
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Read it again and compare what everything adds up to, and do not restore it for a trial
    #[arg(long)]
    quick: bool,
    /// Folder in which it is restored for the trial, in the clear and as large as the record; the folder of the backup
    /// when left out
    #[arg(long, value_name = "DIR", conflicts_with = "quick")]
    trial: Option<PathBuf>,
    /// Where to write it; a new file
    file: PathBuf,
}

/// Write a backup and try it.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let key = key(&args.key)?;
    let trial = trial(&args)?;
    if let Some(trial) = &trial {
        clear_trials(trial.parent().unwrap_or(Path::new(".")))?;
    }
    let store = match (&args.data, &args.url) {
        (Some(data), _) => crate::place::open_read(data)?,
        (None, Some(url)) => crate::place::open_read_at(url)?,
        (None, None) => bail!("give --data DIR or --url URL"),
    };
    let about = About { opor: env!("CARGO_PKG_VERSION"), taken: clock::now(), salt: clock::random() };
    let bar = bar()?;
    let mut progress = |table: &str, rows: u64| {
        bar.set_message(table.to_owned());
        bar.set_position(rows);
    };
    let written = {
        // The first read fixes the moment, and only then the files are read: a key or a letter that a row of that moment
        // names is there by then.
        let view = store.view()?;
        view.point()?;
        let files = match &args.data {
            Some(data) => files(data, &|path, why| {
                println!("left out     {}: {why}. Keep it elsewhere", path.display());
            })?,
            None => Vec::new(),
        };
        write(&view, &files, &about, (&key, args.file.as_path()), &mut progress)?
    };
    bar.set_prefix("reading it again: ");
    let found = read(&args.file, &key, &mut progress)?;
    if (&found.header, &found.ending) != (&written.header, &written.ending) {
        bail!("{} is not what was written. Use another disk", args.file.display());
    }
    bar.finish_and_clear();
    said(&args.file, &written.header, &written.ending);
    let Some(trial) = trial else {
        println!("read again   it adds up; it was not restored (--quick)");
        noted(&args, &written.header, false);
        return Ok(ExitCode::SUCCESS);
    };
    let sound = tried(&args.file, &trial, &key, &written.header, &written.ending)?;
    if sound {
        noted(&args, &written.header, true);
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Notes for `opor status` what was made; of a database without a data folder nobody asks there.
fn noted(args: &Args, header: &Header, tried: bool) {
    if let Some(data) = &args.data {
        crate::done::backup_made(data, fhir::Instant(header.taken), tried);
    }
}

/// Where a backup is tried; `None` when it is not.
fn trial(args: &Args) -> anyhow::Result<Option<PathBuf>> {
    if args.quick {
        return Ok(None);
    }
    let mut name = args.file.file_name().context("the backup has no name")?.to_owned();
    name.push(format!(".{TRIAL}"));
    let beside = args.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = args.trial.as_deref().or(beside).unwrap_or(Path::new("."));
    Ok(Some(folder.join(name)))
}

/// Removes what backups that were killed left of their trials: a whole record in the clear.
fn clear_trials(folder: &Path) -> anyhow::Result<()> {
    let words = |path: &Path| format!("cannot remove {}", path.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_none_or(|end| end != TRIAL) || !entry.file_type()?.is_dir() {
            continue;
        }
        let mut within = std::fs::read_dir(&path).with_context(|| words(&path))?;
        let is_ours = within.all(|file| {
            file.is_ok_and(|file| crate::place::is_of_the_database(&file.file_name().to_string_lossy()))
        });
        // One that is under way is held by its backup.
        let held = File::open(&path).with_context(|| words(&path))?;
        if is_ours && held.try_lock().is_ok() {
            std::fs::remove_dir_all(&path).with_context(|| words(&path))?;
            println!("removed      {}, which a backup that was stopped had left", path.display());
        }
    }
    Ok(())
}

/// Restores a backup into a folder that only its owner reads, checks what came out, and removes it.
fn tried(file: &Path, folder: &Path, key: &Key, header: &Header, ending: &Ending) -> anyhow::Result<bool> {
    DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let held = File::open(folder).with_context(|| format!("cannot open {}", folder.display()))?;
    held.lock().with_context(|| format!("cannot lock {}", folder.display()))?;
    let outcome = restored(file, key, folder).and_then(|()| {
        let store = crate::place::open_read(folder)?;
        is_what_was_kept(&store, header, ending)
    });
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    outcome
}

fn restored(file: &Path, key: &Key, folder: &Path) -> anyhow::Result<()> {
    let bar = bar()?;
    bar.set_prefix("restoring it: ");
    let settings = store::Settings::new(clock::monotonic());
    let mut progress = |table: &str, rows: u64| {
        bar.set_message(table.to_owned());
        bar.set_position(rows);
    };
    restore_into_folder(file, key, folder, &settings, (&mut progress, &mut |_| Ok(())))?;
    bar.finish_and_clear();
    // A backup of an older version is brought to this one before it is looked at.
    crate::place::open(folder)?.stop();
    Ok(())
}

/// Whether a restored record is the one that was kept: sound, at the same point, with the same books.
pub(crate) fn is_what_was_kept(store: &Store, header: &Header, ending: &Ending) -> anyhow::Result<bool> {
    let report = examine(store)?;
    let view = store.view()?;
    let (point, census) = (view.point()?, view.census_of_every_row()?);
    let mut wrong = report.problems;
    if point != header.point {
        wrong.push(format!("it ends at message {} and not at {}", point.arrival, header.point.arrival));
    }
    if point.root != header.point.root {
        wrong.push("the tree over its activity log is another one".to_owned());
    }
    if !same_books(&census, &ending.census) {
        wrong.push("its books are not those that were counted when it was made".to_owned());
    }
    for problem in &wrong {
        println!("wrong: {problem}");
    }
    if wrong.is_empty() {
        println!(
            "restored     {} messages, {} resource versions, {} rows of the activity log are sound; the books are the same",
            report.messages, report.versions, report.audit
        );
    }
    Ok(wrong.is_empty())
}

/// What depends on the clock of the count is left out.
fn same_books(a: &Census, b: &Census) -> bool {
    (&a.messages, &a.deliveries, &a.kinds, a.balanced) == (&b.messages, &b.deliveries, &b.kinds, b.balanced)
}

/// What a backup is, for people.
pub(crate) fn said(file: &Path, header: &Header, ending: &Ending) {
    let rows: u64 = ending.tables.iter().map(|sum| sum.rows).sum();
    println!("backup       {}", file.display());
    println!(
        "point        message {}, filing {}, activity {}; taken {} (microseconds since 1970, UTC), schema {}, from {}",
        header.point.arrival,
        header.point.filing,
        header.point.audit,
        header.taken,
        header.schema,
        header.database
    );
    println!("root         {}", header.point.root);
    println!("contents     {rows} rows of {} tables, {} files", ending.tables.len(), ending.files.len());
}

/// The key of a key file.
pub(crate) fn key(path: &Path) -> anyhow::Result<Key> {
    let bytes = std::fs::read(path).with_context(|| {
        format!("cannot read the key {}. Make one: head -c 48 /dev/urandom | base64 > {0}", path.display())
    })?;
    Key::of(&bytes).with_context(|| {
        format!(
            "the key in {} has fewer than {} bytes. Make one: head -c 48 /dev/urandom | base64",
            path.display(),
            store::backup::KEY_BYTES
        )
    })
}

/// A line that says how far it is.
pub(crate) fn bar() -> anyhow::Result<ProgressBar> {
    Ok(ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {prefix}{msg} {pos}")?))
}

/// Every file of a data folder but those of the database: keys, directory, cover, letters that wait. `told` what is left out,
/// and why.
pub(crate) fn files(data: &Path, told: &dyn Fn(&Path, &str)) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            // A letter may be taken out while it is looked at. Links lead to what is not of this folder.
            let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
            if about.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(data).unwrap_or(&path);
            if crate::place::is_of_the_database(&name.to_string_lossy()) {
                continue;
            }
            let why = match name.to_str() {
                _ if about.is_symlink() => Some("it is a link"),
                _ if !about.is_file() => Some("it is no file"),
                None => Some("its name is not UTF-8"),
                Some(_) => None,
            };
            if let Some(why) = why {
                told(&path, why);
                continue;
            }
            let Some(name) = name.to_str().map(str::to_owned) else { continue };
            if about.len() > LARGEST_FILE_BYTES {
                bail!(
                    "{} has {} MiB: it is no setting of this record. Move it out of the data folder",
                    path.display(),
                    about.len() >> 20
                );
            }
            match std::fs::read(&path) {
                Ok(bytes) => found.push((name, bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
            }
        }
    }
    found.sort();
    Ok(found)
}
