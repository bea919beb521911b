//! A report as printed pages, for fax and letter: who it is about on every page, each value with unit and flag, the flag
//! by its letter, a word and a shape.

use super::dialect::Unfit;
use super::sheet::{Asked, Reading, Section, Sheet, Visit};
use crate::words::Words;
use paper::{Block, Cell, Column, Mark, Paper, Printed, Size};

/// Language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    fn of(self, en: &str, fr: &str) -> String {
        match self {
            Self::English => en.to_owned(),
            Self::French => fr.to_owned(),
        }
    }
}

/// Sheets of this country.
const SIZE: Size = Size::Letter;
/// Widths of the result table, in hundredths of the text's width: test, value, unit, flag, range, status.
const WIDTHS: [u16; 6] = [26, 20, 15, 15, 14, 10];
/// Room of the widest shape before a flag, in points.
const SHAPE_ROOM: f32 = 18.0;

/// The pages of a sheet. The same sheet gives the same bytes.
///
/// # Errors
/// [`Unfit`] when the patient cannot be told from the page (HAZARDS H27), or a document is embedded that pages of ours
/// cannot hold.
pub fn pages(sheet: &Sheet, language: Language) -> Result<Printed, Unfit> {
    let person = &sheet.person;
    if person.family.is_empty() || person.identifiers.is_empty() || person.born.is_empty() {
        return Err(Unfit::new(
            "a page needs the patient's name, birth date and a number, and the message lacks one of them.",
            "une page demande le nom, la date de naissance et un numéro du patient, et il en manque un au message.",
        ));
    }
    if sheet.sections.iter().flat_map(|s| &s.readings).any(|reading| reading.embedded.is_some()) {
        return Err(Unfit::new(
            "the report embeds a document, which these pages cannot hold.",
            "le rapport contient un document joint, que ces pages ne peuvent pas porter.",
        ));
    }
    let mut blocks = Vec::new();
    let said = [
        (language.of("From", "De"), sheet.source.clone()),
        (language.of("To", "À"), sheet.receiver.clone()),
        (language.of("Address", "Adresse"), person.address.clone()),
        (language.of("Telephone", "Téléphone"), person.telephone.clone()),
    ];
    blocks.push(Block::Facts(pairs(
        said.into_iter().chain(sheet.visit.iter().map(|(part, text)| (visit(*part, language), text.clone()))),
    )));
    if sheet.sections.is_empty() {
        blocks.push(Block::Heading(notice(&sheet.kind, language)));
    }
    for section in &sheet.sections {
        report(&mut blocks, section, language);
    }
    let accession = sheet.sections.first().map(|section| section.accession.as_str()).unwrap_or_default();
    let paper = Paper {
        size: SIZE,
        head: head(sheet, language),
        foot: [accession, &sheet.control_id]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join("  "),
        page: [language.of("Page", "Page"), language.of("of", "de")],
        blocks,
        look: paper::Look::Plain,
    };
    Ok(paper.print())
}

/// What stands at the top of every page: name, birth date, sex, and every number that fits in a line of people.
fn head(sheet: &Sheet, language: Language) -> Vec<String> {
    let person = &sheet.person;
    let name =
        [person.family.as_str(), &person.given].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>();
    let first = format!(
        "{}    {} {}    {} {}",
        name.join(", "),
        language.of("born", "naissance"),
        person.born,
        language.of("sex", "sexe"),
        person.sex
    );
    let number = |[number, authority, kind]: &[String; 3]| {
        let of =
            [authority.as_str(), kind].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
        if of.is_empty() { number.clone() } else { format!("{number} ({of})") }
    };
    let numbers: Vec<String> = person.identifiers.iter().map(number).collect();
    vec![first.trim_end().to_owned(), numbers.join("    ")]
}

fn pairs(said: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    said.filter(|(_, text)| !text.is_empty()).collect()
}

