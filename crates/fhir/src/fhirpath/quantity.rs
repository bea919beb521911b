//! Numbers with units: as much of UCUM as compares what charts hold. A unit that is not known compares with itself alone.

use super::Dec;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Powers of base units.
type Dimensions = BTreeMap<String, i32>;

/// Units that are made of others: name, factor, base, power.
const UNITS: &[(&str, &str, &str, i32)] = &[
    ("L", "0.001", "m", 3),
    ("l", "0.001", "m", 3),
    ("min", "60", "s", 1),
    ("h", "3600", "s", 1),
    ("d", "86400", "s", 1),
    ("wk", "604800", "s", 1),
    ("@millisecond", "0.001", "s", 1),
    ("@second", "1", "s", 1),
    ("@minute", "60", "s", 1),
    ("@hour", "3600", "s", 1),
    ("@day", "86400", "s", 1),
    ("@week", "604800", "s", 1),
    ("[in_i]", "0.0254", "m", 1),
    ("[ft_i]", "0.3048", "m", 1),
    ("[lb_av]", "453.59237", "g", 1),
    ("[oz_av]", "28.349523125", "g", 1),
    ("t", "1000000", "g", 1),
    ("%", "0.01", "", 0),
];

const BASES: [&str; 9] = ["m", "g", "s", "mol", "K", "A", "cd", "rad", "Pa"];

const PREFIXES: &[(&str, &str)] = &[
    ("da", "10"),
    ("k", "1000"),
    ("h", "100"),
    ("d", "0.1"),
    ("c", "0.01"),
    ("m", "0.001"),
    ("u", "0.000001"),
    ("n", "0.000000001"),
    ("p", "0.000000000001"),
    ("M", "1000000"),
    ("G", "1000000000"),
];

/// A value in base units, and which.
fn based(value: Dec, unit: &str) -> Option<(Dec, Dimensions)> {
    let mut value = value;
    let mut dimensions = Dimensions::new();
    let mut sign = 1;
    let mut rest = unit;
    while !rest.is_empty() {
        // Brackets hold names with signs in them, braces hold words.
        let mut depth = 0;
        let end = rest.find(|c: char| {
            depth += i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}'));
            depth == 0 && matches!(c, '.' | '/')
        });
        let (term, after) = rest.split_at(end.unwrap_or(rest.len()));
        value = with_term(term, sign, value, &mut dimensions)?;
        sign = if after.starts_with('/') { -1 } else { 1 };
        rest = after.get(1..).unwrap_or_default();
    }
    dimensions.retain(|_, power| *power != 0);
    Some((value, dimensions))
}

fn with_term(term: &str, sign: i32, value: Dec, dimensions: &mut Dimensions) -> Option<Dec> {
    let term = term.split('{').next().unwrap_or(term);
    let end = term.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = end.trim_end_matches(['-', '+']);
    let (name, power) = match term.strip_prefix(digits) {
        Some(power) if !digits.is_empty() && !power.is_empty() && !digits.ends_with(']') => {
            (digits, power.parse::<i32>().ok()?)
        }
        _ => (term, 1),
    };
    if name.is_empty() || name == "1" {
        return Some(value);
    }
    let (factor, base, each) = atom(name);
    let power = power * sign;
    if base.is_empty() {
        return scaled(value, factor, power);
    }
    *dimensions.entry(base).or_default() += each * power;
    scaled(value, factor, power)
}

fn scaled(value: Dec, factor: Dec, power: i32) -> Option<Dec> {
    let mut value = value;
    for _ in 0..power.unsigned_abs().min(9) {
        value = if power > 0 { value.times(factor)? } else { value.over(factor)? };
    }
    Some(value)
}

fn atom(name: &str) -> (Dec, String, i32) {
    let known = |name: &str| {
        if BASES.contains(&name) {
            return Some((Dec::new(1, 0), name.to_owned(), 1));
        }
        let (_, factor, base, power) = UNITS.iter().find(|(unit, ..)| *unit == name)?;
        Some((Dec::read(factor)?, (*base).to_owned(), *power))
    };
    if let Some(found) = known(name) {
        return found;
    }
    for (prefix, more) in PREFIXES {
        if let Some((factor, base, power)) = name.strip_prefix(prefix).and_then(known)
            && let Some(factor) = Dec::read(more).and_then(|more| factor.times(more))
        {
            return (factor, base, power);
        }
    }
    (Dec::new(1, 0), name.to_owned(), 1)
}

