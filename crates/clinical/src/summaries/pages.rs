//! The summary as pages to print: two sheets with the same lines as the document. Allergies, medicines and problems are
//! never cut; what is cut elsewhere says how much more there is (HAZARDS H87), who it is stands on every page (H89).

use super::{Content, Part, SECTIONS, Section, Summary, more, remark};
use crate::cover::local;
use crate::rendering::Language;
use crate::words::Words;
use paper::{Block, Cell, Column, Look, Paper, Printed, Size};

/// As many pages as somebody reads in a hurry.
const PAGES: usize = 2;
/// Lines that a section that may be cut always keeps.
const FEWEST: usize = 3;

/// The pages. The same summary gives the same bytes.
#[must_use]
pub fn pages(summary: &Summary, language: Language) -> Printed {
    let mut shown: Vec<usize> = summary.contents.iter().map(|content| content.lines.len()).collect();
    loop {
        let printed = set(summary, &shown, language).print();
        let longest = summary
            .contents
            .iter()
            .zip(&mut shown)
            .filter(|(content, lines)| may_be_cut(content.part) && **lines > FEWEST)
            .max_by_key(|(_, lines)| **lines);
        match longest {
            Some((_, lines)) if printed.pages > PAGES => *lines = (*lines * 4 / 5).max(FEWEST),
            _ => return printed,
        }
    }
}

fn may_be_cut(part: Part) -> bool {
    !matches!(part, Part::Allergies | Part::Medications | Part::Problems)
}

fn set(summary: &Summary, shown: &[usize], language: Language) -> Paper {
    let french = language == Language::French;
    let say = |en: &str, fr: &str| if french { fr } else { en }.to_owned();
    let of = |words: &Words| if french { words.fr.clone() } else { words.en.clone() };
    let mut blocks = Vec::new();
    for section in &SECTIONS {
        let found = summary.contents.iter().zip(shown).find(|(content, _)| content.part == section.part);
        if let Some((content, lines)) = found {
            part(&mut blocks, section, content, *lines, language);
        }
    }
    blocks.push(Block::Paragraph(say(
        "This holds what was sent to the provincial record. What nobody sent is not in it.",
        "Ceci contient ce qui a été envoyé au dossier provincial. Ce que personne n'a envoyé n'y est pas.",
    )));
    let made = local(summary.made).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let title = say("Patient summary", "Sommaire du patient");
    Paper {
        size: Size::Letter,
        head: vec![
            summary.subject.name.clone(),
            of(&summary.subject.who),
            summary.subject.numbers.join("    "),
        ],
        foot: format!("{title}, {made} America/Halifax, {}", of(&summary.made_by)),
        page: [say("Page", "Page"), say("of", "de")],
        blocks,
        look: Look::Chart { language: if french { "fr-CA" } else { "en-CA" }, title },
    }
}

fn part(blocks: &mut Vec<Block>, section: &Section, content: &Content, shown: usize, language: Language) {
    let french = language == Language::French;
    let of = |words: &Words| if french { words.fr.clone() } else { words.en.clone() };
    let title = if french { section.title.1 } else { section.title.0 };
    let all = content.lines.len() + content.more;
    blocks.push(Block::Heading(if shown < all {
        format!("{title} ({shown} / {all})")
    } else {
        title.to_owned()
    }));
    if let Some(words) = remark(content) {
        blocks.push(Block::Paragraph(of(&words)));
    }
    if content.lines.is_empty() {
        return;
    }
    blocks.push(Block::Table {
        columns: section
            .columns
            .iter()
            .map(|(en, fr, width)| Column { title: if french { *fr } else { *en }.to_owned(), width: *width })
            .collect(),
        rows: content
            .lines
            .iter()
            .take(shown)
            .map(|line| {
                line.iter()
                    .map(|cell| Cell { text: of(&cell.text), strong: cell.strong, mark: cell.mark })
                    .collect()
            })
            .collect(),
    });
    if let Some(words) = more(all - shown) {
        blocks.push(Block::Paragraph(of(&words)));
    }
}
