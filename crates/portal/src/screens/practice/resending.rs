//! A practice has the last hour sent again: first how much that is, then the button.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::whole;
use crate::components::{forms, notes, times};
use crate::words::practice as w;
use actions::practice::ResendView;
use actions::values::Permission;
use maud::{Markup, html};

/// What the status page offers: the first click for somebody signed in, a word for anybody else.
pub(super) fn offer(chrome: &Chrome, token: &str) -> Markup {
    let lang = chrome.lang();
    html! {
        @if chrome.may(Permission::ResendOwn) {
            div.acts { a.btn href={ "/practice/" (token) "/resend" } data-key="r" { (icon("send")) (lang.say(w::RESEND)) } }
            p.small.soft { (lang.say(w::RESEND_HINT)) }
        } @else {
            p.small.soft { (lang.say(w::RESEND_SIGN_IN)) }
        }
    }
}

/// How much would be sent, and the second click.
pub(crate) fn screen(chrome: &Chrome, view: &ResendView, token: &str, done: bool) -> Markup {
    let lang = chrome.lang();
    let title = lang.fill(w::RESEND_TITLE, &[&view.place]);
    let (since, count) =
        (times::minute_text(view.since), whole(lang, u64::try_from(view.count).unwrap_or(u64::MAX)));
    let main = html! {
        div.head { div { h1 { (title) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::RESENT))) }
        section.card {
            div.body.stack {
                @if view.count == 0 { p { (lang.fill(w::RESEND_NONE, &[&since])) } }
                @else {
                    p { (lang.fill(w::RESEND_COUNT, &[&count, &since])) }
                    form method="post" action={ "/practice/" (token) "/resend" } {
                        (forms::token(chrome))
                        div.acts { button.btn.main type="submit" { (icon("send")) (lang.fill(w::RESEND_DO, &[&count])) } }
                    }
                }
                p { a href={ "/practice/" (token) } { (lang.say(w::RESEND_BACK)) } }
            }
        }
    };
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}
