//! Messages: the list, and one message with what came beside what was made of it.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::{icon, solid};
use crate::components::tabs::{Tab, tabs};
use crate::components::{chain, forms, lists, notes, times};
use crate::words::{Lang, Say, desks as d, operations as w, shell};
use actions::MessageState;
use actions::messages::{CausesView, FiledResource, ListView, MessageLine, MessageView};
use actions::values::Permission;
use maud::{Markup, html};

/// Tabs of the list: word in the address, state, name.
pub(crate) const STATES: &[(&str, Option<MessageState>, Say)] = &[
    ("all", None, w::TAB_ALL),
    ("filed", Some(MessageState::Filed), w::FILED),
    ("held", Some(MessageState::Held), w::HELD),
    ("kept", Some(MessageState::Kept), w::KEPT),
    ("pending", Some(MessageState::Pending), w::PENDING),
];

/// The state of a word in the address.
pub(crate) fn state(word: &str) -> Option<MessageState> {
    STATES.iter().find(|(name, _, _)| *name == word).and_then(|(_, state, _)| *state)
}

pub(crate) fn pill(lang: Lang, state: MessageState) -> Markup {
    html! {
        @match state {
            MessageState::Filed => span.pill.ok { (icon("check")) (lang.say(w::ONE_FILED)) },
            MessageState::Pending => span.pill { (solid("ring")) (lang.say(w::PENDING)) },
            MessageState::Kept => span.pill.info { (icon("inbox")) (lang.say(w::ONE_KEPT)) },
            MessageState::Held => span.pill.wait { (icon("clock")) (lang.say(w::ONE_HELD)) },
        }
    }
}

/// What the list was asked for, as the form gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Asked {
    /// Token of the form, when it was posted.
    #[serde(default)]
    pub(crate) form: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) link: String,
    #[serde(default, rename = "type")]
    pub(crate) message_type: String,
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) until: String,
    #[serde(default)]
    pub(crate) control: String,
    #[serde(default)]
    pub(crate) accession: String,
    /// `AUTHORITY:NUMBER`; comes in a form only, since an address stays behind in histories and logs.
    #[serde(default)]
    pub(crate) record: String,
    #[serde(default)]
    pub(crate) before: String,
}

impl Asked {
    /// The query of an address that shows the same, another state or page.
    fn address(&self, state: &str, before: &str) -> String {
        let parts = [
            ("state", state),
            ("link", &self.link),
            ("type", &self.message_type),
            ("since", &self.since),
            ("until", &self.until),
            ("control", &self.control),
            ("accession", &self.accession),
            ("before", before),
        ];
        let given: Vec<String> = parts
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!("{name}={}", crate::address::escape(text)))
            .collect();
        format!("/messages?{}", given.join("&"))
    }
}

