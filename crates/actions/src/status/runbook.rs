//! The runbook, in the program: it may be all that works at 03:00.

/// `docs/runbook.md`.
pub const TEXT: &str = include_str!("../../../../docs/runbook.md");

/// A section about one alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The alarm's code.
    pub code: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What to do, in Markdown.
    pub body: &'static str,
}

/// Sections about alarms, in their order: headings of the third level that begin with a code.
pub fn sections() -> impl Iterator<Item = Section> {
    TEXT.split("\n### `").skip(1).filter_map(|rest| {
        let (head, body) = rest.split_once('\n')?;
        let (code, title) = head.split_once("`: ")?;
        let end = ["\n## ", "\n### "].iter().filter_map(|next| body.find(next)).min();
        Some(Section { code, title, body: body[..end.unwrap_or(body.len())].trim() })
    })
}

/// The section about an alarm.
#[must_use]
pub fn section(code: &str) -> Option<Section> {
    sections().find(|section| section.code == code)
}
