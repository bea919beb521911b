//! The wall of feeds: colour, shape and words by the age of the oldest that nobody has confirmed; and what is done with a
//! feed, each with what it would change first.

use super::message::{given, pill};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::numbers::whole;
use crate::components::{forms, lists, notes, times};
use crate::words::{Lang, Say, desks as d, operations as w, shell};
use actions::feeds::{Feed, Tile, TileState, TrialView, WallView};
use actions::values::{Permission, Words};
use fhir::Instant;
use maud::{Markup, html};

/// An incident that is open: what, since when, its owner and by when.
pub(crate) type Incident = (Words, Instant, Words, Instant);

/// A batch, as the form gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) form: String,
    /// `retract`, `refile`, `notify`.
    #[serde(default)]
    pub(crate) deed: String,
    #[serde(default)]
    pub(crate) link: String,
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) until: String,
    #[serde(default)]
    pub(crate) messages: String,
    #[serde(default)]
    pub(crate) reason: String,
    /// The mark of the trial that was shown.
    #[serde(default)]
    pub(crate) seen: String,
    /// How many batches stand before the first of the page.
    #[serde(default)]
    pub(crate) batches: usize,
}

const DEEDS: [(&str, Say, Say); 3] = [
    ("retract", d::RETRACT, d::RETRACT_TEXT),
    ("refile", d::REFILE, d::REFILE_TEXT),
    ("notify", d::NOTIFY, d::NOTIFY_TEXT),
];

/// The page; `trial` is what a deed would change, or why it cannot be.
pub(crate) fn screen(
    chrome: &Chrome,
    view: &WallView,
    incidents: &[Incident],
    asked: &Asked,
    trial: Option<&Result<TrialView, Words>>,
    done: bool,
) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(d::FEEDS)) } p { (lang.fill(d::FEEDS_LEAD, &[&times::minute_text(chrome.now)])) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(d::FEED_DONE))) }
        (incidents_card(chrome, incidents))
        @for feed in &view.feeds { (one(chrome, feed)) }
        @if chrome.may(Permission::ManageFeeds) { (batch(chrome, view, asked, trial)) }
        @if !view.batches.is_empty() || view.batches_part.from > 0 { (batches(lang, view)) }
    };
    page(
        chrome,
        Page {
            title: lang.say(d::FEEDS).to_owned(),
            section: Section::Feeds,
            chart: None,
            keys: &[("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

fn incidents_card(chrome: &Chrome, incidents: &[Incident]) -> Markup {
    let lang = chrome.lang();
    html! {
        @if incidents.is_empty() { (notes::line(notes::Tone::Plain, "check", lang.say(d::INCIDENTS_NONE))) }
        @else {
            section class="card edge crit" {
                header { h2 { (icon("warn")) (lang.say(d::INCIDENTS)) } span.n { (incidents.len()) } }
                ul.lines {
                    @for (what, since, owner, due) in incidents {
                        li {
                            div.top { b { (lang.of(what)) } (times::clock(lang, *due, chrome.now)) }
                            span.soft { (times::minute_text(*since)) " · " (lang.fill(w::OWNER, &[lang.of(owner)])) }
                        }
                    }
                }
            }
        }
    }
}

fn one(chrome: &Chrome, feed: &Feed) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header {
                h2 { (feed.link) }
                span.soft {
                    @match feed.last { Some(at) => (lang.fill(d::LAST_MESSAGE, &[&times::minute_text(at)])), None => (lang.say(d::NO_MESSAGE)) }
                    @if feed.waiting > 0 { " · " (lang.fill(d::WAITING, &[&whole(lang, feed.waiting)])) }
                }
            }
            div.body.stack {
                @if feed.stopped > 0 { p { span.pill.late { (icon("stop")) (lang.say(d::STOPPED_BY_BREAKER)) } } }
                @if let Some(pause) = &feed.pause {
                    p { span.pill.wait { (icon("clock")) (lang.fill(d::PAUSED, &[&pause.by, &times::minute_text(pause.at), &pause.reason])) } }
                    p.small.soft { (lang.fill(w::OWNER, &[lang.of(&pause.owner)])) " " (times::clock(lang, pause.due, chrome.now)) }
                }
                ul.tiles { @for tile in &feed.tiles { (tile_of(chrome, tile)) } }
                @if chrome.may(Permission::ManageFeeds) { (command(chrome, feed)) }
            }
        }
    }
}

fn tile_of(chrome: &Chrome, tile: &Tile) -> Markup {
    let lang = chrome.lang();
    let (class, glyph, word) = match tile.state {
        TileState::Clear => ("clear", "check", d::TILE_CLEAR),
        // What waits for a person is not on its way.
        TileState::Moving if tile.with_person == tile.count => ("moving", "people", d::TILE_PERSON),
        TileState::Moving => ("moving", "send", d::TILE_MOVING),
        TileState::Slow => ("slow", "clock", d::TILE_SLOW),
        TileState::Late => ("late", "warn", d::TILE_LATE),
        TileState::Stuck => ("stuck", "stop", d::TILE_STUCK),
    };
    html! {
        li class={ "tile " (class) } {
            b { (icon(glyph)) (lang.of(&tile.class)) }
            span {
                (lang.say(word))
                @if let Some(oldest) = tile.oldest { " · " (times::span(lang, chrome.now.seconds_since(oldest))) }
            }
            @if tile.count > 0 { span.small { (lang.fill(d::TILE_COUNT, &[&whole(lang, tile.count), &whole(lang, tile.with_person)])) } }
        }
    }
}

fn command(chrome: &Chrome, feed: &Feed) -> Markup {
    let lang = chrome.lang();
    let id = |name: &str| format!("{name}-{}", crate::address::escape(&feed.link).replace('%', "_"));
    let paused = feed.pause.is_some();
    let (action, title, verb) = if paused {
        ("/feeds/resume", d::RESUME_OF, d::RESUME)
    } else {
        ("/feeds/pause", d::PAUSE_OF, d::PAUSE)
    };
    html! {
        details {
            summary { (lang.fill(title, &[&feed.link])) }
            form.stack.tight action=(action) method="post" {
                (forms::token(chrome))
                input type="hidden" name="link" value=(feed.link);
                @if !paused {
                    p.soft { (lang.say(d::PAUSE_TEXT)) }
                    div.field {
                        label for=(id("minutes")) { (lang.say(d::PAUSE_MINUTES)) }
                        input.in id=(id("minutes")) name="minutes" type="number" min="1" max="1440" value="60" aria-describedby=(id("minutes-hint"));
                        span.hint id=(id("minutes-hint")) { (lang.say(d::PAUSE_MINUTES_HINT)) }
                    }
                }
                (forms::field(&id("reason"), "reason", lang.say(d::WHY), lang.say(d::WHY_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(verb)) span.vh { " " (feed.link) } } }
            }
        }
    }
}

fn batch(
    chrome: &Chrome,
    view: &WallView,
    asked: &Asked,
    trial: Option<&Result<TrialView, Words>>,
) -> Markup {
    let lang = chrome.lang();
    html! {
        form.card action="/feeds/try" method="post" #batch {
            (forms::token(chrome))
            header { h2 { (lang.say(d::BATCH)) } span.soft { (lang.say(d::BATCH_TEXT)) } }
            div.body.stack {
                fieldset.stack.tight {
                    legend.vh { (lang.say(d::BATCH)) }
                    @for (value, title, text) in DEEDS {
                        (forms::radio("deed", value, asked.deed == value, html! { b { (lang.say(title)) } " " (lang.say(text)) }))
                    }
                }
                div.cols.c2 {
                    div.field {
                        label for="batch-link" { (lang.say(d::FEED)) }
                        select.in #batch-link name="link" required {
                            @for feed in &view.feeds { option value=(feed.link) selected[feed.link == asked.link] { (feed.link) } }
                        }
                    }
                    (given("since", lang.say(d::SINCE), lang.say(d::TIME_HINT), &asked.since))
                    (given("until", lang.say(d::UNTIL), lang.say(d::TIME_HINT), &asked.until))
                    (given("messages", lang.say(d::NUMBERS), lang.say(d::NUMBERS_HINT), &asked.messages))
                }
                div.acts { button.btn type="submit" { (lang.say(d::REPLAY_TRY)) } }
            }
        }
        @match trial {
            Some(Ok(seen)) => (tried(chrome, asked, seen)),
            Some(Err(why)) => (notes::note(notes::Tone::Wait, "warn", lang.say(d::TRIAL_NOT), html! { p { (lang.of(why)) } })),
            None => {}
        }
    }
}

