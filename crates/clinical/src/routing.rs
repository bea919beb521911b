//! Who must have a report, and why, as a sentence.
use crate::words::Words;
use serde::{Deserialize, Serialize};

/// One recipient of one report, or the finding that somebody named cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where it goes.
    pub target: Target,
    /// Responsible for acting, or a copy.
    pub responsible: bool,
    /// Why this recipient, in both languages.
    pub because: Words,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A practitioner at a place through an endpoint.
    Endpoint {
        /// Directory id of the practitioner.
        practitioner: String,
        /// Directory id of the place.
        place: String,
        /// Directory id of the endpoint.
        endpoint: String,
        /// `Cairnwood, Aoife at Harbourview Clinic`.
        name: String,
    },
    /// Readable in the portal only: no other way is agreed.
    Portal {
        /// Directory id of the practitioner.
        practitioner: String,
        /// Directory id of the place.
        place: String,
        /// As people read it.
        name: String,
    },
    /// Named in the message, and no way to them: the delivery desk owns it.
    Nowhere {
        /// As the message names them.
        name: String,
    },
}
