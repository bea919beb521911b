//! `opor interpret`

use super::send::files;
use crate::clock;
use anyhow::Context as _;
use clinical::intake::{self, Sender};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What we make of messages, as FHIR bundles, without a server
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Folder for the bundles; standard output without it
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Interpret everything; what cannot be read is told on standard error and makes the exit status 1.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut all_well = true;
    for path in &args.paths {
        let root = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(Path::new("")) };
        for file in files(std::slice::from_ref(path))? {
            let relative = file.strip_prefix(root).unwrap_or(&file);
            let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let contents = hl7v2::batch::split(&bytes);
            let several = contents.members.len() > 1;
            if contents.members.is_empty() {
                all_well = false;
                eprintln!("{}: no message found; a message starts with MSH", file.display());
            }
            for (n, member) in contents.members.iter().enumerate() {
                let bundle = match bundle(member.bytes) {
                    Ok(bundle) => bundle,
                    Err(problem) => {
                        all_well = false;
                        eprintln!("{} #{}: {problem}", file.display(), n + 1);
                        continue;
                    }
                };
                match &args.out {
                    Some(out) => {
                        let suffix = if several { format!("-{}", n + 1) } else { String::new() };
                        let target = out.join(format!("{}{suffix}.json", relative.display()));
                        if let Some(parent) = target.parent() {
                            std::fs::create_dir_all(parent)?;
                        }
                        std::fs::write(&target, &bundle)
                            .with_context(|| format!("cannot write {}", target.display()))?;
                    }
                    None => println!("{}", String::from_utf8_lossy(&bundle)),
                }
            }
        }
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn bundle(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let message = hl7v2::Message::parse(bytes)?;
    let header = message.header();
    let facility = if header.sending_facility().is_empty() {
        header.sending_application()
    } else {
        header.sending_facility()
    };
    let sender = Sender {
        link: "interpret".to_owned(),
        default_authority: facility.clone().into_owned(),
        time_zone: "America/Halifax".to_owned(),
        custodian: facility.into_owned(),
        message_reference: format!("urn:opor:message:{}", header.control_id()),
        received: clock::now(),
    };
    Ok(intake::bundle(&intake::interpret(&message, &sender)).to_bytes())
}
