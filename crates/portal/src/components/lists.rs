//! Lists that are longer than a page: none is cut without a word.

use super::numbers::whole;
use crate::words::{Lang, operations as w};
use actions::lists::Part;
use maud::{Markup, html};

/// A list of work shows what is most urgent: says how much there is besides, which moves up as these are settled.
pub(crate) fn beyond(lang: Lang, shown: usize, all: usize) -> Markup {
    html! {
        @if all > shown {
            div.body { p.small.soft role="status" { (lang.fill(w::DESK_BEYOND, &[&whole(lang, shown as u64), &whole(lang, all as u64)])) } }
        }
    }
}

/// A list that has one page only, whose order says which come first: says how many there are.
pub(crate) fn cut(lang: Lang, shown: usize, all: usize) -> Markup {
    html! {
        @if all > shown {
            div.body { p.small.soft role="status" { (lang.fill(w::LIST_CUT, &[&whole(lang, shown as u64), &whole(lang, all as u64)])) } }
        }
    }
}

/// A list of what was: which part of it is shown, and the way to the others; `address` is the page's, `name` the list's in it.
pub(crate) fn part(lang: Lang, part: &Part, address: &str, name: &str) -> Markup {
    let (first, last) = (part.from + 1, part.to);
    let at = |from: usize| format!("{address}?{name}={from}");
    html! {
        @if part.from > 0 || part.more {
            div.body { p.small role="status" {
                @if part.to > part.from { (lang.fill(w::LIST_PART, &[&whole(lang, first as u64), &whole(lang, last as u64)])) " " }
                @if part.more { (lang.say(w::LIST_MORE)) } @else { (lang.say(w::LIST_END)) }
                @if part.from > 0 { " " a href=(at(part.from.saturating_sub(part.most))) { (lang.say(w::LIST_BEFORE)) } }
                @if part.more { " " a href=(at(part.from + part.most)) { (lang.say(w::LIST_NEXT)) } }
            } }
        }
    }
}
