//! Functions on text, numbers and conversions.

use super::item::Item;
use super::moment::{Kind, Moment};
use super::operators::{number, single};
use super::{Dec, PathError, quantity};
use std::borrow::Cow;

type Items<'a> = Vec<Item<'a>>;

/// Longest text that an expression makes, in bytes.
const MAX_TEXT: usize = 4 * 1024 * 1024;
/// Most of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 256 * 1024;

fn text<'a>(words: impl Into<String>) -> Items<'a> {
    vec![Item::Text(Cow::Owned(words.into()))]
}

fn told<'a>(yes: bool) -> Items<'a> {
    vec![Item::Bool(yes)]
}

/// Calls a function on one value.
pub(super) fn call<'a>(name: &str, items: &[Item<'a>], values: &[Items<'a>]) -> Result<Items<'a>, PathError> {
    if name == "join" {
        let between = values
            .first()
            .map(|one| single(one))
            .transpose()?
            .flatten()
            .and_then(Item::text)
            .unwrap_or_default();
        let words: Vec<String> = items.iter().filter_map(Item::text).collect();
        return Ok(if words.is_empty() { Vec::new() } else { text(words.join(&between)) });
    }
    if let Some(kind) = name.strip_prefix("convertsTo") {
        let Some(item) = single(items)? else { return Ok(Vec::new()) };
        let is = converted(kind, item).ok_or_else(|| unknown(name))?;
        return Ok(told(is.is_some()));
    }
    if let Some(kind) = name.strip_prefix("to")
        && let Some(item) = single(items)?
        && let Some(made) = converted(kind, item)
    {
        return Ok(made.into_iter().collect());
    }
    let item = single(items)?;
    if MATH.contains(&name) {
        let Some(item) = item else { return Ok(Vec::new()) };
        return math(name, item, values.first().map(Vec::as_slice).unwrap_or_default());
    }
    if !TEXT.contains(&name) && !CONVERSIONS.contains(&name) {
        return Err(unknown(name));
    }
    let Some(item) = item else { return Ok(Vec::new()) };
    let Some(own) = item.text() else {
        return Err(PathError::Meaning(format!("{name}() works on text, not on a {}", item.kind().1)));
    };
    let argument = |n: usize| -> Result<Option<String>, PathError> {
        Ok(values.get(n).map(|one| single(one)).transpose()?.flatten().and_then(Item::text))
    };
    let whole = |n: usize| -> Result<Option<i64>, PathError> {
        let one = values.get(n).map(|one| single(one)).transpose()?.flatten().map(Item::plain);
        Ok(if let Some(Item::Int(whole)) = one { Some(whole) } else { None })
    };
    Ok(match name {
        "length" => vec![Item::Int(i64::try_from(own.chars().count()).unwrap_or(i64::MAX))],
        "upper" => text(own.to_uppercase()),
        "lower" => text(own.to_lowercase()),
        "trim" => text(own.trim()),
        "toChars" => own.chars().map(|c| Item::Text(Cow::Owned(c.to_string()))).collect(),
        "substring" => {
            let Some(from) = whole(0)? else { return Ok(Vec::new()) };
            let all = i64::try_from(own.chars().count()).unwrap_or(i64::MAX);
            if from < 0 || from >= all {
                return Ok(Vec::new());
            }
            let length = if values.len() > 1 { whole(1)?.unwrap_or(all) } else { all };
            let (from, length) = (usize::try_from(from).unwrap_or(0), usize::try_from(length).unwrap_or(0));
            text(own.chars().skip(from).take(length).collect::<String>())
        }
        "replace" | "replaceMatches" => {
            let (Some(wanted), Some(new)) = (argument(0)?, argument(1)?) else { return Ok(Vec::new()) };
            if name == "replace" && own.len().saturating_add(1).saturating_mul(new.len().max(1)) < MAX_TEXT {
                text(own.replace(&wanted, &new))
            } else if name == "replace" {
                return Err(PathError::TooLong);
            } else if wanted.is_empty() {
                text(own)
            } else {
                let found = pattern(&wanted)?;
                if own.len().saturating_add(1).saturating_mul(new.len().max(1)) > MAX_TEXT {
                    return Err(PathError::TooLong);
                }
                text(found.replace_all(&own, new.as_str()))
            }
        }
        "encode" | "decode" | "escape" | "unescape" => {
            let Some(form) = argument(0)? else { return Ok(Vec::new()) };
            coded(name, &form, &own).map(text).unwrap_or_default()
        }
        _ => {
            let Some(wanted) = argument(0)? else { return Ok(Vec::new()) };
            match name {
                "contains" => told(own.contains(&wanted)),
                "startsWith" => told(own.starts_with(&wanted)),
                "endsWith" => told(own.ends_with(&wanted)),
                "indexOf" => vec![Item::Int(place(&own, own.find(&wanted)))],
                "lastIndexOf" => vec![Item::Int(place(&own, own.rfind(&wanted)))],
                "matches" => told(pattern(&wanted)?.is_match(&own)),
                "matchesFull" => told(pattern(&format!("^(?:{wanted})$"))?.is_match(&own)),
                _ => own.split(&wanted).map(|part| Item::Text(Cow::Owned(part.to_owned()))).collect(),
            }
        }
    })
}

const MATH: [&str; 10] =
    ["abs", "ceiling", "floor", "round", "truncate", "sqrt", "exp", "ln", "log", "power"];
const CONVERSIONS: [&str; 8] =
    ["toInteger", "toDecimal", "toString", "toBoolean", "toDate", "toDateTime", "toTime", "toQuantity"];
const TEXT: [&str; 20] = [
    "length",
    "upper",
    "lower",
    "trim",
    "toChars",
    "substring",
    "replace",
    "replaceMatches",
    "encode",
    "decode",
    "escape",
    "unescape",
    "contains",
    "startsWith",
    "endsWith",
    "indexOf",
    "lastIndexOf",
    "matches",
    "matchesFull",
    "split",
];

fn unknown(name: &str) -> PathError {
    PathError::Meaning(format!("there is no function {name}()"))
}

/// Characters before a byte; -1 for none.
fn place(text: &str, at: Option<usize>) -> i64 {
    at.and_then(|at| text.get(..at))
        .and_then(|before| i64::try_from(before.chars().count()).ok())
        .unwrap_or(-1)
}

fn pattern(text: &str) -> Result<regex_lite::Regex, PathError> {
    regex_lite::RegexBuilder::new(text)
        .dot_matches_new_line(true)
        .size_limit(MAX_PATTERN)
        .build()
        .map_err(|_| PathError::Meaning(format!("\"{text}\" is no pattern that is understood here")))
}

/// The same as another type; `None` for a type that nothing converts to, `Some(None)` when it does not convert.
fn converted<'a>(kind: &str, item: &Item<'a>) -> Option<Option<Item<'a>>> {
    let plain = item.plain();
    let own = item.text();
    Some(match kind {
        "Integer" => match &plain {
            Item::Int(_) => Some(plain),
            Item::Bool(yes) => Some(Item::Int(i64::from(*yes))),
            _ => own.and_then(|text| text.parse().ok()).map(Item::Int),
        },
        "Decimal" => match &plain {
            Item::Bool(yes) => Some(Item::Dec(Dec::new(i128::from(*yes), 0))),
            _ => number(&plain).or_else(|| own.and_then(|text| Dec::read(&text))).map(Item::Dec),
        },
        "Boolean" => match &plain {
            Item::Bool(_) => Some(plain),
            Item::Text(_) => match own.unwrap_or_default().to_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(Item::Bool(true)),
                "false" | "f" | "no" | "n" | "0" | "0.0" => Some(Item::Bool(false)),
                _ => None,
            },
            other => match number(other).and_then(Dec::whole) {
                Some(1) => Some(Item::Bool(true)),
                Some(0) => Some(Item::Bool(false)),
                _ => None,
            },
        },
        "String" => match &plain {
            Item::Text(_) => Some(plain),
            Item::Bool(yes) => Some(Item::Text(Cow::Owned(yes.to_string()))),
            Item::Int(whole) => Some(Item::Text(Cow::Owned(whole.to_string()))),
            Item::Dec(value) => Some(Item::Text(Cow::Owned(value.to_string()))),
            Item::Moment(moment) => Some(Item::Text(Cow::Owned(moment.to_string()))),
            Item::Quantity(value, unit) => Some(Item::Text(Cow::Owned(quantity::shown(*value, unit)))),
            _ => None,
        },
        "Quantity" => match &plain {
            Item::Quantity(..) => Some(plain),
            Item::Bool(yes) => Some(Item::Quantity(Dec::new(i128::from(*yes), 0), "1".to_owned())),
            Item::Text(_) => {
                own.and_then(|text| quantity::read(&text)).map(|(value, unit)| Item::Quantity(value, unit))
            }
            other => number(other).map(|value| Item::Quantity(value, "1".to_owned())),
        },
        "Date" | "DateTime" | "Time" => {
            let (kind, is_time) = match kind {
                "Date" => (Kind::Date, false),
                "DateTime" => (Kind::DateTime, false),
                _ => (Kind::Time, true),
            };
            match &plain {
                Item::Moment(moment) if (moment.kind() == Kind::Time) == is_time => {
                    Some(Item::Moment(if kind == Kind::Date { moment.date() } else { moment.as_kind(kind) }))
                }
                Item::Text(_) => own.and_then(|text| Moment::read(&text, kind)).map(Item::Moment),
                _ => None,
            }
        }
        _ => return None,
    })
}

