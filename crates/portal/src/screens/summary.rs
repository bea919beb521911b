//! The first page of a chart.

use super::encounters::timeline;
use super::reports::lines;
use super::{medications, plans, problems};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::{record_number, unit, value};
use crate::components::result_table::{Table, table};
use crate::components::{banner, flag, notes, times};
use crate::words::{Lang, care, chart as c, shell as w, summaries as t};
use actions::patients::{News, SummaryView};
use actions::results::Series;
use actions::values::Permission;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &SummaryView) -> Markup {
    let lang = chrome.lang();
    let person = view.banner.person;
    let flagged = |s: &&Series| s.points.first().is_some_and(|p| p.flag.is_flagged());
    let abnormal: Vec<&Series> = view.latest.iter().filter(flagged).collect();
    let usual: Vec<&Series> = view.latest.iter().filter(|s| !flagged(s)).collect();
    let href = |s: &Series| format!("/person/{person}/results?test={}", crate::address::escape(&s.code));
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::SUMMARY)) } p { (news(lang, &view.news)) } }
            @if chrome.may(Permission::OpenCase) { div.acts { a.btn.slim href="/trace" { (icon("help")) (lang.say(care::WRONG)) } } }
        }
        @for series in abnormal.iter().filter(|s| s.points.first().is_some_and(|p| flag::critical(p.flag))) {
            (critical(chrome, view, series))
        }
        @if view.banner.identity_open {
            (notes::note(notes::Tone::Wait, "swap", lang.say(c::IDENTITY_OPEN), html! { p { (lang.say(c::IDENTITY_OPEN_TEXT)) } }))
        }
        div.cols.wide-narrow {
            div.stack {
                @if !abnormal.is_empty() {
                    section.card {
                        header { h2 { (lang.say(c::OUT_OF_RANGE)) } span.soft { a href={ "/person/" (person) "/results" } { (lang.say(c::ALL_RESULTS)) } } }
                        (table(lang, &abnormal, &Table { caption: lang.say(c::OUT_OF_RANGE), trend: true, href: &href }))
                    }
                }
                @if view.latest.is_empty() || !usual.is_empty() { section.card {
                    header {
                        h2 { (lang.say(c::LATEST)) }
                        @if view.counts.results > 0 { a href={ "/person/" (person) "/results" } { (lang.say(c::ALL_RESULTS)) } }
                    }
                    @if view.latest.is_empty() {
                        (notes::empty("lab", lang.say(c::NO_RESULTS), lang.say(c::NO_RESULTS_TEXT), html! {}))
                    } @else { (table(lang, &usual, &Table { caption: lang.say(c::LATEST_CAPTION), trend: true, href: &href })) }
                } }
                section.card {
                    header { h2 { (lang.say(w::VISITS)) } @if view.counts.encounters > 0 { a href={ "/person/" (person) "/visits" } { (lang.fill(c::ALL_N, &[&view.counts.encounters.to_string()])) } } }
                    div.body {
                        @if view.encounters.is_empty() { p.soft { (lang.say(c::NO_VISITS)) ". " (lang.say(c::NO_VISITS_TEXT)) } }
                        @else { (timeline(lang, &view.encounters, false)) }
                    }
                }
            }
            div.stack {
                section.card {
                    header { h2 { (lang.say(care::MEDICATIONS)) } a href={ "/person/" (person) "/medications" } { (lang.say(care::ALL_MEDICATIONS)) } }
                    @if view.medicines.is_empty() { div.body { p.soft { (lang.say(care::NO_MEDICATIONS_TEXT)) } } }
                    @else { (medications::lines(lang, &view.medicines)) }
                }
                section.card {
                    header { h2 { (lang.say(care::PROBLEM_LIST)) } a href={ "/person/" (person) "/problems" } { (lang.say(care::ALL_PROBLEMS)) } }
                    @if view.problems.is_empty() { div.body { p.soft { (lang.say(care::NO_PROBLEMS)) } } }
                    @else { (problems::lines(lang, &view.problems)) }
                }
                @if !view.appointments.is_empty() || !view.referrals.is_empty() {
                    section.card {
                        header { h2 { (lang.say(care::COMING)) } a href={ "/person/" (person) "/plans" } { (lang.say(care::ALL_PROBLEMS)) } }
                        (plans::appointments(lang, &view.appointments))
                        (plans::requests(lang, &view.referrals))
                    }
                }
                section.card {
                    header { h2 { (lang.say(w::REPORTS)) } @if view.counts.reports > 0 { a href={ "/person/" (person) "/reports" } { (lang.fill(c::ALL_N, &[&view.counts.reports.to_string()])) } } }
                    @if view.reports.is_empty() { div.body { p.soft { (lang.say(c::NO_REPORTS)) "." } } }
                    @else { (lines(lang, person, &view.reports, None)) }
                }
                section.card {
                    header { h2 { (lang.say(c::RECORDS_TITLE)) } }
                    ul.lines {
                        @for record in &view.records {
                            li {
                                div.top { span.id { (record.authority) " " (record_number(&record.value)) } span.soft.small { (lang.fill(c::RECORD_SINCE, &[&times::day_text(record.since)])) } }
                                span.soft { (lang.of(&record.because)) }
                            }
                        }
                    }
                }
                (take_along(lang, person))
                section.card.edge {
                    header { h2 { (lang.say(c::NOT_HELD)) } }
                    div.body { p { (lang.say(c::NOT_HELD_TEXT)) } }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(w::SUMMARY).to_lowercase()),
            section: Section::Summary,
            chart: Some((&view.banner, view.counts)),
            keys: &[("g l", w::KEY_LAB), ("g d", w::KEY_DOCS), ("g m", care::KEY_MEDICATIONS)],
            door: false,
            main,
        },
    )
}

