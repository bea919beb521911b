//! The list of a practice's team: what was handed to it, with owner and clock, until one of them takes it; and its named
//! teams.

mod teams;

use super::home::identity;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, forms, notes, pill, times};
use crate::words::{chart as c, inbox as w, operations as o, shell};
use actions::inbox::{TeamLine, TeamView};
use actions::values::Permission;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &TeamView, done: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div {
            h1 { (lang.say(w::TEAM)) }
            p { @if view.places.is_empty() { (lang.say(w::NO_PLACE)) } @else { (lang.fill(w::LEAD, &[&view.places])) } }
        } }
        @match done {
            "taken" => (notes::line(notes::Tone::Done, "check", lang.say(w::TAKEN))),
            "kept" => (notes::line(notes::Tone::Done, "check", lang.say(w::KEPT))),
            "ended" => (notes::line(notes::Tone::Done, "check", lang.say(w::ENDED))),
            _ => {}
        }
        section.card {
            @if view.lines.is_empty() {
                (notes::empty("check", lang.say(w::EMPTY), &lang.fill(w::EMPTY_TEXT, &[&times::minute_text(chrome.now)]), html! {}))
            } @else {
                (table(chrome, view))
                footer { p.small { (lang.say(w::TAKE_TEXT)) } }
            }
            @if view.withheld > 0 {
                div.body { (notes::line(notes::Tone::Wait, "lock", &lang.count(u64::from(view.withheld), w::WITHHELD_ONE, w::WITHHELD))) }
            }
            @if view.more > 0 {
                div.body { p.small role="status" { (lang.fill(w::MORE, &[&view.lines.len().to_string(), &(view.lines.len() + view.more).to_string()])) } }
            }
        }
        (teams::section(chrome, view))
    };
    page(
        chrome,
        Page {
            title: lang.say(w::TEAM).to_owned(),
            section: Section::Home,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn table(chrome: &Chrome, view: &TeamView) -> Markup {
    let lang = chrome.lang();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(lang.say(w::TEAM)) {
            table {
                caption.vh { (lang.say(w::TEAM)) }
                thead { tr {
                    th scope="col" { (lang.say(c::COL_WHAT)) }
                    th scope="col" { (lang.say(c::COL_PATIENT)) }
                    th scope="col" { (lang.say(w::COL_OWNER)) }
                    th scope="col" { (lang.say(o::COL_WHY)) }
                    th scope="col" { (lang.say(c::COL_TIME_LEFT)) }
                } }
                tbody { @for line in &view.lines { (row(chrome, line)) } }
            }
        }
    }
}

fn row(chrome: &Chrome, line: &TeamLine) -> Markup {
    let lang = chrome.lang();
    html! {
        tr data-line="" {
            th scope="row" {
                a href={ "/person/" (line.banner.person) "/reports/" (line.report.key) } { (line.report.title) }
                " " (super::desk::gravity(lang, line.gravity)) " " (pill::finality(lang, line.report.finality))
                @if chrome.may(Permission::HandleResult) {
                    form action={ "/team/" (line.obligation) "/take" } method="post" {
                        (forms::token(chrome))
                        button.btn.slim type="submit" { (icon("check")) (lang.say(w::TAKE)) span.vh { ": " (line.report.title) ", " (banner::name(&line.banner)) } }
                    }
                }
            }
            td { (banner::name(&line.banner)) (identity(chrome, &line.banner)) }
            td { (lang.of(&line.owner)) }
            td { (lang.of(&line.because)) span.sub { (lang.fill(w::WAS_FOR, &[lang.of(&line.of)])) } }
            td { (times::clock(lang, line.due, chrome.now)) }
        }
    }
}
