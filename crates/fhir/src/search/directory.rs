//! What the provider directory can be searched by. It is no patient's and a few thousand facts at most: its resources are
//! made from the directory's own tables and looked through, so that no index rows stand for it.

use super::table::ParameterType;
use crate::id::Kind;

/// One search parameter of a resource of the provider directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryParameter {
    /// Resource type.
    pub kind: Kind,
    /// Name in a query.
    pub name: &'static str,
    /// Type.
    pub value: ParameterType,
    /// Where in the resource, see [`crate::read`].
    pub paths: &'static [&'static str],
}

const fn row(
    kind: Kind,
    name: &'static str,
    value: ParameterType,
    paths: &'static [&'static str],
) -> DirectoryParameter {
    DirectoryParameter { kind, name, value, paths }
}

use Kind::{Endpoint, HealthcareService, Location, Organization, Practitioner, PractitionerRole};
use ParameterType::{Reference, Text, Token};

/// Every parameter but `_id`, `_count` and `_cursor`, which all types have (IHE mCSD 3.90.4.1.2, the promised part).
pub const DIRECTORY: &[DirectoryParameter] = &[
    row(Practitioner, "identifier", Token, &["identifier"]),
    row(Practitioner, "active", Token, &["active"]),
    row(Practitioner, "name", Text, &["name.family", "name.given"]),
    row(Practitioner, "family", Text, &["name.family"]),
    row(Practitioner, "given", Text, &["name.given"]),
    row(PractitionerRole, "active", Token, &["active"]),
    row(PractitionerRole, "practitioner", Reference, &["practitioner.reference"]),
    row(PractitionerRole, "organization", Reference, &["organization.reference"]),
    row(PractitionerRole, "location", Reference, &["location.reference"]),
    row(PractitionerRole, "endpoint", Reference, &["endpoint.reference"]),
    row(PractitionerRole, "service", Reference, &["healthcareService.reference"]),
    row(PractitionerRole, "role", Token, &["code.coding"]),
    row(Organization, "identifier", Token, &["identifier"]),
    row(Organization, "active", Token, &["active"]),
    row(Organization, "name", Text, &["name"]),
    row(Location, "identifier", Token, &["identifier"]),
    row(Location, "name", Text, &["name"]),
    row(Location, "organization", Reference, &["managingOrganization.reference"]),
    row(Location, "endpoint", Reference, &["endpoint.reference"]),
    row(Endpoint, "identifier", Token, &["identifier"]),
    row(Endpoint, "status", Token, &["status"]),
    row(Endpoint, "connection-type", Token, &["connectionType"]),
    row(Endpoint, "organization", Reference, &["managingOrganization.reference"]),
    row(HealthcareService, "active", Token, &["active"]),
    row(HealthcareService, "name", Text, &["name"]),
    row(HealthcareService, "organization", Reference, &["providedBy.reference"]),
    row(HealthcareService, "location", Reference, &["location.reference"]),
];

/// Whether resources of a type come from the provider directory.
#[must_use]
pub fn is_of_directory(kind: Kind) -> bool {
    of_directory(kind).next().is_some()
}

/// The parameters of a type.
pub fn of_directory(kind: Kind) -> impl Iterator<Item = &'static DirectoryParameter> {
    DIRECTORY.iter().filter(move |row| row.kind == kind)
}
