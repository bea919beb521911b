//! The practice copy: the strip above every page of it, and how it compares with the record that it is like.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::notes::{self, Tone};
use crate::components::times;
use crate::words::{Lang, practice_copy as w};
use actions::practice_copy::{Parity, always_differs};
use maud::{Markup, html};

/// Names of one part that are shown; the rest is counted.
const SHOWN: usize = 20;

/// Above every page: that nobody is real, and whether what is practised is what live has.
pub(crate) fn strip(lang: Lang, parity: &Parity) -> Markup {
    html! {
        aside.mode.practice aria-label=(lang.say(w::TITLE)) {
            span { (icon("lab")) " " (lang.say(w::MARK)) }
            a href="/practice-copy" { (said(lang, parity)) }
        }
    }
}

/// How it compares, in one line.
fn said(lang: Lang, parity: &Parity) -> String {
    match (parity.unlike_since(), &parity.unread, parity.looked) {
        (Some(since), _, _) => lang.fill(w::UNLIKE, &[&times::minute_text(since)]),
        (None, Some(_), _) => lang.say(w::UNREAD).to_owned(),
        (None, None, Some(at)) => lang.fill(w::ALIKE, &[&times::minute_text(at)]),
        (None, None, None) => lang.say(w::NOT_YET).to_owned(),
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let main = match &chrome.practice_copy {
        Some(parity) => compared(lang, parity),
        None => html! {
            div.head { div { h1 { (lang.say(w::TITLE)) } } }
            section.card { div.body.stack {
                h2 { (lang.say(w::NONE)) }
                p { (lang.say(w::NONE_TEXT)) }
            } }
        },
    };
    let title = lang.say(w::TITLE).to_owned();
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}

fn compared(lang: Lang, parity: &Parity) -> Markup {
    let tone = if parity.is_alike() { Tone::Done } else { Tone::Wait };
    html! {
        div.head { div { h1 { (lang.say(w::TITLE)) } p { (lang.say(w::LEAD)) } } }
        (notes::line(tone, if parity.is_alike() { "check" } else { "clock" }, &said(lang, parity)))
        section.card {
            header { h2 { (lang.say(w::COMPARED)) } }
            div.body.stack {
                dl.facts {
                    div { dt { (lang.say(w::VERSION)) } dd.id { (parity.version) } }
                    div { dt { (lang.say(w::FINGERPRINT)) } dd.id { (parity.fingerprint) } }
                }
                @if let Some(why) = &parity.unread { p { (lang.fill(w::WHY_UNREAD, &[why])) } }
                @if parity.unlike.is_empty() { p { (lang.say(w::NOTHING)) } } @else { (differences(lang, parity)) p { (lang.say(w::DO)) } }
            }
        }
        section.card {
            header { h2 { (lang.say(w::ALWAYS)) } }
            div.body { ul.stack.tight { @for line in always_differs() { li { (lang.of(&line)) } } } }
        }
    }
}

fn differences(lang: Lang, parity: &Parity) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(lang.say(w::WHAT)) {
            table.mid {
                caption.vh { (lang.say(w::WHAT)) }
                thead { tr { th scope="col" { (lang.say(w::PART)) } th scope="col" { (lang.say(w::WHAT)) } th scope="col" { (lang.say(w::SINCE)) } } }
                tbody {
                    @for one in &parity.unlike {
                        tr {
                            th scope="row" { (lang.of(&one.part)) }
                            td {
                                @for what in one.what.iter().take(SHOWN) { div { (what) } }
                                @if one.what.len() > SHOWN { (lang.fill(w::MORE, &[&(one.what.len() - SHOWN).to_string()])) }
                            }
                            td { (times::minute_text(one.since)) }
                        }
                    }
                }
            }
        }
    }
}
