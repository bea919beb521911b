//! The CapabilityStatement, generated from the tables: it cannot promise what is not there.

use crate::facts;
use crate::id::Kind;
use crate::json::{Json, Object};
use crate::search::r4::{Extent, SearchParam, SearchType};
use crate::time::Instant;

/// The operation that gives the International Patient Summary (IPS 2.0).
const SUMMARY: &str = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary";
/// Where the operations of bulk export are defined (FHIR Bulk Data Access 2.0).
const BULK: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition";
/// Where those of subscriptions are (R5 subscriptions backport 1.1).
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition";
/// How a client proves who it is.
const SECURITY: &str = "Bearer tokens in the header Authorization: of apps by SMART App Launch 2.2, and of this server (`opor token`). What a person withholds by a directive is neither found, counted nor read; every read, search and refusal is written down.";
/// Where apps authorize (SMART App Launch 2.2, 8.2, for apps of its first version).
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
/// What can be done with every type.
const INTERACTIONS: [&str; 9] = [
    "read",
    "vread",
    "create",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "search-type",
];

/// What `GET /fhir/metadata` answers. `base` is the URL of the FHIR door, `version` the software's, `released` when it was
/// built or started, `root` the address of the whole server as the client reached it, `extent` how much it searches by.
#[must_use]
pub fn statement(base: &str, version: &str, released: Instant, root: &str, extent: Extent) -> Object {
    let system = |name: &'static str, url: String| Object::new().set("name", name).set("definition", url);
    let code = |code: &'static str| Object::new().set("code", Json::literal(code));
    let rest = Object::new()
        .set("mode", Json::literal("server"))
        .set("security", security(root))
        .push_all(
            "resource",
            Kind::ALL.iter().filter(|kind| is_kept(**kind)).map(|kind| resource(*kind, extent)),
        )
        .push_all("interaction", ["transaction", "batch", "history-system"].map(code))
        .push("operation", system("export", format!("{BULK}/export")))
        .push(
            "operation",
            system("meta", "http://hl7.org/fhir/OperationDefinition/Resource-meta".to_owned()),
        );
    let formats = ["json", "application/fhir+json", "xml", "application/fhir+xml"].map(Json::literal);
    let patches = ["application/json-patch+json", "application/fhir+json"].map(Json::literal);
    Object::new()
        .set("resourceType", Json::literal("CapabilityStatement"))
        .set("status", Json::literal("active"))
        .set("date", released.to_string())
        .set("kind", Json::literal("instance"))
        .set("software", Object::new().set("name", Json::literal("opor")).set("version", version))
        .set("implementation", Object::new().set("description", Json::literal("opor")).set("url", base))
        .set("fhirVersion", Json::literal("4.0.1"))
        .set("format", Json::array(formats))
        .set("patchFormat", Json::array(patches))
        .push("rest", rest)
}

fn security(root: &str) -> Object {
    let place = |name: &'static str, path: &str| {
        Object::new().set("url", Json::literal(name)).set("valueUri", format!("{root}{path}"))
    };
    let places = [
        place("authorize", "/authorize"),
        place("token", "/auth/token"),
        place("introspect", "/auth/introspect"),
        place("revoke", "/auth/revoke"),
        place("manage", "/apps"),
    ];
    let coding = Object::new()
        .set("system", Json::literal("http://terminology.hl7.org/CodeSystem/restful-security-service"))
        .set("code", Json::literal("SMART-on-FHIR"));
    Object::new()
        .push("extension", Object::new().set("url", Json::literal(OAUTH_URIS)).push_all("extension", places))
        .set("cors", true)
        .push("service", Object::new().push("coding", coding))
        .set("description", Json::literal(SECURITY))
}

/// Whether resources of a type are kept; the others are answers only.
#[must_use]
pub fn is_kept(kind: Kind) -> bool {
    !matches!(kind, Kind::Parameters | Kind::OperationOutcome)
}

