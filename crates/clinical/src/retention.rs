//! The retention and destruction schedule (GUARANTEES L-11): what is kept how long, why, and what becomes of it then. A table;
//! nothing is destroyed that a row does not name, and nothing without a person's approval.

use crate::breach::say;
use crate::rendering::Language;
use crate::words::Words;
use fhir::Instant;
use paper::{Block, Look, Paper, Size};

/// What becomes of a class at the end of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Its personal content and its key are destroyed; what stays proves that it was there.
    DestroyContent,
    /// It is kept for as long as the record is.
    Keep,
}

/// One row of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable code.
    pub class: &'static str,
    /// What it is, English and French.
    pub name: (&'static str, &'static str),
    /// How long in years; 0 where it is kept.
    pub years: u16,
    /// From when the years are counted, English and French.
    pub from: (&'static str, &'static str),
    /// Why so long.
    pub basis: (&'static str, &'static str),
    /// What then.
    pub action: Action,
}

/// The schedule. A custodian that sets other periods changes a row here; each certificate names the years it went by.
pub const SCHEDULE: &[Rule] = &[
    Rule {
        class: "activity",
        name: (
            "Who looked and acted: the personal content of the activity log",
            "Qui a regardé et agi : le contenu personnel du journal d’activité",
        ),
        years: 10,
        from: ("the look or act", "la consultation ou l’acte"),
        basis: (
            "PHIA s. 50 asks for a written schedule; ten years are ours until the custodian sets a period",
            "La PHIA, art. 50, exige un calendrier écrit; dix ans sont de nous jusqu’à ce que le dépositaire fixe une durée",
        ),
        action: Action::DestroyContent,
    },
    Rule {
        class: "tip",
        name: (
            "Tips that were answered: the text, the answer, the steps",
            "Signalements auxquels on a répondu : texte, réponse, étapes",
        ),
        years: 2,
        from: ("the day the tip came", "le jour du signalement"),
        basis: (
            "Ours: as long as somebody may still ask what became of it",
            "De nous : tant que quelqu’un peut demander ce qu’il en est advenu",
        ),
        action: Action::DestroyContent,
    },
    Rule {
        class: "breach",
        name: (
            "Breach cases that were closed: what happened, whom it is about, the steps",
            "Cas d’atteinte clos : ce qui s’est passé, qui est concerné, les étapes",
        ),
        years: 10,
        from: ("the day the case was closed", "le jour de la clôture du cas"),
        basis: (
            "Ours: as long as the looks that they are about",
            "De nous : aussi longtemps que les consultations en cause",
        ),
        action: Action::DestroyContent,
    },
    Rule {
        class: "flag",
        name: (
            "Flags that were decided: whose looks, at whom, the reasons, the steps",
            "Signaux tranchés : qui a consulté, qui était concerné, les motifs, les étapes",
        ),
        years: 10,
        from: ("the day the flag was decided", "le jour de la décision"),
        basis: (
            "Ours: as long as the looks in the log that they are about (PHIA s. 50 asks for a written schedule)",
            "De nous : aussi longtemps que les consultations du journal en cause (la PHIA, art. 50, exige un calendrier écrit)",
        ),
        action: Action::DestroyContent,
    },
    Rule {
        class: "privacy-desk",
        name: (
            "What is remembered of each user’s looks, as figures for comparison",
            "Ce qui est retenu des consultations de chaque utilisateur, en chiffres de comparaison",
        ),
        years: 0,
        from: ("", ""),
        basis: (
            "Kept while the user has access; figures grow old by themselves over 104 weeks",
            "Conservé tant que l’utilisateur a accès; les chiffres vieillissent d’eux-mêmes sur 104 semaines",
        ),
        action: Action::Keep,
    },
    Rule {
        class: "record",
        name: (
            "The health record: messages, resources, versions, links",
            "Le dossier de santé : messages, ressources, versions, liens",
        ),
        years: 0,
        from: ("", ""),
        basis: (
            "Never removed by use; the custodians’ own schedules hold at their sources",
            "Jamais retiré par l’usage; les calendriers des dépositaires valent à leurs sources",
        ),
        action: Action::Keep,
    },
];

