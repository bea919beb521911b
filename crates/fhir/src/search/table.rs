//! The table of search parameters (FHIR R4 SearchParameter registry, the promised part of it).

use crate::id::Kind;

/// Stable number of a parameter in index tables: never reuse one, never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub u16);

/// FHIR search parameter types that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// Codes, codings, concepts, identifiers, booleans.
    Token,
    /// Strings, found by how they start, without case and accents.
    Text,
    /// Dates, times and periods.
    Date,
    /// References to resources of this record.
    Reference,
}

impl ParameterType {
    /// As FHIR names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Text => "string",
            Self::Date => "date",
            Self::Reference => "reference",
        }
    }
}

/// How a parameter is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// By the resource's own key: no rows.
    Key,
    /// By what stands beside each version: only together with `patient`, or with what is searched across all patients.
    Record,
    /// By rows of its own, value first: across all patients.
    Global,
    /// By the rows of other parameters, any of them.
    Of(&'static [ParameterId]),
}

/// One search parameter of one kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Stable number.
    pub id: ParameterId,
    /// Resource type.
    pub kind: Kind,
    /// Name in a query.
    pub name: &'static str,
    /// Type.
    pub value: ParameterType,
    /// Where in the resource, see [`crate::read`].
    pub paths: &'static [&'static str],
    /// How it is answered.
    pub index: Index,
}

impl Parameter {
    /// Whether it finds resources across all patients (value-first tables).
    #[must_use]
    pub fn global(&self) -> bool {
        match self.index {
            Index::Global => true,
            Index::Of(others) => others.iter().all(|id| parameter(*id).is_some_and(Parameter::global)),
            Index::Key | Index::Record => false,
        }
    }
    /// The parameters whose rows answer this one.
    #[must_use]
    pub fn rows_of(&'static self) -> &'static [ParameterId] {
        match self.index {
            Index::Of(others) => others,
            Index::Record | Index::Global => std::slice::from_ref(&self.id),
            Index::Key => &[],
        }
    }
}

macro_rules! parameters {
    ($($id:literal $kind:ident $name:literal $value:ident $paths:expr, $index:expr;)*) => {
        /// Every search parameter, by kind.
        pub const PARAMETERS: &[Parameter] = &[$(Parameter {
            id: ParameterId($id),
            kind: Kind::$kind,
            name: $name,
            value: ParameterType::$value,
            paths: &$paths,
            index: $index,
        }),*];
    };
}

/// `Patient.family`.
pub(super) const FAMILY: ParameterId = ParameterId(12);

/// Family and given names: the rows behind `name`.
const NAMES: &[ParameterId] = &[ParameterId(12), ParameterId(13)];

parameters! {
    10 Patient "_id" Token ["id"], Index::Key;
    11 Patient "identifier" Token ["identifier"], Index::Global;
    12 Patient "family" Text ["name.family"], Index::Global;
    13 Patient "given" Text ["name.given"], Index::Global;
    14 Patient "name" Text ["name.family", "name.given"], Index::Of(NAMES);
    15 Patient "birthdate" Date ["birthDate"], Index::Global;
    16 Patient "gender" Token ["gender"], Index::Record;

    20 Encounter "_id" Token ["id"], Index::Key;
    21 Encounter "patient" Reference ["subject"], Index::Key;
    22 Encounter "subject" Reference ["subject"], Index::Key;
    23 Encounter "date" Date ["period"], Index::Record;
    24 Encounter "status" Token ["status"], Index::Record;
    25 Encounter "class" Token ["class"], Index::Record;
    26 Encounter "identifier" Token ["identifier"], Index::Record;

    30 DiagnosticReport "_id" Token ["id"], Index::Key;
    31 DiagnosticReport "patient" Reference ["subject"], Index::Key;
    32 DiagnosticReport "subject" Reference ["subject"], Index::Key;
    33 DiagnosticReport "code" Token ["code"], Index::Record;
    34 DiagnosticReport "category" Token ["category"], Index::Record;
    35 DiagnosticReport "date" Date ["effective[x]"], Index::Record;
    36 DiagnosticReport "status" Token ["status"], Index::Record;
    37 DiagnosticReport "identifier" Token ["identifier"], Index::Global;

    40 Observation "_id" Token ["id"], Index::Key;
    41 Observation "patient" Reference ["subject"], Index::Key;
    42 Observation "subject" Reference ["subject"], Index::Key;
    43 Observation "code" Token ["code"], Index::Record;
    44 Observation "category" Token ["category"], Index::Record;
    45 Observation "date" Date ["effective[x]"], Index::Record;
    46 Observation "status" Token ["status"], Index::Record;

    50 DocumentReference "_id" Token ["id"], Index::Key;
    51 DocumentReference "patient" Reference ["subject"], Index::Key;
    52 DocumentReference "subject" Reference ["subject"], Index::Key;
    53 DocumentReference "type" Token ["type"], Index::Record;
    54 DocumentReference "date" Date ["date"], Index::Record;
    55 DocumentReference "status" Token ["status"], Index::Record;
    56 DocumentReference "identifier" Token ["masterIdentifier", "identifier"], Index::Global;

    60 ServiceRequest "_id" Token ["id"], Index::Key;
    61 ServiceRequest "patient" Reference ["subject"], Index::Key;
    62 ServiceRequest "subject" Reference ["subject"], Index::Key;
    63 ServiceRequest "code" Token ["code"], Index::Record;
    64 ServiceRequest "identifier" Token ["identifier"], Index::Record;

    70 Specimen "_id" Token ["id"], Index::Key;
    71 Specimen "patient" Reference ["subject"], Index::Key;
    72 Specimen "subject" Reference ["subject"], Index::Key;
    73 Specimen "identifier" Token ["identifier"], Index::Record;

    80 Provenance "_id" Token ["id"], Index::Key;
    81 Provenance "patient" Reference ["target"], Index::Key;
    82 Provenance "target" Reference ["target"], Index::Record;
}

/// The parameters of a kind; empty for a kind that is only read by id.
pub fn of_kind(kind: Kind) -> impl Iterator<Item = &'static Parameter> {
    PARAMETERS.iter().filter(move |parameter| parameter.kind == kind)
}

/// The parameter of a stable number.
#[must_use]
pub fn parameter(id: ParameterId) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique() {
        let ids: HashSet<_> = PARAMETERS.iter().map(|p| p.id).collect();
        let names: HashSet<_> = PARAMETERS.iter().map(|p| (p.kind, p.name)).collect();
        assert_eq!((ids.len(), names.len()), (PARAMETERS.len(), PARAMETERS.len()));
        for p in PARAMETERS {
            assert!(!p.paths.is_empty() && of_kind(p.kind).any(|other| other == p));
            assert!(p.rows_of().iter().all(|id| parameter(*id).is_some_and(|row| row.value == p.value)));
        }
    }

    #[test]
    fn numbers_are_as_they_were_stored() {
        let now: String = PARAMETERS.iter().map(|p| format!("{} {}.{}\n", p.id.0, p.kind, p.name)).collect();
        assert_eq!(now, include_str!("../../testdata/parameters.txt"), "index tables hold these numbers");
    }
}
