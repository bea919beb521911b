//! What stopped filing: its first messages side by side, and one decision with what it would change beforehand.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, lists, notes, times};
use crate::words::{Lang, Say, breaker as w, shell};
use actions::MessageState;
use actions::breaker::{Effect, SIDE_ROWS, Side, StopLine, StopView, StopsView};
use actions::values::{Permission, Words};
use maud::{Markup, html};

/// What was tried out, as the form gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    /// `release`, `aim`, `reject`, `restore`; empty while nothing was.
    pub(crate) verdict: String,
    /// Assigning authority of the record aimed at.
    pub(crate) authority: String,
    /// Its number.
    pub(crate) number: String,
}

/// Verdicts with their words: value, title, text.
const VERDICTS: [(&str, Say, Say); 4] = [
    ("release", w::RELEASE, w::RELEASE_TEXT),
    ("aim", w::AIM, w::AIM_TEXT),
    ("reject", w::REJECT, w::REJECT_TEXT),
    ("restore", w::RESTORE, w::RESTORE_TEXT),
];

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &StopsView, tried: &Tried, done: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::MENU)) } p { (lang.say(w::LEAD)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::DONE))) }
        @if view.lines.is_empty() {
            section.card { (notes::empty("check", lang.say(w::EMPTY), lang.say(w::EMPTY_TEXT), html! {})) }
        } @else {
            @if let Some(stop) = &view.picked { (opened(chrome, stop, tried)) }
            (list(chrome, view))
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::MENU).to_owned(),
            section: Section::Breaker,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn whom(lang: Lang, line: &StopLine) -> &str {
    if line.name.is_empty() { lang.say(w::WHOLE_FEED) } else { &line.name }
}

fn verdict_word(lang: Lang, verdict: &str) -> &'static str {
    lang.say(match verdict {
        "release" => w::RELEASED,
        "reject" => w::REJECTED,
        "restore" => w::RESTORED,
        "aim" => w::AIMED,
        _ => w::TO_DECIDE,
    })
}

fn list(chrome: &Chrome, view: &StopsView) -> Markup {
    let lang = chrome.lang();
    let open = view.picked.as_ref().map(|stop| stop.line.stop);
    html! {
        section.card {
            header { h2 { (lang.say(w::LIST)) } }
            ul.lines {
                @for line in &view.lines {
                    li data-line="" {
                        div.top {
                            a href={ "/breaker?stop=" (line.stop) } aria-current=[(open == Some(line.stop)).then_some("true")] { (line.link) " · " (whom(lang, line)) }
                            @if let Some(due) = line.due { (times::clock(lang, due, chrome.now)) }
                            @else { span { (verdict_word(lang, &line.verdict)) } }
                        }
                        span.soft { (lang.fill(w::SINCE, &[&times::minute_text(line.at)])) " · " (lang.fill(w::COUNTS, &[&line.suspects.to_string(), &line.held.to_string()])) }
                    }
                }
            }
            (lists::part(lang, &view.part, "/breaker", "from"))
        }
    }
}

fn opened(chrome: &Chrome, stop: &StopView, tried: &Tried) -> Markup {
    let lang = chrome.lang();
    html! {
        (notes::note(notes::Tone::Critical, "stop", &format!("{} · {}", stop.line.link, whom(lang, &stop.line)), html! {
            p { (lang.of(&stop.why)) }
            p { (lang.fill(w::COUNTS, &[&stop.line.suspects.to_string(), &stop.line.held.to_string()])) }
        }))
        (sides(lang, stop))
        @match &stop.decided {
            Some((who, at, reason)) => (decided(lang, stop, who, &times::minute_text(*at), reason)),
            None if chrome.may(Permission::HandleIdentity) => (question(chrome, stop, tried)),
            None => {}
        }
    }
}

fn state(lang: Lang, side: &Side) -> &'static str {
    lang.say(match (side.before, side.state) {
        (true, _) => w::BEFORE,
        (_, MessageState::Filed) => w::FILED,
        (_, MessageState::Held) => w::HELD,
        (_, MessageState::Kept) => w::KEPT,
        (_, MessageState::Pending) => w::PENDING,
    })
}

