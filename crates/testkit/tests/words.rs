//! Words that have no place in what people read (STYLE.md), looked for in every sentence of the sources.

use testkit::sources::{Source, all};

/// What is looked for, and what to write in its place.
const UNWELCOME: &[(&str, &str)] = &[
    ("invalid", "name the field and what is wanted: `Birth date is missing. Type it as 1987-04-30.`"),
    ("invalide", "nommez le champ et ce qu'il faut"),
    ("oops", "say what happened"),
    ("oups", "dites ce qui s'est passé"),
    ("successfully", "say what is now true"),
    ("avec succès", "dites ce qui est vrai maintenant"),
    ("please note", "say it without the preface"),
    ("veuillez noter", "dites-le sans préambule"),
    ("n/a", "`not known`, `not stated`, or leave it out"),
    ("unknown error", "say what failed, what it means and what to do"),
    ("erreur inconnue", "dites ce qui a échoué et que faire"),
    ("something went wrong", "say what failed, what it means and what to do"),
    ("click here", "the link's text says where it leads"),
    ("cliquez ici", "le texte du lien dit où il mène"),
    ("exactly once", "claim what was tested: docs/delivery-contract.md"),
    ("foolproof", "claim what was tested"),
    ("blacklist", "say what is refused"),
    ("whitelist", "say what is allowed"),
];

/// Whether `word` stands in `text` as a word of its own, whatever its case.
fn stands_in(text: &str, word: &str) -> bool {
    let text = text.to_lowercase();
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(char::is_alphanumeric)
            && !text[at + word.len()..].starts_with(char::is_alphanumeric)
    })
}

/// A sentence has a space; a single word is a code of HL7 or FHIR and none of our choosing.
fn is_sentence(text: &str) -> bool {
    text.trim().contains(' ')
}

fn findings_in(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    // Elsewhere a lone N/A is what a sender wrote and is read; in the portal it would be shown.
    let shown = |text: &str| is_sentence(text) || (text == "N/A" && source.krate() == Some("portal"));
    for (line, text) in source.literals().into_iter().filter(|(_, text)| shown(text)) {
        for (word, remedy) in UNWELCOME.iter().filter(|(word, _)| stands_in(&text, word)) {
            found.push(format!("{}:{line}: \"{word}\" in \"{}\": {remedy}", source.path, text.trim()));
        }
    }
    found
}

#[test]
fn people_read_plain_words() {
    let found: Vec<String> =
        all().iter().filter(|source| source.is_shipped_rust()).flat_map(findings_in).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn scripts_of_the_portal_speak_as_plainly() {
    let found: Vec<String> = all()
        .iter()
        .filter(|source| source.path.starts_with("web/") && source.path.ends_with(".js"))
        .flat_map(findings_in)
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn dates_are_not_written_the_other_way() {
    // %m/%d, %d/%m and their like: a reader cannot know which is the day.
    let patterns = ["%m/%d", "%d/%m", "%b %d", "%d-%m", "%I:%M"];
    let found: Vec<String> = all()
        .iter()
        .filter(|source| source.is_shipped_rust())
        .flat_map(|source| {
            source.literals().into_iter().map(|(line, text)| (source.path.clone(), line, text))
        })
        .filter(|(_, _, text)| patterns.iter().any(|pattern| text.contains(pattern)))
        .map(|(path, line, text)| format!("{path}:{line}: {text}: write 2026-11-22 14:05"))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Entries of a catalogue file of the portal: English and French, as they stand in turn.
fn entries(source: &Source) -> Vec<(usize, String, String)> {
    let literals = source.literals();
    literals
        .chunks(2)
        .filter_map(|pair| match pair {
            [(line, english), (_, french)] => Some((*line, english.clone(), french.clone())),
            _ => None,
        })
        .collect()
}

/// What is wrong with an entry, if anything is.
fn unequal(english: &str, french: &str) -> Option<&'static str> {
    let gaps = |text: &str| text.matches("{}").count();
    let words =
        |text: &str| text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    if english.trim().is_empty() || french.trim().is_empty() {
        Some("one language is empty")
    } else if gaps(english) != gaps(french) {
        Some("the two languages have another number of gaps {}")
    } else if english == french && words(english) > 2 {
        Some("the French is the English")
    } else {
        None
    }
}

#[test]
fn both_languages_say_the_same() {
    let catalogues: Vec<Source> = all()
        .into_iter()
        .filter(|source| {
            source.path.starts_with("crates/portal/src/words/") && !source.path.ends_with("/mod.rs")
        })
        .collect();
    assert!(!catalogues.is_empty(), "the portal's catalogues have moved: mend this test");
    let mut found = Vec::new();
    for source in &catalogues {
        for (line, english, french) in entries(source) {
            if let Some(what) = unequal(&english, &french) {
                found.push(format!("{}:{line}: {what}: \"{english}\" | \"{french}\"", source.path));
            }
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn entries_that_differ_are_seen() {
    assert_eq!(unequal("Died {}", "Décès {}"), None);
    assert_eq!(unequal("Patient", "Patient"), None);
    assert!(unequal("Died {}", "Décès").is_some());
    assert!(unequal("Not on file", "Not on file").is_some());
    assert!(unequal("Not on file", "").is_some());
}

#[test]
fn the_sweep_finds_what_it_looks_for() {
    let source = Source {
        path: "crates/portal/src/words/x.rs".to_owned(),
        text: "const A: &str = \"Invalid date\";\nconst B: &str = \"invalid\";\nconst C: &str = \"validity is fine\";\n".to_owned(),
    };
    let found = findings_in(&source);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(":1:"));
}
