//! What a person has and has had: allergies, problems, procedures, vaccinations.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, times};
use crate::words::{Lang, Say, care as c, shell as w};
use actions::problems::{ProblemLine, ProblemsView};
use maud::{Markup, html};

/// Problems as a list, for the first page of a chart.
pub(crate) fn lines(lang: Lang, lines: &[ProblemLine]) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li {
                    div.top { span { (line.name) } span.row { (state(lang, line)) span.soft { (line.since) } } }
                    @if !line.note.is_empty() { span.soft { (line.note) } }
                }
            }
        }
    }
}

fn state(lang: Lang, line: &ProblemLine) -> Markup {
    html! {
        @if line.unsure { span.pill.wait { (icon("help")) (lang.say(c::UNSURE)) } }
        @if !line.stands { span.pill { (icon("check")) (lang.say(c::OVER)) } }
        @if !line.listed { span.pill { (icon("bed")) (lang.say(c::OF_A_VISIT)) } }
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &ProblemsView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(c::PROBLEMS)) } p { (lang.say(c::PROBLEMS_LEAD)) } } }
        div.cols.c2 {
            (card(lang, c::ALLERGIES, view.allergies.len(), c::NO_ALLERGIES, html! {
                ul.lines {
                    @for line in &view.allergies {
                        li {
                            div.top {
                                span { @if line.stands { (icon("warn")) " " } (line.substance) }
                                span.row {
                                    @if let Some(severity) = &line.severity { span.pill.late { (icon("warn")) (lang.of(severity)) } }
                                    @if !line.stands { span.pill { (icon("check")) (lang.say(c::OVER)) } }
                                    span.soft { (line.since) }
                                }
                            }
                            @if !line.reactions.is_empty() { span.soft { (line.reactions.join(", ")) } }
                        }
                    }
                }
            }))
            (card(lang, c::PROBLEM_LIST, view.problems.len(), c::NO_PROBLEMS, lines(lang, &view.problems)))
            (card(lang, c::VACCINATIONS, view.vaccinations.len(), c::NO_VACCINATIONS, html! {
                ul.lines {
                    @for line in &view.vaccinations {
                        li {
                            div.top {
                                span { (line.name) }
                                span.row { @if !line.given { span.pill.wait { (icon("x")) (lang.say(c::NOT_GIVEN)) } } span.soft { (line.on) } }
                            }
                            @if !line.because.is_empty() { span.soft { (line.because) } }
                            @if !line.lot.is_empty() { span.soft { (lang.fill(c::LOT, &[&line.lot])) } }
                        }
                    }
                }
            }))
            (card(lang, c::PROCEDURES, view.procedures.len(), c::NO_PROCEDURES, html! {
                ul.lines {
                    @for line in &view.procedures {
                        li {
                            div.top { span { (line.name) } span.soft { @if let Some(at) = line.at { (times::minute(at)) } @else { (lang.say(c::NO_DATE)) } } }
                            @if !line.by.is_empty() { span.soft { (line.by) } }
                        }
                    }
                }
            }))
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(c::PROBLEMS).to_lowercase()),
            section: Section::Problems,
            chart: Some((&view.banner, view.counts)),
            keys: &[("g s", w::KEY_SUMMARY), ("g m", c::KEY_MEDICATIONS), ("g l", w::KEY_LAB)],
            door: false,
            main,
        },
    )
}

/// A card that says what it has not, in a sentence and never by an empty space.
fn card(lang: Lang, title: Say, count: usize, none: Say, body: Markup) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(title)) } @if count > 0 { span.soft { (count) } } }
            @if count == 0 { div.body { p.soft { (lang.say(none)) } } } @else { (body) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_on_file_is_a_sentence() {
        let shown = card(Lang::En, c::ALLERGIES, 0, c::NO_ALLERGIES, html! {}).into_string();
        assert!(shown.contains("Nobody has asked yet") && !shown.contains("<ul"));
    }
}
