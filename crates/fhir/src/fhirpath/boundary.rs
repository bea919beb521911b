//! What a value can mean at least and at most, and how precisely it is told.

use super::item::Item;
use super::operators::{amount, single};
use super::{Dec, PathError, quantity};

/// Digits behind the point that a boundary has unless it is said.
const USUAL_DIGITS: u32 = 8;
/// Most of them.
const MOST_DIGITS: i64 = 28;

pub(super) fn call<'a>(
    name: &str,
    items: &[Item<'a>],
    argument: &[Item<'a>],
) -> Result<Vec<Item<'a>>, PathError> {
    let Some(item) = single(items)?.map(Item::plain) else { return Ok(Vec::new()) };
    if name == "comparable" {
        let other = single(argument)?.and_then(amount);
        let answer = amount(&item).zip(other).map(|((_, a), (_, b))| quantity::comparable(&a, &b));
        return Ok(answer.map(Item::Bool).into_iter().collect());
    }
    if name == "precision" {
        let told = match &item {
            Item::Dec(value) => i64::from(value.scale()),
            Item::Int(_) => 0,
            Item::Moment(moment) => i64::try_from(moment.precision()).unwrap_or_default(),
            _ => return Ok(Vec::new()),
        };
        return Ok(vec![Item::Int(told)]);
    }
    let is_high = name == "highBoundary";
    let digits = match single(argument)?.map(Item::plain) {
        Some(Item::Int(digits)) => Some(digits),
        Some(_) => return Err(PathError::Meaning(format!("{name}() takes a number of digits"))),
        None => None,
    };
    let scale = match digits {
        None => Some(USUAL_DIGITS),
        Some(digits) => u32::try_from(digits).ok().filter(|_| digits <= MOST_DIGITS),
    };
    let made = match item {
        Item::Int(whole) => {
            scale.and_then(|scale| bound(Dec::new(i128::from(whole), 0), is_high, scale)).map(Item::Dec)
        }
        Item::Dec(value) => scale.and_then(|scale| bound(value, is_high, scale)).map(Item::Dec),
        Item::Quantity(value, unit) => {
            scale.and_then(|scale| bound(value, is_high, scale)).map(|value| Item::Quantity(value, unit))
        }
        Item::Moment(moment) => {
            let usual = match moment.kind_name() {
                "Date" => 8,
                "Time" => 9,
                _ => 17,
            };
            let digits = digits.map_or(Some(usual), |digits| usize::try_from(digits).ok());
            digits.and_then(|digits| moment.bound(is_high, digits)).map(Item::Moment)
        }
        _ => None,
    };
    Ok(made.into_iter().collect())
}

fn bound(value: Dec, is_high: bool, scale: u32) -> Option<Dec> {
    let half = value.half_unit();
    let edge = if is_high { value.plus(half)? } else { value.minus(half)? };
    // What is less than the last digit asked for is nothing in it.
    if scale > 0 && edge.absolute() < Dec::new(5, scale + 1) {
        return Some(Dec::new(0, scale));
    }
    if is_high { edge.ceiling(scale) } else { edge.floor(scale) }
}