fn tried(chrome: &Chrome, asked: &Asked, seen: &TrialView) -> Markup {
    let lang = chrome.lang();
    let numbers =
        [seen.messages, seen.resources, seen.people, seen.systems, seen.readers].map(|n| n.to_string());
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    html! {
        form.card.edge.wait action="/feeds/do" method="post" {
            (forms::token(chrome))
            @for (name, value) in [("deed", &asked.deed), ("link", &asked.link), ("since", &asked.since), ("until", &asked.until), ("messages", &asked.messages), ("seen", &seen.seen)] {
                input type="hidden" name=(name) value=(value);
            }
            header { h2 { (lang.say(d::TRIAL)) } }
            div.body.stack {
                p { b { (lang.fill(d::TRIAL_COUNTS, &numbers)) } }
                @if !seen.recipients.is_empty() {
                    div { h3 { (lang.say(d::TRIAL_RECIPIENTS)) } ul.icons { @for whom in &seen.recipients { li { (icon("send")) span { (lang.of(whom)) } } } } }
                }
                @if !seen.lines.is_empty() {
                    details {
                        summary { (lang.count(seen.messages as u64, d::COUNT_ONE, d::COUNT_MANY)) }
                        ul.lines { @for (message, before, after) in &seen.lines { li { a.id href={ "/messages/" (message) } { (message) } " " (pill(lang, *before)) " " (lang.say(d::COL_THEN)) " " (pill(lang, *after)) } } }
                    }
                }
                (forms::field("batch-reason", "reason", lang.say(d::REASON_WORDS), lang.say(d::WHY_HINT), true))
                div.acts { button.btn.main type="submit" { (lang.say(d::CONFIRM)) } }
            }
        }
    }
}

fn batches(lang: Lang, view: &WallView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(d::BATCHES)) } }
            ul.lines {
                @for batch in &view.batches {
                    li {
                        div.top {
                            b { (lang.say(match batch.sort { actions::feeds::BatchSort::Retract => d::RETRACT, actions::feeds::BatchSort::Refile => d::REFILE })) " · " (batch.link) }
                            span { (lang.fill(d::BATCH_LINE, &[&(batch.messages - batch.to_do).to_string(), &batch.messages.to_string()])) }
                        }
                        span.soft { (times::minute_text(batch.at)) " · " (batch.by) " · " (batch.reason) }
                    }
                }
            }
            (lists::part(lang, &view.batches_part, "/feeds", "batches"))
        }
    }
}
