//! Every search parameter of R4 and which of them tie a resource to a patient, made from HL7's definitions by
//! `examples/search_table.rs`: one line for each code, type, path and targets.

use super::path::Path;
use crate::id::Kind;
use crate::json::{Json, Object};
use crate::search::table::ParameterId;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Types of search parameters (FHIR R4 search 3.1.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchType {
    /// A plain number.
    Number,
    /// Dates, times and periods.
    Date,
    /// Strings.
    Text,
    /// Codes, codings, concepts, identifiers, booleans.
    Token,
    /// References.
    Reference,
    /// Values that belong together.
    Composite,
    /// Numbers with a unit.
    Quantity,
    /// Addresses compared exactly.
    Uri,
    /// Of a rule of its own.
    Special,
}

impl SearchType {
    /// As FHIR names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Date => "date",
            Self::Text => "string",
            Self::Token => "token",
            Self::Reference => "reference",
            Self::Composite => "composite",
            Self::Quantity => "quantity",
            Self::Uri => "uri",
            Self::Special => "special",
        }
    }
    fn read(text: &str) -> Self {
        match text {
            "number" => Self::Number,
            "date" => Self::Date,
            "string" => Self::Text,
            "token" => Self::Token,
            "reference" => Self::Reference,
            "composite" => Self::Composite,
            "quantity" => Self::Quantity,
            "uri" => Self::Uri,
            _ => Self::Special,
        }
    }
}

/// One search parameter, of all types of resource that have it at the same path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchParam {
    /// Number in index columns: its line in the table, which never changes, above those of the index's own parameters.
    pub number: ParameterId,
    /// Name in a query.
    pub code: &'static str,
    /// Type.
    pub sort: SearchType,
    /// Types a reference may lead to; empty = any.
    pub targets: Vec<Kind>,
    kinds: Vec<Kind>,
    path: Path,
    parts: Vec<(Path, SearchType)>,
}

impl SearchParam {
    /// Every value in a resource.
    pub(super) fn visit<'j>(&self, resource: &'j Object, found: &mut impl FnMut(&'j Json)) {
        self.path.visit(resource, found);
    }
    /// The elements of a composite whose parts belong together.
    pub(super) fn groups<'j>(&self, resource: &'j Object, found: &mut impl FnMut(&'j Object)) {
        self.path.objects(resource, found);
    }
    /// The parts of a composite.
    pub(super) fn parts(&self) -> &[(Path, SearchType)] {
        &self.parts
    }
    /// Whether a reference may lead to a type.
    #[must_use]
    pub fn leads_to(&self, kind: Kind) -> bool {
        self.targets.is_empty() || self.targets.contains(&kind)
    }
}

struct Table {
    params: Vec<SearchParam>,
    /// Place in `params` by type and code; `None` for what every type has.
    by_code: HashMap<(Option<Kind>, &'static str), usize>,
    /// Places in `params` of everything that a type has: 1,400 lines are not gone through for each resource.
    by_kind: HashMap<Kind, Vec<usize>>,
    compartment: HashMap<Kind, Vec<&'static str>>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let params: Vec<SearchParam> =
            (FIRST_NUMBER..).zip(include_str!("parameters.tsv").lines()).filter_map(line).collect();
        let mut by_code = HashMap::new();
        for (place, param) in params.iter().enumerate() {
            if param.kinds.is_empty() {
                by_code.insert((None, param.code), place);
            }
            for kind in &param.kinds {
                by_code.insert((Some(*kind), param.code), place);
            }
        }
        let places = |kind: Kind| {
            let has = |param: &SearchParam| param.kinds.is_empty() || param.kinds.contains(&kind);
            params.iter().enumerate().filter(|(_, param)| has(param)).map(|(place, _)| place).collect()
        };
        let by_kind = Kind::ALL.iter().map(|kind| (*kind, places(*kind))).collect();
        let tied = include_str!("compartment.tsv").lines().filter_map(|line| {
            let (kind, codes) = line.split_once('\t')?;
            Some((kind.parse().ok()?, codes.split(' ').collect()))
        });
        Table { params, by_code, by_kind, compartment: tied.collect() }
    })
}

/// Number of the first line.
const FIRST_NUMBER: u16 = 1_000;

fn line((number, text): (u16, &'static str)) -> Option<SearchParam> {
    let mut fields = text.split('\t');
    let (code, sort, kinds, path) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let kinds_of = |text: &str| text.split(' ').filter_map(|kind| kind.parse().ok()).collect();
    let mut paths = path.split(';');
    let path = Path::read(paths.next()?);
    let parts = paths.filter_map(|part| {
        let (path, sort) = part.rsplit_once(':')?;
        Some((Path::read(path), SearchType::read(sort)))
    });
    Some(SearchParam {
        number: ParameterId(number),
        code,
        sort: SearchType::read(sort),
        targets: fields.next().map(kinds_of).unwrap_or_default(),
        kinds: kinds_of(kinds),
        path,
        parts: parts.collect(),
    })
}

/// The parameter of that name of a type.
#[must_use]
pub fn of(kind: Kind, code: &str) -> Option<&'static SearchParam> {
    let table = table();
    // The keys are of the program's lifetime, the question is not.
    let known = table.by_code.get(&(Some(kind), code)).or_else(|| table.by_code.get(&(None, code)));
    known.map(|place| &table.params[*place])
}

/// Every parameter of a type, those that all types have among them.
pub fn of_kind(kind: Kind) -> impl Iterator<Item = &'static SearchParam> {
    let table = table();
    table.by_kind.get(&kind).into_iter().flatten().map(|place| &table.params[*place])
}

/// Parameters that tie a resource of a type to a patient (FHIR R4 CompartmentDefinition/patient); empty when none does.
#[must_use]
pub fn compartment(kind: Kind) -> &'static [&'static str] {
    table().compartment.get(&kind).map_or(&[], Vec::as_slice)
}

/// Whether resources of a type can belong to a patient.
#[must_use]
pub fn in_compartment(kind: Kind) -> bool {
    kind == Kind::Patient || !compartment(kind).is_empty()
}
