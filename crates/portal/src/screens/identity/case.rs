//! One case: two or more records side by side, what would move, and the answer.

use super::{Done, answer, case_href, moves, risk, said};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::evidence::{self, Column};
use crate::components::icons::icon;
use crate::components::numbers::{record_label, signed, whole};
use crate::components::{notes, times};
use crate::words::{Lang, Say, identity as w};
use actions::identity::{CaseFilter, CaseSort, CaseView, Compared, Side, WorkLine, WorklistView};
use actions::values::Permission;
use maud::{Markup, html};

/// Records compared in full, the first included; the rest resemble less and stand in the list of answers.
const COLUMNS: usize = 4;

/// Keys of a case.
const KEYS: &[(&str, Say)] = &[
    ("1", w::KEY_APART),
    ("2", w::KEY_LINK),
    ("3", w::KEY_ASK),
    ("r", w::KEY_REASON),
    ("n", w::KEY_NEXT),
    ("b", w::KEY_LIST),
];
/// Keys of a case on which a change waits for a second steward.
const KEYS_OF_A_PROPOSAL: &[(&str, Say)] = &[
    ("1", w::KEY_CONFIRM),
    ("2", w::KEY_DECLINE),
    ("r", w::KEY_REASON),
    ("n", w::KEY_NEXT),
    ("b", w::KEY_LIST),
];

/// The page of an opened case.
pub(crate) fn screen(
    chrome: &Chrome,
    view: &WorklistView,
    case: &CaseView,
    shown: CaseFilter,
    done: &Done,
) -> Markup {
    let lang = chrome.lang();
    let next = next(view, case);
    let main = html! {
        (said(lang, done))
        (head(chrome, view, case, shown, next))
        (compared(lang, &case.sides, &case.compared))
        (moves::card(lang, &case.sides, &case.moves, if case.line.sort == CaseSort::Held { w::MOVES_LEAD_HELD } else { w::MOVES_LEAD }))
        @if let Some(proposed) = &case.proposed { (answer::of_proposal(chrome, case, proposed, shown, next)) }
        @else if chrome.may(Permission::HandleIdentity) { (answer::of_case(chrome, case, shown, next)) }
        (past(lang, case))
    };
    page(
        chrome,
        Page {
            title: lang.say(title(case)).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: if case.proposed.is_some() { KEYS_OF_A_PROPOSAL } else { KEYS },
            door: false,
            main,
        },
    )
}

fn title(case: &CaseView) -> crate::words::Say {
    match case.sides.len() {
        0 | 1 => w::CASE_TITLE_ALONE,
        2 => w::CASE_TITLE,
        _ => w::CASE_TITLE_MANY,
    }
}

/// The case that opens after this one: the next of the list that waits for nobody else, else its first, else any other.
fn next<'a>(view: &'a WorklistView, case: &CaseView) -> Option<&'a WorkLine> {
    let at = view.lines.iter().position(|line| line.case == case.line.case).map_or(0, |at| at + 1);
    let (before, after) = view.lines.split_at(at.min(view.lines.len()));
    let mut others = after.iter().chain(before).filter(|line| line.case != case.line.case);
    others.clone().find(|line| line.asked.is_none()).or_else(|| others.next())
}

fn head(
    chrome: &Chrome,
    view: &WorklistView,
    case: &CaseView,
    shown: CaseFilter,
    next: Option<&WorkLine>,
) -> Markup {
    let lang = chrome.lang();
    let at = view.lines.iter().position(|line| line.case == case.line.case).map_or(1, |at| at + 1);
    let all = u64::from(super::count(view, shown)).max(view.lines.len() as u64);
    html! {
        div.head {
            div {
                h1 { (lang.say(title(case))) }
                p {
                    (lang.fill(w::CASE_OF, &[&whole(lang, at as u64), &whole(lang, all)])) " · " (lang.of(&case.line.why))
                }
                p { (risk(lang, case.line.risk.level)) " " (lang.of(&case.line.risk.because)) @if case.line.sort == CaseSort::Held { " " (lang.say(w::NOTHING_FILED)) } }
            }
            div.acts {
                (times::clock(lang, case.line.due, chrome.now))
                @if let Some(message) = case.message && chrome.may(Permission::ReadMessage) {
                    a.btn.slim href={ "/messages/" (message) } { (icon("mail")) (lang.say(w::OPEN_MESSAGE)) }
                }
                a.btn.slim href={ "/identity?show=" (super::word(shown)) } data-key="b" { (lang.say(w::TO_LIST)) }
                @if let Some(next) = next { a.btn.slim href=(case_href(shown, next)) data-key="n" { (lang.say(w::NEXT)) } }
            }
        }
        @if let Some(asked) = case.line.asked {
            (notes::line(notes::Tone::Wait, "clock", &lang.fill(w::ASKED_OPEN, &[&times::minute_text(asked)])))
        }
    }
}

