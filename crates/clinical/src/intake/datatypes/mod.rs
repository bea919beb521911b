//! HL7 v2 data types to FHIR R4 data types, one file each, after HL7's own data type maps.

pub(crate) mod cwe;
pub(crate) mod cx;
pub(crate) mod ei;
pub(crate) mod hd;
pub(crate) mod ndl;
pub(crate) mod pl;
pub(crate) mod xad;
pub(crate) mod xcn;
pub(crate) mod xon;
pub(crate) mod xpn;
pub(crate) mod xtn;
