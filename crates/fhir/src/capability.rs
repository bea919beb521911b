//! The CapabilityStatement, generated from the table of search parameters: it cannot promise what is not there.

use crate::id::Kind;
use crate::json::{Json, Object};
use crate::search::{ParameterType, is_of_directory, of_directory, of_kind};
use crate::time::Instant;

/// The operation that gives the International Patient Summary (IPS 2.0).
const SUMMARY: &str = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary";

/// What `GET /fhir/metadata` answers for a server that reads every stored type by id and searches those in the table.
/// `base` is the URL of the FHIR door, `version` the software's, `released` when it was built or started.
#[must_use]
pub fn statement(base: &str, version: &str, released: Instant) -> Object {
    let rest = Object::new()
        .set("mode", Json::literal("server"))
        .push_all("resource", Kind::ALL.iter().map(|kind| resource(*kind)));
    Object::new()
        .set("resourceType", Json::literal("CapabilityStatement"))
        .set("status", Json::literal("active"))
        .set("date", released.to_string())
        .set("kind", Json::literal("instance"))
        .set("software", Object::new().set("name", Json::literal("opor")).set("version", version))
        .set("implementation", Object::new().set("description", Json::literal("opor")).set("url", base))
        .set("fhirVersion", Json::literal("4.0.1"))
        .push("format", Json::literal("json"))
        .push("format", Json::literal("application/fhir+json"))
        .push("rest", rest)
}

fn resource(kind: Kind) -> Object {
    let interaction = |code: &'static str| Object::new().set("code", Json::literal(code));
    let (of_directory_too, searched) = (is_of_directory(kind), of_kind(kind).next().is_some());
    Object::new()
        .set("type", Json::literal(kind.as_str()))
        .push("interaction", interaction("read"))
        .push_all("interaction", (searched || of_directory_too).then(|| interaction("search-type")))
        .push_all("interaction", of_directory_too.then(|| interaction("history-type")))
        .push_all(
            "operation",
            (kind == Kind::Patient)
                .then(|| Object::new().set("name", "summary").set("definition", Json::literal(SUMMARY))),
        )
        .push_all("searchParam", of_kind(kind).map(|p| search_parameter(p.name, p.value, p.global())))
        .push_all("searchParam", of_directory(kind).map(|p| search_parameter(p.name, p.value, true)))
}

fn search_parameter(name: &'static str, value: ParameterType, global: bool) -> Object {
    let narrows = global || matches!(name, "_id" | "patient" | "subject");
    let hint = if narrows { Json::Null } else { Json::literal("Together with a patient") };
    Object::new()
        .set("name", Json::literal(name))
        .set("type", Json::literal(value.as_str()))
        .set("documentation", hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{DIRECTORY, PARAMETERS};

    #[test]
    fn every_parameter_is_promised_once() {
        let statement = statement("https://opor.example/fhir", "0.1.0", Instant(0));
        assert_eq!(statement.all("rest.resource.searchParam").len(), PARAMETERS.len() + DIRECTORY.len());
        for row in DIRECTORY {
            let twice = PARAMETERS.iter().any(|other| (other.kind, other.name) == (row.kind, row.name));
            assert!(!twice, "{} {}", row.kind, row.name);
        }
        assert_eq!(statement.all("rest.resource").len(), Kind::ALL.len());
        assert_eq!(statement.text("fhirVersion"), Some("4.0.1"));
    }
}
