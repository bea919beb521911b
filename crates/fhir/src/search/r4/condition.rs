//! One condition on one parameter: what was asked, and whether a resource answers it (FHIR R4 search 3.1.1.4, 3.1.1.5).

use super::number::Fixed;
use super::request::{RequestError, split, unescape};
use super::table::{SearchParam, SearchType};
use super::values::{Found, local_reference, values};
use crate::facts;
use crate::id::Kind;
use crate::json::{Json, Object};
use crate::search::filter::{Prefix, System};
use crate::search::words::fold;
use crate::time::{Instant, interval};

/// Most alternatives (commas) of one condition.
const MAX_ALTERNATIVES: usize = 1_000;

/// What stands behind the colon of a parameter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modifier {
    /// Nothing.
    Plain,
    /// `:missing`: whether there is no value.
    Missing,
    /// `:exact`: case and accents count, the whole text.
    Exact,
    /// `:contains`: anywhere in the text.
    Contains,
    /// `:not`: no value is one of these; no value at all answers it too.
    Not,
    /// `:text`: the words beside a code.
    Text,
    /// `:identifier`: the identifier of a reference.
    Identifier,
    /// `:of-type`: an identifier with its type.
    OfType,
    /// `:[Type]`: a reference to that type.
    Type(Kind),
    /// `:above`: an address that begins what is asked, or a code that it stands under.
    Above,
    /// `:below`: an address that begins with what is asked, or a code that stands under it.
    Below,
    /// `:in`: a code of a value set.
    In,
    /// `:not-in`: no code of a value set; no code at all answers it too.
    NotIn,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// On what.
    pub param: &'static SearchParam,
    /// How.
    pub modifier: Modifier,
    /// Any of these; with `:missing` empty.
    pub any_of: Vec<Sought>,
    /// With `:missing`, whether it shall be missing.
    pub missing: bool,
}

/// One alternative of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// A code.
    Token {
        /// Which system.
        system: System,
        /// Which code; `None` for any.
        code: Option<String>,
    },
    /// An identifier: system and code of its type, and its value.
    OfType(String, String, String),
    /// A text, folded and as it was asked.
    Text {
        /// Folded.
        folded: String,
        /// As asked.
        exact: String,
    },
    /// A date.
    Date(Prefix, Instant, Instant),
    /// A number; with unit when it is a quantity.
    Number {
        /// How.
        prefix: Prefix,
        /// As asked.
        value: Fixed,
        /// The least and the most that the digits asked can mean.
        meant: (Fixed, Fixed),
        /// System and code of the unit.
        unit: Option<(System, String)>,
    },
    /// A reference: type, id or whole address.
    Reference {
        /// Type, when it was said.
        kind: Option<Kind>,
        /// Id, or an address that is not of here.
        id: String,
    },
    /// An address.
    Uri(String),
    /// The parts of a composite, in order.
    Parts(Vec<Sought>),
    /// The codes of a value set that is known here.
    Codes(String),
    /// What stands above or below a code of a system.
    Ranked(String, String),
}

impl Condition {
    /// Reads a condition; `now` is what "approximately" is measured by.
    ///
    /// # Errors
    /// [`RequestError`] names the parameter and what it takes.
    pub fn read(
        param: &'static SearchParam,
        modifier: Option<&str>,
        value: &str,
        now: Instant,
    ) -> Result<Self, RequestError> {
        let modifier = read_modifier(param, modifier)?;
        if modifier == Modifier::Missing {
            let missing = match value {
                "true" => true,
                "false" => false,
                _ => return Err(RequestError::value(param.code, value, "true or false")),
            };
            return Ok(Self { param, modifier, any_of: Vec::new(), missing });
        }
        let alternatives = split(value, ',');
        if alternatives.len() > MAX_ALTERNATIVES {
            return Err(RequestError::value(param.code, "…", "at most 1,000 values between commas"));
        }
        let any_of = alternatives.into_iter().map(|text| read_one(param, modifier, text, now));
        Ok(Self { param, modifier, any_of: any_of.collect::<Result<_, _>>()?, missing: false })
    }

