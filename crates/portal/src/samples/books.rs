//! Samples of the books: balanced and quiet, and on a day that is neither.

use super::{NOW, ago, words};
use crate::screens::books::Wall;
use actions::canary::CanaryLine;
use actions::census::{BooksView, kind_words};
use actions::cover::{DeskCover, OnCallView};
use actions::incidents::{IncidentLine, OpenView, Sort};
use actions::lists::Part;
use actions::{Census, DeliveryCounts, KindCounts, MessageCounts, ObligationId};

fn kind(code: &str, made: u64, pending: u64, owned: u64, without: u64) -> KindCounts {
    let done = made - pending - owned - without;
    KindCounts { kind: code.to_owned(), made, done, pending, owned, without }
}

fn incident(sort: Sort, subject: &str, minutes: i64, closed: Option<i64>, says: [&str; 2]) -> IncidentLine {
    IncidentLine {
        id: ObligationId(minutes),
        number: format!("{:08x}", 0x9c31_0000 + minutes),
        sort: Some(sort),
        what: sort.words(),
        subject: subject.to_owned(),
        words: words(says[0], says[1]),
        opened: ago(minutes),
        closed: closed.map(ago),
        owner: words(
            "interface desk (Brant, Osei, 902-555-0110)",
            "bureau des interfaces (Brant, Osei, 902-555-0110)",
        ),
        due: closed.is_none().then(|| ago(minutes - 15)),
    }
}

/// A quiet day.
pub(super) fn quiet() -> Wall {
    let messages = MessageCounts {
        received: 41_902,
        refused: 14,
        accepted: 41_888,
        filed: 41_701,
        kept: 175,
        held: 12,
        pending: 0,
    };
    let deliveries = DeliveryCounts { due: 18_310, acknowledged: 18_270, pending: 4, owned: 21, excused: 15 };
    let kinds = vec![
        kind("delivery", 18_310, 4, 21, 0),
        kind("attention", 9_122, 0, 803, 0),
        kind("identity-review", 41, 0, 6, 0),
        kind("incident", 2, 0, 0, 0),
    ];
    let census = Census {
        balanced: true,
        messages: messages.clone(),
        deliveries: deliveries.clone(),
        feeds: vec![("LIS@HRH".to_owned(), messages)],
        recipients: vec![("Cairnwood, Aoife at Harbourview Clinic".to_owned(), deliveries)],
        kinds: kinds.clone(),
        settled_below: 36_865,
        ..Census::default()
    };
    let desk = |en: &str, fr: &str, who: &str, phone: &str| DeskCover {
        name: words(en, fr),
        who: who.to_owned(),
        phone: phone.to_owned(),
    };
    Wall {
        books: BooksView {
            census,
            recipients: vec![words(
                "Cairnwood, Aoife at Harbourview Clinic",
                "Cairnwood, Aoife à Harbourview Clinic",
            )],
            kinds: kinds.iter().map(|counts| kind_words(&counts.kind)).collect(),
            at: NOW,
        },
        incidents: OpenView {
            open: Vec::new(),
            closed: vec![incident(
                Sort::ReceiverSilent,
                "tern-bay-emr",
                300,
                Some(210),
                [
                    "Nothing has been answered although something has waited since 08:35.",
                    "Aucune réponse, alors que des éléments attendent depuis 08:35.",
                ],
            )],
            closed_part: Part { from: 0, to: 1, most: 1, more: true },
        },
        on_call: OnCallView {
            desks: vec![
                desk("delivery desk", "bureau de remise", "Marram, Jo", "902-555-0114"),
                desk("safety desk", "bureau de sécurité", "Osprey, Noor", "902-555-0117"),
            ],
            has_calendar: true,
            gaps: Vec::new(),
        },
        canaries: vec![CanaryLine {
            endpoint: "harbourview-emr".to_owned(),
            sent: Some(ago(330)),
            acknowledged: Some(ago(330)),
            words: words("The test result was acknowledged.", "Le résultat d’essai a été confirmé."),
        }],
    }
}

/// A feed and a receiver are silent, a desk has a gap, and something is accounted for by nobody.
pub(super) fn loud() -> Wall {
    let mut wall = quiet();
    wall.books.census.balanced = false;
    wall.books.census.difference = 1;
    if let Some(first) = wall.books.census.kinds.first_mut() {
        (first.done, first.without) = (first.done - 1, 1);
    }
    wall.incidents.open = vec![
        incident(
            Sort::FeedSilent,
            "LIS@HRH",
            9,
            None,
            [
                "Nothing since 13:51; about 93 messages were expected by now.",
                "Rien depuis 13:51; environ 93 messages étaient attendus.",
            ],
        ),
        incident(
            Sort::Books,
            "books",
            1,
            None,
            [
                "1 accepted things are neither done nor owned with a clock.",
                "1 élément accepté n’est ni fait ni confié avec une échéance.",
            ],
        ),
    ];
    wall.on_call.gaps =
        vec!["safety desk: nobody from Sa 2026-11-28 20:00 to Su 2026-11-29 08:00".to_owned()];
    if let Some(desk) = wall.on_call.desks.last_mut() {
        (desk.who, desk.phone) = (String::new(), String::new());
    }
    wall.canaries.clear();
    wall
}
