//! Replay: what would change, then doing it; of one message, of one reason, of a destination.

use super::message::{given, pill};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, notes};
use crate::words::{desks as d, operations as w, shell};
use actions::replays::{ChoicesView, MOST_AT_ONCE, ReplayView};
use maud::{Markup, html};

/// What is replayed, as the form gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) form: String,
    /// `message`, `aside`, `feed`, `destination`.
    #[serde(default)]
    pub(crate) what: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) link: String,
    #[serde(default)]
    pub(crate) cause: String,
    #[serde(default)]
    pub(crate) destination: String,
    #[serde(default)]
    pub(crate) since: String,
    /// How many of the first are left out: those of the pages before.
    #[serde(default)]
    pub(crate) skip: usize,
    /// Of a destination: where the first page ended what is looked at (microseconds UTC); empty on the first.
    #[serde(default)]
    pub(crate) until: String,
}

impl Asked {
    /// The same, as the next form sends it on.
    fn hidden(&self, skip: usize, until: Option<i64>) -> Markup {
        let until = until.map(|at| at.to_string()).unwrap_or_default();
        let skip = skip.to_string();
        html! {
            @for (name, value) in [
                ("what", &self.what), ("message", &self.message), ("state", &self.state), ("link", &self.link),
                ("cause", &self.cause), ("destination", &self.destination), ("since", &self.since),
                ("skip", &skip), ("until", &until),
            ] {
                input type="hidden" name=(name) value=(value);
            }
        }
    }

    /// Where the page behind this one begins: what stood aside and is filed stands aside no more, so that the rest moves
    /// up by as many.
    fn next(&self, view: &ReplayView, done: bool) -> usize {
        let gone = if done && self.what == "aside" { view.changed.min(MOST_AT_ONCE) } else { 0 };
        self.skip + MOST_AT_ONCE - gone
    }
}

