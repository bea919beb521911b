//! The bill of materials names all that the program is built of, and what it is built of keeps to a few rules.

#![allow(clippy::unwrap_used, reason = "a rule that cannot read the repository fails")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::bill::{bill, licences};
use testkit::sources::workspace_root;

fn lock_text() -> String {
    std::fs::read_to_string(workspace_root().join("Cargo.lock")).unwrap()
}

/// Name, version and checksum of every package, read line by line and not as the bill reads them.
fn locked() -> Vec<(String, String, Option<String>)> {
    let text = lock_text();
    let packages = text.split("[[package]]").skip(1);
    let of = |package: &str, key: &str| {
        let begins = format!("{key} = \"");
        package.lines().find_map(|line| line.strip_prefix(&begins)?.strip_suffix('"').map(str::to_owned))
    };
    packages.map(|one| (of(one, "name").unwrap(), of(one, "version").unwrap(), of(one, "checksum"))).collect()
}

#[test]
fn the_bill_lists_every_crate_with_its_checksum_and_what_it_stands_on() {
    let said = bill(&lock_text(), &BTreeMap::new()).unwrap();
    let components: Vec<&Value> = said["components"].as_array().unwrap().iter().collect();
    let all: Vec<&Value> = components.into_iter().chain([&said["metadata"]["component"]]).collect();
    let locked = locked();
    assert_eq!(all.len(), locked.len());
    for (name, version, checksum) in &locked {
        let found = all.iter().find(|one| one["name"] == **name && one["version"] == **version);
        let found = found.unwrap_or_else(|| panic!("{name} {version} is not on the bill"));
        assert_eq!(found["hashes"][0]["content"].as_str(), checksum.as_deref(), "{name}");
        assert_eq!(found["purl"].is_string(), checksum.is_some(), "{name} {version}");
    }
    let references: BTreeSet<&str> = all.iter().map(|one| one["bom-ref"].as_str().unwrap()).collect();
    assert_eq!(references.len(), all.len(), "a reference stands for two");
    let dependencies = said["dependencies"].as_array().unwrap();
    assert_eq!(dependencies.len(), all.len());
    for one in dependencies {
        for on in one["dependsOn"].as_array().unwrap() {
            assert!(references.contains(on.as_str().unwrap()), "{one} stands on what is not there");
        }
    }
    assert_eq!(said, bill(&lock_text(), &BTreeMap::new()).unwrap());
}

#[test]
fn licences_stand_beside_what_they_are_for() {
    let metadata = serde_json::json!({ "packages": [
        { "name": "memchr", "version": "1.0.0", "license": "Unlicense/MIT" }, { "name": "odd", "version": "1.0.0", "license": null },
    ]});
    let lock = "[[package]]\nname = \"opor\"\nversion = \"0.1.0\"\ndependencies = [\"memchr 1.0.0\"]\n\
                [[package]]\nname = \"memchr\"\nversion = \"1.0.0\"\n[[package]]\nname = \"odd\"\nversion = \"1.0.0\"\n";
    let said = bill(lock, &licences(&metadata)).unwrap();
    assert_eq!(said["components"][0]["licenses"][0]["expression"], "Unlicense OR MIT");
    assert_eq!(said["components"][1].get("licenses"), None);
    assert_eq!(said["dependencies"][0]["dependsOn"][0], "memchr@1.0.0");
}

/// Of what there is one, and what else would do the same.
const ONE_OF_A_SORT: &[(&str, &str, &[&str])] = &[
    (
        "XML is read by fhir::xml alone, which knows no entities of documents",
        "",
        &[
            "quick-xml",
            "xml",
            "xml-rs",
            "roxmltree",
            "sxd-document",
            "libxml",
            "minidom",
            "xmlparser",
            "xmltree",
            "serde-xml-rs",
            "html5ever",
        ],
    ),
    (
        "TLS is rustls",
        "rustls",
        &[
            "openssl",
            "openssl-sys",
            "native-tls",
            "boring",
            "boring-sys",
            "s2n-tls",
            "schannel",
            "mbedtls",
            "wolfssl-sys",
        ],
    ),
    ("cryptography under it is ring", "ring", &["aws-lc-rs", "aws-lc-sys"]),
    (
        "HTTP is asked by gateway::asking, which follows no redirect: a token goes where it was meant for and nowhere else",
        "hyper",
        &[
            "reqwest",
            "ureq",
            "curl",
            "isahc",
            "attohttpc",
            "minreq",
            "awc",
            "surf",
            "hyper-tls",
            "follow-redirects",
        ],
    ),
];

#[test]
fn there_is_one_library_of_a_sort() {
    let locked: Vec<String> = locked().into_iter().map(|(name, _, _)| name).collect();
    for (rule, one, others) in ONE_OF_A_SORT {
        let versions = locked.iter().filter(|name| name == one).count();
        assert!(one.is_empty() || versions == 1, "{rule}: there are {versions} versions of {one}");
        let found: Vec<&&str> =
            others.iter().filter(|other| locked.iter().any(|name| name == *other)).collect();
        assert!(
            found.is_empty(),
            "{rule}: Cargo.lock has {found:?}; `cargo tree -i CRATE` shows who asks for it"
        );
    }
}
