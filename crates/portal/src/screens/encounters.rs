//! Visits and stays over time.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, notes, times};
use crate::words::{Lang, Say, chart as c, shell as w};
use actions::encounters::{EncounterLine, TimelineView};
use maud::{Markup, html};

/// The timeline; with `steps`, every known step of each visit.
pub(crate) fn timeline(lang: Lang, lines: &[EncounterLine], steps: bool) -> Markup {
    html! { ol.chain { @for line in lines { (one(lang, line, steps)) } } }
}

fn one(lang: Lang, line: &EncounterLine, steps: bool) -> Markup {
    let (class, glyph, state): (Option<&str>, Option<&'static str>, Option<Say>) = match line.status.as_str()
    {
        "in-progress" | "arrived" | "triaged" | "onleave" => (Some("now"), Some("clock"), Some(c::VISIT_NOW)),
        "planned" => (Some("todo"), None, Some(c::VISIT_PLANNED)),
        "cancelled" | "entered-in-error" => (Some("bad"), Some("x"), Some(c::VISIT_CANCELLED)),
        _ => (None, Some("check"), None),
    };
    let heading = if line.place.is_empty() {
        lang.of(&line.class).to_owned()
    } else {
        format!("{} · {}", lang.of(&line.class), line.place)
    };
    html! {
        li class=[class] {
            span.dot { @if let Some(glyph) = glyph { (icon(glyph)) } }
            div {
                div.what {
                    (heading)
                    @if let Some(state) = state { " " span.pill { (lang.say(state)) } }
                    @else { span.vh { ", " (lang.say(c::VISIT_ENDED)) } }
                }
                div.meta {
                    @match (line.from, line.to) {
                        (Some(from), Some(to)) => { (times::minute(from)) " " (lang.fill(c::VISIT_TO, &[&times::minute_text(to)])) }
                        (Some(from), None) => (times::minute(from)),
                        (None, Some(to)) => (lang.fill(c::VISIT_TO, &[&times::minute_text(to)])),
                        (None, None) => (lang.say(c::VISIT_NO_TIME)),
                    }
                    @if let (Some(from), Some(to)) = (line.from, line.to) { " · " (times::span(lang, to.seconds_since(from))) }
                    @if !line.attending.is_empty() { " · " (line.attending) }
                    @if !line.number.is_empty() { " · " (lang.fill(c::VISIT_NUMBER, &[&line.number])) }
                }
                @if steps && !line.steps.is_empty() {
                    ul.steps { @for (at, what) in &line.steps { li { (times::minute(*at)) " · " (lang.of(what)) } } }
                }
            }
        }
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &TimelineView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::VISITS)) } p { (lang.say(c::VISITS_LEAD)) } } }
        section.card {
            @if view.lines.is_empty() { (notes::empty("bed", lang.say(c::NO_VISITS), lang.say(c::NO_VISITS_TEXT), html! {})) }
            @else { div.body.first { (timeline(lang, &view.lines, true)) } }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(w::VISITS).to_lowercase()),
            section: Section::Visits,
            chart: Some((&view.banner, view.counts)),
            keys: &[("g s", w::KEY_SUMMARY), ("g l", w::KEY_LAB), ("g d", w::KEY_DOCS)],
            door: false,
            main,
        },
    )
}
