//! Samples of the desks: reasons, replays, what was not matched, the wall, a trace, cases.

use super::chart::{chains, step};
use super::{NOW, ago, banner, key, words};
use crate::screens::feeds::{Asked, Incident};
use actions::cases::{CaseLine, CaseSort, CasesView, TraceItem, TraceView, TracedReport};
use actions::deliveries::StepState;
use actions::feeds::{BatchLine, BatchSort, Feed, Paused, Tile, TileState, TrialView, WallView};
use actions::lists::Part;
use actions::messages::{CauseLine, CausesView};
use actions::replays::{ChoicesView, ReplayView, Replayed};
use actions::unmatched::{Candidate, Item, Line, ListView};
use actions::values::Words;
use actions::{MessageId, MessageState, ObligationId};
use fhir::Kind;

pub(super) fn held() -> crate::screens::message::Asked {
    crate::screens::message::Asked { state: "held".into(), ..Default::default() }
}

pub(super) fn causes() -> CausesView {
    let lines = vec![
        CauseLine {
            state: MessageState::Held,
            link: "halifax-laboratory".into(),
            why: words("Name and card disagree.", "Le nom et la carte ne concordent pas."),
            count: 12,
            oldest: ago(90),
        },
        CauseLine {
            state: MessageState::Kept,
            link: "iwk-scheduling".into(),
            why: words("SIU^S12 is not mapped.", "SIU^S12 n’est pas converti."),
            count: 1,
            oldest: ago(2_000),
        },
    ];
    CausesView { lines, all: 143 }
}

pub(super) fn choices() -> ChoicesView {
    ChoicesView {
        links: vec!["halifax-laboratory".into()],
        destinations: vec![("harbourview-emr".into(), "Harbourview Clinic".into())],
    }
}

pub(super) fn replayed() -> ReplayView {
    ReplayView {
        looked_at: 12,
        changed: 1,
        versions: 3,
        deliveries: 1,
        waiting: 2,
        beyond: true,
        until: None,
        lines: vec![Replayed {
            message: MessageId(202),
            before: MessageState::Held,
            after: MessageState::Filed,
            versions: 3,
            deliveries: 1,
            resources: vec!["DiagnosticReport 1".into(), "Observation 1".into()],
            to: vec!["Cairnwood, Aoife at Harbourview Clinic".into()],
        }],
        not_done: vec![(
            "1-203".into(),
            words("The record is changing under it.", "Le dossier change sous lui."),
        )],
    }
}

fn line() -> Line {
    Line {
        obligation: ObligationId(3),
        number: "DGL-26-118-0402".into(),
        who: "M. D., 1961".into(),
        what: words("Creatinine", "Créatinine"),
        to: words("Kelpie Lane Clinic", "Kelpie Lane Clinic"),
        why: words(
            "The receiver has no patient of these identifiers.",
            "Le destinataire n’a aucun patient avec ces identifiants.",
        ),
        owner: words("delivery desk", "bureau de remise"),
        due: NOW.plus_minutes(41),
        gravity: 1,
    }
}

pub(super) fn unmatched() -> ListView {
    let item = Item {
        line: line(),
        said: words(
            "The receiver rejected it (AR): unknown patient.",
            "Le destinataire l’a rejeté (AR)\u{a0}: patient inconnu.",
        ),
        sent: vec![
            (words("Name", "Nom"), "Drumlin-Esker, Maren".into()),
            (words("Birth date", "Date de naissance"), "1961-03-09".into()),
        ],
        candidates: vec![Candidate {
            name: "Drumlin Esker, Maren".into(),
            birth_date: "1961-09-03".into(),
            number: "DG 00135590".into(),
            differs: vec![words(
                "Day and month of the birth date are swapped: 1961-03-09 here, 1961-09-03 there.",
                "Jour et mois de la date de naissance inversés\u{a0}: 1961-03-09 ici, 1961-09-03 là-bas.",
            )],
            same_person: false,
        }],
        events: vec![(ago(20), words("opor, delivery", "opor, remise"), words("Rejected", "Rejeté"))],
        message: Some(MessageId(204)),
    };
    ListView { lines: vec![line()], all: 241, picked: Some(item), settled: (4, 2_280) }
}

pub(super) fn unmatched_none() -> ListView {
    ListView { settled: (4, 2_280), ..ListView::default() }
}

pub(super) fn incidents() -> Vec<Incident> {
    vec![(
        words(
            "1042 halifax-laboratory: nothing for 12 min",
            "1042 halifax-laboratory\u{a0}: rien depuis 12 min",
        ),
        ago(12),
        words("interface desk", "bureau des interfaces"),
        NOW.plus_minutes(3),
    )]
}

