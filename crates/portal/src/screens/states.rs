//! Pages that refuse: what failed, what is still true, what to do next.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::notes::{Tone, note};
use crate::words::{Say, privacy, shell as w};
use actions::refusal::{Refusal, RefusalKind};
use actions::values::Permission;
use axum::http::StatusCode;
use maud::{Markup, html};

/// What a page says when it cannot show or do what was asked.
pub(crate) enum Failure {
    /// Nothing here that the reader may know of.
    NotFound,
    /// The form came from elsewhere or from another session.
    Stale,
    /// The record refused, with its words.
    Refused(Refusal),
    /// The record did not answer.
    Silent,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        if refusal.kind == RefusalKind::NotFound { Self::NotFound } else { Self::Refused(refusal) }
    }
}

/// Status, title and tone of a failure.
pub(crate) fn status(failure: &Failure) -> (StatusCode, Say, Tone) {
    match failure {
        Failure::NotFound => (StatusCode::NOT_FOUND, w::NOT_FOUND, Tone::Plain),
        Failure::Stale => (StatusCode::FORBIDDEN, w::FORM_STALE, Tone::Wait),
        Failure::Silent => (StatusCode::SERVICE_UNAVAILABLE, w::TRY_AGAIN, Tone::Critical),
        Failure::Refused(refusal) => match refusal.kind {
            RefusalKind::NotFound | RefusalKind::Gone => (StatusCode::NOT_FOUND, w::NOT_FOUND, Tone::Plain),
            RefusalKind::NotAllowed => (StatusCode::FORBIDDEN, w::REFUSED_SEAT, Tone::Plain),
            RefusalKind::ReasonNeeded => (StatusCode::FORBIDDEN, privacy::REASON_TITLE, Tone::Plain),
            RefusalKind::Conflict | RefusalKind::Unmet => (StatusCode::CONFLICT, w::CONFLICT, Tone::Wait),
            RefusalKind::Unreadable | RefusalKind::Malformed | RefusalKind::TooCostly => {
                (StatusCode::UNPROCESSABLE_ENTITY, w::REFUSED, Tone::Wait)
            }
            RefusalKind::Damaged => (StatusCode::INTERNAL_SERVER_ERROR, w::DAMAGED, Tone::Critical),
            RefusalKind::TryAgain => (StatusCode::SERVICE_UNAVAILABLE, w::TRY_AGAIN, Tone::Critical),
        },
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, failure: &Failure, back: &str) -> Markup {
    let lang = chrome.lang();
    let (_, title, tone) = status(failure);
    let body = match failure {
        Failure::NotFound => lang.say(w::NOT_FOUND_TEXT),
        Failure::Stale => lang.say(w::FORM_STALE_TEXT),
        Failure::Silent => lang.say(w::TRY_AGAIN_TEXT),
        Failure::Refused(refusal) => lang.of(&refusal.words),
    };
    let again = match failure {
        Failure::NotFound => false,
        Failure::Refused(refusal) => !matches!(
            refusal.kind,
            RefusalKind::NotAllowed | RefusalKind::ReasonNeeded | RefusalKind::Damaged
        ),
        Failure::Stale | Failure::Silent => true,
    };
    let asked = match failure {
        Failure::Refused(refusal) if refusal.kind == RefusalKind::ReasonNeeded => person_of(&chrome.here),
        _ => None,
    };
    let main = html! {
        div.head { div { h1 { (lang.say(title)) } } }
        @if let Some(person) = asked { (super::reason::ask(chrome, person, back)) }
        (note(tone, "warn", lang.say(w::WHAT_NOW), html! {
            p { (body) }
            @if matches!(failure, Failure::NotFound) && chrome.may(Permission::FindPatient) { p { (lang.say(w::NOT_FOUND_NEXT)) } }
            div.row {
                @if again { a.btn href=(back) { (lang.say(w::OPEN_AGAIN)) } }
                @if chrome.may(Permission::FindPatient) { a.btn href="/search" { (icon("search")) (lang.say(w::FIND_PATIENT)) } }
                a href="/" { (lang.say(w::GO_HOME)) }
            }
        }))
    };
    page(
        chrome,
        Page {
            title: lang.say(title).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// Whose chart an address opens.
fn person_of(here: &str) -> Option<fhir::PersonId> {
    here.strip_prefix("/person/")?.split(['/', '?']).next()?.parse().ok()
}
