//! Laboratory results as series over time.

pub(crate) mod flags;
mod groups;
pub(crate) mod series;

use crate::chart;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::{Instant, PersonId, ResourceKey};

/// Look: all laboratory results of a person, as series.
#[derive(Debug, Clone)]
pub struct All {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`All`].
#[derive(Debug, Clone)]
pub struct ResultsView {
    /// Head.
    pub banner: crate::patients::Banner,
    /// Counts for the section list.
    pub counts: crate::patients::ChartCounts,
    /// Series in clinical groups (chemistry, haematology …), each newest point first.
    pub groups: Vec<(clinical::words::Words, Vec<Series>)>,
    /// Column times of the flowsheet, newest first: one per collection.
    pub columns: Vec<Instant>,
    /// Results that their laboratory withdrew; they stand in no series, and the page says that there are some.
    pub withdrawn: u32,
}

/// One test over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// LOINC or local code that ties the points.
    pub code: String,
    /// Name as the source gives it.
    pub name: String,
    /// Unit as the source gives it.
    pub unit: String,
    /// Newest first.
    pub points: Vec<Point>,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The Observation.
    pub observation: ResourceKey,
    /// The report it came in.
    pub report: Option<ResourceKey>,
    /// Specimen collected (effective) time; filed time when the source gives none.
    pub at: Instant,
    /// As the source wrote it, unit excluded: `4.10`, `< 0.5`, `Positive`.
    pub value: String,
    /// As a number, for the line.
    pub number: Option<f64>,
    /// Lower limit of the expected range.
    pub low: Option<f64>,
    /// Upper limit of the expected range.
    pub high: Option<f64>,
    /// Expected range as written.
    pub expected: String,
    /// Flag.
    pub flag: Flag,
    /// Version state.
    pub finality: clinical::results::Finality,
    /// The unit of this point when it differs from the series': it is not on the line unless it is converted.
    pub other_unit: Option<String>,
    /// What it is in the unit of the series, where a code map declares how (HAZARDS H22): its number and its limits are
    /// converted then, its value is as it was measured.
    pub converted: Option<String>,
    /// Comment of the laboratory.
    pub note: String,
}

/// Abnormal flag (OBX-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Nothing is said of it, and no range tells.
    None,
    /// N, or within the range that is stated for it.
    Normal,
    /// Not flagged, and above the range that is stated for it.
    Above,
    /// Not flagged, and below it.
    Below,
    /// H
    High,
    /// HH, critically high
    CriticalHigh,
    /// L
    Low,
    /// LL, critically low
    CriticalLow,
    /// A
    Abnormal,
    /// AA
    CriticalAbnormal,
}

impl Flag {
    /// Whether it is other than expected.
    #[must_use]
    pub fn is_flagged(self) -> bool {
        !matches!(self, Self::None | Self::Normal)
    }
}

impl Sealed for All {}

impl Look for All {
    type View = ResultsView;
    const PERMISSION: Permission = Permission::ReadResults;

    fn object(&self) -> String {
        format!("person/{}/results", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ResultsView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let contents = chart.contents(reading)?;
        let collected = series::collect(&contents, &crate::dialects::conversions(reading.view)?);
        let columns = series::columns(&collected.series);
        let view = ResultsView {
            banner: chart.banner(reading)?,
            counts: contents.counts(),
            groups: groups::arrange(collected.series),
            columns,
            withdrawn: collected.withdrawn,
        };
        Ok(Seen::of(chart.person, view))
    }
}
