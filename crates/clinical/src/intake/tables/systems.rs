//! Systems and extensions that the maps name, and how designators become URIs.

use crate::identity::IdentifierSort;
use fhir::address::percent_encoded;
use fhir::{Json, system};
use std::borrow::Cow;

/// What ACC and PDA observe, in words of ours.
pub(crate) const OWN_OBSERVATIONS: &str = "urn:opor:coding:observation";
/// People in a part for which R4 has only one place.
pub(crate) const FURTHER_REQUESTER: &str = "urn:opor:extension:further-requester";
/// OBR-10 after the first.
pub(crate) const FURTHER_COLLECTOR: &str = "urn:opor:extension:further-collector";
/// PRT-10 of somebody in a care team.
pub(crate) const DEVICE: &str = "urn:opor:extension:device";
/// OBX-6 beside a value that cannot carry a unit.
pub(crate) const UNIT: &str = "urn:opor:extension:unit";
/// OBR-28: who gets a copy.
pub(crate) const COPY_TO: &str = "urn:opor:extension:copy-to";
/// Address type (table 0190).
pub(crate) const V2_0190: &str = "http://terminology.hl7.org/CodeSystem/v2-0190";
/// Universal id types (table 0301).
pub(crate) const V2_0301: &str = "http://terminology.hl7.org/CodeSystem/v2-0301";
/// Degrees and licences (table 0360).
pub(crate) const V2_0360: &str = "http://terminology.hl7.org/CodeSystem/v2-0360";
/// Physical types of places.
pub(crate) const PHYSICAL_TYPE: &str = system::LOCATION_PHYSICAL_TYPE;

/// Check digit of an identifier.
pub(crate) const CHECK_DIGIT: &str = "http://hl7.org/fhir/StructureDefinition/identifier-checkDigit";
/// CX.6, XCN.14: R4 has no element for the assigning facility.
pub(crate) const ASSIGNING_FACILITY: &str = "urn:opor:extension:assigning-facility";
/// XPN.11
pub(crate) const NAME_ASSEMBLY_ORDER: &str =
    "http://hl7.org/fhir/StructureDefinition/humanname-assembly-order";
/// FN.2
pub(crate) const NAME_OWN_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix";
/// FN.3
pub(crate) const NAME_OWN: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-name";
/// FN.4
pub(crate) const NAME_PARTNER_PREFIX: &str =
    "http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix";
/// FN.5
pub(crate) const NAME_PARTNER: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-name";
/// XAD.7 HV
pub(crate) const AD_USE: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-AD-use";
/// XAD.10
pub(crate) const CENSUS_TRACT: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-censusTract";
/// XAD.7 as sent: the map leaves the address of this extension open.
pub(crate) const ADDRESS_TYPE_V2: &str = "urn:opor:extension:address-type";
/// XTN.5
pub(crate) const PHONE_COUNTRY: &str = "http://hl7.org/fhir/StructureDefinition/contactpoint-country";
/// XTN.6
pub(crate) const PHONE_AREA: &str = "http://hl7.org/fhir/StructureDefinition/contactpoint-area";
/// XTN.7
pub(crate) const PHONE_LOCAL: &str = "http://hl7.org/fhir/StructureDefinition/contactpoint-local";
/// XTN.8
pub(crate) const PHONE_EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/contactpoint-extension";

/// The URI of a universal id; `None` when it is none.
pub(crate) fn universal_uri(universal: &str, kind: &str) -> Option<String> {
    if universal.is_empty() {
        return None;
    }
    if ["urn:", "http://", "https://"].iter().any(|scheme| universal.starts_with(scheme)) {
        return Some(universal.to_owned());
    }
    match kind {
        "UUID" | "GUID" => Some(format!("urn:uuid:{universal}")),
        "ISO" | "HL7" => system::is_oid(universal).then(|| oid_uri(universal)),
        "CLIA" => Some("urn:oid:2.16.840.1.113883.4.7".to_owned()),
        _ if system::is_oid(universal) => Some(oid_uri(universal)),
        _ => None,
    }
}

fn oid_uri(oid: &str) -> String {
    system::of_oid(oid).map_or_else(|| format!("urn:oid:{oid}"), str::to_owned)
}

/// How the system of an authority begins that is known only by its namespace.
const AUTHORITY: &str = "urn:opor:authority:";

/// The system of identifiers that an authority known only by its namespace assigns.
#[must_use]
pub fn authority_uri(namespace: &str) -> String {
    named(AUTHORITY, namespace)
}

/// The namespace of a system that [`authority_uri`] made; `None` of any other.
#[must_use]
pub fn authority_of(system: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = system.strip_prefix(AUTHORITY)?.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let figure = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
        bytes.push(figure(rest.next()?)? * 16 + figure(rest.next()?)?);
    }
    String::from_utf8(bytes).ok()
}

