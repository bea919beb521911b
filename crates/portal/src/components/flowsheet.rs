//! Flowsheet: newest first and tinted; a heavy rule where the gap in time is long; not done is a dot with hidden words.

use super::icons::solid;
use super::numbers::{expected, unit_mark, value};
use super::{flag, sparkline, times};
use crate::words::{Lang, chart as w};
use actions::results::{Point, ResultsView, Series};
use actions::values::Finality;
use fhir::{Instant, PersonId};
use maud::{Markup, html};

/// Collections shown before the reader asks for all of them: as many as stand beside the trend at 1440 pixels.
pub(crate) const COLUMNS: usize = 7;
/// Longer than this between two collections is a gap, in seconds (four weeks).
const GAP: i64 = 28 * 24 * 3600;
/// Characters of the longest number with its comparator; what is longer is words.
const NUMBER_CHARACTERS: usize = 12;

/// The table with its key.
pub(crate) fn flowsheet(
    lang: Lang,
    view: &ResultsView,
    groups: &[(&str, Vec<&Series>)],
    columns: &[Instant],
) -> Markup {
    let person = view.banner.person;
    let across = columns.len() + 3;
    // Columns are counted for numbers: where words stand among them the table scrolls in its own box.
    let mut points = groups.iter().flat_map(|(_, series)| series).flat_map(|one| &one.points);
    let wide = points.any(|point| are_words(&value(lang, &point.value)));
    html! {
        div.scroll.tall.wide[wide] tabindex="0" role="region" aria-label=(lang.say(w::FLOW_REGION)) {
            table.flow.mid {
                caption.vh { (lang.say(w::FLOW_CAPTION)) }
                thead.stick {
                    tr {
                        th scope="col" { (lang.say(w::COL_TEST)) }
                        th.range scope="col" { (lang.say(w::COL_EXPECTED)) }
                        @for (i, at) in columns.iter().enumerate() {
                            th scope="col" class=[class(i, columns, "")] {
                                (times::day(*at)) br; (times::clock_text(*at))
                            }
                        }
                        th scope="col" { (lang.say(w::COL_TREND)) }
                    }
                }
                @for (name, series) in groups {
                    tbody {
                        tr.group { th scope="rowgroup" colspan=(across) { (name) } }
                        @for one in series { (row(lang, person, one, columns)) }
                    }
                }
            }
        }
        footer.spread {
            span.row { span.vh { (lang.say(w::KEY_LETTERS)) }
                @for shown in flag::SHOWN {
                    @if let Some(look) = flag::look(*shown) {
                        span.nowrap { (solid(look.glyph)) " " (lang.say(look.letter)) " " (lang.say(look.word).to_lowercase()) }
                    }
                }
                span.nowrap { (solid("pen")) " " (lang.say(w::CORRECTED).to_lowercase()) }
                span.nowrap { (solid("ring")) " " (lang.say(w::PRELIMINARY).to_lowercase()) }
            }
        }
    }
}

fn row(lang: Lang, person: PersonId, series: &Series, columns: &[Instant]) -> Markup {
    let newest = series.points.first();
    html! {
        tr {
            th scope="row" {
                a href={ "/person/" (person) "/results?test=" (crate::address::escape(&series.code)) } { (series.name) }
                (unit_mark(&series.unit))
            }
            td.range { @if let Some(p) = newest { (expected(lang, &p.expected, p.low, p.high)) } }
            @for (i, at) in columns.iter().enumerate() {
                @let here: Vec<&Point> = series.points.iter().filter(|p| p.at == *at).collect();
                @match here.as_slice() {
                    [] => {
                        td class=[class(i, columns, "na")] {
                            span.vh { (lang.say(w::NOT_DONE)) } span aria-hidden="true" { "·" } span.fl {}
                        }
                    }
                    points => {
                        @let worst = points.iter().filter_map(|p| flag::look(p.flag)).next().map_or("", |look| look.class);
                        td class=[class(i, columns, if worst == "ab" { "hi" } else { worst })] {
                            @for (n, p) in points.iter().enumerate() { @if n > 0 { br; } (cell(lang, person, p)) }
                        }
                    }
                }
            }
            td { (sparkline::sparkline(series)) }
        }
    }
}

fn cell(lang: Lang, person: PersonId, point: &Point) -> Markup {
    let text = value(lang, &point.value);
    let struck = point.finality == Finality::Withdrawn;
    html! {
        b.words[are_words(&text)] {
            @if let Some(report) = point.report {
                a.quiet href={ "/person/" (person) "/reports/" (report) } { @if struck { del { (text) } } @else { (text) } }
            } @else if struck { del { (text) } } @else { (text) }
        }
        @if let Some(other) = &point.other_unit {
            (unit_mark(other))
            @if let Some(here) = &point.converted { br; span.soft { "= " (value(lang, here)) } }
            @else { span.vh { (lang.say(w::OTHER_UNIT)) } }
        }
        (flag::letter(lang, point.flag, point.finality))
    }
}

/// Whether a value is words, which may stand on several lines.
fn are_words(text: &str) -> bool {
    text.chars().count() > NUMBER_CHARACTERS
}

/// Classes of a column: the newest is tinted, a long gap has a heavy rule.
fn class(i: usize, columns: &[Instant], own: &str) -> Option<String> {
    let mut classes: Vec<&str> = Vec::new();
    if i == 0 {
        classes.push("now");
    }
    let long = |i: usize| i > 0 && columns[i - 1].seconds_since(columns[i]) > GAP;
    if long(i) && !(i > 1 && long(i - 1)) {
        classes.push("gap");
    }
    if !own.is_empty() {
        classes.push(own);
    }
    (!classes.is_empty()).then(|| classes.join(" "))
}
