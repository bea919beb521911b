//! Patient, as screens show it.

use super::{PersonName, own};
use crate::json::{Json, Object};

/// What a banner says about one source record's patient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Names in order.
    pub names: Vec<PersonName>,
    /// Identifiers in order.
    pub identifiers: Vec<Identifier>,
    /// FHIR date with its precision.
    pub birth_date: Option<String>,
    /// Time of birth from the standard extension, which tells twins apart.
    pub birth_time: Option<String>,
    /// `male`, `female`, `other`, `unknown`.
    pub gender: Option<String>,
    /// When the person died, or `true` when only that they did.
    pub deceased: Option<String>,
    /// Place among siblings born together.
    pub birth_order: Option<String>,
    /// Telephone numbers and addresses for messages: (system, value, use).
    pub telecoms: Vec<(Option<String>, String, Option<String>)>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Preferred language.
    pub language: Option<String>,
}

/// A business identifier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identifier {
    /// System.
    pub system: Option<String>,
    /// Value.
    pub value: String,
    /// Code of HL7 table 0203.
    pub type_code: Option<String>,
    /// Who gave it.
    pub assigner: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Street lines.
    pub lines: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// Reads a Patient.
#[must_use]
pub fn read(patient: &Object) -> Patient {
    Patient {
        names: patient.objects("name").into_iter().map(PersonName::of).collect(),
        identifiers: identifiers(patient),
        birth_date: own(patient.text("birthDate")),
        birth_time: own(extension_value(patient.object("_birthDate"), "patient-birthTime")),
        gender: own(patient.text("gender")),
        deceased: match patient.first("deceased[x]") {
            Some(Json::Bool(true)) => Some("true".to_owned()),
            Some(Json::String(when)) => Some(when.to_string()),
            _ => None,
        },
        birth_order: own(patient.text("multipleBirth[x]")),
        telecoms: patient
            .objects("telecom")
            .into_iter()
            .filter_map(|t| Some((own(t.text("system")), t.text("value")?.to_owned(), own(t.text("use")))))
            .collect(),
        addresses: patient.objects("address").into_iter().map(address).collect(),
        language: patient.concept("communication.language").and_then(|c| own(c.shown())),
    }
}

/// The identifiers of any resource.
#[must_use]
pub fn identifiers(resource: &Object) -> Vec<Identifier> {
    let identifier = |i: &Object| {
        Some(Identifier {
            system: own(i.text("system")),
            value: i.text("value")?.to_owned(),
            type_code: own(i.text("type.coding.code")),
            assigner: own(i.text("assigner.display")),
        })
    };
    resource.objects("identifier").into_iter().filter_map(identifier).collect()
}

fn address(address: &Object) -> Address {
    Address {
        lines: address.texts("line").into_iter().map(str::to_owned).collect(),
        city: own(address.text("city")),
        state: own(address.text("state")),
        postal_code: own(address.text("postalCode")),
        country: own(address.text("country")),
    }
}

fn extension_value<'j>(holder: Option<&'j Object>, name: &str) -> Option<&'j str> {
    holder?
        .objects("extension")
        .into_iter()
        .find(|e| e.text("url").is_some_and(|url| url.rsplit('/').next() == Some(name)))
        .and_then(|e| e.text("value[x]"))
}