/// The summary as pages and as a document; the second copy names staff as patients see them.
fn take_along(lang: Lang, person: fhir::PersonId) -> Markup {
    let pages = format!("/person/{person}/summary/pages?lang={}", lang.tag());
    let other = format!("/person/{person}/summary/pages?lang={}", lang.other().tag());
    html! {
        section.card #take-along {
            header { h2 { (lang.say(t::TAKE_ALONG)) } }
            div.body.stack.tight {
                p { (lang.say(t::TAKE_ALONG_TEXT)) }
                ul.plain {
                    li { a href=(pages) { (lang.say(t::PAGES)) } }
                    li { a href=(other) { (lang.say(t::PAGES_OTHER)) } }
                    li { a href={ (pages) "&copy=patient" } { (lang.say(t::PAGES_PATIENT)) } }
                    li { a href={ "/person/" (person) "/summary/document?lang=" (lang.tag()) } { (lang.say(t::DOCUMENT)) } }
                }
            }
        }
    }
}

/// What is new since the reader last looked, in one sentence; nothing where the last look is not known.
fn news(lang: Lang, news: &News) -> String {
    let Some(looked) = news.looked else {
        return if news.complete { lang.say(care::LOOKED_NEVER).to_owned() } else { String::new() };
    };
    let counted = [
        (news.results, care::NEW_RESULTS_ONE, care::NEW_RESULTS_MANY),
        (news.reports, care::NEW_REPORTS_ONE, care::NEW_REPORTS_MANY),
        (news.visits, care::NEW_VISITS_ONE, care::NEW_VISITS_MANY),
        (news.medicines, care::NEW_MEDICATIONS_ONE, care::NEW_MEDICATIONS_MANY),
    ];
    let said: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| lang.count(u64::from(count), one, many))
        .collect();
    let then = if said.is_empty() {
        lang.say(care::SINCE_NOTHING).to_owned()
    } else {
        lang.fill(care::SINCE, &[&said.join(", ")])
    };
    format!("{} {then}", lang.fill(care::LOOKED, &[&times::minute_text(looked)]))
}

/// A critical value at the head of the page, with the way to who has it.
fn critical(chrome: &Chrome, view: &SummaryView, series: &Series) -> Markup {
    let lang = chrome.lang();
    let Some(newest) = series.points.first() else { return html! {} };
    let word = flag::look(newest.flag).map_or("", |look| lang.say(look.word)).to_lowercase();
    let amount = format!("{}\u{a0}{}", value(lang, &newest.value), unit(&series.unit));
    let person = view.banner.person;
    html! {
        div.note.crit {
            (icon("warn"))
            div {
                h2 { (lang.fill(c::CRITICAL_NOTE, &[&series.name, amount.trim_end(), &word])) }
                p { (lang.fill(c::CRITICAL_NOTE_TEXT, &[&times::minute_text(newest.at)])) }
                div.row {
                    @if let Some(report) = newest.report {
                        a.btn.grave href={ "/person/" (person) "/reports/" (report) } { (lang.say(c::SEE_WHO)) }
                    }
                    a href={ "/person/" (person) "/results?test=" (crate::address::escape(&series.code)) } { (lang.say(c::SEE_TREND)) }
                }
            }
        }
    }
}
