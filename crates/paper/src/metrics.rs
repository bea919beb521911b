//! Widths of Helvetica and Helvetica-Bold (Adobe core font metrics), in thousandths of the size.

/// A typeface of the fourteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Helvetica in WinAnsiEncoding.
    Plain,
    /// Helvetica-Bold in WinAnsiEncoding.
    Strong,
    /// Symbol in its own encoding.
    Symbol,
}

impl Face {
    /// Its name in the resources of a page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "F1",
            Self::Strong => "F2",
            Self::Symbol => "F3",
        }
    }
}

/// Codes 32 to 126 of Helvetica.
const PLAIN: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Codes 32 to 126 of Helvetica-Bold.
const STRONG: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278,
    556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584,
    556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556,
    333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// Letters under the accents of codes 192 to 255; those that have none stand for something about as wide.
const BASES: &[u8; 64] = b"AAAAAAWCEEEEIIIIDNOOOOO+OUUUUYPbaaaaaamceeeeiiiionooooo+ouuuuypy";

/// The width of a code in thousandths.
pub(crate) fn width(face: Face, code: u8) -> u16 {
    let table = match face {
        Face::Plain => &PLAIN,
        Face::Strong => &STRONG,
        // Wide enough for every sign that is used of it.
        Face::Symbol => return 700,
    };
    let ascii = |code: u8| table.get(usize::from(code.wrapping_sub(32))).copied();
    match code {
        32..=126 => ascii(code).unwrap_or(556),
        192..=255 => BASES.get(usize::from(code - 192)).and_then(|base| ascii(*base)).unwrap_or(556),
        0x85 | 0x89 | 0x8C | 0x97 | 0x99 => 1000,
        0x9C => 944,
        160 => 278,
        161..=191 => 611,
        _ => 667,
    }
}
