//! Who looks after access at each workplace, as a file: at least two for each (FEATURES AC5).

use super::facts::Contact;
use crate::sheets::{SheetProblem, rows};
use std::collections::BTreeMap;

/// Administrators by directory id of the place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Administrators(BTreeMap<String, Vec<Contact>>);

impl Administrators {
    /// A file: `place,name,email`, a row for each person.
    ///
    /// # Errors
    /// Lines to mend; nothing of such a file is used.
    pub fn read(text: &str) -> Result<Self, SheetProblem> {
        let mut all: BTreeMap<String, Vec<Contact>> = BTreeMap::new();
        for (_, cells) in rows(text, &["place", "name", "email"])? {
            if let [place, name, email] = cells.as_slice() {
                let who = Contact { name: name.clone(), email: email.clone() };
                all.entry(place.clone()).or_default().push(who);
            }
        }
        Ok(Self(all))
    }

    /// Those of a place; empty when none are named.
    #[must_use]
    pub fn of(&self, place: &str) -> &[Contact] {
        self.0.get(place).map_or(&[], Vec::as_slice)
    }
}