fn report(blocks: &mut Vec<Block>, section: &Section, language: Language) {
    let answers = section.asked.iter().any(|(part, _)| *part == Asked::Answer);
    let sort = match (section.asked.is_empty(), answers) {
        (true, _) => language.of("Report", "Rapport"),
        (false, false) => language.of("Referral", "Demande de consultation"),
        (false, true) => language.of("Answer to a referral", "Réponse à une demande de consultation"),
    };
    blocks.push(Block::Heading(match (section.title.as_str(), section.asked.is_empty()) {
        ("", _) => sort,
        (title, true) => title.to_owned(),
        (title, false) => language.of(&format!("{sort}: {title}"), &format!("{sort} : {title}")),
    }));
    let said = [
        (language.of("Number", "Numéro"), section.accession.clone()),
        (language.of("Order", "Demande"), section.placer.clone()),
        (language.of("Status", "État"), status(&section.status, language)),
        (language.of("Provider", "Professionnel"), section.author.clone()),
        (language.of("Collected or done", "Prélevé ou fait"), section.observed.clone()),
        (language.of("Reported", "Rendu"), section.reported.clone()),
    ];
    blocks.push(Block::Facts(pairs(said.into_iter())));
    if !section.asked.is_empty() {
        let lines = section.asked.iter().map(|(part, text)| (asked(*part, language), text.clone()));
        blocks.push(Block::Facts(pairs(lines)));
    }
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let columns = || {
        let titles = [
            language.of("Test", "Analyse"),
            language.of("Value", "Valeur"),
            language.of("Unit", "Unité"),
            language.of("Flag", "Signal"),
            language.of("Reference range", "Valeurs de référence"),
            language.of("Status", "État"),
        ];
        titles.into_iter().zip(WIDTHS).map(|(title, width)| Column { title, width }).collect::<Vec<_>>()
    };
    let flush = |blocks: &mut Vec<Block>, rows: &mut Vec<Vec<Cell>>| {
        if !rows.is_empty() {
            blocks.push(Block::Table { columns: columns(), rows: std::mem::take(rows) });
        }
    };
    for reading in &section.readings {
        if !fits(reading) {
            flush(blocks, &mut rows);
            blocks.push(Block::Strong(reading.name.clone()));
            blocks.push(Block::Paragraph(reading.value.clone()));
            let beside = pairs(
                [
                    (language.of("Unit", "Unité"), reading.unit.clone()),
                    (language.of("Flag", "Signal"), flags(reading, language)),
                    (language.of("Reference range", "Valeurs de référence"), reading.range.clone()),
                    (language.of("Status", "État"), status(&reading.status, language)),
                ]
                .into_iter(),
            );
            blocks.push(Block::Facts(beside));
        } else {
            let mark = reading.flags.iter().find_map(|flag| shape(flag));
            rows.push(vec![
                Cell::text(&reading.name),
                Cell::strong(&reading.value),
                Cell::text(&reading.unit),
                Cell { mark, ..Cell::text(&flags(reading, language)) },
                Cell::text(&reading.range),
                Cell::text(&status(&reading.status, language)),
            ]);
        }
        if !reading.notes.is_empty() {
            flush(blocks, &mut rows);
            for note in &reading.notes {
                blocks.push(Block::Paragraph(format!("{} : {note}", reading.name)));
            }
        }
    }
    flush(blocks, &mut rows);
    for note in &section.notes {
        blocks.push(Block::Paragraph(note.clone()));
    }
}

/// Whether value, unit and range each stand on one line of their cell; nobody reads a number cut in two (H22).
fn fits(reading: &Reading) -> bool {
    let room = |column: usize| paper::text_width(SIZE) * f32::from(WIDTHS[column]) / 100.0 - paper::GAP;
    let one_line = |text: &str, strong: bool, column: usize| {
        !text.contains(['\n', '\r']) && paper::width(text, strong) <= room(column)
    };
    let flag = |flag: &String| paper::width(flag, false) <= room(3) - SHAPE_ROOM;
    one_line(&reading.value, true, 1)
        && one_line(&reading.unit, false, 2)
        && one_line(&reading.range, false, 4)
        && reading.flags.iter().all(flag)
}