    /// The ids of the references asked for.
    #[must_use]
    pub fn references(&self) -> Vec<&str> {
        self.any_of
            .iter()
            .filter_map(
                |sought| if let Sought::Reference { id, .. } = sought { Some(id.as_str()) } else { None },
            )
            .collect()
    }

    /// Whether a resource answers it.
    #[must_use]
    pub fn matches(&self, resource: &Object) -> bool {
        let mut any = false;
        match (self.modifier, self.param.sort) {
            (Modifier::Missing, SearchType::Composite) => self.param.groups(resource, &mut |_| any = true),
            (_, SearchType::Composite) => {
                self.param.groups(resource, &mut |group| {
                    any = any || self.any_of.iter().any(|s| self.together(s, group))
                });
                return any;
            }
            (Modifier::Missing, _) => {
                // A value that says less than the parameter needs is none.
                self.param.visit(resource, &mut |json| values(self.param.sort, json, &mut |_| any = true));
            }
            _ => {
                self.param
                    .visit(resource, &mut |json| any = any || self.any_of.iter().any(|s| self.is(s, json)));
                return any != matches!(self.modifier, Modifier::Not | Modifier::NotIn);
            }
        }
        any != self.missing
    }

    /// The parts of a composite, all in one element.
    fn together(&self, sought: &Sought, group: &Object) -> bool {
        let Sought::Parts(parts) = sought else { return false };
        parts.iter().zip(self.param.parts()).all(|(sought, (path, sort))| {
            let mut any = false;
            path.visit(group, &mut |json| values(*sort, json, &mut |found| any = any || sought.is(&found)));
            any
        })
    }

    fn is(&self, sought: &Sought, json: &Json) -> bool {
        match (self.modifier, sought) {
            (Modifier::Text, Sought::Text { folded, .. }) => words_of(json, folded),
            (Modifier::Identifier, sought) => {
                let identifier = json.get("identifier");
                identifier.is_some_and(|json| found_in(SearchType::Token, json, |found| sought.is(found)))
            }
            (_, Sought::Codes(set)) => facts::codes_of(set).is_some_and(|codes| {
                found_in(self.param.sort, json, |found| match found {
                    Found::Token { system, code: Some(code) } => codes.has(*system, code),
                    _ => false,
                })
            }),
            (modifier, Sought::Ranked(system, asked)) => {
                found_in(self.param.sort, json, |found| match found {
                    Found::Token { system: Some(has), code: Some(code) } if *has == system => {
                        match modifier {
                            Modifier::Above => facts::is_within(system, asked, code),
                            _ => facts::is_within(system, code, asked),
                        }
                    }
                    _ => false,
                })
            }
            (Modifier::OfType, Sought::OfType(system, code, value)) => {
                let is =
                    |json: &Json, key, wanted: &str| json.get(key).and_then(Json::as_str) == Some(wanted);
                is(json, "value", value)
                    && json.get("type").and_then(|of| of.get("coding")).is_some_and(|codings| {
                        codings
                            .items()
                            .iter()
                            .any(|c| is(c, "code", code) && (system.is_empty() || is(c, "system", system)))
                    })
            }
            (modifier, Sought::Text { folded, exact }) => {
                found_in(self.param.sort, json, |found| match found {
                    Found::Text(text) => match modifier {
                        Modifier::Exact => text == exact,
                        Modifier::Contains => fold(text).contains(folded.as_str()),
                        _ => begins(&fold(text), folded),
                    },
                    _ => false,
                })
            }
            (modifier, Sought::Uri(wanted)) => found_in(self.param.sort, json, |found| match found {
                Found::Uri(uri) => match modifier {
                    Modifier::Below => is_below(uri, wanted),
                    Modifier::Above => is_below(wanted, uri),
                    _ => uri == wanted,
                },
                _ => false,
            }),
            (_, sought) => found_in(self.param.sort, json, |found| sought.is(found)),
        }
    }
}

