//! Receipt chain: each step with what, when, who. Sent is not received; only the last step ends it. What is late turns
//! red by the clock of the page.

use super::icons::icon;
use super::times;
use crate::words::{Lang, chart as w, desks as d};
use actions::deliveries::{Chain, Step, StepSort, StepState};
use maud::{Markup, html};

/// The steps of one recipient.
pub(crate) fn steps(lang: Lang, steps: &[Step]) -> Markup {
    html! { ol.chain { @for step in steps { (one(lang, step)) } } }
}

fn one(lang: Lang, step: &Step) -> Markup {
    let (class, glyph, word) = match step.state {
        StepState::Done => (None, Some("check"), w::STEP_DONE),
        StepState::Now => (Some("now"), Some("clock"), w::STEP_NOW),
        StepState::Failed => (Some("bad"), Some("x"), w::STEP_FAILED),
        StepState::Late => (Some("bad"), Some("clock"), d::STEP_LATE),
        StepState::ToCome => (Some("todo"), None, w::STEP_TO_COME),
        StepState::NotSeen => (Some("todo"), None, d::STEP_NOT_SEEN),
    };
    html! {
        li class=[class] {
            span.dot { @if let Some(glyph) = glyph { (icon(glyph)) } }
            div {
                div.what { (lang.of(&step.what)) span.vh { ", " (lang.say(word)) } }
                div.meta {
                    @if let Some(at) = step.at {
                        @match step.state {
                            StepState::Late => (lang.fill(d::STEP_LATE_SINCE, &[&times::minute_text(at)])),
                            StepState::Now | StepState::ToCome => (lang.fill(w::STEP_DUE, &[&times::minute_text(at)])),
                            _ => (times::second(at)),
                        }
                        @if !lang.of(&step.detail).is_empty() { " · " }
                    }
                    (lang.of(&step.detail))
                }
            }
        }
    }
}

/// The card beside a report: every recipient with why they get it and how far it is. What came before anybody was to have
/// it is the same for all and stands once.
pub(crate) fn card(lang: Lang, chains: &[Chain], version: u32) -> Markup {
    html! {
        section.card #chain {
            header {
                h2 { (lang.say(w::WHO_HAS_IT)) }
                span.soft { (lang.fill(w::VERSION_N, &[&version.to_string()])) }
            }
            @if chains.is_empty() {
                div.body.stack.tight {
                    p { b { (lang.say(w::NOBODY_NAMED)) } }
                    p { (lang.say(w::NOBODY_NAMED_TEXT)) }
                }
            }
            (recipients(lang, chains))
        }
    }
}

/// The recipients of a report, one under the other.
pub(crate) fn recipients(lang: Lang, chains: &[Chain]) -> Markup {
    let before = |step: &&Step| step.sort < StepSort::Routed;
    html! {
        @if let Some(first) = chains.first() {
            div.body { (steps(lang, &first.steps.iter().filter(before).cloned().collect::<Vec<_>>())) }
        }
        @for chain in chains {
            div.body.recipient {
                div.spread {
                    h3 { (lang.of(&chain.recipient)) }
                    @if chain.responsible { span.pill.info { (lang.say(w::RESPONSIBLE)) } }
                    @else { span.pill { (lang.say(w::COPY)) } }
                }
                (steps(lang, &chain.steps.iter().filter(|step| !before(step)).cloned().collect::<Vec<_>>()))
            }
        }
    }
}
