//! Where an item is, hop by hop; and a case when it is not where it should be.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{chain, forms, notes, times};
use crate::screens::cases::state;
use crate::screens::message::pill;
use crate::words::{desks as d, shell};
use actions::cases::{CaseLine, TraceItem, TraceView};
use actions::values::Permission;
use maud::{Markup, html};

/// The page; `opened` is the case that has just been opened.
pub(crate) fn screen(chrome: &Chrome, view: &TraceView, opened: Option<&CaseLine>) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(d::TRACE)) } p { (lang.say(d::TRACE_LEAD)) } } }
        @if let Some(case) = opened && let Some((owner, due)) = &case.owned {
            (notes::line(notes::Tone::Done, "check", &lang.fill(d::CASE_OPENED, &[&case.number.to_string(), lang.of(owner), &times::minute_text(*due)])))
        }
        form.card action="/trace" method="get" {
            div.body.first.stack.tight {
                div.field { label for="item" { (lang.say(d::TRACE_FIELD)) } input.in #item name="item" value=(view.text) maxlength="100" autocomplete="off" required; }
                div.acts { button.btn.main type="submit" { (icon("path")) (lang.say(d::TRACE_DO)) } }
            }
        }
        @if !view.text.is_empty() {
            div.cols.wide-narrow {
                div.stack {
                    @if view.items.is_empty() {
                        section.card { (notes::empty("search", lang.say(d::TRACE_NONE), lang.say(d::TRACE_NONE_TEXT), html! {})) }
                    }
                    @for item in &view.items { (one(chrome, item)) }
                    @if view.more { p.small role="status" { (lang.say(d::TRACE_MORE)) } }
                }
                div.stack {
                    @if !view.cases.is_empty() {
                        section.card {
                            header { h2 { (lang.say(d::CASES)) } }
                            ul.lines { @for case in &view.cases { li { div.top { a href={ "/cases?pick=" (case.obligation) } { (lang.fill(d::CASE_N, &[&case.number.to_string()])) } (state(chrome, case)) } span.soft { (case.asked) } } } }
                        }
                    }
                    @if chrome.may(Permission::OpenCase) { (open_case(chrome, view)) }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(d::TRACE).to_owned(),
            section: Section::Trace,
            chart: None,
            keys: &[("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

fn one(chrome: &Chrome, item: &TraceItem) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header {
                h2.id { @if chrome.may(Permission::ReadMessage) { a href={ "/messages/" (item.message) } { (item.message) } } @else { (item.message) } }
                span.soft { (item.message_type) " · " (item.link) " · " (item.control_id) }
                (pill(lang, item.state))
            }
            @if !item.hops.is_empty() { div.body { h3.vh { (lang.say(d::HOPS)) } (chain::steps(lang, &item.hops)) } }
            @for report in &item.reports {
                div.body {
                    h3 {
                        @if chrome.may(Permission::ReadResults) { a href={ "/person/" (report.person) "/reports/" (report.report) "?version=" (report.version) } { (report.title) @if report.title.is_empty() { (report.report.kind) } } }
                        @else { (report.title) }
                    }
                }
                @if report.chains.is_empty() { div.body { p.soft { (lang.say(d::NO_CHAIN)) } } }
                (chain::recipients(lang, &report.chains))
            }
        }
    }
}

fn open_case(chrome: &Chrome, view: &TraceView) -> Markup {
    let lang = chrome.lang();
    let sorts =
        [("missing", d::SORT_MISSING), ("misplaced", d::SORT_MISPLACED), ("question", d::SORT_QUESTION)];
    let first = if view.items.is_empty() { "missing" } else { "question" };
    html! {
        form.card.pick action="/cases" method="post" {
            (forms::token(chrome))
            input type="hidden" name="item" value=(view.text);
            header { h2 { (lang.say(d::OPEN_CASE)) } }
            div.body.stack {
                fieldset.stack.tight {
                    legend { (lang.say(d::CASE_SORT)) }
                    @for (value, say) in sorts { (forms::radio("sort", value, value == first, html! { (lang.say(say)) })) }
                }
                (forms::field("asked", "asked", lang.say(d::CASE_ASKED), lang.say(d::CASE_ASKED_HINT), true))
                (forms::field("reach", "reach", lang.say(d::CASE_REACH), lang.say(d::CASE_REACH_HINT), false))
                div.acts { button.btn.main type="submit" { (lang.say(d::CASE_DO)) } }
            }
        }
    }
}
