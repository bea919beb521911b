//! Where each line of text stands on which page.

use crate::text::{Run, lines};
use crate::{Block, Cell, Column, Look, Mark, Paper};

/// Blank border of a page, in points.
pub(crate) const MARGIN: f32 = 54.0;
/// Size of the text, in points.
pub(crate) const TEXT: f32 = 10.0;
/// Size of a heading.
const HEADING: f32 = 13.0;
/// Size of head and foot.
const SMALL: f32 = 9.0;
/// Size of the mark of the process.
const MARKED: f32 = 8.0;
/// From the upper and the left edge of the sheet to the mark, in points.
const MARK_BORDER: f32 = 14.0;
/// Height of a line in sizes.
pub(crate) const LEADING: f32 = 1.3;
/// Blank between two cells, in points.
pub(crate) const GAP: f32 = 6.0;
/// Width of the words of a list of facts, in points.
const WORDS: f32 = 130.0;
/// Width of one shape, in points.
const SHAPE: f32 = 8.0;
/// Blank between the border of a field and its text, in points.
pub(crate) const INSIDE: f32 = 3.0;
/// Height of the room for a signature, in points.
const SIGNATURE: f32 = 64.0;

/// Colours, as shares of red, green and blue. Text of each stands at least 7:1 on its ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ink {
    Black,
    White,
    /// The band of the person.
    Tide,
    /// Behind headings.
    Tint,
    /// Headings.
    Act,
    /// Hairlines.
    Line,
}

/// Something on a page; the origin is the lower left corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// Text at a place.
    Text { x: f32, y: f32, size: f32, runs: Vec<Run> },
    /// A line across.
    Rule { x: f32, y: f32, length: f32 },
    /// A filled box; its lower left corner.
    Fill { x: f32, y: f32, width: f32, height: f32, ink: Ink },
    /// From here on in this colour.
    Ink(Ink),
    /// A closed, filled outline.
    Shape(Vec<(f32, f32)>),
    /// A field of a form; its lower left corner. Without lines of text it is for a signature.
    Field {
        name: &'static str,
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        value: Option<(String, Vec<Vec<Run>>)>,
    },
}

/// All pages.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    pub(crate) pages: Vec<Vec<Item>>,
    /// Characters written by their number, head and foot counted once.
    pub(crate) by_number: usize,
}

/// Measures of a look, in points.
#[derive(Clone, Copy)]
struct Measures {
    margin: f32,
    text: f32,
    heading: f32,
    name: f32,
    is_chart: bool,
}

const PLAIN: Measures =
    Measures { margin: MARGIN, text: TEXT, heading: HEADING, name: SMALL, is_chart: false };
const CHART: Measures = Measures { margin: 42.0, text: 8.5, heading: 10.5, name: 16.0, is_chart: true };
/// Blank inside the band of the person, in points.
const BAND: f32 = 14.0;

struct Desk {
    laid: Laid,
    is: Measures,
    /// Where the next line's top stands.
    y: f32,
    top: f32,
    bottom: f32,
    width: f32,
}

