//! The provider directory: what is proposed, what is doubted, places with their ways, people with their class.

pub(crate) mod copies;
pub(crate) mod mine;
pub(crate) mod weighing;

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, lists, notes, times};
use crate::words::{Lang, directory as w};
use actions::directory::{ContactLine, OverviewView, PlaceLine, ProposalLine};
use actions::values::{Affiliation, ContactState, Permission, Words};
use maud::{Markup, html};

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Done {
    /// Nothing.
    #[default]
    Nothing,
    /// A change was proposed.
    Proposed,
    /// A proposal was decided about.
    Decided,
    /// A question was answered.
    Answered,
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &OverviewView, done: Done) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::MENU)) } p { (lang.say(w::LEAD)) } }
            a.btn href="/directory/copies" { (lang.say(w::COPIES)) }
        }
        @match done {
            Done::Nothing => {}
            Done::Proposed => (notes::line(notes::Tone::Done, "check", lang.say(w::SENT))),
            Done::Decided => (notes::line(notes::Tone::Done, "check", lang.say(w::DECIDED))),
            Done::Answered => (notes::line(notes::Tone::Done, "check", lang.say(w::ANSWERED))),
        }
        (proposals(chrome, view))
        (questions(chrome, view))
        (contacts(lang, view))
        (places(lang, view))
        (people(lang, view))
        (changes(lang, view))
        @if chrome.may(Permission::ProposeDirectory) { (propose(chrome)) }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::MENU).to_owned(),
            section: Section::Directory,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn proposals(chrome: &Chrome, view: &OverviewView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::PROPOSED)) } }
            @if view.proposals.is_empty() { div.body { p { (lang.say(w::PROPOSED_NONE)) } } }
        }
        @for one in &view.proposals { (proposal(chrome, one)) }
        (lists::part(lang, &view.proposals_part, "/directory", "proposed"))
    }
}

fn proposal(chrome: &Chrome, one: &ProposalLine) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h3 { (lang.of(&one.words)) } (made(lang, one)) }
            (facts(lang, one))
            @if chrome.may(Permission::ManageDirectory) {
                div.body { div.acts { a.btn.main href={ "/directory/changes/" (one.id) } { (lang.say(w::WEIGH)) span.vh { ": " (lang.of(&one.words)) } } } }
            }
        }
    }
}

/// Who proposed it, from where and when, and by when it is to be decided.
fn made(lang: Lang, one: &ProposalLine) -> Markup {
    html! {
        span.soft {
            (lang.fill(w::FROM, &[&one.actor, &one.source, &times::minute_text(one.at)]))
            @if let Some(due) = one.due { "; " (lang.fill(w::DUE, &[&times::minute_text(due)])) }
        }
    }
}

/// Of each fact what is another, as it is and as it would be.
fn facts(lang: Lang, one: &ProposalLine) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(lang.of(&one.words)) {
            table {
                caption.vh { (lang.of(&one.words)) }
                thead { tr { @for column in [w::COL_FACT, w::COL_IS, w::COL_WOULD] { th scope="col" { (lang.say(column)) } } } }
                @for fact in &one.facts {
                    tbody {
                        tr.group { th colspan="3" scope="rowgroup" { (lang.of(&fact.what)) } }
                        @for field in &fact.fields {
                            tr { th.plain scope="row" { (lang.of(&field.name)) } td { (side(lang, field.old.as_ref())) } td { (side(lang, field.new.as_ref())) } }
                        }
                    }
                }
            }
        }
    }
}

/// What the desk must find out, each with its answer.
fn questions(chrome: &Chrome, view: &OverviewView) -> Markup {
    let lang = chrome.lang();
    html! {
        @if !view.questions.is_empty() {
            section.card {
                header { h2 { (lang.say(w::QUESTIONS)) } }
                ul.lines {
                    @for one in &view.questions {
                        li {
                            div.top {
                                span { (lang.of(&one.words)) }
                                span.soft { (times::minute(one.at)) @if let Some(due) = one.due { "; " (lang.fill(w::DUE, &[&times::minute_text(due)])) } }
                            }
                            @if chrome.may(Permission::ManageDirectory) {
                                form.stack.tight method="post" action={ "/directory/questions/" (one.id) } {
                                    (forms::token(chrome))
                                    (forms::field(&format!("how-{}", one.id), "reason", lang.say(w::ANSWER), lang.say(w::ANSWER_HINT), true))
                                    div.acts { button.btn type="submit" { (lang.say(w::ANSWER_DO)) span.vh { ": " (lang.of(&one.words)) } } }
                                }
                            }
                        }
                    }
                }
                (lists::part(lang, &view.questions_part, "/directory", "questions"))
            }
        } @else if view.questions_part.from > 0 {
            (lists::part(lang, &view.questions_part, "/directory", "questions"))
        }
    }
}

