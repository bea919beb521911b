//! What an EMR product takes, as configuration: `profiles/<product>-<version>.toml`. A profile that has been used never
//! changes; a change is the next version, and what was offered under an older one is repeated under that one.

use crate::words::Words;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::LazyLock;

/// Files of `profiles/`: name without `.toml`, text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// A product's dialect of HL7 v2, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Word by which an endpoint names it.
    pub product: String,
    /// As people call it.
    pub name: String,
    /// Counted from 1; the newest is used for what was never offered.
    pub version: u32,
    /// MSH-12.
    pub hl7: Version,
    /// MSH-18 and the bytes.
    pub charset: Charset,
    /// MSH-9.1 and MSH-9.2 of what it takes: `ORU^R01`.
    pub messages: Vec<String>,
    /// Value types (OBX-2) that it takes, after renaming.
    pub values: BTreeSet<String>,
    /// Value types that it knows by an older name: `CWE = "CE"`.
    #[serde(default)]
    pub renames: BTreeMap<String, String>,
    /// Whether it takes embedded documents (value type ED).
    pub documents: Documents,
    /// Segments that it reads; others are left out, which must cost no fact. All when none is named.
    #[serde(default)]
    pub segments: BTreeSet<String>,
    /// How exact times may be.
    #[serde(default)]
    pub times: Times,
    /// Longest message, in bytes.
    pub most_bytes: usize,
    /// What else is changed, in order.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
}

/// Version of HL7 v2 that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// 2.3 (1997)
    #[serde(rename = "2.3")]
    V23,
    /// 2.3.1 (1999)
    #[serde(rename = "2.3.1")]
    V231,
    /// 2.5.1 (2007)
    #[serde(rename = "2.5.1")]
    V251,
}

impl Version {
    /// MSH-12.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::V23 => "2.3",
            Self::V231 => "2.3.1",
            Self::V251 => "2.5.1",
        }
    }
}

/// Character set that is written (HL7 table 0211).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Charset {
    /// Seven bits.
    #[serde(rename = "ASCII")]
    Ascii,
    /// ISO 8859-1.
    #[serde(rename = "8859/1")]
    Latin1,
    /// UTF-8.
    #[serde(rename = "UNICODE UTF-8")]
    Utf8,
}

impl Charset {
    /// MSH-18.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Latin1 => "8859/1",
            Self::Utf8 => "UNICODE UTF-8",
        }
    }

    /// The text in this set, or the first character that it lacks.
    ///
    /// # Errors
    /// That character.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Ascii => text.chars().map(|c| if c.is_ascii() { Ok(c as u8) } else { Err(c) }).collect(),
            // Readers take 80 to 9F for windows-1252, so those stand for nothing here.
            Self::Latin1 => text
                .chars()
                .map(|c| u8::try_from(c).ok().filter(|byte| !(0x80..0xA0).contains(byte)).ok_or(c))
                .collect(),
        }
    }
}

/// What becomes of embedded documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Documents {
    /// They go along in OBX-5.
    Embedded,
    /// The product cannot take them: the message goes by the fallback.
    Fallback,
}

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Finest part that is written; as received when left out.
    #[serde(default)]
    pub finest: Option<Finest>,
    /// IANA name of the zone in which the product reads times: a time with an offset is written in it, without.
    #[serde(default)]
    pub zone: Option<String>,
}

/// Finest part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finest {
    /// `YYYYMMDDHHMM`
    Minute,
    /// `YYYYMMDDHHMMSS`
    Second,
}

