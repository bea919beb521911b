//! The journal as pages, and the rows of the desks.

use crate::harness::*;
use store::*;

fn all(store: &Store, query: &MessageQuery, limit: usize) -> Vec<MessageId> {
    let view = store.view().unwrap();
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = view.message_page(query, limit, before).unwrap();
        assert!(page.rows.len() <= limit);
        found.extend(page.rows.iter().map(|head| head.id));
        match page.next {
            Some(next) => before = Some(next),
            None => return found,
        }
    }
}

#[test]
fn pages_of_the_journal_join_to_the_whole_of_it() {
    let (store, _folder) = open();
    let (lab, imaging) = (link(&store, "LAB"), link(&store, "IMG"));
    let ids: Vec<_> = (0..40)
        .map(|n| {
            let from = if n % 3 == 0 { imaging } else { lab };
            let sort = if n % 5 == 0 { "ADT^A08" } else { "ORU^R01" };
            let received = NOW.plus_minutes(n);
            let append = oru(from, &format!("{}", n % 20), &format!("PID|{n}"));
            keep(&store, Append { message_type: sort.into(), received, ..append })
        })
        .collect();
    let settle = |n: usize, state: MessageState| {
        let note = "{\"en\":\"held\",\"fr\":\"retenu\"}".to_owned();
        let end = Settlement { message: ids[n], state, note, records: Vec::new(), at: NOW };
        done(&store, Changes { settlement: Some(end), ..Changes::default() });
    };
    (0..10).for_each(|n| settle(n, MessageState::Filed));
    (10..17).for_each(|n| settle(n, MessageState::Held));
    let newest_first = |take: &dyn Fn(usize) -> bool| -> Vec<MessageId> {
        (0..40).rev().filter(|n| take(*n)).map(|n| ids[n]).collect()
    };
    for limit in [1, 3, 7, 100] {
        let any = MessageQuery::default();
        assert_eq!(all(&store, &any, limit), newest_first(&|_| true));
        let of_link = MessageQuery { link: Some(imaging), ..any.clone() };
        assert_eq!(all(&store, &of_link, limit), newest_first(&|n| n % 3 == 0));
        let sort = MessageQuery { message_type: Some("ADT^A08".into()), ..any.clone() };
        assert_eq!(all(&store, &sort, limit), newest_first(&|n| n % 5 == 0));
        let held = MessageQuery { state: Some(MessageState::Held), ..any.clone() };
        assert_eq!(all(&store, &held, limit), newest_first(&|n| (10..17).contains(&n)));
        let filed = MessageQuery { state: Some(MessageState::Filed), ..any.clone() };
        assert_eq!(all(&store, &filed, limit), newest_first(&|n| n < 10));
        let open = MessageQuery { state: Some(MessageState::Pending), ..any.clone() };
        assert_eq!(all(&store, &open, limit), newest_first(&|n| n >= 17));
        let (since, until) = (Some(NOW.plus_minutes(12)), Some(NOW.plus_minutes(31)));
        for link in [None, Some(lab)] {
            let span = MessageQuery { since, until, link, ..any.clone() };
            let of = |n: usize| (12..31).contains(&n) && (link.is_none() || !n.is_multiple_of(3));
            assert_eq!(all(&store, &span, limit), newest_first(&of));
        }
        let named = MessageQuery { control_id: Some("7".into()), ..any.clone() };
        assert_eq!(all(&store, &named, limit), newest_first(&|n| n % 20 == 7));
    }
    let causes = store.view().unwrap().causes(10).unwrap();
    assert_eq!(causes.iter().map(|cause| cause.count).sum::<u64>(), 7);
}

