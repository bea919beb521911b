//! HL7 v2 messages from bytes and back, MLLP frames, acknowledgements.
//!
//! The crate knows the form of a message and nothing of its meaning: no sockets, no clock, no clinical opinion.
//! Reading is tolerant (a [`Message`] plus the [`Problem`]s it shows, an error only for a header that cannot be
//! read), writing is strict, and the received bytes are never lost.
//!
//! ```
//! let message = hl7v2::Message::parse("MSH|^~\\&|LAB|QE2|OPOR|NS|20260115||ORU^R01|1|P|2.5.1\rPID|1||42^^^NS^JHN\r")?;
//! assert_eq!(message.header().trigger(), "R01");
//! assert_eq!(message.segment_named("PID").field(3).comp(5).text(), "JHN");
//! # Ok::<(), hl7v2::Unreadable>(())
//! ```
#![cfg_attr(not(test), warn(clippy::pedantic))]
#![allow(clippy::must_use_candidate, clippy::missing_errors_doc, clippy::cast_possible_truncation)]

pub mod ack;
pub mod batch;
mod build;
mod charset;
mod delimiters;
mod edit;
mod escape;
mod header;
mod index;
mod message;
pub mod mllp;
mod names;
mod path;
mod problem;
mod swar;
pub mod time;
mod tree;

pub use build::{BuildError, Builder};
pub use charset::{ACCEPTED_CHARSETS, Charset};
pub use delimiters::Delimiters;
pub use edit::EditError;
pub use escape::{escape, unescape};
pub use header::Header;
pub use message::Message;
pub use path::{Path, PathError};
pub use problem::{AckHint, Problem, ProblemKind, Unreadable};
pub use tree::{Comp, Field, Leaf, Parts, Place, Rep, Segment};
