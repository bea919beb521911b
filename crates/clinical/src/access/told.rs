//! What a person is told of who looked at their record: plain words for each audit verb, purpose and outcome, and the pages
//! of their report (GUARANTEES L-02, L-03: readable without codes).

use super::{DataClass, Purpose};
use crate::cover::local;
use crate::rendering::Language;
use crate::words::Words;
use fhir::Instant;
use paper::{Block, Cell, Column, Paper, Size};

/// Somebody looked or did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookLine {
    /// When.
    pub at: Instant,
    /// Who, as patients see staff: `Family doctor, Aoife C.`
    pub who: Words,
    /// What they did.
    pub what: Words,
    /// What for.
    pub why: Words,
}

/// What became of one result on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultLine {
    /// Since when it was owed.
    pub at: Instant,
    /// What sort of result.
    pub class: DataClass,
    /// To whom, as patients see staff.
    pub to: Words,
    /// What became of it.
    pub became: Words,
    /// When it ended.
    pub when: Option<Instant>,
    /// Somebody still owes it.
    pub open: bool,
}

/// Whose report it is; stands on every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// `Drumlin, Maren`
    pub name: String,
    /// `YYYY-MM-DD`
    pub born: String,
    /// Numbers with their issuers.
    pub numbers: Vec<String>,
}

/// Plain words of audit verbs. A test holds that every verb about a patient stands here.
const VERBS: &[(&str, &str, &str)] = &[
    ("find-patient", "found you in a search", "vous a trouvé dans une recherche"),
    ("read-chart", "read your chart", "a lu votre dossier"),
    ("read-results", "read results or reports", "a lu des résultats ou des rapports"),
    ("read-medications", "read your medications", "a lu vos médicaments"),
    ("read-receipts", "looked who has a result", "a regardé qui a un résultat"),
    ("handle-result", "took note of a result", "a pris acte d'un résultat"),
    ("read-message", "looked at how a message was filed", "a regardé comment un message a été classé"),
    (
        "read-delivery-desk",
        "saw that a result of yours is on its way",
        "a vu qu'un résultat vous concernant est en chemin",
    ),
    ("handle-delivery", "saw to the delivery of a result", "s'est occupé de la remise d'un résultat"),
    (
        "answer-page",
        "took over a critical result of yours",
        "a pris en charge un résultat critique vous concernant",
    ),
    ("replay", "had a message filed again", "a fait classer un message de nouveau"),
    ("manage-feeds", "corrected what a sender had sent", "a corrigé ce qu'un expéditeur avait envoyé"),
    (
        "read-unmatched",
        "looked at a result that a clinic could not place",
        "a vu un résultat qu'une clinique n'a pu classer",
    ),
    (
        "handle-unmatched",
        "answered for a result that a clinic could not place",
        "a répondu d'un résultat qu'une clinique n'a pu classer",
    ),
    (
        "read-primaries",
        "looked who stands as your primary care provider",
        "a regardé qui figure comme votre fournisseur de soins primaires",
    ),
    (
        "propose-primary",
        "said that a provider is not your primary care provider",
        "a dit qu'un fournisseur n'est pas votre fournisseur de soins primaires",
    ),
    (
        "withdraw-primary",
        "settled who your primary care provider is",
        "a établi qui est votre fournisseur de soins primaires",
    ),
    ("resend-own", "had a practice sent a result again", "a fait renvoyer un résultat à un cabinet"),
    ("trace-item", "traced where a result is", "a cherché où est un résultat"),
    ("open-case", "asked about a missing item", "s'est informé d'un élément manquant"),
    ("read-cases", "read a question to support", "a lu une question au soutien"),
    ("handle-case", "answered a question to support", "a répondu à une question au soutien"),
    ("load-backlog", "loaded results that had been lost", "a chargé des résultats qui étaient perdus"),
    ("read-identity-review", "compared who is who", "a comparé qui est qui"),
    ("handle-identity", "decided who is who", "a décidé qui est qui"),
    ("search-to-register", "looked whether you are registered", "a vérifié si vous êtes inscrit"),
    ("register-patient", "registered you", "vous a inscrit"),
    ("read-directory", "tried a change of the provider directory", "a essayé un changement du répertoire"),
    (
        "read-mappings",
        "looked at how a sender's messages are read",
        "a vu comment les messages d'un expéditeur sont lus",
    ),
    (
        "sign-mapping",
        "corrected how a sender's messages had been read",
        "a corrigé la lecture des messages d'un expéditeur",
    ),
    ("keep-own-details", "looked at their own entry in the directory", "a vu sa propre fiche au répertoire"),
    ("collect-reports", "a clinic's system fetched a report", "le système d'une clinique a pris un rapport"),
    ("read-fhir", "a program read your record", "un programme a lu votre dossier"),
    ("write-fhir", "a program wrote in your record", "un programme a écrit dans votre dossier"),
    (
        "bulk-export",
        "a program fetched your record with many others",
        "un programme a pris votre dossier avec bien d’autres",
    ),
    ("load-fhir", "loaded data about you", "a chargé des données sur vous"),
    ("file-message", "filed a message", "a classé un message"),
    (
        "make-pack",
        "put your record into the copy that a ward or practice keeps for an outage",
        "a mis votre dossier dans la copie qu'une unité ou un cabinet garde en cas de panne",
    ),
    (
        "use-apps",
        "let an app of another maker open your record",
        "a laissé l'application d'un autre fournisseur ouvrir votre dossier",
    ),
    ("state-reason", "said why they open your record", "a dit pourquoi on ouvre votre dossier"),
    ("break-glass", "opened what you asked to withhold", "a ouvert ce que vous avez demandé de retenir"),
    ("read-consent", "read what you do not want shown", "a lu ce que vous ne voulez pas montrer"),
    ("manage-consent", "recorded what you do not want shown", "a noté ce que vous ne voulez pas montrer"),
    ("review-access", "reviewed who looked", "a révisé qui a regardé"),
    ("report-to-patient", "made this report for you", "a fait ce rapport pour vous"),
    (
        "keep-panel",
        "saw you among their patients, or changed that",
        "vous a vu parmi ses patients, ou l'a changé",
    ),
    (
        "review-activity",
        "looked whether a look at you was needed",
        "a vérifié si une consultation de votre dossier était nécessaire",
    ),
    ("handle-breach", "dealt with a breach that concerns you", "a traité une atteinte qui vous concerne"),
    ("handle-correction", "dealt with your request to correct", "a traité votre demande de correction"),
];

