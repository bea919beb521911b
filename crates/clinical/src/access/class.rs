//! Sorts of data about a person, as the access table and consent directives name them, and which one a resource is.

use crate::intake::ReportClass;
use crate::words::Words;
use fhir::{Kind, Object};
use serde::{Deserialize, Serialize};

/// A sort of data about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// Name, birth date, numbers, address, relatives.
    Demographics,
    /// Allergies and alerts.
    Allergies,
    /// Visits, stays, appointments.
    Encounters,
    /// Laboratory results and reports, microbiology, specimens.
    Laboratory,
    /// Imaging reports and studies.
    Imaging,
    /// Letters, summaries, notes.
    Documents,
    /// Prescribed, dispensed, given.
    Medications,
    /// Vaccinations.
    Immunizations,
    /// Problems, procedures, plans of care.
    Problems,
    /// Vital signs and other measurements at the bedside.
    Measurements,
    /// What was asked for.
    Orders,
    /// Coverage, accounts, claims.
    Billing,
    /// What tells nothing apart: provenance, devices, supplies.
    Other,
}

use DataClass::{
    Allergies, Billing, Demographics, Documents, Encounters, Imaging, Immunizations, Laboratory,
    Measurements, Medications, Orders, Other, Problems,
};

impl DataClass {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 13] = [
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
        Billing,
        Other,
    ];

    /// Those that no directive withholds: who it is, or two people are taken for one (HAZARDS H01); and allergies and
    /// alerts, which are never hidden (HAZARDS H84).
    pub const NEVER_WITHHELD: [Self; 2] = [Demographics, Allergies];

    /// Stable code, in forms and on file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Demographics => "demographics",
            Allergies => "allergies",
            Encounters => "encounters",
            Laboratory => "laboratory",
            Imaging => "imaging",
            Documents => "documents",
            Medications => "medications",
            Immunizations => "immunizations",
            Problems => "problems",
            Measurements => "measurements",
            Orders => "orders",
            Billing => "billing",
            Other => "other",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Demographics => ("Name and contact", "Nom et coordonnées"),
            Allergies => ("Allergies and alerts", "Allergies et alertes"),
            Encounters => ("Visits and stays", "Visites et séjours"),
            Laboratory => ("Laboratory results", "Résultats de laboratoire"),
            Imaging => ("Imaging", "Imagerie"),
            Documents => ("Documents", "Documents"),
            Medications => ("Medications", "Médicaments"),
            Immunizations => ("Vaccinations", "Vaccins"),
            Problems => ("Problems and procedures", "Problèmes et interventions"),
            Measurements => ("Measurements", "Mesures"),
            Orders => ("Orders", "Demandes"),
            Billing => ("Billing", "Facturation"),
            Other => ("Other", "Autres"),
        };
        Words::new(en, fr)
    }

    /// The class of a report that is on its way to somebody.
    #[must_use]
    pub fn of_report(class: ReportClass) -> Self {
        match class {
            ReportClass::Laboratory | ReportClass::Microbiology => Laboratory,
            ReportClass::Imaging => Imaging,
            ReportClass::Text | ReportClass::Document => Documents,
            ReportClass::Encounter => Encounters,
            ReportClass::Referral | ReportClass::Order => Orders,
        }
    }

    /// Classes that only the content of a report or observation tells.
    pub const TOLD_BY_CONTENT: [Self; 5] = [Laboratory, Imaging, Documents, Measurements, Encounters];

    /// Whether the type alone does not say the class.
    #[must_use]
    pub fn is_told_by_content(kind: Kind) -> bool {
        matches!(kind, Kind::DiagnosticReport | Kind::Observation)
    }

    /// The class of a resource, by its type; of a report or observation, by the category it states (HL7 table 0074, FHIR
    /// observation-category). One that states none counts as laboratory: most are, and it is withheld rather than shown.
    #[must_use]
    pub fn of(kind: Kind, resource: &Object) -> Self {
        match kind {
            Kind::DiagnosticReport | Kind::Observation => {
                let stated = resource.texts("category.coding.code");
                stated.iter().find_map(|code| of_category(code)).unwrap_or_else(|| {
                    let text_only = kind == Kind::DiagnosticReport
                        && resource.get("presentedForm").is_some()
                        && resource.get("result").is_none();
                    if text_only { Documents } else { Laboratory }
                })
            }
            _ => Self::of_kind(kind),
        }
    }

    /// The class of resources whose type alone says it.
    fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Patient | Kind::RelatedPerson | Kind::Person => Demographics,
            Kind::AllergyIntolerance | Kind::Flag | Kind::DetectedIssue | Kind::AdverseEvent => Allergies,
            Kind::Encounter | Kind::EpisodeOfCare | Kind::Appointment | Kind::AppointmentResponse => {
                Encounters
            }
            Kind::DiagnosticReport | Kind::Observation | Kind::Specimen | Kind::MolecularSequence => {
                Laboratory
            }
            Kind::ImagingStudy | Kind::Media | Kind::BodyStructure => Imaging,
            Kind::DocumentReference
            | Kind::DocumentManifest
            | Kind::Composition
            | Kind::Binary
            | Kind::Bundle
            | Kind::Communication
            | Kind::QuestionnaireResponse
            | Kind::Consent => Documents,
            Kind::MedicationRequest
            | Kind::MedicationAdministration
            | Kind::MedicationDispense
            | Kind::MedicationStatement
            | Kind::Medication => Medications,
            Kind::Immunization | Kind::ImmunizationEvaluation | Kind::ImmunizationRecommendation => {
                Immunizations
            }
            Kind::Condition
            | Kind::Procedure
            | Kind::CarePlan
            | Kind::CareTeam
            | Kind::Goal
            | Kind::ClinicalImpression
            | Kind::FamilyMemberHistory
            | Kind::RiskAssessment
            | Kind::DeviceUseStatement
            | Kind::List => Problems,
            Kind::ServiceRequest
            | Kind::Task
            | Kind::RequestGroup
            | Kind::NutritionOrder
            | Kind::DeviceRequest
            | Kind::VisionPrescription
            | Kind::CommunicationRequest
            | Kind::SupplyRequest => Orders,
            Kind::Coverage
            | Kind::CoverageEligibilityRequest
            | Kind::CoverageEligibilityResponse
            | Kind::Account
            | Kind::Claim
            | Kind::ClaimResponse
            | Kind::ExplanationOfBenefit
            | Kind::ChargeItem
            | Kind::Invoice => Billing,
            // Who, where, with what; definitions and terminology.
            _ => Other,
        }
    }
}

