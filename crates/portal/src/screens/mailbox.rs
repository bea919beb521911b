//! Forms that were sent: what waits for a person, what was settled, and one with its forms beside the application. Nothing
//! that came from outside is shown as it came: fields are text, and a file is saved and opened by another program.

pub(crate) mod paper;

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, lists, notes, times};
use crate::words::{Lang, Say, mailbox as w};
use actions::mailbox::{Line, LineFile, SentView, ShownFile};
use actions::values::Permission;
use maud::{Markup, html};

fn framed(chrome: &Chrome, title: Say, main: Markup) -> Markup {
    let title = chrome.lang().say(title).to_owned();
    page(chrome, Page { title, section: Section::Mailbox, chart: None, keys: &[], door: false, main })
}

/// The list.
pub(crate) fn list(chrome: &Chrome, view: &SentView, done: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::FORMS_SENT)) } p { (lang.say(w::LEAD)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::DECIDED))) }
        @if !view.counts.is_empty() {
            p {
                @for (standing, count) in &view.counts {
                    span.sub { (lang.of(&standing.words())) ": " (lang.fill(w::COUNTED, &[&count.to_string()])) }
                }
            }
        }
        @if view.open.is_empty() {
            section.card { (notes::empty("check", lang.say(w::EMPTY), lang.say(w::EMPTY_TEXT), html! {})) }
        } @else {
            h2 { (lang.say(w::WAITING)) }
            div.card { div.scroll { (table(chrome, w::WAITING, &view.open)) } (lists::beyond(lang, view.open.len(), view.all_open)) }
        }
        @if !view.settled.is_empty() || view.settled_part.from > 0 {
            h2 { (lang.say(w::SETTLED)) }
            div.card {
                div.scroll { (table(chrome, w::SETTLED, &view.settled)) }
                (lists::part(lang, &view.settled_part, "/mailbox", "settled"))
            }
        }
    };
    framed(chrome, w::FORMS_SENT, main)
}

fn table(chrome: &Chrome, caption: Say, lines: &[Line]) -> Markup {
    let lang = chrome.lang();
    html! {
        table.desk {
            caption.vh { (lang.say(caption)) }
            thead {
                tr {
                    th scope="col" { (lang.say(w::COL_FROM)) }
                    th scope="col" { (lang.say(w::COL_FILES)) }
                    th scope="col" { (lang.say(w::COL_STANDS)) }
                    th scope="col" { (lang.say(w::COL_CLOCK)) }
                }
            }
            tbody { @for line in lines { (row(chrome, line)) } }
        }
    }
}

fn row(chrome: &Chrome, line: &Line) -> Markup {
    let lang = chrome.lang();
    html! {
        tr {
            th scope="row" {
                a href={ "/mailbox/" (line.id) } { (sender(lang, line)) }
                span.sub { (times::minute(line.at)) " " (lang.say(if line.is_mail { w::BY_MAIL } else { w::BY_UPLOAD })) }
                @if line.copies > 1 { span.sub { (lang.fill(w::CAME_TIMES, &[&line.copies.to_string()])) } }
            }
            td {
                @if line.files.is_empty() { (lang.say(w::NO_FILES)) }
                @for file in &line.files { span.sub { (file.name) ": " (lang.say(stands(file))) } }
            }
            td { (lang.of(&line.standing.words())) @if let Some(held) = &line.held { span.sub { (lang.of(held)) } } }
            td { @if let Some(due) = line.due { (times::clock(lang, due, chrome.now)) } @else { "\u{2013}" } }
        }
    }
}

fn sender(lang: Lang, line: &Line) -> String {
    if line.sender.is_empty() { lang.say(w::NOBODY).to_owned() } else { line.sender.clone() }
}

fn stands(file: &LineFile) -> Say {
    match file.stands.as_str() {
        "right" => w::RIGHT,
        "person" => w::PERSON,
        "accepted" => w::ACCEPTED,
        "refused" => w::REFUSED,
        _ => w::RETURNED,
    }
}

