//! Reading a code map, and proving it in both directions (GUARANTEES X-05): every row is found by what the sender
//! writes, and every target leads back to one code of the sender's.

use super::{Conversion, ucum};
use crate::dialect::{Binds, FileProblem, Sort};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// A sender's code map, in one version.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeMap {
    /// Its name.
    pub name: String,
    /// Counted from 1.
    pub version: u32,
    /// What it is, for whoever signs it.
    pub about: String,
    /// Whose messages.
    pub binds: Binds,
    /// Names of the sender's own coding systems (CWE.3); an empty one is a code without any.
    pub local: BTreeSet<String>,
    /// Rows in the order of the file.
    pub rows: Vec<Row>,
    /// The sender's spellings of units, and UCUM.
    pub units: HashMap<String, String>,
    /// Analytes that may stand on one line in two units.
    pub conversions: Vec<Conversion>,
    /// Rows by system, then code.
    by_code: HashMap<String, HashMap<String, Vec<usize>>>,
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// CWE.3 as sent.
    pub system: String,
    /// CWE.1 as sent.
    pub code: String,
    /// What it is.
    pub target: Target,
    /// Its code there.
    pub to: String,
    /// UCUM units in which it may come; in any other it is another test. Any when empty.
    pub units: Vec<String>,
    /// Whether the target leads back to this code.
    pub back: bool,
}

/// A code system that is mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Target {
    /// LOINC.
    #[serde(rename = "LN")]
    Loinc,
    /// pCLOCD: LOINC numbers and those that Canada adds.
    #[serde(rename = "PCLOCD")]
    Pclocd,
    /// Drug identification numbers of Health Canada.
    #[serde(rename = "DIN")]
    Din,
}

impl Target {
    /// CWE.3 of what is added.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Loinc => "LN",
            Self::Pclocd => "PCLOCD",
            Self::Din => "DIN",
        }
    }

    /// Why a code cannot be one of this system.
    fn problem(self, code: &str) -> Option<&'static str> {
        let fits = match self {
            Self::Loinc => is_loinc(code),
            Self::Pclocd => is_loinc(code) || code.strip_prefix("XON").is_some_and(is_dashed),
            Self::Din => code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()),
        };
        match self {
            _ if fits => None,
            Self::Loinc => Some("it is no LOINC number: the check digit after the hyphen does not fit"),
            Self::Pclocd => Some("it is no pCLOCD number: write a LOINC number or XON12345-6"),
            Self::Din => Some("a DIN has eight digits, zeros before it included"),
        }
    }
}

/// Digits, a hyphen and one digit.
fn is_dashed(code: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    code.rsplit_once('-').is_some_and(|(body, check)| digits(body) && digits(check) && check.len() == 1)
}

