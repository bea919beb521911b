//! What stands between two expressions.

use super::item::Item;
use super::{Dec, PathError, quantity};
use crate::json::Json;
use crate::patch::same;
use std::borrow::Cow;
use std::cmp::Ordering;

type Items<'a> = Vec<Item<'a>>;

/// True, false, or not to be told.
pub(super) fn told<'a>(answer: Option<bool>) -> Items<'a> {
    answer.map(Item::Bool).into_iter().collect()
}

/// The one item; none when there is none.
///
/// # Errors
/// When there are several.
pub(super) fn single<'i, 'a>(items: &'i [Item<'a>]) -> Result<Option<&'i Item<'a>>, PathError> {
    match items {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        many => Err(PathError::Meaning(format!("one value is wanted here, there are {}", many.len()))),
    }
}

/// As a condition: one item that is no boolean is true.
pub(super) fn condition(items: &[Item<'_>]) -> Result<Option<bool>, PathError> {
    Ok(single(items)?.map(|item| match item.plain() {
        Item::Bool(yes) => yes,
        _ => true,
    }))
}

/// Whether two items are equal; `None` when it cannot be told.
pub(super) fn equal(a: &Item<'_>, b: &Item<'_>) -> Option<bool> {
    match (a.plain(), b.plain()) {
        (Item::Bool(a), Item::Bool(b)) => Some(a == b),
        (Item::Text(a), Item::Text(b)) => Some(a == b),
        (Item::Moment(a), Item::Moment(b)) => {
            if a.kind_name() != b.kind_name() && (a.kind_name() == "Time" || b.kind_name() == "Time") {
                return Some(false);
            }
            a.compared(b).map(Ordering::is_eq)
        }
        (Item::Moment(a), Item::Text(b)) | (Item::Text(b), Item::Moment(a)) => Some(a.to_string() == b),
        (Item::Quantity(a, of_a), Item::Quantity(b, of_b)) => {
            quantity::compared((a, &of_a), (b, &of_b)).map(Ordering::is_eq)
        }
        (Item::Type(space, name), Item::Type(other, of)) => Some(space == other && name == of),
        (Item::Node(a), Item::Node(b)) => {
            let beside = |json: Option<&Json>| json.cloned().unwrap_or_default();
            Some(same(a.value, b.value) && same(&beside(a.beside), &beside(b.beside)))
        }
        (a, b) => Some(match (number(&a), number(&b)) {
            (Some(a), Some(b)) => a == b,
            _ => match (amount(&a), amount(&b)) {
                (Some(a), Some(b)) => {
                    return quantity::compared((a.0, &a.1), (b.0, &b.1)).map(Ordering::is_eq);
                }
                _ => false,
            },
        }),
    }
}

/// Whether two items are equivalent: always told.
pub(super) fn equivalent(a: &Item<'_>, b: &Item<'_>) -> bool {
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    match (a.plain(), b.plain()) {
        (Item::Text(a), Item::Text(b)) => folded(&a) == folded(&b),
        (Item::Quantity(a, of_a), Item::Quantity(b, of_b)) => quantity::about((a, &of_a), (b, &of_b)),
        (Item::Node(a), Item::Node(b)) => same(a.value, b.value),
        (plain_a, plain_b) => match (number(&plain_a), number(&plain_b)) {
            (Some(a), Some(b)) => {
                let scale = a.trimmed().scale().min(b.trimmed().scale());
                a.round(scale) == b.round(scale)
            }
            _ => equal(a, b).unwrap_or(false),
        },
    }
}

/// A plain number.
pub(super) fn number(item: &Item<'_>) -> Option<Dec> {
    match item.plain() {
        Item::Int(whole) => Some(Dec::new(i128::from(whole), 0)),
        Item::Dec(value) => Some(value),
        _ => None,
    }
}

/// A number with its unit; a plain number has the unit 1.
pub(super) fn amount(item: &Item<'_>) -> Option<(Dec, String)> {
    match item.plain() {
        Item::Quantity(value, unit) => Some((value, unit)),
        other => number(&other).map(|value| (value, "1".to_owned())),
    }
}

/// Equality of collections.
pub(super) fn all_equal(a: &[Item<'_>], b: &[Item<'_>]) -> Option<bool> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a.len() != b.len() {
        return Some(false);
    }
    let mut unknown = false;
    for (a, b) in a.iter().zip(b) {
        match equal(a, b) {
            Some(false) => return Some(false),
            None => unknown = true,
            Some(true) => {}
        }
    }
    if unknown { None } else { Some(true) }
}

/// Equivalence of collections, whatever their order.
pub(super) fn all_equivalent(a: &[Item<'_>], b: &[Item<'_>]) -> bool {
    let mut left: Vec<&Item<'_>> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|one| match left.iter().position(|other| equivalent(one, other)) {
            Some(at) => {
                left.swap_remove(at);
                true
            }
            None => false,
        })
}

