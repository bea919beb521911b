//! Home: what needs the reader, what is new on their panel, whom they looked at last, and what is in here (JOURNEYS 2.1).

use super::panel::{happened, summary};
use super::search::finder;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, notes, pill, times};
use crate::words::{chart as c, inbox as t, panel as p, shell as w};
use actions::home::{Figures, HomeView, PanelNews, Waiting};
use actions::values::Permission;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &HomeView) -> Markup {
    let lang = chrome.lang();
    let waiting = view.waiting.as_slice();
    let main = html! {
        div.head { div { h1 { (lang.say(w::HOME)) } p { (lang.say(c::HOME_LEAD)) } } span.soft { (lang.fill(p::AS_OF, &[&times::minute_text(chrome.now)])) } }
        (finder(chrome, ""))
        @if let Some(moved) = &view.moved { (super::directory::mine::moved(lang, moved)) }
        // Filled by the optional module when there is other than the page shows; without it a reload shows the same.
        p.note.plain.slim data-live="home" data-id=(mark(&view.figures)) role="status" hidden {
            (icon("clock")) a href="/" data-key="n" { (lang.say(p::LIVE_NEW)) }
        }
        section.card {
            header {
                h2 { (lang.say(c::NEEDS_YOU)) }
                @if !waiting.is_empty() { span.soft { (waiting.len()) } }
            }
            @if waiting.is_empty() {
                (notes::empty("inbox", lang.say(c::NEEDS_YOU_NONE), &lang.fill(c::NEEDS_YOU_NONE_TEXT, &[&times::minute_text(chrome.now)]), html! {}))
            } @else { (table(chrome, waiting)) }
            @if view.withheld > 0 {
                div.body { (notes::line(notes::Tone::Wait, "lock", &lang.count(u64::from(view.withheld), c::NEEDS_YOU_WITHHELD_ONE, c::NEEDS_YOU_WITHHELD))) }
            }
            @if view.team > 0 { div.body { p { a href="/team" { (lang.count(view.team as u64, t::HOME_ONE, t::HOME_MANY)) } } } }
            @if view.more > 0 { footer { (lang.fill(c::NEEDS_YOU_MORE, &[&view.more.to_string()])) } }
        }
        @if let Some(news) = &view.panel { (panel(chrome, news)) }
        div.cols.c2 {
            (recent(chrome, view))
            (coverage(chrome, view))
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::HOME).to_owned(),
            section: Section::Home,
            chart: None,
            keys: &[("/", w::KEY_FIND), ("j k", w::KEY_MOVE), ("Enter", w::KEY_OPEN), ("n", p::KEY_NEW)],
            door: false,
            main,
        },
    )
}

/// What the page shows, as `/live` says it: another one is something else, also when one came and one went.
pub(crate) fn mark(figures: &Figures) -> String {
    format!("{}-{}-{}-{}", figures.waiting, figures.latest.0, figures.news, figures.newest.0)
}

fn panel(chrome: &Chrome, news: &PanelNews) -> Markup {
    let lang = chrome.lang();
    let since = times::minute_text(news.since);
    html! {
        section.card {
            header {
                h2 { (lang.say(p::NEW_ON_PANEL)) }
                span.soft { (lang.fill(p::NEWS_SINCE, &[&since])) }
                a href="/panel" { (lang.say(p::PANEL)) }
            }
            @if news.size == 0 {
                (notes::empty("people", lang.say(p::PANEL_EMPTY), lang.say(p::PANEL_EMPTY_TEXT), html! { a.btn href="/panel#file" { (lang.say(p::PANEL_FILL)) } }))
            } @else if news.lines.is_empty() {
                (notes::empty("check", lang.say(p::NEWS_NONE), &lang.fill(p::NEWS_NONE_TEXT, &[&news.size.to_string(), &since]), html! {}))
            } @else {
                div.scroll { table {
                    caption.vh { (lang.say(p::NEW_ON_PANEL)) }
                    thead { tr {
                        th scope="col" { (lang.say(c::COL_PATIENT)) }
                        th scope="col" { (lang.say(p::COL_HAPPENED)) }
                        th scope="col" { (lang.say(p::COL_REPORTS)) }
                        th scope="col" { (lang.say(c::COL_WHEN)) }
                    } }
                    tbody { @for line in &news.lines {
                        tr data-line="" {
                            th scope="row" {
                                a href={ "/person/" (line.banner.person) } { (banner::name(&line.banner)) }
                                (identity(chrome, &line.banner))
                            }
                            td { (happened(lang, line)) }
                            td { (summary(lang, line)) }
                            td.nowrap { (times::minute(line.at)) }
                        }
                    } }
                } }
                @if news.all > news.lines.len() {
                    footer { a href="/panel?show=new" { (lang.fill(p::NEWS_ALL, &[&news.lines.len().to_string(), &news.all.to_string()])) } }
                }
            }
        }
    }
}

