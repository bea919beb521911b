//! The way in from an EMR: where a ticket is handed over, and what is shown when it names nobody for sure.

use crate::components::banner;
use crate::components::chrome::{Chrome, Page, Section, page};
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

/// What the EMR sent, who might be meant, and whom to ask.
pub(crate) fn unsure(chrome: &Chrome, named: &Named, practice: &str, hits: &[Hit]) -> Markup {
    let lang = chrome.lang();
    let note = if hits.is_empty() { l::UNSURE_NONE } else { l::UNSURE_OTHER };
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

fn sent(lang: Lang, named: &Named) -> Markup {
    html! {
        dl.facts {
            div { dt { (lang.say(c::COL_NAME)) } dd { (named.family) " " (named.given) } }
            div { dt { (lang.say(c::BORN)) } dd { (named.birth_date) } }
            div { dt { (lang.say(l::NUMBER)) } dd { span.id { (named.number) } " " (named.issuer) } }
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
