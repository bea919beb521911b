//! The answer to a case or to two records compared: two people, one person, ask, and what it does.

use super::case::number;
use super::word;
use crate::components::chrome::Chrome;
use crate::components::icons::icon;
use crate::components::numbers::record_label;
use crate::components::{evidence, forms, notes, times};
use crate::words::{Lang, identity as w};
use actions::identity::{CaseFilter, CaseSort, CaseView, CompareView, Proposed, Side, WorkLine};
use actions::values::Permission;
use maud::{Markup, html};

/// What the form says: one value of its radio buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// The held message is about this person.
    Same(&'a str),
    /// The held message is about somebody new.
    New,
    /// Back to the sender.
    Return,
    /// One person with this record.
    Link(&'a str),
    /// Two people; this record stays.
    Apart(&'a str),
    /// A question to the site.
    Ask,
    /// What another steward proposed is carried out.
    Confirm,
    /// What was proposed is not carried out.
    Decline,
}

/// Reads the value of a radio button.
pub(crate) fn read(value: &str) -> Option<Said<'_>> {
    match value.split_once(':') {
        Some(("same", person)) => Some(Said::Same(person)),
        Some(("link", record)) => Some(Said::Link(record)),
        Some(("apart", record)) => Some(Said::Apart(record)),
        Some(_) => None,
        None => match value {
            "new" => Some(Said::New),
            "return" => Some(Said::Return),
            "ask" => Some(Said::Ask),
            "confirm" => Some(Said::Confirm),
            "decline" => Some(Said::Decline),
            _ => None,
        },
    }
}

/// The answer to a case.
pub(crate) fn of_case(
    chrome: &Chrome,
    case: &CaseView,
    shown: CaseFilter,
    next: Option<&WorkLine>,
) -> Markup {
    let lang = chrome.lang();
    let held = case.line.sort == CaseSort::Held;
    let choices = html! {
        @if held { (held_choices(lang, case)) } @else { (pair_choices(lang, &case.sides)) }
        (choice("ask", Some("3"), lang.say(w::ANSWER_ASK), lang.say(w::ANSWER_ASK_TEXT)))
        @if case.can_return { (choice("return", None, lang.say(w::ANSWER_RETURN), lang.say(w::ANSWER_RETURN_TEXT))) }
    };
    let hidden = html! {
        input type="hidden" name="show" value=(word(shown));
        @if let Some(next) = next { input type="hidden" name="next" value=(next.case); }
        (about(&case.sides))
    };
    let waiting = super::waiting(&case.line);
    let effects = html! {
        @if waiting > 0 {
            @let messages = lang.count(waiting, w::MESSAGES_ONE, w::MESSAGES_MANY);
            li { (icon("mail")) span { (lang.fill(if waiting == 1 { w::EFFECT_RELEASE_ONE } else { w::EFFECT_RELEASE }, &[&messages])) } }
        }
        (effects(lang))
    };
    let (action, button) = (format!("/identity/{}", case.line.case), lang.say(w::ANSWER_DO));
    form(chrome, &action, &choices, &hidden, button, &effects)
}

/// What waits for a second steward: who proposed it, and the answer.
pub(crate) fn of_proposal(
    chrome: &Chrome,
    case: &CaseView,
    proposed: &Proposed,
    shown: CaseFilter,
    next: Option<&WorkLine>,
) -> Markup {
    let lang = chrome.lang();
    let (by, at) = (lang.of(&proposed.by), times::minute_text(proposed.at));
    let confirms = !proposed.is_own && proposed.refusal.is_none();
    html! {
        (notes::note(notes::Tone::Wait, "people", lang.say(w::PROPOSED_TITLE), html! {
            p { (lang.of(&proposed.words)) }
            p { (lang.fill(w::PROPOSED_BY, &[by, &at])) }
            @if proposed.is_own { p { (lang.say(w::PROPOSED_OWN)) } }
            @if let Some(refusal) = &proposed.refusal { p { (lang.say(w::PROPOSED_NOT)) " " (lang.of(refusal)) } }
        }))
        @if chrome.may(Permission::HandleIdentity) {
            form.card.pick action={ "/identity/" (case.line.case) } method="post" {
                (forms::token(chrome))
                input type="hidden" name="show" value=(word(shown));
                @if let Some(next) = next { input type="hidden" name="next" value=(next.case); }
                (about(&case.sides))
                header { h2 { (lang.say(w::ANSWER)) } span.soft { (lang.say(w::ANSWER_KEPT)) } }
                div.body.stack {
                    fieldset.stack.tight {
                        legend.vh { (lang.say(w::ANSWER)) }
                        @if confirms { (choice("confirm", Some("1"), lang.say(w::CONFIRM), lang.say(w::CONFIRM_TEXT))) }
                        (choice("decline", Some("2"), lang.say(w::DECLINE), lang.say(w::DECLINE_TEXT)))
                    }
                    (reason(lang.say(w::PROPOSED_REASON), lang.say(w::REASON_HINT)))
                    div.acts { button.btn.main type="submit" { (lang.say(w::PROPOSED_DO)) } }
                }
            }
        }
    }
}

/// The answer to two records compared without a case.
pub(crate) fn of_pair(chrome: &Chrome, view: &CompareView) -> Markup {
    let lang = chrome.lang();
    let choices = html! { (pair_choices(lang, &view.sides)) (leaving(lang, view)) };
    form(
        chrome,
        "/identity/compare",
        &choices,
        &about(&view.sides),
        lang.say(w::ANSWER_PAIR_DO),
        &effects(lang),
    )
}

fn form(
    chrome: &Chrome,
    action: &str,
    choices: &Markup,
    hidden: &Markup,
    button: &str,
    effects: &Markup,
) -> Markup {
    let lang = chrome.lang();
    html! {
        div.cols.wide-narrow {
            form.card.pick action=(action) method="post" {
                (forms::token(chrome))
                (hidden)
                header { h2 { (lang.say(w::ANSWER)) } span.soft { (lang.say(w::ANSWER_KEPT)) } }
                div.body.stack {
                    fieldset.stack.tight { legend.vh { (lang.say(w::ANSWER)) } (choices) }
                    (reason(lang.say(w::REASON), lang.say(w::REASON_HINT)))
                    div.acts { button.btn.main type="submit" { (button) } }
                }
            }
            section.card.edge.wait {
                header { h2 { (lang.say(w::EFFECT)) } }
                div.body { ul.icons { (effects) } }
            }
        }
    }
}

/// The line every decision needs.
pub(crate) fn reason(label: &str, hint: &str) -> Markup {
    html! {
        div.field {
            label for="reason" { (label) " " kbd aria-hidden="true" { "r" } }
            input.in #reason name="reason" data-key="r" required maxlength="500" autocomplete="off" aria-describedby="reason-hint";
            span.hint #reason-hint { (hint) }
        }
    }
}

fn choice(value: &str, key: Option<&str>, strong: &str, text: &str) -> Markup {
    html! {
        label.check {
            input type="radio" name="answer" value=(value) data-key=[key] required;
            span { b { (strong) } " " (text) @if let Some(key) = key { " " kbd aria-hidden="true" { (key) } } }
        }
    }
}

fn held_choices(lang: Lang, case: &CaseView) -> Markup {
    let others: Vec<&Side> = case.sides.iter().skip(1).collect();
    html! {
        @if case.can_be_new {
            @let title = if others.is_empty() { w::ANSWER_NEW } else { w::ANSWER_APART_NEW };
            (choice("new", Some("1"), lang.say(title), lang.say(w::ANSWER_NEW_TEXT)))
        } @else { p.small.soft { (lang.say(w::ANSWER_NEW_NOT)) } }
        @for (at, (person, side)) in people(&others).into_iter().enumerate() {
            (choice(&format!("same:{person}"), (at == 0).then_some("2"), &lang.fill(w::ANSWER_LINK, &[&evidence::who(&side.claim)]), lang.say(w::ANSWER_FILE_TEXT)))
        }
    }
}

/// The first side of each person, in order: two records of one person are one answer.
fn people<'a>(sides: &[&'a Side]) -> Vec<(fhir::PersonId, &'a Side)> {
    let mut seen = Vec::new();
    for side in sides {
        if let Some(person) = side.person.filter(|p| !seen.iter().any(|(s, _)| s == p)) {
            seen.push((person, *side));
        }
    }
    seen
}

