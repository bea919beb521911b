//! What a proposal would do, by last week's traffic, and the decision about it.

use super::{facts, made};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::numbers::whole;
use crate::components::{forms, notes};
use crate::words::{Lang, directory as w};
use actions::directory::{MovedLine, PreviewView, WeighView};
use actions::values::Permission;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &WeighView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::WEIGH_TITLE)) } p { (lang.say(w::WEIGH_LEAD)) } } }
        section.card {
            header { h2 { (lang.of(&view.line.words)) } (made(lang, &view.line)) }
            (facts(lang, &view.line))
        }
        @match &view.effect {
            Ok(effect) => (moved(lang, effect)),
            Err(why) => (notes::line(notes::Tone::Critical, "warn", lang.of(why))),
        }
        @if !view.behind.is_empty() {
            (notes::line(notes::Tone::Critical, "warn", &lang.fill(w::BEHIND, &[&view.behind.join(", ")])))
        }
        @if chrome.may(Permission::ManageDirectory) { (decide(chrome, view)) }
    };
    let title = lang.say(w::WEIGH_TITLE).to_owned();
    page(chrome, Page { title, section: Section::Directory, chart: None, keys: &[], door: false, main })
}

fn moved(lang: Lang, effect: &PreviewView) -> Markup {
    let way = |line: &MovedLine| match line.way.as_str() {
        "portal" => lang.say(w::WAY_PORTAL).to_owned(),
        "desk" => lang.say(w::WAY_DESK).to_owned(),
        other => other.to_owned(),
    };
    let number = |n: usize| whole(lang, u64::try_from(n).unwrap_or(u64::MAX));
    html! {
        section.card {
            header { h2 { (lang.say(w::MOVED)) } }
            @if effect.moved.is_empty() { div.body { p { (lang.say(w::MOVED_NONE)) } } }
            @else {
                div.scroll tabindex="0" role="region" aria-label=(lang.say(w::MOVED)) {
                    table {
                        caption.vh { (lang.say(w::MOVED)) }
                        thead { tr {
                            @for column in [w::COL_WHO, w::COL_WAY] { th scope="col" { (lang.say(column)) } }
                            @for column in [w::COL_GAINS, w::COL_LOSES] { th.num scope="col" { (lang.say(column)) } }
                        } }
                        tbody {
                            @for line in &effect.moved {
                                tr { th scope="row" { (line.name) } td { (way(line)) } td.num { (number(line.gains)) } td.num { (number(line.loses)) } }
                            }
                        }
                    }
                }
            }
            div.body {
                p.small.soft { (lang.fill(w::WEIGHED, &[&number(effect.messages), &number(effect.reports)])) @if effect.unreadable > 0 { " " (lang.fill(w::WEIGHED_UNREADABLE, &[&number(effect.unreadable)])) } @if effect.cut { " " (lang.say(w::WEIGHED_CUT)) } }
            }
        }
    }
}

fn decide(chrome: &Chrome, view: &WeighView) -> Markup {
    let lang = chrome.lang();
    let can_apply = view.behind.is_empty() && view.effect.is_ok();
    html! {
        section.card {
            form.body.stack method="post" action={ "/directory/" (view.line.id) } {
                (forms::token(chrome))
                input type="hidden" name="seen" value=(view.number);
                (forms::field("reason", "reason", lang.say(w::REASON), lang.say(w::REASON_HINT), true))
                div.acts {
                    @if can_apply { button.btn.main type="submit" name="verdict" value="apply" { (lang.say(w::APPLY)) } }
                    button.btn type="submit" name="verdict" value="dismiss" { (lang.say(w::DISMISS)) }
                }
            }
        }
    }
}