fn of_category(code: &str) -> Option<DataClass> {
    match code {
        "laboratory" => Some(Laboratory),
        "imaging" | "LP29684-5" => Some(Imaging),
        "vital-signs" | "survey" | "exam" | "activity" | "social-history" | "procedure" | "therapy" => {
            Some(Measurements)
        }
        "LP29693-6" | "26436-6" => Some(Laboratory),
        section => ReportClass::of_section(section).map(DataClass::of_report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        match fhir::json::parse(json.as_bytes()) {
            Ok(fhir::Json::Object(object)) => object,
            _ => panic!("{json}"),
        }
    }

    #[test]
    fn every_kind_has_a_class_and_codes_read_back() {
        for kind in Kind::ALL {
            let _ = DataClass::of(*kind, &Object::new());
        }
        assert!(DataClass::ALL.iter().all(|class| DataClass::from_code(class.code()) == Some(*class)));
        assert_eq!(DataClass::from_code("everything"), None);
    }

    #[test]
    fn reports_and_observations_are_told_apart_by_what_they_state() {
        let of = |kind, code: &str| {
            DataClass::of(kind, &object(&format!(r#"{{"category":[{{"coding":[{{"code":"{code}"}}]}}]}}"#)))
        };
        assert_eq!(of(Kind::DiagnosticReport, "RAD"), Imaging);
        assert_eq!(of(Kind::DiagnosticReport, "CH"), Laboratory);
        assert_eq!(of(Kind::Observation, "vital-signs"), Measurements);
        assert_eq!(of(Kind::Observation, "laboratory"), Laboratory);
        assert_eq!(DataClass::of(Kind::Observation, &Object::new()), Laboratory);
        let text = object(r#"{"presentedForm":[{"data":"QQ=="}]}"#);
        assert_eq!(DataClass::of(Kind::DiagnosticReport, &text), Documents);
    }
}
