//! Messages: the list, and one message with what came beside what was made of it.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::{icon, solid};
use crate::components::tabs::{Tab, tabs};
use crate::components::{notes, times};
use crate::words::{Lang, Say, operations as w, shell};
use actions::MessageState;
use actions::messages::{FiledResource, MessageLine, MessageView};
use maud::{Markup, html};

/// Tabs of the list: word in the address, state, name.
pub(crate) const STATES: &[(&str, Option<MessageState>, Say)] = &[
    ("all", None, w::TAB_ALL),
    ("filed", Some(MessageState::Filed), w::FILED),
    ("held", Some(MessageState::Held), w::HELD),
    ("kept", Some(MessageState::Kept), w::KEPT),
    ("pending", Some(MessageState::Pending), w::PENDING),
];

/// The state of a word in the address.
pub(crate) fn state(word: &str) -> Option<MessageState> {
    STATES.iter().find(|(name, _, _)| *name == word).and_then(|(_, state, _)| *state)
}

fn pill(lang: Lang, state: MessageState) -> Markup {
    html! {
        @match state {
            MessageState::Filed => span.pill.ok { (icon("check")) (lang.say(w::ONE_FILED)) },
            MessageState::Pending => span.pill { (solid("ring")) (lang.say(w::PENDING)) },
            MessageState::Kept => span.pill.info { (icon("inbox")) (lang.say(w::ONE_KEPT)) },
            MessageState::Held => span.pill.wait { (icon("clock")) (lang.say(w::ONE_HELD)) },
        }
    }
}

/// The list.
pub(crate) fn list(chrome: &Chrome, lines: &[MessageLine], shown: &str) -> Markup {
    let lang = chrome.lang();
    let all: Vec<Tab> = STATES
        .iter()
        .map(|(name, _, title)| Tab {
            href: format!("/messages?state={name}"),
            name: lang.say(*title),
            count: None,
            current: *name == shown,
        })
        .collect();
    let main = html! {
        div.head { div { h1 { (lang.say(shell::MESSAGES)) } p { (lang.say(w::MESSAGES_LEAD)) } } }
        (tabs(lang, lang.say(w::COL_STATE), &all))
        div.card {
            @if lines.is_empty() {
                (notes::empty("mail", lang.say(w::MESSAGES_NONE), &lang.fill(w::MESSAGES_NONE_TEXT, &[&times::minute_text(chrome.now)]), html! {}))
            } @else {
                div.scroll {
                    table {
                        caption.vh { (lang.say(w::MESSAGES_CAPTION)) }
                        thead {
                            tr {
                                th scope="col" { (lang.say(w::COL_CONTROL)) }
                                th scope="col" { (lang.say(w::COL_TYPE)) }
                                th scope="col" { (lang.say(w::COL_LINK)) }
                                th scope="col" { (lang.say(w::COL_RECEIVED)) }
                                th scope="col" { (lang.say(w::COL_STATE)) }
                            }
                        }
                        tbody {
                            @for line in lines {
                                tr data-line="" {
                                    th scope="row" { a.id href={ "/messages/" (line.id) } { @if line.control_id.is_empty() { (line.id) } @else { (line.control_id) } } }
                                    td.nowrap { (line.message_type) }
                                    td { (line.link) }
                                    td { (times::second(line.received)) }
                                    td { (pill(lang, line.state)) @if let Some(note) = &line.note { span.sub { (lang.of(note)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(shell::MESSAGES).to_owned(),
            section: Section::Messages,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

/// One message.
pub(crate) fn screen(chrome: &Chrome, view: &MessageView) -> Markup {
    let lang = chrome.lang();
    let title = lang.fill(w::MESSAGE_TITLE, &[&view.id.to_string()]);
    let main = html! {
        div.head {
            div {
                h1 { (title) }
                p {
                    (view.message_type) " · " (view.link) " · " span.id { (lang.fill(w::CONTROL, &[&view.control_id])) } " · "
                    (lang.fill(w::RECEIVED_AT, &[&times::minute_text(view.received)]))
                    @if let Some(settled) = view.settled { " · " (lang.fill(w::SETTLED_AT, &[&times::minute_text(settled)])) }
                }
            }
            (pill(lang, view.state))
        }
        @if let Some(note) = &view.note { (notes::line(notes::Tone::Wait, "clock", lang.of(note))) }
        div.cols.c2.top {
            div.stack { (raw(lang, view)) (problems(lang, view)) }
            div.stack { (made(lang, view)) (obligations(lang, view)) }
        }
    };
    page(
        chrome,
        Page {
            title,
            section: Section::Messages,
            chart: None,
            keys: &[("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

fn raw(lang: Lang, view: &MessageView) -> Markup {
    html! {
        section.card {
            header {
                h2 { (lang.say(w::RAW_TITLE)) }
                span.soft { (lang.count(view.segments.len() as u64, w::SEGMENTS_ONE, w::SEGMENTS_MANY)) }
            }
            div.body {
                ol.segments tabindex="0" aria-label=(lang.say(w::RAW_REGION)) {
                    @for segment in &view.segments {
                        @let mut fields = segment.split('|');
                        li { b { (fields.next().unwrap_or_default()) } @for field in fields { "|" wbr; (field) } }
                    }
                }
            }
        }
    }
}

fn problems(lang: Lang, view: &MessageView) -> Markup {
    html! {
        @if !view.problems.is_empty() {
            section.card.edge.wait {
                header { h2 { (lang.say(w::PROBLEMS)) } }
                ul.lines { @for problem in &view.problems { li { (lang.of(problem)) } } }
            }
        }
    }
}

fn made(lang: Lang, view: &MessageView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::MADE_TITLE)) } span.soft { (view.resources.len()) } }
            @if view.resources.is_empty() {
                div.body { p { b { (lang.say(w::MADE_NONE)) "." } } p.soft { (lang.say(w::MADE_NONE_TEXT)) } }
            }
            ul.lines { @for resource in &view.resources { li { (filed(lang, resource)) } } }
        }
    }
}

fn filed(lang: Lang, resource: &FiledResource) -> Markup {
    let version = if resource.current { w::VERSION_CURRENT } else { w::VERSION_OLD };
    html! {
        div.top { b { (resource.line) } }
        span.soft.small { (resource.key.kind) " · " (lang.fill(version, &[&resource.version.to_string()])) }
        @if !resource.json.is_empty() {
            details {
                summary { (lang.say(w::SHOW_JSON)) span.vh { ": " (resource.line) } }
                pre.json tabindex="0" { (resource.json) }
            }
        }
    }
}

fn obligations(lang: Lang, view: &MessageView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::OBLIGATIONS)) } }
            @if view.obligations.is_empty() { div.body { p.soft { (lang.say(w::OBLIGATIONS_NONE)) } } }
            ul.lines {
                @for (_, subject, recipient, words, open) in &view.obligations {
                    li {
                        div.top {
                            span { (lang.of(subject)) @if !recipient.en.is_empty() { " " (lang.fill(w::TO_WHOM, &[lang.of(recipient)])) } }
                            @if *open { span.pill.wait { (icon("clock")) (lang.say(w::OBLIGATION_OPEN)) } }
                            @else { span.pill.ok { (icon("check")) (lang.say(w::OBLIGATION_ENDED)) } }
                        }
                        span.soft { (lang.of(words)) }
                    }
                }
            }
        }
    }
}
