//! The person: the darkest thing on the page, with everything that tells two people apart.

use super::icons::icon;
use super::numbers::{health_card, record_number};
use crate::words::{Lang, chart as w, panel as n, privacy as p};
use actions::patients::{Age, Banner};
use maud::{Markup, html};

/// How many record numbers the band holds; the summary lists all.
const RECORDS_SHOWN: usize = 1;

/// `LASTNAME, First Middle`, as every list row, card and title says it.
pub(crate) fn name(banner: &Banner) -> String {
    let family = banner.family.to_uppercase();
    if banner.given.is_empty() { family } else { format!("{family}, {}", banner.given) }
}

/// `65 y`, `4 days` …
pub(crate) fn age(lang: Lang, age: Age) -> String {
    match age {
        Age::Years(n) => lang.fill(w::AGE_YEARS, &[&n.to_string()]),
        Age::Months(n) => lang.fill(w::AGE_MONTHS, &[&n.to_string()]),
        Age::Days(n) => lang.fill(w::AGE_DAYS, &[&n.to_string()]),
        Age::NotKnown => lang.say(w::AGE_NOT_KNOWN).to_owned(),
    }
}

/// Administrative sex in words.
pub(crate) fn sex(lang: Lang, code: &str) -> &'static str {
    lang.say(match code {
        "female" => w::FEMALE,
        "male" => w::MALE,
        "other" => w::OTHER_SEX,
        _ => w::SEX_NOT_STATED,
    })
}

/// `65 y · female`
pub(crate) fn age_and_sex(lang: Lang, banner: &Banner) -> String {
    format!("{} · {}", age(lang, banner.age), sex(lang, &banner.sex))
}

/// First health card as text, or that there is none.
pub(crate) fn card_text(lang: Lang, banner: &Banner) -> String {
    banner.health_cards.first().map_or_else(
        || lang.say(w::NONE_ON_FILE).to_owned(),
        |(place, number)| format!("{} {place}", health_card(number)),
    )
}

/// The band. Sticky; nothing else on a page may be as dark.
pub(crate) fn band(lang: Lang, banner: &Banner) -> Markup {
    let more = banner.record_numbers.len().saturating_sub(RECORDS_SHOWN);
    html! {
        section.person aria-label=(lang.say(w::PATIENT)) {
            div.p1 {
                div.who {
                    p.name { (name(banner)) }
                    @if !banner.goes_by.is_empty() {
                        p.used { (lang.fill(w::GOES_BY, &[&banner.goes_by])) }
                    }
                }
                dl {
                    div {
                        dt { (lang.say(w::BORN)) }
                        dd {
                            @if banner.birth_date.is_empty() { (lang.say(w::NOT_KNOWN)) }
                            @else { span.nowrap { (banner.birth_date) } }
                            small { (age_and_sex(lang, banner)) }
                        }
                    }
                    div {
                        dt { (lang.say(w::HEALTH_CARD)) }
                        dd {
                            @if banner.health_cards.is_empty() { (lang.say(w::NONE_ON_FILE)) }
                            @for (place, number) in &banner.health_cards {
                                span.id { (health_card(number)) } small { (place) } " "
                            }
                        }
                    }
                    div {
                        dt { (lang.say(w::RECORD_NUMBER)) }
                        dd {
                            @if banner.record_numbers.is_empty() { (lang.say(w::NONE_ON_FILE)) }
                            @for (i, (place, number)) in banner.record_numbers.iter().take(RECORDS_SHOWN).enumerate() {
                                @if i > 0 { " · " }
                                span.id { (place) " " (record_number(number)) }
                            }
                            @if more > 0 { small { (lang.count(more as u64, w::AND_MORE_ONE, w::AND_MORE)) } }
                        }
                    }
                }
            }
            dl.p2 {
                div {
                    dt { (lang.say(w::WEIGHT)) }
                    dd {
                        @match &banner.weight {
                            Some((weight, date)) => { span.nowrap { (super::numbers::amount(lang, weight)) } small { (date) } }
                            None => (lang.say(w::WEIGHT_NONE)),
                        }
                    }
                }
                div.alert {
                    dt { (lang.say(w::ALLERGIES)) }
                    dd {
                        @if banner.allergies.is_empty() { (lang.say(w::ALLERGIES_NONE)) }
                        @for allergy in &banner.allergies { span.tag.al { (icon("warn")) (allergy) } }
                    }
                }
                @if let Some(what) = banner.withheld.words() {
                    div.alert {
                        dt { span.vh { (lang.say(p::WITHHELD_SHORT)) } }
                        dd {
                            span.tag { (icon("lock")) @if banner.withheld.opened { (lang.say(p::WITHHELD_OPENED)) } @else { (lang.fill(p::WITHHELD, &[lang.of(&what)])) } }
                            " " a href={ "/person/" (banner.person) "/reason#withheld" } { (lang.say(p::WAYS)) }
                        }
                    }
                }
                @for (system, since) in &banner.gaps {
                    div.alert {
                        dt { span.vh { (lang.say(n::WHAT_IS_IN_HERE)) } }
                        dd { span.tag { (icon("warn")) (lang.fill(n::CHART_GAP, &[system, &super::times::minute_text(*since)])) } " " a href="/coverage" { (lang.say(n::WHAT_IS_IN_HERE)) } }
                    }
                }
                @if banner.died.is_some() || banner.identity_open {
                    div.alert {
                        dt { span.vh { (lang.say(w::PATIENT)) } }
                        dd {
                            @match banner.died.as_deref() {
                                Some("") => span.tag { (lang.say(w::DIED_NO_DATE)) },
                                Some(date) => span.tag { (lang.fill(w::DIED, &[date])) },
                                None => {}
                            }
                            @if banner.identity_open { span.tag { (icon("swap")) (lang.say(w::IDENTITY_OPEN)) } }
                        }
                    }
                }
            }
        }
    }
}
