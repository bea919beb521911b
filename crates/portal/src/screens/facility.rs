//! The manager's page: whose requests wait, who has access, who decides meanwhile.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, notes, times};
use crate::words::facility as w;
use actions::facility::desk::{DeskView, PersonLine, WaitLine};
use actions::facility::naming::SHOWN;
use actions::share::AsideLine;
use maud::{Markup, html};

/// The page; `done` after something was kept.
pub(crate) fn screen(chrome: &Chrome, view: &DeskView, done: bool) -> Markup {
    let lang = chrome.lang();
    let units = view.units.iter().map(|(id, name)| format!("{name} ({id})")).collect::<Vec<_>>().join(", ");
    let main = html! {
        div.head { div { h1 { (lang.say(w::PEOPLE)) } p { (lang.say(w::PEOPLE_LEAD)) } } span.soft { (units) } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::DONE))) }
        @if !view.aside.is_empty() { (aside(chrome, &view.aside)) }
        @if view.units.is_empty() && view.waits.is_empty() {
            section.card { (notes::empty("people", lang.say(w::UNITS_NONE), lang.say(w::UNITS_NONE_TEXT), html! {})) }
        } @else {
            section.card {
                header { h2 { (lang.say(w::WAITS)) } span.soft { (view.waits.len()) } }
                @if view.waits.is_empty() {
                    (notes::empty("check", lang.say(w::WAITS_NONE), lang.say(w::WAITS_NONE_TEXT), html! {}))
                } @else {
                    ul.lines { @for (n, line) in view.waits.iter().enumerate() { li { (wait(chrome, n, line)) } } }
                }
            }
            section.card {
                header { h2 { (lang.say(w::HAS_ACCESS)) } span.soft { (view.people.len()) } }
                @if view.people.is_empty() { div.body { p { (lang.say(w::HAS_ACCESS_NONE)) } } }
                @else { (people(chrome, &view.people)) }
            }
            section.card {
                header { h2 { (lang.say(w::AWAY)) } }
                div.body.stack {
                    @if view.delegations.is_empty() { p { (lang.say(w::AWAY_NONE)) } }
                    @else { ul.lines { @for one in &view.delegations { li {
                        (lang.fill(w::AWAY_LINE, &[&one.unit_name, &one.name, &one.from, &one.until]))
                        form action="/people/delegate/end" method="post" {
                            (forms::token(chrome))
                            input type="hidden" name="unit" value=(one.unit);
                            input type="hidden" name="user" value=(one.user);
                            button.btn.slim type="submit" { (lang.say(w::AWAY_END)) }
                        }
                    } } } }
                    @if !view.units.is_empty() { (naming(chrome, view)) }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::PEOPLE).to_owned(),
            section: Section::People,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// Whom they name: looked for by name, then chosen.
fn naming(chrome: &Chrome, view: &DeskView) -> Markup {
    let lang = chrome.lang();
    let (shown, is_cut) = (view.found.iter().take(SHOWN), view.found.len() > SHOWN);
    html! {
        form.stack #naming action="/people#naming" method="get" {
            (forms::filled("away-who", "who", lang.say(w::AWAY_WHO), lang.say(w::AWAY_WHO_HINT), &view.who))
            div { button.btn type="submit" { (icon("search")) (lang.say(w::AWAY_FIND)) } }
        }
        @if !view.who.is_empty() && view.found.is_empty() { p role="status" { (lang.fill(w::AWAY_FOUND_NONE, &[&view.who])) } }
        @if !view.found.is_empty() {
            form.stack action="/people/delegate" method="post" {
                (forms::token(chrome))
                fieldset.stack.tight { legend { (lang.say(w::AWAY_USER)) }
                    @for one in shown {
                        (forms::radio("user", &one.user, false, html! { (one.name) @if !one.units.is_empty() { " " span.soft { (one.units) } } }))
                    }
                }
                @if is_cut { p.small.soft role="status" { (lang.say(w::AWAY_MORE)) } }
                fieldset.stack.tight { legend { (lang.say(w::AWAY_UNIT)) }
                    @for (id, name) in &view.units { (forms::radio("unit", id, view.units.len() == 1, html! { (name) })) }
                }
                (forms::field("away-from", "from", lang.say(w::AWAY_FROM), lang.say(w::AWAY_DAY_HINT), true))
                (forms::field("away-until", "until", lang.say(w::AWAY_UNTIL), lang.say(w::AWAY_DAY_HINT), true))
                div { button.btn type="submit" { (lang.say(w::AWAY_DO)) } }
            }
        }
    }
}

/// What a person settles of the move from SHARE.
fn aside(chrome: &Chrome, lines: &[AsideLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::ASIDE)) } span.soft { (lines.len()) } }
            ul.lines { @for (n, line) in lines.iter().enumerate() { li {
                div.top { b { (line.what) } span.soft.nowrap { (times::minute(line.due)) } }
                p { (lang.of(&line.why)) }
                form.row action="/people/settle" method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="obligation" value=(line.obligation);
                    (forms::field(&format!("how-{n}"), "reason", lang.say(w::ASIDE_HOW), lang.say(w::ASIDE_HINT), true))
                    button.btn type="submit" { (lang.say(w::ASIDE_DO)) }
                }
            } } }
        }
    }
}

