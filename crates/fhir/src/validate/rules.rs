//! Rules in FHIRPath. One that cannot be told breaks nothing.

use super::Findings;
use super::structure::Around;
use crate::facts::Rule;
use crate::fhirpath::{Context, Expression, Item, Node};
use crate::outcome::{IssueType, Severity};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Rules that are told without an expression, and one that only recommends.
const TOLD_ELSEWHERE: [&str; 5] = ["ele-1", "txt-1", "txt-2", "dom-3", "dom-6"];

/// An expression of the definitions, read once.
fn read(text: &'static str) -> Option<&'static Expression> {
    static READ: OnceLock<Mutex<HashMap<&'static str, Option<&'static Expression>>>> = OnceLock::new();
    let mut read = READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    *read.entry(text).or_insert_with(|| {
        // The definitions write `as` where they mean all of a type, and Boolean for FHIR's own.
        let text = text.replace(".as(", ".ofType(").replace(" is Boolean", " is boolean");
        let expression = Expression::parse(&text).ok()?;
        // Read for the life of the program: there are some hundred.
        Some(Box::leak(Box::new(expression)))
    })
}

/// Checks the rules of one element.
pub(super) fn check(
    node: Node<'_>,
    rules: impl Iterator<Item = &'static Rule>,
    at: &str,
    around: &Around<'_>,
    findings: &mut Findings,
) {
    for rule in rules.filter(|rule| !TOLD_ELSEWHERE.contains(&rule.key)) {
        let Some(expression) = read(rule.expression) else { continue };
        if findings.steps_left == 0 {
            return;
        }
        let (resource, root) = (Node::of_resource(around.resource), Node::of_resource(around.root));
        let context = Context::within(resource, root, findings.now).with_most(findings.steps_left);
        let holds = expression.holds(&context, &[Item::Node(node)]);
        findings.takes(context.taken(), at);
        if holds == Ok(Some(false)) {
            let severity = if rule.is_error { Severity::Error } else { Severity::Warning };
            findings.say(severity, IssueType::Invariant, at, format!("{} ({})", rule.human, rule.key));
        }
    }
}
