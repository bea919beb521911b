//! Characters as codes of the typefaces, and lines that fit a width.

use crate::metrics::{Face, width};
use encoding_rs::WINDOWS_1252;

/// Codes of one typeface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) face: Face,
    pub(crate) codes: Vec<u8>,
}

/// Signs of results that WinAnsiEncoding lacks and the Symbol typeface has.
pub(crate) const SYMBOLS: &[(char, u8)] = &[
    ('≤', 0xA3),
    ('≥', 0xB3),
    ('≠', 0xB9),
    ('≈', 0xBB),
    ('∞', 0xA5),
    ('→', 0xAE),
    ('←', 0xAC),
    ('↑', 0xAD),
    ('↓', 0xAF),
    ('√', 0xD6),
    ('−', 0x2D),
    ('α', 0x61),
    ('β', 0x62),
    ('γ', 0x67),
    ('δ', 0x64),
    ('ε', 0x65),
    ('κ', 0x6B),
    ('λ', 0x6C),
    ('μ', 0x6D),
    ('Δ', 0x44),
    ('Ω', 0x57),
];

/// One character, or its number where no typeface has it.
fn code(c: char) -> Result<(Face, u8), String> {
    if let Some((_, code)) = SYMBOLS.iter().find(|(known, _)| *known == c) {
        return Ok((Face::Symbol, *code));
    }
    if !c.is_control() {
        let mut buffer = [0; 4];
        let (bytes, _, missing) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        if let ([code], false) = (&*bytes, missing) {
            return Ok((Face::Plain, *code));
        }
    }
    Err(format!("[U+{:04X}]", c as u32))
}

/// A word of one line: its runs and width.
#[derive(Debug, Clone, Default)]
struct Piece {
    runs: Vec<Run>,
    width: f32,
}

impl Piece {
    fn push(&mut self, face: Face, code: u8, size: f32) {
        self.width += f32::from(width(face, code)) * size / 1000.0;
        match self.runs.last_mut() {
            Some(run) if run.face == face => run.codes.push(code),
            _ => self.runs.push(Run { face, codes: vec![code] }),
        }
    }
}

/// A text cut into lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    pub(crate) lines: Vec<Vec<Run>>,
    /// Characters written by their number.
    pub(crate) by_number: usize,
}

/// Cuts a text into lines of at most `most` points at a size; breaks in it stay, every blank stays, a word that is too
/// long is cut where it must be.
pub(crate) fn lines(text: &str, strong: bool, size: f32, most: f32) -> Lines {
    let mut out = Lines::default();
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    for paragraph in text.split('\n') {
        let mut line = Piece::default();
        for word in paragraph.split_inclusive(' ') {
            let pieces: Vec<(Face, u8)> =
                word.chars().flat_map(|c| coded(c, strong, &mut out.by_number)).collect();
            let mut piece = Piece::default();
            for (face, code) in &pieces {
                piece.push(*face, *code, size);
            }
            let bare = piece.width
                - if word.ends_with(' ') { f32::from(width(Face::Plain, b' ')) * size / 1000.0 } else { 0.0 };
            if line.width + bare > most && !line.runs.is_empty() {
                out.lines.push(std::mem::take(&mut line).runs);
            }
            for (face, code) in pieces {
                let next = f32::from(width(face, code)) * size / 1000.0;
                if line.width + next > most && code != b' ' && !line.runs.is_empty() {
                    out.lines.push(std::mem::take(&mut line).runs);
                }
                line.push(face, code, size);
            }
        }
        out.lines.push(line.runs);
    }
    out
}

/// The width of a text on one line, in points.
pub(crate) fn width_of(text: &str, strong: bool, size: f32) -> f32 {
    let codes = text.chars().flat_map(|c| coded(c, strong, &mut 0));
    codes.map(|(face, code)| f32::from(width(face, code)) * size / 1000.0).sum()
}

fn coded(c: char, strong: bool, by_number: &mut usize) -> Vec<(Face, u8)> {
    let of = |face: Face| if strong && face == Face::Plain { Face::Strong } else { face };
    match code(c) {
        Ok((face, code)) => vec![(of(face), code)],
        Err(number) => {
            *by_number += 1;
            number.bytes().map(|byte| (of(Face::Plain), byte)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &Lines) -> Vec<String> {
        let text =
            |runs: &Vec<Run>| runs.iter().flat_map(|run| run.codes.iter().map(|&c| char::from(c))).collect();
        lines.lines.iter().map(text).collect()
    }

    #[test]
    fn h21_every_character_stays_wherever_a_line_ends() {
        for text in
            ["one two  three", "Mi'kmaw", "averyveryverylongwordwithoutblanks", "a\nb\n\nc", "", " lead"]
        {
            for most in [10.0, 30.0, 80.0, 400.0] {
                let joined = shown(&lines(text, false, 10.0, most)).concat();
                assert_eq!(joined, text.replace('\n', ""), "at {most}");
            }
        }
    }

    #[test]
    fn h24_what_no_typeface_has_is_written_by_its_number() {
        let cut = lines("Wɨn ≥ é", false, 10.0, 400.0);
        assert_eq!(cut.by_number, 1);
        assert_eq!(cut.lines[0][0].codes, b"W[U+0268]n ");
        assert_eq!(cut.lines[0][1], Run { face: Face::Symbol, codes: vec![0xB3] });
        assert_eq!(cut.lines[0][2].codes, b" \xE9");
    }
}