/// One change. Places are fields of every segment of the name, in every repetition.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// What stands there is left out.
    Drop {
        /// Where.
        at: Place,
    },
    /// A fixed text.
    Set {
        /// Where.
        at: Place,
        /// What.
        text: String,
    },
    /// What stands at one place goes to another of the same segment, unless something stands there.
    Move {
        /// Whence.
        from: Place,
        /// Whither.
        to: Place,
    },
    /// The first component of the first repetition whose component has one of these texts is written elsewhere as well.
    Copy {
        /// Whence.
        from: Place,
        /// Whither.
        to: Place,
        /// Which component decides.
        component: usize,
        /// Its texts.
        is: Vec<String>,
    },
    /// Codes become the product's own, one to one.
    Map {
        /// Where.
        at: Place,
        /// Ours to theirs.
        codes: BTreeMap<String, String>,
    },
    /// Longest text; what is longer is cut, which is declared.
    Truncate {
        /// Where.
        at: Place,
        /// Most characters.
        characters: usize,
    },
    /// Most repetitions; the rest is left out, which is declared.
    Repeats {
        /// Where.
        at: Place,
        /// How many.
        most: usize,
    },
}

/// A field or component of every segment of a name: `PID-8`, `PID-3.4`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Place {
    /// Segment name.
    pub segment: String,
    /// Field, from 1.
    pub field: usize,
    /// Component, from 1; the whole field when left out.
    pub component: Option<usize>,
}

impl FromStr for Place {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let path: hl7v2::Path = text.parse().map_err(|e: hl7v2::PathError| e.to_string())?;
        if path.occurrence != 1 || path.rep.is_some() || path.sub.is_some() {
            return Err(format!(
                "\"{text}\" names one occurrence: a rule is about all, write PID-3 or PID-3.4"
            ));
        }
        if path.segment == "MSH" && path.field <= 2 {
            return Err("MSH-1 and MSH-2 are always the recommended delimiters".to_owned());
        }
        Ok(Self { segment: path.segment, field: path.field, component: path.comp })
    }
}

