//! Observations of all source records as series over time.

use super::flags::flag_of;
use super::{Point, Series};
use crate::chart::{Contents, Filed, moment, moment_at};
use clinical::codes::{Conversion, rounded, same_unit};
use clinical::results::Finality;
use fhir::read::observation::{self, Observation, Value};
use fhir::system::LOINC;
use fhir::{Instant, Object, ResourceKey};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// A text longer than this, or of several lines, is read as text and not as a value (characters).
pub(crate) const LONGEST_VALUE: usize = 120;

/// A series with what places it in a clinical group.
#[derive(Debug)]
pub(crate) struct Placed {
    /// The series.
    pub(crate) series: Series,
    /// Its LOINC code, when it has one.
    pub(crate) loinc: Option<String>,
    /// Section code of the newest report it came in (HL7 table 0074); empty when none is stated.
    pub(crate) section: String,
}

/// All series of a chart.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Series in the order of their newest points.
    pub(crate) series: Vec<Placed>,
    /// Results left out because they were withdrawn.
    pub(crate) withdrawn: u32,
}

/// What ties points: LOINC, its own or that of its sender's own code; else the local code of its system with the name,
/// else the name alone. A name never ties a result to a LOINC code.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Tie {
    Loinc(String),
    Local(String, String, String),
}

/// The laboratory results of a chart as series, each newest point first and in one unit: a test in two units is two
/// series, unless a conversion makes one of them (HAZARDS H22). Withdrawn results are counted, not shown.
pub(crate) fn collect(contents: &Contents, conversions: &[Conversion]) -> Collected {
    let mut reports: HashMap<ResourceKey, &Filed> = HashMap::new();
    for report in &contents.reports {
        for result in contents.results_of(report) {
            reports.entry(result.key()).or_insert(report);
        }
    }
    let mut collected = Collected::default();
    let dictionary = Dictionary::of(contents);
    let mut found: HashMap<Tie, usize> = HashMap::new();
    for filed in &contents.observations {
        let read = observation::read(&filed.object);
        if !is_result(&read) {
            continue;
        }
        if filed.finality() == Finality::Withdrawn {
            collected.withdrawn += 1;
            continue;
        }
        let report = reports.get(&filed.key()).copied();
        let Some(point) = point(filed, &read, report.map(Filed::key)) else { continue };
        let loinc = dictionary.loinc(filed, &read);
        let tie = tie(&read, loinc.clone());
        let section =
            report.and_then(|report| report.object.text("category.coding.code")).unwrap_or_default();
        let at = *found.entry(tie).or_insert_with(|| {
            collected.series.push(Placed {
                series: Series { code: loinc.clone().unwrap_or_else(|| empty(&read).code), ..empty(&read) },
                loinc,
                section: section.to_owned(),
            });
            collected.series.len() - 1
        });
        if let Some(placed) = collected.series.get_mut(at) {
            let unit = read.value.as_ref().and_then(|value| value.unit.clone());
            placed.series.points.push(Point { other_unit: unit, ..point });
        }
    }
    let mut parted = Vec::with_capacity(collected.series.len());
    for mut placed in collected.series {
        let others = settle(&mut placed.series);
        let other = |series| Placed { series, loinc: placed.loinc.clone(), section: placed.section.clone() };
        let others: Vec<Placed> = others.into_iter().map(other).collect();
        parted.push(placed);
        parted.extend(others);
    }
    collected.series = parted;
    join(&mut collected.series, conversions);
    collected.series.sort_by_key(|placed| Reverse(placed.series.points.first().map(|point| point.at)));
    collected
}

/// The collection times of all series, newest first.
pub(crate) fn columns(series: &[Placed]) -> Vec<Instant> {
    let times: BTreeSet<Instant> =
        series.iter().flat_map(|placed| placed.series.points.iter().map(|point| point.at)).collect();
    times.into_iter().rev().collect()
}

/// One result as a series of one point, for the reader of a report; `None` when it holds no value.
pub(crate) fn single(filed: &Filed, report: ResourceKey) -> Option<Series> {
    let read = observation::read(&filed.object);
    let point = point(filed, &read, Some(report))?;
    let unit = read.value.as_ref().and_then(|value| value.unit.clone()).unwrap_or_default();
    Some(Series { unit, points: vec![point], ..empty(&read) })
}

