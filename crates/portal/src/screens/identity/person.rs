//! One person's records and the history of their links, today or on a past day; each decision can be taken back.

use super::case::number;
use super::{Done, moves, said};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::{signed, spaced};
use crate::components::{banner, evidence, notes, times};
use crate::words::{Lang, chart as c, identity as w};
use actions::identity::{EventLine, HistoryView, Side, ToldState};
use actions::values::Permission;
use maud::{Markup, html};

/// What was asked of the past.
#[derive(Debug, Clone, Default)]
pub(crate) struct Then {
    /// As typed: `2026-11-01`; empty for today.
    pub(crate) typed: String,
    /// What was typed is no day.
    pub(crate) unread: bool,
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &HistoryView, then: &Then, done: &Done) -> Markup {
    let lang = chrome.lang();
    let past = !then.typed.is_empty() && !then.unread;
    let name = view
        .banner
        .as_ref()
        .map(banner::name)
        .or_else(|| view.records.first().map(|side| evidence::who(&side.claim)))
        .unwrap_or_default();
    let title = if name.is_empty() { lang.say(w::PERSON_TITLE).to_owned() } else { name };
    let main = html! {
        (said(lang, done))
        div.head {
            div {
                h1 { (title) }
                p {
                    @if let Some(who) = &view.banner { (who.birth_date) " · " (banner::age_and_sex(lang, who)) " · " (lang.say(c::HEALTH_CARD)) " " (banner::card_text(lang, who)) " · " }
                    (lang.say(w::PERSON_LEAD))
                }
            }
            div.acts {
                @if !past && view.records.len() > 2 { a.btn.slim href={ "/identity/compare?records=" (all(view)) } { (lang.say(w::COMPARE_ALL)) } }
                @if let Some(href) = chrome.chart_href(view.person) { a.btn.slim href=(href) { (lang.say(w::OPEN_CHART)) } }
                a.btn.slim href="/identity" data-key="b" { (lang.say(w::TO_LIST)) }
            }
        }
        (as_of(chrome, view, then))
        @if past { (notes::line(notes::Tone::Wait, "clock", &lang.fill(w::AS_OF_THEN, &[&then.typed]))) }
        (records(chrome, view, past))
        (events(chrome, view))
        (apart(chrome, view))
    };
    page(
        chrome,
        Page {
            title: lang.say(w::PERSON_TITLE).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[("b", w::KEY_LIST)],
            door: false,
            main,
        },
    )
}

/// Every record of the person, for one comparison.
fn all(view: &HistoryView) -> String {
    let ids: Vec<String> =
        view.records.iter().filter_map(|side| side.record).map(|id| id.to_string()).collect();
    ids.join(",")
}

fn as_of(chrome: &Chrome, view: &HistoryView, then: &Then) -> Markup {
    let lang = chrome.lang();
    let here = format!("/identity/person/{}", view.person);
    html! {
        form.card action=(here) method="get" {
            div.body.row {
                div.field {
                    label for="on" { (lang.say(w::AS_OF)) }
                    input.in #on name="on" value=(then.typed) maxlength="10" autocomplete="off" aria-describedby="on-hint" aria-invalid=[then.unread.then_some("true")];
                }
                button.btn type="submit" { (lang.say(w::AS_OF_SHOW)) }
                @if !then.typed.is_empty() { a.btn href=(here) { (lang.say(w::AS_OF_TODAY)) } }
                span.soft.small #on-hint { @if then.unread { b { (lang.say(w::AS_OF_UNREAD)) } } @else { (lang.say(w::AS_OF_HINT)) } }
            }
        }
    }
}

