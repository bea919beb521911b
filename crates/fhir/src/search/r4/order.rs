//! Order of results: keys of bytes that sort as the values do.

use super::table::SearchParam;
use super::values::Found;
use crate::json::Object;
use crate::search::words::fold;
use crate::time::Instant;

/// Longest text that counts for the order, bytes.
const MAX_ORDERED: usize = 64;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Up,
    /// Largest first.
    Down,
}

/// What results are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// A parameter.
    Param(&'static SearchParam),
    /// When the version was filed.
    LastUpdated,
    /// The id.
    Id,
}

impl SortKey {
    /// The bytes by which a resource is placed. What has no value comes last either way.
    pub fn write(self, direction: Direction, resource: &Object, id: &str, at: Instant, out: &mut Vec<u8>) {
        let mut best = Best::new(direction);
        match self {
            Self::LastUpdated => best.keep(instant(at)),
            Self::Id => best.keep(text(id)),
            Self::Param(param) => param.values(resource, &mut |found| match found {
                Found::Token { system, code } => best.keep(text(code.or(system).unwrap_or_default())),
                Found::Text(word) => best.keep(text(&fold(word))),
                Found::Date(from, to) => best.keep_date(from, to),
                Found::Reference(reference) | Found::Uri(reference) => best.keep(text(reference)),
                Found::Number(low, _) | Found::Quantity { low, .. } => best.keep(low.sorted_bytes().to_vec()),
            }),
        }
        best.write(out);
    }
}

impl Direction {
    /// The bytes by which a resource is placed that has these dates: what [`SortKey::write`] writes of them.
    pub fn write_dates(self, dates: impl IntoIterator<Item = (Instant, Instant)>, out: &mut Vec<u8>) {
        let mut best = Best::new(self);
        dates.into_iter().for_each(|(from, to)| best.keep_date(from, to));
        best.write(out);
    }
}

/// The value by which a resource is placed: the first or the last of those it has.
struct Best {
    direction: Direction,
    bytes: Option<Vec<u8>>,
}

impl Best {
    fn new(direction: Direction) -> Self {
        Self { direction, bytes: None }
    }
    fn keep(&mut self, bytes: Vec<u8>) {
        let better = self.bytes.as_ref().is_none_or(|has| match self.direction {
            Direction::Up => bytes < *has,
            Direction::Down => bytes > *has,
        });
        if better {
            self.bytes = Some(bytes);
        }
    }
    fn keep_date(&mut self, from: Instant, to: Instant) {
        self.keep(instant(if self.direction == Direction::Up { from } else { Instant(to.0 - 1) }));
    }
    fn write(self, out: &mut Vec<u8>) {
        match self.bytes {
            None => out.push(1),
            Some(bytes) => {
                out.push(0);
                // Ended by a byte below all others, so that a text comes before what begins with it.
                let ended = bytes.into_iter().flat_map(|byte| [1, byte]).chain([0]);
                out.extend(ended.map(|byte| if self.direction == Direction::Up { byte } else { !byte }));
            }
        }
    }
}

fn instant(at: Instant) -> Vec<u8> {
    ((at.0 as u64) ^ (1 << 63)).to_be_bytes().to_vec()
}

fn text(word: &str) -> Vec<u8> {
    word.as_bytes()[..word.len().min(MAX_ORDERED)].to_vec()
}
