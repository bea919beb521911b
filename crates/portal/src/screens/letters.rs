//! Letters that wait to be posted: print, count, post, confirm.

use super::desk::gravity;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, notes, times};
use crate::words::{letters as l, operations as w};
use actions::deliveries::LetterLine;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, lines: &[LetterLine], done: bool) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(l::LETTERS)) } p { (lang.say(l::LEAD)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(l::POSTED))) }
        @if lines.is_empty() {
            section.card { (notes::empty("check", lang.say(l::EMPTY), lang.say(l::EMPTY_TEXT), html! {})) }
        } @else {
            div.card { div.scroll { (list(chrome, lines)) } }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(l::LETTERS).to_owned(),
            section: Section::Desk,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn list(chrome: &Chrome, lines: &[LetterLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        table.desk {
            caption.vh { (lang.say(l::LETTERS)) }
            thead {
                tr {
                    th scope="col" { (lang.say(w::COL_NUMBER)) }
                    th scope="col" { (lang.say(l::COL_ADDRESS)) }
                    th scope="col" { (lang.say(w::COL_WHY)) }
                    th scope="col" { (lang.say(w::COL_CLOCK)) }
                    th scope="col" { (lang.say(l::POSTED_DO)) }
                }
            }
            tbody { @for line in lines { (row(chrome, line)) } }
        }
    }
}

fn row(chrome: &Chrome, line: &LetterLine) -> Markup {
    let lang = chrome.lang();
    let id = format!("pages-{}", line.obligation);
    html! {
        tr {
            th scope="row" {
                span.id { (line.number) } " " (gravity(lang, line.gravity))
                span.sub { a href={ "/letters/pages?of=" (line.obligation) } download="" { (icon("doc")) " " (lang.say(l::PRINT_EN)) } }
                span.sub { a href={ "/letters/pages?french=1&of=" (line.obligation) } download="" { (icon("doc")) " " (lang.say(l::PRINT_FR)) } }
            }
            td { (lang.of(&line.to)) span.sub { (line.address) } }
            td { (lang.of(&line.why)) }
            td { (times::clock(lang, line.due, chrome.now)) }
            td {
                form.stack.tight action="/letters/posted" method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="obligation" value=(line.obligation);
                    (forms::field(&id, "pages", lang.say(l::PAGES), lang.say(l::PAGES_HINT), true))
                    label.check { input type="checkbox" name="french" value="1"; (lang.say(l::IN_FRENCH)) }
                    button.btn.slim type="submit" { (lang.say(l::POSTED_DO)) }
                }
            }
        }
    }
}
