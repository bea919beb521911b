//! A sample of dialects and code maps: one in use, one tried, a code without a row.

use super::{ago, words};
use crate::screens::dialects::Typed;
use actions::dialects::{
    Change, Example, Figures, Group, OverviewView, Sort, StepLine, TrialView, TriedLine, UnmappedLine,
    UseLine,
};
use actions::lists::Part;
use actions::{MessageId, ObligationId};

fn figures() -> Figures {
    Figures {
        against: 2,
        messages: 1_204,
        changed: 83,
        cut: false,
        people: 61,
        aside: 0,
        unmapped: (3, 1),
        unreadable: 0,
        groups: vec![
            Group {
                kind: "Observation".into(),
                path: "code.coding".into(),
                sort: Change::Added,
                values: 140,
                messages: 83,
            },
            Group {
                kind: "Observation".into(),
                path: "valueQuantity.code".into(),
                sort: Change::Changed,
                values: 12,
                messages: 9,
            },
        ],
    }
}

/// What is in use on a usual day.
pub(super) fn overview() -> OverviewView {
    let digest = "9f2c11d07ab4".to_owned();
    OverviewView {
        in_use: vec![UseLine {
            sort: Sort::Codes,
            name: "tidewater-lab".into(),
            version: 1,
            seq: 2,
            digest: digest.clone(),
            about: words("Tests of Tidewater Laboratory", "Analyses du laboratoire Tidewater"),
            binds: "TIDELIS|LAB".into(),
            signed: ("Marram, Jo".into(), ago(3_000), "Every difference is a code that was missing.".into()),
            rules: vec!["99LAB K [mmol/L] → LN 2823-3".into(), "99LAB HGB [g/L] → LN 718-7".into()],
        }],
        tried: vec![TriedLine {
            sort: Sort::Codes,
            name: "tidewater-lab".into(),
            version: 2,
            digest: digest.repeat(5),
            tried: ("Marram, Jo".into(), ago(12)),
            figures: figures(),
            stale: false,
        }],
        unmapped: vec![UnmappedLine {
            obligation: ObligationId(0x2b6a_ac09_0fa0_5799),
            link: "TIDELIS@LAB".into(),
            code: "FERR Ferritin".into(),
            why: words(
                "OBX-3: code FERR (Ferritin) of \"99LAB\" has no row in the code map. It is shown in the sender's words.",
                "OBX-3 : le code FERR (Ferritin) de « 99LAB » n'a pas de ligne dans la table. Il est montré dans les mots de l'expéditeur.",
            ),
            owner: "desk:terminology".into(),
            due: ago(-600),
        }],
        unmapped_part: Part { from: 0, to: 1, most: 1, more: true },
        steps_part: Part { from: 0, to: 1, most: 1, more: true },
        steps: vec![StepLine {
            at: ago(12),
            actor: "Marram, Jo".into(),
            what: words("Tried: tidewater-lab 2", "Essayé : tidewater-lab 2"),
            why: String::new(),
        }],
        links: vec!["TIDELIS@LAB".into(), "HRHADT@HRH".into()],
    }
}

/// A trial of the next version.
pub(super) fn trial() -> TrialView {
    TrialView {
        name: "tidewater-lab".into(),
        version: 2,
        digest: String::new(),
        figures: figures(),
        examples: vec![Example {
            message: Some(MessageId((1 << 40) + 7)),
            place: "Observation.valueQuantity.code".into(),
            before: "mg/dl".into(),
            after: "mg/dL".into(),
        }],
        people: Vec::new(),
    }
}

/// What was typed.
pub(super) fn typed() -> Typed {
    Typed {
        sort: "codes".into(),
        text: "name = \"tidewater-lab\"\nversion = 2\nsenders = [\"TIDELIS|LAB\"]\n".into(),
        link: String::new(),
        since: "2026-11-15".into(),
    }
}
