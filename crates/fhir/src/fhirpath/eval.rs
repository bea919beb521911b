//! The evaluator. Every step counts, so that no expression runs for long.

use super::item::{Item, Node};
use super::moment::Moment;
use super::operators::{all_equal, all_equivalent, among, arithmetic, condition, distinct, single, told};
use super::parser::{Ast, Expression};
use super::{PathError, functions};
use crate::facts;
use crate::json::Json;
use crate::time::Instant;
use std::borrow::Cow;
use std::cell::Cell;

/// Most steps of one evaluation.
pub const MAX_STEPS: usize = 2_000_000;

/// What holds for a whole evaluation.
#[derive(Debug)]
pub struct Context<'a> {
    /// `%resource`: the resource that the focus stands in.
    pub resource: Node<'a>,
    /// `%rootResource`: the one that contains it.
    pub root: Node<'a>,
    /// What `now()` says.
    pub now: Instant,
    /// Whether names that a type does not have are errors.
    pub is_strict: bool,
    steps: Cell<usize>,
    /// How many may be taken.
    most: usize,
}

/// What changes within.
#[derive(Clone)]
pub(super) struct Scope<'s, 'a> {
    pub(super) focus: &'s [Item<'a>],
    pub(super) this: &'s [Item<'a>],
    pub(super) index: Option<usize>,
    pub(super) total: Option<&'s [Item<'a>]>,
}

impl<'a> Context<'a> {
    /// For a resource that stands alone.
    #[must_use]
    pub fn of(resource: &'a Json, now: Instant) -> Self {
        Self::within(Node::of_resource(resource), Node::of_resource(resource), now)
    }
    /// For a resource within another.
    #[must_use]
    pub fn within(resource: Node<'a>, root: Node<'a>, now: Instant) -> Self {
        Self { resource, root, now, is_strict: false, steps: Cell::new(0), most: MAX_STEPS }
    }
    /// With fewer steps than an evaluation has by itself.
    #[must_use]
    pub fn with_most(self, most: usize) -> Self {
        Self { most: most.min(MAX_STEPS), ..self }
    }
    /// How many steps were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.steps.get()
    }
    /// Counts one step, or many.
    pub(super) fn step(&self, many: usize) -> Result<(), PathError> {
        self.steps.set(self.steps.get().saturating_add(many.max(1)));
        if self.steps.get() > self.most { Err(PathError::TooLong) } else { Ok(()) }
    }
}

impl Expression {
    /// What the expression gives on a focus.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn evaluate<'a>(
        &self,
        context: &Context<'a>,
        focus: &[Item<'a>],
    ) -> Result<Vec<Item<'a>>, PathError> {
        evaluate(&self.0, context, &Scope { focus, this: focus, index: None, total: None })
    }
    /// Whether the expression holds; `None` when it gives nothing.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn holds<'a>(&self, context: &Context<'a>, focus: &[Item<'a>]) -> Result<Option<bool>, PathError> {
        condition(&self.evaluate(context, focus)?)
    }
}

pub(super) fn evaluate<'a>(
    ast: &Ast,
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Vec<Item<'a>>, PathError> {
    context.step(1)?;
    Ok(match ast {
        Ast::Empty => Vec::new(),
        Ast::Bool(yes) => vec![Item::Bool(*yes)],
        Ast::Int(whole) => vec![Item::Int(*whole)],
        Ast::Dec(value) => vec![Item::Dec(*value)],
        Ast::Text(text) => vec![Item::Text(Cow::Owned(text.clone()))],
        Ast::Moment(moment) => vec![Item::Moment(*moment)],
        Ast::Quantity(value, unit) => vec![Item::Quantity(*value, unit.clone())],
        Ast::This => scope.this.to_vec(),
        Ast::Index => scope.index.and_then(|n| i64::try_from(n).ok()).map(Item::Int).into_iter().collect(),
        Ast::Total => scope.total.map(<[Item<'a>]>::to_vec).unwrap_or_default(),
        Ast::Variable(name) => variable(name, context, scope)?,
        Ast::Name(name) => named(name, context, scope)?,
        Ast::Member(target, name) => {
            let items = evaluate(target, context, scope)?;
            member(&items, name, context)?
        }
        Ast::Call(target, name, arguments) => {
            let items = match target {
                Some(target) => evaluate(target, context, scope)?,
                None => scope.focus.to_vec(),
            };
            functions::call(name, items, arguments, context, scope)?
        }
        Ast::At(target, index) => {
            let items = evaluate(target, context, scope)?;
            let index = evaluate(index, context, scope)?;
            match single(&index)?.map(Item::plain) {
                Some(Item::Int(n)) => {
                    usize::try_from(n).ok().and_then(|n| items.get(n).cloned()).into_iter().collect()
                }
                Some(_) => return Err(PathError::Meaning("an index is a whole number".to_owned())),
                None => Vec::new(),
            }
        }
        Ast::Plus(inner) => evaluate(inner, context, scope)?,
        Ast::Minus(inner) => {
            let items = evaluate(inner, context, scope)?;
            match single(&items)?.map(Item::plain) {
                None => Vec::new(),
                Some(Item::Int(whole)) => vec![Item::Int(whole.saturating_neg())],
                Some(Item::Dec(value)) => vec![Item::Dec(value.negated())],
                Some(Item::Quantity(value, unit)) => vec![Item::Quantity(value.negated(), unit)],
                Some(other) => {
                    return Err(PathError::Meaning(format!("there is no negative {}", other.kind().1)));
                }
            }
        }
        Ast::Typed(operator, target, name) => {
            let items = evaluate(target, context, scope)?;
            typed(operator, &items, name)?
        }
        Ast::Binary(operator, left, right) => binary(operator, left, right, context, scope)?,
    })
}

/// `is` and `as`.
pub(super) fn typed<'a>(operator: &str, items: &[Item<'a>], name: &str) -> Result<Vec<Item<'a>>, PathError> {
    // Whether there is such a type is asked also when there is nothing.
    Item::Bool(true).is_of(name, true)?;
    let Some(one) = single(items)? else { return Ok(Vec::new()) };
    if operator == "is" {
        return Ok(told(Some(one.is_of(name, false)?)));
    }
    Ok(if one.is_of(name, true)? { vec![one.clone()] } else { Vec::new() })
}

