//! Whether a provider whom a message names leads to one person at one place, before a report depends on it (S-019).

use super::stand_in::stand_in;
use super::{find, last_place, place_of};
use crate::directory::Directory;
use crate::intake::{Addressee, AddresseePart};
use crate::words::Words;

/// Why nobody would receive what names this provider by number on a day (`YYYY-MM-DD`): the number is nobody's or
/// somebody else's, they have no place or several without a primary one, or they are away and nobody covers. `None`
/// when one receives, when no number stands there, and for authors, who are sent nothing.
#[must_use]
pub fn unresolved(addressee: &Addressee, directory: &Directory, on: &str) -> Option<Words> {
    let numbered = addressee.numbers.iter().any(|(_, value)| !value.trim().is_empty());
    if !numbered || addressee.part == AddresseePart::Author {
        return None;
    }
    let found = match find(addressee, directory) {
        Ok(found) => found,
        Err(why) => return Some(why),
    };
    let role = place_of(found, directory, on);
    let place = role.as_ref().ok().map(|role| role.place.clone()).or_else(|| last_place(found, directory));
    match directory.absence_on(&found.id, place.as_deref(), on) {
        Some(away) => stand_in(found, away, place.as_deref(), directory, on).err(),
        None => role.err(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(authority: &str, value: &str, family: &str) -> Addressee {
        Addressee {
            part: AddresseePart::Ordering,
            field: "OBR-16",
            numbers: vec![(authority.to_owned(), value.to_owned())],
            family: family.to_owned(),
            given: String::new(),
        }
    }

    #[test]
    fn s019_a_number_leads_to_one_person_at_one_place_or_says_why_not() {
        let text = include_str!("../../testdata/routing/directory.toml");
        let directory = Directory::from_toml(text).unwrap();
        let why = |authority, value, family| {
            unresolved(&named(authority, value, family), &directory, "2026-11-22").map(|words| words.en)
        };
        assert_eq!(why("NSCPS", "014418", "Theriault"), None);
        assert_eq!(why("", "", "Theriault"), None, "no number, nothing to join");
        assert!(why("NSCPS", "999999", "Nobody").unwrap().contains("not in the directory"));
        assert!(why("NSCPS", "014418", "Cairnwood").unwrap().contains("belongs to Thériault, Luc"));
        assert!(why("NSCPS", "014420", "Wei").unwrap().contains("2 places"));
        assert!(why("NSCPS", "014422", "Oram").unwrap().contains("no place"));
        let author = Addressee { part: AddresseePart::Author, ..named("NSCPS", "999999", "Nobody") };
        assert_eq!(unresolved(&author, &directory, "2026-11-22"), None);
    }
}
