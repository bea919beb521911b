//! Samples of the letters that wait to be posted.

use super::{NOW, words};
use actions::ObligationId;
use actions::deliveries::LetterLine;

pub(super) fn letters() -> Vec<LetterLine> {
    let line = |obligation: i64, number: &str, gravity: u8, minutes: i64| LetterLine {
        obligation: ObligationId(obligation),
        number: number.into(),
        to: words("Cairnwood, Aoife at Harbourview Clinic", "Cairnwood, Aoife à Harbourview Clinic"),
        address: "12 Wharf Road, Chéticamp NS B0E 1H0".into(),
        why: words(
            "It cannot go by fax: the receiver’s number is gone. It goes by letter instead.",
            "Impossible par télécopie\u{a0}: le numéro du destinataire n’existe plus. Remplacé par lettre.",
        ),
        due: NOW.plus_minutes(minutes),
        gravity,
    };
    vec![line(7_101, "F100", 1, -30), line(7_102, "F101", 0, 240)]
}
