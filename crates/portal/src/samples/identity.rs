//! Samples of the identity desk: near twins side by side, three records, one person's history, a decision to take back.

use super::operations::claim;
use super::{ago, banner, words};
use actions::identity::{
    Acted, ApartLine, CaseFilter, CaseSort, CaseView, CompareView, Compared, DecisionLine, DecisionsView,
    DryRunView, EventLine, HistoryView, Moved, MovedRecord, Moves, Proposed, Risk, RiskLevel, Side, Told,
    ToldState, WorkLine, WorklistView,
};
use actions::values::{Evidence, Feature, Outcome, Words};
use actions::{LinkEventId, MessageId, ObligationId};
use fhir::{PersonId, RecordId};

fn line(
    n: i64,
    sort: CaseSort,
    level: RiskLevel,
    name: &str,
    why: Words,
    because: Words,
    minutes: i64,
) -> WorkLine {
    WorkLine {
        case: ObligationId(n),
        sort,
        name: name.into(),
        why,
        risk: Risk { level, because },
        opened: ago(240 - minutes),
        due: ago(-minutes),
        waiting: u32::from(sort == CaseSort::Held) * 2,
        asked: None,
    }
}

fn lines() -> Vec<WorkLine> {
    vec![
        line(
            41,
            CaseSort::Held,
            RiskLevel::High,
            "DRUMLIN, Marin",
            words(
                "The message names one person and carries another’s card",
                "Le message nomme une personne et porte la carte d’une autre",
            ),
            words("a critical potassium waits", "un potassium critique attend"),
            80,
        ),
        line(
            42,
            CaseSort::Reported,
            RiskLevel::Medium,
            "LEBLANC, Zoé",
            words("A site joined two records that were kept apart", "Un site a joint deux dossiers séparés"),
            words("results are on both records", "les deux dossiers ont des résultats"),
            -200,
        ),
        line(
            43,
            CaseSort::Pair,
            RiskLevel::Low,
            "AUCOIN, Mathieu",
            words("Two records nearly agree", "Deux dossiers concordent presque"),
            words("nothing is on the newer one yet", "rien n’est encore au plus récent"),
            1_500,
        ),
    ]
}

fn side(
    record: Option<(&str, &str)>,
    given: &str,
    middle: &str,
    born: &str,
    card: &str,
    number: (&str, &str),
) -> Side {
    let id = record.map(|(authority, value)| RecordId::of(authority, value));
    let mut claim = claim(given, middle, born, card, number.0, number.1);
    claim.identifiers.retain(|identifier| !identifier.value.is_empty());
    Side {
        record: id,
        person: id.map(PersonId::born_with),
        authority: number.0.into(),
        value: number.1.into(),
        claim,
        custodian: "Nova Scotia Health".into(),
        since: id.map(|_| ago(90_000)),
        heard: Some(ago(300)),
        with: Vec::new(),
    }
}

fn maren() -> Side {
    let with = vec![("QE".into(), "00441907".into())];
    let hi = ("HI", "00718264");
    Side { with, ..side(Some(hi), "Maren", "Isolde", "1961-03-09", "0041702816", hi) }
}

fn evidence(rows: &[(Feature, Outcome, f64, &str, &str)]) -> Vec<Evidence> {
    let one = |(feature, outcome, weight, en, fr): &(Feature, Outcome, f64, &str, &str)| Evidence {
        feature: *feature,
        outcome: *outcome,
        weight: *weight,
        words: words(en, fr),
    };
    rows.iter().map(one).collect()
}

