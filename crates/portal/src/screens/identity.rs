//! Identity review: the message and a record side by side; differing characters marked; answer and effects together.

use super::reader::feature_word;
use crate::components::banner::sex;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::{health_card, record_number, signed};
use crate::components::{forms, notes, times};
use crate::words::{Lang, chart as c, operations as w, shell};
use actions::identity::{Case, CaseCandidate, CaseLine, ReviewView};
use actions::values::Permission;
use actions::values::{Claim, Evidence, Feature, IdentifierSort, Outcome, Sex};
use maud::{Markup, html};

/// Candidates compared in full; the rest of them are never the likely answer and are named in the list of answers.
const COMPARED: usize = 3;
/// The widest bar of the drawing stands for this many bits.
const BAR_BITS: f64 = 15.0;

/// The page; `answered` when the last case has just been answered.
pub(crate) fn screen(chrome: &Chrome, view: &ReviewView, answered: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        (head(chrome, view))
        @if answered { (notes::line(notes::Tone::Done, "check", lang.say(w::ANSWERED))) }
        @if view.lines.is_empty() && view.case.is_none() {
            section.card {
                (notes::empty("swap", lang.say(w::REVIEW_EMPTY), &lang.fill(w::REVIEW_EMPTY_TEXT, &[&view.solved_today.to_string()]), html! {}))
            }
        } @else {
            @if let Some(case) = &view.case { (opened(chrome, case)) }
            (list(chrome, view))
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(shell::IDENTITY).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn head(chrome: &Chrome, view: &ReviewView) -> Markup {
    let lang = chrome.lang();
    match &view.case {
        None => {
            html! { div.head { div { h1 { (lang.say(shell::IDENTITY)) } p { (lang.say(w::REVIEW_LIST_LEAD)) } } } }
        }
        Some(case) => {
            let at = view.lines.iter().position(|line| line.obligation == case.line.obligation);
            let next = at
                .and_then(|i| view.lines.get(i + 1))
                .or_else(|| view.lines.iter().find(|l| l.obligation != case.line.obligation));
            let left = view.lines.len().saturating_sub(1);
            html! {
                div.head {
                    div {
                        h1 { (lang.say(w::REVIEW_TITLE)) }
                        p { (lang.fill(w::REVIEW_LEAD, &[&case.message.to_string()])) " · " (lang.of(&case.line.why)) }
                    }
                    div.acts {
                        (times::clock(lang, case.line.due, chrome.now))
                        @if chrome.may(Permission::ReadMessage) { a.btn.slim href={ "/messages/" (case.message) } { (icon("mail")) (lang.say(w::OPEN_MESSAGE)) } }
                        @if let Some(next) = next { a.btn.slim href={ "/identity?case=" (next.obligation) } { (lang.fill(w::NEXT_CASE, &[&left.to_string()])) } }
                    }
                }
            }
        }
    }
}

fn list(chrome: &Chrome, view: &ReviewView) -> Markup {
    let lang = chrome.lang();
    let open = view.case.as_ref().map(|case| case.line.obligation);
    html! {
        section.card {
            header {
                h2 { (lang.fill(w::REVIEW_N, &[&view.lines.len().to_string()])) }
                span.soft { (lang.fill(w::REVIEW_SOLVED, &[&view.solved_today.to_string()])) }
            }
            ul.lines { @for line in &view.lines { (entry(chrome, line, open == Some(line.obligation))) } }
        }
    }
}

fn entry(chrome: &Chrome, line: &CaseLine, open: bool) -> Markup {
    let lang = chrome.lang();
    html! {
        li data-line="" {
            div.top {
                a href={ "/identity?case=" (line.obligation) } aria-current=[open.then_some("true")] { (line.name) }
                (times::clock(lang, line.due, chrome.now))
            }
            span.soft { (lang.of(&line.why)) " · " (lang.count(u64::from(line.waiting), w::WAITING_ONE, w::WAITING_MANY)) }
        }
    }
}

fn opened(chrome: &Chrome, case: &Case) -> Markup {
    let lang = chrome.lang();
    html! {
        @if case.candidates.is_empty() {
            (notes::note(notes::Tone::Wait, "people", lang.say(w::NO_CANDIDATE), html! { p { (lang.say(w::NO_CANDIDATE_TEXT)) } }))
            section.card {
                header { h2 { (lang.say(w::CLAIM_TITLE)) } }
                div.body { dl.facts { @for feature in FEATURES { dt { (lang.say(feature_word(*feature))) } dd.plain { @let text = fact(lang, &case.claim, *feature); @if text.is_empty() { (lang.say(w::NOT_STATED)) } @else { (text) } } } } }
            }
        }
        @for candidate in case.candidates.iter().take(COMPARED) { (compared(chrome, case, candidate)) }
        @if chrome.may(Permission::HandleIdentity) { (answer(chrome, case)) }
    }
}

const FEATURES: &[Feature] = &[
    Feature::FamilyName,
    Feature::GivenName,
    Feature::BirthDate,
    Feature::Sex,
    Feature::HealthCard,
    Feature::RecordNumber,
    Feature::Telephone,
    Feature::PostalCode,
];

fn compared(chrome: &Chrome, case: &Case, candidate: &CaseCandidate) -> Markup {
    let lang = chrome.lang();
    let record = candidate
        .claim
        .own
        .as_ref()
        .map_or_else(String::new, |own| format!("{} {}", own.authority, record_number(&own.value)));
    let total = signed(lang, candidate.weight);
    html! {
        section.card {
            div.scroll tabindex="0" role="region" aria-label={ (lang.say(w::COMPARED)) ": " (record) } {
                table.pair.wt {
                    caption.vh { (lang.say(w::COMPARED)) ": " (record) }
                    thead {
                        tr {
                            th scope="col" { (lang.say(w::COL_EVIDENCE)) }
                            th scope="col" { (lang.say(w::COL_CLAIM)) }
                            th scope="col" { (lang.fill(w::COL_RECORD, &[&record])) }
                            th.num scope="col" { (lang.say(w::COL_WEIGHT)) }
                            th scope="col" { (lang.say(w::COL_WORDS)) }
                        }
                    }
                    tbody {
                        @for feature in FEATURES {
                            (line(lang, *feature, &case.claim, candidate, candidate.evidence.iter().find(|e| e.feature == *feature)))
                        }
                    }
                }
            }
            footer.spread {
                span { b { (lang.fill(if candidate.weight >= 0.0 { w::TOTAL_SAME } else { w::TOTAL_TWO }, &[&total])) } " " (lang.say(w::TOTAL_NOTE)) }
                span { (lang.say(w::TINTS)) }
            }
        }
    }
}

fn line(
    lang: Lang,
    feature: Feature,
    claim: &Claim,
    candidate: &CaseCandidate,
    evidence: Option<&Evidence>,
) -> Markup {
    let (ours, theirs) = (fact(lang, &candidate.claim, feature), fact(lang, claim, feature));
    let class = match evidence.map(|e| e.outcome) {
        Some(Outcome::Agrees) => "same",
        Some(Outcome::Nearly) => "diff",
        Some(Outcome::Disagrees) => "clash",
        Some(Outcome::Absent) | None => "none",
    };
    let marked = matches!(class, "diff" | "clash");
    html! {
        tr class=(class) {
            th scope="row" { (lang.say(feature_word(feature))) }
            td { (shown(lang, &theirs, &ours, marked)) }
            td { (shown(lang, &ours, &theirs, marked)) }
            td.num { @if let Some(e) = evidence { (bar(e.weight)) } span.bits { (signed(lang, evidence.map_or(0.0, |e| e.weight))) } }
            td.say { @match evidence { Some(e) => (lang.of(&e.words)), None => (lang.say(c::NOT_COMPARED)) } }
        }
    }
}

fn shown(lang: Lang, text: &str, other: &str, marked: bool) -> Markup {
    html! {
        @if text.is_empty() { span.soft { (lang.say(w::NOT_STATED)) } }
        @else if marked && !other.is_empty() {
            span { @for (differs, run) in differing(text, other) { @if differs { mark { (run) } } @else { (run) } } }
        } @else { (text) }
    }
}

/// A bar to the right for, to the left against.
fn bar(bits: f64) -> Markup {
    let width = (bits.abs() / BAR_BITS).min(1.0) * 38.0;
    html! {
        svg.weight viewBox="0 0 80 12" aria-hidden="true" {
            path.zero d="M40 0v12" {}
            @if bits >= 0.0 { rect.plus x="40" y="2" width=(format!("{width:.1}")) height="8" {} }
            @else { rect.minus x=(format!("{:.1}", 40.0 - width)) y="2" width=(format!("{width:.1}")) height="8" {} }
        }
    }
}

fn fact(lang: Lang, claim: &Claim, feature: Feature) -> String {
    let name = claim.names.first();
    let numbers = |sort: IdentifierSort| {
        let all = claim.identifiers.iter().filter(|i| i.sort == sort);
        all.map(|i| match sort {
            IdentifierSort::HealthCard => format!("{} {}", health_card(&i.value), i.authority),
            _ => format!("{} {}", i.authority, record_number(&i.value)),
        })
        .collect::<Vec<_>>()
        .join(", ")
    };
    match feature {
        Feature::FamilyName => name.map(|n| n.family.to_uppercase()).unwrap_or_default(),
        Feature::GivenName => {
            name.map(|n| format!("{} {}", n.given, n.middle).trim().to_owned()).unwrap_or_default()
        }
        Feature::BirthDate => claim.birth_date.clone(),
        Feature::Sex => match claim.sex {
            Sex::Female => sex(lang, "female").to_owned(),
            Sex::Male => sex(lang, "male").to_owned(),
            Sex::Other => sex(lang, "other").to_owned(),
            Sex::Unknown => String::new(),
        },
        Feature::HealthCard => numbers(IdentifierSort::HealthCard),
        Feature::RecordNumber => numbers(IdentifierSort::RecordNumber),
        Feature::Telephone => claim.telephones.join(", "),
        Feature::PostalCode => claim.postal_code.clone(),
    }
}

/// Runs of `text`, marked where they are not in the longest common subsequence with `other`, case aside.
fn differing(text: &str, other: &str) -> Vec<(bool, String)> {
    let fold = |s: &str| -> Vec<char> { s.chars().collect() };
    let (a, b) = (fold(text), fold(other));
    let same = |x: char, y: char| x.to_lowercase().eq(y.to_lowercase());
    let mut table = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i][j] =
                if same(a[i], b[j]) { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut runs: Vec<(bool, String)> = Vec::new();
    while i < a.len() {
        let kept = j < b.len() && same(a[i], b[j]);
        if !kept && j < b.len() && table[i][j + 1] > table[i + 1][j] {
            j += 1;
            continue;
        }
        match runs.last_mut() {
            Some((differs, run)) if *differs != kept => run.push(a[i]),
            _ => runs.push((!kept, a[i].to_string())),
        }
        i += 1;
        j += usize::from(kept);
    }
    runs
}

fn answer(chrome: &Chrome, case: &Case) -> Markup {
    let lang = chrome.lang();
    let waiting = u64::from(case.line.waiting.max(1));
    let messages = lang.count(waiting, w::ANSWER_MESSAGES_ONE, w::ANSWER_MESSAGES_MANY);
    html! {
        div.cols.wide-narrow {
            form.card.pick action={ "/identity/" (case.line.obligation) } method="post" {
                (forms::token(chrome))
                header { h2 { (lang.say(w::YOUR_ANSWER)) } span.soft { (lang.say(w::ANSWER_KEPT)) } }
                div.body.stack {
                    fieldset.stack.tight {
                        legend.vh { (lang.say(w::YOUR_ANSWER)) }
                        @for candidate in &case.candidates {
                            (forms::radio("answer", &candidate.person.to_string(), false, html! { b { (lang.fill(w::ANSWER_SAME, &[&who(candidate)])) } " " (lang.say(w::ANSWER_SAME_TEXT)) }))
                        }
                        @if case.can_be_new { (forms::radio("answer", "new", false, html! { b { (lang.say(w::ANSWER_NEW)) } " " (lang.say(w::ANSWER_NEW_TEXT)) })) }
                        @else { p.small.soft { (lang.say(w::ANSWER_NEW_NOT)) } }
                        (forms::radio("answer", "return", false, html! { b { (lang.say(w::ANSWER_RETURN)) } " " (lang.say(w::ANSWER_RETURN_TEXT)) }))
                    }
                    (forms::field("reason", "reason", lang.say(w::REASON), lang.say(w::REASON_HINT), true))
                    div.acts { button.btn.main type="submit" { (lang.fill(w::ANSWER_DO, &[&messages])) } }
                }
            }
            section.card.edge.wait {
                header { h2 { (lang.say(w::ANSWER_EFFECT)) } }
                div.body {
                    ul.icons {
                        li { (icon("mail")) span { (lang.fill(if waiting == 1 { w::EFFECT_RELEASE_ONE } else { w::EFFECT_RELEASE }, &[&messages])) } }
                        li { (icon("send")) span { (lang.say(w::EFFECT_DELIVER)) } }
                        li { (icon("list")) span { (lang.say(w::EFFECT_KEEP)) } }
                    }
                }
            }
        }
    }
}

/// Two identifiers of a candidate, so that the answer names the person and not only a row.
fn who(candidate: &CaseCandidate) -> String {
    let claim = &candidate.claim;
    let name =
        claim.names.first().map(|n| format!("{}, {}", n.family.to_uppercase(), n.given)).unwrap_or_default();
    let number = claim
        .own
        .as_ref()
        .map(|own| format!("{} {}", own.authority, record_number(&own.value)))
        .unwrap_or_default();
    [name, claim.birth_date.clone(), number]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_characters_that_differ_are_marked() {
        let marked = |a: &str, b: &str| {
            differing(a, b).into_iter().filter(|(d, _)| *d).map(|(_, r)| r).collect::<Vec<_>>()
        };
        assert_eq!(marked("1961-03-09", "1961-03-09"), Vec::<String>::new());
        assert_eq!(marked("McDonald", "MacDonald"), Vec::<String>::new());
        assert_eq!(marked("MacDonald", "McDonald"), vec!["a"]);
        assert_eq!(marked("Marin", "Maren"), vec!["i"]);
        let joined: String = differing("Léa-Rose", "Lea Rose").into_iter().map(|(_, r)| r).collect();
        assert_eq!(joined, "Léa-Rose");
    }
}
