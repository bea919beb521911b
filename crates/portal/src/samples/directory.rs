//! A sample of the directory: a proposal, a doubted line, somebody away.

use super::{ago, words};
use actions::ObligationId;
use actions::directory::{ContactLine, OverviewView, PersonLine, PlaceLine, ProposalLine, WayLine};
use actions::values::{Affiliation, ContactState};

/// The directory on a usual day.
pub(super) fn overview() -> OverviewView {
    let line = "{\"id\":\"harbourview-emr\",\"address\":\"10.20.0.7:2601\"}".to_owned();
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
            facts: vec![("endpoint harbourview-emr".into(), line.clone(), line.replace("2601", "2602"))],
        }],
        changes: vec![(
            ago(90),
            "opor directory".into(),
            "directory.toml".into(),
            "place harbourview".into(),
        )],
    }
}
