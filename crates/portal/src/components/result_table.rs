//! Result table: test with unit, value, meaning, expected, trend.

use super::numbers::{expected, unit_mark, value};
use super::{flag, pill, sparkline, times};
use crate::words::{Lang, chart as w};
use actions::results::Series;
use maud::{Markup, html};

/// What the table of latest values needs besides the series.
pub(crate) struct Table<'a> {
    /// Accessible name.
    pub(crate) caption: &'a str,
    /// Whether to draw trends; a single report has none.
    pub(crate) trend: bool,
    /// Where a test leads; the empty text for nowhere.
    pub(crate) href: &'a dyn Fn(&Series) -> String,
}

/// The newest point of each series.
pub(crate) fn table(lang: Lang, series: &[&Series], table: &Table<'_>) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.caption) {
            table.mid {
                caption.vh { (table.caption) }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::COL_TEST)) }
                        th.num scope="col" { (lang.say(w::COL_VALUE)) }
                        th scope="col" { (lang.say(w::COL_MEANING)) }
                        th.roomy scope="col" { (lang.say(w::COL_EXPECTED)) }
                        @if table.trend {
                            th scope="col" { (lang.say(w::COL_TREND)) }
                            th scope="col" { (lang.say(w::COL_COLLECTED)) }
                        }
                    }
                }
                tbody { @for one in series { (row(lang, one, table)) } }
            }
        }
    }
}

fn row(lang: Lang, series: &Series, table: &Table<'_>) -> Markup {
    let Some(newest) = series.points.first() else { return html! {} };
    let href = (table.href)(series);
    let unit = newest.other_unit.as_deref().unwrap_or(&series.unit);
    let range = expected(lang, &newest.expected, newest.low, newest.high);
    html! {
        tr {
            th scope="row" {
                @if href.is_empty() { (series.name) } @else { a href=(href) { (series.name) } }
                (unit_mark(unit))
                @if !newest.note.is_empty() { span.sub { (newest.note) } }
            }
            td class=(if newest.number.is_some() { "num" } else { "num said" }) { b { (value(lang, &newest.value)) } }
            td {
                (flag::word(lang, newest.flag)) " " (pill::finality(lang, newest.finality))
                // On a telephone the range stands here: a column of its own would be cut off.
                span.sub.tight-only { (range) }
            }
            td.soft.nowrap.roomy { (range) }
            @if table.trend {
                td { (sparkline::sparkline(series)) }
                td.soft.nowrap { (times::minute(newest.at)) }
            }
        }
    }
}
