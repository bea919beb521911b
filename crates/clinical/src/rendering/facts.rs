//! What a message says that nobody may change on its way: read from the bytes by the same reader that took the source in,
//! so that what is compared is what a receiver would read (HAZARDS H21 to H25).

use crate::words::Words;
use hl7v2::{Field, Message, Segment};
use std::collections::{BTreeMap, BTreeSet};

/// Between the parts of a text that is compared; no sender writes it.
const PART: char = '\u{1F}';

/// Everything a message says, each with the number of times it says it, and the patient's identifiers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Sort and parts, in the order of [`Fact`]'s fields.
    pub said: BTreeMap<Fact, usize>,
    /// PID-3, each repetition: number, authority, type.
    pub identifiers: BTreeSet<String>,
}

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Who it is about: PID-5 (family, given, further), PID-7 as a day, PID-8.
    Patient {
        /// PID-5.1 to 3 of the first repetition.
        name: String,
        /// Day of birth.
        born: String,
        /// Administrative sex.
        sex: String,
    },
    /// An order that is answered, or a document: numbers, what, status.
    Report {
        /// OBR-2.1 and OBR-3.1, or TXA-12.1.
        numbers: String,
        /// OBR-4 or TXA-2.
        what: String,
        /// OBR-25 or TXA-17.
        status: String,
    },
    /// One OBX.
    Result {
        /// OBR-3.1 of its order, so that no result changes its report (H23).
        order: String,
        /// OBX-3 whole.
        code: String,
        /// OBX-4.
        sub_id: String,
        /// OBX-5 whole.
        value: String,
        /// OBX-6 whole.
        unit: String,
        /// OBX-7.
        range: String,
        /// OBX-8.
        flags: String,
        /// OBX-11.
        status: String,
    },
    /// A referral: its number, how urgent, what for, why.
    Referral {
        /// RF1-6.
        number: String,
        /// RF1-1 and RF1-2, whole.
        urgency: String,
        /// RF1-3, 4 and 5, whole.
        what: String,
        /// RF1-10, whole.
        reason: String,
    },
    /// A provider of a referral.
    Provider {
        /// PRD-1, whole.
        part: String,
        /// PRD-2, whole.
        name: String,
        /// PRD-7, whole.
        numbers: String,
    },
    /// One NTE and what it stands under.
    Note {
        /// Segment and code above it.
        under: String,
        /// NTE-3.
        text: String,
    },
}

impl Fact {
    /// What sort it is and by which code people know it; never a value.
    fn words(&self) -> Words {
        let code = |text: &str| text.split(PART).next().unwrap_or_default().to_owned();
        match self {
            Self::Patient { .. } => {
                Words::new("the patient's name, birth date or sex", "le nom, la date de naissance ou le sexe")
            }
            Self::Report { what, .. } => {
                Words::new(format!("the report {}", code(what)), format!("le rapport {}", code(what)))
            }
            Self::Result { code: of, .. } => {
                Words::new(format!("the result {}", code(of)), format!("le résultat {}", code(of)))
            }
            Self::Referral { .. } => Words::new(
                "what the referral asks for and how urgently",
                "ce que demande la consultation et son urgence",
            ),
            Self::Provider { part, .. } => Words::new(
                format!("the provider {} of the referral", code(part)),
                format!("le professionnel {} de la demande", code(part)),
            ),
            Self::Note { under, .. } => Words::new(
                format!("a note under {}", under.replace(PART, " ")),
                format!("une note sous {}", under.replace(PART, " ")),
            ),
        }
    }
}

/// What a message says.
#[must_use]
pub fn facts(message: &Message) -> Facts {
    let mut facts = Facts::default();
    let (mut order, mut under) = (String::new(), String::from("MSH"));
    for segment in message.segments() {
        let name = segment.name();
        let fact = match name {
            "PID" => {
                facts.identifiers.extend(identifiers(segment));
                let names = segment.field(5).first();
                let name: Vec<_> = (1..=3).map(|n| names.comp(n).text()).collect();
                Some(Fact::Patient {
                    name: joined(name.iter().map(AsRef::as_ref)),
                    born: segment.field(7).text().chars().take(8).collect(),
                    sex: whole(segment.field(8)),
                })
            }
            "OBR" => {
                order = segment.field(3).text().into_owned();
                let placer = segment.field(2).text();
                Some(Fact::Report {
                    numbers: joined([&*placer, &*order]),
                    what: whole(segment.field(4)),
                    status: whole(segment.field(25)),
                })
            }
            "TXA" => Some(Fact::Report {
                numbers: segment.field(12).text().into_owned(),
                what: whole(segment.field(2)),
                status: whole(segment.field(17)),
            }),
            "OBX" => Some(Fact::Result {
                order: order.clone(),
                code: whole(segment.field(3)),
                sub_id: whole(segment.field(4)),
                value: whole(segment.field(5)),
                unit: whole(segment.field(6)),
                range: whole(segment.field(7)),
                flags: whole(segment.field(8)),
                status: whole(segment.field(11)),
            }),
            "RF1" => Some(Fact::Referral {
                number: whole(segment.field(6)),
                urgency: joined([1, 2].map(|n| whole(segment.field(n))).iter().map(String::as_str)),
                what: joined([3, 4, 5].map(|n| whole(segment.field(n))).iter().map(String::as_str)),
                reason: whole(segment.field(10)),
            }),
            "PRD" => Some(Fact::Provider {
                part: whole(segment.field(1)),
                name: whole(segment.field(2)),
                numbers: whole(segment.field(7)),
            }),
            "NTE" => Some(Fact::Note { under: under.clone(), text: whole(segment.field(3)) }),
            _ => None,
        };
        match name {
            "NTE" => {}
            "OBX" => under = joined(["OBX", &segment.field(3).text()]),
            "OBR" => under = joined(["OBR", &segment.field(4).text()]),
            other => other.clone_into(&mut under),
        }
        if let Some(fact) = fact {
            *facts.said.entry(fact).or_default() += 1;
        }
    }
    facts
}