fn resource(kind: Kind, extent: Extent) -> Object {
    let interaction = |code: &'static str| Object::new().set("code", Json::literal(code));
    let operation = |name: &'static str, url: &str| Object::new().set("name", name).set("definition", url);
    let mut operations = vec![
        operation("validate", "http://hl7.org/fhir/OperationDefinition/Resource-validate"),
        operation("meta", "http://hl7.org/fhir/OperationDefinition/Resource-meta"),
        operation("meta-add", "http://hl7.org/fhir/OperationDefinition/Resource-meta-add"),
        operation("meta-delete", "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete"),
    ];
    match kind {
        Kind::Patient => {
            operations.push(operation("summary", SUMMARY));
            operations
                .push(operation("everything", "http://hl7.org/fhir/OperationDefinition/Patient-everything"));
            operations.push(operation("match", "http://hl7.org/fhir/OperationDefinition/Patient-match"));
            operations.push(operation("export", &format!("{BULK}/patient-export")));
        }
        Kind::Group => operations.push(operation("export", &format!("{BULK}/group-export"))),
        Kind::Subscription => {
            operations.push(operation("status", &format!("{BACKPORT}/backport-subscription-status")));
            operations.push(operation("events", &format!("{BACKPORT}/backport-subscription-events")));
        }
        Kind::Encounter => {
            operations.push(operation(
                "everything",
                "http://hl7.org/fhir/OperationDefinition/Encounter-everything",
            ));
        }
        Kind::Observation => {
            operations.push(operation("lastn", "http://hl7.org/fhir/OperationDefinition/Observation-lastn"));
        }
        _ => {}
    }
    let params = || extent.of_kind(kind).filter(|param| param.sort != SearchType::Special);
    let references = || params().filter(|param| param.sort == SearchType::Reference);
    let by = |param: &SearchParam| Json::from(format!("{kind}:{}", param.code));
    let back = Kind::ALL.iter().filter(|from| is_kept(**from)).flat_map(|from| {
        let leading =
            extent.of_kind(*from).filter(|param| param.sort == SearchType::Reference && param.leads_to(kind));
        leading.map(move |param| Json::from(format!("{from}:{}", param.code)))
    });
    Object::new()
        .set("type", Json::literal(kind.as_str()))
        .push_all("interaction", INTERACTIONS.map(interaction))
        .set("supportedProfile", Json::array(facts::profiles(kind.as_str()).into_iter().map(Json::literal)))
        .set("versioning", Json::literal("versioned-update"))
        .set("readHistory", true)
        .set("updateCreate", true)
        .set("conditionalCreate", true)
        .set("conditionalRead", Json::literal("full-support"))
        .set("conditionalUpdate", true)
        .set("conditionalDelete", Json::literal("single"))
        .set("searchInclude", Json::array(references().map(by)))
        .set("searchRevInclude", Json::array(back))
        .push_all("searchParam", params().map(search_parameter))
        .set("operation", Json::array(operations))
}

fn search_parameter(param: &SearchParam) -> Object {
    Object::new().set("name", Json::literal(param.code)).set("type", Json::literal(param.sort.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{DIRECTORY, PARAMETERS};

    #[test]
    fn every_parameter_is_promised_once() {
        let statement =
            statement("https://opor.example/fhir", "0.1.0", Instant(0), "https://opor.example", Extent::All);
        let kinds = statement.objects("rest.resource");
        assert_eq!(kinds.len(), Kind::ALL.len() - 2);
        for resource in &kinds {
            let mut names = resource.texts("searchParam.name");
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{resource}");
        }
        assert_eq!(statement.text("fhirVersion"), Some("4.0.1"));
    }

    #[test]
    fn what_the_index_knows_is_promised() {
        let statements = [Extent::All, Extent::Usual].map(|extent| statement("", "", Instant(0), "", extent));
        let promised = |statement: &Object, kind: Kind, name: &str| {
            let kinds = statement.objects("rest.resource");
            kinds.iter().any(|one| {
                one.text("type") == Some(kind.as_str()) && one.texts("searchParam.name").contains(&name)
            })
        };
        for (kind, name) in
            PARAMETERS.iter().map(|p| (p.kind, p.name)).chain(DIRECTORY.iter().map(|p| (p.kind, p.name)))
        {
            assert!(statements.iter().all(|one| promised(one, kind, name)), "{kind} {name}");
        }
        let [all, usual] = &statements;
        assert!(
            promised(all, Kind::Condition, "onset-age") && !promised(usual, Kind::Condition, "onset-age")
        );
        assert!(promised(usual, Kind::Condition, "clinical-status"));
    }
}
