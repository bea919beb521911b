//! A sample of a practice's status page: a usual week with an incident that lasts, and a practice that is new.

use super::{ago, words};
use actions::canary::CanaryLine;
use actions::practice::{
    DestinationLine, IncidentLine, PauseLine, ResendView, StatusView, TypeLine, WayLine,
};
use actions::values::ContactState;

/// A usual week.
pub(super) fn status() -> StatusView {
    let line = |en: &str, fr: &str, sent, accepted, waiting| TypeLine {
        what: words(en, fr),
        sent,
        accepted,
        waiting,
        oldest: (waiting > 0).then(|| ago(42)),
    };
    StatusView {
        place: "Harbourview Clinic".into(),
        types: vec![
            line("Documents", "Documents", 61, 61, 0),
            line("Notices of visits", "Avis de visite", 12, 12, 0),
            line("Results", "Résultats", 1_214, 1_211, 3),
        ],
        waiting_since: Some(ago(42)),
        canaries: vec![CanaryLine {
            endpoint: "harbourview-emr".into(),
            sent: Some(ago(365)),
            acknowledged: Some(ago(364)),
            words: words("The test result was acknowledged.", "Le résultat d’essai a été confirmé."),
        }],
        ways: vec![WayLine {
            id: "harbourview-emr".into(),
            kind: words("HL7 line to the EMR", "ligne HL7 vers le DME"),
            address: "10.20.0.7:2601".into(),
            profile: "harbour-2".into(),
            in_use: true,
            doubt: None,
        }],
        contacts: vec![("902 555 0142".into(), ContactState::Ok, "2027-03-01".into())],
        people: vec![
            (
                "Cairnwood, Aoife".into(),
                Some(words(
                    "on leave until 2026-12-01; Comeau, Élise covers",
                    "en congé jusqu’au 2026-12-01; Comeau, Élise assure le remplacement",
                )),
            ),
            ("Comeau, Élise".into(), None),
        ],
        incidents: vec![
            IncidentLine {
                number: "2b6aac09".into(),
                words: words(
                    "Nothing has been answered although something has waited since 13:23. It is offered again all the time.",
                    "Aucune réponse, alors que des éléments attendent depuis 13:23. Ils sont offerts sans cesse.",
                ),
                opened: ago(12),
                closed: None,
            },
            IncidentLine {
                number: "71f00c3d".into(),
                words: words("The test result was not taken.", "Le résultat d’essai n’a pas été pris."),
                opened: ago(3_000),
                closed: Some(ago(2_950)),
            },
        ],
    }
}

/// What would be sent again.
pub(super) fn resend() -> ResendView {
    ResendView { place: "Harbourview Clinic".into(), since: ago(65), count: 42 }
}

/// Two systems, one of them paused.
pub(super) fn destinations() -> Vec<DestinationLine> {
    let kind = words("HL7 line to the EMR", "ligne HL7 vers le DME");
    vec![
        DestinationLine {
            id: "harbourview-emr".into(),
            place: "Harbourview Clinic".into(),
            kind: kind.clone(),
            waiting_since: Some(ago(42)),
            paused: Some(PauseLine {
                since: ago(45),
                until: ago(-15),
                words: words(
                    "Deliveries to harbourview-emr paused by Marram, Jo: they renew their system.",
                    "Remises à harbourview-emr mises en pause par Marram, Jo\u{a0}: ils renouvellent leur système.",
                ),
                owner: words(
                    "Delivery desk (Gull, Ada, 902-555-0100)",
                    "Bureau de remise (Gull, Ada, 902-555-0100)",
                ),
            }),
        },
        DestinationLine {
            id: "tern-bay-emr".into(),
            place: "Tern Bay Family Practice".into(),
            kind,
            waiting_since: None,
            paused: None,
        },
    ]
}