fn found_in(sort: SearchType, json: &Json, is: impl Fn(&Found<'_>) -> bool) -> bool {
    let mut any = false;
    values(sort, json, &mut |found| any = any || is(&found));
    any
}

/// A folded text that begins so, or one of its words does: `leblanc` finds Thériault-LeBlanc.
pub(super) fn begins(text: &str, wanted: &str) -> bool {
    text.starts_with(wanted)
        || text.match_indices(' ').any(|(space, _)| text[space + 1..].starts_with(wanted))
}

/// Whether an address is another one or lies beneath it.
fn is_below(uri: &str, root: &str) -> bool {
    uri.strip_prefix(root.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '|', '#']))
}

/// The words beside a code: `text`, `display`, and those of an identifier's type.
fn words_of(json: &Json, wanted: &str) -> bool {
    let says = |json: &Json, key| {
        json.get(key).and_then(Json::as_str).is_some_and(|text| begins(&fold(text), wanted))
    };
    says(json, "text")
        || says(json, "display")
        || json.get("coding").is_some_and(|codings| codings.items().iter().any(|c| says(c, "display")))
        || json.get("type").is_some_and(|of| of.as_object().is_some() && words_of(of, wanted))
        || json.as_str().is_some_and(|text| begins(&fold(text), wanted))
}

impl Sought {
    fn is(&self, found: &Found<'_>) -> bool {
        match (self, found) {
            (Self::Token { system, code }, Found::Token { system: has, code: value }) => {
                let system = match system {
                    System::Any => true,
                    System::Absent => has.is_none(),
                    System::Is(system) => *has == Some(system.as_str()),
                };
                system && code.as_ref().is_none_or(|code| *value == Some(code.as_str()))
            }
            (Self::Text { folded, .. }, Found::Text(text)) => begins(&fold(text), folded),
            (Self::Date(prefix, lo, hi), Found::Date(from, to)) => prefix.compares((*from, *to), (*lo, *hi)),
            (Self::Number { prefix, value, meant, unit: None }, Found::Number(low, high)) => {
                compares(*prefix, *value, *meant, (*low, *high))
            }
            (
                Self::Number { prefix, value, meant, unit },
                Found::Quantity { low, high, system, code, unit: shown },
            ) => {
                compares(*prefix, *value, *meant, (*low, *high))
                    && unit.as_ref().is_none_or(|(wanted, name)| match wanted {
                        System::Is(wanted) => {
                            *system == Some(wanted.as_str()) && *code == Some(name.as_str())
                        }
                        System::Any | System::Absent => {
                            *code == Some(name.as_str()) || *shown == Some(name.as_str())
                        }
                    })
            }
            (Self::Reference { kind, id }, Found::Reference(reference)) => refers(*kind, id, reference),
            (Self::Uri(wanted), Found::Uri(uri)) => wanted == uri,
            _ => false,
        }
    }
}

/// Whether a written reference is the wanted one. A canonical URL counts with and without its version.
pub(super) fn refers(kind: Option<Kind>, id: &str, reference: &str) -> bool {
    match local_reference(reference) {
        Some((to, has)) => has == id && kind.is_none_or(|kind| kind == to),
        None => {
            let whole = reference.split_once('|').map_or(reference, |(whole, _)| whole);
            reference == id || (whole == id && kind.is_none())
        }
    }
}

fn compares(prefix: Prefix, value: Fixed, meant: (Fixed, Fixed), has: (Fixed, Fixed)) -> bool {
    let within = meant.0 <= has.0 && has.1 < meant.1 || has == (value, value);
    match prefix {
        Prefix::Equal => within,
        Prefix::NotEqual => !within,
        Prefix::Less => has.0 < value,
        Prefix::LessOrEqual => has.0 <= value,
        Prefix::Greater => has.1 > value,
        Prefix::GreaterOrEqual => has.1 >= value,
        Prefix::StartsAfter => has.0 > value,
        Prefix::EndsBefore => has.1 < value,
    }
}

