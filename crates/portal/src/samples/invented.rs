//! The person who does not exist, with whom people practise (the first patient, safely).

use super::chart;
use actions::medications::MedicineLine;
use actions::patients::{Age, Banner};
use actions::reports::ReportLine;
use actions::results::Series;
use actions::values::ReportClass;

/// Who is before the reader.
pub(crate) fn person() -> Banner {
    super::banner()
}

/// Whom a search for her name finds.
pub(crate) fn twins() -> Vec<Banner> {
    let other = chart::other("Drumlin", "Maren Ivy", "1961-09-03", Age::Years(65), "0038846121", "00730015");
    vec![other, person()]
}

/// Her newest values.
pub(crate) fn values() -> Vec<Series> {
    chart::kidney().into_iter().take(3).collect()
}

/// Her medicines.
pub(crate) fn medicines() -> Vec<MedicineLine> {
    super::care::medicines()
}

/// Her imaging reports.
pub(crate) fn imaging() -> Vec<ReportLine> {
    chart::lines().into_iter().filter(|line| line.class == ReportClass::Imaging).collect()
}
