//! CWE, CE, CNE, CF, IS: coded values (HL7 v2.5.1 2.A.13). Maps CWE[CodeableConcept], CWE[Coding], CWE[Quantity].

use crate::intake::reading::{comp, prose};
use crate::intake::tables::{self, Mapped, systems};
use fhir::{Json, Object, build, system};
use hl7v2::Rep;
use std::borrow::Cow;

/// The three triplets: code, text, system, version, system OID.
const TRIPLETS: [(usize, usize, usize, usize, usize); 3] =
    [(1, 2, 3, 7, 14), (4, 5, 6, 8, 17), (10, 11, 12, 13, 20)];

/// CodeableConcept. `table` is the HL7 table that counts when no coding system is named, such as `HL70002`, or empty.
pub(crate) fn concept(rep: Rep<'_>, table: &str) -> Object {
    mapped(rep, table, &[])
}

/// CodeableConcept with the coding of `map` before the sender's own, when the map knows the code.
pub(crate) fn mapped(rep: Rep<'_>, table: &str, map: &[Mapped]) -> Object {
    let mut concept = Object::new();
    let last = rep.comps().count();
    for (n, (code, text, name, version, oid)) in TRIPLETS.into_iter().enumerate() {
        if code > last {
            break;
        }
        let (code, display) = (comp(rep, code), prose(rep.comp(text)));
        if code.is_empty() && display.is_empty() {
            continue;
        }
        let named = comp(rep, name);
        let name = if named.is_empty() && n == 0 { Cow::Borrowed(table) } else { named };
        let (version, oid) = (comp(rep, version), comp(rep, oid));
        let row = if n == 0 { tables::row(map, &code) } else { None };
        let mut source = systems::coding_system(&name, &oid);
        if let Some(row) = row {
            if row.code == code && (name.is_empty() || name == table) {
                source = Cow::Borrowed(row.system);
            } else if !row.code.is_empty() {
                let shown =
                    if row.display.is_empty() { Json::from(&*display) } else { Json::literal(row.display) };
                concept
                    .add("coding", build::coding(Json::literal(row.system), Json::literal(row.code), shown));
            }
        }
        let coding = Object::new()
            .set("system", systems::json(source))
            .set("version", version)
            .set("code", code)
            .set("display", display);
        concept.add("coding", coding);
    }
    concept.set("text", text(rep))
}

/// What the sender calls it: the original text, else the text of a coding, else the code.
pub(crate) fn text<'m>(rep: Rep<'m>) -> Cow<'m, str> {
    [9, 2, 5, 1, 4].into_iter().map(|n| prose(rep.comp(n))).find(|text| !text.is_empty()).unwrap_or_default()
}

/// The first code, else the text: what tells two coded values apart.
pub(crate) fn key<'m>(rep: Rep<'m>) -> Cow<'m, str> {
    [1, 4, 2, 9].into_iter().map(|n| prose(rep.comp(n))).find(|text| !text.is_empty()).unwrap_or_default()
}

/// Coding of the first triplet.
pub(crate) fn coding(rep: Rep<'_>, table: &str) -> Object {
    let named = comp(rep, 3);
    let name = if named.is_empty() { table } else { &*named };
    Object::new()
        .set("system", systems::json(systems::coding_system(name, &comp(rep, 14))))
        .set("version", comp(rep, 7))
        .set("code", comp(rep, 1))
        .set("display", prose(rep.comp(2)))
}

/// What a unit says: text to show, system and code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    /// Quantity.unit, as the sender writes it.
    pub(crate) text: String,
    /// Quantity.system, empty when not known.
    pub(crate) system: Cow<'static, str>,
    /// Quantity.code, empty when not known.
    pub(crate) code: String,
}

impl Unit {
    /// OBX-6 and other units (CWE[Quantity]). A unit without coding system is UCUM only when it is one letter for letter.
    pub(crate) fn read(rep: Rep<'_>) -> Self {
        let (code, display, name) = (comp(rep, 1), prose(rep.comp(2)), comp(rep, 3));
        let text = if display.is_empty() { code.to_string() } else { display.to_string() };
        if code.is_empty() {
            return Self { text, ..Self::default() };
        }
        if !name.is_empty() {
            return Self {
                text,
                system: systems::coding_system(&name, &comp(rep, 14)),
                code: code.into_owned(),
            };
        }
        if systems::is_common_ucum(&code) {
            return Self { text, system: Cow::Borrowed(system::UCUM), code: code.into_owned() };
        }
        Self { text, ..Self::default() }
    }

    /// The quantity of a number with this unit; empty when `value` is no number.
    pub(crate) fn quantity(&self, value: &str, comparator: &str) -> Object {
        build::quantity(value, comparator, &*self.text, systems::json(self.system.clone()), &*self.code)
    }
}
