//! Tickets by which an EMR opened the portal at a patient.

use fhir::Instant;

/// A ticket that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchRow {
    /// SHA-256 of what makes the ticket one: whose it is and its number.
    pub ticket: Vec<u8>,
    /// SHA-256 of the secret of the browser that brought it.
    pub handle: Vec<u8>,
    /// Endpoint of the directory whose key signed it.
    pub endpoint: String,
    /// What it says of the patient, as the caller wrote it.
    pub claims: String,
    /// When it was taken.
    pub at: Instant,
    /// Until when it opens a chart and is remembered: no earlier than its signature itself ends.
    pub expires: Instant,
}
