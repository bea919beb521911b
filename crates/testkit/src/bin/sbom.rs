//! Prints what the program is built of (CycloneDX 1.5, JSON).
//!
//! `./x sbom`, or `cargo run -p testkit --bin sbom`

use std::collections::BTreeMap;
use std::process::Command;
use testkit::bill::{bill, licences};
use testkit::sources::workspace_root;

fn main() -> Result<(), String> {
    let root = workspace_root();
    let asked = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(&root)
        .output()
        .map_err(|error| error.to_string())?;
    let known = match serde_json::from_slice(&asked.stdout) {
        Ok(metadata) => licences(&metadata),
        Err(_) => {
            eprintln!("licences are left out: {}", String::from_utf8_lossy(&asked.stderr).trim());
            BTreeMap::new()
        }
    };
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).map_err(|error| error.to_string())?;
    println!("{:#}", bill(&lock, &known)?);
    Ok(())
}
