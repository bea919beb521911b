//! Cases: each with a number, an owner and a clock, until it is answered.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, notes, times};
use crate::words::{Lang, desks as d, operations as w, shell};
use actions::cases::{CaseLine, CaseSort, CasesView};
use actions::values::{Permission, Words};
use fhir::Instant;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &CasesView, done: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head {
            div { h1 { (lang.say(d::CASES)) } p { (lang.fill(d::CASES_LEAD, &[&view.open.to_string()])) } }
            div.acts { a.btn.slim href="/trace" { (icon("path")) (lang.say(d::TRACE)) } }
        }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(d::CASE_ANSWERED))) }
        @if view.lines.is_empty() {
            section.card { (notes::empty("check", lang.say(d::CASES_EMPTY), &lang.fill(d::CASES_EMPTY_TEXT, &[&times::minute_text(chrome.now)]), html! {})) }
        } @else {
            div.cols.wide-narrow {
                div.card {
                    ul.lines {
                        @for line in &view.lines {
                            @let open = view.picked.as_ref().is_some_and(|(picked, _)| picked.obligation == line.obligation);
                            li data-line="" {
                                div.top {
                                    a href={ "/cases?pick=" (line.obligation) } aria-current=[open.then_some("true")] { (lang.fill(d::CASE_N, &[&line.number.to_string()])) @if !line.item.is_empty() { " · " (line.item) } }
                                    (state(chrome, line))
                                }
                                span.soft { (sort(lang, line.sort)) " · " (line.who) " · " (times::minute_text(line.at)) }
                                p.small { (line.asked) }
                            }
                        }
                    }
                    @if let Some(next) = view.next { footer { a.btn.slim href={ "/cases?before=" (next) } { (lang.say(d::OLDER)) } } }
                }
                @match &view.picked {
                    Some((line, events)) => (picked(chrome, line, events)),
                    None => div.card { div.body.first { p.soft { (lang.say(w::DESK_PICK)) } } },
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(d::CASES).to_owned(),
            section: Section::Cases,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

/// Its clock, or that it has been answered.
pub(crate) fn state(chrome: &Chrome, line: &CaseLine) -> Markup {
    let lang = chrome.lang();
    html! {
        @match &line.owned {
            Some((_, due)) => (times::clock(lang, *due, chrome.now)),
            None => span.pill.ok { (icon("check")) (lang.say(d::CASE_ENDED)) },
        }
    }
}

fn sort(lang: Lang, sort: CaseSort) -> &'static str {
    lang.say(match sort {
        CaseSort::Question => d::SORT_QUESTION,
        CaseSort::Missing => d::SORT_MISSING,
        CaseSort::Misplaced => d::SORT_MISPLACED,
    })
}

fn picked(chrome: &Chrome, line: &CaseLine, events: &[(Instant, Words, Words)]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card.pick.picked #picked {
            header { h2 { (lang.fill(d::CASE_N, &[&line.number.to_string()])) } (state(chrome, line)) }
            div.body.stack {
                p { b { (sort(lang, line.sort)) } @if !line.item.is_empty() { " · " a.id href={ "/trace?item=" (crate::address::escape(&line.item)) } { (line.item) } } }
                p { (line.asked) }
                p.soft { (lang.fill(d::CASE_FROM, &[&line.who, &line.reach])) }
                @match &line.owned {
                    Some((owner, due)) => p.small.soft { (lang.fill(w::OWNER_THEN, &[lang.of(owner), &times::minute_text(*due), lang.of(&line.then)])) },
                    None => p { (lang.of(&line.outcome)) },
                }
                @if line.owned.is_some() && chrome.may(Permission::HandleCase) {
                    form.stack.tight action={ "/cases/" (line.obligation) } method="post" {
                        (forms::token(chrome))
                        (forms::field("answer", "text", lang.say(d::CASE_ANSWER), lang.say(d::CASE_ANSWER_HINT), true))
                        div.acts {
                            button.btn type="submit" name="then" value="keep" { (lang.say(d::CASE_NOTE_DO)) }
                            button.btn.main type="submit" name="then" value="end" { (lang.say(d::CASE_END_DO)) }
                        }
                    }
                }
                h3 { (lang.say(w::EVENTS_TITLE)) }
                ul.events { @for (at, who, what) in events { li { (times::second(*at)) " · " (lang.of(who)) br; (lang.of(what)) } } }
            }
        }
    }
}
