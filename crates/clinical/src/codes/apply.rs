//! Looking codes up while a message is read: the second triplet of a coded field (CWE.4 to CWE.6) takes what is added,
//! the third where the sender has used the second.

use super::map::{CodeMap, Row};
use super::ucum;
use crate::rendering::lines::Line;
use std::fmt;

/// Fields whose codes are looked up, by segment.
const CODED: &[(&str, usize)] =
    &[("OBX", 3), ("OBR", 4), ("RXO", 1), ("RXE", 2), ("RXD", 2), ("RXG", 4), ("RXA", 5)];
/// Fields that are units, by segment.
const UNITS: &[(&str, usize)] = &[("OBX", 6), ("RXO", 4), ("RXE", 5), ("RXD", 5), ("RXG", 7), ("RXA", 7)];
/// Components where the triplets begin, from 0.
const TRIPLETS: [usize; 3] = [0, 3, 9];
/// CWE.3 of UCUM.
const UCUM: &str = "UCUM";

/// A code of the sender's own that no row knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unmapped {
    /// CWE.3 as sent.
    pub system: String,
    /// CWE.1 as sent; of a unit the unit.
    pub code: String,
    /// What the sender calls it.
    pub text: String,
    /// Where: `OBX-3`.
    pub place: String,
    /// Why.
    pub why: Why,
}

/// Why a code is not mapped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// No row of that code.
    NoRow,
    /// There are rows, and none of them in this unit; empty = no unit was sent.
    OtherUnit(String),
    /// A unit that is not UCUM, and the map does not say what it is.
    NoUnit,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRow => f.write_str("no row"),
            Self::OtherUnit(unit) if unit.is_empty() => f.write_str("no row without a unit"),
            Self::OtherUnit(unit) => write!(f, "no row in {unit}"),
            Self::NoUnit => f.write_str("no UCUM unit"),
        }
    }
}

impl CodeMap {
    /// Adds what the map knows to the fields of a message; what it does not know, each once.
    pub(crate) fn code(&self, lines: &mut [Line]) -> Vec<Unmapped> {
        let mut unmapped: Vec<Unmapped> = Vec::new();
        let mut tell = |one: Option<Unmapped>| {
            if let Some(one) = one
                && !unmapped.contains(&one)
            {
                unmapped.push(one);
            }
        };
        for line in lines {
            let unit_at = UNITS.iter().find(|(name, _)| *name == line.name).map(|(_, field)| *field);
            if let Some(field) = unit_at {
                tell(self.unit(line, field));
            }
            if let Some((_, field)) = CODED.iter().find(|(name, _)| *name == line.name) {
                let unit = unit_at.map(|at| unit_of(line.field(at)).to_owned()).unwrap_or_default();
                tell(self.one(line, *field, &unit));
            }
        }
        unmapped
    }

    /// The code of one field.
    fn one(&self, line: &mut Line, field: usize, unit: &str) -> Option<Unmapped> {
        let said = line.field(field).to_owned();
        let (first, rest) = said.split_once('~').map_or((said.as_str(), None), |(a, b)| (a, Some(b)));
        let mut parts: Vec<&str> = first.split('^').collect();
        let part = |parts: &[&str], n: usize| parts.get(n).copied().unwrap_or_default().to_owned();
        let triplet = |parts: &[&str], at: usize| (part(parts, at), part(parts, at + 1), part(parts, at + 2));
        let mut unknown = None;
        let mut found: Option<&Row> = None;
        for at in TRIPLETS {
            let (code, text, system) = triplet(&parts, at);
            if code.is_empty() || code == "\"\"" || found.is_some() {
                continue;
            }
            found = self.forward(&system, &code, unit);
            if found.is_none() && unknown.is_none() && self.local.contains(&system) {
                let why =
                    if self.knows(&system, &code) { Why::OtherUnit(unit.to_owned()) } else { Why::NoRow };
                unknown = Some((system, code, text, why));
            }
        }
        // What the sender says itself in a system that everybody knows needs no row of ours.
        let says_itself = TRIPLETS.iter().any(|at| {
            let (code, _, system) = triplet(&parts, *at);
            !code.is_empty()
                && !self.local.contains(&system)
                && fhir::system::of_v2_coding_system(&system).is_some()
        });
        let Some(row) = found else {
            let (system, code, text, why) = unknown.filter(|_| !says_itself)?;
            return Some(Unmapped { system, code, text, place: format!("{}-{field}", line.name), why });
        };
        let has = TRIPLETS.iter().any(|at| {
            let (code, _, system) = triplet(&parts, *at);
            !code.is_empty() && system == row.target.code()
        });
        let free = TRIPLETS.into_iter().find(|at| {
            let (code, text, _) = triplet(&parts, *at);
            code.is_empty() && text.is_empty()
        });
        let at = free.filter(|_| !has)?;
        if parts.len() < at + 3 {
            parts.resize(at + 3, "");
        }
        for (n, text) in [(at, row.to.as_str()), (at + 2, row.target.code())] {
            if let Some(part) = parts.get_mut(n) {
                *part = text;
            }
        }
        let first = parts.join("^");
        line.put(field, rest.map_or(first.clone(), |rest| format!("{first}~{rest}")));
        None
    }

    /// A unit in the sender's spelling gets its UCUM code; the spelling stays as its text (HAZARDS H22). No number is
    /// ever converted.
    fn unit(&self, line: &mut Line, field: usize) -> Option<Unmapped> {
        let said = line.field(field).to_owned();
        let (first, rest) = said.split_once('~').map_or((said.as_str(), None), |(a, b)| (a, Some(b)));
        let mut parts = first.split('^');
        let mut part = || parts.next().unwrap_or_default();
        let (sent, text, system) = (part(), part(), part());
        if sent.is_empty() || sent == "\"\"" || !(system.is_empty() || self.local.contains(system)) {
            return None;
        }
        let Some(ucum) = self.units.get(sent) else {
            let known = ucum::read(&hl7v2_plain(sent)).is_ok();
            return (!known).then(|| Unmapped {
                system: system.to_owned(),
                code: sent.to_owned(),
                text: text.to_owned(),
                place: format!("{}-{field}", line.name),
                why: Why::NoUnit,
            });
        };
        let text = if text.is_empty() { sent } else { text };
        let first = format!("{}^{text}^{UCUM}", hl7v2::escape(ucum, &hl7v2::Delimiters::default()));
        line.put(field, rest.map_or(first.clone(), |rest| format!("{first}~{rest}")));
        None
    }
}

/// A text without its escapes.
fn hl7v2_plain(text: &str) -> String {
    hl7v2::unescape(text, &hl7v2::Delimiters::default(), hl7v2::Charset::Utf8).into_owned()
}

/// The code of a unit field.
fn unit_of(field: &str) -> &str {
    field.split(['^', '~']).next().unwrap_or_default()
}
