//! The books on a wall: everything accepted accounted for, by kind, feed and recipient; incidents; who is on call; the
//! daily test results. Names no patients.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::numbers::whole;
use crate::components::{lists, notes, times};
use crate::words::{Lang, Say, books as w};
use actions::canary::CanaryLine;
use actions::census::BooksView;
use actions::cover::OnCallView;
use actions::incidents::{IncidentLine, OpenView};
use maud::{Markup, html};

/// What the wall shows.
#[derive(Debug, Clone)]
pub(crate) struct Wall {
    /// The books.
    pub(crate) books: BooksView,
    /// What is not as it should be.
    pub(crate) incidents: OpenView,
    /// Who is on call.
    pub(crate) on_call: OnCallView,
    /// Test results.
    pub(crate) canaries: Vec<CanaryLine>,
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, wall: &Wall) -> Markup {
    let lang = chrome.lang();
    let census = &wall.books.census;
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::MENU)) } p { (lang.fill(w::LEAD, &[&times::minute_text(wall.books.at)])) } }
        }
        @if census.balanced {
            (notes::line(notes::Tone::Done, "check", lang.say(w::BALANCED)))
        } @else {
            (notes::line(notes::Tone::Critical, "warn", &lang.fill(w::NOT_BALANCED, &[&whole(lang, census.difference)])))
        }
        (incidents(chrome, &wall.incidents))
        (kinds(lang, &wall.books))
        (feeds(lang, &wall.books))
        (recipients(lang, &wall.books))
        (canaries(lang, &wall.canaries))
        (on_call(lang, &wall.on_call))
        @if census.settled_below > 0 {
            p.sub { (lang.fill(w::SETTLED, &[&whole(lang, census.settled_below.unsigned_abs())])) }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::MENU).to_owned(),
            section: Section::Books,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn table(lang: Lang, title: Say, columns: &[Say], rows: &[(String, Vec<String>)]) -> Markup {
    html! {
        section.card {
            div.scroll tabindex="0" role="region" aria-label=(lang.say(title)) {
                table {
                    caption { b { (lang.say(title)) } }
                    thead { tr { @for column in columns { th scope="col" { (lang.say(*column)) } } } }
                    tbody {
                        @for (name, cells) in rows {
                            tr { th scope="row" { (name) } @for cell in cells { td { (cell) } } }
                        }
                    }
                }
            }
        }
    }
}

fn kinds(lang: Lang, view: &BooksView) -> Markup {
    let columns = [w::COL_KIND, w::COL_MADE, w::COL_DONE, w::COL_PENDING, w::COL_OWNED, w::COL_WITHOUT];
    let rows: Vec<(String, Vec<String>)> = view
        .kinds
        .iter()
        .zip(&view.census.kinds)
        .map(|(name, c)| {
            let cells = [c.made, c.done, c.pending, c.owned, c.without].map(|n| whole(lang, n));
            (lang.of(name).to_owned(), cells.to_vec())
        })
        .collect();
    table(lang, w::KINDS, &columns, &rows)
}

fn feeds(lang: Lang, view: &BooksView) -> Markup {
    let columns = [
        w::COL_FEED,
        w::COL_RECEIVED,
        w::COL_REFUSED,
        w::COL_ACCEPTED,
        w::COL_WAITING,
        w::COL_FILED,
        w::COL_KEPT,
        w::COL_HELD,
    ];
    let rows: Vec<(String, Vec<String>)> = view
        .census
        .feeds
        .iter()
        .map(|(name, c)| {
            let all = [c.received, c.refused, c.accepted, c.pending, c.filed, c.kept, c.held];
            (name.clone(), all.map(|n| whole(lang, n)).to_vec())
        })
        .collect();
    table(lang, w::FEEDS, &columns, &rows)
}

