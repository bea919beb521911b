//! The lanes of a message: what must stay in order with what (DESIGN.md section 4).

use crate::intake::claim::MOST_IDENTIFIERS;
use crate::intake::limits::MOST_SEGMENTS;
use crate::intake::reading::{comp, reps};
use hl7v2::Message;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Hashes of every number that may name a patient of the message, each once, in order: PID-3, PID-2 and PID-4 as the
/// claim reads them, and MRG-1. Empty for a message that names nobody.
///
/// The authority does not count and spelling does not either: a card with hyphens, a blank authority that stands for
/// the link's own, and a number in PID-2 or PID-3 all meet in one lane. Strangers who share a number of two
/// authorities share a lane too, which costs a little parallel work and never the order.
#[must_use]
pub fn lanes(message: &Message) -> Vec<u64> {
    let mut lanes = Vec::new();
    let mut seen = HashSet::new();
    // What is longer is held unread, so that its order does not matter.
    for segment in message.segments().take(MOST_SEGMENTS) {
        let fields: &[usize] = match segment.name() {
            "PID" => &[3, 2, 4],
            "MRG" => &[1],
            _ => continue,
        };
        for rep in fields.iter().flat_map(|n| reps(segment.field(*n)).take(MOST_IDENTIFIERS)) {
            if let Some(lane) = lane(&comp(rep, 1))
                && seen.insert(lane)
            {
                lanes.push(lane);
            }
        }
    }
    lanes
}

fn lane(value: &str) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    let plain: String = value.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    // A number of hyphens alone is still a number.
    let digest = Sha256::digest(if plain.is_empty() { value } else { &plain });
    digest.first_chunk::<8>().map(|first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pid: &str) -> Vec<u64> {
        let text = format!("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5.1\r{pid}\r");
        lanes(&Message::parse(text).expect("a message"))
    }

    #[test]
    fn h15_one_number_has_one_lane_however_it_is_written() {
        let plain = of("PID|1||0041702816^^^CANNS^JHN");
        for other in [
            "PID|1||0041-702-816^^^CANNS^JHN",
            "PID|1||0041 702 816^^^NS^JHN",
            "PID|1||0041702816",
            "PID|1|0041702816^^^CANNS^JHN",
            "PID|1||||",
            "PID|1||0041702816^^^QEII^MR",
            "PID|1|||0041702816",
        ] {
            let expected = if other.ends_with("||||") { Vec::new() } else { plain.clone() };
            assert_eq!(of(other), expected, "{other}");
        }
        assert_ne!(of("PID|1||1"), of("PID|1||2"));
        assert_eq!(of("PID|1||-^^^QEII^MR").len(), 1);
        assert_eq!(of("PID|1|3|1|2").len(), 3);
        assert_eq!(of("PID|1||1^^^Q\rMRG|2^^^Q")[1], of("PID|1||2^^^Q")[0]);
    }
}