/// One of them.
pub(crate) fn one(chrome: &Chrome, line: &Line, files: &[ShownFile]) -> Markup {
    let lang = chrome.lang();
    let may = chrome.may(Permission::HandleApplication);
    let is_held = line.held.is_some() && line.due.is_some();
    let main = html! {
        div.head { div { h1 { (sender(lang, line)) } p { (line.subject) } } }
        section.card {
            dl.facts {
                dt { (lang.say(w::CAME)) }
                dd { (times::minute(line.at)) " " (lang.say(if line.is_mail { w::BY_MAIL } else { w::BY_UPLOAD })) }
                dt { (lang.say(w::APPLICATION)) }
                dd { @if let Some(id) = line.application { span.id { (id) } } @else { (lang.say(w::UNKNOWN_APPLICATION)) } }
                dt { (lang.say(w::COL_STANDS)) }
                dd {
                    (lang.of(&line.standing.words()))
                    @if let Some(due) = line.due { " " (times::clock(lang, due, chrome.now)) }
                    @if let Some(held) = &line.held { span.sub { (lang.of(held)) } }
                    @if !line.note.is_empty() { span.sub { (line.note) } }
                }
            }
        }
        @for (n, shown) in files.iter().enumerate() { (file(chrome, line, n, shown, may)) }
        @if is_held && may {
            section.card {
                form.stack action={ "/mailbox/" (line.id) "/dismiss" } method="post" {
                    (forms::token(chrome))
                    (forms::field("dismiss", "reason", lang.say(w::REASON), lang.say(w::DISMISS_HINT), true))
                    button.btn type="submit" { (lang.say(w::DISMISS)) }
                }
            }
        }
    };
    framed(chrome, w::ONE, main)
}

fn file(chrome: &Chrome, line: &Line, n: usize, shown: &ShownFile, may: bool) -> Markup {
    let lang = chrome.lang();
    let is_safe = shown.file.stands != "returned";
    html! {
        section.card {
            h2 { (shown.file.name) ": " (lang.say(stands(&shown.file))) }
            @for words in &shown.file.words { p { (lang.of(words)) } }
            @if !shown.beside.is_empty() { (beside(lang, shown)) }
            @if is_safe {
                p { a href={ "/mailbox/" (line.id) "/file/" (n) } download="" { (icon("doc")) " " (lang.say(w::SAVE_FILE)) } }
            }
            @if shown.file.stands == "person" && may {
                form.stack action={ "/mailbox/" (line.id) "/accept" } method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="file" value=(n);
                    fieldset {
                        legend { (lang.say(w::WHICH_FORM)) }
                        (forms::radio("which", "request", shown.file.form == "request", html! { (lang.say(w::REQUEST)) }))
                        (forms::radio("which", "agreement", shown.file.form == "agreement", html! { (lang.say(w::AGREEMENT)) }))
                    }
                    button.btn type="submit" { (lang.say(w::ACCEPT)) }
                }
                form.stack action={ "/mailbox/" (line.id) "/return" } method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="file" value=(n);
                    (forms::field(&format!("reason-{n}"), "reason", lang.say(w::REASON), lang.say(w::REASON_HINT), true))
                    button.btn type="submit" { (lang.say(w::RETURN)) }
                }
            }
        }
    }
}

fn beside(lang: Lang, shown: &ShownFile) -> Markup {
    html! {
        div.scroll {
            table {
                caption.vh { (shown.file.name) }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::FIELD)) }
                        th scope="col" { (lang.say(w::ON_FORM)) }
                        th scope="col" { (lang.say(w::IN_APPLICATION)) }
                    }
                }
                tbody {
                    @for field in &shown.beside {
                        tr {
                            th scope="row" { (lang.of(&field.item.words())) }
                            td {
                                (field.form)
                                @if !field.is_same { " " strong { (lang.say(w::DIFFERS)) } }
                            }
                            td { (field.application) }
                        }
                    }
                }
            }
        }
    }
}
