//! Tables about orders and results.

use super::{Codes, Mapped};
use fhir::system;

/// Order control to request status, table 0119 (OrderControlCode[ServiceRequest.status]); CA asks to cancel and is active there.
pub(crate) const ORDER_CONTROL: Codes = &[
    ("AF", "active"),
    ("CA", "active"),
    ("CR", "revoked"),
    ("DC", "revoked"),
    ("DF", "revoked"),
    ("DR", "revoked"),
    ("FU", "completed"),
    ("HD", "active"),
    ("HR", "on-hold"),
    ("NW", "active"),
    ("OC", "revoked"),
    ("OD", "revoked"),
    ("OH", "on-hold"),
    ("OK", "active"),
    ("PR", "active"),
    ("PY", "active"),
    ("RL", "active"),
    ("RO", "active"),
    ("RQ", "active"),
];

/// Order status to request status, table 0038 (OrderStatus).
pub(crate) const ORDER_STATUS: Codes = &[
    ("CA", "revoked"),
    ("CM", "completed"),
    ("DC", "revoked"),
    ("ER", "entered-in-error"),
    ("HD", "on-hold"),
    ("IP", "active"),
    ("RP", "revoked"),
    ("SC", "active"),
];

/// Priority, table 0485 (ExtendedPriorityCodes).
pub(crate) const ORDER_PRIORITY: Codes = &[("S", "stat"), ("A", "asap"), ("R", "routine")];

/// Order type, table 0482 (OrderType).
pub(crate) const ORDER_TYPE: &[Mapped] = &[
    Mapped { v2: "I", code: "HOSP", display: "Hospital", system: system::ROLE_CODE },
    Mapped { v2: "O", code: "OF", display: "Outpatient facility", system: system::ROLE_CODE },
];

/// Interpretation, table 0078 (InterpretationCodes).
pub(crate) const INTERPRETATION: &[Mapped] = &[
    Mapped { v2: "<", code: "<", display: "Off scale low", system: system::INTERPRETATION },
    Mapped { v2: ">", code: ">", display: "Off scale high", system: system::INTERPRETATION },
    Mapped { v2: "A", code: "A", display: "Abnormal", system: system::INTERPRETATION },
    Mapped { v2: "AA", code: "AA", display: "Critical abnormal", system: system::INTERPRETATION },
    Mapped { v2: "B", code: "B", display: "Better", system: system::INTERPRETATION },
    Mapped { v2: "CAR", code: "CAR", display: "Carrier", system: system::INTERPRETATION },
    Mapped { v2: "D", code: "D", display: "Significant change down", system: system::INTERPRETATION },
    Mapped { v2: "DET", code: "DET", display: "Detected", system: system::INTERPRETATION },
    Mapped { v2: "E", code: "E", display: "Equivocal", system: system::INTERPRETATION },
    Mapped { v2: "EX", code: "EX", display: "outside threshold", system: system::INTERPRETATION },
    Mapped { v2: "EXP", code: "EXP", display: "Expected", system: system::INTERPRETATION },
    Mapped { v2: "H", code: "H", display: "High", system: system::INTERPRETATION },
    Mapped { v2: "HH", code: "HH", display: "Critical high", system: system::INTERPRETATION },
    Mapped { v2: "HU", code: "HU", display: "Significantly high", system: system::INTERPRETATION },
    Mapped { v2: "I", code: "I", display: "Intermediate", system: system::INTERPRETATION },
    Mapped { v2: "IE", code: "IE", display: "Insufficient evidence", system: system::INTERPRETATION },
    Mapped { v2: "IND", code: "IND", display: "Indeterminate", system: system::INTERPRETATION },
    Mapped { v2: "L", code: "L", display: "Low", system: system::INTERPRETATION },
    Mapped { v2: "LL", code: "LL", display: "Critical low", system: system::INTERPRETATION },
    Mapped { v2: "LU", code: "LU", display: "Significantly low", system: system::INTERPRETATION },
    Mapped { v2: "MS", code: "MS", display: "moderately susceptible", system: system::INTERPRETATION },
    Mapped { v2: "N", code: "N", display: "Normal", system: system::INTERPRETATION },
    Mapped { v2: "NCL", code: "NCL", display: "No CLSI defined breakpoint", system: system::INTERPRETATION },
    Mapped { v2: "ND", code: "ND", display: "Not detected", system: system::INTERPRETATION },
    Mapped { v2: "NEG", code: "NEG", display: "Negative", system: system::INTERPRETATION },
    Mapped { v2: "NR", code: "NR", display: "Non-reactive", system: system::INTERPRETATION },
    Mapped { v2: "NS", code: "NS", display: "Non-susceptible", system: system::INTERPRETATION },
    Mapped { v2: "POS", code: "POS", display: "Positive", system: system::INTERPRETATION },
    Mapped { v2: "R", code: "R", display: "Resistant", system: system::INTERPRETATION },
    Mapped { v2: "RR", code: "RR", display: "Reactive", system: system::INTERPRETATION },
    Mapped { v2: "S", code: "S", display: "Susceptible", system: system::INTERPRETATION },
    Mapped { v2: "SDD", code: "SDD", display: "Susceptible-dose dependent", system: system::INTERPRETATION },
    Mapped { v2: "SYN-R", code: "SYN-R", display: "Synergy - resistant", system: system::INTERPRETATION },
    Mapped { v2: "SYN-S", code: "SYN-S", display: "Synergy - susceptible", system: system::INTERPRETATION },
    Mapped { v2: "U", code: "U", display: "Significant change up", system: system::INTERPRETATION },
    Mapped { v2: "VS", code: "VS", display: "very susceptible", system: system::INTERPRETATION },
    Mapped { v2: "UNE", code: "UNE", display: "Unexpected", system: system::INTERPRETATION },
    Mapped { v2: "W", code: "W", display: "Worse", system: system::INTERPRETATION },
    Mapped { v2: "WR", code: "WR", display: "Weakly reactive", system: system::INTERPRETATION },
];

/// Collection method, table 0488, where another code is meant (SpecimenCollectionMethod).
pub(crate) const COLLECTION_METHOD: &[Mapped] = &[
    Mapped { v2: "BIO", code: "129314006", display: "Biopsy - action", system: system::SNOMED },
    Mapped { v2: "SCRAPS", code: "129323009", display: "Scraping - action", system: system::SNOMED },
];