/// Lays the blocks on pages, then writes head and foot on each.
pub(crate) fn lay(paper: &Paper) -> Laid {
    let (width, height) = paper.size.points();
    let is = if paper.look == Look::Plain { PLAIN } else { CHART };
    let text_width = width - 2.0 * is.margin;
    let mut head: Vec<(f32, Vec<Run>)> = Vec::new();
    let mut by_number = 0;
    for (i, line) in paper.head.iter().enumerate() {
        let size = if i == 0 { is.name } else { SMALL };
        let cut = lines(line, i == 0, size, text_width);
        by_number += cut.by_number;
        head.extend(cut.lines.into_iter().map(|runs| (size, runs)));
    }
    let written = head.iter().map(|(size, _)| size * LEADING).sum::<f32>();
    let head_height = if is.is_chart { written + 2.0 * BAND - is.margin + 12.0 } else { written + 10.0 };
    let top = height - is.margin - head_height;
    let mut desk = Desk {
        laid: Laid { pages: vec![Vec::new()], by_number },
        is,
        y: top,
        top,
        bottom: is.margin + SMALL * LEADING + 8.0,
        width: text_width,
    };
    for block in &paper.blocks {
        desk.block(block);
    }
    let count = desk.laid.pages.len();
    for (i, page) in desk.laid.pages.iter_mut().enumerate() {
        // Who it is comes first, also for a program that reads the page aloud.
        let content = std::mem::take(page);
        let mut y = if is.is_chart { height - BAND } else { height - is.margin };
        if is.is_chart {
            let tall = written + 2.0 * BAND;
            page.push(Item::Fill { x: 0.0, y: height - tall, width, height: tall, ink: Ink::Tide });
            page.push(Item::Ink(Ink::White));
        }
        let mut marks = Vec::with_capacity(head.len() + 1);
        for (size, runs) in &head {
            marks.push(Item::Text { x: is.margin, y: y - size, size: *size, runs: runs.clone() });
            y -= size * LEADING;
        }
        if is.is_chart {
            page.append(&mut marks);
            page.push(Item::Ink(Ink::Black));
            page.extend(content);
        } else {
            marks.push(Item::Rule { x: is.margin, y: y - SMALL + SMALL * 0.6, length: text_width });
            page.extend(content);
            page.append(&mut marks);
        }
        let number = format!("{} {} {} {count}", paper.page[0], i + 1, paper.page[1]);
        let foot = if paper.foot.is_empty() { number } else { format!("{}    {number}", paper.foot) };
        let cut = lines(&foot, false, SMALL, text_width);
        let mut y = is.margin + SMALL * LEADING * (cut.lines.len() as f32 - 1.0);
        for runs in cut.lines {
            page.push(Item::Text { x: is.margin, y, size: SMALL, runs });
            y -= SMALL * LEADING;
        }
        if let Some(words) = crate::MARK.get() {
            page.extend(marked(words, height, is.is_chart));
        }
    }
    desk.laid
}

/// The mark of the process: on the blank border, or on the band, above everything else.
fn marked(words: &str, height: f32, is_on_a_band: bool) -> [Item; 3] {
    let runs = lines(words, true, MARKED, f32::MAX).lines.into_iter().next().unwrap_or_default();
    let text = Item::Text { x: MARK_BORDER, y: height - MARK_BORDER, size: MARKED, runs };
    [Item::Ink(if is_on_a_band { Ink::White } else { Ink::Black }), text, Item::Ink(Ink::Black)]
}

impl Desk {
    fn block(&mut self, block: &Block) {
        match block {
            Block::NewPage => self.turn(),
            Block::Heading(text) => {
                self.y -= 6.0;
                self.need(self.is.heading * LEADING + 3.0 * self.is.text * LEADING);
                if self.is.is_chart {
                    self.tinted(text);
                } else {
                    self.text(text, true, self.is.heading, 0.0, self.width);
                    self.y -= 2.0;
                }
            }
            Block::Strong(text) => {
                self.need(2.0 * self.is.text * LEADING);
                self.text(text, true, self.is.text, 0.0, self.width);
            }
            Block::Paragraph(text) => {
                self.text(text, false, self.is.text, 0.0, self.width);
                self.y -= 4.0;
            }
            Block::Facts(facts) => {
                for (word, text) in facts {
                    let cells =
                        [(word.as_str(), false, 0.0, WORDS - GAP), (text, false, WORDS, self.width - WORDS)];
                    self.beside(&cells, None);
                }
                self.y -= 4.0;
            }
            Block::Table { columns, rows } => self.table(columns, rows),
            Block::Field { label, name, value } => self.field(label, name, value),
            Block::Signature { label, name } => {
                self.need(SIGNATURE + 3.0 * self.is.text * LEADING);
                self.text(label, true, self.is.text, 0.0, self.width);
                let (x, width) = (self.is.margin, self.width);
                self.y -= SIGNATURE + 4.0;
                let y = self.y;
                self.page().push(Item::Field { name, x, y, width, height: SIGNATURE, value: None });
                self.page().push(Item::Rule { x, y, length: width });
                self.y -= 8.0;
            }
        }
    }

