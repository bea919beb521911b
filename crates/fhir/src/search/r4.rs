//! The whole of R4 search over a resource's tree: every parameter of HL7's registry as a table of facts, a small
//! evaluator of their paths, conditions with all modifiers and prefixes, requests as clients write them.
//!
//! An index makes a search quick, never right: whatever finds candidates, the resource itself is asked (decision 31).

mod condition;
mod extent;
mod indexed;
mod named;
mod number;
mod order;
mod path;
mod request;
mod table;
mod values;

pub use condition::{Condition, Modifier, Sought};
pub use extent::Extent;
pub use indexed::{COMPLETE, USUAL_COMPLETE, dates_beside, marks_tell, noted, notes_tell};
pub use named::{OTHERS, names_only, patients_in};
pub use number::Fixed;
pub use order::{Direction, SortKey};
pub use request::{
    Clause, Include, MAX_INCLUDES, Params, Request, RequestError, Summary, Total, Unknown, decode_pairs,
};
pub use table::{SearchParam, SearchType, compartment, in_compartment, of, of_kind};
pub(super) use values::span;
pub use values::{Found, local_reference};

#[cfg(test)]
mod tests;
