//! HD, hierarchic designator: who assigns (HL7 v2.5.1 2.A.33). Maps HD[uri], HD[Identifier], HD[Organization].

use crate::intake::reading::{comp, sub};
use crate::intake::tables;
use fhir::{Json, Kind, Object, build};
use hl7v2::{Comp, Rep};
use std::borrow::Cow;

/// A namespace, a universal id, or both.
#[derive(Debug, Clone, Default)]
pub(crate) struct Designator<'m> {
    /// HD.1
    pub(crate) namespace: Cow<'m, str>,
    /// HD.2
    pub(crate) universal: Cow<'m, str>,
    /// HD.3: ISO, UUID, CLIA …
    pub(crate) universal_type: Cow<'m, str>,
}

impl<'m> Designator<'m> {
    /// From the sub-components of a component (CX.4, XCN.9 …).
    pub(crate) fn of_comp(comp: Comp<'m>) -> Self {
        if comp.is_empty() || comp.is_null() {
            return Self::default();
        }
        Self { namespace: sub(comp, 1), universal: sub(comp, 2), universal_type: sub(comp, 3) }
    }

    /// From three components in a row, the first being `from` (MSH-3: 1, EI: 2).
    pub(crate) fn of_rep(rep: Rep<'m>, from: usize) -> Self {
        Self {
            namespace: comp(rep, from),
            universal: comp(rep, from + 1),
            universal_type: comp(rep, from + 2),
        }
    }

    /// Says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.namespace.is_empty() && self.universal.is_empty()
    }

    /// The name by which records are kept apart: the namespace, else the universal id.
    pub(crate) fn authority(&self) -> &str {
        if self.namespace.is_empty() { &self.universal } else { &self.namespace }
    }

    /// The identifier system. A universal id becomes a URI, a bare namespace one of ours
    /// (docs/mapping/disputes.md: HD[uri] would write the bare word, which is no URI).
    pub(crate) fn system(&self) -> String {
        if let Some(uri) = tables::systems::universal_uri(&self.universal, &self.universal_type) {
            return uri;
        }
        let name = self.authority();
        if name.is_empty() { String::new() } else { tables::systems::authority_uri(name) }
    }

    /// The identifier of the universal id, with its type of table 0301.
    fn universal_identifier(&self) -> Object {
        if self.universal.is_empty() {
            return Object::new();
        }
        Object::new()
            .set("type", build::code(Json::literal(tables::systems::V2_0301), &*self.universal_type, ()))
            .set("value", &*self.universal)
    }

    /// A logical reference to the organisation that it names.
    pub(crate) fn reference(&self) -> Object {
        if self.is_empty() {
            return Object::new();
        }
        build::logical_reference(Kind::Organization, self.universal_identifier(), &*self.namespace)
    }

    /// As a part to contain: HD[Organization], HD[Device], HD[Location].
    pub(crate) fn part(&self, kind: Kind) -> Object {
        let mut part = build::untitled(kind);
        if kind == Kind::Location || kind == Kind::Organization {
            part.put("name", &*self.namespace);
        }
        if kind != Kind::Location {
            part.add("identifier", Object::new().set("value", &*self.namespace));
        }
        part.add("identifier", self.universal_identifier());
        part
    }
}
