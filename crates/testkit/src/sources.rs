//! The repository's own files, for the tests that read it: what is in it, and which words stand in its string literals.

use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours.
const NOT_OURS: &[&str] = &["target", "node_modules", ".git", "testkit-out", "data"];

/// The folder of the root `Cargo.toml`.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// A file of the repository with its text; binary files are left out.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the workspace root, with `/`.
    pub path: String,
    /// Whole text.
    pub text: String,
}

impl Source {
    /// The crate it belongs to, for files under `crates/`.
    #[must_use]
    pub fn krate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether it is Rust that ships: under a `src/` folder and not a file of tests.
    #[must_use]
    pub fn is_shipped_rust(&self) -> bool {
        self.path.ends_with(".rs")
            && self.path.contains("/src/")
            && !self.path.ends_with("/tests.rs")
            && !self.path.contains("/tests/")
            && !matches!(self.krate(), Some("testkit" | "fuzz" | "faultdisk"))
    }

    /// The text before its inline tests, line by line with numbers from 1, whole-line comments left out.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        before_tests(&self.text)
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// String literals of the code before its inline tests, with their lines.
    #[must_use]
    pub fn literals(&self) -> Vec<(usize, String)> {
        literals(before_tests(&self.text))
    }
}

fn before_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

/// All text files of the repository, in the order of their paths.
///
/// # Panics
/// Never; a folder that cannot be read is left out.
#[must_use]
pub fn all() -> Vec<Source> {
    let root = workspace_root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                let ours = !NOT_OURS.iter().any(|not| name == *not) || (name == "data" && folder != root);
                if ours {
                    folders.push(path);
                }
            } else if let (Ok(text), Ok(relative)) =
                (std::fs::read_to_string(&path), path.strip_prefix(&root))
            {
                found.push(Source { path: relative.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Rust string literals with the line each begins on; comments and character literals are passed over.
#[must_use]
pub fn literals(code: &str) -> Vec<(usize, String)> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut line = 1;
    while at < bytes.len() {
        let rest = &code.as_bytes()[at..];
        let length = match rest {
            [b'/', b'/', ..] => rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => end_of(code, at, "*/"),
            [b'\'', b'\\', ..] => {
                2 + rest[2..].iter().position(|&b| b == b'\'').map_or(1, |end| end.max(1) + 1)
            }
            [b'\'', ..] => character(code, at),
            [b'r', b'"' | b'#', ..] if !is_word(bytes, at) => match raw_literal(code, at) {
                Some((text, length)) => {
                    found.push((line, text.to_owned()));
                    length
                }
                None => 1,
            },
            [b'"', ..] => {
                let length = plain_literal(rest);
                found.push((line, unescaped(code.get(at + 1..at + length - 1).unwrap_or_default())));
                length
            }
            _ => 1,
        };
        let end = (at + length.max(1)).min(bytes.len());
        line += bytes[at..end].iter().filter(|&&b| b == b'\n').count();
        at = end;
    }
    found
}

/// Length of a character literal; 1 for the quote of a lifetime.
fn character(code: &str, at: usize) -> usize {
    let mut chars = code.get(at + 1..).unwrap_or_default().chars();
    match (chars.next(), chars.next()) {
        (Some(char), Some('\'')) => char.len_utf8() + 2,
        _ => 1,
    }
}

/// Whether the byte before `at` belongs to the same word, so that an `r` there starts no raw literal.
fn is_word(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| bytes.get(before))
        .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn end_of(code: &str, at: usize, mark: &str) -> usize {
    let rest = code.as_bytes().get(at..).unwrap_or_default();
    rest.windows(mark.len())
        .position(|window| window == mark.as_bytes())
        .map_or(rest.len(), |end| end + mark.len())
}

fn raw_literal(code: &str, at: usize) -> Option<(&str, usize)> {
    let rest = code.get(at + 1..)?;
    let hashes = rest.bytes().take_while(|&b| b == b'#').count();
    let body = rest.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close)?;
    Some((&body[..end], 1 + hashes + 1 + end + close.len()))
}

fn plain_literal(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Enough of unescaping to read words: line continuations vanish, `\n` is a space, other escapes keep their letter.
fn unescaped(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n' | 'r' | 't') => out.push(' '),
            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_where_they_begin() {
        let code = "// \"not this\"\nlet a = \"one \\\"quoted\\\"\"; /* \"nor this\" */\nlet b = ['\"', '\\'', 'é','\"'];\n\
                    fn f<'a>(x: &'a str) {}\nlet c = r#\"raw \"two\" \"#;\nlet d = b\"bytes\"; let for_r = attr(\"é\");";
        let found: Vec<(usize, String)> = literals(code);
        let expected = [(2, "one \"quoted\""), (5, "raw \"two\" "), (6, "bytes"), (6, "é")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn an_unfinished_literal_does_no_harm() {
        assert_eq!(literals("let a = \"open").len(), 1);
        assert_eq!(literals("r#\"open").len(), 1);
        assert!(literals("'\\").is_empty());
    }

    #[test]
    fn inline_tests_are_not_shipped() {
        let source = Source {
            path: "crates/fhir/src/id.rs".into(),
            text: "a\n// b\n#[cfg(test)]\nmod tests {\nc\n}".into(),
        };
        assert_eq!(source.code_lines().collect::<Vec<_>>(), [(1, "a")]);
        assert!(source.is_shipped_rust());
        assert_eq!(source.krate(), Some("fhir"));
    }

    #[test]
    fn the_repository_holds_itself() {
        let sources = all();
        assert!(sources.iter().any(|source| source.path == "Cargo.toml"));
        assert!(sources.iter().any(|source| source.path == "crates/testkit/src/sources.rs"));
        assert!(!sources.iter().any(|source| source.path.starts_with("target/")));
    }
}
