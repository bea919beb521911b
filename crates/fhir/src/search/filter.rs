//! What a query asks of one parameter, and whether index rows answer it.

use super::index::{IndexRow, IndexValue};
use super::table::Parameter;
use crate::id::ResourceKey;
use crate::time::Instant;
use std::cmp::Ordering;

/// One condition: any of the wanted values on one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The parameter; its rows are those of [`Parameter::rows_of`].
    pub parameter: &'static Parameter,
    /// Alternatives (the commas of a query), never empty.
    pub any_of: Vec<Wanted>,
}

/// One alternative of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A code or identifier.
    Token {
        /// Which system.
        system: System,
        /// Which code; `None` for any code of the system (`system|`).
        code: Option<String>,
    },
    /// A folded text: a row starts with it, or with `exact` is it.
    Text {
        /// Folded as index rows are.
        normalised: String,
        /// The text as asked, for `:exact`, where case and accents count and rows are only candidates: confirm each hit
        /// with [`Filter::confirms`].
        exact: Option<String>,
    },
    /// A date compared with the interval `[lo, hi)` that was asked.
    Date {
        /// How.
        prefix: Prefix,
        /// First instant asked.
        lo: Instant,
        /// First instant behind.
        hi: Instant,
    },
    /// A resource.
    Reference(ResourceKey),
}

/// The system part of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum System {
    /// `code`: whatever the system.
    Any,
    /// `|code`: without a system.
    Absent,
    /// `system|code`.
    Is(String),
}

/// Prefixes of dates (FHIR R4 search 3.1.1.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Within the asked interval.
    Equal,
    /// Not within the asked interval.
    NotEqual,
    /// Begins before it.
    Less,
    /// Begins before it or lies within.
    LessOrEqual,
    /// Ends behind it.
    Greater,
    /// Ends behind it or lies within.
    GreaterOrEqual,
    /// Lies wholly behind it.
    StartsAfter,
    /// Lies wholly before it.
    EndsBefore,
}

impl Prefix {
    /// Whether a row's interval answers what was asked.
    #[must_use]
    pub fn compares(self, row: (Instant, Instant), asked: (Instant, Instant)) -> bool {
        let within = asked.0 <= row.0 && row.1 <= asked.1;
        match self {
            Self::Equal => within,
            Self::NotEqual => !within,
            Self::Less => row.0.cmp(&asked.0) == Ordering::Less,
            Self::LessOrEqual => row.0 < asked.0 || within,
            Self::Greater => row.1 > asked.1,
            Self::GreaterOrEqual => row.1 > asked.1 || within,
            Self::StartsAfter => row.0 >= asked.1,
            Self::EndsBefore => row.1 <= asked.0,
        }
    }
}

impl Filter {
    /// Whether one of a resource's rows answers it; what the store's SQL must agree with.
    #[must_use]
    pub fn matches(&self, rows: &[IndexRow]) -> bool {
        let own = |row: &&IndexRow| self.parameter.rows_of().contains(&row.parameter);
        rows.iter().filter(own).any(|row| self.any_of.iter().any(|wanted| wanted.is(&row.value)))
    }
    /// Whether index rows are only candidates, so that [`Filter::confirms`] must look at the resource itself.
    #[must_use]
    pub fn needs_confirmation(&self) -> bool {
        self.any_of.iter().any(|wanted| matches!(wanted, Wanted::Text { exact: Some(_), .. }))
    }
    /// Whether the resource itself answers it where case and accents count (`:exact`).
    #[must_use]
    pub fn confirms(&self, resource: &crate::json::Object) -> bool {
        !self.needs_confirmation()
            || self.parameter.paths.iter().any(|path| {
                resource.texts(path).into_iter().any(|text| {
                    self.any_of.iter().any(
                        |wanted| matches!(wanted, Wanted::Text { exact: Some(exact), .. } if exact == text),
                    )
                })
            })
    }
}

impl Wanted {
    /// Whether a row's value is what is wanted.
    #[must_use]
    pub fn is(&self, value: &IndexValue) -> bool {
        match (self, value) {
            (Self::Token { system, code }, IndexValue::Token { system: has, code: value }) => {
                let system = match system {
                    System::Any => true,
                    System::Absent => has.is_none(),
                    System::Is(system) => has.as_ref() == Some(system),
                };
                system && code.as_ref().is_none_or(|code| code == value)
            }
            (Self::Text { normalised, exact: None }, IndexValue::Text { normalised: value }) => {
                value.starts_with(normalised)
            }
            (Self::Text { normalised, exact: Some(_) }, IndexValue::Text { normalised: value }) => {
                value == normalised
            }
            (Self::Date { prefix, lo, hi }, IndexValue::Date { lo: from, hi: to }) => {
                prefix.compares((*from, *to), (*lo, *hi))
            }
            (Self::Reference(wanted), IndexValue::Reference(key)) => wanted == key,
            _ => false,
        }
    }
}