fn wait(chrome: &Chrome, n: usize, line: &WaitLine) -> Markup {
    let lang = chrome.lang();
    let hidden = html! {
        (forms::token(chrome))
        input type="hidden" name="application" value=(line.application);
        input type="hidden" name="unit" value=(line.unit);
    };
    html! {
        div.top { b { (line.name) } span.soft { (line.unit_name) " · " (line.profession) } span.pill { (lang.of(&line.rung)) } }
        p.small.soft { (lang.fill(w::ASKED_AT, &[&times::minute_text(line.asked), &line.number])) }
        div.stack {
            form action="/people/decide" method="post" {
                (hidden)
                input type="hidden" name="answer" value="yes";
                button.btn.main type="submit" { (icon("check")) (lang.say(w::SAY_YES)) }
            }
            form.row action="/people/decide" method="post" {
                (hidden)
                input type="hidden" name="answer" value="no";
                (forms::field(&format!("why-{n}"), "reason", lang.say(w::WHY_NOT), lang.say(w::WHY_NOT_HINT), true))
                button.btn type="submit" { (lang.say(w::SAY_NO)) }
            }
        }
    }
}

fn people(chrome: &Chrome, lines: &[PersonLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(lang.say(w::HAS_ACCESS)) { table {
            caption.vh { (lang.say(w::HAS_ACCESS)) }
            thead { tr {
                th scope="col" { (lang.say(w::COL_NAME)) }
                th scope="col" { (lang.say(w::COL_UNIT)) }
                th scope="col" { (lang.say(w::COL_AS)) }
                th scope="col" { (lang.say(w::COL_SEEN)) }
                th scope="col" { (lang.say(w::COL_NEEDS)) }
            } }
            tbody { @for (n, line) in lines.iter().enumerate() { tr {
                th scope="row" { (line.name) }
                td { (line.unit) }
                td { (line.roles.iter().map(|role| lang.of(role)).collect::<Vec<_>>().join(", ")) }
                td.nowrap { @match line.seen { Some(at) => (times::minute(at)), None => (lang.say(w::NEVER)) } }
                td { (needs(chrome, n, line)) }
            } } }
        } }
    }
}

fn needs(chrome: &Chrome, n: usize, line: &PersonLine) -> Markup {
    let lang = chrome.lang();
    html! {
        @if let Some(why) = &line.suspended { span.pill.late { (icon("warn")) (lang.of(why)) } }
        @else if !line.asked { span.soft { (lang.say(w::IN_USE)) } }
        div.stack {
            @if line.asked || line.suspended.is_some() {
                form action="/people/say" method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="account" value=(line.account);
                    input type="hidden" name="answer" value="yes";
                    button.btn.slim type="submit" { (lang.say(w::KEEP)) }
                }
            }
            @if line.suspended.is_none() {
                form.row action="/people/say" method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="account" value=(line.account);
                    input type="hidden" name="answer" value="no";
                    (forms::field(&format!("end-{n}"), "reason", lang.say(w::END_WHY), lang.say(w::END_HINT), true))
                    button.btn.slim type="submit" { (lang.say(w::END)) }
                }
            }
        }
    }
}
