//! What people decided, newest first, whoever it was about; each can be taken back.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::spaced;
use crate::components::{notes, times};
use crate::words::{identity as w, shell};
use actions::identity::{DecisionLine, DecisionsView};
use actions::values::Permission;
use maud::{Markup, html};

/// The page; `later` when it is not the first.
pub(crate) fn screen(chrome: &Chrome, view: &DecisionsView, later: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::DECISIONS)) } p { (lang.say(w::DECISIONS_LEAD)) } }
            div.acts { a.btn.slim href="/identity" data-key="b" { (lang.say(w::TO_LIST)) } }
        }
        div.card {
            @if view.lines.is_empty() {
                (notes::empty("swap", lang.say(w::DECISIONS_NONE), &lang.fill(w::CHECKED, &[&times::minute_text(chrome.now)]), html! {}))
            } @else {
                div.scroll {
                    table.work {
                        caption.vh { (lang.say(w::DECISIONS)) }
                        thead {
                            tr {
                                th scope="col" { (lang.say(w::COL_WHO)) }
                                th scope="col" { (lang.say(w::COL_WHAT)) }
                                th scope="col" { (lang.say(w::COL_REASON)) }
                                th scope="col" { (lang.say(w::COL_WHEN)) }
                                th scope="col" { (lang.say(w::COL_BACK)) }
                            }
                        }
                        tbody { @for line in &view.lines { (row(chrome, line)) } }
                    }
                }
            }
        }
        div.spread {
            @if later { a.btn href="/identity/decisions" { (lang.say(w::NEWEST)) } }
            @if let Some(older) = view.older { a.btn href={ "/identity/decisions?before=" (older) } data-key="n" { (lang.say(w::OLDER)) } }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::DECISIONS).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN), ("b", w::KEY_LIST)],
            door: false,
            main,
        },
    )
}

fn row(chrome: &Chrome, line: &DecisionLine) -> Markup {
    let lang = chrome.lang();
    let event = &line.event;
    html! {
        tr data-line="" {
            th scope="row" {
                a href={ "/identity/person/" (line.person) } { (super::family_first(&line.name)) }
                @for (_, label) in &event.records { span.sub.id { (spaced(label)) } }
            }
            td { (lang.of(&event.what)) }
            td { (lang.of(&event.why)) span.sub { (lang.of(&event.who)) } }
            td { (times::minute(event.at)) }
            td {
                @if event.can_undo && chrome.may(Permission::HandleIdentity) {
                    a href={ "/identity/undo/" (event.id) } { (icon("swap")) " " (lang.say(w::TAKE_BACK)) }
                } @else if !event.in_force { span.soft { (lang.say(w::NOT_IN_FORCE)) } }
            }
        }
    }
}
