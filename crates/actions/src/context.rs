//! Who asks, why, and when.

use clinical::access::{Purpose, Role};
use fhir::Instant;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// User or machine id, e.g. `cairnwood` or `opor interpreter`.
    pub id: String,
    /// Role of this session.
    pub role: Role,
    /// As people read it: `Cairnwood, Aoife`.
    pub name: String,
    /// Directory id of the practitioner, when the actor is one.
    pub practitioner: Option<String>,
}

/// What every act and look brings along.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub actor: Actor,
    /// Why: HL7 v3 PurposeOfUse.
    pub purpose: Purpose,
    /// When; the only clock an action knows.
    pub now: Instant,
}