fn side(lang: Lang, said: Option<&Words>) -> Markup {
    html! { @match said { None => span.soft { (lang.say(w::NOT_THERE)) }, Some(words) => (lang.of(words)) } }
}

fn contacts(lang: Lang, view: &OverviewView) -> Markup {
    let state = |line: &ContactLine| match line.state {
        ContactState::Suspect => lang.fill(w::IN_DOUBT, &[&line.why]),
        ContactState::Stale | ContactState::Ok => lang.fill(w::OVERDUE, &[&line.next_check]),
    };
    html! {
        section.card {
            header { h2 { (lang.say(w::DOUBTED)) } }
            @if view.contacts.is_empty() { div.body { p { (lang.say(w::DOUBTED_NONE)) } } }
            @else {
                ul.lines {
                    @for line in &view.contacts {
                        li { div.top { span { (line.of) " · " (line.value) } span { (state(line)) } } span.soft { (line.source) } }
                    }
                }
            }
        }
    }
}

fn places(lang: Lang, view: &OverviewView) -> Markup {
    let ways = |place: &PlaceLine| {
        html! {
            @for way in &place.ways {
                div {
                    (way.id) " · " (lang.of(&way.kind)) @if !way.address.is_empty() { " · " (way.address) }
                    @if !way.in_use { " · " (lang.say(w::NOT_IN_USE)) }
                    @if let Some(doubt) = &way.doubt { " · " (lang.fill(w::IN_DOUBT, &[doubt])) }
                }
            }
        }
    };
    table(
        lang,
        w::PLACES,
        &[w::COL_PLACE, w::COL_WAYS],
        html! {
            @for place in &view.places { tr { th scope="row" { (place.name) } td { (ways(place)) } } }
        },
    )
}

fn people(lang: Lang, view: &OverviewView) -> Markup {
    let class = |affiliation| {
        lang.say(match affiliation {
            Affiliation::Facility => w::FACILITY,
            Affiliation::Community => w::COMMUNITY,
            Affiliation::Both => w::BOTH,
            Affiliation::None => w::NOWHERE,
        })
    };
    table(
        lang,
        w::PEOPLE,
        &[w::COL_NAME, w::COL_CLASS, w::COL_WHERE, w::COL_AWAY],
        html! {
            @for one in &view.people {
                tr {
                    th scope="row" { (one.name) }
                    td { (class(one.affiliation)) }
                    td { (one.places.join(", ")) }
                    td { @if let Some(away) = &one.away { (lang.of(away)) } }
                }
            }
        },
    )
}

fn table(lang: Lang, title: crate::words::Say, columns: &[crate::words::Say], rows: Markup) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(title)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(title)) {
                table {
                    caption.vh { (lang.say(title)) }
                    thead { tr { @for column in columns { th scope="col" { (lang.say(*column)) } } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

fn changes(lang: Lang, view: &OverviewView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::CHANGES)) } }
            ul.lines {
                @for (at, who, source, what) in &view.changes {
                    li { div.top { span { (lang.of(what)) } span.soft { (lang.fill(w::FROM, &[who, source, &times::minute_text(*at)])) } } }
                }
            }
            (lists::part(lang, &view.changes_part, "/directory", "changed"))
        }
    }
}

fn propose(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::PROPOSE)) } span.soft { (lang.say(w::PROPOSE_TEXT)) } }
            form.body.stack method="post" action="/directory" {
                (forms::token(chrome))
                div.field {
                    label for="changes" { (lang.say(w::FACTS)) }
                    textarea.in id="changes" name="changes" rows="8" required spellcheck="false" aria-describedby="changes-hint" {}
                    span.hint id="changes-hint" { (lang.say(w::PROPOSE_TEXT)) }
                }
                (forms::field("why", "why", lang.say(w::WHY), lang.say(w::WHY_HINT), true))
                div.acts { button.btn.main type="submit" { (lang.say(w::SEND)) } }
            }
        }
    }
}
