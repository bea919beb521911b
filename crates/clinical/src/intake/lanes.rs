//! The lanes of a message: what must stay in order with what (DESIGN.md section 4).

use crate::intake::datatypes::hd::Designator;
use crate::intake::reading::{comp, reps};
use hl7v2::{Message, Rep};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Hashes of every identifier in PID-3 and MRG-1 with its authority, each once, in order. Empty for a message that
/// names nobody. A number without authority counts by itself, so that it meets its twin of the same link.
#[must_use]
pub fn lanes(message: &Message) -> Vec<u64> {
    let mut lanes = Vec::new();
    let mut seen = HashSet::new();
    for segment in message.segments() {
        let field = match segment.name() {
            "PID" => segment.field(3),
            "MRG" => segment.field(1),
            _ => continue,
        };
        for rep in reps(field) {
            if let Some(lane) = lane(rep)
                && seen.insert(lane)
            {
                lanes.push(lane);
            }
        }
    }
    lanes
}

fn lane(rep: Rep<'_>) -> Option<u64> {
    let value = comp(rep, 1);
    if value.is_empty() {
        return None;
    }
    let authority = Designator::of_comp(rep.comp(4));
    let mut hasher = Sha256::new();
    for word in [authority.authority(), &value] {
        hasher.update((word.len() as u64).to_be_bytes());
        hasher.update(word.as_bytes());
    }
    let digest = hasher.finalize();
    digest.first_chunk::<8>().map(|first| u64::from_be_bytes(*first))
}
