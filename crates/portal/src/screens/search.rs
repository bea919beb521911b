//! Search: one box; says what it understood; near twins marked; never truncates silently.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::{icon, solid};
use crate::components::numbers::{health_card, record_number};
use crate::components::{banner, forms, notes, times};
use crate::words::{chart as c, registration, shell as w};
use actions::patients::{Found, Hit, Understood};
use actions::values::Permission;
use maud::{Markup, html};

/// The box itself; also on the home page.
pub(crate) fn finder(chrome: &Chrome, text: &str) -> Markup {
    let lang = chrome.lang();
    html! {
        form.card.finder role="search" action="/search" method="post" {
            (forms::token(chrome))
            div.body {
                div.field {
                    label for="find" { (lang.say(c::SEARCH_LABEL)) }
                    div.row.nowrap-row {
                        input.in #find name="q" type="search" value=(text) autocomplete="off" aria-describedby="find-hint";
                        button.btn.main type="submit" { (icon("search")) (lang.say(c::SEARCH)) }
                    }
                    span.hint #find-hint { (lang.say(c::SEARCH_EXAMPLES)) }
                }
            }
        }
    }
}

/// The page; `found` is absent before anything was typed; `over` when what was typed is no longer kept.
pub(crate) fn screen(chrome: &Chrome, text: &str, found: Option<&Found>, over: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::FIND_PATIENT)) } p { (lang.say(c::SEARCH_LEAD)) } } }
        (finder(chrome, text))
        @if over { (notes::line(notes::Tone::Plain, "clock", lang.say(c::SEARCH_OVER))) }
        @if let Some(found) = found && found.understood != Understood::Nothing { (answer(chrome, found)) }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::FIND_PATIENT).to_owned(),
            section: Section::Search,
            chart: None,
            keys: &[("/", w::KEY_FIND), ("j k", w::KEY_MOVE), ("Enter", w::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn answer(chrome: &Chrome, found: &Found) -> Markup {
    let lang = chrome.lang();
    let understood = match &found.understood {
        Understood::HealthCard(number) => lang.fill(c::UNDERSTOOD_CARD, &[&health_card(number)]),
        Understood::RecordNumber(number) => lang.fill(c::UNDERSTOOD_RECORD, &[&record_number(number)]),
        Understood::NameAndBirthDate { name, birth_date } => {
            lang.fill(c::UNDERSTOOD_BOTH, &[name, birth_date])
        }
        Understood::NameOnly(name) => lang.fill(c::UNDERSTOOD_NAME, &[name]),
        Understood::Unread => lang.say(c::UNDERSTOOD_UNREAD).to_owned(),
        Understood::Nothing => String::new(),
    };
    let number = matches!(found.understood, Understood::HealthCard(_) | Understood::RecordNumber(_));
    let name_only = matches!(found.understood, Understood::NameOnly(_));
    html! {
        p.understood role="status" { (understood) }
        @if found.hits.iter().any(|hit| hit.near_twin) {
            div.note.wait {
                (icon("people"))
                div { b { (lang.say(c::NEAR_TWINS)) } " " (lang.say(c::NEAR_TWINS_TEXT)) }
            }
        }
        @if found.all > found.hits.len() { (notes::line(notes::Tone::Wait, "people", &lang.fill(c::SHOWING_OF, &[&found.hits.len().to_string(), &found.all.to_string()]))) }
        @if found.hits.is_empty() {
            section.card {
                @if name_only { (notes::empty("search", lang.say(c::ONE_MORE_FACT), lang.say(c::ONE_MORE_FACT_TEXT), html! {})) }
                @else if number { (notes::empty("search", lang.say(c::NOBODY_NUMBER), lang.say(c::NOBODY_NUMBER_TEXT), html! {})) }
                @else { (notes::empty("search", lang.say(c::NOBODY), lang.say(c::NOBODY_TEXT), register(chrome))) }
            }
        } @else { (table(chrome, &found.hits)) }
    }
}

/// The way on for a seat that registers people: it searches once more, by everything that is known.
fn register(chrome: &Chrome) -> Markup {
    html! {
        @if chrome.may(Permission::RegisterPatient) { a.btn href="/registration" { (icon("pen")) (chrome.lang().say(registration::TITLE)) } }
    }
}

fn table(chrome: &Chrome, hits: &[Hit]) -> Markup {
    let lang = chrome.lang();
    html! {
        div.card {
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::FIND_PATIENT)) {
                table {
                    caption { b { (lang.count(hits.len() as u64, c::PEOPLE_ONE, c::PEOPLE_MANY)) } " · " (lang.say(c::BEST_FIRST)) }
                    thead {
                        tr {
                            th scope="col" { (lang.say(c::COL_NAME)) }
                            th scope="col" { (lang.say(c::BORN)) }
                            th scope="col" { (lang.say(c::HEALTH_CARD)) }
                            th scope="col" { (lang.say(c::RECORD_NUMBER)) }
                            th scope="col" { (lang.say(c::COL_LAST)) }
                            th scope="col" { (lang.say(c::COL_WHY)) }
                        }
                    }
                    tbody { @for hit in hits { (row(chrome, hit)) } }
                }
            }
        }
    }
}

fn row(chrome: &Chrome, hit: &Hit) -> Markup {
    let lang = chrome.lang();
    let who = &hit.banner;
    html! {
        tr data-line="" {
            th scope="row" {
                @match chrome.chart_href(who.person) {
                    Some(href) => a href=(href) { (banner::name(who)) },
                    None => (banner::name(who)),
                }
                @if hit.near_twin { " " span.pill.wait { (icon("people")) (lang.say(c::NEAR_TWIN)) } }
                @if !who.goes_by.is_empty() { span.sub { (lang.fill(c::GOES_BY, &[&who.goes_by])) } }
                @if let Some(date) = &who.died { span.sub { (lang.fill(c::DIED, &[date])) } }
                @if who.identity_open { span.sub { (solid("diamond")) " " (lang.say(c::IDENTITY_OPEN)) } }
            }
            td.nowrap {
                @if who.birth_date.is_empty() { (lang.say(c::NOT_KNOWN)) } @else { (who.birth_date) }
                span.sub { (banner::age_and_sex(lang, who)) }
            }
            td.nowrap {
                @if who.health_cards.is_empty() { span.soft { (lang.say(c::NONE_ON_FILE)) } }
                @for (place, number) in &who.health_cards { span.id { (health_card(number)) } span.sub { (place) } }
            }
            td.nowrap {
                @if who.record_numbers.is_empty() { span.soft { (lang.say(c::NONE_ON_FILE)) } }
                @for (i, (place, number)) in who.record_numbers.iter().enumerate() {
                    @if i > 0 { br; } span.id { (place) " " (record_number(number)) }
                }
            }
            td.nowrap { @if let Some(at) = hit.last_event { (times::minute(at)) } }
            td { (lang.of(&hit.why)) }
        }
    }
}
