//! Where the product's binary is, for tests that drive it from outside its own package.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The `opor` binary of this build's profile, built now when it is absent or older than one of its sources.
///
/// # Errors
/// In words: why there is none.
pub fn opor_binary() -> Result<PathBuf, String> {
    let test =
        std::env::current_exe().map_err(|error| format!("this test's own path is not known: {error}"))?;
    // target/<profile>/deps/<test>; unit tests of examples lie one folder higher or lower.
    let profile_dir = test
        .ancestors()
        .find(|dir| dir.join("deps").is_dir() && dir.join(".fingerprint").is_dir())
        .ok_or_else(|| format!("{} does not lie in a target folder of cargo", test.display()))?;
    let binary = profile_dir.join(format!("opor{}", std::env::consts::EXE_SUFFIX));
    if !is_current(&binary) {
        build(profile_dir)?;
    }
    if binary.is_file() { Ok(binary) } else { Err(format!("cargo built no {}", binary.display())) }
}

fn build(profile_dir: &Path) -> Result<(), String> {
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    eprintln!("building the opor binary ({profile})");
    let status = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args(["build", "--quiet", "--package", "opor", "--bin", "opor", "--profile", profile])
        .current_dir(crate::sources::workspace_root())
        .status()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("cargo build -p opor failed; its messages are above".to_owned())
    }
}

/// Whether the binary is younger than every source that cargo noted beside it (`opor.d`).
fn is_current(binary: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    let (Some(built), Ok(notes)) = (modified(binary), std::fs::read_to_string(binary.with_extension("d")))
    else {
        return false;
    };
    let Some((_, sources)) = notes.split_once(": ") else { return false };
    sources_of(sources).iter().all(|source| modified(source).is_some_and(|changed| changed <= built))
}

/// Paths of a make-style list, where a space inside a path is written `\ `.
fn sources_of(list: &str) -> Vec<PathBuf> {
    list.trim()
        .replace("\\ ", "\u{0}")
        .split_whitespace()
        .map(|path| PathBuf::from(path.replace('\u{0}', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_sources_may_hold_spaces() {
        assert_eq!(sources_of("a/b.rs c\\ d/e.rs\n"), [PathBuf::from("a/b.rs"), PathBuf::from("c d/e.rs")]);
    }

    #[test]
    fn a_binary_that_is_not_there_is_not_current() {
        assert!(!is_current(Path::new("nowhere/opor")));
    }
}
