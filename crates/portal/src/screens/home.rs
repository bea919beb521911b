//! Home: what needs the reader, and the one search box.

use super::search::finder;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{banner, notes, pill, times};
use crate::words::{chart as c, shell as w};
use actions::home::{HomeView, Waiting};
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &HomeView) -> Markup {
    let lang = chrome.lang();
    let waiting = view.waiting.as_slice();
    let main = html! {
        div.head { div { h1 { (lang.say(w::HOME)) } p { (lang.say(c::HOME_LEAD)) } } }
        (finder(chrome, ""))
        section.card {
            header {
                h2 { (lang.say(c::NEEDS_YOU)) }
                @if !waiting.is_empty() { span.soft { (waiting.len()) } }
            }
            @if waiting.is_empty() {
                (notes::empty("inbox", lang.say(c::NEEDS_YOU_NONE), &lang.fill(c::NEEDS_YOU_NONE_TEXT, &[&times::minute_text(chrome.now)]), html! {}))
            } @else { (table(chrome, waiting)) }
            @if view.withheld > 0 {
                div.body { (notes::line(notes::Tone::Wait, "lock", &lang.count(u64::from(view.withheld), c::NEEDS_YOU_WITHHELD_ONE, c::NEEDS_YOU_WITHHELD))) }
            }
            @if view.more > 0 { footer { (lang.fill(c::NEEDS_YOU_MORE, &[&view.more.to_string()])) } }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::HOME).to_owned(),
            section: Section::Home,
            chart: None,
            keys: &[("/", w::KEY_FIND), ("j k", w::KEY_MOVE), ("Enter", w::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn table(chrome: &Chrome, waiting: &[Waiting]) -> Markup {
    let lang = chrome.lang();
    html! {
        div.scroll {
            table {
                caption.vh { (lang.say(c::NEEDS_YOU)) }
                thead {
                    tr {
                        th scope="col" { (lang.say(c::COL_WHAT)) }
                        th scope="col" { (lang.say(c::COL_PATIENT)) }
                        th scope="col" { (lang.say(c::COL_WHEN)) }
                        th scope="col" { (lang.say(c::COL_TIME_LEFT)) }
                    }
                }
                tbody {
                    @for one in waiting {
                        tr data-line="" {
                            th scope="row" {
                                a href={ "/person/" (one.banner.person) "/reports/" (one.report.key) } { (one.report.title) }
                                " " (super::desk::gravity(lang, one.gravity)) " " (pill::finality(lang, one.report.finality))
                                span.sub { (pill::class(lang, one.report.class)) @if !one.report.accession.is_empty() { " · " (one.report.accession) } }
                            }
                            td {
                                (banner::name(&one.banner))
                                span.sub {
                                    (one.banner.birth_date) " · " (banner::age_and_sex(lang, &one.banner)) " · "
                                    span.id { (banner::card_text(lang, &one.banner)) }
                                }
                            }
                            td.nowrap { (times::minute(one.report.at)) }
                            td { (times::clock(lang, one.due, chrome.now)) }
                        }
                    }
                }
            }
        }
    }
}