    /// A word, and beside it a field as high as what it holds.
    fn field(&mut self, label: &str, name: &'static str, value: &str) {
        let width = self.width - WORDS;
        let cut = lines(value, false, TEXT, width - 2.0 * INSIDE);
        self.laid.by_number += cut.by_number;
        let height = cut.lines.len().max(1) as f32 * TEXT * LEADING + 2.0 * INSIDE;
        self.need(height + 4.0);
        let (x, top) = (self.is.margin, self.y);
        self.y -= INSIDE;
        self.text(label, false, self.is.text, 0.0, WORDS - GAP);
        self.y = self.y.min(top - height);
        let y = top - height;
        let value = Some((value.to_owned(), cut.lines));
        self.page().push(Item::Field { name, x: x + WORDS, y, width, height, value });
        self.page().push(Item::Rule { x: x + WORDS, y, length: width });
        self.y -= 5.0;
    }

    /// A heading on a tint as wide as the text.
    fn tinted(&mut self, text: &str) {
        let (size, width) = (self.is.heading, self.width);
        let tall = size * LEADING + 4.0;
        let (x, y) = (self.is.margin, self.y - tall);
        self.page().push(Item::Fill { x, y, width, height: tall, ink: Ink::Tint });
        self.page().push(Item::Ink(Ink::Act));
        self.y -= 2.0;
        self.text(text, true, size, GAP, width - 2.0 * GAP);
        self.page().push(Item::Ink(Ink::Black));
        self.y -= 5.0;
    }

    fn page(&mut self) -> &mut Vec<Item> {
        if self.laid.pages.is_empty() {
            self.laid.pages.push(Vec::new());
        }
        let last = self.laid.pages.len() - 1;
        &mut self.laid.pages[last]
    }

    /// A new page unless so much room is left.
    fn need(&mut self, height: f32) {
        if self.y - height < self.bottom && self.y < self.top {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.laid.pages.push(Vec::new());
        self.y = self.top;
    }

    fn text(&mut self, text: &str, strong: bool, size: f32, x: f32, width: f32) {
        let cut = lines(text, strong, size, width);
        self.laid.by_number += cut.by_number;
        for runs in cut.lines {
            self.need(size * LEADING);
            let y = self.y - size;
            let x = self.is.margin + x;
            self.page().push(Item::Text { x, y, size, runs });
            self.y -= size * LEADING;
        }
    }

    /// Texts side by side; the row goes on over the page's end line by line.
    fn beside(&mut self, cells: &[(&str, bool, f32, f32)], mark: Option<(usize, Mark)>) {
        let mut columns = Vec::with_capacity(cells.len());
        for (i, (text, strong, x, width)) in cells.iter().enumerate() {
            let room = mark.filter(|(at, _)| *at == i).map_or(0.0, |(_, mark)| room_of(mark));
            let cut = lines(text, *strong, self.is.text, width - room);
            self.laid.by_number += cut.by_number;
            columns.push((x + room, cut.lines));
        }
        let height = columns.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        // A row that fits on a page is not parted.
        let whole = height as f32 * self.is.text * LEADING;
        if whole <= self.top - self.bottom {
            self.need(whole);
        }
        let size = self.is.text;
        for n in 0..height {
            self.need(self.is.text * LEADING);
            let y = self.y - self.is.text;
            if let (0, Some((at, mark))) = (n, mark)
                && let Some((_, _, x, _)) = cells.get(at)
            {
                let x = self.is.margin + x;
                self.page().extend(shapes(mark, x, y));
            }
            for (x, lines) in &columns {
                if let Some(runs) = lines.get(n).filter(|runs| !runs.is_empty()) {
                    let (x, runs) = (self.is.margin + x, runs.clone());
                    self.page().push(Item::Text { x, y, size, runs });
                }
            }
            self.y -= self.is.text * LEADING;
        }
    }

    fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>]) {
        let mut places = Vec::with_capacity(columns.len());
        let mut x = 0.0;
        for column in columns {
            let width = self.width * f32::from(column.width) / 100.0;
            places.push((x, (width - GAP).max(GAP)));
            x += width;
        }
        let titles: Vec<(&str, bool, f32, f32)> =
            columns.iter().zip(&places).map(|(c, (x, w))| (c.title.as_str(), true, *x, *w)).collect();
        self.need(4.0 * self.is.text * LEADING);
        self.titles(&titles);
        for row in rows {
            let cells: Vec<(&str, bool, f32, f32)> =
                row.iter().zip(&places).map(|(c, (x, w))| (c.text.as_str(), c.strong, *x, *w)).collect();
            let mark = row.iter().enumerate().find_map(|(i, cell)| cell.mark.map(|mark| (i, mark)));
            let height = cells
                .iter()
                .map(|(text, strong, _, w)| lines(text, *strong, self.is.text, *w - 2.0 * SHAPE).lines.len())
                .max()
                .unwrap_or(1) as f32
                * self.is.text
                * LEADING;
            if self.y - height < self.bottom {
                self.turn();
                self.titles(&titles);
            }
            self.beside(&cells, mark);
            if self.is.is_chart {
                let (x, y, width) = (self.is.margin, self.y - 0.5, self.width);
                self.page().push(Item::Fill { x, y, width, height: 0.5, ink: Ink::Line });
                self.y -= 2.5;
            }
        }
        self.y -= 6.0;
    }

    fn titles(&mut self, titles: &[(&str, bool, f32, f32)]) {
        self.beside(titles, None);
        let (y, length) = (self.y - 1.0, self.width);
        let x = self.is.margin;
        self.page().push(Item::Rule { x, y, length });
        self.y -= 4.0;
    }
}

