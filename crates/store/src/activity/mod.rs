//! The activity log as a Merkle tree: its hashes, proofs, signed checkpoints, and the check that needs nothing but files.
//!
//! Hashes after RFC 6962 section 2.1 (the same in RFC 9162 section 2.1): a leaf is SHA-256(0x00 || row), an inner node
//! SHA-256(0x01 || left || right). The writer adds each row's leaf in the transaction that writes the row; a whole
//! subtree of 256 leaves, 65,536 leaves and so on is one stored hash, so that every proof reads a few hundred hashes at
//! most, however long the log is.

mod base64;
mod files;
mod proof;
mod row;
mod sealing;
mod signed;
mod tree;
mod verify;
mod witness;

pub(crate) use files::{hex, unhex};
pub use files::{notes_text, parse_notes};
pub use proof::{consistency, inclusion, is_consistent, is_included, root_at};
pub use row::{Content, LoggedRow, blind_of, content_digest, leaf_of, period_of, period_start};
pub use sealing::{CASE_CLASS, FLAG_CLASS, LOG_CLASS, TIP_CLASS};
pub(crate) use sealing::{seal, unseal};
pub use signed::{Checkpoint, NoteProblem, Signer, Verifier};
pub use tree::{Frontier, Hash, NODE_LEVELS, Nodes, leaf_hash, node_hash};
pub use verify::{Evidence, Finding, LISTED_FINDINGS, Verdict, is_certificate, verify};
pub use witness::{Offer, WitnessRefusal, offer_text, parse_offer, take};
