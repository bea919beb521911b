//! What the terminology desk owes: a row for a code that its sender's map does not know (FEATURES IN11).

use super::{Obligation, ObligationKind, of_desk};
use crate::words::Words;
use fhir::Instant;

/// A code of a sender's own that its map does not know; `id` tells it from the sender's others.
#[must_use]
pub fn unmapped_code(link: &str, id: &str, code: &str, reason: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Map code {code} of feed {link}."),
        format!("Mettre en correspondance le code {code} du flux {link}."),
    );
    of_desk(ObligationKind::UnmappedCode, what, reason, now).for_whom(link, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obligations::{Desk, Owner};

    #[test]
    fn in11_a_code_without_a_row_is_owed_within_a_day() {
        let why = Words::new("No row", "Pas de ligne");
        let owed = unmapped_code("LAB", "code|99LAB|FERR|", "FERR", why, Instant(0));
        assert_eq!(owed.owner(), &Owner::Desk(Desk::Terminology));
        assert_eq!(owed.clock().due, Instant(0).plus_minutes(24 * 60));
        assert!(owed.clock().then.is_human());
    }
}
