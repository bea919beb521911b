//! Two or more records on file side by side, without a case: to link them or to part them.

use super::{answer, case, moves};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::words::identity as w;
use actions::identity::CompareView;
use actions::values::Permission;
use maud::{Markup, html};

/// Whether exactly two records are compared that are read as one person today: then they can only be parted.
pub(crate) fn one_person(view: &CompareView) -> bool {
    match view.sides.as_slice() {
        [one, other] => one.person.is_some() && one.person == other.person,
        _ => false,
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &CompareView) -> Markup {
    let lang = chrome.lang();
    let title = if view.sides.len() > 2 { w::CASE_TITLE_MANY } else { w::CASE_TITLE };
    let main = html! {
        div.head {
            div { h1 { (lang.say(title)) } p { (lang.say(w::COMPARE_LEAD)) } }
            div.acts { a.btn.slim href="/identity" data-key="b" { (lang.say(w::TO_LIST)) } }
        }
        (case::compared(lang, &view.sides, &view.compared))
        (moves::card(lang, &view.sides, &view.moves, if one_person(view) { w::MOVES_LEAD_PART } else { w::MOVES_LEAD }))
        @if chrome.may(Permission::HandleIdentity) { (answer::of_pair(chrome, view)) }
    };
    page(
        chrome,
        Page {
            title: lang.say(title).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[("1", w::KEY_APART), ("2", w::KEY_LINK), ("r", w::KEY_REASON), ("b", w::KEY_LIST)],
            door: false,
            main,
        },
    )
}