fn math<'a>(name: &str, item: &Item<'a>, argument: &[Item<'a>]) -> Result<Items<'a>, PathError> {
    if let (Item::Quantity(value, unit), "abs") = (item.plain(), name) {
        return Ok(vec![Item::Quantity(value.absolute(), unit)]);
    }
    let value = number(item).ok_or_else(|| {
        PathError::Meaning(format!("{name}() works on numbers, not on a {}", item.kind().1))
    })?;
    let is_whole = matches!(item.plain(), Item::Int(_));
    let other = single(argument)?.and_then(number);
    let whole = |value: Option<Dec>| value.and_then(Dec::whole).map(Item::Int);
    let made = match name {
        "abs" if is_whole => whole(Some(value.absolute())),
        "abs" => Some(Item::Dec(value.absolute())),
        "ceiling" => whole(value.ceiling(0)),
        "floor" => whole(value.floor(0)),
        "truncate" => value.fits(Dec::new(1, 0)).map(Item::Int),
        "round" => {
            let digits = other.and_then(Dec::whole).unwrap_or(0);
            let digits = u32::try_from(digits)
                .map_err(|_| PathError::Meaning("round() takes digits from 0".to_owned()))?;
            value.round(digits.min(28)).map(Item::Dec)
        }
        "sqrt" => binary(value.binary().sqrt()),
        "exp" => binary(value.binary().exp()),
        "ln" => binary(value.binary().ln()),
        "log" => other.and_then(|base| binary(value.binary().ln() / base.binary().ln())),
        _ => match other {
            None => None,
            Some(by) => match binary(value.binary().powf(by.binary())) {
                Some(Item::Dec(made)) if is_whole => Some(made.whole().map_or(Item::Dec(made), Item::Int)),
                made => made,
            },
        },
    };
    Ok(made.into_iter().collect())
}

fn binary<'a>(value: f64) -> Option<Item<'a>> {
    Dec::of_binary(value).map(Item::Dec)
}

fn coded(name: &str, form: &str, own: &str) -> Option<String> {
    match (name, form) {
        ("encode", "hex") => Some(own.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ("decode", "hex") => {
            let bytes: Option<Vec<u8>> =
                (0..own.len()).step_by(2).map(|n| u8::from_str_radix(own.get(n..n + 2)?, 16).ok()).collect();
            String::from_utf8(bytes?).ok()
        }
        ("encode", "base64") => Some(crate::base64::encode(own.as_bytes())),
        ("encode", "urlbase64") => {
            Some(crate::base64::encode(own.as_bytes()).replace('+', "-").replace('/', "_"))
        }
        ("decode", "base64") => String::from_utf8(crate::base64::decode(own)?).ok(),
        ("decode", "urlbase64") => {
            String::from_utf8(crate::base64::decode(&own.replace('-', "+").replace('_', "/"))?).ok()
        }
        ("escape", "html") => Some(
            own.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#39;"),
        ),
        ("unescape", "html") => Some(
            own.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&"),
        ),
        ("escape", "json") => {
            let quoted = crate::json::Json::from(own).to_string();
            quoted.get(1..quoted.len().saturating_sub(1)).map(str::to_owned)
        }
        ("unescape", "json") => {
            let text = if own.contains("\\\"") || !own.contains('"') {
                own.to_owned()
            } else {
                own.replace('"', "\\\"")
            };
            let read = crate::json::parse(format!("\"{text}\"").as_bytes()).ok()?;
            read.as_str().map(str::to_owned)
        }
        _ => None,
    }
}
