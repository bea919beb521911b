//! A sample of the directory: a proposal, a doubted line, somebody away.

use super::{ago, words};
use actions::ObligationId;
use actions::directory::mine::{AbsenceLine, MineView, OwnContact, RoleLine, WishLine};
use actions::directory::{
    ContactLine, CopiesLine, FactLine, FieldLine, MovedLine, OverviewView, OwnMove, PersonLine, PlaceLine,
    PreviewView, ProposalLine, QuestionLine, SubscriptionsView, WayLine, WeighView,
};
use actions::lists::Part;
use actions::values::{Affiliation, ContactState, ReportClass};

/// The directory on a usual day.
pub(super) fn overview() -> OverviewView {
    OverviewView {
        places: vec![PlaceLine {
            id: "harbourview".into(),
            name: "Harbourview Clinic".into(),
            ways: vec![WayLine {
                id: "harbourview-emr".into(),
                kind: words("HL7 line to the EMR", "ligne HL7 vers le DME"),
                address: "10.20.0.7:2601".into(),
                in_use: true,
                doubt: Some("three refusals in a row".into()),
            }],
        }],
        people: vec![PersonLine {
            id: "p-cairnwood".into(),
            name: "Cairnwood, Aoife".into(),
            affiliation: Affiliation::Community,
            places: vec!["Harbourview Clinic".into()],
            away: Some(words(
                "on leave until 2026-12-01; Comeau, Élise covers",
                "en congé jusqu’au 2026-12-01; Comeau, Élise assure le remplacement",
            )),
        }],
        contacts: vec![ContactLine {
            id: "line-harbourview-emr".into(),
            of: "harbourview-emr".into(),
            value: "10.20.0.7:2601".into(),
            source: "deliveries".into(),
            next_check: "2026-11-22".into(),
            state: ContactState::Suspect,
            why: "three refusals in a row".into(),
        }],
        proposals: vec![ProposalLine {
            id: ObligationId(0x2b6a_ac09_0fa0_5799),
            at: ago(42),
            actor: "Cairnwood, Aoife".into(),
            source: "portal".into(),
            words: words("Our system has a new address.", "Notre système a une nouvelle adresse."),
            due: Some(ago(-1_398)),
            facts: vec![FactLine {
                what: words(
                    "Way to Harbourview Clinic: HL7 line to the EMR (harbourview-emr)",
                    "Voie vers Harbourview Clinic\u{a0}: ligne HL7 vers le DME (harbourview-emr)",
                ),
                fields: vec![
                    FieldLine {
                        name: words("Address", "Adresse"),
                        old: Some(words("10.20.0.7:2601", "10.20.0.7:2601")),
                        new: Some(words("10.20.0.7:2602", "10.20.0.7:2602")),
                    },
                    FieldLine {
                        name: words("Otherwise by", "Sinon par"),
                        old: None,
                        new: Some(words("harbourview-fax", "harbourview-fax")),
                    },
                ],
            }],
        }],
        questions: vec![QuestionLine {
            id: ObligationId(0x2b6a_ac09_0fa0_57aa),
            at: ago(30),
            due: Some(ago(-1_410)),
            words: words(
                "REGISTRY@COLLEGE names Mallard, Inès without a number and its issuer: ask the sender who is meant.",
                "REGISTRY@COLLEGE nomme Mallard, Inès sans numéro avec son émetteur\u{a0}: demandez à l’expéditeur qui est visé.",
            ),
        }],
        changes: vec![(
            ago(90),
            "opor directory".into(),
            "directory.toml".into(),
            words("Place: Harbourview Clinic", "Lieu\u{a0}: Harbourview Clinic"),
        )],
        changes_part: Part { from: 0, to: 1, most: 1, more: true },
        ..OverviewView::default()
    }
}

/// A proposal that moves somebody's reports.
pub(super) fn weighed() -> WeighView {
    let line = overview().proposals.remove(0);
    let moved =
        |name: &str, way: &str, gains, loses| MovedLine { name: name.into(), way: way.into(), gains, loses };
    let effect = PreviewView {
        messages: 2_114,
        reports: 1_480,
        unreadable: 3,
        cut: true,
        moved: vec![
            moved("Cairnwood, Aoife at Harbourview Clinic", "harbourview-emr", 0, 61),
            moved("Comeau, Élise at Harbourview Clinic", "portal", 61, 0),
            moved("Harbourview Clinic", "desk", 2, 0),
        ],
        facts: line.facts.clone(),
    };
    WeighView { line, number: 41, effect: Ok(effect), behind: Vec::new() }
}