#[test]
fn s018_cases_are_numbered_in_the_commit_and_once() {
    let (store, _folder) = open();
    let case = |n: i64| SupportCase {
        obligation: ObligationId(n),
        number: 0,
        sort: CaseSort::Missing,
        item: "L-1".into(),
        asked: "Where is it?".into(),
        opener: "cairnwood".into(),
        practitioner: if n == 2 { String::new() } else { "p-cairnwood".into() },
        reach: "902 555 0117".into(),
        at: NOW,
    };
    for n in [1, 2, 3, 2] {
        done(&store, Changes { desks: vec![DeskChange::Case(case(n))], ..Changes::default() });
    }
    let view = store.view().unwrap();
    let numbers = |practitioner: Option<&str>| -> Vec<i64> {
        view.support_cases(practitioner, None, 10).unwrap().iter().map(|case| case.number).collect()
    };
    assert_eq!(numbers(None), [1_003, 1_002, 1_001]);
    assert_eq!(numbers(Some("p-cairnwood")), [1_003, 1_001]);
}

#[test]
fn a_paused_feed_keeps_its_messages_and_interprets_none() {
    let (store, _folder) = open();
    let (lab, imaging) = (link(&store, "LAB"), link(&store, "IMG"));
    let ids = [keep(&store, oru(lab, "1", "PID")), keep(&store, oru(imaging, "2", "PID"))];
    let pause = FeedPause {
        obligation: ObligationId(9),
        link: lab,
        at: NOW,
        until: NOW.plus_minutes(60),
        actor: "Marram, Jo".into(),
        reason: "Wrong units".into(),
        ended: None,
    };
    done(&store, Changes { desks: vec![DeskChange::Pause(pause)], ..Changes::default() });
    let to_interpret = || -> Vec<MessageId> {
        let view = store.view().unwrap();
        view.messages_to_interpret(0, 10).unwrap().iter().map(|open| open.id).collect()
    };
    assert_eq!(to_interpret(), [ids[1]]);
    assert_eq!(store.view().unwrap().open_messages(0, 10).unwrap().len(), 2);
    assert_eq!(store.view().unwrap().pauses().unwrap().len(), 1);
    done(&store, Changes { desks: vec![DeskChange::Resume(lab, NOW)], ..Changes::default() });
    assert_eq!(to_interpret(), ids);
    assert!(store.view().unwrap().pauses().unwrap().is_empty());
}

#[test]
fn h18_a_critical_one_is_found_behind_a_thousand_that_are_overdue() {
    let (store, _folder) = open();
    let mut obligations: Vec<ObligationChange> = (0..1_200)
        .map(|id| ObligationChange::Open(open_obligation(id, "desk:on-call", true, NOW.plus_minutes(-id))))
        .collect();
    let critical =
        ObligationRow { gravity: 2, ..open_obligation(5_000, "desk:on-call", true, NOW.plus_minutes(15)) };
    let elsewhere = ObligationRow { gravity: 2, ..open_obligation(5_001, "desk:covering", true, NOW) };
    obligations.extend([critical, elsewhere].map(ObligationChange::Open));
    done(&store, Changes { obligations, ..Changes::default() });
    let owner = Some("desk:on-call".to_owned());
    let of = |filter: ObligationFilter| store.view().unwrap().obligations(&filter, 1_000, 0).unwrap();
    let found = of(ObligationFilter { critical: true, owner: owner.clone(), ..Default::default() });
    assert_eq!(found.iter().map(|row| row.id.0).collect::<Vec<_>>(), [5_000]);
    let first = of(ObligationFilter { open: Some(true), owner, ..Default::default() });
    assert!(first.iter().all(|row| row.id.0 != 5_000), "by their clocks it stands behind them all");
    let ended = ObligationRow {
        state: ObligationState::Ended { outcome: "opened".into(), at: NOW },
        revision: 2,
        ..found[0].clone()
    };
    done(&store, Changes { obligations: vec![ObligationChange::Update(ended)], ..Changes::default() });
    assert!(
        of(ObligationFilter { critical: true, ..Default::default() }).iter().all(|row| row.id.0 == 5_001)
    );
}
