//! What a report looks like on its way out: HL7 v2 in the dialect of an EMR product, an XML report file, FHIR R4
//! bundles, pages. All pure: the same received message, header and profile give the same bytes, so that a repeat is made
//! again instead of kept (docs/ways-out.md).

mod dialect;
mod exchange;
mod facts;
mod line_test;
pub(crate) mod lines;
mod page;
mod profile;
mod report_file;
mod sheet;
mod statement;

pub use dialect::{Rendered, Unfit, render};
pub use exchange::{DELIVERY_SYSTEM, Exchange, exchange, message_id};
pub use facts::{Fact, Facts, facts};
pub use line_test::line_test;
pub use page::{Language, flag_words, pages};
pub use paper::mark_every_page;
pub use paper::read::pages as page_count;
pub use profile::{Place, Profile, ProfileProblem, profiles, versions};
pub use report_file::report_file;
pub use sheet::{Asked, Embedded, Person, Reading, Section, Sheet, Visit, sheet};
pub use statement::{Statement, stated};

#[cfg(test)]
mod tests;
