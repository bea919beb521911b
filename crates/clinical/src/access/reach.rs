//! The access table: role, purpose, sorts of data, and what must stand between them and a patient. Published at `/access`
//! and in docs/access.md; a change of it changes its version and the snapshot of the tests (GUARANTEES L-10).

use super::class::DataClass::{
    self, Allergies, Demographics, Documents, Encounters, Imaging, Immunizations, Laboratory, Measurements,
    Medications, Orders, Other, Problems,
};
use super::{Purpose, Role};
use crate::words::Words;

/// Version of the table: the day it was agreed, and a number on that day.
pub const VERSION: &str = "2026-11-23.3";

/// What must be on file before data of a patient is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A relation to the patient, or a reason that the patient can see.
    Relation,
    /// A reason that is reviewed and that the patient is told of; for 60 minutes.
    BrokenGlass,
    /// Work of a desk: what is on its list, or what it was asked for.
    Work,
    /// What was addressed to its own endpoint.
    Addressed,
    /// Nothing: it is the record itself, or a token whose holder answers for it.
    Nothing,
}

impl Need {
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Relation => (
                "A relation on file, or a reason that the patient can see",
                "Un lien au dossier, ou un motif que le patient peut voir",
            ),
            Self::BrokenGlass => (
                "A stated emergency: 60 minutes, one patient, reviewed, the patient is told",
                "Une urgence déclarée : 60 minutes, un patient, révisée, le patient est averti",
            ),
            Self::Work => ("What is on the desk's list", "Ce qui est sur la liste du bureau"),
            Self::Addressed => ("What is addressed to it", "Ce qui lui est adressé"),
            Self::Nothing => ("Nothing more", "Rien de plus"),
        };
        Words::new(en, fr)
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Who.
    pub role: Role,
    /// What for.
    pub purpose: Purpose,
    /// Which data.
    pub classes: &'static [DataClass],
    /// What must be on file.
    pub need: Need,
    /// Whether a consent directive holds against it.
    pub bound_by_consent: bool,
}

const CHART: &[DataClass] = &[
    Demographics,
    Allergies,
    Encounters,
    Laboratory,
    Imaging,
    Documents,
    Medications,
    Immunizations,
    Problems,
    Measurements,
    Orders,
    Other,
];
const EVERYTHING: &[DataClass] = &DataClass::ALL;
const WHO_IT_IS: &[DataClass] = &[Demographics];

const fn reach(
    role: Role,
    purpose: Purpose,
    classes: &'static [DataClass],
    need: Need,
    bound_by_consent: bool,
) -> Reach {
    Reach { role, purpose, classes, need, bound_by_consent }
}

/// The table. What is not in it is not shown.
pub const REACH: &[Reach] = &[
    reach(Role::FamilyDoctor, Purpose::Treatment, CHART, Need::Relation, true),
    reach(Role::FamilyDoctor, Purpose::EmergencyTreatment, CHART, Need::BrokenGlass, false),
    // As the province's former viewer had it: laboratory values and medication, with what makes them safe to use.
    reach(
        Role::Pharmacist,
        Purpose::Treatment,
        &[Demographics, Allergies, Laboratory, Medications],
        Need::Relation,
        true,
    ),
    // Ours, until the province says more: what each cannot work safely without, and no more (S-037).
    reach(Role::Chiropractor, Purpose::Treatment, &[Demographics, Allergies, Imaging], Need::Relation, true),
    reach(Role::Dentist, Purpose::Treatment, &[Demographics, Allergies, Medications], Need::Relation, true),
    reach(
        Role::OtherProfessional,
        Purpose::Treatment,
        &[Demographics, Allergies, Medications],
        Need::Relation,
        true,
    ),
    // It keeps the feeds: a raw message says everything that its sender said.
    reach(Role::LaboratoryDesk, Purpose::Operations, EVERYTHING, Need::Work, true),
    reach(Role::IdentitySteward, Purpose::Operations, WHO_IT_IS, Need::Work, true),
    reach(Role::Registrar, Purpose::Operations, WHO_IT_IS, Need::Work, true),
    reach(Role::PrivacyOfficer, Purpose::Operations, WHO_IT_IS, Need::Work, true),
    reach(Role::Script, Purpose::SystemAdministration, EVERYTHING, Need::Nothing, true),
    reach(Role::System, Purpose::SystemAdministration, EVERYTHING, Need::Nothing, true),
    reach(Role::Receiver, Purpose::Treatment, CHART, Need::Addressed, true),
    reach(Role::Machine, Purpose::Operations, EVERYTHING, Need::Nothing, false),
];