pub(super) fn wall() -> WallView {
    let tile = |en: &str, fr: &str, count: u64, minutes: Option<i64>, state| Tile {
        class: words(en, fr),
        count,
        with_person: count / 2,
        oldest: minutes.map(ago),
        state,
    };
    let mllp =
        |count, minutes, state| tile("HL7 line to the EMR", "ligne HL7 vers le DME", count, minutes, state);
    let feed = |link: &str, tiles, pause| Feed {
        link: link.into(),
        last: Some(ago(1)),
        waiting: 3,
        pause,
        stopped: 0,
        tiles,
    };
    let paused = Paused {
        at: ago(18),
        by: "Marram, Jo".into(),
        reason: "Units of the new analyser".into(),
        owner: words("interface desk", "bureau des interfaces"),
        due: NOW.plus_minutes(42),
    };
    WallView {
        feeds: vec![
            feed(
                "halifax-laboratory",
                vec![
                    mllp(9, Some(150), TileState::Stuck),
                    tile("fax", "télécopie", 2, Some(40), TileState::Late),
                ],
                Some(paused),
            ),
            Feed {
                stopped: 1,
                ..feed(
                    "iwk-imaging",
                    vec![
                        mllp(0, None, TileState::Clear),
                        tile("letter", "lettre", 1, Some(2), TileState::Moving),
                        tile("fax", "télécopie", 1, Some(9), TileState::Slow),
                    ],
                    None,
                )
            },
        ],
        batches: vec![BatchLine {
            obligation: ObligationId(77),
            link: "halifax-laboratory".into(),
            sort: BatchSort::Retract,
            at: ago(60),
            by: "Marram, Jo".into(),
            reason: "Wrong units".into(),
            to_do: 2,
            messages: 40,
        }],
        batches_part: Part { from: 0, to: 1, most: 1, more: true },
    }
}

pub(super) fn batch() -> Asked {
    Asked {
        deed: "retract".into(),
        link: "halifax-laboratory".into(),
        since: "2026-11-22 13:00".into(),
        ..Asked::default()
    }
}

pub(super) fn trial() -> TrialView {
    TrialView {
        messages: 40,
        resources: 160,
        people: 31,
        systems: 22,
        readers: 9,
        recipients: vec![words(
            "Cairnwood, Aoife at Harbourview Clinic",
            "Cairnwood, Aoife à Harbourview Clinic",
        )],
        lines: vec![(MessageId(204), MessageState::Filed, MessageState::Kept)],
        seen: "40-1".into(),
    }
}

pub(super) fn trace() -> TraceView {
    let item = |reports: Vec<TracedReport>, hops| TraceItem {
        message: MessageId(204),
        link: "halifax-laboratory".into(),
        control_id: "7F20417733".into(),
        message_type: "ORU^R01".into(),
        state: if reports.is_empty() { MessageState::Held } else { MessageState::Filed },
        hops,
        reports,
    };
    let mut late = chains();
    for chain in &mut late {
        chain.steps.push(step(StepState::Late, "Somebody opens it", "Quelqu’un l’ouvre", Some(30), ""));
        chain.steps.push(step(
            StepState::NotSeen,
            "Whether somebody opened it: this system does not tell us",
            "Si quelqu’un l’a ouvert\u{a0}: ce système ne nous le dit pas",
            None,
            "",
        ));
    }
    TraceView {
        text: "HIX-26-118-0611".into(),
        more: true,
        items: vec![
            item(
                vec![TracedReport {
                    person: banner().person,
                    report: key(Kind::DiagnosticReport, "chemistry"),
                    title: "Potassium".into(),
                    version: 1,
                    chains: late,
                }],
                Vec::new(),
            ),
            item(
                Vec::new(),
                vec![step(
                    StepState::Done,
                    "Came from halifax-laboratory",
                    "Arrivé de halifax-laboratory",
                    Some(37),
                    "1-202",
                )],
            ),
        ],
        cases: cases().lines,
    }
}

pub(super) fn trace_none() -> TraceView {
    TraceView { text: "HIX-26-000-0000".into(), ..TraceView::default() }
}

pub(super) fn cases() -> CasesView {
    let case = |number: i64, owned: bool| CaseLine {
        obligation: ObligationId(number),
        number,
        sort: CaseSort::Missing,
        item: "HIX-26-118-0611".into(),
        asked: "Ordered on Tuesday, nothing has come.".into(),
        who: "Cairnwood, Aoife".into(),
        reach: "902 555 0117".into(),
        at: ago(30),
        owned: owned.then(|| (words("delivery desk", "bureau de remise"), NOW.plus_minutes(210))),
        then: if owned { words("safety desk", "bureau de sécurité") } else { Words::new("", "") },
        outcome: if owned {
            Words::new("", "")
        } else {
            words("It went by fax.", "C’est parti par télécopie.")
        },
    };
    let told = vec![(ago(30), words("Cairnwood, Aoife", "Cairnwood, Aoife"), words("Opened", "Ouvert"))];
    CasesView {
        lines: vec![case(1_002, true), case(1_001, false)],
        open: 1,
        next: None,
        picked: Some((case(1_002, true), told)),
    }
}
