//! The way in from an EMR: where a ticket is handed over, and what is shown when it names nobody for sure.

use crate::components::banner;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::forms;
use crate::components::icons::icon;
use crate::components::notes::{Tone, line};
use crate::words::{Lang, chart as c, launches as l, shell as w};
use actions::launches::Named;
use actions::patients::Hit;
use actions::values::Permission;
use maud::{Markup, html};

/// Where a ticket is handed over; a script fills it in from behind the `#` of a link.
pub(crate) fn ticket(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(l::LAUNCH)) } p { (lang.say(l::LAUNCH_LEAD)) } } }
        form.card action="/launch" method="post" #launch {
            div.body.first.stack {
                div.field {
                    label for="ticket" { (lang.say(l::TICKET)) }
                    textarea.in #ticket name="ticket" rows="4" required maxlength="4096" autocomplete="off" spellcheck="false" aria-describedby="ticket-hint" {}
                    span.hint #ticket-hint { (lang.say(l::TICKET_HINT)) }
                }
                div.acts { button.btn.main type="submit" { (lang.say(l::LAUNCH_DO)) } }
            }
        }
    };
    framed(chrome, lang.say(l::LAUNCH), main)
}

/// Why an EMR's user is not signed in by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// No account here is tied to them.
    Person,
    /// The EMR does not say that a second step was used.
    Factor,
}

/// Somebody came from an EMR with a patient and is not signed in by it: how they go on.
pub(crate) fn unlinked(chrome: &Chrome, emr: &str, why: Unknown) -> Markup {
    let lang = chrome.lang();
    let (said, ties) = match why {
        Unknown::Person => (l::UNLINKED_PERSON, true),
        Unknown::Factor => (l::UNLINKED_FACTOR, false),
    };
    let (waits, go_on, offer, tie) = match &chrome.user {
        Some(user) => (l::PATIENT_WAITS, lang.fill(l::GO_ON_AS, &[&user.name]), l::TIE_OFFER, l::TIE_FIRST),
        None => (l::SIGN_IN_FOR, lang.say(l::SIGN_IN_AND_GO).to_owned(), l::TIE_LATER, l::SIGN_IN_AND_TIE),
    };
    let main = html! {
        div.head { div { h1 { (lang.say(l::UNLINKED)) } p { (lang.fill(said, &[emr])) } } }
        section.card {
            div.body.first.stack {
                p { (lang.say(waits)) }
                div.acts { a.btn.main href="/launch/go" { (go_on) } }
                @if ties {
                    p { (lang.fill(offer, &[emr])) }
                    div.acts { a.btn href="/sign-in/tie" { (icon("people")) (lang.fill(tie, &[emr])) } }
                }
                @if chrome.user.is_none() { p.small { a href="/join" { (lang.say(l::NO_ACCOUNT)) } } }
            }
        }
    };
    framed(chrome, lang.say(l::UNLINKED), main)
}

/// Whoever is signed in ties who they are in their EMR to their account.
pub(crate) fn tie(chrome: &Chrome, emr: &str, known_as: &str) -> Markup {
    let lang = chrome.lang();
    let own = chrome.user.as_ref().map_or("", |user| user.name.as_str());
    let main = html! {
        div.head { div { h1 { (lang.fill(l::TIE, &[emr])) } p { (lang.fill(l::TIE_LEAD, &[emr])) } } }
        form.card action="/sign-in/tie" method="post" {
            (forms::token(chrome))
            div.body.first.stack {
                dl.facts {
                    div { dt { (lang.fill(l::TIE_THERE, &[emr])) } dd { (known_as) } }
                    div { dt { (lang.say(l::TIE_HERE)) } dd { (own) } }
                }
                p { (lang.say(l::TIE_CHECK)) }
                div.acts {
                    button.btn.main type="submit" { (icon("people")) (lang.say(l::TIE_DO)) }
                    a.btn href="/launch/go" { (lang.say(l::TIE_NOT)) }
                }
            }
        }
    };
    framed(chrome, &lang.fill(l::TIE, &[emr]), main)
}

/// What the EMR sent, who might be meant, and whom to ask.
pub(crate) fn unsure(chrome: &Chrome, named: &[Named], practice: &str, hits: &[Hit]) -> Markup {
    let lang = chrome.lang();
    let note = match hits {
        [] if named.iter().all(|one| one.number.is_empty()) => l::UNSURE_NO_NUMBER,
        [] => l::UNSURE_NONE,
        [_] => l::UNSURE_OTHER,
        _ => l::UNSURE_SEVERAL,
    };
    let main = html! {
        div.head { div { h1 { (lang.say(l::UNSURE)) } } }
        (line(Tone::Wait, "people", lang.say(note)))
        section.card {
            header { h2 { (lang.fill(l::UNSURE_SENT, &[practice])) } }
            div.body { (sent(lang, named)) }
        }
        @if !hits.is_empty() {
            section.card {
                header { h2 { (lang.say(c::PATIENT)) } }
                ul.lines {
                    @for hit in hits {
                        li data-line {
                            div.top {
                                @match chrome.chart_href(hit.banner.person) {
                                    Some(href) => a href=(href) { (banner::name(&hit.banner)) },
                                    None => b { (banner::name(&hit.banner)) },
                                }
                                span.soft { (hit.banner.birth_date) " · " (banner::card_text(lang, &hit.banner)) }
                            }
                            span.soft { (lang.of(&hit.why)) }
                        }
                    }
                }
            }
        }
        div.row {
            @if chrome.may(Permission::OpenCase) { a.btn href="/trace" { (icon("help")) (lang.say(l::UNSURE_ASK)) } }
            @if chrome.may(Permission::FindPatient) { a.btn href="/search" { (icon("search")) (lang.say(w::FIND_PATIENT)) } }
        }
    };
    framed(chrome, lang.say(l::UNSURE), main)
}

fn sent(lang: Lang, named: &[Named]) -> Markup {
    html! {
        dl.facts {
            @if let [first, ..] = named {
                div { dt { (lang.say(c::COL_NAME)) } dd { (first.family) " " (first.given) } }
                div { dt { (lang.say(c::BORN)) } dd { (first.birth_date) } }
            }
            @for one in named.iter().filter(|one| !one.number.is_empty()) {
                div { dt { (lang.say(l::NUMBER)) } dd { span.id { (one.number) } " " (one.issuer) } }
            }
        }
    }
}

fn framed(chrome: &Chrome, title: &str, main: Markup) -> Markup {
    page(
        chrome,
        Page {
            title: title.to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: chrome.user.is_none(),
            main,
        },
    )
}
