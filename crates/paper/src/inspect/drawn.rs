//! What a page draws (ISO 32000-1 8, 9), as far as it matters for a form: whether something was drawn where a signature
//! goes, and whether the page is nothing but a picture.

use super::file::File;
use super::object::{Dict, Lexer, Object};
use super::{Problem, sha256};

/// Operators of one page, at most.
const OPERATORS_LIMIT: usize = 400_000;
/// Graphics states that wait for each other, at most.
const STATES_LIMIT: usize = 64;
/// Streams of one page, at most.
const PARTS_LIMIT: usize = 1_000;
/// Annotations of one page, at most.
const NOTES_LIMIT: usize = 1_000;
/// How far inside a signature's box something must reach to count, in points: the box's own line does not.
const INSET: f64 = 3.0;

/// A rectangle of a page: left, bottom, right, top, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area([f64; 4]);

impl Area {
    fn meets(&self, other: &Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        a < g && e < c && b < h && f < d
    }
    fn inset(&self) -> Self {
        let [a, b, c, d] = self.0;
        Self([a + INSET, b + INSET, c - INSET, d - INSET])
    }
    fn grow(&mut self, (x, y): (f64, f64)) {
        let [a, b, c, d] = self.0;
        self.0 = [a.min(x), b.min(y), c.max(x), d.max(y)];
    }
    const NOTHING: Self = Self([f64::MAX, f64::MAX, f64::MIN, f64::MIN]);
}

/// A rectangle by its array (7.9.5); `None` when it has no extent.
pub(super) fn rectangle(object: &Object) -> Option<Area> {
    let Object::Array(items) = object else { return None };
    let numbers: Vec<f64> = items.iter().filter_map(Object::number).collect();
    let [a, b, c, d] = numbers[..] else { return None };
    let area = Area([a.min(c), b.min(d), a.max(c), b.max(d)]);
    (area.0[2] - area.0[0] > 2.0 * INSET && area.0[3] - area.0[1] > 2.0 * INSET).then_some(area)
}

/// What was found on a page.
pub(super) struct Drawn {
    pub(super) digest: [u8; 32],
    pub(super) in_area: bool,
    pub(super) is_picture_only: bool,
    pub(super) is_unread: bool,
}

pub(super) fn on(file: &File<'_>, page: &Dict, areas: &[Area]) -> Result<Drawn, Problem> {
    let mut content = Vec::new();
    let mut is_unread = false;
    let parts = match file.entry(page, "Contents")? {
        Object::Array(parts) if parts.len() > PARTS_LIMIT => return Err(Problem::TooMuch),
        Object::Array(parts) => parts.iter().map(|part| file.resolve(part)).collect::<Result<Vec<_>, _>>()?,
        Object::Null => Vec::new(),
        one => vec![one],
    };
    for part in parts {
        let Object::Stream(dict, begin) = part else { return Err(Problem::Damaged) };
        match file.inflate(&dict, begin) {
            Ok(data) => content.extend_from_slice(&data),
            Err(Problem::Unread) => is_unread = true,
            Err(other) => return Err(other),
        }
        content.push(b'\n');
    }
    let areas: Vec<Area> = areas.iter().map(Area::inset).collect();
    let mut pen = Pen { areas: &areas, in_area: false, pictures: 0, words: 0 };
    pen.draw(&content)?;
    let mut in_area = pen.in_area;
    if let Object::Array(notes) = file.entry(page, "Annots")? {
        if notes.len() > NOTES_LIMIT {
            return Err(Problem::TooMuch);
        }
        for note in &notes {
            let Object::Dict(note) = file.resolve(note)? else { continue };
            let sort = file.entry(&note, "Subtype")?;
            // Ink, stamps, typed text and lines that were laid over the page; a field's own box is none of them.
            if matches!(sort.name(), None | Some("Widget" | "Popup" | "Link")) {
                continue;
            }
            in_area |= rectangle(&file.entry(&note, "Rect")?)
                .is_some_and(|at| areas.iter().any(|area| area.meets(&at)));
        }
    }
    Ok(Drawn {
        digest: sha256(&content),
        in_area,
        is_picture_only: pen.words == 0 && pen.pictures > 0,
        is_unread,
    })
}

