//! Builders for the R4 data types we write. Every argument may be absent: `""`, `None` and `()` are never written.
//!
//! ```
//! use fhir::build::{coding, concept, quantity};
//! use fhir::{Kind, Object, RecordId, ResourceKey, build, system};
//! let record = RecordId::of("QEII", "0071824");
//! let key = ResourceKey::of(record, Kind::Observation, &["HIX-1", "718-7"]);
//! let observation = build::resource(key)
//!     .set("status", "final")
//!     .set("code", concept([coding(system::LOINC, "718-7", "Hemoglobin")], "Hgb"))
//!     .set("subject", build::reference(ResourceKey::patient(record)))
//!     .set("valueQuantity", quantity("4.10", (), "g/L", system::UCUM, "g/L"));
//! assert!(observation.to_string().contains(r#""value":4.10"#));
//! ```

use crate::id::{Kind, ResourceKey};
use crate::json::{Decimal, Json, Object};
use crate::system;

/// Room for the properties of a resource: nearly all that are mapped have fewer.
const USUAL_PROPERTIES: usize = 16;

/// A resource with its type and logical id.
#[must_use]
pub fn resource(key: ResourceKey) -> Object {
    Object::with_room(USUAL_PROPERTIES)
        .set("resourceType", Json::literal(key.kind.as_str()))
        .set("id", key.id())
}

/// A resource of a type without a logical id (contained resources, or ids given later).
#[must_use]
pub fn untitled(kind: Kind) -> Object {
    Object::new().set("resourceType", Json::literal(kind.as_str()))
}

/// Coding.
#[must_use]
pub fn coding(system: impl Into<Json>, code: impl Into<Json>, display: impl Into<Json>) -> Object {
    Object::new().set("system", system).set("code", code).set("display", display)
}

/// CodeableConcept: codings that say nothing are left out.
#[must_use]
pub fn concept(codings: impl IntoIterator<Item = Object>, text: impl Into<Json>) -> Object {
    Object::new().push_all("coding", codings).set("text", text)
}

/// CodeableConcept of one coding.
#[must_use]
pub fn code(system: impl Into<Json>, code: impl Into<Json>, display: impl Into<Json>) -> Object {
    concept([coding(system, code, display)], ())
}

/// Identifier. `type_code` is a code of HL7 table 0203 (`MR`, `JHN`, `VN` …), `assigner` the name of who gave it.
/// Add `use` or `period` with [`Object::set`]. Empty without a value, so that it is never written.
#[must_use]
pub fn identifier(
    system: impl Into<Json>,
    value: impl Into<Json>,
    type_code: impl Into<Json>,
    assigner: impl Into<Json>,
) -> Object {
    let value = value.into();
    if value.is_empty() {
        return Object::new();
    }
    Object::new()
        .set("type", type_code_concept(type_code.into()))
        .set("system", system)
        .set("value", value)
        .set("assigner", Object::new().set("display", assigner))
}

fn type_code_concept(type_code: Json) -> Object {
    if type_code.is_empty() {
        Object::new()
    } else {
        code(Json::literal(system::IDENTIFIER_TYPE), type_code, ())
    }
}

/// HumanName. `use_` is a code of name-use (`official`, `usual`, `maiden` …). Add prefix, suffix, text or period with
/// [`Object::push`] and [`Object::set`].
#[must_use]
pub fn human_name<T: Into<Json>>(
    use_: impl Into<Json>,
    family: impl Into<Json>,
    given: impl IntoIterator<Item = T>,
) -> Object {
    Object::new().set("use", use_).set("family", family).push_all("given", given)
}

/// ContactPoint. `system` is `phone`, `email` …, `use_` is `home`, `work`, `mobile` …. Empty without a value.
#[must_use]
pub fn contact_point(system: impl Into<Json>, value: impl Into<Json>, use_: impl Into<Json>) -> Object {
    let value = value.into();
    if value.is_empty() {
        return Object::new();
    }
    Object::new().set("system", system).set("value", value).set("use", use_)
}

/// Address. Add `use`, `type`, `district` or `period` with [`Object::set`].
#[must_use]
pub fn address<T: Into<Json>>(
    lines: impl IntoIterator<Item = T>,
    city: impl Into<Json>,
    state: impl Into<Json>,
    postal_code: impl Into<Json>,
    country: impl Into<Json>,
) -> Object {
    Object::new()
        .push_all("line", lines)
        .set("city", city)
        .set("state", state)
        .set("postalCode", postal_code)
        .set("country", country)
}

/// A decimal with every digit it was received with; null (never written) when `text` is no number.
#[must_use]
pub fn decimal(text: &str) -> Json {
    Decimal::read(text).into()
}

