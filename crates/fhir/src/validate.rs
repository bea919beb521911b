//! Whether a resource is as R4 and its profiles demand: structure, cardinality, types, required codes, rules. Every finding
//! names the place and what to do. Nothing is looked up outside the document.

mod primitive;
mod profile;
mod rules;
mod structure;
mod whole;

use crate::facts;
use crate::json::{Json, Object};
use crate::outcome::{self, IssueType, Severity};
use crate::time::Instant;
use std::collections::HashSet;

/// Most findings that are told. Errors come before everything else.
pub const MAX_FINDINGS: usize = 200;
/// Most steps that the rules of one document take together.
const MAX_STEPS: usize = 50_000_000;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What kind of thing.
    pub code: IssueType,
    /// Where: `Patient.name[0].given[1]`.
    pub path: String,
    /// What to do.
    pub words: String,
}

/// What was found so far.
pub(crate) struct Findings {
    all: Vec<Finding>,
    now: Instant,
    /// How many of them are no errors.
    lesser: usize,
    /// Whether something was found that is not told.
    is_cut: bool,
    /// How many steps the rules may still take.
    steps_left: usize,
}

impl Findings {
    fn new(now: Instant) -> Self {
        Self { all: Vec::new(), now, lesser: 0, is_cut: false, steps_left: MAX_STEPS }
    }
    /// What is told is bounded; no error is lost to what is less.
    fn say(&mut self, severity: Severity, code: IssueType, path: &str, words: impl Into<String>) {
        let is_error = is_error(severity);
        if self.all.len() >= MAX_FINDINGS {
            self.is_cut = true;
            if !is_error || self.lesser == 0 {
                return;
            }
            if let Some(place) = self.all.iter().rposition(|one| !self::is_error(one.severity)) {
                self.all.remove(place);
                self.lesser -= 1;
            }
        }
        self.lesser += usize::from(!is_error);
        self.all.push(Finding { severity, code, path: path.to_owned(), words: words.into() });
    }
    /// Rules took steps. What could not be looked at to the end is not said to be right.
    fn takes(&mut self, steps: usize, at: &str) {
        self.steps_left = self.steps_left.saturating_sub(steps);
        if self.steps_left == 0 {
            let words = "the rules of this document take too long; send it in parts";
            self.wrong(IssueType::TooCostly, at, words);
        }
    }
    fn wrong(&mut self, code: IssueType, path: &str, words: impl Into<String>) {
        self.say(Severity::Error, code, path, words);
    }
    /// Whether nothing that is still found would be told.
    fn is_full(&self) -> bool {
        self.all.len() >= MAX_FINDINGS && self.lesser == 0
    }
    fn told(mut self, kind: &str) -> Vec<Finding> {
        if self.is_cut || self.is_full() {
            let words =
                format!("only {MAX_FINDINGS} findings are told, errors first; mend these and ask again");
            let severity = Severity::Information;
            self.all.push(Finding { severity, code: IssueType::TooCostly, path: kind.to_owned(), words });
        }
        self.all
    }
}

/// Everything that is wrong or doubtful with a resource. `profiles` are asked for beside those that it names itself.
#[must_use]
pub fn resource(resource: &Object, profiles: &[&str], now: Instant) -> Vec<Finding> {
    let mut findings = Findings::new(now);
    let kind = resource.text("resourceType").unwrap_or_default();
    if facts::of(kind).is_none_or(|known| known.sort != facts::Sort::Resource) {
        let words = "name a resource type of R4 in resourceType";
        findings.wrong(IssueType::Structure, if kind.is_empty() { "resourceType" } else { kind }, words);
        return findings.told(kind);
    }
    let json = Json::Object(resource.clone());
    structure::resource(&json, kind, &json, &mut findings);
    // Each profile once, however often it is named.
    let mut seen: HashSet<*const facts::Profile> = HashSet::new();
    for url in profiles {
        match facts::profile(url) {
            Some(known) if seen.insert(known) => profile::check(&json, known, kind, &mut findings),
            Some(_) => {}
            None if is_base(url, kind) => {}
            None => {
                let known = facts::profiles(kind).join(", ");
                let words = format!("the profile {url} is not known here; known for {kind}: {known}");
                findings.wrong(IssueType::NotSupported, kind, words);
            }
        }
    }
    for known in resource.texts("meta.profile").into_iter().filter_map(facts::profile) {
        if seen.insert(known) {
            profile::check(&json, known, kind, &mut findings);
        }
    }
    findings.told(kind)
}

/// Whether a profile is the type's own definition.
fn is_base(url: &str, kind: &str) -> bool {
    let plain = url.split('|').next().unwrap_or(url);
    plain.strip_prefix("http://hl7.org/fhir/StructureDefinition/").is_some_and(|name| name == kind)
}

/// The OperationOutcome of findings; that there are none is said too.
#[must_use]
pub fn outcome_of(findings: &[Finding]) -> Object {
    if findings.is_empty() {
        let words = "It is as R4 and the profiles that are known here demand.";
        return outcome::outcome(Severity::Information, IssueType::Informational, words, None);
    }
    outcome::of_issues(findings.iter().map(|one| {
        outcome::issue(one.severity, one.code, &format!("{}: {}", one.path, one.words), Some(&one.path))
    }))
}

/// Whether one of them is an error.
#[must_use]
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|one| is_error(one.severity))
}

fn is_error(severity: Severity) -> bool {
    matches!(severity, Severity::Error | Severity::Fatal)
}

#[cfg(test)]
mod tests;
