//! Which copies a receiver does not want. What safety asks for cannot be left out.

use super::endpoint::class_codes;
use crate::intake::ReportClass;
use serde::{Deserialize, Serialize};

/// Copies that one practitioner, or everybody behind an endpoint, has asked not to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Id of the endpoint.
    pub endpoint: String,
    /// Id of the practitioner; everybody behind the endpoint when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<String>,
    /// Classes of report whose ordinary copies are left out.
    #[serde(default, with = "class_codes")]
    pub without: Option<Vec<ReportClass>>,
}

impl Subscription {
    /// Whether it leaves out ordinary copies of a class for somebody.
    #[must_use]
    pub fn leaves_out(&self, endpoint: &str, practitioner: &str, class: ReportClass) -> bool {
        self.endpoint == endpoint
            && self.practitioner.as_deref().is_none_or(|only| only == practitioner)
            && self.without.as_ref().is_some_and(|without| without.contains(&class))
    }
}
