//! Who stands as a person's primary care provider: a practice says that it is wrong, the delivery desk withdraws it.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, notes, times};
use crate::words::{Say, operations as o, primaries as w};
use actions::ObligationId;
use actions::primaries::{Line, LinesView};
use actions::values::Permission;
use maud::{Markup, html};

/// What an act led to: the word in the address and what is said.
const OUTCOMES: &[(&str, Say)] =
    &[("withdrawn", w::DONE_WITHDRAWN), ("restored", w::DONE_RESTORED), ("proposed", w::DONE_PROPOSED)];

/// The page; `from` is what it was opened from, `done` what the last act led to.
pub(crate) fn screen(chrome: &Chrome, from: ObligationId, view: &LinesView, done: &str) -> Markup {
    let lang = chrome.lang();
    let said = OUTCOMES.iter().find(|(name, _)| *name == done).map(|(_, say)| lang.say(*say));
    let desk = chrome.may(Permission::WithdrawPrimary);
    let main = html! {
        div.head { div {
            h1 { (lang.say(w::TITLE)) }
            p { b { (view.who) } @if !view.birth_date.is_empty() { " · " span.nowrap { (view.birth_date) } } }
            p { (lang.say(w::LEAD)) }
        } }
        @if let Some(said) = said { (notes::line(notes::Tone::Done, "check", said)) }
        section.card {
            @if view.lines.is_empty() {
                (notes::empty("people", lang.say(w::NOBODY), lang.say(w::NOBODY_TEXT), html! {}))
            } @else {
                ul.lines { @for line in &view.lines { li { (one(chrome, from, line)) } } }
                footer { p.small { (lang.say(w::ORDERED)) } }
            }
        }
        @if !view.open.is_empty() {
            section.card {
                header { h2 { (lang.say(w::WAITS)) } }
                ul.lines { @for waits in &view.open { li {
                    div.top { span { (lang.of(&waits.because)) } (times::clock(lang, waits.due, chrome.now)) }
                    p.small.soft { (times::minute_text(waits.since)) }
                    @if desk { p { a href={ "/desk?show=no-route&pick=" (waits.obligation) } { (lang.say(w::WAITS_OPEN)) } } }
                } } }
            }
        }
        section.card {
            header { h2 { (lang.say(w::SENT)) } }
            @if view.sent.is_empty() { div.body.first { p.soft { (lang.say(w::SENT_NONE)) } } }
            ul.lines { @for sent in &view.sent { li {
                div.top { b { (lang.of(&sent.what)) } span.soft.nowrap { (times::minute_text(sent.at)) } }
                p.small { (lang.fill(o::TO_WHOM, &[lang.of(&sent.to)])) @if sent.is_open { " · " (lang.say(w::STILL_OPEN)) } }
            } } }
            @if view.all_sent > view.sent.len() {
                footer { p.small role="status" { (lang.fill(w::SENT_SHOWN, &[&view.sent.len().to_string(), &view.all_sent.to_string()])) } }
            }
        }
        @if !view.history.is_empty() {
            section.card {
                header { h2 { (lang.say(w::HISTORY)) } }
                div.body.first { ul.events { @for (at, who, what) in &view.history { li { (times::second(*at)) " · " (lang.of(who)) br; (lang.of(what)) } } } }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::TITLE).to_owned(),
            section: if desk { Section::Desk } else { Section::Unmatched },
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn one(chrome: &Chrome, from: ObligationId, line: &Line) -> Markup {
    let lang = chrome.lang();
    html! {
        div.top {
            b { (line.name) }
            @if line.withdrawn.is_some() { span.pill.wait { (icon("warn")) (lang.say(w::WITHDRAWN_MARK)) } }
        }
        @if !line.places.is_empty() { p.small.soft { (line.places) } }
        p.small {
            (lang.say(w::SAID_BY)) ": "
            @if line.said_by.is_empty() { (lang.say(w::SAID_BY_NONE)) }
            @for (n, said) in line.said_by.iter().enumerate() { @if n > 0 { "; " } (lang.of(said)) }
        }
        @match &line.withdrawn {
            Some((at, by, why)) => {
                p { (lang.fill(w::WITHDRAWN, &[&times::minute_text(*at), by, why])) }
                @if chrome.may(Permission::WithdrawPrimary) { (form(chrome, from, line, "restore", w::RESTORE, w::WHY_BACK_HINT)) }
            },
            None => {
                @if chrome.may(Permission::WithdrawPrimary) { (form(chrome, from, line, "withdraw", w::WITHDRAW, w::WHY_HINT)) }
                @else if chrome.may(Permission::ProposePrimary) { (form(chrome, from, line, "propose", w::PROPOSE, w::WHY_PROPOSE_HINT)) }
            },
        }
    }
}

fn form(chrome: &Chrome, from: ObligationId, line: &Line, act: &str, say: Say, hint: Say) -> Markup {
    let lang = chrome.lang();
    html! {
        form.row action={ "/primaries/" (from) "/" (act) } method="post" {
            (forms::token(chrome))
            input type="hidden" name="practitioner" value=(line.practitioner);
            (forms::field(&format!("why-{}", line.practitioner), "reason", lang.say(w::WHY), lang.say(hint), true))
            button.btn.slim type="submit" { (lang.say(say)) span.vh { ": " (line.name) } }
        }
    }
}
