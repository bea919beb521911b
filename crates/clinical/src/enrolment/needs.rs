//! What must be on file before somebody has access, by sort of application: the decision table of S-026.

use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// By which way somebody works: in a hospital, in the community, or both (GUARANTEES S-026).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// In a hospital alone: by the manager and the IT self-service.
    Facility,
    /// In the community alone: by this application.
    #[default]
    Community,
    /// Both: one identity with two contexts, and everything that either asks.
    Both,
}

impl Sort {
    /// All.
    pub const ALL: [Self; 3] = [Self::Facility, Self::Community, Self::Both];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Facility => "facility",
            Self::Community => "community",
            Self::Both => "both",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Facility => ("In a hospital", "En établissement"),
            Self::Community => ("In the community", "Dans la communauté"),
            Self::Both => ("In a hospital and in the community", "En établissement et dans la communauté"),
        };
        Words::new(en, fr)
    }
    /// Works in a hospital.
    #[must_use]
    pub fn is_facility(self) -> bool {
        self != Self::Community
    }
    /// Works in the community.
    #[must_use]
    pub fn is_community(self) -> bool {
        self != Self::Facility
    }
}

/// One thing that must be on file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The e-mail address was proved by a round trip (S-036).
    Address,
    /// The regulator's register says that the licence stands today (S-037, L-18).
    Licence,
    /// Employment stands today, by the employer's own list (L-18).
    Employment,
    /// At least one workplace, each with two administrators (AC5).
    Workplaces,
    /// The confidentiality module, passed and not older than a year (S-039).
    Module,
    /// The privacy statement of Nova Scotia Health in force (S-032).
    PrivacyNsh,
    /// The privacy statement of the IWK in force (S-032).
    PrivacyIwk,
    /// The signed request for access (S-040).
    RequestForm,
    /// The signed confidentiality agreement (S-040, L-22).
    AgreementForm,
    /// A coordinator has verified who it is (S-044).
    Identity,
    /// The manager of each workplace or unit has said yes (S-029).
    Eligibility,
}

impl Need {
    /// All, in the order in which people meet them.
    pub const ALL: [Self; 11] = [
        Self::Address,
        Self::Licence,
        Self::Employment,
        Self::Workplaces,
        Self::Module,
        Self::PrivacyNsh,
        Self::PrivacyIwk,
        Self::RequestForm,
        Self::AgreementForm,
        Self::Identity,
        Self::Eligibility,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Licence => "licence",
            Self::Employment => "employment",
            Self::Workplaces => "workplaces",
            Self::Module => "module",
            Self::PrivacyNsh => "privacy-nsh",
            Self::PrivacyIwk => "privacy-iwk",
            Self::RequestForm => "request-form",
            Self::AgreementForm => "agreement-form",
            Self::Identity => "identity",
            Self::Eligibility => "eligibility",
        }
    }

    /// What to do when it is missing.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Address => (
                "Prove your e-mail address with the code we send to it.",
                "Confirmez votre adresse de courriel avec le code que nous y envoyons.",
            ),
            Self::Licence => (
                "The college's register must show your licence as active today. Check the number and the last name; if they are right, call your college.",
                "Le registre de l'ordre doit montrer votre permis comme actif aujourd'hui. Vérifiez le numéro et le nom de famille; s'ils sont exacts, appelez votre ordre.",
            ),
            Self::Employment => (
                "Your employer's list must show that you work there today. Ask your manager.",
                "La liste de votre employeur doit montrer que vous y travaillez aujourd'hui. Demandez à votre gestionnaire.",
            ),
            Self::Workplaces => (
                "Name where you work, and two people who look after access there.",
                "Indiquez où vous travaillez et deux personnes qui y gèrent les accès.",
            ),
            Self::Module => (
                "Do the six scenes on confidentiality; they count for a year.",
                "Faites les six mises en situation sur la confidentialité; elles valent un an.",
            ),
            Self::PrivacyNsh => (
                "Read the privacy statement of Nova Scotia Health and say that you have.",
                "Lisez l'énoncé de confidentialité de Santé Nouvelle-Écosse et dites que vous l'avez lu.",
            ),
            Self::PrivacyIwk => (
                "Read the privacy statement of the IWK and say that you have.",
                "Lisez l'énoncé de confidentialité de l'IWK et dites que vous l'avez lu.",
            ),
            Self::RequestForm => (
                "Sign the request for access, here or on paper.",
                "Signez la demande d'accès, ici ou sur papier.",
            ),
            Self::AgreementForm => (
                "Sign the confidentiality agreement, here or on paper.",
                "Signez l'entente de confidentialité, ici ou sur papier.",
            ),
            Self::Identity => (
                "A coordinator verifies who you are: by telephone, by video or in person.",
                "Un coordonnateur vérifie votre identité : par téléphone, par vidéo ou en personne.",
            ),
            Self::Eligibility => (
                "The manager of each workplace says yes by the link they were sent.",
                "Le gestionnaire de chaque lieu de travail accepte par le lien reçu.",
            ),
        };
        Words::new(en, fr)
    }
}