impl Facts {
    /// What of this the other does not say, or says otherwise; and what it adds. Nothing when they say the same.
    #[must_use]
    pub fn changed_in(&self, other: &Self) -> Vec<Words> {
        let mut changed = Vec::new();
        for (fact, times) in &self.said {
            if other.said.get(fact).is_none_or(|there| there < times) {
                changed.push(fact.words());
            }
        }
        for (fact, times) in &other.said {
            if self.said.get(fact).is_none_or(|here| here < times) {
                changed.push(fact.words());
            }
        }
        let lost = !self.identifiers.is_empty() && other.identifiers.is_empty();
        if lost || !other.identifiers.is_subset(&self.identifiers) {
            changed.push(Words::new("the patient's numbers", "les numéros du patient"));
        }
        changed.sort_by(|a, b| a.en.cmp(&b.en));
        changed.dedup();
        changed
    }
}

fn identifiers(pid: Segment<'_>) -> impl Iterator<Item = String> {
    let read =
        |rep: hl7v2::Rep<'_>| joined([&*rep.comp(1).text(), &*rep.comp(4).text(), &*rep.comp(5).text()]);
    pid.field(3)
        .reps()
        .map(read)
        .filter(|text| text.chars().any(|c| c != PART))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A whole field as text: every leaf unescaped, its place kept, what is empty at the end left out.
fn whole(field: Field<'_>) -> String {
    let level = |parts: Vec<String>| {
        let end = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |i| i + 1);
        parts[..end].join(&PART.to_string())
    };
    let reps = field.reps().map(|rep| {
        let comps = rep.comps().map(|comp| {
            let subs: Vec<String> = comp.subs().map(|leaf| leaf.text().into_owned()).collect();
            let end = subs.iter().rposition(|part| !part.is_empty()).map_or(0, |i| i + 1);
            subs[..end].join("\u{1E}")
        });
        level(comps.collect())
    });
    let reps: Vec<String> = reps.collect();
    reps.join("\u{1D}")
}

fn joined<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(&PART.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01|1|P|2.5.1\rPID|1||1^^^HRH^MR||Roy^Lise||19800101|F\r\
        OBR|1|P1|F1|K^Potassium|||||||||||||||||||||F\rOBX|1|NM|K^Potassium||4.10|mmol/L|3.5-5.1|N|||F\rNTE|1||Not haemolysed\r";

    fn of(text: &str) -> Facts {
        facts(&Message::parse(text).expect("a message"))
    }

    #[test]
    fn h22_each_changed_part_is_found() {
        let base = of(BASE);
        assert!(base.changed_in(&of(BASE)).is_empty());
        for (from, to, says) in [
            ("4.10", "4.1", "the result K"),
            ("mmol/L", "mg/dL", "the result K"),
            ("3.5-5.1", "3.5-5.0", "the result K"),
            ("|N|", "|H|", "the result K"),
            ("F\rNTE", "P\rNTE", "the result K"),
            ("Not haemolysed", "Haemolysed", "a note under OBX K"),
            ("Roy^Lise", "Roi^Lise", "the patient's name"),
            ("19800101", "19800102", "the patient's name"),
            ("|F1|", "|F2|", "the report K"),
            ("1^^^HRH", "2^^^HRH", "the patient's numbers"),
        ] {
            let changed = base.changed_in(&of(&BASE.replacen(from, to, 1)));
            assert!(changed.iter().any(|words| words.en.starts_with(says)), "{from} to {to}: {changed:?}");
            assert!(changed.iter().all(|words| !words.en.contains("4.1")), "a value in words: {changed:?}");
        }
    }

    #[test]
    fn h23_a_result_that_changed_its_order_is_found() {
        let two = format!("{BASE}OBR|2|P2|F2|NA^Sodium\rOBX|1|NM|NA^Sodium||140|mmol/L|||||F\r");
        let swapped = two.replace("OBR|2|P2|F2", "OBR|2|P2|F3");
        assert!(!of(&two).changed_in(&of(&swapped)).is_empty());
        let twice = two.replace("OBR|2", "OBX|1|NM|K^Potassium||4.10|mmol/L|3.5-5.1|N|||F\rOBR|2");
        assert!(!of(&two).changed_in(&of(&twice)).is_empty());
    }

    #[test]
    fn escapes_and_empty_ends_are_the_same_text() {
        let other = BASE.replace("Not haemolysed", "Not h\\X61\\emolysed").replace("mmol/L", "mmol/L^^");
        assert!(of(BASE).changed_in(&of(&other)).is_empty());
    }
}
