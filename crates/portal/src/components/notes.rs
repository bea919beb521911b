//! Sentences that stand out, and pages with nothing on them.

use super::icons::{big, icon};
use maud::{Markup, html};

/// What a note is about; the class is its colour, the icon its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Somebody must act; read aloud at once.
    Critical,
    /// Something waits or needs care.
    Wait,
    /// Done; read aloud when there is a pause.
    Done,
    /// For information.
    Plain,
}

/// A note with a heading of its own.
pub(crate) fn note(tone: Tone, glyph: &'static str, title: &str, body: Markup) -> Markup {
    let (class, role) = dress(tone);
    html! {
        div class=(class) role=[role] {
            (icon(glyph))
            div { h2 { (title) } (body) }
        }
    }
}

/// One line, where the act was.
pub(crate) fn line(tone: Tone, glyph: &'static str, text: &str) -> Markup {
    let (class, role) = dress(tone);
    html! { div class={ (class) " slim" } role=[role] { (icon(glyph)) p { (text) } } }
}

/// Nothing to list: what is empty, when it was checked, what to do next.
pub(crate) fn empty(glyph: &'static str, title: &str, text: &str, next: Markup) -> Markup {
    html! {
        div.empty { (big(glyph)) h2 { (title) } p { (text) } (next) }
    }
}

fn dress(tone: Tone) -> (&'static str, Option<&'static str>) {
    match tone {
        Tone::Critical => ("note crit", Some("alert")),
        Tone::Wait => ("note wait", None),
        Tone::Done => ("note ok", Some("status")),
        Tone::Plain => ("note plain", None),
    }
}
