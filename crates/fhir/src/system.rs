//! The systems that codes and identifiers belong to, and how HL7 v2 spells them.

use std::borrow::Cow;

/// LOINC.
pub const LOINC: &str = "http://loinc.org";
/// pCLOCD, the Canadian edition of LOINC.
pub const PCLOCD: &str = "https://fhir.infoway-inforoute.ca/CodeSystem/pCLOCD";
/// UCUM units.
pub const UCUM: &str = "http://unitsofmeasure.org";
/// SNOMED CT.
pub const SNOMED: &str = "http://snomed.info/sct";
/// Health Canada drug identification numbers (Canadian Baseline, Medication).
pub const DIN: &str = "http://terminology.hl7.org/NamingSystem/ca-hc-din";
/// HL7 table 0203, identifier types.
pub const IDENTIFIER_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// Marital status (v3).
pub const MARITAL_STATUS: &str = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";
/// v3 ActCode: encounter classes among others.
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// v3 ActPriority.
pub const ACT_PRIORITY: &str = "http://terminology.hl7.org/CodeSystem/v3-ActPriority";
/// v3 ActReason: purposes of use among others.
pub const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
/// v3 ParticipationType: what a participant of an encounter does.
pub const PARTICIPATION_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
/// v3 RoleCode: relationships between people.
pub const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
/// v3 ObservationInterpretation: high, low, critical …
pub const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
/// v3 Confidentiality.
pub const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
/// v3 NullFlavor.
pub const NULL_FLAVOR: &str = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
/// v3 DataOperation: what a Provenance says was done.
pub const DATA_OPERATION: &str = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";
/// Categories of observations: laboratory, imaging, vital-signs …
pub const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// Why a value is absent.
pub const DATA_ABSENT_REASON: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
/// Kinds of reference range (normal, therapeutic …).
pub const REFERENCE_RANGE_MEANING: &str = "http://terminology.hl7.org/CodeSystem/referencerange-meaning";
/// Levels of a place: site, building, ward, room, bed.
pub const LOCATION_PHYSICAL_TYPE: &str = "http://terminology.hl7.org/CodeSystem/location-physical-type";
/// Roles of agents in a Provenance.
pub const PROVENANCE_PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
/// Roles of diagnoses in an encounter.
pub const DIAGNOSIS_ROLE: &str = "http://terminology.hl7.org/CodeSystem/diagnosis-role";
/// Clinical status of a Condition.
pub const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
/// Verification status of a Condition.
pub const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
/// Clinical status of an AllergyIntolerance.
pub const ALLERGY_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
/// Verification status of an AllergyIntolerance.
pub const ALLERGY_VERIFICATION: &str =
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
/// Language tags, BCP 47.
pub const LANGUAGE: &str = "urn:ietf:bcp:47";
/// Identifiers that are themselves URIs (`urn:oid:…`, `urn:uuid:…`).
pub const URI: &str = "urn:ietf:rfc:3986";

/// A Canadian issuer of health numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthNumber {
    /// FHIR identifier system.
    pub system: &'static str,
    /// How HL7 table 0363 spells the assigning authority.
    pub authority: &'static str,
    /// Two-letter code of the province or territory.
    pub jurisdiction: &'static str,
}

/// The Nova Scotia health card (Canadian Baseline, Patient).
pub const NS_HEALTH_CARD: &str = health_card(0);

const fn health_card(row: usize) -> &'static str {
    HEALTH_NUMBERS[row].system
}

macro_rules! health_numbers {
    ($($jurisdiction:literal $authority:literal $name:literal;)*) => {
        /// Provincial and territorial health numbers, type `JHN`; Nova Scotia first.
        pub const HEALTH_NUMBERS: &[HealthNumber] = &[$(HealthNumber {
            system: concat!("https://fhir.infoway-inforoute.ca/NamingSystem/", $name),
            authority: $authority,
            jurisdiction: $jurisdiction,
        }),*];
    };
}

health_numbers! {
    "NS" "CANNS" "ca-ns-patient-healthcare-id";
    "AB" "CANAB" "ca-ab-patient-healthcare-id";
    "BC" "CANBC" "ca-bc-patient-healthcare-id";
    "MB" "CANMB" "ca-mb-patient-healthcare-id";
    "NB" "CANNB" "ca-nb-patient-healthcare-id";
    "NL" "CANNF" "ca-nl-patient-healthcare-id";
    "NT" "CANNT" "ca-nt-patient-healthcare-id";
    "NU" "CANNU" "ca-nu-patient-healthcare-id";
    "ON" "CANON" "ca-on-patient-hcn";
    "PE" "CANPE" "ca-pe-patient-healthcare-id";
    "QC" "CANQC" "ca-qc-patient-healthcare-id";
    "SK" "CANSK" "ca-sk-patient-healthcare-id";
    "YT" "CANYT" "ca-yt-patient-healthcare-id";
}

