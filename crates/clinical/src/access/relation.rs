//! What ties a reader to a patient: a relation on file opens the chart, otherwise a reason is asked that the patient can
//! see (JOURNEYS 2.1 step 2x); and the break-glass that shows what is withheld (HAZARDS H75).

use crate::directory::{Directory, Practitioner, Resolved};
use crate::intake::authority_of;
use crate::words::Words;
use fhir::{Instant, Object};

/// How long a stated reason opens a chart, in minutes: a session.
pub const REASON_MINUTES: i64 = 8 * 60;
/// How long broken glass shows what is withheld, in minutes.
pub const GLASS_MINUTES: i64 = 60;
/// Characters of what is written beside a reason that are kept.
pub const WORDS_LIMIT_CHARS: usize = 500;

/// What ties a reader to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The patient is on their panel.
    Panel,
    /// They ordered something or were sent a report.
    Report,
    /// They took part in a visit or are named in a document.
    Named,
    /// They said why they look; it has an end.
    Stated,
}

impl Relation {
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Panel => ("on their panel", "dans sa clientèle"),
            Self::Report => ("ordered or received a report", "a demandé ou reçu un rapport"),
            Self::Named => ("took part in the care", "a participé aux soins"),
            Self::Stated => ("said why", "a donné un motif"),
        };
        Words::new(en, fr)
    }
}

/// Why somebody without a relation on file opens a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The patient is with them, or on the telephone.
    Treating,
    /// They stand in for a colleague.
    Covering,
    /// A colleague asked for their opinion.
    Asked,
    /// The patient asked them to look.
    PatientAsked,
}

impl Reason {
    /// All, in the order of the form; keys 1 to 4.
    pub const ALL: [Self; 4] = [Self::Treating, Self::Covering, Self::Asked, Self::PatientAsked];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Treating => "treating",
            Self::Covering => "covering",
            Self::Asked => "asked",
            Self::PatientAsked => "patient-asked",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Treating => ("I am treating this patient", "Je soigne ce patient"),
            Self::Covering => ("I stand in for a colleague", "Je remplace un collègue"),
            Self::Asked => ("A colleague asked for my opinion", "Un collègue demande mon avis"),
            Self::PatientAsked => ("The patient asked me to look", "Le patient m'a demandé de regarder"),
        };
        Words::new(en, fr)
    }
}

/// Why glass is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emergency {
    /// Life or limb.
    Life,
    /// The patient cannot be asked now, and care cannot wait.
    CannotAsk,
    /// The patient agrees now.
    Agrees,
    /// A law requires it.
    Law,
}

impl Emergency {
    /// All, in the order of the form; keys 1 to 4.
    pub const ALL: [Self; 4] = [Self::Life, Self::CannotAsk, Self::Agrees, Self::Law];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Life => "life",
            Self::CannotAsk => "cannot-ask",
            Self::Agrees => "agrees",
            Self::Law => "law",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Life => ("Life or limb is at risk", "La vie ou un membre est en danger"),
            Self::CannotAsk => (
                "The patient cannot be asked and care cannot wait",
                "Le patient ne peut pas répondre et les soins ne peuvent pas attendre",
            ),
            Self::Agrees => ("The patient agrees to this now", "Le patient y consent maintenant"),
            Self::Law => ("A law requires it", "Une loi l'exige"),
        };
        Words::new(en, fr)
    }
}

/// When a stated reason or broken glass ends.
#[must_use]
pub fn ends(broken: bool, now: Instant) -> Instant {
    #[cfg(feature = "defects")]
    if broken && defects::is(defects::Defect::GlassStaysBroken) {
        return Instant(i64::MAX);
    }
    now.plus_minutes(if broken { GLASS_MINUTES } else { REASON_MINUTES })
}

/// Whether a resource names a practitioner among its contained ones: by a number with its issuer, or by a number without
/// one that is theirs alone.
#[must_use]
pub fn names(resource: &Object, practitioner: &Practitioner, directory: &Directory) -> bool {
    let people = resource.objects("contained").into_iter();
    let people = people.filter(|part| part.text("resourceType") == Some("Practitioner"));
    people.flat_map(|part| part.objects("identifier")).any(|identifier| {
        let number = identifier.text("value").unwrap_or_default().trim();
        let issuer = identifier.text("system").and_then(authority_of).unwrap_or_default();
        !number.is_empty()
            && practitioner.numbers.iter().any(|own| own.value == number)
            && matches!(directory.by_number(&issuer, number), Resolved::One(found) if found.id == practitioner.id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h75_glass_lasts_an_hour_and_a_reason_a_session() {
        assert_eq!(ends(true, Instant(0)).seconds_since(Instant(0)), 3_600);
        assert_eq!(ends(false, Instant(0)).seconds_since(Instant(0)), 8 * 3_600);
    }

    #[test]
    fn codes_read_back() {
        assert!(Reason::ALL.iter().all(|reason| Reason::from_code(reason.code()) == Some(*reason)));
        assert!(Emergency::ALL.iter().all(|reason| Emergency::from_code(reason.code()) == Some(*reason)));
        assert_eq!(Reason::from_code("curious"), None);
    }

    #[test]
    fn a_practitioner_is_named_by_number_and_issuer() {
        let directory = Directory::from_toml(
            "[[practitioner]]\nid = \"p-a\"\nfamily = \"Hill\"\ngiven = \"Ana\"\nnumbers = [ { authority = \"NSHBILL\", value = \"4471\" } ]\n\n[[practitioner]]\nid = \"p-b\"\nfamily = \"Shore\"\ngiven = \"Ben\"\nnumbers = [ { authority = \"NSMD\", value = \"4471\" } ]\n",
        )
        .expect("a directory");
        let who = directory.practitioner("p-a").expect("somebody");
        let named = |part: &str, authority: &str| {
            let system = format!("urn:opor:authority:{authority}");
            let json = format!(
                r#"{{"contained":[{{"resourceType":"{part}","identifier":[{{"system":"{system}","value":"4471"}}]}}]}}"#
            );
            let Ok(fhir::Json::Object(object)) = fhir::json::parse(json.as_bytes()) else { panic!("{json}") };
            names(&object, who, &directory)
        };
        assert!(named("Practitioner", "NSHBILL"));
        assert!(!named("Practitioner", "NSMD"), "the same digits of another issuer are somebody else");
        assert!(!named("Organization", "NSHBILL"));
    }
}
