//! Access of people at facilities: units and their managers, registers of other offices, lapses, the quarterly look of
//! managers at their people (GUARANTEES S-029 to S-031, S-037, S-039; HAZARDS H80).

pub mod desk;
pub mod lapsing;
pub mod naming;
pub mod recertifying;
pub mod registers;
pub(crate) mod requesting;
pub mod structure;
pub mod tickets;

#[cfg(test)]
mod tests;

/// Whose the rows of access are as stored items (L-17).
pub(crate) const CUSTODIAN: &str = "enrolment";