fn room_of(mark: Mark) -> f32 {
    match mark {
        Mark::UpUp | Mark::DownDown => 2.0 * SHAPE + 2.0,
        _ => SHAPE + 2.0,
    }
}

/// Outlines of a shape whose lower left corner stands at a place.
fn shapes(mark: Mark, x: f32, y: f32) -> Vec<Item> {
    let (w, h) = (SHAPE - 1.5, TEXT * 0.7);
    let up = |x: f32| Item::Shape(vec![(x, y), (x + w, y), (x + w / 2.0, y + h)]);
    let down = |x: f32| Item::Shape(vec![(x, y + h), (x + w, y + h), (x + w / 2.0, y)]);
    match mark {
        Mark::Up => vec![up(x)],
        Mark::UpUp => vec![up(x), up(x + SHAPE)],
        Mark::Down => vec![down(x)],
        Mark::DownDown => vec![down(x), down(x + SHAPE)],
        Mark::Star => vec![Item::Shape(vec![
            (x + w / 2.0, y),
            (x + w, y + h / 2.0),
            (x + w / 2.0, y + h),
            (x, y + h / 2.0),
        ])],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;
    use crate::metrics::Face;

    fn is_strong(runs: &[Run]) -> bool {
        runs.iter().any(|run| run.face == Face::Strong)
    }

    #[test]
    fn a_long_table_has_its_titles_on_every_page() {
        let columns =
            vec![Column { title: "Test".into(), width: 50 }, Column { title: "Value".into(), width: 50 }];
        let rows = (0..200).map(|n| vec![Cell::text("Potassium"), Cell::strong(&format!("{n}.0"))]).collect();
        let paper = Paper {
            size: Size::A4,
            head: vec!["Roy, Lise".into()],
            foot: String::new(),
            page: ["Page".into(), "of".into()],
            blocks: vec![Block::Table { columns, rows }],
            look: crate::Look::Plain,
        };
        let laid = lay(&paper);
        assert!(laid.pages.len() > 3);
        for page in &laid.pages {
            let strong =
                page.iter().filter(|item| matches!(item, Item::Text { runs, .. } if is_strong(runs)));
            assert!(strong.count() > 2);
            for item in page {
                if let Item::Text { y, .. } = item {
                    assert!(*y >= MARGIN - 1.0 && *y < 842.0 - MARGIN + 1.0, "{y}");
                }
            }
        }
    }
}
