//! Arguments of the examples: `--name value` pairs.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

/// Values by name, without the dashes.
pub(crate) type Arguments = BTreeMap<String, String>;

/// Reads the command line and runs; an error is printed with how it is used.
pub(crate) fn run_with(usage: &str, run: impl FnOnce(&Arguments) -> Result<(), Box<dyn Error>>) -> ExitCode {
    match read().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n\n{usage}");
            ExitCode::FAILURE
        }
    }
}

fn read() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments::new();
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        arguments.insert(name.trim_start_matches("--").to_owned(), value);
    }
    Ok(arguments)
}