/// The list.
pub(crate) fn list(chrome: &Chrome, view: &ListView, causes: &CausesView, asked: &Asked) -> Markup {
    let lang = chrome.lang();
    let all: Vec<Tab> = STATES
        .iter()
        .map(|(name, _, title)| Tab {
            href: asked.address(name, ""),
            name: lang.say(*title),
            count: None,
            current: state(&asked.state) == state(name),
        })
        .collect();
    let main = html! {
        div.head {
            div { h1 { (lang.say(shell::MESSAGES)) } p { (lang.say(w::MESSAGES_LEAD)) } }
            @if chrome.may(Permission::Replay) { div.acts { a.btn.slim href="/replay" { (icon("swap")) (lang.say(d::REPLAY)) } } }
        }
        (tabs(lang, lang.say(w::COL_STATE), &all))
        (filter(chrome, view, asked))
        div.card {
            @if view.lines.is_empty() {
                (notes::empty("mail", lang.say(w::MESSAGES_NONE), &lang.fill(w::MESSAGES_NONE_TEXT, &[&times::minute_text(chrome.now)]), html! {}))
            } @else { (lines(lang, &view.lines)) }
            @if let Some(back) = view.looked_back_to { div.body { p.soft { (lang.fill(d::LOOKED_BACK, &[&times::minute_text(back)])) } } }
            @if let Some(next) = view.next { footer { a.btn.slim href=(asked.address(&asked.state, &next.to_string())) { (lang.say(d::OLDER)) } } }
        }
        @if matches!(state(&asked.state), Some(MessageState::Held | MessageState::Kept)) { (causes_card(chrome, causes)) }
    };
    page(
        chrome,
        Page {
            title: lang.say(shell::MESSAGES).to_owned(),
            section: Section::Messages,
            chart: None,
            keys: &[("j k", shell::KEY_MOVE), ("Enter", shell::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn lines(lang: Lang, lines: &[MessageLine]) -> Markup {
    html! {
        div.scroll {
            table {
                caption.vh { (lang.say(w::MESSAGES_CAPTION)) }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::COL_CONTROL)) }
                        th scope="col" { (lang.say(w::COL_TYPE)) }
                        th scope="col" { (lang.say(w::COL_LINK)) }
                        th scope="col" { (lang.say(w::COL_RECEIVED)) }
                        th scope="col" { (lang.say(w::COL_STATE)) }
                    }
                }
                tbody {
                    @for line in lines {
                        tr data-line="" {
                            th scope="row" { a.id href={ "/messages/" (line.id) } { @if line.control_id.is_empty() { (line.id) } @else { (line.control_id) } } }
                            td.nowrap { (line.message_type) }
                            td { (line.link) }
                            td { (times::second(line.received)) }
                            td { (pill(lang, line.state)) @if let Some(note) = &line.note { span.sub { (lang.of(note)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn filter(chrome: &Chrome, view: &ListView, asked: &Asked) -> Markup {
    let lang = chrome.lang();
    html! {
        details.card open[*asked != Asked { state: asked.state.clone(), ..Asked::default() }] {
            summary { (lang.say(d::FILTER)) }
            form.body.stack action="/messages" method="post" {
                (forms::token(chrome))
                input type="hidden" name="state" value=(asked.state);
                div.cols.c2 {
                    div.field {
                        label for="link" { (lang.say(d::FEED)) }
                        select.in #link name="link" {
                            option value="" { (lang.say(d::ANY)) }
                            @for name in &view.links { option value=(name) selected[*name == asked.link] { (name) } }
                        }
                    }
                    (given("type", lang.say(w::COL_TYPE), lang.say(d::TYPE_HINT), &asked.message_type))
                    (given("since", lang.say(d::SINCE), lang.say(d::TIME_HINT), &asked.since))
                    (given("until", lang.say(d::UNTIL), lang.say(d::TIME_HINT), &asked.until))
                    (given("control", lang.say(w::COL_CONTROL), "MSH-10", &asked.control))
                    (given("accession", lang.say(d::ACCESSION), lang.say(d::ACCESSION_HINT), &asked.accession))
                    (given("record", lang.say(d::RECORD), lang.say(d::RECORD_HINT), &asked.record))
                }
                div.acts { button.btn.main type="submit" { (lang.say(d::FILTER_DO)) } }
            }
        }
    }
}

/// A line of text that keeps what was typed.
pub(crate) fn given(name: &str, label: &str, hint: &str, value: &str) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (label) }
            input.in id=(name) name=(name) value=(value) maxlength="200" autocomplete="off" aria-describedby=(hint_id);
            span.hint id=(hint_id) { (hint) }
        }
    }
}

/// Why messages stand aside, each with a dry run of the same path again.
fn causes_card(chrome: &Chrome, causes: &CausesView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(d::CAUSES)) } }
            @if causes.lines.is_empty() { div.body { p.soft { (lang.say(d::CAUSES_EMPTY)) } } }
            ul.lines {
                @for cause in &causes.lines {
                    li {
                        div.top { b { (lang.of(&cause.why)) } (pill(lang, cause.state)) }
                        span.soft { (cause.link) " · " (lang.count(cause.count, d::COUNT_ONE, d::COUNT_MANY)) " · " (lang.fill(d::SINCE_WHEN, &[&times::minute_text(cause.oldest)])) }
                        @if chrome.may(Permission::Replay) {
                            form.acts action="/replay/try" method="post" {
                                (forms::token(chrome))
                                input type="hidden" name="what" value="aside";
                                input type="hidden" name="state" value=(if cause.state == MessageState::Kept { "kept" } else { "held" });
                                input type="hidden" name="link" value=(cause.link);
                                input type="hidden" name="cause" value=(cause.why.en);
                                button.btn.slim type="submit" { (lang.say(d::REPLAY_TRY)) span.vh { ": " (lang.of(&cause.why)) } }
                            }
                        }
                    }
                }
            }
            (lists::cut(lang, causes.lines.len(), causes.all))
        }
    }
}

/// One message.
pub(crate) fn screen(chrome: &Chrome, view: &MessageView) -> Markup {
    let lang = chrome.lang();
    let title = lang.fill(w::MESSAGE_TITLE, &[&view.id.to_string()]);
    let main = html! {
        div.head {
            div {
                h1 { (title) }
                p {
                    (view.message_type) " · " (view.link) " · " span.id { (lang.fill(w::CONTROL, &[&view.control_id])) } " · "
                    (lang.fill(w::RECEIVED_AT, &[&times::minute_text(view.received)]))
                    @if let Some(settled) = view.settled { " · " (lang.fill(w::SETTLED_AT, &[&times::minute_text(settled)])) }
                }
            }
            div.acts {
                (pill(lang, view.state))
                @if chrome.may(Permission::Replay) {
                    form action="/replay/try" method="post" {
                        (forms::token(chrome))
                        input type="hidden" name="what" value="message";
                        input type="hidden" name="message" value=(view.id);
                        button.btn.slim type="submit" { (icon("swap")) (lang.say(d::REPLAY_TRY)) }
                    }
                }
            }
        }
        @if let Some(note) = &view.note { (notes::line(notes::Tone::Wait, "clock", lang.of(note))) }
        div.cols.c2.top {
            div.stack { (raw(lang, view)) (problems(lang, view)) }
            div.stack { (made(lang, view)) (who_has_it(lang, view)) (obligations(lang, view)) }
        }
    };
    page(
        chrome,
        Page {
            title,
            section: Section::Messages,
            chart: None,
            keys: &[("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

fn raw(lang: Lang, view: &MessageView) -> Markup {
    html! {
        section.card {
            header {
                h2 { (lang.say(w::RAW_TITLE)) }
                span.soft { (lang.count(view.segments.len() as u64, w::SEGMENTS_ONE, w::SEGMENTS_MANY)) }
            }
            div.body {
                ol.segments tabindex="0" aria-label=(lang.say(w::RAW_REGION)) {
                    @for segment in &view.segments {
                        @let mut fields = segment.split('|');
                        li { b { (fields.next().unwrap_or_default()) } @for field in fields { "|" wbr; (field) } }
                    }
                }
            }
        }
    }
}

fn problems(lang: Lang, view: &MessageView) -> Markup {
    html! {
        @if !view.problems.is_empty() {
            section.card.edge.wait {
                header { h2 { (lang.say(w::PROBLEMS)) } }
                ul.lines { @for problem in &view.problems { li { (lang.of(problem)) } } }
            }
        }
    }
}

fn made(lang: Lang, view: &MessageView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::MADE_TITLE)) } span.soft { (view.resources.len()) } }
            @if view.resources.is_empty() {
                div.body { p { b { (lang.say(w::MADE_NONE)) "." } } p.soft { (lang.say(w::MADE_NONE_TEXT)) } }
            }
            ul.lines { @for resource in &view.resources { li { (filed(lang, resource)) } } }
        }
    }
}

