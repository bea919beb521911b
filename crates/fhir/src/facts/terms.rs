//! Codes of value sets that can be told whole, and what stands under what in code systems that are ordered.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// The codes of one value set, by system.
#[derive(Debug, Default)]
pub struct Codes {
    by_system: HashMap<&'static str, HashSet<&'static str>>,
}

impl Codes {
    /// Whether a code stands in it; without a system in any.
    #[must_use]
    pub fn has(&self, system: Option<&str>, code: &str) -> bool {
        match system {
            Some(system) => self.by_system.get(system).is_some_and(|codes| codes.contains(code)),
            None => self.by_system.values().any(|codes| codes.contains(code)),
        }
    }
    /// The codes in order, at most so many, to be shown.
    #[must_use]
    pub fn shown(&self, most: usize) -> String {
        let mut all: Vec<&str> = self.by_system.values().flatten().copied().collect();
        all.sort_unstable();
        let rest = all.len().saturating_sub(most);
        all.truncate(most);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        format!("{}{more}", all.join(", "))
    }
}

/// The codes of a value set, with or without a version; `None` when they cannot be told here.
#[must_use]
pub fn codes_of(url: &str) -> Option<&'static Codes> {
    static TABLE: OnceLock<HashMap<&'static str, Codes>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut made: HashMap<&'static str, Codes> = HashMap::new();
        for line in include_str!("codes.tsv").lines() {
            let mut words = line.split('\t');
            if let (Some(url), Some(system), Some(codes)) = (words.next(), words.next(), words.next()) {
                made.entry(url).or_default().by_system.entry(system).or_default().extend(codes.split(' '));
            }
        }
        made
    });
    table.get(url.split('|').next().unwrap_or(url))
}

fn broader() -> &'static HashMap<&'static str, HashMap<&'static str, &'static str>> {
    static TABLE: OnceLock<HashMap<&'static str, HashMap<&'static str, &'static str>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let systems = include_str!("broader.tsv").lines().filter_map(|line| line.split_once('\t'));
        systems
            .map(|(system, pairs)| {
                (system, pairs.split(' ').filter_map(|pair| pair.split_once('<')).collect())
            })
            .collect()
    })
}

/// Whether codes of a system stand under others, as far as is known here.
#[must_use]
pub fn system_is_ordered(system: &str) -> bool {
    broader().contains_key(system)
}

/// Whether a code is another one or stands under it.
#[must_use]
pub fn is_within(system: &str, code: &str, above: &str) -> bool {
    let up = broader().get(system);
    let mut at = Some(code);
    // A system that stands in itself would have no end.
    for _ in 0..64 {
        match at {
            Some(here) if here == above => return true,
            Some(here) => at = up.and_then(|up| up.get(here).copied()),
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_with_their_systems() {
        let gender = codes_of("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1").expect("told");
        assert!(gender.has(None, "female") && !gender.has(None, "woman"));
        assert!(gender.has(Some("http://hl7.org/fhir/administrative-gender"), "male"));
        assert!(!gender.has(Some("http://example.org"), "male"));
        assert_eq!(gender.shown(2), "female, male and 2 more");
        assert!(codes_of("http://example.org/none").is_none());
    }

    #[test]
    fn what_stands_under_what() {
        let system = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
        assert!(system_is_ordered(system));
        assert!(is_within(system, "MTH", "PRN") && is_within(system, "MTH", "MTH"));
        assert!(!is_within(system, "PRN", "MTH"));
    }
}
