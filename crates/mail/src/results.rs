//! What a receiving server found and wrote into the header (Authentication-Results, RFC 8601).

use crate::{header, unfolded};

/// One finding: `spf=pass smtp.mailfrom=harbour.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// `spf`, `dkim`, `dmarc`.
    pub(crate) method: String,
    /// `pass`, `fail`, `none` …
    pub(crate) result: String,
    /// Properties: `header.d` and what it is.
    pub(crate) properties: Vec<(String, String)>,
}

/// Findings of a server that is trusted, by the name it writes. Only its topmost field counts: what stands below may have
/// come with the mail, and so may the same name (RFC 8601 5).
pub(crate) fn of(mail: &[u8], server: &str) -> Vec<Finding> {
    let (fields, _) = header(mail);
    let topmost = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"Authentication-Results"));
    let Some((_, field)) = topmost else { return Vec::new() };
    let text = without_comments(&unfolded(field));
    let mut parts = text.split(';');
    let said = parts.next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
    if !said.eq_ignore_ascii_case(server) {
        return Vec::new();
    }
    parts.filter_map(finding).collect()
}

fn finding(part: &str) -> Option<Finding> {
    let mut words = part.split_whitespace();
    let (method, result) = words.next()?.split_once('=')?;
    let method = method.split('/').next().unwrap_or_default();
    let properties = words
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_lowercase(), value.trim_matches('"').to_lowercase()))
        .collect();
    Some(Finding { method: method.to_lowercase(), result: result.to_lowercase(), properties })
}

fn without_comments(text: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0_usize);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}