/// The page: choices, and what a dry run or a replay brought.
pub(crate) fn screen(
    chrome: &Chrome,
    choices: &ChoicesView,
    asked: &Asked,
    seen: Option<(&ReplayView, bool)>,
) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(d::REPLAY)) } p { (lang.say(d::REPLAY_LEAD)) } } }
        @if let Some((view, done)) = seen { (result(chrome, asked, view, done)) }
        div.cols.c2.top {
            form.card action="/replay/try" method="post" {
                (forms::token(chrome))
                input type="hidden" name="what" value="feed";
                header { h2 { (lang.say(d::FEED)) } }
                div.body.stack {
                    div.field {
                        label for="link" { (lang.say(d::FEED)) }
                        select.in #link name="link" required {
                            @for name in &choices.links { option value=(name) selected[*name == asked.link] { (name) } }
                        }
                    }
                    (given("since", lang.say(d::SINCE), lang.say(d::TIME_HINT), if asked.what == "feed" { &asked.since } else { "" }))
                    div.acts { button.btn type="submit" { (lang.say(d::REPLAY_TRY)) } }
                }
            }
            form.card action="/replay/try" method="post" {
                (forms::token(chrome))
                input type="hidden" name="what" value="destination";
                header { h2 { (lang.say(d::REPLAY_DESTINATION)) } }
                div.body.stack {
                    p.soft { (lang.say(d::REPLAY_DESTINATION_TEXT)) }
                    div.field {
                        label for="destination" { (lang.say(d::DESTINATION)) }
                        select.in #destination name="destination" required {
                            @for (id, place) in &choices.destinations { option value=(id) selected[*id == asked.destination] { (id) ", " (place) } }
                        }
                    }
                    div.field {
                        label for="since-destination" { (lang.say(d::SINCE)) }
                        input.in #since-destination name="since" required value=(if asked.what == "destination" { asked.since.as_str() } else { "" }) autocomplete="off" aria-describedby="since-destination-hint";
                        span.hint #since-destination-hint { (lang.say(d::TIME_HINT)) }
                    }
                    div.acts { button.btn type="submit" { (lang.say(d::REPLAY_TRY)) } }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(d::REPLAY).to_owned(),
            section: Section::Messages,
            chart: None,
            keys: &[("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

fn result(chrome: &Chrome, asked: &Asked, view: &ReplayView, done: bool) -> Markup {
    let lang = chrome.lang();
    let numbers = [view.looked_at, view.changed, view.versions, view.deliveries].map(|n| n.to_string());
    let [looked, changed, versions, deliveries] = &numbers;
    let counts = lang
        .fill(if done { d::REPLAY_DONE } else { d::REPLAY_COUNTS }, &[looked, changed, versions, deliveries]);
    html! {
        @if view.changed == 0 && view.not_done.is_empty() {
            (notes::note(notes::Tone::Plain, "check", lang.say(d::REPLAY_NOTHING), html! { p { (lang.fill(d::REPLAY_NOTHING_TEXT, &[looked])) } }))
        } @else if done {
            (notes::line(notes::Tone::Done, "check", &counts))
        } @else {
            (notes::line(notes::Tone::Wait, "swap", &counts))
        }
        @if view.waiting > 0 { p.soft { (lang.fill(d::REPLAY_WAITING, &[&view.waiting.to_string()])) } }
        @if view.beyond {
            p.soft { (lang.say(d::REPLAY_BEYOND)) }
            form.acts action="/replay/try" method="post" {
                (forms::token(chrome))
                (asked.hidden(asked.next(view, done), view.until))
                button.btn type="submit" { (lang.say(d::REPLAY_NEXT)) }
            }
        }
        @if !view.lines.is_empty() {
            section.card.edge.wait {
                header { h2 { (lang.say(d::TRIAL)) } }
                div.scroll tabindex="0" role="region" aria-label=(lang.say(d::TRIAL)) {
                    table {
                        caption.vh { (lang.say(d::TRIAL)) }
                        thead {
                            tr {
                                th scope="col" { (lang.say(shell::MESSAGES)) }
                                th scope="col" { (lang.say(w::COL_STATE)) }
                                th scope="col" { (lang.say(d::COL_THEN)) }
                                th scope="col" { (lang.say(d::COL_RESOURCES)) }
                                th scope="col" { (lang.say(d::COL_TO)) }
                            }
                        }
                        tbody {
                            @for line in &view.lines {
                                tr data-line="" {
                                    th scope="row" { a.id href={ "/messages/" (line.message) } { (line.message) } }
                                    td { (pill(lang, line.before)) }
                                    td { (pill(lang, line.after)) }
                                    td { (line.resources.join(", ")) }
                                    td { (line.to.join("; ")) }
                                }
                            }
                        }
                    }
                }
                @if !done && view.changed > 0 {
                    form.body action="/replay" method="post" {
                        (forms::token(chrome))
                        (asked.hidden(asked.skip, view.until))
                        div.acts { button.btn.main type="submit" { (lang.fill(d::REPLAY_DO, &[&view.changed.to_string()])) } }
                    }
                }
            }
        }
        @if !view.not_done.is_empty() {
            section.card.edge.wait {
                header { h2 { (lang.say(d::NOT_DONE)) } }
                ul.lines { @for (what, why) in &view.not_done { li { b { (what) } " " (lang.of(why)) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_begins_behind_what_was_looked_at() {
        let view = ReplayView { changed: 500, beyond: true, ..ReplayView::default() };
        let asked = |what: &str| Asked { what: what.into(), skip: MOST_AT_ONCE, ..Asked::default() };
        assert_eq!(asked("destination").next(&view, true), 2 * MOST_AT_ONCE);
        assert_eq!(asked("aside").next(&view, false), 2 * MOST_AT_ONCE, "a dry run moves nothing");
        assert_eq!(asked("aside").next(&view, true), 2 * MOST_AT_ONCE - 500);
        let sent = asked("destination").hidden(MOST_AT_ONCE, Some(7)).into_string();
        assert!(sent.contains("name=\"until\" value=\"7\"") && sent.contains("value=\"2000\""), "{sent}");
    }
}
