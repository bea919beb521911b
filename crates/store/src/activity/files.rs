//! The log as files: a line of JSON for each row, and notes one after the other.

use super::row::{Content, LoggedRow};
use super::tree::Hash;
use fhir::{Instant, PersonId};
use serde::{Deserialize, Serialize};

/// A row as a line. What was destroyed has a digest and no content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    at: i64,
    role: String,
    verb: String,
    purpose: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    leaf: String,
}

pub(crate) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (n, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(hash)
}

impl LoggedRow {
    /// The row as one line of JSON; hashes in hexadecimal, times in microseconds UTC.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = Line {
            seq: self.seq,
            at: self.at.0,
            role: self.role.clone(),
            verb: self.verb.clone(),
            purpose: self.purpose.clone(),
            person: None,
            actor: None,
            object: None,
            blind: None,
            digest: None,
            leaf: hex(&self.leaf),
        };
        match &self.content {
            Content::Destroyed { digest } => line.digest = Some(hex(digest)),
            Content::Kept { person, actor, object, blind } => {
                line.person = person.map(PersonId::as_i64);
                line.actor = Some(actor.clone());
                line.object = Some(object.clone());
                line.blind = blind.as_ref().map(hex);
            }
        }
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// The row of a line; `None` when it is none.
    #[must_use]
    pub fn from_line(text: &str) -> Option<Self> {
        let line: Line = serde_json::from_str(text).ok()?;
        let content = match line.digest {
            Some(digest) => Content::Destroyed { digest: unhex(&digest)? },
            None => Content::Kept {
                person: line.person.map(PersonId::from_i64),
                actor: line.actor?,
                object: line.object?,
                blind: match line.blind {
                    Some(blind) => Some(unhex(&blind)?),
                    None => None,
                },
            },
        };
        Some(Self {
            seq: line.seq,
            at: Instant(line.at),
            role: line.role,
            verb: line.verb,
            purpose: line.purpose,
            content,
            leaf: unhex(&line.leaf)?,
        })
    }
}

/// Notes one after the other, each followed by an empty line, so that one is added by appending.
#[must_use]
pub fn notes_text(notes: &[String]) -> String {
    notes.iter().map(|note| format!("{note}\n")).collect()
}

/// The notes of a file; what is cut off at its end counts as one, so that it is noticed.
#[must_use]
pub fn parse_notes(text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let head = rest.find("\n\n").map_or(rest.len(), |at| at + 2);
        let end = rest[head..].find("\n\n").map_or(rest.len(), |at| head + at + 1);
        notes.push(rest[..end].to_owned());
        rest = rest[end..].trim_start_matches('\n');
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::super::signed::Signer;
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let content = Content::Kept {
            person: Some(PersonId::from_i64(-4)),
            actor: "a\"b".into(),
            object: "person/1".into(),
            blind: Some([3; 32]),
        };
        for content in [content, Content::Destroyed { digest: [9; 32] }] {
            let row = LoggedRow {
                seq: 7,
                at: Instant(-1),
                role: "r".into(),
                verb: "v".into(),
                purpose: "p".into(),
                content,
                leaf: [1; 32],
            };
            assert_eq!(LoggedRow::from_line(&row.to_line()), Some(row));
        }
        assert_eq!(LoggedRow::from_line("{}"), None);
        let signer = Signer::new("log", &[1; 32]).unwrap();
        let notes: Vec<String> = (1..4).map(|n| signer.sign(n, [0; 32])).collect();
        assert_eq!(parse_notes(&notes_text(&notes)), notes);
        assert_eq!(parse_notes(&notes_text(&notes)[..300]).len(), 2, "a cut one is one");
        assert!(parse_notes("").is_empty());
    }
}
