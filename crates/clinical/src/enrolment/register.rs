//! A regulator's register as a file: who holds a licence, where, and the telephone number by which they are called back
//! (GUARANTEES S-037, S-044). Whether a licence stands is read in one place, [`crate::facility::registers`].

use super::facts::{LicenceHeld, LicenceStanding};
use super::licence;
use crate::facility::days;
use crate::facility::registers::{Licences, Standing};
use crate::identity::names::fold;
use crate::sheets::{SheetProblem, rows};
use fhir::Instant;

/// Who holds a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    regulator: String,
    licence: String,
    family: String,
    given: String,
    place: String,
    call_back: String,
}

/// The register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    licences: Licences,
    holders: Vec<Holder>,
}

impl Register {
    /// A register: the columns of [`Licences::read`] and `given,place,call_back`.
    ///
    /// # Errors
    /// Lines to mend; nothing of such a file is used.
    pub fn read(text: &str) -> Result<Self, SheetProblem> {
        let licences = Licences::read(text)?;
        let columns = ["regulator", "licence", "family", "given", "place", "call_back"];
        let mut holders = Vec::new();
        for (_, cells) in rows(text, &columns)? {
            if let [regulator, licence, family, given, place, call_back] = cells.as_slice() {
                holders.push(Holder {
                    regulator: regulator.clone(),
                    licence: licence::normal(regulator, licence),
                    family: family.clone(),
                    given: given.clone(),
                    place: place.clone(),
                    call_back: call_back.clone(),
                });
            }
        }
        Ok(Self { licences, holders })
    }

    /// What it says of a number and a family name today. The given name, place and telephone number come from the
    /// register alone, and only when number and family name are those of one person.
    #[must_use]
    pub fn look_up(
        &self,
        regulator: &str,
        licence: &str,
        family: &str,
        now: Instant,
    ) -> (LicenceHeld, Option<String>) {
        let standing = days::of(now).map(|day| self.licences.on(regulator, licence, family, day));
        let standing = match standing {
            Some(Standing::Holds(_)) => LicenceStanding::Active,
            Some(Standing::Ended(_)) => LicenceStanding::Lapsed,
            Some(Standing::AnotherName | Standing::Missing) => LicenceStanding::NotFound,
            None => LicenceStanding::NotAsked,
        };
        let wanted = licence::normal(regulator, licence);
        let holder = self.holders.iter().find(|holder| {
            standing != LicenceStanding::NotFound
                && holder.regulator.eq_ignore_ascii_case(regulator)
                && holder.licence == wanted
                && fold(&holder.family) == fold(family)
        });
        let held = LicenceHeld {
            standing,
            regulator: regulator.to_owned(),
            name: holder.map(|h| format!("{}, {}", h.family, h.given)).unwrap_or_default(),
            place: holder.map(|h| h.place.clone()).unwrap_or_default(),
            call_back: holder.map(|h| h.call_back.clone()).unwrap_or_default(),
            at: now,
        };
        (held, holder.map(|h| h.given.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "regulator,licence,family,status,until,given,place,call_back\n\
        NSPR,P-1001,Kestrel,active,,Bram,Harbour Pharmacy,902 555 0133\n\
        NSPR,P-1002,Dunlin,suspended,,Ruth,Dock Pharmacy,902 555 0134\n";

    #[test]
    fn s044_the_number_to_call_back_comes_from_the_register_and_only_for_its_holder() {
        let register = Register::read(FILE).unwrap();
        let now = Instant(1_795_370_700_000_000);
        let at = |licence: &str, family: &str| register.look_up("NSPR", licence, family, now);
        let (held, given) = at("p1001", "KESTREL");
        assert_eq!((held.standing, held.call_back.as_str()), (LicenceStanding::Active, "902 555 0133"));
        assert_eq!((held.name.as_str(), given.as_deref()), ("Kestrel, Bram", Some("Bram")));
        let (other, given) = at("P-1001", "Gull");
        assert_eq!((other.standing, other.call_back.as_str(), given), (LicenceStanding::NotFound, "", None));
        assert_eq!(at("P-1002", "Dunlin").0.standing, LicenceStanding::Lapsed);
        assert!(!at("P-1002", "Dunlin").0.stands());
        assert_eq!(at("P-9", "Kestrel").0.standing, LicenceStanding::NotFound);
    }
}
