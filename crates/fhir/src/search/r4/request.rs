//! A search as a client writes it. What is not known is an error unless the client asks for leniency, and is then said:
//! a condition that silently does nothing shows results nobody asked for.

use super::condition::{Condition, Modifier, Sought};
use super::order::{Direction, SortKey};
use super::table::{self, SearchParam, SearchType};
use crate::id::Kind;
use crate::search::filter::Prefix;
use crate::search::query::{DEFAULT_COUNT, MAX_COUNT};
use crate::search::words::fold;
use crate::time::Instant;

/// Most conditions of one search.
const MAX_CLAUSES: usize = 50;
/// Deepest chain.
const MAX_CHAIN: usize = 4;
/// Most `_include` and `_revinclude` of one search.
pub const MAX_INCLUDES: usize = 20;
/// Most parameters that results are sorted by.
const MAX_SORTED: usize = 5;
/// Longest cursor in characters.
const MAX_CURSOR: usize = 1_000;

/// Names and values, decoded.
pub type Params = Vec<(String, String)>;

/// What becomes of a parameter that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It is an error.
    Refuse,
    /// It is left out, and said (`Prefer: handling=lenient`).
    LeaveOut,
}

/// Why a search is not answered; each says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No such parameter.
    #[error("{kind} has no search parameter \"{name}\"; use one of: {known}")]
    Parameter {
        /// Type of resource.
        kind: Kind,
        /// As asked.
        name: String,
        /// Those there are.
        known: String,
    },
    /// The parameter does not take the modifier.
    #[error("parameter \"{name}\" does not take the modifier \":{modifier}\"; use {known}")]
    Modifier {
        /// Parameter.
        name: String,
        /// As asked.
        modifier: String,
        /// What it takes.
        known: &'static str,
    },
    /// A value that is not of its type.
    #[error("parameter \"{name}\" has the value \"{value}\"; write {expected}")]
    Value {
        /// Parameter.
        name: String,
        /// As asked.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
    /// What is not done here.
    #[error("{0}")]
    Unsupported(String),
}

impl RequestError {
    pub(super) fn value(name: &str, value: &str, expected: &'static str) -> Self {
        Self::Value { name: name.to_owned(), value: value.to_owned(), expected }
    }
    /// The parameter it is about.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Parameter { name, .. } | Self::Modifier { name, .. } | Self::Value { name, .. } => {
                Some(name)
            }
            Self::Unsupported(_) => None,
        }
    }
}

/// One thing that a resource must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// One of these ids.
    Ids(Vec<String>),
    /// When the version was filed.
    LastUpdated(Vec<(Prefix, Instant, Instant)>),
    /// A condition on the resource itself.
    Own(Condition),
    /// Any of these conditions: how a compartment is asked for. All ask for the same patient.
    AnyOf(Vec<Condition>),
    /// A reference of it leads to a resource of one of these types that answers the clause.
    Chain(&'static SearchParam, Vec<(Kind, Clause)>),
    /// A resource of that type refers to it by the parameter and answers the clause.
    Has(Kind, &'static SearchParam, Box<Clause>),
    /// All these words stand in its narrative, or with `true` anywhere in its strings.
    Words(Vec<String>, bool),
}

/// `_include`, `_revinclude`: type, parameter (`None` = all), target type, and whether what came in brings more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Type that refers.
    pub kind: Kind,
    /// By which parameters.
    pub params: Vec<&'static SearchParam>,
    /// Only to this type.
    pub target: Option<Kind>,
    /// `:iterate`.
    pub iterate: bool,
}

/// `_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Total {
    /// When it is known anyway.
    #[default]
    IfKnown,
    /// Never.
    None,
    /// Always.
    Accurate,
}

/// `_summary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Summary {
    /// Whole resources.
    #[default]
    False,
    /// Elements that are marked as summary.
    True,
    /// The narrative and what must be there.
    Text,
    /// Everything but the narrative.
    Data,
    /// How many, nothing else.
    Count,
}