/// Federal health numbers (Canadian Baseline, Patient): veterans, armed forces, police, interim federal programme.
pub const FEDERAL_HEALTH_NUMBERS: &[&str] = &[
    "https://fhir.infoway-inforoute.ca/NamingSystem/ca-veterans-affairs-health-id",
    "https://fhir.infoway-inforoute.ca/NamingSystem/ca-armed-forces-health-id",
    "https://fhir.infoway-inforoute.ca/NamingSystem/ca-royal-mounted-police-health-id",
    "https://fhir.infoway-inforoute.ca/NamingSystem/ca-interim-federal-health-id",
];

/// A spelling of the Nova Scotia system that a third party publishes: understood, never written (GUARANTEES, "NS
/// HCN in FHIR").
const NS_HEALTH_CARD_MISSPELT: &str = "https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-hcn";

/// The health-number system of an HL7 v2 assigning authority: the code of table 0363 (`CANNS`), the two letters of the
/// jurisdiction (`NS`), or the FHIR system itself.
#[must_use]
pub fn of_health_authority(authority: &str) -> Option<&'static str> {
    if authority == NS_HEALTH_CARD_MISSPELT {
        return Some(NS_HEALTH_CARD);
    }
    let named = |row: &&HealthNumber| {
        authority.eq_ignore_ascii_case(row.authority)
            || authority.eq_ignore_ascii_case(row.jurisdiction)
            || authority == row.system
            || (authority.eq_ignore_ascii_case("CANNL") && row.jurisdiction == "NL")
    };
    HEALTH_NUMBERS.iter().find(named).map(|row| row.system)
}

/// Whether identifiers of this system are health numbers, by which two records may be the same person.
#[must_use]
pub fn is_health_number(system: &str) -> bool {
    FEDERAL_HEALTH_NUMBERS.contains(&system) || HEALTH_NUMBERS.iter().any(|row| row.system == system)
}

