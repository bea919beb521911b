//! Reading a message in its sender's dialect: the same message in the words of the standard.

use super::file::{Authority, Dialect};
use super::rule::{MADE, Rule};
use crate::codes::{CodeMap, Unmapped};
use crate::rendering::Place;
use crate::rendering::lines::{self, Line};
use hl7v2::{Message, Unreadable};

/// A message as its dialect and its code map read it.
#[derive(Debug, Clone)]
pub struct Translated {
    /// In the words of the standard, UTF-8.
    pub message: Message,
    /// Codes of the sender's own that the map does not know.
    pub unmapped: Vec<Unmapped>,
}

/// Fields of data type CX that carry an assigning authority, by segment.
const NUMBERED: &[(&str, &[usize])] =
    &[("PID", &[2, 3, 4, 18, 21]), ("MRG", &[1, 2, 3, 4, 5, 6]), ("PV1", &[5, 19, 50]), ("NK1", &[33])];

/// Fields that name a coding system, by segment.
const CODED: &[(&str, &[usize])] = &[
    ("OBR", &[4, 31, 44]),
    ("OBX", &[3, 5, 6, 17]),
    ("AL1", &[3]),
    ("IAM", &[3]),
    ("DG1", &[3]),
    ("PR1", &[3]),
    ("RXO", &[1, 4]),
    ("RXE", &[2, 5]),
    ("RXD", &[2, 5]),
    ("RXG", &[4, 7]),
    ("RXA", &[5, 7]),
    ("SPM", &[4]),
    ("PRB", &[3]),
    ("FT1", &[7, 25]),
];

/// Value types whose OBX-5 is coded.
const CODED_VALUES: &[&str] = &["CE", "CWE", "CNE", "CF"];

/// The message as the mapper reads it. Pure: the same message and files give the same bytes. Without a dialect only the
/// codes are looked up.
///
/// # Errors
/// [`Unreadable`] when the message cannot be read after the change; a file that passes its checks makes none such.
pub fn translate(
    message: &Message,
    dialect: Option<&Dialect>,
    codes: Option<&CodeMap>,
) -> Result<Translated, Unreadable> {
    let mut lines = lines::of(message);
    if let Some(dialect) = dialect {
        for rule in &dialect.rules {
            apply(rule, &mut lines);
        }
        if !dialect.authorities.is_empty() {
            authorities(&mut lines, &dialect.authorities);
        }
        if !dialect.systems.is_empty() {
            systems(&mut lines, dialect);
        }
    }
    let unmapped = codes.map(|codes| codes.code(&mut lines)).unwrap_or_default();
    if let Some(msh) = lines.first_mut() {
        msh.put(18, "UNICODE UTF-8".to_owned());
    }
    Ok(Translated { message: Message::parse(lines::written(&lines))?, unmapped })
}

fn apply(rule: &Rule, lines: &mut Vec<Line>) {
    match rule {
        Rule::Rename { segment, to } => {
            for line in lines.iter_mut().filter(|line| line.name == *segment) {
                line.name.clone_from(to);
            }
        }
        Rule::DropEmpty { segment } => lines.retain(|line| line.name != *segment || line.says_after(1)),
        Rule::Lift { from, to, repeat } => lift(lines, from, to, *repeat),
        Rule::Drop { at } => {
            each(lines, &at.segment, |line| {
                if at.component.is_none() {
                    line.put(at.field, String::new());
                } else {
                    line.change(at, |_| String::new());
                }
            });
        }
        Rule::Default { at, text } => each(lines, &at.segment, |line| {
            if line.at(at).is_empty() {
                line.set(at, &hl7v2::escape(text, &hl7v2::Delimiters::default()));
            }
        }),
        Rule::Map { at, codes } => each(lines, &at.segment, |line| {
            if !line.field(at.field).is_empty() {
                line.change(at, |was| codes.get(was).cloned().unwrap_or_else(|| was.to_owned()));
            }
        }),
        Rule::Move { from, to } => each(lines, &from.segment, |line| {
            let text = line.at(from).to_owned();
            if !text.is_empty() && line.at(to).is_empty() {
                line.change(from, |_| String::new());
                line.set(to, &text);
            }
        }),
        Rule::Copy { from, to } => each(lines, &from.segment, |line| {
            let text = line.at(from).to_owned();
            if !text.is_empty() && line.at(to).is_empty() {
                line.set(to, &text);
            }
        }),
    }
}

fn each(lines: &mut [Line], name: &str, with: impl FnMut(&mut Line)) {
    lines.iter_mut().filter(|line| line.name == name).for_each(with);
}

