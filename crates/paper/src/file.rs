//! The file: objects, their places, and nothing that differs between two runs (no date, no producer's version).

use crate::layout::{Ink, Item};
use crate::{Look, Size};

/// Objects before the first page: catalogue, page tree, three typefaces.
const FIRST_PAGE: usize = 6;

/// The PDF of the pages.
pub(crate) fn written(size: Size, pages: &[Vec<Item>], look: &Look) -> Vec<u8> {
    let (width, height) = size.points();
    let mut file = File { out: b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec(), places: Vec::new() };
    match look {
        Look::Plain => file.object("<< /Type /Catalog /Pages 2 0 R >>"),
        Look::Chart { language, .. } => file.object(&format!(
            "<< /Type /Catalog /Pages 2 0 R /Lang ({language}) /ViewerPreferences << /DisplayDocTitle true >> >>"
        )),
    }
    let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", FIRST_PAGE + 2 * i)).collect();
    file.object(&format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()));
    for face in ["Helvetica", "Helvetica-Bold"] {
        file.object(&format!(
            "<< /Type /Font /Subtype /Type1 /BaseFont /{face} /Encoding /WinAnsiEncoding >>"
        ));
    }
    file.object("<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>");
    for (i, page) in pages.iter().enumerate() {
        file.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] \
             /Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >> >> /Contents {} 0 R >>",
            FIRST_PAGE + 2 * i + 1
        ));
        file.stream(&content(page));
    }
    if let Look::Chart { title, .. } = look {
        let codes: String = title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        file.object(&format!("<< /Title <FEFF{codes}> >>"));
        return file.end(true);
    }
    file.end(false)
}

struct File {
    out: Vec<u8>,
    places: Vec<usize>,
}

impl File {
    fn begin(&mut self) {
        self.places.push(self.out.len());
        self.out.extend_from_slice(format!("{} 0 obj\n", self.places.len()).as_bytes());
    }

    fn object(&mut self, text: &str) {
        self.begin();
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\nendobj\n");
    }

    fn stream(&mut self, bytes: &[u8]) {
        self.begin();
        self.out.extend_from_slice(format!("<< /Length {} >>\nstream\n", bytes.len()).as_bytes());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// The table of places; `titled` when the last object says what the document is.
    fn end(mut self, titled: bool) -> Vec<u8> {
        let at = self.out.len();
        let count = self.places.len() + 1;
        let info = if titled { format!(" /Info {} 0 R", self.places.len()) } else { String::new() };
        self.out.extend_from_slice(format!("xref\n0 {count}\n0000000000 65535 f \n").as_bytes());
        for place in &self.places {
            self.out.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
        }
        self.out.extend_from_slice(
            format!("trailer\n<< /Size {count} /Root 1 0 R{info} >>\nstartxref\n{at}\n%%EOF\n").as_bytes(),
        );
        self.out
    }
}

/// Shares of red, green and blue: the colours of the portal.
fn colour(ink: Ink) -> &'static str {
    match ink {
        Ink::Black => "0 0 0",
        Ink::White => "1 1 1",
        Ink::Tide => "0.055 0.231 0.290",
        Ink::Tint => "0.878 0.933 0.953",
        Ink::Act => "0.039 0.322 0.424",
        Ink::Line => "0.800 0.835 0.847",
    }
}

fn content(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    for item in items {
        match item {
            Item::Text { x, y, size, runs } => {
                out.extend_from_slice(format!("BT {x:.1} {y:.1} Td").as_bytes());
                for run in runs {
                    out.extend_from_slice(format!(" /{} {size} Tf (", run.face.name()).as_bytes());
                    for &code in &run.codes {
                        match code {
                            b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', code]),
                            32..=126 => out.push(code),
                            _ => out.extend_from_slice(format!("\\{code:03o}").as_bytes()),
                        }
                    }
                    out.extend_from_slice(b") Tj");
                }
                out.extend_from_slice(b" ET\n");
            }
            Item::Rule { x, y, length } => {
                let line = format!("0.5 w {x:.1} {y:.1} m {:.1} {y:.1} l S\n", x + length);
                out.extend_from_slice(line.as_bytes());
            }
            Item::Fill { x, y, width, height, ink } => {
                let (was, is) = (colour(Ink::Black), colour(*ink));
                let fill = format!("{is} rg {x:.1} {y:.1} {width:.1} {height:.1} re f {was} rg\n");
                out.extend_from_slice(fill.as_bytes());
            }
            Item::Ink(ink) => out.extend_from_slice(format!("{} rg\n", colour(*ink)).as_bytes()),
            Item::Shape(points) => {
                for (i, (x, y)) in points.iter().enumerate() {
                    let to = if i == 0 { 'm' } else { 'l' };
                    out.extend_from_slice(format!("{x:.1} {y:.1} {to} ").as_bytes());
                }
                out.extend_from_slice(b"f\n");
            }
        }
    }
    out
}
