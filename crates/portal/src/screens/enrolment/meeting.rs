//! The video call with a coordinator: the times that can be picked, and the one that is agreed.

use crate::components::chrome::Chrome;
use crate::components::icons::icon;
use crate::components::{forms, times};
use crate::words::{Lang, enrolment as w};
use actions::enrolment::{Meeting, MineView};
use fhir::Instant;
use maud::{Markup, html};

/// Times that are shown before "more".
const SHOWN: usize = 6;

/// Times to pick from, each one press.
pub(super) fn times(lang: Lang, free: &[Instant]) -> Markup {
    let (first, more) = free.split_at(free.len().min(SHOWN));
    let pick = |all: &[Instant]| {
        html! { div.acts { @for at in all {
            button.btn type="submit" name="at" value=(at.0) { (times::minute_text(*at)) }
        } } }
    };
    html! {
        form.stack.tight method="post" action="/join/meeting" {
            p.small { (lang.say(w::MEETING_PICK)) }
            (pick(first))
            @if !more.is_empty() {
                details { summary { (lang.say(w::MEETING_MORE)) } (pick(more)) }
            }
        }
    }
}

/// The call that is agreed, on the applicant's page, with other times; the times alone where none is.
pub(super) fn mine(lang: Lang, view: &MineView) -> Markup {
    if view.meeting.is_none() && view.free.is_empty() {
        return html! {};
    }
    html! {
        section.card { div.body.stack {
            h2 { (lang.say(w::MEETING)) }
            @if let Some(meeting) = &view.meeting {
                p { b { (times::minute(meeting.at)) } " · " (lang.say(w::MEETING_BRING)) }
                (room(lang, meeting))
                details { summary { (lang.say(w::MEETING_OTHER)) } div.stack {
                    (times(lang, &view.free))
                    form method="post" action="/join/meeting" {
                        button.btn.slim type="submit" name="at" value="" { (lang.say(w::MEETING_OFF)) }
                    }
                } }
            } @else { (times(lang, &view.free)) }
        } }
    }
}

/// Where it is held.
fn room(lang: Lang, meeting: &Meeting) -> Markup {
    html! {
        @match &meeting.room {
            Some(room) => p { a.btn href=(room) rel="noreferrer" target="_blank" { (icon("people")) (lang.say(w::MEETING_ROOM)) } },
            None => p { (lang.say(w::MEETING_NO_ROOM)) },
        }
    }
}

/// The call of one application, at the desk.
pub(super) fn of_desk(chrome: &Chrome, at: &str, meeting: &Meeting) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card { div.body.stack {
            h2 { (lang.say(w::MEETING)) }
            p { b { (times::minute(meeting.at)) } }
            (room(lang, meeting))
            @if meeting.at <= chrome.now {
                form method="post" action={ (at) "/missed" } {
                    (forms::token(chrome))
                    button.btn type="submit" { (lang.say(w::MEETING_MISSED)) }
                }
            }
        } }
    }
}