fn compared() -> Compared {
    Compared {
        evidence: evidence(&[
            (Feature::FamilyName, Outcome::Agrees, 6.1, "Agrees", "Concorde"),
            (Feature::GivenName, Outcome::Nearly, 2.1, "One letter differs", "Une lettre diffère"),
            (Feature::BirthDate, Outcome::Nearly, -1.4, "Month and day swapped", "Mois et jour inversés"),
            (Feature::Sex, Outcome::Agrees, 0.4, "Agrees", "Concorde"),
            (
                Feature::HealthCard,
                Outcome::Disagrees,
                -9.2,
                "Two pairs of digits swapped; both cards exist",
                "Deux paires de chiffres inversées; les deux cartes existent",
            ),
            (Feature::Telephone, Outcome::Agrees, 3.9, "May be a shared line", "Ligne peut-être partagée"),
            (Feature::PostalCode, Outcome::Agrees, 2.2, "Agrees", "Concorde"),
        ]),
        weight: -7.4,
        kept_apart: None,
    }
}

fn told(state: Option<ToldState>) -> Vec<Told> {
    let one = |name: &str, state| Told {
        destination: words(name, name),
        trigger: "A40".into(),
        state,
        obligation: None,
    };
    let second = state.map(|_| ToldState::Waiting);
    vec![one("Harbourview Clinic", state), one("Tern Bay Family Practice", second)]
}

fn moves(state: Option<ToldState>) -> Moves {
    let newest = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), ago(1_400))).collect();
    Moves {
        records: vec![MovedRecord {
            record: RecordId::of("DG", "00135590"),
            authority: "DG".into(),
            value: "00135590".into(),
            from: PersonId::born_with(RecordId::of("DG", "00135590")),
            to: banner().person,
        }],
        results: Moved { count: 23, newest: newest(&["Potassium", "Complete blood count"]) },
        orders: Moved { count: 4, newest: newest(&["INR"]) },
        letters: Moved { count: 1, newest: newest(&["Discharge summary"]) },
        visits: Moved { count: 2, newest: Vec::new() },
        deliveries: 3,
        told: told(state),
        acted: vec![Acted {
            who: words("Cairnwood, Aoife", "Cairnwood, Aoife"),
            what: words("read Potassium", "a lu Potassium"),
            at: ago(95),
        }],
    }
}

fn list(lines: Vec<WorkLine>, open: Option<CaseView>) -> WorklistView {
    let all = u32::try_from(lines.len()).unwrap_or_default();
    let one = u32::from(all > 0);
    WorklistView {
        lines,
        counts: vec![
            (CaseFilter::All, all),
            (CaseFilter::Held, one),
            (CaseFilter::Pairs, one),
            (CaseFilter::Reported, one),
            (CaseFilter::Asked, 0),
        ],
        open,
        solved_today: 4,
    }
}

pub(super) fn worklist() -> WorklistView {
    list(lines(), None)
}

pub(super) fn nothing() -> WorklistView {
    list(Vec::new(), None)
}

fn marin(record: bool) -> Side {
    let dg = ("DG", "00135590");
    side(record.then_some(dg), "Marin", "Ingrid", "1961-09-03", "0041720861", dg)
}

/// The list with a case of two opened.
pub(super) fn two() -> WorklistView {
    let open = CaseView {
        line: lines()[0].clone(),
        message: Some(MessageId(4_471)),
        sides: vec![marin(false), maren()],
        compared: vec![compared()],
        moves: vec![moves(None)],
        can_be_new: true,
        can_return: true,
        proposed: None,
        history: vec![(
            ago(60),
            words("Sorrel, Ana", "Sorrel, Ana"),
            words("Asked: which card was shown?", "Demandé : quelle carte a été montrée?"),
        )],
    };
    list(lines(), Some(open))
}

/// A case of two on which a link waits for a second steward.
pub(super) fn second() -> WorklistView {
    let proposed = Proposed {
        by: words("Sorrel, Ana", "Sorrel, Ana"),
        at: ago(45),
        words: words(
            "Sorrel, Ana proposes: one person. Both cards were on the table. Results that move were read or delivered already, so a second steward must confirm it.",
            "Sorrel, Ana propose : une seule personne. Les deux cartes étaient sur la table. Des résultats qui se déplacent ont déjà été lus ou livrés; une deuxième personne doit le confirmer.",
        ),
        is_own: false,
        refusal: None,
    };
    let open = CaseView {
        line: lines()[1].clone(),
        message: None,
        sides: vec![maren(), marin(true)],
        compared: vec![compared()],
        moves: vec![moves(None)],
        can_be_new: false,
        can_return: false,
        proposed: Some(proposed),
        history: Vec::new(),
    };
    list(lines(), Some(open))
}

