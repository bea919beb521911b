//! Breach cases: what may be decided, and the letters and notices that follow (GUARANTEES L-06, L-07; PHIA s. 69, 70).

use crate::access::told::local_minute;
use crate::rendering::Language;
use fhir::Instant;
use paper::{Block, Cell, Column, Look, Paper, Size};

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The persons are notified.
    Notify,
    /// They are not; the Commissioner is told.
    NotNotify,
}

impl Decision {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::NotNotify => "not-notify",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Notify, Self::NotNotify].into_iter().find(|decision| decision.code() == code)
    }
}

/// One of two wordings.
pub(crate) fn say(language: Language, en: &str, fr: &str) -> String {
    match language {
        Language::English => en,
        Language::French => fr,
    }
    .to_owned()
}

/// What letters and notices tell of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub number: i64,
    /// First and last look.
    pub since: Instant,
    /// Last look.
    pub until: Instant,
    /// How many people's records were opened.
    pub people: usize,
    /// Why it was decided so.
    pub reason: String,
    /// Who decided, and when.
    pub decided: (String, Instant),
}

/// Somebody whose record was opened, for their letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// `Drumlin, Maren`.
    pub name: String,
    /// Birth date.
    pub born: String,
    /// Each time: when, and what was opened in plain words.
    pub looks: Vec<(Instant, String)>,
}

fn paper(language: Language, title: &str, now: Instant, blocks: Vec<Block>) -> Vec<u8> {
    let page = [say(language, "Page", "Page"), say(language, "of", "de")];
    let head = vec![title.to_owned()];
    Paper { size: Size::Letter, head, foot: local_minute(now), page, blocks, look: Look::Plain }.print().bytes
}

/// The notice to the Commissioner where the persons are not notified (PHIA s. 70): a draft that a person signs.
#[must_use]
pub fn commissioner_notice(told: &Told, language: Language, now: Instant) -> Vec<u8> {
    let say = |en: &str, fr: &str| say(language, en, fr);
    let title = say(
        "Notice to the Information and Privacy Commissioner",
        "Avis au commissaire à l’information et à la protection de la vie privée",
    );
    let blocks = vec![
        Block::Heading(title.clone()),
        Block::Paragraph(say(
            "Personal health information was accessed without authority. The custodian has decided not to notify the persons concerned and tells the Commissioner so, with the reason.",
            "Des renseignements personnels sur la santé ont été consultés sans autorisation. Le dépositaire a décidé de ne pas aviser les personnes concernées et en informe le commissaire, avec le motif.",
        )),
        Block::Facts(vec![
            (say("Case", "Cas"), told.number.to_string()),
            (say("From", "Du"), local_minute(told.since)),
            (say("To", "Au"), local_minute(told.until)),
            (say("Persons", "Personnes"), told.people.to_string()),
            (
                say("Decided by", "Décidé par"),
                format!("{}, {}", told.decided.0, local_minute(told.decided.1)),
            ),
        ]),
        Block::Heading(say("Why the persons are not notified", "Pourquoi les personnes ne sont pas avisées")),
        Block::Paragraph(told.reason.clone()),
        Block::Heading(say("Signature", "Signature")),
        Block::Paragraph("\u{a0}".to_owned()),
    ];
    paper(language, &title, now, blocks)
}

/// The letter to one person (PHIA s. 69): a draft that a person signs. It names no member of staff.
#[must_use]
pub fn letter(told: &Told, to: &Affected, language: Language, now: Instant) -> Vec<u8> {
    let say = |en: &str, fr: &str| say(language, en, fr);
    let title = say(
        "Your health record was opened without need",
        "Votre dossier de santé a été ouvert sans nécessité",
    );
    let rows = to.looks.iter().map(|(at, what)| vec![Cell::text(&local_minute(*at)), Cell::text(what)]);
    let blocks = vec![
        Block::Strong(format!("{}    {} {}", to.name, say("born", "naissance"), to.born)),
        Block::Heading(title.clone()),
        Block::Paragraph(say(
            "A member of staff opened your record without needing to for your care. We are sorry. This is what was opened:",
            "Un membre du personnel a ouvert votre dossier sans que vos soins l’exigent. Nous le regrettons. Voici ce qui a été ouvert :",
        )),
        Block::Table {
            columns: vec![
                Column { title: say("When", "Quand"), width: 30 },
                Column { title: say("What", "Quoi"), width: 70 },
            ],
            rows: rows.collect(),
        },
        Block::Paragraph(say(
            "You can ask the privacy desk for everything that is known about it, and for the list of everybody who looked at your record. You can complain to the Information and Privacy Commissioner.",
            "Vous pouvez demander au bureau de la vie privée tout ce que l’on en sait, et la liste de tous ceux qui ont consulté votre dossier. Vous pouvez vous plaindre au commissaire à l’information et à la protection de la vie privée.",
        )),
        Block::Facts(vec![(say("Case", "Cas"), told.number.to_string())]),
    ];
    paper(language, &title, now, blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l06_l07_letters_and_the_notice_say_what_happened_and_name_no_staff() {
        let told = Told {
            number: 7,
            since: Instant(0),
            until: Instant(60_000_000),
            people: 2,
            reason: "No harm is likely: the same nurse cared for them.".into(),
            decided: ("Hill, Ana".into(), Instant(0)),
        };
        let to = Affected {
            name: "Drumlin, Maren".into(),
            born: "1961-03-09".into(),
            looks: vec![(Instant(0), "read your chart".into())],
        };
        for language in [Language::English, Language::French] {
            let notice = paper::read::texts(&commissioner_notice(&told, language, Instant(0))).join(" ");
            assert!(notice.contains("No harm is likely"), "{notice}");
            let letter = paper::read::texts(&letter(&told, &to, language, Instant(0))).join(" ");
            assert!(letter.contains("Drumlin, Maren") && letter.contains("read your chart"), "{letter}");
            assert!(!letter.contains("Hill"), "{letter}");
        }
    }
}
