//! From a resource's tree to its index rows.

use super::table::{FAMILY, Index, ParameterId, ParameterType, of_kind};
use super::words::fold;
use crate::id::{Kind, ResourceKey};
use crate::json::{Json, Object};
use crate::time::Instant;

/// Longest code or text in an index row, bytes; longer ones are cut, in queries too, so that a key fits any database.
pub const MAX_INDEXED: usize = 512;
/// Most further words of a name that are found by themselves.
const MAX_TAILS: usize = 8;

/// Cuts to [`MAX_INDEXED`] at a character.
pub(super) fn bounded(mut text: String) -> String {
    if text.len() > MAX_INDEXED {
        text.truncate(text.floor_char_boundary(MAX_INDEXED));
    }
    text
}

/// No parameter: says beside a resource that it is not about the patient at whose record it stands (decision 31).
pub const ELSEWHERE: ParameterId = ParameterId(0);

/// One row of the index: the store adds the key of the resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexRow {
    /// Which parameter.
    pub parameter: ParameterId,
    /// Its value in the resource.
    pub value: IndexValue,
}

/// The value of an index row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexValue {
    /// A code or identifier, both compared exactly.
    Token {
        /// System; `None` for plain codes such as `status`.
        system: Option<String>,
        /// Code or value.
        code: String,
    },
    /// A folded string, see [`fold`].
    Text {
        /// Compared by how it starts.
        normalised: String,
    },
    /// The half-open interval a date covers; open ends are the extremes of [`Instant`].
    Date {
        /// First instant.
        lo: Instant,
        /// First instant behind.
        hi: Instant,
    },
    /// A resource of this record.
    Reference(ResourceKey),
}