fn read_modifier(param: &SearchParam, modifier: Option<&str>) -> Result<Modifier, RequestError> {
    use SearchType::{Reference, Text, Token, Uri};
    let Some(name) = modifier else { return Ok(Modifier::Plain) };
    let refused = || RequestError::Modifier {
        name: param.code.to_owned(),
        modifier: name.to_owned(),
        known: known(param.sort),
    };
    Ok(match (name, param.sort) {
        ("missing", _) => Modifier::Missing,
        ("exact", Text) => Modifier::Exact,
        ("contains", Text) => Modifier::Contains,
        ("not", Token) => Modifier::Not,
        ("text", Token | Reference) => Modifier::Text,
        ("of-type", Token) => Modifier::OfType,
        ("identifier", Reference) => Modifier::Identifier,
        ("above", Uri | Token) => Modifier::Above,
        ("below", Uri | Token) => Modifier::Below,
        ("in", Token) => Modifier::In,
        ("not-in", Token) => Modifier::NotIn,
        (kind, Reference) => {
            let kind = kind.parse().map_err(|_| refused())?;
            if !param.leads_to(kind) {
                return Err(refused());
            }
            Modifier::Type(kind)
        }
        _ => return Err(refused()),
    })
}

fn known(sort: SearchType) -> &'static str {
    match sort {
        SearchType::Text => ":exact, :contains, :missing, or none",
        SearchType::Token => ":not, :text, :of-type, :in, :not-in, :above, :below, :missing, or none",
        SearchType::Reference => ":identifier, :missing, the type it leads to (such as :Patient), or none",
        SearchType::Uri => ":above, :below, :missing, or none",
        _ => ":missing, or none",
    }
}

fn read_one(
    param: &SearchParam,
    modifier: Modifier,
    text: &str,
    now: Instant,
) -> Result<Sought, RequestError> {
    match modifier {
        Modifier::Text => Ok(words(text)),
        Modifier::Identifier => token(param.code, text),
        Modifier::In | Modifier::NotIn => {
            let url = unescape(text);
            match facts::codes_of(&url) {
                Some(_) => Ok(Sought::Codes(url)),
                None => Err(RequestError::value(
                    param.code,
                    text,
                    "the address of a value set of R4 whose codes are known here",
                )),
            }
        }
        Modifier::Above | Modifier::Below if param.sort == SearchType::Token => {
            match split(text, '|').as_slice() {
                [system, code] if !code.is_empty() && facts::system_is_ordered(&unescape(system)) => {
                    Ok(Sought::Ranked(unescape(system), unescape(code)))
                }
                _ => Err(RequestError::value(
                    param.code,
                    text,
                    "system|code of a system whose order is known here",
                )),
            }
        }
        Modifier::OfType => match split(text, '|').as_slice() {
            [system, code, value] if !code.is_empty() && !value.is_empty() => {
                Ok(Sought::OfType(unescape(system), unescape(code), unescape(value)))
            }
            _ => Err(RequestError::value(
                param.code,
                text,
                "system|code|value of the identifier's type and value",
            )),
        },
        Modifier::Type(kind) => match reference(param, text)? {
            Sought::Reference { id, .. } => Ok(Sought::Reference { kind: Some(kind), id }),
            other => Ok(other),
        },
        _ if param.sort == SearchType::Composite => {
            let parts = split(text, '$');
            if parts.len() != param.parts().len() {
                return Err(RequestError::value(param.code, text, "one value for each part, joined by $"));
            }
            let read =
                parts.iter().zip(param.parts()).map(|(text, (_, sort))| of_sort(param, *sort, text, now));
            Ok(Sought::Parts(read.collect::<Result<_, _>>()?))
        }
        _ => of_sort(param, param.sort, text, now),
    }
}

fn of_sort(param: &SearchParam, sort: SearchType, text: &str, now: Instant) -> Result<Sought, RequestError> {
    match sort {
        SearchType::Token => token(param.code, text),
        SearchType::Text => Ok(words(text)),
        SearchType::Date => date(param.code, text, now),
        SearchType::Number | SearchType::Quantity => number(param.code, sort, text),
        SearchType::Reference => reference(param, text),
        SearchType::Uri => Ok(Sought::Uri(unescape(text))),
        SearchType::Composite | SearchType::Special => Err(RequestError::Unsupported(format!(
            "\"{}\" is not searched by here; leave it out",
            param.code
        ))),
    }
}