fn written(dimensions: &Dimensions) -> String {
    let one =
        |(base, power): (&String, i32)| if power == 1 { base.clone() } else { format!("{base}{power}") };
    let over: Vec<String> = dimensions.iter().filter(|(_, p)| **p > 0).map(|(b, p)| one((b, *p))).collect();
    let under: Vec<String> = dimensions.iter().filter(|(_, p)| **p < 0).map(|(b, p)| one((b, -*p))).collect();
    match (over.is_empty(), under.is_empty()) {
        (true, true) => "1".to_owned(),
        (false, true) => over.join("."),
        (true, false) => format!("/{}", under.join("/")),
        (false, false) => format!("{}/{}", over.join("."), under.join("/")),
    }
}

/// How two compare; `None` when they are of different things.
pub(super) fn compared(a: (Dec, &str), b: (Dec, &str)) -> Option<Ordering> {
    if a.1 == b.1 {
        return Some(a.0.cmp(&b.0));
    }
    let (a, b) = (based(a.0, a.1)?, based(b.0, b.1)?);
    (a.1 == b.1).then(|| a.0.cmp(&b.0))
}

/// Whether they are about the same: as exact as the less exact of them.
pub(super) fn about(a: (Dec, &str), b: (Dec, &str)) -> bool {
    let (Some((based_a, of_a)), Some((based_b, of_b))) = (based(a.0, a.1), based(b.0, b.1)) else {
        return false;
    };
    if of_a != of_b {
        return false;
    }
    let (Some(step_a), Some(step_b)) = (based(a.0.half_unit(), a.1), based(b.0.half_unit(), b.1)) else {
        return false;
    };
    based_a.minus(based_b).is_some_and(|rest| rest.absolute() <= step_a.0.max(step_b.0))
}

/// Sum or difference in the unit of the first.
pub(super) fn sum(a: (Dec, &str), b: (Dec, &str), is_minus: bool) -> Option<(Dec, String)> {
    let one = based(Dec::new(1, 0), a.1)?;
    let (other, of) = based(b.0, b.1)?;
    if one.1 != of {
        return None;
    }
    let other = if a.1 == b.1 { b.0 } else { other.over(one.0)? };
    let value = if is_minus { a.0.minus(other)? } else { a.0.plus(other)? };
    Some((value, a.1.to_owned()))
}

/// Product or quotient, in base units.
pub(super) fn product(a: (Dec, &str), b: (Dec, &str), is_over: bool) -> Option<(Dec, String)> {
    let ((left, mut dimensions), (right, of)) = (based(a.0, a.1)?, based(b.0, b.1)?);
    let value = if is_over { left.over(right)? } else { left.times(right)? };
    for (base, power) in of {
        *dimensions.entry(base).or_default() += if is_over { -power } else { power };
    }
    dimensions.retain(|_, power| *power != 0);
    Some((value, written(&dimensions)))
}

/// Whether two units measure the same.
pub(super) fn comparable(a: &str, b: &str) -> bool {
    let one = Dec::new(1, 0);
    matches!((based(one, a), based(one, b)), (Some(a), Some(b)) if a.1 == b.1)
}

/// Reads `1`, `1 day`, `1 'mg'`.
pub(super) fn read(text: &str) -> Option<(Dec, String)> {
    let text = text.trim();
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let value = Dec::read(number)?;
    let unit = unit.trim();
    if unit.is_empty() {
        return Some((value, "1".to_owned()));
    }
    if let Some(unit) = unit.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some((value, unit.to_owned()));
    }
    let word = format!("@{}", unit.trim_end_matches('s'));
    let is_known = calendar(&word).is_some();
    is_known.then_some((value, word))
}

/// The word of the calendar that a unit is: of UCUM only where it means the same.
pub(super) fn calendar(unit: &str) -> Option<&str> {
    match unit {
        "ms" => Some("millisecond"),
        "s" => Some("second"),
        "min" => Some("minute"),
        "h" => Some("hour"),
        "d" => Some("day"),
        "wk" => Some("week"),
        "month" => Some("month"),
        "year" => Some("year"),
        _ => {
            let word = unit.strip_prefix('@')?;
            ["year", "month", "week", "day", "hour", "minute", "second", "millisecond"]
                .contains(&word)
                .then_some(word)
        }
    }
}

/// As it is written.
pub(super) fn shown(value: Dec, unit: &str) -> String {
    match unit.strip_prefix('@') {
        Some(word) if value == Dec::new(1, 0) => format!("{value} {word}"),
        Some(word) => format!("{value} {word}s"),
        None => format!("{value} '{unit}'"),
    }
}
