//! What receivers could not match: one list for both ends, three answers by keys.

use super::desk::gravity;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, lists, notes, times};
use crate::words::{desks as d, operations as w, primaries, shell};
use actions::unmatched::{Item, Line, ListView};
use actions::values::Permission;
use maud::{Markup, html};

/// Answers: word in the form, key.
pub(crate) const ANSWERS: [(&str, &str); 3] = [("match", "1"), ("not-ours", "2"), ("return", "3")];

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &ListView, done: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(d::UNMATCHED)) } p { (lang.say(d::UNMATCHED_LEAD)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(d::UNMATCHED_DONE))) }
        @if view.lines.is_empty() {
            section.card { (notes::empty("check", lang.say(d::UNMATCHED_EMPTY), &lang.fill(d::UNMATCHED_EMPTY_TEXT, &[&view.settled.0.to_string(), &times::span(lang, view.settled.1)]), html! {})) }
        } @else {
            div.cols.wide-narrow {
                div.card { (list(chrome, view)) (lists::beyond(lang, view.lines.len(), view.all)) }
                @match &view.picked {
                    Some(item) => (picked(chrome, item)),
                    None => div.card { div.body.first { p.soft { (lang.say(d::UNMATCHED_PICK)) } } },
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(d::UNMATCHED).to_owned(),
            section: Section::Unmatched,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN), ("1 2 3", d::KEY_ANSWERS)],
            door: false,
            main,
        },
    )
}

fn list(chrome: &Chrome, view: &ListView) -> Markup {
    let lang = chrome.lang();
    let open = view.picked.as_ref().map(|item| item.line.obligation);
    html! {
        div.scroll {
            table.desk {
                caption.vh { (lang.say(d::UNMATCHED)) }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::COL_NUMBER)) }
                        th scope="col" { (lang.say(w::COL_WHAT_WHOM)) }
                        th scope="col" { (lang.say(w::COL_WHY)) }
                        th scope="col" { (lang.say(w::COL_CLOCK)) }
                    }
                }
                tbody { @for line in &view.lines { (row(chrome, line, open == Some(line.obligation))) } }
            }
        }
    }
}

fn row(chrome: &Chrome, line: &Line, open: bool) -> Markup {
    let lang = chrome.lang();
    html! {
        tr.on[open] data-line="" {
            th scope="row" {
                a.id href={ "/unmatched?pick=" (line.obligation) } aria-current=[open.then_some("true")] { (line.number) }
                @if !line.who.is_empty() { span.sub { (line.who) } }
            }
            td { (lang.of(&line.what)) " " (gravity(lang, line.gravity)) span.sub { (lang.fill(w::TO_WHOM, &[lang.of(&line.to)])) } }
            td { span.short { (lang.of(&line.why)) } span.sub { (lang.fill(w::OWNER, &[lang.of(&line.owner)])) } }
            td { (times::clock(lang, line.due, chrome.now)) }
        }
    }
}

fn picked(chrome: &Chrome, item: &Item) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card.pick.picked #picked {
            header { h2.id { (item.line.number) } (times::clock(lang, item.line.due, chrome.now)) }
            div.body.stack {
                p { b { (lang.of(&item.line.what)) } " " (gravity(lang, item.line.gravity)) " " (lang.fill(w::TO_WHOM, &[lang.of(&item.line.to)])) }
                div { h3 { (lang.say(d::UNMATCHED_SAID)) } p { (lang.of(&item.line.why)) } p.soft.small { (lang.of(&item.said)) } }
                div {
                    h3 { (lang.say(d::UNMATCHED_SENT)) }
                    dl.facts { @for (label, text) in &item.sent { dt { (lang.of(label)) } dd.plain { (text) } } }
                }
                div {
                    h3 { (lang.say(d::UNMATCHED_CANDIDATES)) }
                    @if item.candidates.is_empty() { p.soft { (lang.say(d::UNMATCHED_CANDIDATES_NONE)) } }
                    ul.lines {
                        @for candidate in &item.candidates {
                            li {
                                div.top { b { (candidate.name) } span.id { (candidate.number) } }
                                span.soft { (candidate.birth_date) @if candidate.same_person { " · " (lang.say(d::SAME_PERSON)) } }
                                @for differs in &candidate.differs { p.small { (lang.of(differs)) } }
                            }
                        }
                    }
                }
                @if let Some(message) = item.message && chrome.may(Permission::ReadMessage) {
                    div.acts { a.btn.slim href={ "/messages/" (message) } { (icon("mail")) (lang.say(w::OPEN_MESSAGE)) } }
                }
                @if chrome.may(Permission::ReadPrimaries) { p.small { a href={ "/primaries/" (item.line.obligation) } { (lang.say(primaries::OPEN)) } } }
                @if chrome.may(Permission::HandleUnmatched) { (answers(chrome, item)) }
                @if !item.events.is_empty() {
                    details {
                        summary { (lang.say(w::EVENTS_TITLE)) }
                        ul.events { @for (at, who, what) in &item.events { li { (times::second(*at)) " · " (lang.of(who)) br; (lang.of(what)) } } }
                    }
                }
            }
        }
    }
}

/// Three buttons, each by its key: one press settles what needs no words.
fn answers(chrome: &Chrome, item: &Item) -> Markup {
    let lang = chrome.lang();
    let words = [d::ANSWER_MATCH, d::ANSWER_NOT_OURS, d::ANSWER_RETURN];
    html! {
        form.stack.tight action={ "/unmatched/" (item.line.obligation) } method="post" {
            (forms::token(chrome))
            (forms::field("text", "text", lang.say(d::ANSWER_TEXT), lang.say(d::ANSWER_HINT), false))
            @for ((answer, key), say) in ANSWERS.iter().zip(words) {
                button.btn.block type="submit" name="answer" value=(answer) data-key=(key) { kbd { (key) } " " (lang.say(say)) }
            }
        }
    }
}
