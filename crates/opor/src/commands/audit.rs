//! `opor audit`

use crate::Where;
use anyhow::{Context as _, bail};
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::Store;
use store::activity::{
    Evidence, LoggedRow, Signer, Verifier, notes_text, parse_notes, parse_offer, take, verify,
};

/// Name of the log in its checkpoints.
const ORIGIN: &str = "opor/activity";
/// Name of the secret of the log in the data folder; readable by its owner only.
const KEY_FILE: &str = "activity.key";
/// Files of an export.
const ROWS_FILE: &str = "activity.ndjson";
const NOTES_FILE: &str = "checkpoints.txt";
const VERIFIER_FILE: &str = "activity.pub";
/// Rows read at once.
const PAGE: usize = 5_000;

/// The activity log: check it, witness it, export it
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Check every row, the tree and every checkpoint, without a server; exit 1 and where when something does not fit
    Verify {
        /// An export (its folder or activity.ndjson), or a data folder or its record.db; a server may be running on it
        path: PathBuf,
        /// The key of the log as you were given it, or a file with it; without it the one beside the log is believed
        #[arg(long, value_name = "KEY|FILE")]
        key: Option<String>,
        /// A file that a witness kept; as often as there are witnesses
        #[arg(long, value_name = "FILE")]
        witness: Vec<PathBuf>,
    },
    /// Keep the log's checkpoints in a file of your own; refuses one that does not continue the last (for a cron job)
    Witness {
        #[command(flatten)]
        place: Where,
        /// The key of the log as you were given it, or a file with it; the data folder's own with --data
        #[arg(long, value_name = "KEY|FILE")]
        key: Option<String>,
        /// Where to keep them; only ever appended to
        file: PathBuf,
    },
    /// Write the log, its checkpoints and its key to a folder, for the check elsewhere. It names people
    Export {
        /// Data folder; a server may be running on it
        #[arg(long)]
        data: PathBuf,
        /// A new folder
        #[arg(long)]
        out: PathBuf,
    },
    /// Print the key by which others believe this log; give it to the witnesses by another way than the log
    Key {
        /// Data folder
        #[arg(long)]
        data: PathBuf,
    },
}

