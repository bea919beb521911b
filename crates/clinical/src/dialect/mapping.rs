//! What is agreed about a sender beside the message: a dialect file or a code map, by one name and number.

use super::Binds;
use super::file::{Dialect, FileProblem};
use crate::codes::CodeMap;
use crate::intake::Interpretation;
use fhir::{Json, Kind, Object};

/// Sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A dialect.
    Dialect,
    /// A code map.
    Codes,
}

impl Sort {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Dialect => "dialect",
            Self::Codes => "codes",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Dialect, Self::Codes].into_iter().find(|sort| sort.code() == code)
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapping {
    /// A dialect.
    Dialect(Dialect),
    /// A code map.
    Codes(CodeMap),
}

impl Mapping {
    /// Reads a file of a sort.
    ///
    /// # Errors
    /// [`FileProblem`], with the line and what to write.
    pub fn read(sort: Sort, text: &str) -> Result<Self, FileProblem> {
        match sort {
            Sort::Dialect => Dialect::from_toml(text).map(Self::Dialect),
            Sort::Codes => CodeMap::from_toml(text).map(Self::Codes),
        }
    }

    /// The dialect, when it is one.
    #[must_use]
    pub fn dialect(&self) -> Option<&Dialect> {
        if let Self::Dialect(dialect) = self { Some(dialect) } else { None }
    }

    /// The code map, when it is one.
    #[must_use]
    pub fn codes(&self) -> Option<&CodeMap> {
        if let Self::Codes(codes) = self { Some(codes) } else { None }
    }

    /// Its sort.
    #[must_use]
    pub fn sort(&self) -> Sort {
        match self {
            Self::Dialect(_) => Sort::Dialect,
            Self::Codes(_) => Sort::Codes,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Dialect(dialect) => &dialect.name,
            Self::Codes(codes) => &codes.name,
        }
    }

    /// Its number.
    #[must_use]
    pub fn version(&self) -> u32 {
        match self {
            Self::Dialect(dialect) => dialect.version,
            Self::Codes(codes) => codes.version,
        }
    }

    /// Whose messages.
    #[must_use]
    pub fn binds(&self) -> &Binds {
        match self {
            Self::Dialect(dialect) => &dialect.binds,
            Self::Codes(codes) => &codes.binds,
        }
    }
}

/// A mapping that a message was read by: `dialect tidewater-lab 3` and the digest of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Its sort.
    pub sort: Sort,
    /// Its name.
    pub name: String,
    /// Its number.
    pub version: u32,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
}

/// System of the names of mappings in Provenance.entity.
pub const MAPPING_SYSTEM: &str = "urn:opor:mapping";

/// Says in each Provenance by which mappings the message was read.
pub fn attest(said: &mut Interpretation, used: &[Used]) {
    let provenances = said.charts.iter_mut().flat_map(|chart| &mut chart.resources);
    for proposal in provenances.filter(|proposal| proposal.key.kind == Kind::Provenance) {
        for one in used {
            let value = format!("{}/{}/{}/{}", one.sort.code(), one.name, one.version, one.digest);
            let identifier = Object::new().set("system", Json::literal(MAPPING_SYSTEM)).set("value", value);
            let shown = format!("{} {} version {}", one.sort.code(), one.name, one.version);
            let what = Object::new().set("identifier", identifier).set("display", shown);
            proposal.resource.add("entity", Object::new().set("role", "source").set("what", what));
        }
    }
}
