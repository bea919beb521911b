//! The identity desk: what only a person may decide, gravest first; nothing decided is ever final.

pub(crate) mod answer;
pub(crate) mod case;
pub(crate) mod compare;
pub(crate) mod decisions;
pub(crate) mod figures;
pub(crate) mod moves;
pub(crate) mod person;
pub(crate) mod undo;

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::whole;
use crate::components::tabs::{Tab, tabs};
use crate::components::{notes, times};
use crate::words::{Lang, Say, identity as w, shell};
use actions::LinkEventId;
use actions::identity::{CaseFilter, CaseSort, RiskLevel, WorkLine, WorklistView};
use fhir::PersonId;
use maud::{Markup, html};

/// Filters: word in the address, filter, name.
pub(crate) const FILTERS: &[(&str, CaseFilter, Say)] = &[
    ("all", CaseFilter::All, w::ALL_CASES),
    ("held", CaseFilter::Held, w::HELD),
    ("pairs", CaseFilter::Pairs, w::PAIRS),
    ("reported", CaseFilter::Reported, w::REPORTED),
    ("asked", CaseFilter::Asked, w::ASKED),
];

/// What an act led to: the word in the address and what is said.
const OUTCOMES: &[(&str, Say)] = &[
    ("linked", w::LINKED),
    ("apart", w::PARTED),
    ("filed", w::FILED),
    ("returned", w::RETURNED),
    ("asked", w::ASKED_DONE),
    ("undone", w::UNDONE),
    ("proposed", w::PROPOSED),
    ("confirmed", w::CONFIRMED),
    ("declined", w::DECLINED),
];

/// What the last act of this steward led to, as the address says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    /// A word of the outcomes; empty when nothing was done.
    pub(crate) word: String,
    /// The event, when it can be taken back.
    pub(crate) event: Option<LinkEventId>,
    /// Whose history shows it.
    pub(crate) person: Option<PersonId>,
}

/// The filter of a word in the address.
pub(crate) fn filter(word: &str) -> CaseFilter {
    FILTERS.iter().find(|(name, _, _)| *name == word).map_or(CaseFilter::All, |(_, filter, _)| *filter)
}

/// The word of a filter in the address.
pub(crate) fn word(filter: CaseFilter) -> &'static str {
    FILTERS.iter().find(|(_, f, _)| *f == filter).map_or("all", |(name, _, _)| name)
}

/// Where a case stands.
pub(crate) fn case_href(shown: CaseFilter, line: &WorkLine) -> String {
    format!("/identity?show={}&case={}", word(shown), line.case)
}

/// What was done last, where the act was, with the way back.
pub(crate) fn said(lang: Lang, done: &Done) -> Markup {
    let Some((_, say)) = OUTCOMES.iter().find(|(name, _)| *name == done.word) else { return html! {} };
    html! {
        div.note.ok.slim role="status" {
            (icon("check"))
            p {
                (lang.say(*say))
                @if let Some(event) = done.event { " " a href={ "/identity/undo/" (event) } data-key="u" { (lang.say(w::TAKE_BACK)) } }
                @if let Some(person) = done.person { " · " a href={ "/identity/person/" (person) } data-key="h" { (lang.say(w::SEE_PERSON)) } }
            }
        }
    }
}

/// The work list.
pub(crate) fn screen(chrome: &Chrome, view: &WorklistView, shown: CaseFilter, done: &Done) -> Markup {
    let lang = chrome.lang();
    let first = view.lines.iter().find(|line| line.asked.is_none()).or(view.lines.first());
    let main = html! {
        div.head {
            div { h1 { (lang.say(shell::IDENTITY)) } p { (lang.say(w::LIST_LEAD)) } }
            div.acts {
                @if let Some(first) = first { a.btn.main href=(case_href(shown, first)) data-key="n" { (lang.say(w::START)) kbd { "n" } } }
                a.btn href="/identity/decisions" { (icon("clock")) (lang.say(w::DECISIONS)) }
                a.btn href="/identity/figures" { (icon("list")) (lang.say(w::FIGURES)) }
            }
        }
        (said(lang, done))
        (filters(lang, view, shown))
        div.card {
            @if view.lines.is_empty() { (nothing(chrome, view, shown)) } @else { (list(chrome, view, shown)) }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(shell::IDENTITY).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN), ("n", w::KEY_FIRST)],
            door: false,
            main,
        },
    )
}

