//! What a change of links would move: counted before the button, with who already acted and who is told.

use super::case::number;
use crate::components::icons::icon;
use crate::components::numbers::{record_label, whole};
use crate::components::times;
use crate::words::{Lang, Say, identity as w};
use actions::identity::{Moved, Moves, Side, Told, ToldState};
use maud::{Markup, html};

/// The card of a case: what would move for each record that the first might be.
pub(crate) fn card(lang: Lang, sides: &[Side], moves: &[Moves], lead: Say) -> Markup {
    let pairs: Vec<(&Side, &Moves)> = sides.iter().skip(1).zip(moves).collect();
    html! {
        @if let [(_, only)] = pairs.as_slice() {
            section.card { header { h2 { (lang.say(w::MOVES)) } span.soft { (lang.say(lead)) } } (three(lang, only)) }
        } @else if !pairs.is_empty() {
            section.card {
                header { h2 { (lang.say(w::MOVES)) } span.soft { (lang.say(lead)) } }
                div.body.stack.tight {
                    @for (at, (side, moves)) in pairs.iter().enumerate() {
                        details open[at == 0] {
                            summary { (lang.fill(w::MOVES_IF, &[&number(side)])) ": " (brief(lang, moves)) }
                            (three(lang, moves))
                        }
                    }
                }
            }
        }
    }
}

/// The sorts of things that move: glyph, how many, words for one and many.
fn sorts(moves: &Moves) -> [(&'static str, &Moved, Say, Say); 4] {
    [
        ("lab", &moves.results, w::RESULTS_ONE, w::RESULTS),
        ("list", &moves.orders, w::ORDERS_ONE, w::ORDERS),
        ("doc", &moves.letters, w::LETTERS_ONE, w::LETTERS),
        ("bed", &moves.visits, w::VISITS_ONE, w::VISITS),
    ]
}

/// `3 results, 2 orders`
fn brief(lang: Lang, moves: &Moves) -> String {
    let parts: Vec<String> = sorts(moves)
        .into_iter()
        .filter(|(_, moved, _, _)| moved.count > 0)
        .map(|(_, moved, one, many)| lang.count(u64::from(moved.count), one, many))
        .collect();
    if parts.is_empty() { lang.say(w::MOVES_NONE_BRIEF).to_owned() } else { parts.join(", ") }
}

/// What moves, who acted, who is told: beside each other where there is room.
pub(crate) fn three(lang: Lang, moves: &Moves) -> Markup {
    html! {
        div.body.cols.c3.top {
            div.stack.tight { h3 { (lang.say(w::MOVES_WHAT)) } (what(lang, moves)) }
            div.stack.tight { h3 { (lang.say(w::ACTED)) } (acted(lang, moves)) }
            div.stack.tight { h3 { (lang.say(w::TOLD)) } (told(lang, &moves.told)) }
        }
    }
}

fn what(lang: Lang, moves: &Moves) -> Markup {
    let nothing = sorts(moves).iter().all(|(_, moved, _, _)| moved.count == 0);
    html! {
        @if nothing { p.soft { (lang.say(w::MOVES_NOTHING)) } }
        @else {
            ul.moves {
                @for (glyph, moved, one, many) in sorts(moves) {
                    @if moved.count > 0 { li { (icon(glyph)) (listed(lang, moved, one, many)) } }
                }
                @if moves.deliveries > 0 { li { (icon("send")) span { (lang.count(u64::from(moves.deliveries), w::DELIVERIES_ONE, w::DELIVERIES)) } } }
            }
        }
        @for record in &moves.records {
            p.small.soft { (lang.fill(w::MOVES_RECORD, &[&record_label(&record.authority, &record.value)])) }
        }
    }
}

fn listed(lang: Lang, moved: &Moved, one: Say, many: Say) -> Markup {
    let named = moved.newest.len() as u64;
    html! {
        @if moved.newest.is_empty() { span { (lang.count(u64::from(moved.count), one, many)) } }
        @else {
            details {
                summary { (lang.count(u64::from(moved.count), one, many)) }
                ul {
                    @for (what, at) in &moved.newest { li { (times::minute(*at)) " · " (what) } }
                    @if u64::from(moved.count) > named { li { (lang.fill(w::FIRST_OF, &[&whole(lang, named), &whole(lang, u64::from(moved.count))])) } }
                }
            }
        }
    }
}

fn acted(lang: Lang, moves: &Moves) -> Markup {
    html! {
        @if moves.acted.is_empty() { p.soft { (lang.say(w::ACTED_NONE)) } }
        @else { ul.events { @for one in &moves.acted { li { b { (lang.of(&one.who)) } " · " (lang.of(&one.what)) " · " (times::minute(one.at)) } } } }
    }
}

/// Systems that are told, and how far each notice is.
pub(crate) fn told(lang: Lang, told: &[Told]) -> Markup {
    html! {
        @if told.is_empty() { p.soft { (lang.say(w::TOLD_NONE)) } }
        @else { ul.events { @for one in told { li { b { (lang.of(&one.destination)) } " · " (one.trigger) @if let Some(state) = one.state { " " (how(lang, state)) } } } } }
    }
}

fn how(lang: Lang, state: ToldState) -> Markup {
    html! {
        @match state {
            ToldState::Waiting => span.pill.wait { (icon("clock")) (lang.say(w::TOLD_WAITING)) },
            ToldState::Acknowledged => span.pill.ok { (icon("check")) (lang.say(w::TOLD_ACKNOWLEDGED)) },
            ToldState::Refused => span.pill.late { (icon("x")) (lang.say(w::TOLD_REFUSED)) },
            ToldState::Closed => span.pill { (lang.say(w::TOLD_CLOSED)) },
        }
    }
}
