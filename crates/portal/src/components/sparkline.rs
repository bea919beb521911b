//! A line as small as a word: green band expected, the last point wears the flag's shape.

use super::flag;
use actions::results::{Point, Series};
use maud::{Markup, html};

const WIDTH: f64 = 104.0;
const TOP: f64 = 3.0;
const BOTTOM: f64 = 21.0;

/// Points that stand on the line: a number in the unit of the series, measured or converted, newest first as given.
pub(crate) fn on_line(series: &Series) -> impl DoubleEndedIterator<Item = (&Point, f64)> {
    series
        .points
        .iter()
        .filter(|p| {
            (p.other_unit.is_none() || p.converted.is_some())
                && p.finality != actions::values::Finality::Withdrawn
        })
        .filter_map(|p| p.number.filter(|n| n.is_finite()).map(|n| (p, n)))
}

/// Lowest and highest value to draw, from the points and the newest expected limits.
pub(crate) fn extent(points: &[(&Point, f64)]) -> (f64, f64) {
    let mut low = points.iter().map(|(_, n)| *n).fold(f64::INFINITY, f64::min);
    let mut high = points.iter().map(|(_, n)| *n).fold(f64::NEG_INFINITY, f64::max);
    if let Some((last, _)) = points.last() {
        for limit in [last.low, last.high].into_iter().flatten().filter(|limit| limit.is_finite()) {
            low = low.min(limit);
            high = high.max(limit);
        }
    }
    if (high - low).abs() < f64::EPSILON { (low - 1.0, high + 1.0) } else { (low, high) }
}

/// The mark of one point: a triangle, a diamond or a dot.
pub(crate) fn mark(point: &Point, x: f64, y: f64, r: f64, dot: &'static str) -> Markup {
    match flag::look(point.flag) {
        Some(look) if look.way > 0 => {
            html! { path class=(look.class) d=(format!("M{x:.1} {:.1}l{r:.1} {:.1}h-{:.1}z", y - r, r * 1.7, r * 2.0)) {} }
        }
        Some(look) if look.way < 0 => {
            html! { path class=(look.class) d=(format!("M{x:.1} {:.1}l{r:.1} -{:.1}h-{:.1}z", y + r, r * 1.7, r * 2.0)) {} }
        }
        Some(look) => {
            let class = if look.class == "cr" { "cr" } else { "hi" };
            html! { path class=(class) d=(format!("M{x:.1} {:.1}l{r:.1} {r:.1}l-{r:.1} {r:.1}l-{r:.1} -{r:.1}z", y - r)) {} }
        }
        None => {
            html! { circle class=(dot) cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r=(format!("{:.1}", r * 0.7)) {} }
        }
    }
}

/// The sparkline of a series; nothing when there are fewer than two numbers. Hidden from readers: the table says it all.
pub(crate) fn sparkline(series: &Series) -> Markup {
    const MOST: usize = 16;
    let mut points: Vec<(&Point, f64)> = on_line(series).take(MOST).collect();
    points.reverse();
    if points.len() < 2 {
        return html! {};
    }
    let (low, high) = extent(&points);
    let y = |n: f64| BOTTOM - (n.clamp(low, high) - low) / (high - low) * (BOTTOM - TOP);
    let step = (WIDTH - 10.0) / (points.len() - 1) as f64;
    let at: Vec<(f64, f64)> =
        points.iter().enumerate().map(|(i, (_, n))| (3.0 + step * i as f64, y(*n))).collect();
    let line: Vec<String> = at.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let newest = points.last().map(|(p, _)| *p);
    html! {
        svg.spark viewBox="0 0 104 24" aria-hidden="true" {
            @if let Some(newest) = newest && (newest.low.is_some() || newest.high.is_some()) {
                @let top = newest.high.map_or(TOP, y);
                @let bottom = newest.low.map_or(BOTTOM, y);
                rect.band x="0" y=(format!("{top:.1}")) width="104" height=(format!("{:.1}", (bottom - top).max(2.0))) {}
            }
            polyline.ln points=(line.join(" ")) {}
            @if let (Some(newest), Some((x, y))) = (newest, at.last()) { (mark(newest, *x, *y, 4.5, "pt")) }
        }
    }
}
