//! Who gets what by which way: what is always sent, and which ordinary copies are left out at somebody's wish.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{notes, pill};
use crate::words::{Lang, directory as w};
use actions::directory::{CopiesLine, SubscriptionsView};
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &SubscriptionsView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::COPIES)) } p { (lang.say(w::COPIES_LEAD)) } } }
        (always(lang))
        @if view.lines.is_empty() { (notes::line(notes::Tone::Plain, "check", lang.say(w::COPIES_NONE))) }
        @for line in &view.lines { (way(lang, line)) }
    };
    let title = lang.say(w::COPIES).to_owned();
    page(chrome, Page { title, section: Section::Directory, chart: None, keys: &[], door: false, main })
}

/// What nobody can leave out, and why.
pub(super) fn always(lang: Lang) -> Markup {
    notes::note(
        notes::Tone::Plain,
        "lock",
        lang.say(w::COPIES_ALWAYS),
        html! { p { (lang.say(w::COPIES_WHY)) } },
    )
}

fn way(lang: Lang, line: &CopiesLine) -> Markup {
    let title = lang.fill(w::COPIES_OF, &[&line.place, lang.of(&line.kind), &line.receivers.to_string()]);
    let state = |takes: bool, out: &[Option<String>]| {
        let names: Vec<&str> = out.iter().flatten().map(String::as_str).collect();
        match (takes, out.iter().any(Option::is_none), names.is_empty()) {
            (false, _, _) => lang.say(w::COPIES_NOT_TAKEN).to_owned(),
            (true, true, _) => lang.say(w::COPIES_OUT_ALL).to_owned(),
            (true, false, false) => lang.fill(w::COPIES_OUT, &[&names.join("; ")]),
            (true, false, true) => lang.say(w::COPIES_SENT).to_owned(),
        }
    };
    html! {
        section.card {
            header { h2 { (title) } span.soft { (line.endpoint) } }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    caption.vh { (title) }
                    thead { tr { @for column in [w::COL_KIND, w::COL_COPIES] { th scope="col" { (lang.say(column)) } } } }
                    tbody {
                        @for (class, takes, out) in &line.classes {
                            tr { th scope="row" { (pill::class(lang, *class)) } td { (state(*takes, out)) } }
                        }
                    }
                }
            }
        }
    }
}
