//! Segments to FHIR R4, one file each, after HL7's own segment maps.

pub(crate) mod acc;
pub(crate) mod al1;
pub(crate) mod dg1;
pub(crate) mod gt1;
pub(crate) mod in1;
pub(crate) mod msh;
pub(crate) mod nk1;
pub(crate) mod nte;
pub(crate) mod obr;
pub(crate) mod obx;
pub(crate) mod orc;
pub(crate) mod pid;
pub(crate) mod pr1;
pub(crate) mod pv1;
pub(crate) mod rf1;
pub(crate) mod rol;
pub(crate) mod spm;
pub(crate) mod tq1;
pub(crate) mod txa;
pub(crate) mod value;
