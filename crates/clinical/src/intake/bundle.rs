//! What we make of a message as one document: for `opor interpret`, for the page of a message, for tests.

use crate::intake::Interpretation;
use fhir::Object;

/// A collection Bundle of all proposed resources of all charts, in order.
#[must_use]
pub fn bundle(interpretation: &Interpretation) -> Object {
    let mut bundle = Object::new().set("resourceType", "Bundle").set("type", "collection");
    for chart in &interpretation.charts {
        for proposal in &chart.resources {
            let entry = Object::new()
                .set("fullUrl", format!("urn:opor:{}", proposal.key))
                .set("resource", proposal.resource.clone());
            bundle.add("entry", entry);
        }
    }
    bundle
}
