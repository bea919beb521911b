//! Forms on paper for registrations while the record is down (HAZARDS H67): each has a number of its own, by which it is
//! entered once and no more.

use crate::rendering::Language;
use paper::{Block, Look, Paper, Size};

/// Letters of a number: none that look alike, and a prime number of them, so that the check letter finds every wrong letter
/// and every two that changed places.
const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKLMNPQRSTUVWXY";
/// Letters that are drawn; one that checks them follows.
const DRAWN: usize = 9;
/// What is left to write on.
const LINE: &str = "................................................................................";

/// A number: nine letters from random bytes and a check letter, in groups of five. Two of a million forms share none but by
/// a chance of one in fifty.
#[must_use]
pub fn number(random: &[u8; 32]) -> String {
    let drawn: Vec<usize> =
        random.iter().take(DRAWN).map(|byte| usize::from(*byte) % LETTERS.len()).collect();
    let letters: String = drawn.iter().chain([&check(&drawn)]).map(|at| char::from(LETTERS[*at])).collect();
    format!("{}-{}", &letters[..5], &letters[5..])
}

fn check(drawn: &[usize]) -> usize {
    drawn.iter().enumerate().map(|(place, letter)| (place + 1) * letter).sum::<usize>() % LETTERS.len()
}

/// A number as it was typed, in its one form; `None` when it cannot be one: a letter is wrong, missing or in another place.
#[must_use]
pub fn read(typed: &str) -> Option<String> {
    let letters: Vec<u8> =
        typed.bytes().filter(|byte| !matches!(byte, b'-' | b' ')).map(|b| b.to_ascii_uppercase()).collect();
    let at: Option<Vec<usize>> =
        letters.iter().map(|letter| LETTERS.iter().position(|known| known == letter)).collect();
    let at = at.filter(|at| at.len() == DRAWN + 1)?;
    (check(&at[..DRAWN]) == at[DRAWN]).then(|| {
        let text: String = letters.into_iter().map(char::from).collect();
        format!("{}-{}", &text[..5], &text[5..])
    })
}

/// A page for each number, in a language.
#[must_use]
pub fn pages(numbers: &[String], language: Language) -> Vec<u8> {
    let say = |en: &str, fr: &str| match language {
        Language::English => en.to_owned(),
        Language::French => fr.to_owned(),
    };
    let line = |en: &str, fr: &str| (say(en, fr), LINE.to_owned());
    let mut blocks = Vec::new();
    for (n, number) in numbers.iter().enumerate() {
        if n > 0 {
            blocks.push(Block::NewPage);
        }
        blocks.push(Block::Heading(number.clone()));
        blocks.push(Block::Paragraph(say(
            "One form for one person. Write in capitals. When the record is back, the registration desk enters it with this number; entered twice, it makes one record.",
            "Une feuille par personne. Écrivez en majuscules. Au retour du dossier, le bureau d'inscription la saisit avec ce numéro; saisie deux fois, elle ne crée qu'un dossier.",
        )));
        blocks.push(Block::Facts(vec![
            line("Family name", "Nom de famille"),
            line("First given name", "Premier prénom"),
            line("Other given names", "Autres prénoms"),
            line("Birth date", "Date de naissance"),
            line("Sex", "Sexe"),
            line("Health card, from", "Carte santé, de"),
            line("Telephone", "Téléphone"),
            line("Street, town", "Rue, localité"),
            line("Postal code", "Code postal"),
            line("Date and time", "Date et heure"),
            line("Where", "Lieu"),
            line("Written by", "Rempli par"),
        ]));
        blocks.push(Block::Strong(say(
            "Entered (desk): time, record number",
            "Saisie (bureau) : heure, numéro de dossier",
        )));
        blocks.push(Block::Paragraph(LINE.to_owned()));
    }
    let title = say(
        "Registration on paper, while the record is down",
        "Inscription sur papier, pendant une panne du dossier",
    );
    Paper {
        size: Size::Letter,
        head: vec![title],
        foot: String::new(),
        page: [say("Page", "Page"), say("of", "de")],
        blocks,
        look: Look::Plain,
    }
    .print()
    .bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h67_a_number_is_read_however_it_is_typed_and_a_slip_of_the_pen_is_noticed() {
        let number = number(&[
            7, 31, 62, 200, 5, 19, 88, 3, 250, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0,
        ]);
        assert_eq!(read(&number).as_ref(), Some(&number));
        assert_eq!(read(&number.to_lowercase().replace('-', " ")).as_ref(), Some(&number));
        let letters: Vec<char> = number.chars().filter(|letter| *letter != '-').collect();
        for at in 0..letters.len() {
            for other in
                LETTERS.iter().map(|letter| char::from(*letter)).filter(|other| *other != letters[at])
            {
                let mut wrong = letters.clone();
                wrong[at] = other;
                assert_eq!(read(&wrong.iter().collect::<String>()), None, "{wrong:?}");
            }
        }
        for at in 1..DRAWN {
            let mut swapped = letters.clone();
            swapped.swap(at - 1, at);
            assert!(swapped == letters || read(&swapped.iter().collect::<String>()).is_none(), "{swapped:?}");
        }
        for wrong in ["", "ABCDE", "ABCDE-FGHJKL", "ÄBCDE-FGHJK"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn h67_each_form_has_a_page_and_its_own_number() {
        let numbers: Vec<String> = (0..3).map(|n| number(&[n; 32])).collect();
        for language in [Language::English, Language::French] {
            let pdf = pages(&numbers, language);
            assert_eq!(crate::rendering::page_count(&pdf), Some(3));
            let text = paper::read::texts(&pdf).join(" ");
            assert!(numbers.iter().all(|number| text.matches(number.as_str()).count() == 1), "{text}");
        }
    }
}