fn filters(lang: Lang, view: &WorklistView, shown: CaseFilter) -> Markup {
    let all: Vec<Tab> = FILTERS
        .iter()
        .map(|(name, filter, title)| Tab {
            href: format!("/identity?show={name}"),
            name: lang.say(*title),
            count: Some(count(view, *filter)),
            current: *filter == shown,
        })
        .collect();
    tabs(lang, lang.say(w::FILTERS), &all)
}

/// How many open cases a filter has, exactly.
pub(crate) fn count(view: &WorklistView, filter: CaseFilter) -> u32 {
    view.counts.iter().find(|(f, _)| *f == filter).map_or(0, |(_, n)| *n)
}

fn nothing(chrome: &Chrome, view: &WorklistView, shown: CaseFilter) -> Markup {
    let lang = chrome.lang();
    let at = times::minute_text(chrome.now);
    let (title, text) = if shown == CaseFilter::All {
        (w::EMPTY, lang.fill(w::EMPTY_TEXT, &[&view.solved_today.to_string(), &at]))
    } else {
        let all = whole(lang, u64::from(count(view, CaseFilter::All)));
        (w::EMPTY_FILTER, lang.fill(w::EMPTY_FILTER_TEXT, &[&all, &at]))
    };
    notes::empty("swap", lang.say(title), &text, html! {})
}

fn list(chrome: &Chrome, view: &WorklistView, shown: CaseFilter) -> Markup {
    let lang = chrome.lang();
    let (here, all) = (view.lines.len() as u64, u64::from(count(view, shown)));
    html! {
        div.scroll {
            table.work {
                caption.spread-caption {
                    b { (lang.count(all, w::CASES_ONE, w::CASES_MANY)) } " · " (lang.say(w::GRAVEST_FIRST))
                    " · " (lang.fill(w::SOLVED, &[&view.solved_today.to_string()]))
                }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::COL_WHO)) }
                        th scope="col" { (lang.say(w::COL_RISK)) }
                        th scope="col" { (lang.say(w::COL_WHY)) }
                        th scope="col" { (lang.say(w::COL_WAITS)) }
                        th scope="col" { (lang.say(w::COL_CLOCK)) }
                    }
                }
                tbody { @for line in &view.lines { (row(chrome, line, shown)) } }
            }
        }
        @if all > here {
            div.body.first { p.small role="status" { (lang.fill(w::LIST_BEYOND, &[&whole(lang, here), &whole(lang, all)])) } }
        }
    }
}

/// Messages that the answer releases: only a held message waits for one.
pub(crate) fn waiting(line: &WorkLine) -> u64 {
    if line.sort == CaseSort::Held { u64::from(line.waiting) } else { 0 }
}

/// How grave, in a word with a shape.
pub(crate) fn risk(lang: Lang, level: RiskLevel) -> Markup {
    html! {
        @match level {
            RiskLevel::High => span.pill.late { (icon("warn")) (lang.say(w::RISK_HIGH)) },
            RiskLevel::Medium => span.pill.wait { (icon("people")) (lang.say(w::RISK_MEDIUM)) },
            RiskLevel::Low => span.soft { (lang.say(w::RISK_LOW)) },
        }
    }
}

/// A name as every list says it: the family name in capitals.
pub(crate) fn family_first(name: &str) -> String {
    match name.split_once(", ") {
        Some((family, given)) => format!("{}, {given}", family.to_uppercase()),
        None => name.to_owned(),
    }
}

/// What sort of question a case is.
pub(crate) fn sort(sort: CaseSort) -> Say {
    match sort {
        CaseSort::Held => w::SORT_HELD,
        CaseSort::Pair => w::SORT_PAIR,
        CaseSort::Reported => w::SORT_REPORTED,
    }
}

fn row(chrome: &Chrome, line: &WorkLine, shown: CaseFilter) -> Markup {
    let lang = chrome.lang();
    html! {
        tr data-line="" {
            th scope="row" {
                a href=(case_href(shown, line)) { (family_first(&line.name)) }
                span.sub { (lang.say(sort(line.sort))) }
            }
            td { (risk(lang, line.risk.level)) }
            td { (lang.of(&line.why)) span.sub { (lang.of(&line.risk.because)) } }
            td {
                @if waiting(line) == 0 { span.soft { (lang.say(w::NOTHING_WAITS)) } }
                @else { (lang.count(waiting(line), w::MESSAGES_ONE, w::MESSAGES_MANY)) }
                @if let Some(at) = line.asked { span.sub { (lang.fill(w::ASKED_AT, &[&times::minute_text(at)])) } }
            }
            td {
                (times::clock(lang, line.due, chrome.now))
                span.sub { (lang.fill(w::AGE, &[&times::span(lang, chrome.now.seconds_since(line.opened))])) }
            }
        }
    }
}
