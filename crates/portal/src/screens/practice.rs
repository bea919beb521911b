//! The status page of a practice: what was sent, what waits, the facts in use. Public by its link; nothing of a patient.

pub(crate) mod destinations;
pub(crate) mod resending;

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::numbers::whole;
use crate::components::{notes, times};
use crate::words::{Lang, Say, practice as w};
use actions::practice::{StatusView, WayLine};
use actions::values::ContactState;
use maud::{Markup, html};

/// The page; `token` is the last part of its link.
pub(crate) fn screen(chrome: &Chrome, view: &StatusView, token: &str) -> Markup {
    let lang = chrome.lang();
    let title = lang.fill(w::TITLE, &[&view.place]);
    let main = html! {
        div.head { div { h1 { (title) } p { (lang.fill(w::LEAD, &[&times::minute_text(chrome.now)])) } } }
        @match view.waiting_since {
            Some(at) => (notes::line(notes::Tone::Wait, "clock", &lang.fill(w::WAITING, &[&times::minute_text(at)]))),
            None => (notes::line(notes::Tone::Plain, "check", lang.say(w::ALL_TAKEN))),
        }
        (resending::offer(chrome, token))
        (incidents(lang, view))
        (sent(lang, view))
        (tests(lang, view))
        (ways(lang, view))
        (people(lang, view))
    };
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}

fn incidents(lang: Lang, view: &StatusView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::INCIDENTS)) } }
            @if view.incidents.is_empty() { div.body { p { (lang.say(w::INCIDENTS_NONE)) } } }
            @else {
                ul.lines {
                    @for one in &view.incidents {
                        li {
                            div.top { span { (lang.of(&one.words)) } }
                            span.soft {
                                @match one.closed {
                                    Some(end) => (lang.fill(w::ENDED, &[&one.number, &times::minute_text(one.opened), &times::minute_text(end)])),
                                    None => (lang.fill(w::INCIDENT, &[&one.number, &times::minute_text(one.opened)])),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn sent(lang: Lang, view: &StatusView) -> Markup {
    if view.types.is_empty() {
        return html! { section.card { header { h2 { (lang.say(w::SENT)) } } div.body { p { (lang.say(w::SENT_NONE)) } } } };
    }
    let rows = html! {
        @for line in &view.types {
            tr {
                th scope="row" { (lang.of(&line.what)) }
                td { (whole(lang, line.sent)) }
                td { (whole(lang, line.accepted)) }
                td { (whole(lang, line.waiting)) }
                td { @if let Some(at) = line.oldest { (times::minute(at)) } }
            }
        }
    };
    table(lang, w::SENT, &[w::COL_TYPE, w::COL_SENT, w::COL_ACCEPTED, w::COL_WAITING, w::COL_OLDEST], rows)
}

fn tests(lang: Lang, view: &StatusView) -> Markup {
    let rows = html! {
        @for line in &view.canaries {
            tr {
                th scope="row" { (line.endpoint) }
                td { @if let Some(at) = line.sent { (times::minute(at)) } }
                td { (lang.of(&line.words)) }
            }
        }
    };
    html! { @if !view.canaries.is_empty() { (table(lang, w::TEST, &[w::COL_LINE, w::COL_WHEN, w::COL_STATE], rows)) } }
}

fn ways(lang: Lang, view: &StatusView) -> Markup {
    let state = |way: &WayLine| match &way.doubt {
        Some(why) => lang.fill(w::IN_DOUBT, &[why]),
        None => lang.say(if way.in_use { w::IN_USE } else { w::NOT_IN_USE }).to_owned(),
    };
    let rows = html! {
        @for way in &view.ways {
            tr { th scope="row" { (lang.of(&way.kind)) } td { (way.address) } td { (way.profile) } td { (state(way)) } }
        }
    };
    html! {
        (table(lang, w::FACTS, &[w::COL_WAY, w::COL_ADDRESS, w::COL_EMR, w::COL_STATE], rows))
        p.small.soft { (lang.say(w::FACTS_TEXT)) }
        @if !view.contacts.is_empty() {
            section.card {
                ul.lines {
                    @for (value, state, by) in &view.contacts {
                        li {
                            div.top {
                                span { (value) }
                                span.soft { @if *state == ContactState::Suspect { (lang.say(w::CONTACT_DOUBTED)) } @else { (lang.fill(w::CONTACT, &[by])) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn people(lang: Lang, view: &StatusView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::PEOPLE)) } }
            ul.lines {
                @for (name, away) in &view.people {
                    li { div.top { span { (name) } span.soft { @match away { Some(away) => (lang.of(away)), None => (lang.say(w::HERE)) } } } }
                }
            }
        }
    }
}

fn table(lang: Lang, title: Say, columns: &[Say], rows: Markup) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(title)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(title)) {
                table {
                    caption.vh { (lang.say(title)) }
                    thead { tr { @for column in columns { th scope="col" { (lang.say(*column)) } } } }
                    tbody { (rows) }
                }
            }
        }
    }
}