fn pair_choices(lang: Lang, sides: &[Side]) -> Markup {
    let first = sides.first().and_then(|side| side.person);
    let others: Vec<(fhir::RecordId, &Side)> =
        sides.iter().skip(1).filter_map(|side| side.record.map(|record| (record, side))).collect();
    let many = others.len() > 1;
    html! {
        @for (at, (record, side)) in others.iter().enumerate() {
            @let title = if many { lang.fill(w::ANSWER_APART_FROM, &[&number(side)]) } else { lang.say(w::ANSWER_APART).to_owned() };
            (choice(&format!("apart:{record}"), (at == 0).then_some("1"), &title, lang.say(w::ANSWER_APART_TEXT)))
        }
        @for (at, (record, side)) in others.iter().filter(|(_, side)| first.is_none() || side.person != first).enumerate() {
            (choice(&format!("link:{record}"), (at == 0).then_some("2"), &lang.fill(w::ANSWER_LINK, &[&evidence::who(&side.claim)]), lang.say(w::ANSWER_LINK_TEXT)))
        }
    }
}

/// Which other records of the person leave with the first, when two records of one person are parted.
fn leaving(lang: Lang, view: &CompareView) -> Markup {
    let [first, from] = view.sides.as_slice() else { return html! {} };
    let same = |(issuer, number): &&(String, String)| *issuer == from.authority && *number == from.value;
    let others: Vec<&(String, String)> = first.with.iter().filter(|other| !same(other)).collect();
    if !super::compare::one_person(view) || others.is_empty() {
        return html! {};
    }
    html! {
        div.stack.tight role="group" aria-labelledby="leaving" {
            p #leaving { b { (lang.fill(w::LEAVES_WITH, &[&number(first)])) } }
            @for (issuer, value) in others {
                label.check { input type="checkbox" name="with" value=(fhir::RecordId::of(issuer, value)); span.id { (record_label(issuer, value)) } }
            }
        }
    }
}