/// Check, witness, export.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Verify { path, key, witness } => check(&path, key.as_deref(), &witness),
        What::Witness { place, key, file } => keep(&place, key.as_deref(), &file),
        What::Export { data, out } => export(&data, &out),
        What::Key { data } => {
            println!("{}", known_signer(&data)?.verifier());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Signs the checkpoints of a data folder. Its secret is made when there is none and nothing was signed with another: a
/// secret that was lost is not silently replaced.
pub(crate) fn signer(data: &Path, store: &Store) -> anyhow::Result<Signer> {
    if store.view()?.last_checkpoint()?.is_some() {
        return known_signer(data);
    }
    made_signer(data)
}

/// The same where a secret must be there.
fn known_signer(data: &Path) -> anyhow::Result<Signer> {
    let file = data.join(KEY_FILE);
    if !file.is_file() {
        bail!(
            "{} is not there: look whether the folder is right, and take the key of the activity log from the backup; with \
             another one, checkpoints that were signed are not believed",
            file.display()
        );
    }
    made_signer(data)
}

fn made_signer(data: &Path) -> anyhow::Result<Signer> {
    Signer::new(ORIGIN, &super::token::secret(data, KEY_FILE)?).context("the key of the activity log")
}

fn believed(given: &str) -> anyhow::Result<Verifier> {
    let text = if Path::new(given).is_file() { std::fs::read_to_string(given)? } else { given.to_owned() };
    text.parse().with_context(|| format!("--key {given}"))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn check(path: &Path, key: Option<&str>, witnesses: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let folder = if path.is_file() { path.parent().unwrap_or(Path::new(".")) } else { path };
    let kept = witnesses
        .iter()
        .map(|file| Ok((format!("witness {}", file.display()), parse_notes(&read(file)?))))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let given = key.map(believed).transpose()?;
    if given.is_none() {
        println!(
            "key          the one beside the log is believed: who has the log may have made both (--key)"
        );
    }
    let trouble = RefCell::new(None);
    let verdict = if crate::place::is_there(folder) {
        let store = crate::place::open_read(folder)?;
        let view = store.view()?;
        let notes: Vec<String> =
            view.log_checkpoints(0, usize::MAX)?.into_iter().map(|row| row.note).collect();
        let verifier = match given {
            Some(verifier) => verifier,
            None if folder.join(KEY_FILE).is_file() => known_signer(folder)?.verifier(),
            None => bail!("{} has no {KEY_FILE}; give --key", folder.display()),
        };
        let mut next = Some(1);
        let pages = std::iter::from_fn(|| match view.logged(next?, PAGE) {
            Ok(rows) => {
                next = rows.last().map(|row| row.seq.saturating_add(1));
                (!rows.is_empty()).then_some(rows)
            }
            Err(problem) => {
                trouble.replace(Some(problem.to_string()));
                None
            }
        });
        verify(pages.flatten(), &Evidence { verifier: &verifier, notes: &notes, kept: &kept })
    } else {
        let notes = parse_notes(&read(&folder.join(NOTES_FILE))?);
        let verifier = match given {
            Some(verifier) => verifier,
            None => believed(&read(&folder.join(VERIFIER_FILE))?)?,
        };
        let rows = folder.join(ROWS_FILE);
        let file = std::fs::File::open(&rows).with_context(|| format!("cannot read {}", rows.display()))?;
        let lines = BufReader::new(file).lines().enumerate().map_while(|(n, line)| {
            let row = line.ok().and_then(|line| LoggedRow::from_line(&line));
            if row.is_none() {
                trouble.replace(Some(format!("{}: line {} is no row of the log", rows.display(), n + 1)));
            }
            row
        });
        verify(lines, &Evidence { verifier: &verifier, notes: &notes, kept: &kept })
    };
    println!("rows         {} ({} of them with their content destroyed)", verdict.rows, verdict.destroyed);
    println!(
        "checkpoints  {} believed; they cover {} rows; {} witnesses",
        verdict.checkpoints,
        verdict.covered.min(verdict.rows),
        kept.len()
    );
    if verdict.pending > 0 {
        println!(
            "pending      the content of {} rows is going under an approved destruction; its certificate is not there yet",
            verdict.pending
        );
    }
    let trouble = trouble.take();
    for words in verdict.findings.iter().map(ToString::to_string).chain(trouble.clone()) {
        println!("wrong: {words}");
    }
    let listed = u64::try_from(verdict.findings.len()).unwrap_or(u64::MAX);
    if verdict.found > listed {
        println!("wrong: and {} more", verdict.found - listed);
    }
    if verdict.is_sound() && trouble.is_none() {
        match verdict.unproved() {
            0 => println!("sound"),
            n => println!(
                "sound; nothing signed speaks for the last {n} rows yet: check again after the next checkpoint"
            ),
        }
        return Ok(ExitCode::SUCCESS);
    }
    println!("Keep these files as they are, and call the privacy officer.");
    Ok(ExitCode::FAILURE)
}

fn keep(place: &Where, key: Option<&str>, file: &Path) -> anyhow::Result<ExitCode> {
    let verifier = match (key, &place.data) {
        (Some(key), _) => believed(key)?,
        (None, Some(data)) => known_signer(data)?.verifier(),
        (None, None) => {
            bail!("give --key: the key of the log as its keeper gave it to you (`opor audit key`)")
        }
    };
    let notes = if file.exists() { parse_notes(&read(file)?) } else { Vec::new() };
    let last = notes.last().map(String::as_str);
    let old = last.map(|note| verifier.check(note)).transpose().context("the last checkpoint kept")?;
    let old = old.map_or(0, |checkpoint| checkpoint.size);
    let offer = match (&place.data, &place.url) {
        (Some(data), _) => {
            let store = crate::place::open_read(data)?;
            let record = actions::Record::new(store, clinical::directory::Directory::default(), Vec::new());
            record.checkpoint_offer(old)?.unwrap_or_default()
        }
        (None, Some(url)) => {
            let url = format!("{}/activity/checkpoint?old={old}", url.trim_end_matches('/'));
            String::from_utf8(super::load::http_get(&url, None)?)?
        }
        (None, None) => bail!("give --data DIR or --url URL"),
    };
    if offer.is_empty() {
        bail!("nothing is signed yet; try again in a minute");
    }
    let offer = parse_offer(&offer).context("the log's answer could not be read; ask again")?;
    let taken = take(&verifier, last, &offer);
    if let (Ok(_), Some(data)) = (&taken, &place.data) {
        crate::done::witness_read(data, crate::clock::now());
    }
    match taken {
        Ok(Some(note)) => {
            let mut kept = OpenOptions::new().create(true).append(true).open(file)?;
            kept.write_all(notes_text(&[note]).as_bytes())?;
            kept.sync_all()?;
            println!("kept: {} rows", verifier.check(&offer.note)?.size);
        }
        Ok(None) => println!("nothing new: {old} rows"),
        Err(refusal) => {
            println!("refused: {refusal}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn export(data: &Path, out: &Path) -> anyhow::Result<ExitCode> {
    let store = crate::place::open_read(data)?;
    let view = store.view()?;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let new = |name: &str| {
        let path = out.join(name);
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .with_context(|| format!("cannot write {}: choose a new folder", path.display()))
    };
    let mut rows = BufWriter::new(new(ROWS_FILE)?);
    let (mut next, mut count) = (1, 0);
    loop {
        let page = view.logged(next, PAGE)?;
        let Some(last) = page.last() else { break };
        next = last.seq.saturating_add(1);
        count += page.len();
        for row in page {
            writeln!(rows, "{}", row.to_line())?;
        }
    }
    rows.flush()?;
    let notes: Vec<String> = view.log_checkpoints(0, usize::MAX)?.into_iter().map(|row| row.note).collect();
    new(NOTES_FILE)?.write_all(notes_text(&notes).as_bytes())?;
    new(VERIFIER_FILE)?.write_all(format!("{}\n", known_signer(data)?.verifier()).as_bytes())?;
    println!(
        "{count} rows and {} checkpoints; they name people: keep them as the record is kept",
        notes.len()
    );
    Ok(ExitCode::SUCCESS)
}
