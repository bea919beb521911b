//! Why somebody opens a record, and what is withheld of it: who will be told, the lawful ways, broken glass in two presses.

use crate::components::banner;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, notes, times};
use crate::words::{panel as n, privacy as p};
use actions::breakglass::AskedView;
use actions::values::{Emergency, Permission, Reason, Relation};
use fhir::PersonId;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &AskedView, back: &str) -> Markup {
    let lang = chrome.lang();
    let person = view.head.person;
    let main = html! {
        div.head { div { h1 { (lang.say(p::REASON_TITLE)) } p { b { (banner::name(&view.head)) } " · " (banner::age_and_sex(lang, &view.head)) } } }
        @if view.reason_needed {
            (ask(chrome, person, back))
        } @else {
            (notes::line(notes::Tone::Plain, "check", lang.say(p::REASON_NOT_NEEDED)))
            @if let Some(href) = chrome.chart_href(person) { div.acts { a.btn href=(href) { (lang.say(p::OPEN_CHART)) } } }
        }
        @if chrome.may(Permission::KeepPanel) { (on_panel(chrome, view)) }
        @if let Some(what) = view.withheld.words() {
            section.card #withheld {
                header { h2 { (lang.fill(p::WITHHELD, &[lang.of(&what)])) } }
                div.body.stack {
                    p { (lang.say(p::WITHHELD_TEXT)) }
                    h3 { (lang.say(p::WITHHELD_WAYS)) }
                    ul { li { (lang.say(p::WITHHELD_ASK)) } li { (lang.say(p::WITHHELD_DESK)) } }
                    @if view.withheld.opened {
                        (notes::line(notes::Tone::Wait, "clock", lang.say(p::WITHHELD_OPENED)))
                    } @else if chrome.may(Permission::BreakGlass) {
                        h3 { (lang.say(p::GLASS)) }
                        p { (lang.say(p::GLASS_TEXT)) }
                        form.stack.tight action={ "/person/" (person) "/break-glass" } method="post" {
                            (forms::token(chrome))
                            input type="hidden" name="back" value=(back);
                            (forms::field("glass-words", "words", lang.say(p::REASON_WORDS), lang.say(p::REASON_WORDS_HINT), false))
                            div.acts {
                                @for reason in Emergency::ALL {
                                    button.btn type="submit" name="reason" value=(reason.code()) { (icon("warn")) (lang.of(&reason.words())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(p::REASON_TITLE).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// What ties the reader to the person, and the way to put them on one's panel.
fn on_panel(chrome: &Chrome, view: &AskedView) -> Markup {
    let lang = chrome.lang();
    let again = view.panel_until.is_some();
    html! {
        section.card {
            header { h2 { (lang.say(n::TIE)) } }
            div.body.stack {
                @if let Some(relation) = view.relation.filter(|relation| *relation != Relation::Panel) { p { (lang.fill(n::TIE_WITH, &[lang.of(&relation.words())])) } }
                @if let Some(until) = view.panel_until { p { (lang.fill(n::TIE_PANEL_UNTIL, &[&times::day_text(until)])) } }
                h3 { (lang.say(n::ATTEST)) }
                p { (lang.say(n::ATTEST_TEXT)) }
                form.stack.tight action={ "/person/" (view.head.person) "/panel" } method="post" {
                    (forms::token(chrome))
                    (forms::field("panel-words", "words", lang.say(n::ATTEST_HOW), lang.say(n::ATTEST_HINT), true))
                    div.acts { button.btn type="submit" { (icon("people")) (lang.say(if again { n::ATTEST_AGAIN } else { n::ATTEST_DO })) } }
                }
            }
        }
    }
}

/// The four reasons: one press each. The patient can see which.
pub(crate) fn ask(chrome: &Chrome, person: PersonId, back: &str) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            div.body.first.stack {
                p { (lang.say(p::REASON_TEXT)) }
                p { (lang.say(p::REASON_TOLD)) }
                form.stack.tight action={ "/person/" (person) "/reason" } method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="back" value=(back);
                    (forms::field("reason-words", "words", lang.say(p::REASON_WORDS), lang.say(p::REASON_WORDS_HINT), false))
                    div.acts {
                        @for reason in Reason::ALL {
                            button.btn type="submit" name="reason" value=(reason.code()) { (lang.of(&reason.words())) }
                        }
                    }
                }
            }
        }
    }
}