/// The line of a role for a purpose; `None` when it reaches nothing of any patient.
#[must_use]
pub fn of(role: Role, purpose: Purpose) -> Option<&'static Reach> {
    REACH.iter().find(|line| line.role == role && line.purpose == purpose)
}

impl Reach {
    /// Whether data of a class is within it.
    #[must_use]
    pub fn includes(&self, class: DataClass) -> bool {
        self.classes.contains(&class)
    }
}

/// The table as a page of text, for docs/access.md.
#[must_use]
pub fn markdown() -> String {
    let mut out = format!("Version {VERSION}\n\n| role | purpose |");
    for class in DataClass::ALL {
        out.push_str(&format!(" {} |", class.code()));
    }
    out.push_str(" needs | consent holds |\n|---|---|");
    out.push_str(&"---|".repeat(DataClass::ALL.len() + 2));
    out.push('\n');
    for line in REACH {
        out.push_str(&format!("| {} | {} |", line.role.code(), line.purpose.code()));
        for class in DataClass::ALL {
            out.push_str(if line.includes(class) { " yes |" } else { " |" });
        }
        let held = if line.bound_by_consent { "yes" } else { "no" };
        out.push_str(&format!(" {} | {held} |\n", line.need.words().en.to_lowercase()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l10_the_published_table_is_the_one_that_is_enforced() {
        let page = include_str!("../../../../docs/access.md");
        let table = markdown();
        assert!(page.contains(&table), "docs/access.md does not hold this table; put it there:\n{table}");
    }

    #[test]
    fn a_role_has_one_line_for_a_purpose() {
        for (n, line) in REACH.iter().enumerate() {
            assert!(
                REACH[n + 1..].iter().all(|other| (other.role, other.purpose) != (line.role, line.purpose))
            );
            assert!(line.includes(Demographics), "whoever sees anything sees whose it is");
        }
    }

    #[test]
    fn h84_whoever_sees_results_sees_allergies() {
        for line in REACH.iter().filter(|line| line.includes(Laboratory) || line.includes(Medications)) {
            assert!(line.includes(Allergies), "{:?}", line.role);
        }
    }

    #[test]
    fn a_pharmacist_has_laboratory_values_and_medication_and_no_documents() {
        let line = of(Role::Pharmacist, Purpose::Treatment).expect("a line");
        assert!(line.includes(Laboratory) && line.includes(Medications));
        assert!(!line.includes(Documents) && !line.includes(Imaging) && !line.includes(Encounters));
        assert!(of(Role::Pharmacist, Purpose::Research).is_none());
    }

    #[test]
    fn s037_each_profession_has_a_scope_of_its_own_and_none_above_consent() {
        let of = |role| of(role, Purpose::Treatment).expect("a line");
        let (chiropractor, dentist, other) =
            (of(Role::Chiropractor), of(Role::Dentist), of(Role::OtherProfessional));
        assert!(chiropractor.includes(Imaging) && !chiropractor.includes(Medications));
        assert!(dentist.includes(Medications) && !dentist.includes(Imaging));
        for line in [chiropractor, dentist, other] {
            assert!(!line.includes(Laboratory) && !line.includes(Documents) && !line.includes(Problems));
            assert!(line.bound_by_consent && line.need == Need::Relation);
        }
    }

    #[test]
    fn h75_only_an_emergency_and_the_record_itself_are_above_consent() {
        for line in REACH.iter().filter(|line| !line.bound_by_consent) {
            assert!(line.need == Need::BrokenGlass || line.role == Role::Machine, "{:?}", line.role);
        }
    }
}
