//! Losses of other integration engines as tests of ours (HAZARDS 2.2), in virtual time. docs/delivery-contract.md lists
//! them with those that stand elsewhere.

use crate::simulated::{ANSWER, Behaviour, CUT_BYTES, Peer};
use crate::trial::{Stage, in_virtual_time};
use actions::deliveries::{PauseDestination, ResumeDestination};
use std::sync::Arc;
use std::time::Duration;
use store::OutboxState;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn one(behaviour: Behaviour) -> Vec<(String, Arc<Peer>)> {
    vec![("emr".to_owned(), Peer::new(behaviour, 1, 1))]
}

/// Mirth 1682, and issue 4: whatever waits for a dead clinic is delivered in order when it comes back. The queue is the
/// table, so that its length is nobody's memory.
#[test]
fn h12_mirth1682_whatever_waits_for_a_dead_clinic_arrives_in_order_when_it_is_back() {
    const MESSAGES: usize = 3_000;
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::DownFor(HOUR)), MESSAGES, 300).await;
        let (stop, running) = stage.deliver();
        // Back after an hour, it is found within a minute, and what waits does not wait for its own pause.
        assert!(stage.drained(MINUTE, HOUR + 10 * MINUTE).await, "{} wait", stage.waiting().await);
        let outcome = stage.judged(MESSAGES);
        assert_eq!((outcome.stored, outcome.broken), (MESSAGES, Vec::new()));
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// HAPI 6002: a receiver that is down for days is not given up after a minute.
#[test]
fn h12_hapi6002_a_receiver_that_is_down_for_71_hours_gets_everything() {
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::DownFor(71 * HOUR)), 20, 10).await;
        let (stop, running) = stage.deliver();
        assert!(stage.drained(10 * MINUTE, 72 * HOUR).await);
        assert_eq!(stage.judged(20).broken, Vec::<String>::new());
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// The other end of the same promise: after three days of silence a person has it, and it is not lost.
#[test]
fn h12_after_three_days_of_silence_the_desk_has_it_and_it_is_not_lost() {
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::DownFor(200 * HOUR)), 2, 2).await;
        let (stop, running) = stage.deliver();
        assert!(stage.drained(10 * MINUTE, 80 * HOUR).await);
        assert_eq!(stage.world.in_state("emr", OutboxState::Refused).len(), 2);
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// Mirth 1314: retries on silence flooded the receiver with copies.
#[test]
fn h14_mirth1314_a_slow_receiver_gets_at_most_one_copy_for_each_time_it_was_waited_for() {
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::Slow), 4, 4).await;
        let (stop, running) = stage.deliver();
        tokio::time::sleep(6 * HOUR).await;
        {
            let ledger = stage.peers[0].1.ledger();
            let offers: usize = ledger.offers.values().map(|(count, _)| count).sum();
            let waits = (6 * HOUR).as_secs() / ANSWER.as_secs();
            assert!(offers as u64 <= waits, "{offers} copies in {waits} times");
            // Pauses grow to a quarter of an hour: far fewer than that.
            assert!(offers < 4 * 40, "{offers} copies");
            assert_eq!(ledger.stored.len(), 4, "nothing is stored twice");
            assert!(ledger.broken.is_empty(), "{:?}", ledger.broken);
        }
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// Mirth 1441: an answer belongs to the message that it names, and to no other that waits for one.
#[test]
fn h14_mirth1441_an_answer_for_the_former_message_ends_nothing_of_this_one() {
    const MESSAGES: usize = 60;
    in_virtual_time(async {
        let peers = vec![("emr".to_owned(), Peer::new(Behaviour::AckForFormer, 1, 3))];
        let stage = Stage::set(peers, MESSAGES, 6).await;
        let (stop, running) = stage.deliver();
        assert!(stage.drained(MINUTE, 48 * HOUR).await, "{} wait", stage.waiting().await);
        let outcome = stage.judged(MESSAGES);
        assert_eq!((outcome.stored, outcome.broken), (MESSAGES, Vec::new()));
        assert!(outcome.offers > MESSAGES, "it did misbehave");
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// OpenHIM 1185 and 1088: a receiver that ends at byte k of a message, for every k, still gets the whole message: the
/// bytes were stored before anything else.
#[test]
fn h58_openhim1088_a_receiver_that_ends_at_any_byte_gets_the_message_whole_later() {
    const MESSAGES: usize = 300;
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::CutAtEveryByte), MESSAGES, MESSAGES).await;
        let (stop, running) = stage.deliver();
        assert!(stage.drained(MINUTE, 48 * HOUR).await, "{} wait", stage.waiting().await);
        let outcome = stage.judged(MESSAGES);
        assert_eq!((outcome.stored, outcome.broken), (MESSAGES, Vec::new()));
        assert!(outcome.all > Duration::from_secs(CUT_BYTES), "it was cut at every byte");
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// Mirth 1124 and 3366: order lost at restart. Numbers are given in the commit, and delivery begins after recovery.
#[test]
fn d01_mirth1124_a_hundred_stops_in_the_middle_of_a_queue_change_no_order() {
    const MESSAGES: usize = 600;
    in_virtual_time(async {
        let peers = vec![
            ("emr".to_owned(), Peer::new(Behaviour::Healthy, 1, 1)),
            ("lossy".to_owned(), Peer::new(Behaviour::AckLostAfterCommit, 1, 3)),
        ];
        let stage = Stage::set(peers, MESSAGES, 20).await;
        for stops in 0..100_u64 {
            let (stop, running) = stage.deliver();
            tokio::time::sleep(Duration::from_millis(5 + stops % 17)).await;
            stop.send_replace(true);
            running.await.unwrap();
        }
        let (stop, running) = stage.deliver();
        assert!(stage.drained(MINUTE, 10 * HOUR).await);
        let outcome = stage.judged(MESSAGES);
        assert_eq!((outcome.stored, outcome.broken), (2 * MESSAGES, Vec::new()));
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// A paused system is offered nothing, whatever waits; resumed, it gets everything in order.
#[test]
fn h12_a_paused_destination_is_offered_nothing_and_resumed_everything_in_order() {
    const MESSAGES: usize = 60;
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::Healthy), MESSAGES, 6).await;
        let (destination, reason) = ("emr".to_owned(), "their maintenance".to_owned());
        stage
            .act(PauseDestination { destination: destination.clone(), reason: reason.clone(), minutes: 60 })
            .await;
        let (stop, running) = stage.deliver();
        tokio::time::sleep(HOUR).await;
        assert!(stage.peers[0].1.ledger().offers.is_empty(), "nothing is offered");
        stage.act(ResumeDestination { destination, reason }).await;
        assert!(stage.drained(MINUTE, 2 * HOUR).await);
        let outcome = stage.judged(MESSAGES);
        assert_eq!((outcome.stored, outcome.broken), (MESSAGES, Vec::new()));
        stop.send_replace(true);
        running.await.unwrap();
    });
}

/// A test that can fail: the ledger of a system that was sent two copies under two control ids, or an older message
/// after a newer one, is found broken.
#[test]
fn d07_what_is_lost_or_out_of_order_in_a_ledger_is_found() {
    in_virtual_time(async {
        let stage = Stage::set(one(Behaviour::Healthy), 4, 1).await;
        let (stop, running) = stage.deliver();
        assert!(stage.drained(Duration::from_millis(50), HOUR).await);
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(stage.judged(4).broken, Vec::<String>::new());
        stage.peers[0].1.ledger().stored.swap(1, 2);
        assert!(stage.judged(4).broken.iter().any(|said| said.contains("after")));
        stage.peers[0].1.ledger().stored.pop();
        assert!(stage.judged(4).broken.iter().any(|said| said.contains("3 of 4 arrived")));
        assert!(stage.judged(4).broken.iter().any(|said| said.contains("was not stored")));
    });
}
