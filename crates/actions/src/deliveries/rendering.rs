//! What one delivery looks like on its way: one line per sort of endpoint that wants something else than HL7 v2.
//!
//! A rendering is a pure function of what was journalled, the header and the endpoint's facts, so that a repeat is made
//! of the same bytes (HAZARDS 2.3 no. 3); where it would not be, nothing is sent and a person decides. What the endpoint
//! cannot take goes by its fallback.

use clinical::directory::{Endpoint, EndpointKind, Format};
use clinical::intake::{Sender, interpret};
use clinical::rendering::{self, Exchange, Language, Unfit};
use clinical::routing::{OutgoingHeader, outgoing, report_excerpt};
use clinical::words::Words;
use fhir::ResourceKey;
use hl7v2::Message;
use sha2::{Digest as _, Sha256};

/// Name of the profile of FHIR endpoints that take message Bundles; the others take transactions.
const MESSAGE_PROFILE: &str = "message";

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
    /// SHA-256 of what was offered before, empty when nothing was.
    pub(super) offered: &'a [u8],
    /// In which language its pages are, when it is pages.
    pub(super) language: Language,
}

/// Why there are no bytes.
#[derive(Debug)]
pub(super) enum Why {
    /// There is nothing to render any more.
    Gone(Words),
    /// This endpoint cannot take it.
    Unfit(Words),
}

impl From<Unfit> for Why {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit.0)
    }
}

