//! Search: one table of parameters, the index rows it yields, queries and what matches them.
//!
//! The cost of an index is pages written (DESIGN.md section 5), so a parameter is in [`PARAMETERS`] only when a screen
//! or the thin FHIR door promises it, and `patient`, `subject` and `_id` have no rows: every row is keyed by record.

mod directory;
mod filter;
mod index;
pub mod query;
pub mod r4;
mod table;
mod words;

pub use directory::{DIRECTORY, DirectoryParameter, is_of_directory, of_directory};
pub use filter::{Filter, Prefix, System, Wanted};
pub use index::{ELSEWHERE, IndexRow, IndexValue, MAX_INDEXED, rows};
pub use query::{Query, QueryError, Sort};
pub use table::{Index, PARAMETERS, Parameter, ParameterId, ParameterType, of_kind, parameter};
pub use words::fold;
