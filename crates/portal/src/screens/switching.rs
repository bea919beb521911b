//! The page that a form leads to when another chart was opened since it was made: both people by name, nothing done.

use crate::components::banner;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::notes::{Tone, note};
use crate::words::{Lang, shell as w, switching as s};
use actions::patients::Banner;
use actions::switching::SwitchedView;
use maud::{Markup, html};

/// The page with what was `written`; without names where the seat may not know them.
pub(crate) fn screen(chrome: &Chrome, view: Option<&SwitchedView>, written: &[&str]) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(s::SWITCHED)) } } }
        (note(Tone::Critical, "stop", lang.say(s::SWITCHED_WHAT), html! {
            @match view {
                Some(view) => {
                    p { (lang.fill(s::SWITCHED_FOR, &[&who(lang, &view.asked)])) }
                    p { (lang.fill(s::SWITCHED_OPEN, &[&who(lang, &view.open)])) }
                    p { (lang.say(s::SWITCHED_NEXT)) }
                }
                None => p { (lang.say(s::SWITCHED_UNNAMED)) },
            }
            @if !written.is_empty() {
                p { (lang.say(s::SWITCHED_WRITTEN)) }
                @for text in written { blockquote { (text) } }
            }
            div.row {
                @if let Some(view) = view {
                    @for banner in [&view.asked, &view.open] {
                        @if let Some(href) = chrome.chart_href(banner.person) {
                            a.btn href=(href) { (lang.fill(s::SWITCHED_GO, &[&banner::name(banner)])) }
                        }
                    }
                }
                a href="/" { (lang.say(w::GO_HOME)) }
            }
        }))
    };
    page(
        chrome,
        Page {
            title: lang.say(s::SWITCHED).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// Name, birth date and card: what tells two people apart.
fn who(lang: Lang, banner: &Banner) -> String {
    format!("{}, {}, {}", banner::name(banner), banner.birth_date, banner::card_text(lang, banner))
}
