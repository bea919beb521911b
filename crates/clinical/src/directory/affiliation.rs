//! Community provider, facility provider or both: computed from dated roles, never typed (S-001).

use super::{Directory, Place, PlaceKind};

/// Organizations whose places are facilities (S-001: a community provider works outside NSH and IWK).
pub const FACILITY_ORGANIZATIONS: [&str; 2] = ["NSH", "IWK"];

/// Where a provider belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Affiliation {
    /// Works at facilities only.
    Facility,
    /// Works outside them only.
    Community,
    /// Works at both.
    Both,
    /// Works nowhere on that day.
    None,
}

impl Place {
    /// Whether it belongs to a facility organization; a hospital that names none is one.
    #[must_use]
    pub fn is_facility(&self) -> bool {
        match self.organization.as_deref() {
            Some(named) => FACILITY_ORGANIZATIONS.contains(&named),
            None => self.kind == PlaceKind::Hospital,
        }
    }
}

impl Directory {
    /// Where a practitioner belongs on a day (`YYYY-MM-DD`).
    #[must_use]
    pub fn affiliation_on(&self, practitioner: &str, day: &str) -> Affiliation {
        let (mut facility, mut community) = (false, false);
        for place in self.roles_on(practitioner, day).filter_map(|role| self.place(&role.place)) {
            if place.is_facility() { facility = true } else { community = true }
        }
        match (facility, community) {
            (true, true) => Affiliation::Both,
            (true, false) => Affiliation::Facility,
            (false, true) => Affiliation::Community,
            (false, false) => Affiliation::None,
        }
    }
}
