//! Which elements can stand several times, which stand in a summary and which must be there, made from HL7's definitions by
//! `examples/search_table.rs`: FHIR's JSON writes a list where an element can repeat, also when there is one.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// What can stand behind the name of an element that has one of several types.
pub(crate) const KINDS_OF_VALUE: [&str; 40] = [
    "Base64Binary",
    "Boolean",
    "Canonical",
    "Code",
    "Date",
    "DateTime",
    "Decimal",
    "Id",
    "Instant",
    "Integer",
    "Markdown",
    "Oid",
    "PositiveInt",
    "String",
    "Time",
    "UnsignedInt",
    "Uri",
    "Url",
    "Uuid",
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "Coding",
    "ContactPoint",
    "Count",
    "Distance",
    "Duration",
    "HumanName",
    "Identifier",
    "Money",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "SampledData",
    "Timing",
    "Dosage",
];

struct Elements {
    /// Paths that can repeat: `Patient.contact.telecom`, `HumanName.given`.
    repeat: HashSet<&'static str>,
    /// Elements of resources that have elements of their own.
    backbone: HashSet<&'static str>,
    /// Names of elements of data types that can repeat, whatever the type.
    of_types: HashSet<&'static str>,
    summary: HashMap<&'static str, Vec<&'static str>>,
    needed: HashMap<&'static str, Vec<&'static str>>,
}

fn elements() -> &'static Elements {
    static ELEMENTS: OnceLock<Elements> = OnceLock::new();
    ELEMENTS.get_or_init(|| {
        let mut made = Elements {
            repeat: HashSet::new(),
            backbone: HashSet::new(),
            of_types: HashSet::new(),
            summary: HashMap::new(),
            needed: HashMap::new(),
        };
        for line in include_str!("elements.tsv").lines() {
            let mut fields = line.split('\t');
            let (Some(sort), Some(name), Some(words)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let words = words.split(' ');
            match sort {
                "repeat" => made.repeat.extend(words),
                "backbone" => made.backbone.extend(words),
                "type" => made.of_types.extend(words),
                "summary" => drop(made.summary.insert(name, words.collect())),
                _ => drop(made.needed.insert(name, words.collect())),
            }
        }
        made
    })
}

/// Whether a property of an element of a type of resource can repeat; `parents` are the names on the way to it.
#[must_use]
pub(crate) fn does(kind: &str, parents: &[&str], name: &str) -> bool {
    let elements = elements();
    let parent = [kind].into_iter().chain(parents.iter().copied()).collect::<Vec<_>>().join(".");
    if parents.is_empty() || elements.backbone.contains(parent.as_str()) {
        return elements.repeat.contains(format!("{parent}.{name}").as_str());
    }
    elements.of_types.contains(name)
}

/// Elements of a type that stand in its summary.
#[must_use]
pub fn summary(kind: &str) -> &'static [&'static str] {
    elements().summary.get(kind).map_or(&[], Vec::as_slice)
}

/// Elements of a type that must be there.
#[must_use]
pub fn needed(kind: &str) -> &'static [&'static str] {
    elements().needed.get(kind).map_or(&[], Vec::as_slice)
}
