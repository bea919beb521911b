//! The professions that may apply, their regulators, and what each will see: read from the access table, so that what is
//! promised before an application is what is shown after it (GUARANTEES S-035, S-037; FEATURES AC8).

use super::facts::{Facts, micros};
use crate::access::reach;
use crate::access::{DataClass, Purpose, Role};
use crate::words::Words;
use fhir::Instant;
use serde::{Deserialize, Serialize};

/// One profession.
#[derive(Debug, Clone, Copy)]
pub struct Profession {
    /// Stable code.
    pub code: &'static str,
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
    /// Code of the regulator in the register.
    pub regulator: &'static str,
    /// The regulator's name.
    pub college: &'static str,
    /// As what somebody of it signs in.
    pub role: Role,
}

/// Code of whatever the catalogue does not list: a person decides, and the machine grants nothing.
pub const UNLISTED: &str = "other";
/// As what somebody of an unlisted profession signs in, once a coordinator granted it with a reason (S-035).
pub const GRANTED_TO_UNLISTED: Role = Role::OtherProfessional;

/// The catalogue.
pub const PROFESSIONS: &[Profession] = &[
    Profession {
        code: "pharmacist",
        en: "Pharmacist",
        fr: "Pharmacien ou pharmacienne",
        regulator: "NSPR",
        college: "Nova Scotia Pharmacy Regulator",
        role: Role::Pharmacist,
    },
    Profession {
        code: "family-physician",
        en: "Family physician",
        fr: "Médecin de famille",
        regulator: "CPSNS",
        college: "College of Physicians and Surgeons of Nova Scotia",
        role: Role::FamilyDoctor,
    },
    Profession {
        code: "nurse-practitioner",
        en: "Nurse practitioner",
        fr: "Infirmière praticienne ou infirmier praticien",
        regulator: "NSCN",
        college: "Nova Scotia College of Nursing",
        role: Role::FamilyDoctor,
    },
    Profession {
        code: "chiropractor",
        en: "Chiropractor",
        fr: "Chiropraticien ou chiropraticienne",
        regulator: "NSCC",
        college: "Nova Scotia College of Chiropractors",
        role: Role::Chiropractor,
    },
    Profession {
        code: "dentist",
        en: "Dentist",
        fr: "Dentiste",
        regulator: "NSRDOH",
        college: "Nova Scotia Regulator of Dentistry and Oral Health",
        role: Role::Dentist,
    },
];

/// What a coordinator granted to somebody of an unlisted profession.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Why.
    pub reason: String,
    /// User id of the coordinator.
    pub by: String,
    /// When.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// As what somebody signs in at their workplaces in the community; `None` while nobody has granted it.
#[must_use]
pub fn community_role(facts: &Facts) -> Option<Role> {
    let known = profession(&facts.applicant.profession).map(|known| known.role);
    known.or_else(|| facts.granted.as_ref().map(|_| GRANTED_TO_UNLISTED))
}

/// A profession by its code.
#[must_use]
pub fn profession(code: &str) -> Option<&'static Profession> {
    PROFESSIONS.iter().find(|profession| profession.code == code)
}

impl Profession {
    /// As people read it.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::new(self.en, self.fr)
    }

    /// Sorts of data that it will see, and those that it will not.
    #[must_use]
    pub fn sees(&self) -> (Vec<DataClass>, Vec<DataClass>) {
        sees(self.role)
    }
}

/// Sorts of data that a role sees in treatment, and those that it does not; both from the access table.
#[must_use]
pub fn sees(role: Role) -> (Vec<DataClass>, Vec<DataClass>) {
    let line = reach::of(role, Purpose::Treatment);
    DataClass::ALL.into_iter().partition(|class| line.is_some_and(|line| line.includes(*class)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s037_a_pharmacist_is_promised_what_the_access_table_gives() {
        let (sees, not) = profession("pharmacist").unwrap().sees();
        assert!(sees.contains(&DataClass::Laboratory) && sees.contains(&DataClass::Medications));
        assert!(not.contains(&DataClass::Documents) && not.contains(&DataClass::Imaging));
        for profession in PROFESSIONS {
            let (sees, not) = profession.sees();
            assert_eq!(sees.len() + not.len(), DataClass::ALL.len());
            // What is read in the community is what is open to the community.
            assert!(profession.role.is_community() && !sees.is_empty(), "{}", profession.code);
            assert_ne!(profession.role, GRANTED_TO_UNLISTED, "that one is granted by a person");
        }
    }

    #[test]
    fn s035_what_is_not_listed_has_no_role() {
        assert!(profession(UNLISTED).is_none() && profession("astrologer").is_none());
        let mut facts = Facts::default();
        facts.applicant.profession = UNLISTED.to_owned();
        assert_eq!(community_role(&facts), None);
        facts.granted =
            Some(Granted { reason: "Runs the eye clinic".into(), by: "heron".into(), at: Instant(7) });
        assert_eq!(community_role(&facts), Some(Role::OtherProfessional));
        facts.applicant.profession = "pharmacist".to_owned();
        assert_eq!(community_role(&facts), Some(Role::Pharmacist), "the catalogue says more than a grant");
        let codes: std::collections::BTreeSet<&str> = PROFESSIONS.iter().map(|p| p.code).collect();
        assert_eq!(codes.len(), PROFESSIONS.len());
    }
}
