//! Samples of the breaker: a stop with its messages side by side, and one that has been decided.

use super::{ago, words};
use actions::breaker::{Effect, Side, StopLine, StopView, StopsView};
use actions::lists::Part;
use actions::{MessageId, MessageState, ObligationId};
use std::str::FromStr;

fn message(number: i64) -> MessageId {
    MessageId::from_str(&format!("3-{number}")).unwrap_or(MessageId(number))
}

fn line(verdict: &str) -> StopLine {
    StopLine {
        stop: ObligationId(0x2b6a_ac09_0fa0_5717),
        link: "LIS@VGH".into(),
        name: "DRUMLIN, Maren".into(),
        at: ago(7),
        suspects: 3,
        held: 37,
        due: verdict.is_empty().then(|| ago(-8)),
        verdict: verdict.to_owned(),
    }
}

fn side(number: i64, state: MessageState, before: bool, says: [&str; 7]) -> Side {
    let [visit, ward, attending, orderer, order, test, drawn] = says;
    let pid = "00718264 HI DRUMLIN Maren";
    let all = [pid, "19610309", visit, ward, attending, orderer, order, test, drawn];
    Side { message: message(number), state, before, says: all.map(str::to_owned).into() }
}

/// The rows of one message: visit, ward and bed, attending, orderer, order, test, when it was drawn.
type Says = [&'static str; 7];

const SAID: [Says; 6] = [
    ["V41002", "6A 612 1", "Fundy", "Fundy", "L260118801", "Potassium", "202611221301"],
    ["V40877", "4B 403 2", "Tantram", "Tantram", "L260118802", "Hemoglobin", "202611221304"],
    ["V41310", "ED 11", "Petite", "Petite", "L260118803", "Troponin I", "202611221309"],
    ["V39954", "ICU 7", "Mabou", "Aspy", "L260118804", "Blood gases", "202611221311"],
    ["V41288", "4B 407 1", "Tantram", "Ingonish", "L260118805", "Potassium", "202611221312"],
    ["V40121", "7C 702 1", "Margaree", "Margaree", "L260118806", "Creatinine", "202611221315"],
];

fn sides() -> Vec<Side> {
    let states = [MessageState::Filed, MessageState::Filed, MessageState::Filed, MessageState::Filed];
    let held = [MessageState::Held, MessageState::Held];
    let rows = SAID.iter().zip(states.into_iter().chain(held)).enumerate();
    rows.map(|(n, (says, state))| side(18_400 + i64::try_from(n).unwrap_or(0), state, n == 0, *says))
        .collect()
}

/// A stop that nobody has decided about, with what a verdict would change.
pub(super) fn stops() -> StopsView {
    let effect = |number, filed_before: bool| Effect {
        message: message(number),
        before: if filed_before { MessageState::Filed } else { MessageState::Held },
        after: MessageState::Kept,
        taken_back: if filed_before { 3 } else { 0 },
        filed: 0,
        deliveries: 0,
        systems: usize::from(filed_before),
        readers: usize::from(filed_before && number == 18_402),
        person: None,
    };
    let open = StopView {
        line: line(""),
        why: words(
            "This feed speaks of one person while everything else changes as if it were about others. In the last message: another visit number than this person's last, another ward or bed, another attending, another orderer. Filing has stopped; nothing is lost.",
            "Ce flux parle d’une seule personne alors que tout le reste change comme s’il s’agissait d’autres. Dans le dernier message\u{a0}: un autre numéro de visite que le dernier de cette personne, une autre unité ou un autre lit, un autre médecin traitant, un autre prescripteur. Le versement est arrêté; rien n’est perdu.",
        ),
        sides: sides(),
        decided: None,
        to_do: 0,
        told: Vec::new(),
        trial: Some(Ok((18_401..18_406).map(|number| effect(number, number < 18_404)).collect())),
    };
    let part = Part { from: 0, to: 1, most: 1, more: true };
    StopsView { lines: vec![line("")], part, picked: Some(open) }
}

/// The same after it was decided.
pub(super) fn decided() -> StopsView {
    let StopsView { picked, part, .. } = stops();
    let told = vec![
        (words("Cairnwood, Aoife at Harbourview Clinic", "Cairnwood, Aoife à Harbourview Clinic"), true),
        (words("Tantram, Odile at Halifax Infirmary", "Tantram, Odile à Halifax Infirmary"), false),
    ];
    let reason =
        "The laboratory's interface kept one patient since 13:03; it sends all of it again.".to_owned();
    let picked = picked.map(|open| StopView {
        line: line("reject"),
        decided: Some(("Sorrel, Ana".into(), ago(2), reason)),
        told,
        trial: None,
        ..open
    });
    StopsView { lines: vec![line("reject")], part, picked }
}
