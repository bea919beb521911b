//! The machines' door: MLLP in, FHIR REST, delivery out.