/// An audit verb in plain words. One that a later version added, or a refusal, is said too: nothing is left out.
#[must_use]
pub fn verb_words(verb: &str) -> Words {
    if let Some((_, en, fr)) = VERBS.iter().find(|(known, _, _)| *known == verb) {
        return Words::new(*en, *fr);
    }
    if verb.starts_with("refused-") {
        return Words::new("was refused", "a été refusé");
    }
    Words::new("worked with your record", "a travaillé avec votre dossier")
}

/// A purpose in plain words.
#[must_use]
pub fn purpose_words(code: &str) -> Words {
    let (en, fr) = match Purpose::from_code(code) {
        Some(Purpose::Treatment) => ("to care for you", "pour vous soigner"),
        Some(Purpose::EmergencyTreatment) => ("in an emergency", "dans une urgence"),
        Some(Purpose::CareManagement) => ("to plan your care", "pour planifier vos soins"),
        Some(Purpose::Operations) => ("to keep the record right", "pour tenir le dossier à jour"),
        Some(Purpose::Payment) => ("for payment", "pour le paiement"),
        Some(Purpose::Research) => ("for research", "pour la recherche"),
        Some(Purpose::PublicHealth) => ("for public health", "pour la santé publique"),
        Some(Purpose::PatientRequest) => ("because you asked", "parce que vous l'avez demandé"),
        Some(Purpose::SystemAdministration) => ("to run the system", "pour faire fonctionner le système"),
        Some(Purpose::Test) => ("for a test", "pour un essai"),
        None => {
            ("for a purpose that this version does not know", "pour un but que cette version ne connaît pas")
        }
    };
    Words::new(en, fr)
}

/// What became of a result that was sent to somebody, or that somebody had to open.
#[must_use]
pub fn became_words(to_open: bool, outcome: Option<&str>) -> Words {
    let (en, fr) = match (outcome, to_open) {
        (None, true) => ("not opened yet; somebody is responsible", "pas encore ouvert; quelqu'un en répond"),
        (None, false) => ("on its way; somebody is responsible", "en chemin; quelqu'un en répond"),
        (Some("acknowledged"), _) => ("arrived", "arrivé"),
        (Some("another-way"), _) => ("arrived by another way", "arrivé par une autre voie"),
        (Some("opened"), _) => ("opened and taken note of", "ouvert et pris en note"),
        (Some("read-back"), _) => ("told by telephone and read back", "dit au téléphone et relu"),
        (Some("handed-over"), _) => ("handed over to a colleague", "remis à un collègue"),
        (Some("recalled"), _) => ("replaced by a newer one", "remplacé par un plus récent"),
        (Some(_), _) => ("ended with a reason on file", "terminé, avec un motif au dossier"),
    };
    Words::new(en, fr)
}

