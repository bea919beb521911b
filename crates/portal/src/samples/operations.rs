//! Samples of the operations centre: a desk with five lines, messages in every state.

use super::chart::{chains, failed_steps};
use super::{NOW, ago, banner, key, words};
use actions::deliveries::{Chain, DeskFilter, DeskGroup, DeskItem, DeskLine, DeskView};
use actions::messages::{FiledResource, ListView, MessageLine, MessageView};
use actions::values::Words;
use actions::values::{Claim, Identifier, IdentifierSort, Name, Sex};
use actions::{Census, MessageId, MessageState, ObligationId};
use fhir::Kind;

pub(super) fn desk() -> DeskView {
    let line =
        |n: i64, number: &str, who: &str, what: &str, to: &str, why: Words, minutes: i64, gravity: u8| {
            DeskLine {
                obligation: ObligationId(n),
                number: number.into(),
                who: who.into(),
                what: words(what, what),
                to: words(to, to),
                short: why.clone(),
                why,
                owner: words("Delivery desk", "Bureau de remise"),
                due: NOW.plus_minutes(minutes),
                then: words("Laboratory lead on call", "Chef de laboratoire de garde"),
                on_call: "Marram, Jo, 902 555 0142".into(),
                opened: NOW.plus_minutes(minutes - 120),
                gravity,
            }
        };
    let lines = vec![
        line(
            1,
            "HIX-26-118-0611",
            "M. D., 1961",
            "Potassium",
            "Cairnwood, Aoife",
            words(
                "No answer from the clinic’s EMR for 34 min",
                "Aucune réponse du DME de la clinique depuis 34 min",
            ),
            -14,
            2,
        ),
        line(
            2,
            "IWL-26-220-1190",
            "R. T., 2026",
            "Newborn screen",
            "",
            words("The order names no provider", "La demande ne nomme aucun soignant"),
            -120,
            0,
        ),
        line(
            3,
            "DGL-26-118-0402",
            "H. C., 1958",
            "Creatinine",
            "Reed, Sana",
            words(
                "EMR refused: provider number not known there",
                "Le DME a refusé : numéro de soignant inconnu là-bas",
            ),
            41,
            1,
        ),
        line(
            4,
            "HIX-26-117-2280",
            "J. B., 1990",
            "Cytology",
            "Tern Bay Family Practice",
            words("No endpoint for this place", "Aucune adresse pour ce lieu"),
            65,
            0,
        ),
        line(
            5,
            "1-377",
            "",
            "SIU^S12",
            "",
            words("A type that is not mapped yet; kept whole", "Type pas encore converti; gardé en entier"),
            1_500,
            0,
        ),
    ];
    let mut census = Census { balanced: true, ..Census::default() };
    census.messages.received = 18_440;
    census.messages.refused = 28;
    census.messages.accepted = 18_412;
    census.messages.filed = 18_404;
    census.messages.kept = 6;
    census.messages.held = 2;
    census.deliveries.due = 9_412;
    census.deliveries.acknowledged = 9_380;
    census.deliveries.pending = 27;
    census.deliveries.owned = 4;
    census.deliveries.excused = 1;
    census.feeds = vec![("halifax-laboratory".into(), census.messages.clone())];
    census.recipients = vec![("Harbourview Clinic".into(), census.deliveries.clone())];
    let picked = DeskItem {
        line: lines[0].clone(),
        chain: Some(Chain { steps: failed_steps(), ..chains()[0].clone() }),
        events: vec![
            (ago(37), words("opor, intake", "opor, réception"), words("Opened", "Ouvert")),
            (
                ago(14),
                words("opor, clock", "opor, horloge"),
                words("No answer in time; the desk owns it", "Sans réponse à temps; le bureau s’en occupe"),
            ),
        ],
        message: Some(MessageId(204)),
        report: Some((banner().person, key(Kind::DiagnosticReport, "chemistry"))),
        is_about_somebody: true,
        can_resend: true,
    };
    let recipients = vec![(words("Harbourview Clinic", "Harbourview Clinic"), census.deliveries.clone())];
    DeskView {
        census,
        recipients,
        tabs: vec![
            (DeskFilter::All, 5),
            (DeskFilter::NotDelivered, 2),
            (DeskFilter::NoRoute, 2),
            (DeskFilter::Held, 0),
            (DeskFilter::Feed, 1),
            (DeskFilter::Solved, 38),
        ],
        groups: vec![DeskGroup {
            why: words(
                "No answer from the clinic’s EMR for 34 min",
                "Aucune réponse du DME de la clinique depuis 34 min",
            ),
            to: words("Harbourview Clinic", "Harbourview Clinic"),
            oldest: ago(134),
            gravity: 2,
            lines: vec![ObligationId(1), ObligationId(9)],
            can_resend: true,
        }],
        lines,
        picked: Some(picked),
    }
}