fn sides(lang: Lang, stop: &StopView) -> Markup {
    let first = stop.sides.first();
    html! {
        section.card {
            header { h2 { (lang.say(w::SIDE_BY_SIDE)) } span.soft { (lang.say(w::SIDE_BY_SIDE_TEXT)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::SIDE_BY_SIDE)) {
                table.pair {
                    caption.vh { (lang.say(w::SIDE_BY_SIDE)) }
                    thead {
                        tr {
                            th scope="col" { (lang.say(w::COL_SAYS)) }
                            @for side in &stop.sides { th scope="col" { (side.message.to_string()) " · " (state(lang, side)) } }
                        }
                    }
                    tbody {
                        @for (row, (en, fr)) in SIDE_ROWS.iter().enumerate() {
                            tr {
                                th scope="row" { (match lang { Lang::En => *en, Lang::Fr => *fr }) }
                                @for side in &stop.sides { td { (said(lang, side, first, row)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a message says, marked where it differs from the first one.
fn said(lang: Lang, side: &Side, first: Option<&Side>, row: usize) -> Markup {
    let text = side.says.get(row).map_or("", String::as_str);
    let other = first.and_then(|first| first.says.get(row)).map_or("", String::as_str);
    html! {
        @if text.is_empty() { span.soft { (lang.say(w::NOT_STATED)) } }
        @else if text != other { mark { (text) } span.vh { " (" (lang.say(w::DIFFERS)) ")" } }
        @else { (text) }
    }
}

fn decided(lang: Lang, stop: &StopView, who: &str, at: &str, reason: &str) -> Markup {
    html! {
        section.card {
            header { h2 { (verdict_word(lang, &stop.line.verdict)) } }
            div.body {
                p { (lang.fill(w::DECIDED, &[who, at, reason])) }
                @if stop.to_do > 0 { p { (lang.fill(w::TO_DO, &[&stop.to_do.to_string()])) } }
                @if !stop.told.is_empty() {
                    h3 { (lang.say(w::TOLD_TITLE)) }
                    ul.icons { @for told in &stop.told { (told_line(lang, told)) } }
                }
            }
        }
    }
}

fn told_line(lang: Lang, (whom, confirmed): &(Words, bool)) -> Markup {
    let (glyph, word) = if *confirmed { ("check", w::CONFIRMED) } else { ("clock", w::NOT_YET) };
    html! { li { (icon(glyph)) span { (lang.of(whom)) ": " (lang.say(word)) } } }
}

fn question(chrome: &Chrome, stop: &StopView, tried: &Tried) -> Markup {
    let lang = chrome.lang();
    html! {
        form.card.pick action="/breaker" method="post" {
            (forms::token(chrome))
            input type="hidden" name="stop" value=(stop.line.stop.to_string());
            header { h2 { (lang.say(w::VERDICT)) } span.soft { (lang.say(w::VERDICT_TEXT)) } }
            div.body.stack {
                fieldset.stack.tight {
                    legend.vh { (lang.say(w::VERDICT)) }
                    @for (value, title, text) in VERDICTS {
                        (forms::radio("verdict", value, tried.verdict == value, html! { b { (lang.say(title)) } " " (lang.say(text)) }))
                    }
                }
                (given("authority", lang.say(w::AUTHORITY), lang.say(w::AUTHORITY_HINT), &tried.authority))
                (given("number", lang.say(w::NUMBER), lang.say(w::NUMBER_HINT), &tried.number))
                div.acts { button.btn type="submit" { (lang.say(w::TRY)) } }
            }
        }
        @match &stop.trial {
            Some(Ok(effects)) => (trial(chrome, stop, tried, effects)),
            Some(Err(why)) => (notes::note(notes::Tone::Wait, "warn", lang.say(w::WOULD_NOT), html! { p { (lang.of(why)) } })),
            None => {}
        }
    }
}

/// A line of text that keeps what was typed.
fn given(name: &str, label: &str, hint: &str, value: &str) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (label) }
            input.in id=(name) name=(name) value=(value) maxlength="100" autocomplete="off" aria-describedby=(hint_id);
            span.hint id=(hint_id) { (hint) }
        }
    }
}

fn trial(chrome: &Chrome, stop: &StopView, tried: &Tried, effects: &[Effect]) -> Markup {
    let lang = chrome.lang();
    let word = |state: MessageState| {
        lang.say(match state {
            MessageState::Filed => w::FILED,
            MessageState::Held => w::HELD,
            MessageState::Kept => w::KEPT,
            MessageState::Pending => w::PENDING,
        })
    };
    html! {
        form.card.edge.wait action={ "/breaker/" (stop.line.stop) } method="post" {
            (forms::token(chrome))
            input type="hidden" name="verdict" value=(tried.verdict);
            input type="hidden" name="authority" value=(tried.authority);
            input type="hidden" name="number" value=(tried.number);
            header { h2 { (lang.say(w::WOULD_CHANGE)) } span.soft { (verdict_word(lang, &tried.verdict)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::WOULD_CHANGE)) {
                table {
                    caption.vh { (lang.say(w::WOULD_CHANGE)) }
                    thead {
                        tr {
                            @for column in [w::COL_MESSAGE, w::COL_NOW, w::COL_THEN] { th scope="col" { (lang.say(column)) } }
                            @for column in [w::COL_TAKEN, w::COL_FILED, w::COL_SENT, w::COL_TOLD] { th.num scope="col" { (lang.say(column)) } }
                        }
                    }
                    tbody {
                        @for effect in effects {
                            tr {
                                th scope="row" { (effect.message.to_string()) }
                                td { (word(effect.before)) }
                                td { (word(effect.after)) }
                                @for number in [effect.taken_back, effect.filed, effect.deliveries, effect.systems + effect.readers] { td.num { (number) } }
                            }
                        }
                    }
                }
            }
            div.body.stack {
                (forms::field("reason", "reason", lang.say(w::REASON), lang.say(w::REASON_HINT), true))
                div.acts { button.btn.main type="submit" { (lang.say(w::CONFIRM)) } }
            }
        }
    }
}
