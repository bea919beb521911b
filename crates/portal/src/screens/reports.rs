//! The list of reports and documents.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{banner, notes, pill, times};
use crate::words::{Lang, chart as c, shell as w};
use actions::reports::{ListView, ReportLine};
use fhir::{PersonId, ResourceKey};
use maud::{Markup, html};

/// Lines of reports; `open` is the one being read.
pub(crate) fn lines(lang: Lang, person: PersonId, lines: &[ReportLine], open: Option<ResourceKey>) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li data-line="" {
                    div.top {
                        a href={ "/person/" (person) "/reports/" (line.key) } aria-current=[(open == Some(line.key)).then_some("true")] { (line.title) }
                        span.row { (pill::abnormal(lang, line.flagged)) (pill::finality(lang, line.finality)) }
                    }
                    span.soft { (times::minute(line.at)) " · " (pill::class(lang, line.class)) }
                }
            }
        }
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &ListView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::REPORTS)) } p { (lang.say(c::REPORTS_LEAD)) } } }
        section.card {
            @if view.lines.is_empty() { (notes::empty("doc", lang.say(c::NO_REPORTS), "", html! {})) }
            @else {
                div.scroll {
                    table {
                        caption { b { (lang.fill(c::REPORTS_N, &[&view.lines.len().to_string()])) } " · " (lang.say(c::FINAL_UNLESS)) }
                        thead {
                            tr {
                                th scope="col" { (lang.say(c::COL_WHAT)) }
                                th scope="col" { (lang.say(c::COL_WHEN)) }
                                th scope="col" { (lang.say(c::COL_MEANING)) }
                                th scope="col" { (lang.say(crate::words::operations::COL_NUMBER)) }
                            }
                        }
                        tbody {
                            @for line in &view.lines {
                                tr data-line="" {
                                    th scope="row" {
                                        a href={ "/person/" (view.banner.person) "/reports/" (line.key) } { (line.title) }
                                        span.sub { (pill::class(lang, line.class)) }
                                    }
                                    td.nowrap { (times::minute(line.at)) }
                                    td { span.row { (pill::abnormal(lang, line.flagged)) (pill::finality(lang, line.finality)) } }
                                    td.soft { span.id { (line.accession) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(w::REPORTS).to_lowercase()),
            section: Section::Reports,
            chart: Some((&view.banner, view.counts)),
            keys: &[("j k", w::KEY_MOVE), ("Enter", w::KEY_OPEN), ("g l", w::KEY_LAB)],
            door: false,
            main,
        },
    )
}
