//! `opor registers`

use crate::clock;
use crate::config::Config;
use actions::Record;
use actions::enrolment::{TakeAdministrators, TakeMeetings};
use actions::facility::registers::{Register, TakeRegister};
use actions::facility::structure::TakeStructure;
use anyhow::Context as _;
use clinical::directory::Directory;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Take over registers of other offices: licences, employments, units with their managers
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; the server must be stopped (a running one takes the files of its settings by itself)
    #[arg(long)]
    data: PathBuf,
    /// Licences of all regulators (CSV: regulator,licence,family,status,until)
    #[arg(long)]
    licences: Option<PathBuf>,
    /// Employments of the facilities (CSV: employee,family,unit,from,until)
    #[arg(long)]
    employments: Option<PathBuf>,
    /// Units and their managers (TOML)
    #[arg(long)]
    units: Option<PathBuf>,
    /// Who looks after access at each workplace in the community (CSV: place,name,email)
    #[arg(long)]
    administrators: Option<PathBuf>,
    /// When the enrolment desk holds video calls (CSV: day,from,until,at_once,room)
    #[arg(long)]
    meetings: Option<PathBuf>,
    /// You have asked who sent a register that leaves out many people, and it is right
    #[arg(long)]
    sure: bool,
}

/// What is done with an open record, and its end.
pub(crate) fn with_record<T>(
    data: &Path,
    work: impl FnOnce(&Record) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let config = Config::for_data(data.to_owned());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let done = work(&record);
    drop(record);
    store.stop();
    done
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Take them over.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let files = [(Register::Licences, &args.licences), (Register::Employments, &args.employments)];
    let others = [&args.units, &args.administrators, &args.meetings];
    if others.iter().all(|path| path.is_none()) && files.iter().all(|(_, path)| path.is_none()) {
        anyhow::bail!(
            "say what is to be taken over: --licences FILE, --employments FILE, --units FILE, --administrators FILE, --meetings FILE"
        );
    }
    with_record(&args.data, |record| {
        let context = actions::record::machine("opor registers", clock::now());
        for (register, path) in files {
            let Some(path) = path else { continue };
            let of = crate::registers::written(path);
            record.act(&context, TakeRegister { register, text: text(path)?, sure: args.sure, of })?;
            println!("{} are taken over from {}", register.code(), path.display());
        }
        if let Some(path) = &args.units {
            let reason = format!("from {}", path.display());
            record.act(&context, TakeStructure { text: text(path)?, reason })?;
            println!("units and managers are taken over from {}", path.display());
        }
        if let Some(path) = &args.administrators {
            record.act(&context, TakeAdministrators { text: text(path)? })?;
            println!("administrators of workplaces are taken over from {}", path.display());
        }
        if let Some(path) = &args.meetings {
            record.act(&context, TakeMeetings { text: text(path)? })?;
            println!("hours of video calls are taken over from {}", path.display());
        }
        Ok(ExitCode::SUCCESS)
    })
}
