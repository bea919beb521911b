//! What who applies sees after sending: five dots, who has it, how long it takes, what is missing.

use super::start::line;
use super::{meeting, public};
use crate::components::chrome::Chrome;
use crate::components::icons::icon;
use crate::components::{notes, times};
use crate::words::{Lang, Say, enrolment as w};
use actions::enrolment::{Happened, MineView};
use actions::values::Words;
use actions::values::enrolment::{Need, State};
use maud::{Markup, html};

/// The five dots, each with the need behind it.
const DOTS: [(Say, &[Need]); 5] = [
    (w::DOT_SENT, &[]),
    (
        w::DOT_COMPLETE,
        &[
            Need::Licence,
            Need::Module,
            Need::PrivacyNsh,
            Need::PrivacyIwk,
            Need::RequestForm,
            Need::AgreementForm,
        ],
    ),
    (w::DOT_IDENTITY, &[Need::Identity]),
    (w::DOT_WORKPLACE, &[Need::Eligibility]),
    (w::DOT_READY, &[]),
];

/// `GET /join/application` once it was sent.
pub(crate) fn screen(chrome: &Chrome, view: &MineView, refused: Option<&Words>) -> Markup {
    let lang = chrome.lang();
    let over = view.state == State::Ended;
    let main = html! {
        div.head { div { h1 { (lang.say(w::STATUS)) } p { (lang.fill(w::NUMBER, &[&view.number])) " · " (lang.of(&view.state.words())) } } }
        @if let Some(words) = refused { (notes::line(notes::Tone::Wait, "warn", lang.of(words))) }
        @match view.state {
            State::Active => (notes::line(notes::Tone::Done, "check", lang.say(w::STATUS_ACTIVE))),
            State::Provisioned => (notes::line(notes::Tone::Done, "check", lang.say(w::STATUS_READY))),
            _ => {}
        }
        @if over {
            @if let Some(refused) = &view.facts.refused {
                (notes::note(notes::Tone::Wait, "stop", lang.say(w::STATUS_REFUSED), html! { p { (refused.reason) } }))
            } @else { p { (lang.say(w::STATUS_ENDED)) } }
            @if view.may_appeal {
                form.stack.slim-form method="post" action="/join/appeal" {
                    (line("words", "", lang.say(w::APPEAL), lang.say(w::APPEAL_HINT), true))
                    div.acts { button.btn.main type="submit" { (lang.say(w::APPEAL_DO)) } }
                }
            }
            p { a href="/join" { (lang.say(w::JOIN)) } }
        } @else {
            section.card { div.body.stack {
                ol.chain { @for (n, (words, needs)) in DOTS.iter().enumerate() { (dot(lang, view, n, *words, needs)) } }
                @if let Some(holder) = view.holder {
                    p { b { (lang.fill(w::STATUS_HAS, &[lang.of(&holder.words()), &times::minute_text(view.due)])) } }
                }
                p.small { (median(lang, view.median_seconds)) }
            } }
            @if !view.missing.is_empty() {
                section.card { div.body.stack.tight {
                    h2 { (lang.say(w::STATUS_MISSING)) }
                    ul.read { @for need in &view.missing { li { (lang.of(&need.words())) } } }
                    @if view.missing.iter().any(|need| matches!(need, Need::RequestForm | Need::AgreementForm)) {
                        div.acts { a.btn href="/join/forms" { (icon("doc")) (lang.say(crate::words::mailbox::PAPER)) } }
                    }
                } }
            }
        }
        @if matches!(view.state, State::Submitted | State::Complete) { (meeting::mine(lang, view)) }
        (history(lang, &view.history))
        @if matches!(view.state, State::Submitted | State::Complete | State::IdentityVerified) {
            form method="post" action="/join/withdraw" { button.btn.slim type="submit" { (lang.say(w::WITHDRAW)) } }
        }
    };
    public(chrome, lang.say(w::STATUS), main)
}

fn dot(lang: Lang, view: &MineView, n: usize, words: Say, needs: &[Need]) -> Markup {
    let done = match n {
        0 => true,
        4 => matches!(view.state, State::Provisioned | State::Active | State::Suspended),
        _ => !needs.iter().any(|need| view.missing.contains(need)),
    };
    let (class, glyph, word) = if done {
        (None, Some("check"), w::DOT_DONE)
    } else if n < 4 {
        (Some("now"), Some("clock"), w::DOT_NOW)
    } else {
        (Some("todo"), None, w::DOT_TO_COME)
    };
    html! {
        li class=[class] {
            span.dot { @if let Some(glyph) = glyph { (icon(glyph)) } }
            div { div.what { (lang.say(words)) span.vh { ", " (lang.say(word)) } } }
        }
    }
}

/// How long it takes, for most.
pub(super) fn median(lang: Lang, seconds: Option<i64>) -> String {
    seconds.map_or_else(
        || lang.say(w::STATUS_NO_MEDIAN).to_owned(),
        |seconds| lang.fill(w::STATUS_MEDIAN, &[&times::span(lang, seconds)]),
    )
}

/// Who did it, as people read it: the applicant and the record itself have a word, everybody else a name.
fn actor(lang: Lang, who: &str) -> &str {
    match who {
        "applicant" => lang.say(w::APPLICANT),
        "application" | "opor enrolment" => "opor",
        name => name,
    }
}

/// What happened, the latest first.
pub(super) fn history(lang: Lang, all: &[Happened]) -> Markup {
    html! {
        section.card { div.body.stack.tight {
            h2 { (lang.say(w::STATUS_HISTORY)) }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::STATUS_HISTORY)) {
                table.mid {
                    caption.vh { (lang.say(w::STATUS_HISTORY)) }
                    tbody { @for (at, who, words) in all.iter().rev() {
                        tr { td.nowrap { (times::minute(*at)) } td { (lang.of(words)) } td.small { (actor(lang, who)) } }
                    } }
                }
            }
        } }
    }
}
