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
    for harm in [
        "DELETE FROM journal_open WHERE arrival = (SELECT max(arrival) FROM journal_open)",
        "DELETE FROM obligation_open WHERE id = 5",
        "UPDATE obligation SET owner = '' WHERE id = 2",
    ] {
        folder.behind_its_back(harm);
        let seen = folder.open_read(settings()).unwrap().view().unwrap().census(NOW).unwrap();
        assert!(!seen.balanced, "{harm} must be seen");
    }
}

#[test]
fn s109_what_was_counted_once_is_what_every_row_says() {
    let (store, folder) = open();
    let lab = link(&store, "LAB");
    let same = |when: &str| {
        let view = store.view().unwrap();
        let (short, whole) = (view.census(NOW).unwrap(), view.census_of_every_row().unwrap());
        assert!(short.balanced && whole.balanced, "{when}: {short:?}");
        assert_eq!(Census { settled_below: 0, ..short.clone() }, whole, "{when}");
        short.settled_below
    };
    let settle_books =
        |to| done(&store, Changes { watch: vec![WatchChange::SettleBooks(to)], ..Changes::default() });
    let owed = |arrival: i64, n: &str, owner: &str, outcome: &str| {
        let mut row = open_obligation(0, owner, owner.starts_with("desk"), NOW);
        row.id = ObligationId::from_message(arrival, &[n]);
        if !outcome.is_empty() {
            row.state = ObligationState::Ended { outcome: outcome.into(), at: NOW };
        }
        row
    };
    let owe = |rows: Vec<ObligationRow>| {
        let obligations = rows.into_iter().map(ObligationChange::Open).collect();
        done(&store, Changes { obligations, ..Changes::default() });
    };
    let ids: Vec<_> = (0..20).map(|n| keep(&store, oru(lab, &n.to_string(), "PID"))).collect();
    for (n, id) in ids.iter().enumerate().take(15) {
        let state = [MessageState::Filed, MessageState::Held, MessageState::Kept][n % 3];
        done(&store, settle(*id, state));
        let arrival = i64::try_from(n).unwrap() + 1;
        owe(vec![
            owed(arrival, "a", "", "acknowledged"),
            owed(arrival, "b", "machine:delivery", ""),
            owed(arrival, "c", "desk:delivery", ""),
        ]);
    }
    assert_eq!(same("before any mark"), 0);
    settle_books(17);
    assert_eq!(same("a message below is not interpreted"), 0);
    settle_books(9);
    assert_eq!(same("half is counted once"), 9);
    settle_books(14);
    settle_books(11);
    assert_eq!(same("the mark never goes back"), 14);

    done(&store, settle(ids[1], MessageState::Filed));
    same("a held message was filed");
    done(&store, settle(ids[3], MessageState::Pending));
    same("a filed message is to be read again");
    done(&store, settle(ids[3], MessageState::Kept));
    same("and stands elsewhere");
    let mut ended = owed(4, "b", "", "another-way");
    ended.revision = 2;
    done(
        &store,
        Changes { obligations: vec![ObligationChange::Update(ended.clone())], ..Changes::default() },
    );
    same("an old obligation ended");
    ended.state = ObligationState::Ended { outcome: "excused".into(), at: NOW };
    ended.revision = 3;
    done(&store, Changes { obligations: vec![ObligationChange::Update(ended)], ..Changes::default() });
    same("its outcome is told otherwise");
    owe(vec![owed(2, "late", "desk:delivery", ""), owed(2, "later", "", "recalled")]);
    same("an old message owes more");
    store.stop();

    let store = folder.open(settings()).unwrap();
    assert_eq!(store.view().unwrap().census(NOW).unwrap().settled_below, 14);
    store.stop();
    folder.behind_its_back("DELETE FROM journal_done WHERE id IN (SELECT id FROM journal WHERE arrival = 2)");
    let view = folder.open_read(settings()).unwrap().view().unwrap();
    assert!(view.census(NOW).unwrap().balanced, "what was counted once does not see it");
    assert!(!view.census_of_every_row().unwrap().balanced, "every row does");
}

