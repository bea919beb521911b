//! `opor restore`

use super::backup::{bar, is_what_was_kept, key, said};
use crate::clock;
use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use store::backup::{Receivers, restore_into_folder, restore_into_server};

/// Make the record of a backup again, in an empty place
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backup
    file: PathBuf,
    /// Data folder to make; empty or not there
    #[arg(long)]
    data: PathBuf,
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
    must_be_empty(&args.data)?;
    let bar = bar()?;
    let mut progress = |table: &str, rows: u64| {
        bar.set_message(table.to_owned());
        bar.set_position(rows);
    };
    let settings = store::Settings::new(clock::monotonic());
    // Before the record has its name: whoever finds one finds its keys, and serves it with those and no new ones.
    let mut files = |files: &[(String, Vec<u8>)]| {
        std::fs::create_dir_all(&args.data)?;
        let put = files.iter().try_for_each(|(name, bytes)| put(&args.data, name, bytes));
        put.and_then(|()| Ok(File::open(&args.data)?.sync_all()?))
            .map_err(|error| std::io::Error::other(format!("{error:#}")))
    };
    let receivers: Receivers<'_> = (&mut progress, &mut files);
    let found = match &args.store {
        Some(url) => restore_into_server(&args.file, &key, url, receivers)?,
        None => restore_into_folder(&args.file, &key, &args.data, &settings, receivers)?,
    };
    bar.finish_and_clear();
    said(&args.file, &found.header, &found.ending);
    // Brought to this version, and its place noted.
    match &args.store {
        Some(url) => crate::place::open_at(&args.data, url)?.stop(),
        None => crate::place::open(&args.data)?.stop(),
    }
    let store = crate::place::open_read(&args.data)?;
    if is_what_was_kept(&store, &found.header, &found.ending)? {
        println!("Start `opor serve --data {}`.", args.data.display());
        return Ok(ExitCode::SUCCESS);
    }
    println!("Do not use {}; take another backup.", args.data.display());
    Ok(ExitCode::FAILURE)
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
