//! Reading a dialect file. Nothing unknown is passed over: a key that nobody knows is refused with its line.

use super::rule::Rule;
use super::{Binds, mapping::Sort};
use hl7v2::ProblemKind;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A sender's dialect, in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Its name.
    pub name: String,
    /// Counted from 1.
    pub version: u32,
    /// What it is, for whoever signs it.
    pub about: String,
    /// Whose messages.
    pub binds: Binds,
    /// IANA name of the zone of times without an offset; the link's own when left out.
    pub time_zone: Option<String>,
    /// Oddities of form that were agreed with the sender: nobody is told of them.
    pub tolerates: BTreeSet<Tolerated>,
    /// Assigning authorities as the sender writes them, and what they are.
    pub authorities: Vec<Authority>,
    /// Names of coding systems (CWE.3) as the sender writes them, and what they are here.
    pub systems: BTreeMap<String, String>,
    /// What else is changed, in order.
    pub rules: Vec<Rule>,
}

/// An assigning authority of patient and visit numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// CX.4.1 as sent; empty = none is named.
    pub local: String,
    /// Only numbers of this type (CX.5); any when left out.
    #[serde(default)]
    pub when_type: Option<String>,
    /// The authority's name here (HD.1).
    pub name: String,
    /// Its object identifier (HD.2), when it has one.
    #[serde(default)]
    pub oid: Option<String>,
    /// CX.5 (table 0203) of its numbers, whatever was sent; as sent when left out.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// An oddity of form that is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerated {
    /// Bytes before MSH.
    LeadingBytes,
    /// More than five encoding characters.
    ExtraEncodingCharacters,
    /// No MSH-18, and not UTF-8.
    UndeclaredCharset,
    /// MSH-18 says another set than the bytes.
    CharsetMismatch,
    /// Several sets in MSH-18.
    AlternateCharsets,
    /// Line breaks within a field.
    LineBreaks,
    /// FHS, BHS and their ends within a message.
    BatchSegments,
    /// Segment names in small letters.
    LowercaseNames,
}

/// Why a file cannot be used; says where and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// Not TOML of the documented form.
    #[error("{0}")]
    Unreadable(String),
    /// A rule or row that cannot be used.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong and what to write.
        why: String,
    },
    /// The file as a whole.
    #[error("{0}")]
    Whole(String),
}

impl FileProblem {
    pub(crate) fn of_toml(error: &toml::de::Error) -> Self {
        Self::Unreadable(error.to_string().trim_end().to_owned())
    }

    pub(crate) fn at(text: &str, offset: usize, why: impl Into<String>) -> Self {
        let line = text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
        Self::Line { line, why: why.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: u32,
    #[serde(default)]
    about: String,
    #[serde(default)]
    links: Vec<String>,
    #[serde(default)]
    senders: Vec<String>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    tolerates: BTreeSet<Tolerated>,
    #[serde(default, rename = "authority")]
    authorities: Vec<Authority>,
    #[serde(default)]
    systems: BTreeMap<String, String>,
    #[serde(default, rename = "rule")]
    rules: Vec<toml::Spanned<toml::Table>>,
}

impl Dialect {
    /// Reads a dialect file.
    ///
    /// # Errors
    /// [`FileProblem`], with the line and what to write.
    pub fn from_toml(text: &str) -> Result<Self, FileProblem> {
        let file: File = toml::from_str(text).map_err(|error| FileProblem::of_toml(&error))?;
        let binds = Binds { links: file.links, senders: file.senders };
        check_head(&file.name, file.version, &binds, Sort::Dialect)?;
        if let Some(zone) = &file.time_zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            return Err(FileProblem::Whole(format!(
                "time_zone \"{zone}\" is no time zone; write one like America/Halifax"
            )));
        }
        let mut rules = Vec::with_capacity(file.rules.len());
        for said in file.rules {
            let offset = said.span().start;
            let rule = Rule::deserialize(toml::Value::Table(said.into_inner()))
                .map_err(|error| FileProblem::at(text, offset, error.to_string().trim_end()))?;
            if let Some(why) = rule.problem() {
                return Err(FileProblem::at(text, offset, why));
            }
            rules.push(rule);
        }
        let mut seen = BTreeSet::new();
        for authority in &file.authorities {
            if !seen.insert((&authority.local, &authority.when_type)) {
                return Err(FileProblem::Whole(format!(
                    "authority \"{}\" stands twice; give each a when_type, or leave one out",
                    authority.local
                )));
            }
            if authority.oid.as_ref().is_some_and(|oid| !fhir::system::is_oid(oid)) {
                return Err(FileProblem::Whole(format!(
                    "authority \"{}\": oid is a dotted number like 2.16.124.1",
                    authority.local
                )));
            }
        }
        Ok(Self {
            name: file.name,
            version: file.version,
            about: file.about,
            binds,
            time_zone: file.time_zone,
            tolerates: file.tolerates,
            authorities: file.authorities,
            systems: file.systems,
            rules,
        })
    }

    /// Whether an oddity was agreed with the sender.
    #[must_use]
    pub fn tolerates(&self, kind: &ProblemKind) -> bool {
        let known = match kind {
            ProblemKind::LeadingBytes(_) => Tolerated::LeadingBytes,
            ProblemKind::ExtraEncodingCharacters(_) | ProblemKind::DoubledEscapeCharacter => {
                Tolerated::ExtraEncodingCharacters
            }
            ProblemKind::UndeclaredNotUtf8 => Tolerated::UndeclaredCharset,
            ProblemKind::CharsetMismatch { .. } | ProblemKind::LooksLikeUtf8 => Tolerated::CharsetMismatch,
            ProblemKind::AlternateCharsets => Tolerated::AlternateCharsets,
            ProblemKind::ContinuationLine => Tolerated::LineBreaks,
            ProblemKind::BatchSegment => Tolerated::BatchSegments,
            ProblemKind::LowercaseName => Tolerated::LowercaseNames,
            _ => return false,
        };
        self.tolerates.contains(&known)
    }
}

/// What every file of a mapping begins with.
pub(crate) fn check_head(name: &str, version: u32, binds: &Binds, sort: Sort) -> Result<(), FileProblem> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(FileProblem::Whole(format!(
            "name \"{name}\": write small letters, digits and hyphens, as in tidewater-lab"
        )));
    }
    if version == 0 {
        return Err(FileProblem::Whole("version is counted from 1".to_owned()));
    }
    if binds.is_empty() {
        return Err(FileProblem::Whole(format!(
            "this {} is about nobody; write links = [\"NAME\"] or senders = [\"MSH-3|MSH-4\"]",
            sort.code()
        )));
    }
    if let Some(sender) = binds.senders.iter().find(|sender| !sender.contains('|')) {
        return Err(FileProblem::Whole(format!("sender \"{sender}\" is no MSH-3|MSH-4; write \"LAB|HRH\"")));
    }
    Ok(())
}