pub(super) fn claim(
    given: &str,
    middle: &str,
    born: &str,
    card: &str,
    authority: &str,
    number: &str,
) -> Claim {
    let own =
        Identifier { sort: IdentifierSort::RecordNumber, authority: authority.into(), value: number.into() };
    Claim {
        own: Some(own.clone()),
        identifiers: vec![
            Identifier { sort: IdentifierSort::HealthCard, authority: "NS".into(), value: card.into() },
            own,
        ],
        names: vec![Name {
            family: "Drumlin".into(),
            given: given.into(),
            middle: middle.into(),
            use_code: "L".into(),
            ..Name::default()
        }],
        birth_date: born.into(),
        sex: Sex::Female,
        telephones: vec!["9025550117".into()],
        postal_code: "B0X1A0".into(),
        town: "Dartmouth".into(),
        ..Claim::default()
    }
}

pub(super) fn messages() -> ListView {
    let line = |n: i64, kind: &str, minutes, state, note| MessageLine {
        id: MessageId(n),
        link: "halifax-laboratory".into(),
        control_id: format!("7F{:08}", 20_417_733 + n),
        message_type: kind.into(),
        received: ago(minutes),
        state,
        note,
    };
    let lines = vec![
        line(205, "ORU^R01", 2, MessageState::Pending, None),
        line(204, "ORU^R01", 37, MessageState::Filed, None),
        line(
            203,
            "SIU^S12",
            44,
            MessageState::Kept,
            Some(words("Type not mapped yet", "Type pas encore converti")),
        ),
        line(
            202,
            "ORU^R01",
            51,
            MessageState::Held,
            Some(words("Name and card disagree", "Le nom et la carte ne concordent pas")),
        ),
    ];
    ListView {
        lines,
        next: Some(MessageId(202)),
        looked_back_to: Some(ago(600)),
        links: vec!["halifax-laboratory".into()],
    }
}

pub(super) fn message() -> MessageView {
    MessageView {
        id: MessageId(204),
        link: "halifax-laboratory".into(),
        control_id: "7F20417733".into(),
        message_type: "ORU^R01".into(),
        received: ago(37),
        state: MessageState::Filed,
        settled: Some(ago(37)),
        note: None,
        segments: vec![
            "MSH|^~\\&|LAB|HI|OPOR|NS|20261122132804-0400||ORU^R01^ORU_R01|7F20417733|P|2.5.1".into(),
            "PID|1||00718264^^^HI^MR~0041702816^^^NS^JHN||DRUMLIN^MAREN^ISOLDE||19610309|F".into(),
            "OBR|1||HIX-26-118-0611|24326-1^Electrolytes^LN|||20261122094000-0400".into(),
            "OBX|1|NM|2823-3^Potassium^LN||6.1|mmol/L|3.5-5.1|HH|||F".into(),
        ],
        problems: vec![words(
            "OBR-16 names a provider without a number; found by name",
            "OBR-16 nomme un soignant sans numéro; trouvé par le nom",
        )],
        resources: vec![FiledResource {
            key: key(Kind::Observation, "k"),
            version: 1,
            current: true,
            line: "Potassium 6.1 mmol/L, HH".into(),
            json: "{\n  \"resourceType\": \"Observation\",\n  \"status\": \"final\"\n}".into(),
        }],
        obligations: vec![
            (
                ObligationId(1),
                words("Potassium", "Potassium"),
                words("Cairnwood, Aoife", "Cairnwood, Aoife"),
                words("The desk owns it until 14:31", "Le bureau s’en occupe jusqu’à 14:31"),
                true,
            ),
            (
                ObligationId(2),
                words("Potassium", "Potassium"),
                words("Fundy, Priya", "Fundy, Priya"),
                words("The EMR accepted it", "Le DME l’a accepté"),
                false,
            ),
        ],
        chains: vec![("Potassium".into(), 1, chains())],
    }
}

/// A critical result of a report that its recipient has not opened.
pub(super) fn owed() -> actions::criticals::OwedAttention {
    actions::criticals::OwedAttention {
        obligation: ObligationId(7),
        recipient: "Cairnwood, Aoife".into(),
        takers: takers(),
    }
}

/// Who may take a critical result by telephone.
pub(super) fn takers() -> actions::criticals::TakersView {
    let people = [("p-cairnwood", "Cairnwood, Aoife"), ("p-comeau", "Comeau, Élise")];
    actions::criticals::TakersView {
        may_be_read_back: true,
        waits_for_an_answer: true,
        people: people.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec(),
    }
}
