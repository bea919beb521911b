//! What changed between two versions of a report, word by word.

use super::text::{Block, blocks};
use super::{Change, Paragraph};

/// Most cells of the comparison table (words of one text times words of the other, after what is the same at both ends
/// is set aside): 4 million cells of two bytes.
const MOST_CELLS: usize = 4_000_000;

/// A word, or a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Line,
    Paragraph,
}

/// The newer text with what was added and removed since the former one.
pub(super) fn compare(former: &str, newer: &str) -> Vec<Paragraph> {
    let (old_blocks, new_blocks) = (blocks(former), blocks(newer));
    let (old, new) = (tokens(&old_blocks), tokens(&new_blocks));
    assemble(&changes(&old, &new), &new_blocks)
}

fn tokens(blocks: &[Block]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        if n > 0 {
            tokens.push(Token::Paragraph);
        }
        for (n, line) in block.lines.iter().enumerate() {
            if n > 0 {
                tokens.push(Token::Line);
            }
            tokens.extend(line.split_whitespace().map(Token::Word));
        }
    }
    tokens
}

/// A shortest way from one to the other (longest common subsequence); beyond the limit the middle counts as all new.
fn changes<'t>(old: &[Token<'t>], new: &[Token<'t>]) -> Vec<(Change, Token<'t>)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut out: Vec<(Change, Token<'t>)> = new[..head].iter().map(|token| (Change::Same, *token)).collect();
    if a.len().saturating_mul(b.len()) > MOST_CELLS || a.len().max(b.len()) > usize::from(u16::MAX) {
        out.extend(a.iter().map(|token| (Change::Removed, *token)));
        out.extend(b.iter().map(|token| (Change::Added, *token)));
    } else {
        walk(a, b, &mut out);
    }
    out.extend(new[new.len() - tail..].iter().map(|token| (Change::Same, *token)));
    out
}

fn walk<'t>(a: &[Token<'t>], b: &[Token<'t>], out: &mut Vec<(Change, Token<'t>)>) {
    let width = b.len() + 1;
    // Length of the longest common subsequence of what follows each pair of places.
    let mut table = vec![0_u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            out.push((Change::Same, b[j]));
            (i, j) = (i + 1, j + 1);
        } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
            out.push((Change::Removed, a[i]));
            i += 1;
        } else {
            out.push((Change::Added, b[j]));
            j += 1;
        }
    }
    out.extend(a[i..].iter().map(|token| (Change::Removed, *token)));
    out.extend(b[j..].iter().map(|token| (Change::Added, *token)));
}

/// Runs of equal change in the paragraphs of the newer text. Breaks that are gone become blanks.
fn assemble(changes: &[(Change, Token<'_>)], blocks: &[Block]) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::with_capacity(blocks.len());
    let mut runs: Vec<(Change, String)> = Vec::new();
    // What stands before the next word: nothing at a beginning, a blank, or a line break.
    let mut gap = "";
    for (change, token) in changes {
        match token {
            Token::Word(word) => {
                match runs.last_mut() {
                    Some((last, text)) if last == change => {
                        text.push_str(gap);
                        text.push_str(word);
                    }
                    Some((_, text)) => {
                        text.push_str(gap);
                        runs.push((*change, (*word).to_owned()));
                    }
                    None => runs.push((*change, (*word).to_owned())),
                }
                gap = " ";
            }
            _ if *change == Change::Removed => {}
            Token::Line => gap = "\n",
            Token::Paragraph => {
                let heading = blocks.get(paragraphs.len()).is_some_and(|block| block.heading);
                paragraphs.push(Paragraph { heading, runs: std::mem::take(&mut runs) });
                gap = "";
            }
        }
    }
    if !runs.is_empty() {
        let heading = blocks.get(paragraphs.len()).is_some_and(|block| block.heading);
        paragraphs.push(Paragraph { heading, runs });
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(former: &str, newer: &str) -> Vec<String> {
        compare(former, newer)
            .into_iter()
            .map(|paragraph| {
                let text: String = paragraph
                    .runs
                    .iter()
                    .map(|(change, text)| match change {
                        Change::Same => text.clone(),
                        Change::Added => format!("+[{text}]"),
                        Change::Removed => format!("-[{text}]"),
                    })
                    .collect();
                if paragraph.heading { format!("# {text}") } else { text }
            })
            .collect()
    }

    #[test]
    fn h17_the_changed_word_is_marked() {
        let former = "FINDINGS\nModerate right pleural effusion.\nNo mass.";
        let newer = "FINDINGS\nModerate left pleural effusion.\nNo mass.";
        assert_eq!(
            marked(former, newer),
            ["# FINDINGS", "Moderate -[right ]+[left ]pleural effusion.\nNo mass."]
        );
    }

    #[test]
    fn paragraphs_come_and_go() {
        assert_eq!(marked("One.", "One.\n\nTwo."), ["One.", "+[Two.]"]);
        assert_eq!(marked("One.\n\nTwo.", "Two."), ["-[One. ]Two."]);
        assert_eq!(marked("", "One."), ["+[One.]"]);
        assert_eq!(marked("One.", ""), ["-[One.]"]);
        assert_eq!(marked("Same.", "Same."), ["Same."]);
    }

    #[test]
    fn a_text_too_long_to_compare_is_all_new() {
        let words =
            |start: usize| (start..start + 3_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let runs: Vec<Change> = compare(&words(0), &words(1_000_000))
            .into_iter()
            .flat_map(|paragraph| paragraph.runs)
            .map(|(change, _)| change)
            .collect();
        assert_eq!(runs, [Change::Removed, Change::Added]);
    }

    #[test]
    fn both_texts_can_be_read_back() {
        // Every pair of texts of up to four words out of two.
        let texts: Vec<String> = (0_u32..5)
            .flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits)))
            .map(|(length, bits)| {
                (0..length)
                    .map(|n| if bits >> n & 1 == 1 { "yes" } else { "no" })
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        for (former, newer) in texts.iter().flat_map(|former| texts.iter().map(move |newer| (former, newer)))
        {
            let compared = compare(former, newer);
            let without = |gone: Change| -> Vec<String> {
                let runs = compared.iter().flat_map(|paragraph| &paragraph.runs);
                let kept = runs.filter(|(change, _)| *change != gone);
                kept.flat_map(|(_, text)| text.split_whitespace()).map(str::to_owned).collect()
            };
            assert_eq!(
                without(Change::Removed),
                newer.split_whitespace().collect::<Vec<_>>(),
                "{former} / {newer}"
            );
            assert_eq!(
                without(Change::Added),
                former.split_whitespace().collect::<Vec<_>>(),
                "{former} / {newer}"
            );
        }
    }
}