/// `HI 0071 8264`
pub(crate) fn number(side: &Side) -> String {
    record_label(&side.authority, &side.value)
}

/// Head of a column: a letter and a number, or that it is the message that says so.
fn heading(lang: Lang, side: &Side, at: usize) -> Markup {
    const LETTERS: &[&str] = &["A", "B", "C", "D", "E", "F"];
    let letter = LETTERS.get(at).copied().unwrap_or_default();
    html! {
        span.side {
            span {
                @if side.record.is_none() { (lang.say(w::COL_CLAIM)) }
                @else { (lang.fill(w::COL_RECORD, &[letter])) }
                " " span.id { (number(side)) }
            }
            @if let Some(person) = side.person {
                span.sub {
                    @if !side.with.is_empty() { (lang.count(side.with.len() as u64, w::WITH_ONE, w::WITH_MANY)) " · " }
                    a href={ "/identity/person/" (person) } { (lang.say(w::THIS_PERSON)) }
                }
            }
        }
    }
}

/// The records side by side with the evidence.
pub(crate) fn compared(lang: Lang, sides: &[Side], compared: &[Compared]) -> Markup {
    let Some((first, others)) = sides.split_first() else { return html! {} };
    if others.is_empty() {
        return alone(lang, first);
    }
    let mut columns =
        vec![Column { heading: heading(lang, first, 0), claim: &first.claim, evidence: &[], total: 0.0 }];
    let pairs = others.iter().zip(compared).take(COLUMNS - 1);
    columns.extend(pairs.clone().enumerate().map(|(at, (side, found))| Column {
        heading: heading(lang, side, at + 1),
        claim: &side.claim,
        evidence: &found.evidence,
        total: found.weight,
    }));
    let unstated = evidence::unstated(lang, &columns);
    let left = others.len().saturating_sub(COLUMNS - 1) as u64;
    html! {
        @for (side, found) in pairs.clone() {
            @if let Some(words) = &found.kept_apart {
                (notes::note(notes::Tone::Wait, "people", &lang.fill(w::KEPT_APART, &[&number(side)]), html! { p { (lang.of(words)) } }))
            }
        }
        section.card {
            (evidence::table(lang, lang.say(w::COMPARED), &columns))
            footer.spread {
                @for (side, found) in pairs {
                    @let total = signed(lang, found.weight);
                    span {
                        @if others.len() == 1 { b { (lang.fill(leaning(found.weight), &[&total])) } " " (lang.say(w::TOTAL_NOTE)) }
                        @else { b { (lang.fill(w::TOTAL_OF, &[&number(side), &total])) } }
                    }
                }
                @if !unstated.is_empty() { span { (unstated) } }
                @if left > 0 { span { (lang.count(left, w::MORE_SIDES_ONE, w::MORE_SIDES)) } }
                span { (lang.say(w::TINTS)) }
            }
        }
    }
}

/// Which way a total leans; one that rounds to nought leans neither way.
fn leaning(bits: f64) -> crate::words::Say {
    if bits.abs() < 0.05 {
        w::TOTAL_EVEN
    } else if bits > 0.0 {
        w::TOTAL_SAME
    } else {
        w::TOTAL_TWO
    }
}

fn alone(lang: Lang, side: &Side) -> Markup {
    html! {
        (notes::note(notes::Tone::Wait, "people", lang.say(w::NO_CANDIDATE), html! { p { (lang.say(w::NO_CANDIDATE_TEXT)) } }))
        section.card {
            header { h2 { (lang.say(w::CLAIM_TITLE)) } }
            div.body { (evidence::facts(lang, &side.claim)) }
        }
    }
}

/// What was asked and answered so far.
fn past(lang: Lang, case: &CaseView) -> Markup {
    html! {
        @if !case.history.is_empty() {
            section.card {
                header { h2 { (lang.say(w::CASE_PAST)) } }
                div.body { ul.events { @for (at, who, what) in &case.history { li { (times::second(*at)) " · " (lang.of(who)) br; (lang.of(what)) } } } }
            }
        }
    }
}
