//! Code maps: a sender's own codes and what they are in LOINC, pCLOCD or the DIN, and its spellings of units in UCUM
//! (docs/mapping/codes.md). The sender's code always stays first, the added one stands beside it; a code that no map
//! knows is shown in the sender's words, opens one task and blocks nothing (FEATURES IN11).

mod apply;
mod conversion;
mod map;
pub mod ucum;

pub use apply::{Unmapped, Why};
pub use conversion::{Conversion, rounded, same_unit};
pub use map::{CodeMap, Row, Target};
