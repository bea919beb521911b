//! Delivery desk: what could not be delivered, with an owner and a clock; figures counted from the ledger.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::{icon, solid};
use crate::components::numbers::whole;
use crate::components::tabs::{Tab, tabs};
use crate::components::{chain, forms, lists, notes, times};
use crate::words::{Lang, Say, desks as d, letters as l, operations as w, paging, primaries, shell};
use actions::Census;
use actions::criticals::TakersView;
use actions::deliveries::{DeskFilter, DeskItem, DeskLine, DeskView, FiguresView};
use actions::values::Permission;
use maud::{Markup, html};

/// Tabs: word in the address, filter, name.
pub(crate) const TABS: &[(&str, DeskFilter, Say)] = &[
    ("all", DeskFilter::All, w::TAB_ALL),
    ("undelivered", DeskFilter::NotDelivered, w::TAB_NOT_DELIVERED),
    ("no-route", DeskFilter::NoRoute, w::TAB_NO_ROUTE),
    ("held", DeskFilter::Held, w::TAB_HELD),
    ("feeds", DeskFilter::Feed, w::TAB_FEED),
    ("solved", DeskFilter::Solved, w::TAB_SOLVED),
];

/// What an act on the desk led to; the word in the address and what is said where the act was.
pub(crate) const OUTCOMES: &[(&str, Say)] = &[
    ("noted", w::NOTED),
    ("sent", w::SENT_AGAIN),
    ("closed", w::CLOSED),
    ("group", d::GROUP_SENT),
    ("handed", d::HANDED),
    ("excused", d::EXCUSED),
    ("read-back", w::READ_BACK_DONE),
    ("answered", paging::DESK_DONE),
];

/// The filter of a word in the address.
pub(crate) fn filter(word: &str) -> DeskFilter {
    TABS.iter().find(|(name, _, _)| *name == word).map_or(DeskFilter::All, |(_, filter, _)| *filter)
}

fn word(filter: DeskFilter) -> &'static str {
    TABS.iter().find(|(_, f, _)| *f == filter).map_or("all", |(name, _, _)| name)
}

/// How grave: only the exception is marked.
pub(crate) fn gravity(lang: Lang, gravity: u8) -> Markup {
    html! {
        @match gravity {
            0 => {}
            1 => span.flag.ab { (solid("diamond")) (lang.say(w::ABNORMAL)) },
            _ => span.flag.cr { (solid("diamond")) (lang.say(w::CRITICAL)) },
        }
    }
}

