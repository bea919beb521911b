//! Tables about medicines and vaccines.

use super::{Codes, Mapped};
use fhir::system;

const ROUTE_CODES: &str = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration";

/// Route, table 0162, where another code is meant (RouteOfAdministration); the rest keep their own.
pub(crate) const ROUTE: &[Mapped] = &[
    Mapped { v2: "ID", code: "IDINJ", display: "Injection, intradermal", system: ROUTE_CODES },
    Mapped { v2: "IM", code: "IM", display: "Injection, intramuscular", system: ROUTE_CODES },
    Mapped { v2: "IV", code: "IVINJ", display: "Injection, intravenous", system: ROUTE_CODES },
    Mapped { v2: "PO", code: "PO", display: "Swallow, oral", system: ROUTE_CODES },
    Mapped { v2: "SC", code: "SQ", display: "Injection, subcutaneous", system: ROUTE_CODES },
    Mapped { v2: "TD", code: "TRNSDERM", display: "Transdermal", system: ROUTE_CODES },
];

/// Administration method, table 0165 (AdministrationMethod).
pub(crate) const METHOD: &[Mapped] = &[
    Mapped { v2: "CH", code: "419747000", display: "Chew", system: system::SNOMED },
    Mapped { v2: "DI", code: "421682005", display: "Dissolve", system: system::SNOMED },
    Mapped { v2: "IS", code: "421257003", display: "Insert", system: system::SNOMED },
    Mapped { v2: "SH", code: "420606003", display: "Shampoo", system: system::SNOMED },
    Mapped { v2: "WA", code: "422152000", display: "Wash", system: system::SNOMED },
];

/// Order status, table 0038, as a status of a MedicationRequest (docs/mapping/own-maps.md).
pub(crate) const STATUS: Codes = &[
    ("A", "active"),
    ("CA", "cancelled"),
    ("CM", "completed"),
    ("DC", "stopped"),
    ("ER", "entered-in-error"),
    ("HD", "on-hold"),
    ("IP", "active"),
    ("RP", "cancelled"),
    ("SC", "active"),
];

/// Order control, table 0119, as a status of a MedicationRequest (docs/mapping/own-maps.md).
pub(crate) const CONTROL: Codes = &[
    ("AF", "active"),
    ("CA", "cancelled"),
    ("CR", "cancelled"),
    ("DC", "stopped"),
    ("DF", "cancelled"),
    ("DR", "stopped"),
    ("FU", "completed"),
    ("HD", "on-hold"),
    ("HR", "on-hold"),
    ("NW", "active"),
    ("OC", "cancelled"),
    ("OD", "stopped"),
    ("OE", "active"),
    ("OH", "on-hold"),
    ("OK", "active"),
    ("OR", "active"),
    ("PA", "active"),
    ("PR", "active"),
    ("RE", "active"),
    ("RF", "active"),
    ("RL", "active"),
    ("RO", "active"),
    ("RP", "cancelled"),
    ("RR", "active"),
    ("RU", "cancelled"),
    ("SC", "active"),
    ("XO", "active"),
    ("XX", "active"),
];

/// Completion status, table 0322, of a vaccination (CompletionStatus).
pub(crate) const VACCINATED: Codes =
    &[("CP", "completed"), ("RE", "not-done"), ("NA", "not-done"), ("PA", "completed")];

/// Completion status, table 0322, of a dose; one given in part is in the record as given, with the word beside it.
pub(crate) const GIVEN: Codes =
    &[("CP", "completed"), ("RE", "not-done"), ("NA", "not-done"), ("PA", "completed")];