/// Carries a field of each Z segment to the nearest segment before it that it speaks of; what belongs to the patient or
/// the visit may also stand after it. Never past the next patient.
fn lift(lines: &mut Vec<Line>, from: &Place, to: &Place, repeat: bool) {
    let mut n = 0;
    while n < lines.len() {
        let text = match lines.get(n) {
            Some(line) if line.name == from.segment => line.at(from).to_owned(),
            _ => String::new(),
        };
        if !text.is_empty() {
            match target(lines, n, &to.segment) {
                Some(at) => {
                    if let Some(line) = lines.get_mut(at) {
                        if line.at(to).is_empty() {
                            line.set(to, &text);
                        } else if repeat && !line.field(to.field).split('~').any(|rep| rep == text) {
                            let more = format!("{}~{text}", line.field(to.field));
                            line.put(to.field, more);
                        }
                    }
                }
                None if MADE.contains(&to.segment.as_str()) => {
                    let pid = lines.iter().take(n).rposition(|line| line.name == "PID");
                    if let Some(pid) = pid {
                        let mut made = Line::new(&to.segment);
                        made.set(to, &text);
                        lines.insert(pid + 1, made);
                        n += 1;
                    }
                }
                None => {}
            }
        }
        n += 1;
    }
}

fn target(lines: &[Line], n: usize, name: &str) -> Option<usize> {
    if matches!(name, "MSH" | "EVN") {
        return lines.iter().position(|line| line.name == name);
    }
    let begins = lines.iter().take(n).rposition(|line| line.name == "PID")?;
    let before = lines.iter().take(n).rposition(|line| line.name == name).filter(|at| *at >= begins);
    if before.is_some() || !matches!(name, "PID" | "PD1" | "PV1" | "PV2") {
        return before;
    }
    let after = lines.iter().skip(n).take_while(|line| line.name != "PID").position(|line| line.name == name);
    after.map(|at| n + at)
}

fn authorities(lines: &mut [Line], known: &[Authority]) {
    for line in lines {
        let Some((_, fields)) = NUMBERED.iter().find(|(name, _)| *name == line.name) else { continue };
        for field in *fields {
            let said = line.field(*field);
            if said.is_empty() {
                continue;
            }
            let written: Vec<String> = said.split('~').map(|rep| number(rep, known)).collect();
            let written = written.join("~");
            if written != said {
                line.put(*field, written);
            }
        }
    }
}

/// A number with its authority as it is known here; a repetition without a number stays.
fn number(rep: &str, known: &[Authority]) -> String {
    let mut parts: Vec<String> = rep.split('^').map(str::to_owned).collect();
    if parts.first().is_none_or(|value| value.is_empty() || value == "\"\"") {
        return rep.to_owned();
    }
    let part = |n: usize| parts.get(n).map_or("", String::as_str);
    let (local, kind) = (part(3).split('&').next().unwrap_or_default().to_owned(), part(4).to_owned());
    let of_type = |one: &&Authority| one.when_type.as_deref() == Some(kind.as_str());
    let mut named = known.iter().filter(|one| one.local == local);
    let found = named.clone().find(of_type).or_else(|| named.find(|one| one.when_type.is_none()));
    let Some(found) = found else { return rep.to_owned() };
    if parts.len() < 5 {
        parts.resize(5, String::new());
    }
    if let Some(part) = parts.get_mut(3) {
        *part =
            found.oid.as_ref().map_or_else(|| found.name.clone(), |oid| format!("{}&{oid}&ISO", found.name));
    }
    if let (Some(part), Some(kind)) = (parts.get_mut(4), &found.kind) {
        part.clone_from(kind);
    }
    parts.join("^").trim_end_matches('^').to_owned()
}

fn systems(lines: &mut [Line], dialect: &Dialect) {
    for line in lines {
        let Some((_, fields)) = CODED.iter().find(|(name, _)| *name == line.name) else { continue };
        for field in *fields {
            if line.name == "OBX" && *field == 5 && !CODED_VALUES.contains(&line.field(2)) {
                continue;
            }
            let said = line.field(*field);
            if !said.contains('^') {
                continue;
            }
            let written: Vec<String> = said
                .split('~')
                .map(|rep| {
                    let parts = rep.split('^').enumerate().map(|(n, part)| match n {
                        2 | 5 | 11 => dialect.systems.get(part).map_or(part, String::as_str),
                        _ => part,
                    });
                    parts.collect::<Vec<_>>().join("^")
                })
                .collect();
            let written = written.join("~");
            if written != said {
                line.put(*field, written);
            }
        }
    }
}
