//! Apps of other makers: what one asks for in plain words, the patient it is about, the way to it and back, what one let
//! in, and what is registered.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, forms, notes, times};
use crate::words::{Lang, Say, chart as c, smart as s};
use actions::patients::Found;
use actions::smart::authorizing::ConsentView;
use actions::smart::launching::OpenAppsView;
use actions::smart::registering::AppLine;
use actions::smart::{OwnApp, Sort};
use fhir::PersonId;
use maud::{Markup, html};

fn head(title: &str, lead: &str) -> Markup {
    html! { div.head { div { h1 { (title) } p { (lead) } } } }
}

fn framed(chrome: &Chrome, title: Say, main: Markup) -> Markup {
    page(
        chrome,
        Page {
            title: chrome.lang().say(title).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// What an app asks for; `request` is its question as it came, to be judged anew with the answer.
pub(crate) fn consent(
    chrome: &Chrome,
    view: &ConsentView,
    request: &str,
    person: Option<PersonId>,
) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang.say(s::AUTHORIZE), &lang.fill(s::ASKS, &[&view.app])))
        @if let Some(patient) = &view.patient {
            section aria-label=(lang.say(s::ABOUT)) { (banner::band(lang, patient)) }
        }
        form.card action="/authorize" method="post" {
            (forms::token(chrome))
            input type="hidden" name="request" value=(request);
            @if let Some(person) = person { input type="hidden" name="person" value=(person); }
            header { h2 { (lang.say(s::MAY)) } }
            div.body.stack {
                ul { @for rule in &view.rules { li { (lang.of(rule)) } } }
                p { (lang.fill(s::ASKS_WHERE, &[&view.host])) }
                p.small.soft { (lang.say(s::UNTIL)) }
                div.acts {
                    button.btn.main type="submit" name="answer" value="yes" { (lang.say(s::YES)) }
                    button.btn type="submit" name="answer" value="no" { (lang.say(s::NO)) }
                }
            }
        }
    };
    framed(chrome, s::AUTHORIZE, main)
}

/// Which patient it is about; `found` is absent before anybody was looked for.
pub(crate) fn choose(chrome: &Chrome, app: &str, request: &str, found: Option<&Found>) -> Markup {
    let lang = chrome.lang();
    let hidden = || {
        html! {
            (forms::token(chrome))
            input type="hidden" name="request" value=(request);
        }
    };
    let main = html! {
        (head(lang.say(s::CHOOSE), &lang.fill(s::CHOOSE_LEAD, &[app])))
        form.card action="/authorize/patient" method="post" {
            (hidden())
            div.body.first {
                div.field {
                    label for="whom" { (lang.say(c::SEARCH_LABEL)) }
                    div.row.nowrap-row {
                        input.in #whom name="q" type="search" maxlength="500" autocomplete="off" aria-describedby="whom-hint";
                        button.btn.main type="submit" { (icon("search")) (lang.say(c::SEARCH)) }
                    }
                    span.hint #whom-hint { (lang.say(c::SEARCH_EXAMPLES)) }
                }
            }
        }
        @if let Some(found) = found {
            @if found.hits.is_empty() { (notes::line(notes::Tone::Wait, "search", lang.say(s::CHOOSE_NOBODY))) }
            @else {
                section.card {
                    ul.lines {
                        @for hit in &found.hits {
                            li data-line {
                                div.top {
                                    b { (banner::name(&hit.banner)) }
                                    span.soft { (hit.banner.birth_date) " · " (banner::card_text(lang, &hit.banner)) }
                                    form action="/authorize/patient" method="post" {
                                        (hidden())
                                        input type="hidden" name="person" value=(hit.banner.person);
                                        button.btn type="submit" { (lang.fill(s::CHOOSE_DO, &[&banner::name(&hit.banner)])) }
                                    }
                                }
                                span.soft { (lang.of(&hit.why)) }
                            }
                        }
                    }
                }
            }
        }
        form action="/authorize" method="post" {
            (hidden())
            button.btn type="submit" name="answer" value="no" { (lang.say(s::NO)) }
        }
    };
    framed(chrome, s::CHOOSE, main)
}

/// On the way to an app after a form: it goes on by itself, and by the link where a browser does not.
pub(crate) fn going(chrome: &Chrome, app: &str, to: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang.say(s::GOING), lang.say(s::GOING_LEAD)))
        div.acts { a.btn.main href=(to) rel="nofollow noreferrer" { (icon("send")) (lang.fill(s::GOING_DO, &[app])) } }
    };
    framed(chrome, s::GOING, main)
}

