//! The systems that receive, each paused or resumed by hand.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, notes, times};
use crate::words::practice as w;
use actions::practice::DestinationLine;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, lines: &[DestinationLine], done: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::DESTINATIONS)) } p { (lang.say(w::DESTINATIONS_LEAD)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::PAUSE_DONE))) }
        @if lines.is_empty() { (notes::line(notes::Tone::Plain, "check", lang.say(w::DESTINATIONS_NONE))) }
        @else { section.card { ul.lines { @for line in lines { (destination(chrome, line)) } } } }
    };
    let title = lang.say(w::DESTINATIONS).to_owned();
    page(chrome, Page { title, section: Section::Destinations, chart: None, keys: &[], door: false, main })
}

fn destination(chrome: &Chrome, line: &DestinationLine) -> Markup {
    let lang = chrome.lang();
    let waits = line.waiting_since.map(|at| lang.fill(w::WAITS, &[&times::minute_text(at)]));
    html! {
        li {
            div.top {
                span { b { (line.id) } " · " (line.place) " · " (lang.of(&line.kind)) }
                span.soft { @if let Some(waits) = &waits { (waits) } }
            }
            @if let Some(pause) = &line.paused {
                (notes::line(notes::Tone::Wait, "clock", &lang.fill(w::PAUSED, &[&times::minute_text(pause.since)])))
                p { (lang.of(&pause.words)) }
                p.small.soft { (lang.fill(w::PAUSED_UNTIL, &[lang.of(&pause.owner), &times::minute_text(pause.until)])) }
            }
            details.solve {
                summary { (lang.say(if line.paused.is_some() { w::RESUME } else { w::PAUSE })) span.vh { ": " (line.id) } }
                form.stack.tight method="post" action={ "/destinations/" (if line.paused.is_some() { "resume" } else { "pause" }) } {
                    (forms::token(chrome))
                    input type="hidden" name="destination" value=(line.id);
                    (forms::field(&format!("why-{}", line.id), "reason", lang.say(w::PAUSE_WHY), lang.say(w::PAUSE_WHY_HINT), true))
                    @if line.paused.is_none() {
                        (forms::field(&format!("minutes-{}", line.id), "minutes", lang.say(w::PAUSE_MINUTES), lang.say(w::PAUSE_MINUTES_HINT), false))
                    }
                    div.acts { button.btn type="submit" { (lang.say(if line.paused.is_some() { w::RESUME } else { w::PAUSE })) span.vh { ": " (line.id) } } }
                }
            }
        }
    }
}
