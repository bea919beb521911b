use crate::harness::*;
use store::*;

fn settle(id: MessageId, state: MessageState) -> Changes {
    Changes {
        settlement: Some(Settlement {
            message: id,
            state,
            note: String::new(),
            records: Vec::new(),
            at: NOW,
        }),
        ..Changes::default()
    }
}

#[test]
fn h12_the_books_balance_from_rows() {
    let (store, folder) = open();
    let (lab, imaging) = (link(&store, "LAB"), link(&store, "IMG"));
    let ids: Vec<_> = (0..5).map(|n| keep(&store, oru(lab, &n.to_string(), "PID"))).collect();
    keep(&store, Append { message_type: "ADT^A08".into(), ..oru(imaging, "1", "PID") });
    keep(&store, oru(lab, "0", "PID"));
    for (id, state) in ids.iter().zip([MessageState::Filed, MessageState::Kept, MessageState::Held]) {
        done(&store, settle(*id, state));
    }
    let refused = Refused {
        link: imaging,
        at: NOW,
        control_id: String::new(),
        reason: "no MSH".into(),
        head: Vec::new(),
    };
    store.refuse_blocking(refused).unwrap();
    let mut ended = open_obligation(3, "", false, NOW);
    ended.state = ObligationState::Ended { outcome: "acknowledged".into(), at: NOW };
    let mut excused = open_obligation(4, "", false, NOW);
    excused.state = ObligationState::Ended { outcome: "excused".into(), at: NOW };
    let mut review = open_obligation(5, "desk:identity", true, NOW);
    review.kind = "identity-review".into();
    done(
        &store,
        Changes {
            obligations: [
                open_obligation(1, "machine", false, NOW),
                open_obligation(2, "desk:delivery", true, NOW),
                ended,
                excused,
                review,
            ]
            .map(ObligationChange::Open)
            .to_vec(),
            ..Changes::default()
        },
    );
    let census = store.view().unwrap().census(NOW).unwrap();
    assert!(census.balanced, "{census:?}");
    let all = MessageCounts { received: 7, refused: 1, accepted: 6, pending: 3, filed: 1, kept: 1, held: 1 };
    assert_eq!(census.messages, all);
    let feeds: Vec<_> = census.feeds.iter().map(|(name, counts)| (name.as_str(), counts.received)).collect();
    assert_eq!(feeds, [("LAB", 5), ("IMG", 2)]);
    let types: Vec<_> = census.types.iter().map(|(name, counts)| (name.as_str(), counts.accepted)).collect();
    assert_eq!(types, [("ADT^A08", 1), ("ORU^R01", 5)]);
    let deliveries = DeliveryCounts { due: 4, acknowledged: 1, pending: 1, owned: 1, excused: 1 };
    assert_eq!(census.deliveries, deliveries);
    assert_eq!(census.recipients, [("Dr. Chen".to_owned(), deliveries)]);
    assert_eq!(census.obligations, [("identity-review".to_owned(), 1, 0)]);

    store.stop();
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    for harm in [
        "DELETE FROM journal_open WHERE arrival = (SELECT max(arrival) FROM journal_open)",
        "DELETE FROM obligation_open WHERE id = 5",
        "UPDATE obligation SET owner = '' WHERE id = 2",
    ] {
        conn.execute_batch("SAVEPOINT harm").unwrap();
        assert_eq!(conn.execute(harm, []).unwrap(), 1);
        conn.execute_batch("RELEASE harm").unwrap();
        let seen = Store::open_read(folder.path(), settings()).unwrap().view().unwrap().census(NOW).unwrap();
        assert!(!seen.balanced, "{harm} must be seen");
    }
}