/// A parsed search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Type of resource.
    pub kind: Kind,
    /// All of these.
    pub clauses: Vec<Clause>,
    /// Order; empty = by key.
    pub sort: Vec<(SortKey, Direction)>,
    /// Page size.
    pub count: usize,
    /// `_total`.
    pub total: Total,
    /// `_summary`.
    pub summary: Summary,
    /// `_elements`; empty = all.
    pub elements: Vec<String>,
    /// `_include`.
    pub includes: Vec<Include>,
    /// `_revinclude`.
    pub revincludes: Vec<Include>,
    /// Where the page begins, in the store's words.
    pub cursor: Option<String>,
    /// Parameters that were left out, with the reason.
    pub left_out: Vec<String>,
    /// What was understood, for the link to this page and the next.
    pub applied: Params,
}

impl Request {
    /// Reads a search from decoded pairs. `now` is what "approximately" is measured by.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn read(
        kind: Kind,
        pairs: &[(String, String)],
        unknown: Unknown,
        now: Instant,
    ) -> Result<Self, RequestError> {
        let mut request = Self {
            kind,
            clauses: Vec::new(),
            sort: Vec::new(),
            count: DEFAULT_COUNT,
            total: Total::default(),
            summary: Summary::default(),
            elements: Vec::new(),
            includes: Vec::new(),
            revincludes: Vec::new(),
            cursor: None,
            left_out: Vec::new(),
            applied: Vec::new(),
        };
        for (name, value) in pairs {
            match request.take(name, value, now) {
                Ok(()) if name == "_cursor" => {}
                Ok(()) => request.applied.push((name.clone(), value.clone())),
                Err(error @ RequestError::Parameter { .. }) if unknown == Unknown::LeaveOut => {
                    request.left_out.push(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        let too_many = |what: &str| {
            Err(RequestError::Unsupported(format!("too many {what} in one search; ask in parts")))
        };
        if request.clauses.len() > MAX_CLAUSES {
            return too_many("conditions");
        }
        if request.includes.len() + request.revincludes.len() > MAX_INCLUDES {
            return too_many("_include and _revinclude");
        }
        Ok(request)
    }

    fn take(&mut self, name: &str, value: &str, now: Instant) -> Result<(), RequestError> {
        match name {
            "_count" => {
                let count: usize =
                    value.parse().map_err(|_| RequestError::value(name, value, "a number of resources"))?;
                if count == 0 {
                    self.summary = Summary::Count;
                }
                self.count = count.clamp(1, MAX_COUNT);
            }
            "_sort" => self.sort = sort(self.kind, value)?,
            "_total" => {
                self.total = match value {
                    "none" => Total::None,
                    "estimate" | "accurate" => Total::Accurate,
                    _ => return Err(RequestError::value(name, value, "none, estimate or accurate")),
                }
            }
            // As fhirpy asks for a total; how it is counted is no condition.
            "_totalMethod" => self.total = Total::Accurate,
            "_summary" => {
                self.summary = match value {
                    "true" => Summary::True,
                    "false" => Summary::False,
                    "text" => Summary::Text,
                    "data" => Summary::Data,
                    "count" => Summary::Count,
                    _ => return Err(RequestError::value(name, value, "true, text, data, count or false")),
                }
            }
            "_elements" => {
                let own = format!("{}.", self.kind);
                let names = value.split(',').map(|name| name.trim().trim_start_matches(&own).to_owned());
                self.elements.extend(names.filter(|name| !name.is_empty()));
            }
            "_cursor" if value.len() <= MAX_CURSOR => self.cursor = Some(value.to_owned()),
            // Left out, it would be the first page again.
            "_cursor" => return Err(RequestError::value(name, "…", "what the link to the page says")),
            "_format" | "_pretty" => {}
            _ => match name.split_once(':').map_or((name, None), |(name, rest)| (name, Some(rest))) {
                ("_include", how) => self.includes.extend(includes(name, how, value)?),
                ("_revinclude", how) => self.revincludes.extend(includes(name, how, value)?),
                _ => self.clauses.push(clause(self.kind, name, value, now, 0)?),
            },
        }
        Ok(())
    }
}

/// One condition of a type of resource: own, chained or reversed.
fn clause(kind: Kind, name: &str, value: &str, now: Instant, depth: usize) -> Result<Clause, RequestError> {
    if depth > MAX_CHAIN {
        return Err(RequestError::Unsupported(format!(
            "\"{name}\" goes further than {MAX_CHAIN} references; ask in parts"
        )));
    }
    if let Some(rest) = name.strip_prefix("_has:") {
        let wrong = || {
            RequestError::value(
                "_has",
                name,
                "_has:Type:reference:parameter, such as _has:Observation:patient:code",
            )
        };
        let (from, rest) = rest.split_once(':').ok_or_else(wrong)?;
        let (by, inner) = rest.split_once(':').ok_or_else(wrong)?;
        let from: Kind = from.parse().map_err(|_| wrong())?;
        let param = known(from, by)?;
        if param.sort != SearchType::Reference || !param.leads_to(kind) {
            return Err(RequestError::value(
                "_has",
                name,
                "a parameter that refers to the type searched for",
            ));
        }
        return Ok(Clause::Has(from, param, Box::new(clause(from, inner, value, now, depth + 1)?)));
    }
    if let Some((first, inner)) = name.split_once('.') {
        return chain(kind, first, inner, value, now, depth);
    }
    let (code, modifier) = name.split_once(':').map_or((name, None), |(code, how)| (code, Some(how)));
    match (code, modifier) {
        ("_id", None) => Ok(Clause::Ids(split(value, ',').into_iter().map(unescape).collect())),
        ("_lastUpdated", None) => {
            let read =
                split(value, ',').into_iter().map(|text| match super::condition::date(code, text, now)? {
                    Sought::Date(prefix, lo, hi) => Ok((prefix, lo, hi)),
                    _ => Err(RequestError::value(code, text, "a date")),
                });
            Ok(Clause::LastUpdated(read.collect::<Result<_, _>>()?))
        }
        ("_text" | "_content", None) => {
            let folded = fold(&unescape(value));
            Ok(Clause::Words(
                folded.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect(),
                code == "_content",
            ))
        }
        _ => Ok(Clause::Own(Condition::read(known(kind, code)?, modifier, value, now)?)),
    }
}

fn chain(
    kind: Kind,
    first: &str,
    inner: &str,
    value: &str,
    now: Instant,
    depth: usize,
) -> Result<Clause, RequestError> {
    let (code, to) = first.split_once(':').map_or((first, None), |(code, to)| (code, Some(to)));
    let param = known(kind, code)?;
    if param.sort != SearchType::Reference {
        return Err(RequestError::value(code, first, "a reference before the dot"));
    }
    let kinds: Vec<Kind> = match to {
        Some(to) => match to.parse() {
            Ok(to) if param.leads_to(to) => vec![to],
            _ => return Err(RequestError::value(code, to, "a type that it can lead to")),
        },
        None if param.targets.is_empty() => {
            return Err(RequestError::value(
                code,
                first,
                "the type it leads to, such as subject:Patient.name",
            ));
        }
        None => param.targets.clone(),
    };
    let only = kinds.len() == 1;
    let mut inner_clauses = Vec::new();
    let mut first_error = None;
    for to in kinds {
        match clause(to, inner, value, now, depth + 1) {
            Ok(clause) => inner_clauses.push((to, clause)),
            // A type that has no such parameter cannot be meant.
            Err(error @ RequestError::Parameter { .. }) if !only => first_error = first_error.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match first_error {
        Some(error) if inner_clauses.is_empty() => Err(error),
        _ => Ok(Clause::Chain(param, inner_clauses)),
    }
}

fn known(kind: Kind, code: &str) -> Result<&'static SearchParam, RequestError> {
    table::of(kind, code).ok_or_else(|| {
        let mut codes: Vec<&str> = table::of_kind(kind).map(|param| param.code).collect();
        codes.sort_unstable();
        RequestError::Parameter { kind, name: code.to_owned(), known: codes.join(", ") }
    })
}

fn sort(kind: Kind, value: &str) -> Result<Vec<(SortKey, Direction)>, RequestError> {
    let one = |rule: &str| {
        let (code, direction) = match rule.strip_prefix('-') {
            Some(code) => (code, Direction::Down),
            None => (rule, Direction::Up),
        };
        let key = match code {
            "_id" => SortKey::Id,
            "_lastUpdated" => SortKey::LastUpdated,
            code => {
                let param = known(kind, code)?;
                if matches!(param.sort, SearchType::Composite | SearchType::Special) {
                    return Err(RequestError::value("_sort", rule, "parameters that have one value"));
                }
                SortKey::Param(param)
            }
        };
        Ok((key, direction))
    };
    let rules: Vec<&str> = value.split(',').filter(|rule| !rule.is_empty()).collect();
    if rules.len() > MAX_SORTED {
        return Err(RequestError::value("_sort", value, "at most five parameters"));
    }
    rules.into_iter().map(one).collect()
}

fn includes(name: &str, how: Option<&str>, value: &str) -> Result<Option<Include>, RequestError> {
    let iterate = match how {
        None => false,
        Some("iterate" | "recurse") => true,
        Some(other) => {
            let name = name.split(':').next().unwrap_or(name).to_owned();
            return Err(RequestError::Modifier {
                name,
                modifier: other.to_owned(),
                known: ":iterate, or none",
            });
        }
    };
    let wrong = || RequestError::value(name, value, "Type:parameter or Type:parameter:Target");
    let mut words = value.split(':');
    let kind: Kind = words.next().and_then(|kind| kind.parse().ok()).ok_or_else(wrong)?;
    let code = words.next().ok_or_else(wrong)?;
    let target = words.next().map(|kind| kind.parse().map_err(|_| wrong())).transpose()?;
    let params: Vec<_> = match code {
        "*" => table::of_kind(kind).filter(|param| param.sort == SearchType::Reference).collect(),
        code => vec![known(kind, code)?],
    };
    if params.iter().any(|param| param.sort != SearchType::Reference) {
        return Err(wrong());
    }
    Ok(Some(Include { kind, params, target, iterate }))
}

impl Clause {
    /// That a resource of a type is in the compartment of a patient; `None` when the type has no place in one.
    #[must_use]
    pub fn of_patient(kind: Kind, id: &str) -> Option<Self> {
        if kind == Kind::Patient {
            return Some(Self::Ids(vec![id.to_owned()]));
        }
        let params = table::compartment(kind).iter().filter_map(|code| table::of(kind, code));
        let reference = format!("Patient/{id}");
        let conditions: Vec<Condition> =
            params.filter_map(|param| Condition::read(param, None, &reference, Instant(0)).ok()).collect();
        (!conditions.is_empty()).then_some(Self::AnyOf(conditions))
    }

    /// The ids of the patients that this clause asks for by a parameter that names whose the resource is; `None` when it
    /// is something else.
    #[must_use]
    pub fn patients(&self) -> Option<Vec<&str>> {
        let Self::Own(condition) = self else { return None };
        let named = matches!(condition.param.code, "patient" | "subject" | "beneficiary");
        if !named || !matches!(condition.modifier, Modifier::Plain | Modifier::Type(Kind::Patient)) {
            return None;
        }
        let one = |sought: &'_ Sought| match sought {
            Sought::Reference { kind: Some(Kind::Patient), .. } => true,
            Sought::Reference { kind: None, id } => {
                condition.param.targets == [Kind::Patient] && !id.contains(':')
            }
            _ => false,
        };
        condition.any_of.iter().all(one).then(|| condition.references())
    }
}

/// Splits at a sign that no backslash precedes (FHIR R4 search 3.1.1.4.0.1); the parts are still escaped.
pub(super) fn split(text: &str, sign: char) -> Vec<&str> {
    crate::search::query::split(text, sign)
}

pub(super) fn unescape(text: &str) -> String {
    crate::search::query::unescape(text)
}

/// Names and values of a query string or a form.
///
/// # Errors
/// An escape that is no UTF-8.
pub fn decode_pairs(text: &str) -> Result<Params, RequestError> {
    let decode = |part: &str| {
        crate::search::query::decode(part).map_err(|error| RequestError::Unsupported(error.to_string()))
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}
