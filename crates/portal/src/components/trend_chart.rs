//! Trend chart: band, limits labelled, each point shaped, last value written; all of it again in the label.

use super::flag;
use super::numbers::{expected, unit, unit_mark, value};
use super::sparkline::{extent, mark, on_line};
use super::times;
use crate::words::{Lang, chart as w};
use actions::results::{Point, Series};
use maud::{Markup, html};
use std::fmt::Write as _;

const LEFT: f64 = 40.0;
const RIGHT: f64 = 308.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 114.0;
/// A chart shows this much before its newest point, in seconds (eighteen months); the table has the rest.
const WINDOW: i64 = 548 * 24 * 3600;

/// Whether a series has enough numbers for a line.
pub(crate) fn has_line(series: &Series) -> bool {
    on_line(series).count() >= 2
}

/// The chart in its card.
pub(crate) fn card(lang: Lang, series: &Series) -> Markup {
    let newest = series.points.first();
    html! {
        section.card {
            header {
                h2 { (series.name) (unit_mark(&series.unit)) }
                @if let Some(newest) = newest && newest.flag.is_flagged() { (flag::word(lang, newest.flag)) }
            }
            div.body { (chart(lang, series)) }
        }
    }
}

fn chart(lang: Lang, series: &Series) -> Markup {
    let newest = on_line(series).next().map(|(p, _)| p.at).unwrap_or_default();
    let mut points: Vec<(&Point, f64)> =
        on_line(series).filter(|(p, _)| newest.seconds_since(p.at) <= WINDOW).collect();
    if points.len() < 2 {
        points = on_line(series).take(2).collect();
    }
    points.reverse();
    let (Some((first, _)), Some((last, last_number))) = (points.first().copied(), points.last().copied())
    else {
        return html! {};
    };
    let (low, high) = extent(&points);
    let y = |n: f64| BOTTOM - (n.clamp(low, high) - low) / (high - low) * (BOTTOM - TOP);
    let across = places(&points);
    let line: Vec<String> =
        points.iter().zip(&across).map(|((_, n), x)| format!("{x:.1},{:.1}", y(*n))).collect();
    let limit = |n: f64| value(lang, &n.to_string());
    let limits: Vec<f64> = [last.high, last.low].into_iter().flatten().filter(|n| n.is_finite()).collect();
    html! {
        svg.chart viewBox="0 0 372 150" role="img" aria-label=(label(lang, series, &points)) {
            @if !limits.is_empty() {
                @let top = last.high.map_or(8.0, y);
                @let bottom = last.low.map_or(122.0, y);
                rect.band x=(LEFT) y=(format!("{top:.1}")) width=(RIGHT - LEFT) height=(format!("{:.1}", (bottom - top).max(1.0))) {}
            }
            @for n in &limits {
                path.lim d=(format!("M{LEFT} {:.1}H{RIGHT}", y(*n))) {}
                text x=(LEFT - 5.0) y=(format!("{:.1}", y(*n) + 4.5)) text-anchor="end" { (limit(*n)) }
            }
            path.ax d=(format!("M{LEFT} 122H{RIGHT}")) {}
            polyline.ln points=(line.join(" ")) {}
            @for (i, ((p, n), x)) in points.iter().zip(&across).enumerate() {
                (mark(p, *x, y(*n), if i + 1 == points.len() { 6.0 } else { 5.0 }, "dot"))
            }
            text.last x=(RIGHT + 4.0) y=(format!("{:.1}", y(last_number) + 5.0)) { (value(lang, last.converted.as_deref().unwrap_or(&last.value))) }
            text x=(LEFT) y="142" { (times::day_text(first.at)) }
            text x=(RIGHT) y="142" text-anchor="end" { (times::day_text(last.at)) }
        }
    }
}

/// Where each point stands: in order of time, long gaps drawn shorter so that a stay in hospital can be read.
fn places(points: &[(&Point, f64)]) -> Vec<f64> {
    const SHORTER: f64 = 0.35;
    let mut along = 0.0;
    let mut all = vec![0.0];
    for pair in points.windows(2) {
        let gap = pair[1].0.at.seconds_since(pair[0].0.at).max(60) as f64;
        along += gap.powf(SHORTER);
        all.push(along);
    }
    all.iter().map(|at| LEFT + 8.0 + at / along.max(1.0) * (RIGHT - LEFT - 16.0)).collect()
}

/// Everything the drawing says, in words.
fn label(lang: Lang, series: &Series, points: &[(&Point, f64)]) -> String {
    let mut out = format!("{}, {}.", series.name, unit(&series.unit));
    for (p, _) in points {
        let shown = p.converted.as_deref().unwrap_or(&p.value);
        let _ = write!(out, " {}: {}", times::minute_text(p.at), value(lang, shown));
        if let Some(look) = flag::look(p.flag) {
            let _ = write!(out, " ({})", lang.say(look.word));
        }
        out.push(';');
    }
    if let Some((last, _)) = points.last() {
        let range = expected(lang, &last.expected, last.low, last.high);
        if !range.is_empty() {
            let _ = write!(out, " {}", lang.fill(w::CHART_EXPECTED, &[&range]));
        }
    }
    out
}
