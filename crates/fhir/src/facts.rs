//! Facts of R4 about every type: its elements in order with their cardinality, types and bindings, its rules, the codes of
//! value sets, and what the Canadian Baseline demands beyond. Made from the official definitions by `examples/facts.rs`.

mod profiles;
mod terms;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use profiles::{Demand, Fixed, Profile, profile, profiles};
pub use terms::{Codes, codes_of, is_within, system_is_ordered};

/// What kind of thing a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A value with extensions: `string`, `date`.
    Primitive,
    /// A data type: `HumanName`.
    Complex,
    /// Elements of an element: `Patient.contact`.
    Backbone,
    /// A resource.
    Resource,
    /// Only others are made of it.
    Abstract,
}

/// A rule of a type or element (ElementDefinition.constraint).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Such as `pat-1`.
    pub key: &'static str,
    /// Whether breaking it is an error, not only a doubt.
    pub is_error: bool,
    /// What it demands.
    pub human: &'static str,
    /// FHIRPath that is true where it is kept.
    pub expression: &'static str,
}

/// How firmly an element is bound to a value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Only these codes.
    Required(&'static str),
    /// These where one fits.
    Extensible(&'static str),
}

/// One element of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Name without `[x]`.
    pub name: &'static str,
    /// Whether its type stands behind its name.
    pub is_choice: bool,
    /// Least.
    pub min: usize,
    /// Most; `None` = any number. A list is written where it is not 1.
    pub max: Option<usize>,
    /// Types it may have: `string`, `Reference(Patient,Group)`, `Patient.contact`.
    pub types: Vec<&'static str>,
    /// Value set.
    pub binding: Option<Binding>,
    /// Rules of this element alone.
    pub rules: Vec<Rule>,
}

/// One type.
#[derive(Debug, Clone)]
pub struct Type {
    /// `Patient`, `HumanName`, `Patient.contact`.
    pub name: &'static str,
    /// What it is made of.
    pub base: Option<&'static str>,
    /// Kind.
    pub sort: Sort,
    /// Its own elements; those of its base come first.
    own: Vec<Element>,
    /// Its own rules; those of its base hold too.
    rules: Vec<Rule>,
}

impl Type {
    /// This type and those it is made of, the furthest first.
    fn line(&'static self) -> Vec<&'static Type> {
        let mut line: Vec<&'static Type> =
            std::iter::successors(Some(self), |one| one.base.and_then(of)).collect();
        line.reverse();
        line
    }
    /// Every element in the order of the definition.
    pub fn elements(&'static self) -> impl Iterator<Item = &'static Element> {
        self.line().into_iter().flat_map(|one| one.own.iter())
    }
    /// Every rule.
    pub fn rules(&'static self) -> impl Iterator<Item = &'static Rule> {
        self.line().into_iter().flat_map(|one| one.rules.iter())
    }
    /// The element of that name as it stands in JSON (`valueQuantity`), and the type it has there.
    #[must_use]
    pub fn element(&'static self, key: &str) -> Option<(&'static Element, &'static str)> {
        self.elements().find_map(|element| Some((element, element.type_at(key)?)))
    }
    /// The element of that name as FHIRPath says it (`value`).
    #[must_use]
    pub fn named(&'static self, name: &str) -> Option<&'static Element> {
        self.elements().find(|element| element.name == name)
    }
    /// Whether it is another type or made of it.
    #[must_use]
    pub fn is(&'static self, name: &str) -> bool {
        std::iter::successors(Some(self), |one| one.base.and_then(of)).any(|one| one.name == name)
    }
}

impl Element {
    /// The type that the element has when it is written under this name.
    #[must_use]
    pub fn type_at(&self, key: &str) -> Option<&'static str> {
        let rest = key.strip_prefix(self.name)?;
        if !self.is_choice {
            return rest.is_empty().then(|| self.types.first().copied().unwrap_or("-"));
        }
        let mut letters = rest.chars();
        let first = letters.next().filter(char::is_ascii_uppercase)?;
        self.types.iter().copied().find(|of| {
            let of = plain(of);
            of.get(1..) == Some(letters.as_str())
                && of.chars().next().is_some_and(|c| c.eq_ignore_ascii_case(&first))
        })
    }
    /// Whether it can stand several times.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.max != Some(1)
    }
}

/// The name of a type without what it may lead to: `Reference(Patient)` is a `Reference`.
#[must_use]
pub fn plain(name: &str) -> &str {
    name.split('(').next().unwrap_or(name)
}

/// Whether a whole resource stands in an element of this type.
#[must_use]
pub fn is_resource(sort: &str) -> bool {
    sort == "Resource" || of(sort).is_some_and(|known| known.sort == Sort::Resource)
}

/// The types a `Reference(…)` or `canonical(…)` may lead to; empty when any.
pub fn targets(name: &str) -> impl Iterator<Item = &str> {
    let inner = name.split_once('(').map_or("", |(_, inner)| inner.trim_end_matches(')'));
    inner.split(',').filter(|one| !one.is_empty())
}

fn table() -> &'static HashMap<&'static str, Type> {
    static TABLE: OnceLock<HashMap<&'static str, Type>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut made: HashMap<&'static str, Type> = HashMap::new();
        let mut now: Option<Type> = None;
        for line in include_str!("facts/types.tsv").lines() {
            if let Some(head) = line.strip_prefix('=') {
                if let Some(done) = now.replace(type_of(head)) {
                    made.insert(done.name, done);
                }
                continue;
            }
            let Some(one) = now.as_mut() else { continue };
            match (line.as_bytes().first(), line.get(1..)) {
                (Some(b'!'), Some(text)) => one.rules.extend(rule(text)),
                (Some(b'@'), Some(text)) => {
                    if let Some(last) = one.own.last_mut() {
                        last.rules.extend(rule(text));
                    }
                }
                _ => one.own.extend(element(line)),
            }
        }
        made.extend(now.map(|done| (done.name, done)));
        made
    })
}

