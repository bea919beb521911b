//! What the program is built of, as a CycloneDX 1.5 document: every crate of Cargo.lock with version, origin, checksum
//! and what it stands on. The same lock gives the same document.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where crates come from unless the lock says otherwise.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The document for the text of a Cargo.lock. `licences` by name and version, as `cargo metadata` tells them; those that
/// it does not know are left out.
///
/// # Errors
/// What of the lock cannot be read.
pub fn bill(lock: &str, licences: &BTreeMap<(String, String), String>) -> Result<Value, String> {
    let lock: toml::Table = lock.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or("Cargo.lock has no packages")?;
    let (mut components, mut dependencies) = (Vec::new(), Vec::new());
    let mut program = None;
    for package in packages {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let (name, version) = text("name").zip(text("version")).ok_or("a package without name or version")?;
        let mut component = json!({
            "type": if name == "opor" { "application" } else { "library" },
            "bom-ref": reference(name, version),
            "name": name,
            "version": version,
        });
        if let Some(source) = text("source") {
            let plain = format!("pkg:cargo/{name}@{version}");
            let purl = if source == REGISTRY { plain } else { format!("{plain}?repository_url={source}") };
            component["purl"] = Value::from(purl);
        }
        if let Some(checksum) = text("checksum") {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        if let Some(licence) = licences.get(&(name.to_owned(), version.to_owned())) {
            component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
        }
        let stands_on = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
        let stands_on: Result<Vec<String>, String> =
            stands_on.filter_map(toml::Value::as_str).map(|said| resolved(said, packages)).collect();
        dependencies.push(json!({ "ref": reference(name, version), "dependsOn": stands_on? }));
        if name == "opor" {
            program = Some(component);
        } else {
            components.push(component);
        }
    }
    let program = program.ok_or("Cargo.lock has no package opor")?;
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": program },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn reference(name: &str, version: &str) -> String {
    format!("{name}@{version}")
}

/// A dependency as the lock says it: the name alone while there is one version of it, else with its version.
fn resolved(said: &str, packages: &[toml::Value]) -> Result<String, String> {
    let mut words = said.split(' ');
    let name = words.next().unwrap_or_default();
    if let Some(version) = words.next() {
        return Ok(reference(name, version));
    }
    let is_it = |package: &&toml::Value| package.get("name").and_then(toml::Value::as_str) == Some(name);
    let found = packages.iter().find(is_it);
    let version = found.and_then(|package| package.get("version")).and_then(toml::Value::as_str);
    version.map(|version| reference(name, version)).ok_or(format!("{said} is not in Cargo.lock"))
}

/// Licences by name and version, of what `cargo metadata` said.
#[must_use]
pub fn licences(metadata: &Value) -> BTreeMap<(String, String), String> {
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter_map(|one| Some(((text(one, "name")?, text(one, "version")?), text(one, "license")?)))
        .collect()
}
