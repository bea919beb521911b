//! The machines' door: MLLP in, delivery out, FHIR REST. Holds no decisions; every answer comes from `actions`.

pub mod delivery;
pub mod fhir;
pub mod mllp;
pub mod tls;
pub mod totals;
