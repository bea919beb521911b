//! The texts that somebody reads and signs before they see anything: two privacy statements, and the two forms as they
//! stand in the page (GUARANTEES S-032, S-040). A changed text has a new version, and is asked again.

use super::facts::InForce;
use super::scenes;
use crate::words::Words;

/// A privacy statement.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Stable code.
    pub code: &'static str,
    /// Version of the text: the day it was agreed, and a number on that day.
    pub version: &'static str,
    /// English title.
    pub title_en: &'static str,
    /// French title.
    pub title_fr: &'static str,
    /// English paragraphs.
    pub en: &'static [&'static str],
    /// French paragraphs.
    pub fr: &'static [&'static str],
}

/// The two statements of S-032.
pub const STATEMENTS: &[Statement] = &[
    Statement {
        code: "nsh",
        version: "2026-11-23.1",
        title_en: "Privacy statement of Nova Scotia Health",
        title_fr: "Énoncé de confidentialité de Santé Nouvelle-Écosse",
        en: &[
            "The record holds what hospitals and laboratories of the province know about people. You open it to care for somebody who is in your care, and for nothing else.",
            "Every look is written down with your name, the time and the reason, and the person can ask for that list.",
            "Your own record, your family's, a colleague's or a neighbour's is not yours to open, even when they ask you to.",
        ],
        fr: &[
            "Le dossier contient ce que les hôpitaux et les laboratoires de la province savent des gens. Vous l'ouvrez pour soigner une personne qui vous est confiée, et pour rien d'autre.",
            "Chaque consultation est consignée avec votre nom, l'heure et le motif, et la personne peut demander cette liste.",
            "Votre propre dossier, celui de votre famille, d'un collègue ou d'un voisin ne vous est pas ouvert, même s'ils vous le demandent.",
        ],
    },
    Statement {
        code: "iwk",
        version: "2026-11-23.1",
        title_en: "Privacy statement of the IWK",
        title_fr: "Énoncé de confidentialité de l'IWK",
        en: &[
            "The IWK cares for children, young people and pregnant people. What it shares here is shared for their care alone.",
            "Young people may have asked that something is not shown, also to a parent. You do not pass on what you read here without asking them.",
            "If you see something that you should not have seen, say so at once to the privacy desk; nobody is blamed for saying it.",
        ],
        fr: &[
            "L'IWK soigne les enfants, les jeunes et les personnes enceintes. Ce qu'il partage ici ne l'est que pour leurs soins.",
            "Des jeunes ont pu demander que quelque chose ne soit pas montré, même à un parent. Vous ne transmettez pas ce que vous lisez ici sans leur demander.",
            "Si vous voyez quelque chose que vous n'auriez pas dû voir, dites-le tout de suite au bureau de la vie privée; personne n'est blâmé de l'avoir dit.",
        ],
    },
];

/// A form as it is signed in the page.
#[derive(Debug, Clone, Copy)]
pub struct SignedText {
    /// Stable code: `request`, `agreement`.
    pub code: &'static str,
    /// Version of the text.
    pub version: &'static str,
    /// English title.
    pub title_en: &'static str,
    /// French title.
    pub title_fr: &'static str,
    /// English paragraphs.
    pub en: &'static [&'static str],
    /// French paragraphs.
    pub fr: &'static [&'static str],
}

/// The two forms of S-040.
pub const SIGNED_TEXTS: &[SignedText] = &[
    SignedText {
        code: "request",
        version: "2026-11-23.1",
        title_en: "Request for access",
        title_fr: "Demande d'accès",
        en: &[
            "I ask for access to the provincial record for the workplaces that I have named, in the profession in which I hold a licence.",
            "What I have written in this application is true. I say so when a licence, a workplace or my name changes.",
        ],
        fr: &[
            "Je demande l'accès au dossier provincial pour les lieux de travail que j'ai nommés, dans la profession pour laquelle je détiens un permis.",
            "Ce que j'ai écrit dans cette demande est vrai. Je signale tout changement de permis, de lieu de travail ou de nom.",
        ],
    },
    SignedText {
        code: "agreement",
        version: "2026-11-23.1",
        title_en: "Confidentiality agreement",
        title_fr: "Entente de confidentialité",
        en: &[
            "I open records only of people in my care, and only as much as their care needs.",
            "I sign in as myself, and nobody else uses my sign-in. I lock or leave the screen when I step away.",
            "I do not keep, copy or pass on what I read except for that person's care. This holds after my access has ended.",
            "I know that every look is written down and examined, and that access ends when this agreement is broken.",
        ],
        fr: &[
            "J'ouvre uniquement les dossiers des personnes que je soigne, et seulement dans la mesure où leurs soins l'exigent.",
            "Je me connecte en mon nom, et personne d'autre n'utilise ma connexion. Je verrouille ou quitte l'écran quand je m'éloigne.",
            "Je ne garde, ne copie ni ne transmets ce que je lis, sauf pour les soins de cette personne. Cela vaut après la fin de mon accès.",
            "Je sais que chaque consultation est consignée et examinée, et que l'accès prend fin quand cette entente n'est pas respectée.",
        ],
    },
];

/// A statement by its code.
#[must_use]
pub fn statement(code: &str) -> Option<&'static Statement> {
    STATEMENTS.iter().find(|statement| statement.code == code)
}

/// A form by its code.
#[must_use]
pub fn signed_text(code: &str) -> Option<&'static SignedText> {
    SIGNED_TEXTS.iter().find(|text| text.code == code)
}

impl Statement {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> Words {
        Words::new(self.title_en, self.title_fr)
    }
}

impl SignedText {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> Words {
        Words::new(self.title_en, self.title_fr)
    }
    /// The text as one, in a language: what is hashed when it is signed.
    #[must_use]
    pub fn text(&self, french: bool) -> String {
        let (title, lines) = if french { (self.title_fr, self.fr) } else { (self.title_en, self.en) };
        format!("{title}\n{}\n{}", self.version, lines.join("\n"))
    }
}

/// The versions in force today.
#[must_use]
pub fn in_force() -> InForce {
    let version = |code: &str| statement(code).map(|held| held.version).unwrap_or_default().to_owned();
    InForce { module: scenes::VERSION.to_owned(), privacy_nsh: version("nsh"), privacy_iwk: version("iwk") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::{Acknowledged, Facts};
    use fhir::Instant;

    #[test]
    fn s032_both_statements_are_asked_until_the_version_in_force_was_read() {
        let unread = |facts: &Facts| -> Vec<&Statement> {
            STATEMENTS.iter().filter(|held| !facts.has_read(held.code, held.version)).collect()
        };
        let mut facts = Facts::default();
        assert_eq!(unread(&facts).len(), 2);
        for statement in STATEMENTS {
            facts.privacy.push(Acknowledged {
                statement: statement.code.into(),
                version: "2020-01-01.1".into(),
                at: Instant(0),
            });
        }
        assert_eq!(unread(&facts).len(), 2, "a former version does not count");
        facts.privacy.push(Acknowledged {
            statement: "nsh".into(),
            version: statement("nsh").unwrap().version.into(),
            at: Instant(0),
        });
        assert_eq!(unread(&facts).iter().map(|held| held.code).collect::<Vec<_>>(), ["iwk"]);
    }

    #[test]
    fn s040_every_text_stands_in_both_languages() {
        for text in SIGNED_TEXTS {
            assert_eq!(text.en.len(), text.fr.len());
            assert_ne!(text.text(false), text.text(true));
        }
        assert!(STATEMENTS.iter().all(|held| held.en.len() == held.fr.len()));
    }
}