/// Whether an observation is a laboratory result: it says so, or it says nothing and is measured.
fn is_result(read: &Observation) -> bool {
    if read.categories.iter().any(|code| code == "laboratory") {
        return true;
    }
    let other =
        ["imaging", "vital-signs", "social-history", "survey", "exam", "procedure", "therapy", "activity"];
    if read.categories.iter().any(|code| other.contains(&code.as_str())) {
        return false;
    }
    read.value
        .as_ref()
        .is_some_and(|value| value.number.is_some() || value.unit.is_some() || value.concept.is_some())
}

/// Which LOINC code a sender's own codes stand for, as its other results of this chart say themselves.
struct Dictionary {
    /// By sender, system and code; `None` where the sender's results contradict each other.
    loinc: HashMap<(i64, String, String), Option<String>>,
}

impl Dictionary {
    fn of(contents: &Contents) -> Self {
        let mut loinc: HashMap<(i64, String, String), Option<String>> = HashMap::new();
        for filed in &contents.observations {
            let Some(sender) = sender(filed) else { continue };
            let read = observation::read(&filed.object);
            let Some(code) = read.code.code_in(LOINC) else { continue };
            for (system, local) in local_codes(&read) {
                let said = loinc.entry((sender, system, local)).or_insert_with(|| Some(code.to_owned()));
                if said.as_deref() != Some(code) {
                    *said = None;
                }
            }
        }
        Self { loinc }
    }

    /// The LOINC code of a result: its own, else the one its sender gives all its local codes elsewhere.
    fn loinc(&self, filed: &Filed, read: &Observation) -> Option<String> {
        if let Some(code) = read.code.code_in(LOINC) {
            return Some(code.to_owned());
        }
        let sender = sender(filed)?;
        let mut known = local_codes(read)
            .into_iter()
            .filter_map(|(system, local)| self.loinc.get(&(sender, system, local)).cloned().flatten());
        let first = known.next()?;
        known.all(|other| other == first).then_some(first)
    }
}

/// Who sent a result: the link of its message.
fn sender(filed: &Filed) -> Option<i64> {
    filed.stored.message.map(|message| i64::from(message.link().0))
}

/// The codes of a result that are not LOINC's, with their systems.
fn local_codes(read: &Observation) -> Vec<(String, String)> {
    let codings = read.code.codings.iter().filter(|coding| coding.system.as_deref() != Some(LOINC));
    codings.filter_map(|coding| Some((coding.system.clone()?, coding.code.clone()?))).collect()
}

fn tie(read: &Observation, loinc: Option<String>) -> Tie {
    if let Some(code) = loinc {
        return Tie::Loinc(code);
    }
    let coding = read.code.codings.first();
    let part = |text: Option<&String>| text.cloned().unwrap_or_default();
    Tie::Local(
        part(coding.and_then(|coding| coding.system.as_ref())),
        part(coding.and_then(|coding| coding.code.as_ref())),
        clinical::identity::names::fold(read.code.shown().unwrap_or_default()),
    )
}

fn empty(read: &Observation) -> Series {
    let local = read.code.codings.iter().find_map(|coding| coding.code.clone());
    let name = read.code.shown().unwrap_or_default().to_owned();
    Series {
        code: read.code.code_in(LOINC).map(str::to_owned).or(local).unwrap_or_else(|| name.clone()),
        name,
        unit: String::new(),
        points: Vec::new(),
    }
}

/// Newest first, in the unit of the newest measured point; a measured point without a unit is marked. What is in other
/// units comes back as series of their own.
fn settle(series: &mut Series) -> Vec<Series> {
    series.points.sort_by_key(|point| (Reverse(point.at), point.observation));
    let unit = series
        .points
        .iter()
        .filter(|point| point.number.is_some())
        .find_map(|point| point.other_unit.clone());
    let unit =
        unit.or_else(|| series.points.iter().find_map(|point| point.other_unit.clone())).unwrap_or_default();
    let mut others: Vec<Series> = Vec::new();
    let mut kept = Vec::with_capacity(series.points.len());
    for mut point in std::mem::take(&mut series.points) {
        let own = point.other_unit.take().unwrap_or_default();
        if own.is_empty() && point.number.is_some() && !unit.is_empty() {
            kept.push(Point { other_unit: Some(own), ..point });
        } else if own.is_empty() || same_unit(&own, &unit) {
            kept.push(point);
        } else if let Some(other) = others.iter_mut().find(|other| same_unit(&other.unit, &own)) {
            other.points.push(point);
        } else {
            others.push(Series {
                code: series.code.clone(),
                name: series.name.clone(),
                unit: own,
                points: vec![point],
            });
        }
    }
    (series.points, series.unit) = (kept, unit);
    others
}

