//! Report text as blocks: paragraphs and headings, lines kept.

use super::{Change, Paragraph};

/// A longer line is no heading (characters).
const LONGEST_HEADING: usize = 60;
/// Capital letters that a line of capitals needs to be a heading.
const FEWEST_CAPITALS: usize = 3;

/// A heading or a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// A heading.
    pub(super) heading: bool,
    /// Its lines, trimmed at the end; never empty.
    pub(super) lines: Vec<String>,
}

/// Parts a text: blank lines part paragraphs, a heading stands alone even without blank lines around it, and a line
/// that begins with its label in capitals (`FINDINGS: …`) begins a paragraph.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    // Where everything is written in capitals, capitals say nothing.
    let capitals_speak = text.chars().any(char::is_lowercase);
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            open = false;
        } else if is_heading(line, capitals_speak) {
            blocks.push(Block { heading: true, lines: vec![line.trim_start().to_owned()] });
            open = false;
        } else if let Some(block) = blocks.last_mut().filter(|_| open && !is_labelled(line)) {
            block.lines.push(line.to_owned());
        } else {
            blocks.push(Block { heading: false, lines: vec![line.to_owned()] });
            open = true;
        }
    }
    blocks
}

fn is_labelled(line: &str) -> bool {
    let Some((label, _)) = line.split_once(':') else { return false };
    let letters = label.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= FEWEST_CAPITALS
        && label.chars().count() <= LONGEST_HEADING
        && letters.clone().all(char::is_uppercase)
        && !label.chars().any(|c| c.is_ascii_digit())
}

fn is_heading(line: &str, capitals_speak: bool) -> bool {
    let line = line.trim();
    if line.chars().count() > LONGEST_HEADING {
        return false;
    }
    let capitals = line.chars().filter(|c| c.is_uppercase()).count();
    let shouted = capitals_speak
        && capitals >= FEWEST_CAPITALS
        && !line.chars().any(|c| c.is_lowercase() || c.is_ascii_digit());
    shouted || (line.ends_with(':') && line.chars().any(char::is_alphabetic))
}

/// A text without anything to compare it with.
pub(super) fn plain(text: &str) -> Vec<Paragraph> {
    blocks(text)
        .into_iter()
        .map(|block| Paragraph { heading: block.heading, runs: vec![(Change::Same, block.lines.join("\n"))] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(bool, String)> {
        blocks(text).into_iter().map(|block| (block.heading, block.lines.join("/"))).collect()
    }

    #[test]
    fn headings_and_paragraphs() {
        let text = "REASON\nShort of breath.\n\nFindings:\nThe heart is enlarged,\nmore than before.\n\nNo mass.\nImpression: failure.\n";
        assert_eq!(
            shown(text),
            [
                (true, "REASON".into()),
                (false, "Short of breath.".into()),
                (true, "Findings:".into()),
                (false, "The heart is enlarged,/more than before.".into()),
                (false, "No mass./Impression: failure.".into()),
            ]
        );
    }

    #[test]
    fn labels_begin_paragraphs() {
        assert_eq!(
            shown("INDICATION: Fall.\nFINDINGS: Fracture,\ndisplaced.\nIMPRESSION : Fracture."),
            [
                (false, "INDICATION: Fall.".into()),
                (false, "FINDINGS: Fracture,/displaced.".into()),
                (false, "IMPRESSION : Fracture.".into()),
            ]
        );
    }

    #[test]
    fn capitals_everywhere_are_no_headings() {
        assert_eq!(shown("CHEST X-RAY\nNO MASS SEEN"), [(false, "CHEST X-RAY/NO MASS SEEN".into())]);
        assert_eq!(
            shown("Seen on 2026-11-22\nHB 101 LOW\n:"),
            [(false, "Seen on 2026-11-22/HB 101 LOW/:".into())]
        );
    }

    #[test]
    fn an_empty_text_has_no_blocks() {
        assert!(plain("").is_empty() && plain("\n \n").is_empty());
    }
}