/// The index rows of a resource, sorted and without repeats. References to foreign resources and
/// texts that are no dates have no row.
#[must_use]
pub fn rows(kind: Kind, resource: &Object) -> Vec<IndexRow> {
    let mut rows: Vec<IndexRow> = Vec::new();
    for parameter in of_kind(kind) {
        if !matches!(parameter.index, Index::Record | Index::Global) {
            continue;
        }
        for path in parameter.paths {
            resource.visit(path, &mut |json| {
                values(parameter.value, json, &mut |value| {
                    rows.push(IndexRow { parameter: parameter.id, value });
                });
            });
        }
    }
    if kind == Kind::Patient {
        whole_names(resource, &mut rows);
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// A name that is not told apart into its parts is found where family names are.
fn whole_names(patient: &Object, rows: &mut Vec<IndexRow>) {
    let names = patient.get("name").map(Json::items).unwrap_or_default();
    for name in names.iter().filter(|name| name.get("family").is_none() && name.get("given").is_none()) {
        if let Some(text) = name.get("text") {
            texts(text, &mut |value| rows.push(IndexRow { parameter: FAMILY, value }));
        }
    }
}

fn values(of: ParameterType, json: &Json, found: &mut impl FnMut(IndexValue)) {
    match of {
        ParameterType::Token => tokens(json, found),
        ParameterType::Text => texts(json, found),
        ParameterType::Date => {
            if let Some((lo, hi)) = super::r4::span(json) {
                found(IndexValue::Date { lo, hi });
            }
        }
        ParameterType::Reference => {
            if let Some(key) =
                json.get("reference").and_then(Json::as_str).and_then(ResourceKey::from_reference)
            {
                found(IndexValue::Reference(key));
            }
        }
    }
}

fn tokens(json: &Json, found: &mut impl FnMut(IndexValue)) {
    match json {
        Json::String(code) => found(IndexValue::Token { system: None, code: bounded(code.to_string()) }),
        Json::Bool(value) => found(IndexValue::Token { system: None, code: value.to_string() }),
        Json::Object(object) => match object.get("coding") {
            Some(codings) => codings.items().iter().for_each(|coding| tokens(coding, found)),
            None => {
                let code = object.get("code").or_else(|| object.get("value")).and_then(Json::as_str);
                if let Some(code) = code {
                    let system = object.get("system").and_then(Json::as_str).map(str::to_owned);
                    found(IndexValue::Token { system, code: bounded(code.to_owned()) });
                }
            }
        },
        Json::Null | Json::Number(_) | Json::Array(_) => {}
    }
}

/// The folded text, and its tails from each further word: `leblanc` finds Thériault-LeBlanc.
fn texts(json: &Json, found: &mut impl FnMut(IndexValue)) {
    let Some(text) = json.as_str() else { return };
    let whole = bounded(fold(text));
    for (space, _) in whole.match_indices(' ').take(MAX_TAILS) {
        found(IndexValue::Text { normalised: whole[space + 1..].to_owned() });
    }
    if !whole.is_empty() {
        found(IndexValue::Text { normalised: whole });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::{build, system};

    fn shown(kind: Kind, resource: &Object) -> Vec<String> {
        rows(kind, resource)
            .into_iter()
            .map(|row| {
                let name = super::super::parameter(row.parameter).map_or("?", |p| p.name);
                match row.value {
                    IndexValue::Token { system, code } => {
                        format!("{name}={}|{code}", system.unwrap_or_default())
                    }
                    IndexValue::Text { normalised } => format!("{name}={normalised}"),
                    IndexValue::Date { lo, hi } => format!("{name}={lo}..{hi}"),
                    IndexValue::Reference(key) => format!("{name}={}", key.kind),
                }
            })
            .collect()
    }

    #[test]
    fn an_observation_has_few_rows() {
        let record = RecordId::of("QEII", "1");
        let observation = build::resource(ResourceKey::of(record, Kind::Observation, &["1"]))
            .set("status", "final")
            .push("category", build::code(system::OBSERVATION_CATEGORY, "laboratory", ()))
            .set("code", build::concept([build::coding(system::LOINC, "718-7", "Hemoglobin")], "Hgb"))
            .set("subject", build::reference(ResourceKey::patient(record)))
            .set("effectiveDateTime", "2026-11-22T14:05:00-04:00");
        assert_eq!(
            shown(Kind::Observation, &observation),
            [
                "code=http://loinc.org|718-7",
                "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
                "date=2026-11-22T18:05:00.000Z..2026-11-22T18:05:01.000Z",
                "status=|final",
            ]
        );
    }

    #[test]
    fn hostile_lengths_stay_small() {
        let long = "é ".repeat(5_000);
        let patient = build::untitled(Kind::Patient)
            .push("name", build::human_name("", &long, [""]))
            .push("identifier", build::identifier("urn:x", &long, (), ()));
        let rows = rows(Kind::Patient, &patient);
        assert_eq!(rows.len(), MAX_TAILS + 2);
        let longest = rows.iter().map(|row| match &row.value {
            IndexValue::Token { code, .. } => code.len(),
            IndexValue::Text { normalised } => normalised.len(),
            IndexValue::Date { .. } | IndexValue::Reference(_) => 0,
        });
        assert!(longest.max() <= Some(MAX_INDEXED));
        let query = format!("identifier={}", long.trim_end().replace(' ', "%20"));
        let query = super::super::Query::parse(Kind::Patient, &query).expect("a query");
        assert!(query.filters[0].matches(&rows));
    }

    #[test]
    fn a_patient_is_found_by_each_part_of_a_name() {
        let patient = build::resource(ResourceKey::patient(RecordId::of("QEII", "1")))
            .push("identifier", build::identifier(system::NS_HEALTH_CARD, "1234567890", "JHN", ()))
            .push("name", build::human_name("official", "Thériault-LeBlanc", ["Marie", "Ève"]))
            .push("name", build::human_name("usual", "Thériault-LeBlanc", ["Marie"]))
            .set("birthDate", "1980-02");
        assert_eq!(
            shown(Kind::Patient, &patient),
            [
                "identifier=https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id|1234567890",
                "family=leblanc",
                "family=theriault leblanc",
                "given=eve",
                "given=marie",
                "birthdate=1980-02-01T00:00:00.000Z..1980-03-01T00:00:00.000Z",
            ]
        );
    }
}
