//! The panel of a doctor: who is on it, why and until when, what is new; and filling it from the practice's file.

use super::home::identity;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::tabs::{Tab, tabs};
use crate::components::{banner, forms, notes, times};
use crate::words::{Lang, chart as c, panel as p, shell as w};
use actions::panel::{FileView, NewsLine, PAGE_ROWS, PanelLine, PanelView, Show, Summary};
use maud::{Markup, html};

/// What stands above the list.
pub(crate) enum Above<'a> {
    /// Nothing.
    Nothing,
    /// Somebody was put on, renewed or taken off.
    Changed,
    /// A file was taken over.
    Taken(&'a FileView),
    /// A file was not.
    Refused(&'a actions::values::Words),
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &PanelView, show: Show, text: &str, above: &Above<'_>) -> Markup {
    let lang = chrome.lang();
    let size = view.size.to_string();
    let main = html! {
        div.head { div {
            h1 { (lang.say(p::PANEL)) }
            p {
                (lang.fill(p::PANEL_LEAD, &[&size])) " "
                @match view.refreshed {
                    Some(at) => (lang.fill(p::PANEL_REFRESHED, &[&view.by_file.to_string(), &times::minute_text(at)])),
                    None => (lang.say(p::PANEL_NO_FILE)),
                }
            }
        } div.acts { a.btn.slim href="#file" { (icon("doc")) (lang.say(p::PANEL_FILL)) } } }
        @match above {
            Above::Nothing => {}
            Above::Changed => (notes::line(notes::Tone::Done, "check", lang.say(p::PANEL_DONE))),
            Above::Taken(file) => (taken(lang, file)),
            Above::Refused(words) => (notes::line(notes::Tone::Critical, "warn", lang.of(words))),
        }
        @let count = |n: usize| u32::try_from(n).ok();
        (tabs(lang, lang.say(p::PANEL), &[
            Tab { href: "/panel".to_owned(), name: lang.say(p::TAB_ALL), count: count(view.size), current: show == Show::All },
            Tab { href: "/panel?show=new".to_owned(), name: lang.say(p::TAB_NEW), count: count(view.news), current: show == Show::New },
            Tab { href: "/panel?show=ending".to_owned(), name: lang.say(p::TAB_ENDING), count: count(view.ending), current: show == Show::Ending },
        ]))
        section.card {
            form.body.first.row role="search" aria-label=(lang.say(p::PANEL_FIND_DO)) action="/panel" method="post" {
                (forms::token(chrome))
                input type="hidden" name="show" value=(show.code());
                div.field.grow {
                    label for="panel-find" { (lang.say(p::PANEL_FIND)) }
                    input.in #panel-find name="text" type="search" value=(text) autocomplete="off";
                }
                button.btn type="submit" { (icon("search")) (lang.say(p::PANEL_FIND_DO)) }
            }
            @if view.lines.is_empty() {
                @if view.size == 0 && show == Show::All { (notes::empty("people", lang.say(p::PANEL_EMPTY), lang.say(p::PANEL_EMPTY_TEXT), html! {})) }
                @else { (notes::empty("search", lang.say(p::PANEL_NOBODY), lang.say(p::PANEL_NOBODY_TEXT), html! { a.btn.slim href="/panel" { (lang.say(p::TAB_ALL)) } " " a.btn.slim href="/search" { (lang.say(w::FIND_PATIENT)) } })) }
            } @else { (list(chrome, view)) (pages(chrome, view, show, text)) }
        }
        (file_form(chrome))
    };
    page(
        chrome,
        Page {
            title: lang.say(p::PANEL).to_owned(),
            section: Section::Panel,
            chart: None,
            keys: &[("/", w::KEY_FIND), ("j k", w::KEY_MOVE), ("Enter", w::KEY_OPEN)],
            door: false,
            main,
        },
    )
}

fn list(chrome: &Chrome, view: &PanelView) -> Markup {
    let lang = chrome.lang();
    html! {
        div.scroll { table {
            caption.vh { (lang.say(p::PANEL)) }
            thead { tr {
                th scope="col" { (lang.say(c::COL_PATIENT)) }
                th scope="col" { (lang.say(p::COL_LAST_NEWS)) }
                th scope="col" { (lang.say(p::COL_BECAUSE)) }
                th scope="col" { span.vh { (lang.say(w::MENU)) } }
            } }
            tbody { @for line in &view.lines { (row(chrome, line)) } }
        } }
    }
}

fn row(chrome: &Chrome, line: &PanelLine) -> Markup {
    let lang = chrome.lang();
    let person = line.banner.person;
    let over = line.until.is_some_and(|until| until <= chrome.now);
    html! {
        tr data-line="" {
            th scope="row" {
                a href={ "/person/" (person) } { (banner::name(&line.banner)) }
                (identity(chrome, &line.banner))
            }
            td {
                @match (&line.news, line.last) {
                    (Some(news), _) => { (happened(lang, news)) " " span.soft.nowrap { (times::minute(news.at)) } span.sub { (summary(lang, news)) } }
                    (None, Some(at)) => span.soft { (times::minute(at)) },
                    (None, None) => span.soft { (lang.say(c::NONE_ON_FILE)) },
                }
            }
            td {
                (lang.of(&line.source)) span.sub { (lang.fill(c::RECORD_SINCE, &[&times::day_text(line.since)])) }
                @if !line.words.is_empty() { span.sub { (line.words) } }
                @if let Some(until) = line.until {
                    span.sub { (lang.fill(if over { p::ENDED_ON } else { p::ENDS }, &[&times::day_text(until)])) }
                }
            }
            td {
                div.acts {
                    @if line.by_word || over {
                        form action="/panel/renew" method="post" {
                            (forms::token(chrome))
                            input type="hidden" name="person" value=(person);
                            input type="hidden" name="words" value=(lang.say(p::RENEWED_WORDS));
                            button.btn.slim type="submit" { (lang.say(p::RENEW)) }
                        }
                    }
                    @if !over {
                        form action="/panel/leave" method="post" {
                            (forms::token(chrome))
                            input type="hidden" name="person" value=(person);
                            button.btn.slim type="submit" { (lang.say(p::LEAVE)) }
                        }
                    }
                }
            }
        }
    }
}

/// What happened, where.
pub(crate) fn happened(lang: Lang, line: &NewsLine) -> Markup {
    html! {
        @if line.rank <= 2 { b { (lang.of(&line.what)) } } @else { (lang.of(&line.what)) }
        @if !line.place.is_empty() { span.sub { (line.place) } }
    }
}

/// What became of the discharge summary, and what else came.
pub(crate) fn summary(lang: Lang, line: &NewsLine) -> Markup {
    html! {
        @match &line.summary {
            None => {}
            Some(Summary::Missing) => { span.pill.wait { (icon("clock")) (lang.say(p::SUMMARY_MISSING)) } " " }
            Some(Summary::Here { key, at, readers }) => {
                a href={ "/person/" (line.banner.person) "/reports/" (key) } {
                    @if *readers == 0 { (lang.fill(p::SUMMARY_UNREAD, &[&times::minute_text(*at)])) }
                    @else { (lang.count(u64::from(*readers), p::SUMMARY_READ_ONE, p::SUMMARY_READ)) }
                }
                " "
            }
        }
        @if line.reports > 0 && line.rank < 4 { span.soft { (lang.count(u64::from(line.reports), p::REPORTS_ONE, p::REPORTS_MANY)) } }
    }
}

/// Which part of the list is shown, and the way to the others. What was typed is never in an address.
fn pages(chrome: &Chrome, view: &PanelView, show: Show, text: &str) -> Markup {
    let lang = chrome.lang();
    let first = view.page * PAGE_ROWS;
    let (from, to) = ((first + 1).to_string(), (first + view.lines.len()).to_string());
    let turn = |page: usize, name: &str| {
        html! {
            form action="/panel" method="post" {
                (forms::token(chrome))
                input type="hidden" name="show" value=(show.code());
                input type="hidden" name="text" value=(text);
                input type="hidden" name="page" value=(page);
                button.btn.slim type="submit" { (name) }
            }
        }
    };
    html! {
        footer.acts {
            span { (lang.fill(p::PANEL_SHOWING, &[&from, &to, &view.matching.to_string()])) }
            @if view.page > 0 { (turn(view.page - 1, lang.say(p::PAGE_BEFORE))) }
            @if first + view.lines.len() < view.matching { (turn(view.page + 1, lang.say(p::PAGE_NEXT))) }
        }
    }
}

fn taken(lang: Lang, file: &FileView) -> Markup {
    html! {
        (notes::line(notes::Tone::Done, "check", &lang.fill(p::FILE_RESULT, &[&file.matched.to_string(), &file.rows.to_string()])))
        @if !file.returned.is_empty() {
            section.card {
                header { h2 { (lang.count(file.returned.len() as u64, p::FILE_RETURNED_ONE, p::FILE_RETURNED)) } }
                div.body { p { (lang.say(p::FILE_RETURNED_TEXT)) } }
                div.scroll tabindex="0" role="region" aria-label=(lang.say(p::COL_ROW_WHY)) { table {
                    caption.vh { (lang.say(p::FILE_RETURNED_TEXT)) }
                    thead { tr {
                        th scope="col" { (lang.say(p::COL_LINE)) }
                        th scope="col" { (lang.say(p::COL_ROW_NAME)) }
                        th scope="col" { (lang.say(p::COL_ROW_WHY)) }
                    } }
                    tbody { @for row in &file.returned { tr {
                        td.num { (row.line) }
                        th scope="row" {
                            (row.name)
                            span.sub { @if row.birth_date.is_empty() { (lang.say(p::NO_DATE)) } @else { (row.birth_date) } }
                        }
                        td { (lang.of(&row.because)) }
                    } } }
                } }
            }
        }
    }
}

fn file_form(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card #file {
            header { h2 { (lang.say(p::FILE_TITLE)) } }
            form.body.stack action="/panel/file" method="post" enctype="multipart/form-data" {
                (forms::token(chrome))
                p { (lang.say(p::FILE_TEXT)) }
                div.field {
                    label for="panel-file" { (lang.say(p::FILE_PICK)) }
                    input.in #panel-file name="file" type="file" accept=".csv,.txt,text/csv,text/plain";
                }
                div.field {
                    label for="panel-text" { (lang.say(p::FILE_PASTE)) }
                    textarea.in #panel-text name="text" rows="4" autocomplete="off" {}
                }
                label.check { input type="checkbox" name="whole" value="yes"; span { (lang.say(p::FILE_WHOLE)) } }
                label.check { input type="checkbox" name="sure" value="yes"; span { (lang.say(p::FILE_SURE)) } }
                p.small { (lang.say(p::FILE_TOLD)) }
                div.acts { button.btn.main type="submit" { (lang.say(p::FILE_DO)) } }
            }
        }
    }
}