fn recipients(lang: Lang, view: &BooksView) -> Markup {
    let columns =
        [w::COL_RECIPIENT, w::COL_DUE, w::COL_CONFIRMED, w::COL_PENDING, w::COL_OWNED, w::COL_OTHER];
    let rows: Vec<(String, Vec<String>)> = view
        .recipients
        .iter()
        .zip(&view.census.recipients)
        .map(|(name, (_, c))| {
            let all = [c.due, c.acknowledged, c.pending, c.owned, c.excused];
            (lang.of(name).to_owned(), all.map(|n| whole(lang, n)).to_vec())
        })
        .collect();
    table(lang, w::RECIPIENTS, &columns, &rows)
}

fn incidents(chrome: &Chrome, view: &OpenView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::INCIDENTS)) } span.n { (view.open.len()) } }
            @if view.open.is_empty() {
                div.body { (notes::line(notes::Tone::Plain, "check", lang.say(w::NO_INCIDENTS))) }
            } @else {
                ul.lines { @for line in &view.open { (incident(chrome, line)) } }
            }
            @if !view.closed.is_empty() {
                header { h3 { (lang.say(w::LATELY)) } span.n { (view.closed.len()) } }
                ul.lines { @for line in &view.closed { (incident(chrome, line)) } }
            }
            (lists::part(lang, &view.closed_part, "/books", "closed"))
        }
    }
}

fn incident(chrome: &Chrome, line: &IncidentLine) -> Markup {
    let lang = chrome.lang();
    let opened = times::minute_text(line.opened);
    html! {
        li {
            div.top { b { (lang.of(&line.what)) ": " (line.subject) } " " span.code { (line.number) } }
            p { (lang.of(&line.words)) }
            p.sub {
                @match line.closed {
                    Some(closed) => (lang.fill(w::FROM_TO, &[&opened, &times::minute_text(closed)])),
                    None => {
                        (lang.fill(w::SINCE, &[&opened]))
                        @if let Some(due) = line.due {
                            " · " (lang.fill(w::OWNER, &[lang.of(&line.owner), &times::minute_text(due)]))
                        }
                    }
                }
            }
        }
    }
}

fn canaries(lang: Lang, lines: &[CanaryLine]) -> Markup {
    if lines.is_empty() {
        return html! { section.card {
            header { h2 { (lang.say(w::CANARIES)) } }
            div.body { (notes::line(notes::Tone::Plain, "clock", lang.say(w::NO_RECEIVERS))) }
        } };
    }
    let columns = [w::COL_RECIPIENT, w::COL_SENT, w::COL_TAKEN, w::COL_STATE];
    let rows: Vec<(String, Vec<String>)> = lines
        .iter()
        .map(|line| {
            let time = |at: Option<fhir::Instant>| at.map(times::minute_text).unwrap_or_default();
            let cells = vec![time(line.sent), time(line.acknowledged), lang.of(&line.words).to_owned()];
            (line.endpoint.clone(), cells)
        })
        .collect();
    table(lang, w::CANARIES, &columns, &rows)
}

fn on_call(lang: Lang, view: &OnCallView) -> Markup {
    let columns = [w::COL_DESK, w::COL_WHO, w::COL_PHONE];
    let rows: Vec<(String, Vec<String>)> = view
        .desks
        .iter()
        .map(|desk| {
            let who = if desk.who.is_empty() { lang.say(w::NOBODY).to_owned() } else { desk.who.clone() };
            (lang.of(&desk.name).to_owned(), vec![who, desk.phone.clone()])
        })
        .collect();
    html! {
        @if !view.has_calendar { (notes::line(notes::Tone::Critical, "warn", lang.say(w::NO_CALENDAR))) }
        (table(lang, w::ON_CALL, &columns, &rows))
        @if !view.gaps.is_empty() {
            (notes::note(notes::Tone::Critical, "warn", lang.say(w::GAPS), html! {
                ul { @for gap in &view.gaps { li { (gap) } } }
            }))
        }
    }
}
