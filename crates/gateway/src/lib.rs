//! The machines' door: MLLP in, delivery out, FHIR REST. Holds no decisions; every answer comes from `actions`.

pub mod asking;
pub mod delivery;
pub mod fhir;
pub mod mailbox;
pub mod mailing;
pub mod metrics;
pub mod mllp;
pub mod names;
pub mod tls;
pub mod totals;
pub mod validity;
