//! What belongs to nobody and may be read by everybody who may read at all: who treats, where and with what, and how things
//! are said. A list and not a rule: whatever else names no patient was meant for one, or for the machines, and is not shown.

use fhir::Kind;

/// Types that are about no patient.
const SHARED: &[Kind] = &[
    // Who and where.
    Kind::Practitioner,
    Kind::PractitionerRole,
    Kind::Organization,
    Kind::OrganizationAffiliation,
    Kind::Location,
    Kind::Endpoint,
    Kind::HealthcareService,
    // With what.
    Kind::Medication,
    Kind::MedicationKnowledge,
    Kind::Substance,
    Kind::DeviceDefinition,
    Kind::SpecimenDefinition,
    Kind::ObservationDefinition,
    // How things are said and done.
    Kind::ActivityDefinition,
    Kind::CapabilityStatement,
    Kind::ChargeItemDefinition,
    Kind::CodeSystem,
    Kind::CompartmentDefinition,
    Kind::ConceptMap,
    Kind::EventDefinition,
    Kind::GraphDefinition,
    Kind::ImplementationGuide,
    Kind::Library,
    Kind::Measure,
    Kind::MessageDefinition,
    Kind::NamingSystem,
    Kind::OperationDefinition,
    Kind::PlanDefinition,
    Kind::Questionnaire,
    Kind::SearchParameter,
    Kind::StructureDefinition,
    Kind::StructureMap,
    Kind::TerminologyCapabilities,
    Kind::ValueSet,
];

/// Whether resources of a type that stand at nobody's record are for whoever treats.
#[must_use]
pub fn is_shared(kind: Kind) -> bool {
    SHARED.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::search::r4::in_compartment;

    #[test]
    fn what_can_belong_to_a_patient_or_carries_secrets_is_not_shared() {
        for kind in Kind::ALL {
            assert!(!(is_shared(*kind) && in_compartment(*kind)), "{kind}");
        }
        for kind in [Kind::Binary, Kind::Bundle, Kind::Subscription, Kind::Device, Kind::Basic, Kind::Task] {
            assert!(!is_shared(kind), "{kind}");
        }
    }
}
