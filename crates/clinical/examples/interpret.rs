//! For developing the mapper: writes what we make of every `.hl7` file under a folder as FHIR bundles.
//!
//! `interpret FROM TO` writes `TO/<relative path>.json`. `opor interpret` is the product's own command for it.

use clinical::intake::{Handling, Sender, bundle, interpret};
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: interpret FROM TO");
        return Ok(());
    };
    let mut todo = vec![from.clone()];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                todo.push(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "hl7") {
            let relative = path.strip_prefix(&from).unwrap_or(&path).to_owned();
            one(&path, &to, &relative)?;
        }
    }
    Ok(())
}

fn one(path: &Path, to: &Path, relative: &Path) -> std::io::Result<()> {
    let messages = split(&fs::read(path)?);
    let several = messages.len() > 1;
    for (n, bytes) in messages.into_iter().enumerate() {
        let message = match hl7v2::Message::parse(bytes) {
            Ok(message) => message,
            Err(error) => {
                eprintln!("{}: {error}", relative.display());
                continue;
            }
        };
        let header = message.header();
        let authority = [header.sending_facility(), header.sending_application()]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .into_owned();
        let sender = Sender {
            link: "interpret".to_owned(),
            custodian: authority.clone(),
            default_authority: authority,
            time_zone: "America/Halifax".to_owned(),
            message_reference: format!("urn:opor:message:{}-{n}", relative.display()),
            // After everything any message tells of: 2100-01-01.
            received: fhir::Instant(4_102_444_800_000_000),
        };
        let said = interpret(&message, &sender);
        match &said.handling {
            Handling::Mapped => {}
            Handling::Kept(words) | Handling::Held(words) => {
                eprintln!("{}: {}", relative.display(), words.en)
            }
        }
        for problem in &said.problems {
            eprintln!("{}: {}", relative.display(), problem.en);
        }
        if matches!(said.handling, Handling::Kept(_)) {
            continue;
        }
        let mut name = to.join(relative).into_os_string();
        name.push(if several { format!("-{}.json", n + 1) } else { ".json".to_owned() });
        let target = PathBuf::from(name);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(target, bundle(&said).to_bytes())?;
    }
    Ok(())
}

/// Messages of a file: each begins with MSH at the beginning of a line.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
        if line.starts_with(b"MSH") || messages.is_empty() {
            messages.push(Vec::new());
        }
        if let Some(last) = messages.last_mut() {
            last.extend_from_slice(line);
        }
    }
    messages
}
