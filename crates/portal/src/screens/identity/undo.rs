//! Take a decision back: what would move, then the reason; the first decision stays in the history.

use super::answer::reason;
use super::moves;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, notes};
use crate::words::identity as w;
use actions::LinkEventId;
use actions::identity::DryRunView;
use actions::values::Permission;
use maud::{Markup, html};

/// The page before a decision is taken back.
pub(crate) fn screen(chrome: &Chrome, event: LinkEventId, view: &DryRunView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::UNDO_TITLE)) } p { (lang.say(w::UNDO_LEAD)) } } }
        section.card { header { h2 { (lang.say(w::MOVES_BACK)) } } (moves::three(lang, &view.moves)) }
        @if let Some(words) = &view.refusal {
            (notes::note(notes::Tone::Wait, "stop", lang.say(w::UNDO_NOT), html! { p { (lang.of(words)) } }))
        } @else if chrome.may(Permission::HandleIdentity) {
            form.card.pick action={ "/identity/undo/" (event) } method="post" {
                (forms::token(chrome))
                header { h2 { (lang.say(w::TAKE_BACK)) } span.soft { (lang.say(w::ANSWER_KEPT)) } }
                div.body.stack {
                    (reason(lang.say(w::UNDO_REASON), lang.say(w::UNDO_HINT)))
                    div.acts { button.btn.main type="submit" { (lang.say(w::TAKE_BACK)) } a href="/identity" data-key="b" { (lang.say(w::TO_LIST)) } }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::UNDO_TITLE).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[("r", w::KEY_REASON), ("b", w::KEY_LIST)],
            door: false,
            main,
        },
    )
}