/// The row of a class.
#[must_use]
pub fn rule(class: &str) -> Option<&'static Rule> {
    SCHEDULE.iter().find(|rule| rule.class == class)
}

/// Days of a year, so that no leap day makes anything due early.
const DAYS_OF_A_YEAR: i64 = 366;

impl Rule {
    /// What happened before then is due; `None` where it is kept.
    #[must_use]
    pub fn due_before(&self, now: Instant) -> Option<Instant> {
        match self.action {
            Action::Keep => None,
            Action::DestroyContent => {
                Some(now.plus_minutes(-i64::from(self.years) * DAYS_OF_A_YEAR * 24 * 60))
            }
        }
    }
    /// Its name in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::new(self.name.0, self.name.1)
    }
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Class.
    pub rule: &'static Rule,
    /// Everything before then.
    pub before: Instant,
    /// How many items.
    pub count: u64,
    /// Who approved, and when.
    pub approved: (String, Instant),
    /// When the last was destroyed.
    pub done: Instant,
    /// Number of the obligation, for asking.
    pub number: String,
}

/// The certificate as printed pages.
#[must_use]
pub fn certificate(of: &Destroyed, language: Language) -> Vec<u8> {
    let say = |en: &str, fr: &str| say(language, en, fr);
    let minute = crate::access::told::local_minute;
    let rule = of.rule;
    let paper = Paper {
        size: Size::Letter,
        head: vec![say("Certificate of destruction", "Certificat de destruction")],
        foot: minute(of.done),
        page: [say("Page", "Page"), say("of", "de")],
        blocks: vec![
            Block::Heading(say("Certificate of destruction", "Certificat de destruction")),
            Block::Facts(vec![
                (say("What", "Quoi"), say(rule.name.0, rule.name.1)),
                (
                    say("Rule", "Règle"),
                    say(
                        &format!("{} years after {}", rule.years, rule.from.0),
                        &format!("{} ans après {}", rule.years, rule.from.1),
                    ),
                ),
                (say("Why so long", "Pourquoi cette durée"), say(rule.basis.0, rule.basis.1)),
                (
                    say("Period", "Période"),
                    say(
                        &format!("everything before {}", minute(of.before)),
                        &format!("tout ce qui précède le {}", minute(of.before)),
                    ),
                ),
                (say("How many", "Combien"), of.count.to_string()),
                (say("Approved by", "Approuvé par"), format!("{}, {}", of.approved.0, minute(of.approved.1))),
                (say("Destroyed", "Détruit"), minute(of.done)),
                (say("Number", "Numéro"), of.number.clone()),
            ]),
            Block::Paragraph(say(
                "The content was overwritten and its key destroyed. What proves that it was there, and that nothing else was taken out, stays in the activity log and verifies.",
                "Le contenu a été écrasé et sa clé détruite. Ce qui prouve qu’il existait, et que rien d’autre n’a été retiré, reste dans le journal d’activité et se vérifie.",
            )),
            Block::Paragraph(say(
                "Copies in backups made before then end when those backups end; one that is restored is destroyed anew.",
                "Les copies dans les sauvegardes antérieures prennent fin avec elles; une sauvegarde restaurée est détruite à nouveau.",
            )),
        ],
        look: Look::Plain,
    };
    paper.print().bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l11_every_class_has_a_period_and_a_basis_or_is_kept() {
        for rule in SCHEDULE {
            assert!(!rule.basis.0.is_empty() && !rule.basis.1.is_empty(), "{}", rule.class);
            assert_eq!(rule.action == Action::Keep, rule.years == 0, "{}", rule.class);
            assert_eq!(rule.due_before(Instant(0)).is_none(), rule.action == Action::Keep);
        }
        let of = Destroyed {
            rule: &SCHEDULE[0],
            before: Instant(0),
            count: 17,
            approved: ("Hill, Ana".into(), Instant(0)),
            done: Instant(60_000_000),
            number: "42".into(),
        };
        let text = paper::read::texts(&certificate(&of, Language::English)).join(" ");
        assert!(text.contains("17") && text.contains("Hill, Ana"), "{text}");
    }
}
