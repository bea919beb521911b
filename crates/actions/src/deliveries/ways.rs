//! What each destination can take, as declared: published, so that nobody has to find it out by a lost report.

use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Endpoint, EndpointKind, class_code};
use clinical::words::Words;

/// Look: every way out of the directory with its limits. It names no patient.
#[derive(Debug, Clone, Copy)]
pub struct WaysOut;

/// One way to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOut {
    /// Endpoint id.
    pub endpoint: String,
    /// Id of the place.
    pub place: String,
    /// Which sort of way.
    pub kind: EndpointKind,
    /// Product whose dialect is written, with its newest version: `Harbour EMR 2`; empty when none is.
    pub dialect: String,
    /// What it cannot take, each as a sentence.
    pub limits: Vec<Words>,
    /// Endpoint ids that carry what it cannot, in order.
    pub fallback: Vec<String>,
}

impl Sealed for WaysOut {}
impl Look for WaysOut {
    type View = Vec<WayOut>;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "ways-out".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<WayOut>>, Refusal> {
        Ok(Seen::nobody(reading.directory.endpoints().map(way).collect()))
    }
}

fn way(endpoint: &Endpoint) -> WayOut {
    let product = endpoint.profile.as_deref().filter(|_| endpoint.kind == EndpointKind::Mllp);
    let profile = product.and_then(|product| clinical::rendering::versions(product).next());
    let mut limits = profile.map(clinical::rendering::Profile::limits).unwrap_or_default();
    limits.extend(of_kind(endpoint.kind));
    if let Some(classes) = &endpoint.accepts.classes {
        let list = classes.iter().map(|class| class_code(*class)).collect::<Vec<_>>().join(", ");
        limits.push(Words::new(
            format!("Only reports of these classes: {list}."),
            format!("Seulement les rapports de ces classes : {list}."),
        ));
    }
    if let Some(formats) = &endpoint.accepts.formats {
        let list = formats.iter().map(|f| format!("{f:?}").to_lowercase()).collect::<Vec<_>>().join(", ");
        limits.push(Words::new(
            format!("Only content of these forms: {list}."),
            format!("Seulement le contenu de ces formes : {list}."),
        ));
    }
    WayOut {
        endpoint: endpoint.id.clone(),
        place: endpoint.place.clone(),
        kind: endpoint.kind,
        dialect: profile.map(|p| format!("{} {}", p.name, p.version)).unwrap_or_default(),
        limits,
        fallback: endpoint.fallback.clone(),
    }
}

/// What no endpoint of a sort can take, whoever it belongs to.
fn of_kind(kind: EndpointKind) -> Option<Words> {
    Some(match kind {
        EndpointKind::Fax | EndpointKind::Letter => Words::new(
            "No embedded documents; nothing without the patient's name, birth date and a number.",
            "Aucun document joint; rien sans le nom, la date de naissance et un numéro du patient.",
        ),
        EndpointKind::FileDrop => Words::new(
            "No characters that XML 1.0 cannot carry.",
            "Aucun caractère que XML 1.0 ne peut porter.",
        ),
        EndpointKind::Fhir | EndpointKind::FhirSubscription => {
            Words::new("No notices of changes of identity.", "Aucun avis de changement d'identité.")
        }
        EndpointKind::Mllp | EndpointKind::Portal => return None,
    })
}