/// A proposal that would undo what was changed since.
pub(super) fn behind() -> WeighView {
    let why = words(
        "Nothing was changed: role of p-cairnwood at harbourview: it is there twice for the same days.",
        "Rien n’a été changé\u{a0}: le rôle de p-cairnwood à harbourview y est deux fois pour les mêmes jours.",
    );
    WeighView { effect: Err(why), behind: vec!["endpoint harbourview-emr".into()], ..weighed() }
}

/// Two ways, one with a wish.
pub(super) fn copies() -> SubscriptionsView {
    let classes = [
        (ReportClass::Laboratory, true, vec![Some("Cairnwood, Aoife".to_owned())]),
        (ReportClass::Imaging, false, Vec::new()),
        (ReportClass::Document, true, vec![None]),
        (ReportClass::Encounter, true, Vec::new()),
    ];
    let line = CopiesLine {
        endpoint: "harbourview-emr".into(),
        kind: words("HL7 line to the EMR", "ligne HL7 vers le DME"),
        place: "Harbourview Clinic".into(),
        receivers: 6,
        classes: classes.to_vec(),
    };
    SubscriptionsView { lines: vec![line] }
}

/// What a family doctor sees of herself.
pub(super) fn mine() -> MineView {
    let contact = |id: &str, kind, value: &str, state| OwnContact {
        id: id.into(),
        of: "Harbourview Clinic".into(),
        kind,
        value: value.into(),
        source: "registration form".into(),
        verified_on: "2026-06-01".into(),
        next_check: "2026-11-28".into(),
        state,
        why: if state == ContactState::Suspect {
            "3 faxes in a row did not arrive".into()
        } else {
            String::new()
        },
        can_change: true,
    };
    MineView {
        id: "p-cairnwood".into(),
        name: "Cairnwood, Aoife".into(),
        affiliation: Affiliation::Community,
        numbers: vec![
            ("NSCPS".into(), "014417".into(), words("licence", "permis")),
            ("NSHBILL".into(), "55012".into(), words("billing", "facturation")),
        ],
        roles: vec![RoleLine {
            place: "harbourview".into(),
            place_name: "Harbourview Clinic".into(),
            role: "family-physician".into(),
            primary: true,
            from: "2020-01-01".into(),
            to: None,
            way: Some((words("HL7 line to the EMR", "ligne HL7 vers le DME"), "10.20.0.7:2601".into())),
            doubt: None,
        }],
        contacts: vec![
            contact("c-phone", words("telephone", "téléphone"), "902 555 0142", ContactState::Ok),
            contact("c-mail", words("e-mail", "courriel"), "desk@harbourview.example", ContactState::Stale),
            contact("c-fax", words("fax", "télécopieur"), "902 555 0143", ContactState::Suspect),
        ],
        absences: vec![AbsenceLine {
            id: "a-cairnwood".into(),
            words: words("on leave until 2026-12-27", "en congé jusqu’au 2026-12-27"),
            place: String::new(),
            from: "2026-12-20".into(),
            cover: "Comeau, Élise".into(),
        }],
        colleagues: vec![
            ("p-comeau".into(), "Comeau, Élise".into()),
            ("p-loam".into(), "Loam, Greta".into()),
        ],
        wishes: vec![WishLine {
            endpoint: "harbourview-emr".into(),
            kind: words("HL7 line to the EMR", "ligne HL7 vers le DME"),
            place: "Harbourview Clinic".into(),
            classes: vec![
                (ReportClass::Laboratory, false, false),
                (ReportClass::Imaging, true, false),
                (ReportClass::Document, false, true),
            ],
        }],
        proposed: vec![(
            ago(20),
            words("We have a new fax number.", "Nous avons un nouveau numéro de télécopieur."),
        )],
        moved: vec![moved(), OwnMove { at: ago(90 * 24 * 60), was: Vec::new(), ..moved() }],
    }
}

/// A line that moved to another address.
pub(super) fn moved() -> OwnMove {
    let way = |port: &str| {
        words(
            &format!("Harbourview Clinic: HL7 line to the EMR 10.20.0.7:{port}; first place"),
            &format!("Harbourview Clinic : ligne HL7 vers le DME 10.20.0.7:{port}; premier lieu"),
        )
    };
    OwnMove {
        at: ago(3 * 24 * 60),
        by: "Steward, Ada".into(),
        reason: "letter of the practice, called back".into(),
        was: vec![way("2601")],
        is: vec![way("2611")],
    }
}
