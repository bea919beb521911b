//! What profiles demand beyond R4: the Canadian Baseline.

use super::{Binding, Rule, binding, rule};
use crate::json::{self, Json};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A value that an element must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fixed {
    /// Exactly this.
    Is(Json),
    /// At least this.
    Has(Json),
}

/// What is demanded of one element, or of one slice of it.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Names on the way from the resource, each with the slice it means: `identifier` `JHN`.
    pub path: Vec<(&'static str, Option<&'static str>)>,
    /// Least.
    pub min: Option<usize>,
    /// Most.
    pub max: Option<usize>,
    /// Types it may have, and the profiles that their values must keep.
    pub types: Vec<(&'static str, Vec<&'static str>)>,
    /// Value set.
    pub binding: Option<Binding>,
    /// Its value.
    pub fixed: Option<Fixed>,
    /// What tells slices apart (`value:url`), and whether there may be others than those named.
    pub slicing: Option<(Vec<(&'static str, &'static str)>, bool)>,
    /// Rules.
    pub rules: Vec<Rule>,
}

/// One profile.
#[derive(Debug)]
pub struct Profile {
    /// Canonical address.
    pub url: &'static str,
    /// Type that it constrains.
    pub kind: &'static str,
    /// What it is made of.
    pub base: &'static str,
    /// What it demands.
    pub demands: Vec<Demand>,
}

fn table() -> &'static HashMap<&'static str, Profile> {
    static TABLE: OnceLock<HashMap<&'static str, Profile>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut made: HashMap<&'static str, Profile> = HashMap::new();
        let mut now: Option<Profile> = None;
        for line in include_str!("baseline.tsv").lines() {
            if let Some(head) = line.strip_prefix('=') {
                let mut words = head.split('\t');
                let (url, kind, base) = (words.next(), words.next(), words.next());
                let next = Profile {
                    url: url.unwrap_or_default(),
                    kind: kind.unwrap_or_default(),
                    base: base.unwrap_or_default(),
                    demands: Vec::new(),
                };
                made.extend(now.replace(next).map(|done| (done.url, done)));
                continue;
            }
            let Some(profile) = now.as_mut() else { continue };
            match line.strip_prefix('!') {
                Some(text) => {
                    if let Some(last) = profile.demands.last_mut() {
                        last.rules.extend(rule(text));
                    }
                }
                None => profile.demands.extend(demand(line)),
            }
        }
        made.extend(now.map(|done| (done.url, done)));
        made
    })
}

fn demand(line: &'static str) -> Option<Demand> {
    let words: Vec<&'static str> = line.split('\t').collect();
    let [id, min, max, types, bound, value, slicing] = words.as_slice() else { return None };
    let types = types.split('|').filter(|one| *one != "-").map(|one| match one.split_once('>') {
        Some((sort, profiles)) => (sort, profiles.split(',').collect()),
        None => (one, Vec::new()),
    });
    let read = |text: &str| json::parse(text.as_bytes()).ok();
    let fixed = match value.split_at_checked(1) {
        Some(("=", text)) => read(text).map(Fixed::Is),
        Some(("~", text)) => read(text).map(Fixed::Has),
        _ => None,
    };
    let slicing = slicing.split_once(';').map(|(by, rules)| {
        (by.split(',').filter_map(|one| one.split_once(':')).collect(), rules != "closed")
    });
    let path = id.split('.').skip(1).map(|step| match step.split_once(':') {
        Some((name, slice)) => (name, Some(slice)),
        None => (step, None),
    });
    Some(Demand {
        path: path.collect(),
        min: min.parse().ok(),
        max: max.parse().ok(),
        types: types.collect(),
        binding: binding(bound),
        fixed,
        slicing,
        rules: Vec::new(),
    })
}

/// The profile of that address, with or without a version.
#[must_use]
pub fn profile(url: &str) -> Option<&'static Profile> {
    table().get(url.split('|').next().unwrap_or(url))
}

/// Every profile of a type of resource, by address.
#[must_use]
pub fn profiles(kind: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> =
        table().values().filter(|one| one.kind == kind).map(|one| one.url).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canadian_baseline_is_known() {
        let url = "http://hl7.org/fhir/ca/baseline/StructureDefinition/profile-patient";
        let patient = profile(url).expect("known");
        assert_eq!(patient.kind, "Patient");
        assert!(profiles("Patient").contains(&url));
        let health_card =
            patient.demands.iter().find(|d| d.path == [("identifier", Some("JHN")), ("type", None)]);
        assert!(matches!(health_card.and_then(|d| d.fixed.as_ref()), Some(Fixed::Has(_))));
        let identifier = patient.demands.iter().find(|d| d.path == [("identifier", None)]).expect("sliced");
        assert_eq!(identifier.slicing, Some((vec![("value", "type")], true)));
    }
}