/// Which record and person the question is about, for the act and for the way back after it.
fn about(sides: &[Side]) -> Markup {
    let record = sides.first().and_then(|side| side.record);
    // The record of a claim is not on file yet; "somebody new" will be born with it.
    let born = |side: &Side| fhir::PersonId::born_with(fhir::RecordId::of(&side.authority, &side.value));
    let person = sides.first().map(|side| side.person.unwrap_or_else(|| born(side)));
    html! {
        @if let Some(record) = record { input type="hidden" name="record" value=(record); }
        @if let Some(person) = person { input type="hidden" name="person" value=(person); }
    }
}

fn effects(lang: Lang) -> Markup {
    html! {
        li { (icon("people")) span { (lang.say(w::EFFECT_VIEWS)) } }
        li { (icon("send")) span { (lang.say(w::EFFECT_TOLD)) } }
        li { (icon("list")) span { (lang.say(w::EFFECT_KEEP)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radio_button_says_what_its_label_says() {
        assert_eq!(read("same:abc"), Some(Said::Same("abc")));
        assert_eq!(read("link:abc"), Some(Said::Link("abc")));
        assert_eq!(read("apart:abc"), Some(Said::Apart("abc")));
        assert_eq!(read("ask"), Some(Said::Ask));
        assert_eq!(read("confirm"), Some(Said::Confirm));
        assert_eq!(read("decline"), Some(Said::Decline));
        assert_eq!(read("join:abc"), None);
        assert_eq!(read(""), None);
    }
}
