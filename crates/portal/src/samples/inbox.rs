//! Samples of the list of a practice's team.

use super::chart::lines;
use super::{NOW, banner, words};
use actions::ObligationId;
use actions::inbox::{NamedTeam, TeamLine, TeamView, Workplace};

/// One that was handed over, one that nobody opened.
pub(super) fn team() -> TeamView {
    let one = |n: i64, gravity: u8, minutes: i64, en: &str, fr: &str| TeamLine {
        obligation: ObligationId(n),
        banner: banner(),
        report: lines().remove(0),
        gravity,
        owner: words(
            "covering clinician (Gull, Ada, 902-555-0100)",
            "clinicien remplaçant (Gull, Ada, 902-555-0100)",
        ),
        due: NOW.plus_minutes(minutes),
        of: words("Cairnwood, Aoife at Harbourview Clinic", "Cairnwood, Aoife à Harbourview Clinic"),
        because: words(en, fr),
    };
    TeamView {
        places: "Harbourview Clinic".into(),
        lines: vec![
            one(6_001, 2, 12, "Not opened in time.", "Non ouvert à temps."),
            one(
                6_002,
                0,
                900,
                "Cairnwood, Aoife handed it to the covering clinicians.",
                "Cairnwood, Aoife l’a remis aux cliniciens remplaçants.",
            ),
        ],
        teams: vec![NamedTeam {
            id: "t-1".into(),
            name: "Diabetes".into(),
            place: "harbourview".into(),
            place_name: "Harbourview Clinic".into(),
            people: vec![
                ("p-cairnwood".into(), "Cairnwood, Aoife".into(), true, true),
                ("p-okafor".into(), "Okafor, Chidi".into(), true, false),
                ("p-tern".into(), "Tern, Ben".into(), false, true),
            ],
            waiting: 2,
            mine: true,
        }],
        people: vec![Workplace {
            id: "harbourview".into(),
            name: "Harbourview Clinic".into(),
            people: vec![
                ("p-cairnwood".into(), "Cairnwood, Aoife".into()),
                ("p-tern".into(), "Tern, Ben".into()),
            ],
        }],
        more: 3,
        withheld: 1,
    }
}
