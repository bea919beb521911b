//! What an operator sees at 03:00: one sentence, what needs somebody with its section of the runbook, what is not watched,
//! and the quiet figures. Names feeds and files, and no patient.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{markdown, times};
use crate::words::{Lang, status as w};
use actions::status::{Finding, Level, StatusView, runbook};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &StatusView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.stack data-live="status" {
            div.head {
                div { h1 { (lang.say(w::MENU)) } p { (lang.fill(w::LEAD, &[&times::minute_text(chrome.now)])) } }
                div.acts {
                    a.btn href="/status" { (lang.say(w::AGAIN)) }
                    a.btn href="/status/runbook" { (icon("doc")) (lang.say(w::RUNBOOK)) }
                }
            }
            (headline(lang, view))
            (needing(lang, view))
            (unseen(lang, view))
            (quiet(lang, view))
        }
    };
    whole(chrome, lang.say(w::MENU).to_owned(), main)
}

/// The runbook, whole.
pub(crate) fn runbook(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::RUNBOOK)) } p { (lang.say(w::RUNBOOK_LEAD)) } }
            div.acts { a.btn href="/status" { (lang.say(w::BACK)) } }
        }
        section.card { div.body.read.runbook lang="en" { (markdown::page(runbook::TEXT, lang.say(w::RUNBOOK))) } }
    };
    whole(chrome, lang.say(w::RUNBOOK).to_owned(), main)
}

fn whole(chrome: &Chrome, title: String, main: Markup) -> Markup {
    page(chrome, Page { title, section: Section::Status, chart: None, keys: &[], door: false, main })
}

/// Read aloud by nobody by itself: it is drawn anew every few seconds.
fn headline(lang: Lang, view: &StatusView) -> Markup {
    let (class, glyph) = match view.level() {
        Level::Now => ("note crit", "warn"),
        Level::Soon => ("note wait", "clock"),
        Level::NotKnown | Level::NotSetUp | Level::Fine => ("note ok", "check"),
    };
    html! { div class={ (class) " slim" } { (icon(glyph)) p { b { (lang.of(&view.headline)) } } } }
}

fn pill(lang: Lang, level: Level) -> Markup {
    let (class, glyph) = match level {
        Level::Now => ("pill stop", "warn"),
        Level::Soon => ("pill wait", "clock"),
        Level::NotKnown | Level::NotSetUp => ("pill", "help"),
        Level::Fine => ("pill ok", "check"),
    };
    html! { span class=(class) { (icon(glyph)) (lang.of(&level.words())) } }
}

/// Each with its section of the runbook, the first time that one is named; open where nothing can wait.
fn needing(lang: Lang, view: &StatusView) -> Markup {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    html! {
        @for one in view.findings.iter().filter(|one| one.level.needs_somebody()) {
            @let is_first = told.insert(one.runbook.as_str());
            section.card.edge.crit[one.level == Level::Now].wait[one.level == Level::Soon] data-finding=(one.kind.code()) {
                header { h2 { (lang.of(&one.title)) } (pill(lang, one.level)) }
                div.body.stack {
                    p { (lang.of(&one.says)) @if let Some(at) = one.since { " " span.soft { (lang.fill(w::SINCE, &[&times::minute_text(at)])) } } }
                    p { b { (lang.of(&one.next)) } }
                    @if !is_first { p.soft { (lang.say(w::ABOVE)) } }
                    @else if let Some(section) = runbook::section(&one.runbook) {
                        details id={ "runbook-" (section.code) } open[one.level == Level::Now] {
                            summary { (lang.say(w::WHAT_TO_DO)) }
                            div.runbook lang="en" {
                                (markdown::page(section.body, section.title))
                                p { a href={ "/status/runbook#" (section.code) } { (section.title) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn unseen(lang: Lang, view: &StatusView) -> Markup {
    let of = |one: &&Finding| matches!(one.level, Level::NotKnown | Level::NotSetUp);
    let found: Vec<&Finding> = view.findings.iter().filter(of).collect();
    html! {
        @if !found.is_empty() {
            section.card {
                header { h2 { (lang.say(w::UNSEEN)) } span.n { (found.len()) } }
                div.body { p.soft { (lang.say(w::UNSEEN_LEAD)) } }
                ul.lines { @for one in found { (row(lang, one)) } }
            }
        }
    }
}

fn quiet(lang: Lang, view: &StatusView) -> Markup {
    let found: Vec<&Finding> = view.findings.iter().filter(|one| one.level == Level::Fine).collect();
    html! {
        @if !found.is_empty() {
            section.card {
                header { h2 { (lang.say(w::QUIET)) } span.n { (found.len()) } }
                ul.lines { @for one in found { (row(lang, one)) } }
            }
        }
    }
}

fn row(lang: Lang, one: &Finding) -> Markup {
    html! {
        li data-finding=(one.kind.code()) {
            div.top { b { (lang.of(&one.title)) } (pill(lang, one.level)) }
            p { (lang.of(&one.says)) }
            @if !one.next.en.is_empty() {
                p.sub { (lang.of(&one.next)) " " a href={ "/status/runbook#" (one.runbook) } { (lang.say(w::RUNBOOK)) } }
            }
        }
    }
}