/// Codes of HL7 table 0396 (CWE.3) and the spellings seen beside it, with their FHIR systems.
const V2_CODING_SYSTEMS: &[(&str, &str)] = &[
    ("LN", LOINC),
    ("LOINC", LOINC),
    ("SCT", SNOMED),
    ("SCT2", SNOMED),
    ("SNOMED", SNOMED),
    ("SNOMED-CT", SNOMED),
    ("SNOMEDCT", SNOMED),
    ("SNM3", "http://terminology.hl7.org/CodeSystem/SNM3"),
    ("SNM", "http://terminology.hl7.org/CodeSystem/snm"),
    ("UCUM", UCUM),
    ("I9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9C", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9CDX", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("ICD9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9CP", "urn:oid:2.16.840.1.113883.6.104"),
    ("I10", "http://hl7.org/fhir/sid/icd-10"),
    ("ICD10", "http://hl7.org/fhir/sid/icd-10"),
    ("I10C", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("I10P", "http://www.cms.gov/Medicare/Coding/ICD10"),
    ("ICD10CA", "https://fhir.infoway-inforoute.ca/CodeSystem/icd-10-ca"),
    ("ICDO3", "http://terminology.hl7.org/CodeSystem/icd-o-3"),
    ("C4", "http://www.ama-assn.org/go/cpt"),
    ("CPT", "http://www.ama-assn.org/go/cpt"),
    ("HCPCS", "http://terminology.hl7.org/CodeSystem/HCPCS"),
    ("HPC", "http://terminology.hl7.org/CodeSystem/HCPCS"),
    ("CVX", "http://hl7.org/fhir/sid/cvx"),
    ("MVX", "http://hl7.org/fhir/sid/mvx"),
    ("NDC", "http://hl7.org/fhir/sid/ndc"),
    ("RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("FDAUNII", "http://fdasis.nlm.nih.gov"),
    ("PCLOCD", PCLOCD),
    ("DIN", DIN),
    ("HC-DIN", DIN),
    ("WC", "http://www.whocc.no/atc"),
    ("CDCREC", "urn:oid:2.16.840.1.113883.6.238"),
    ("NPI", "http://hl7.org/fhir/sid/us-npi"),
    ("DCM", "http://dicom.nema.org/resources/ontology/DCM"),
    ("MDC", "urn:iso:std:iso:11073:10101"),
    ("ISO3166_1", "urn:iso:std:iso:3166"),
    ("ISO3166_2", "urn:iso:std:iso:3166:-2"),
    ("ISO4217", "urn:iso:std:iso:4217"),
    ("ISO639", LANGUAGE),
    ("ACTCODE", ACT_CODE),
    ("ROLECODE", ROLE_CODE),
    ("NULLFL", NULL_FLAVOR),
    ("NIP001", "http://terminology.hl7.org/CodeSystem/NIP001"),
    ("NIP002", "http://terminology.hl7.org/CodeSystem/NIP002"),
    ("NIP004", "http://terminology.hl7.org/CodeSystem/NIP004"),
    ("PHINQUESTION", "http://terminology.hl7.org/CodeSystem/PHINQUESTION"),
    ("PLT", "http://terminology.hl7.org/CodeSystem/PLT"),
    ("PLR", "http://terminology.hl7.org/CodeSystem/PLR"),
];

/// The FHIR system of a v2 "name of coding system" (CWE.3, CX and others; HL7 table 0396).
///
/// `HL70078`, `HL7-0078` and `0078` give the HL7 table; a URI or a dotted OID gives itself. `None` for local codes (`L`,
/// `99…`), for `ISO+` and others without a canonical URI, and for names nobody registered: the mapper then keeps the
/// source's own name.
#[must_use]
pub fn of_v2_coding_system(name: &str) -> Option<Cow<'static, str>> {
    let name = name.trim();
    if let Some((_, system)) = V2_CODING_SYSTEMS.iter().find(|(code, _)| code.eq_ignore_ascii_case(name)) {
        return Some(Cow::Borrowed(system));
    }
    if ["http://", "https://", "urn:"].iter().any(|scheme| name.starts_with(scheme)) {
        return Some(Cow::Owned(name.to_owned()));
    }
    if is_oid(name) {
        return Some(Cow::Owned(of_oid(name).map_or_else(|| format!("urn:oid:{name}"), str::to_owned)));
    }
    let table =
        name.get(..3).filter(|prefix| prefix.eq_ignore_ascii_case("HL7")).map_or(name, |_| &name[3..]);
    let table = table.trim_start_matches(['-', '_', ' ']);
    (table.len() == 4 && table.bytes().all(|b| b.is_ascii_digit())).then(|| Cow::Owned(v2_table(table)))
}

/// The FHIR system of an HL7 v2 table given by its four digits.
#[must_use]
pub fn v2_table(number: &str) -> String {
    format!("http://terminology.hl7.org/CodeSystem/v2-{number}")
}

/// The preferred FHIR system of a registered OID.
#[must_use]
pub fn of_oid(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.16.840.1.113883.6.1" => LOINC,
        "2.16.840.1.113883.2.20.5.1" => PCLOCD,
        "2.16.840.1.113883.6.96" => SNOMED,
        "2.16.840.1.113883.6.8" => UCUM,
        "2.16.840.1.113883.6.3" => "http://hl7.org/fhir/sid/icd-10",
        "2.16.840.1.113883.6.90" => "http://hl7.org/fhir/sid/icd-10-cm",
        "2.16.840.1.113883.6.103" => "http://hl7.org/fhir/sid/icd-9-cm",
        "2.16.840.1.113883.6.12" => "http://www.ama-assn.org/go/cpt",
        "2.16.840.1.113883.6.69" => "http://hl7.org/fhir/sid/ndc",
        "2.16.840.1.113883.6.88" => "http://www.nlm.nih.gov/research/umls/rxnorm",
        "2.16.840.1.113883.12.292" => "http://hl7.org/fhir/sid/cvx",
        "2.16.840.1.113883.4.6" => "http://hl7.org/fhir/sid/us-npi",
        _ => return None,
    })
}

/// Whether it is a dotted object identifier of at least three arcs.
#[must_use]
pub fn is_oid(text: &str) -> bool {
    let arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit());
    text.starts_with(['0', '1', '2']) && text.split('.').count() >= 3 && text.split('.').all(arc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v2_names_of_coding_systems() {
        for (name, system) in [
            ("LN", Some(LOINC)),
            ("ln", Some(LOINC)),
            ("SCT", Some(SNOMED)),
            ("HL70078", Some("http://terminology.hl7.org/CodeSystem/v2-0078")),
            ("0078", Some("http://terminology.hl7.org/CodeSystem/v2-0078")),
            ("HL7-0203", Some(IDENTIFIER_TYPE)),
            ("2.16.840.1.113883.6.1", Some(LOINC)),
            ("2.16.124.9", Some("urn:oid:2.16.124.9")),
            ("http://loinc.org", Some(LOINC)),
            ("L", None),
            ("99MDH", None),
            ("", None),
            ("HL7é078", None),
        ] {
            assert_eq!(of_v2_coding_system(name).as_deref(), system, "{name}");
        }
    }

    #[test]
    fn health_numbers_by_authority() {
        assert_eq!(of_health_authority("CANNS"), Some(NS_HEALTH_CARD));
        assert_eq!(of_health_authority(NS_HEALTH_CARD_MISSPELT), Some(NS_HEALTH_CARD));
        assert_eq!(
            of_health_authority("on"),
            Some("https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn")
        );
        assert_eq!(of_health_authority("QEII"), None);
        assert!(is_health_number(NS_HEALTH_CARD) && !is_health_number(LOINC));
    }
}
