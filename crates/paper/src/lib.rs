//! Pages of text and tables as PDF 1.4 (ISO 32000-1), by the fourteen typefaces that every reader has, so that nothing
//! is embedded and the same words give the same bytes (docs/decisions: pages without a typeface).
//!
//! Every page bears the same head and `page n of m`. What the typefaces lack is written by its number, `[U+0268]`, and
//! counted: no character is left out and none is replaced by a look-alike.
//!
//! ```
//! use paper::{Block, Paper, Size};
//! let printed = Paper {
//!     size: Size::Letter,
//!     head: vec!["Roy, Lise".to_owned()],
//!     foot: "F1".to_owned(),
//!     page: ["Page".to_owned(), "of".to_owned()],
//!     blocks: vec![Block::Paragraph("Potassium 4.10 mmol/L".to_owned())],
//!     look: paper::Look::Plain,
//! }
//! .print();
//! assert!(printed.bytes.starts_with(b"%PDF-1.4") && printed.pages == 1);
//! ```

mod file;
mod layout;
mod metrics;
mod text;

use std::sync::OnceLock;

pub mod inspect;
pub mod read;
pub mod sign;

/// Words above the head of every page of this process.
static MARK: OnceLock<&'static str> = OnceLock::new();

/// From now on every page that this process prints bears these words above its head, whoever prints it; nothing takes them
/// away. For a process whose people are all invented: no caller can forget it.
pub fn mark_every_page(words: &'static str) {
    MARK.get_or_init(|| words);
}

/// What is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Size of the sheets.
    pub size: Size,
    /// Lines at the top of every page, the first one strong.
    pub head: Vec<String>,
    /// Words at the bottom of every page, left of the page number.
    pub foot: String,
    /// The words of `page n of m`: before n, and before m.
    pub page: [String; 2],
    /// What stands between them.
    pub blocks: Vec<Block>,
    /// How it is drawn.
    pub look: Look,
}

/// How pages are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Look {
    /// Black on white, for fax machines.
    #[default]
    Plain,
    /// The head as a dark band over the whole sheet, headings on a tint, smaller text: for a person at a table. The file
    /// says its language and its title to programs that read it aloud.
    Chart {
        /// `en-CA`
        language: &'static str,
        /// Title of the document; names nobody.
        title: String,
    },
}

/// Size of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 8.5 by 11 inches.
    Letter,
    /// ISO 216 A4.
    A4,
}

impl Size {
    /// Width and height in points (1/72 inch).
    #[must_use]
    pub fn points(self) -> (f32, f32) {
        match self {
            Self::Letter => (612.0, 792.0),
            Self::A4 => (595.0, 842.0),
        }
    }
}

/// A part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// What follows begins on a page of its own.
    NewPage,
    /// A heading; never the last line of a page.
    Heading(String),
    /// One strong line.
    Strong(String),
    /// Running text; line breaks in it stay.
    Paragraph(String),
    /// A word and what it is, line by line.
    Facts(Vec<(String, String)>),
    /// Rows under titles that stand again at the top of each page.
    Table {
        /// Titles and widths.
        columns: Vec<Column>,
        /// Cells of each row, as many as columns.
        rows: Vec<Vec<Cell>>,
    },
    /// A text field (ISO 32000-1 12.7.4.3) that is filled in and cannot be changed in a reader.
    Field {
        /// The word before it.
        label: String,
        /// Its name, for programs; letters only.
        name: &'static str,
        /// What it holds.
        value: String,
    },
    /// An empty field for a signature (ISO 32000-1 12.7.4.5), made by a program or drawn.
    Signature {
        /// The word above it.
        label: String,
        /// Its name, for programs; letters only.
        name: &'static str,
    },
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: String,
    /// Hundredths of the width of the text.
    pub width: u16,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// Its text.
    pub text: String,
    /// In the strong typeface.
    pub strong: bool,
    /// A shape before the text.
    pub mark: Option<Mark>,
}

impl Cell {
    /// Plain text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
    /// Strong text.
    #[must_use]
    pub fn strong(text: &str) -> Self {
        Self { strong: true, ..Self::text(text) }
    }
}

/// A shape that means something without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A triangle upwards.
    Up,
    /// Two of them.
    UpUp,
    /// A triangle downwards.
    Down,
    /// Two of them.
    DownDown,
    /// A square on its corner.
    Star,
}

/// What was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// Its pages.
    pub pages: usize,
    /// Characters that had to be written by their number.
    pub by_number: usize,
}

/// The width of a text on one line of the text's size, in points.
#[must_use]
pub fn width(text: &str, strong: bool) -> f32 {
    text::width_of(text, strong, layout::TEXT)
}

/// The width of the text between the borders, in points.
#[must_use]
pub fn text_width(size: Size) -> f32 {
    size.points().0 - 2.0 * layout::MARGIN
}

/// Blank between two cells of a table, in points.
pub const GAP: f32 = layout::GAP;

impl Paper {
    /// The pages.
    #[must_use]
    pub fn print(&self) -> Printed {
        let laid = layout::lay(self);
        Printed {
            pages: laid.pages.len(),
            by_number: laid.by_number,
            bytes: file::written(self.size, &laid.pages, &self.look),
        }
    }
}