/// `2026-11-22 14:05`, Atlantic time.
#[must_use]
pub fn local_minute(at: Instant) -> String {
    local(at).map(|time| time.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// The report as pages (PDF): both lists whole, times in Atlantic time.
#[must_use]
pub fn pages(
    whose: &Whose,
    looks: &[LookLine],
    by_machine: usize,
    results: &[ResultLine],
    cut: bool,
    language: Language,
    now: Instant,
) -> Vec<u8> {
    let say = |en: &str, fr: &str| if language == Language::French { fr.to_owned() } else { en.to_owned() };
    let of = |words: &Words| if language == Language::French { words.fr.clone() } else { words.en.clone() };
    let column = |en: &str, fr: &str, width: u16| Column { title: say(en, fr), width };
    let mut blocks = vec![
        Block::Heading(say("Who looked at your record", "Qui a regardé votre dossier")),
        Block::Paragraph(say(
            "Every line is one time that a person or a program saw or changed something of yours. Staff are named by their role, first name and the first letter of their last name; ask the privacy desk if you need to know more.",
            "Chaque ligne est une fois où une personne ou un programme a vu ou changé quelque chose de vous. Le personnel est nommé par son rôle, son prénom et la première lettre de son nom; demandez au bureau de la vie privée pour en savoir plus.",
        )),
    ];
    if looks.is_empty() {
        blocks.push(Block::Paragraph(say("Nobody did.", "Personne.")));
    } else {
        blocks.push(Block::Table {
            columns: vec![
                column("When", "Quand", 20),
                column("Who", "Qui", 28),
                column("What", "Quoi", 32),
                column("Why", "Pourquoi", 20),
            ],
            rows: looks
                .iter()
                .map(|line| {
                    vec![
                        Cell::text(&local_minute(line.at)),
                        Cell::text(&of(&line.who)),
                        Cell::text(&of(&line.what)),
                        Cell::text(&of(&line.why)),
                    ]
                })
                .collect(),
        });
    }
    blocks.push(Block::Paragraph(say(
        &format!("The record itself filed, checked or delivered something of yours {by_machine} times."),
        &format!("Le dossier lui-même a classé, vérifié ou remis quelque chose de vous {by_machine} fois."),
    )));
    if cut {
        blocks.push(Block::Strong(say(
            "There is more than fits in this report. Ask for the rest.",
            "Il y en a plus que ce rapport ne peut contenir. Demandez le reste.",
        )));
    }
    blocks.push(Block::Heading(say("What became of your results", "Ce que sont devenus vos résultats")));
    if results.is_empty() {
        blocks.push(Block::Paragraph(say("None are on file.", "Aucun n'est au dossier.")));
    } else {
        blocks.push(Block::Table {
            columns: vec![
                column("Since", "Depuis", 20),
                column("What", "Quoi", 22),
                column("To whom", "À qui", 30),
                column("What became of it", "Ce qu'il en est", 28),
            ],
            rows: results
                .iter()
                .map(|line| {
                    let became = match line.when {
                        Some(when) => format!("{}, {}", of(&line.became), local_minute(when)),
                        None => of(&line.became),
                    };
                    vec![
                        Cell::text(&local_minute(line.at)),
                        Cell::text(&of(&line.class.words())),
                        Cell::text(&of(&line.to)),
                        Cell::text(&became),
                    ]
                })
                .collect(),
        });
    }
    let paper = Paper {
        size: Size::Letter,
        head: vec![
            format!("{}    {} {}", whose.name, say("born", "naissance"), whose.born),
            whose.numbers.join("    "),
        ],
        foot: local_minute(now),
        page: [say("Page", "Page"), say("of", "de")],
        blocks,
        look: paper::Look::Plain,
    };
    paper.print().bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::GRANTS;

    #[test]
    fn l03_every_verb_about_a_patient_has_plain_words() {
        for grant in GRANTS.iter().filter(|grant| grant.about_patient) {
            assert!(
                VERBS.iter().any(|(verb, en, fr)| *verb == grant.verb && !en.is_empty() && !fr.is_empty()),
                "{} has no plain words",
                grant.verb
            );
        }
        assert_eq!(verb_words("refused-read-chart").en, "was refused");
        assert!(
            Purpose::ALL.iter().all(|purpose| !purpose_words(purpose.code()).en.contains("does not know"))
        );
    }

    #[test]
    fn l02_each_look_is_a_line_of_the_pages() {
        let whose = Whose {
            name: "Drumlin, Maren".into(),
            born: "1961-03-09".into(),
            numbers: vec!["1 (NS)".into()],
        };
        let looks: Vec<LookLine> = (0..60)
            .map(|n| LookLine {
                at: Instant(n * 60_000_000),
                who: Words::new(format!("Family doctor, Ana H{n}."), "Médecin"),
                what: verb_words("read-results"),
                why: purpose_words("TREAT"),
            })
            .collect();
        let pdf = pages(&whose, &looks, 3, &[], false, Language::English, Instant(0));
        let text = paper::read::texts(&pdf).join("\n");
        for line in &looks {
            assert!(
                text.contains(&line.who.en)
                    || text.contains(line.who.en.trim_start_matches("Family doctor, ")),
                "{}",
                line.who.en
            );
        }
        assert!(text.contains("Drumlin, Maren") && text.contains("3 times"), "{text}");
        let french = pages(&whose, &[], 0, &[], true, Language::French, Instant(0));
        assert!(paper::read::texts(&french).join(" ").contains("Personne"));
    }
}