/// The list with a case of three opened, kept apart from one of them before.
pub(super) fn three() -> WorklistView {
    let iwk = ("IW", "01903371");
    let third = side(Some(iwk), "Maren", "", "1961-03-30", "", iwk);
    let apart = words(
        "Sorrel, Ana, 2026-10-02: sisters, both were seen",
        "Sorrel, Ana, 2026-10-02 : deux sœurs, vues toutes deux",
    );
    let open = CaseView {
        line: lines()[1].clone(),
        message: None,
        sides: vec![maren(), marin(true), third],
        compared: vec![
            Compared { kept_apart: Some(apart), ..compared() },
            Compared { weight: -3.2, ..compared() },
        ],
        moves: vec![moves(None), Moves::default()],
        can_be_new: false,
        can_return: false,
        proposed: None,
        history: Vec::new(),
    };
    list(lines(), Some(open))
}

pub(super) fn pair() -> CompareView {
    CompareView { sides: vec![marin(true), maren()], compared: vec![compared()], moves: vec![moves(None)] }
}

/// Two of three records of one person, to be parted.
pub(super) fn parting() -> CompareView {
    let mut view = pair();
    for side in &mut view.sides {
        side.person = Some(banner().person);
        side.with = vec![("QE".into(), "00441907".into()), ("HI".into(), "00718264".into())];
    }
    view
}

pub(super) fn dry_run() -> DryRunView {
    DryRunView { moves: moves(None), refusal: None }
}

pub(super) fn dry_run_refused() -> DryRunView {
    let refusal = words(
        "A later decision rests on this one. Take that one back first.",
        "Une décision plus récente repose sur celle-ci. Reprenez d’abord la plus récente.",
    );
    DryRunView { moves: Moves::default(), refusal: Some(refusal) }
}

pub(super) fn decisions() -> DecisionsView {
    let line =
        |event: EventLine| DecisionLine { person: banner().person, name: "DRUMLIN, Maren".into(), event };
    DecisionsView { lines: history().events.into_iter().map(line).collect(), older: Some(LinkEventId(3)) }
}

pub(super) fn history() -> HistoryView {
    let event = |n: i64, minutes, what: Words, who: Words, why: Words, can_undo: bool| EventLine {
        id: LinkEventId(n),
        at: ago(minutes),
        what,
        records: vec![(RecordId::of("DG", "00135590"), "DG 0013 5590".into())],
        who,
        why,
        evidence: if can_undo { Vec::new() } else { compared().evidence },
        score: (!can_undo).then_some(4.1),
        message: None,
        in_force: can_undo,
        can_undo,
        told: if can_undo { told(Some(ToldState::Acknowledged)) } else { Vec::new() },
    };
    HistoryView {
        banner: Some(banner()),
        person: banner().person,
        records: vec![maren(), marin(true)],
        events: vec![
            event(
                7,
                30,
                words("Linked", "Lié"),
                words("Sorrel, Ana", "Sorrel, Ana"),
                words("Same face, same signature", "Même visage, même signature"),
                true,
            ),
            event(
                3,
                9_000,
                words("New record", "Nouveau dossier"),
                words("rule 4, version 2", "règle 4, version 2"),
                words("Nobody on file was close enough", "Personne au registre n’était assez proche"),
                false,
            ),
        ],
        apart: vec![ApartLine {
            record: (RecordId::of("HI", "00718264"), "HI 0071 8264".into()),
            other: (RecordId::of("IW", "01903371"), "IW 0190 3371".into()),
            words: words("Sorrel, Ana, 2026-10-02: cousins", "Sorrel, Ana, 2026-10-02 : cousines"),
            event: LinkEventId(5),
        }],
    }
}
