//! Tables about visits: class, priority, diagnoses, allergies.

use super::{Codes, Mapped};
use fhir::system;

/// Patient class to encounter status, table 0004 (PatientClass[EncounterStatus]).
pub(crate) const CLASS_STATUS: Codes = &[
    ("E", "in-progress"),
    ("I", "in-progress"),
    ("O", "in-progress"),
    ("P", "planned"),
    ("R", "in-progress"),
    ("B", "in-progress"),
    ("C", "in-progress"),
    ("N", "in-progress"),
    ("U", "unknown"),
];

/// Patient class, table 0004 (PatientClass[EncounterClass]).
pub(crate) const CLASS: &[Mapped] = &[
    Mapped { v2: "E", code: "EMER", display: "emergency", system: system::ACT_CODE },
    Mapped { v2: "I", code: "IMP", display: "inpatient encounter", system: system::ACT_CODE },
    Mapped { v2: "O", code: "AMB", display: "ambulatory", system: system::ACT_CODE },
    Mapped { v2: "P", code: "PRENC", display: "pre-admission", system: system::ACT_CODE },
];

/// Hospital service, table 0069 (HospitalService).
pub(crate) const HOSPITAL_SERVICE: &[Mapped] = &[
    Mapped {
        v2: "MED",
        code: "382",
        display: "Medical Services",
        system: "http://terminology.hl7.org/CodeSystem/service-type",
    },
    Mapped {
        v2: "URO",
        code: "222",
        display: "Urology",
        system: "http://terminology.hl7.org/CodeSystem/service-type",
    },
];

/// Ambulatory status, table 0009 (AmbulatoryStatus).
pub(crate) const AMBULATORY: &[Mapped] = &[Mapped {
    v2: "A2",
    code: "wheel",
    display: "Wheelchair",
    system: "http://terminology.hl7.org/CodeSystem/encounter-special-arrangements",
}];

/// Visit priority, table 0217 (EncounterPriority).
pub(crate) const PRIORITY: &[Mapped] = &[
    Mapped { v2: "1", code: "EM", display: "emergency", system: system::ACT_PRIORITY },
    Mapped { v2: "2", code: "UR", display: "urgent", system: system::ACT_PRIORITY },
    Mapped { v2: "3", code: "EL", display: "elective", system: system::ACT_PRIORITY },
];

/// Diagnosis type, table 0052 (DiagnosisType).
pub(crate) const DIAGNOSIS_TYPE: &[Mapped] =
    &[Mapped { v2: "A", code: "AD", display: "Admission Diagnosis", system: system::DIAGNOSIS_ROLE }];

/// Event reason, table 0062 (EventReason).
pub(crate) const EVENT_REASON: &[Mapped] = &[
    Mapped { v2: "01", code: "PATRQT", display: "patient requested", system: system::ACT_REASON },
    Mapped { v2: "02", code: "TREAT", display: "treatment", system: system::ACT_REASON },
    Mapped { v2: "03", code: "HOPERAT", display: "healthcare operations", system: system::ACT_REASON },
];

/// Confidentiality, table 0177 (ConfidentialityCode).
pub(crate) const CONFIDENTIALITY: &[Mapped] = &[
    Mapped { v2: "V", code: "V", display: "very restricted", system: system::CONFIDENTIALITY },
    Mapped { v2: "R", code: "R", display: "restricted", system: system::CONFIDENTIALITY },
    Mapped { v2: "EMP", code: "EMP", display: "employee information sensitivity", system: system::ACT_CODE },
    Mapped { v2: "PSY", code: "PSY", display: "psychiatry relate", system: system::CONFIDENTIALITY },
    Mapped { v2: "AID", code: "HIV", display: "HIV related", system: system::CONFIDENTIALITY },
    Mapped { v2: "HIV", code: "HIV", display: "HIV related", system: system::CONFIDENTIALITY },
    Mapped {
        v2: "ETH",
        code: "ETHUD",
        display: "alcohol use disorder information sensitivity",
        system: system::ACT_CODE,
    },
];

/// Allergen type to category, table 0127 (AllergenType[AllergyIntoleranceCategory]).
pub(crate) const ALLERGY_CATEGORY: Codes = &[
    ("DA", "medication"),
    ("FA", "food"),
    ("EA", "environment"),
    ("AA", "biologic"),
    ("PA", "environment"),
    ("LA", "environment"),
];

/// Allergen type to type, table 0127 (AllergyType).
pub(crate) const ALLERGY_TYPE: Codes = &[
    ("DA", "allergy"),
    ("FA", "allergy"),
    ("MA", "allergy"),
    ("EA", "allergy"),
    ("AA", "allergy"),
    ("PA", "allergy"),
    ("LA", "allergy"),
    ("allergy", "allergy"),
    ("intolerance", "intolerance"),
];

/// Allergy severity, table 0128 (AllergySeverity[AllergyIntolerance.reaction.severity]).
pub(crate) const ALLERGY_SEVERITY: Codes = &[
    ("SV", "severe"),
    ("MO", "moderate"),
    ("MI", "mild"),
    ("SEVERE", "severe"),
    ("MODERATE", "moderate"),
    ("MILD", "mild"),
];

/// Allergy severity read as criticality, table 0128 (AllergySeverity[AllergyIntolerance.criticality]).
pub(crate) const ALLERGY_CRITICALITY: Codes =
    &[("SV", "high"), ("MI", "low"), ("SEVERE", "high"), ("MILD", "low")];