/// A LOINC number: at most seven digits, and the check digit of modulus 10 (every second digit from the right doubled).
pub(super) fn is_loinc(code: &str) -> bool {
    let Some((body, check)) = code.rsplit_once('-').filter(|_| is_dashed(code)) else { return false };
    if body.len() > 7 {
        return false;
    }
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, digit)| {
            let digit = u32::from(digit - b'0');
            if n % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
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
    local: BTreeSet<String>,
    #[serde(default, rename = "code")]
    codes: Vec<toml::Spanned<RowFile>>,
    #[serde(default, rename = "unit")]
    units: Vec<toml::Spanned<UnitFile>>,
    #[serde(default, rename = "conversion")]
    conversions: Vec<toml::Spanned<Conversion>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowFile {
    system: String,
    code: String,
    #[serde(default = "loinc")]
    target: Target,
    to: String,
    #[serde(default)]
    units: Vec<String>,
    #[serde(default = "yes")]
    back: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitFile {
    sent: String,
    ucum: String,
}

fn loinc() -> Target {
    Target::Loinc
}

fn yes() -> bool {
    true
}

impl CodeMap {
    /// Reads a code map and tries every row in both directions.
    ///
    /// # Errors
    /// [`FileProblem`], with the line and what to write.
    pub fn from_toml(text: &str) -> Result<Self, FileProblem> {
        let file: File = toml::from_str(text).map_err(|error| FileProblem::of_toml(&error))?;
        let binds = Binds { links: file.links, senders: file.senders };
        crate::dialect::check_head(&file.name, file.version, &binds, Sort::Codes)?;
        let mut map = Self {
            name: file.name,
            version: file.version,
            about: file.about,
            binds,
            local: file.local,
            rows: Vec::with_capacity(file.codes.len()),
            units: HashMap::new(),
            conversions: Vec::new(),
            by_code: HashMap::new(),
        };
        for said in file.units {
            let offset = said.span().start;
            let UnitFile { sent, ucum } = said.into_inner();
            if let Err(problem) = ucum::read(&ucum) {
                return Err(FileProblem::at(text, offset, problem.to_string()));
            }
            if let Ok(meant) = ucum::read(&sent)
                && ucum::read(&ucum).is_ok_and(|target| target != meant)
            {
                let why = format!("\"{sent}\" is UCUM already and means something else than \"{ucum}\"");
                return Err(FileProblem::at(text, offset, why));
            }
            if map.units.insert(sent.clone(), ucum).is_some() {
                return Err(FileProblem::at(text, offset, format!("unit \"{sent}\" stands twice")));
            }
        }
        for said in file.conversions {
            let offset = said.span().start;
            let conversion = said.into_inner();
            if let Some(why) = conversion.problem() {
                return Err(FileProblem::at(text, offset, why));
            }
            map.conversions.push(conversion);
        }
        let mut lead_back: HashMap<(Target, String), usize> = HashMap::new();
        for said in file.codes {
            let offset = said.span().start;
            let row = said.into_inner();
            let row = Row {
                system: row.system,
                code: row.code,
                target: row.target,
                to: row.to,
                units: row.units,
                back: row.back,
            };
            if let Some(why) = map.row_problem(&row) {
                return Err(FileProblem::at(text, offset, why));
            }
            let number = map.rows.len();
            let target = (row.target, row.to.clone());
            if row.back && lead_back.insert(target.clone(), number).is_some() {
                let why = format!(
                    "two codes both stand for {} {}; write back = false at all but the one that it leads back to",
                    row.target.code(),
                    row.to
                );
                return Err(FileProblem::at(text, offset, why));
            }
            map.by_code
                .entry(row.system.clone())
                .or_default()
                .entry(row.code.clone())
                .or_default()
                .push(number);
            map.rows.push(row);
        }
        if let Some(row) = map.rows.iter().find(|row| !lead_back.contains_key(&(row.target, row.to.clone())))
        {
            return Err(FileProblem::Whole(format!(
                "{} {} leads back to no code; leave out back = false at one of them",
                row.target.code(),
                row.to
            )));
        }
        Ok(map)
    }

    /// What is wrong with a row beside those before it.
    fn row_problem(&self, row: &Row) -> Option<String> {
        if row.code.is_empty() {
            return Some("code is empty".to_owned());
        }
        if let Some(why) = row.target.problem(&row.to) {
            return Some(format!("{} {}: {why}", row.target.code(), row.to));
        }
        let mut meant = Vec::with_capacity(row.units.len());
        for unit in &row.units {
            match ucum::read(unit) {
                Ok(unit) => meant.push(unit),
                Err(problem) => return Some(problem.to_string()),
            }
        }
        if meant.windows(2).any(|two| !two[0].is_comparable(&two[1])) {
            return Some(format!(
                "{} measure different things: {} is another test in each; write a row for each",
                row.units.join(" and "),
                row.code
            ));
        }
        let others = self.rows_of(&row.system, &row.code);
        for other in others {
            let overlap = other.units.is_empty()
                || row.units.is_empty()
                || other.units.iter().any(|unit| row.units.contains(unit));
            if overlap {
                return Some(format!(
                    "code {} of \"{}\" stands twice; tell the rows apart by their units",
                    row.code, row.system
                ));
            }
        }
        None
    }

    fn rows_of(&self, system: &str, code: &str) -> impl Iterator<Item = &Row> {
        let numbers = self.by_code.get(system).and_then(|codes| codes.get(code));
        numbers.into_iter().flatten().filter_map(|number| self.rows.get(*number))
    }

    /// Whether the map has any row of a code.
    #[must_use]
    pub fn knows(&self, system: &str, code: &str) -> bool {
        self.rows_of(system, code).next().is_some()
    }

    /// What a code of the sender's is, in that unit (UCUM, or as sent; empty = none). A row with units is taken only in
    /// one of them: mmol/L and mg/dL of one code are two tests. Without a unit a code is taken only where there is
    /// nothing to confuse.
    #[must_use]
    pub fn forward(&self, system: &str, code: &str, unit: &str) -> Option<&Row> {
        let mut rows = self.rows_of(system, code);
        if unit.is_empty() {
            let first = rows.next()?;
            return rows.next().is_none().then_some(first);
        }
        rows.find(|row| row.units.is_empty() || row.units.iter().any(|known| known == unit))
    }

    /// The sender's code for a code of a target: (system, code).
    #[must_use]
    pub fn back(&self, target: Target, to: &str) -> Option<(&str, &str)> {
        let row = self.rows.iter().find(|row| row.back && row.target == target && row.to == to)?;
        Some((&row.system, &row.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x05_a_mistyped_number_is_no_loinc_number() {
        for good in ["2823-3", "14749-6", "2345-7", "62238-1", "22664-7", "718-7", "6690-2", "57021-8"] {
            assert!(is_loinc(good), "{good}");
        }
        for bad in ["2823-4", "14794-6", "2345", "2345-", "-7", "12345678-1", "K", "2823-33", ""] {
            assert!(!is_loinc(bad), "{bad}");
        }
        assert_eq!(Target::Din.problem("02242903"), None);
        assert!(Target::Din.problem("2242903").is_some());
        assert_eq!(Target::Pclocd.problem("XON10382-0"), None);
    }
}
