//! Samples of access, consent and the privacy desk.

use super::{NOW, ago, banner, key, words};
use actions::access::Withheld;
use actions::access_report::ReportView;
use actions::breakglass::AskedView;
use actions::consent::{
    DirectiveLine, OpeningLine, OwedLine, PersonView, Picks, PreviewView, PrivacyView, Withhold,
};
use actions::lists::Part;
use actions::values::{DataClass, LookLine, Relation, ResultLine, Role};
use actions::{CorrectionRow, ObligationId, ObligationKind};
use fhir::{Kind, RecordId};

pub(super) fn withheld() -> Withheld {
    Withheld { classes: [DataClass::Laboratory, DataClass::Orders].into(), opened: false }
}

pub(super) fn asked(reason_needed: bool) -> AskedView {
    AskedView {
        head: banner(),
        reason_needed,
        withheld: withheld(),
        relation: (!reason_needed).then_some(Relation::Panel),
        panel_until: (!reason_needed).then(|| NOW.plus_minutes(60 * 24 * 100)),
    }
}

fn directive(ended: bool) -> DirectiveLine {
    DirectiveLine {
        id: if ended { 1 } else { 2 },
        person: banner(),
        words: words(
            "Laboratory results withheld from Pharmacist.",
            "Résultats de laboratoire retenu\u{a0}: Pharmacien.",
        ),
        at: ago(4_000),
        by: "wren".into(),
        reason: "Form 12 of 2026-11-19, signed".into(),
        until: None,
        ended: ended.then(|| (ago(300), "Asked by telephone, called back".into())),
    }
}

pub(super) fn desk() -> PrivacyView {
    PrivacyView {
        owed: vec![OwedLine {
            obligation: ObligationId(7),
            kind: ObligationKind::AccessReview,
            person: Some(banner()),
            recipient: "Cairnwood, Aoife".into(),
            because: words("Life or limb is at risk", "La vie ou un membre est en danger"),
            opened: ago(40),
            due: NOW.plus_minutes(1_400),
            own: false,
        }],
        directives: vec![directive(false)],
        openings: vec![
            OpeningLine {
                at: ago(40),
                who: "Cairnwood, Aoife".into(),
                person: banner(),
                glass: true,
                panel: None,
                ended: None,
                reason: words("Life or limb is at risk", "La vie ou un membre est en danger"),
                words: "Found unconscious".into(),
            },
            OpeningLine {
                at: ago(90),
                who: "Kestrel, Bram".into(),
                person: banner(),
                glass: false,
                panel: Some(4),
                ended: None,
                reason: words("I am treating this patient", "Je soigne ce patient"),
                words: String::new(),
            },
            OpeningLine {
                at: ago(9_000),
                who: "Petrel, Sam".into(),
                person: banner(),
                glass: false,
                panel: None,
                ended: Some(5),
                reason: words("ended by the privacy desk", "terminée par le bureau de la vie privée"),
                words: "Took her on in May · Wren, Odile: she never heard of them".into(),
            },
        ],
        all_owed: 1,
        directives_part: Part::default(),
        openings_part: Part { from: 200, to: 203, most: 200, more: true },
    }
}

fn picks() -> Picks {
    let named = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect()
    };
    Picks {
        counts: [(DataClass::Laboratory.code(), 412), (DataClass::Documents.code(), 7)].into(),
        kept: [("HI".to_owned(), 398), ("DG".to_owned(), 21)].into(),
        people: named(&[("p-cairnwood", "Cairnwood, Aoife"), ("p-tern", "Tern, Ben")]),
        places: named(&[("harbourview", "Harbourview Clinic")]),
        other_people: named(&[("p-okafor", "Okafor, Chidi")]),
        other_places: named(&[("tern-bay", "Tern Bay Family Practice")]),
        reports: vec![(
            key(Kind::DiagnosticReport, "chemistry").to_string(),
            DataClass::Laboratory.words(),
            "2026-11-20".into(),
        )],
    }
}

/// What a directive would hide before it is kept.
pub(super) fn preview() -> PreviewView {
    PreviewView {
        head: banner(),
        words: words(
            "Laboratory results withheld from Tern, Ben.",
            "Résultats de laboratoire retenu\u{a0}: Tern, Ben.",
        ),
        classes: vec![(DataClass::Laboratory.words(), 412, 412), (DataClass::Documents.words(), 0, 7)],
        readers: vec![("Cairnwood, Aoife".into(), 0, 419), ("Tern, Ben".into(), 412, 419)],
        directive: Withhold {
            classes: vec![DataClass::Laboratory.code().into()],
            practitioners: vec!["p-tern".into()],
            reason: "Form 12 of 2026-11-20".into(),
            ..Withhold::default()
        },
    }
}

pub(super) fn person() -> PersonView {
    let class = |class: DataClass| (class.code(), class.words());
    PersonView {
        head: banner(),
        directives: vec![directive(false), directive(true)],
        classes: vec![class(DataClass::Laboratory), class(DataClass::Documents)],
        roles: vec![(Role::Pharmacist.code(), Role::Pharmacist.words())],
        sites: vec!["HI".into(), "DG".into()],
        picks: picks(),
        corrections: vec![CorrectionRow {
            obligation: ObligationId(9),
            record: RecordId::of("HI", "00718264"),
            at: ago(900),
            actor: "wren".into(),
            asked: "I never smoked".into(),
            about: String::new(),
            verdict: String::new(),
            decided: None,
            decider: String::new(),
            statement: String::new(),
        }],
    }
}

pub(super) fn report() -> ReportView {
    ReportView {
        head: banner(),
        looks: vec![LookLine {
            at: ago(60),
            who: words("Family doctor, Aoife C.", "Médecin de famille, Aoife C."),
            what: words("read results or reports", "a lu des résultats ou des rapports"),
            why: words("to care for you", "pour vous soigner"),
        }],
        by_machine: 4,
        results: vec![ResultLine {
            at: ago(2_000),
            class: DataClass::Laboratory,
            to: words("Aoife C., Harbourview Clinic", "Aoife C., Harbourview Clinic"),
            became: words("arrived", "arrivé"),
            when: Some(ago(1_999)),
            open: false,
        }],
        cut: false,
    }
}
