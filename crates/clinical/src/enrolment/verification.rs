//! How a coordinator verifies who somebody is, and whom they may not verify (GUARANTEES S-044).

use crate::identity::names::fold;
use crate::words::Words;

/// By which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// A call to the number in the regulator's register.
    CallBack,
    /// By video, with a document held beside the face.
    Video,
    /// In person, with a document.
    InPerson,
}

impl Method {
    /// All.
    pub const ALL: [Self; 3] = [Self::CallBack, Self::Video, Self::InPerson];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CallBack => "call-back",
            Self::Video => "video",
            Self::InPerson => "in-person",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::CallBack => ("Called at the register's number", "Appel au numéro du registre"),
            Self::Video => ("By video, with a document", "Par vidéo, avec une pièce d'identité"),
            Self::InPerson => ("In person, with a document", "En personne, avec une pièce d'identité"),
        };
        Words::new(en, fr)
    }
}

/// Why a verification cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSo {
    /// The coordinator is the applicant.
    #[error("nobody verifies themselves")]
    Oneself,
    /// The same family name.
    #[error("nobody verifies their own family")]
    Family,
    /// Whoever refused it does not decide about the appeal.
    #[error("an appeal is looked at by somebody else")]
    RefusedIt,
    /// What was seen is not written down.
    #[error("say what was seen")]
    NoEvidence,
    /// The register has no number to call.
    #[error("the register has no number to call")]
    NoNumber,
}

impl NotSo {
    /// For people, with what to do next.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Oneself => (
                "This is your own application. A colleague at the desk verifies it.",
                "Cette demande est la vôtre. Un collègue du bureau la vérifie.",
            ),
            Self::Family => (
                "You have the family name of this applicant. A colleague without a tie to them verifies it.",
                "Vous portez le nom de famille de cette personne. Un collègue sans lien avec elle la vérifie.",
            ),
            Self::RefusedIt => (
                "You refused this application. Somebody else looks at the appeal.",
                "Vous avez refusé cette demande. Quelqu'un d'autre examine l'appel.",
            ),
            Self::NoEvidence => (
                "Say what you saw: the sort of document and its last three signs, or who answered the call.",
                "Dites ce que vous avez vu : la sorte de pièce et ses trois derniers signes, ou qui a répondu.",
            ),
            Self::NoNumber => (
                "The regulator's register has no telephone number for this licence, and a number from a form is never called. Verify by video or in person.",
                "Le registre de l'ordre n'a pas de numéro pour ce permis, et un numéro tiré d'un formulaire n'est jamais appelé. Vérifiez par vidéo ou en personne.",
            ),
        };
        Words::new(en, fr)
    }
}

/// Who verifies, and whom.
#[derive(Debug, Clone, Copy)]
pub struct Verifying<'f> {
    /// User id of the coordinator.
    pub by: &'f str,
    /// Their name: `Heron, Pia`.
    pub by_name: &'f str,
    /// Account that the application led to, or extends; empty when there is none.
    pub account: &'f str,
    /// Name of the applicant: `Kestrel, Bram`.
    pub applicant: &'f str,
    /// Who refused it before; empty when nobody did.
    pub refused_by: &'f str,
    /// By which way.
    pub method: Method,
    /// What was seen.
    pub evidence: &'f str,
    /// Number in the regulator's register.
    pub call_back: &'f str,
}

fn family(name: &str) -> String {
    fold(name.split(',').next().unwrap_or_default())
}

/// Whether somebody may decide about an application at all: not their own, not their family's, not on appeal from themselves.
///
/// # Errors
/// [`NotSo`].
pub fn may_decide(by: &Verifying<'_>) -> Result<(), NotSo> {
    let same_name = !by.by_name.is_empty() && fold(by.by_name) == fold(by.applicant);
    if by.by == by.account && !by.by.is_empty() || same_name {
        return Err(NotSo::Oneself);
    }
    if !family(by.by_name).is_empty() && family(by.by_name) == family(by.applicant) {
        return Err(NotSo::Family);
    }
    if !by.refused_by.is_empty() && by.refused_by == by.by {
        return Err(NotSo::RefusedIt);
    }
    Ok(())
}

/// Whether a verification can be taken.
///
/// # Errors
/// [`NotSo`].
pub fn may_verify(by: &Verifying<'_>) -> Result<(), NotSo> {
    may_decide(by)?;
    if by.method == Method::CallBack && by.call_back.trim().is_empty() {
        return Err(NotSo::NoNumber);
    }
    if by.evidence.trim().is_empty() {
        return Err(NotSo::NoEvidence);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Verifying<'static> {
        Verifying {
            by: "heron",
            by_name: "Heron, Pia",
            account: "",
            applicant: "Kestrel, Bram",
            refused_by: "",
            method: Method::CallBack,
            evidence: "Bram Kestrel answered",
            call_back: "902 555 0133",
        }
    }

    #[test]
    fn s044_nobody_verifies_themselves_their_family_or_their_own_refusal() {
        assert_eq!(may_verify(&usual()), Ok(()));
        let cases = [
            (Verifying { account: "heron", ..usual() }, NotSo::Oneself),
            (Verifying { applicant: "HERON, Pia", ..usual() }, NotSo::Oneself),
            (Verifying { applicant: "Héron, Marc", ..usual() }, NotSo::Family),
            (Verifying { refused_by: "heron", ..usual() }, NotSo::RefusedIt),
            (Verifying { evidence: "  ", ..usual() }, NotSo::NoEvidence),
            (Verifying { call_back: "", ..usual() }, NotSo::NoNumber),
        ];
        for (by, wanted) in cases {
            assert_eq!(may_verify(&by), Err(wanted));
            assert!(!wanted.words().fr.is_empty());
        }
        let video = Verifying { call_back: "", method: Method::Video, ..usual() };
        assert_eq!(may_verify(&video), Ok(()), "no call, no number");
    }
}