#[test]
fn an_incident_opens_and_closes_and_flows_add_up() {
    let (store, _folder) = open();
    let id = ObligationId::of("incident", &["feed-silent", "LAB"]);
    let row = IncidentRow {
        id,
        sort: "feed-silent".into(),
        subject: "LAB".into(),
        opened: NOW,
        closed: None,
        words: "{}".into(),
    };
    let flow =
        |hour, n, upto| WatchChange::Flow(FlowCount { stream: "feed:LAB".into(), hour, n, upto, heard: NOW });
    let watch = vec![WatchChange::Incident(row.clone()), flow(7, 3, 3), flow(7, 2, 5), flow(9, 1, 6)];
    done(&store, Changes { watch, ..Changes::default() });
    let view = store.view().unwrap();
    assert_eq!(view.incidents_open().unwrap(), std::slice::from_ref(&row));
    assert_eq!(view.flow("feed:LAB", 0).unwrap(), [(7, 5, 2), (9, 1, 1)]);
    assert_eq!(view.flow_marks().unwrap(), [("feed:LAB".to_owned(), 6, NOW)]);
    drop(view);
    let closed = IncidentRow { closed: Some(NOW.plus_minutes(9)), ..row };
    let watch = vec![WatchChange::Incident(closed.clone()), WatchChange::ForgetFlows(8)];
    done(&store, Changes { watch, ..Changes::default() });
    let view = store.view().unwrap();
    assert_eq!(view.incidents_open().unwrap(), []);
    assert_eq!(view.incidents_closed(NOW, 10).unwrap(), [closed]);
    assert_eq!(view.flow("feed:LAB", 0).unwrap(), [(9, 1, 1)]);
}

/// A sender may write into MSH-9 what it likes.
#[test]
fn d08_invented_types_fill_neither_the_books_nor_what_was_counted_once() {
    let (store, folder) = open();
    let lab = link(&store, "LAB");
    let counts = || {
        let view = store.view().unwrap();
        let (short, whole) = (view.census(NOW).unwrap(), view.census_of_every_row().unwrap());
        assert!(short.balanced && whole.balanced, "{short:?}");
        assert_eq!(Census { settled_below: 0, ..short.clone() }, whole);
        short
    };
    let messages = 3 * TYPES_PER_LINK;
    let ids: Vec<_> = (0..messages)
        .map(|n| {
            let mut append = oru(lab, &n.to_string(), "PID");
            append.message_type = if n == 0 { "Z".repeat(TYPE_CHARS + 1) } else { format!("ZZZ^{n:03}") };
            keep(&store, append)
        })
        .collect();
    for id in &ids {
        done(&store, settle(*id, MessageState::Kept));
    }
    assert_eq!(counts().types.len(), TYPES_PER_LINK + 1, "and the rest under one name");
    for to in [50, 120, i64::try_from(messages).unwrap()] {
        done(&store, Changes { watch: vec![WatchChange::SettleBooks(to)], ..Changes::default() });
        let census = counts();
        assert_eq!((census.settled_below, census.types.len()), (to, TYPES_PER_LINK + 1));
    }
    for id in [ids[0], ids[1], ids[messages - 2]] {
        done(&store, settle(id, MessageState::Filed));
        counts();
    }
    store.stop();
    let rows = folder.counted("SELECT count(*) FROM census_settled WHERE sort = 0");
    assert_eq!(rows, TYPES_PER_LINK + 1);
}

/// The list of what a receiver refused, and of letters to be posted, reads nothing else.
#[test]
fn what_was_refused_is_found_by_its_own_index() {
    let (store, folder) = open();
    store.stop();
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    let plan: String = conn
        .query_row(
            "EXPLAIN QUERY PLAN SELECT x.id FROM outbox x WHERE 1 = 1 AND x.state = 2 AND x.destination = ?1 \
             ORDER BY x.id DESC LIMIT ?2",
            ["a", "200"],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("outbox_refused"), "{plan}");
}
