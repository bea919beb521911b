//! The medicines of a person: what is in use, what changed, what was dispensed or given without an order here.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::{icon, solid};
use crate::components::{banner, notes, times};
use crate::words::{Lang, care as c, shell as w};
use actions::medications::{MedicationsView, MedicineLine, MedicineState, MedicineStep, MedicineStepSort};
use maud::{Markup, html};

/// Lines of medicines as a list, for the first page of a chart.
pub(crate) fn lines(lang: Lang, lines: &[MedicineLine]) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li {
                    div.top {
                        span { (line.name) }
                        span.row { (state(lang, line)) @if let Some(since) = line.since { span.soft { (times::day(since)) } } }
                    }
                    @if !lang.of(&line.how).is_empty() { span.soft { (lang.of(&line.how)) } }
                }
            }
        }
    }
}

/// Where a medicine stands; one that goes on as before has no label.
fn state(lang: Lang, line: &MedicineLine) -> Markup {
    html! {
        @match line.state {
            MedicineState::Current if line.news => span.pill.info { (solid("pen")) (lang.say(c::STARTED)) },
            MedicineState::Current => {}
            MedicineState::OnHold => span.pill.wait { (icon("clock")) (lang.say(c::ON_HOLD)) },
            MedicineState::NoOrder => span.pill { (solid("ring")) (lang.say(c::NO_ORDER)) },
            MedicineState::Stopped => span.pill.late { (icon("stop")) (lang.say(c::STOPPED)) },
            MedicineState::Ended => span.pill { (icon("check")) (lang.say(c::ENDED)) },
        }
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &MedicationsView) -> Markup {
    let lang = chrome.lang();
    let of = |wanted: &[MedicineState]| -> Vec<&MedicineLine> {
        view.lines.iter().filter(|line| wanted.contains(&line.state)).collect()
    };
    let groups = [
        (c::IN_USE, of(&[MedicineState::Current, MedicineState::OnHold])),
        (c::WITHOUT_ORDER, of(&[MedicineState::NoOrder])),
        (c::STOPPED_OR_ENDED, of(&[MedicineState::Stopped, MedicineState::Ended])),
    ];
    let main = html! {
        div.head { div { h1 { (lang.say(c::MEDICATIONS)) } p { (lang.say(c::MEDICATIONS_LEAD)) } } }
        (notes::line(notes::Tone::Plain, "help", lang.say(c::MEDICATIONS_LIMITS)))
        @if view.lines.is_empty() {
            section.card { (notes::empty("pill", lang.say(c::NO_MEDICATIONS), lang.say(c::NO_MEDICATIONS_TEXT), html! {})) }
        }
        @for (title, lines) in groups {
            @if !lines.is_empty() {
                section.card {
                    header { h2 { (lang.say(title)) } span.soft { (lines.len()) } }
                    div.scroll tabindex="0" role="region" aria-label=(lang.say(title)) {
                        table {
                            caption.vh { (lang.say(title)) }
                            thead {
                                tr {
                                    th scope="col" { (lang.say(c::COL_MEDICINE)) }
                                    th scope="col" { (lang.say(c::COL_SINCE)) }
                                    th scope="col" { (lang.say(c::COL_STATE)) }
                                    th scope="col" { (lang.say(c::COL_STEPS)) }
                                }
                            }
                            tbody { @for line in lines { (row(lang, line)) } }
                        }
                    }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(c::MEDICATIONS).to_lowercase()),
            section: Section::Medications,
            chart: Some((&view.banner, view.counts)),
            keys: &[("g s", w::KEY_SUMMARY), ("g l", w::KEY_LAB), ("g p", c::KEY_PROBLEMS)],
            door: false,
            main,
        },
    )
}

/// Steps shown at once; the others stand behind a named button of the browser's own.
const STEPS_SHOWN: usize = 3;

fn row(lang: Lang, line: &MedicineLine) -> Markup {
    let (shown, more) = line.steps.split_at(line.steps.len().min(STEPS_SHOWN));
    html! {
        tr data-line="" {
            th scope="row" { (line.name) @if !lang.of(&line.how).is_empty() { span.sub { (lang.of(&line.how)) } } }
            td.nowrap { @if let Some(since) = line.since { (times::day(since)) } @else { (lang.say(c::NO_DATE)) } }
            td { (state(lang, line)) }
            td {
                ul.plain { @for step in shown { li { (one(lang, step)) } } }
                @if !more.is_empty() {
                    details {
                        summary { (lang.count(more.len() as u64, c::EARLIER_ONE, c::EARLIER_MANY)) }
                        ul.plain { @for step in more { li { (one(lang, step)) } } }
                    }
                }
            }
        }
    }
}

fn one(lang: Lang, step: &MedicineStep) -> Markup {
    let what = lang.say(match step.sort {
        MedicineStepSort::Ordered => c::STEP_ORDERED,
        MedicineStepSort::Stopped => c::STEP_STOPPED,
        MedicineStepSort::Dispensed => c::STEP_DISPENSED,
        MedicineStepSort::Given => c::STEP_GIVEN,
        MedicineStepSort::NotGiven => c::STEP_NOT_GIVEN,
    });
    html! {
        @if let Some(at) = step.at { (times::minute(at)) " " }
        (what)
        @if !lang.of(&step.detail).is_empty() { ", " (lang.of(&step.detail)) }
        @if !step.by.is_empty() { span.soft { " · " (step.by) } }
    }
}
