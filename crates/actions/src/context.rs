//! Who asks, why, and when.

use clinical::access::{Purpose, Role};
use clinical::smart::{Interaction, Scopes};
use fhir::{Instant, Kind, PersonId};
use std::sync::Arc;

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
    /// The app of another maker that acts for them, and how far it may; `None` when they act themselves.
    pub through: Option<Through>,
}

/// An app that acts for somebody, or for itself, within its scopes (SMART App Launch 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Through {
    /// Its `client_id`.
    pub app: String,
    /// What it was let do.
    pub scopes: Arc<Scopes>,
    /// The patient of its launch.
    pub patient: Option<PersonId>,
    /// `Type/id` of the user's own resource, which it may read when it was let know who they are.
    pub fhir_user: Option<String>,
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

impl Through {
    /// Whether a rule lets an interaction with a type at all, or it is how the app gets to know its user.
    pub(crate) fn lets(&self, interaction: Interaction, kind: Option<Kind>) -> bool {
        let of_user = || {
            let user = self.fhir_user.as_deref().and_then(|user| user.split_once('/'));
            interaction == Interaction::Read
                && kind.is_some()
                && user.and_then(|(of, _)| of.parse().ok()) == kind
        };
        self.scopes.may(interaction, kind) || of_user()
    }
}
