//! Whose order a number is.

use fhir::{Instant, ResourceKey};

/// An order that was asked for, by one of its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderNumber {
    /// 63 bits over issuer and number, as the caller makes them.
    pub number: i64,
    /// The ServiceRequest.
    pub request: ResourceKey,
    /// When it was filed last.
    pub at: Instant,
}
