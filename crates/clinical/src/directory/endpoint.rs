//! A way to a place: what carries a report there, what it can take, and what is used instead when it cannot.

use super::hours::Hours;
use crate::intake::ReportClass;
use crate::words::Words;
use serde::{Deserialize, Serialize};

/// A way to a place. Its id never changes: deliveries are queued under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Id, unique among endpoints; also the destination of outbox rows.
    pub id: String,
    /// Id of the place.
    pub place: String,
    /// Sort.
    pub kind: EndpointKind,
    /// Where: `host:port` for MLLP, a folder's name for a file drop, a URL for FHIR, a number for a fax, the postal
    /// address for a letter; empty for the portal and for a FHIR subscription, which the receiver collects.
    #[serde(default)]
    pub address: String,
    /// Name of the profile of the EMR product that renders for it; ours as received when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What it takes; everything when left out.
    #[serde(default, skip_serializing_if = "Accepts::is_everything")]
    pub accepts: Accepts,
    /// Endpoint ids of the same place that carry what this one cannot, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<String>,
    /// Whether the receiving system tells us that somebody opened a report.
    #[serde(default)]
    pub reports_opening: bool,
    /// When somebody is there; always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// How the line is protected; plain when left out, which is for loopback and tunnels only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Connections at once.
    #[serde(default = "one")]
    pub connections: u8,
    /// Whether it is in use, or still on trial.
    #[serde(default)]
    pub state: EndpointState,
    /// First day of use, `YYYY-MM-DD`; since ever when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last day of use, included; left out while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

fn one() -> u8 {
    1
}

impl Endpoint {
    /// Whether it is in use on a day (`YYYY-MM-DD`); a route on trial is not.
    #[must_use]
    pub fn carries_on(&self, day: &str) -> bool {
        self.state == EndpointState::Live && self.stands_on(day)
    }
    /// Whether its dates hold on a day, on trial or not.
    #[must_use]
    pub fn stands_on(&self, day: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= day) && self.to.as_deref().is_none_or(|to| day <= to)
    }
}

/// Sort of endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    /// HL7 v2 over MLLP.
    Mllp,
    /// Read in the portal only.
    Portal,
    /// An XML report file (HRM style) in a folder from which the EMR fetches.
    FileDrop,
    /// FHIR R4 sent to the receiver.
    Fhir,
    /// FHIR R4 that the receiver collects with a cursor.
    FhirSubscription,
    /// PDF through a fax gateway.
    Fax,
    /// Printed and posted: the last resort.
    Letter,
}

impl EndpointKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Mllp,
        Self::Portal,
        Self::FileDrop,
        Self::Fhir,
        Self::FhirSubscription,
        Self::Fax,
        Self::Letter,
    ];
    /// Stable code, as the directory file writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Mllp => "mllp",
            Self::Portal => "portal",
            Self::FileDrop => "file-drop",
            Self::Fhir => "fhir",
            Self::FhirSubscription => "fhir-subscription",
            Self::Fax => "fax",
            Self::Letter => "letter",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Mllp => Words::new("HL7 line to the EMR", "ligne HL7 vers le DME"),
            Self::Portal => Words::new("portal", "portail"),
            Self::FileDrop => Words::new("report file for the EMR", "fichier de rapport pour le DME"),
            Self::Fhir => Words::new("FHIR to the EMR", "FHIR vers le DME"),
            Self::FhirSubscription => Words::new("FHIR subscription of the EMR", "abonnement FHIR du DME"),
            Self::Fax => Words::new("fax", "télécopie"),
            Self::Letter => Words::new("letter", "lettre"),
        }
    }
    /// Whether something is delivered by it; what is read in the portal is not sent.
    #[must_use]
    pub fn delivers(self) -> bool {
        self != Self::Portal
    }
}

/// Whether an endpoint is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointState {
    /// In use.
    #[default]
    Live,
    /// New: nothing of a patient goes by it before a test message was acknowledged (S-019, S-109).
    Trial,
}

/// How an outgoing line is protected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Name that the receiver's certificate must bear; the host of the address when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// SHA-256 of the receiver's certificate in hexadecimal, when it is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// What an endpoint takes; what it does not take goes by its fallback.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    /// Classes of report, by code; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "class_codes")]
    pub classes: Option<Vec<ReportClass>>,
    /// Forms of content; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formats: Option<Vec<Format>>,
}

/// Form in which a report says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Coded or measured values.
    Values,
    /// Running text.
    Text,
    /// An embedded PDF.
    Pdf,
    /// An embedded picture.
    Image,
}

impl Accepts {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.classes.is_none() && self.formats.is_none()
    }
    /// Whether a class of report is taken.
    #[must_use]
    pub fn class(&self, class: ReportClass) -> bool {
        self.classes.as_ref().is_none_or(|classes| classes.contains(&class))
    }
    /// Whether a form of content is taken.
    #[must_use]
    pub fn format(&self, format: Format) -> bool {
        self.formats.as_ref().is_none_or(|formats| formats.contains(&format))
    }
}

/// Classes of report with their codes in the directory.
pub const CLASS_CODES: [(ReportClass, &str); 8] = [
    (ReportClass::Laboratory, "laboratory"),
    (ReportClass::Microbiology, "microbiology"),
    (ReportClass::Imaging, "imaging"),
    (ReportClass::Text, "text"),
    (ReportClass::Document, "document"),
    (ReportClass::Encounter, "encounter"),
    (ReportClass::Referral, "referral"),
    (ReportClass::Order, "order"),
];

/// The code of a class of report in the directory.
#[must_use]
pub fn class_code(class: ReportClass) -> &'static str {
    CLASS_CODES.iter().find(|(known, _)| *known == class).map_or("laboratory", |(_, code)| code)
}

/// A class of report from its code in the directory.
#[must_use]
pub fn class_from_code(code: &str) -> Option<ReportClass> {
    CLASS_CODES.iter().find(|(_, known)| *known == code).map(|(class, _)| *class)
}

pub(super) mod class_codes {
    //! Classes of report as their codes.
    use super::{CLASS_CODES, ReportClass, class_code, class_from_code};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        classes: &Option<Vec<ReportClass>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        classes.as_ref().map(|all| all.iter().map(|one| class_code(*one)).collect::<Vec<_>>()).serialize(to)
    }
    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<Option<Vec<ReportClass>>, D::Error> {
        let codes = Option::<Vec<String>>::deserialize(from)?;
        let class = |code: &String| {
            class_from_code(code).ok_or_else(|| {
                let known: Vec<&str> = CLASS_CODES.iter().map(|(_, code)| *code).collect();
                serde::de::Error::custom(format!(
                    "\"{code}\" is no class of report; write one of {}",
                    known.join(", ")
                ))
            })
        };
        codes.map(|codes| codes.iter().map(class).collect()).transpose()
    }
}
