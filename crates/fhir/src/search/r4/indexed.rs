//! Conditions that the index of the record can narrow, and what an application's resource notes beside it so that most
//! searches need not read it.

use super::condition::{Condition, Modifier, Sought};
use super::extent::Extent;
use super::table::{SearchParam, SearchType};
use super::values::Found;
use crate::id::Kind;
use crate::json::Object;
use crate::search::filter::{Filter, System, Wanted};
use crate::search::index::{IndexRow, IndexValue, MAX_INDEXED, bounded};
use crate::search::table::{Index, Parameter, ParameterId, of_kind};
use crate::search::words::fold;
use crate::time::Instant;
use std::collections::HashMap;
use std::sync::OnceLock;

/// No parameter: says beside a resource that everything that [`noted`] can note is noted.
pub const COMPLETE: ParameterId = ParameterId(1);
/// No parameter: says beside a resource that everything of [`Extent::Usual`] that [`noted`] can note is noted, and no more.
pub const USUAL_COMPLETE: ParameterId = ParameterId(3);
/// Most values that are noted; a resource with more is read instead.
const MAX_NOTED: usize = 250;

/// The parameter of the index that answers a parameter.
fn spine(kind: Kind, param: &SearchParam) -> Option<&'static Parameter> {
    of_kind(kind).find(|row| row.name == param.code && row.index != Index::Key)
}

/// Everything a resource is searched by as token, text, date, reference or address, beside the rows of the index; with
/// [`COMPLETE`] or [`USUAL_COMPLETE`] when nothing of that extent is missing.
#[must_use]
pub fn noted(kind: Kind, resource: &Object, extent: Extent) -> Vec<IndexRow> {
    let (mut rows, mut is_complete) = (Vec::new(), true);
    for param in noted_of(kind, extent) {
        let mut note = |value| rows.push(IndexRow { parameter: param.number, value });
        param.values(resource, &mut |found| match found {
            Found::Token { system, code: Some(code) } if code.len() <= MAX_INDEXED => {
                note(IndexValue::Token { system: system.map(str::to_owned), code: code.to_owned() });
            }
            Found::Text(text) if text.len() <= MAX_INDEXED => {
                note(IndexValue::Text { normalised: fold(text) })
            }
            Found::Date(lo, hi) => note(IndexValue::Date { lo, hi }),
            Found::Reference(text) | Found::Uri(text) if text.len() <= MAX_INDEXED => {
                note(IndexValue::Token { system: None, code: text.to_owned() });
            }
            _ => is_complete = false,
        });
    }
    if is_complete && rows.len() <= MAX_NOTED {
        let value = IndexValue::Token { system: None, code: String::new() };
        let parameter = match extent {
            Extent::All => COMPLETE,
            Extent::Usual => USUAL_COMPLETE,
        };
        rows.push(IndexRow { parameter, value });
    } else {
        rows.clear();
    }
    rows
}

/// The parameters whose values are noted beside resources of a type.
fn noted_of(kind: Kind, extent: Extent) -> &'static [&'static SearchParam] {
    type Table = HashMap<Kind, Vec<&'static SearchParam>>;
    static ALL: OnceLock<Table> = OnceLock::new();
    static USUAL: OnceLock<Table> = OnceLock::new();
    let table = match extent {
        Extent::All => &ALL,
        Extent::Usual => &USUAL,
    };
    let noted = table.get_or_init(|| {
        let of = |kind| extent.of_kind(kind).filter(|param| notes_tell(kind, param)).collect();
        Kind::ALL.iter().map(|kind| (*kind, of(*kind))).collect()
    });
    noted.get(&kind).map_or(&[], Vec::as_slice)
}

/// Whether notes of a resource with these marks have all values of a parameter that can be noted.
#[must_use]
pub fn marks_tell(kind: Kind, param: &SearchParam, has: impl Fn(ParameterId) -> bool) -> bool {
    has(COMPLETE) || (has(USUAL_COMPLETE) && Extent::Usual.has(kind, param))
}

/// Under which number the dates of a parameter stand beside every resource of a type, and whether only where everything is
/// noted ([`marks_tell`]); `None` when they do not.
#[must_use]
pub fn dates_beside(kind: Kind, param: &SearchParam) -> Option<(ParameterId, bool)> {
    if param.sort != SearchType::Date {
        return None;
    }
    match spine(kind, param) {
        Some(parameter) => {
            matches!(parameter.index, Index::Record | Index::Global).then_some((parameter.id, false))
        }
        None => notes_tell(kind, param).then_some((param.number, true)),
    }
}

/// Whether what is noted beside a resource of a type tells all values of a parameter.
#[must_use]
pub fn notes_tell(kind: Kind, param: &SearchParam) -> bool {
    is_noted(param) && spine(kind, param).is_none()
}

/// Whether values of a parameter are noted.
fn is_noted(param: &SearchParam) -> bool {
    use SearchType::{Date, Reference, Text, Token, Uri};
    matches!(param.sort, Token | Text | Date | Reference | Uri)
        && !matches!(param.code, "_id" | "_lastUpdated")
}

impl Condition {
    /// The same asked of the index; `None` when no index knows this parameter, or not in this way.
    #[must_use]
    pub fn indexed(&self, kind: Kind) -> Option<Filter> {
        if self.modifier != Modifier::Plain {
            return None;
        }
        let parameter = spine(kind, self.param)?;
        let wanted = |sought: &Sought| match sought {
            Sought::Token { system, code } => {
                Some(Wanted::Token { system: system.clone(), code: Some(bounded(code.clone()?)) })
            }
            Sought::Text { folded, .. } if !folded.is_empty() => {
                Some(Wanted::Text { normalised: bounded(folded.clone()), exact: None })
            }
            Sought::Date(prefix, lo, hi) => Some(Wanted::Date { prefix: *prefix, lo: *lo, hi: *hi }),
            _ => None,
        };
        let any_of = self.any_of.iter().map(wanted).collect::<Option<Vec<_>>>()?;
        Some(Filter { parameter, any_of })
    }

    /// Whether what is noted beside a resource of a type can answer it.
    #[must_use]
    pub fn is_told_by_notes(&self, kind: Kind) -> bool {
        let plain =
            matches!(self.modifier, Modifier::Plain | Modifier::Missing | Modifier::Not | Modifier::Type(_));
        plain && notes_tell(kind, self.param)
    }

    /// The answer, when some value that is noted is one of those sought, or when none is.
    #[must_use]
    pub fn answer(&self, has_any: bool, is_one: bool) -> bool {
        match self.modifier {
            Modifier::Missing => has_any != self.missing,
            Modifier::Not => !is_one,
            _ => is_one,
        }
    }

    /// Whether a noted token, text or address is one of those sought; `is` says whether a system is that of the token.
    #[must_use]
    pub fn seeks_word(&self, word: &str, is: impl Fn(&System) -> bool) -> bool {
        self.any_of.iter().any(|sought| match sought {
            Sought::Token { system, code } => code.as_ref().is_none_or(|code| code == word) && is(system),
            Sought::Text { folded, .. } => super::condition::begins(word, folded),
            Sought::Reference { kind, id } => super::condition::refers(*kind, id, word),
            Sought::Uri(uri) => uri == word,
            _ => false,
        })
    }

    /// Whether a noted date is one of those sought.
    #[must_use]
    pub fn seeks_date(&self, lo: Instant, hi: Instant) -> bool {
        self.any_of.iter().any(|sought| {
            matches!(sought, Sought::Date(prefix, from, to) if prefix.compares((lo, hi), (*from, *to)))
        })
    }
}
