//! Receipt chain: each step with what, when, who. Sent is not received; only the last step ends it.

use super::icons::icon;
use super::times;
use crate::words::{Lang, chart as w};
use actions::deliveries::{Chain, Step, StepState};
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
        StepState::ToCome => (Some("todo"), None, w::STEP_TO_COME),
    };
    let still_due = matches!(step.state, StepState::Now | StepState::ToCome);
    html! {
        li class=[class] {
            span.dot { @if let Some(glyph) = glyph { (icon(glyph)) } }
            div {
                div.what { (lang.of(&step.what)) span.vh { ", " (lang.say(word)) } }
                div.meta {
                    @if let Some(at) = step.at {
                        @if still_due { (lang.fill(w::STEP_DUE, &[&times::minute_text(at)])) }
                        @else { (times::second(at)) }
                        @if !lang.of(&step.detail).is_empty() { " · " }
                    }
                    (lang.of(&step.detail))
                }
            }
        }
    }
}

/// The card beside a report: every recipient with why they get it and how far it is.
pub(crate) fn card(lang: Lang, chains: &[Chain], version: u32) -> Markup {
    html! {
        section.card {
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
            @for chain in chains {
                div.body.recipient {
                    div.spread {
                        h3 { (lang.of(&chain.recipient)) }
                        @if chain.responsible { span.pill.info { (lang.say(w::RESPONSIBLE)) } }
                        @else { span.pill { (lang.say(w::COPY)) } }
                    }
                    p.small.soft { (lang.of(&chain.because)) }
                    (steps(lang, &chain.steps))
                }
            }
        }
    }
}