fn binary<'a>(
    operator: &str,
    left: &Ast,
    right: &Ast,
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Vec<Item<'a>>, PathError> {
    let a = evaluate(left, context, scope)?;
    // What is told by the left side alone needs no right one.
    let first = match operator {
        "and" | "or" | "implies" | "xor" => condition(&a)?,
        _ => None,
    };
    match (operator, first) {
        ("and", Some(false)) => return Ok(told(Some(false))),
        ("or", Some(true)) => return Ok(told(Some(true))),
        ("implies", Some(false)) => return Ok(told(Some(true))),
        _ => {}
    }
    let b = evaluate(right, context, scope)?;
    context.step(a.len() * b.len() / 8)?;
    Ok(match operator {
        "and" => told(match (first, condition(&b)?) {
            (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        "or" => told(match (first, condition(&b)?) {
            (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
        "xor" => told(first.zip(condition(&b)?).map(|(a, b)| a != b)),
        "implies" => told(match (first, condition(&b)?) {
            (_, Some(true)) => Some(true),
            (Some(true), other) => other,
            _ => None,
        }),
        "=" => told(all_equal(&a, &b)),
        "!=" => told(all_equal(&a, &b).map(|same| !same)),
        "~" => told(Some(all_equivalent(&a, &b))),
        "!~" => told(Some(!all_equivalent(&a, &b))),
        "|" => distinct(a.into_iter().chain(b).collect()),
        "in" => told(single(&a)?.map(|one| among(&b, one))),
        "contains" => told(single(&b)?.map(|one| among(&a, one))),
        _ => arithmetic(operator, &a, &b)?,
    })
}

/// A name without anything before it: an element of the focus, or the type of the focus itself.
fn named<'a>(name: &str, context: &Context<'a>, scope: &Scope<'_, 'a>) -> Result<Vec<Item<'a>>, PathError> {
    let is_type = name.starts_with(|c: char| c.is_ascii_uppercase()) && facts::of(name).is_some();
    if is_type {
        let mut kept = Vec::new();
        for one in scope.focus {
            if one.is_of(name, false)? {
                kept.push(one.clone());
            }
        }
        if kept.is_empty() && context.is_strict {
            return Err(PathError::Meaning(format!("{name} is not what the expression begins at")));
        }
        return Ok(kept);
    }
    member(scope.focus, name, context)
}

/// The elements of a name.
pub(super) fn member<'a>(
    items: &[Item<'a>],
    name: &str,
    context: &Context<'a>,
) -> Result<Vec<Item<'a>>, PathError> {
    let mut found = Vec::new();
    for item in items {
        context.step(1)?;
        match (item, name) {
            (Item::Node(node), _) => {
                found.extend(node.named(name, context.is_strict)?.into_iter().map(Item::Node))
            }
            (Item::Type(space, _), "namespace") => found.push(Item::Text(Cow::Borrowed(space))),
            (Item::Type(_, of), "name") => found.push(Item::Text(Cow::Owned(of.clone()))),
            (Item::Quantity(value, _), "value") => found.push(Item::Dec(*value)),
            (Item::Quantity(_, unit), "unit" | "code") => found.push(Item::Text(Cow::Owned(unit.clone()))),
            _ => {}
        }
    }
    Ok(found)
}

fn variable<'a>(
    name: &str,
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Vec<Item<'a>>, PathError> {
    let text = |text: String| Ok(vec![Item::Text(Cow::Owned(text))]);
    match name {
        "resource" => Ok(vec![Item::Node(context.resource)]),
        "rootResource" => Ok(vec![Item::Node(context.root)]),
        "context" => Ok(scope.this.to_vec()),
        "sct" => text("http://snomed.info/sct".to_owned()),
        "loinc" => text("http://loinc.org".to_owned()),
        "ucum" => text("http://unitsofmeasure.org".to_owned()),
        _ => match (name.strip_prefix("vs-"), name.strip_prefix("ext-")) {
            (Some(name), _) => text(format!("http://hl7.org/fhir/ValueSet/{name}")),
            (_, Some(name)) => text(format!("http://hl7.org/fhir/StructureDefinition/{name}")),
            _ => Err(PathError::Meaning(format!("there is nothing called %{name}"))),
        },
    }
}

/// What `now()` and `today()` say.
pub(super) fn clock<'a>(context: &Context<'a>, is_day: bool) -> Vec<Item<'a>> {
    let now = Moment::of_instant(context.now);
    now.map(|now| Item::Moment(if is_day { now.date() } else { now })).into_iter().collect()
}
