//! Commit failures, full disks, failed syncs, deaths between commit and answer (HAZARDS D1, D3, D4).

use crate::harness::*;
use std::sync::{Arc, mpsc};
use store::*;

fn one_append() -> FaultPoint {
    FaultPoint::BeforeCommit { appends: 1, settles: 0 }
}

fn open_count(store: &Store) -> usize {
    store.view().unwrap().open_messages(0, 100_000).unwrap().len()
}

#[test]
fn d01_a_death_between_commit_and_answer_leads_to_the_same_answer() {
    let (folder, script) = (Folder::new(), Arc::new(Script::default()));
    let store = open_with(&folder, &script);
    let lab = link(&store, "LAB");
    let before = keep(&store, oru(lab, "1", "PID"));
    script.next(FaultPoint::AfterCommit, Fault::Crash);
    assert_eq!(store.append_blocking(oru(lab, "2", "PID")), Err(TryAgain::Stopping), "nobody was answered");
    assert_eq!(store.append_blocking(oru(lab, "3", "PID")), Err(TryAgain::Stopping), "and it is dead");
    drop(store);
    let store = open_with(&folder, &script);
    let again = store.append_blocking(oru(lab, "2", "PID")).unwrap();
    let second = MessageId::new(lab, before.seq() + 1);
    assert_eq!(again, Appended::Repeat { id: second, answer: b"MSA|AA|2".to_vec() });
    assert_eq!(open_count(&store), 2);
}

#[test]
fn d01_a_death_before_the_commit_leaves_nothing() {
    let (folder, script) = (Folder::new(), Arc::new(Script::default()));
    let store = open_with(&folder, &script);
    let lab = link(&store, "LAB");
    script.next(one_append(), Fault::Crash);
    assert_eq!(store.append_blocking(oru(lab, "1", "PID")), Err(TryAgain::Stopping));
    drop(store);
    let store = open_with(&folder, &script);
    assert_eq!(open_count(&store), 0);
    assert!(matches!(store.append_blocking(oru(lab, "1", "PID")), Ok(Appended::New { .. })));
}

#[test]
fn d03_a_failed_commit_is_told_to_all_and_the_next_one_succeeds() {
    let (folder, script) = (Folder::new(), Arc::new(Script::default()));
    let store = open_with(&folder, &script);
    let lab = link(&store, "LAB");
    for fault in [Fault::Io, Fault::DiskFull] {
        script.next(one_append(), fault);
        let answer = store.append_blocking(oru(lab, "1", "PID"));
        assert!(matches!(answer, Err(TryAgain::Failed(_) | TryAgain::DiskFull)), "{answer:?}");
        assert_eq!(open_count(&store), 0);
        script.next(FaultPoint::BeforeCommit { appends: 0, settles: 1 }, fault);
        let settled =
            store.settle_blocking(Changes { audit: vec![audit("read", None)], ..Changes::default() });
        assert!(matches!(settled, Settled::TryAgain(_)), "{settled:?}");
        assert!(store.view().unwrap().audit_tail(9).unwrap().is_empty());
    }
    let Ok(Appended::New { id, .. }) = store.append_blocking(oru(lab, "1", "PID")) else { panic!("kept") };
    assert_eq!(id.seq(), 1, "numbers are read back, none is lost");
    done(&store, Changes { audit: vec![audit("read", None)], ..Changes::default() });
    assert_eq!(store.view().unwrap().audit_tail(9).unwrap()[0].0, 1);
}

#[test]
fn d03_after_a_failed_sync_nothing_is_taken_until_a_restart() {
    let (folder, script) = (Folder::new(), Arc::new(Script::default()));
    let store = open_with(&folder, &script);
    let lab = link(&store, "LAB");
    keep(&store, oru(lab, "1", "PID"));
    script.next(one_append(), Fault::Sync);
    assert!(matches!(store.append_blocking(oru(lab, "2", "PID")), Err(TryAgain::DiskUnsound(_))));
    assert!(matches!(store.append_blocking(oru(lab, "3", "PID")), Err(TryAgain::DiskUnsound(_))));
    assert!(matches!(store.closed(), Some(TryAgain::DiskUnsound(_))));
    assert_eq!(open_count(&store), 1, "reading goes on");
    drop(store);
    let store = open_with(&folder, &script);
    assert!(matches!(store.append_blocking(oru(lab, "1", "PID")), Ok(Appended::Repeat { .. })));
    assert!(matches!(store.append_blocking(oru(lab, "2", "PID")), Ok(Appended::New { .. })));
}

#[test]
fn d04_a_full_disk_refuses_and_recovers_by_itself() {
    let (folder, script) = (Folder::new(), Arc::new(Script::default()));
    let store = open_with(&folder, &script);
    let lab = link(&store, "LAB");
    *script.1.lock().unwrap() = Some(1); // SQLite never goes below what the file has
    let big = "x".repeat(3_000);
    let mut kept = 0;
    let refused = loop {
        match store.append_blocking(oru(lab, &kept.to_string(), &big)) {
            Ok(_) => kept += 1,
            Err(why) => break why,
        }
        assert!(kept < 1_000, "it must fill up");
    };
    assert_eq!(refused, TryAgain::DiskFull);
    assert!(refused.to_string().contains("make space"));
    // Numbers that grow do not shrink when they are packed.
    let long: String = (0..9_000_u64).map(|n| format!("{:x}", n * n * 2_654_435_761)).collect();
    let settled = store.settle_blocking(Changes {
        resources: vec![version(observation("1", "a"), 1, &long, Vec::new())],
        ..Changes::default()
    });
    assert_eq!(settled, Settled::TryAgain(TryAgain::DiskFull));
    assert_eq!(open_count(&store), kept, "what was acknowledged is there, nothing else is");
    *script.1.lock().unwrap() = Some(1_000_000);
    assert!(matches!(store.append_blocking(oru(lab, &kept.to_string(), &big)), Ok(Appended::New { .. })));
    done(
        &store,
        Changes { resources: vec![version(observation("1", "a"), 1, "y", Vec::new())], ..Changes::default() },
    );
    let report = store.view().unwrap().check(&|_, _| Vec::new(), 10, NOW, &mut |_, _| {}).unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
}

