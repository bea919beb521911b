//! HL7 v2 tables to FHIR codes, row by row after HL7's concept maps (`codesystems/*.csv`). A code without a row has
//! no equivalent there: the caller keeps the source's own code.

pub(crate) mod medications;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod schedules;
pub(crate) mod systems;
pub(crate) mod visits;

/// One row of a concept map: a v2 code and the coding it becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mapped {
    /// Code of the v2 table.
    pub(crate) v2: &'static str,
    /// FHIR code.
    pub(crate) code: &'static str,
    /// FHIR display, empty to keep the sender's.
    pub(crate) display: &'static str,
    /// FHIR system.
    pub(crate) system: &'static str,
}

/// The row of a code.
pub(crate) fn row<'t>(map: &'t [Mapped], v2: &str) -> Option<&'t Mapped> {
    if v2.is_empty() { None } else { map.iter().find(|row| row.v2 == v2) }
}

/// A plain code map: v2 code, FHIR code.
pub(crate) type Codes = &'static [(&'static str, &'static str)];

/// The FHIR code of a v2 code, empty when the map has none.
pub(crate) fn code(map: Codes, v2: &str) -> &'static str {
    if v2.is_empty() {
        return "";
    }
    map.iter().find(|(from, _)| *from == v2).map_or("", |(_, to)| to)
}
