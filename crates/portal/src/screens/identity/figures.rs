//! How the desk does: time to candidates and questions per thousand registrations, counted by the desk itself.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::{value, whole};
use crate::words::{Lang, Say, identity as w};
use actions::registration::FiguresView;
use maud::{Markup, html};

/// Candidates are promised within this, in milliseconds (FEATURES.md ID2).
const PROMISE_MS: u32 = 150;

/// The figures alone, for a page of another screen.
pub(crate) fn card(lang: Lang, view: &FiguresView) -> Markup {
    let measured = view.registrations > 0;
    let milliseconds = |n: u32| {
        if measured {
            lang.fill(w::MILLISECONDS, &[&whole(lang, u64::from(n))])
        } else {
            lang.say(w::FIG_NONE).to_owned()
        }
    };
    let late = view.to_candidates_p95_ms > PROMISE_MS;
    let seconds = value(lang, &format!("{:.0}", f64::from(view.to_create_p50_ms) / 1000.0));
    let figure = |name: Say, text: String| html! { div { dt { (lang.say(name)) } dd { (text) } } };
    html! {
        section.card.figures aria-label=(lang.say(w::FIGURES)) {
            div.body.spread {
                dl.figs {
                    (figure(w::FIG_SHOWN_HALF, milliseconds(view.to_candidates_p50_ms)))
                    div {
                        dt { (lang.say(if late { w::FIG_BEYOND } else { w::FIG_WITHIN })) }
                        dd.lost[late] { @if measured { @if late { (icon("warn")) } @else { (icon("check")) } } (milliseconds(view.to_candidates_p95_ms)) }
                    }
                    (figure(w::FIG_CREATE, if measured { lang.fill(w::SECONDS, &[&seconds]) } else { lang.say(w::FIG_NONE).to_owned() }))
                }
                dl.figs {
                    (figure(w::FIG_REGISTERED, whole(lang, u64::from(view.registrations))))
                    (figure(w::FIG_DISMISSED, whole(lang, u64::from(view.dismissed))))
                    (figure(w::FIG_TASKS, whole(lang, u64::from(view.reviews))))
                    (figure(w::FIG_PER_THOUSAND, value(lang, &format!("{:.1}", view.reviews_per_1000))))
                }
            }
        }
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &FiguresView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::FIGURES)) } p { (lang.fill(w::FIGURES_LEAD, &[&whole(lang, u64::from(view.records))])) } }
        }
        (card(lang, view))
        section.card {
            header { h2 { (lang.say(w::FIGURES_MEANING)) } }
            div.body.stack.tight {
                p { (lang.say(w::FIGURES_CANDIDATES)) }
                p { (lang.say(w::FIGURES_CASES)) }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::FIGURES).to_owned(),
            section: Section::Identity,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}