type Render = fn(&Material<'_>) -> Result<Vec<u8>, Why>;

/// Sorts of endpoint that want something else than the HL7 v2 excerpt.
const RENDERINGS: &[(EndpointKind, Render)] = &[
    (EndpointKind::Mllp, dialect),
    (EndpointKind::FileDrop, report_file),
    (EndpointKind::Fhir, exchange),
    (EndpointKind::FhirSubscription, exchange),
    (EndpointKind::Fax, pages),
    (EndpointKind::Letter, pages),
];

/// The bytes that go out, or why there are none.
pub(super) fn rendered(material: &Material<'_>) -> Result<Vec<u8>, Why> {
    let kind = material.endpoint.map(|endpoint| endpoint.kind);
    let own = RENDERINGS.iter().find(|(sort, _)| Some(*sort) == kind);
    own.map_or(excerpt as Render, |(_, render)| *render)(material)
}

/// A notice about identity, which is an HL7 v2 message of our own, as the endpoint takes it.
pub(super) fn notice(body: Vec<u8>, endpoint: Option<&Endpoint>, language: Language) -> Result<Vec<u8>, Why> {
    let Some(kind) = endpoint.map(|endpoint| endpoint.kind) else { return Ok(body) };
    if kind == EndpointKind::Mllp {
        return Ok(body);
    }
    let message = Message::parse(body)
        .map_err(|unreadable| Why::Gone(Words::new(unreadable.to_string(), unreadable.to_string())))?;
    match kind {
        EndpointKind::FileDrop => Ok(rendering::report_file(&rendering::sheet(&message)?)?),
        EndpointKind::Fax | EndpointKind::Letter => {
            Ok(rendering::pages(&rendering::sheet(&message)?, language)?.bytes)
        }
        _ => Err(Why::Unfit(Words::new(
            "a change of identity has no form of this way.",
            "un changement d'identité n'a pas de forme pour cette voie.",
        ))),
    }
}

/// A test result in the form that reports have on this way.
pub(super) fn test_result(
    body: Vec<u8>,
    report: ResourceKey,
    control_id: &str,
    endpoint: Option<&Endpoint>,
    language: Language,
) -> Result<Vec<u8>, Why> {
    let form = match endpoint {
        Some(to) if to.kind == EndpointKind::FhirSubscription => Exchange::Message,
        Some(to) if to.kind == EndpointKind::Fhir && to.profile.as_deref() == Some(MESSAGE_PROFILE) => {
            Exchange::Message
        }
        Some(to) if to.kind == EndpointKind::Fhir => Exchange::Transaction,
        _ => return notice(body, endpoint, language),
    };
    let receiver = endpoint.map(|to| to.id.as_str()).unwrap_or_default();
    Ok(rendering::line_test(report, control_id, receiver, form))
}

/// The part of the message that concerns this report, under our own header.
fn excerpt(material: &Material<'_>) -> Result<Vec<u8>, Why> {
    outgoing(material.message, material.sender, material.report, material.header).ok_or_else(gone)
}

fn gone() -> Why {
    Why::Gone(Words::new(
        "the report is not in its message any more.",
        "le rapport n'est plus dans son message.",
    ))
}

/// The same as a message, when the endpoint takes its forms of content.
fn read(material: &Material<'_>) -> Result<Message, Why> {
    let message = Message::parse(excerpt(material)?)
        .map_err(|unreadable| Why::Gone(Words::new(unreadable.to_string(), unreadable.to_string())))?;
    let Some(accepts) = material.endpoint.map(|e| &e.accepts).filter(|a| a.formats.is_some()) else {
        return Ok(message);
    };
    let sheet = rendering::sheet(&message)?;
    for reading in sheet.sections.iter().flat_map(|section| &section.readings) {
        let format = match &reading.embedded {
            Some(embedded) if embedded.media_type.starts_with("image/") => Format::Image,
            Some(_) => Format::Pdf,
            None if matches!(reading.kind.as_str(), "TX" | "FT") => Format::Text,
            None => Format::Values,
        };
        if !accepts.format(format) {
            let (en, fr) = match format {
                Format::Values => ("values", "valeurs"),
                Format::Text => ("running text", "texte libre"),
                Format::Pdf => ("embedded documents", "documents joints"),
                Format::Image => ("embedded pictures", "images jointes"),
            };
            return Err(Why::Unfit(Words::new(
                format!("the directory says that this way takes no {en}."),
                format!("le répertoire dit que cette voie ne prend pas de {fr}."),
            )));
        }
    }
    Ok(message)
}

/// HL7 v2 in the dialect of the endpoint's product; as received when it names none.
///
/// What was offered under an older version of the profile, or under another one, is made again under that one: the
/// digest of the first offer says which.
fn dialect(material: &Material<'_>) -> Result<Vec<u8>, Why> {
    let product = material.endpoint.and_then(|endpoint| endpoint.profile.as_deref());
    let restricted = material.endpoint.is_some_and(|endpoint| endpoint.accepts.formats.is_some());
    if product.is_none() && !restricted {
        let bytes = excerpt(material)?;
        if material.offered.is_empty() || is_offered(material, &bytes) {
            return Ok(bytes);
        }
    }
    let message = read(material)?;
    let newest = product.map(|product| {
        rendering::versions(product).next().ok_or_else(|| {
            Why::Unfit(Words::new(
                format!("the directory names the EMR product \"{product}\", of which there is no profile."),
                format!("le répertoire nomme le DME « {product} », dont il n'existe pas de profil."),
            ))
        })
    });
    let now = |message: &Message| match newest {
        None => Ok(message.bytes().to_vec()),
        Some(Ok(profile)) => Ok(rendering::render(message, profile)?.bytes),
        Some(Err(why)) => Err(why),
    };
    if material.offered.is_empty() {
        return now(&message);
    }
    let before = rendering::profiles()
        .filter_map(|profile| rendering::render(&message, profile).ok())
        .map(|rendered| rendered.bytes)
        .chain([message.bytes().to_vec()])
        .find(|bytes| is_offered(material, bytes));
    before.map_or_else(|| now(&message), Ok)
}

fn is_offered(material: &Material<'_>, bytes: &[u8]) -> bool {
    Sha256::digest(bytes).as_slice() == material.offered
}

/// An XML file with the report.
fn report_file(material: &Material<'_>) -> Result<Vec<u8>, Why> {
    Ok(rendering::report_file(&rendering::sheet(&read(material)?)?)?)
}

/// A FHIR Bundle; what was offered in the other form is made in that again.
fn exchange(material: &Material<'_>) -> Result<Vec<u8>, Why> {
    read(material)?;
    let part = report_excerpt(material.message, material.sender, material.report).ok_or_else(gone)?;
    let said = interpret(&part, material.sender);
    let made = |form| rendering::exchange(&said, material.report, material.header, form);
    let named = material.endpoint.and_then(|endpoint| endpoint.profile.as_deref());
    let collected = material.endpoint.is_some_and(|e| e.kind == EndpointKind::FhirSubscription);
    let (form, other) = if named == Some(MESSAGE_PROFILE) || collected {
        (Exchange::Message, Exchange::Transaction)
    } else {
        (Exchange::Transaction, Exchange::Message)
    };
    let bytes = made(form)?;
    if !material.offered.is_empty()
        && !is_offered(material, &bytes)
        && let Some(before) = made(other).ok().filter(|bytes| is_offered(material, bytes))
    {
        return Ok(before);
    }
    Ok(bytes)
}

/// Printed pages.
fn pages(material: &Material<'_>) -> Result<Vec<u8>, Why> {
    Ok(rendering::pages(&rendering::sheet(&read(material)?)?, material.language)?.bytes)
}
