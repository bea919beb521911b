//! Search queries as they stand behind the question mark. What is not known is an error, never ignored: a filter that
//! silently does nothing shows results nobody asked for.

use super::filter::{Filter, Prefix, System, Wanted};
use super::index::bounded;
use super::table::{Index, Parameter, ParameterType, of_kind};
use super::words::fold;
use crate::id::{Kind, RecordId, ResourceKey};
use crate::time::interval;

/// Resources on a page when `_count` does not say.
pub const DEFAULT_COUNT: usize = 50;
/// Most resources on a page; a larger `_count` is cut to it, which FHIR allows.
pub const MAX_COUNT: usize = 500;
/// Most alternatives (commas) of one parameter.
pub const MAX_ALTERNATIVES: usize = 100;
/// Longest `_cursor`, bytes.
pub const MAX_CURSOR: usize = 200;

/// A parsed search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Resource type.
    pub kind: Kind,
    /// The source record (`patient`, `subject`).
    pub patient: Option<RecordId>,
    /// The wanted resources (`_id`), any of them; an id this record did not make finds nothing.
    pub ids: Option<Vec<ResourceKey>>,
    /// Conditions, all of them.
    pub filters: Vec<Filter>,
    /// Order.
    pub sort: Sort,
    /// Page size, 1 to [`MAX_COUNT`].
    pub count: usize,
    /// Where the page begins: the store's own words, letters, digits, `-`, `_`, `.` and `~` only.
    pub cursor: Option<String>,
}

/// Order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By key: stable, cheap.
    #[default]
    Key,
    /// Oldest first.
    Date,
    /// Newest first.
    DateDescending,
}

/// Why a search is not answered; each names the parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Not in the table.
    #[error("{kind} has no search parameter \"{name}\"; use one of: {known}")]
    UnknownParameter {
        /// Resource type.
        kind: Kind,
        /// As asked.
        name: String,
        /// Known ones, comma separated.
        known: String,
    },
    /// The parameter does not take it.
    #[error("parameter \"{name}\" does not take the modifier \":{modifier}\"; use {known}")]
    UnknownModifier {
        /// Parameter.
        name: String,
        /// As asked.
        modifier: String,
        /// What it takes.
        known: &'static str,
    },
    /// The value is not of its type.
    #[error("parameter \"{name}\" has the value \"{value}\"; write {expected}")]
    Value {
        /// Parameter.
        name: String,
        /// As asked.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
    /// Given twice where once makes sense.
    #[error("parameter \"{name}\" stands twice; keep one")]
    Twice {
        /// Parameter.
        name: String,
    },
    /// Would have to look at every patient.
    #[error("searching {kind} across all patients needs one of: {needed}; add one")]
    TooWide {
        /// Resource type.
        kind: Kind,
        /// Parameters that narrow enough.
        needed: String,
    },
    /// Percent escapes that are no UTF-8.
    #[error("\"{0}\" has an escape that is not UTF-8; write %XX escapes of UTF-8 bytes")]
    Escape(String),
}

impl QueryError {
    /// The parameter it is about, for `OperationOutcome.issue.expression`.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::UnknownParameter { name, .. }
            | Self::UnknownModifier { name, .. }
            | Self::Value { name, .. }
            | Self::Twice { name } => Some(name),
            Self::TooWide { .. } | Self::Escape(_) => None,
        }
    }
}

