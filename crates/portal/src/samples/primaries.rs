//! Samples of the page on which a wrong primary care provider is withdrawn.

use super::{NOW, ago, words};
use actions::ObligationId;
use actions::primaries::{Line, LinesView, Sent, Waits};

/// One that stands and one that was withdrawn.
pub(super) fn lines() -> LinesView {
    LinesView {
        who: "DRUMLIN, Maren".into(),
        birth_date: "1961-03-09".into(),
        lines: vec![
            Line {
                practitioner: "p-cairnwood".into(),
                name: "Cairnwood, Aoife".into(),
                places: "Harbourview Clinic".into(),
                said_by: vec![words(
                    "stated by Harbourview Clinic, 2026-11 from 2026-01-01",
                    "déclaré par Harbourview Clinic, 2026-11 à partir du 2026-01-01",
                )],
                withdrawn: None,
            },
            Line {
                practitioner: "p-shore".into(),
                name: "Shore, Ben".into(),
                places: "Shore Clinic".into(),
                said_by: vec![words("named on file on 2026-11-20", "nommé au dossier le 2026-11-20")],
                withdrawn: Some((ago(90), "Marram, Jo".into(), "She moved to Halifax in May".into())),
            },
        ],
        open: vec![Waits {
            obligation: ObligationId(8_101),
            since: ago(40),
            due: NOW.plus_minutes(1_400),
            because: words(
                "ADT@HRH states it again, and it is not used. Take the withdrawal back, or close this with why it stays.",
                "ADT@HRH le déclare de nouveau, et il n’est pas utilisé. Annulez le retrait, ou fermez ceci en disant pourquoi il reste.",
            ),
        }],
        history: vec![(
            ago(90),
            words("Marram, Jo", "Marram, Jo"),
            words(
                "Shore, Ben: withdrawn. She moved to Halifax in May",
                "Shore, Ben\u{a0}: retiré. She moved to Halifax in May",
            ),
        )],
        sent: vec![Sent {
            at: ago(300),
            what: words("Creatinine", "Créatinine"),
            to: words("Shore, Ben at Shore Clinic", "Shore, Ben à Shore Clinic"),
            is_open: true,
        }],
        all_sent: 24,
    }
}
