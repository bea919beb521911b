//! What is in here: systems, since when, gaps, and kinds of data that nobody sends. Never an implied complete record.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{notes, times};
use crate::words::panel as p;
use actions::coverage::{CoverageView, MOST_GAPS};
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &CoverageView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(p::WHAT_IS_IN_HERE)) } p { (lang.say(p::COVERAGE_LEAD)) } } span.soft { (lang.fill(p::AS_OF, &[&times::minute_text(chrome.now)])) } }
        section.card {
            header { h2 { (lang.say(p::COVERAGE_SYSTEMS)) } span.soft { (view.systems.len()) } }
            @if view.systems.is_empty() {
                (notes::empty("path", lang.say(p::COVERAGE_NONE), lang.say(p::COVERAGE_NONE_TEXT), html! {}))
            } @else {
                div.scroll tabindex="0" role="region" aria-label=(lang.say(p::COVERAGE_SYSTEMS)) { table {
                    caption.vh { (lang.say(p::COVERAGE_SYSTEMS)) }
                    thead { tr {
                        th scope="col" { (lang.say(p::COL_SYSTEM)) }
                        th scope="col" { (lang.say(p::COL_SITE)) }
                        th scope="col" { (lang.say(p::COL_SENDS)) }
                        th scope="col" { (lang.say(p::COL_SINCE)) }
                        th scope="col" { (lang.say(p::COL_LAST_MESSAGE)) }
                        th scope="col" { (lang.say(p::COL_NOW)) }
                    } }
                    tbody { @for line in &view.systems { tr {
                        th scope="row" { (line.name) }
                        td { (line.site) }
                        td {
                            @if line.kinds.is_empty() { span.soft { (lang.say(p::NOT_COUNTED)) } }
                            @else { (line.kinds.iter().map(|kind| lang.of(kind)).collect::<Vec<_>>().join(", ")) }
                        }
                        td.nowrap { @if let Some(at) = line.since { (times::day(at)) } }
                        td.nowrap { @if let Some(at) = line.last { (times::minute(at)) } }
                        td {
                            @match &line.now {
                                None => (lang.say(p::SENDING)),
                                Some(gap) => {
                                    span.pill.late { (icon("warn")) (lang.fill(p::NOTHING_SINCE, &[&times::minute_text(gap.since)])) }
                                    span.sub { (lang.of(&gap.words)) }
                                }
                            }
                        }
                    } } }
                } }
            }
            footer { p.small.soft { (lang.say(p::BY_FILE)) } }
        }
        section.card {
            header { h2 { (lang.say(p::ABSENT)) } }
            div.body.stack {
                @match view.absent.as_deref() {
                    None => p { (lang.say(p::ABSENT_NOT_COUNTED)) },
                    Some([]) => p { (lang.say(p::ABSENT_NONE)) },
                    Some(absent) => {
                        ul { @for kind in absent { li { (lang.of(kind)) } } }
                        p.soft { (lang.say(p::ABSENT_TEXT)) }
                    }
                }
            }
        }
        section.card {
            header { h2 { (lang.say(p::PAST_GAPS)) } }
            @if view.gaps.is_empty() { div.body { p { (lang.say(p::PAST_GAPS_NONE)) } } }
            @else {
                ul.lines { @for gap in &view.gaps {
                    li {
                        div.top { b { (gap.system) } span.soft.nowrap { (lang.fill(p::FROM_TO, &[&times::minute_text(gap.from), &times::minute_text(gap.to)])) } }
                        p.small { (lang.of(&gap.words)) }
                    }
                } }
                @if view.more_gaps { footer { (lang.fill(p::MORE_GAPS, &[&MOST_GAPS.to_string()])) } }
            }
            footer { p.small.soft { (lang.say(p::PAST_GAPS_TEXT)) } }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(p::WHAT_IS_IN_HERE).to_owned(),
            section: Section::Coverage,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}
