//! Reading back the pages that this crate wrote: how many there are, and the text of each. No reader of other PDFs.

use crate::text::SYMBOLS;
use encoding_rs::WINDOWS_1252;

/// The number of pages, from the page tree. `None` when the bytes are no PDF of ours.
#[must_use]
pub fn pages(pdf: &[u8]) -> Option<usize> {
    let from = find(pdf, b"/Type /Pages")?;
    let at = find(&pdf[from..], b"/Count ")? + from + b"/Count ".len();
    let digits: String = pdf[at..].iter().map(|&b| char::from(b)).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The text of each page: one line for each line that was set, in the order of writing.
#[must_use]
pub fn texts(pdf: &[u8]) -> Vec<String> {
    let mut pages = Vec::new();
    let mut rest = pdf;
    while let Some(at) = find(rest, b">>\nstream\n") {
        let body = &rest[at + b">>\nstream\n".len()..];
        let end = find(body, b"\nendstream").unwrap_or(body.len());
        pages.push(page(&body[..end]));
        rest = &body[end..];
    }
    pages
}

fn page(content: &[u8]) -> String {
    let mut out = String::new();
    for line in content.split(|&b| b == b'\n').filter(|line| line.starts_with(b"BT ")) {
        let mut symbol = false;
        let mut i = 0;
        while i < line.len() {
            if line[i..].starts_with(b"/F") {
                symbol = line[i..].starts_with(b"/F3");
            }
            if line[i] == b'(' {
                let (codes, next) = string(line, i + 1);
                i = next;
                if symbol {
                    let sign = |code: &u8| {
                        SYMBOLS.iter().find(|(_, known)| known == code).map_or('\u{FFFD}', |(c, _)| *c)
                    };
                    out.extend(codes.iter().map(sign));
                } else {
                    out.push_str(&WINDOWS_1252.decode_without_bom_handling(&codes).0);
                }
            }
            i += 1;
        }
        out.push('\n');
    }
    out
}

/// The codes of a literal string (ISO 32000-1 7.3.4.2), and where it ends.
fn string(line: &[u8], from: usize) -> (Vec<u8>, usize) {
    let mut codes = Vec::new();
    let mut i = from;
    while let Some(&byte) = line.get(i) {
        match byte {
            b')' => return (codes, i),
            b'\\' => {
                let octal = line.get(i + 1..i + 4).and_then(|d| std::str::from_utf8(d).ok());
                match octal.and_then(|d| u8::from_str_radix(d, 8).ok()) {
                    Some(code) => {
                        codes.push(code);
                        i += 4;
                    }
                    None => {
                        codes.extend(line.get(i + 1));
                        i += 2;
                    }
                }
            }
            _ => {
                codes.push(byte);
                i += 1;
            }
        }
    }
    (codes, i)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use crate::{Block, Cell, Column, Mark, Paper, Size};

    #[test]
    fn what_was_printed_is_read_back_and_every_page_says_whose_it_is() {
        let rows = (0..120)
            .map(|n| {
                let flag = Cell { mark: Some(Mark::UpUp), ..Cell::text("HH critically high") };
                vec![Cell::text("Potassium (K\\+)"), Cell::strong(&format!("{n}.10")), flag]
            })
            .collect();
        let columns = ["Test", "Value", "Flag"].map(|t| Column { title: t.into(), width: 33 }).to_vec();
        let paper = Paper {
            size: Size::Letter,
            head: vec!["Léger, Zoë    born 1980-01-01".into(), "5000000001 (NS JHN)".into()],
            foot: "F1".into(),
            page: ["Page".into(), "de".into()],
            blocks: vec![Block::Paragraph("≥ 5, Wɨn, µ".into()), Block::Table { columns, rows }],
            look: crate::Look::Plain,
        };
        let printed = paper.print();
        assert_eq!(printed.bytes, paper.print().bytes);
        assert_eq!((printed.by_number, super::pages(&printed.bytes)), (1, Some(printed.pages)));
        let texts = super::texts(&printed.bytes);
        assert_eq!(texts.len(), printed.pages);
        for (i, text) in texts.iter().enumerate() {
            assert!(text.contains("Léger, Zoë    born 1980-01-01") && text.contains("5000000001"), "{text}");
            assert!(text.contains(&format!("Page {} de {}", i + 1, printed.pages)), "{text}");
        }
        let all = texts.concat();
        assert!(all.contains("≥ 5, W[U+0268]n, µ"), "{all}");
        assert!((0..120).all(|n| all.contains(&format!("\n{n}.10\n"))), "every value");
        assert_eq!(all.matches("HH critically").count(), 120);
        assert_eq!(all.matches("Potassium (K\\+)").count(), 120);
    }
}