impl Query {
    /// Reads a query string (percent-encoded, as in a URL or a form).
    ///
    /// # Errors
    /// [`QueryError`] names the parameter and what it takes.
    pub fn parse(kind: Kind, query: &str) -> Result<Self, QueryError> {
        let mut pairs = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(key)?, decode(value)?));
        }
        Self::of_pairs(kind, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    /// From decoded pairs.
    ///
    /// # Errors
    /// [`QueryError`] names the parameter and what it takes.
    pub fn of_pairs<'q>(
        kind: Kind,
        pairs: impl IntoIterator<Item = (&'q str, &'q str)>,
    ) -> Result<Self, QueryError> {
        let mut query = Self {
            kind,
            patient: None,
            ids: None,
            filters: Vec::new(),
            sort: Sort::Key,
            count: DEFAULT_COUNT,
            cursor: None,
        };
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in pairs {
            let (name, modifier) = key.split_once(':').map_or((key, None), |(n, m)| (n, Some(m)));
            if is_control(name) || name == "_id" {
                if let Some(modifier) = modifier {
                    return Err(unknown_modifier(name, modifier, "it without one"));
                }
                if seen.contains(&name) {
                    return Err(QueryError::Twice { name: name.to_owned() });
                }
                seen.push(name);
            }
            match name {
                "_count" => query.count = count(value)?,
                "_sort" => query.sort = sort(kind, value)?,
                "_cursor" => query.cursor = Some(cursor(value)?),
                "_format" => format(value)?,
                _ => query.condition(name, modifier, value)?,
            }
        }
        query.narrow_enough()?;
        Ok(query)
    }

    fn condition(&mut self, name: &str, modifier: Option<&str>, value: &str) -> Result<(), QueryError> {
        let parameter = of_kind(self.kind).find(|parameter| parameter.name == name).ok_or_else(|| {
            QueryError::UnknownParameter { kind: self.kind, name: name.to_owned(), known: known(self.kind) }
        })?;
        match (parameter.index, parameter.value) {
            (Index::Key, ParameterType::Token) => {
                let keys = split(value, ',').into_iter().filter_map(|id| self.key(&unescape(id)));
                self.ids = Some(keys.collect());
            }
            (Index::Key, _) => {
                let record = patient(name, modifier, value)?;
                if self.patient.is_some_and(|other| other != record) {
                    return Err(QueryError::Twice { name: name.to_owned() });
                }
                self.patient = Some(record);
            }
            _ => self.filters.push(filter(parameter, modifier, value)?),
        }
        Ok(())
    }

    fn key(&self, id: &str) -> Option<ResourceKey> {
        ResourceKey::parse(self.kind, id).ok()
    }

    fn narrow_enough(&self) -> Result<(), QueryError> {
        let narrowed = self.patient.is_some()
            || self.ids.is_some()
            || self.filters.iter().any(|filter| filter.parameter.global());
        if narrowed {
            return Ok(());
        }
        let narrows = |p: &&Parameter| p.global() || p.index == Index::Key;
        let needed = of_kind(self.kind).filter(narrows).map(|p| p.name).collect::<Vec<_>>().join(", ");
        Err(QueryError::TooWide {
            kind: self.kind,
            needed: if needed.is_empty() { "_id".into() } else { needed },
        })
    }
}

fn is_control(name: &str) -> bool {
    matches!(name, "_count" | "_sort" | "_cursor" | "_format")
}

/// The names of a kind's parameters, as errors list them.
fn known(kind: Kind) -> String {
    let names = of_kind(kind).map(|p| p.name).chain(["_count", "_sort", "_cursor", "_format"]);
    names.collect::<Vec<_>>().join(", ")
}

fn unknown_modifier(name: &str, modifier: &str, known: &'static str) -> QueryError {
    QueryError::UnknownModifier { name: name.to_owned(), modifier: modifier.to_owned(), known }
}

fn wrong(name: &str, value: &str, expected: &'static str) -> QueryError {
    QueryError::Value { name: name.to_owned(), value: value.to_owned(), expected }
}

fn count(value: &str) -> Result<usize, QueryError> {
    match value.parse::<usize>() {
        Ok(count) if count > 0 => Ok(count.min(MAX_COUNT)),
        _ => Err(wrong("_count", value, "a number from 1 to 500")),
    }
}

fn sort(kind: Kind, value: &str) -> Result<Sort, QueryError> {
    let dated = of_kind(kind).any(|p| p.name == "date");
    match value {
        "date" if dated => Ok(Sort::Date),
        "-date" if dated => Ok(Sort::DateDescending),
        "_id" => Ok(Sort::Key),
        _ if dated => Err(wrong("_sort", value, "date, -date or _id")),
        _ => Err(wrong("_sort", value, "_id")),
    }
}

fn cursor(value: &str) -> Result<String, QueryError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    if !value.is_empty() && value.len() <= MAX_CURSOR && value.bytes().all(plain) {
        Ok(value.to_owned())
    } else {
        Err(wrong("_cursor", value, "the next link of the page before, unchanged"))
    }
}

fn format(value: &str) -> Result<(), QueryError> {
    let json =
        matches!(value, "json" | "application/json" | "application/fhir json" | "application/fhir+json");
    if json { Ok(()) } else { Err(wrong("_format", value, "json")) }
}