type Matrix = [f64; 6];
const AS_IS: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// `a`, then `b`.
fn then(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

fn at(m: Matrix, x: f64, y: f64) -> (f64, f64) {
    (x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5])
}

struct Pen<'a> {
    areas: &'a [Area],
    in_area: bool,
    pictures: usize,
    words: usize,
}

impl Pen<'_> {
    fn mark(&mut self, area: &Area) {
        self.in_area |= self.areas.iter().any(|wanted| wanted.meets(area));
    }

    fn draw(&mut self, content: &[u8]) -> Result<(), Problem> {
        let mut lexer = Lexer::new(content, 0);
        let (mut operands, mut states): (Vec<Object>, Vec<Matrix>) = (Vec::new(), Vec::new());
        let (mut now, mut line, mut path) = (AS_IS, AS_IS, Area::NOTHING);
        let mut operators = 0;
        while let Some(object) = lexer.object()? {
            let Object::Word(word) = object else {
                operands.push(object);
                if operands.len() > 4_096 {
                    return Err(Problem::TooMuch);
                }
                continue;
            };
            operators += 1;
            if operators > OPERATORS_LIMIT {
                return Err(Problem::TooMuch);
            }
            let numbers: Vec<f64> = operands.iter().filter_map(Object::number).collect();
            match (word.as_str(), &numbers[..]) {
                ("q", _) => {
                    if states.len() >= STATES_LIMIT {
                        return Err(Problem::TooMuch);
                    }
                    states.push(now);
                }
                ("Q", _) => now = states.pop().unwrap_or(AS_IS),
                ("cm", &[a, b, c, d, e, f]) => now = then([a, b, c, d, e, f], now),
                ("m" | "l", &[x, y]) => path.grow(at(now, x, y)),
                ("c", &[a, b, c, d, e, f]) => {
                    for (x, y) in [(a, b), (c, d), (e, f)] {
                        path.grow(at(now, x, y));
                    }
                }
                ("v" | "y", &[a, b, c, d]) => {
                    path.grow(at(now, a, b));
                    path.grow(at(now, c, d));
                }
                ("re", &[x, y, w, h]) => {
                    for (x, y) in [(x, y), (x + w, y), (x, y + h), (x + w, y + h)] {
                        path.grow(at(now, x, y));
                    }
                }
                ("S" | "s" | "f" | "F" | "f*" | "B" | "B*" | "b" | "b*", _) => {
                    self.mark(&path);
                    path = Area::NOTHING;
                }
                ("n", _) => path = Area::NOTHING,
                ("BT", _) => line = AS_IS,
                ("Td" | "TD", &[x, y]) => line = then([1.0, 0.0, 0.0, 1.0, x, y], line),
                ("Tm", &[a, b, c, d, e, f]) => line = [a, b, c, d, e, f],
                ("Tj" | "TJ" | "'" | "\"", _) => {
                    self.words += 1;
                    // How wide the words are is not known here; where they begin is enough.
                    let (x, y) = at(then(line, now), 0.0, 0.0);
                    self.mark(&Area([x, y, x + 1.0, y + 1.0]));
                }
                ("Do", _) => {
                    self.pictures += 1;
                    let mut square = Area::NOTHING;
                    for (x, y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
                        let (x, y) = at(now, x, y);
                        square.grow((x, y));
                    }
                    self.mark(&square);
                }
                ("BI", _) => {
                    self.pictures += 1;
                    skip_inline(&mut lexer)?;
                    let (x, y) = at(now, 0.0, 0.0);
                    let (u, v) = at(now, 1.0, 1.0);
                    let mut square = Area::NOTHING;
                    square.grow((x, y));
                    square.grow((u, v));
                    self.mark(&square);
                }
                _ => {}
            }
            operands.clear();
        }
        Ok(())
    }
}

/// Past a picture that stands in the content itself (8.9.7).
fn skip_inline(lexer: &mut Lexer<'_>) -> Result<(), Problem> {
    let rest = lexer.bytes.get(lexer.at..).unwrap_or_default();
    let is_end = |window: &[u8]| window[0].is_ascii_whitespace() && &window[1..3] == b"EI";
    let end = rest.windows(3).position(is_end).ok_or(Problem::Damaged)?;
    lexer.at += end + 3;
    Ok(())
}
