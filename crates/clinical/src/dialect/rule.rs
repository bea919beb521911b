//! One change that a dialect makes to a message.

use crate::rendering::Place;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One change, made to every segment of the name. What was sent in a place is never overwritten by another value of the
/// message: a move, copy or lift fills only what is empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// What stands there is left out.
    Drop {
        /// Where.
        at: Place,
    },
    /// What counts where nothing is said.
    Default {
        /// Where.
        at: Place,
        /// What.
        text: String,
    },
    /// The sender's words become the standard's; others stay as they are.
    Map {
        /// Where.
        at: Place,
        /// Theirs to the standard's.
        codes: BTreeMap<String, String>,
    },
    /// What stands at one place goes to another of the same segment, unless something stands there.
    Move {
        /// Whence.
        from: Place,
        /// Whither.
        to: Place,
    },
    /// The same, and the first place keeps it.
    Copy {
        /// Whence.
        from: Place,
        /// Whither.
        to: Place,
    },
    /// A field of a Z segment goes to a standard field of the same patient, or of the order or observation before it.
    Lift {
        /// Whence, in a Z segment.
        from: Place,
        /// Whither.
        to: Place,
        /// Each becomes one more repetition of a whole field: copies that are to go to several.
        #[serde(default)]
        repeat: bool,
    },
    /// Z segments that are a standard segment in all but name.
    Rename {
        /// The Z segment.
        segment: String,
        /// The standard one.
        to: String,
    },
    /// Segments that number themselves (field 1) and say nothing else.
    DropEmpty {
        /// Their name.
        segment: String,
    },
}

/// Fields that say whose it is and what was found: no file may write them.
const PROTECTED: &[(&str, usize, &str)] = &[
    ("PID", 3, "whose it is"),
    ("PID", 5, "whose it is"),
    ("PID", 7, "whose it is"),
    ("MRG", 1, "who is merged"),
    ("OBX", 5, "what was found"),
];

/// Components of PID-3 and MRG-1 that a file may write: authority, type and facility, never the number.
const NUMBER: usize = 1;

/// Segments that a lift may make when the patient has none.
pub(super) const MADE: &[&str] = &["PD1"];

impl Rule {
    /// Why the rule cannot be used: what is wrong, and what to write.
    pub(super) fn problem(&self) -> Option<String> {
        let z = |name: &str| name.starts_with('Z');
        match self {
            Self::Drop { at } | Self::Default { at, .. } | Self::Map { at, .. } => written(at),
            Self::Move { from, to } | Self::Copy { from, to } => {
                if from.segment != to.segment {
                    return Some(format!(
                        "{from} and {to} are in different segments; only lift crosses them, from a Z segment"
                    ));
                }
                // The former places of a patient's numbers (PID-2 and PID-4, HL7 v2.5.1 3.4.2).
                let numbers = (to.segment.as_str(), to.field) == ("PID", 3) && matches!(from.field, 2 | 4);
                let loses = matches!(self, Self::Move { .. }).then(|| protected(from)).flatten();
                loses
                    .map(|why| format!("{from} says {why} and stays where it is; use copy"))
                    .or_else(|| if numbers { None } else { written(to) })
            }
            Self::Lift { from, to, repeat } => {
                if *repeat && to.component.is_some() {
                    return Some(format!(
                        "{to}: only a whole field repeats; leave out the component or repeat"
                    ));
                }
                if !z(&from.segment) || z(&to.segment) {
                    return Some(format!("{from} to {to}: a lift goes from a Z segment to a standard one"));
                }
                written(to)
            }
            Self::Rename { segment, to } if to == "MSH" || PROTECTED.iter().any(|(name, ..)| name == to) => {
                Some(format!("{segment} to {to}: no file makes a {to}; lift single fields"))
            }
            Self::Rename { segment, to } => (!z(segment) || z(to) || to.len() != 3)
                .then(|| format!("{segment} to {to}: only a Z segment is renamed, and to a standard one")),
            Self::DropEmpty { segment } => {
                (segment.len() != 3).then(|| format!("\"{segment}\" is no segment; write NTE"))
            }
        }
    }

    /// In signs that every language reads, for people who sign it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Drop { at } => format!("{at} → ∅"),
            Self::Default { at, text } => format!("{at} = {text}"),
            Self::Map { at, codes } => {
                let pairs: Vec<String> = codes.iter().map(|(a, b)| format!("{a} → {b}")).collect();
                format!("{at}: {}", pairs.join(", "))
            }
            Self::Move { from, to } => format!("{from} ⇒ {to}"),
            Self::Copy { from, to } => format!("{from} → {to}"),
            Self::Lift { from, to, repeat } => format!("{from} → {to}{}", if *repeat { " +" } else { "" }),
            Self::Rename { segment, to } => format!("{segment} → {to}"),
            Self::DropEmpty { segment } => format!("{segment} | → ∅"),
        }
    }
}

/// Why a place may not be written.
fn written(at: &Place) -> Option<String> {
    let why = protected(at)?;
    Some(format!("{at} says {why}; a dialect never writes it. Ask the sender to put it right"))
}

fn protected(at: &Place) -> Option<&'static str> {
    let part_of_number = |component: Option<usize>| component.is_some_and(|n| n > NUMBER);
    PROTECTED
        .iter()
        .find(|(segment, field, _)| *segment == at.segment && *field == at.field)
        .filter(|(segment, field, _)| {
            !(matches!((*segment, *field), ("PID", 3) | ("MRG", 1)) && part_of_number(at.component))
        })
        .map(|(.., why)| *why)
}
