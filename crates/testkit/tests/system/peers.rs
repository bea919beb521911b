//! Twenty of each way in which a receiver can misbehave, on real sockets, and a healthy clinic beside them (HAZARDS 2.4
//! D7). The full sizes run at the transport seam (crates/gateway/tests/peers).

use crate::messages::{Person, Result, mark};
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use testkit::harness::{DRAIN_LIMIT, Harness, Setup};
use testkit::ledger::{SenderLedger, judge};
use testkit::mllp::{Behaviour, Door, field_text, verdict};
use testkit::patience::until;

/// How often each clinic misbehaves: at the first offer of one message in three.
const EACH: usize = 20;
const ONE_IN: usize = 3;
/// Messages of one measurement of the healthy clinic's pace, and how often it is measured.
const PACE: usize = 60;
const TIMES: usize = 3;

/// Clinics and what they do.
const HOSTILE: &[(&str, Behaviour)] = &[
    ("silent", Behaviour::Silent),
    ("late", Behaviour::WithTheNext),
    ("twice", Behaviour::Twice),
    ("other", Behaviour::OtherId),
    ("slow", Behaviour::ByteAtATime),
    ("garbage", Behaviour::Garbage),
    ("half", Behaviour::HalfAnAnswer),
    ("gone", Behaviour::HangUp),
    ("after", Behaviour::AcceptThenHangUp),
    ("error", Behaviour::Refuse("AE", "not now")),
    ("reject", Behaviour::Refuse("AR", "not ours")),
];
/// Clinics that misbehave at one connection in three, and end each after its answer.
const DOORS: &[(&str, Door)] = &[
    ("shut", Door::Shut),
    ("halfopen", Door::HalfOpen),
    ("cut", Door::CutMidFrame),
    ("reset", Door::ResetMidFrame),
];

fn results(harness: &Harness, clinic: &str, from: usize, count: usize) -> Vec<Vec<u8>> {
    let orderer = harness.provider(clinic);
    let of =
        |n| Result::new("HRH", &Person::new("HRH", n), format!("{clinic}-{n:04}"), orderer.clone()).bytes();
    (from..from + count).map(of).collect()
}

/// The shortest of some times that a batch takes from the first byte in until the clinic has the last.
#[expect(clippy::disallowed_methods, reason = "how long it took is what is measured")]
fn pace(harness: &Harness, from: usize) -> Duration {
    let times = (0..TIMES).map(|n| {
        let messages = results(harness, "healthy", from + n * PACE, PACE);
        let clinic = harness.clinic("healthy");
        let (began, before) = (Instant::now(), clinic.received().len());
        harness.sender().accepted(&messages);
        assert!(clinic.wait_for(before + PACE, DRAIN_LIMIT), "the healthy clinic got everything");
        began.elapsed()
    });
    times.min().unwrap_or_default()
}

#[test]
fn d07_twenty_of_each_way_to_misbehave_on_real_sockets_slow_no_healthy_clinic() {
    let mut setup = Setup::new("peers").clinic("healthy", |_, _| Behaviour::Accept).answer_seconds(1);
    for (name, behaviour) in HOSTILE {
        let seen = Mutex::new(HashSet::new());
        setup = setup.clinic(name, move |_, message| {
            let is_first = seen.lock().unwrap().insert(field_text(message, "MSH", 10));
            // The others are healthy in between, so that no receiver counts as down.
            let number: usize = mark(message).rsplit('-').next().unwrap().parse().unwrap();
            if is_first && number.is_multiple_of(ONE_IN) { behaviour.clone() } else { Behaviour::Accept }
        });
    }
    for (name, _) in DOORS {
        setup = setup.clinic(name, |_, _| Behaviour::AcceptThenHangUp);
    }
    let harness = setup.start();
    for (name, door) in DOORS {
        let door = *door;
        harness.clinic(name).open_by(move |n| if n.is_multiple_of(ONE_IN) { door } else { Door::Open });
    }
    let names = || HOSTILE.iter().map(|(name, _)| name).chain(DOORS.iter().map(|(name, _)| name));
    let ledgers: Vec<(&str, SenderLedger)> = names()
        .enumerate()
        .map(|(at, name)| {
            let messages = results(&harness, name, 1_200 + at * ONE_IN * EACH, ONE_IN * EACH);
            let ledger = SenderLedger::default();
            for (message, answer) in messages.iter().zip(harness.sender().send_all(&messages)) {
                ledger.offer(&mark(message), &mark(message));
                ledger.answer(&mark(message), &verdict(&answer).0);
            }
            (*name, ledger)
        })
        .collect();
    let among = pace(&harness, 0);
    let due = (names().count() * ONE_IN * EACH + TIMES * PACE) as u64;
    // What was rejected for good is the desk's.
    let settled = || (harness.books().acknowledged, harness.books().owned);
    assert!(until(DRAIN_LIMIT, || settled() == (due - EACH as u64, EACH as u64)), "{:?}", harness.books());
    for (name, ledger) in &ledgers {
        let verdict = judge(&ledger.sent(), &harness.clinic(name).arrivals(mark), |_| true);
        assert!(verdict.is_clean(), "{name}: {verdict:#?}");
    }
    let alone = pace(&harness, 4_000);
    println!("{PACE} results: {among:?} among those that misbehave, {alone:?} alone");
}
