//! docs/delivery-contract.md: the contract stands there word for word, and every test it names exists.
#![allow(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/delivery-contract.md")).unwrap()
}

#[test]
fn s109_the_contract_stands_word_for_word() {
    let source = root().join("../shared/HAZARDS.md");
    let Ok(text) = std::fs::read_to_string(&source) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    let part = text.split("### 2.3").nth(1).unwrap().split("\n### ").next().unwrap();
    let sentences: Vec<&str> =
        part.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).collect();
    assert_eq!(sentences.len(), 6);
    let page = page();
    for sentence in sentences {
        assert!(page.lines().any(|line| line == sentence), "not word for word: {sentence}");
    }
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_contract_names_exists() {
    let mut text = String::new();
    sources(&root().join("crates"), &mut text);
    let page = page();
    let named = page.split('`').skip(1).step_by(2).filter(|name| {
        name.matches('_').count() >= 3 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let mut count = 0;
    for name in named {
        count += 1;
        assert!(
            text.contains(&format!("fn {name}(")),
            "{name} is named in docs/delivery-contract.md and is no test"
        );
    }
    assert!(count > 30, "{count} tests named");
}