/// Quantity or, without comparator, SimpleQuantity. `value` keeps every digit; when it is no number the result is
/// empty, so that a unit never stands without its value: the caller writes `valueString` instead.
#[must_use]
pub fn quantity(
    value: &str,
    comparator: impl Into<Json>,
    unit: impl Into<Json>,
    system: impl Into<Json>,
    code: impl Into<Json>,
) -> Object {
    let Some(value) = Decimal::read(value) else { return Object::new() };
    let code = code.into();
    let system = if code.is_empty() { Json::Null } else { system.into() };
    Object::new()
        .set("value", value)
        .set("comparator", comparator)
        .set("unit", unit)
        .set("system", system)
        .set("code", code)
}

/// Reference to a resource of this record.
#[must_use]
pub fn reference(key: ResourceKey) -> Object {
    Object::new().set("reference", key.reference())
}

/// Reference by business identifier, to what this record does not hold.
#[must_use]
pub fn logical_reference(kind: Kind, identifier: Object, display: impl Into<Json>) -> Object {
    let (identifier, display) = (Json::from(identifier), display.into());
    if identifier.is_empty() && display.is_empty() {
        return Object::new();
    }
    Object::new()
        .set("type", Json::literal(kind.as_str()))
        .set("identifier", identifier)
        .set("display", display)
}

/// Reference that only names.
#[must_use]
pub fn display(name: impl Into<Json>) -> Object {
    Object::new().set("display", name)
}

/// Period; either end may be absent.
#[must_use]
pub fn period(start: impl Into<Json>, end: impl Into<Json>) -> Object {
    Object::new().set("start", start).set("end", end)
}

/// Attachment. `data` is base64 text.
#[must_use]
pub fn attachment(
    content_type: impl Into<Json>,
    data: impl Into<Json>,
    title: impl Into<Json>,
    creation: impl Into<Json>,
) -> Object {
    Object::new()
        .set("contentType", content_type)
        .set("data", data)
        .set("title", title)
        .set("creation", creation)
}

/// Annotation: a note, with who wrote it as text. Empty without a text.
#[must_use]
pub fn annotation(text: impl Into<Json>, author: impl Into<Json>, time: impl Into<Json>) -> Object {
    let text = text.into();
    if text.is_empty() {
        return Object::new();
    }
    Object::new().set("authorString", author).set("time", time).set("text", text)
}

/// Extension; `value_key` names the type, such as `valueString`. Empty without a value.
#[must_use]
pub fn extension(url: &'static str, value_key: &'static str, value: impl Into<Json>) -> Object {
    let value = value.into();
    if value.is_empty() {
        return Object::new();
    }
    Object::new().set("url", Json::literal(url)).set(value_key, value)
}

/// Puts `part` into `whole.contained` under the local id `id` and gives the reference to it (`#id`). An identical
/// contained resource is used again; nothing is contained when `part` says no more than its type.
#[must_use]
pub fn contain(whole: &mut Object, id: &str, part: Object) -> Object {
    if part.len() <= 1 {
        return Object::new();
    }
    let reference = Object::new().set("reference", format!("#{id}"));
    let kind = part.get("resourceType").cloned();
    let mut contained = Object::new().set("resourceType", kind).set("id", id);
    for (key, value) in part.into_properties() {
        if key != "resourceType" && key != "id" {
            contained.append(key, value);
        }
    }
    let same = |items: &[Json]| items.iter().any(|item| item.as_object() == Some(&contained));
    if !whole.get("contained").is_some_and(|list| same(list.items())) {
        whole.add("contained", contained);
    }
    reference
}

/// Meta naming where a resource came from (`urn:opor:message:…`); `versionId` and `lastUpdated` are the store's.
#[must_use]
pub fn meta_source(source: impl Into<Json>) -> Object {
    Object::new().set("source", source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;

    #[test]
    fn a_quantity_needs_a_number_and_a_code_its_system() {
        assert_eq!(
            quantity("4.10", "<", "mmol/L", system::UCUM, "").to_string(),
            r#"{"value":4.10,"comparator":"<","unit":"mmol/L"}"#
        );
        assert!(quantity("positive", (), "mmol/L", (), ()).is_empty());
    }

    #[test]
    fn identifiers_without_value_do_not_exist() {
        assert!(identifier("urn:oid:1.2", "", "MR", "QEII").is_empty());
        assert_eq!(
            identifier("urn:x", "12", "MR", ()).to_string(),
            r#"{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:x","value":"12"}"#
        );
        assert!(contact_point("phone", "", "home").is_empty());
        assert!(concept([coding("s", "", "")], "").get("text").is_none());
    }

    #[test]
    fn contained_resources_are_written_once() {
        let mut whole = resource(ResourceKey::patient(RecordId::of("a", "b")));
        let part = || untitled(Kind::Practitioner).push("name", human_name("", "Roy", ["Lise"]));
        let first = contain(&mut whole, "attending", part());
        let again = contain(&mut whole, "attending", part());
        assert_eq!(first, again);
        assert_eq!(first.to_string(), r##"{"reference":"#attending"}"##);
        assert_eq!(whole.get("contained").map(|c| c.items().len()), Some(1));
        assert!(contain(&mut whole, "nobody", untitled(Kind::Practitioner)).is_empty());
    }
}