fn notice(kind: &str, language: Language) -> String {
    match kind {
        "ADT^A01" => language.of("Notice of admission", "Avis d'admission"),
        "ADT^A03" => language.of("Notice of discharge", "Avis de congé"),
        "ADT^A04" => language
            .of("Notice of registration or emergency visit", "Avis d'inscription ou de visite à l'urgence"),
        other => language.of(&format!("Notice ({other})"), &format!("Avis ({other})")),
    }
}

fn asked(part: Asked, language: Language) -> String {
    match part {
        Asked::Priority => language.of("Priority", "Priorité"),
        Asked::Disposition => language.of("Asked to", "Ce qui est demandé"),
        Asked::Reason => language.of("Reason", "Motif"),
        Asked::Valid => language.of("Valid", "Valable"),
        Asked::From => language.of("Asked by", "Demandé par"),
        Asked::To => language.of("Referred to", "Adressé à"),
        Asked::Also => language.of("Also involved", "Aussi concerné"),
        Asked::Answer => language.of("Answer", "Réponse"),
        Asked::Diagnosis => language.of("Diagnosis", "Diagnostic"),
        Asked::Allergy => language.of("Allergy", "Allergie"),
    }
}

fn visit(part: Visit, language: Language) -> String {
    match part {
        Visit::Class => language.of("Visit class", "Type de visite"),
        Visit::Place => language.of("Place", "Lieu"),
        Visit::Attending => language.of("Attending", "Médecin traitant"),
        Visit::Admitted => language.of("Admitted", "Admission"),
        Visit::Discharged => language.of("Discharged", "Congé"),
    }
}

/// Flags of HL7 table 0078 that have a word and a shape; any other stands as it came.
const FLAGS: &[(&str, &str, &str, Option<Mark>)] = &[
    ("H", "high", "élevé", Some(Mark::Up)),
    ("HH", "critically high", "critique élevé", Some(Mark::UpUp)),
    ("L", "low", "bas", Some(Mark::Down)),
    ("LL", "critically low", "critique bas", Some(Mark::DownDown)),
    (">", "above scale", "au-dessus de l'échelle", Some(Mark::UpUp)),
    ("<", "below scale", "sous l'échelle", Some(Mark::DownDown)),
    ("A", "abnormal", "anormal", Some(Mark::Star)),
    ("AA", "critically abnormal", "critique anormal", Some(Mark::Star)),
    ("N", "normal", "normal", None),
    ("R", "resistant", "résistant", Some(Mark::Star)),
    ("S", "susceptible", "sensible", None),
    ("I", "intermediate", "intermédiaire", None),
];

/// A flag of HL7 table 0078 as a person reads it, `HH critically high`, with its shape; `None` for one without a word.
#[must_use]
pub fn flag_words(flag: &str) -> Option<(Words, Option<Mark>)> {
    let (code, en, fr, mark) = FLAGS.iter().find(|(code, ..)| *code == flag)?;
    Some((Words::new(format!("{code} {en}"), format!("{code} {fr}")), *mark))
}

fn shape(flag: &str) -> Option<Mark> {
    FLAGS.iter().find(|(code, ..)| *code == flag).and_then(|(_, _, _, mark)| *mark)
}

fn flags(reading: &Reading, language: Language) -> String {
    let word = |flag: &String| match FLAGS.iter().find(|(code, ..)| code == flag) {
        Some((code, en, fr, _)) => format!("{code} {}", language.of(en, fr)),
        None => flag.clone(),
    };
    reading.flags.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Status of tables 0085, 0123 and 0271 in words with its code.
fn status(code: &str, language: Language) -> String {
    let words = match code {
        "" => return String::new(),
        "F" | "AU" | "LA" => Words::new("final", "définitif"),
        "P" => Words::new("preliminary", "préliminaire"),
        "C" => Words::new("corrected", "corrigé"),
        "X" => Words::new("cancelled", "annulé"),
        "W" => Words::new("wrong, withdrawn", "erroné, retiré"),
        "D" => Words::new("deleted", "supprimé"),
        "I" => Words::new("pending", "en attente"),
        other => return other.to_owned(),
    };
    format!("{code} {}", language.of(&words.en, &words.fr))
}