/// Whether it stands among others.
pub(super) fn among(items: &[Item<'_>], one: &Item<'_>) -> bool {
    items.iter().any(|other| equal(one, other) == Some(true))
}

/// Each once.
pub(super) fn distinct<'a>(items: Items<'a>) -> Items<'a> {
    let mut kept: Items<'a> = Vec::with_capacity(items.len());
    for one in items {
        if !among(&kept, &one) {
            kept.push(one);
        }
    }
    kept
}

/// How two items compare; `None` when it cannot be told.
///
/// # Errors
/// When they cannot be compared.
pub(super) fn compared(a: &Item<'_>, b: &Item<'_>) -> Result<Option<Ordering>, PathError> {
    match (a.plain(), b.plain()) {
        (Item::Text(a), Item::Text(b)) => Ok(Some(a.cmp(&b))),
        (Item::Moment(a), Item::Moment(b)) if (a.kind_name() == "Time") == (b.kind_name() == "Time") => {
            Ok(a.compared(b))
        }
        (a, b) => match (number(&a), number(&b), amount(&a), amount(&b)) {
            (Some(a), Some(b), ..) => Ok(Some(a.cmp(&b))),
            (_, _, Some(a), Some(b)) => Ok(quantity::compared((a.0, &a.1), (b.0, &b.1))),
            _ => Err(PathError::Meaning(format!("a {} does not compare with a {}", a.kind().1, b.kind().1))),
        },
    }
}

/// `+ - * / div mod &` and comparisons on single values.
///
/// # Errors
/// When the values do not fit the operator.
pub(super) fn arithmetic<'a>(
    operator: &str,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Items<'a>, PathError> {
    let text = |item: Option<&Item<'a>>| item.map_or(Some(String::new()), Item::text);
    let (a, b) = (single(left)?, single(right)?);
    if operator == "&" {
        return match (text(a), text(b)) {
            (Some(a), Some(b)) => Ok(vec![Item::Text(Cow::Owned(a + &b))]),
            _ => Err(unfit(operator, a, b)),
        };
    }
    let (Some(a), Some(b)) = (a, b) else { return Ok(Vec::new()) };
    if let "<" | "<=" | ">" | ">=" = operator {
        let order = compared(a, b)?;
        return Ok(told(order.map(|order| match operator {
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_ge(),
        })));
    }
    let (plain_a, plain_b) = (a.plain(), b.plain());
    let answer = match (&plain_a, &plain_b) {
        (Item::Int(a), Item::Int(b)) => whole(operator, *a, *b),
        (Item::Text(x), Item::Text(y)) if operator == "+" => Some(Item::Text(Cow::Owned(format!("{x}{y}")))),
        (Item::Moment(moment), Item::Quantity(value, unit)) if matches!(operator, "+" | "-") => {
            let unit = quantity::calendar(unit).ok_or_else(|| unfit(operator, Some(a), Some(b)))?;
            let value = if operator == "-" { value.negated() } else { *value };
            moment.plus(value, unit).map(Item::Moment)
        }
        _ => match (number(&plain_a), number(&plain_b), amount(&plain_a), amount(&plain_b)) {
            (Some(x), Some(y), ..) => decimal(operator, x, y),
            (_, _, Some(x), Some(y)) => {
                let ((x, of_x), (y, of_y)) = ((x.0, x.1.as_str()), (y.0, y.1.as_str()));
                let made = match operator {
                    "+" | "-" => quantity::sum((x, of_x), (y, of_y), operator == "-"),
                    "*" | "/" => quantity::product((x, of_x), (y, of_y), operator == "/"),
                    _ => return Err(unfit(operator, Some(a), Some(b))),
                };
                made.map(|(value, unit)| Item::Quantity(value, unit))
            }
            _ => return Err(unfit(operator, Some(a), Some(b))),
        },
    };
    Ok(answer.into_iter().collect())
}

fn whole<'a>(operator: &str, a: i64, b: i64) -> Option<Item<'a>> {
    match operator {
        "+" => a.checked_add(b).map(Item::Int),
        "-" => a.checked_sub(b).map(Item::Int),
        "*" => a.checked_mul(b).map(Item::Int),
        "div" => a.checked_div(b).map(Item::Int),
        "mod" => a.checked_rem(b).map(Item::Int),
        _ => decimal(operator, Dec::new(i128::from(a), 0), Dec::new(i128::from(b), 0)),
    }
}

fn decimal<'a>(operator: &str, a: Dec, b: Dec) -> Option<Item<'a>> {
    match operator {
        "+" => a.plus(b).map(Item::Dec),
        "-" => a.minus(b).map(Item::Dec),
        "*" => a.times(b).map(Item::Dec),
        "/" => a.over(b).map(Item::Dec),
        "div" => a.fits(b).map(Item::Int),
        _ => a.rest(b).map(Item::Dec),
    }
}

fn unfit(operator: &str, a: Option<&Item<'_>>, b: Option<&Item<'_>>) -> PathError {
    let name = |item: Option<&Item<'_>>| item.map_or("nothing".to_owned(), |item| item.kind().1.to_owned());
    PathError::Meaning(format!("\"{operator}\" does not go between {} and {}", name(a), name(b)))
}