fn token(name: &str, text: &str) -> Result<Sought, RequestError> {
    let parts = split(text, '|');
    let (system, code) = match parts.as_slice() {
        [code] if !code.is_empty() => (System::Any, Some(unescape(code))),
        ["", code] if !code.is_empty() => (System::Absent, Some(unescape(code))),
        [system, ""] if !system.is_empty() => (System::Is(unescape(system)), None),
        [system, code] if !system.is_empty() => (System::Is(unescape(system)), Some(unescape(code))),
        _ => return Err(RequestError::value(name, text, "code, system|code, |code or system|")),
    };
    Ok(Sought::Token { system, code })
}

fn words(text: &str) -> Sought {
    let exact = unescape(text);
    Sought::Text { folded: fold(&exact), exact }
}

/// The prefix of a value and the rest; `true` for `ap`, which is equality in a wider interval.
fn prefix(text: &str) -> (Prefix, bool, &str) {
    let prefix = match text.get(..2) {
        Some("eq") => Prefix::Equal,
        Some("ne") => Prefix::NotEqual,
        Some("lt") => Prefix::Less,
        Some("le") => Prefix::LessOrEqual,
        Some("gt") => Prefix::Greater,
        Some("ge") => Prefix::GreaterOrEqual,
        Some("sa") => Prefix::StartsAfter,
        Some("eb") => Prefix::EndsBefore,
        Some("ap") => return (Prefix::Equal, true, &text[2..]),
        _ => return (Prefix::Equal, false, text),
    };
    (prefix, false, &text[2..])
}

pub(super) fn date(name: &str, text: &str, now: Instant) -> Result<Sought, RequestError> {
    let (prefix, about, rest) = prefix(text);
    // A plus sign that a client forgot to escape arrives as a space, only before an offset.
    let (mut lo, mut hi) = interval(&rest.replace(' ', "+")).ok_or_else(|| {
        RequestError::value(
            name,
            text,
            "a date such as 2026-11-22, after eq, ne, lt, le, gt, ge, sa, eb, ap or nothing",
        )
    })?;
    if about {
        let tenth = lo.0.abs_diff(now.0) / 10;
        (lo, hi) =
            (Instant(lo.0.saturating_sub_unsigned(tenth)), Instant(hi.0.saturating_add_unsigned(tenth)));
    }
    Ok(Sought::Date(prefix, lo, hi))
}

fn number(name: &str, sort: SearchType, text: &str) -> Result<Sought, RequestError> {
    let expected = match sort {
        SearchType::Quantity => {
            "a number, number|system|code or number||code, after eq, ne, lt, le, gt, ge, sa, eb, ap or nothing"
        }
        _ => "a number, after eq, ne, lt, le, gt, ge, sa, eb, ap or nothing",
    };
    let wrong = || RequestError::value(name, text, expected);
    let (prefix, about, rest) = prefix(text);
    let parts = split(rest, '|');
    let (digits, unit) = match (parts.as_slice(), sort) {
        ([digits], _) => (*digits, None),
        ([digits, system, code], SearchType::Quantity) if !code.is_empty() => {
            let system = if system.is_empty() { System::Any } else { System::Is(unescape(system)) };
            (*digits, Some((system, unescape(code))))
        }
        _ => return Err(wrong()),
    };
    let (value, half) = Fixed::with_precision(digits).ok_or_else(wrong)?;
    let half = if about { value.tenth().max(half) } else { half };
    Ok(Sought::Number { prefix, value, meant: (value.minus(half), value.plus(half)), unit })
}

fn reference(param: &SearchParam, text: &str) -> Result<Sought, RequestError> {
    let text = unescape(text);
    if let Some((kind, id)) = local_reference(&text) {
        return Ok(Sought::Reference { kind: Some(kind), id: id.to_owned() });
    }
    if text.is_empty() {
        return Err(RequestError::value(param.code, &text, "an id, Type/id or an address"));
    }
    Ok(Sought::Reference { kind: None, id: text })
}
