//! The page behind the link of a call: that something critical waits, and the button that says "I have it". Open to whoever
//! has the link, and without anything of a patient.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{notes, times};
use crate::words::paging as w;
use actions::paging::{CalledState, CalledView};
use maud::{Markup, html};

/// The page; `token` is the last part of its link.
pub(crate) fn screen(chrome: &Chrome, view: &CalledView, token: &str) -> Markup {
    let lang = chrome.lang();
    let title = lang.say(w::NAME).to_owned();
    let since = times::minute_text(view.since);
    let main = html! {
        div.head { div { h1 { (title) } @if !matches!(view.state, CalledState::Ended { .. }) { p { (lang.fill(w::LEAD, &[&view.name, lang.of(&view.what), &view.number, &since, lang.of(&view.owner)])) } } } }
        @match &view.state {
            CalledState::Waits => {
                section.card {
                    div.body.stack {
                        p { (lang.say(w::WAITS)) }
                        form method="post" action={ "/page/" (token) } {
                            div.acts { button.btn.main type="submit" { (icon("check")) (lang.say(w::ANSWER)) } }
                        }
                    }
                }
            }
            CalledState::Taken { by, until } => {
                (notes::line(notes::Tone::Done, "check", &lang.fill(w::TAKEN, &[by, &times::minute_text(*until)])))
            }
            CalledState::Passed => p { (lang.say(w::PASSED)) },
            CalledState::Ended { how, more_open } => {
                (notes::line(notes::Tone::Done, "check", &lang.fill(w::ENDED, &[lang.of(how)])))
                @if *more_open { p { (lang.say(w::MORE_OPEN)) } }
            }
        }
        p.small.soft { (lang.say(w::NOT_HERE)) }
        @if chrome.user.is_none() { div.acts { a.btn href="/sign-in" { (lang.say(w::SIGN_IN)) } } }
    };
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}