/// Holds the writer inside a group, so that what follows is one group.
struct Gate {
    script: Script,
    open: std::sync::Mutex<mpsc::Receiver<()>>,
    reached: mpsc::Sender<()>,
}

impl Faults for Gate {
    fn at(&self, point: FaultPoint) -> Fault {
        if point == FaultPoint::Append(0) {
            let _ = self.reached.send(());
            let _ = self.open.lock().unwrap().recv();
        }
        self.script.at(point)
    }
}

#[test]
fn a_group_is_isolated_and_falls_as_one() {
    let folder = Folder::new();
    let (release, open) = mpsc::channel();
    let (reached, wait) = mpsc::channel();
    let gate = Arc::new(Gate { script: Script::default(), open: std::sync::Mutex::new(open), reached });
    release.send(()).unwrap();
    let store = folder.open(Settings { faults: Some(gate.clone()), ..settings() }).unwrap();
    let lab = link(&store, "LAB");
    wait.recv().unwrap();
    for fail in [false, true] {
        let base: i64 = if fail { 10 } else { 0 };
        if fail {
            gate.script.next(FaultPoint::BeforeCommit { appends: 1, settles: 5 }, Fault::Io);
        }
        let (answers, collect) = mpsc::channel();
        let (appended, kept) = mpsc::channel();
        // The writer stops in this append; the settles below wait behind it and join its group.
        store.append(oru(lab, &base.to_string(), "PID"), move |answer| appended.send(answer).unwrap());
        wait.recv().unwrap();
        for n in base..base + 5 {
            let mut changes = Changes {
                resources: vec![version(observation("1", &n.to_string()), 1, "{}", Vec::new())],
                records: vec![record_row(&n.to_string(), &[n])],
                audit: vec![audit(&n.to_string(), None)],
                ..Changes::default()
            };
            if n == base + 2 {
                // Two bodies under one key and number after everything else was written.
                changes.settlement = Some(Settlement {
                    message: MessageId::new(lab, 4_000),
                    state: MessageState::Filed,
                    note: String::new(),
                    records: Vec::new(),
                    at: NOW,
                });
            }
            let answers = answers.clone();
            store.settle(changes, move |settled| answers.send((n, settled)).unwrap());
        }
        // Twice: the change that cannot be written undoes the group, which is then written with each change apart.
        release.send(()).unwrap();
        release.send(()).unwrap();
        wait.recv().unwrap();
        let view = |n: i64| {
            let view = store.view().unwrap();
            (view.latest_version(observation("1", &n.to_string())).unwrap(), view.key_count(n).unwrap())
        };
        assert_eq!(kept.recv().unwrap().is_ok(), !fail);
        for _ in 0..5 {
            let (n, settled) = collect.recv().unwrap();
            if fail {
                assert!(matches!(settled, Settled::TryAgain(TryAgain::Failed(_))), "{n}: {settled:?}");
                assert_eq!(view(n), (0, 0));
            } else if n == base + 2 {
                assert!(matches!(settled, Settled::Malformed(_)), "{settled:?}");
                assert_eq!(view(n), (0, 0));
            } else {
                assert_eq!((settled, view(n)), (Settled::Done, (1, 1)));
            }
        }
    }
    let tail: Vec<i64> =
        store.view().unwrap().audit_tail(9).unwrap().into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(tail, [4, 3, 2, 1], "no gap where the neighbour fell");
}

#[test]
fn more_than_the_limit_is_told_to_try_again() {
    let folder = Folder::new();
    let (release, open) = mpsc::channel();
    let (reached, wait) = mpsc::channel();
    let gate = Arc::new(Gate { script: Script::default(), open: std::sync::Mutex::new(open), reached });
    release.send(()).unwrap();
    let store = folder.open(Settings { faults: Some(gate), ..settings() }).unwrap();
    let lab = link(&store, "LAB");
    wait.recv().unwrap();
    store.append(oru(lab, "first", "PID"), |_| {});
    wait.recv().unwrap();
    let (answers, collect) = mpsc::channel();
    let more = settings::QUEUE_APPENDS + 3;
    for n in 0..more {
        let answers = answers.clone();
        store.append(oru(lab, &n.to_string(), ""), move |answer| answers.send(answer).unwrap());
    }
    drop(answers);
    for _ in 0..3 {
        assert_eq!(collect.recv().unwrap(), Err(TryAgain::Busy));
    }
    drop(release);
    assert_eq!(collect.iter().filter(Result::is_ok).count(), settings::QUEUE_APPENDS);
}

#[test]
fn checkpoints_bring_the_log_into_the_database_while_it_is_written() {
    let folder = Folder::new();
    let store = folder.open(Settings { checkpoint_pages: 64, ..settings() }).unwrap();
    let lab = link(&store, "LAB");
    let text = "x".repeat(4_000);
    let mut longest = 0;
    let began_anew = (0..20_000).find(|n| {
        keep(&store, oru(lab, &n.to_string(), &text));
        let (_, _, pages) = store.load();
        longest = longest.max(pages);
        pages < longest
    });
    let kept = began_anew.expect("the log begins anew") + 1;
    assert_eq!(open_count(&store), kept);
}