fn patient(name: &str, modifier: Option<&str>, value: &str) -> Result<RecordId, QueryError> {
    match modifier {
        None | Some("Patient") => {}
        Some(other) => return Err(unknown_modifier(name, other, ":Patient, or none")),
    }
    let id = value.strip_prefix("Patient/").unwrap_or(value);
    id.parse()
        .map_err(|_| wrong(name, value, "one patient's id from a search result, alone or as Patient/id"))
}

fn filter(parameter: &'static Parameter, modifier: Option<&str>, value: &str) -> Result<Filter, QueryError> {
    let name = parameter.name;
    let exact = match (modifier, parameter.value) {
        (None, _) => false,
        (Some("exact"), ParameterType::Text) => true,
        (Some(other), ParameterType::Text) => return Err(unknown_modifier(name, other, ":exact, or none")),
        (Some(other), _) => return Err(unknown_modifier(name, other, "it without one")),
    };
    let alternatives = split(value, ',');
    if alternatives.len() > MAX_ALTERNATIVES {
        return Err(wrong(name, value, "at most 100 values between commas"));
    }
    let wanted = |text: &str| match parameter.value {
        ParameterType::Token => token(name, text),
        ParameterType::Text => words(name, text, exact),
        ParameterType::Date => date(name, text),
        ParameterType::Reference => ResourceKey::from_reference(&unescape(text))
            .map(Wanted::Reference)
            .ok_or_else(|| wrong(name, text, "Type/id of a resource of this record")),
    };
    let any_of = alternatives.into_iter().map(wanted).collect::<Result<Vec<_>, _>>()?;
    Ok(Filter { parameter, any_of })
}

fn token(name: &str, text: &str) -> Result<Wanted, QueryError> {
    let parts = split(text, '|');
    let (system, code) = match parts.as_slice() {
        [code] if !code.is_empty() => (System::Any, Some(bounded(unescape(code)))),
        ["", code] if !code.is_empty() => (System::Absent, Some(bounded(unescape(code)))),
        [system, ""] if !system.is_empty() => (System::Is(unescape(system)), None),
        [system, code] if !system.is_empty() => (System::Is(unescape(system)), Some(bounded(unescape(code)))),
        _ => return Err(wrong(name, text, "code, system|code, |code or system|")),
    };
    Ok(Wanted::Token { system, code })
}

fn words(name: &str, text: &str, exact: bool) -> Result<Wanted, QueryError> {
    let text = unescape(text);
    let normalised = bounded(fold(&text));
    if normalised.is_empty() {
        return Err(wrong(name, &text, "at least one letter"));
    }
    Ok(Wanted::Text { normalised, exact: exact.then_some(text) })
}

fn date(name: &str, text: &str) -> Result<Wanted, QueryError> {
    let (prefix, rest) = match text.get(..2) {
        Some("eq") => (Prefix::Equal, &text[2..]),
        Some("ne") => (Prefix::NotEqual, &text[2..]),
        Some("lt") => (Prefix::Less, &text[2..]),
        Some("le") => (Prefix::LessOrEqual, &text[2..]),
        Some("gt") => (Prefix::Greater, &text[2..]),
        Some("ge") => (Prefix::GreaterOrEqual, &text[2..]),
        Some("sa") => (Prefix::StartsAfter, &text[2..]),
        Some("eb") => (Prefix::EndsBefore, &text[2..]),
        _ => (Prefix::Equal, text),
    };
    // A plus sign that a client forgot to escape arrives as a space, only before an offset.
    let (lo, hi) = interval(&rest.replace(' ', "+")).ok_or_else(|| {
        wrong(name, text, "a date such as 2026-11-22, after eq, ne, lt, le, gt, ge, sa, eb or nothing")
    })?;
    Ok(Wanted::Date { prefix, lo, hi })
}

/// Splits at a sign that no backslash precedes (FHIR R4 search 3.1.1.4.0.1); the parts are still escaped.
pub(super) fn split(text: &str, sign: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        if c == sign && !escaped {
            parts.push(&text[from..at]);
            from = at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&text[from..]);
    parts
}

pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\\' | ',' | '|' | '$')) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

pub(super) fn decode(text: &str) -> Result<String, QueryError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_err(|_| QueryError::Escape(text.to_owned()))
}

#[cfg(test)]
mod tests;
