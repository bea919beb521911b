//! DiagnosticReport, as screens show it.

use super::{Attached, Concept, When, own};
use crate::id::ResourceKey;
use crate::json::Object;

/// One report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// `preliminary`, `final`, `corrected` …
    pub status: Option<String>,
    /// Departments.
    pub categories: Vec<Concept>,
    /// What was asked for.
    pub code: Concept,
    /// When it was true of the patient.
    pub effective: Option<When>,
    /// When it was released.
    pub issued: Option<String>,
    /// The reader's summary.
    pub conclusion: Option<String>,
    /// Its results in order, those filed in this record.
    pub results: Vec<ResourceKey>,
    /// Documents and images.
    pub attachments: Vec<Attached>,
    /// Who answers for it.
    pub performers: Vec<String>,
}

/// Reads a DiagnosticReport.
#[must_use]
pub fn read(report: &Object) -> Report {
    Report {
        status: own(report.text("status")),
        categories: report.concepts("category"),
        code: report.concept("code").unwrap_or_default(),
        effective: report.when("effective[x]"),
        issued: own(report.text("issued")),
        conclusion: own(report.text("conclusion")),
        results: report
            .texts("result.reference")
            .into_iter()
            .filter_map(ResourceKey::from_reference)
            .collect(),
        attachments: report.objects("presentedForm").into_iter().map(Attached::of).collect(),
        performers: report.reference_names("performer"),
    }
}