impl TryFrom<String> for Place {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.segment, self.field)?;
        self.component.map_or(Ok(()), |n| write!(f, ".{n}"))
    }
}

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// Not TOML of the documented form.
    #[error("{0}")]
    Unreadable(String),
    /// Two codes become one, so that nobody could read the result back.
    #[error("{at}: two codes become \"{code}\"; give each a code of its own")]
    NotOneToOne {
        /// Which rule.
        at: String,
        /// The code written twice.
        code: String,
    },
    /// A rule crosses segments.
    #[error("{from} and {to} are in different segments; a rule stays within one")]
    Crosses {
        /// Whence.
        from: String,
        /// Whither.
        to: String,
    },
    /// No such zone.
    #[error("\"{0}\" is no time zone; write one like America/Halifax")]
    Zone(String),
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileProblem`], with what to mend.
    pub fn from_toml(text: &str) -> Result<Self, ProfileProblem> {
        let profile: Self = toml::from_str(text)
            .map_err(|e| ProfileProblem::Unreadable(e.to_string().trim_end().to_owned()))?;
        for rule in &profile.rules {
            match rule {
                Rule::Map { at, codes } => {
                    let mut seen = BTreeSet::new();
                    if let Some(code) = codes.values().find(|code| !seen.insert(code.as_str())) {
                        return Err(ProfileProblem::NotOneToOne { at: at.to_string(), code: code.clone() });
                    }
                }
                Rule::Move { from, to } | Rule::Copy { from, to, .. } if from.segment != to.segment => {
                    return Err(ProfileProblem::Crosses { from: from.to_string(), to: to.to_string() });
                }
                _ => {}
            }
        }
        if let Some(zone) = &profile.times.zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            return Err(ProfileProblem::Zone(zone.clone()));
        }
        Ok(profile)
    }

    /// What it cannot take, in words, to be published with the destination.
    #[must_use]
    pub fn limits(&self) -> Vec<Words> {
        let mut limits = vec![Words::new(
            format!("HL7 {}: {} only.", self.hl7.code(), self.messages.join(", ")),
            format!("HL7 {} : {} seulement.", self.hl7.code(), self.messages.join(", ")),
        )];
        if self.charset != Charset::Utf8 {
            limits.push(Words::new(
                format!("Only characters of {}.", self.charset.code()),
                format!("Seulement les caractères de {}.", self.charset.code()),
            ));
        }
        if self.documents == Documents::Fallback {
            limits.push(Words::new("No embedded documents.", "Aucun document joint."));
        }
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        limits.push(Words::new(
            format!("Value types {} only.", values.join(", ")),
            format!("Types de valeur {} seulement.", values.join(", ")),
        ));
        limits.push(Words::new(
            format!("At most {} bytes in one message.", self.most_bytes),
            format!("Au plus {} octets par message.", self.most_bytes),
        ));
        limits
    }
}

/// All profiles, by product, oldest version first. A file that cannot be read is none: the test over the folder names it.
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let mut all: Vec<Profile> = FILES.iter().filter_map(|(_, text)| Profile::from_toml(text).ok()).collect();
    all.sort_by(|a, b| (&a.product, a.version).cmp(&(&b.product, b.version)));
    all
});

/// Every version of every profile.
pub fn profiles() -> impl Iterator<Item = &'static Profile> {
    PROFILES.iter()
}

/// The versions of a product's profile, newest first.
pub fn versions(product: &str) -> impl Iterator<Item = &'static Profile> {
    PROFILES.iter().rev().filter(move |profile| profile.product == product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    /// SHA-256 of every profile that has been used. A change is a new file with the next version.
    const FROZEN: &str = include_str!("../../profiles/frozen.txt");

    #[test]
    fn every_profile_is_read_and_stands_under_its_name() {
        for (file, text) in FILES {
            let profile = Profile::from_toml(text).unwrap_or_else(|problem| panic!("{file}: {problem}"));
            assert_eq!(*file, format!("{}-{}", profile.product, profile.version));
        }
        let products: BTreeSet<&str> = profiles().map(|p| p.product.as_str()).collect();
        assert!(products.len() >= 4, "{products:?}");
        assert!(versions("harbour").next().is_some_and(|newest| newest.version == 2));
    }

    #[test]
    fn d07_a_profile_that_was_used_never_changes() {
        let mut lines: Vec<String> = FILES
            .iter()
            .map(|(file, text)| {
                let digest: String = Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
                format!("{digest}  {file}.toml")
            })
            .collect();
        lines.sort_by(|a, b| a[64..].cmp(&b[64..]));
        assert_eq!(
            FROZEN.trim_end(),
            lines.join("\n"),
            "a profile in use changed: undo that and write the next version; a new file gets its line here"
        );
    }

    #[test]
    fn rules_that_cannot_be_read_back_are_refused() {
        let base = "product = \"x\"\nname = \"X\"\nversion = 1\nhl7 = \"2.3\"\ncharset = \"ASCII\"\n\
            messages = [\"ORU^R01\"]\nvalues = [\"NM\"]\ndocuments = \"fallback\"\nmost_bytes = 1000\n";
        assert!(Profile::from_toml(base).is_ok());
        for (rule, says) in [
            ("do = \"map\"\nat = \"PID-8\"\ncodes = { F = \"1\", M = \"1\" }", "two codes become"),
            ("do = \"move\"\nfrom = \"PID-8\"\nto = \"PV1-8\"", "different segments"),
            ("do = \"drop\"\nat = \"PID-3(2)\"", "one occurrence"),
            ("do = \"set\"\nat = \"MSH-2\"\ntext = \"x\"", "delimiters"),
            ("do = \"sing\"\nat = \"PID-3\"", "sing"),
        ] {
            let problem = Profile::from_toml(&format!("{base}[[rule]]\n{rule}\n")).expect_err(rule);
            assert!(problem.to_string().contains(says), "{problem}");
        }
        let zone = format!("{base}times = {{ zone = \"Mars/Base\" }}\n");
        assert!(Profile::from_toml(&zone).is_err());
    }

    #[test]
    fn h24_a_set_never_writes_what_it_lacks() {
        assert_eq!(Charset::Latin1.encode("Léa"), Ok(vec![b'L', 0xE9, b'a']));
        assert_eq!(Charset::Latin1.encode("Wɨnɨt"), Err('ɨ'));
        assert_eq!(Charset::Latin1.encode("\u{85}"), Err('\u{85}'));
        assert_eq!(Charset::Ascii.encode("Léa"), Err('é'));
    }
}
