//! What one delivery looks like on its way: one line per sort of endpoint that wants something else than HL7 v2.
//!
//! A rendering is a pure function of what was journalled, the header and the endpoint's facts, so that a repeat is made
//! of the same bytes (HAZARDS 2.3 no. 3); where it would not be, nothing is sent and a person decides.

use clinical::directory::{Endpoint, EndpointKind};
use clinical::intake::Sender;
use clinical::routing::{OutgoingHeader, outgoing};
use clinical::words::Words;
use fhir::ResourceKey;
use hl7v2::Message;

/// What a rendering is made of.
pub(super) struct Material<'a> {
    /// The whole message as it was received.
    pub(super) message: &'a Message,
    /// Who sent it.
    pub(super) sender: &'a Sender,
    /// Which report of it goes.
    pub(super) report: ResourceKey,
    /// Control id, receiver, time.
    pub(super) header: &'a OutgoingHeader,
    /// Where it goes; nothing when it has left the directory.
    pub(super) endpoint: Option<&'a Endpoint>,
}

type Render = fn(&Material<'_>) -> Result<Vec<u8>, Words>;

/// Sorts of endpoint that want something else than the HL7 v2 excerpt.
const RENDERINGS: &[(EndpointKind, Render)] = &[];

/// The bytes that go out, or why there are none.
pub(super) fn rendered(material: &Material<'_>) -> Result<Vec<u8>, Words> {
    let kind = material.endpoint.map(|endpoint| endpoint.kind);
    let own = RENDERINGS.iter().find(|(sort, _)| Some(*sort) == kind);
    own.map_or(excerpt as Render, |(_, render)| *render)(material)
}

/// The part of the message that concerns this report, under our own header.
fn excerpt(material: &Material<'_>) -> Result<Vec<u8>, Words> {
    outgoing(material.message, material.sender, material.report, material.header).ok_or_else(|| {
        Words::new("the report is not in its message any more.", "le rapport n'est plus dans son message.")
    })
}