fn records(chrome: &Chrome, view: &HistoryView, past: bool) -> Markup {
    let lang = chrome.lang();
    let first = view.records.first().and_then(|side| side.record);
    let parts = !past && view.records.len() > 1 && chrome.may(Permission::HandleIdentity);
    html! {
        section.card {
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::RECORDS_CAPTION)) {
                table {
                    caption { b { (lang.count(view.records.len() as u64, w::RECORDS_ONE, w::RECORDS_MANY)) } " · " (lang.say(w::RECORDS_CAPTION)) }
                    thead {
                        tr {
                            th scope="col" { (lang.say(w::COL_NUMBER)) }
                            th scope="col" { (lang.say(w::COL_SAYS)) }
                            th scope="col" { (lang.say(w::COL_SINCE)) }
                            th scope="col" { (lang.say(w::COL_HEARD)) }
                            @if parts { th scope="col" { (lang.say(w::COL_PART)) } }
                        }
                    }
                    tbody {
                        @for side in &view.records {
                            tr {
                                th.nowrap scope="row" { span.id { (number(side)) } span.sub { (side.custodian) } }
                                td { (evidence::who(&side.claim)) span.sub { (card(lang, side)) } }
                                td.nowrap { @if let Some(at) = side.since { (times::minute(at)) } }
                                td.nowrap { @if let Some(at) = side.heard { (times::minute(at)) } }
                                @if parts {
                                    td.nowrap {
                                        @if let (Some(record), Some(first)) = (side.record, first) {
                                            @if record != first { a href={ "/identity/compare?records=" (record) "," (first) } { (lang.say(w::COMPARE_PART)) } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if view.records.is_empty() { div.body { p { (lang.say(w::RECORDS_NONE)) } } }
        }
    }
}

/// The card of a record, after its name and number.
fn card(lang: Lang, side: &Side) -> String {
    evidence::fact(lang, &side.claim, actions::values::Feature::HealthCard)
}

fn events(chrome: &Chrome, view: &HistoryView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::EVENTS)) {
                table {
                    caption { b { (lang.say(w::EVENTS)) } " · " (lang.say(w::EVENTS_ORDER)) }
                    thead {
                        tr {
                            th scope="col" { (lang.say(w::COL_WHEN)) }
                            th scope="col" { (lang.say(w::COL_WHAT)) }
                            th scope="col" { (lang.say(w::COL_BY)) }
                            th scope="col" { (lang.say(w::COL_REASON)) }
                            th scope="col" { (lang.say(w::COL_TOLD)) }
                            th scope="col" { (lang.say(w::COL_BACK)) }
                        }
                    }
                    tbody { @for event in &view.events { (event_row(chrome, event)) } }
                }
            }
            @if view.events.is_empty() { div.body { p { (lang.say(w::EVENTS_NONE)) } } }
        }
    }
}

fn event_row(chrome: &Chrome, event: &EventLine) -> Markup {
    let lang = chrome.lang();
    let acknowledged =
        event.told.iter().filter(|told| told.state == Some(ToldState::Acknowledged)).count().to_string();
    html! {
        tr data-line=[event.can_undo.then_some("")] {
            td.nowrap { (times::minute(event.at)) }
            th scope="row" {
                (lang.of(&event.what))
                @for (_, label) in &event.records { span.sub.id { (spaced(label)) } }
            }
            td {
                (lang.of(&event.who))
                @if let Some(score) = event.score { span.sub { (lang.fill(w::SCORE, &[&signed(lang, score)])) } }
                @if let Some(message) = event.message && chrome.may(Permission::ReadMessage) { span.sub { a href={ "/messages/" (message) } { (lang.say(w::OPEN_MESSAGE)) } } }
            }
            td {
                (lang.of(&event.why))
                @if !event.evidence.is_empty() {
                    details {
                        summary { (lang.say(w::EVIDENCE_THEN)) }
                        ul.events { @for one in &event.evidence { li { (lang.of(&one.words)) " " span.nowrap { (signed(lang, one.weight)) } } } }
                    }
                }
            }
            td {
                @if event.told.is_empty() { span.soft { (lang.say(w::APPLIED_NONE)) } }
                @else {
                    details {
                        summary { (lang.fill(w::APPLIED_OF, &[&acknowledged, &event.told.len().to_string()])) }
                        (moves::told(lang, &event.told))
                    }
                }
            }
            td.nowrap {
                @if event.can_undo && chrome.may(Permission::HandleIdentity) {
                    a href={ "/identity/undo/" (event.id) } { (icon("swap")) " " (lang.say(w::TAKE_BACK)) }
                } @else if !event.in_force { span.soft { (lang.say(w::NOT_IN_FORCE)) } }
            }
        }
    }
}

fn apart(chrome: &Chrome, view: &HistoryView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::APART)) } }
            @if view.apart.is_empty() { div.body { p.soft { (lang.say(w::APART_NONE)) } } }
            @else {
                ul.lines {
                    @for line in &view.apart {
                        li {
                            div.top {
                                b { span.id { (spaced(&line.record.1)) } " " (lang.say(w::APART_AND)) " " span.id { (spaced(&line.other.1)) } }
                                @if chrome.may(Permission::HandleIdentity) { a href={ "/identity/undo/" (line.event) } { (lang.say(w::TAKE_BACK)) } }
                            }
                            span.soft { (lang.of(&line.words)) }
                        }
                    }
                }
            }
        }
    }
}