/// The system of a coding; a local name keeps its own name in a URI of ours, no name gives no system.
pub(crate) fn coding_system(name: &str, oid: &str) -> Cow<'static, str> {
    if name.is_empty() && oid.is_empty() {
        return Cow::Borrowed("");
    }
    if let Some(known) = system::of_v2_coding_system(name) {
        return known;
    }
    if system::is_oid(oid) {
        return Cow::Owned(oid_uri(oid));
    }
    if name.is_empty() { Cow::Borrowed("") } else { Cow::Owned(named("urn:opor:coding:", name)) }
}

fn named(prefix: &str, name: &str) -> String {
    format!("{prefix}{}", percent_encoded(name, b""))
}

/// The sort of a patient identifier by its type (table 0203) and who assigned it.
pub(crate) fn sort_of(authority: &str, type_code: &str) -> IdentifierSort {
    match type_code {
        "JHN" | "HC" | "HCN" | "NIIP" => IdentifierSort::HealthCard,
        "" if jurisdiction_code(authority).is_some() => IdentifierSort::HealthCard,
        "MR" | "PI" | "PT" | "MRN" | "MRT" | "" => IdentifierSort::RecordNumber,
        _ => IdentifierSort::Other,
    }
}

/// The two letters of the Canadian jurisdiction, when the identifier is a health card of one.
pub(crate) fn jurisdiction(authority: &str, type_code: &str) -> Option<&'static str> {
    if sort_of(authority, type_code) == IdentifierSort::HealthCard {
        jurisdiction_code(authority)
    } else {
        None
    }
}

/// Two letters of the jurisdiction that an authority names.
pub(crate) fn jurisdiction_code(authority: &str) -> Option<&'static str> {
    let found = system::of_health_authority(authority)?;
    system::HEALTH_NUMBERS.iter().find(|row| row.system == found).map(|row| row.jurisdiction)
}

/// The identifier system of a jurisdiction's health card.
pub(crate) fn health_card_uri(jurisdiction: &str) -> String {
    system::of_health_authority(jurisdiction).unwrap_or_default().to_owned()
}

/// Units that senders write without a coding system and that are UCUM letter for letter.
const COMMON_UCUM: &[&str] = &[
    "%", "mmol/L", "umol/L", "nmol/L", "pmol/L", "mol/L", "g/L", "mg/L", "ug/L", "ng/L", "mg/dL", "g/dL",
    "ng/mL", "pg/mL", "ug/mL", "mg/mL", "U/L", "kU/L", "mU/L", "[IU]/L", "m[IU]/L", "10*9/L", "10*12/L",
    "10*6/L", "10*3/uL", "10*6/uL", "fL", "pg", "L/L", "s", "min", "h", "d", "wk", "mo", "a", "mm[Hg]", "kg",
    "g", "mg", "ug", "cm", "mm", "m", "mL", "L", "uL", "/min", "mL/min", "mm/h", "mmol/kg", "mosm/kg", "kPa",
    "Cel", "kg/m2", "/uL", "/[HPF]", "/[LPF]", "ug/g", "mg/g", "mg/mmol", "g/mol", "mmol/mol", "{INR}",
    "kcal", "meq/L",
];

/// Whether a unit is UCUM as it stands.
pub(crate) fn is_common_ucum(unit: &str) -> bool {
    COMMON_UCUM.contains(&unit)
}

/// A text that may be one of the program's own: those cost no allocation.
pub(crate) fn json(text: Cow<'static, str>) -> Json {
    Json::String(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn designators_become_uris() {
        assert_eq!(universal_uri("2.16.840.1.1", "ISO").as_deref(), Some("urn:oid:2.16.840.1.1"));
        assert_eq!(universal_uri("11D0668319", "CLIA").as_deref(), Some("urn:oid:2.16.840.1.113883.4.7"));
        assert_eq!(universal_uri("hospital", "DNS"), None);
        assert_eq!(authority_uri("IA PHIMS"), "urn:opor:authority:IA%20PHIMS");
        for name in ["IA PHIMS", "Santé", "100%", "NSCPS"] {
            assert_eq!(authority_of(&authority_uri(name)).as_deref(), Some(name));
        }
        assert_eq!(authority_of("urn:oid:2.16.840"), None);
        assert_eq!(authority_of("urn:opor:authority:%F"), None);
        assert_eq!(coding_system("99LAB", ""), "urn:opor:coding:99LAB");
        assert_eq!(coding_system("", ""), "");
    }

    #[test]
    fn health_cards_are_told_from_record_numbers() {
        assert_eq!(sort_of("CANNS", "JHN"), IdentifierSort::HealthCard);
        assert_eq!(sort_of("NS", ""), IdentifierSort::HealthCard);
        assert_eq!(sort_of("NS", "MR"), IdentifierSort::RecordNumber);
        assert_eq!(sort_of("QEII", ""), IdentifierSort::RecordNumber);
        assert_eq!(sort_of("QEII", "SS"), IdentifierSort::Other);
        assert_eq!(jurisdiction("CANNS", "JHN"), Some("NS"));
    }
}
