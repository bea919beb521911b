//! The file: objects, their places, and nothing that differs between two runs (no date, no producer's version).

use crate::layout::{INSIDE, Ink, Item, LEADING, TEXT};
use crate::{Look, Size};

/// Objects before the first page: catalogue, page tree, three typefaces.
const FIRST_PAGE: usize = 6;

/// The PDF of the pages.
pub(crate) fn written(size: Size, pages: &[Vec<Item>], look: &Look) -> Vec<u8> {
    let (width, height) = size.points();
    let mut file = File { out: b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec(), places: Vec::new() };
    let form = form(pages);
    match look {
        Look::Plain => file.object(&format!("<< /Type /Catalog /Pages 2 0 R{form} >>")),
        Look::Chart { language, .. } => file.object(&format!(
            "<< /Type /Catalog /Pages 2 0 R /Lang ({language}) /ViewerPreferences << /DisplayDocTitle true >>{form} >>"
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
    let mut next = FIRST_PAGE + 2 * pages.len();
    for (i, page) in pages.iter().enumerate() {
        let mut notes = String::new();
        for item in page {
            if let Item::Field { value, .. } = item {
                let before = if notes.is_empty() { " /Annots [" } else { " " };
                notes.push_str(&format!("{before}{next} 0 R"));
                next += if value.is_some() { 2 } else { 1 };
            }
        }
        if !notes.is_empty() {
            notes.push(']');
        }
        file.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] \
             /Resources << {FONTS} >> /Contents {} 0 R{notes} >>",
            FIRST_PAGE + 2 * i + 1
        ));
        file.stream("", &content(page));
    }
    for (i, page) in pages.iter().enumerate() {
        for item in page {
            file.field(item, FIRST_PAGE + 2 * i);
        }
    }
    if let Look::Chart { title, .. } = look {
        let codes: String = title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        file.object(&format!("<< /Title <FEFF{codes}> >>"));
        return file.end(true);
    }
    file.end(false)
}

/// The typefaces, as pages and fields name them.
const FONTS: &str = "/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >>";

/// The entry of the catalogue that lists the fields; empty when there are none.
fn form(pages: &[Vec<Item>]) -> String {
    let (mut next, mut fields) = (FIRST_PAGE + 2 * pages.len(), String::new());
    for item in pages.iter().flatten() {
        if let Item::Field { value, .. } = item {
            fields.push_str(&format!("{}{next} 0 R", if fields.is_empty() { "" } else { " " }));
            next += if value.is_some() { 2 } else { 1 };
        }
    }
    if fields.is_empty() {
        return fields;
    }
    format!(" /AcroForm << /Fields [{fields}] /DR << {FONTS} >> /DA (/F1 {TEXT} Tf 0 g) >>")
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

    /// A field of a form and, where it holds something, how that looks.
    fn field(&mut self, item: &Item, page: usize) {
        let Item::Field { name, x, y, width, height, value } = item else { return };
        let at = format!("[{x:.1} {y:.1} {:.1} {:.1}]", x + width, y + height);
        let Some((value, lines)) = value else {
            self.object(&format!(
                "<< /Type /Annot /Subtype /Widget /FT /Sig /T ({name}) /Rect {at} /F 4 /P {page} 0 R >>"
            ));
            return;
        };
        let codes: String = value.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        let look = self.places.len() + 2;
        // Read only (bit 1), several lines (bit 13).
        self.object(&format!(
            "<< /Type /Annot /Subtype /Widget /FT /Tx /Ff 4097 /T ({name}) /V <FEFF{codes}> /Rect {at} /F 4 \
             /P {page} 0 R /DA (/F1 {TEXT} Tf 0 g) /AP << /N {look} 0 R >> >>"
        ));
        let mut drawn = b"/Tx BMC\n".to_vec();
        for (i, runs) in lines.iter().enumerate() {
            let y = height - INSIDE - TEXT - i as f32 * TEXT * LEADING;
            drawn.extend(content(&[Item::Text { x: INSIDE, y, size: TEXT, runs: runs.clone() }]));
        }
        drawn.extend_from_slice(b"EMC");
        let dict = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 {width:.1} {height:.1}] /Resources << {FONTS} >> "
        );
        self.stream(&dict, &drawn);
    }

    fn stream(&mut self, entries: &str, bytes: &[u8]) {
        self.begin();
        self.out.extend_from_slice(format!("<< {entries}/Length {} >>\nstream\n", bytes.len()).as_bytes());
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
            Item::Field { .. } => {}
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
