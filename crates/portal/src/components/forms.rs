//! Forms: each carries the token of its session, so that no other site can press the button.

use super::chrome::Chrome;
use maud::{Markup, html};

/// Name of the hidden field.
pub(crate) const TOKEN: &str = "form";

/// The hidden field of every form that changes something.
pub(crate) fn token(chrome: &Chrome) -> Markup {
    html! { input type="hidden" name=(TOKEN) value=(chrome.form_token); }
}

/// A labelled line of text with its hint.
pub(crate) fn field(id: &str, name: &str, label: &str, hint: &str, required: bool) -> Markup {
    let hint_id = format!("{id}-hint");
    html! {
        div.field {
            label for=(id) { (label) }
            input.in id=(id) name=(name) required[required] maxlength="500" autocomplete="off" aria-describedby=(hint_id);
            span.hint id=(hint_id) { (hint) }
        }
    }
}

/// The same with what was written in it before.
pub(crate) fn filled(id: &str, name: &str, label: &str, hint: &str, value: &str) -> Markup {
    let hint_id = format!("{id}-hint");
    html! {
        div.field {
            label for=(id) { (label) }
            input.in id=(id) name=(name) value=(value) required maxlength="500" autocomplete="off" aria-describedby=(hint_id);
            span.hint id=(hint_id) { (hint) }
        }
    }
}

/// One of several choices.
pub(crate) fn radio(name: &str, value: &str, checked: bool, label: Markup) -> Markup {
    html! {
        label.check { input type="radio" name=(name) value=(value) checked[checked] required; span { (label) } }
    }
}
