//! Laboratory results over time: trend charts above, flowsheet below.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::flowsheet::{COLUMNS, flowsheet};
use crate::components::icons::icon;
use crate::components::{banner, flag, notes, trend_chart};
use crate::words::{chart as c, shell as w};
use actions::results::{Flag, ResultsView, Series};
use fhir::Instant;
use maud::{Markup, html};

/// Trend charts above the table when the reader named none.
const CHARTS: usize = 3;

/// What the reader asked to see of it.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct Asked {
    /// Code of the test whose chart stands first.
    #[serde(default)]
    pub(crate) test: String,
    /// `yes`: every collection, however many.
    #[serde(default)]
    pub(crate) all: String,
    /// `abnormal`: only tests with a flag on their newest value.
    #[serde(default)]
    pub(crate) only: String,
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &ResultsView, asked: &Asked) -> Markup {
    let lang = chrome.lang();
    let person = view.banner.person;
    let abnormal_only = asked.only == "abnormal";
    let groups: Vec<(&str, Vec<&Series>)> = view
        .groups
        .iter()
        .map(|(name, series)| {
            let kept = series
                .iter()
                .filter(|s| !abnormal_only || s.points.first().is_some_and(|p| p.flag.is_flagged()));
            (lang.of(name), kept.collect::<Vec<_>>())
        })
        .filter(|(_, series)| !series.is_empty())
        .collect();
    let all_columns = asked.all == "yes" || view.columns.len() <= COLUMNS;
    let columns: &[Instant] = if all_columns { &view.columns } else { &view.columns[..COLUMNS] };
    let charts = charts(view, &asked.test);
    let query = |all: bool, only: bool| {
        format!(
            "/person/{person}/results?{}{}",
            if all { "all=yes&" } else { "" },
            if only { "only=abnormal" } else { "" }
        )
    };
    let empty = view.groups.iter().all(|(_, series)| series.is_empty());
    let main = html! {
        div.head {
            div { h1 { (lang.say(w::RESULTS)) } p { (lang.say(c::RESULTS_LEAD)) } }
            @if !empty {
                div.acts {
                    @if abnormal_only { a.btn.slim href=(query(asked.all == "yes", false)) { (lang.say(c::EVERY_TEST)) } }
                    @else { a.btn.slim href=(query(asked.all == "yes", true)) { (icon("list")) (lang.say(c::ONLY_ABNORMAL)) } }
                }
            }
        }
        @if empty {
            section.card { (notes::empty("lab", lang.say(c::NO_RESULTS), lang.say(c::NO_RESULTS_TEXT), html! {})) }
        } @else {
            @if !charts.is_empty() {
                div.cols.charts #trend { @for series in &charts { (trend_chart::card(lang, series)) } }
            }
            @if groups.is_empty() { (notes::line(notes::Tone::Plain, "check", lang.say(c::NO_ABNORMAL))) }
            @else {
                @if view.withdrawn > 0 {
                    (notes::line(notes::Tone::Plain, "stop", &lang.count(u64::from(view.withdrawn), c::WITHDRAWN_ONE, c::WITHDRAWN_MANY)))
                }
                section.card {
                    (flowsheet(lang, view, &groups, columns))
                    @if view.columns.len() > COLUMNS {
                        footer.spread {
                            span { (lang.fill(c::SHOWN_COLUMNS, &[&columns.len().to_string(), &view.columns.len().to_string()])) }
                            @if all_columns { a href=(query(false, abnormal_only)) { (lang.say(c::SHOW_NEWEST)) } }
                            @else { a href=(query(true, abnormal_only)) { (lang.fill(c::SHOW_ALL, &[&view.columns.len().to_string()])) } }
                        }
                    }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(w::RESULTS).to_lowercase()),
            section: Section::Results,
            chart: Some((&view.banner, view.counts)),
            keys: &[("g s", w::KEY_SUMMARY), ("g d", w::KEY_DOCS), ("/", w::KEY_FIND)],
            door: false,
            main,
        },
    )
}

/// The test asked for first, then those whose newest value is most out of range.
fn charts<'a>(view: &'a ResultsView, test: &str) -> Vec<&'a Series> {
    let mut all: Vec<&Series> =
        view.groups.iter().flat_map(|(_, series)| series).filter(|s| trend_chart::has_line(s)).collect();
    all.sort_by_key(|s| {
        let worst = s.points.first().map_or(Flag::None, |p| p.flag);
        (
            s.code != test || test.is_empty(),
            !flag::critical(worst),
            !worst.is_flagged(),
            std::cmp::Reverse(s.points.len()),
        )
    });
    all.truncate(CHARTS);
    all
}
