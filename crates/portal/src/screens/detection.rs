//! Looks without need: flags to be explained, tips, and breach cases.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, lists, notes, times};
use crate::words::{Say, activity as w};
use actions::breaches::CaseLine;
use actions::detection::{FlagLine, QueueView, VERDICTS};
use actions::tips::TipLine;
use actions::values::Words;
use maud::{Markup, html};

/// A page of the privacy desk.
pub(crate) fn whole(chrome: &Chrome, title: String, main: Markup) -> Markup {
    page(chrome, Page { title, section: Section::Privacy, chart: None, keys: &[], door: false, main })
}

/// What was decided about the persons of a case.
pub(crate) fn decision(code: &str) -> Say {
    match code {
        "notify" => w::CASE_NOTIFY,
        "not-notify" => w::CASE_NOT_NOTIFY,
        _ => w::CASE_OPEN,
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &QueueView, done: bool) -> Markup {
    let lang = chrome.lang();
    let open = |due: Option<fhir::Instant>| due.is_some();
    let counts = [
        view.flags.len().to_string(),
        view.tips.iter().filter(|tip| open(tip.due)).count().to_string(),
        view.cases.iter().filter(|case| open(case.due)).count().to_string(),
    ];
    let main = html! {
        div.head { div { h1 { (lang.say(w::ACTIVITY)) } p { (lang.fill(w::ACTIVITY_LEAD, &[&counts[0], &counts[1], &counts[2]])) } } }
        p.read { (lang.say(w::ACTIVITY_NOTE)) }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::KEPT))) }
        section.card {
            header { h2 { (lang.say(w::FLAGS)) } }
            @if view.flags.is_empty() {
                (notes::empty("check", lang.say(w::FLAGS_EMPTY), lang.say(w::FLAGS_EMPTY_TEXT), html! {}))
            } @else {
                ul.lines { @for line in &view.flags { li { (flag(chrome, line)) } } }
            }
            (lists::part(lang, &view.flags_part, "/detection", "flags"))
        }
        section.card {
            header { h2 { (lang.say(w::TIPS)) } }
            @if view.tips.is_empty() { div.body.first { p.soft { (lang.say(w::TIPS_NONE)) } } }
            ul.lines { @for line in &view.tips { li { (tip(chrome, line)) } } }
            @if view.tips_page > 0 || view.tips_more {
                div.body { div.acts {
                    @if view.tips_page > 0 {
                        a.btn href={ "/detection?tips=" (view.tips_page - 1) } { (lang.say(w::TIPS_BEFORE)) }
                    }
                    @if view.tips_more {
                        a.btn href={ "/detection?tips=" (view.tips_page + 1) } { (lang.say(w::TIPS_MORE)) }
                    }
                } }
            }
        }
        section.card {
            header { h2 { (lang.say(w::CASES)) } }
            @if view.cases.is_empty() { div.body.first { p.soft { (lang.say(w::CASES_NONE)) } } }
            ul.lines { @for line in &view.cases { li { (case(chrome, line)) } } }
            (lists::part(lang, &view.cases_part, "/detection", "cases"))
        }
        section.card {
            header { h2 { (lang.say(w::DECIDED)) } }
            @if view.decided.is_empty() { div.body.first { p.soft { (lang.say(w::DECIDED_NONE)) } } }
            ul.lines { @for line in &view.decided { li {
                (signs(chrome, line))
                p.small { b { (lang.of(&line.verdict)) } " · " (line.reason) }
            } } }
            (lists::part(lang, &view.decided_part, "/detection", "decided"))
        }
    };
    whole(chrome, lang.say(w::ACTIVITY).to_owned(), main)
}

fn signs(chrome: &Chrome, line: &FlagLine) -> Markup {
    let lang = chrome.lang();
    html! {
        div.top { b { (line.who.0) } span.soft { (line.who.1) } @if let Some(due) = line.due { (times::clock(lang, due, chrome.now)) } }
        ul.plain { @for reason in &line.reasons {
            li { @if reason.times > 1 { (lang.fill(w::FLAG_TIMES, &[lang.of(&reason.sign.words()), &reason.times.to_string()])) } @else { (lang.of(&reason.sign.words())) } }
        } }
        p.small.soft { (times::minute_text(line.at)) " · " (lang.fill(w::FLAG_PEOPLE, &[&line.people.to_string()])) }
    }
}

fn flag(chrome: &Chrome, line: &FlagLine) -> Markup {
    let lang = chrome.lang();
    let field = format!("why-{}", line.obligation);
    html! {
        (signs(chrome, line))
        form.stack.tight action={ "/detection/" (line.obligation) } method="post" {
            (forms::token(chrome))
            fieldset { legend { (lang.say(w::FLAG_WHAT)) }
                @for (code, en, fr) in VERDICTS { (forms::radio("verdict", code, false, html! { (lang.of(&Words::new(en, fr))) })) }
            }
            (forms::field(&field, "reason", lang.say(w::FLAG_WHY), lang.say(w::FLAG_WHY_HINT), true))
            div.acts { button.btn type="submit" { (lang.say(w::FLAG_DO)) } }
        }
    }
}

fn tip(chrome: &Chrome, line: &TipLine) -> Markup {
    let lang = chrome.lang();
    let (answer, about) = (format!("answer-{}", line.obligation), format!("about-{}", line.obligation));
    html! {
        div.top { b { (times::minute_text(line.at)) } @if let Some(due) = line.due { (times::clock(lang, due, chrome.now)) } }
        @match &line.text { Some(text) => p { (text) }, None => p.soft { (lang.say(w::TIP_GONE)) } }
        @if let Some(told) = &line.answer { p.small { (lang.fill(w::TIP_ANSWERED, &[lang.of(told)])) } }
        @if line.due.is_some() {
            form.stack.tight action={ "/detection/tips/" (line.obligation) } method="post" {
                (forms::token(chrome))
                (forms::field(&answer, "answer", lang.say(w::TIP_ANSWER), lang.say(w::TIP_ANSWER_HINT), true))
                (forms::field(&about, "about", lang.say(w::TIP_ABOUT), lang.say(w::TIP_ABOUT_HINT), false))
                div.acts { button.btn type="submit" { (lang.say(w::TIP_ANSWER_DO)) } }
            }
        }
    }
}

fn case(chrome: &Chrome, line: &CaseLine) -> Markup {
    let lang = chrome.lang();
    html! {
        div.top {
            a href={ "/breaches/" (line.obligation) } { (lang.fill(w::CASE, &[&line.number.to_string()])) }
            @match line.due { Some(due) => (times::clock(lang, due, chrome.now)), None => span.soft { (lang.say(w::CASE_CLOSED)) } }
        }
        p { b { (line.who) } " · " (lang.say(decision(&line.decision))) }
        p.small.soft { (times::minute_text(line.at)) }
    }
}