/// What tells two people of one name apart, under the name.
pub(crate) fn identity(chrome: &Chrome, who: &actions::patients::Banner) -> Markup {
    let lang = chrome.lang();
    html! {
        span.sub {
            (who.birth_date) " · " (banner::age_and_sex(lang, who)) " · "
            span.id { (banner::card_text(lang, who)) }
        }
    }
}

fn recent(chrome: &Chrome, view: &HomeView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(p::RECENT)) } }
            @if view.recent.is_empty() { div.body { p.soft { (lang.say(p::RECENT_NONE)) } } }
            @else {
                ul.lines.lead { @for one in &view.recent {
                    li data-line="" {
                        div.top {
                            @match chrome.chart_href(one.banner.person) {
                                Some(href) => a href=(href) { (banner::name(&one.banner)) },
                                None => span { (banner::name(&one.banner)) },
                            }
                            span.soft.nowrap { (lang.fill(p::OPENED_AT, &[&times::minute_text(one.at)])) }
                        }
                        (identity(chrome, &one.banner))
                    }
                } }
            }
        }
    }
}

fn coverage(chrome: &Chrome, view: &HomeView) -> Markup {
    let lang = chrome.lang();
    let brief = &view.coverage;
    html! {
        section.card {
            header { h2 { (lang.say(p::WHAT_IS_IN_HERE)) } @if chrome.may(Permission::ReadCoverage) { a href="/coverage" { (lang.say(p::COVERAGE_SYSTEMS)) } } }
            div.body.stack {
                @for (system, since) in &brief.missing {
                    (notes::line(notes::Tone::Wait, "warn", &lang.fill(p::COVERED_MISSING, &[system, &times::minute_text(*since)])))
                }
                p { (lang.fill(p::COVERED, &[&brief.systems.to_string()])) @if brief.missing.is_empty() { " " (lang.say(p::COVERED_ALL_WELL)) } }
                p.small.soft { (lang.say(p::COVERAGE_LEAD)) }
            }
        }
    }
}

fn table(chrome: &Chrome, waiting: &[Waiting]) -> Markup {
    let lang = chrome.lang();
    html! {
        div.scroll {
            table {
                caption.vh { (lang.say(c::NEEDS_YOU)) }
                thead {
                    tr {
                        th scope="col" { (lang.say(c::COL_WHAT)) }
                        th scope="col" { (lang.say(c::COL_PATIENT)) }
                        th scope="col" { (lang.say(c::COL_WHEN)) }
                        th scope="col" { (lang.say(c::COL_TIME_LEFT)) }
                    }
                }
                tbody {
                    @for one in waiting {
                        tr data-line="" {
                            th scope="row" {
                                a href={ "/person/" (one.banner.person) "/reports/" (one.report.key) } { (one.report.title) }
                                " " (super::desk::gravity(lang, one.gravity)) " " (pill::finality(lang, one.report.finality))
                                span.sub { (pill::class(lang, one.report.class)) @if !one.report.accession.is_empty() { " · " (one.report.accession) } }
                            }
                            td { (banner::name(&one.banner)) (identity(chrome, &one.banner)) }
                            td.nowrap { (times::minute(one.report.at)) }
                            td { (times::clock(lang, one.due, chrome.now)) }
                        }
                    }
                }
            }
        }
    }
}