/// Which apps open at a patient.
pub(crate) fn open(chrome: &Chrome, view: &OpenAppsView) -> Markup {
    let lang = chrome.lang();
    let person = view.head.person;
    let main = html! {
        (head(lang.say(s::APPS), lang.say(s::OPEN_LEAD)))
        section.card {
            @if view.apps.is_empty() { (notes::empty("send", lang.say(s::OPEN_NONE), lang.say(s::OPEN_NONE_TEXT), html! {})) }
            @else {
                ul.lines {
                    @for (id, name) in &view.apps {
                        li data-line {
                            form action={ "/person/" (person) "/apps" } method="post" {
                                (forms::token(chrome))
                                input type="hidden" name="app" value=(id);
                                button.btn type="submit" { (icon("send")) (lang.fill(s::OPEN_DO, &[name])) }
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
            title: format!("{}: {}", banner::name(&view.head), lang.say(s::APPS).to_lowercase()),
            section: Section::Apps,
            chart: Some((&view.head, view.counts)),
            keys: &[],
            door: false,
            main,
        },
    )
}

/// What one let in.
pub(crate) fn own(chrome: &Chrome, lines: &[OwnApp]) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang.say(s::OWN), lang.say(s::OWN_LEAD)))
        @if lines.is_empty() {
            section.card { (notes::empty("check", lang.say(s::OWN_NONE), lang.say(s::OWN_NONE_TEXT), html! {})) }
        }
        @for line in lines {
            form.card action="/apps" method="post" {
                (forms::token(chrome))
                input type="hidden" name="grant" value=(line.id);
                header { h2 { (line.name) } }
                div.body.stack {
                    ul { @for rule in &line.rules { li { (lang.of(rule)) } } }
                    p.small.soft {
                        (lang.fill(s::SINCE, &[&times::minute_text(line.at), &times::minute_text(line.expires)]))
                        @if line.is_offline { " " (lang.say(s::OFFLINE)) }
                    }
                    div.acts { button.btn type="submit" { (lang.say(s::TAKE_BACK)) } }
                }
            }
        }
    };
    framed(chrome, s::OWN, main)
}

/// What is registered.
pub(crate) fn registered(chrome: &Chrome, lines: &[AppLine]) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(lang.say(s::REGISTERED), lang.say(s::REGISTERED_LEAD)))
        section.card {
            @if lines.is_empty() { (notes::empty("list", lang.say(s::REGISTERED_NONE), "opor application add", html! {})) }
            @else {
                ul.lines {
                    @for line in lines {
                        li data-line {
                            div.top { b { (line.app.name) } span.id { (line.app.id) } }
                            dl.facts {
                                div { dt { (lang.say(s::COL_PROOF)) } dd { (proof(lang, line.app.sort)) } }
                                div { dt { (lang.say(s::COL_MOST)) } dd { (line.app.scopes) } }
                                @if !line.app.redirects.is_empty() {
                                    div { dt { (lang.say(s::COL_BACK)) } dd { (line.app.redirects.join(" ")) } }
                                }
                                div { dt { (lang.say(s::COL_SINCE)) } dd { (times::minute(line.at)) " · " (line.by) } }
                            }
                            @if let Some(ended) = line.ended {
                                (notes::line(notes::Tone::Wait, "stop", &lang.fill(s::ENDED, &[&times::minute_text(ended)])))
                            } @else {
                                @if line.app.waits { (notes::line(notes::Tone::Wait, "clock", lang.say(s::WAITS))) }
                                div.row {
                                    @if line.app.waits { (turn(chrome, "approve", &line.app.id, s::APPROVE, "btn main")) }
                                    (turn(chrome, "end", &line.app.id, if line.app.waits { s::REFUSE_APP } else { s::END_APP }, "btn"))
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    framed(chrome, s::REGISTERED, main)
}

/// A button that turns an app's lot.
fn turn(chrome: &Chrome, verb: &str, id: &str, say: Say, class: &str) -> Markup {
    html! {
        form action={ "/apps/registered/" (verb) } method="post" {
            (forms::token(chrome))
            input type="hidden" name="id" value=(id);
            button class=(class) type="submit" { (chrome.lang().say(say)) }
        }
    }
}

fn proof(lang: Lang, sort: Sort) -> &'static str {
    lang.say(match sort {
        Sort::Public => s::BY_NOTHING,
        Sort::Symmetric => s::BY_SECRET,
        Sort::Asymmetric => s::BY_KEY,
    })
}
