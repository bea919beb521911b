//! Lists the profiles of EMR products, so that a new one is a new file and nothing else.

use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo runs a build script in its package; nothing here remembers where the tree lay when it was compiled.
    let folder = Path::new("profiles");
    println!("cargo::rerun-if-changed=profiles");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    names.sort();
    let mut table = String::from("&[\n");
    for name in names {
        writeln!(
            table,
            "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/profiles/{name}.toml\"))),"
        )?;
    }
    table.push(']');
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script where to write by environment")]
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("profiles.rs"), table)?;
    Ok(())
}
