//! Reading what a message says: absent, empty and `""` (HL7 v2.5.1 2.5.3) all read as the empty text, so that
//! neither an empty name nor an empty identifier can ever come into being.

use hl7v2::{Comp, Field, Rep, Segment};
use std::borrow::Cow;

/// Text of the first sub-component, trimmed; empty when there is none or it is `""`.
pub(crate) fn first<'m>(comp: Comp<'m>) -> Cow<'m, str> {
    if comp.is_empty() || comp.is_null() {
        return Cow::Borrowed("");
    }
    sub(comp, 1)
}

/// Text of sub-component `n`, trimmed.
pub(crate) fn sub<'m>(comp: Comp<'m>, n: usize) -> Cow<'m, str> {
    let leaf = comp.sub(n);
    if leaf.is_empty() || leaf.is_null() { Cow::Borrowed("") } else { trim(leaf.text()) }
}

/// A component that holds prose: an ampersand that the sender forgot to escape is kept as text (HAZARDS H21).
pub(crate) fn prose<'m>(comp: Comp<'m>) -> Cow<'m, str> {
    if comp.is_empty() || comp.is_null() {
        return Cow::Borrowed("");
    }
    let mut subs = comp.subs();
    match (subs.next(), subs.next()) {
        (Some(only), None) => trim(only.text()),
        _ => {
            let parts: Vec<Cow<'m, str>> = comp.subs().map(|leaf| leaf.text()).collect();
            Cow::Owned(parts.join("&").trim().trim_end_matches('&').to_owned())
        }
    }
}

/// Component `n` of a repetition as text of its first sub-component.
pub(crate) fn comp<'m>(rep: Rep<'m>, n: usize) -> Cow<'m, str> {
    first(rep.comp(n))
}

/// First component of the first repetition of field `n`.
pub(crate) fn field<'m>(segment: Segment<'m>, n: usize) -> Cow<'m, str> {
    let field = segment.field(n);
    if field.is_empty() || field.is_null() { Cow::Borrowed("") } else { first(field.comp(1)) }
}

/// The repetitions that say something.
pub(crate) fn reps<'m>(field: Field<'m>) -> impl Iterator<Item = Rep<'m>> + use<'m> {
    field.reps().filter(|rep| says_something(*rep))
}

/// The first repetition of field `n`, when it says something.
pub(crate) fn one<'m>(segment: Segment<'m>, n: usize) -> Option<Rep<'m>> {
    let field = segment.field(n);
    if field.is_empty() { None } else { reps(field).next() }
}

/// Whether there is anything but delimiters and `""`.
pub(crate) fn says_something(rep: Rep<'_>) -> bool {
    !rep.is_null() && rep.comps().any(|comp| comp.subs().any(|leaf| !leaf.is_empty() && !leaf.is_null()))
}

/// Table 0136 with the words that some senders write instead; `None` when neither.
pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "true" => Some(true),
        "n" | "no" | "false" => Some(false),
        _ => None,
    }
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}