/// Makes one series of two that are one analyte by a declared conversion: the one with the newest point takes the other's.
fn join(series: &mut Vec<Placed>, conversions: &[Conversion]) {
    let newest = |placed: &Placed| placed.series.points.first().map(|point| point.at);
    series.sort_by_key(|placed| Reverse(newest(placed)));
    let mut at = 0;
    while at < series.len() {
        let Some(loinc) = series[at].loinc.clone() else {
            at += 1;
            continue;
        };
        let unit = series[at].series.unit.clone();
        let by = |placed: &Placed| {
            let from = (placed.loinc.as_deref()?, placed.series.unit.as_str());
            conversions.iter().find_map(|one| one.between(from, (&loinc, &unit)))
        };
        let found = series.iter().enumerate().skip(at + 1).find_map(|(n, placed)| Some((n, by(placed)?)));
        let Some((other, factor)) = found else {
            at += 1;
            continue;
        };
        let taken = series.remove(other).series;
        let into = &mut series[at].series;
        into.points.extend(taken.points.into_iter().map(|point| converted(point, &taken.unit, factor)));
        into.points.sort_by_key(|point| (Reverse(point.at), point.observation));
    }
}

/// A point of another unit beside those of a series: as it was measured, and what that is.
fn converted(point: Point, unit: &str, factor: f64) -> Point {
    if point.other_unit.is_some() {
        return point;
    }
    let Some(number) = point.number else { return Point { other_unit: Some(unit.to_owned()), ..point } };
    let of = |limit: Option<f64>| limit.map(|limit| limit * factor);
    Point {
        converted: Some(rounded(&point.value, number * factor)),
        number: Some(number * factor),
        low: of(point.low),
        high: of(point.high),
        other_unit: Some(unit.to_owned()),
        ..point
    }
}

fn point(filed: &Filed, read: &Observation, report: Option<ResourceKey>) -> Option<Point> {
    let at = moment_at(&filed.object, "effective[x]")
        .or_else(|| read.issued.as_deref().and_then(moment))
        .unwrap_or(filed.stored.at);
    let range = read.ranges.first();
    let limit =
        |text: Option<&String>| text.and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite());
    Some(Point {
        observation: filed.key(),
        report,
        at,
        value: shown(read)?,
        number: read.value.as_ref().and_then(|value| limit(value.number.as_ref())),
        low: limit(range.and_then(|range| range.low.as_ref())),
        high: limit(range.and_then(|range| range.high.as_ref())),
        expected: range.and_then(|range| range.text.clone()).unwrap_or_default(),
        flag: flag_of(&filed.object),
        finality: filed.finality(),
        other_unit: None,
        converted: None,
        note: read.notes.join("\n"),
    })
}

/// What to show as the value: the value, else its parts, else why there is none.
fn shown(read: &Observation) -> Option<String> {
    if let Some(value) = &read.value {
        return Some(value.text.clone());
    }
    let with_unit = |value: &Value| match &value.unit {
        Some(unit) => format!("{} {unit}", value.text),
        None => value.text.clone(),
    };
    let parts: Vec<String> =
        read.components.iter().filter_map(|(_, value)| value.as_ref().map(with_unit)).collect();
    if !parts.is_empty() {
        return Some(parts.join("; "));
    }
    read.absent_reason.as_ref().and_then(|reason| reason.shown().map(str::to_owned))
}

/// Whether the value is prose, to be read in the report and not in a table.
pub(crate) fn is_prose(observation: &Object) -> bool {
    observation
        .get("valueString")
        .and_then(fhir::Json::as_str)
        .is_some_and(|text| text.contains('\n') || text.chars().count() > LONGEST_VALUE)
}

#[cfg(test)]
mod tests;