/// One line of the decision table: a need, and which sorts of application have it.
#[derive(Debug, Clone, Copy)]
pub struct NeedRow {
    /// The need.
    pub need: Need,
    /// Who works in a hospital alone has it.
    pub facility: bool,
    /// Who works in the community alone has it.
    pub community: bool,
    /// Where it comes from.
    pub source: &'static str,
}

const fn row(need: Need, facility: bool, community: bool, source: &'static str) -> NeedRow {
    NeedRow { need, facility, community, source }
}

/// The decision table. Who works in both has every need of either, once.
pub const NEEDS: &[NeedRow] = &[
    row(Need::Address, true, true, "S-036; a hospital's own address comes from its list"),
    row(Need::Licence, true, true, "S-037, L-18; who has no licence works under the employer's"),
    row(Need::Employment, true, false, "L-18, S-033"),
    row(Need::Workplaces, false, true, "AC5; a hospital has units and managers instead"),
    row(Need::Module, true, true, "S-039"),
    row(Need::PrivacyNsh, true, true, "S-032: all users"),
    row(Need::PrivacyIwk, true, true, "S-032: all users"),
    row(Need::RequestForm, true, true, "S-040; in a hospital the ticket and its signature are the request"),
    row(
        Need::AgreementForm,
        true,
        true,
        "S-040, L-22; in a hospital it may be on file since employment began",
    ),
    row(Need::Identity, true, true, "S-044; in a hospital by the employer's own badge"),
    row(Need::Eligibility, true, true, "S-029"),
];

/// The needs of a sort of application.
pub fn needs(sort: Sort) -> impl Iterator<Item = Need> {
    NEEDS
        .iter()
        .filter(move |row| sort.is_facility() && row.facility || sort.is_community() && row.community)
        .map(|row| row.need)
}

/// What is on file and holds today.
pub type Held = BTreeSet<Need>;

/// What a sort of application still lacks of `wanted`, in the order of the table.
#[must_use]
pub fn missing(sort: Sort, wanted: &[Need], held: &Held) -> Vec<Need> {
    needs(sort).filter(|need| wanted.contains(need) && !held.contains(need)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Each file: a line `sort: …`, a line `held: …`, and a line `missing: …`, needs by code or `all`.
    #[test]
    fn s026_the_decision_table_answers_its_cases() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/enrolment/needs");
        let mut cases = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let line = |name: &str| {
                let found = text.lines().find_map(|line| line.strip_prefix(name));
                found.unwrap_or_else(|| panic!("{path:?} says no {name}")).trim().to_owned()
            };
            let listed = |text: String| -> Vec<Need> {
                if text == "all" {
                    return Need::ALL.to_vec();
                }
                let codes = text.split_whitespace();
                codes.map(|code| Need::ALL.into_iter().find(|n| n.code() == code).expect(code)).collect()
            };
            let sort = Sort::from_code(&line("sort:")).unwrap();
            let held: Held = listed(line("held:")).into_iter().collect();
            assert_eq!(missing(sort, &Need::ALL, &held), listed(line("missing:")), "{path:?}");
            cases += 1;
        }
        assert!(cases >= 6, "{cases}");
    }

    #[test]
    fn s026_who_works_in_both_has_every_need_of_either_once() {
        let both: Vec<Need> = needs(Sort::Both).collect();
        assert_eq!(both.len(), both.iter().collect::<BTreeSet<_>>().len());
        for sort in [Sort::Facility, Sort::Community] {
            assert!(needs(sort).all(|need| both.contains(&need)));
        }
        assert_eq!(NEEDS.len(), Need::ALL.len());
        let codes: BTreeSet<&str> = Need::ALL.iter().map(|need| need.code()).collect();
        assert_eq!(codes.len(), Need::ALL.len());
    }
}