fn filed(lang: Lang, resource: &FiledResource) -> Markup {
    let version = if resource.current { w::VERSION_CURRENT } else { w::VERSION_OLD };
    html! {
        div.top { b { (resource.line) } }
        span.soft.small { (resource.key.kind) " · " (lang.fill(version, &[&resource.version.to_string()])) }
        @if !resource.json.is_empty() {
            details {
                summary { (lang.say(w::SHOW_JSON)) span.vh { ": " (resource.line) } }
                pre.json tabindex="0" { (resource.json) }
            }
        }
    }
}

/// The receipt chains of its reports, as the sender may see them.
fn who_has_it(lang: Lang, view: &MessageView) -> Markup {
    html! {
        @for (title, _, chains) in &view.chains {
            section.card {
                header { h2 { (lang.say(d::CHAINS)) } span.soft { (title) } }
                (chain::recipients(lang, chains))
            }
        }
    }
}

fn obligations(lang: Lang, view: &MessageView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::OBLIGATIONS)) } }
            @if view.obligations.is_empty() { div.body { p.soft { (lang.say(w::OBLIGATIONS_NONE)) } } }
            ul.lines {
                @for (_, subject, recipient, words, open) in &view.obligations {
                    li {
                        div.top {
                            span { (lang.of(subject)) @if !recipient.en.is_empty() { " " (lang.fill(w::TO_WHOM, &[lang.of(recipient)])) } }
                            @if *open { span.pill.wait { (icon("clock")) (lang.say(w::OBLIGATION_OPEN)) } }
                            @else { span.pill.ok { (icon("check")) (lang.say(w::OBLIGATION_ENDED)) } }
                        }
                        span.soft { (lang.of(words)) }
                    }
                }
            }
        }
    }
}
