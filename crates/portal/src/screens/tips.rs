//! The page that takes a tip without a name, and tells what became of it.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, notes, times};
use crate::words::activity as w;
use actions::tips::TipState;
use maud::{Markup, html};

/// What the page says first.
pub(crate) enum Said<'s> {
    /// Nothing yet.
    Nothing,
    /// The number of a tip that was taken.
    Taken(&'s str),
    /// What became of one.
    State(&'s TipState),
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, said: &Said<'_>) -> Markup {
    let lang = chrome.lang();
    let title = lang.say(w::TIP).to_owned();
    let main = html! {
        div.head { div { h1 { (title) } p { (lang.say(w::TIP_LEAD)) } } }
        @match said {
            Said::Nothing => {}
            Said::Taken(number) => (notes::note(notes::Tone::Done, "check", lang.say(w::TIP_TAKEN), html! {
                p { (lang.say(w::TIP_TAKEN_TEXT)) }
                p { (lang.say(w::TIP_NUMBER)) " " b.id { (number) } }
            })),
            Said::State(state) => (notes::line(notes::Tone::Plain, "mail", &told(chrome, state))),
        }
        section.card {
            header { h2 { (lang.say(w::TIP_TEXT)) } }
            div.body.stack {
                p { (lang.say(w::TIP_WHO_READS)) }
                form.stack action="/tips" method="post" {
                    @if chrome.user.is_some() { (forms::token(chrome)) }
                    div.field {
                        label for="tip-text" { (lang.say(w::TIP_TEXT)) }
                        textarea.in id="tip-text" name="text" rows="8" maxlength=(actions::tips::TIP_LIMIT_CHARS) required aria-describedby="tip-hint" {}
                        span.hint id="tip-hint" { (lang.say(w::TIP_TEXT_HINT)) }
                    }
                    div.acts { button.btn.main type="submit" { (lang.say(w::TIP_DO)) } }
                }
            }
        }
        section.card {
            header { h2 { (lang.say(w::TIP_ASK)) } }
            div.body {
                form.stack action="/tips/state" method="post" {
                    @if chrome.user.is_some() { (forms::token(chrome)) }
                    (forms::field("tip-number", "number", lang.say(w::TIP_NUMBER), lang.say(w::TIP_ASK_HINT), true))
                    div.acts { button.btn type="submit" { (lang.say(w::TIP_ASK_DO)) } }
                }
            }
        }
    };
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}

fn told(chrome: &Chrome, state: &TipState) -> String {
    let (lang, came) = (chrome.lang(), times::minute_text(state.at));
    match (&state.answer, state.due) {
        (Some(answer), _) => lang.fill(w::TIP_TOLD, &[&came, lang.of(answer)]),
        (None, due) => lang.fill(w::TIP_WAITS, &[&came, &due.map_or_else(String::new, times::minute_text)]),
    }
}