/// The page; `done` says what the last act led to, `takers` who may have a critical result read back.
pub(crate) fn screen(
    chrome: &Chrome,
    view: &DeskView,
    shown: DeskFilter,
    done: &str,
    takers: &TakersView,
) -> Markup {
    let lang = chrome.lang();
    let all = all_tabs(lang, &view.tabs, shown);
    let said = OUTCOMES.iter().find(|(name, _)| *name == done).map(|(_, say)| lang.say(*say));
    let main = html! {
        div.head {
            div { h1 { (lang.say(shell::DESK)) } p { (lang.fill(w::DESK_LEAD, &[&times::minute_text(chrome.now)])) } }
            @if chrome.may(Permission::HandleDelivery) { a.btn.slim href="/letters" { (icon("mail")) (lang.say(l::LETTERS)) } }
        }
        @if !view.census.balanced {
            (notes::note(notes::Tone::Critical, "warn", lang.say(w::NOT_BALANCED), html! { p { (lang.say(w::NOT_BALANCED_TEXT)) } }))
        }
        @if let Some(said) = said { (notes::line(notes::Tone::Done, "check", said)) }
        (figures(lang, &view.census))
        div.cols.wide-narrow {
            div.stack {
                (tabs(lang, lang.say(w::TABS), &all))
                a.newlines.btn.slim hidden href={ "/desk?show=" (word(shown)) } data-new-lines=(lang.say(w::NEW_LINES)) { (lang.say(w::NEW_LINES)) }
                div.card {
                    @if view.lines.is_empty() { (nothing(lang, view)) } @else { (groups(chrome, view)) (list(chrome, view, shown)) (beyond(lang, view, shown)) }
                }
                (ledgers(lang, view))
            }
            @match &view.picked {
                Some(item) => (picked(chrome, item, shown, takers)),
                None => div.card { div.body.first { p.soft { (lang.say(w::DESK_PICK)) } } },
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(shell::DESK).to_owned(),
            section: Section::Desk,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN), ("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

fn all_tabs(lang: Lang, counts: &[(DeskFilter, u32)], shown: DeskFilter) -> Vec<Tab> {
    TABS.iter()
        .map(|(name, filter, title)| Tab {
            href: format!("/desk?show={name}"),
            name: lang.say(*title),
            count: counts.iter().find(|(f, _)| f == filter).map(|(_, n)| *n),
            current: *filter == shown,
        })
        .collect()
}

/// The figures and tabs alone, without anybody: what an open desk asks for again and again.
pub(crate) fn figures_screen(chrome: &Chrome, view: &FiguresView, shown: DeskFilter) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(shell::DESK)) } p { (lang.fill(w::DESK_LEAD, &[&times::minute_text(chrome.now)])) } } }
        (figures(lang, &view.census))
        (tabs(lang, lang.say(w::TABS), &all_tabs(lang, &view.tabs, shown)))
    };
    page(
        chrome,
        Page {
            title: lang.say(shell::DESK).to_owned(),
            section: Section::Desk,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn figures(lang: Lang, census: &Census) -> Markup {
    let (messages, deliveries) = (&census.messages, &census.deliveries);
    let counted = messages.refused + messages.pending + messages.filed + messages.kept + messages.held;
    let met = deliveries.acknowledged + deliveries.pending + deliveries.owned + deliveries.excused;
    let lost = messages.received.abs_diff(counted) + deliveries.due.abs_diff(met);
    let figure = |name: Say, n: u64| html! { div { dt { (lang.say(name)) } dd { (whole(lang, n)) } } };
    html! {
        section.card.figures data-live="figures" aria-label=(lang.say(w::COUNTS_TITLE)) {
            div.body.spread {
                dl.figs {
                    (figure(w::FIG_RECEIVED, messages.received))
                    (figure(w::FIG_FILED, messages.filed))
                    (figure(w::FIG_KEPT, messages.kept))
                    (figure(w::FIG_HELD, messages.held))
                }
                dl.figs {
                    (figure(w::FIG_DUE, deliveries.due))
                    (figure(w::FIG_CONFIRMED, deliveries.acknowledged))
                    (figure(w::FIG_WAY, deliveries.pending))
                    (figure(w::FIG_DESK, deliveries.owned))
                    div {
                        dt { (lang.say(w::FIG_LOST)) }
                        dd.lost[lost > 0] { @if lost == 0 { (icon("check")) } @else { (icon("warn")) } (whole(lang, lost)) }
                    }
                }
            }
        }
    }
}

fn nothing(lang: Lang, view: &DeskView) -> Markup {
    let deliveries = &view.census.deliveries;
    let figures = [deliveries.due, deliveries.acknowledged, deliveries.pending].map(|n| whole(lang, n));
    let [due, confirmed, way] = &figures;
    notes::empty(
        "check",
        lang.say(w::DESK_EMPTY),
        &lang.fill(w::DESK_EMPTY_TEXT, &[due, confirmed, way]),
        html! {},
    )
}

/// One clinic that is down is one line of work: its deliveries are sent again together.
fn groups(chrome: &Chrome, view: &DeskView) -> Markup {
    let lang = chrome.lang();
    html! {
        @if !view.groups.is_empty() {
            section {
                div.body.first { h2 { (lang.say(d::GROUPS)) } }
                ul.lines {
                    @for group in &view.groups {
                        li {
                            div.top {
                                span { b { (lang.of(&group.why)) } " " (gravity(lang, group.gravity)) }
                                span.soft { @if !group.to.en.is_empty() { (lang.of(&group.to)) " · " } (lang.fill(d::GROUP_LINES, &[&group.lines.len().to_string(), &times::span(lang, chrome.now.seconds_since(group.oldest))])) }
                            }
                            @if group.can_resend && chrome.may(Permission::HandleDelivery) {
                                @let lines: Vec<String> = group.lines.iter().map(ToString::to_string).collect();
                                form.acts action="/desk/send" method="post" {
                                    (forms::token(chrome))
                                    input type="hidden" name="lines" value=(lines.join(","));
                                    button.btn.slim type="submit" { (icon("send")) (lang.fill(d::GROUP_SEND, &[&group.lines.len().to_string()])) span.vh { ": " (lang.of(&group.to)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Says aloud that there are more lines than shown.
fn beyond(lang: Lang, view: &DeskView, shown: DeskFilter) -> Markup {
    let count = view.tabs.iter().find(|(filter, _)| *filter == shown).map_or(0, |(_, n)| *n as usize);
    lists::beyond(lang, view.lines.len(), count)
}

fn list(chrome: &Chrome, view: &DeskView, shown: DeskFilter) -> Markup {
    let lang = chrome.lang();
    let open = view.picked.as_ref().map(|item| item.line.obligation);
    html! {
        div.scroll {
            table.desk data-live="lines" {
                caption.vh { (lang.say(w::DESK_CAPTION)) }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::COL_NUMBER)) }
                        th scope="col" { (lang.say(w::COL_WHAT_WHOM)) }
                        th scope="col" { (lang.say(w::COL_WHY)) }
                        th scope="col" { (lang.say(if shown == DeskFilter::Solved { w::COL_ENDED } else { w::COL_CLOCK })) }
                    }
                }
                tbody { @for line in &view.lines { (row(chrome, line, shown, open == Some(line.obligation))) } }
            }
        }
    }
}

fn row(chrome: &Chrome, line: &DeskLine, shown: DeskFilter, open: bool) -> Markup {
    let lang = chrome.lang();
    // A line that has ended has an outcome where others have an owner.
    let whose = if shown == DeskFilter::Solved {
        lang.fill(w::OUTCOME, &[lang.of(&line.owner)])
    } else {
        lang.fill(w::OWNER, &[lang.of(&line.owner)])
    };
    html! {
        tr.on[open] data-line="" {
            th scope="row" {
                a.id href={ "/desk?show=" (word(shown)) "&pick=" (line.obligation) } aria-current=[open.then_some("true")] { @if line.number.is_empty() { (lang.of(&line.what)) } @else { (line.number) } }
                @if !line.who.is_empty() { span.sub { (line.who) } }
            }
            td {
                (lang.of(&line.what)) " " (gravity(lang, line.gravity))
                @if !line.to.en.is_empty() { span.sub { (lang.fill(w::TO_WHOM, &[lang.of(&line.to)])) } }
            }
            td { span.short { (lang.of(&line.short)) } span.sub { (whose) } }
            td { @if shown == DeskFilter::Solved { (times::minute(line.due)) } @else { (times::clock(lang, line.due, chrome.now)) } }
        }
    }
}

fn picked(chrome: &Chrome, item: &DeskItem, shown: DeskFilter, takers: &TakersView) -> Markup {
    let lang = chrome.lang();
    let line = &item.line;
    let solved = shown == DeskFilter::Solved;
    let heading = if line.number.is_empty() { lang.of(&line.what) } else { &line.number };
    html! {
        section.card.pick.picked #picked {
            header {
                h2.id { (heading) }
                @if !solved { (times::clock(lang, line.due, chrome.now)) }
            }
            div.body.stack {
                div { p { b { (lang.of(&line.what)) } " " (gravity(lang, line.gravity)) @if !line.to.en.is_empty() { " " (lang.fill(w::TO_WHOM, &[lang.of(&line.to)])) } } p { (lang.of(&line.why)) } }
                @if let Some(chain) = &item.chain {
                    h3.vh { (lang.say(w::CHAIN_TITLE)) }
                    (chain::steps(lang, &chain.steps))
                    p.small.soft { (lang.say(w::SENT_NOT_RECEIVED)) }
                }
                div.acts {
                    @if let Some((person, report)) = &item.report {
                        @if chrome.may(Permission::ReadResults) { a.btn.slim href={ "/person/" (person) "/reports/" (report) } { (icon("doc")) (lang.say(w::OPEN_REPORT)) } }
                    }
                    @if item.is_about_somebody && chrome.may(Permission::ReadPrimaries) { a.btn.slim href={ "/primaries/" (line.obligation) } { (icon("people")) (lang.say(primaries::OPEN)) } }
                    @if let Some(message) = item.message { a.btn.slim href={ "/messages/" (message) } { (icon("mail")) (lang.say(w::OPEN_MESSAGE)) } }
                }
                @if solved { p.soft { (lang.say(w::SOLVED_NOTE)) } }
                @else if chrome.may(Permission::HandleDelivery) { (acts(chrome, item, takers)) }
                @if !item.events.is_empty() {
                    details {
                        summary { (lang.say(w::EVENTS_TITLE)) }
                        ul.events { @for (at, who, what) in &item.events { li { (times::second(*at)) " · " (lang.of(who)) br; (lang.of(what)) } } }
                    }
                }
                p.small.soft { (lang.fill(d::OWED_SINCE, &[&times::minute_text(line.opened)])) }
                @if !solved && !line.on_call.is_empty() { p.small { (icon("phone")) " " (lang.fill(d::ON_CALL, &[&line.on_call])) } }
                @if !solved { p.small.soft { (lang.fill(w::OWNER_THEN, &[lang.of(&line.owner), &times::minute_text(line.due), lang.of(&line.then)])) } }
            }
        }
    }
}

/// Somebody was called: whoever has it says so, and the calling stops for half an hour.
fn answer(chrome: &Chrome, at: &str, takers: &TakersView) -> Markup {
    let lang = chrome.lang();
    html! {
        @if takers.waits_for_an_answer {
            form.stack.tight action={ (at) "/answer" } method="post" {
                (forms::token(chrome))
                p.small { (lang.say(paging::DESK)) }
                div.acts { button.btn.main type="submit" { (icon("phone")) (lang.say(paging::DESK_ANSWER)) } }
                p.small.soft { (lang.say(paging::DESK_HINT)) }
            }
        }
    }
}

/// A critical result was told by telephone: who took it, and what they read back. `back` is the page of the report when
/// the form stands there.
pub(crate) fn read_back(chrome: &Chrome, at: &str, takers: &TakersView, back: Option<&str>) -> Markup {
    let lang = chrome.lang();
    html! {
        @if takers.may_be_read_back {
            details.solve open {
                summary { (lang.say(w::READ_BACK)) }
                form.stack.tight action={ (at) "/read-back" } method="post" {
                    (forms::token(chrome))
                    @if let Some(back) = back { input type="hidden" name="back" value=(back); }
                    p.small { (lang.say(w::READ_BACK_LEAD)) }
                    div.field {
                        label for="taker" { (lang.say(w::READ_BACK_TO)) }
                        select.in #taker name="to" { @for (id, name) in &takers.people { option value=(id) { (name) } } }
                    }
                    (forms::field("said", "text", lang.say(w::READ_BACK_SAID), lang.say(w::READ_BACK_HINT), true))
                    div.acts { button.btn.main type="submit" { (icon("phone")) (lang.say(w::READ_BACK_DO)) } }
                }
            }
        }
    }
}

fn acts(chrome: &Chrome, item: &DeskItem, takers: &TakersView) -> Markup {
    let lang = chrome.lang();
    let at = format!("/desk/{}", item.line.obligation);
    html! {
        (answer(chrome, &at, takers))
        (read_back(chrome, &at, takers, None))
        @if item.can_resend {
            form.stack.tight action={ (at) "/send" } method="post" {
                (forms::token(chrome))
                div.acts { button.btn.main type="submit" data-key="r" { (icon("send")) (lang.say(w::SEND_DO)) } }
                p.small.soft { (lang.say(w::SEND_HINT)) }
            }
        }
        form.stack.tight action={ (at) "/note" } method="post" {
            (forms::token(chrome))
            (forms::field("note", "text", lang.say(w::NOTE_LABEL), lang.say(w::NOTE_HINT), true))
            div.acts { button.btn.main[!item.can_resend] type="submit" data-key="c" { (icon("phone")) (lang.say(w::NOTE_DO)) } }
        }
        details.solve {
            summary data-key="w" { (lang.say(w::CLOSE_TITLE)) }
            form.stack.tight action={ (at) "/close" } method="post" {
                (forms::token(chrome))
                (forms::field("reason", "reason", lang.say(w::CLOSE_LABEL), lang.say(w::CLOSE_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::CLOSE_DO)) } }
            }
        }
        details.solve {
            summary data-key="o" { (lang.say(d::HAND_TITLE)) }
            form.stack.tight action={ (at) "/hand" } method="post" {
                (forms::token(chrome))
                div.field {
                    label for="to" { (lang.say(d::HAND_TO)) }
                    select.in #to name="to" { @for (code, desk) in actions::deliveries::desks() { option value=(code) { (lang.of(&desk)) } } }
                }
                (forms::field("hand", "reason", lang.say(d::HAND_WHY), lang.say(d::HAND_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(d::HAND_DO)) } }
            }
        }
        details.solve {
            summary data-key="x" { (lang.say(d::EXCUSE_TITLE)) }
            form.stack.tight action={ (at) "/excuse" } method="post" {
                (forms::token(chrome))
                (forms::field("excuse", "reason", lang.say(d::EXCUSE_WHY), lang.say(d::WHY_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(d::EXCUSE_DO)) } }
            }
        }
    }
}

/// The same figures per feed and per recipient, for whoever asks which one it is.
fn ledgers(lang: Lang, view: &DeskView) -> Markup {
    let census = &view.census;
    let cell = |n: u64| html! { td.num { (whole(lang, n)) } };
    html! {
        @if !census.feeds.is_empty() || !view.recipients.is_empty() {
            div.stack {
                @if !census.feeds.is_empty() {
                    div.card {
                        div.scroll tabindex="0" role="region" aria-label=(lang.say(w::PER_FEED)) {
                            table {
                                caption { b { (lang.say(w::PER_FEED)) } }
                                thead { tr {
                                    th scope="col" { (lang.say(w::COL_FEED)) }
                                    @for name in [w::RECEIVED, w::FILED, w::KEPT, w::HELD, w::PENDING, w::REFUSED] { th.num scope="col" { (lang.say(name)) } }
                                } }
                                tbody { @for (name, n) in &census.feeds {
                                    tr { th scope="row" { (name) } (cell(n.received)) (cell(n.filed)) (cell(n.kept)) (cell(n.held)) (cell(n.pending)) (cell(n.refused)) }
                                } }
                            }
                        }
                    }
                }
                @if !view.recipients.is_empty() {
                    div.card {
                        div.scroll tabindex="0" role="region" aria-label=(lang.say(w::PER_RECIPIENT)) {
                            table {
                                caption { b { (lang.say(w::PER_RECIPIENT)) } }
                                thead { tr {
                                    th scope="col" { (lang.say(w::COL_RECIPIENT)) }
                                    @for name in [w::DUE, w::CONFIRMED, w::ON_WAY, w::WITH_PERSON, w::ENDED_OTHERWISE] { th.num scope="col" { (lang.say(name)) } }
                                } }
                                tbody { @for (name, n) in &view.recipients {
                                    tr { th scope="row" { @if name.en.is_empty() { (lang.say(d::NOBODY_NAMED)) } @else { (lang.of(name)) } } (cell(n.due)) (cell(n.acknowledged)) (cell(n.pending)) (cell(n.owned)) (cell(n.excused)) }
                                } }
                            }
                        }
                    }
                }
            }
        }
    }
}