fn type_of(head: &'static str) -> Type {
    let mut words = head.split('\t');
    let name = words.next().unwrap_or_default();
    let base = words.next().filter(|base| *base != "-");
    let sort = match words.next() {
        Some("primitive-type") => Sort::Primitive,
        Some("complex-type") => Sort::Complex,
        Some("backbone") => Sort::Backbone,
        Some("resource") => Sort::Resource,
        _ => Sort::Abstract,
    };
    Type { name, base, sort, own: Vec::new(), rules: Vec::new() }
}

fn element(line: &'static str) -> Option<Element> {
    let mut words = line.split('\t');
    let name = words.next()?;
    let (min, max, types) = (words.next()?, words.next()?, words.next()?);
    let binding = words.next().and_then(binding);
    Some(Element {
        name: name.trim_end_matches("[x]"),
        is_choice: name.ends_with("[x]"),
        min: min.parse().unwrap_or(0),
        max: max.parse().ok(),
        types: types.split('|').collect(),
        binding,
        rules: Vec::new(),
    })
}

fn binding(text: &'static str) -> Option<Binding> {
    match text.split_at_checked(1)? {
        ("!", url) => Some(Binding::Required(url)),
        ("+", url) => Some(Binding::Extensible(url)),
        _ => None,
    }
}

fn rule(text: &'static str) -> Option<Rule> {
    let mut words = text.split('\t');
    let (key, severity, human, expression) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Rule { key, is_error: severity == "error", human, expression })
}

/// The type of that name.
#[must_use]
pub fn of(name: &str) -> Option<&'static Type> {
    table().get(plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Kind;

    #[test]
    fn every_resource_is_known_in_the_order_of_its_definition() {
        for kind in Kind::ALL {
            let known = of(kind.as_str());
            assert!(known.is_some_and(|one| one.sort == Sort::Resource), "{kind}");
        }
        let names: Vec<&str> = of("Patient").expect("known").elements().map(|e| e.name).take(11).collect();
        assert_eq!(
            names.join(" "),
            "id meta implicitRules language text contained extension modifierExtension identifier active name"
        );
        let patient = of("Patient").expect("known");
        let (element, sort) = patient.element("deceasedDateTime").expect("a choice");
        assert_eq!((element.name, sort, element.repeats()), ("deceased", "dateTime", false));
        assert!(patient.element("deceasedString").is_none() && patient.element("deceased").is_none());
        assert!(patient.is("Resource") && of("code").is_some_and(|code| code.is("string")));
        assert!(patient.element("contact").is_some_and(|(e, sort)| e.repeats() && sort == "Patient.contact"));
        assert!(of("Patient.contact").is_some_and(|one| one.rules().any(|rule| rule.key == "pat-1")));
        assert_eq!(targets("Reference(Patient,Group)").collect::<Vec<_>>(), ["Patient", "Group"]);
    }

    #[test]
    fn every_type_that_is_named_is_known() {
        for one in table().values() {
            assert!(one.base.is_none_or(|base| of(base).is_some()), "{} of {:?}", one.name, one.base);
            for element in &one.own {
                for sort in &element.types {
                    assert!(*sort == "-" || of(sort).is_some(), "{}.{}: {sort}", one.name, element.name);
                }
            }
        }
    }
}
