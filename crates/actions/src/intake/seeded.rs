//! Defects that tests put in on purpose, to show that what guards against them can fail a test (HAZARDS 4.2). They
//! exist in builds with debug assertions only; a build for use has none of this.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::{JournalRow, LinkId};

/// Which defects are in.
#[derive(Default)]
pub struct Seeded {
    person_remembered: bool,
    guard_off: bool,
    remembered: Mutex<HashMap<LinkId, Vec<u8>>>,
}

impl Seeded {
    /// The defects of these names: `person-remembered` (the mapper keeps the patient of the previous message of a link),
    /// `guard-off` (the person is not read again before the commit).
    ///
    /// # Errors
    /// A name that is no defect.
    pub fn of(names: &[String]) -> Result<Self, String> {
        let mut seeded = Self::default();
        for name in names {
            match name.as_str() {
                "person-remembered" => seeded.person_remembered = true,
                "guard-off" => seeded.guard_off = true,
                other => return Err(format!("{other} is no seeded defect")),
            }
        }
        Ok(seeded)
    }

    pub(super) fn guard_is_off(&self) -> bool {
        self.guard_off
    }

    /// The message with the PID of the link's previous message in place of its own.
    pub(super) fn mapped(&self, row: &JournalRow) -> Option<Vec<u8>> {
        if !self.person_remembered {
            return None;
        }
        let segments: Vec<&[u8]> = row.raw.split(|byte| *byte == b'\r').collect();
        let own = segments.iter().find(|segment| segment.starts_with(b"PID"))?.to_vec();
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = remembered.entry(row.id.link()).or_insert(own);
        let changed: Vec<&[u8]> = segments
            .iter()
            .map(|segment| if segment.starts_with(b"PID") { pid.as_slice() } else { segment })
            .collect();
        Some(changed.join(&b'\r'))
    }
}
